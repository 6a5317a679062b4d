//! Cryptographic requests to KMS: parameters, key lookup, authorization, key state, cryptography,
//! audit, in this one order (kms.md, the order of checks).

use super::access::KeyRequest;
use super::audit::Event;
use super::bend::{Bend, Count, Life, Turn};
use super::limits::{check_context, check_key_id, demand};
use super::state::{Material, account_of};
use super::{Key, Moment, Oracle, Side, refusal};
use serde_json::{Map, Value, json};
use sse_spec::{
    Caller, Class, Decrypt, Encrypt, EncryptionContext, KeyState, Operation, ReEncrypt, Refusal,
};

const BLOB_BYTES: usize = 6144;
const PLAINTEXT_BYTES: usize = 4096;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// A cryptographic request to KMS with legal parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsRequest {
    /// What is asked for.
    pub usage: Use,
    /// The key named, in any form; of a ReEncrypt the source key.
    pub key_id: Option<String>,
    /// The alias by which the key was named, where it was.
    pub alias: Option<String>,
    /// The key as the headers of a write or the bucket's default named it.
    pub named: Option<String>,
    /// The whole encryption context; of a ReEncrypt that of the source.
    pub context: EncryptionContext,
    /// Who asks; the requester also where the store passes the request on.
    pub caller: Caller,
    /// Whether the store passes it on.
    pub through_store: bool,
}

/// What a cryptographic request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// A new data key.
    GenerateDataKey {
        /// Its length in bytes.
        length: u32,
        /// The key specification named, if one was.
        spec: Option<String>,
    },
    /// A new data key, wrapped only.
    GenerateDataKeyWithoutPlaintext {
        /// Its length in bytes.
        length: u32,
        /// The key specification named, if one was.
        spec: Option<String>,
    },
    /// The ciphertext of given bytes.
    Encrypt,
    /// The plaintext of a blob.
    Decrypt {
        /// What the blob's header names, to be filled in by who can read the blob.
        made_by: Option<MadeBy>,
    },
    /// The same plaintext under another key or context.
    ReEncrypt {
        /// What the blob's header names, to be filled in by who can read the blob.
        made_by: Option<MadeBy>,
        /// The key to encrypt under, in any form.
        destination: String,
        /// The context to bind.
        context: EncryptionContext,
    },
}

/// Key and material that a blob names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBy {
    /// Key id.
    pub key_id: String,
    /// 64 lower-case hexadecimal digits.
    pub material_id: String,
}

impl Use {
    /// Name of the operation.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::GenerateDataKey { .. } => "GenerateDataKey",
            Self::GenerateDataKeyWithoutPlaintext { .. } => "GenerateDataKeyWithoutPlaintext",
            Self::Encrypt => "Encrypt",
            Self::Decrypt { .. } => "Decrypt",
            Self::ReEncrypt { .. } => "ReEncrypt",
        }
    }

    /// What the blob names, for the two operations that take one.
    #[must_use]
    pub fn made_by(&self) -> Option<&MadeBy> {
        match self {
            Self::Decrypt { made_by } | Self::ReEncrypt { made_by, .. } => made_by.as_ref(),
            _ => None,
        }
    }

    fn opens(&self) -> bool {
        matches!(self, Self::Decrypt { .. } | Self::ReEncrypt { .. })
    }
}

/// One key as a granted request uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key_id: String,
    /// Its ARN.
    pub key_arn: String,
    /// The material to use.
    pub material_id: String,
    /// The context to match or to bind.
    pub context: EncryptionContext,
}

/// A cryptographic request that passed every check before the cryptography itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What to open the blob with: of Decrypt and ReEncrypt.
    pub open: Option<KeyUse>,
    /// What to encrypt with: of every operation but Decrypt.
    pub seal: Option<KeyUse>,
    /// The request, for the trail.
    pub request: KmsRequest,
}

impl Grant {
    /// The keys used, source first; one key that is both stands once.
    pub fn key_ids(&self) -> Vec<&str> {
        let uses = self.open.iter().chain(&self.seal);
        let mut ids: Vec<&str> = uses.map(|part| part.key_id.as_str()).collect();
        ids.dedup();
        ids
    }
}

