//! Requests of the part "Format" (operations.md).

use crate::{Algorithm, Body, Bytes, EncryptionContext, Metadata, Range, SecretBytes};
use serde::{Deserialize, Serialize};

/// Encodes an encryption context canonically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EncodeContext {
    /// The pairs in any order; duplicates are possible here.
    pub pairs: Vec<(String, String)>,
}

/// Wraps a data key with explicit key and nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WrapDataKey {
    /// 32 bytes.
    pub wrapping_key: SecretBytes,
    /// 24 bytes.
    pub nonce: Bytes,
    /// The key to wrap.
    pub data_key: SecretBytes,
    /// What the wrap is bound to.
    pub binding: WrapBinding,
}

/// Unwraps a data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnwrapDataKey {
    /// 32 bytes.
    pub wrapping_key: SecretBytes,
    /// The wrapped key.
    pub blob: Bytes,
    /// What the wrap has to be bound to.
    pub binding: UnwrapBinding,
}

/// Makes the item of an object with explicit keys, nonces and salts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SealObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The mode.
    pub algorithm: Algorithm,
    /// The key's ARN under SSE-KMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// The caller's own pairs.
    #[serde(default)]
    pub context: EncryptionContext,
    /// The wrapped data key.
    pub blob: Bytes,
    /// User metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// Entity tag.
    pub etag: String,
    /// 32 bytes.
    pub data_key: SecretBytes,
    /// 32 bytes.
    pub root_key: SecretBytes,
    /// 24 bytes.
    pub record_nonce: Bytes,
    /// The parts of the body in their order: one with number 0 for an object put whole.
    pub parts: Vec<SealPart>,
}

/// One part of an object's body, with an explicit salt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SealPart {
    /// 0 for an object put whole, else 1 to 10000.
    pub part_number: u32,
    /// 24 bytes.
    pub salt: Bytes,
    /// The part's bytes.
    pub body: Body,
}

/// Opens the item of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// 32 bytes.
    pub root_key: SecretBytes,
    /// 32 bytes.
    pub data_key: SecretBytes,
    /// The item at rest.
    pub item: Bytes,
    /// The range asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// What a new wrap is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WrapBinding {
    /// A KMS blob.
    Kms {
        /// Key id, a UUID.
        key_id: String,
        /// Key material id, 64 hex digits.
        key_material_id: String,
        /// The whole encryption context.
        context: EncryptionContext,
    },
    /// A service blob.
    Service {
        /// Version of the service key.
        version: u32,
        /// Name of the bucket.
        bucket: String,
        /// Key of the object.
        key: String,
    },
}

/// What an existing wrap has to be bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UnwrapBinding {
    /// A KMS blob.
    Kms {
        /// The whole encryption context.
        context: EncryptionContext,
    },
    /// A service blob.
    Service {
        /// Name of the bucket.
        bucket: String,
        /// Key of the object.
        key: String,
    },
}
