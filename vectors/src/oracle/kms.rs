//! KMS: parameters, key lookup, authorization, key state, cryptography, audit, in this one order
//! (kms.md, the order of checks).

use super::audit::{Event, own_account};
use super::state::{account_of, root_of};
use super::{Key, Moment, Oracle, Side, refusal};
use serde_json::{Map, Value, json};
use sse_spec::{
    Caller, Class, CreateKey, CreateKeyReply, Decrypt, DescribeKey, DescribeKeyReply, DisableKey,
    DisableKeyReply, EnableKey, EnableKeyReply, EncryptionContext, GenerateDataKey, KeyManager,
    KeyState, ListAliases, ListAliasesReply, ListKeysReply, ListedAlias, ListedKey, Refusal,
};
use std::collections::BTreeMap;

/// The alias under which the AWS managed key of S3 is known.
const MANAGED_ALIAS: &str = "alias/aws/s3";
/// Largest number of pairs and of canonical bytes of an encryption context.
const CONTEXT_PAIRS: usize = 64;
const CONTEXT_BYTES: usize = 8192;
const BLOB_BYTES: usize = 6144;
const KEY_ID_CHARS: usize = 2048;

/// A cryptographic request to KMS with legal parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsRequest {
    /// What is asked for.
    pub usage: Use,
    /// The key named, in any form.
    pub key_id: Option<String>,
    /// The whole encryption context.
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
    /// The plaintext of a blob.
    Decrypt {
        /// Key id in the blob's header, to be filled in by who can read the blob.
        made_by: Option<String>,
    },
}

impl Use {
    /// Name of the operation.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::GenerateDataKey { .. } => "GenerateDataKey",
            Self::Decrypt { .. } => "Decrypt",
        }
    }
}

/// A cryptographic request that passed every check before the cryptography.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The key to use.
    pub key_id: String,
    /// Its ARN.
    pub key_arn: String,
    /// The context to bind or to match.
    pub context: EncryptionContext,
    /// The request, for the trail.
    pub request: KmsRequest,
}

