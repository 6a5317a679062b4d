//! What people read, pinned: `list`, `explain`, `run` and `faults`, without what changes from run
//! to run. After a wanted change: `INSTA_UPDATE=always cargo test -p sse-conformance`.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot start its program has failed")]

use std::process::Command;

/// What the program prints, and its exit code.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(arguments)
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    let lasting: String = text.lines().filter_map(lasting).collect();
    format!("{lasting}{told}exit code {}\n", output.status.code().expect("no signal"))
}

/// A line without what other changes of the project change: times, digests, counts of all
/// requirements.
fn lasting(line: &str) -> Option<String> {
    let (word, rest) = line.split_once("  ").unwrap_or((line, ""));
    match word {
        "time" => None,
        "suite" => {
            let rest = rest.trim_start().split(", vectors ").next().unwrap_or_default();
            Some(format!("suite               {rest}, vectors [digest]\n"))
        }
        "requirements" => {
            let broken = rest.rsplit(", ").next().unwrap_or_default();
            Some(format!("requirements        [examined], {broken}\n"))
        }
        _ if line.starts_with("where   spec/") => {
            let place = line.rsplit_once(" line ").map_or(line, |(place, _)| place);
            Some(format!("{place} line [n]\n"))
        }
        _ => Some(format!("{}\n", line.trim_end())),
    }
}

#[test]
fn list() {
    insta::assert_snapshot!("list", printed(&["list", "--filter", "keystream/*"]));
}

#[test]
fn explain() {
    insta::assert_snapshot!("explain", printed(&["explain", "sse.at-rest.no-plaintext-digest"]));
    insta::assert_snapshot!("explain-unknown", printed(&["explain", "audit.entry.colour"]));
    insta::assert_snapshot!("explain-case", printed(&["explain", "at-rest/no-plaintext-sse-kms"]));
    insta::assert_snapshot!("explain-no-case", printed(&["explain", "at-rest/no-plaintext"]));
}

#[test]
fn run_of_a_conformant_target() {
    let text = printed(&["run", "--filter", "at-rest/no-*"]);
    insta::assert_snapshot!("run-conformant", text);
}

#[test]
fn run_of_a_faulty_target() {
    let text = printed(&["run", "--target", "fault:body-in-clear", "--filter", "at-rest/no-p*"]);
    insta::assert_snapshot!("run-faulty", text);
}

#[test]
fn run_without_evidence() {
    let text = printed(&["run", "--filter", "blob/*", "--without", "at-rest"]);
    insta::assert_snapshot!("run-without", text);
}

#[test]
fn replay() {
    let text = printed(&["replay", "--target", "malleable", "kms/decrypt-whole-blob"]);
    insta::assert_snapshot!("replay", text);
}

#[test]
fn faults() {
    insta::assert_snapshot!("faults", printed(&["faults", "--only", "digest-beside-object"]));
}
