//! The verdict of a run and its three forms: text for people, JSON and JUnit for machines; what
//! several JSON reports say together.

mod causes;
pub mod diff;
pub mod json;
pub mod junit;
pub mod stored;
mod terms;
pub mod text;

pub use terms::Terms;

use crate::case::{Area, Case, Ending, Group};
use crate::runner::{CaseResult, Options};
use serde::{Deserialize, Serialize};
use sse_spec::{Description, Level, Profile};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Everything a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was judged.
    pub target: Description,
    /// The cases that were run.
    pub cases: &'a [Case],
    /// Their results, in the same order.
    pub results: Vec<CaseResult>,
    /// How the children kept the protocol, where the target is run in children.
    pub protocol: Option<Protocol>,
    /// How the run was made.
    pub options: Options,
    /// Whether SHOULD counts as MUST.
    pub strict: bool,
    /// Whether the run went without at-rest evidence on purpose.
    pub without_at_rest: bool,
    /// Whether a filter took cases away.
    pub filtered: bool,
    /// The profiles that were judged.
    pub profiles: Vec<Profile>,
    /// SHA-256 of the vectors' names and contents.
    pub corpus_digest: String,
    /// Expected failures, shard, proposed cases.
    pub terms: Terms,
    /// Wall-clock time.
    pub time: Duration,
}

/// How the children of a target kept the protocol (PROTOCOL.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// How often a child broke a rule.
    pub breaks: usize,
    /// How the first did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// One line of the verdict, or one group of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Every case that could be run passed.
    Conformant,
    /// The same of a part of the cases, which says nothing of the whole.
    PartPassed,
    /// At least one case failed.
    NotConformant,
    /// A law could not see what it has to look at.
    Inconclusive,
    /// There was no evidence, or nobody looked.
    NotExamined,
    /// The target does not offer it.
    NotOffered,
    /// A filter took every case of it away.
    NotRun,
    /// The other shards hold its cases.
    Elsewhere,
}

impl Finding {
    /// The word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::PartPassed => "passed (part)",
            Self::NotConformant => "NOT CONFORMANT",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::NotExamined => "NOT EXAMINED",
            Self::NotOffered => "not offered",
            Self::NotRun => "not run (filtered)",
            Self::Elsewhere => "not in this shard",
        }
    }
}

/// Counts of endings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed a MUST, or a SHOULD under `strict`.
    pub failed: usize,
    /// Of those that failed or could show nothing, how many are expected to.
    pub expected: usize,
    /// Cases that failed a SHOULD, and proposed ones that failed.
    pub warned: usize,
    /// Cases that could show nothing.
    pub inconclusive: usize,
    /// Proposed cases that could show nothing.
    pub undecided: usize,
    /// Cases the target does not offer.
    pub skipped: usize,
    /// Cases that something outside the target stopped.
    pub unusable: usize,
}

impl Counts {
    /// Cases that ran to an end.
    #[must_use]
    pub fn ran(&self) -> usize {
        self.passed + self.failed + self.warned + self.inconclusive + self.undecided
    }
}

