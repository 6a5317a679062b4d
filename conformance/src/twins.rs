//! Every negative case has a positive twin that differs in one point; the vectors' own check
//! compares the two mechanically, this one makes sure that the twin is a case of the catalogue.

use crate::case::Case;
use std::collections::BTreeMap;

/// What is wrong with the twins and the ids of a catalogue; empty where nothing is.
#[must_use]
pub fn problems(cases: &[Case]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut by_id: BTreeMap<&str, &Case> = BTreeMap::new();
    for case in cases {
        if by_id.insert(&case.id, case).is_some() {
            problems.push(format!("`{}`: the id is used twice", case.id));
        }
        if case.requirements.is_empty() {
            problems.push(format!("`{}`: cites no requirement", case.id));
        }
        for id in &case.requirements {
            if !sse_spec::documents::requirements().iter().any(|known| known.id == *id) {
                problems.push(format!("`{}`: cites `{id}`, which does not exist", case.id));
            }
        }
    }
    for case in cases {
        let Some(twin) = &case.twin else { continue };
        match by_id.get(twin.as_str()) {
            None => problems.push(format!("`{}`: its twin `{twin}` does not exist", case.id)),
            Some(twin) if twin.twin.is_some() => {
                problems.push(format!("`{}`: its twin `{}` is negative too", case.id, twin.id));
            }
            Some(_) => {}
        }
    }
    problems
}
