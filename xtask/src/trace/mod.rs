//! `cargo xtask trace`: for each requirement, where it is cited, checked and convicted.

mod citations;
mod exceptions;
mod report;
mod source;
pub(crate) mod suite;

use std::collections::{BTreeMap, BTreeSet};

use sse_spec::documents::{Finding, Requirement, is_absolute};
use sse_spec::{CheckKind, Profile};

use crate::tree::{Tree, finding, write_or_compare};
use crate::{Outcome, documents};

const COVERAGE: &str = "spec/coverage.md";

/// How often a requirement is met with, by kind of evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    cited: usize,
    checked: usize,
    convicted: usize,
}

/// Where a name of a requirement stands, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Production code of the reference enforces it.
    CitedByReference,
    /// Production code of another crate enforces it; that says nothing of the reference.
    CitedElsewhere,
    /// A test, a case or a vector checks it.
    Checked,
    /// A fault that breaks it is convicted.
    Convicted,
    /// It is only named; the name is still checked.
    Named,
}

/// One mention of a requirement.
#[derive(Debug)]
struct Mention {
    id: String,
    role: Role,
    path: String,
    line: usize,
}

/// Writes or compares the table, and checks that no requirement is left alone.
pub(crate) fn run(check: bool) -> Outcome {
    let tree = Tree::load()?;
    let (mut mentions, mut findings) = citations::read(&tree);
    mentions.extend(suite::mentions()?);
    let (requirements, slips) = documents::read(&tree);
    findings.extend(slips);
    let (table, problems) = judge(&tree, &requirements, &mentions);
    findings.extend(problems);
    let (rows, unsupported) = source::report(&tree, &requirements, &mentions);
    findings.extend(unsupported);
    let convicted = table.values().filter(|counts| counts.convicted > 0).count();
    let before = report::convicted(tree.text(COVERAGE).unwrap_or(""));
    if convicted < before {
        let message = format!("convicted fell from {before} to {convicted}");
        findings.push(finding(COVERAGE, 1, message));
        findings.sort();
        return Ok(findings);
    }
    let made = BTreeMap::from([
        (COVERAGE.to_owned(), report::render(&requirements, &table)),
        (source::REPORT.to_owned(), rows),
    ]);
    findings.extend(write_or_compare(&tree, &made, "trace", check)?);
    findings.sort();
    Ok(findings)
}

/// Counts the mentions of each requirement, and finds what is missing, unknown or stale.
fn judge(
    tree: &Tree,
    requirements: &[Requirement],
    mentions: &[Mention],
) -> (BTreeMap<String, Counts>, Vec<Finding>) {
    let mut findings = Vec::new();
    let profiles: BTreeMap<_, _> = requirements.iter().map(|r| (&r.id, r.profile)).collect();
    let mut table: BTreeMap<String, Counts> =
        requirements.iter().map(|r| (r.id.clone(), Counts::default())).collect();
    for mention in mentions {
        let Some(counts) = table.get_mut(&mention.id) else {
            let message = format!("unknown requirement `{}`", mention.id);
            findings.push(finding(&mention.path, mention.line, message));
            continue;
        };
        let elsewhere = profiles.get(&mention.id) != Some(&Profile::Reference);
        match mention.role {
            Role::CitedByReference => counts.cited += 1,
            Role::CitedElsewhere => counts.cited += usize::from(elsewhere),
            Role::Checked => counts.checked += 1,
            Role::Convicted => counts.convicted += 1,
            Role::Named => {}
        }
    }
    let missing = missing(requirements, &table);
    let excused = exceptions::check(tree, &table, &missing, &mut findings);
    for (id, what) in missing.difference(&excused) {
        if let Some(r) = requirements.iter().find(|r| r.id == *id) {
            let path = format!("spec/{}", r.document);
            findings.push(finding(&path, r.line, format!("`{id}` is {what}")));
        }
    }
    (table, findings)
}

/// Each absolute requirement that lacks what its kind demands, as (id, `uncited` or `unchecked`).
fn missing(
    requirements: &[Requirement],
    table: &BTreeMap<String, Counts>,
) -> BTreeSet<(String, &'static str)> {
    let mut missing = BTreeSet::new();
    for r in requirements.iter().filter(|r| is_absolute(r.level)) {
        let counts = table.get(&r.id).copied().unwrap_or_default();
        if counts.cited == 0 && r.kind != Some(CheckKind::Review) {
            missing.insert((r.id.clone(), "uncited"));
        }
        if counts.checked == 0 && r.kind.is_none() {
            missing.insert((r.id.clone(), "unchecked"));
        }
    }
    missing
}

#[cfg(test)]
mod tests;
