//! On what terms a run is judged: expected failures, a shard, proposed cases.

use super::{Area, Counts, Finding, Report};
use crate::case::{Case, Ending};
use crate::expected::{Entry, Expected, Judged, State, fails};
use crate::proposed::Ages;
use crate::runner::{CaseResult, Options};
use crate::shard::Shard;
use sse_spec::{Capability, Description, Profile};
use std::fmt::Write as _;
use std::time::Duration;

/// The terms; by default none of them is there.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The failures that are expected.
    pub expected: Option<Expected>,
    /// The part of the cases that was run.
    pub shard: Option<Shard>,
    /// Where each case stands in the list of which this is a shard; empty where it is the list.
    pub positions: Vec<usize>,
    /// Whether proposed cases count like required ones.
    pub include_proposed: bool,
    /// The arguments that name the target to `replay`, each followed by a space.
    pub again: String,
    /// Which cases are proposed.
    pub ages: Ages<'static>,
}

impl Terms {
    /// Where the case of this index stands in the whole list.
    #[must_use]
    pub fn position(&self, index: usize) -> usize {
        self.positions.get(index).copied().unwrap_or(index)
    }
}

impl<'a> Report<'a> {
    /// The report of a run of the whole catalogue with nothing left out, nothing expected and no
    /// time told.
    #[must_use]
    pub fn whole(
        target: Description,
        cases: &'a [Case],
        results: Vec<CaseResult>,
        options: Options,
    ) -> Self {
        Self {
            target,
            cases,
            results,
            protocol: None,
            options,
            strict: false,
            without_at_rest: false,
            filtered: false,
            profiles: Profile::ALL.to_vec(),
            corpus_digest: sse_vectors::corpus::digest(),
            terms: Terms::default(),
            time: Duration::ZERO,
        }
    }
}

