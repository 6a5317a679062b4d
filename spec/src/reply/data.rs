//! Replies of the part "Data plane" (operations.md).

use crate::{Bytes, EncryptionRule, Metadata, Refusal, SseShown};
use serde::{Deserialize, Serialize};

/// Reply to `CreateBucket`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateBucketReply {}

/// Reply to `PutObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutObjectReply {
    /// Entity tag, without quotes.
    pub etag: String,
    /// The server-side encryption applied.
    pub sse: SseShown,
}

/// Reply to `GetObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetObjectReply {
    /// How the transfer ended.
    pub delivery: Delivery,
    /// Size of the whole object in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: String,
    /// User metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// The server-side encryption of the object; never the context.
    pub sse: SseShown,
}

/// Reply to `HeadObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeadObjectReply {
    /// Size of the whole object in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: String,
    /// User metadata.
    #[serde(default)]
    pub metadata: Metadata,
    /// The server-side encryption of the object; never the context.
    pub sse: SseShown,
}

/// Reply to `CopyObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopyObjectReply {
    /// Entity tag of the copy.
    pub etag: String,
    /// The server-side encryption applied.
    pub sse: SseShown,
}

/// Reply to `DeleteObject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteObjectReply {}

/// Reply to `ListObjects`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListObjectsReply {
    /// The objects, ascending by key.
    pub objects: Vec<ListedObject>,
}

/// Reply to `PutBucketEncryption`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutBucketEncryptionReply {}

/// Reply to `GetBucketEncryption`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetBucketEncryptionReply {
    /// The rules.
    pub rules: Vec<EncryptionRule>,
}

/// Reply to `DeleteBucketEncryption`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteBucketEncryptionReply {}

/// Reply to `PutBucketPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutBucketPolicyReply {}

/// Reply to `GetBucketPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetBucketPolicyReply {
    /// Policy document, an opaque string here.
    pub policy: String,
}

/// Reply to `DeleteBucketPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteBucketPolicyReply {}

/// Reply to `CreateMultipartUpload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateMultipartUploadReply {
    /// Id of the upload.
    pub upload_id: String,
    /// The server-side encryption applied.
    pub sse: SseShown,
}

/// Reply to `UploadPart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UploadPartReply {
    /// Entity tag of the part.
    pub etag: String,
    /// The server-side encryption applied.
    pub sse: SseShown,
}

/// Reply to `CompleteMultipartUpload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompleteMultipartUploadReply {
    /// Entity tag of the object.
    pub etag: String,
    /// The server-side encryption applied.
    pub sse: SseShown,
}

/// Reply to `AbortMultipartUpload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AbortMultipartUploadReply {}

/// How the transfer of an object's bytes ended; the third end is a refusal instead of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Delivery {
    /// Every byte asked for.
    Complete(Bytes),
    /// A true prefix of what was asked for, every byte of it authenticated, then a refusal.
    Aborted {
        /// The bytes released.
        prefix: Bytes,
        /// Why no more came.
        refusal: Refusal,
    },
}

/// One object of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListedObject {
    /// Key of the object.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: String,
}
