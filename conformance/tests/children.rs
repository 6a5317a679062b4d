//! Children that break the protocol, one rule each, against the real program: the rule is named,
//! the program ends in time with 3, and nothing of the child is left.
#![cfg(all(unix, feature = "cli"))]
#![expect(clippy::expect_used, reason = "a test that cannot start its program has failed")]

#[path = "support/children.rs"]
mod support;

use sse_conformance::target::command::Validator;
use sse_conformance::target::protocol::Request;
use std::process::Command;
use std::time::Duration;
use support::{Ran, example, misbehaving, ran, scratch};

const CASE: &str = "sse/round-trip-s3-65537";

/// One case, one child, a second for each answer.
fn run_case(how: &str, case: &str) -> Ran {
    misbehaving(how, &["run", "--filter", case, "--timeout", "1", "--start-timeout", "2"])
}

fn clean(ran: &Ran, seconds: u64) {
    assert!(ran.time < Duration::from_secs(seconds), "{}", ran.all());
    assert!(ran.left.is_empty(), "{:?} left: {}", ran.left, ran.all());
    assert!(ran.children > 0, "no child was started: {}", ran.all());
}

/// The child breaks a rule in the middle of the case, and the report says so.
fn breaks(how: &str, rule: &str) {
    breaks_in(CASE, how, rule);
}

fn breaks_in(case: &str, how: &str, rule: &str) {
    let ran = run_case(how, case);
    let all = ran.all();
    assert_eq!(ran.code, Some(3), "{how}: {all}");
    let line = ran.out.lines().find(|line| line.starts_with("protocol  ")).expect(&all);
    assert!(line.contains("BROKEN          1 times; first: "), "{how}: {all}");
    assert!(line.contains(&format!("first: rule {rule}: ")), "{how}: {all}");
    assert!(ran.out.contains("\nFAILED ") || ran.out.starts_with("FAILED "), "{how}: {all}");
    assert!(ran.out.contains(&format!("rule {rule}: ")), "{how}: {all}");
    clean(&ran, 15);
}

/// The child never becomes a target.
fn does_not_start(how: &str, rule: &str) {
    let ran = run_case(how, CASE);
    let all = ran.all();
    assert_eq!(ran.code, Some(3), "{how}: {all}");
    let told = format!("error: the target did not start: rule {rule}: ");
    assert!(ran.err.contains(&told), "{how}: {all}");
    clean(&ran, 15);
}

#[test]
fn a_child_that_behaves_passes() {
    let ran = misbehaving("", &["run", "--filter", CASE, "--without", "at-rest"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    assert!(ran.out.contains("protocol            kept\n"), "{}", ran.all());
    clean(&ran, 15);
}

#[test]
fn a_program_that_does_not_exist() {
    let pids = scratch("nobody").join("pids");
    let mut program = Command::new(env!("CARGO_BIN_EXE_sse-conformance"));
    let ran = ran(program.args(["run", "--command", "/no/such/program"]), &pids);
    assert_eq!(ran.code, Some(3), "{}", ran.all());
    assert!(ran.err.contains("rule start: `/no/such/program` does not start"), "{}", ran.all());
}

#[test]
fn start() {
    does_not_start("exits-at-once", "start");
    does_not_start("starts-slowly", "start");
    does_not_start("cannot-begin", "start");
}

#[test]
fn version() {
    does_not_start("chooses-version-two", "version");
}

#[test]
fn description() {
    does_not_start("describes-a-colour", "members");
    does_not_start("declares-fork", "description");
    does_not_start("declares-twice", "description");
}

#[test]
fn deadline() {
    breaks("stalls-in-a-line", "deadline");
    breaks("drips", "deadline");
    breaks("stops-reading", "deadline");
}

#[test]
fn length() {
    breaks("sends-a-long-chunk", "length");
    breaks("replies-with-a-long-body", "length");
}

#[test]
fn one_gigabyte_in_one_line_is_not_kept() {
    let folder = scratch("gigabyte");
    let pids = folder.join("pids");
    let command = format!("'{}' one-gigabyte '{}'", example("misbehaving"), pids.display());
    // Half of it would not fit.
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 600000; exec \"$@\"", "sh"]);
    shell.arg(env!("CARGO_BIN_EXE_sse-conformance"));
    let ran = ran(shell.args(["run", "--command", &command, "--filter", CASE]), &pids);
    assert_eq!(ran.code, Some(3), "{}", ran.all());
    assert!(ran.out.contains("first: rule length: "), "{}", ran.all());
    clean(&ran, 30);
}

