//! `--suite-version`: what a build judges by, in a form that scripts can read.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot start its program has failed")]

mod support;

use sse_conformance::cases::catalogue;
use support::{program, scratch};

#[test]
fn the_suite_says_what_it_is() {
    let done = program(&["--suite-version"]);
    assert_eq!((done.code, done.told.as_str()), (Some(0), ""));
    let cases = catalogue().expect("the embedded vectors are well-formed").len();
    let requirements = sse_spec::documents::requirements().len();
    let digest = sse_vectors::corpus::digest();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        done.text,
        format!(
            "suite         {version}\nvectors       {digest}\nprotocol      1\n\
             cases         {cases}, of which 0 proposed\nrequirements  {requirements}\n"
        )
    );
    // Reports carry the same.
    let path = scratch("versions").join("report.json").to_string_lossy().into_owned();
    program(&["run", "--filter", "blob/*", "--report-json", &path]);
    let text = std::fs::read_to_string(&path).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&report["suite_version"], &report["corpus_digest"]),
        (&version.into(), &digest.into())
    );
}

/// The option stands alone, and without any there is help.
#[test]
fn it_stands_alone() {
    assert_eq!(program(&["--suite-version", "--help"]).code, Some(0));
    let done = program(&[]);
    assert!(done.code == Some(2) && done.told.contains("Usage: sse-conformance"), "{done:?}");
    let done = program(&["--suite-version", "list"]);
    assert!(done.text.starts_with("suite  ") || done.code == Some(2), "{done:?}");
}
