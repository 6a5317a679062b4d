//! `cargo xtask tidy`: the house rules, each a pure function of the tree; all findings at once.

mod arrows;
mod documents;
mod manifest;
mod rust;
mod text;

use sse_spec::documents::Finding;

use crate::Outcome;
use crate::tree::Tree;

/// Checks the repository.
pub(crate) fn run() -> Outcome {
    Ok(check(&Tree::load()?))
}

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = crate::documents::read(tree).1;
    for (path, text) in tree.files() {
        text::check(path, text, &mut findings);
        if path.ends_with(".rs") {
            rust::check(path, text, &mut findings);
            arrows::check_source(path, text, &mut findings);
        }
    }
    arrows::check_manifests(tree, &mut findings);
    manifest::check(tree, &mut findings);
    documents::check(tree, &mut findings);
    findings.sort();
    findings
}

/// Asserts that a tree has exactly these findings, written as `path:line: message`.
#[cfg(test)]
fn assert_findings(files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<_> = check(&Tree::of(files)).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}
