//! What `sse_conformance::harness!` makes, as `cargo test` and `cargo nextest` use it. This test is
//! its own subject: it starts itself again, and the child is one of the harnesses below.
#![expect(clippy::expect_used, reason = "a test that cannot start its child has failed")]

#[path = "../examples/naive-store.rs"]
#[expect(dead_code, reason = "the example's own main and report are not asked for here")]
mod naive;

use libtest_mimic::{Arguments, Trial};
use sse_conformance::case::Case;
use sse_conformance::cases::{catalogue, named};
use sse_conformance::sse_spec::{Capability, Description, Profile};
use sse_conformance::target::{Broken, Target, World, WorldConfig};
use sse_conformance::zoo::{self, Witness};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

const CHILD: &str = "SSE_HARNESS_CHILD";
const FILE: &str = "SSE_HARNESS_FILE";

/// Keeps bodies in clear and is conformant in everything else.
fn faulty() -> Box<dyn Target> {
    let faults = zoo::faults();
    let fault = faults.iter().find(|fault| fault.id == "body-in-clear").expect("in the zoo");
    (fault.make)(&Witness::default())
}

/// The naive store, which shows nothing at rest.
struct Blind;

impl Target for Blind {
    fn describe(&self) -> Description {
        let mut description = naive::Naive.describe();
        description.capabilities.retain(|one| *one != Capability::ReadAtRest);
        description
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        naive::Naive.open(config)
    }
}

macro_rules! children {
    ($($name:ident($($harness:tt)*);)+) => {
        $(mod $name {
            use super::*;

            sse_conformance::harness!($($harness)*);
        })+

        /// Runs the harness of this name.
        fn child(name: &str) -> ExitCode {
            match name {
                $(stringify!($name) => $name::main(),)+
                _ => ExitCode::from(99),
            }
        }
    };
}

children! {
    plain(faulty());
    hasty(faulty(), fail_fast: true);
    expecting(faulty(), expected_failures: std::env::var(FILE).unwrap_or_default());
    store(naive::Naive);
    strict_store(naive::Naive, strict: true);
    blind(Blind);
    excused_blind(Blind, without_at_rest: true, profiles: [Profile::Core]);
    hidden(zoo::hidden_items());
}

/// What a child did.
struct Done {
    code: Option<i32>,
    text: String,
    told: String,
}

fn run(name: &str, arguments: &[&str]) -> Done {
    run_with(name, "", arguments)
}

fn run_with(name: &str, file: &str, arguments: &[&str]) -> Done {
    let output = Command::new(std::env::current_exe().expect("this program has a path"))
        .env(CHILD, name)
        .env(FILE, file)
        .args(arguments)
        .output()
        .expect("the child starts");
    let utf8 = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code(), text: utf8(&output.stdout), told: utf8(&output.stderr) }
}

/// A run of the faulty target that expects what a file lists.
fn expecting(name: &str, file: &str, arguments: &[&str]) -> Done {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("harness-{name}.toml"));
    std::fs::write(&path, file).expect("a file");
    run_with("expecting", &path.to_string_lossy(), arguments)
}

fn entry(case: &str, more: &str) -> String {
    format!("[[expected]]\ncase = \"{case}\"\nreason = \"known\"\n{more}\n")
}

const EXACT: &[&str] = &["--exact", "--nocapture"];

fn listed_as_nextest_wants_it() {
    let done = run("plain", &["--list", "--format", "terse"]);
    assert_eq!(done.code, Some(0), "{}", done.told);
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let mut expected: Vec<String> = cases.iter().map(|case| format!("{}: test", case.id)).collect();
    expected.push("verdict: test".into());
    assert!(done.text.lines().eq(expected), "{} lines", done.text.lines().count());
}

fn what_is_not_offered_is_listed_as_ignored() {
    let done = run("store", &["--list", "--format", "terse", "--ignored"]);
    let ignored: Vec<&str> = done.text.lines().collect();
    let target = naive::Naive.describe();
    let missing = |case: &Case| case.needs.missing(&target).is_some();
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let expected =
        cases.iter().filter(|case| missing(case)).map(|case| format!("{}: test", case.id));
    assert!(expected.eq(ignored.iter().copied()) && ignored.len() > 1000, "{}", ignored.len());
    assert_eq!(run("plain", &["--list", "--format", "terse", "--ignored", "kms/"]).text, "");
}

