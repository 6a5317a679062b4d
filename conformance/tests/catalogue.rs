//! The catalogue itself: stable ids, known requirements, twins, no secret in what people read.
#![cfg(feature = "cli")]

use sse_conformance::case::Ending;
use sse_conformance::cases::{catalogue, corpus_cases};
use sse_conformance::runner::{Options, replay};
use sse_conformance::target::{Broken, Target, World, WorldConfig, reference};
use sse_conformance::twins;
use sse_spec::{Description, Limits};
use std::path::Path;

/// A target that declares other bounds than the reference and is never opened.
struct Declaring(Limits);

impl Target for Declaring {
    fn describe(&self) -> Description {
        Description { limits: self.0, ..reference::target().describe() }
    }

    fn open(&self, _: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        Err(Broken("no world is needed".into()))
    }
}

#[test]
fn where_no_smallest_part_is_declared_none_is_too_small() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let target = Declaring(Limits::default());
    for id in ["refusal/store-part-too-small-wrong", "sse/order-completion-small-after-part"] {
        let case = cases.iter().find(|case| case.id == id).expect(id);
        let reason = "the target declares no smallest part (`part_bytes`)";
        let skipped = Ending::Skipped(reason.to_owned());
        assert_eq!(replay(&target, case, Options::default()).0, skipped, "{id}");
        let (ending, _) = replay(&reference::target(), case, Options::default());
        assert_eq!(ending, Ending::Passed, "{id}");
    }
    let needs = |case: &&sse_conformance::case::Case| {
        case.requirements.iter().any(|id| id == "sse.multipart.part-too-small")
    };
    for case in cases.iter().filter(needs) {
        assert!(case.needs.smallest_part, "{}", case.id);
    }
}

#[test]
fn a_target_of_small_objects_is_not_judged_by_larger_ones() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let missing = |limits: Limits| {
        let target = Declaring(limits).describe();
        let store = cases.iter().filter(|case| case.needs.store);
        store.filter(|case| case.needs.missing(&target).is_some()).count()
    };
    let all = cases.iter().filter(|case| case.needs.store).count();
    let bounds = |object_bytes, part_bytes| Limits { object_bytes, part_bytes, jobs: 0 };
    assert_eq!(missing(bounds(1000, 1)), all);
    assert_eq!(missing(bounds(1 << 20, 1)), 0);
    assert_eq!(missing(bounds(5 << 20, 5 << 20)), all);
}

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
            for field in sse_spec::SECRETS {
                for after in line.split(&format!("\"{field}\":\"")).skip(1) {
                    assert!(after.starts_with("[secret]\""), "{}: {line}", case.id);
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
