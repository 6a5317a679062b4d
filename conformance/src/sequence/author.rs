//! The author: turns acts into a scenario, by asking the oracle what has to come of each; a step
//! whose outcome the specification leaves open is left out.

mod closing;
mod data;
mod doubt;
mod keys;
mod pattern;

use super::act::Act;
use super::carrier::Carrier;
use doubt::Doubts;
use serde_json::{Value, json};
use sse_spec::{Caller, Capability, Class, Description, Kind, Operation, Refusal, Reply};
use sse_vectors::oracle::{Setting, root_of};
use sse_vectors::scenario::{Expect, Group, Refused, Scenario, Settle, Step};
use sse_vectors::symbols::Symbols;
use std::collections::{BTreeMap, BTreeSet};

/// Name of the world that the author imagines; no text of a scenario holds it.
const WORLD: &str = "imagined";
/// Its clock's start.
const START: u64 = 1_767_225_600;

/// The author at work.
pub(super) struct Author<'a> {
    target: &'a Description,
    carrier: Carrier,
    symbols: Symbols,
    /// What the author's own ids are called, the longest first.
    names: BTreeMap<std::cmp::Reverse<(usize, String)>, String>,
    steps: Vec<Step>,
    made: BTreeSet<String>,
    keys: BTreeMap<u8, Key>,
    counter: BTreeMap<&'static str, u32>,
    blobs: Vec<Blob>,
    uploads: Vec<Upload>,
    touched: BTreeSet<(u8, u8)>,
    bodies: BTreeMap<(u8, u8), Vec<Piece>>,
    doubts: Doubts,
    moved: bool,
}

/// A key in its slot.
#[derive(Clone)]
struct Key {
    /// Symbols of its ARN and id.
    arn: String,
    id: String,
}

/// A blob that a step made.
#[derive(Clone)]
struct Blob {
    symbol: String,
    context: u8,
    key: String,
    plain: Option<Value>,
}

/// An upload that a step began.
#[derive(Clone)]
struct Upload {
    symbol: String,
    at: (u8, u8),
    parts: BTreeMap<u8, (String, Piece)>,
    state: UploadState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum UploadState {
    Open,
    Aborted,
    Completed,
}

/// Bytes of an object that were sent together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    seed: u64,
    /// `None`: as long as a part has to be.
    len: Option<u64>,
}

/// What a step adds to what is common to all.
#[derive(Default)]
struct Extra {
    bind: BTreeMap<String, String>,
    /// Patterns put into the reply's pattern, by the names of its fields.
    replaced: Vec<(&'static str, Value)>,
}

impl Extra {
    fn bind(names: &[(&str, &str)]) -> Self {
        let owned = names.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned()));
        Self { bind: owned.collect(), replaced: Vec::new() }
    }
}

/// Writes the scenario of `acts` for a target of this description.
pub(super) fn write(target: &Description, acts: &[Act]) -> Scenario {
    let mut author = Author::new(target);
    for act in acts {
        author.act(act);
    }
    author.read_back();
    author.close();
    author.scenario()
}

impl<'a> Author<'a> {
    fn new(target: &'a Description) -> Self {
        let accounts = [Some(target.account.clone()), target.other_account.clone()];
        let part_bytes = target.limits.part_bytes;
        let setting = Setting {
            region: target.region.clone(),
            accounts: accounts.into_iter().flatten().collect(),
            part_bytes,
        };
        let root = format!("arn:aws:iam::{}:root", target.account);
        let other = target.other_account.as_deref();
        let symbols =
            Symbols::new(WORLD, &target.account, other, &target.region, &root, part_bytes);
        let mut author = Self {
            target,
            carrier: Carrier::new(setting, START),
            symbols,
            names: BTreeMap::new(),
            steps: Vec::new(),
            made: BTreeSet::new(),
            keys: BTreeMap::new(),
            counter: BTreeMap::new(),
            blobs: Vec::new(),
            uploads: Vec::new(),
            touched: BTreeSet::new(),
            bodies: BTreeMap::new(),
            doubts: Doubts::default(),
            moved: false,
        };
        author.name(&root, "${root}");
        author.name(&target.account, "${account}");
        if let Some(other) = other {
            author.name(other, "${other_account}");
            author.name(&format!("arn:aws:iam::{other}:root"), "${other_root}");
        }
        author
    }

    fn scenario(self) -> Scenario {
        let needs = self.needs();
        Scenario {
            id: "sequence/found".to_owned(),
            requirements: super::REQUIREMENTS.iter().map(|id| (*id).to_owned()).collect(),
            profile: sse_spec::Profile::Core,
            group: Group::Audit,
            flags: Vec::new(),
            comment: "A generated sequence: each step, then the trail and the counts.".to_owned(),
            twin: None,
            needs,
            steps: self.steps,
        }
    }

