//! The laws on a store whose truth is known: honest containers are cleared, faults are found.

use super::bench::{Bench, Container, Fault};
use crate::case::{Case, Ending};
use crate::cases::catalogue;

/// The cases of some families whose ids `choose` takes.
fn cases(families: &[&str], choose: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut all = catalogue().unwrap();
    all.retain(|case| families.contains(&case.family.as_str()) && choose(&case.id));
    assert!(!all.is_empty());
    all
}

const AT_REST: [&str; 3] = ["at-rest", "freshness", "keystream"];

/// What did not pass, by the id of the case.
fn findings(bench: Bench, cases: &[Case]) -> Vec<(String, Ending)> {
    let judged = cases.iter().map(|case| (case.id.clone(), bench.judge(case)));
    judged.filter(|(_, ending)| *ending != Ending::Passed).collect()
}

/// The modes differ in headers alone; one of them is enough for the odd containers.
#[test]
fn honest_containers_are_cleared() {
    // Whether every item is shown is asked where an item is what the store reads.
    let cases = cases(&AT_REST, |id| id.ends_with("sse-s3") && !id.contains("items-complete"));
    for container in Container::ALL {
        assert_eq!(findings(Bench::honest(container), &cases), [], "{container:?}");
    }
}

#[test]
fn every_mode_of_an_honest_store_is_cleared() {
    let cases = cases(&AT_REST, |id| !id.ends_with("sse-s3"));
    assert_eq!(findings(Bench::honest(Container::Plain), &cases), []);
}

#[test]
fn an_honest_store_stands_edits_and_races() {
    // It knows no principals, whose permission could be widened.
    let cases = cases(&["tamper", "race"], |id| !id.starts_with("tamper/permission"));
    assert_eq!(findings(Bench::honest(Container::Plain), &cases), []);
}

/// Where an edit is felt depends on the container.
#[test]
fn an_honest_store_stands_edits_in_every_container() {
    let cases = cases(&["tamper"], |id| id.ends_with("sse-s3") && !id.contains("permission"));
    for container in Container::ALL {
        assert_eq!(findings(Bench::honest(container), &cases), [], "{container:?}");
    }
}

#[test]
fn a_smallest_part_is_respected() {
    let bench = Bench { part_bytes: 30_001, ..Bench::honest(Container::Plain) };
    let parts = |id: &str| id.contains("part") || id.contains("upload") || id.contains("complete");
    let cases = cases(&["keystream", "at-rest", "tamper", "race"], |id| {
        parts(id) && !id.ends_with("kms") && !id.ends_with("default")
    });
    assert_eq!(findings(bench, &cases), []);
}

/// Each fault fails at least these cases.
fn convicted(fault: Fault, families: &[&str], ids: &[&str]) {
    let findings = findings(Bench::faulty(fault), &cases(families, |id| ids.contains(&id)));
    for id in ids {
        let ending = findings.iter().find(|(found, _)| found == id).map(|(_, ending)| ending);
        assert!(matches!(ending, Some(Ending::Failed(_))), "{fault:?}: {id}: {ending:?}");
    }
}

#[test]
fn keystream_used_twice_is_found() {
    let all = ["keystream/puts-sse-s3", "keystream/parts-sse-kms", "keystream/copies-sse-s3"];
    convicted(Fault::OneStream, &["keystream"], &all);
    convicted(Fault::StreamPerName, &["keystream"], &["keystream/puts-bucket-default"]);
    convicted(Fault::StreamPerPart, &["keystream"], &["keystream/parts-sse-s3"]);
    convicted(Fault::StreamPerUpload, &["keystream"], &["keystream/parts-sse-kms"]);
    convicted(Fault::Rewound, &["keystream"], &["keystream/restarted-sse-s3"]);
    convicted(Fault::CopyStream, &["keystream"], &["keystream/copies-bucket-default"]);
}

#[test]
fn keystream_that_repeats_within_a_body_is_found() {
    for fault in [Fault::ChunksAlike, Fault::BlocksAlike] {
        let ids = ["keystream/within-sse-s3", "keystream/within-part-bucket-default"];
        convicted(fault, &["keystream"], &ids);
    }
}

/// How the case of this id ends on a fault in a container.
fn ending(container: Container, fault: Fault, cases: &[Case], id: &str) -> Ending {
    let case = cases.iter().find(|case| case.id == id).unwrap();
    Bench { fault, ..Bench::honest(container) }.judge(case)
}