fn one_case_alone() {
    let case = "at-rest/no-plaintext-sse-s3";
    let done = run("plain", &[&[case], EXACT].concat());
    assert_eq!(done.code, Some(101), "{}", done.text);
    for part in [
        "running 1 test\n",
        "failed: the body lies at rest as it is in item `object/",
        "breaks  sse.at-rest.no-plaintext\n",
        "\"perform\":{\"PutObject\":{",
        "0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
    ] {
        assert!(done.text.contains(part), "{part}: {}", done.text);
    }
    let done = run("plain", &[&["at-rest/no-digest-sse-s3"], EXACT].concat());
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(done.text.contains("1 passed; 0 failed"), "{}", done.text);
    let done = run("plain", &[&["no/such-case"], EXACT].concat());
    assert!(done.code == Some(0) && done.text.contains("running 0 tests"), "{}", done.text);
}

/// What one process a case rests on: a case that is read alone is the case of the catalogue.
fn a_case_read_alone_is_the_same() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let families: std::collections::BTreeMap<&str, &Case> =
        cases.iter().map(|case| (case.family.as_str(), case)).collect();
    assert!(families.len() > 50, "{}", families.len());
    for case in families.values() {
        let alone = named(&case.id).expect("well-formed").expect("the case is found alone");
        assert_eq!((&alone.id, &alone.family), (&case.id, &case.family));
        assert_eq!(
            (alone.comment, alone.requirements),
            (case.comment.clone(), case.requirements.clone())
        );
    }
    assert!(named("sse/no-such").expect("well-formed").is_none());
}

fn filtered_by_a_part_of_the_name() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    let count = cases.iter().filter(|case| case.id.contains("keystream/")).count();
    let done = run("plain", &["keystream/", "--test-threads", "2"]);
    assert!(done.text.contains(&format!("running {count} tests\n")), "{}", done.text);
}

fn fail_fast_leaves_out_what_has_not_started() {
    let arguments = ["--test-threads", "1", "at-rest/no-"];
    let done = run("plain", &arguments);
    assert!(done.text.contains("4 passed; 2 failed; 0 ignored"), "{}", done.text);
    let done = run("hasty", &arguments);
    assert_eq!(done.code, Some(101), "{}", done.text);
    assert!(done.text.contains("1 failed;") && !done.text.contains("0 ignored"), "{}", done.text);
}

fn expected_failures_pass() {
    let file = entry("at-rest/no-plaintext-sse-*", "");
    let done = expecting("all", &file, &["at-rest/no-"]);
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(done.text.contains("6 passed; 0 failed"), "{}", done.text);
    let done = expecting("all", &file, &["verdict"]);
    assert!(done.code == Some(0) && done.text.contains("1 passed"), "{}", done.text);
    let less = entry("at-rest/no-plaintext-sse-s3", "");
    let done = expecting("less", &less, &["at-rest/no-"]);
    assert!(done.code == Some(101) && done.text.contains("5 passed; 1 failed"), "{}", done.text);
}

fn an_unexpected_pass_fails() {
    let file = entry("at-rest/no-*", "");
    let done = expecting("pass", &file, &[&["at-rest/no-digest-sse-s3"], EXACT].concat());
    assert_eq!(done.code, Some(101), "{}", done.text);
    assert!(done.text.contains("unexpected pass: "), "{}", done.text);
    assert!(
        done.text.contains("harness-pass.toml line 1 expects a failure: known"),
        "{}",
        done.text
    );
}

fn the_verdict_fails_on_wrong_entries() {
    let file = [
        entry("at-rest/no-plaintext-sse-s3", "expires = 2000-01-01"),
        entry("at-rest/no-such", ""),
        entry("no-such/*", ""),
        entry("race/*", ""),
        entry("at-rest/no-plaintext-sse-kms", "expires = 9999-12-31"),
    ];
    for arguments in [&["verdict"][..], &["verdict", "--exact"]] {
        let done = expecting("wrong", &file.concat(), arguments);
        assert_eq!(done.code, Some(101), "{}", done.text);
        for part in [
            "expired entry: ",
            "line 1: `at-rest/no-plaintext-sse-s3` was expected up to 2000-01-01\n",
            "unknown entry: ",
            "line 5: there is no case `at-rest/no-such`\n",
            "stale entry: ",
            "line 9: no case matches `no-such/*`\n",
            "unused entry: ",
            "line 13: `race/*` did not run: the target does not declare `fork`\n",
        ] {
            assert!(done.text.contains(part), "{part}: {}", done.text);
        }
        assert_eq!(done.text.matches(" entry: ").count(), 4, "{}", done.text);
    }
}