    /// The capabilities that the steps use.
    fn needs(&self) -> Vec<Capability> {
        let used = |names: &[&str]| self.steps.iter().any(|step| names.contains(&step.operation()));
        [
            (Capability::Principals, &["CreatePrincipal", "PutIdentityPolicy"][..]),
            (Capability::Audit, &["LookupEvents"]),
            (Capability::Usage, &["GetKeyUsage"]),
            (Capability::Clock, &["AdvanceClock"]),
            (Capability::RotateServiceKey, &["RotateServiceKey"]),
            (Capability::Restart, &["Restart"]),
        ]
        .into_iter()
        .filter(|(_, names)| used(names))
        .map(|(capability, _)| capability)
        .collect()
    }

    /// From here on `concrete` is called `symbol` in every pattern.
    fn name(&mut self, concrete: &str, symbol: &str) {
        let place = std::cmp::Reverse((concrete.len(), concrete.to_owned()));
        self.names.insert(place, symbol.to_owned());
    }

    /// A name with a number that was not used yet.
    fn next(&mut self, stem: &'static str) -> String {
        let count = self.counter.entry(stem).or_default();
        *count += 1;
        format!("{stem}{count}")
    }

    /// The symbol of a principal; users are made at their first act.
    fn who(&mut self, who: u8) -> String {
        let other = self.target.other_account.is_some();
        let users = self.target.offers(Capability::Principals);
        match who {
            3 if other => "${other_root}".to_owned(),
            4 if other && users => self.user(2),
            4 if other => "${other_root}".to_owned(),
            1 | 2 if users => self.user(who - 1),
            _ => "${root}".to_owned(),
        }
    }

    /// The symbol of a user, 0 and 1 in the account, 2 in the other; the second starts with no
    /// permission at all, the others with every one.
    fn user(&mut self, user: u8) -> String {
        let user = if self.target.other_account.is_some() { user % 3 } else { user % 2 };
        let name = format!("u{user}");
        let symbol = format!("${{{name}}}");
        if self.made.insert(name.clone()) {
            let account = if user == 2 { "${other_account}" } else { "${account}" };
            let request = json!({ "CreatePrincipal": { "account": account, "name": name } });
            self.step("${root}", request, Extra::bind(&[(&name, "/arn")]));
            if let Ok(Value::String(arn)) = self.symbols.resolve(&Value::String(symbol.clone())) {
                self.name(&arn, &symbol);
            }
            if user != 1 {
                self.attach(user, super::documents::ADMINISTRATOR);
            }
        }
        symbol
    }

    /// Gives a user another identity policy.
    fn attach(&mut self, user: u8, policy: u8) {
        let symbol = format!("${{u{user}}}");
        let request = match super::documents::identity_policy(policy) {
            Some(policy) => json!({
                "PutIdentityPolicy": { "principal": symbol, "name": "p", "policy": policy }
            }),
            None => json!({ "DeleteIdentityPolicy": { "principal": symbol, "name": "p" } }),
        };
        self.step("${root}", request, Extra::default());
    }

    /// Performs a step, and writes it down unless its outcome is open; gives the inner value of
    /// its reply.
    fn step(&mut self, caller: &str, perform: Value, extra: Extra) -> Option<Value> {
        let mut step = Step {
            caller: caller.to_owned(),
            secure_transport: true,
            perform,
            expect: Expect { reply: None, refused: None },
            bind: extra.bind,
            settle: None,
        };
        let operation = step.request(&self.symbols).ok()?;
        let caller = Caller::new(step.principal(&self.symbols).ok()?);
        let before = self.carrier.clone();
        let carried = self.carrier.perform(&caller, &operation);
        if self.is_open(&before, &caller, &operation, &carried) {
            self.carrier = before;
            return None;
        }
        self.doubt(&before, &caller, &operation, &carried);
        match carried.outcome {
            Ok(reply) => {
                let inner = inner(&reply)?;
                step.bind_into(&inner, &mut self.symbols).ok()?;
                let mut pattern = pattern::of_reply(operation.name(), inner.clone());
                if let Some(fields) = pattern.as_object_mut() {
                    for (name, value) in extra.replaced {
                        fields.insert(name.to_owned(), value);
                    }
                }
                self.managed_key(&before, &caller, &mut step, &mut pattern);
                step.expect.reply = Some(self.renamed(&pattern));
                self.steps.push(step);
                Some(inner)
            }
            Err(refused) => {
                step.bind.clear();
                let kinds = self.kinds(&before, &caller, &operation, &refused);
                step.expect.refused = Some(accepted(kinds));
                self.steps.push(step);
                None
            }
        }
    }

