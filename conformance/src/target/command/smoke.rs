//! A walk through every kind of message, for the author of an adapter.

mod keys;
mod objects;

use super::line::{Line, Trouble};
use super::sink::Sink;
use super::{Settings, Validator};
use crate::case::capability_word;
use crate::session::json_line;
use crate::target::{Failure, protocol};
use sse_spec::{
    AdvanceClock, Caller, Capability, Description, EncodeContext, FaultKind, FaultPoint,
    GetKeyUsage, InjectFault, ListDataKeys, ListKeys, LookupEvents, Operation, ReadAtRest, Reply,
    Restart, RotateServiceKey,
};
use std::io::Read;
use std::sync::Arc;

/// How a walk through the messages went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoked {
    /// Every step gave what was expected.
    Well,
    /// The protocol was kept, and a step gave something else; `run` says what that breaks.
    Otherwise,
    /// A rule was broken.
    Broken,
}

/// Walks through every kind of message and tells of each step in one line.
///
/// # Errors
/// A text for people where the embedded schema cannot be read.
pub fn smoke(settings: &Settings, tell: &mut dyn FnMut(&str)) -> Result<Smoked, String> {
    let validator = match settings.validate {
        true => Some(Arc::new(Validator::new()?)),
        false => None,
    };
    let (line, description) = match Line::start(settings, validator) {
        Ok(started) => started,
        Err(broken) => {
            tell(&format!("FAIL  start                 {}", broken.cause()));
            broken.last_notes().iter().for_each(|line| tell(line));
            return Ok(Smoked::Broken);
        }
    };
    let Description { name, version, capabilities, .. } = &description;
    let count = capabilities.len();
    tell(&format!("ok    start                 {name} {version}, {count} capabilities"));
    let unique = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_micros());
    let mut walk = Walk {
        line,
        caller: Caller::new(format!("arn:aws:iam::{}:root", description.account)),
        worlds: [format!("smoke-{unique:x}-1"), format!("smoke-{unique:x}-2")],
        bucket: format!("smoke-{unique:x}"),
        key: None,
        description,
        tell,
        smoked: Smoked::Well,
    };
    if let Err(Ended) = walk.all() {
        (walk.tell)("the child was ended; the steps behind this one were not tried");
    }
    if walk.smoked == Smoked::Otherwise {
        (walk.tell)("`other`: the protocol is kept; what these break, `run` says");
    }
    Ok(walk.smoked)
}

/// The child broke a rule.
struct Ended;

/// Why a step did not go well.
enum Wrong {
    /// No answer could be had.
    Trouble(Trouble),
    /// The answer is legal, and another than the step asks for.
    Other(String),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::Other(what)
    }
}

impl From<&str> for Wrong {
    fn from(what: &str) -> Self {
        Self::Other(what.to_owned())
    }
}

type Seen = Result<String, Wrong>;

struct Walk<'a> {
    line: Line,
    caller: Caller,
    worlds: [String; 2],
    /// Name of the bucket, before the world's number.
    bucket: String,
    /// ARN of the key that was made.
    key: Option<String>,
    description: Description,
    tell: &'a mut dyn FnMut(&str),
    smoked: Smoked,
}

