//! `spec/exceptions.json`: requirements that stay uncited or unchecked, each for a reason.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sse_spec::documents::Finding;

use super::Counts;
use crate::tree::{Tree, finding};

const PATH: &str = "spec/exceptions.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    id: String,
    kind: Kind,
    reason: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Uncited,
    Unchecked,
}

/// What is excused, as (id, `uncited` or `unchecked`); an entry that excuses nothing is stale.
pub(super) fn check(
    tree: &Tree,
    table: &BTreeMap<String, Counts>,
    missing: &BTreeSet<(String, &'static str)>,
    findings: &mut Vec<Finding>,
) -> BTreeSet<(String, &'static str)> {
    let mut excused = BTreeSet::new();
    let text = tree.text(PATH).unwrap_or("[]");
    let exceptions: Vec<Exception> = match serde_json::from_str(text) {
        Ok(exceptions) => exceptions,
        Err(e) => {
            findings.push(finding(PATH, e.line().max(1), e.to_string()));
            return excused;
        }
    };
    for Exception { id, kind, reason } in exceptions {
        let kind = match kind {
            Kind::Uncited => "uncited",
            Kind::Unchecked => "unchecked",
        };
        let quoted = format!("\"{id}\"");
        let line = text.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1);
        let problem = if !table.contains_key(&id) {
            Some(format!("stale: unknown requirement `{id}`"))
        } else if !missing.contains(&(id.clone(), kind)) {
            Some(format!("stale: `{id}` is not {kind}"))
        } else if reason.trim().is_empty() {
            Some(format!("the exception of `{id}` has no reason"))
        } else if !excused.insert((id.clone(), kind)) {
            Some(format!("`{id}` is excepted twice"))
        } else {
            None
        };
        findings.extend(problem.map(|message| finding(PATH, line, message)));
    }
    excused
}
