//! The sealed record of an object (spec/sealed-object.md, Record).

use super::Error;
use super::bytes::{Reader, identity, labelled, lp16, lp32};
use super::cipher::{root_subkey, xaes_open, xaes_seal};
use super::context;
use super::table::{SealedPart, parse_sealed_part};
use sse_spec::{Algorithm, EncryptionContext, Metadata};

/// Most bytes of a key ARN.
pub const MAX_ARN: usize = 2048;
/// Most bytes of a wrapped data key.
pub const MAX_BLOB: usize = 6144;
/// Most bytes of a record.
pub const MAX_RECORD: usize = 1_048_576;

/// The fields that a record carries in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFields {
    /// The mode.
    pub algorithm: Algorithm,
    /// The key's ARN; `None` under SSE-S3.
    pub key_arn: Option<String>,
    /// The caller's own pairs; none under SSE-S3.
    pub context: EncryptionContext,
    /// The wrapped data key.
    pub blob: Vec<u8>,
    /// User metadata.
    pub metadata: Metadata,
}

/// A record that parses; nothing of it is authentic yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedRecord {
    /// The clear fields.
    pub fields: RecordFields,
    /// The bytes of fields 1 to 7.
    pub clear: Vec<u8>,
    /// Nonce of the sealed part.
    pub nonce: [u8; 24],
    /// ciphertext || tag.
    pub sealed: Vec<u8>,
}

/// Writes fields 1 to 7.
///
/// # Errors
/// `Error::Invalid` for a field outside its limits, or one that the mode does not have.
pub fn clear_part(fields: &RecordFields) -> Result<Vec<u8>, Error> {
    let arn = fields.key_arn.as_deref().unwrap_or_default();
    let mode = match fields.algorithm {
        Algorithm::Aes256 => 1,
        Algorithm::AwsKms => 2,
    };
    if !mode_agrees(mode, arn, &fields.context)
        || arn.len() > MAX_ARN
        || fields.blob.is_empty()
        || fields.blob.len() > MAX_BLOB
    {
        return Err(Error::Invalid);
    }
    let mut out = b"SSEO\x01".to_vec();
    out.push(mode);
    lp16(&mut out, arn.as_bytes())?;
    lp16(&mut out, &context::encode_map(&fields.context)?)?;
    lp16(&mut out, &fields.blob)?;
    lp16(&mut out, &context::encode_map(&fields.metadata)?)?;
    Ok(out)
}

/// SSE-S3 has neither ARN nor pairs; SSE-KMS always has an ARN.
fn mode_agrees(mode: u8, arn: &str, context: &EncryptionContext) -> bool {
    match mode {
        1 => arn.is_empty() && context.is_empty(),
        2 => !arn.is_empty(),
        _ => false,
    }
}

/// "sse-record/1" || 0x00 || identity || fields 1 to 7.
///
/// # Errors
/// `Error::Invalid` where a name is too long for its prefix.
pub fn record_aad(bucket: &str, key: &str, clear: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(labelled("sse-record/1", &[&identity(bucket, key)?, clear]))
}

/// The record key of a root key.
#[must_use]
pub fn record_key(root: &[u8; 32]) -> Option<[u8; 32]> {
    root_subkey(root, "record")
}

/// Seals `sealed` behind `clear`, whatever both hold; wrong records are made with it as well.
///
/// # Errors
/// `Error::Invalid` for a record longer than its limit.
pub fn seal_record(
    root: &[u8; 32],
    bucket: &str,
    key: &str,
    clear: &[u8],
    nonce: &[u8; 24],
    sealed: &[u8],
) -> Result<Vec<u8>, Error> {
    let subkey = record_key(root).ok_or(Error::Invalid)?;
    let aad = record_aad(bucket, key, clear)?;
    let both = xaes_seal(&subkey, nonce, &aad, sealed).ok_or(Error::Invalid)?;
    let (ciphertext, tag) = both.split_at_checked(sealed.len()).ok_or(Error::Invalid)?;
    let mut out = [clear, nonce].concat();
    lp32(&mut out, ciphertext)?;
    out.extend_from_slice(tag);
    if out.len() > MAX_RECORD { Err(Error::Invalid) } else { Ok(out) }
}

/// Parses a record strictly; nothing is decrypted.
#[must_use]
pub fn parse_record(record: &[u8]) -> Option<ParsedRecord> {
    if record.len() > MAX_RECORD {
        return None;
    }
    let mut reader = Reader::new(record);
    if reader.take(5)? != b"SSEO\x01" {
        return None;
    }
    let mode = reader.u8()?;
    let arn = context::text(reader.lp16(MAX_ARN)?)?;
    let pairs = context::decode(reader.lp16(context::MAX_BYTES)?)?;
    let blob = reader.lp16(MAX_BLOB)?.to_vec();
    let metadata = context::decode(reader.lp16(context::MAX_BYTES)?)?;
    let clear = record.get(..record.len() - reader.left())?.to_vec();
    let nonce = reader.array()?;
    let ciphertext = reader.lp32(MAX_RECORD)?;
    let tag = reader.take(16)?;
    reader.end()?;
    if blob.is_empty() || !mode_agrees(mode, &arn, &pairs) {
        return None;
    }
    let algorithm = if mode == 1 { Algorithm::Aes256 } else { Algorithm::AwsKms };
    let key_arn = (mode == 2).then_some(arn);
    Some(ParsedRecord {
        fields: RecordFields { algorithm, key_arn, context: pairs, blob, metadata },
        clear,
        nonce,
        sealed: [ciphertext, tag].concat(),
    })
}

/// Opens the sealed part of a parsed record for the identity of the request.
#[must_use]
pub fn open_sealed_part(
    root: &[u8; 32],
    bucket: &str,
    key: &str,
    record: &ParsedRecord,
) -> Option<SealedPart> {
    let aad = record_aad(bucket, key, &record.clear).ok()?;
    let plain = xaes_open(&record_key(root)?, &record.nonce, &aad, &record.sealed)?;
    parse_sealed_part(&plain)
}
