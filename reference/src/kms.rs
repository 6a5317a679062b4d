//! The key management service: one order of checks for every request on a key, GenerateDataKey,
//! Decrypt, and the management of keys (spec/kms.md).

use crate::audit::{Event, Trail};
use crate::data_key::{KeyId, KmsBlob};
use crate::disk::{Change, Place};
use crate::encryption_context;
use crate::environment::Environment;
use crate::key::{Key, NewKey, State, Verb, format_id, parse_id, uuid};
use crate::policy::{self, Caller, Resource};
use crate::refusal::{Refused, Result};
use crate::secret::SecretBuffer;
use serde_json::{Map, Value};
use sse_spec::{
    AuditEntry, Class, EncryptionContext, KeyExistence, KeyManager, KeyMetadata, KeyRequests,
    ListedKey,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const MAX_KEY_NAME: usize = 2048;
const MAX_BLOB: usize = 6144;
const MAX_DATA_KEY: u32 = 1024;

/// The key management service.
#[derive(Debug)]
pub struct Kms {
    environment: Arc<Environment>,
    keys: BTreeMap<KeyId, Key>,
    trail: Trail,
}

/// What GenerateDataKey is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataKeyRequest {
    /// Key id or key ARN.
    pub key_id: String,
    /// `AES_256` or `AES_128`; or else a number of bytes.
    pub key_spec: Option<String>,
    /// 1 to 1024; or else a specification.
    pub number_of_bytes: Option<u32>,
    /// What the data key is bound to.
    pub context: EncryptionContext,
}

/// What Decrypt is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecryptRequest {
    /// Key id or key ARN; the blob names its key as well.
    pub key_id: Option<String>,
    /// The ciphertext blob.
    pub blob: Vec<u8>,
    /// What the data key is bound to.
    pub context: EncryptionContext,
}

/// A data key in both forms.
#[derive(Debug)]
pub struct DataKey {
    /// In clear.
    pub plaintext: SecretBuffer,
    /// As a ciphertext blob.
    pub blob: Vec<u8>,
    /// ARN of the key it is wrapped under.
    pub key_arn: String,
    /// Id of the key material, in hex.
    pub material_id: String,
}

/// A decrypted blob.
#[derive(Debug)]
pub struct Decrypted {
    /// What the blob held.
    pub plaintext: SecretBuffer,
    /// ARN of the key that made it.
    pub key_arn: String,
    /// Id of the key material, in hex.
    pub material_id: String,
}

/// One request on one key, as far as every request on a key is alike.
struct Ask<'a> {
    verb: Verb,
    /// The outcome of the checks that need nothing but the request.
    parameters: Result<()>,
    key: Named<'a>,
    /// What the trail will say was asked for.
    recorded: Value,
}

