//! The rule on dependencies: each states, in a comment, what demands it.

use sse_spec::documents::Finding;

use crate::tree::{Tree, finding};

/// Checks the workspace's table of dependencies.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let (mut inside, mut explained) = (false, false);
    for (line, number) in tree.text("Cargo.toml").unwrap_or("").lines().zip(1..) {
        if line.starts_with('[') {
            inside = line.trim() == "[workspace.dependencies]";
            explained = false;
        } else if line.trim().is_empty() {
            // A comment explains the lines below it, up to the end of their group.
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let (true, false, Some((name, value))) = (inside, explained, line.split_once('='))
            && !value.contains("path =")
            && !line.starts_with([' ', ']', '}'])
        {
            let message = format!("no comment says what demands `{}`", name.trim());
            findings.push(finding("Cargo.toml", number, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_findings;

    #[test]
    fn each_dependency_is_explained() {
        let text = "[workspace.dependencies]\nown = { path = \"a\" }\n\
                    # RFC 1.\na = \"1\"\nb = \"1\"\n\nc = \"1\"\n\n[profile.dev]\nopt-level = 1\n";
        assert_findings(
            &[("Cargo.toml", text)],
            &["Cargo.toml:7: no comment says what demands `c`"],
        );
    }
}
