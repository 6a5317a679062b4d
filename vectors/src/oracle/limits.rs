//! Forms and limits of names, contexts and metadata: step 1 of every order of checks.

use super::{Side, refusal};
use sse_spec::{Class, EncryptionContext, Metadata, Refusal};
use std::collections::BTreeMap;

/// Largest number of pairs of an encryption context, and of names of user metadata.
const PAIRS: usize = 64;
const CONTEXT_BYTES: usize = 8192;
const METADATA_BYTES: usize = 2048;
const KEY_ID_CHARS: usize = 2048;
const OBJECT_KEY_BYTES: usize = 1024;
const ALIAS_CHARS: usize = 250;

/// Refuses with a class where a condition does not hold.
pub(super) fn demand(side: Side, holds: bool, class: Class) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal(side, class)) }
}

/// The length of a key identifier; its form is a matter of the lookup.
pub(super) fn key_id_fits(key_id: &str) -> bool {
    (1..=KEY_ID_CHARS).contains(&key_id.chars().count())
}

pub(super) fn check_key_id(key_id: &str) -> Result<(), Refusal> {
    demand(Side::Kms, key_id_fits(key_id), Class::InvalidArgument)
}

fn few_and_named(pairs: &BTreeMap<String, String>) -> bool {
    pairs.len() <= PAIRS && pairs.keys().all(|name| !name.is_empty())
}

/// The limits of encryption-context.md.
pub(super) fn context_fits(pairs: &EncryptionContext) -> bool {
    let bytes: usize = pairs.iter().map(|(key, value)| 4 + key.len() + value.len()).sum();
    few_and_named(pairs) && 2 + bytes <= CONTEXT_BYTES
}

pub(super) fn check_context(pairs: &EncryptionContext) -> Result<(), Refusal> {
    demand(Side::Kms, context_fits(pairs), Class::InvalidArgument)
}

/// The limits of user metadata (sse.md).
pub(super) fn check_metadata(metadata: &Metadata) -> Result<(), Refusal> {
    let bytes: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    let fits = few_and_named(metadata) && bytes <= METADATA_BYTES;
    demand(Side::S3, fits, Class::InvalidArgument)
}

/// The key of an object.
pub(super) fn check_object_key(key: &str) -> Result<(), Refusal> {
    demand(Side::S3, !key.is_empty(), Class::InvalidArgument)?;
    demand(Side::S3, key.len() <= OBJECT_KEY_BYTES, Class::KeyTooLong)
}

/// A name that CreateAlias, UpdateAlias and DeleteAlias take.
pub(super) fn check_alias(name: &str) -> Result<(), Refusal> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    let own = name.strip_prefix("alias/").is_some_and(|rest| {
        (1..=ALIAS_CHARS).contains(&rest.len())
            && rest.bytes().all(legal)
            && !rest.starts_with("aws/")
    });
    demand(Side::Kms, own, Class::InvalidArgument)
}

/// A UUID in its 36-character form, in lower case.
pub(super) fn is_key_id(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    groups == [8, 4, 4, 4, 12] && text.bytes().all(digit)
}

pub(super) fn bucket_name_is_legal(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = name.bytes().next().is_some_and(inner) && name.bytes().last().is_some_and(inner);
    (3..=63).contains(&name.len())
        && ends
        && name.bytes().all(|byte| inner(byte) || matches!(byte, b'-' | b'.'))
        && !name.contains("..")
        && !is_address(name)
}

/// Four decimal numbers with dots between them.
fn is_address(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}
