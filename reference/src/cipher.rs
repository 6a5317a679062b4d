//! The one file that names the cipher crates: XAES-256-GCM, AES-256-GCM, HKDF-Expand, MD5,
//! SHA-256 (spec/data-key.md and spec/sealed-object.md, structure).

use crate::refusal::{Refused, Result};
use crate::secret::{SecretBuffer, WrappingKey};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha2::{Sha256, Sha512};
use sse_spec::Class;
use std::fmt;
use subtle::ConstantTimeEq;
use xaes_256_gcm::Xaes256Gcm;

/// Length in bytes of the tag of both ciphers.
pub const TAG_LENGTH: usize = 16;
/// Length in bytes of the nonce of a wrap.
pub const WRAP_NONCE_LENGTH: usize = 24;
/// Length in bytes of the nonce of a chunk.
pub const CHUNK_NONCE_LENGTH: usize = 12;

/// The nonce of one XAES-256-GCM encryption.
///
/// It does not repeat under one key because its 192 bits are drawn at random for each encryption:
/// after 2^80 of them a collision still has a probability of 2^-32, so nothing is counted.
pub type WrapNonce = [u8; WRAP_NONCE_LENGTH];
/// The tag of one encryption.
pub type AuthTag = [u8; TAG_LENGTH];

/// Encrypts `buffer` in place with XAES-256-GCM.
///
/// # Errors
/// `invalid-argument` for a buffer beyond the cipher's 64 GiB, which no caller here can make.
pub fn xaes_seal(
    key: &WrappingKey,
    nonce: &WrapNonce,
    additional_data: &[u8],
    buffer: &mut [u8],
) -> Result<AuthTag> {
    Xaes256Gcm::new(key.expose().into())
        .encrypt_inout_detached(nonce.into(), additional_data, buffer.into())
        .map(Into::into)
        .map_err(|_| Refused(Class::InvalidArgument))
}

/// Decrypts `buffer` in place with XAES-256-GCM; the tag is checked before a byte is written.
///
/// # Errors
/// `integrity` where the tag does not verify.
pub fn xaes_open(
    key: &WrappingKey,
    nonce: &WrapNonce,
    additional_data: &[u8],
    buffer: &mut [u8],
    tag: &AuthTag,
) -> Result<()> {
    Xaes256Gcm::new(key.expose().into())
        .decrypt_inout_detached(nonce.into(), additional_data, buffer.into(), tag.into())
        .map_err(|_| Refused(Class::Integrity))
}

/// AES-256-GCM over the chunks of one body.
pub struct ChunkCipher {
    cipher: Aes256Gcm,
    base_nonce: [u8; CHUNK_NONCE_LENGTH],
}

impl ChunkCipher {
    /// Takes the derived key and base nonce of one body.
    #[must_use]
    pub fn new(key: &WrappingKey, base_nonce: [u8; CHUNK_NONCE_LENGTH]) -> Self {
        Self { cipher: Aes256Gcm::new(key.expose().into()), base_nonce }
    }

    /// Encrypts chunk `index` into a buffer of the same length.
    ///
    /// # Errors
    /// `invalid-argument` for buffers of two lengths, which no caller here has.
    pub fn seal(&self, index: u64, chunk: &[u8], sealed: &mut [u8]) -> Result<AuthTag> {
        let buffers = InOutBuf::new(chunk, sealed).map_err(|_| Refused(Class::InvalidArgument))?;
        gcm_seal(&self.cipher, &self.nonce(index), &[], buffers)
    }

    /// Decrypts chunk `index` into a buffer of the same length; the tag is checked before a byte is
    /// written.
    ///
    /// # Errors
    /// `integrity` where the tag does not verify.
    pub fn open(
        &self,
        index: u64,
        (sealed, tag): (&[u8], &AuthTag),
        chunk: &mut [u8],
    ) -> Result<()> {
        let buffers = InOutBuf::new(sealed, chunk).map_err(|_| Refused(Class::Integrity))?;
        gcm_open(&self.cipher, &self.nonce(index), &[], buffers, tag)
    }

    /// Base nonce XOR index. It does not repeat: the key belongs to one body, because it is derived
    /// from a fresh DEK and a fresh salt, and within the body each index is used once.
    // r[sse.at-rest.keystream-within]
    fn nonce(&self, index: u64) -> [u8; CHUNK_NONCE_LENGTH] {
        let mut nonce = self.base_nonce;
        for (byte, mask) in nonce.iter_mut().rev().zip(index.to_le_bytes()) {
            *byte ^= mask;
        }
        nonce
    }
}

fn gcm_seal(
    cipher: &Aes256Gcm,
    nonce: &[u8; CHUNK_NONCE_LENGTH],
    additional_data: &[u8],
    buffers: InOutBuf<'_, '_, u8>,
) -> Result<AuthTag> {
    cipher
        .encrypt_inout_detached(nonce.into(), additional_data, buffers)
        .map(Into::into)
        .map_err(|_| Refused(Class::InvalidArgument))
}

fn gcm_open(
    cipher: &Aes256Gcm,
    nonce: &[u8; CHUNK_NONCE_LENGTH],
    additional_data: &[u8],
    buffers: InOutBuf<'_, '_, u8>,
    tag: &AuthTag,
) -> Result<()> {
    cipher
        .decrypt_inout_detached(nonce.into(), additional_data, buffers, tag.into())
        .map_err(|_| Refused(Class::Integrity))
}

impl fmt::Debug for ChunkCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkCipher([secret])")
    }
}

/// HKDF-Expand with SHA-512 (RFC 5869, section 2.3): `length` bytes, at most 255 * 64.
///
/// It stands on HMAC because the usual crate refuses a pseudorandom key shorter than the hash.
///
/// # Errors
/// `invalid-argument` beyond that length.
pub fn expand(key: &[u8; 32], info: &[&[u8]], length: usize) -> Result<SecretBuffer> {
    let keyed = Hmac::<Sha512>::new_from_slice(key).map_err(|_| Refused(Class::InvalidArgument))?;
    let mut output = SecretBuffer::zeroed(length);
    let mut previous = SecretBuffer::zeroed(0);
    for (index, block) in output.expose_mut().chunks_mut(64).enumerate() {
        let counter = u8::try_from(index + 1).map_err(|_| Refused(Class::InvalidArgument))?;
        let mut mac = keyed.clone();
        mac.update(previous.expose());
        for part in info {
            mac.update(part);
        }
        mac.update(&[counter]);
        previous = SecretBuffer::copy_of(&mac.finalize().into_bytes());
        for (to, from) in block.iter_mut().zip(previous.expose()) {
            *to = *from;
        }
    }
    Ok(output)
}

/// Whether two byte strings are equal, in a time that does not depend on where they differ.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// SHA-256 of bytes whose damage is to be noticed; it keeps nobody from changing them.
#[must_use]
pub fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// MD5 over a stream, as the entity tag of an object under SSE-S3; it protects nothing.
#[derive(Clone, Debug, Default)]
pub struct EntityDigest(Md5);

impl EntityDigest {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> [u8; 16] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests;
