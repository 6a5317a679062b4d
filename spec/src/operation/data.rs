//! Requests of the part "Data plane" (operations.md).

use crate::{Body, Metadata, ObjectName, Range, SseHeaders};
use serde::{Deserialize, Serialize};

/// Makes a bucket in the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateBucket {
    /// Name of the bucket.
    pub bucket: String,
}

/// Stores an object whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The object's bytes.
    pub body: Body,
    /// The server-side encryption asked for.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
    /// User metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// Reads an object, whole or a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The range asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Headers that do not belong on a read; sent to see them refused.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
}

/// Shows an object without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeadObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Headers that do not belong on a read; sent to see them refused.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
}

/// Copies an object on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopyObject {
    /// The object to copy.
    pub source: ObjectName,
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The server-side encryption asked for.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
    /// New user metadata; absent copies the source's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_metadata: Option<Metadata>,
}

/// Deletes an object; deleting what is absent succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteObject {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
}

/// Lists every object of a bucket; an adapter follows the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListObjects {
    /// Name of the bucket.
    pub bucket: String,
    /// Only keys that begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// Sets the bucket's default encryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutBucketEncryption {
    /// Name of the bucket.
    pub bucket: String,
    /// The rules; exactly one is legal.
    pub rules: Vec<EncryptionRule>,
}

/// Shows the bucket's default encryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetBucketEncryption {
    /// Name of the bucket.
    pub bucket: String,
}

/// Resets the bucket's default encryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteBucketEncryption {
    /// Name of the bucket.
    pub bucket: String,
}

/// Sets the bucket's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutBucketPolicy {
    /// Name of the bucket.
    pub bucket: String,
    /// Policy document, an opaque string here.
    pub policy: String,
}

/// Shows the bucket's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetBucketPolicy {
    /// Name of the bucket.
    pub bucket: String,
}

/// Removes the bucket's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteBucketPolicy {
    /// Name of the bucket.
    pub bucket: String,
}

/// Begins an upload in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateMultipartUpload {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The server-side encryption asked for.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
    /// User metadata.
    #[serde(default)]
    pub metadata: Metadata,
}

/// Uploads one part; sending a number again replaces the part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UploadPart {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Id of the upload.
    pub upload_id: String,
    /// 1 to 10000.
    pub part_number: u32,
    /// The part's bytes.
    pub body: Body,
    /// Headers that do not belong on a part; sent to see them refused.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: SseHeaders,
}

/// Makes the object out of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompleteMultipartUpload {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Id of the upload.
    pub upload_id: String,
    /// The parts, ascending by number.
    pub parts: Vec<CompletedPart>,
}

/// Drops an upload and its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AbortMultipartUpload {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Id of the upload.
    pub upload_id: String,
}

/// One rule of a bucket's default encryption, as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EncryptionRule {
    /// `SSEAlgorithm`.
    pub algorithm: String,
    /// `KMSMasterKeyID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
}

/// One part named when an upload is completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompletedPart {
    /// Number of the part.
    pub part_number: u32,
    /// Entity tag of the part.
    pub etag: String,
}
