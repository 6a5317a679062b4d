//! The key management service: how a request names its keys, the one order in which it is checked,
//! and what falls due by itself (spec/kms.md).

mod cryptography;
mod management;
mod usage;

pub use cryptography::{
    ALGORITHM, DataKey, DataKeyRequest, DecryptRequest, Decrypted, EncryptRequest, Encrypted,
    ReEncryptRequest, ReEncrypted,
};
pub use management::NewPolicy;

use crate::alias;
use crate::audit::{Event, Parameters, Trail};
use crate::data_key::{KeyId, KmsBlob};
use crate::disk::{Change, Place, Scope};
use crate::environment::Environment;
use crate::key::{Key, Verb, format_id, parse_id};
use crate::policy::{self, Caller, Circumstances, Decision, Document};
use crate::refusal::{Refused, Result};
use crate::rotation::Due;
use crate::store::OpenError;
use sse_spec::{AuditEntry, Class, EncryptionContext, Resource};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

const MAX_KEY_NAME: usize = 2048;

/// The key management service.
#[derive(Debug)]
pub struct Kms {
    pub(crate) environment: Arc<Environment>,
    pub(crate) keys: BTreeMap<KeyId, Key>,
    trail: Trail,
}

/// One request on one or two keys, as far as all of them are alike.
pub(crate) struct Ask<'a, E = Refused> {
    /// The outcome of the checks that need nothing but the request.
    pub(crate) parameters: Result<(), E>,
    pub(crate) key: Use<'a>,
    /// The destination of a ReEncrypt, the new target of an UpdateAlias.
    pub(crate) other: Option<Use<'a>>,
    /// The alias that the request is about, which needs a permission of its own.
    pub(crate) alias: Option<&'a str>,
    /// What the trail will say was asked for.
    pub(crate) recorded: Parameters,
}

/// What is done with one key.
pub(crate) struct Use<'a> {
    pub(crate) verb: Verb,
    pub(crate) key: By<'a>,
    pub(crate) context: Option<&'a EncryptionContext>,
}

