//! Sequences: generated operations of several principals in any order, decided by the oracle; a
//! failure shrinks to a short scenario that can be saved as a vector and replayed.

mod act;
mod author;
mod carrier;
mod documents;
#[cfg(test)]
mod tests;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::cases::scenario;
use crate::property;
use crate::session::Arena;
use act::Act;
use sse_spec::Profile;
use sse_vectors::scenario::{Scenario, ScenarioFile, Schema};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What the sequences rest on.
const REQUIREMENTS: [&str; 8] = [
    "audit.entry.one-per-request",
    "audit.entry.refused-recorded",
    "kms.usage.by-operation",
    "kms.authorization.default-deny",
    "key.disable.refuses-cryptography",
    "refusal.effect.none",
    "sse.get.round-trip",
    "sse.authorization.default-deny",
];

/// The one case.
pub(crate) fn cases() -> Vec<Case> {
    vec![Case {
        id: "sequence/any".into(),
        comment: "Any sequence of operations by several principals ends as the oracle says, and \
                  so do trail and counts."
            .into(),
        requirements: REQUIREMENTS.iter().map(|id| (*id).into()).collect(),
        profile: Profile::Core,
        area: Area::Api,
        group: Group::Audit,
        breadth: Breadth::Broad,
        family: "sequence".into(),
        twin: None,
        needs: Needs { store: true, kms: true, ..Needs::default() },
        run: Box::new(|arena| ending(any(arena))),
    }]
}

fn any(arena: &Arena<'_>) -> Step<()> {
    let settle = arena.description.settle;
    if settle.policy.max(settle.key_state).max(settle.rotation).max(settle.bucket) > 0 {
        return Err(Ending::Skipped(
            "the target settles with a delay: what a request meets is not certain".into(),
        ));
    }
    let (round, failing) = (Cell::new(0_u32), RefCell::new(None));
    let result = property::check(arena, &act::acts(), |acts| {
        let one = run(arena, &acts, &round);
        if matches!(one, Err(Ending::Failed(_))) {
            failing.replace(Some(acts));
        }
        one
    });
    let Err(Ending::Failed(_)) = &result else { return result };
    let Some(acts) = failing.into_inner() else { return result };
    let acts = shortest(arena, acts, &round);
    let scenario = author::write(arena.description, &acts);
    // Once more, so that the exchange is that of the scenario shown.
    let last = run(arena, &acts, &round).err().unwrap_or_else(|| {
        Ending::Failed("the sequence failed once and then passed: the target is not steady".into())
    });
    let reason = last.reason().unwrap_or_default().to_owned();
    let text = file(scenario)?;
    arena.scenario.replace(Some(text.clone()));
    Err(Ending::Failed(format!("{reason}; {} acts; `replay` takes this file:\n{text}", acts.len())))
}

/// Plays one sequence in a world of its own.
fn run(arena: &Arena<'_>, acts: &[Act], round: &Cell<u32>) -> Step<()> {
    round.set(round.get() + 1);
    arena.transcript.borrow_mut().clear();
    let scenario = author::write(arena.description, acts);
    scenario::play(arena, &scenario, &format!("sequence {}", round.get()))
}

/// Leaves out every act without which the sequence still fails; what an act needs is made at its
/// first use, so that most acts do not need each other.
fn shortest(arena: &Arena<'_>, mut acts: Vec<Act>, round: &Cell<u32>) -> Vec<Act> {
    let mut place = 0;
    while place < acts.len() {
        let mut fewer = acts.clone();
        fewer.remove(place);
        match run(arena, &fewer, round) {
            Err(Ending::Failed(_)) => {
                acts = fewer;
                place = 0;
            }
            _ => place += 1,
        }
    }
    acts
}

/// The file of scenarios that holds this one.
fn file(scenario: Scenario) -> Step<String> {
    let file = ScenarioFile {
        schema: Schema::Scenario1,
        stem: "sequence".into(),
        family: "found".into(),
        source: "generated; expectations by the oracle of sse-vectors".into(),
        notes: BTreeMap::new(),
        scenarios: vec![scenario],
    };
    serde_json::to_string_pretty(&file).map_err(|error| Ending::Unusable(error.to_string()))
}
