//! The three primitives: AES-256-GCM, XAES-256-GCM, HKDF-Expand with SHA-512.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha512};
use xaes_256_gcm::Xaes256Gcm;
use xaes_256_gcm::aes::Aes256;
use xaes_256_gcm::aes::cipher::BlockCipherEncrypt;

const TAG: usize = 16;

/// AES-256-GCM encryption: ciphertext || tag; `None` beyond the cipher's own length limit.
#[must_use]
pub fn gcm_seal(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = plain.to_vec();
    let cipher = Aes256Gcm::new(&(*key).into());
    let tag =
        cipher.encrypt_inout_detached(&(*nonce).into(), aad, out.as_mut_slice().into()).ok()?;
    out.extend_from_slice(&tag);
    Some(out)
}

/// AES-256-GCM decryption of ciphertext || tag.
#[must_use]
pub fn gcm_open(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (body, tag) = split_tag(sealed)?;
    let mut out = body.to_vec();
    Aes256Gcm::new(&(*key).into())
        .decrypt_inout_detached(&(*nonce).into(), aad, out.as_mut_slice().into(), &tag.into())
        .ok()?;
    Some(out)
}

/// XAES-256-GCM encryption: ciphertext || tag.
#[must_use]
pub fn xaes_seal(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = plain.to_vec();
    let cipher = Xaes256Gcm::new(&(*key).into());
    let tag =
        cipher.encrypt_inout_detached(&(*nonce).into(), aad, out.as_mut_slice().into()).ok()?;
    out.extend_from_slice(&tag);
    Some(out)
}

/// XAES-256-GCM decryption of ciphertext || tag.
#[must_use]
pub fn xaes_open(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (body, tag) = split_tag(sealed)?;
    let mut out = body.to_vec();
    Xaes256Gcm::new(&(*key).into())
        .decrypt_inout_detached(&(*nonce).into(), aad, out.as_mut_slice().into(), &tag.into())
        .ok()?;
    Some(out)
}

/// The AES-256-GCM key that XAES-256-GCM derives from its key and the nonce's first 12 bytes.
#[must_use]
pub fn xaes_derived_key(key: &[u8; 32], nonce: &[u8; 24]) -> Option<[u8; 32]> {
    let aes = Aes256::new(&(*key).into());
    let mut mask = [0_u8; 16].into();
    aes.encrypt_block(&mut mask);
    let mask = u128::from_be_bytes(mask.into());
    // Doubling in GF(2^128), as CMAC derives its first subkey.
    let mask = (mask << 1) ^ if mask >> 127 == 1 { 0b1000_0111 } else { 0 };
    let half = |counter: u8| {
        let input = [&[0, counter, b'X', 0], nonce.get(..12)?].concat();
        let block: [u8; 16] = input.try_into().ok()?;
        let mut block = (u128::from_be_bytes(block) ^ mask).to_be_bytes().into();
        aes.encrypt_block(&mut block);
        Some(<[u8; 16]>::from(block))
    };
    [half(1)?, half(2)?].concat().try_into().ok()
}

fn split_tag(sealed: &[u8]) -> Option<(&[u8], [u8; TAG])> {
    let (body, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
    Some((body, tag.try_into().ok()?))
}

/// HKDF-Expand of RFC 5869 with SHA-512, at most 255 blocks; `None` beyond that.
#[must_use]
pub fn expand(key: &[u8; 32], info: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(length);
    let mut block: Vec<u8> = Vec::new();
    for counter in 1..=u8::MAX {
        if out.len() >= length {
            break;
        }
        let mut mac = hmac(key);
        mac.update(&block);
        mac.update(info);
        mac.update(&[counter]);
        block = mac.finalize().into_bytes().to_vec();
        out.extend_from_slice(&block);
    }
    out.truncate(length);
    (out.len() == length).then_some(out)
}

/// HMAC pads a short key with zeros to the block, so that padding it here changes nothing.
fn hmac(key: &[u8; 32]) -> Hmac<Sha512> {
    let mut block = hmac::digest::Key::<Hmac<Sha512>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block)
}

/// `expand` to 32 bytes, with info = "sse-root/1" || 0x00 || purpose.
#[must_use]
pub fn root_subkey(root: &[u8; 32], purpose: &str) -> Option<[u8; 32]> {
    let info = super::bytes::labelled("sse-root/1", &[purpose.as_bytes()]);
    expand(root, &info, 32)?.try_into().ok()
}

/// SHA-256 of the concatenation of `parts`.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
