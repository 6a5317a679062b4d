//! `run --expected-failures` and `--write-expected-failures`, through the program: strict both
//! ways, and never green for a target that fails.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot read its files has failed")]

mod support;

use support::{Done, program, scratch};

/// Fails `at-rest/no-plaintext-sse-s3` and `-sse-kms`, and no other `at-rest/no-*`.
const FAULTY: &[&str] = &["run", "--target", "fault:body-in-clear"];

fn entry(case: &str, more: &str) -> String {
    format!("[[expected]]\ncase = \"{case}\"\nreason = \"known\"\n{more}\n")
}

/// A run of the faulty target that expects what `file` lists.
fn expecting(name: &str, file: &str, more: &[&str]) -> Done {
    let path = scratch(name).join("expected.toml");
    std::fs::write(&path, file).expect("a file");
    let path = path.to_string_lossy().into_owned();
    let done = program(&[FAULTY, &["--expected-failures", &path], more].concat());
    Done { text: done.text.replace(&path, "FILE"), told: done.told.replace(&path, "FILE"), ..done }
}

const BOTH: &[&str] = &["--filter", "at-rest/no-*"];

fn shown(name: &str, done: &Done) {
    let lines = done
        .text
        .lines()
        .filter(|line| !["suite  ", "requirements  "].iter().any(|word| line.starts_with(word)));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(name, format!("{text}{}exit code {:?}\n", done.told, done.code));
}

#[test]
fn failures_that_are_expected_fail_no_run_and_are_shown() {
    let done = expecting("expected-all", &entry("at-rest/no-plaintext-sse-*", ""), BOTH);
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(!done.text.contains("encryption at rest  conformant"), "{}", done.text);
    shown("expected-all", &done);
}

#[test]
fn a_failure_that_nobody_expects_fails_the_run() {
    let done = expecting("expected-some", &entry("at-rest/no-plaintext-sse-s3", ""), BOTH);
    assert_eq!(done.code, Some(1), "{}", done.text);
    shown("expected-some", &done);
}

#[test]
fn each_kind_of_wrong_entry_fails_the_run() {
    let all = entry("at-rest/no-plaintext-sse-*", "");
    for (name, wrong, told) in [
        ("pass", entry("at-rest/no-digest-sse-s3", ""), "UNEXPECTED PASS FILE line 5: "),
        ("glob-pass", entry("at-rest/no-digest*", ""), "covers 2 that passed, the first is"),
        ("unknown", entry("at-rest/no-such", ""), "UNKNOWN ENTRY FILE line 5: there is no case"),
        ("stale", entry("no-such/*", ""), "STALE ENTRY FILE line 5: no case matches `no-such/*`"),
        (
            "expired",
            entry("at-rest/no-plaintext-sse-s3", "expires = 2000-01-01"),
            "EXPIRED ENTRY FILE line 5: `at-rest/no-plaintext-sse-s3` was expected up to 2000-01",
        ),
    ] {
        let done = expecting(&format!("expected-{name}"), &format!("{all}{wrong}"), BOTH);
        assert_eq!(done.code, Some(1), "{name}: {}", done.text);
        assert!(done.text.contains(told), "{name}: {}", done.text);
        assert!(done.text.contains("expected failures   DO NOT HOLD     2 of 2"), "{}", done.text);
        // The same run is fine without the entry.
        let done = expecting(&format!("expected-{name}-without"), &all, BOTH);
        assert_eq!(done.code, Some(0), "{name}: {}", done.text);
    }
}

#[test]
fn every_kind_at_once_reads_well() {
    let file = [
        entry("at-rest/no-plaintext-sse-s3", "expires = 9999-12-31"),
        entry("at-rest/no-plaintext-sse-kms", "expires = 2000-01-01"),
        entry("at-rest/no-digest*", ""),
        entry("at-rest/no-such", ""),
        entry("no-such/*", ""),
        entry("sse/*", ""),
    ];
    shown("expected-wrong", &expecting("expected-wrong", &file.concat(), BOTH));
}

