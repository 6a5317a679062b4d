//! Static checks of the scenarios, without any target: each is played once against samples of its
//! own expectations (spec/decisions/vocabulary.md, scenarios).

use super::{Scenario, ScenarioFile, Step, twin_difference};
use crate::matcher::{matches, sample::sample};
use crate::symbols::{Symbols, WORLD_NAMES};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_spec::{Capability, Plane, Reply};
use std::collections::{BTreeMap, BTreeSet};

/// Finds every fault in scenario files; `files` are paths below `data/` and what they hold.
#[must_use]
pub fn check(files: &[(String, ScenarioFile)]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut by_id: BTreeMap<&str, &Scenario> = BTreeMap::new();
    for (name, file) in files {
        if *name != format!("{}/{}.json", file.stem, file.family) {
            findings.push(format!("{name}: stem or family does not agree with the path"));
        }
        findings.extend(notes(file).into_iter().map(|fault| format!("{name}: {fault}")));
        for scenario in &file.scenarios {
            if by_id.insert(&scenario.id, scenario).is_some() {
                findings.push(format!("{name}: {}: the id is not unique", scenario.id));
            }
            let faults = header(file, scenario).into_iter().chain(play(scenario).err());
            findings.extend(faults.map(|fault| format!("{name}: {}: {fault}", scenario.id)));
        }
    }
    for scenario in by_id.values() {
        let fault = twin(scenario, &by_id).err();
        findings.extend(fault.map(|fault| format!("{}: twin: {fault}", scenario.id)));
    }
    findings
}

/// The part of the vocabulary an operation belongs to.
pub(super) fn plane(operation: &str) -> Option<Plane> {
    const FIXTURE: &[&str] = &[
        "CreatePrincipal",
        "PutIdentityPolicy",
        "DeleteIdentityPolicy",
        "LookupEvents",
        "GetKeyUsage",
    ];
    const FORMAT: &[&str] =
        &["EncodeContext", "WrapDataKey", "UnwrapDataKey", "SealObject", "OpenObject"];
    let names = sse_spec::Operation::NAMES;
    let place = |name: &str| names.iter().position(|known| *known == name);
    let at = place(operation)?;
    Some(if FIXTURE.contains(&operation) {
        Plane::Fixture
    } else if FORMAT.contains(&operation) {
        Plane::Format
    } else if Some(at) < place("CreateKey") {
        Plane::Data
    } else if Some(at) < place("CreatePrincipal") {
        Plane::Kms
    } else {
        Plane::Laboratory
    })
}

fn notes(file: &ScenarioFile) -> Vec<String> {
    let used: BTreeSet<&String> = file.scenarios.iter().flat_map(|one| &one.flags).collect();
    let known: BTreeSet<&String> = file.notes.keys().collect();
    let unknown = used.difference(&known).map(|flag| format!("flag `{flag}` has no note"));
    let idle = known.difference(&used).map(|flag| format!("no scenario has the flag `{flag}`"));
    let mut faults: Vec<String> = unknown.chain(idle).collect();
    if file.source.trim().is_empty() {
        faults.push("no source".to_owned());
    }
    faults
}

fn header(file: &ScenarioFile, scenario: &Scenario) -> Vec<String> {
    let slug = scenario.id.strip_prefix(&format!("{}/", file.stem)).unwrap_or_default();
    let is_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let requirements: BTreeSet<&String> = scenario.requirements.iter().collect();
    let needs: BTreeSet<Capability> = scenario.needs.iter().copied().collect();
    let missing = needed(scenario).difference(&needs).map(|need| format!("{need:?}")).collect();
    let missing: Vec<String> = missing;
    [
        (slug.is_empty() || !slug.bytes().all(is_slug), "the id is not `stem/slug`"),
        (requirements.is_empty(), "no requirement"),
        (requirements.len() != scenario.requirements.len(), "a requirement twice"),
        (scenario.comment.trim().is_empty(), "no comment"),
        (scenario.steps.is_empty(), "no step"),
        (scenario.is_negative() && scenario.twin.is_none(), "a refusal without a twin"),
    ]
    .into_iter()
    .filter(|(is_fault, _)| *is_fault)
    .map(|(_, fault)| fault.to_owned())
    .chain((!missing.is_empty()).then(|| format!("needs lacks {}", missing.join(", "))))
    .collect()
}

