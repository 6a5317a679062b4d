//! What the oracle remembers: buckets, objects, uploads, keys, principals, the trail.

use serde::{Deserialize, Serialize};
use sse_spec::{
    Algorithm, AuditEntry, EncryptionContext, EncryptionRule, KeyManager, KeyMetadata, KeyState,
    Metadata, ObjectName, SseShown, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that outlives an operation.
#[derive(Clone, Debug)]
pub struct State {
    /// Buckets by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// Objects by bucket and key.
    pub objects: BTreeMap<(String, String), Stored>,
    /// Open uploads by id.
    pub uploads: BTreeMap<String, Upload>,
    /// KMS keys by key id.
    pub keys: BTreeMap<String, Key>,
    /// What remains of deleted keys, by key id.
    pub deleted: BTreeMap<String, Deleted>,
    /// Identity policies by principal and name; a principal without any has an empty map.
    pub principals: BTreeMap<String, BTreeMap<String, String>>,
    /// The trail, oldest first.
    pub trail: Vec<AuditEntry>,
    /// Version of the service key that new puts use.
    pub service_version: u32,
}

impl Default for State {
    fn default() -> Self {
        Self {
            buckets: BTreeMap::new(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
            keys: BTreeMap::new(),
            deleted: BTreeMap::new(),
            principals: BTreeMap::new(),
            trail: Vec::new(),
            service_version: 1,
        }
    }
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Account that owns it.
    pub account: String,
    /// The default encryption of its own.
    pub encryption: Option<EncryptionRule>,
    /// Its policy, as it was put.
    pub policy: Option<String>,
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
        SseShown {
            algorithm: self.algorithm.into(),
            kms_key_id: self.kms_key_id.clone(),
            context: None,
        }
    }
}

/// An open upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The object that it will make.
    pub name: ObjectName,
    /// The mode.
    pub algorithm: Algorithm,
    /// The key's ARN under SSE-KMS.
    pub kms_key_id: Option<String>,
    /// The caller's own pairs.
    pub context: EncryptionContext,
    /// User metadata.
    pub metadata: Metadata,
    /// What bucket policies see of every request on it.
    pub sent: Sent,
    /// The parts by number.
    pub parts: BTreeMap<u32, Part>,
}

/// One part of an open upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Size in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: String,
}

/// What the two condition keys of a write show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The algorithm as the request sent it.
    pub algorithm: Option<String>,
    /// ARN of the key of the object; the text as given where that names no key.
    pub kms_key: Option<String>,
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
    /// Its policy, as it was put.
    pub policy: String,
    /// Its aliases, with their prefix.
    pub aliases: BTreeSet<String>,
    /// When it will be deleted, in state `PendingDeletion`.
    pub deletion: Option<Timestamp>,
    /// Automatic rotation, where it is on.
    pub rotation: Option<Rotation>,
    /// Its material, the first one first, the current one last.
    pub materials: Vec<Material>,
    /// Successful cryptographic requests by operation.
    pub usage: BTreeMap<String, u64>,
}

/// The setting of automatic rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Days between two rotations.
    pub days: u32,
    /// When the next one is due.
    pub next: Timestamp,
}

/// One material of a key; its bytes are the carrier's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// 64 lower-case hexadecimal digits.
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
    /// By what.
    pub origin: Origin,
}

/// What made a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// CreateKey.
    First,
    /// The clock.
    Automatic,
    /// RotateKeyOnDemand.
    OnDemand,
}

/// What remains of a deleted key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Its ARN.
    pub arn: String,
    /// The account that owned it.
    pub account: String,
    /// Its usage.
    pub usage: BTreeMap<String, u64>,
}

impl Key {
    /// The key's ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, self.id)
    }

    /// Id of the material that encrypts now; empty for a key without any, which is none of ours.
    #[must_use]
    pub fn current(&self) -> &str {
        self.materials.last().map_or("", |material| material.id.as_str())
    }

    /// What KMS shows of the key.
    #[must_use]
    pub fn metadata(&self) -> KeyMetadata {
        KeyMetadata {
            key_id: self.id.clone(),
            arn: self.arn(),
            account_id: self.account.clone(),
            key_manager: self.manager.into(),
            key_state: self.state.into(),
            enabled: self.state == KeyState::Enabled,
            key_spec: "SYMMETRIC_DEFAULT".to_owned(),
            key_usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            creation_date: self.created,
            description: self.description.clone(),
            deletion_date: self.deletion,
            current_key_material_id: Some(self.current().to_owned()),
        }
    }
}

/// The account of which `principal` is the root, if it is one.
#[must_use]
pub fn root_of(principal: &str) -> Option<&str> {
    let account = principal.strip_prefix("arn:aws:iam::")?.strip_suffix(":root")?;
    is_account(account).then_some(account)
}

/// The account that a principal belongs to; empty where the ARN names none.
pub(super) fn account_of(principal: &str) -> &str {
    principal.split(':').nth(4).unwrap_or_default()
}

/// Whether a text is twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is the ARN of a user or a role.
pub(super) fn is_principal(arn: &str) -> bool {
    let parts = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(account, rest)| {
        let name = rest.strip_prefix("user/").or_else(|| rest.strip_prefix("role/"));
        is_account(account) && name.is_some_and(is_principal_name)
    })
}

/// Whether a text can name a user or a role.
pub(super) fn is_principal_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(legal)
}
