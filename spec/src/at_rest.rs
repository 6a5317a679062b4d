//! Words of the laboratory: items at rest, edits, faults (operations.md, laboratory).

use crate::{Bytes, EncryptionContext, SecretBytes};
use serde::{Deserialize, Serialize};

/// What an item at rest belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tag {
    /// Belongs to one object: body, header, metadata, wrapped key.
    Object {
        /// Name of the bucket.
        bucket: String,
        /// Key of the object.
        key: String,
    },
    /// An unfinished multipart upload.
    Upload,
    /// Settings of a bucket.
    Bucket,
    /// A KMS key, its material, its aliases.
    Key,
    /// A policy of any kind.
    Policy,
    /// The audit trail.
    Trail,
    /// The service's own keys.
    Service,
    /// The target cannot tell.
    Unknown,
}

/// One item at rest, as an attacker with the disk sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The target's name of the item, unique and stable while the item exists.
    pub id: String,
    /// What it belongs to.
    pub tag: Tag,
    /// Its bytes.
    pub bytes: Bytes,
}

/// One change of the items at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Gives an item other bytes.
    Replace {
        /// The item.
        id: String,
        /// Its new bytes.
        bytes: Bytes,
    },
    /// Takes an item away.
    Remove {
        /// The item.
        id: String,
    },
    /// Adds an item under a free name.
    Insert {
        /// The item.
        item: Item,
    },
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultPoint {
    /// A call of the store to KMS.
    Kms,
    /// A call to the storage below.
    Storage,
    /// A write to the trail.
    Trail,
}

/// How a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Answers that it is unavailable.
    Unavailable,
    /// Answers too late; no real time passes.
    Timeout,
    /// Answers with other bytes than it should.
    Garbage,
}

/// One data key that the target has handed out or used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DataKeyRecord {
    /// The key wrapped, as it lies at rest.
    pub ciphertext_blob: Bytes,
    /// The context it is bound to; empty under SSE-S3.
    pub encryption_context: EncryptionContext,
    /// The key in clear.
    pub plaintext: SecretBytes,
}
