//! `report diff`, through the program: what changed between two reports.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot read its files has failed")]

mod support;

use serde_json::{Value, json};
use support::{program, scratch};

/// A report as a file of `folder`.
fn report(folder: &str, name: &str, arguments: &[&str]) -> String {
    let path = format!("{folder}/{name}.json");
    program(&[&["run", "--report-json", &path], arguments].concat());
    path
}

/// What the program says of two reports, without digests.
fn compared(old: &str, new: &str) -> String {
    let done = program(&["report", "diff", old, new]);
    let lasting = |line: &str| match line.split_once(", vectors ") {
        Some((head, tail)) => {
            let rest = tail.split_once(',').map_or("", |(_, rest)| rest);
            format!("{head}, vectors [digest],{rest}\n")
        }
        None => format!("{line}\n"),
    };
    let text: String = done.text.lines().map(lasting).collect();
    format!("{text}{}exit code {:?}\n", done.told, done.code)
}

#[test]
fn what_newly_fails_is_told_and_fails() {
    let folder = scratch("compare").to_string_lossy().into_owned();
    let filter = ["--filter", "at-rest/no-*"];
    let good = report(&folder, "good", &filter);
    let fault = ["--target", "fault:body-in-clear"];
    let bad = report(&folder, "bad", &[filter, fault].concat());
    insta::assert_snapshot!("compare-worse", compared(&good, &bad));
    insta::assert_snapshot!("compare-better", compared(&bad, &good));
    assert!(compared(&bad, &bad).ends_with("unchanged         6\nexit code Some(0)\n"));
}

#[test]
fn new_vanished_and_changed_cases_are_told() {
    let folder = scratch("compare-edited").to_string_lossy().into_owned();
    let old = report(&folder, "old", &["--filter", "blob/*", "--shard", "1/1"]);
    let text = std::fs::read_to_string(&old).expect("the report");
    let mut new: Value = serde_json::from_str(&text).expect("JSON");
    let cases = new["cases"].as_array_mut().expect("cases");
    assert!(cases.len() > 2, "{cases:?}");
    cases[0]["id"] = json!("blob/renamed");
    cases[1]["ending"] = json!("skipped");
    cases[1]["reason"] = json!("no longer offered");
    cases[2]["ending"] = json!("inconclusive");
    cases[2]["reason"] = json!("nothing to see");
    cases[2]["expected"] = json!("known");
    let mut broken = cases[0].clone();
    broken["id"] = json!("blob/broken");
    broken["ending"] = json!("failed");
    broken["breaks"] = json!(true);
    let mut warned = broken.clone();
    warned["id"] = json!("blob/warned");
    warned["breaks"] = json!(false);
    cases.extend([broken, warned]);
    new["suite_version"] = json!("0.2.0");
    new["shard"] = Value::Null;
    let path = format!("{folder}/new.json");
    std::fs::write(&path, new.to_string()).expect("a file");
    insta::assert_snapshot!("compare-edited", compared(&old, &path));
    // What is gone and what is new fail nothing by themselves.
    insta::assert_snapshot!("compare-edited-back", compared(&path, &old));
}

#[test]
fn what_is_no_report_is_named() {
    let folder = scratch("compare-bad");
    let path = folder.join("bad.json").to_string_lossy().into_owned();
    for (text, told) in [("{", "EOF"), ("{}", "`no schema` is not `report/1`")] {
        std::fs::write(&path, text).expect("a file");
        let done = program(&["report", "diff", &path, &path]);
        assert_eq!(done.code, Some(2));
        assert!(done.told.contains(told) && done.told.contains("bad.json"), "{}", done.told);
    }
}
