//! Exact accounting after the scenarios of the vectors: each is played against the target and, in
//! lockstep, against the malleable implementation, and trail and counts of the two are compared.

mod ledger;
#[cfg(test)]
mod tests;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, Budget, START, Session, settle_time};
use crate::target::{Failure, Target as _, World, WorldConfig};
use crate::zoo::Malleable;
use ledger::{Ledger, Names};
use serde_json::Value;
use sse_spec::{
    Caller, Capability, Description, GetKeyUsage, LookupEvents, Operation, Profile, Refusal, Reply,
};
use sse_vectors::scenario::{Next, Scenario, ScenarioFile, Settle, Step as ScenarioStep};
use sse_vectors::symbols::Symbols;
use std::sync::Arc;

/// One case for the scenarios of a file; none where no scenario of it uses KMS.
pub(crate) fn case(file: &ScenarioFile) -> Option<Case> {
    let scenarios: Vec<Scenario> = file.scenarios.iter().filter(|one| fits(one)).cloned().collect();
    if scenarios.is_empty() {
        return None;
    }
    let scenarios: Arc<[Scenario]> = scenarios.into();
    Some(Case {
        id: format!("accounting/{}/{}", file.stem, file.family),
        comment: "After every scenario of the file, trail and counts hold what was asked of KMS, \
                  and nothing else."
            .into(),
        requirements: vec!["audit.entry.one-per-request".into(), "kms.usage.by-operation".into()],
        profile: Profile::Core,
        area: Area::Api,
        group: Group::Audit,
        breadth: Breadth::Broad,
        family: "accounting".into(),
        twin: None,
        needs: Needs {
            store: true,
            kms: true,
            capabilities: vec![Capability::Audit, Capability::Usage],
            ..Needs::default()
        },
        run: Box::new(move |arena| ending(all(arena, &scenarios))),
    })
}

/// Whether core can account for the scenario: it neither looks at rest nor damages anything.
fn fits(scenario: &Scenario) -> bool {
    const OTHER: [Capability; 6] = [
        Capability::ReadAtRest,
        Capability::WriteAtRest,
        Capability::InjectFault,
        Capability::ListDataKeys,
        Capability::Format,
        Capability::SuppliedKms,
    ];
    matches!(scenario.profile, Profile::Core | Profile::Laboratory)
        && !scenario.needs.iter().any(|need| OTHER.contains(need))
}

/// Of how many scenarios one is played where little is spent.
const SPARING: u32 = 4;

fn all(arena: &Arena<'_>, scenarios: &[Scenario]) -> Step<()> {
    let cases = arena.budget.property_cases.max(1);
    let stride = usize::try_from((Budget::FULL.property_cases / cases).clamp(1, SPARING));
    let (mut offered, mut compared) = (0_u32, 0_u32);
    for (index, scenario) in scenarios.iter().enumerate().step_by(stride.unwrap_or(1)) {
        let needs = scenario.needs.iter().all(|need| arena.description.offers(*need));
        let account = arena.description.other_account.is_some();
        let bounded = arena.description.limits.part_bytes > 0 || !scenario.needs_smallest_part();
        if !needs || !bounded || scenario.needs_other_account() && !account {
            continue;
        }
        offered += 1;
        arena.transcript.borrow_mut().clear();
        let ended = one(arena, scenario, index).map_err(|ending| match ending {
            Ending::Failed(reason) => Ending::Failed(format!("`{}`: {reason}", scenario.id)),
            other => other,
        })?;
        compared += u32::from(ended);
    }
    match (offered, compared) {
        (0, _) => Err(Ending::Skipped("the target does not offer what the scenarios need".into())),
        (_, 0) => Err(Ending::Inconclusive(
            "no scenario of the file ended as it should, so that nothing was compared".into(),
        )),
        _ => Ok(()),
    }
}

/// One world and its symbols on either side.
struct Twin {
    world: Box<dyn World>,
    symbols: Symbols,
    names: Names,
}

impl Twin {
    fn open(part: &str) -> Step<Self> {
        let target = Malleable::new();
        let config = WorldConfig { id: part.to_owned(), start: START, kms: None };
        let world = target.open(&config).map_err(|broken| Ending::Unusable(broken.to_string()))?;
        let description = target.describe();
        let root = format!("arn:aws:iam::{}:root", description.account);
        let other = description.other_account.as_deref();
        let (account, region) = (&description.account, &description.region);
        let symbols =
            Symbols::new(part, account, other, region, &root, description.limits.part_bytes);
        Ok(Self { world, symbols, names: Names::new(&description, part) })
    }

    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Step<Result<Reply, Refusal>> {
        match self.world.perform(caller, operation) {
            Ok(reply) => Ok(Ok(reply)),
            Err(Failure::Refused(refused)) => Ok(Err(refused)),
            Err(failure) => Err(Ending::Unusable(format!("the twin: {failure:?}"))),
        }
    }
}