/// How a request names its key.
#[derive(Clone, Copy)]
enum Named<'a> {
    ByName(&'a str),
    ByBlob(&'a [u8]),
}

impl Kms {
    pub(crate) fn open(environment: &Arc<Environment>) -> Result<Self> {
        let damaged = Refused(Class::Integrity);
        let mut keys = BTreeMap::new();
        for place in environment.disk.list()? {
            if let Place::Key(_) = place {
                let contents = environment.read_control(&place)?.ok_or(damaged)?;
                // r[key.state.survives-restart]
                let key = Key::from_contents(contents.expose())?;
                keys.insert(key.id, key);
            }
        }
        let trail = Trail::open(environment)?;
        Ok(Self { environment: Arc::clone(environment), keys, trail })
    }

    /// The one order of checks. Every request on a key comes through here.
    fn perform<T>(
        &mut self,
        caller: &Caller,
        ask: Ask<'_>,
        cryptography: impl FnOnce(&Environment, &Key) -> Result<T>,
    ) -> Result<T> {
        // r[kms.order.sequence]
        // 1. Parameters.
        ask.parameters?;
        // 2. Key lookup. From here on the request has resolved to a key, and is recorded.
        let id = self.find(caller, ask.key)?;
        let key = self.keys.get_mut(&id).ok_or(Refused(Class::KeyNotFound))?;
        let environment = &*self.environment;
        // r[kms.order.denied-or-state]
        // 3. Authorization. 4. Key state. 5. Cryptography.
        let outcome = authorize(caller, ask.verb, key)
            .and_then(|()| key.state.after(ask.verb))
            .and_then(|state| Ok((state, cryptography(environment, key)?)));
        // 6. Audit: the entry, and a change of state with it, is durable before the reply leaves.
        let new_state = outcome.as_ref().map_or(key.state, |(state, _)| *state);
        let changes = if new_state == key.state {
            Vec::new()
        } else {
            vec![key_change(environment, key, new_state)?]
        };
        let event = Event {
            name: ask.verb.name(),
            caller,
            read_only: !matches!(ask.verb, Verb::EnableKey | Verb::DisableKey),
            key_arn: key.arn(&environment.region),
            key_account: &key.account,
            parameters: ask.recorded,
            // r[audit.entry.refused-recorded]
            refused: outcome.as_ref().err().copied(),
        };
        self.trail.record(&event, changes)?;
        key.state = new_state;
        outcome.map(|(_, reply)| reply)
    }

    /// Makes a data key and returns it in both forms.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn generate_data_key(
        &mut self,
        caller: &Caller,
        request: &DataKeyRequest,
    ) -> Result<DataKey> {
        let length = request.check();
        let ask = Ask {
            verb: Verb::GenerateDataKey,
            parameters: length.map(drop),
            // r[kms.generate-data-key.key-not-found]
            key: Named::ByName(&request.key_id),
            recorded: request.recorded(),
        };
        self.perform(caller, ask, |environment, key| {
            // r[kms.generate-data-key.length]
            // r[kms.generate-data-key.random]
            let plaintext = environment.draw_secret(length?)?;
            let ids = (key.id, key.material_id);
            let nonce = environment.draw()?;
            let secret = plaintext.expose();
            // r[kms.generate-data-key.both-forms]
            let blob = KmsBlob::wrap(&key.material, ids, nonce, &request.context, secret)?;
            Ok(DataKey {
                plaintext,
                blob: blob.bytes(),
                // r[kms.generate-data-key.key-named-in-reply]
                key_arn: key.arn(&environment.region),
                material_id: hex::encode(key.material_id),
            })
        })
    }

    /// Decrypts a blob.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks; `incorrect-key` where the key named is not the blob's.
    pub fn decrypt(&mut self, caller: &Caller, request: &DecryptRequest) -> Result<Decrypted> {
        let ask = Ask {
            verb: Verb::Decrypt,
            parameters: request.check(),
            // r[kms.decrypt.key-optional]
            key: match &request.key_id {
                Some(name) => Named::ByName(name),
                None => Named::ByBlob(&request.blob),
            },
            recorded: request.recorded(),
        };
        self.perform(caller, ask, |environment, key| {
            let blob = KmsBlob::parse(&request.blob)?;
            // r[kms.decrypt.incorrect-key]
            if blob.key_id != key.id {
                return Err(Refused(Class::IncorrectKey));
            }
            if blob.material_id != key.material_id {
                return Err(Refused(Class::Integrity));
            }
            // r[kms.decrypt.round-trip]
            // r[kms.decrypt.context-match]
            // r[kms.decrypt.context-order-free]
            // r[kms.decrypt.damaged-blob]
            // r[kms.decrypt.damaged-blob-no-plaintext]
            let plaintext = blob.unwrap(&key.material, &request.context)?;
            Ok(Decrypted {
                plaintext,
                // r[kms.decrypt.key-named-in-reply]
                key_arn: key.arn(&environment.region),
                material_id: hex::encode(key.material_id),
            })
        })
    }

    /// Describes a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn describe_key(&mut self, caller: &Caller, key_id: &str) -> Result<KeyMetadata> {
        // r[key.describe.not-found]
        self.perform(caller, Ask::manage(Verb::DescribeKey, key_id), |environment, key| {
            Ok(key.metadata(&environment.region))
        })
    }

    /// Enables a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn enable_key(&mut self, caller: &Caller, key_id: &str) -> Result<()> {
        self.perform(caller, Ask::manage(Verb::EnableKey, key_id), |_, _| Ok(()))
    }

    /// Disables a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn disable_key(&mut self, caller: &Caller, key_id: &str) -> Result<()> {
        self.perform(caller, Ask::manage(Verb::DisableKey, key_id), |_, _| Ok(()))
    }

    /// Makes a customer key in the caller's account.
    ///
    /// # Errors
    /// What [`NewKey::check`] refuses, `access-denied`, `unavailable`.
    pub fn create_key(&mut self, caller: &Caller, wanted: &NewKey) -> Result<KeyMetadata> {
        wanted.check()?;
        let account = Resource::Owned { account: caller.account() };
        policy::decide(caller, "kms:CreateKey", account).enforce()?;
        let description = wanted.description.as_deref().unwrap_or_default();
        let key = self.new_key(caller, KeyManager::Customer, description)?;
        let change = key_change(&self.environment, &key, key.state)?;
        let event = Event {
            name: "CreateKey",
            caller,
            read_only: false,
            key_arn: key.arn(&self.environment.region),
            key_account: &key.account,
            parameters: Value::Null,
            refused: None,
        };
        self.trail.record(&event, vec![change])?;
        let metadata = key.metadata(&self.environment.region);
        self.keys.insert(key.id, key);
        Ok(metadata)
    }

    /// The keys of the caller's account, `aws/s3` among them where it exists.
    ///
    /// # Errors
    /// `access-denied`.
    pub fn list_keys(&self, caller: &Caller) -> Result<Vec<ListedKey>> {
        let account = Resource::Owned { account: caller.account() };
        policy::decide(caller, "kms:ListKeys", account).enforce()?;
        // r[key.list.complete]
        let keys = self.keys.values().filter(|key| key.account == caller.account());
        let listed = |key: &Key| ListedKey {
            key_id: format_id(&key.id),
            key_arn: key.arn(&self.environment.region),
        };
        Ok(keys.map(listed).collect())
    }

    /// The ARN of the key `aws/s3` of the caller's account, which is made when it is first needed.
    ///
    /// # Errors
    /// `unavailable` where it has to be made and cannot.
    pub(crate) fn aws_managed_key(&mut self, caller: &Caller) -> Result<String> {
        let region = &self.environment.region;
        let is_it = |key: &&Key| key.manager == KeyManager::Aws && key.account == caller.account();
        // r[key.aws-managed.created-on-first-use]
        if let Some(key) = self.keys.values().find(is_it) {
            return Ok(key.arn(region));
        }
        let key = self.new_key(caller, KeyManager::Aws, "Protects objects when no key is named")?;
        let change = key_change(&self.environment, &key, key.state)?;
        self.environment.disk.commit(vec![change])?;
        let arn = key.arn(region);
        self.keys.insert(key.id, key);
        Ok(arn)
    }

    /// The trail entries that concern the caller's account, oldest first.
    ///
    /// # Errors
    /// `integrity` where one is not authentic, `unavailable` where the disk fails.
    pub fn lookup_events(&self, caller: &Caller) -> Result<Vec<AuditEntry>> {
        self.trail.lookup(caller.account())
    }

    /// How often the keys of the caller's account were used, and how long they have existed.
    ///
    /// Usage is counted from the trail, so that the two cannot disagree.
    ///
    /// # Errors
    /// As [`Kms::lookup_events`].
    pub fn key_usage(&self, caller: &Caller) -> Result<(Vec<KeyRequests>, Vec<KeyExistence>)> {
        let mut counts = BTreeMap::new();
        for entry in self.trail.lookup(caller.account())? {
            let resource = entry.resources.into_iter().next();
            let key = resource.filter(|resource| resource.account_id == caller.account());
            let Some(key) = key else { continue };
            // r[kms.usage.management-free]
            let counted = matches!(entry.event_name.as_str(), "GenerateDataKey" | "Decrypt");
            if counted && entry.error_code.is_none() {
                // r[kms.usage.by-key]
                // r[kms.usage.by-operation]
                *counts.entry((key.arn, entry.event_name)).or_insert(0_u64) += 1;
            }
        }
        let request = |((key_id, operation), count)| KeyRequests { key_id, operation, count };
        let now = self.environment.now();
        let own = self.keys.values().filter(|key| key.account == caller.account());
        let existence = |key: &Key| KeyExistence {
            key_id: key.arn(&self.environment.region),
            seconds: now.saturating_sub(key.created),
        };
        let mut keys: Vec<_> = own.map(existence).collect();
        keys.sort_by(|left, right| left.key_id.cmp(&right.key_id));
        Ok((counts.into_iter().map(request).collect(), keys))
    }

    fn find(&self, caller: &Caller, named: Named<'_>) -> Result<KeyId> {
        let not_found = Refused(Class::KeyNotFound);
        let (id, account) = match named {
            // A blob that is none resolves to no key, and is refused as the damage it is.
            Named::ByBlob(blob) => (KmsBlob::parse(blob)?.key_id, None),
            // r[key.describe.id-and-arn]
            Named::ByName(name) => {
                let (id, account) = self.split_name(caller, name).ok_or(not_found)?;
                (id, Some(account))
            }
        };
        let key = self.keys.get(&id).ok_or(not_found)?;
        let is_named = account.is_none_or(|account| account == key.account);
        if is_named { Ok(id) } else { Err(not_found) }
    }

    /// The id and the account that a name stands for: an id alone is one of the caller's account.
    fn split_name<'a>(&self, caller: &'a Caller, name: &'a str) -> Option<(KeyId, &'a str)> {
        if let Some(id) = parse_id(name) {
            return Some((id, caller.account()));
        }
        let prefix = format!("arn:aws:kms:{}:", self.environment.region);
        let (account, resource) = name.strip_prefix(&prefix)?.split_once(':')?;
        Some((parse_id(resource.strip_prefix("key/")?)?, account))
    }

    fn new_key(&self, caller: &Caller, manager: KeyManager, description: &str) -> Result<Key> {
        let id = uuid(self.environment.draw()?);
        // r[key.create.distinct]
        if self.keys.contains_key(&id) {
            // Only a broken random source repeats 122 bits.
            return Err(Refused(Class::Unavailable));
        }
        Ok(Key {
            id,
            account: caller.account().to_owned(),
            manager,
            state: State::Enabled,
            created: self.environment.now(),
            description: description.to_owned(),
            material_id: self.environment.draw()?,
            material: self.environment.draw_wrapping_key()?,
        })
    }
}