    /// Binds the ARN of `aws/s3` where this step is its first use.
    fn managed_key(
        &mut self,
        before: &Carrier,
        caller: &Caller,
        step: &mut Step,
        pattern: &mut Value,
    ) {
        let keys = &before.oracle.state.keys;
        let new = self.carrier.oracle.state.keys.values().find(|key| !keys.contains_key(&key.id));
        let Some(key) = new.filter(|_| step.operation() != "CreateKey") else { return };
        let account = key.account.clone();
        let arn = key.arn();
        let name = self.next("m");
        if let Some(shown) = pattern.pointer_mut("/sse/kms_key_id") {
            *shown = json!({ "$any": "key-arn" });
            step.bind.insert(name.clone(), "/sse/kms_key_id".to_owned());
        }
        self.symbols.bind(&name, Value::String(arn.clone()));
        self.name(&arn, &format!("${{{name}}}"));
        debug_assert!(caller.principal.contains(&account), "aws/s3 belongs to its requester");
        // Whether its making has an entry is open.
        self.doubts.extra.insert(account);
    }

    /// The kinds of refusal that are right: those of every order of the checks of permissions, of
    /// key states and of the rest.
    fn kinds(
        &self,
        before: &Carrier,
        caller: &Caller,
        operation: &Operation,
        refused: &Refusal,
    ) -> BTreeSet<Kind> {
        let mut kinds = BTreeSet::from([refused.class.kind()]);
        for (enabled, permitted) in [(true, false), (false, true), (true, true)] {
            let mut other = before.clone();
            doubt::relax(&mut other, caller, enabled, permitted);
            kinds.extend(other.perform(caller, operation).outcome.err().map(|r| r.class.kind()));
        }
        // Who may not know is told nothing; only a root principal is sure to hear the truth
        // about its own account.
        let own_root = root_of(&caller.principal) == Some(self.target.account.as_str());
        let text = serde_json::to_string(operation).unwrap_or_default();
        let foreign = self.target.other_account.as_ref().is_some_and(|other| text.contains(other));
        if kinds.contains(&Kind::NotFound) && (!own_root || foreign) {
            kinds.insert(Kind::Denied);
        }
        if refused.class == Class::KeyNotFound && !before.oracle.state.deleted.is_empty() {
            match operation {
                Operation::Decrypt(_) | Operation::ReEncrypt(_) => {
                    kinds.extend([Kind::Denied, Kind::Integrity]);
                }
                Operation::GetObject(_) | Operation::CopyObject(_) => {
                    kinds.extend([Kind::Denied, Kind::Integrity, Kind::KeyUnusable]);
                }
                _ => {}
            }
        }
        kinds
    }

    /// A value with every id of the author's replaced by its symbol.
    fn renamed(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.renamed_text(text)),
            Value::Array(items) => items.iter().map(|item| self.renamed(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(name, value)| (name.clone(), self.renamed(value))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn renamed_text(&self, text: &str) -> String {
        if text.contains("${") {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        for (std::cmp::Reverse((_, concrete)), symbol) in &self.names {
            // A symbol that was put in holds no id, so that none is replaced twice.
            if text.contains(concrete.as_str()) {
                text = text.replace(concrete.as_str(), symbol);
            }
        }
        text
    }
}

/// The inner value of a reply.
fn inner(reply: &Reply) -> Option<Value> {
    let value = serde_json::to_value(reply).ok()?;
    value.as_object()?.values().next().cloned()
}

/// The expectation of a refusal of one of these kinds, each with what allows it.
fn accepted(kinds: BTreeSet<Kind>) -> Refused {
    let because = |kind: &Kind| match kind {
        Kind::Denied => "kms.authorization.default-deny",
        Kind::NotFound => "kms.key-id.unknown",
        Kind::KeyUnusable => "key.disable.refuses-cryptography",
        Kind::Integrity => "key.deletion.blobs-lost",
        Kind::Conflict => "key.create-alias.exists",
        Kind::Invalid => "kms.decrypt.incorrect-key",
        Kind::Unavailable | Kind::Limit => "refusal.class.kind",
    };
    let several = kinds.len() > 1;
    let explained = kinds.iter().filter(|_| several);
    Refused {
        because: explained.map(|kind| (*kind, because(kind).to_owned())).collect(),
        kinds: kinds.into_iter().collect(),
        class: None,
        aws: None,
        same_as: None,
    }
}

/// The settle time of a step that counts.
const COUNTS: Option<Settle> = Some(Settle::Audit);
