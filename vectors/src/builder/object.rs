//! The item of an object (spec/sealed-object.md): the parts' messages, record, record length.

use super::body;
use super::record::{
    RecordFields, clear_part, open_sealed_part, parse_record, record_aad, record_key, seal_record,
};
use super::table::{PartEntry, SealedPart, sealed_part};
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
    /// The root key.
    pub root: [u8; 32],
    /// Nonce of the record.
    pub record_nonce: [u8; 24],
    /// The object's bytes: one part with number 0 for an object put whole.
    pub parts: Vec<PartBody>,
}

/// One part before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartBody {
    /// 0 for an object put whole, else 1 to 10000.
    pub number: u16,
    /// Salt of the part's message.
    pub salt: [u8; 24],
    /// The part's bytes.
    pub plaintext: Vec<u8>,
}

/// One sealed part: its message and what the record keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    /// The entry of the part table.
    pub entry: PartEntry,
    /// The Cobblestone-256 message.
    pub message: Vec<u8>,
}

/// What an item holds beside its parts.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// The clear fields of the record.
    pub fields: RecordFields,
    /// Entity tag.
    pub etag: String,
    /// The root key.
    pub root: [u8; 32],
    /// Nonce of the record.
    pub record_nonce: [u8; 24],
}

/// A sealed item, with every value on the way to it.
#[derive(Clone, Debug)]
pub struct SealedObject {
    /// The item.
    pub item: Vec<u8>,
    /// Values by name; those of a part begin with `part_` and its number.
    pub intermediates: Intermediates,
}

/// A record that is authentic for the identity it was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedRecord {
    /// The clear fields.
    pub fields: RecordFields,
    /// The sealed fields.
    pub part: SealedPart,
    /// Length of all messages in the item; their lengths, salts and commitments agree with the
    /// record.
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
    let (bucket, key) = (&parts.bucket, &parts.key);
    let messages = parts
        .parts
        .iter()
        .map(|part| seal_part(&parts.dek, bucket, key, part))
        .collect::<Result<Vec<SealedMessage>, Error>>()?;
    let envelope = Envelope {
        bucket: bucket.clone(),
        key: key.clone(),
        fields: parts.fields.clone(),
        etag: parts.etag.clone(),
        root: parts.root,
        record_nonce: parts.record_nonce,
    };
    let mut sealed = assemble(&envelope, &messages)?;
    for part in &parts.parts {
        let values = part_values(&parts.dek, bucket, key, part.number, &part.salt);
        sealed.intermediates.extend(values.ok_or(Error::Invalid)?);
    }
    Ok(sealed)
}

/// Seals one part of an object. No number is refused here, so that wrong parts can be made.
///
/// # Errors
/// `Error::Invalid` beyond the limits of the cipher.
pub fn seal_part(
    dek: &[u8; 32],
    bucket: &str,
    key: &str,
    part: &PartBody,
) -> Result<SealedMessage, Error> {
    let context = body::body_context(part.number, bucket, key)?;
    let keys = body::derive(dek, &part.salt, &context).ok_or(Error::Invalid)?;
    let entry = PartEntry {
        number: part.number,
        length: u64::try_from(part.plaintext.len()).map_err(|_| Error::Invalid)?,
        salt: part.salt,
        commitment: keys.commitment,
    };
    let message = body::seal(dek, &part.salt, &context, &part.plaintext)?;
    Ok(SealedMessage { entry, message })
}

