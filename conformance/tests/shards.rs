//! `run --shard` and `report merge`, through the program: the parts say together what one whole
//! run says.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot read its files has failed")]

mod support;

use serde_json::Value;
use sse_conformance::case::{Area, Case, Ending};
use sse_conformance::cases::catalogue;
use sse_conformance::report::{Finding, Report};
use sse_conformance::runner::{CaseResult, Options};
use sse_conformance::shard::Shard;
use sse_conformance::target::{Target as _, reference};
use std::path::Path;
use std::time::Duration;
use support::{Done, program, scratch};

/// Runs a shard with a JSON report in `folder`; where it went.
fn shard(folder: &Path, shard: &str, arguments: &[&str]) -> (String, Done) {
    let name = format!("{}.json", shard.replace('/', "-"));
    let path = folder.join(name).to_string_lossy().into_owned();
    let done = program(&[&["run", "--shard", shard, "--report-json", &path], arguments].concat());
    (path, done)
}

fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(path).expect("the report");
    serde_json::from_str(&text).expect("JSON")
}

/// A report without what differs from run to run.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("milliseconds");
            fields.values_mut().for_each(|field| *field = timeless(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}

fn timeless_xml(path: &str) -> String {
    let text = std::fs::read_to_string(path).expect("the report");
    let parts = text.split(" time=\"").map(|part| match part.split_once("\">") {
        Some((time, rest)) if time.parse::<f64>().is_ok() => rest,
        _ => part,
    });
    parts.collect()
}

#[test]
fn every_case_belongs_to_one_shard() {
    let cases = catalogue().expect("the embedded vectors are well-formed");
    for of in [1, 2, 3, 7] {
        let shards: Vec<Shard> = (1..=of).map(|number| Shard { number, of, cases: 0 }).collect();
        let sizes = shards.iter().map(|shard| cases.iter().filter(|c| shard.holds(&c.id)).count());
        let sizes: Vec<usize> = sizes.collect();
        assert_eq!(sizes.iter().sum::<usize>(), cases.len(), "{of}");
        let fair = cases.len() / sizes.len();
        assert!(sizes.iter().all(|size| size.abs_diff(fair) < fair / 4), "{of}: {sizes:?}");
    }
}

/// The same text, exit code and reports, for a target that fails and a file that expects some of
/// it; and each shard alone.
#[test]
fn shards_say_together_what_the_whole_says() {
    let folder = scratch("shards");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let file = path("expected.toml");
    let entries = "[[expected]]\ncase = \"at-rest/no-plaintext-sse-*\"\nreason = \"known\"\n\
                   [[expected]]\ncase = \"at-rest/no-such\"\nreason = \"gone\"\n\
                   [[expected]]\ncase = \"race/*\"\nreason = \"not offered\"\n";
    std::fs::write(&file, entries).expect("a file");
    for (name, expected) in [("plain", &[][..]), ("expecting", &["--expected-failures", &file])] {
        let arguments = [&["--target", "fault:body-in-clear", "--filter", "*a*e*/*o*-*"], expected];
        let arguments = arguments.concat();
        let (whole_json, whole_xml) = (path("whole.json"), path("whole.xml"));
        let out = ["run", "--report-json", &whole_json, "--report-junit", &whole_xml];
        let whole = program(&[&out[..], &arguments].concat());
        let shards: Vec<_> =
            ["2/3", "3/3", "1/3"].iter().map(|one| shard(&folder, one, &arguments).0).collect();
        let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
        let (merged_json, merged_xml) = (path("merged.json"), path("merged.xml"));
        let out = ["--report-json", &merged_json, "--report-junit", &merged_xml];
        let merged = program(&[&["report", "merge"], &shards[..], &out].concat());
        assert_eq!((&merged.text, merged.code), (&whole.text, whole.code), "{name}");
        assert!(whole.text.contains("NOT CONFORMANT") && whole.code == Some(1), "{}", whole.text);
        assert_eq!(timeless(json(&merged_json)), timeless(json(&whole_json)), "{name}");
        assert_eq!(timeless_xml(&merged_xml), timeless_xml(&whole_xml), "{name}");
    }
}

#[test]
fn a_whole_run_of_the_reference_in_shards_is_conformant() {
    let folder = scratch("shards-reference");
    let (one, two) = (shard(&folder, "1/2", &[]), shard(&folder, "2/2", &[]));
    assert_eq!((one.1.code, two.1.code), (Some(0), Some(0)), "{}{}", one.1.text, two.1.text);
    let merged = program(&["report", "merge", &one.0, &two.0]);
    assert_eq!(merged.code, Some(0), "{}", merged.told);
    let readme = include_str!("../../README.md");
    let block = readme.split("-- run\n").nth(1).and_then(|rest| rest.split("\ntime ").next());
    assert_eq!(merged.text.trim_end(), block.expect("the README shows a run"));
}

#[test]
fn a_shard_says_that_it_is_one() {
    let folder = scratch("shards-one");
    let (_, done) = shard(&folder, "1/40", &["--filter", "race/*"]);
    let line = |word: &str| done.text.lines().find(|line| line.starts_with(word));
    assert_eq!(line("format"), Some("format              not in this shard"), "{}", done.text);
    assert_eq!(line("encryption at rest"), Some("encryption at rest  not in this shard"));
    assert!(line("shard  ").is_some_and(|line| line.contains("1 of 40, ")), "{}", done.text);
    for wrong in ["0/2", "3/2", "1", "a/b"] {
        let done = program(&["run", "--shard", wrong]);
        assert_eq!(done.code, Some(2), "{wrong}");
        assert!(done.told.contains("K/N with 1 <= K <= N"), "{}", done.told);
    }
}

/// What one shard did not see at rest another may have seen: the whole alone lacks evidence.
#[test]
fn a_shard_alone_misses_no_evidence() {
    let mut cases = catalogue().expect("the embedded vectors are well-formed");
    cases.retain(|case| case.id.starts_with("at-rest/no-") || case.id.starts_with("blob/"));
    let result = |(index, case): (usize, &Case)| CaseResult {
        index,
        ending: match case.area {
            Area::AtRest => Ending::Skipped("not offered".into()),
            _ => Ending::Passed,
        },
        transcript: String::new(),
        scenario: None,
        time: Duration::ZERO,
    };
    let results = cases.iter().enumerate().map(result).collect();
    let target = reference::target().describe();
    let mut report = Report::whole(target, &cases, results, Options::default());
    assert_eq!((report.exit_code(), report.line(Area::AtRest)), (1, Finding::NotExamined));
    report.terms.shard = Some(Shard { number: 1, of: 2, cases: cases.len() });
    assert_eq!((report.exit_code(), report.line(Area::AtRest)), (0, Finding::NotExamined));
}

/// A shard without a case is told so, and its report is needed all the same.
#[test]
fn an_empty_shard_is_still_a_shard() {
    let folder = scratch("shards-empty");
    let arguments = ["--filter", "blob/*", "--without", "at-rest"];
    let all: Vec<_> =
        (1..=9).map(|number| shard(&folder, &format!("{number}/9"), &arguments)).collect();
    assert!(all.iter().any(|(_, done)| done.code == Some(4)));
    let paths: Vec<&str> = all.iter().map(|(path, _)| path.as_str()).collect();
    let merged = program(&[&["report", "merge"], &paths[..]].concat());
    assert_eq!(merged.code, Some(0), "{}{}", merged.text, merged.told);
}

#[test]
fn what_are_not_the_shards_of_one_run_is_refused() {
    let folder = scratch("shards-wrong");
    let other = scratch("shards-wrong-other");
    let filter = ["--filter", "blob/*"];
    let one = shard(&folder, "1/2", &filter).0;
    let two = shard(&folder, "2/2", &filter).0;
    let of_three = shard(&folder, "2/3", &filter).0;
    let seeded = shard(&other, "2/2", &["--filter", "blob/*", "--seed", "7"]).0;
    let whole = folder.join("whole.json").to_string_lossy().into_owned();
    program(&["run", "--filter", "blob/*", "--report-json", &whole]);
    let edited = |name: &str, pointer: &str, value: Value| {
        let mut report = json(&two);
        *report.pointer_mut(pointer).expect("the report has it") = value;
        let path = folder.join(name).to_string_lossy().into_owned();
        std::fs::write(&path, report.to_string()).expect("a file");
        path
    };
    let target = edited("target.json", "/target/version", "2".into());
    let digest = edited("digest.json", "/corpus_digest", "0".into());
    let version = edited("version.json", "/suite_version", "9.9.9".into());
    let schema = edited("schema.json", "/schema", "report/9".into());
    let mut cases = json(&two)["cases"].clone();
    cases.as_array_mut().and_then(Vec::pop).expect("the shard holds a case");
    let short = edited("short.json", "/cases", cases);
    let stray = edited("stray.json", "/cases", json(&one)["cases"].clone());
    for (paths, told) in [
        (&[one.as_str()][..], "shard 2/2 is missing"),
        (&[&one, &one], "are both shard 1/2"),
        (&[&one, &of_three], "differ in the number of shards or of cases"),
        (&[&one, &seeded], "differ in the seed"),
        (&[&one, &target], "differ in the target's description"),
        (&[&one, &digest], "differ in the vectors' digest"),
        (&[&one, &version], "is of suite 9.9.9, this is "),
        (&[&one, &schema], "`report/9` is not `report/1`"),
        (&[&one, &whole], "is no shard, but a whole run"),
        (&[&one, &short], "report: "),
        (&[&one, &stray], "is not of shard 2/2"),
        (&[&one, "/no/such.json"], "cannot read `/no/such.json`"),
    ] {
        let done = program(&[&["report", "merge"], paths].concat());
        assert_eq!(done.code, Some(2), "{told}: {}", done.told);
        assert!(done.told.contains(told), "{told}: {}", done.told);
        assert_eq!((done.told.lines().count(), done.text.as_str()), (1, ""), "{}", done.told);
    }
}
