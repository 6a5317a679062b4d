//! Canonical bytes of pairs (spec/encryption-context.md), for contexts and user metadata.

use super::Error;
use super::bytes::{Reader, lp16};

/// Most pairs of a context.
pub const MAX_PAIRS: usize = 64;
/// Most canonical bytes.
pub const MAX_BYTES: usize = 8192;

/// Encodes pairs given in any order.
///
/// # Errors
/// `Error::Invalid` for a repeated or empty key, too many pairs, too many bytes.
pub fn encode(pairs: &[(String, String)]) -> Result<Vec<u8>, Error> {
    let mut sorted: Vec<(&[u8], &[u8])> =
        pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes())).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|two| matches!(two, [a, b] if a.0 == b.0)) {
        return Err(Error::Invalid);
    }
    if pairs.len() > MAX_PAIRS || sorted.iter().any(|(key, _)| key.is_empty()) {
        return Err(Error::Invalid);
    }
    write_unchecked(&sorted).filter(|out| out.len() <= MAX_BYTES).ok_or(Error::Invalid)
}

/// Encodes the entries of a map.
///
/// # Errors
/// As `encode`.
pub fn encode_map(map: &sse_spec::EncryptionContext) -> Result<Vec<u8>, Error> {
    let pairs: Vec<(String, String)> = map.clone().into_iter().collect();
    encode(&pairs)
}

/// Writes pairs as they come, unsorted and unbounded; wrong encodings are made with it.
#[must_use]
pub fn write_unchecked(pairs: &[(&[u8], &[u8])]) -> Option<Vec<u8>> {
    let mut out = u16::try_from(pairs.len()).ok()?.to_be_bytes().to_vec();
    for (key, value) in pairs {
        lp16(&mut out, key).ok()?;
        lp16(&mut out, value).ok()?;
    }
    Some(out)
}

/// Decodes strictly: `None` for bytes that `encode` cannot have written.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<sse_spec::EncryptionContext> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let mut reader = Reader::new(bytes);
    let count = usize::from(reader.u16()?);
    if count > MAX_PAIRS {
        return None;
    }
    let mut map = sse_spec::EncryptionContext::new();
    let mut previous: &[u8] = &[];
    for _ in 0..count {
        let key = reader.lp16(MAX_BYTES)?;
        let value = reader.lp16(MAX_BYTES)?;
        // The empty key is the least of all, so this one comparison refuses it as well.
        if key <= previous {
            return None;
        }
        previous = key;
        map.insert(text(key)?, text(value)?);
    }
    reader.end()?;
    Some(map)
}

pub(super) fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