fn authorize(caller: &Caller, verb: Verb, key: &Key) -> Result<()> {
    let account = key.account.as_str();
    let resource = match key.manager {
        KeyManager::Customer => Resource::Owned { account },
        KeyManager::Aws => Resource::AwsManagedKey { account },
    };
    policy::decide(caller, &verb.action(), resource).enforce()
}

fn key_change(environment: &Environment, key: &Key, state: State) -> Result<Change> {
    let contents = key.contents(state)?;
    environment.seal_control(Place::Key(format_id(&key.id)), contents.expose())
}

impl<'a> Ask<'a> {
    fn manage(verb: Verb, key_id: &'a str) -> Self {
        let recorded = Map::from_iter([("keyId".to_owned(), Value::from(key_id))]);
        Self {
            verb,
            parameters: check_key_name(key_id),
            key: Named::ByName(key_id),
            recorded: Value::Object(recorded),
        }
    }
}

impl DataKeyRequest {
    /// Checks the parameters, and returns the length of the data key.
    fn check(&self) -> Result<usize> {
        let invalid = Refused(Class::InvalidArgument);
        check_key_name(&self.key_id)?;
        encryption_context::encode_map(&self.context)?;
        // r[kms.generate-data-key.key-spec]
        match (self.key_spec.as_deref(), self.number_of_bytes) {
            (Some("AES_256"), None) => Ok(32),
            (Some("AES_128"), None) => Ok(16),
            // r[kms.generate-data-key.number-of-bytes]
            (None, Some(length @ 1..=MAX_DATA_KEY)) => usize::try_from(length).map_err(|_| invalid),
            _ => Err(invalid),
        }
    }

