//! Scenarios: symbolic steps with expectations, as strict serde types
//! (spec/decisions/vocabulary.md, scenarios).

mod check;
mod twin;

pub use check::check;
#[cfg(feature = "builder")]
pub(crate) use check::needed;
pub use twin::{Difference, twin_difference};

use crate::matcher::{Mismatch, matches};
use crate::symbols::Symbols;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sse_spec::{Capability, Class, Kind, Operation, Plane, Profile, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// One file of scenarios, `data/<stem>/<family>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The form of the file.
    pub schema: Schema,
    /// Stem of the document whose requirements the file checks.
    pub stem: String,
    /// What the scenarios have in common; name of the file without its extension.
    pub family: String,
    /// Public sources of the expectations.
    pub source: String,
    /// What each flag means.
    pub notes: BTreeMap<String, Note>,
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
}

/// The form of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The first and only one.
    #[serde(rename = "scenario/1")]
    Scenario1,
}

/// What a flag means: the kind of fault that its scenarios look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Class of the fault, for example `confidentiality`.
    pub bug_class: String,
    /// What an implementation does wrong.
    pub description: String,
    /// What follows for the user.
    pub effect: String,
    /// Public reports of such a fault.
    pub links: Vec<String>,
}

/// Group of the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Objects under the store's own keys.
    SseS3,
    /// Objects under KMS keys.
    SseKms,
    /// Default encryption of a bucket.
    BucketDefault,
    /// What KMS encrypts and decrypts.
    KmsCrypto,
    /// States of keys.
    KeyLifecycle,
    /// New material for a key.
    Rotation,
    /// Who may.
    Policy,
    /// What is recorded and counted.
    Audit,
}

/// One scenario: steps in one world, each with its expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Stable id, `stem/slug`.
    pub id: String,
    /// The requirements that the scenario checks.
    pub requirements: Vec<String>,
    /// Profile of the strongest of them.
    pub profile: Profile,
    /// Group of the verdict.
    pub group: Group,
    /// Flags, each explained in the file's notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// What is done and why, for people.
    pub comment: String,
    /// The scenario that differs in one place and succeeds; mandatory where the last step expects
    /// a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// Capabilities without which the scenario is skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Capability>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step: who performs what, and how it has to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// ARN of the caller; symbols allowed.
    #[serde(default = "root", skip_serializing_if = "is_root")]
    pub caller: String,
    /// Whether the request comes over TLS.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub secure_transport: bool,
    /// One operation as the vocabulary writes it; symbols allowed in its strings.
    pub perform: Value,
    /// How it has to end.
    pub expect: Expect,
    /// Names bound to values of the reply, or of the refusal, by JSON pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bind: BTreeMap<String, String>,
    /// The settle time within which the expectation has to hold; without it, at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Settle>,
}

/// Which of a target's settle times a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settle {
    /// Policies and principals.
    Policy,
    /// State of a key.
    KeyState,
    /// Rotation of a key.
    Rotation,
    /// Settings of a bucket.
    Bucket,
    /// Entries of the trail and counts of usage.
    Audit,
}

/// How a step has to end: with a reply, with a refusal, or, where both are given, with either; a
/// refusal then ends the scenario, as its later steps have no reply to build on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Pattern of the reply's inner value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Value>,
    /// The refusals that are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// The refusals that a step accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The kinds accepted.
    pub kinds: Vec<Kind>,
    /// The class, where the requirement names one; profile `reference` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The requirement that allows each kind, where there is more than one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub because: BTreeMap<Kind, String>,
    /// Code and status of AWS; compared in profile `aws` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsRefusal>,
    /// Symbol of an earlier refusal, bound by the empty pointer, that this one has to equal in
    /// class, code and status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
}

/// What AWS answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsRefusal {
    /// Error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// HTTP status.
    pub status: u16,
}

/// What a runner does after a step that ended as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Goes on with the next step.
    Continue,
    /// Ends the scenario, which has passed.
    End,
}

fn root() -> String {
    "${root}".to_owned()
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

fn is_root(caller: &str) -> bool {
    caller == "${root}"
}

impl Scenario {
    /// The parts of the vocabulary that the steps use: `Data` needs a store, `Kms` a KMS.
    #[must_use]
    pub fn planes(&self) -> BTreeSet<Plane> {
        let mut planes = BTreeSet::new();
        for step in &self.steps {
            for name in step.operations() {
                planes.extend(check::plane(name));
            }
        }
        planes
    }

    /// Whether the steps act in a second account.
    #[must_use]
    pub fn needs_other_account(&self) -> bool {
        serde_json::to_string(&self.steps).is_ok_and(|steps| steps.contains("${other_"))
    }

    /// Whether the steps count on a part that is too small, which no part is where the target
    /// declares no smallest one.
    #[must_use]
    pub fn needs_smallest_part(&self) -> bool {
        let refused = |step: &Step| {
            step.expect.refused.as_ref().is_some_and(|refused| {
                let code = refused.aws.as_ref().and_then(|aws| aws.code.as_deref());
                refused.class == Some(Class::EntityTooSmall) || code == Some("EntityTooSmall")
            })
        };
        self.requirements.iter().any(|id| id == "sse.multipart.part-too-small")
            || self.steps.iter().any(refused)
    }

    /// Whether the last step accepts nothing but a refusal.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.steps.last().is_some_and(|step| step.expect.reply.is_none())
    }
}

