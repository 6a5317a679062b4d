//! The rules of the protocol, and what is said of a child that breaks one (PROTOCOL.md, Rules).

use std::fmt;

/// A rule, by whose breach a child is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The child starts and answers `start` in time.
    Start,
    /// It chooses a version that was offered.
    Version,
    /// Its description is one that this protocol can carry.
    Description,
    /// An answer is there in time.
    Deadline,
    /// Lines, chunks and bodies have bounds.
    Length,
    /// A line is one JSON object.
    Json,
    /// A message has the members of its kind.
    Members,
    /// An answer repeats the number of its request.
    Seq,
    /// An answer repeats the world of its request.
    World,
    /// An answer is of a kind, and a reply of the operation, that was asked for.
    Operation,
    /// Chunks stand only where they may.
    Chunks,
    /// The child ends when it is told to, and not before.
    Exit,
}

impl Rule {
    /// Every rule, in the order of PROTOCOL.md.
    pub const ALL: [Self; 12] = [
        Self::Start,
        Self::Version,
        Self::Description,
        Self::Deadline,
        Self::Length,
        Self::Json,
        Self::Members,
        Self::Seq,
        Self::World,
        Self::Operation,
        Self::Chunks,
        Self::Exit,
    ];

    /// The rule's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Version => "version",
            Self::Description => "description",
            Self::Deadline => "deadline",
            Self::Length => "length",
            Self::Json => "json",
            Self::Members => "members",
            Self::Seq => "seq",
            Self::World => "world",
            Self::Operation => "operation",
            Self::Chunks => "chunks",
            Self::Exit => "exit",
        }
    }
}

/// How a child broke a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The rule.
    pub rule: Rule,
    /// What was expected and what came.
    pub what: String,
    /// The line that broke it, shortened, secrets redacted.
    pub line: Option<String>,
    /// The last of what the child wrote to its standard error, at most 64 KiB, secrets redacted.
    pub stderr: String,
}

impl Break {
    /// A breach without a line.
    pub(super) fn new(rule: Rule, what: impl Into<String>) -> Self {
        Self { rule, what: what.into(), line: None, stderr: String::new() }
    }

    /// Rule, cause and line, without standard error.
    #[must_use]
    pub fn cause(&self) -> String {
        let Self { rule, what, line, .. } = self;
        let line = line.as_ref().map(|line| format!("; line: `{line}`")).unwrap_or_default();
        format!("rule {}: {what}{line}", rule.word())
    }
}

impl Break {
    /// The end of standard error, a line each, behind a title that says how much is left out;
    /// empty where the child wrote nothing.
    pub(super) fn last_notes(&self) -> Vec<String> {
        const LINES: usize = 20;
        const WIDTH: usize = 300;
        let all: Vec<&str> = self.stderr.trim_end().lines().collect();
        let before = all.len().saturating_sub(LINES);
        let title = match before {
            0 if all.is_empty() => return Vec::new(),
            0 => "its standard error:".to_owned(),
            more => format!("the last {LINES} lines of its standard error, {more} before them:"),
        };
        let shown = all.iter().skip(before).map(|line| {
            let cut = line.char_indices().nth(WIDTH).and_then(|(at, _)| line.get(..at));
            cut.map_or_else(|| format!("    {line}"), |cut| format!("    {cut}..."))
        });
        std::iter::once(title).chain(shown).collect()
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause())?;
        match last_words(&self.stderr) {
            Some(words) => write!(f, "; standard error ends: `{words}`"),
            None => Ok(()),
        }
    }
}

/// The end of what a child wrote to its standard error, on one line.
fn last_words(stderr: &str) -> Option<String> {
    const SHOWN: usize = 300;
    let trimmed = stderr.trim();
    let skipped = trimmed.chars().count().saturating_sub(SHOWN);
    let words: String = trimmed.chars().skip(skipped).collect();
    let words = words.trim().replace('\n', " | ");
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lists_exactly_the_rules() {
        let document = include_str!("../../../PROTOCOL.md");
        let rules = document.split("\n## Rules\n").nth(1).expect("the section");
        let rules = rules.split("\n## ").next().expect("its text");
        let listed: Vec<&str> =
            rules.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(listed, Rule::ALL.map(Rule::word));
    }

    #[test]
    fn the_last_notes_have_a_bound() {
        let mut broken = Break::new(Rule::Json, "no object");
        assert!(broken.last_notes().is_empty());
        broken.stderr = "one\ntwo\n".into();
        assert_eq!(broken.last_notes(), ["its standard error:", "    one", "    two"]);
        broken.stderr = (0..50).map(|line| format!("line {line}\n")).collect();
        broken.stderr.push_str(&"x".repeat(9999));
        let notes = broken.last_notes();
        assert_eq!(
            notes[..2],
            ["the last 20 lines of its standard error, 31 before them:", "    line 31"]
        );
        assert_eq!((notes.len(), notes[20].len()), (21, 307));
    }

    #[test]
    fn a_breach_is_said_on_one_line() {
        let mut broken = Break::new(Rule::Json, "no object");
        assert_eq!(broken.to_string(), "rule json: no object");
        broken.line = Some("[]".into());
        broken.stderr = "Traceback\nKeyError\n".into();
        let told = "rule json: no object; line: `[]`; standard error ends: `Traceback | KeyError`";
        assert_eq!(broken.to_string(), told);
    }
}