    fn recorded(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("keyId".to_owned(), self.key_id.as_str().into());
        if let Some(spec) = &self.key_spec {
            fields.insert("keySpec".to_owned(), spec.as_str().into());
        }
        if let Some(length) = self.number_of_bytes {
            fields.insert("numberOfBytes".to_owned(), length.into());
        }
        record_context(&mut fields, &self.context);
        Value::Object(fields)
    }
}

impl DecryptRequest {
    fn check(&self) -> Result<()> {
        if let Some(name) = &self.key_id {
            check_key_name(name)?;
        }
        encryption_context::encode_map(&self.context)?;
        let fits = (1..=MAX_BLOB).contains(&self.blob.len());
        if fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
    }

    fn recorded(&self) -> Value {
        let mut fields = Map::new();
        if let Some(name) = &self.key_id {
            fields.insert("keyId".to_owned(), name.as_str().into());
        }
        fields.insert("encryptionAlgorithm".to_owned(), "SYMMETRIC_DEFAULT".into());
        record_context(&mut fields, &self.context);
        Value::Object(fields)
    }
}

fn record_context(fields: &mut Map<String, Value>, context: &EncryptionContext) {
    if !context.is_empty() {
        let pairs = context.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
        fields.insert("encryptionContext".to_owned(), Value::Object(pairs.collect()));
    }
}

fn check_key_name(name: &str) -> Result<()> {
    let fits = (1..=MAX_KEY_NAME).contains(&name.chars().count());
    if fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
}
