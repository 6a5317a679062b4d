//! The closed list of kinds of value that a pattern may leave to the target
//! (spec/decisions/vocabulary.md, patterns).

use crate::symbols::Symbols;
use serde::Deserialize;
use serde_json::Value;

/// A kind of value; none accepts every value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// ARN of a KMS key in the world's Region and in one of its accounts.
    KeyArn,
    /// Id of a KMS key, a UUID.
    KeyId,
    /// A UUID of 36 characters.
    Uuid,
    /// One byte or more in lower-case hex.
    Blob,
    /// Bytes in lower-case hex, possibly none.
    Hex,
    /// 32 bytes in lower-case hex.
    Hex64,
    /// A date of the trail, `YYYY-MM-DDThh:mm:ssZ`.
    Date,
    /// Whole seconds since 1970.
    Timestamp,
    /// An entity tag, not empty and without quotes.
    Etag,
    /// A text that is not empty.
    Text,
    /// A text, possibly empty.
    String,
    /// A whole number from zero.
    Integer,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::KeyArn,
        Self::KeyId,
        Self::Uuid,
        Self::Blob,
        Self::Hex,
        Self::Hex64,
        Self::Date,
        Self::Timestamp,
        Self::Etag,
        Self::Text,
        Self::String,
        Self::Integer,
    ];

    /// The kind as a pattern writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::KeyArn => "key-arn",
            Self::KeyId => "key-id",
            Self::Uuid => "uuid",
            Self::Blob => "blob",
            Self::Hex => "hex",
            Self::Hex64 => "hex64",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Etag => "etag",
            Self::Text => "text",
            Self::String => "string",
            Self::Integer => "integer",
        }
    }

    pub(super) fn accepts(self, value: &Value, symbols: &Symbols) -> bool {
        if matches!(self, Self::Timestamp | Self::Integer) {
            return value.as_u64().is_some();
        }
        let Some(text) = value.as_str() else { return false };
        match self {
            Self::KeyArn => is_key_arn(text, symbols),
            Self::KeyId | Self::Uuid => is_uuid(text),
            Self::Blob => bytes(value).is_some_and(|bytes| !bytes.is_empty()),
            Self::Hex => bytes(value).is_some(),
            Self::Hex64 => bytes(value).is_some_and(|bytes| bytes.len() == 32),
            Self::Date => is_date(text),
            Self::Etag => !text.is_empty() && !text.contains('"'),
            Self::Text => !text.is_empty(),
            Self::String => true,
            Self::Timestamp | Self::Integer => false,
        }
    }
}

/// The bytes of a lower-case hex string.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    hex::decode(text).ok()
}

fn is_key_arn(text: &str, symbols: &Symbols) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account) = (part(), part(), part(), part(), part());
    let known = |name: &str, value: &str| symbols.text(name) == Some(value);
    arn == "arn"
        && partition.starts_with("aws")
        && service == "kms"
        && known("region", region)
        && (known("account", account) || known("other_account", account))
        && part().strip_prefix("key/").is_some_and(is_uuid)
}

fn is_uuid(text: &str) -> bool {
    fits(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

fn is_date(text: &str) -> bool {
    fits(text, "dddd-dd-ddTdd:dd:ddZ")
}

/// Whether `text` has the shape of `mask`: `x` a hex digit, `d` a decimal one, the rest itself.
fn fits(text: &str, mask: &str) -> bool {
    text.len() == mask.len()
        && text.bytes().zip(mask.bytes()).all(|(byte, mask)| match mask {
            b'x' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            literal => byte == literal,
        })
}
