//! Failures: one call to KMS, to the storage or to the trail fails while an operation is performed,
//! each call in turn and in each way (spec/refusal.md, a part that fails).

mod judge;
mod subjects;
mod view;

use crate::case::{Area, Breadth, Case, Ending, Needs, Step, ending};
use crate::laws::{Mode, Setting, breach};
use crate::session::{Arena, Upload, pattern, unexpected};
use judge::Judge;
use sse_spec::{
    Capability, CompletedPart, FaultKind, FaultPoint, InjectFault, Operation, Outcome, Profile,
    Reply,
};
use subjects::{Subject, Writes, subjects};

/// What a case of a sweep looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// What replies show afterwards.
    State,
    /// What lies at rest afterwards.
    AtRest,
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in subjects() {
        for mode in subject.modes {
            for point in [FaultPoint::Kms, FaultPoint::Storage, FaultPoint::Trail] {
                if !subject.sweeps(*mode, point) {
                    continue;
                }
                cases.push(case(subject, *mode, point, Look::State));
                if subject.writes != Writes::Nothing && point != FaultPoint::Trail {
                    cases.push(case(subject, *mode, point, Look::AtRest));
                }
            }
        }
    }
    cases
}

fn word(point: FaultPoint) -> &'static str {
    match point {
        FaultPoint::Kms => "kms",
        FaultPoint::Storage => "storage",
        FaultPoint::Trail => "trail",
    }
}

fn case(subject: &'static Subject, mode: Mode, point: FaultPoint, look: Look) -> Case {
    let (name, word) = (subject.name, word(point));
    let (prefix, area, what) = match look {
        Look::State => ("", Area::Api, "answered or refused, old or new"),
        Look::AtRest => ("at-rest-", Area::AtRest, "with no plaintext at rest"),
    };
    // What changes no object is tried in one mode, which then says nothing.
    let mode_word =
        if subject.modes.len() > 1 { format!("-{}", mode.word()) } else { String::new() };
    let mut capabilities = vec![Capability::InjectFault];
    match (look, point) {
        (Look::AtRest, _) => capabilities.push(Capability::ReadAtRest),
        (Look::State, FaultPoint::Trail) => capabilities.push(Capability::Audit),
        _ => {}
    }
    Case {
        id: format!("failure/{prefix}{name}{mode_word}-{word}"),
        comment: format!("Each call to {word} that `{name}` makes fails in turn: it ends {what}."),
        requirements: subject.requirements(point, look).map(Into::into).to_vec(),
        profile: Profile::Laboratory,
        area,
        group: if subject.kms { subject.group } else { mode.group() },
        breadth: Breadth::Focused,
        family: "failure".into(),
        twin: None,
        needs: Needs {
            store: true,
            kms: subject.kms || point == FaultPoint::Trail,
            capabilities,
            ..Needs::default()
        },
        run: Box::new(move |arena| ending(sweep(arena, mode, subject, point, look))),
    }
}

/// A world with an object in it, and what a subject has made there.
struct Stage<'s, 'a> {
    setting: Setting<'s, 'a>,
    old: Vec<u8>,
    new: Vec<u8>,
    upload: Option<Upload>,
    parts: Vec<CompletedPart>,
    /// What KMS was asked for before: a blob and what it holds.
    blob: Option<(String, String)>,
}

impl<'s, 'a> Stage<'s, 'a> {
    fn new(arena: &'s Arena<'a>, mode: Mode, part: &str) -> Step<Self> {
        let mut setting = Setting::part_of(arena, mode, part)?;
        let old = pattern(arena.seed ^ 1100, setting.session.part_length(17_000))?;
        let new = pattern(arena.seed ^ 1101, setting.session.part_length(20_000))?;
        setting.put("old", &old)?;
        Ok(Self { setting, old, new, upload: None, parts: Vec::new(), blob: None })
    }

    /// The customer key of the stage.
    fn key(&self) -> String {
        self.setting.key.clone().unwrap_or_default()
    }
}

/// A sweep ends here where the target makes more calls.
const MOST_CALLS: u32 = 64;

fn sweep(
    arena: &Arena<'_>,
    mode: Mode,
    subject: &Subject,
    point: FaultPoint,
    look: Look,
) -> Step<()> {
    let judge = Judge::of(arena, mode, subject, look)?;
    for kind in [FaultKind::Unavailable, FaultKind::Timeout, FaultKind::Garbage] {
        for nth in 1..=MOST_CALLS {
            let what = format!("call {nth} to {} that fails as {kind:?}", word(point));
            let mut stage = Stage::new(arena, mode, &what)?;
            let operation = (subject.prepare)(&mut stage)?;
            let trial = judge.begin(&mut stage, &operation, what, point, kind)?;
            let (fired, outcome) = inject(&mut stage, point, nth, kind, operation)?;
            if fired {
                judge.end(&mut stage, &trial, &outcome)?;
                continue;
            }
            if nth == 1 && subject.calls(mode, point) {
                return Err(breach(format!(
                    "`{}` made no call to {}: nothing could fail",
                    subject.name,
                    word(point)
                )));
            }
            if let Outcome::Refused(refusal) = outcome {
                return Err(breach(format!(
                    "`{}` was refused although no call failed: {:?}",
                    subject.name, refusal.class
                )));
            }
            break;
        }
    }
    Ok(())
}

fn inject(
    stage: &mut Stage<'_, '_>,
    point: FaultPoint,
    nth: u32,
    kind: FaultKind,
    operation: Operation,
) -> Step<(bool, Outcome)> {
    let request = InjectFault { point, nth, kind, operation: Box::new(operation) };
    match stage.setting.session.must(request)? {
        Reply::InjectFault(reply) => Ok((reply.fired, reply.outcome)),
        other => {
            Err(Ending::Failed(format!("`InjectFault` was answered as {}", other.operation())))
        }
    }
}

/// Performs an operation whose failure is the caller's to judge, unless the target broke.
fn attempt(
    stage: &mut Stage<'_, '_>,
    operation: &Operation,
) -> Step<Result<Reply, sse_spec::Refusal>> {
    let caller = stage.setting.session.caller.clone();
    match stage.setting.session.perform(&caller, operation) {
        Ok(reply) => Ok(Ok(reply)),
        Err(crate::target::Failure::Refused(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(unexpected(operation.name(), &other)),
    }
}
