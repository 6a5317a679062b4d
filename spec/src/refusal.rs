//! Refusals: a closed list of classes, each of one coarse kind (refusal.md).

use serde::{Deserialize, Serialize};

/// An operation that was refused, with what the wire said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Which of the closed list.
    pub class: Class,
    /// Error code of the wire, for example `NoSuchKey`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// HTTP status, 0 where the target has none.
    #[serde(default)]
    pub status: u16,
    /// Text for people; never compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// The coarse kind of a refusal; profile `core` compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The caller may not.
    Denied,
    /// The thing named does not exist.
    NotFound,
    /// The request is wrong in itself.
    Invalid,
    /// The KMS key exists and cannot be used now, or for this.
    KeyUnusable,
    /// Stored or sent bytes do not authenticate.
    Integrity,
    /// A part the service needs does not answer.
    Unavailable,
    /// The request contradicts what exists.
    Conflict,
    /// A limit is exceeded.
    Limit,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident => $kind:ident,)+) => {
        /// The closed list of refusals.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        pub enum Class { $($(#[$doc])* $name,)+ }

        impl Class {
            /// Every class, in the order of refusal.md.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The class's coarse kind.
            #[must_use]
            pub fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)+ }
            }
        }
    };
}

classes! {
    /// A policy, or the absence of one, forbids it.
    AccessDenied => Denied,
    /// The bucket does not exist.
    NoSuchBucket => NotFound,
    /// The object does not exist.
    NoSuchKey => NotFound,
    /// The multipart upload does not exist.
    NoSuchUpload => NotFound,
    /// The bucket has no policy.
    NoSuchBucketPolicy => NotFound,
    /// The KMS key or alias does not exist.
    KeyNotFound => NotFound,
    /// The principal does not exist.
    NoSuchPrincipal => NotFound,
    /// The bucket exists.
    BucketExists => Conflict,
    /// The alias exists.
    AliasExists => Conflict,
    /// Another operation is in the way.
    Conflict => Conflict,
    /// An argument is wrong.
    InvalidArgument => Invalid,
    /// The request as a whole is not legal.
    InvalidRequest => Invalid,
    /// The range lies outside the object.
    InvalidRange => Invalid,
    /// The bucket's name is not allowed.
    InvalidBucketName => Invalid,
    /// The object's key is too long.
    KeyTooLong => Invalid,
    /// A part of a multipart upload is missing or differs.
    InvalidPart => Invalid,
    /// The parts are not in ascending order.
    InvalidPartOrder => Invalid,
    /// A part other than the last is too small.
    EntityTooSmall => Invalid,
    /// The object is too large.
    EntityTooLarge => Limit,
    /// A configuration document is malformed.
    MalformedXml => Invalid,
    /// A policy document is malformed.
    MalformedPolicy => Invalid,
    /// The operation, or this use of it, is not offered.
    UnsupportedOperation => Invalid,
    /// The key named is not the key of the ciphertext.
    IncorrectKey => Invalid,
    /// The key is not a symmetric encryption key.
    InvalidKeyUsage => KeyUnusable,
    /// The key is disabled.
    KeyDisabled => KeyUnusable,
    /// The key's state forbids it.
    InvalidKeyState => KeyUnusable,
    /// Bytes do not authenticate; one opaque class for every cause.
    Integrity => Integrity,
    /// The store does not open from its items.
    DamagedStore => Integrity,
    /// A limit is exceeded.
    LimitExceeded => Limit,
    /// Too many requests.
    Throttled => Limit,
    /// KMS, storage, the trail or the random source does not answer.
    Unavailable => Unavailable,
}
