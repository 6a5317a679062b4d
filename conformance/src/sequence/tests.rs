//! Tests of the sequences: what is written is legal and free of the author's ids, honest targets
//! pass, and a fault is found by a few acts that replay.

use super::act::{Act, How, Manage, Sse};
use super::*;
use crate::case::Ending;
use crate::cases::scenario_cases;
use crate::runner::{CaseResult, Options, run as run_cases};
use crate::target::Target;
use crate::zoo::{Malleable, Witness, faults, honest};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sse_spec::{Capability, Description};

fn drawn(count: usize) -> Vec<Vec<Act>> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| act::acts().new_tree(&mut runner).unwrap().current()).collect()
}

fn result_of(target: &dyn Target) -> CaseResult {
    run_cases(target, &cases(), Options::default(), &|_| {}).pop().unwrap()
}

fn fault(id: &str) -> Box<dyn Target> {
    let fault = faults().into_iter().find(|fault| fault.id == id).unwrap();
    (fault.make)(&Witness::default())
}

fn findings(target: &Description, acts: &[Act]) -> Vec<String> {
    let text = file(author::write(target, acts)).unwrap();
    assert!(!text.contains("5e90e4ce") && !text.contains("imagined"), "{text}");
    for account in [Some(&target.account), target.other_account.as_ref()].into_iter().flatten() {
        assert!(!text.contains(account.as_str()), "{text}");
    }
    let name = "sequence/found.json";
    let file = ScenarioFile::parse(name, &text).unwrap();
    sse_vectors::scenario::check(&[(name.to_owned(), file)])
}

#[test]
fn what_is_written_passes_the_static_check() {
    let target = Malleable::new().describe();
    for acts in drawn(200) {
        assert_eq!(findings(&target, &acts), Vec::<String>::new(), "{acts:?}");
    }
}

#[test]
fn a_target_that_offers_little_is_asked_for_little() {
    let mut target = Malleable::new().describe();
    target.other_account = None;
    target.limits.part_bytes = 0;
    target.capabilities = vec![Capability::Restart];
    for acts in drawn(60) {
        assert_eq!(findings(&target, &acts), Vec::<String>::new(), "{acts:?}");
        let scenario = author::write(&target, &acts);
        assert!(!scenario.needs_other_account());
        assert!(scenario.needs.iter().all(|need| target.offers(*need)), "{:?}", scenario.needs);
    }
}

#[test]
fn the_outcomes_are_of_every_kind_and_many_trails_are_compared_whole() {
    let target = Malleable::new().describe();
    let texts: Vec<String> =
        drawn(100).iter().map(|acts| file(author::write(&target, acts)).unwrap()).collect();
    for word in ["denied", "not-found", "key-unusable", "integrity", "invalid", "conflict"] {
        let holding = texts.iter().filter(|text| text.contains(&format!("\"{word}\""))).count();
        assert!(holding > 1, "{word}: {holding}");
    }
    for name in sse_spec::Operation::NAMES.iter().take(44) {
        // Listings of KMS have entries or not, as they please; a policy of a bucket is not read.
        let unused = ["ListKeys", "ListAliases", "EnableKeyRotation", "DisableKeyRotation"];
        if !unused.contains(name) && !["ListKeyRotations", "GetBucketPolicy"].contains(name) {
            assert!(texts.iter().any(|text| text.contains(&format!("\"{name}\": {{"))), "{name}");
        }
    }
    let whole =
        texts.iter().filter(|text| text.contains("\"events\": {\n                \"$set\""));
    assert!(whole.count() >= 25);
}

#[test]
fn honest_targets_pass() {
    for (name, target) in honest() {
        assert_eq!(result_of(&*target).ending, Ending::Passed, "{name}");
    }
}

#[test]
fn a_fault_is_found_by_a_few_acts_that_replay() {
    for id in [
        "usage-uncounted",
        "disabled-decrypts",
        "refusal-unrecorded",
        "recorded-twice",
        "context-missing-forgiven",
        "key-mismatch-ignored",
        "delete-keeps",
    ] {
        let target = fault(id);
        let result = result_of(&*target);
        let Ending::Failed(reason) = &result.ending else { panic!("{id}: {:?}", result.ending) };
        let (before, _) = reason.split_once(" acts; `replay`").unwrap();
        let acts: usize = before.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(acts <= 6, "{id}: {acts}");
        let replayed = scenario_cases("found", result.scenario.as_deref().unwrap()).unwrap();
        let again = |target: &dyn Target| {
            run_cases(target, &replayed, Options::default(), &|_| {}).pop().unwrap().ending
        };
        assert!(matches!(again(&*target), Ending::Failed(_)), "{id}");
        assert_eq!(again(&Malleable::new()), Ending::Passed, "{id}");
        assert!(result.transcript.lines().count() < 80, "{id}: {}", result.transcript);
    }
}

#[test]
fn an_open_outcome_is_left_out() {
    let target = Malleable::new().describe();
    let kms = Sse::Kms { key: 0, context: 0 };
    let acts = [
        Act::Put { who: 0, at: (0, 0), sse: kms, body: 0, metadata: false },
        Act::Manage { who: 0, key: 0, what: Manage::Disable },
        Act::Head { who: 0, at: (0, 0) },
        Act::Begin { who: 0, at: (0, 1), sse: kms },
        Act::Decrypt { who: 0, blob: 0, how: How::Right },
        Act::Get { who: 0, at: (0, 0), range: 0 },
    ];
    let scenario = author::write(&target, &acts);
    let names: Vec<&str> = scenario.steps.iter().map(|step| step.operation()).collect();
    let expected = ["CreateKey", "CreateBucket", "PutObject", "DisableKey", "GetObject"];
    assert_eq!(names.get(..5).unwrap(), expected);
    let refused = scenario.steps.get(4).unwrap().expect.refused.as_ref().unwrap();
    assert_eq!(refused.kinds, [sse_spec::Kind::KeyUnusable]);
}