/// Makes an item of parts that are sealed already, in the order of the slice. Messages are not
/// compared with their entries, so that wrong items can be made.
///
/// # Errors
/// `Error::Invalid` for a field or a part table outside its limits.
pub fn assemble(envelope: &Envelope, parts: &[SealedMessage]) -> Result<SealedObject, Error> {
    let clear = clear_part(&envelope.fields)?;
    let sealed = sealed_part(&SealedPart {
        etag: envelope.etag.clone(),
        parts: parts.iter().map(|part| part.entry.clone()).collect(),
    })?;
    let Envelope { bucket, key, root, record_nonce, .. } = envelope;
    let record = seal_record(root, bucket, key, &clear, record_nonce, &sealed)?;
    let aad = record_aad(bucket, key, &clear)?;
    let subkey = record_key(root).ok_or(Error::Invalid)?;
    let intermediates = super::named(&[
        ("record", &record),
        ("record_aad", &aad),
        ("record_clear", &clear),
        ("record_key", &subkey),
        ("sealed_part", &sealed),
    ]);
    let body: Vec<u8> = parts.iter().flat_map(|part| part.message.iter().copied()).collect();
    Ok(SealedObject { item: join(&body, &record)?, intermediates })
}

/// The values of one part's message, by name.
#[must_use]
pub fn part_values(
    dek: &[u8; 32],
    bucket: &str,
    key: &str,
    number: u16,
    salt: &[u8; 24],
) -> Option<Intermediates> {
    let context = body::body_context(number, bucket, key).ok()?;
    let keys = body::derive(dek, salt, &context)?;
    let values = super::named(&[
        ("base_nonce", &keys.base_nonce),
        ("body_context", &context),
        ("body_info", &body::info(salt, &context)),
        ("body_key", &keys.key),
        ("commitment", &keys.commitment),
    ]);
    Some(values.into_iter().map(|(name, value)| (format!("part_{number}.{name}"), value)).collect())
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

/// Opens the record of an item and compares every message's length and first bytes with it.
#[must_use]
pub fn open_record(root: &[u8; 32], bucket: &str, key: &str, item: &[u8]) -> Option<OpenedRecord> {
    let (body, record) = split(item)?;
    let parsed = parse_record(record)?;
    let part = open_sealed_part(root, bucket, key, &parsed)?;
    let messages = part.messages(body)?;
    let mut pairs = part.parts.iter().zip(messages);
    if !pairs.all(|(entry, message)| message.starts_with(&entry.header())) {
        return None;
    }
    Some(OpenedRecord { fields: parsed.fields, part, body_length: body.len() })
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
    let (messages, _) = split(item).ok_or(Error::Integrity)?;
    let span = match range {
        None => None,
        Some(range) => Some(resolve(range, record.part.size()).ok_or(Error::Range)?),
    };
    let body = open_parts(dek, bucket, key, &record.part, messages, span)?;
    Ok(OpenedObject { record, body })
}

/// Opens all messages before a record, or the half-open bytes of a span: of the parts that hold
/// some of them, the chunks that do.
///
/// # Errors
/// `Error::Range` where the span leaves the object, `Error::Integrity` for whatever was not sealed
/// under this data key, identity and table.
pub fn open_parts(
    dek: &[u8; 32],
    bucket: &str,
    key: &str,
    table: &SealedPart,
    body: &[u8],
    span: Option<(u64, u64)>,
) -> Result<Vec<u8>, Error> {
    let messages = table.messages(body).ok_or(Error::Integrity)?;
    let (start, end) = span.unwrap_or((0, table.size()));
    if start > end || end > table.size() {
        return Err(Error::Range);
    }
    let (mut out, mut from) = (Vec::new(), 0);
    for (entry, message) in table.parts.iter().zip(messages) {
        // The sum of the lengths is below its limit, as `messages` has found all of them.
        let to = from + entry.length;
        let (first, last) = (start.max(from), end.min(to));
        let context =
            body::body_context(entry.number, bucket, key).map_err(|_| Error::Integrity)?;
        if span.is_none() {
            out.extend(body::open(dek, &context, message)?);
        } else if first < last {
            let first = usize::try_from(first - from).map_err(|_| Error::Range)?;
            let last = usize::try_from(last - from).map_err(|_| Error::Range)?;
            out.extend(body::open_range(dek, &context, message, first, last)?);
        }
        from = to;
    }
    Ok(out)
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
