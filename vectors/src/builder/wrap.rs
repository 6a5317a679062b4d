//! Wrapped data keys (spec/data-key.md): the KMS blob and the service blob.

use super::Error;
use super::bytes::{Reader, identity, labelled};
use super::cipher::{xaes_open, xaes_seal};

/// Bytes of a KMS blob that are authenticated as they stand.
pub const KMS_HEADER: usize = 52;
/// Bytes of a service blob that are authenticated as they stand.
pub const SERVICE_HEADER: usize = 8;
/// Most plaintext of a KMS blob.
pub const MAX_PLAINTEXT: usize = 4096;

/// "SKB" 01 || key id || key material id.
#[must_use]
pub fn kms_header(key_id: &[u8; 16], material: &[u8; 32]) -> Vec<u8> {
    [b"SKB\x01".as_slice(), key_id, material].concat()
}

/// "SSB" 01 || service key version.
#[must_use]
pub fn service_header(version: u32) -> Vec<u8> {
    [b"SSB\x01".as_slice(), &version.to_be_bytes()].concat()
}

/// Additional data of a KMS blob.
#[must_use]
pub fn kms_aad(header: &[u8], context_bytes: &[u8]) -> Vec<u8> {
    labelled("sse-kms-wrap/1", &[header, context_bytes])
}

/// Additional data of a service blob.
///
/// # Errors
/// `Error::Invalid` where a name is too long for its prefix.
pub fn service_aad(header: &[u8], bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
    Ok(labelled("sse-s3-wrap/1", &[header, &identity(bucket, key)?]))
}

/// Wraps `plaintext` under a KMS key's material.
///
/// # Errors
/// `Error::Invalid` for a plaintext outside 1 to 4096 bytes.
pub fn kms_blob(
    wrapping_key: &[u8; 32],
    key_id: &[u8; 16],
    material: &[u8; 32],
    nonce: &[u8; 24],
    plaintext: &[u8],
    context_bytes: &[u8],
) -> Result<Vec<u8>, Error> {
    if plaintext.is_empty() || plaintext.len() > MAX_PLAINTEXT {
        return Err(Error::Invalid);
    }
    let header = kms_header(key_id, material);
    let aad = kms_aad(&header, context_bytes);
    let sealed = xaes_seal(wrapping_key, nonce, &aad, plaintext).ok_or(Error::Invalid)?;
    Ok([header.as_slice(), nonce, &sealed].concat())
}

/// Unwraps a KMS blob.
#[must_use]
pub fn open_kms_blob(
    wrapping_key: &[u8; 32],
    blob: &[u8],
    context_bytes: &[u8],
) -> Option<Vec<u8>> {
    let mut reader = Reader::new(blob);
    let header = reader.take(KMS_HEADER)?;
    let nonce = reader.array()?;
    let length = reader.left().checked_sub(16)?;
    if !header.starts_with(b"SKB\x01") || length == 0 || length > MAX_PLAINTEXT {
        return None;
    }
    let sealed = reader.take(reader.left())?;
    xaes_open(wrapping_key, &nonce, &kms_aad(header, context_bytes), sealed)
}

/// Key id and key material id that a KMS blob names, before anything is authenticated.
#[must_use]
pub fn kms_blob_ids(blob: &[u8]) -> Option<([u8; 16], [u8; 32])> {
    let mut reader = Reader::new(blob);
    if reader.take(4)? != b"SKB\x01" {
        return None;
    }
    Some((reader.array()?, reader.array()?))
}

/// Wraps a data key under a version of the service key.
///
/// # Errors
/// `Error::Invalid` for version 0, a data key of another length, or names too long.
pub fn service_blob(
    service_key: &[u8; 32],
    version: u32,
    nonce: &[u8; 24],
    dek: &[u8],
    bucket: &str,
    key: &str,
) -> Result<Vec<u8>, Error> {
    if dek.len() != 32 || version == 0 {
        return Err(Error::Invalid);
    }
    let header = service_header(version);
    let aad = service_aad(&header, bucket, key)?;
    let sealed = xaes_seal(service_key, nonce, &aad, dek).ok_or(Error::Invalid)?;
    Ok([header.as_slice(), nonce, &sealed].concat())
}

/// Unwraps a service blob.
#[must_use]
pub fn open_service_blob(
    service_key: &[u8; 32],
    blob: &[u8],
    bucket: &str,
    key: &str,
) -> Option<[u8; 32]> {
    service_blob_version(blob)?;
    let mut reader = Reader::new(blob);
    let header = reader.take(SERVICE_HEADER)?;
    let nonce = reader.array()?;
    let sealed = reader.take(32 + 16)?;
    reader.end()?;
    let aad = service_aad(header, bucket, key).ok()?;
    xaes_open(service_key, &nonce, &aad, sealed)?.try_into().ok()
}

/// The service key version that a service blob names, before anything is authenticated.
#[must_use]
pub fn service_blob_version(blob: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(blob);
    if reader.take(4)? != b"SSB\x01" {
        return None;
    }
    reader.array().map(u32::from_be_bytes).filter(|version| *version != 0)
}