impl Oracle {
    /// Step 1 of a cryptographic operation; `None` for any other operation.
    pub(super) fn parameters(
        caller: &Caller,
        operation: &Operation,
    ) -> Option<Result<KmsRequest, Refusal>> {
        Some(match operation {
            Operation::GenerateDataKey(request) => {
                data_key_length(request.key_spec.as_deref(), request.number_of_bytes).and_then(
                    |length| {
                        let spec = request.key_spec.clone();
                        let usage = Use::GenerateDataKey { length, spec };
                        direct(caller, usage, Some(&request.key_id), &request.encryption_context)
                    },
                )
            }
            Operation::GenerateDataKeyWithoutPlaintext(request) => {
                data_key_length(request.key_spec.as_deref(), request.number_of_bytes).and_then(
                    |length| {
                        let spec = request.key_spec.clone();
                        let usage = Use::GenerateDataKeyWithoutPlaintext { length, spec };
                        direct(caller, usage, Some(&request.key_id), &request.encryption_context)
                    },
                )
            }
            Operation::Encrypt(request) => encrypt(caller, request),
            Operation::Decrypt(request) => decrypt(caller, request),
            Operation::ReEncrypt(request) => re_encrypt(caller, request),
            _ => return None,
        })
    }

    /// Steps 2 to 5 of a cryptographic request as far as they need no cryptography, and its entry
    /// where one of them refuses.
    ///
    /// # Errors
    /// The refusal of the first failed check, on the side of KMS.
    pub fn ask(&mut self, moment: &mut Moment<'_>, request: &KmsRequest) -> Result<Grant, Refusal> {
        let account = account_of(&request.caller.principal);
        let first = self.first_key(request, account)?;
        let second = match &request.usage {
            Use::ReEncrypt { destination, .. } => Some(self.lookup(destination, account)?),
            _ => None,
        };
        let granted = self.grant(request, &first, second.as_ref());
        if let Err(refused) = &granted {
            let keys: Vec<&Key> = [&first].into_iter().chain(&second).collect();
            self.record(moment, &event(request), &keys, Some(refused));
            if self.bends(Bend::Count(Count::Refused)) {
                self.count(&first.id, request.usage.name());
            }
        }
        granted
    }

    /// Steps 5 and 6: says how the cryptography of a granted request ended.
    ///
    /// # Errors
    /// `integrity` where it did not open.
    pub fn conclude(
        &mut self,
        moment: &mut Moment<'_>,
        grant: &Grant,
        authentic: bool,
    ) -> Result<(), Refusal> {
        let outcome = demand(Side::Kms, authentic, Class::Integrity);
        let mut keys = Vec::new();
        let direct = !grant.request.through_store && grant.seal.is_none();
        let silent = direct && self.bends(Bend::Count(Count::StoreOnly));
        let used: Vec<String> = grant.key_ids().into_iter().map(str::to_owned).collect();
        let others = self.state.keys.keys().filter(|id| !used.contains(id)).cloned();
        let others: Vec<String> = others.collect();
        if !others.is_empty() && self.bends(Bend::Count(Count::EveryKey)) {
            others.iter().for_each(|id| self.count(id, grant.request.usage.name()));
        }
        for id in grant.key_ids() {
            if let Some(key) = self.state.keys.get_mut(id) {
                if outcome.is_ok() && !silent {
                    *key.usage.entry(grant.request.usage.name().to_owned()).or_default() += 1;
                }
                keys.push(key.clone());
            }
        }
        let keys: Vec<&Key> = keys.iter().collect();
        self.record(moment, &event(&grant.request), &keys, outcome.as_ref().err());
        outcome
    }

    /// The key named, else the key of the blob.
    fn first_key(&self, request: &KmsRequest, account: &str) -> Result<Key, Refusal> {
        match (&request.key_id, request.usage.made_by()) {
            (Some(named), _) => {
                // A bucket's default is not looked at before it is used.
                check_key_id(named)?;
                self.lookup(named, account)
            }
            // Bytes that are no blob of this service name no key.
            (None, None) => Err(refusal(Side::Kms, Class::Integrity)),
            (None, Some(_)) if !request.through_store && self.lives(Life::KeyDemanded) => {
                Err(refusal(Side::Kms, Class::InvalidArgument))
            }
            (None, Some(made_by)) => {
                let found = self.state.keys.get(&made_by.key_id).cloned();
                found.ok_or_else(|| refusal(Side::Kms, Class::KeyNotFound))
            }
        }
    }