#[test]
fn json() {
    breaks("talks-garbage", "json");
    breaks("ends-a-line-too-early", "json");
    breaks("sends-an-array", "json");
    breaks("sends-no-utf8", "json");
}

#[test]
fn members() {
    breaks("sends-a-number-for-a-text", "members");
    breaks("adds-a-member", "members");
    breaks("sends-two-kinds", "members");
}

/// What is wrong is said by its place, and what a newcomer does wrong with a hint.
#[test]
fn messages_name_the_place_and_help() {
    for (how, told) in [
        ("shows-a-number-as-algorithm", "reply.GetObject.sse.algorithm: expected a string, found "),
        ("describes-a-colour", "started.description.colour: unknown field `colour`, expected one "),
        ("opens-with-a-list", "rule members: opened: expected an object, found a list; line: "),
        ("lists-its-members", "reply.PutObject.sse: expected an object, found a list; line: "),
        (
            "shouts-its-hex",
            "reply.GetObject.delivery.complete: expected lower-case hex, two digits",
        ),
        ("shouts-its-hex", "a byte, found an upper-case letter at position "),
        ("adds-a-member", "rule members: extra: unknown field `extra`, expected one of `seq`, "),
        ("logs-to-standard-output", "it is no object; write notes to standard error; line: `INFO "),
        ("talks-garbage", "it is no object; write notes to standard error; line: `hello, world`"),
        ("indents", "does not end on its line; a message is one line, so do not indent it"),
        ("forgets-the-line-feed", "; an answer is there, and the line feed that ends it is not"),
        ("forgets-the-last-line-feed", "; an answer is there, and the line feed that ends it is "),
        ("never-flushes", "nothing within 1 s; is standard output flushed after each message?"),
        ("stalls-in-a-line", "nothing within 1 s; a line was begun and not ended; line: "),
    ] {
        let ran = run_case(how, CASE);
        assert_eq!(ran.code, Some(3), "{how}: {}", ran.all());
        assert!(ran.all().contains(told), "{how}: {}", ran.all());
        clean(&ran, 15);
    }
}

/// The protocol judges shapes; a word of a reply is judged by the case that looks at it.
#[test]
fn a_wrong_word_fails_its_case_and_breaks_no_rule() {
    for (how, case, told) in [
        ("shows-another-algorithm", CASE, "at /sse/algorithm: want \"AES256\", got \"AES128\""),
        (
            "shows-another-state",
            "key/create-enabled",
            "at /key_metadata/key_state: want \"Enabled\", got \"Active\"",
        ),
    ] {
        let ran = run_case(how, case);
        assert_eq!(ran.code, Some(1), "{how}: {}", ran.all());
        assert!(ran.out.contains(told), "{how}: {}", ran.all());
        assert!(ran.out.contains("protocol            kept\n"), "{how}: {}", ran.all());
        clean(&ran, 15);
    }
}

/// The reason of `skipped` reaches the report in both forms.
#[test]
fn a_skipped_operation_says_why() {
    let path = scratch("skipped").join("report.json");
    let path = path.to_string_lossy();
    let ran = misbehaving("skips-puts", &["run", "--filter", CASE, "--report-json", &path]);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    let told = "promises it; the target says: no disk yet (urn:issue:7)";
    assert!(ran.out.contains(told), "{}", ran.all());
    let text = std::fs::read_to_string(&*path).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let case = &report["cases"][0];
    assert!(case["reason"].as_str().is_some_and(|reason| reason.ends_with(told)), "{case}");
    let exchange = case["transcript"].as_str().unwrap_or_default();
    assert!(exchange.contains("{\"skipped\":{\"reason\":\"no disk yet (urn:"), "{exchange}");
    clean(&ran, 15);
}