/// How a request names a key.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// In one of the four forms.
    Identifier(&'a str),
    /// By key id or key ARN, as management does.
    KeyIdOrArn(&'a str),
    /// By an alias of the caller's account.
    Alias(&'a str),
    /// By a blob that it made.
    Blob(&'a [u8]),
}

/// Copies of the keys that a request has found. What it makes of them becomes durable with its
/// entry, or not at all.
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) other: Option<Key>,
}

impl Kms {
    /// Opens what lies at rest.
    ///
    /// # Errors
    /// Where a key or an entry is not authentic, or the disk fails.
    pub fn open(environment: &Arc<Environment>) -> Result<Self, OpenError> {
        let (mut keys, mut aliases) = (BTreeMap::new(), BTreeSet::new());
        environment.open_controls(Scope::Keys, |_, contents| {
            // r[key.state.survives-restart]
            // r[key.alias.survives-restart]
            // r[policy.document.survives-restart]
            // r[rotation.effect.survives-restart]
            // r[rotation.automatic.survives-restart]
            let key = Key::from_contents(contents.expose())?;
            for name in &key.aliases {
                // An old copy of one key's item would give an alias two meanings.
                if !aliases.insert((key.account.clone(), name.clone())) {
                    return Err(Refused(Class::Integrity));
                }
            }
            keys.insert(key.id, key);
            Ok(())
        })?;
        let trail = Trail::open(environment)?;
        Ok(Self { environment: Arc::clone(environment), keys, trail })
    }

    /// The one order of checks. Every request on a key comes through here.
    pub(crate) fn perform<T, E: From<Refused> + Into<Refused> + Clone>(
        &mut self,
        caller: &Caller,
        ask: Ask<'_, E>,
        work: impl FnOnce(&Self, &mut Found) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run_due_events()?;
        // r[kms.order.sequence]
        // r[kms.re-encrypt.order]
        // 1. Parameters.
        ask.parameters?;
        // 2. Key lookup. From here on the request has resolved to a key, and is recorded.
        let key = self.find(caller, ask.key.key)?.clone();
        let other = ask.other.as_ref().map(|other| self.find(caller, other.key).cloned());
        let mut found = Found { key, other: other.transpose()? };
        let pairs = || {
            let other = ask.other.as_ref().zip(found.other.as_ref());
            [(&ask.key, &found.key)].into_iter().chain(other)
        };
        // r[kms.order.denied-or-state]
        // 3. Authorization.
        let authorized =
            ask.alias.map_or(Ok(()), |name| self.authorize_alias(caller, &ask.key, name));
        let authorized = authorized
            .and_then(|()| pairs().try_for_each(|(used, key)| self.authorize(caller, used, key)));
        // 4. Key state.
        let usable = authorized
            .and_then(|()| pairs().try_for_each(|(used, key)| used.verb.check(key.state)));
        // 5. Cryptography, or whatever else the operation does.
        let outcome = usable.map_err(E::from).and_then(|()| work(self, &mut found));
        // 6. Audit: the entry, and every change with it, is durable before the reply leaves.
        let event = Event {
            name: ask.key.verb.operation(),
            read_only: ask.key.verb.is_read_only(),
            caller,
            resources: self.resources(ask.key.verb, &found),
            parameters: ask.recorded,
            // r[audit.entry.refused-recorded]
            refused: outcome.as_ref().err().cloned().map(E::into),
        };
        self.record(event, found)?;
        outcome
    }

    /// Makes an entry durable, with the keys as they are now if the request was to change them.
    fn record(&mut self, event: Event<'_>, found: Found) -> Result<()> {
        let changes = event.refused.is_none() && !event.read_only;
        let mut entries = vec![self.trail.request(event)?];
        let keys: Vec<_> = [found.key].into_iter().chain(found.other).filter(|_| changes).collect();
        for key in &keys {
            let before = self.keys.get(&key.id).map(|key| key.current.id);
            // r[audit.service-event.rotate-key]
            if before.is_some_and(|before| before != key.current.id) {
                entries.push(self.service_event("RotateKey", key, self.environment.now())?);
            }
        }
        self.commit(entries, keys)
    }

    /// The one step in which changed keys and the entries about them become durable.
    fn commit(&mut self, entries: Vec<AuditEntry>, keys: Vec<Key>) -> Result<()> {
        let mut changes = Vec::new();
        for key in &keys {
            let contents = key.contents()?;
            changes.push(self.environment.seal_control(place_of(key), contents.expose())?);
        }
        self.trail.commit(entries, changes)?;
        self.keys.extend(keys.into_iter().map(|key| (key.id, key)));
        Ok(())
    }

    /// Makes the rotations and deletions that the clock has reached, in the order of their dates.
    ///
    /// Every request begins with it; who wants to see the items at rest as they are now asks for
    /// it by itself.
    ///
    /// # Errors
    /// `unavailable` where one cannot be made; it stays due.
    pub fn run_due_events(&mut self) -> Result<()> {
        let now = self.environment.now();
        // r[rotation.automatic.order]
        // r[rotation.automatic.not-early]
        // The keys come in ascending order, and the first of the earliest is taken.
        while let Some((date, due, id)) = self
            .keys
            .values()
            .filter_map(|key| key.next_due().map(|(date, due)| (date, due, key.id)))
            .filter(|(date, ..)| *date <= now)
            .min_by_key(|(date, ..)| *date)
        {
            let mut key = self.keys.get(&id).cloned().ok_or(Refused(Class::KeyNotFound))?;
            match due {
                Due::Rotation => {
                    key.rotate_automatically(&self.environment, date)?;
                    // r[audit.service-event.rotate-key]
                    let entry = self.service_event("RotateKey", &key, date)?;
                    self.commit(vec![entry], vec![key])?;
                }
                Due::Deletion => {
                    // r[audit.service-event.delete-key]
                    let entry = self.service_event("DeleteKey", &key, date)?;
                    // r[key.deletion.on-its-date]
                    // r[key.deletion.within-a-day]
                    // r[key.deletion.not-early]
                    // r[key.deletion.survives-restart]
                    // r[key.deletion.trail-kept]
                    self.trail.commit(vec![entry], vec![Change::Remove(place_of(&key))])?;
                    // r[key.deletion.material-erased]
                    // r[key.deletion.unlisted]
                    self.keys.remove(&id);
                }
            }
        }
        Ok(())
    }

    /// The key that a request names.
    pub(crate) fn find(&self, caller: &Caller, by: By<'_>) -> Result<&Key> {
        let key = match by {
            // A blob that is none resolves to no key, and is refused as the damage it is.
            // r[kms.decrypt.key-optional]
            // r[kms.decrypt.no-blob]
            By::Blob(blob) => self.keys.get(&KmsBlob::parse(blob)?.key_id),
            By::Alias(name) => self.by_alias(caller.account(), name),
            // r[kms.key-id.management-forms]
            By::KeyIdOrArn(name) => self.by_key_id(caller, name),
            By::Identifier(name) => self.by_identifier(caller, name),
        };
        // r[kms.key-id.unresolved-class]
        // r[key.deletion.class]
        // r[key.deletion.blobs-lost]
        // r[key.deletion.objects-lost]
        // r[key.deletion.objects-class]
        key.ok_or(Refused(Class::KeyNotFound))
    }

    /// The key of one of the four forms, if it names one.
    fn by_identifier(&self, caller: &Caller, name: &str) -> Option<&Key> {
        // r[kms.key-id.four-forms]
        let by_key = || self.by_key_id(caller, name);
        let (account, resource) = self.split_arn(caller, name)?;
        // r[kms.key-id.unknown-alias]
        // r[kms.key-id.alias-of-caller]
        self.by_alias(account, resource).or_else(by_key)
    }

    /// The key of a key id, which is one of the caller's account, or of a key ARN.
    fn by_key_id(&self, caller: &Caller, name: &str) -> Option<&Key> {
        let (account, resource) = self.split_arn(caller, name)?;
        let id = if resource == name { name } else { resource.strip_prefix("key/")? };
        // r[kms.key-id.other-account]
        self.keys.get(&parse_id(id)?).filter(|key| key.account == account)
    }

    pub(crate) fn by_alias(&self, account: &str, name: &str) -> Option<&Key> {
        self.keys.values().find(|key| key.account == account && key.aliases.contains(name))
    }

    /// Account and resource of an ARN of this Region; any other text is a resource of the caller's
    /// account.
    fn split_arn<'a>(&self, caller: &'a Caller, name: &'a str) -> Option<(&'a str, &'a str)> {
        if !name.starts_with("arn:") {
            return Some((caller.account(), name));
        }
        let prefix = format!("arn:aws:kms:{}:", self.environment.region);
        // r[kms.key-id.no-form]
        name.strip_prefix(&prefix)?.split_once(':')
    }

    /// The ARN of the key that an identifier stands for, without a request.
    #[must_use]
    pub fn key_arn(&self, caller: &Caller, name: &str) -> Option<String> {
        let now = self.environment.now();
        let exists = |key: &&Key| key.state.deletion_date().is_none_or(|date| date > now);
        let key = self.by_identifier(caller, name).filter(exists)?;
        Some(key.arn(&self.environment.region))
    }

    fn authorize(&self, caller: &Caller, used: &Use<'_>, key: &Key) -> Result<()> {
        let mut circumstances = self.circumstances(caller);
        if let Some(context) = used.context {
            circumstances = circumstances.with_context(context);
        }
        if let By::Identifier(name) = used.key
            && let Some((_, alias)) = self.split_arn(caller, name)
            && alias.starts_with(alias::PREFIX)
        {
            // r[policy.condition.request-alias]
            circumstances = circumstances.with("kms:RequestAlias", alias);
        }
        // r[policy.document.latest]
        self.decide(caller, used.verb, key, &key.policy, &circumstances).enforce()
    }

    /// The decision for a key under a policy: its own, or one that it is about to have.
    fn decide(
        &self,
        caller: &Caller,
        verb: Verb,
        key: &Key,
        policy: &Document,
        circumstances: &Circumstances,
    ) -> Decision {
        let resource = &key.arn(&self.environment.region);
        let request = policy::Request { caller, action: verb.action(), resource, circumstances };
        let key = policy::Resource::Key { account: &key.account, policy };
        self.environment.iam.decide(&request, &key)
    }

    /// Whether the caller's identity side allows what is not about a key.
    pub(crate) fn authorize_account(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
    ) -> Result<()> {
        let circumstances = &self.circumstances(caller);
        let request = policy::Request { caller, action, resource, circumstances };
        let account = policy::Resource::Account { account: caller.account() };
        self.environment.iam.decide(&request, &account).enforce()
    }

    fn authorize_alias(&self, caller: &Caller, used: &Use<'_>, name: &str) -> Result<()> {
        self.authorize_account(caller, used.verb.action(), &self.alias_arn(caller.account(), name))
    }

    pub(crate) fn alias_arn(&self, account: &str, name: &str) -> String {
        format!("arn:aws:kms:{}:{account}:{name}", self.environment.region)
    }

    /// What every kms action sees.
    fn circumstances(&self, caller: &Caller) -> Circumstances {
        // r[policy.condition.caller-account]
        let circumstances = Circumstances::of(caller).with("kms:CallerAccount", caller.account());
        // r[policy.condition.via-service]
        if !caller.is_through_store() {
            return circumstances;
        }
        let service = format!("s3.{}.amazonaws.com", self.environment.region);
        circumstances.with("kms:ViaService", service)
    }

    /// The keys that an entry names.
    fn resources(&self, verb: Verb, found: &Found) -> Vec<Resource> {
        let keys = match (verb, &found.other) {
            // r[audit.re-encrypt.both-keys]
            (Verb::ReEncryptFrom, Some(other)) if other.id != found.key.id => {
                vec![&found.key, other]
            }
            // The key that the alias points to afterwards.
            (Verb::UpdateAliasFrom, Some(other)) => vec![other],
            _ => vec![&found.key],
        };
        keys.into_iter().map(|key| self.resource(key)).collect()
    }

    fn resource(&self, key: &Key) -> Resource {
        Resource {
            arn: key.arn(&self.environment.region),
            account_id: key.account.clone(),
            kind: "AWS::KMS::Key".to_owned(),
        }
    }

    fn service_event(&self, name: &str, key: &Key, date: u64) -> Result<AuditEntry> {
        self.trail.service_event(name, self.resource(key), date)
    }
}