    /// Steps 3 to 5: both permissions, both states, then what the blob names.
    fn grant(
        &self,
        request: &KmsRequest,
        first: &Key,
        second: Option<&Key>,
    ) -> Result<Grant, Refusal> {
        let KmsRequest { usage, caller, through_store, .. } = request;
        let through_store = *through_store;
        let (action, sealed) = match usage {
            Use::ReEncrypt { context, .. } => ("kms:ReEncryptFrom".to_owned(), context),
            _ => (format!("kms:{}", usage.name()), &request.context),
        };
        let context = Some(&request.context);
        let alias = request.alias.as_deref();
        self.may_key(caller, &action, first, KeyRequest { alias, context, through_store })?;
        if let (Some(second), Use::ReEncrypt { destination, context, .. }) = (second, usage) {
            let (alias, context) = (alias_of(destination), Some(context));
            let asked = KeyRequest { alias, context, through_store };
            self.may_key(caller, "kms:ReEncryptTo", second, asked)?;
        }
        let (from, to) = match usage {
            Use::ReEncrypt { .. } => ("ReEncryptFrom", "ReEncryptTo"),
            _ => (usage.name(), usage.name()),
        };
        for (name, key) in [(from, Some(first)), (to, second)] {
            key.map_or(Ok(()), |key| self.usable(name, key, through_store))?;
        }
        let part = |key: &Key, material: &str, context: &EncryptionContext| KeyUse {
            key_id: key.id.clone(),
            key_arn: key.arn(),
            material_id: material.to_owned(),
            context: context.clone(),
        };
        if let (Some(named), Some(made_by)) = (&request.key_id, usage.made_by())
            && !through_store
            && made_by.key_id == first.id
            && *named != first.arn()
            && self.lives(Life::KeyAsText)
        {
            return Err(refusal(Side::Kms, Class::IncorrectKey));
        }
        let open = match usage.opens().then(|| named_material(usage.made_by(), first)) {
            None => None,
            Some(material) => Some(part(first, &material?.id, &request.context)),
        };
        let to = second.unwrap_or(first);
        let seals = !matches!(usage, Use::Decrypt { .. });
        let first_material = to.materials.first().map_or("", |material| &material.id);
        let stale = seals && to.materials.len() > 1 && self.turns(Turn::Unused);
        let current = if stale { first_material } else { to.current() };
        let seal = seals.then(|| part(to, current, sealed));
        Ok(Grant { open, seal, request: request.clone() })
    }

    /// Step 4: only an Enabled key does cryptography.
    fn usable(&self, name: &'static str, key: &Key, through_store: bool) -> Result<(), Refusal> {
        let enabled = key.state == KeyState::Enabled;
        let class = match key.state {
            KeyState::Disabled => Class::KeyDisabled,
            KeyState::Enabled | KeyState::PendingDeletion => Class::InvalidKeyState,
        };
        let admitted = self.admitted(name, key.state, enabled);
        let free = !admitted && through_store && self.bends(Bend::DirectOnly(key.state));
        demand(Side::Kms, admitted || free, class)
    }

    /// Counts one use of a key.
    pub(super) fn count(&mut self, id: &str, name: &str) {
        if let Some(key) = self.state.keys.get_mut(id) {
            *key.usage.entry(name.to_owned()).or_default() += 1;
        }
    }
}

/// The material that a blob names, if key and blob belong together.
fn named_material<'a>(made_by: Option<&MadeBy>, key: &'a Key) -> Result<&'a Material, Refusal> {
    let refuse = |class| refusal(Side::Kms, class);
    let made_by = made_by.ok_or_else(|| refuse(Class::Integrity))?;
    demand(Side::Kms, made_by.key_id == key.id, Class::IncorrectKey)?;
    let found = key.materials.iter().find(|material| material.id == made_by.material_id);
    found.ok_or_else(|| refuse(Class::Integrity))
}

