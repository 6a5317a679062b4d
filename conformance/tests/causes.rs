//! The table of failures by cause, pinned. After a wanted change: `INSTA_UPDATE=always cargo test`.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test without vectors has failed")]

use sse_conformance::case::{Case, Ending};
use sse_conformance::cases::catalogue;
use sse_conformance::report::{Report, text};
use sse_conformance::runner::{CaseResult, Options};
use sse_conformance::target::{Target as _, reference};
use std::time::Duration;

/// The report of cases that end so, in turn.
fn rendered(count: usize, ending: impl Fn(usize) -> Ending) -> String {
    let mut cases: Vec<Case> = catalogue().expect("the embedded vectors are well-formed");
    cases.truncate(count);
    for (index, case) in cases.iter_mut().enumerate() {
        case.id = format!("made/case-{index}");
        case.comment = "Made for this test.".into();
        case.requirements = vec!["sse.get.round-trip".into()];
    }
    let result = |index| CaseResult {
        index,
        ending: ending(index),
        transcript: String::new(),
        scenario: None,
        time: Duration::ZERO,
    };
    let results = (0..count).map(result).collect();
    let target = reference::target().describe();
    text::render(&Report::whole(target, &cases, results, Options::default()))
}

fn ending(index: usize) -> Ending {
    match index % 20 {
        0..8 => Ending::Failed(format!("step {} (`GetObject`): got {index}", index + 1)),
        8..12 => Ending::Failed(format!("the body lies at rest in item `object/w{index}-b`")),
        12..15 => Ending::Inconclusive("new ciphertext is nowhere to be seen".into()),
        15 => Ending::Skipped("the target has no KMS".into()),
        // A cause of its own each, and one too long for a line.
        16 => Ending::Failed(format!("{}{}", "long ".repeat(30), "x".repeat(index))),
        17 => Ending::Unusable(format!("a file of {} letters", "y".repeat(index))),
        18 => Ending::Failed(format!("another reason: {}", "z".repeat(index))),
        _ => Ending::Passed,
    }
}

#[test]
fn failures_by_cause() {
    let shown = rendered(100, ending);
    // What stands above is one failure after the other, what stands below the verdict.
    let table = shown.split("\nby cause\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    insta::assert_snapshot!("causes", table.expect("a table"));
    assert_eq!(shown.matches("\nFAILED ").count() + usize::from(shown.starts_with("FAILED ")), 12);
    assert!(shown.contains("\n... more: --report-json lists every one\n\nby cause\n"), "{shown}");
}

/// A few failures are shown one by one, and need no table.
#[test]
fn a_few_failures_have_no_table() {
    let failing = |index| match index < 12 {
        true => Ending::Failed("no".into()),
        false => Ending::Skipped("the target has no KMS".into()),
    };
    assert!(!rendered(40, failing).contains("by cause"));
    let failing = |index| if index < 13 { Ending::Failed("no".into()) } else { Ending::Passed };
    assert!(rendered(40, failing).contains("by cause\n    13 failed       no\n"));
}
