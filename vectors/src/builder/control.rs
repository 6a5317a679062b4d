//! Control items (spec/sealed-object.md, Control item).

use super::Error;
use super::bytes::{Reader, labelled, lp16, lp32};
use super::cipher::{root_subkey, xaes_open, xaes_seal};

/// Most bytes of contents.
pub const MAX_CONTENTS: usize = 16_777_216;

fn aad(kind: &str, name: &str) -> Result<Vec<u8>, Error> {
    let mut names = Vec::new();
    lp16(&mut names, kind.as_bytes())?;
    lp16(&mut names, name.as_bytes())?;
    Ok(labelled("sse-control/1", &[&names]))
}

/// Seals contents for the place (kind, name).
///
/// # Errors
/// `Error::Invalid` for contents or names beyond their limits.
pub fn seal_control(
    root: &[u8; 32],
    kind: &str,
    name: &str,
    nonce: &[u8; 24],
    contents: &[u8],
) -> Result<Vec<u8>, Error> {
    if contents.len() > MAX_CONTENTS {
        return Err(Error::Invalid);
    }
    let subkey = root_subkey(root, "control").ok_or(Error::Invalid)?;
    let both = xaes_seal(&subkey, nonce, &aad(kind, name)?, contents).ok_or(Error::Invalid)?;
    let (ciphertext, tag) = both.split_at_checked(contents.len()).ok_or(Error::Invalid)?;
    let mut out = [b"SSEC\x01".as_slice(), nonce].concat();
    lp32(&mut out, ciphertext)?;
    out.extend_from_slice(tag);
    Ok(out)
}

/// Opens the item found at the place (kind, name).
#[must_use]
pub fn open_control(root: &[u8; 32], kind: &str, name: &str, item: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(item);
    if reader.take(5)? != b"SSEC\x01" {
        return None;
    }
    let nonce = reader.array()?;
    let ciphertext = reader.lp32(MAX_CONTENTS)?;
    let tag = reader.take(16)?;
    reader.end()?;
    let subkey = root_subkey(root, "control")?;
    xaes_open(&subkey, &nonce, &aad(kind, name).ok()?, &[ciphertext, tag].concat())
}