/// An expired entry excuses nothing: its failure is shown whole.
#[test]
fn an_expired_entry_excuses_nothing() {
    let file = entry("at-rest/no-plaintext-sse-*", "expires = 2000-01-01");
    let done = expecting("expected-late", &file, BOTH);
    assert_eq!(done.code, Some(1));
    assert!(done.text.contains("FAILED at-rest/no-plaintext-sse-s3\n"), "{}", done.text);
    assert!(done.text.contains("0 of 2 failures expected; FILE: 1 expired\n"), "{}", done.text);
}

#[test]
fn a_filtered_run_judges_the_entries_of_its_cases() {
    let file =
        entry("at-rest/no-plaintext-sse-s3", "") + &entry("at-rest/no-plaintext-sse-kms", "");
    let one = &["--filter", "at-rest/no-plaintext-sse-s3"][..];
    let done = expecting("expected-filtered", &file, one);
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(done.text.contains("1 of 1 failures expected; FILE: 1 used, 1 not judged\n"));
    // An entry that no case of the catalogue has is wrong in every run.
    let done = expecting("expected-filtered-2", &(file + &entry("sse/no-such", "")), one);
    assert_eq!(done.code, Some(1), "{}", done.text);
}

/// An entry excuses failures, and not that nobody looked at rest.
#[test]
fn evidence_is_not_a_matter_of_expectation() {
    let done = expecting("expected-nothing", "", &["--profile", "format"]);
    assert_eq!(done.code, Some(1), "{}", done.text);
    assert!(done.text.contains("NOT EXAMINED"), "{}", done.text);
    assert!(done.text.contains("0 of 0 failures expected; FILE: no entry\n"), "{}", done.text);
}

#[test]
fn a_skipped_case_leaves_its_entry_unused() {
    let file = entry("race/*", "");
    let done = expecting("expected-unused", &file, &["--filter", "race/*", "--without", "at-rest"]);
    // The faulty target has no second handle: every race is skipped, so that nothing ran at all.
    assert_eq!(done.code, Some(4), "{}", done.text);
    assert!(done.text.contains("UNUSED ENTRY FILE line 1: `race/*` did not run"), "{}", done.text);
}

#[test]
fn a_file_that_cannot_be_used_is_named_in_one_line() {
    for (name, file, told) in [
        ("key", entry("a/b", "colour = 1"), "line 4, entry 1 (`a/b`): unknown key `colour`"),
        ("toml", entry("a/b", "") + "[[expected]]\ncase =\n", "line 6, entry 2: "),
    ] {
        let done = expecting(&format!("expected-bad-{name}"), &file, BOTH);
        assert_eq!(done.code, Some(2), "{}", done.told);
        assert!(done.told.contains(told), "{}", done.told);
        assert!(done.told.starts_with("error: expected failures: `FILE` "), "{}", done.told);
        assert_eq!((done.told.lines().count(), done.text.as_str()), (1, ""), "{}", done.told);
    }
    let done = program(&["run", "--expected-failures", "/no/such.toml"]);
    assert_eq!(done.code, Some(2));
    assert!(done.told.contains("cannot read `/no/such.toml`"), "{}", done.told);
    let done = program(&["run", "--write-expected-failures", "/no/such/b.toml"]);
    assert_eq!((done.code, done.text.as_str()), (Some(2), ""));
    assert!(done.told.contains("cannot write `/no/such/b.toml`"), "{}", done.told);
    let done = program(&["run", "--write-expected-failures", "b.toml", "--shard", "1/2"]);
    assert_eq!(done.code, Some(2), "{}", done.told);
}

