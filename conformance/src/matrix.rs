//! The kill matrix: every fault of the zoo against every case, and whether it was convicted for
//! the right reason.

mod flips;

pub use flips::{FlipTrial, try_flip};

use crate::case::{Breadth, Case, Ending};
use crate::runner::{CaseResult, Options, run};
use crate::zoo::{Fault, Witness};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How many cases at a time are tried for one that passes.
const PROBES: usize = 16;

/// How one fault fared.
#[derive(Debug)]
pub struct Trial {
    /// The fault.
    pub fault: &'static str,
    /// What it does wrong.
    pub description: &'static str,
    /// The incident it stands for.
    pub incident: &'static str,
    /// The requirements it breaks.
    pub breaks: &'static [&'static str],
    /// The judgement.
    pub judgement: Judgement,
    /// Every case that failed, focused ones marked, with the requirements it cites.
    pub failed: Vec<Conviction>,
    /// How often the faulty code ran.
    pub reached: u64,
    /// How long the trial took.
    pub time: Duration,
}

/// A case that a fault failed.
#[derive(Debug)]
pub struct Conviction {
    /// The case.
    pub case: String,
    /// Whether it is focused.
    pub focused: bool,
    /// Requirements it cites.
    pub requirements: Vec<String>,
    /// Why it failed.
    pub reason: String,
}

/// What is said of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// A focused case that cites a requirement it breaks failed.
    Convicted,
    /// Nothing failed, or only cases that cite other requirements.
    Escaped(String),
    /// The faulty code was never reached, or the set-up itself failed.
    Invalid(String),
}

impl Trial {
    /// Requirements of which the fault is convicted: it lists them and a focused case that cites
    /// them failed.
    #[must_use]
    pub fn convicted_of(&self) -> BTreeSet<&str> {
        let focused = self.failed.iter().filter(|conviction| conviction.focused);
        let cited = focused.flat_map(|conviction| conviction.requirements.iter());
        cited.map(String::as_str).filter(|id| self.breaks.contains(id)).collect()
    }

    /// The trial as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (word, reason) = match &self.judgement {
            Judgement::Convicted => ("convicted", ""),
            Judgement::Escaped(reason) => ("ESCAPED", reason.as_str()),
            Judgement::Invalid(reason) => ("INVALID", reason.as_str()),
        };
        json!({
            "fault": self.fault,
            "description": self.description,
            "incident": self.incident,
            "breaks": self.breaks,
            "judgement": word,
            "reason": reason,
            "convicted_of": self.convicted_of(),
            "milliseconds": u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX),
            "failed_cases": self.failed.iter().map(|c| &c.case).collect::<Vec<_>>(),
        })
    }
}

/// Which cases a fault is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that cite a requirement which the fault lists as broken.
    Cited,
    /// All of them.
    Whole,
}

/// Tries one fault.
#[must_use]
pub fn try_fault(fault: &Fault, cases: &[Case], reach: Reach, options: Options) -> Trial {
    let start = Instant::now();
    let witness = Witness::default();
    let target = (fault.make)(&witness);
    let cites =
        |case: &&Case| case.requirements.iter().any(|id| fault.breaks.contains(&id.as_str()));
    let (chosen, others): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| reach == Reach::Whole || cites(case));
    let results = run(target.as_ref(), &chosen, options, &|_| {});
    let failed: Vec<Conviction> =
        chosen.iter().zip(&results).filter_map(|(case, result)| conviction(case, result)).collect();
    let mut trial = Trial {
        fault: fault.id,
        description: fault.description,
        incident: fault.incident,
        breaks: fault.breaks,
        judgement: Judgement::Convicted,
        failed,
        reached: witness.count(),
        time: Duration::ZERO,
    };
    let any_passed = |results: &[CaseResult]| results.iter().any(|it| it.ending == Ending::Passed);
    // Where every case that cites the fault fails, another one has to show that the set-up works.
    let passed = any_passed(&results)
        || others
            .chunks(PROBES)
            .any(|some| any_passed(&run(target.as_ref(), some, options, &|_| {})));
    trial.judgement = if trial.reached == 0 {
        Judgement::Invalid("the faulty code was never reached".into())
    } else if !passed {
        Judgement::Invalid("no case passed: the fault breaks the set-up".into())
    } else if trial.failed.is_empty() {
        Judgement::Escaped("no case failed".into())
    } else if trial.convicted_of().is_empty() {
        Judgement::Escaped("only cases that cite other requirements failed".into())
    } else {
        Judgement::Convicted
    };
    trial.time = start.elapsed();
    trial
}

fn conviction(case: &Case, result: &CaseResult) -> Option<Conviction> {
    let Ending::Failed(reason) = &result.ending else { return None };
    Some(Conviction {
        case: case.id.clone(),
        focused: case.breadth == Breadth::Focused,
        requirements: case.requirements.clone(),
        reason: reason.clone(),
    })
}
