//! Replies of the part "Format" (operations.md).

use crate::{Bytes, EncryptionContext, Metadata, SecretBytes};
use serde::{Deserialize, Serialize};

/// Reply to `EncodeContext`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EncodeContextReply {
    /// The canonical bytes.
    pub bytes: Bytes,
}

/// Reply to `WrapDataKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WrapDataKeyReply {
    /// The wrapped key.
    pub blob: Bytes,
}

/// Reply to `UnwrapDataKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnwrapDataKeyReply {
    /// The key.
    pub data_key: SecretBytes,
}

/// Reply to `SealObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SealObjectReply {
    /// The item at rest.
    pub item: Bytes,
}

/// Reply to `OpenObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenObjectReply {
    /// The mode: `AES256` or `aws:kms`, or whatever a target shows.
    pub algorithm: String,
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
    /// Size of the whole object in bytes.
    pub size: u64,
    /// The bytes asked for.
    pub body: Bytes,
}
