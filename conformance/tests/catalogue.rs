//! The catalogue itself: stable ids, known requirements, twins, no secret in what people read.
#![cfg(feature = "cli")]

use sse_conformance::cases::{catalogue, corpus_cases};
use sse_conformance::runner::{Options, replay};
use sse_conformance::target::reference;
use sse_conformance::twins;
use std::path::Path;

#[test]
fn ids_requirements_and_twins_hold() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    assert_eq!(twins::problems(&cases), Vec::<String>::new());
}

#[test]
fn a_twin_that_does_not_exist_is_told() {
    let mut cases = catalogue().expect("the embedded vectors are well-formed");
    let negative = cases.iter_mut().find(|case| case.twin.is_some()).expect("negative cases");
    negative.twin = Some("sse/nowhere".into());
    assert_eq!(twins::problems(&cases).len(), 1);
}

/// Data keys in clear pass through KMS replies and format requests; none may be printed.
#[test]
fn transcripts_hold_no_secret() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let target = reference::target();
    let mut seen = 0;
    for case in &cases {
        let (_, transcript) = replay(&target, case, Options::default());
        for line in transcript.lines() {
            for field in ["plaintext: ", "data_key: ", "wrapping_key: ", "root_key: "] {
                for after in line.split(field).skip(1) {
                    assert!(after.starts_with("[secret]"), "{}: {line}", case.id);
                    seen += 1;
                }
            }
        }
        if seen > 200 {
            return;
        }
    }
    assert!(seen > 20, "only {seen} secrets passed by");
}

#[test]
fn a_corpus_folder_that_is_missing_is_named() {
    let error = corpus_cases(Path::new("/nowhere/at-all")).expect_err("there is no such folder");
    assert!(error.to_string().starts_with("corpus: cannot read `/nowhere/at-all`: "), "{error}");
}
