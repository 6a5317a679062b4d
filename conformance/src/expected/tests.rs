//! Expected failures: what becomes of an entry, on which day, and how a file is read.

use super::{Date, Entry, Expected, State};
use crate::case::{Area, Breadth, Case, Ending, Group, Needs};
use crate::runner::CaseResult;
use sse_spec::Profile;
use std::time::Duration;

fn case(id: &str) -> Case {
    Case {
        id: id.into(),
        comment: String::new(),
        requirements: Vec::new(),
        profile: Profile::Core,
        area: Area::Api,
        group: Group::SseS3,
        breadth: Breadth::Broad,
        family: String::new(),
        twin: None,
        needs: Needs::default(),
        run: Box::new(|_| Ending::Passed),
    }
}

fn date(text: &str) -> Date {
    Date::try_from(text.to_owned()).expect("a date")
}

fn entry(case: &str, expires: Option<&str>) -> Entry {
    Entry {
        case: case.into(),
        reason: "known".into(),
        issue: None,
        expires: expires.map(date),
        line: 1,
        matches: 0,
    }
}

/// The state of one entry on 2026-06-15, where the catalogue has these cases and those with an
/// ending were run.
fn state(entry: Entry, cases: &[(&str, Option<Ending>)]) -> State {
    let catalogue: Vec<Case> = cases.iter().map(|(id, _)| case(id)).collect();
    let results = cases.iter().filter_map(|(id, ending)| {
        let ending = ending.clone()?;
        let (transcript, scenario) = (String::new(), None);
        let result = CaseResult { index: 0, ending, transcript, scenario, time: Duration::ZERO };
        Some((case(id), result))
    });
    let results: Vec<_> = results.collect();
    let expected = Expected::new("file", date("2026-06-15"), vec![entry], &catalogue);
    let judged = expected.judge(results.iter().map(|(case, result)| (case, result)));
    judged[0].state.clone()
}

fn failed() -> Option<Ending> {
    Some(Ending::Failed("no".into()))
}

fn skipped() -> Option<Ending> {
    Some(Ending::Skipped("not offered".into()))
}

#[test]
fn a_case_that_does_not_pass_uses_its_entry() {
    assert_eq!(state(entry("a/b", None), &[("a/b", failed())]), State::Used);
    let inconclusive = Some(Ending::Inconclusive("nothing there".into()));
    assert_eq!(state(entry("a/b", None), &[("a/b", inconclusive)]), State::Used);
    assert_eq!(state(entry("a/*", None), &[("a/b", failed()), ("a/c", skipped())]), State::Used);
}

#[test]
fn a_case_that_passes_breaks_its_entry() {
    let passed = Some(Ending::Passed);
    let pass = |count, first: &str| State::UnexpectedPass(count, first.into());
    assert_eq!(state(entry("a/b", None), &[("a/b", passed.clone())]), pass(1, "a/b"));
    let mixed = [("a/b", failed()), ("a/c", passed.clone()), ("a/d", passed)];
    assert_eq!(state(entry("a/*", None), &mixed), pass(2, "a/c"));
}

#[test]
fn an_id_that_nobody_has_is_unknown_whatever_was_run() {
    assert_eq!(state(entry("a/x", None), &[("a/b", failed())]), State::Unknown);
    assert_eq!(state(entry("x/*", None), &[("a/b", failed())]), State::Stale);
    assert_eq!(state(entry("a/x", None), &[("a/b", None)]), State::Unknown);
}

#[test]
fn what_was_not_run_is_not_judged() {
    assert_eq!(state(entry("a/b", None), &[("a/b", None)]), State::NotJudged);
    assert_eq!(state(entry("a/b", Some("2000-01-01")), &[("a/b", None)]), State::NotJudged);
    let some = [("a/b", skipped()), ("a/c", None)];
    assert_eq!(state(entry("a/*", None), &some), State::NotJudged);
}

#[test]
fn a_case_that_is_skipped_leaves_its_entry_unused() {
    let unused = State::Unused("not offered".into());
    assert_eq!(state(entry("a/b", None), &[("a/b", skipped())]), unused);
    assert_eq!(state(entry("a/*", None), &[("a/b", skipped()), ("a/c", skipped())]), unused);
}

