//! The encryption context: its canonical bytes, its header, and the pair that the store adds
//! (spec/encryption-context.md).

use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::wire::{Reader, put_lp16};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use sse_spec::{Class, EncryptionContext};
use std::fmt;

/// The key of the pair that the store adds.
pub const OBJECT_ARN_KEY: &str = "aws:s3:arn";

const MAX_PAIRS: usize = 64;
const MAX_LENGTH: usize = 8192;

/// Encodes pairs, given in any order, canonically.
///
/// # Errors
/// `invalid-argument` for a repeated or empty key and beyond the limits.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<u8>> {
    let invalid = Refused(Class::InvalidArgument);
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    // r[encryption-context.encode.order]
    // r[encryption-context.encode.case]
    pairs.sort_unstable_by_key(|(key, _)| key.as_bytes());
    // r[encryption-context.encode.pair-limit]
    if pairs.len() > MAX_PAIRS {
        return Err(invalid);
    }
    // r[encryption-context.encode.duplicate]
    if pairs.windows(2).any(|pair| matches!(pair, [(left, _), (right, _)] if left == right)) {
        return Err(invalid);
    }
    // r[encryption-context.encode.empty-key]
    if pairs.iter().any(|(key, _)| key.is_empty()) {
        return Err(invalid);
    }
    // r[encryption-context.encode.layout]
    let mut bytes = Vec::new();
    bytes.extend(u16::try_from(pairs.len()).map_err(|_| invalid)?.to_be_bytes());
    for (key, value) in pairs {
        put_lp16(&mut bytes, key.as_bytes())?;
        put_lp16(&mut bytes, value.as_bytes())?;
    }
    // r[encryption-context.encode.length-limit]
    if bytes.len() > MAX_LENGTH { Err(invalid) } else { Ok(bytes) }
}

/// Encodes a set of pairs; user metadata has the same encoding.
///
/// # Errors
/// As [`encode`].
pub fn encode_map(pairs: &EncryptionContext) -> Result<Vec<u8>> {
    encode(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Decodes canonical bytes.
///
/// # Errors
/// `integrity` for anything that [`encode`] cannot have written.
pub fn decode(bytes: &[u8]) -> Result<EncryptionContext> {
    let mut reader = Reader::new(bytes);
    let mut pairs = EncryptionContext::new();
    for _ in 0..reader.u16()? {
        let key = reader.text16()?.to_owned();
        pairs.insert(key, reader.text16()?.to_owned());
    }
    reader.end()?;
    // Order, duplicates and limits need no second set of rules: what encodes to the same bytes is
    // what the encoder wrote.
    // r[encryption-context.decode.strict]
    match encode_map(&pairs) {
        Ok(canonical) if canonical == bytes => Ok(pairs),
        _ => Err(Refused(Class::Integrity)),
    }
}

/// The context that is bound to the data key of an object: the caller's pairs and the object's ARN.
///
/// The ARN is built from the request's bucket and key, so that a record moved to another name
/// does not open.
#[must_use]
pub fn of_object(caller_pairs: &EncryptionContext, identity: &Identity) -> EncryptionContext {
    let mut context = caller_pairs.clone();
    // r[encryption-context.object-arn.added]
    // r[encryption-context.object-arn.from-request]
    // r[sse.put.context-arn-added]
    // r[sse.put.context-bound]
    context.insert(OBJECT_ARN_KEY.to_owned(), identity.object_arn());
    context
}

/// Reads the header `x-amz-server-side-encryption-context`: Base64 of a JSON object of strings.
///
/// # Errors
/// `invalid-argument` for anything else.
pub fn from_header(header: &str) -> Result<EncryptionContext> {
    let invalid = Refused(Class::InvalidArgument);
    // r[sse.put.context-malformed]
    let json = STANDARD.decode(header).map_err(|_| invalid)?;
    let Pairs(pairs) = serde_json::from_slice(&json).map_err(|_| invalid)?;
    // The encoder holds the rules; it also sees a repeated key, which a map would hide.
    encode(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
    Ok(pairs.into_iter().collect())
}

/// Writes the header that [`from_header`] reads.
///
/// # Errors
/// `invalid-argument` never in practice: strings always have a JSON form.
pub fn to_header(context: &EncryptionContext) -> Result<String> {
    let json = serde_json::to_vec(context).map_err(|_| Refused(Class::InvalidArgument))?;
    Ok(STANDARD.encode(json))
}

/// The members of a JSON object in their order, repeated ones included.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object from strings to strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
