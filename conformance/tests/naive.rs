//! The example `naive-store`: what the suite says of it, and that its README says the same.
#![cfg(feature = "cli")]

#[path = "../examples/naive-store.rs"]
#[expect(dead_code, reason = "the example's own main is not asked for here")]
mod naive;

use sse_conformance::case::Ending;
use sse_conformance::cases::catalogue;
use sse_conformance::report::Report;
use sse_conformance::runner::{Options, run};
use sse_conformance::target::Target as _;
use std::collections::BTreeMap;

const README: &str = include_str!("../examples/README.md");

/// The report without what every change of the project changes.
#[test]
fn the_report_of_the_example() {
    let (report, code) = naive::judge().expect("the embedded vectors are well-formed");
    assert_eq!(code, 1);
    let lasting = |left_out: &[&str]| -> String {
        let lines = report.lines().map(str::trim_end);
        let lines = lines.filter(|line| !left_out.iter().any(|word| line.starts_with(word)));
        lines.map(|line| format!("{line}\n")).collect()
    };
    insta::assert_snapshot!("naive-store", lasting(&["suite  ", "requirements  "]));
    // The README shows the verdict, which stands below the failures.
    let report = lasting(&["suite  "]);
    let verdict = report.split("\n\n").last().expect("a verdict");
    assert!(README.contains(verdict), "the README shows another verdict than\n{verdict}");
}

/// Why a case did not pass, in the words of the README.
fn cause(ending: &Ending) -> Option<&'static str> {
    let reason = match ending {
        Ending::Passed | Ending::Skipped(_) => return None,
        Ending::Inconclusive(_) => return Some("new ciphertext is nowhere to be seen"),
        Ending::Failed(reason) | Ending::Unusable(reason) => reason,
    };
    let has = |part: &str| reason.contains(part);
    Some(match () {
        () if has("not offered, though") => "an operation is not offered",
        () if has("lies at rest as it is") => "the body lies at rest in clear",
        () if has("keystream or ciphertext repeats") => "the same body twice leaves the same bytes",
        () if has("want a refusal") || has("acknowledged") => "a wrong request is performed",
        () if has("/sse/kms_key_id") => "the key of SSE-KMS is not named by its ARN",
        () if has("/etag") => "the entity tag is not the one of AWS",
        () => "something else",
    })
}

#[test]
fn the_readme_counts_right() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let options = Options::default();
    let results = run(&naive::Naive, &cases, options, &|_| {});
    let report = Report::whole(naive::Naive.describe(), &cases, results, options);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, result) in report.pairs() {
        if let Some(cause) = cause(&result.ending) {
            *counts.entry(cause).or_default() += 1;
        }
    }
    let rows: Vec<String> =
        counts.iter().map(|(cause, count)| format!("| {cause} | {count} |")).collect();
    for row in &rows {
        assert!(README.contains(row.as_str()), "the README lacks a row of\n{}", rows.join("\n"));
    }
}

/// The example stays as short as its README says.
#[test]
fn the_example_is_short() {
    let lines = include_str!("../examples/naive-store.rs").lines().count();
    assert!(lines < 200, "{lines} lines");
}
