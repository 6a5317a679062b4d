//! Expected failures: what a target is known to fail, and whether that is still so
//! (conformance/VERSIONING.md). The file is read in `expected/file.rs`.

mod date;
#[cfg(feature = "expected-failures")]
pub mod file;
#[cfg(test)]
mod tests;

pub use date::Date;

use crate::case::{Case, Ending};
use crate::glob;
use crate::runner::CaseResult;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One entry of a file of expected failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Id of a case, or a glob in which `*` is any run of characters.
    pub case: String,
    /// Why the failure is expected.
    pub reason: String,
    /// Where the failure is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// The last day on which the failure is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Line of the file where the entry begins.
    pub line: usize,
    /// How many cases of the whole catalogue it matches.
    #[serde(default)]
    pub matches: usize,
}

impl Entry {
    /// Whether the entry speaks of the case of this id.
    #[must_use]
    pub fn covers(&self, id: &str) -> bool {
        glob::matches(&self.case, id)
    }

    fn is_glob(&self) -> bool {
        self.case.contains('*')
    }

    fn expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

/// The entries of one file, as they stand on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The file, as messages name it.
    pub file: String,
    /// The day (UTC) with which `expires` is compared.
    pub date: Date,
    /// The entries, in the file's order.
    pub entries: Vec<Entry>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Each case it covers that ran to an end failed, or could show nothing.
    Used,
    /// The run took none of its cases, or too few to tell.
    NotJudged,
    /// Cases that it covers passed: how many, and the first of them.
    UnexpectedPass(usize, String),
    /// No case of the catalogue has this id.
    Unknown,
    /// No case of the catalogue matches this glob.
    Stale,
    /// Its last day is over.
    Expired(Date),
    /// None of its cases ran to an end; why the first did not.
    Unused(String),
}

impl State {
    /// Whether the entry fails the run.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Used | Self::NotJudged)
    }

    /// The state in reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::NotJudged => "not judged",
            Self::UnexpectedPass(..) => "unexpected pass",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Expired(_) => "expired",
            Self::Unused(_) => "unused",
        }
    }

    /// Every word, in the order in which reports count them.
    pub const WORDS: [&str; 7] =
        ["used", "not judged", "unexpected pass", "unknown", "stale", "expired", "unused"];
}

/// An entry with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// What became of it.
    pub state: State,
}

impl fmt::Display for Judged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = &self.entry.case;
        write!(f, "line {}: ", self.entry.line)?;
        match &self.state {
            State::Used => write!(f, "`{case}` is used"),
            State::NotJudged => write!(f, "`{case}` is not judged by this run"),
            State::UnexpectedPass(1, _) if !self.entry.is_glob() => write!(f, "`{case}` passed"),
            State::UnexpectedPass(count, first) => {
                write!(f, "`{case}` covers {count} that passed, the first is `{first}`")
            }
            State::Unknown => write!(f, "there is no case `{case}`"),
            State::Stale => write!(f, "no case matches `{case}`"),
            State::Expired(last) => write!(f, "`{case}` was expected up to {last}"),
            State::Unused(reason) => write!(f, "`{case}` did not run: {reason}"),
        }
    }
}

impl Expected {
    /// The entries of a file, counted against the ids of the whole catalogue.
    #[must_use]
    pub fn new(file: &str, date: Date, mut entries: Vec<Entry>, catalogue: &[Case]) -> Self {
        for entry in &mut entries {
            entry.matches = catalogue.iter().filter(|case| entry.covers(&case.id)).count();
        }
        Self { file: file.to_owned(), date, entries }
    }

    /// The entry that excuses the case of this id; one that has expired excuses nothing.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.covers(id) && !entry.expired(self.date))
    }

    /// What became of each entry in a run. Entries that match no case that was run are not
    /// judged, except where no case of the catalogue matches.
    pub fn judge<'a>(
        &'a self,
        results: impl Iterator<Item = (&'a Case, &'a CaseResult)> + Clone,
    ) -> Vec<Judged<'a>> {
        let judged = |entry: &'a Entry| {
            let covered = results.clone().filter(|(case, _)| entry.covers(&case.id));
            let covered = covered.map(|(case, result)| (case.id.as_str(), &result.ending));
            Judged { entry, state: self.state(entry, &covered.collect::<Vec<_>>()) }
        };
        self.entries.iter().map(judged).collect()
    }

    fn state(&self, entry: &Entry, covered: &[(&str, &Ending)]) -> State {
        let Some((_, first)) = covered.first() else {
            return match (entry.matches, entry.is_glob()) {
                (0, true) => State::Stale,
                (0, false) => State::Unknown,
                _ => State::NotJudged,
            };
        };
        if let Some(last) = entry.expires.filter(|_| entry.expired(self.date)) {
            return State::Expired(last);
        }
        let mut passed = covered.iter().filter(|(_, ending)| **ending == Ending::Passed);
        if let Some((id, _)) = passed.next() {
            return State::UnexpectedPass(1 + passed.count(), (*id).to_owned());
        }
        if covered.iter().any(|(_, ending)| fails(ending)) {
            State::Used
        } else if covered.len() < entry.matches {
            State::NotJudged
        } else {
            State::Unused(first.reason().unwrap_or_default().to_owned())
        }
    }
}

/// Whether an ending is one that an entry can expect.
#[must_use]
pub fn fails(ending: &Ending) -> bool {
    matches!(ending, Ending::Failed(_) | Ending::Inconclusive(_))
}