/// An expired entry excuses nothing, in the case's own test as well.
fn an_expired_entry_excuses_nothing() {
    let case = "at-rest/no-plaintext-sse-s3";
    let file = entry(case, "expires = 2000-01-01");
    let done = expecting("expired", &file, &[&[case], EXACT].concat());
    assert_eq!(done.code, Some(101), "{}", done.text);
}

fn what_is_not_offered_is_ignored_with_its_reason() {
    let done = run("store", &["encryption-context/", "--test-threads", "1"]);
    assert_eq!(done.code, Some(0), "{}", done.text);
    let line = done.text.lines().find(|line| line.starts_with("test encryption-context/"));
    let reason = "ignored (the target does not declare `format`)";
    assert!(line.is_some_and(|line| line.ends_with(reason)), "{line:?}");
    assert!(done.text.contains(" 0 passed; 0 failed; 2"), "{}", done.text);
}

fn nothing_at_rest_is_no_verdict() {
    let done = run("blind", &["verdict"]);
    assert_eq!(done.code, Some(101), "{}", done.text);
    assert!(done.text.contains("encryption at rest: NOT EXAMINED"), "{}", done.text);
    assert_eq!(run("excused_blind", &["verdict"]).code, Some(0));
    let listed = run("excused_blind", &["--list", "--format", "terse"]).text;
    assert!(!listed.contains("at-rest/") && listed.contains("sse/"), "{listed}");
    assert!(!listed.contains("sealed-object/"), "{listed}");
}

fn a_target_that_hides_its_items_fails() {
    let done = run("hidden", &["at-rest/no-plaintext-sse-s3"]);
    assert_eq!(done.code, Some(101), "{}", done.text);
    assert!(done.text.contains("inconclusive: "), "{}", done.text);
}

fn a_should_warns_unless_strict() {
    let case = &["sse/context-without-kms"];
    let done = run("store", &[case, EXACT].concat());
    assert_eq!(done.code, Some(0), "{}", done.text);
    assert!(done.told.starts_with("warning: sse/context-without-kms: "), "{}", done.told);
    assert_eq!(run("strict_store", &[case, EXACT].concat()).code, Some(101));
}

fn a_file_that_cannot_be_read_is_named() {
    let done = run_with("expecting", "/no/such.toml", &["--list"]);
    assert_eq!((done.code, done.text.as_str()), (Some(2), ""), "{}", done.told);
    let line = "error: expected failures: cannot read `/no/such.toml`: ";
    assert!(done.told.starts_with(line) && done.told.lines().count() == 1, "{}", done.told);
    let done = expecting("bad", &entry("a/b", "colour = 1"), &["verdict"]);
    assert!(done.code == Some(2) && done.told.contains("line 4, entry 1"), "{}", done.told);
}

macro_rules! trials {
    ($($name:ident)+) => {
        vec![$(Trial::test(stringify!($name), || { $name(); Ok(()) }),)+]
    };
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(CHILD) {
        return child(&name);
    }
    let trials = trials![
        listed_as_nextest_wants_it
        what_is_not_offered_is_listed_as_ignored
        one_case_alone
        a_case_read_alone_is_the_same
        filtered_by_a_part_of_the_name
        fail_fast_leaves_out_what_has_not_started
        expected_failures_pass
        an_unexpected_pass_fails
        the_verdict_fails_on_wrong_entries
        an_expired_entry_excuses_nothing
        what_is_not_offered_is_ignored_with_its_reason
        nothing_at_rest_is_no_verdict
        a_target_that_hides_its_items_fails
        a_should_warns_unless_strict
        a_file_that_cannot_be_read_is_named
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
