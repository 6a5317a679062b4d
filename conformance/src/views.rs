//! The views of an item: its bytes as they are, and every run of hex or Base64 in it decoded.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// One way to read an item.
pub(crate) struct View {
    /// How it was read.
    pub(crate) encoding: &'static str,
    /// Number of encoding and phase: two views of one lane were read in the same way.
    pub(crate) lane: usize,
    /// What was read.
    pub(crate) bytes: Vec<u8>,
}

/// How many lanes there are: raw, two of hex, four of each alphabet of Base64.
pub(crate) const LANES: usize = 11;

/// Runs shorter than this hold no window.
const SHORTEST_RUN: usize = 22;

/// Every view of `bytes`: raw, hex in both phases, Base64 of both alphabets in all phases.
pub(crate) fn views(bytes: &[u8]) -> Vec<View> {
    let mut views = vec![View { encoding: "as it is", lane: 0, bytes: bytes.to_vec() }];
    for run in runs(bytes, u8::is_ascii_hexdigit) {
        for phase in 0..2 {
            let digits = run.get(phase..).unwrap_or_default();
            let even = digits.get(..digits.len() / 2 * 2).unwrap_or_default();
            let lane = 1 + phase;
            let view = |bytes| View { encoding: "in hex", lane, bytes };
            views.extend(hex::decode(even).ok().map(view));
        }
    }
    for (encoding, alphabet, extra, first) in [
        ("in Base64", &alphabet::STANDARD, b"+/", 3),
        ("in URL-safe Base64", &alphabet::URL_SAFE, b"-_", 7),
    ] {
        let engine = GeneralPurpose::new(
            alphabet,
            GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true),
        );
        for run in runs(bytes, |byte| byte.is_ascii_alphanumeric() || extra.contains(byte)) {
            for phase in 0..4 {
                let digits = run.get(phase..).unwrap_or_default();
                let whole = digits.get(..digits.len() / 4 * 4).unwrap_or_default();
                let lane = first + phase;
                views.extend(engine.decode(whole).ok().map(|bytes| View { encoding, lane, bytes }));
            }
        }
    }
    views
}

fn runs(bytes: &[u8], belongs: impl Fn(&u8) -> bool) -> Vec<&[u8]> {
    bytes.split(|byte| !belongs(byte)).filter(|run| run.len() >= SHORTEST_RUN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(stored: &[u8], secret: &[u8]) -> bool {
        views(stored).iter().any(|view| view.bytes.windows(16).any(|window| window == secret))
    }

    #[test]
    fn a_secret_is_seen_in_every_encoding_and_phase() {
        let secret: Vec<u8> = (200..216).collect();
        for before in 0..3 {
            let stored = [&vec![7; before][..], &secret, &[7; 5]].concat();
            assert!(shows(&stored, &secret));
            for odd in ["", "a", "ab", "abc"] {
                assert!(shows(format!("{odd}{}", hex::encode(&stored)).as_bytes(), &secret));
                for engine in [base64::prelude::BASE64_STANDARD, base64::prelude::BASE64_URL_SAFE] {
                    let text = format!("{odd}{}", engine.encode(&stored));
                    assert!(shows(text.as_bytes(), &secret), "{text}");
                }
            }
        }
        assert!(!shows(&[7; 64], &secret));
    }

    #[test]
    fn every_lane_is_one_way_to_read() {
        let views = views(hex::encode([0xa5; 40]).as_bytes());
        let lanes: Vec<usize> = views.iter().map(|view| view.lane).collect();
        assert_eq!(lanes, (0..LANES).collect::<Vec<_>>());
    }
}