impl Walk<'_> {
    /// Every step, in order.
    fn all(&mut self) -> Result<(), Ended> {
        self.step("open", "two worlds are open at once", |walk| {
            for world in walk.worlds.clone() {
                walk.line.open(&world, crate::session::START)?;
            }
            Ok("two worlds".into())
        })?;
        if self.description.role.is_kms() {
            self.keys()?;
        }
        if self.description.role.is_store() {
            self.objects()?;
        }
        self.step("skipped", "what is not declared is skipped", |walk| {
            let Some((capability, operation)) = walk.undeclared() else {
                return Ok("not tried: everything is declared".into());
            };
            let word = capability_word(capability);
            match walk.perform(0, &operation) {
                Err(Trouble::Failed(Failure::Unsupported(_))) => {
                    Ok(format!("{}, since `{word}` is not declared", operation.name()))
                }
                Err(trouble) => Err(trouble.into()),
                Ok(_) => Err(format!("`{}` was performed", operation.name()).into()),
            }
        })?;
        self.step("close", "both worlds are closed", |walk| {
            for world in walk.worlds.clone() {
                walk.line.close(&world)?;
            }
            Ok("both worlds".into())
        })?;
        let last = self.step("shutdown", "the child ends with 0 within 5 s", |walk| {
            walk.line.shutdown()?;
            Ok("the child ended with 0".into())
        });
        // Nothing stands behind this step.
        last.or(Ok(()))
    }

    /// One step, told in one line.
    fn step(
        &mut self,
        name: &str,
        expected: &str,
        take: impl FnOnce(&mut Self) -> Seen,
    ) -> Result<(), Ended> {
        let what = match take(self) {
            Ok(seen) => {
                (self.tell)(format!("ok    {name:<22}{seen}").trim_end());
                return Ok(());
            }
            Err(Wrong::Trouble(Trouble::Broke(broken))) => {
                self.smoked = Smoked::Broken;
                let cause = broken.cause();
                (self.tell)(&format!("FAIL  {name:<22}{cause}; expected: {expected}"));
                broken.last_notes().iter().for_each(|line| (self.tell)(line));
                return Err(Ended);
            }
            Err(Wrong::Trouble(Trouble::Failed(failure))) => told(&failure),
            Err(Wrong::Other(what)) => what,
        };
        self.smoked = Smoked::Otherwise;
        (self.tell)(&format!("other {name:<22}{what}; expected: {expected}"));
        Ok(())
    }

    fn perform(&mut self, world: usize, operation: &Operation) -> Result<Reply, Trouble> {
        let mut sink = Sink::keep();
        let world = self.worlds.get(world).map(String::as_str).unwrap_or_default();
        let mut reply = self.line.perform(world, &self.caller, operation, &mut sink)?;
        if let Reply::GetObject(got) = &mut reply {
            sink.finish(got).map_err(Trouble::Failed)?;
        }
        Ok(reply)
    }

    fn perform_chunked(
        &mut self,
        operation: protocol::Chunked<'_>,
        body: &mut dyn Read,
    ) -> Result<Reply, Trouble> {
        let [world, _] = &self.worlds;
        self.line.perform_chunked(world, &self.caller, operation, body)
    }

    /// An operation of a capability that was not declared.
    fn undeclared(&self) -> Option<(Capability, Operation)> {
        let inner = Box::new(ListKeys {}.into());
        let (point, kind) = (FaultPoint::Kms, FaultKind::Unavailable);
        let all: [(Capability, Operation); 9] = [
            (Capability::InjectFault, InjectFault { point, nth: 1, kind, operation: inner }.into()),
            (Capability::ListDataKeys, ListDataKeys {}.into()),
            (Capability::RotateServiceKey, RotateServiceKey {}.into()),
            (Capability::Restart, Restart {}.into()),
            (Capability::Clock, AdvanceClock { seconds: 1 }.into()),
            (Capability::ReadAtRest, ReadAtRest {}.into()),
            (Capability::Format, EncodeContext { pairs: Vec::new() }.into()),
            (Capability::Usage, GetKeyUsage {}.into()),
            (Capability::Audit, LookupEvents {}.into()),
        ];
        all.into_iter().find(|(capability, _)| !self.description.offers(*capability))
    }
}

/// A failure in words.
fn told(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => format!("refused: {}", json_line(refusal)),
        Failure::Unsupported(reason) => format!("skipped: {reason}"),
        Failure::Broken(what) => what.clone(),
    }
}

/// A refusal that is wanted.
fn refused(result: Result<Reply, Trouble>, operation: &str) -> Result<sse_spec::Refusal, Wrong> {
    match result {
        Err(Trouble::Failed(Failure::Refused(refusal))) => Ok(refusal),
        Err(trouble) => Err(trouble.into()),
        Ok(_) => Err(format!("`{operation}` was performed").into()),
    }
}