#[test]
fn an_entry_holds_up_to_its_last_day() {
    for (last, expired) in [("2026-06-14", true), ("2026-06-15", false), ("2026-06-16", false)] {
        let state = state(entry("a/b", Some(last)), &[("a/b", failed())]);
        let expected = if expired { State::Expired(date(last)) } else { State::Used };
        assert_eq!(state, expected, "{last}");
        let entries = vec![entry("a/b", Some(last))];
        let expected = Expected::new("file", date("2026-06-15"), entries, &[]);
        assert_eq!(expected.of("a/b").is_none(), expired, "{last}");
    }
}

#[cfg(feature = "expected-failures")]
mod files {
    use super::super::file::{parse, render};
    use super::{date, entry};

    const FILE: &str = r#"
[[expected]]
case = "a/b"
reason = "a \"reason\" \\ \u00e9"

[[expected]]
case = "c/*"
reason = "another"
issue = "https://example.org/1"
expires = 2026-12-31
"#;

    #[test]
    fn a_file_is_read_and_written() {
        let entries = parse("f.toml", FILE).expect("a legal file");
        assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(entries[0].reason, "a \"reason\" \\ \u{e9}");
        assert_eq!(entries[1].expires, Some(date("2026-12-31")));
        let mut again = parse("g.toml", &render("head", &entries)).expect("a legal file");
        for (entry, again) in entries.iter().zip(&mut again) {
            again.line = entry.line;
        }
        assert_eq!(entries, again);
    }

    #[test]
    fn any_text_survives_writing() {
        let mut odd = entry("corpus/\u{7f}\u{1}\"\\\n\t", None);
        odd.reason = "\u{85}\u{2028} \u{1f980} '''\"\"\"".into();
        let written = render("head", std::slice::from_ref(&odd));
        let again = parse("f.toml", &written).expect("a legal file");
        assert_eq!((&again[0].case, &again[0].reason), (&odd.case, &odd.reason));
    }

    #[test]
    fn a_file_without_entries_is_legal() {
        assert_eq!(parse("f.toml", "# none\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_entry() {
        let first = "[[expected]]\ncase = \"a/b\"\nreason = \"r\"\n";
        for (text, told) in [
            ("[[expected]]\nreason = \"r\"\n", "line 1, entry 1: `case` is missing"),
            ("[[expected]]\ncase = \"a/b\"\n", "line 1, entry 1 (`a/b`): `reason` is missing"),
            (
                "\n[[expected]]\ncase = \"a/b\"\nreason = \" \"\n",
                "line 4, entry 1 (`a/b`): `reason` is empty",
            ),
            ("[[expected]]\ncase = 7\n", "line 2, entry 1: `case` is no string"),
            (
                &format!("{first}colour = \"red\"\n"),
                "line 4, entry 1 (`a/b`): unknown key `colour`, there are case, reason, issue, \
                 expires",
            ),
            (
                &format!("{first}expires = \"2026-12-31\"\n"),
                "line 4, entry 1 (`a/b`): `expires` is no date such as 2026-12-31, without quotes",
            ),
            (
                &format!("{first}expires = 2026-12-31T00:00:00Z\n"),
                "line 4, entry 1 (`a/b`): `expires` is no date such as 2026-12-31, without quotes",
            ),
            (
                &format!("{first}\n{first}"),
                "line 5, entry 2 (`a/b`): the same case stands in line 1",
            ),
            ("[[failures]]\n", "line 1, entry 1: unknown key `failures`, there is `[[expected]]`"),
            ("expected = 3\n", "line 1: `expected` is no list of tables: write `[[expected]]`"),
            ("expected = [3]\n", "line 1, entry 1: it is no table: write `[[expected]]`"),
        ] {
            let error = parse("f.toml", text).expect_err(text);
            assert_eq!(error, format!("expected failures: `f.toml` {told}"), "{text}");
        }
        for text in [&format!("{first}\n[[expected]]\ncase = \n"), &format!("{first}{first}\"")] {
            let error = parse("f.toml", text).expect_err(text);
            assert!(error.contains(", entry 2: "), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        let error = parse("f.toml", &format!("{first}expires = 2026-02-30\n")).expect_err("no day");
        assert!(error.starts_with("expected failures: `f.toml` line 4, entry 1: "), "{error}");
    }
}
