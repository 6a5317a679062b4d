//! The program as a user meets it: commands, exit codes, one clear line for bad input.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot start its program has failed")]

use std::path::PathBuf;
use std::process::{Command, Output};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

fn refused(arguments: &[&str], line: &str) {
    let output = program(arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(line), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
}

#[test]
fn bad_input_gets_one_line_that_names_the_thing() {
    refused(&["explain", "sse.no.such"], "unknown requirement `sse.no.such`");
    refused(&["replay", "sse/no-such"], "unknown case `sse/no-such`");
    refused(&["run", "--target", "nobody"], "unknown target `nobody`");
    refused(&["run", "--target", "fault:none"], "unknown fault `none`");
    refused(&["faults", "--only", "none"], "unknown fault `none`");
    refused(&["list", "--filter", "nothing-*"], "no case matches `nothing-*`");
    refused(&["run", "--corpus", "/no/such/folder"], "corpus: cannot read `/no/such/folder`");
    refused(&["run", "--report-json", "/no/such/r.json"], "report: cannot write `/no/such/r.json`");
    refused(&["run", "--vectors", "/no/such/folder"], "/no/such/folder");
}

#[test]
fn an_unknown_field_in_a_vector_is_named_with_its_place() {
    let folder = scratch("vectors");
    let text = r#"{"schema": "scenario/1", "stem": "sse", "colour": "red"}"#;
    std::fs::write(folder.join("odd.json"), text).expect("a file");
    let path = folder.to_string_lossy().into_owned();
    refused(&["list", "--vectors", &path], "odd.json: unknown field `colour`");
}

#[test]
fn nothing_to_run_is_not_a_success() {
    for (filter, told) in [
        ("no-such-case", "no case matches `no-such-case`; `list` prints them\n"),
        ("keystream", "no case matches `keystream`; `*keystream*` matches "),
    ] {
        let output = program(&["run", "--filter", filter]);
        assert_eq!(output.status.code(), Some(4));
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(err.starts_with(told) && err.lines().count() == 1, "{err}");
    }
    refused(&["list", "--filter", "keystream"], "`*keystream*` matches 1");
}

#[test]
fn list_takes_profiles_and_groups() {
    let lines = |arguments: &[&str]| {
        let output = program(&[&["list"], arguments].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = lines(&[]);
    for (arguments, column, words) in [
        (&["--profile", "core"][..], 1, &["core"][..]),
        (&["--profile", "core", "--profile", "aws"], 1, &["core", "aws"]),
        (&["--group", "rotation"], 2, &["rotation"]),
    ] {
        let some = lines(arguments);
        assert_eq!(some.first(), all.first(), "a header");
        assert!(some.len() > 1 && some.len() < all.len(), "{arguments:?}: {}", some.len());
        let column = |line: &String| line.split('\t').nth(column).unwrap_or_default().to_owned();
        assert!(some.iter().skip(1).all(|line| words.contains(&&*column(line))), "{arguments:?}");
    }
    let output = program(&["list", "--group", "colours"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("one of sse-s3, sse-kms, "), "{told}");
}

#[test]
fn a_run_without_at_rest_evidence_is_green_only_when_asked_for() {
    let output = program(&["run", "--profile", "format"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let remedy = "none of these cases looks at rest, or --without at-rest to leave it out; else \
                  the exit code is 1\n";
    assert!(text.contains("NOT EXAMINED") && text.contains(remedy), "{text}");
    let output = program(&["run", "--profile", "format", "--without", "at-rest"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("left out by --without at-rest"), "{text}");
}

/// Who chose a part is not asked for the rest, and is told that it is a part.
#[test]
fn a_part_passes_and_is_never_called_conformant() {
    for arguments in [&["--filter", "blob/*"][..], &["--filter", "at-rest/no-*"]] {
        let output = program(&[&["run"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("passed (part)   ") && text.contains("\npart   "), "{text}");
        assert!(!text.to_lowercase().contains("conformant"), "{text}");
    }
    let output = program(&["run", "--filter", "at-rest/no-*", "--target", "fault:body-in-clear"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_users_own_files_go_through_both_modes() {
    let folder = scratch("corpus");
    std::fs::create_dir(folder.join("deeper")).expect("a folder");
    std::fs::write(folder.join("empty"), b"").expect("a file");
    std::fs::write(folder.join("name with spaces \u{e9}.bin"), [7; 70_000]).expect("a file");
    std::fs::write(folder.join("deeper/one"), b"1").expect("a file");
    let path = folder.to_string_lossy().into_owned();
    let report = folder.join("report.json").to_string_lossy().into_owned();
    let output = program(&[
        "run",
        "--filter",
        "corpus/*",
        "--without",
        "at-rest",
        "--corpus",
        &path,
        "--report-json",
        &report,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&report).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(6));
}

#[test]
fn help_names_every_command_and_exit_code() {
    let output = program(&["--help"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["run", "list", "explain", "replay", "smoke", "faults", "Exit codes"] {
        assert!(text.contains(word), "{text}");
    }
}

/// The README's transcript is what the program prints, but for the time.
#[test]
fn the_readme_transcript_is_true() {
    let readme = include_str!("../../README.md");
    for (command, arguments) in [
        ("$ cargo run --release -p sse-conformance -- run\n", &["run"][..]),
        (
            "$ sse-conformance explain sse.at-rest.no-plaintext\n",
            &["explain", "sse.at-rest.no-plaintext"],
        ),
    ] {
        let output = program(arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let block = readme.split(command).nth(1).and_then(|rest| rest.split("```").next());
        let block = block.expect("the README shows the command");
        let lasting = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("time "));
            lines.map(|line| format!("{}\n", line.trim_end())).collect::<String>()
        };
        assert_eq!(lasting(block), lasting(&printed), "{command}");
    }
}

const SCENARIOS: &str = r#"{
  "schema": "scenario/1", "stem": "sse", "family": "mine", "source": "none", "notes": {},
  "scenarios": [
    {
      "id": "sse/mine", "requirements": ["sse.put.no-such-bucket"], "profile": "core",
      "group": "sse-s3", "comment": "A bucket of my own.",
      "steps": [
        {"perform": {"CreateBucket": {"bucket": "${bucket:b1}"}}, "expect": {"reply": {}}}
      ]
    },
    {
      "id": "sse/wrong", "requirements": ["sse.put.no-such-bucket"], "profile": "core",
      "group": "sse-s3", "comment": "It is expected to be refused.",
      "steps": [
        {
          "perform": {"CreateBucket": {"bucket": "${bucket:b1}"}},
          "expect": {"refused": {"kinds": ["denied"]}}
        }
      ]
    }
  ]
}"#;

#[test]
fn replay_runs_the_scenarios_of_a_file() {
    let folder = scratch("replay");
    let path = folder.join("mine.json").to_string_lossy().into_owned();
    std::fs::write(&path, SCENARIOS).expect("a file");
    let output = program(&["replay", &path]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "sse/mine\n",
        "\npassed\n",
        "sse/wrong\n",
        "\nfailed: step 1",
        "> {\"caller\":{\"principal\":\"arn:aws:iam::",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let passing = SCENARIOS.replace(r#"{"refused": {"kinds": ["denied"]}}"#, r#"{"reply": {}}"#);
    std::fs::write(&path, passing).expect("a file");
    assert_eq!(program(&["replay", &path]).status.code(), Some(0));
    std::fs::write(&path, SCENARIOS.replace("steps", "stages")).expect("a file");
    refused(&["replay", &path], "unknown field `stages`");
    refused(&["replay", "/no/such/file.json"], "scenarios: cannot read `/no/such/file.json`");
}

#[test]
fn a_line_that_a_filter_left_empty_says_so() {
    let output = program(&["run", "--filter", "blob/*", "--without", "at-rest"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("format              not run (filtered)\n"), "{text}");
    assert!(!text.contains("not offered"), "{text}");
}
