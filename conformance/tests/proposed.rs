//! Proposed cases in every report: a failure warns, until somebody asks for more.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test without vectors has failed")]

use sse_conformance::case::{Area, Case, Ending};
use sse_conformance::cases::catalogue;
use sse_conformance::proposed::Ages;
use sse_conformance::report::{Finding, Report, json, junit, text};
use sse_conformance::runner::{CaseResult, Options};
use sse_conformance::target::{Target as _, reference};
use std::time::Duration;

const PROPOSED: &str = "at-rest/no-plaintext-sse-s3";
const SINCE: &[(&str, &str)] = &[(PROPOSED, "0.2.0")];

/// At-rest cases of the catalogue, of which the first is proposed.
fn cases() -> Vec<Case> {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let mut cases: Vec<Case> =
        cases.into_iter().filter(|case| case.id.starts_with("at-rest/no-plaintext-")).collect();
    cases.sort_by_key(|case| case.id != PROPOSED);
    assert!(cases.len() > 1 && cases.first().is_some_and(|case| case.id == PROPOSED));
    cases
}

/// A report in which the proposed case ends so and every other one passes.
fn report<'a>(cases: &'a [Case], ending: Ending, suite: &'static str) -> Report<'a> {
    let result = |index| CaseResult {
        index,
        ending: if index == 0 { ending.clone() } else { Ending::Passed },
        transcript: String::new(),
        scenario: None,
        time: Duration::ZERO,
    };
    let results = (0..cases.len()).map(result).collect();
    let target = reference::target().describe();
    let mut report = Report::whole(target, cases, results, Options::default());
    report.terms.ages = Ages { since: SINCE, suite };
    report
}

#[test]
fn a_proposed_case_warns() {
    let cases = cases();
    let failed = || Ending::Failed("it is not so".into());
    let warned = report(&cases, failed(), "0.2.3");
    assert_eq!((warned.exit_code(), warned.line(Area::AtRest)), (0, Finding::Conformant));
    let shown = text::render(&warned);
    assert!(shown.contains("  warning  proposed in 0.2.0, required from the next"), "{shown}");
    assert!(shown.contains("passed, 1 warned\n") && shown.contains(", 0 broken\n"), "{shown}");
    let machine = json::render(&warned);
    let first = &machine["cases"][0];
    assert_eq!((&first["proposed"], &first["since"]), (&true.into(), &"0.2.0".into()));
    assert_eq!((&first["breaks"], &first["ending"]), (&false.into(), &"failed".into()));
    assert_eq!(machine["cases"][1]["since"], "0.1.0");
    let xml = junit::render(&warned);
    assert!(xml.contains("<system-out>warning: it is not so</system-out>"), "{xml}");
    assert!(!xml.contains("<failure"), "{xml}");
    for (name, change) in [
        ("the next minor version", None),
        ("strict", Some((true, false))),
        ("included", Some((false, true))),
    ] {
        let mut report = report(&cases, failed(), if change.is_none() { "0.3.0" } else { "0.2.3" });
        (report.strict, report.terms.include_proposed) = change.unwrap_or_default();
        assert_eq!((report.exit_code(), report.line(Area::AtRest)), (1, Finding::NotConformant));
        assert!(junit::render(&report).contains("<failure"), "{name}");
        assert!(!text::render(&report).contains("proposed in"), "{name}");
    }
}

/// A proposed case that sees nothing is neither a failure nor evidence.
#[test]
fn a_proposed_case_that_is_inconclusive_proves_nothing() {
    let cases = cases();
    let unclear = || Ending::Inconclusive("nothing there".into());
    let report = report(&cases, unclear(), "0.2.0");
    assert_eq!(report.exit_code(), 0);
    assert!(text::render(&report).contains(", 1 proposed inconclusive"));
    let alone = self::report(&cases[..1], unclear(), "0.2.0");
    assert_eq!((alone.exit_code(), alone.line(Area::AtRest)), (1, Finding::NotExamined));
    let required = self::report(&cases, unclear(), "0.3.0");
    assert_eq!((required.exit_code(), required.line(Area::AtRest)), (1, Finding::Inconclusive));
}

/// A case that passes is as good as any.
#[test]
fn a_proposed_case_that_passes_counts() {
    let cases = cases();
    let report = report(&cases[..1], Ending::Passed, "0.2.0");
    assert_eq!((report.exit_code(), report.line(Area::AtRest)), (0, Finding::Conformant));
}
