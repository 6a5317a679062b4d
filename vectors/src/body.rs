//! Bodies of requests and expected bodies: what `Body` stands for, and how two bodies compare
//! (spec/operations.md, bodies).

use sha2::{Digest, Sha256};
use sse_spec::Body;

const PATTERN_LABEL: &[u8] = b"sse-pattern/1\0";

/// The bytes that `body` stands for.
///
/// A pattern is SHA-256("sse-pattern/1" NUL, u64 seed, u64 block) for block = 0, 1, 2.., cut to its
/// length: any language has SHA-256, and no window of it repeats.
///
/// # Errors
/// A text for people where a file cannot be read or a length does not fit into memory.
pub fn expand(body: &Body) -> Result<Vec<u8>, String> {
    match body {
        Body::Inline(bytes) => Ok(bytes.0.clone()),
        Body::Pattern { seed, len } => pattern(*seed, *len),
        Body::File(path) => {
            std::fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))
        }
    }
}

fn pattern(seed: u64, len: u64) -> Result<Vec<u8>, String> {
    let len = usize::try_from(len).map_err(|_| format!("a pattern of {len} bytes is too long"))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|error| format!("a pattern of {len} bytes: {error}"))?;
    let mut block = 0_u64;
    while bytes.len() < len {
        let digest = Sha256::new()
            .chain_update(PATTERN_LABEL)
            .chain_update(seed.to_be_bytes())
            .chain_update(block.to_be_bytes())
            .finalize();
        bytes.extend(digest.iter().take(len - bytes.len()));
        block += 1;
    }
    Ok(bytes)
}

/// Compares two bodies by length, SHA-256 and first difference.
///
/// # Errors
/// A text for people that holds lengths, digests and one position, never the bytes themselves.
pub fn compare(expected: &[u8], got: &[u8]) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let place = expected
        .iter()
        .zip(got)
        .position(|(left, right)| left != right)
        .unwrap_or_else(|| expected.len().min(got.len()));
    Err(format!(
        "expected {} bytes, SHA-256 {}; got {} bytes, SHA-256 {}; first difference at byte {place}",
        expected.len(),
        sha256(expected),
        got.len(),
        sha256(got),
    ))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_its_blocks_cut_to_length() {
        let long = expand(&Body::Pattern { seed: 7, len: 65 }).unwrap();
        assert_eq!(long.len(), 65);
        // Computed with Python: hashlib.sha256(b"sse-pattern/1\0" + (7).to_bytes(8) + bytes(8)).
        assert_eq!(hex::encode(&long[..4]), PATTERN_7_HEAD);
        for len in [0, 1, 31, 32, 33, 64] {
            let short = expand(&Body::Pattern { seed: 7, len }).unwrap();
            assert_eq!(short, long[..usize::try_from(len).unwrap()]);
        }
        assert_ne!(expand(&Body::Pattern { seed: 8, len: 65 }).unwrap(), long);
    }

    const PATTERN_7_HEAD: &str = "a8f1acd9";

    #[test]
    fn a_comparison_names_the_first_difference_and_no_byte() {
        assert_eq!(compare(b"abc", b"abc"), Ok(()));
        let differs = compare(b"abc", b"axc").unwrap_err();
        assert!(differs.ends_with("first difference at byte 1"), "{differs}");
        let short = compare(b"abc", b"ab").unwrap_err();
        assert!(short.starts_with("expected 3 bytes"), "{short}");
        assert!(short.ends_with("first difference at byte 2"), "{short}");
    }

    #[test]
    fn an_absurd_length_is_an_error() {
        assert!(expand(&Body::Pattern { seed: 1, len: u64::MAX }).is_err());
    }
}