impl Step {
    /// Name of the operation performed; empty where `perform` is no operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.operations().next().unwrap_or_default()
    }

    /// Names of the operation and of those it wraps, outermost first.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &str> {
        let first = self.perform.as_object().and_then(|fields| fields.iter().next());
        std::iter::successors(first, |(_, request)| {
            request.get("operation")?.as_object()?.iter().next()
        })
        .map(|(name, _)| name.as_str())
    }

    /// The operation to perform, its symbols resolved.
    ///
    /// # Errors
    /// A text that names the unknown symbol or the illegal field.
    pub fn request(&self, symbols: &Symbols) -> Result<Operation, String> {
        let request = symbols.resolve(&self.perform)?;
        Operation::deserialize(&request).map_err(|error| format!("`{}`: {error}", self.operation()))
    }

    /// The caller's ARN, its symbols resolved.
    ///
    /// # Errors
    /// A text that names the unknown symbol.
    pub fn principal(&self, symbols: &Symbols) -> Result<String, String> {
        match symbols.resolve(&Value::String(self.caller.clone()))? {
            Value::String(principal) => Ok(principal),
            other => Err(format!("`{}` stands for {other}, no ARN", self.caller)),
        }
    }

    /// Judges how the step ended: `outcome` is the inner value of the reply, or the refusal.
    /// `codes` says whether AWS's codes and statuses are compared.
    ///
    /// # Errors
    /// The [`Mismatch`].
    pub fn judge(
        &self,
        outcome: Result<&Value, &Refusal>,
        symbols: &Symbols,
        codes: bool,
    ) -> Result<Next, Mismatch> {
        match (outcome, &self.expect.reply, &self.expect.refused) {
            (Ok(reply), Some(pattern), _) => {
                matches(self.operation(), pattern, reply, symbols)?;
                Ok(Next::Continue)
            }
            (Err(refusal), other, Some(refused)) => {
                refused.judge(refusal, symbols, codes)?;
                Ok(if other.is_some() { Next::End } else { Next::Continue })
            }
            (Ok(_), None, _) => Err(unexpected("a refusal", "a reply".to_owned())),
            (Err(refusal), _, None) => Err(unexpected("a reply", describe(refusal))),
        }
    }

    /// Binds the step's names to values of how it ended.
    ///
    /// # Errors
    /// A text that names the pointer which leads nowhere.
    pub fn bind_into(&self, ended: &Value, symbols: &mut Symbols) -> Result<(), String> {
        for (name, pointer) in &self.bind {
            let value = ended
                .pointer(pointer)
                .ok_or_else(|| format!("nothing at `{pointer}` to bind `{name}` to"))?;
            symbols.bind(name, value.clone());
        }
        Ok(())
    }
}

impl Refused {
    fn wanted(&self) -> String {
        self.class.map_or_else(
            || format!("a refusal of {:?}", self.kinds),
            |class| format!("a refusal of class {class:?}"),
        )
    }

    fn judge(&self, got: &Refusal, symbols: &Symbols, codes: bool) -> Result<(), Mismatch> {
        let class = self.class.is_none_or(|class| class == got.class);
        if !class || !self.kinds.contains(&got.class.kind()) {
            return Err(unexpected(&self.wanted(), describe(got)));
        }
        if let Some(name) = &self.same_as {
            let first = symbols.resolve(&Value::String(name.clone()));
            let first = first.and_then(|value| {
                Refusal::deserialize(&value).map_err(|error| format!("`{name}`: {error}"))
            });
            let first = first.map_err(|error| unexpected(&error, describe(got)))?;
            if (first.class, &first.code, first.status) != (got.class, &got.code, got.status) {
                return Err(unexpected(&describe(&first), describe(got)));
            }
        }
        if let Some(aws) = self.aws.as_ref().filter(|_| codes) {
            let code = aws.code.as_ref().is_none_or(|code| *code == got.code);
            if !code || aws.status != got.status {
                let code = aws.code.as_deref().unwrap_or("any code");
                return Err(unexpected(&format!("{code}, {}", aws.status), describe(got)));
            }
        }
        Ok(())
    }
}

fn describe(refusal: &Refusal) -> String {
    format!("refusal {:?}, `{}`, {}", refusal.class, refusal.code, refusal.status)
}

fn unexpected(want: &str, got: String) -> Mismatch {
    Mismatch { pointer: String::new(), want: want.to_owned(), got }
}

impl ScenarioFile {
    /// Reads a file; `name` is its path below `data/`.
    ///
    /// # Errors
    /// A text that names file, line and column.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
    }
}

#[cfg(test)]
mod tests;
