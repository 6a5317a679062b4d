//! Symbolic scenarios as cases: each step is performed, judged by the one matcher, and bound.

use crate::case::{Area, Breadth, Case, Ending, Needs, Step, ending};
use crate::session::{Arena, Session, not_offered, settle_time};
use crate::target::Failure;
use serde_json::Value;
use sse_spec::{Caller, Plane, Profile, Reply};
use sse_vectors::scenario::{Next, Scenario, Settle, Step as ScenarioStep};
use std::time::{Duration, Instant};

pub(super) fn case(file: &str, scenario: Scenario) -> Case {
    let planes = scenario.planes();
    let family = file.trim_start_matches("data/").trim_end_matches(".json").to_owned();
    Case {
        id: scenario.id.clone(),
        comment: scenario.comment.clone(),
        requirements: scenario.requirements.clone(),
        profile: scenario.profile,
        area: Area::Api,
        group: scenario.group,
        breadth: Breadth::Focused,
        family,
        twin: scenario.twin.clone(),
        needs: Needs {
            store: planes.contains(&Plane::Data),
            kms: planes.contains(&Plane::Kms),
            other_account: scenario.needs_other_account(),
            smallest_part: scenario.needs_smallest_part(),
            capabilities: scenario.needs.clone(),
        },
        run: Box::new(move |arena| ending(play(arena, &scenario, "scenario"))),
    }
}

/// Plays a scenario in a world of its own; `part` distinguishes several worlds of one case.
pub(crate) fn play(arena: &Arena<'_>, scenario: &Scenario, part: &str) -> Step<()> {
    let mut session = arena.open(part)?;
    let codes = scenario.profile == Profile::Aws;
    for (index, step) in scenario.steps.iter().enumerate() {
        let place = format!("step {} (`{}`)", index + 1, step.operation());
        let limit = settle(arena, step);
        if counts(step) {
            // What has not happened may still be under way, and what has happened may happen
            // twice: a count is certain only when everything is settled.
            std::thread::sleep(limit);
        }
        let start = Instant::now();
        loop {
            match one(&mut session, step, codes, &place) {
                Ok(Next::Continue) => break,
                Ok(Next::End) => return Ok(()),
                Err(Ending::Failed(_)) if !counts(step) && start.elapsed() < limit => {
                    std::thread::sleep(POLL.min(limit));
                }
                Err(ending) => return Err(ending),
            }
        }
    }
    Ok(())
}

/// How often a target with settle times is asked again.
const POLL: Duration = Duration::from_millis(50);

/// Whether a step counts: entries of the trail, or requests. Its pattern says how many there are,
/// which includes that there are no more.
fn counts(step: &ScenarioStep) -> bool {
    matches!(step.operation(), "LookupEvents" | "GetKeyUsage")
}

/// The settle time of a step; trail and usage have theirs without being told.
fn settle(arena: &Arena<'_>, step: &ScenarioStep) -> Duration {
    let what = step.settle.or(counts(step).then_some(Settle::Audit));
    what.map_or(Duration::ZERO, |what| settle_time(arena.description, what))
}

fn one(session: &mut Session<'_, '_>, step: &ScenarioStep, codes: bool, place: &str) -> Step<Next> {
    let unusable = |error: String| Ending::Unusable(format!("{place}: {error}"));
    let operation = step.request(&session.symbols).map_err(unusable)?;
    let caller = Caller {
        principal: step.principal(&session.symbols).map_err(unusable)?,
        secure_transport: step.secure_transport,
    };
    let mismatch = |mismatch: sse_vectors::matcher::Mismatch| {
        // A pointer to a key says enough; its bytes belong in no report.
        let last = mismatch.pointer.rsplit('/').next().unwrap_or_default();
        let secret = sse_spec::SECRETS.contains(&last);
        let (want, got) = match secret {
            true => ("[secret]", "[another secret]"),
            false => (mismatch.want.as_str(), mismatch.got.as_str()),
        };
        let (want, got) = (clipped(want), clipped(got));
        let at = match mismatch.pointer.as_str() {
            "" => String::new(),
            pointer => format!("at {pointer}: "),
        };
        Ending::Failed(format!("{place}: {at}want {want}, got {got}"))
    };
    match session.perform(&caller, &operation) {
        Ok(reply) => {
            let inner = inner(&reply).map_err(unusable)?;
            let next = step.judge(Ok(&inner), &session.symbols, codes).map_err(mismatch)?;
            step.bind_into(&inner, &mut session.symbols)
                .map_err(|error| Ending::Failed(format!("{place}: {error}")))?;
            Ok(next)
        }
        Err(Failure::Refused(refusal)) => {
            let next = step.judge(Err(&refusal), &session.symbols, codes).map_err(mismatch)?;
            if next == Next::Continue {
                let value = serde_json::to_value(&refusal).map_err(|e| unusable(e.to_string()))?;
                step.bind_into(&value, &mut session.symbols)
                    .map_err(|error| Ending::Failed(format!("{place}: {error}")))?;
            }
            Ok(next)
        }
        Err(Failure::Unsupported(reason)) => {
            Err(Ending::Failed(format!("{place}: {}", not_offered(&reason))))
        }
        Err(Failure::Broken(why)) => Err(Ending::Failed(format!("{place}: {why}"))),
    }
}

fn clipped(text: &str) -> String {
    const LIMIT: usize = 300;
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    text.chars().take(LIMIT).chain("...".chars()).collect()
}

fn inner(reply: &Reply) -> Result<Value, String> {
    let value = serde_json::to_value(reply).map_err(|error| error.to_string())?;
    let fields = value.as_object().and_then(|fields| fields.values().next());
    fields.cloned().ok_or_else(|| "the reply has no fields".to_owned())
}
