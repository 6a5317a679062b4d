//! Every operation of the vocabulary, as serde types (operations.md).

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

macro_rules! operations {
    ($($name:ident $plane:ident,)+) => {
        /// One operation with its request.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Operation { $(
            #[doc = concat!("`", stringify!($name), "`.")]
            $name($name),
        )+ }

        impl Operation {
            /// Every operation's name, in the order of operations.md.
            pub const NAMES: &[&str] = &[$(stringify!($name),)+];

            /// The operation's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            /// The part of the vocabulary the operation belongs to.
            #[must_use]
            pub fn plane(&self) -> Plane {
                match self { $(Self::$name(_) => Plane::$plane,)+ }
            }
        }

        $(impl From<$name> for Operation {
            fn from(request: $name) -> Self { Self::$name(request) }
        })+
    };
}

/// The parts of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Buckets and objects.
    Data,
    /// KMS.
    Kms,
    /// What cases need around the two.
    Fixture,
    /// Byte formats with explicit keys.
    Format,
    /// The state at rest, the clock, faults.
    Laboratory,
}

operations! {
    CreateBucket Data,
    PutObject Data,
    GetObject Data,
    HeadObject Data,
    CopyObject Data,
    DeleteObject Data,
    ListObjects Data,
    PutBucketEncryption Data,
    GetBucketEncryption Data,
    DeleteBucketEncryption Data,
    PutBucketPolicy Data,
    GetBucketPolicy Data,
    DeleteBucketPolicy Data,
    CreateMultipartUpload Data,
    UploadPart Data,
    CompleteMultipartUpload Data,
    AbortMultipartUpload Data,
    CreateKey Kms,
    DescribeKey Kms,
    ListKeys Kms,
    EnableKey Kms,
    DisableKey Kms,
    ScheduleKeyDeletion Kms,
    CancelKeyDeletion Kms,
    CreateAlias Kms,
    UpdateAlias Kms,
    DeleteAlias Kms,
    ListAliases Kms,
    PutKeyPolicy Kms,
    GetKeyPolicy Kms,
    EnableKeyRotation Kms,
    DisableKeyRotation Kms,
    GetKeyRotationStatus Kms,
    RotateKeyOnDemand Kms,
    ListKeyRotations Kms,
    GenerateDataKey Kms,
    GenerateDataKeyWithoutPlaintext Kms,
    Encrypt Kms,
    Decrypt Kms,
    ReEncrypt Kms,
    CreatePrincipal Fixture,
    PutIdentityPolicy Fixture,
    DeleteIdentityPolicy Fixture,
    LookupEvents Fixture,
    GetKeyUsage Fixture,
    EncodeContext Format,
    WrapDataKey Format,
    UnwrapDataKey Format,
    SealObject Format,
    OpenObject Format,
    ReadAtRest Laboratory,
    WriteAtRest Laboratory,
    Restart Laboratory,
    AdvanceClock Laboratory,
    InjectFault Laboratory,
    RotateServiceKey Laboratory,
    ListDataKeys Laboratory,
}