/// Plays a scenario on both sides; false where there was nothing to compare in the end.
fn one(arena: &Arena<'_>, scenario: &Scenario, index: usize) -> Step<bool> {
    let mut session = arena.open(&format!("accounting {index}"))?;
    let mut names = Names::new(arena.description, &session.id);
    let mut twin = Twin::open("twin")?;
    let mut ledger = Ledger::default();
    for step in &scenario.steps {
        if matches!(step.operation(), "LookupEvents" | "GetKeyUsage") && step.bind.is_empty() {
            continue;
        }
        if let Some(settle) = step.settle {
            session.settle(settle);
        }
        if !both(&mut session, &mut names, &mut twin, &mut ledger, step)? {
            return Ok(false);
        }
    }
    std::thread::sleep(settle_time(arena.description, Settle::Audit));
    compare(&mut session, &names, &mut twin, &mut ledger, arena.description)?;
    Ok(true)
}

/// Performs a step on both sides; false where the two went different ways that are both right, or
/// where the target went wrong, which the scenario's own case says.
fn both(
    session: &mut Session<'_, '_>,
    names: &mut Names,
    twin: &mut Twin,
    ledger: &mut Ledger,
    step: &ScenarioStep,
) -> Step<bool> {
    let (caller, operation) = request(step, &session.symbols)?;
    let here = match session.perform(&caller, &operation) {
        Ok(reply) => Ok(reply),
        Err(Failure::Refused(refused)) => Err(refused),
        Err(_) => return Ok(false),
    };
    let (other, asked) = request(step, &twin.symbols)?;
    let there = twin.perform(&other, &asked)?;
    let same = match (&here, &there) {
        (Ok(_), Ok(_)) => true,
        (Err(one), Err(two)) => one.class.kind() == two.class.kind(),
        _ => false,
    };
    if !same || !judged(step, here.as_ref(), &session.symbols) {
        return Ok(false);
    }
    ledger.note(&asked, &twin.names.plain(&other.principal), there.as_ref().err());
    names.learn(here.as_ref().ok());
    twin.names.learn(there.as_ref().ok());
    Ok(bind(step, &here, &mut session.symbols) && bind(step, &there, &mut twin.symbols))
}

fn request(step: &ScenarioStep, symbols: &Symbols) -> Step<(Caller, Operation)> {
    let principal = step.principal(symbols).map_err(Ending::Unusable)?;
    let caller = Caller { principal, secure_transport: step.secure_transport };
    Ok((caller, step.request(symbols).map_err(Ending::Unusable)?))
}

/// Whether the scenario goes on from here.
fn judged(step: &ScenarioStep, outcome: Result<&Reply, &Refusal>, symbols: &Symbols) -> bool {
    let judged = match outcome {
        Ok(reply) => {
            let Some(inner) = inner(reply) else { return false };
            step.judge(Ok(&inner), symbols, false)
        }
        Err(refused) => step.judge(Err(refused), symbols, false),
    };
    judged.is_ok_and(|next| next == Next::Continue)
}

fn bind(step: &ScenarioStep, outcome: &Result<Reply, Refusal>, symbols: &mut Symbols) -> bool {
    let value = match outcome {
        Ok(reply) => inner(reply),
        Err(refused) => serde_json::to_value(refused).ok(),
    };
    value.is_some_and(|value| step.bind_into(&value, symbols).is_ok())
}

fn inner(reply: &Reply) -> Option<Value> {
    serde_json::to_value(reply).ok()?.as_object()?.values().next().cloned()
}

/// Compares trail and counts of each account.
fn compare(
    session: &mut Session<'_, '_>,
    names: &Names,
    twin: &mut Twin,
    ledger: &mut Ledger,
    description: &Description,
) -> Step<()> {
    let theirs = Malleable::new().describe();
    let accounts = [
        (Some(&description.account), Some(&theirs.account)),
        (description.other_account.as_ref(), theirs.other_account.as_ref()),
    ];
    let mut callers = Vec::new();
    for accounts in accounts {
        let (Some(here), Some(there)) = accounts else { continue };
        let caller = |account: &str| Caller::new(format!("arn:aws:iam::{account}:root"));
        let (here, there) = (caller(here), caller(there));
        let events: Operation = LookupEvents {}.into();
        let want = twin.perform(&there, &events)?;
        let got = session.perform(&here, &events);
        if let (Ok(Reply::LookupEvents(want)), Ok(Reply::LookupEvents(got))) = (want, got) {
            ledger.settle(&want.events);
            let account = names.plain(&here.principal);
            let want = ledger.entries(&twin.names, &account, &want.events);
            let got = ledger.entries(names, &account, &got.events);
            ledger::same("trail", &account, &want, &got).map_err(Ending::Failed)?;
        }
        callers.push((here, there));
    }
    for (here, there) in callers {
        let usage: Operation = GetKeyUsage {}.into();
        let want = twin.perform(&there, &usage)?;
        let got = session.perform(&here, &usage);
        if let (Ok(Reply::GetKeyUsage(want)), Ok(Reply::GetKeyUsage(got))) = (want, got) {
            let account = names.plain(&here.principal);
            let want = ledger.counts(&twin.names, &want);
            let got = ledger.counts(names, &got);
            ledger::same("usage", &account, &want, &got).map_err(Ending::Failed)?;
        }
    }
    Ok(())
}