#[test]
fn seq_and_world() {
    breaks("counts-ahead", "seq");
    breaks("answers-twice", "seq");
    breaks("names-another-world", "world");
}

#[test]
fn operation() {
    breaks("replies-to-another", "operation");
    breaks("opens-again", "operation");
}

#[test]
fn chunks() {
    breaks("sends-a-chunk-of-a-put", "chunks");
    breaks("refuses-after-a-chunk", "chunks");
    breaks("sends-an-empty-chunk", "chunks");
    breaks_in("at-rest/client-gone-sse-s3", "answers-before-the-end", "chunks");
}

#[test]
fn exit_in_the_middle() {
    breaks("exits-in-a-case", "exit");
    breaks("ends-but-for-a-grandchild", "exit");
}

/// After the last answer nothing fails but the protocol.
#[test]
fn exit_at_the_end() {
    for (how, rule) in
        [("ignores-shutdown", "exit"), ("ends-with-one", "exit"), ("talks-after-shutdown", "seq")]
    {
        let ran = run_case(how, CASE);
        assert_eq!(ran.code, Some(3), "{how}: {}", ran.all());
        assert!(ran.out.contains(&format!("first: rule {rule}: ")), "{how}: {}", ran.all());
        assert!(!ran.out.contains("FAILED "), "{how}: {}", ran.all());
        clean(&ran, 20);
    }
}

