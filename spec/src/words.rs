//! Small words used by several operations: callers, modes, contexts, bodies, key states.

use crate::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A set of string pairs bound to a data key; order carries no meaning.
pub type EncryptionContext = BTreeMap<String, String>;

/// User metadata of an object: names without the `x-amz-meta-` prefix, lower case.
pub type Metadata = BTreeMap<String, String>;

/// Seconds since 1970-01-01T00:00:00Z.
pub type Timestamp = u64;

/// Who performs an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// ARN of the principal, for example `arn:aws:iam::111122223333:root`.
    pub principal: String,
    /// Whether the request came over TLS.
    #[serde(default = "yes")]
    pub secure_transport: bool,
}

fn yes() -> bool {
    true
}

impl Caller {
    /// A caller over TLS.
    #[must_use]
    pub fn new(principal: impl Into<String>) -> Self {
        Self { principal: principal.into(), secure_transport: true }
    }
}

/// Bucket and key of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ObjectName {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object, any UTF-8 of 1 to 1024 bytes.
    pub key: String,
}

/// Where the bytes of a request's body, or of an expected body, come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// The bytes themselves.
    Inline(Bytes),
    /// The first `len` bytes of the SHA-256 stream that operations.md defines for this seed.
    Pattern {
        /// Seed of the stream.
        seed: u64,
        /// Length in bytes.
        len: u64,
    },
    /// The contents of a file of the user.
    File(PathBuf),
}

/// The server-side encryption that a request asks for, as it asks for it: any field may be wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SseHeaders {
    /// `x-amz-server-side-encryption`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `x-amz-server-side-encryption-context`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<ContextArgument>,
}

impl SseHeaders {
    /// Whether no header was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The encryption context header: as pairs, or as the raw header value where it is malformed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ContextArgument {
    /// Well-formed pairs; an HTTP adapter sends Base64 of their JSON object.
    Pairs(EncryptionContext),
    /// The header's value as it is.
    Raw(String),
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// The word by which a reply shows it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl From<$name> for String {
            fn from(shown: $name) -> Self {
                shown.word().to_owned()
            }
        }

        // A reply may show any word, and which one is right a case says.
        impl PartialEq<$name> for String {
            fn eq(&self, other: &$name) -> bool {
                self == other.word()
            }
        }
    };
}

words! {
    /// Which mode protects an object.
    Algorithm {
        /// SSE-S3.
        Aes256 = "AES256",
        /// SSE-KMS.
        AwsKms = "aws:kms",
    }
}

/// The server-side encryption that a reply shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SseShown {
    /// `x-amz-server-side-encryption`: `AES256` or `aws:kms`, or whatever a target shows.
    pub algorithm: String,
    /// `x-amz-server-side-encryption-aws-kms-key-id`: the key's ARN under SSE-KMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `x-amz-server-side-encryption-context`; on replies to writes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<EncryptionContext>,
}

/// A byte range of an object, in the three forms of RFC 9110 section 14.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Range {
    /// `bytes=first-last`, both inclusive.
    FromTo {
        /// First byte's position.
        first: u64,
        /// Last byte's position.
        last: u64,
    },
    /// `bytes=first-`.
    From {
        /// First byte's position.
        first: u64,
    },
    /// `bytes=-length`.
    Last {
        /// How many of the last bytes.
        length: u64,
    },
}

words! {
    /// State of a KMS key.
    KeyState {
        /// Usable.
        Enabled = "Enabled",
        /// Not usable, can be enabled.
        Disabled = "Disabled",
        /// Waiting for deletion.
        PendingDeletion = "PendingDeletion",
    }
}

words! {
    /// Who manages a KMS key.
    KeyManager {
        /// The service: `aws/s3`.
        Aws = "AWS",
        /// The customer.
        Customer = "CUSTOMER",
    }
}