/// The alias in a key identifier, by name or by ARN.
pub(super) fn alias_of(key_id: &str) -> Option<&str> {
    let name = match key_id.strip_prefix("arn:aws:kms:") {
        None => key_id,
        Some(rest) => rest.splitn(3, ':').nth(2)?,
    };
    name.starts_with("alias/").then_some(name)
}

fn direct(
    caller: &Caller,
    usage: Use,
    key_id: Option<&String>,
    context: &EncryptionContext,
) -> Result<KmsRequest, Refusal> {
    if let Some(key_id) = key_id {
        check_key_id(key_id)?;
    }
    check_context(context)?;
    Ok(KmsRequest {
        usage,
        alias: key_id.and_then(|key_id| alias_of(key_id)).map(str::to_owned),
        key_id: key_id.cloned(),
        context: context.clone(),
        caller: caller.clone(),
        named: None,
        through_store: false,
    })
}

fn data_key_length(spec: Option<&str>, bytes: Option<u32>) -> Result<u32, Refusal> {
    match (spec, bytes) {
        (Some("AES_256"), None) => Ok(32),
        (Some("AES_128"), None) => Ok(16),
        (None, Some(length @ 1..=1024)) => Ok(length),
        _ => Err(refusal(Side::Kms, Class::InvalidArgument)),
    }
}

fn encrypt(caller: &Caller, request: &Encrypt) -> Result<KmsRequest, Refusal> {
    let fits = (1..=PLAINTEXT_BYTES).contains(&request.plaintext.expose().len());
    demand(Side::Kms, fits, Class::InvalidArgument)?;
    direct(caller, Use::Encrypt, Some(&request.key_id), &request.encryption_context)
}

fn decrypt(caller: &Caller, request: &Decrypt) -> Result<KmsRequest, Refusal> {
    check_blob(&request.ciphertext_blob.0)?;
    let usage = Use::Decrypt { made_by: None };
    direct(caller, usage, request.key_id.as_ref(), &request.encryption_context)
}

fn re_encrypt(caller: &Caller, request: &ReEncrypt) -> Result<KmsRequest, Refusal> {
    check_blob(&request.ciphertext_blob.0)?;
    check_key_id(&request.destination_key_id)?;
    check_context(&request.destination_encryption_context)?;
    let usage = Use::ReEncrypt {
        made_by: None,
        destination: request.destination_key_id.clone(),
        context: request.destination_encryption_context.clone(),
    };
    direct(caller, usage, request.source_key_id.as_ref(), &request.source_encryption_context)
}

fn check_blob(blob: &[u8]) -> Result<(), Refusal> {
    demand(Side::Kms, (1..=BLOB_BYTES).contains(&blob.len()), Class::InvalidArgument)
}

fn event(request: &KmsRequest) -> Event<'_> {
    let key_id = request.named.as_ref().or(request.key_id.as_ref()).map(|key_id| json!(key_id));
    let context = |pairs: &EncryptionContext| (!pairs.is_empty()).then(|| json!(pairs));
    let algorithm = || Some(json!(ALGORITHM));
    let fields = match &request.usage {
        Use::GenerateDataKey { length, spec }
        | Use::GenerateDataKeyWithoutPlaintext { length, spec } => vec![
            ("keyId", key_id),
            ("keySpec", spec.as_ref().map(|spec| json!(spec))),
            ("numberOfBytes", spec.is_none().then(|| json!(length))),
            ("encryptionContext", context(&request.context)),
        ],
        Use::Encrypt | Use::Decrypt { .. } => vec![
            ("keyId", key_id),
            ("encryptionAlgorithm", algorithm()),
            ("encryptionContext", context(&request.context)),
        ],
        Use::ReEncrypt { destination, context: bound, .. } => vec![
            ("sourceKeyId", key_id),
            ("sourceEncryptionAlgorithm", algorithm()),
            ("sourceEncryptionContext", context(&request.context)),
            ("destinationKeyId", Some(json!(destination))),
            ("destinationEncryptionAlgorithm", algorithm()),
            ("destinationEncryptionContext", context(bound)),
        ],
    };
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Event {
        name: request.usage.name(),
        caller: &request.caller,
        through_store: request.through_store,
        read_only: true,
        parameters: Value::Object(present.collect::<Map<_, _>>()),
    }
}
