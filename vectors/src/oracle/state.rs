//! What the oracle remembers: buckets, objects, keys, the trail (sse.md, key.md, audit.md).

use serde::{Deserialize, Serialize};
use sse_spec::{
    Algorithm, AuditEntry, EncryptionContext, KeyManager, KeyMetadata, KeyState, Metadata,
    SseShown, Timestamp,
};
use std::collections::BTreeMap;

/// Everything that outlives an operation.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Buckets by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// Objects by bucket and key.
    pub objects: BTreeMap<(String, String), Stored>,
    /// KMS keys by key id.
    pub keys: BTreeMap<String, Key>,
    /// The trail, oldest first.
    pub trail: Vec<AuditEntry>,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Account that owns it.
    pub account: String,
}

/// What is known of an object's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// An object whose description is authentic.
    Sound(Object),
    /// An object whose description is not.
    Damaged,
}

/// The description of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The mode.
    pub algorithm: Algorithm,
    /// The key's ARN under SSE-KMS.
    pub kms_key_id: Option<String>,
    /// The caller's own pairs.
    pub context: EncryptionContext,
    /// User metadata.
    pub metadata: Metadata,
    /// Size in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: String,
}

impl Object {
    /// What a reply to a read shows: the mode and the key, never the context.
    #[must_use]
    pub fn shown(&self) -> SseShown {
        SseShown { algorithm: self.algorithm, kms_key_id: self.kms_key_id.clone(), context: None }
    }
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Key id, a UUID.
    pub id: String,
    /// Account that owns it.
    pub account: String,
    /// Region.
    pub region: String,
    /// Who manages it.
    pub manager: KeyManager,
    /// Its state.
    pub state: KeyState,
    /// When it was made.
    pub created: Timestamp,
    /// Its description.
    pub description: String,
    /// Successful cryptographic requests by operation.
    pub usage: BTreeMap<String, u64>,
}

impl Key {
    /// The key's ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, self.id)
    }

    /// What KMS shows of the key.
    #[must_use]
    pub fn metadata(&self) -> KeyMetadata {
        KeyMetadata {
            key_id: self.id.clone(),
            arn: self.arn(),
            account_id: self.account.clone(),
            key_manager: self.manager,
            key_state: self.state,
            enabled: self.state == KeyState::Enabled,
            key_spec: "SYMMETRIC_DEFAULT".to_owned(),
            key_usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            creation_date: self.created,
            description: self.description.clone(),
            deletion_date: None,
            current_key_material_id: None,
        }
    }
}

/// The account of which `principal` is the root, if it is one.
#[must_use]
pub fn root_of(principal: &str) -> Option<&str> {
    let account = principal.strip_prefix("arn:aws:iam::")?.strip_suffix(":root")?;
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(account)
}

/// The account that a principal belongs to; empty where the ARN names none.
pub(super) fn account_of(principal: &str) -> &str {
    principal.split(':').nth(4).unwrap_or_default()
}
