//! The message of one part of an object (spec/sealed-object.md, Body): C2SP chunked-encryption in
//! the instance Cobblestone-256.

use super::Error;
use super::bytes::{identity, labelled};
use super::cipher::{expand, gcm_open, gcm_seal};

/// Plaintext bytes of every chunk but the last.
pub const CHUNK: usize = 16384;
/// Ciphertext bytes of every chunk but the last.
pub const SEALED_CHUNK: usize = CHUNK + TAG;
/// Bytes before the first chunk: salt and commitment.
pub const HEADER: usize = 56;
const TAG: usize = 16;
const LABEL: &str = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM";

/// What is derived from input key, salt and context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyKeys {
    /// Key of the chunks.
    pub key: [u8; 32],
    /// Nonce of chunk 0.
    pub base_nonce: [u8; 12],
    /// Stands in the message's header.
    pub commitment: [u8; 32],
}

/// "sse-body/1" || 0x00 || u16 part || identity.
///
/// # Errors
/// `Error::Invalid` where a name is too long for its prefix.
pub fn body_context(part: u16, bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
    Ok(labelled("sse-body/1", &[&part.to_be_bytes(), &identity(bucket, key)?]))
}

/// The info of the derivation: label || 0x00 || salt || context.
#[must_use]
pub fn info(salt: &[u8; 24], context: &[u8]) -> Vec<u8> {
    labelled(LABEL, &[salt, context])
}

/// Derives key, base nonce and commitment.
#[must_use]
pub fn derive(dek: &[u8; 32], salt: &[u8; 24], context: &[u8]) -> Option<BodyKeys> {
    let bytes = expand(dek, &info(salt, context), 76)?;
    let mut reader = super::bytes::Reader::new(&bytes);
    Some(BodyKeys {
        key: reader.array()?,
        base_nonce: reader.array()?,
        commitment: reader.array()?,
    })
}

/// base nonce XOR i, i as a 96-bit big-endian number.
#[must_use]
pub fn chunk_nonce(base: &[u8; 12], index: u64) -> [u8; 12] {
    let mut nonce = *base;
    for (to, from) in nonce.iter_mut().rev().zip(index.to_be_bytes().iter().rev()) {
        *to ^= from;
    }
    nonce
}

/// Length of the body of `size` bytes of plaintext.
#[must_use]
pub fn sealed_length(size: u64) -> Option<u64> {
    let tags = (size / 16384).checked_add(1)?.checked_mul(16)?;
    size.checked_add(56)?.checked_add(tags)
}

/// Seals a whole body.
///
/// # Errors
/// `Error::Invalid` beyond the limits of the cipher.
pub fn seal(
    dek: &[u8; 32],
    salt: &[u8; 24],
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    let keys = derive(dek, salt, context).ok_or(Error::Invalid)?;
    let mut out = [salt.as_slice(), &keys.commitment].concat();
    let mut rest = plaintext;
    let mut index = 0;
    loop {
        // A short chunk ends the message, so that a full last one is followed by an empty one.
        let (chunk, tail) = rest.split_at_checked(CHUNK).unwrap_or((rest, &[]));
        let nonce = chunk_nonce(&keys.base_nonce, index);
        out.extend(gcm_seal(&keys.key, &nonce, &[], chunk).ok_or(Error::Invalid)?);
        if chunk.len() < CHUNK {
            return Ok(out);
        }
        rest = tail;
        index += 1;
    }
}

/// Plaintext size that follows from the length of a body; `None` where no body has that length.
#[must_use]
pub fn plain_size(body: &[u8]) -> Option<usize> {
    let chunks = body.len().checked_sub(HEADER)?;
    let last = (chunks % SEALED_CHUNK).checked_sub(TAG)?;
    Some(chunks / SEALED_CHUNK * CHUNK + last)
}

/// Opens a whole body.
///
/// # Errors
/// `Error::Integrity` for whatever `seal` did not write under this key and context.
pub fn open(dek: &[u8; 32], context: &[u8], body: &[u8]) -> Result<Vec<u8>, Error> {
    let opened = Opened::new(dek, context, body)?;
    let mut out = Vec::new();
    for (index, chunk) in (0..).zip(opened.chunks.chunks(SEALED_CHUNK)) {
        out.extend(opened.chunk(index, chunk)?);
    }
    Ok(out)
}

/// Opens the bytes from `start` to before `end`, authenticating only the chunks that hold them.
///
/// # Errors
/// `Error::Range` where the range leaves the object, `Error::Integrity` as for `open`.
pub fn open_range(
    dek: &[u8; 32],
    context: &[u8],
    body: &[u8],
    start: usize,
    end: usize,
) -> Result<Vec<u8>, Error> {
    let opened = Opened::new(dek, context, body)?;
    let size = plain_size(body).ok_or(Error::Integrity)?;
    if start > end || end > size {
        return Err(Error::Range);
    }
    let first = start / CHUNK;
    let mut out = Vec::new();
    for (index, chunk) in (0..).zip(opened.chunks.chunks(SEALED_CHUNK)).skip(first) {
        if first * CHUNK + out.len() >= end {
            break;
        }
        out.extend(opened.chunk(index, chunk)?);
    }
    out.truncate(end - first * CHUNK);
    Ok(out.split_off(out.len().min(start - first * CHUNK)))
}

struct Opened<'a> {
    keys: BodyKeys,
    chunks: &'a [u8],
}

impl<'a> Opened<'a> {
    fn new(dek: &[u8; 32], context: &[u8], body: &'a [u8]) -> Result<Self, Error> {
        plain_size(body).ok_or(Error::Integrity)?;
        let mut reader = super::bytes::Reader::new(body);
        let salt = reader.array().ok_or(Error::Integrity)?;
        let commitment: [u8; 32] = reader.array().ok_or(Error::Integrity)?;
        let keys = derive(dek, &salt, context).ok_or(Error::Integrity)?;
        if keys.commitment != commitment {
            return Err(Error::Integrity);
        }
        let chunks = reader.take(reader.left()).ok_or(Error::Integrity)?;
        Ok(Self { keys, chunks })
    }

    fn chunk(&self, index: u64, chunk: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce = chunk_nonce(&self.keys.base_nonce, index);
        gcm_open(&self.keys.key, &nonce, &[], chunk).ok_or(Error::Integrity)
    }
}
