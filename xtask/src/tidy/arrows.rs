//! The arrows between the crates: who may know whom, in manifests and in sources.

use sse_spec::documents::Finding;

use crate::mask::Source;
use crate::tree::{Tree, finding};

/// Each crate with those its product may know, and those that its tests may know besides.
const ARROWS: [(&str, &[&str], &[&str]); 4] = [
    ("spec", &[], &[]),
    ("vectors", &["spec"], &[]),
    ("reference", &["spec"], &["vectors"]),
    ("conformance", &["spec", "vectors", "reference"], &[]),
];

/// Checks the dependency tables of the crates.
pub(super) fn check_manifests(tree: &Tree, findings: &mut Vec<Finding>) {
    for (member, product, tests) in ARROWS {
        let path = format!("{member}/Cargo.toml");
        let mut table = "";
        for (line, number) in tree.text(&path).unwrap_or("").lines().zip(1..) {
            if let Some(name) = line.strip_prefix('[') {
                table = name.split(']').next().unwrap_or("");
            }
            let Some((of, line)) = entry(table, line) else { continue };
            let dev = table.contains("dev-dependencies");
            let optional = line.contains("optional = true");
            let bound = member == "conformance" && of == "reference";
            let allowed = product.contains(&of) || (dev && tests.contains(&of));
            if !allowed {
                let message = format!("`{member}` must not depend on `{of}`");
                findings.push(finding(&path, number, message));
            } else if bound && !optional {
                findings.push(finding(&path, number, "`reference` must stay optional here"));
            }
        }
    }
}

/// The crate of ours that a line of a dependency table names: as a member of the table, or as
/// the table's own name.
fn entry<'a>(table: &'a str, line: &'a str) -> Option<(&'a str, &'a str)> {
    let dependencies = table.rsplit('.').next()?.ends_with("dependencies");
    let inside = table.split_once("dependencies.").is_some() && line.starts_with('[');
    let name = match (dependencies, inside) {
        (true, _) => line,
        (_, true) => table.split_once("dependencies.")?.1,
        _ => return None,
    };
    let name = name.trim().trim_matches('"').strip_prefix("sse-")?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(name.len());
    Some((name.get(..end)?, line))
}

/// Checks that a source names no crate that it must not know.
pub(super) fn check_source(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let source = Source::read(path, text);
    for (code, number) in source.code.iter().zip(1..) {
        let words: Vec<_> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for (of, allowed) in [
            ("sse_reference", knows_reference(path)),
            ("sse_vectors", !path.starts_with("reference/") || source.is_test(number)),
            ("sse_vectors", !path.starts_with("spec/")),
            ("sse_conformance", ["conformance/", "xtask/"].iter().any(|p| path.starts_with(p))),
        ] {
            if words.contains(&of) && !allowed {
                findings.push(finding(path, number, format!("`{of}` must not be named here")));
            }
        }
    }
}

fn knows_reference(path: &str) -> bool {
    let adapter = "conformance/src/target/reference";
    ["reference/", "xtask/", &format!("{adapter}/")].iter().any(|p| path.starts_with(p))
        || path == format!("{adapter}.rs")
        || (path.starts_with("conformance/") && !path.starts_with("conformance/src/"))
}

#[cfg(test)]
mod tests {
    use super::super::assert_findings;

    fn manifest(member: &str, text: &str, expected: &[&str]) {
        let path = format!("{member}/Cargo.toml");
        let expected: Vec<_> = expected.iter().map(|e| format!("{path}:{e}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_findings(&[(&path, text)], &expected);
    }

    fn source(path: &str, text: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|e| format!("{path}:{e}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_findings(&[(path, &format!("//! A.\n{text}\n"))], &expected);
    }

    #[test]
    fn manifests_keep_the_arrows() {
        let dev = "[dev-dependencies]\nsse-vectors.workspace = true\n";
        manifest("reference", dev, &[]);
        manifest(
            "reference",
            "[dependencies]\nsse-vectors.workspace = true\n",
            &["2: `reference` must not depend on `vectors`"],
        );
        manifest(
            "vectors",
            "[dev-dependencies]\nsse-reference = { workspace = true }\n",
            &["2: `vectors` must not depend on `reference`"],
        );
        manifest(
            "spec",
            "[dependencies.sse-vectors]\nworkspace = true\n",
            &["1: `spec` must not depend on `vectors`"],
        );
        manifest("spec", "[features]\nsse-vectors = []\n", &[]);
    }

    #[test]
    fn the_suite_takes_the_reference_as_an_option() {
        let optional = "[dependencies]\nsse-reference = { workspace = true, optional = true }\n";
        manifest("conformance", optional, &[]);
        manifest(
            "conformance",
            "[dependencies]\nsse-reference.workspace = true\n",
            &["2: `reference` must stay optional here"],
        );
    }

    #[test]
    fn sources_keep_the_arrows() {
        let named = "2: `sse_reference` must not be named here";
        source("conformance/src/target/reference.rs", "use sse_reference::Store;", &[]);
        source("conformance/src/target/reference/kms.rs", "use sse_reference::Kms;", &[]);
        source("conformance/src/runner.rs", "use sse_reference::Store;", &[named]);
        source("vectors/src/builder/mod.rs", "use sse_reference::Store;", &[named]);
        source("vectors/tests/a.rs", "use sse_reference::Store;", &[named]);
        source("vectors/src/lib.rs", "// sse_reference is not known here.", &[]);
        let named = "2: `sse_vectors` must not be named here";
        source("reference/src/sse.rs", "use sse_vectors::Vector;", &[named]);
        source("reference/tests/sse.rs", "use sse_vectors::Vector;", &[]);
        source("spec/src/lib.rs", "use sse_vectors::Vector;", &[named]);
        source(
            "vectors/src/lib.rs",
            "use sse_conformance::Target;",
            &["2: `sse_conformance` must not be named here"],
        );
    }
}
