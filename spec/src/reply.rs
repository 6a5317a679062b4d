//! Every reply of the vocabulary, as serde types (operations.md).

mod data;
mod fixture;
mod format;
mod kms;
mod laboratory;

pub use data::*;
pub use fixture::*;
pub use format::*;
pub use kms::*;
pub use laboratory::*;

use serde::{Deserialize, Serialize};

macro_rules! replies {
    ($($name:ident $reply:ident,)+) => {
        /// One operation's reply.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Reply { $(
            #[doc = concat!("Reply to `", stringify!($name), "`.")]
            $name($reply),
        )+ }

        impl Reply {
            /// Name of the operation replied to.
            #[must_use]
            pub fn operation(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }
        }

        $(impl From<$reply> for Reply {
            fn from(reply: $reply) -> Self { Self::$name(reply) }
        })+
    };
}

replies! {
    CreateBucket CreateBucketReply,
    PutObject PutObjectReply,
    GetObject GetObjectReply,
    HeadObject HeadObjectReply,
    CopyObject CopyObjectReply,
    DeleteObject DeleteObjectReply,
    ListObjects ListObjectsReply,
    PutBucketEncryption PutBucketEncryptionReply,
    GetBucketEncryption GetBucketEncryptionReply,
    DeleteBucketEncryption DeleteBucketEncryptionReply,
    PutBucketPolicy PutBucketPolicyReply,
    GetBucketPolicy GetBucketPolicyReply,
    DeleteBucketPolicy DeleteBucketPolicyReply,
    CreateMultipartUpload CreateMultipartUploadReply,
    UploadPart UploadPartReply,
    CompleteMultipartUpload CompleteMultipartUploadReply,
    AbortMultipartUpload AbortMultipartUploadReply,
    CreateKey CreateKeyReply,
    DescribeKey DescribeKeyReply,
    ListKeys ListKeysReply,
    EnableKey EnableKeyReply,
    DisableKey DisableKeyReply,
    ScheduleKeyDeletion ScheduleKeyDeletionReply,
    CancelKeyDeletion CancelKeyDeletionReply,
    CreateAlias CreateAliasReply,
    UpdateAlias UpdateAliasReply,
    DeleteAlias DeleteAliasReply,
    ListAliases ListAliasesReply,
    PutKeyPolicy PutKeyPolicyReply,
    GetKeyPolicy GetKeyPolicyReply,
    EnableKeyRotation EnableKeyRotationReply,
    DisableKeyRotation DisableKeyRotationReply,
    GetKeyRotationStatus GetKeyRotationStatusReply,
    RotateKeyOnDemand RotateKeyOnDemandReply,
    ListKeyRotations ListKeyRotationsReply,
    GenerateDataKey GenerateDataKeyReply,
    GenerateDataKeyWithoutPlaintext GenerateDataKeyWithoutPlaintextReply,
    Encrypt EncryptReply,
    Decrypt DecryptReply,
    ReEncrypt ReEncryptReply,
    CreatePrincipal CreatePrincipalReply,
    PutIdentityPolicy PutIdentityPolicyReply,
    DeleteIdentityPolicy DeleteIdentityPolicyReply,
    LookupEvents LookupEventsReply,
    GetKeyUsage GetKeyUsageReply,
    EncodeContext EncodeContextReply,
    WrapDataKey WrapDataKeyReply,
    UnwrapDataKey UnwrapDataKeyReply,
    SealObject SealObjectReply,
    OpenObject OpenObjectReply,
    ReadAtRest ReadAtRestReply,
    WriteAtRest WriteAtRestReply,
    Restart RestartReply,
    AdvanceClock AdvanceClockReply,
    InjectFault InjectFaultReply,
    RotateServiceKey RotateServiceKeyReply,
    ListDataKeys ListDataKeysReply,
}

/// Reply fields that a target may leave out or add: an expectation that does not list them accepts
/// both (operations.md, open fields). Pairs of operation name and JSON pointer.
pub const OPEN_FIELDS: &[(&str, &str)] = &[
    ("PutObject", "/sse/context"),
    ("CopyObject", "/sse/context"),
    ("CreateMultipartUpload", "/sse/context"),
    ("GenerateDataKey", "/key_material_id"),
    ("GenerateDataKeyWithoutPlaintext", "/key_material_id"),
    ("Decrypt", "/key_material_id"),
    ("ReEncrypt", "/source_key_material_id"),
    ("ReEncrypt", "/destination_key_material_id"),
    ("CreateKey", "/key_metadata/current_key_material_id"),
    ("DescribeKey", "/key_metadata/current_key_material_id"),
    ("ScheduleKeyDeletion", "/pending_window_in_days"),
    ("GetKeyRotationStatus", "/rotation_period_in_days"),
    ("GetKeyRotationStatus", "/next_rotation_date"),
    ("GetKeyRotationStatus", "/on_demand_rotation_start_date"),
];