impl Oracle {
    /// Step 1 of a GenerateDataKey.
    pub(super) fn generate_parameters(
        caller: &Caller,
        request: &GenerateDataKey,
    ) -> Result<KmsRequest, Refusal> {
        check_key_id(&request.key_id)?;
        check_context(&request.encryption_context)?;
        let length = match (request.key_spec.as_deref(), request.number_of_bytes) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128"), None) => 16,
            (None, Some(length @ 1..=1024)) => length,
            _ => return Err(refusal(Side::Kms, Class::InvalidArgument)),
        };
        Ok(KmsRequest {
            usage: Use::GenerateDataKey { length, spec: request.key_spec.clone() },
            key_id: Some(request.key_id.clone()),
            context: request.encryption_context.clone(),
            caller: caller.clone(),
            through_store: false,
        })
    }

    /// Step 1 of a Decrypt.
    pub(super) fn decrypt_parameters(
        caller: &Caller,
        request: &Decrypt,
    ) -> Result<KmsRequest, Refusal> {
        if let Some(key_id) = &request.key_id {
            check_key_id(key_id)?;
        }
        check_context(&request.encryption_context)?;
        if !(1..=BLOB_BYTES).contains(&request.ciphertext_blob.0.len()) {
            return Err(refusal(Side::Kms, Class::InvalidArgument));
        }
        Ok(KmsRequest {
            usage: Use::Decrypt { made_by: None },
            key_id: request.key_id.clone(),
            context: request.encryption_context.clone(),
            caller: caller.clone(),
            through_store: false,
        })
    }

    /// Steps 2 to 4 of a cryptographic request, and its entry where one of them refuses.
    ///
    /// # Errors
    /// The refusal of the first failed check, on the side of KMS.
    pub fn ask(&mut self, moment: &mut Moment<'_>, request: &KmsRequest) -> Result<Grant, Refusal> {
        let key = self.resolve(request)?;
        if let Err(refused) = permitted(request, &key).and_then(|()| usable(request, &key)) {
            self.record(moment, &event(request), &key, Some(&refused));
            return Err(refused);
        }
        Ok(Grant {
            key_arn: key.arn(),
            key_id: key.id,
            context: request.context.clone(),
            request: request.clone(),
        })
    }

    /// Steps 5 and 6: says how the cryptography of a granted request ended.
    ///
    /// # Errors
    /// `incorrect-key` where the blob is another key's, `integrity` where it did not open.
    pub fn conclude(
        &mut self,
        moment: &mut Moment<'_>,
        grant: &Grant,
        authentic: bool,
    ) -> Result<(), Refusal> {
        let outcome = match &grant.request.usage {
            Use::Decrypt { made_by: Some(id) } if *id != grant.key_id => Err(Class::IncorrectKey),
            _ if authentic => Ok(()),
            _ => Err(Class::Integrity),
        }
        .map_err(|class| refusal(Side::Kms, class));
        if let Some(key) = self.state.keys.get_mut(&grant.key_id) {
            if outcome.is_ok() {
                *key.usage.entry(grant.request.usage.name().to_owned()).or_default() += 1;
            }
            let key = key.clone();
            self.record(moment, &event(&grant.request), &key, outcome.as_ref().err());
        }
        outcome
    }

    /// The key that a request is about.
    fn resolve(&self, request: &KmsRequest) -> Result<Key, Refusal> {
        let account = account_of(&request.caller.principal);
        match (&request.key_id, &request.usage) {
            (Some(named), _) => self.lookup(named, account),
            // A blob that names no key of this service is not told apart from a damaged one.
            (None, Use::Decrypt { made_by }) => made_by
                .as_ref()
                .and_then(|id| self.state.keys.get(id))
                .cloned()
                .ok_or_else(|| refusal(Side::Kms, Class::Integrity)),
            (None, Use::GenerateDataKey { .. }) => Err(refusal(Side::Kms, Class::InvalidArgument)),
        }
    }

    /// Step 2: finds a key by key id, by ARN or by the alias of the managed key.
    pub(super) fn lookup(&self, named: &str, account: &str) -> Result<Key, Refusal> {
        let prefix = format!("arn:aws:kms:{}:", self.region());
        let (account, rest) = match named.strip_prefix(&prefix).and_then(|r| r.split_once(':')) {
            Some((owner, rest)) => (owner, rest),
            None => (account, named),
        };
        let found = if rest == MANAGED_ALIAS {
            self.managed_key(account)
        } else {
            let id = if rest.len() == named.len() { Some(rest) } else { rest.strip_prefix("key/") };
            id.and_then(|id| self.state.keys.get(id)).filter(|key| key.account == account)
        };
        found.cloned().ok_or_else(|| refusal(Side::Kms, Class::KeyNotFound))
    }

    fn managed_key(&self, account: &str) -> Option<&Key> {
        let managed = |key: &&Key| key.account == account && key.manager == KeyManager::Aws;
        self.state.keys.values().find(managed)
    }

    /// Finds or makes the managed key of an account; its making is the service's own act.
    pub(super) fn first_use(&mut self, moment: &mut Moment<'_>, account: &str) -> String {
        if let Some(key) = self.managed_key(account) {
            return key.arn();
        }
        let description = "Default key that protects my S3 objects when no other key is defined";
        self.insert_key(moment, account, KeyManager::Aws, description).arn()
    }

    fn insert_key(
        &mut self,
        moment: &mut Moment<'_>,
        account: &str,
        manager: KeyManager,
        description: &str,
    ) -> Key {
        let key = Key {
            id: (moment.draw)(),
            account: account.to_owned(),
            region: self.region().to_owned(),
            manager,
            state: KeyState::Enabled,
            created: moment.now,
            description: description.to_owned(),
            usage: BTreeMap::new(),
        };
        self.state.keys.insert(key.id.clone(), key.clone());
        key
    }

    pub(super) fn create_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CreateKey,
    ) -> Result<CreateKeyReply, Refusal> {
        let differs =
            |field: &Option<String>, only: &str| field.as_ref().is_some_and(|f| f != only);
        if differs(&request.key_spec, "SYMMETRIC_DEFAULT")
            || differs(&request.key_usage, "ENCRYPT_DECRYPT")
            || differs(&request.origin, "AWS_KMS")
            || request.policy.is_some()
        {
            return Err(refusal(Side::Kms, Class::UnsupportedOperation));
        }
        let description = request.description.clone().unwrap_or_default();
        if description.chars().count() > 8192 {
            return Err(refusal(Side::Kms, Class::InvalidArgument));
        }
        let account = own_account(Side::Kms, caller)?.to_owned();
        let key = self.insert_key(moment, &account, KeyManager::Customer, &description);
        let parameters = json!({ "description": description });
        self.record(moment, &management("CreateKey", caller, false, parameters), &key, None);
        Ok(CreateKeyReply { key_metadata: key.metadata() })
    }

    pub(super) fn describe_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DescribeKey,
    ) -> Result<DescribeKeyReply, Refusal> {
        let key = self.manage(moment, caller, "DescribeKey", &request.key_id, None)?;
        Ok(DescribeKeyReply { key_metadata: key.metadata() })
    }

    pub(super) fn enable_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &EnableKey,
    ) -> Result<EnableKeyReply, Refusal> {
        let to = Some(KeyState::Enabled);
        self.manage(moment, caller, "EnableKey", &request.key_id, to).map(|_| EnableKeyReply {})
    }

    pub(super) fn disable_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DisableKey,
    ) -> Result<DisableKeyReply, Refusal> {
        let to = Some(KeyState::Disabled);
        self.manage(moment, caller, "DisableKey", &request.key_id, to).map(|_| DisableKeyReply {})
    }

    /// A management request on one key: shows it, or leads it into state `to`.
    fn manage(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        name: &'static str,
        named: &str,
        to: Option<KeyState>,
    ) -> Result<Key, Refusal> {
        check_key_id(named)?;
        // A transition takes a key id or an ARN only, never an alias.
        if to.is_some() && named.contains("alias/") {
            return Err(refusal(Side::Kms, Class::InvalidArgument));
        }
        let key = self.lookup(named, account_of(&caller.principal))?;
        let own = root_of(&caller.principal) == Some(key.account.as_str());
        let allowed = own && (to.is_none() || key.manager == KeyManager::Customer);
        let refused = (!allowed).then(|| refusal(Side::Kms, Class::AccessDenied));
        if let (None, Some(to), Some(key)) = (&refused, to, self.state.keys.get_mut(&key.id)) {
            key.state = to;
        }
        let event = management(name, caller, to.is_none(), json!({ "keyId": named }));
        self.record(moment, &event, &key, refused.as_ref());
        match refused {
            Some(refused) => Err(refused),
            None => Ok(key),
        }
    }

    pub(super) fn list_keys(&self, caller: &Caller) -> Result<ListKeysReply, Refusal> {
        let account = own_account(Side::Kms, caller)?;
        let listed = |key: &Key| ListedKey { key_id: key.id.clone(), key_arn: key.arn() };
        Ok(ListKeysReply { keys: self.keys_of(account).into_iter().map(listed).collect() })
    }

    /// The one alias of this version is that of the managed key.
    pub(super) fn list_aliases(
        &self,
        caller: &Caller,
        request: &ListAliases,
    ) -> Result<ListAliasesReply, Refusal> {
        let account = own_account(Side::Kms, caller)?;
        let only = match &request.key_id {
            Some(named) => Some(self.lookup(named, account)?.id),
            None => None,
        };
        let shown = |key: &&Key| only.as_ref().is_none_or(|only| *only == key.id);
        let listed = |key: &Key| ListedAlias {
            alias_name: MANAGED_ALIAS.to_owned(),
            alias_arn: format!("arn:aws:kms:{}:{}:{MANAGED_ALIAS}", key.region, key.account),
            target_key_id: Some(key.id.clone()),
        };
        let aliases = self.managed_key(account).filter(shown).map(listed).into_iter().collect();
        Ok(ListAliasesReply { aliases })
    }
}

