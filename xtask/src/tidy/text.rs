//! Rules on every text: width, trailing space, words that must not leave the workshop, JSON.

use serde_json::Value;
use sse_spec::documents::Finding;

use crate::tree::{finding, generated};

const COLUMNS: usize = 100;

/// Endings of the files that people write here.
const WRITTEN: [&str; 8] = [".rs", ".py", ".md", ".toml", ".json", ".yml", ".txt", ".ci/run"];

/// Words that name the machine or the notes of its maker; split so that this file is clean.
const PRIVATE: [&str; 2] = [concat!("/wo", "rk/"), concat!("shared", "/facts")];

/// Checks one file.
pub(super) fn check(path: &str, text: &str, findings: &mut Vec<Finding>) {
    if WRITTEN.iter().any(|ending| path.ends_with(ending)) {
        check_lines(path, text, findings);
    }
    if path.starts_with("vectors/data/") && path.ends_with(".json") {
        if let Err(e) = serde_json::from_str::<Value>(text) {
            findings.push(finding(path, e.line().max(1), "not JSON"));
        }
        if !text.ends_with('\n') {
            findings.push(finding(path, text.lines().count(), "no line end at the end"));
        }
    }
}

fn check_lines(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let narrow = (path.ends_with(".rs") || path.ends_with(".py")) && !generated(text);
    for (line, number) in text.lines().zip(1..) {
        if line.ends_with([' ', '\t']) {
            findings.push(finding(path, number, "trailing space"));
        }
        let columns = line.chars().count();
        if narrow && columns > COLUMNS {
            let message = format!("{columns} columns: at most {COLUMNS}");
            findings.push(finding(path, number, message));
        }
        if let Some(word) = PRIVATE.iter().find(|word| line.contains(**word)) {
            findings.push(finding(path, number, format!("`{word}` names the maker's machine")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_findings;

    #[test]
    fn lines_are_narrow() {
        let line = |columns: usize| format!("//! {}\n", "é".repeat(columns - 4));
        assert_findings(&[("spec/src/a.rs", &line(100))], &[]);
        assert_findings(
            &[("spec/src/a.rs", &line(101))],
            &["spec/src/a.rs:1: 101 columns: at most 100"],
        );
        let wide = format!("#\n# {}\n", "a".repeat(99));
        assert_findings(&[("vectors/a.py", &wide)], &["vectors/a.py:2: 101 columns: at most 100"]);
        assert_findings(&[("README.md", &wide)], &[]);
    }

    #[test]
    fn no_trailing_space() {
        assert_findings(&[("README.md", "a\nb \n")], &["README.md:2: trailing space"]);
        assert_findings(
            &[("spec/src/a.rs", "//! A.\n//! B. \n")],
            &["spec/src/a.rs:2: trailing space"],
        );
    }

    #[test]
    fn the_machine_is_not_named() {
        for word in super::PRIVATE {
            let message = format!("README.md:2: `{word}` names the maker's machine");
            assert_findings(&[("README.md", &format!("\nsee {word}\n"))], &[&message]);
        }
    }

    #[test]
    fn data_is_json_with_a_line_end() {
        let path = "vectors/data/sse/a.json";
        assert_findings(&[(path, "{}\n")], &[]);
        assert_findings(&[(path, "{\n]\n")], &["vectors/data/sse/a.json:2: not JSON"]);
        assert_findings(&[(path, "{\n}")], &["vectors/data/sse/a.json:2: no line end at the end"]);
    }
}