#[test]
fn standard_error_is_drained() {
    let arguments = ["run", "--filter", CASE, "--without", "at-rest", "--timeout", "5"];
    let ran = misbehaving("is-noisy", &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    clean(&ran, 15);
    does_not_start("never-answers-and-is-noisy", "start");
}

#[test]
fn a_grandchild_is_ended_with_the_child() {
    let arguments = ["run", "--filter", CASE, "--without", "at-rest"];
    let ran = misbehaving("leaves-a-grandchild", &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    clean(&ran, 15);
}

/// What the implementation says of itself fails the case, not the protocol.
#[test]
fn an_implementation_that_errs_keeps_the_protocol() {
    let ran = run_case("breaks-by-itself", CASE);
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(ran.out.contains("the implementation errored: no disk"), "{}", ran.all());
    assert!(ran.out.contains("protocol            kept\n"), "{}", ran.all());
    clean(&ran, 15);
}

#[test]
fn five_broken_children_are_enough() {
    let report = scratch("five").join("report");
    let (json, junit) = (report.with_extension("json"), report.with_extension("xml"));
    let (json, junit) = (json.to_string_lossy(), junit.to_string_lossy());
    let ran = misbehaving(
        "talks-garbage",
        &[
            "run",
            "--filter",
            "sse/round-trip-*",
            "--jobs",
            "1",
            "--report-json",
            &json,
            "--report-junit",
            &junit,
        ],
    );
    assert_eq!(ran.code, Some(3), "{}", ran.all());
    assert_eq!(ran.children, 5, "{}", ran.all());
    assert!(ran.out.contains("BROKEN          5 times; first: rule json: "), "{}", ran.all());
    assert!(ran.out.contains("5 children broke a rule; the first: rule json"), "{}", ran.all());
    clean(&ran, 30);
    let text = std::fs::read_to_string(&*json).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let schema = include_str!("../schemas/report.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &report), "{text}");
    assert_eq!(report["protocol"]["breaks"], 5);
    assert_eq!(report["exit_code"], 3);
    let first = report["protocol"]["first"].as_str().expect("a text");
    assert!(first.contains("line: `hello, world`"), "{first}");
    let text = std::fs::read_to_string(&*junit).expect("the report");
    assert!(text.contains("<failure message=\"BROKEN 5 times; first: rule json: "), "{text}");
}

#[test]
fn every_child_is_the_same_target() {
    let ran = misbehaving(
        "is-someone-else-each-time",
        &["run", "--filter", "sse/*", "--jobs", "2", "--children", "2"],
    );
    assert_eq!(ran.code, Some(3), "{}", ran.all());
    assert!(ran.out.contains("first: rule description: "), "{}", ran.all());
    clean(&ran, 30);
}

#[test]
fn one_child_serves_worlds_in_turn_and_several_share_them() {
    for (children, started) in [("1", 1..=1), ("3", 2..=3)] {
        let ran = misbehaving(
            "",
            &[
                "run",
                "--filter",
                "sse/*",
                "--without",
                "at-rest",
                "--jobs",
                "3",
                "--children",
                children,
                "--validate-protocol",
            ],
        );
        assert_eq!(ran.code, Some(0), "{}", ran.all());
        assert!(started.contains(&ran.children), "{} children: {}", ran.children, ran.all());
        clean(&ran, 60);
    }
}

/// The whole suite is compared by hand; what is compared here has every kind of operation in it.
#[test]
fn a_target_is_judged_alike_in_process_and_as_a_child() {
    let endings = |command: Option<&str>, filter: &str| -> Vec<(String, String)> {
        let report = scratch("alike").join(format!("{}.json", command.is_some()));
        let path = report.to_string_lossy().into_owned();
        let mut arguments = vec!["run", "--filter", filter, "--report-json", &path];
        arguments.extend(command.map(|line| ["--command", line]).into_iter().flatten());
        let program = Command::new(env!("CARGO_BIN_EXE_sse-conformance")).args(arguments).output();
        assert!(program.is_ok());
        let text = std::fs::read_to_string(&report).expect("the report");
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let cases = report["cases"].as_array().expect("cases").iter();
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        cases.map(|case| (word(&case["id"]), word(&case["ending"]))).collect()
    };
    let child = format!("'{}'", example("reference-child"));
    for filter in
        ["key/*", "sealed-object/*", "at-rest/no-*", "tamper/object-cuts-*", "audit/store-*"]
    {
        let alone = endings(None, filter);
        assert!(!alone.is_empty(), "{filter}");
        assert_eq!(alone, endings(Some(&child), filter), "{filter}");
    }
}

/// What was read of a body before its reader failed is sent, then `gone`; and every line of the
/// exchange fits the schema.
#[test]
fn a_client_that_goes_away_has_sent_something() {
    let folder = scratch("recorded");
    let (said, heard) = (folder.join("said"), folder.join("heard"));
    let (said, heard) = (said.to_string_lossy(), heard.to_string_lossy());
    let line = format!("tee '{said}' | '{}' | tee '{heard}'", example("reference-child"));
    let command = format!("sh -c {line:?}");
    let program = Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(["run", "--command", &command, "--filter", "at-rest/client-gone-sse-s3"])
        .output()
        .expect("the program starts");
    assert_eq!(program.status.code(), Some(0), "{}", String::from_utf8_lossy(&program.stdout));
    let schema = Validator::new().expect("the schema");
    let (mut sent, mut gone) = (0, 0);
    for line in std::fs::read_to_string(&*said).expect("requests").lines() {
        schema.request(line.as_bytes()).expect("a request");
        match Request::parse(line.as_bytes()).expect("a request") {
            Request::Chunk { chunk, .. } => sent += chunk.0.len(),
            Request::Gone { .. } => gone += 1,
            _ => {}
        }
    }
    assert_eq!((sent, gone), (60_000, 1));
    for line in std::fs::read_to_string(&*heard).expect("answers").lines() {
        schema.answer(line.as_bytes()).expect("an answer");
    }
}

#[test]
fn wrong_arguments() {
    for arguments in [
        &["run", "--command", "c", "--target", "reference"][..],
        &["run", "--command", "'c"],
        &["run", "--command", ""],
        &["run", "--command", "c", "--timeout", "0"],
        &["run", "--timeout", "1"],
        &["replay", "--children", "2", "sse/round-trip-s3-0"],
        &["smoke"],
    ] {
        let program = Command::new(env!("CARGO_BIN_EXE_sse-conformance")).args(arguments).output();
        let status = program.expect("the program starts").status;
        assert_eq!(status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn replay_names_the_rule_as_well() {
    let ran = misbehaving("talks-garbage", &["replay", CASE]);
    assert_eq!(ran.code, Some(3), "{}", ran.all());
    assert!(ran.out.contains("the protocol was broken: rule json: "), "{}", ran.all());
    clean(&ran, 15);
    let ran = misbehaving("", &["replay", CASE]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    clean(&ran, 15);
}
