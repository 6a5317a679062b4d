//! The verdict of a run and its three forms: text for people, JSON and JUnit for machines.

pub mod json;
pub mod junit;
pub mod text;

use crate::case::{Area, Case, Ending, Group};
use crate::runner::{CaseResult, Options};
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
    /// Wall-clock time.
    pub time: Duration,
}

/// How the children of a target kept the protocol (PROTOCOL.md).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    /// How often a child broke a rule.
    pub breaks: usize,
    /// How the first did.
    pub first: Option<String>,
}

/// One line of the verdict, or one group of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Every case that could be run passed.
    Conformant,
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
}

impl Finding {
    /// The word of the report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NotConformant => "NOT CONFORMANT",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::NotExamined => "NOT EXAMINED",
            Self::NotOffered => "not offered",
            Self::NotRun => "not run (filtered)",
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
    /// Cases that failed a SHOULD.
    pub warned: usize,
    /// Cases that could show nothing.
    pub inconclusive: usize,
    /// Cases the target does not offer.
    pub skipped: usize,
    /// Cases that something outside the target stopped.
    pub unusable: usize,
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
            match result.ending {
                Ending::Passed => counts.passed += 1,
                Ending::Failed(_) if result.breaks(case, self.strict) => counts.failed += 1,
                Ending::Failed(_) => counts.warned += 1,
                Ending::Inconclusive(_) => counts.inconclusive += 1,
                Ending::Skipped(_) => counts.skipped += 1,
                Ending::Unusable(_) => counts.unusable += 1,
            }
        }
        counts
    }

    /// One of the three lines.
    #[must_use]
    pub fn line(&self, area: Area) -> Finding {
        let counts = self.counts(|case| case.area == area);
        let empty = !self.cases.iter().any(|case| case.area == area);
        let nothing = match area {
            // However it came about: without evidence nothing is said of encryption at rest.
            Area::AtRest => Finding::NotExamined,
            _ if self.filtered && empty => Finding::NotRun,
            _ => Finding::NotOffered,
        };
        finding(counts, nothing)
    }

    /// One core group, which what AWS answers exactly and what binds the reference alone do not
    /// decide; `None` where no case of this version belongs to it.
    #[must_use]
    pub fn group(&self, group: Group) -> Option<Finding> {
        let core = [Profile::Core, Profile::Laboratory];
        let belongs = |case: &Case| {
            case.group == group && case.area != Area::Format && core.contains(&case.profile)
        };
        self.cases.iter().any(belongs).then(|| finding(self.counts(belongs), Finding::NotOffered))
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
            if result.breaks(case, self.strict) {
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

    /// The program's exit code: 0 conformant, 1 not, 2 a file of the user, 3 the protocol was
    /// broken, 4 nothing ran.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let counts = self.counts(|_| true);
        let at_rest = self.line(Area::AtRest);
        if self.protocol_is_broken() {
            3
        } else if counts.unusable > 0 {
            2
        } else if counts.passed + counts.failed + counts.warned + counts.inconclusive == 0 {
            4
        } else if counts.failed > 0
            || counts.inconclusive > 0
            || (at_rest == Finding::NotExamined && !self.without_at_rest)
        {
            1
        } else {
            0
        }
    }
}

fn finding(counts: Counts, nothing: Finding) -> Finding {
    if counts.failed > 0 {
        Finding::NotConformant
    } else if counts.inconclusive > 0 {
        Finding::Inconclusive
    } else if counts.passed + counts.warned > 0 {
        Finding::Conformant
    } else {
        nothing
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