/// The capabilities that the steps use.
pub(crate) fn needed(scenario: &Scenario) -> BTreeSet<Capability> {
    let names = scenario.steps.iter().flat_map(Step::operations);
    names
        .filter_map(|name| match name {
            "CreatePrincipal" | "PutIdentityPolicy" | "DeleteIdentityPolicy" => {
                Some(Capability::Principals)
            }
            "LookupEvents" => Some(Capability::Audit),
            "GetKeyUsage" => Some(Capability::Usage),
            "ReadAtRest" => Some(Capability::ReadAtRest),
            "WriteAtRest" => Some(Capability::WriteAtRest),
            "AdvanceClock" => Some(Capability::Clock),
            "InjectFault" => Some(Capability::InjectFault),
            "RotateServiceKey" => Some(Capability::RotateServiceKey),
            "Restart" => Some(Capability::Restart),
            "ListDataKeys" => Some(Capability::ListDataKeys),
            other => (plane(other) == Some(Plane::Format)).then_some(Capability::Format),
        })
        .collect()
}

/// Plays a scenario against samples of its own expectations, so that operations, patterns and
/// bindings are seen to fit the vocabulary and each other.
fn play(scenario: &Scenario) -> Result<(), String> {
    let root = "arn:aws:iam::111122223333:root";
    let mut symbols =
        Symbols::new("world", "111122223333", Some("444455556666"), "us-east-1", root, 0);
    let mut bound = BTreeSet::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        for name in step.bind.keys() {
            if WORLD_NAMES.contains(&name.as_str()) || !bound.insert(name) {
                return Err(format!("step {index}: `{name}` is bound twice"));
            }
        }
        play_step(step, &mut symbols).map_err(|fault| format!("step {index}: {fault}"))?;
    }
    Ok(())
}

fn play_step(step: &Step, symbols: &mut Symbols) -> Result<(), String> {
    step.principal(symbols)?;
    step.request(symbols)?;
    if let Some(refused) = &step.expect.refused {
        let kinds: BTreeSet<_> = refused.kinds.iter().copied().collect();
        if kinds.is_empty() || kinds.len() != refused.kinds.len() {
            return Err("no kind of refusal, or one twice".to_owned());
        }
        if refused.class.is_some_and(|class| !kinds.contains(&class.kind())) {
            return Err("the class is of none of the kinds".to_owned());
        }
        let explained = refused.because.keys().copied().collect::<BTreeSet<_>>();
        if (kinds.len() > 1 || !explained.is_empty()) && explained != kinds {
            return Err("each of several kinds needs its requirement".to_owned());
        }
        if let Some(name) = &refused.same_as {
            symbols.resolve(&Value::String(name.clone()))?;
        }
    }
    let Some(pattern) = &step.expect.reply else {
        let refusal = json!({"class": "access-denied", "code": "Code", "status": 400});
        return match step.expect.refused {
            Some(_) => step.bind_into(&refusal, symbols),
            None => Err("neither a reply nor a refusal is expected".to_owned()),
        };
    };
    let reply = sample(step.operation(), pattern, symbols)?;
    Reply::deserialize(json!({ step.operation(): reply }))
        .map_err(|error| format!("the pattern is no reply: {error}"))?;
    matches(step.operation(), pattern, &reply, symbols)
        .map_err(|mismatch| format!("the pattern does not match its own sample: {mismatch}"))?;
    step.bind_into(&reply, symbols)
}

fn twin(scenario: &Scenario, by_id: &BTreeMap<&str, &Scenario>) -> Result<(), String> {
    let Some(id) = &scenario.twin else { return Ok(()) };
    let twin = by_id.get(id.as_str()).ok_or_else(|| format!("`{id}` does not exist"))?;
    if twin.is_negative() {
        return Err(format!("`{id}` is refused, too"));
    }
    twin_difference(scenario, twin).map(drop)
}