impl Report<'_> {
    /// Whether a case is proposed, and its failure therefore a warning.
    #[must_use]
    pub fn lenient(&self, case: &Case) -> bool {
        !self.strict && !self.terms.include_proposed && self.terms.ages.proposed(case)
    }

    /// Whether a case breaks conformance, expected or not.
    #[must_use]
    pub fn breaks(&self, case: &Case, result: &CaseResult) -> bool {
        result.breaks(case, self.strict) && !self.lenient(case)
    }

    /// Whether a case keeps the run from being conformant: it breaks conformance, or it could
    /// show nothing.
    #[must_use]
    pub fn spoils(&self, case: &Case, result: &CaseResult) -> bool {
        self.breaks(case, result)
            || (matches!(result.ending, Ending::Inconclusive(_)) && !self.lenient(case))
    }

    /// The entry that expects how a case ended; `None` where it passed, or nobody expects it.
    #[must_use]
    pub fn excuse(&self, case: &Case, result: &CaseResult) -> Option<&Entry> {
        let expected = self.terms.expected.as_ref().filter(|_| fails(&result.ending))?;
        expected.of(&case.id)
    }

    /// What became of each entry of the file of expected failures.
    #[must_use]
    pub fn entries(&self) -> Vec<Judged<'_>> {
        let pairs = self.cases.iter().zip(&self.results);
        let expected = self.terms.expected.as_ref();
        expected.map_or_else(Vec::new, |expected| expected.judge(pairs))
    }

    /// Entries that fail the run.
    #[must_use]
    pub fn wrong_entries(&self) -> Vec<Judged<'_>> {
        let mut entries = self.entries();
        entries.retain(|judged| judged.state.is_wrong());
        entries
    }

    /// The entry that a case broke by passing.
    #[must_use]
    pub fn unexpected_pass(&self, case: &Case, result: &CaseResult) -> Option<&Entry> {
        let expected = self.terms.expected.as_ref();
        expected.filter(|_| result.ending == Ending::Passed)?.of(&case.id)
    }

    /// What an area is called of which no case was run.
    pub(super) fn empty_line(&self, area: Area) -> Finding {
        match area {
            _ if self.terms.shard.is_some() && !(area == Area::AtRest && self.without_at_rest) => {
                Finding::Elsewhere
            }
            _ if self.filtered && !(area == Area::AtRest && self.without_at_rest) => {
                Finding::NotRun
            }
            // However it came about: without evidence nothing is said of encryption at rest.
            Area::AtRest => Finding::NotExamined,
            _ => Finding::NotOffered,
        }
    }

    /// Why nothing is said of encryption at rest, and what can be done.
    pub(super) fn unexamined(&self) -> String {
        if self.without_at_rest {
            return "left out by --without at-rest".into();
        }
        let why = match () {
            () if !self.cases.iter().any(|case| case.area == Area::AtRest) => {
                "none of these cases looks at rest"
            }
            () if !self.target.offers(Capability::ReadAtRest) => {
                "the target has to declare `read-at-rest`"
            }
            () => "the target offers nothing of what is looked at",
        };
        match self.terms.shard {
            Some(_) => why.into(),
            None => format!("{why}, or --without at-rest to leave it out; else the exit code is 1"),
        }
    }

    /// The line on expected failures, and one line above the verdict for each wrong entry.
    pub(super) fn expected_lines(&self) -> (String, String) {
        let Some(expected) = &self.terms.expected else { return Default::default() };
        let entries = self.entries();
        let mut above = String::new();
        for judged in entries.iter().filter(|judged| judged.state.is_wrong()) {
            let word = judged.state.word().to_uppercase();
            let noun =
                if matches!(judged.state, State::UnexpectedPass(..)) { "" } else { " ENTRY" };
            let _ = writeln!(above, "{}{noun} {} {judged}", word, expected.file);
        }
        if !above.is_empty() {
            above.push('\n');
        }
        let counts = State::WORDS.iter().filter_map(|word| {
            let count = entries.iter().filter(|judged| judged.state.word() == *word).count();
            (count > 0).then(|| format!("{count} {word}"))
        });
        let mut counts = counts.collect::<Vec<_>>().join(", ");
        if counts.is_empty() {
            counts.push_str("no entry");
        }
        let counted = self.counts(|_| true);
        let line = format!(
            "{:<20}{:<16}{} of {} failures expected; {}: {counts}\n",
            "expected failures",
            if above.is_empty() { "hold" } else { "DO NOT HOLD" },
            counted.expected,
            counted.failed + counted.inconclusive,
            expected.file,
        );
        (above, line)
    }

    /// The lines that say which part of the cases was run.
    pub(super) fn part_lines(&self) -> String {
        let mut text = String::new();
        if let Some(shard) = &self.terms.shard {
            let Shard { number, of, cases } = shard;
            let _ = writeln!(
                text,
                "{:<20}{number} of {of}, {} of {cases} cases; the verdict is partial, `report \
                 merge` makes it whole",
                "shard",
                self.cases.len(),
            );
        }
        if self.filtered {
            let cases = self.terms.shard.map_or(self.cases.len(), |shard| shard.cases);
            let _ = writeln!(
                text,
                "{:<20}cases chosen: {cases}; whether the target conforms, a run without \
                 --filter says",
                "part",
            );
        }
        text
    }
}

/// A count of a line of the verdict, with how many of it were expected behind the last one.
pub(super) fn notes(counts: &Counts) -> Vec<String> {
    let mut notes = vec![format!("{} passed", counts.passed)];
    for (count, word) in [(counts.failed, "failed"), (counts.inconclusive, "inconclusive")] {
        if count > 0 {
            notes.push(format!("{count} {word}"));
        }
    }
    match counts.expected {
        0 => {}
        all if all == counts.failed + counts.inconclusive => notes.push("all expected".into()),
        some => notes.push(format!("{some} of them expected")),
    }
    for (count, word) in [
        (counts.warned, "warned"),
        (counts.undecided, "proposed inconclusive"),
        (counts.skipped, "skipped"),
        (counts.unusable, "unusable"),
    ] {
        if count > 0 {
            notes.push(format!("{count} {word}"));
        }
    }
    notes
}