#[test]
fn a_written_file_makes_its_run_pass() {
    let folder = scratch("expected-written");
    let path = folder.join("baseline.toml").to_string_lossy().into_owned();
    let write = [FAULTY, BOTH, &["--write-expected-failures", &path]].concat();
    let done = program(&write);
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(done.text.contains("2 failed, all expected"), "{}", done.text);
    let written = std::fs::read_to_string(&path).expect("the file");
    let read = [FAULTY, BOTH, &["--expected-failures", &path]].concat();
    assert_eq!(program(&read).text, done.text);
    // What has a date of today is pinned without it.
    let (head, tail) = written.split_once(", 2").expect("a date");
    let pinned = format!("{head}, [date]{}", tail.get(9..).expect("ten characters"));
    let pinned: String = pinned.split_inclusive('\n').take(5).collect();
    insta::assert_snapshot!("expected-written", pinned);
    let cases: Vec<&str> = written.lines().filter(|line| line.starts_with("case = ")).collect();
    assert!(cases.is_sorted() && cases.len() == 2 && !written.contains('*'), "{written}");
    // Without any one of its entries it fails.
    let second = written.rfind("[[expected]]").expect("two entries");
    std::fs::write(&path, written.get(..second).unwrap_or_default()).expect("a file");
    assert_eq!(program(&read).code, Some(1));
    // Written anew over the old one, entries that still hold keep what is said of them.
    let kept = written.replacen("baseline of", "as in issue 7, baseline of", 1);
    std::fs::write(&path, kept + &entry("sse/gone", "")).expect("a file");
    let again = [&write[..], &["--expected-failures", &path]].concat();
    assert_eq!(program(&again).code, Some(0));
    let again = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(again.matches("as in issue 7").count(), 1, "{again}");
    assert!(again.matches("[[expected]]").count() == 2 && !again.contains("gone"), "{again}");
}

/// A run of which nothing can be said leaves the file as it was.
#[test]
fn a_run_without_a_verdict_writes_nothing() {
    let path = scratch("expected-kept").join("baseline.toml");
    std::fs::write(&path, "# mine\n").expect("a file");
    let name = path.to_string_lossy().into_owned();
    let done = program(&["run", "--filter", "none", "--write-expected-failures", &name]);
    assert_eq!(done.code, Some(4));
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "# mine\n");
}

#[test]
fn machines_are_told_what_was_expected() {
    let folder = scratch("expected-machines");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (file, json, xml) = (path("expected.toml"), path("r.json"), path("r.xml"));
    let entries = [
        entry("at-rest/no-plaintext-sse-s3", "issue = \"https://example.org/1\""),
        entry("at-rest/no-digest-sse-s3", ""),
        entry("at-rest/no-such", ""),
    ];
    std::fs::write(&file, entries.concat()).expect("a file");
    let reports = ["--expected-failures", &file, "--report-json", &json, "--report-junit", &xml];
    assert_eq!(program(&[FAULTY, BOTH, &reports].concat()).code, Some(1));
    let text = std::fs::read_to_string(&json).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expected = &report["expected_failures"];
    assert_eq!((&report["exit_code"], &expected["holds"]), (&1.into(), &false.into()));
    let states: Vec<_> = (0..3).map(|at| expected["entries"][at]["state"].as_str()).collect();
    assert_eq!(states, [Some("used"), Some("unexpected pass"), Some("unknown")]);
    assert_eq!(expected["entries"][0]["issue"], "https://example.org/1");
    let of = |id: &str| {
        let cases = report["cases"].as_array().expect("cases").iter();
        cases.clone().find(|case| case["id"] == id).expect("the case was run").clone()
    };
    let (known, other) = (of("at-rest/no-plaintext-sse-s3"), of("at-rest/no-plaintext-sse-kms"));
    assert_eq!((&known["expected"], &known["breaks"]), (&"known".into(), &true.into()));
    assert_eq!((other.get("expected"), &other["breaks"]), (None, &true.into()));
    let xml = std::fs::read_to_string(&xml).expect("the report");
    for part in [
        "name=\"at-rest/no-plaintext-sse-s3\" time=\"",
        "><skipped message=\"expected failure: known: the body lies at rest",
        "><failure message=\"unexpected pass: known\"></failure></testcase>",
        "<testsuite name=\"expected failures\" tests=\"1\" failures=\"1\" skipped=\"0\">",
        "name=\"at-rest/no-such\"><failure message=\"unknown entry, line 9: there is no case",
        "tests=\"6\" failures=\"2\" skipped=\"1\">",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
}