impl<'a, E> Ask<'a, E> {
    /// A request on one key, with nothing else to say of it.
    pub(crate) fn on(key: Use<'a>) -> Self {
        let recorded = Parameters::default();
        Self { parameters: Ok(()), key, other: None, alias: None, recorded }
    }
}

impl<'a> Ask<'a> {
    /// A request that manages a key.
    pub(crate) fn manage(verb: Verb, key_id: &'a str) -> Self {
        Self {
            parameters: check_key_name(key_id),
            recorded: Parameters::of_key(key_id),
            ..Self::on(Use::of(verb, By::KeyIdOrArn(key_id)))
        }
    }

    /// The same request with one more check of its parameters.
    pub(crate) fn and_check(self, more: Result<()>) -> Self {
        Self { parameters: self.parameters.and(more), ..self }
    }
}

impl<'a> Use<'a> {
    pub(crate) fn of(verb: Verb, key: By<'a>) -> Self {
        Self { verb, key, context: None }
    }
}

fn place_of(key: &Key) -> Place {
    Place::Key(format_id(&key.id))
}

// r[kms.key-id.length]
pub(crate) fn check_key_name(name: &str) -> Result<()> {
    let fits = (1..=MAX_KEY_NAME).contains(&name.chars().count());
    if fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
}

/// A number of days within its limits.
pub(crate) fn check_days(
    asked: Option<u32>,
    default: u32,
    limits: RangeInclusive<u32>,
) -> Result<u32> {
    let days = asked.unwrap_or(default);
    if limits.contains(&days) { Ok(days) } else { Err(Refused(Class::InvalidArgument)) }
}

/// The seconds of a number of days.
pub(crate) fn seconds(days: u32) -> u64 {
    u64::from(days) * 86_400
}
