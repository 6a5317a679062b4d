//! The verdict on targets whose truth is known: green only for those that encrypt.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test without vectors has failed")]

use sse_conformance::case::{Area, Ending};
use sse_conformance::cases::catalogue;
use sse_conformance::report::{Finding, Report, Terms, text};
use sse_conformance::runner::{Options, run};
use sse_conformance::session::Budget;
use sse_conformance::target::{Target, reference};
use sse_conformance::zoo::{self, Witness};
use std::time::Duration;

fn judge<T>(target: &dyn Target, look: impl FnOnce(&Report<'_>) -> T) -> T {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let options = Options { budget: Budget::MATRIX, ..Options::default() };
    let results = run(target, &cases, options, &|_| {});
    look(&Report {
        protocol: None,
        target: target.describe(),
        cases: &cases,
        results,
        options,
        strict: false,
        without_at_rest: false,
        filtered: false,
        profiles: sse_spec::Profile::ALL.to_vec(),
        corpus_digest: "0123456789abcdef".into(),
        terms: Terms::default(),
        time: Duration::ZERO,
    })
}

fn failures(report: &Report<'_>) -> String {
    report
        .pairs()
        .filter(|(_, result)| !matches!(result.ending, Ending::Passed | Ending::Skipped(_)))
        .map(|(case, result)| format!("{}: {:?}\n", case.id, result.ending))
        .collect()
}

#[test]
fn the_reference_is_conformant() {
    judge(&reference::target(), |report| {
        assert_eq!(failures(report), "");
        assert_eq!(report.exit_code(), 0);
        for area in Area::ALL {
            assert_eq!(report.line(area), Finding::Conformant, "{}", area.title());
        }
    });
}

#[test]
fn the_malleable_implementation_without_a_switch_is_conformant() {
    judge(&zoo::Malleable::new(), |report| {
        assert_eq!(failures(report), "");
        assert_eq!(report.exit_code(), 0);
    });
}

#[test]
fn honest_and_odd_stores_are_not_accused() {
    for (name, target) in zoo::honest() {
        judge(target.as_ref(), |report| {
            assert_eq!(failures(report), "", "{name}");
            assert_eq!(report.line(Area::AtRest), Finding::Conformant, "{name}");
        });
    }
}

/// A target that echoes the headers and stores plaintext passes every public suite; not this one.
#[test]
fn headers_over_plaintext_are_red_at_rest() {
    let faults = zoo::faults();
    let fault = faults.iter().find(|fault| fault.id == "body-in-clear").expect("in the zoo");
    let witness = Witness::default();
    judge((fault.make)(&witness).as_ref(), |report| {
        assert!(witness.count() > 0);
        assert_eq!(report.line(Area::AtRest), Finding::NotConformant);
        assert!(report.broken().contains_key("sse.at-rest.no-plaintext"), "{}", failures(report));
        assert_eq!(report.exit_code(), 1);
    });
}

/// No evidence is no green verdict.
#[test]
fn a_target_that_hides_its_items_is_inconclusive() {
    judge(zoo::hidden_items().as_ref(), |report| {
        assert_eq!(report.line(Area::AtRest), Finding::Inconclusive, "{}", failures(report));
        assert_eq!(report.exit_code(), 1);
    });
}

#[test]
fn runs_are_deterministic_and_readable() {
    let report = judge(&reference::target(), text::render);
    assert_eq!(report, judge(&reference::target(), text::render));
}

#[test]
fn the_zoo_has_at_least_25_faults_with_ids_of_their_own() {
    let faults = zoo::faults();
    let ids: std::collections::BTreeSet<&str> = faults.iter().map(|fault| fault.id).collect();
    assert!(ids.len() == faults.len() && ids.len() >= 25, "{}", ids.len());
    let known = sse_spec::documents::requirements();
    for fault in &faults {
        assert!(!fault.breaks.is_empty(), "{}", fault.id);
        for id in fault.breaks {
            assert!(known.iter().any(|known| known.id == *id), "{} breaks `{id}`", fault.id);
        }
    }
}