/// Step 3: the root principal may everything on its account's keys, but the managed key serves
/// through the store only.
fn permitted(request: &KmsRequest, key: &Key) -> Result<(), Refusal> {
    let own = root_of(&request.caller.principal) == Some(key.account.as_str());
    if own && (key.manager == KeyManager::Customer || request.through_store) {
        Ok(())
    } else {
        Err(refusal(Side::Kms, Class::AccessDenied))
    }
}

/// Step 4: only an Enabled key does cryptography.
fn usable(_: &KmsRequest, key: &Key) -> Result<(), Refusal> {
    match key.state {
        KeyState::Enabled => Ok(()),
        KeyState::Disabled => Err(refusal(Side::Kms, Class::KeyDisabled)),
        KeyState::PendingDeletion => Err(refusal(Side::Kms, Class::InvalidKeyState)),
    }
}

fn check_key_id(key_id: &str) -> Result<(), Refusal> {
    if (1..=KEY_ID_CHARS).contains(&key_id.chars().count()) {
        Ok(())
    } else {
        Err(refusal(Side::Kms, Class::InvalidArgument))
    }
}

/// The limits of encryption-context.md.
pub(super) fn fits(pairs: &BTreeMap<String, String>) -> bool {
    let bytes: usize = pairs.iter().map(|(key, value)| 4 + key.len() + value.len()).sum();
    let named = pairs.keys().all(|key| !key.is_empty());
    named && pairs.len() <= CONTEXT_PAIRS && 2 + bytes <= CONTEXT_BYTES
}

fn check_context(context: &EncryptionContext) -> Result<(), Refusal> {
    if fits(context) { Ok(()) } else { Err(refusal(Side::Kms, Class::InvalidArgument)) }
}

fn event(request: &KmsRequest) -> Event<'_> {
    let mut parameters = Map::new();
    if let Some(key_id) = &request.key_id {
        parameters.insert("keyId".to_owned(), json!(key_id));
    }
    match &request.usage {
        Use::GenerateDataKey { spec: Some(spec), .. } => {
            parameters.insert("keySpec".to_owned(), json!(spec));
        }
        Use::GenerateDataKey { length, spec: None } => {
            parameters.insert("numberOfBytes".to_owned(), json!(length));
        }
        Use::Decrypt { .. } => {
            parameters.insert("encryptionAlgorithm".to_owned(), json!("SYMMETRIC_DEFAULT"));
        }
    }
    if !request.context.is_empty() {
        parameters.insert("encryptionContext".to_owned(), json!(request.context));
    }
    Event {
        name: request.usage.name(),
        caller: &request.caller,
        through_store: request.through_store,
        read_only: true,
        parameters: Value::Object(parameters),
    }
}

fn management<'a>(
    name: &'a str,
    caller: &'a Caller,
    read_only: bool,
    parameters: Value,
) -> Event<'a> {
    Event { name, caller, through_store: false, read_only, parameters }
}