impl Report<'_> {
    /// Each case with its result.
    pub fn pairs(&self) -> impl Iterator<Item = (&Case, &CaseResult)> {
        self.cases.iter().zip(&self.results)
    }

    /// Counts over the cases that `choose` takes.
    #[must_use]
    pub fn counts(&self, choose: impl Fn(&Case) -> bool) -> Counts {
        let mut counts = Counts::default();
        for (case, result) in self.pairs().filter(|(case, _)| choose(case)) {
            if self.spoils(case, result) && self.excuse(case, result).is_some() {
                counts.expected += 1;
            }
            match result.ending {
                Ending::Passed => counts.passed += 1,
                Ending::Failed(_) if self.breaks(case, result) => counts.failed += 1,
                Ending::Failed(_) => counts.warned += 1,
                Ending::Inconclusive(_) if self.lenient(case) => counts.undecided += 1,
                Ending::Inconclusive(_) => counts.inconclusive += 1,
                Ending::Skipped(_) => counts.skipped += 1,
                Ending::Unusable(_) => counts.unusable += 1,
            }
        }
        counts
    }

    /// Whether only a part of the cases was run: a filter chose it, or it is a shard.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.filtered || self.terms.shard.is_some()
    }

    fn finding(&self, counts: Counts, nothing: Finding) -> Finding {
        if counts.failed > 0 {
            Finding::NotConformant
        } else if counts.inconclusive > 0 {
            Finding::Inconclusive
        } else if counts.passed + counts.warned == 0 {
            nothing
        } else if self.is_part() {
            Finding::PartPassed
        } else {
            Finding::Conformant
        }
    }

    /// One of the three lines.
    #[must_use]
    pub fn line(&self, area: Area) -> Finding {
        let counts = self.counts(|case| case.area == area);
        let empty = !self.cases.iter().any(|case| case.area == area);
        let nothing = match area {
            _ if empty => self.empty_line(area),
            Area::AtRest => Finding::NotExamined,
            _ => Finding::NotOffered,
        };
        self.finding(counts, nothing)
    }

    /// One core group, which what AWS answers exactly and what binds the reference alone do not
    /// decide; `None` where no case of this version belongs to it.
    #[must_use]
    pub fn group(&self, group: Group) -> Option<Finding> {
        let core = [Profile::Core, Profile::Laboratory];
        let belongs = |case: &Case| {
            case.group == group && case.area != Area::Format && core.contains(&case.profile)
        };
        let any = self.cases.iter().any(belongs);
        any.then(|| self.finding(self.counts(belongs), Finding::NotOffered))
    }

    /// Ids of requirements that at least one case that ran to an end cites.
    #[must_use]
    pub fn requirements_examined(&self) -> BTreeSet<&str> {
        let examined =
            |result: &CaseResult| matches!(result.ending, Ending::Passed | Ending::Failed(_));
        let cases = self.pairs().filter(|(_, result)| examined(result));
        cases.flat_map(|(case, _)| case.requirements.iter().map(String::as_str)).collect()
    }

    /// Requirements that a failed case names, with the cases.
    #[must_use]
    pub fn broken(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut broken: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (case, result) in self.pairs() {
            if self.breaks(case, result) {
                for id in &case.requirements {
                    broken.entry(id).or_default().push(&case.id);
                }
            }
        }
        broken
    }

    /// Whether a child broke a rule of the protocol.
    #[must_use]
    pub fn protocol_is_broken(&self) -> bool {
        self.protocol.as_ref().is_some_and(|protocol| protocol.breaks > 0)
    }

    /// The program's exit code: 0 conformant, or every failure is expected; 1 not; 2 a file of the
    /// user; 3 the protocol was broken; 4 nothing ran. 0 of a part of the cases speaks of that
    /// part alone.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let counts = self.counts(|_| true);
        let at_rest = self.line(Area::AtRest);
        if self.protocol_is_broken() {
            3
        } else if counts.unusable > 0 {
            2
        } else if counts.ran() == 0 {
            4
        } else if counts.failed + counts.inconclusive > counts.expected
            || !self.wrong_entries().is_empty()
            || (at_rest == Finding::NotExamined
                && !self.without_at_rest
                && self.terms.shard.is_none())
        {
            1
        } else {
            0
        }
    }
}

/// The requirements of some profiles, MUST and MUST NOT alone.
#[must_use]
pub fn musts(profiles: &[Profile]) -> BTreeSet<&'static str> {
    let absolute = |level: Level| matches!(level, Level::Must | Level::MustNot);
    let all = sse_spec::documents::requirements().iter();
    all.filter(|requirement| absolute(requirement.level))
        .filter(|requirement| profiles.contains(&requirement.profile))
        .map(|requirement| requirement.id.as_str())
        .collect()
}