/// A fault does not hide in a container.
#[test]
fn faults_are_found_in_every_container() {
    let cases = cases(&AT_REST, |id| id.ends_with("sse-s3"));
    for container in Container::ALL {
        for (fault, id) in [
            (Fault::OneStream, "keystream/puts-sse-s3"),
            (Fault::StreamPerPart, "keystream/parts-sse-s3"),
            (Fault::Rewound, "keystream/restarted-sse-s3"),
            (Fault::ChunksAlike, "keystream/within-sse-s3"),
            (Fault::CopyVerbatim, "freshness/copy-sse-s3"),
            (Fault::PartsClear, "at-rest/open-upload-sse-s3"),
        ] {
            let ending = ending(container, fault, &cases, id);
            // Pages that are equal are kept once, so that the repetition does not show at rest;
            // then nothing is shown, and the law says so.
            let hidden = container == Container::Deduplicated && fault == Fault::ChunksAlike;
            let blind = hidden && matches!(ending, Ending::Inconclusive(_));
            assert!(matches!(ending, Ending::Failed(_)) || blind, "{container:?} {id}: {ending:?}");
        }
    }
}

#[test]
fn a_copy_that_is_not_encrypted_anew_is_found() {
    let ids = ["freshness/copy-sse-s3", "freshness/copy-data-keys-bucket-default"];
    convicted(Fault::CopyVerbatim, &["freshness"], &ids);
}

#[test]
fn plaintext_on_any_path_is_found() {
    for (fault, ids) in [
        (Fault::PartsClear, &["at-rest/open-upload-sse-kms", "at-rest/open-upload-sse-s3"][..]),
        (Fault::CompletedClear, &["at-rest/completed-upload-sse-s3"]),
        (Fault::CopiesClear, &["at-rest/copy-sse-s3", "at-rest/copy-bucket-default"]),
        (
            Fault::DefaultClear,
            &["at-rest/overwrite-bucket-default", "at-rest/open-upload-bucket-default"],
        ),
        (
            Fault::RefusedStays,
            &[
                "at-rest/refused-part-sse-s3",
                "at-rest/refused-copy-sse-kms",
                "at-rest/refused-copy-sse-s3",
                "at-rest/refused-overwrite-bucket-default",
            ],
        ),
        (Fault::AbortKeeps, &["at-rest/abort-leaves-nothing-sse-s3"]),
        (Fault::AbortHides, &["at-rest/abort-leaves-nothing-sse-kms"]),
        (Fault::KeyBeside, &["at-rest/every-path-no-data-key-sse-s3"]),
        (
            Fault::DigestStored,
            &["at-rest/copy-no-digest-sse-s3", "at-rest/upload-no-digest-sse-kms"],
        ),
    ] {
        convicted(fault, &["at-rest"], ids);
    }
}

#[test]
fn edits_that_pass_are_found() {
    for (fault, id) in [
        (Fault::PartsUnchecked, "tamper/multipart-sse-s3"),
        (Fault::PartsUnbound, "tamper/part-splices-sse-kms"),
        (Fault::OpenUnchecked, "tamper/open-upload-sse-s3"),
        (Fault::CopyUnchecked, "tamper/copy-source-sse-s3"),
    ] {
        convicted(fault, &["tamper"], &[id]);
    }
}

#[test]
fn edits_that_pass_are_found_in_every_container() {
    let cases = cases(&["tamper"], |id| id.ends_with("sse-s3"));
    for container in Container::ALL {
        for (fault, id) in [
            (Fault::PartsUnchecked, "tamper/multipart-sse-s3"),
            (Fault::CopyUnchecked, "tamper/copy-source-sse-s3"),
            (Fault::OpenUnchecked, "tamper/open-upload-sse-s3"),
        ] {
            let ending = ending(container, fault, &cases, id);
            assert!(matches!(ending, Ending::Failed(_)), "{container:?} {id}: {ending:?}");
        }
    }
}

#[test]
fn races_that_are_lost_are_found() {
    for (fault, id) in [
        (Fault::Torn, "race/overwrite-and-read-sse-s3"),
        (Fault::Torn, "race/complete-and-get"),
        (Fault::DisabledRead, "race/disable-and-get"),
        (Fault::Undeleted, "race/delete-and-get"),
        (Fault::CrossedPuts, "race/two-puts"),
        (Fault::CountedTwice, "race/two-puts-trail"),
        (Fault::RotationLoses, "race/rotate-and-put"),
        (Fault::PartLost, "race/one-part-twice"),
    ] {
        convicted(fault, &["race"], &[id]);
    }
}
