//! The item of an object (spec/sealed-object.md): body, record, record length.

use super::body;
use super::record::{
    RecordFields, SealedPart, clear_part, open_sealed_part, parse_record, record_aad, record_key,
    seal_record, sealed_part,
};
use super::{Error, Intermediates};
use sse_spec::Range;

/// What an item is made of.
#[derive(Clone, Debug)]
pub struct ObjectParts {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The clear fields of the record.
    pub fields: RecordFields,
    /// Entity tag.
    pub etag: String,
    /// The data key.
    pub dek: [u8; 32],
    /// Salt of the body.
    pub salt: [u8; 24],
    /// The root key.
    pub root: [u8; 32],
    /// Nonce of the record.
    pub record_nonce: [u8; 24],
    /// The object's bytes.
    pub plaintext: Vec<u8>,
}

/// A sealed item, with every value on the way to it.
#[derive(Clone, Debug)]
pub struct SealedObject {
    /// The item.
    pub item: Vec<u8>,
    /// Values by name.
    pub intermediates: Intermediates,
}

/// A record that is authentic for the identity it was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedRecord {
    /// The clear fields.
    pub fields: RecordFields,
    /// The sealed fields.
    pub part: SealedPart,
    /// Length of the body in the item; length, salt and commitment agree with the record.
    pub body_length: usize,
}

/// What opening an item gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedObject {
    /// The record.
    pub record: OpenedRecord,
    /// The bytes asked for.
    pub body: Vec<u8>,
}

/// Makes the item of an object.
///
/// # Errors
/// `Error::Invalid` for a field outside its limits.
pub fn seal_object(parts: &ObjectParts) -> Result<SealedObject, Error> {
    let context = body::body_context(0, &parts.bucket, &parts.key)?;
    let keys = body::derive(&parts.dek, &parts.salt, &context).ok_or(Error::Invalid)?;
    let message = body::seal(&parts.dek, &parts.salt, &context, &parts.plaintext)?;
    let clear = clear_part(&parts.fields)?;
    let sealed = sealed_part(&SealedPart {
        size: u64::try_from(parts.plaintext.len()).map_err(|_| Error::Invalid)?,
        etag: parts.etag.clone(),
        salt: parts.salt,
        commitment: keys.commitment,
    })?;
    let (bucket, key) = (&parts.bucket, &parts.key);
    let record = seal_record(&parts.root, bucket, key, &clear, &parts.record_nonce, &sealed)?;
    let aad = record_aad(bucket, key, &clear)?;
    let subkey = record_key(&parts.root).ok_or(Error::Invalid)?;
    let intermediates = super::named(&[
        ("base_nonce", &keys.base_nonce),
        ("body_context", &context),
        ("body_info", &body::info(&parts.salt, &context)),
        ("body_key", &keys.key),
        ("commitment", &keys.commitment),
        ("record", &record),
        ("record_aad", &aad),
        ("record_clear", &clear),
        ("record_key", &subkey),
        ("sealed_part", &sealed),
    ]);
    Ok(SealedObject { item: join(&message, &record)?, intermediates })
}

/// body || record || u32 record length.
///
/// # Errors
/// `Error::Invalid` for a record whose length needs more than 32 bits.
pub fn join(body: &[u8], record: &[u8]) -> Result<Vec<u8>, Error> {
    let length = u32::try_from(record.len()).map_err(|_| Error::Invalid)?;
    Ok([body, record, &length.to_be_bytes()].concat())
}

/// Splits an item into body and record by its last four bytes.
#[must_use]
pub fn split(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, length) = item.split_last_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if length == 0 || length > super::record::MAX_RECORD {
        return None;
    }
    rest.split_at_checked(rest.len().checked_sub(length)?)
}

/// Opens the record of an item and compares the body's length and first bytes with it.
#[must_use]
pub fn open_record(root: &[u8; 32], bucket: &str, key: &str, item: &[u8]) -> Option<OpenedRecord> {
    let (message, record) = split(item)?;
    let parsed = parse_record(record)?;
    let part = open_sealed_part(root, bucket, key, &parsed)?;
    let length = body::sealed_length(part.size)?;
    let header = [part.salt.as_slice(), &part.commitment].concat();
    if u64::try_from(message.len()).ok()? != length || !message.starts_with(&header) {
        return None;
    }
    Some(OpenedRecord { fields: parsed.fields, part, body_length: message.len() })
}

/// Opens an item, or a range of it.
///
/// # Errors
/// `Error::Range` for a range that holds no byte of the object, else `Error::Integrity`.
pub fn open_object(
    root: &[u8; 32],
    dek: &[u8; 32],
    bucket: &str,
    key: &str,
    item: &[u8],
    range: Option<Range>,
) -> Result<OpenedObject, Error> {
    let record = open_record(root, bucket, key, item).ok_or(Error::Integrity)?;
    let (message, _) = split(item).ok_or(Error::Integrity)?;
    let context = body::body_context(0, bucket, key).map_err(|_| Error::Integrity)?;
    let body = match range {
        None => body::open(dek, &context, message)?,
        Some(range) => {
            let (start, end) = resolve(range, record.part.size).ok_or(Error::Range)?;
            let start = usize::try_from(start).map_err(|_| Error::Range)?;
            let end = usize::try_from(end).map_err(|_| Error::Range)?;
            body::open_range(dek, &context, message, start, end)?
        }
    };
    Ok(OpenedObject { record, body })
}

/// The half-open bytes that a range names in an object of `size` bytes; `None` where it names none.
#[must_use]
pub fn resolve(range: Range, size: u64) -> Option<(u64, u64)> {
    let (start, end) = match range {
        Range::FromTo { first, last } => (first, last.saturating_add(1).min(size)),
        Range::From { first } => (first, size),
        Range::Last { length } => (size.saturating_sub(length), size),
    };
    (start < end).then_some((start, end))
}
