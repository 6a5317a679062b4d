//! The requirements of the documents as they lie on disk, read by the one parser of `sse-spec`.

use sse_spec::documents::{Finding, Requirement, parse};

use crate::tree::Tree;

/// Every requirement of `spec/*.md`, and every slip against the grammar.
pub(crate) fn read(tree: &Tree) -> (Vec<Requirement>, Vec<Finding>) {
    let (mut requirements, mut findings) = (Vec::new(), Vec::new());
    for (name, text) in tree.documents() {
        // The parser keeps the name in what it returns; a dozen names live as long as the program.
        let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let (some, slips) = parse(name, text);
        requirements.extend(some);
        findings.extend(slips);
    }
    requirements.sort_by(|a, b| a.id.cmp(&b.id));
    (requirements, findings)
}
