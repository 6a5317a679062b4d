//! Vectors of the canonical bytes of an encryption context (spec/encryption-context.md).

use super::draft::Draft;
use crate::builder::context::encode;
use crate::byte_exact::{Accumulated, AccumulatedFile, AccumulatedSchema, drawn_pairs};
use sha2::{Digest, Sha256};
use sse_spec::{Class, EncodeContext};

const LAYOUT: &str = "encryption-context.encode.layout";
const ORDER: &str = "encryption-context.encode.order";
const CASE: &str = "encryption-context.encode.case";
const PAIRS: &str = "encryption-context.encode.pair-limit";
const LENGTH: &str = "encryption-context.encode.length-limit";
const DUPLICATE: &str = "encryption-context.encode.duplicate";
const EMPTY_KEY: &str = "encryption-context.encode.empty-key";

fn pairs(pairs: &[(&str, &str)]) -> EncodeContext {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    EncodeContext { pairs: pairs.iter().map(own).collect() }
}

fn numbered(count: usize) -> EncodeContext {
    let pair = |index| (format!("key-{index:02}"), format!("{index}"));
    EncodeContext { pairs: (0..count).map(pair).collect() }
}

/// One pair whose canonical bytes are `total` bytes long: 2 + 2 + 1 + 2 + value.
fn long(total: usize) -> EncodeContext {
    pairs(&[("k", &"v".repeat(total.saturating_sub(7)))])
}

fn draft(slug: &str, requirements: &[&str], comment: &str, request: EncodeContext) -> Draft {
    Draft::new(&format!("encryption-context/{slug}"), requirements, comment, request)
}

pub(super) fn valid() -> Option<Vec<Draft>> {
    let arn = ("aws:s3:arn", "arn:aws:s3:::bucket-a/folder/report.txt");
    let shifted = "The lengths keep these bytes apart from those of its neighbour, which reads \
        the same without them.";
    Some(vec![
        draft("empty", &[LAYOUT], "No pairs: only the count.", pairs(&[])),
        draft("one-pair", &[LAYOUT], "One pair.", pairs(&[("department", "finance")])),
        draft(
            "two-pairs",
            &[LAYOUT, ORDER],
            "The worked example: given in descending order, written in ascending order.",
            pairs(&[("department", "finance"), arn]),
        ),
        draft(
            "two-pairs-ascending",
            &[ORDER],
            "The same set in ascending order gives the same bytes.",
            pairs(&[arn, ("department", "finance")]),
        )
        .flag("canonical"),
        draft(
            "order-by-bytes",
            &[ORDER],
            "Bytes decide, not an alphabet: Z before a before U+00E9 before U+FF5E before U+1F600, \
             which UTF-16 would put before U+FF5E.",
            pairs(&[
                ("\u{1f600}", "5"),
                ("a", "2"),
                ("\u{ff5e}", "4"),
                ("\u{e9}", "3"),
                ("Z", "1"),
            ]),
        )
        .flag("canonical"),
        draft(
            "case-distinct",
            &[CASE, ORDER],
            "Keys that differ in case only are two keys.",
            pairs(&[("name", "lower"), ("Name", "Upper"), ("NAME", "CAPITALS")]),
        )
        .flag("canonical"),
        draft(
            "unicode-forms-distinct",
            &[CASE],
            "U+00E9 and e with U+0301 stay two keys: nothing is normalised.",
            pairs(&[("caf\u{e9}", "composed"), ("cafe\u{301}", "decomposed")]),
        )
        .flag("canonical"),
        draft("empty-value", &[LAYOUT], "A value may be empty.", pairs(&[("key", "")])),
        draft(
            "prefix-keys",
            &[ORDER],
            "A key that begins another one comes first.",
            pairs(&[("abc", "3"), ("a", "1"), ("ab", "2")]),
        ),
        draft(
            "order-before-length",
            &[ORDER],
            "Order is decided before lengths are written: aa before b although it is longer.",
            pairs(&[("b", "2"), ("aa", "1")]),
        )
        .flag("canonical"),
        draft("boundary-left", &[LAYOUT], shifted, pairs(&[("ab", "c")])).flag("canonical"),
        draft("boundary-right", &[LAYOUT], shifted, pairs(&[("a", "bc")])).flag("canonical"),
        draft("nul-inside", &[LAYOUT], "U+0000 is a character.", pairs(&[("a\0b", "c\0")])),
        draft("64-pairs", &[PAIRS], "As many pairs as allowed.", numbered(64)).flag("limit"),
        draft("8192-bytes", &[LENGTH], "As long as allowed.", long(8192)).flag("limit"),
    ])
}

pub(super) fn invalid() -> Option<Vec<Draft>> {
    let class = Class::InvalidArgument;
    Some(vec![
        draft(
            "duplicate-key",
            &[DUPLICATE],
            "Two pairs with one key.",
            pairs(&[("abc", "3"), ("a", "1"), ("a", "2")]),
        )
        .flag("canonical")
        .refused("encryption-context/prefix-keys", class),
        draft(
            "duplicate-pair",
            &[DUPLICATE],
            "The same pair twice.",
            pairs(&[("department", "finance"), ("department", "finance")]),
        )
        .flag("canonical")
        .refused("encryption-context/one-pair", class),
        draft("empty-key", &[EMPTY_KEY], "A key without characters.", pairs(&[("", "c")]))
            .flag("limit")
            .refused("encryption-context/boundary-left", class),
        draft("65-pairs", &[PAIRS], "One pair too many.", numbered(65))
            .flag("limit")
            .refused("encryption-context/64-pairs", class),
        draft("8193-bytes", &[LENGTH], "One byte too long.", long(8193))
            .flag("limit")
            .refused("encryption-context/8192-bytes", class),
    ])
}

const RULE: &str = "For i = 0, 1, .., count - 1: the stream of input i is the concatenation of \
    SHA-256(label || 0x00 || u32 i || u32 block), integers big-endian, block = 0, 1, 2, ..; every \
    draw takes the next byte of the stream. The first draw modulo 5 is the number of pairs. For \
    each pair in turn: 1 + (draw modulo 16) is the number of characters of its key, then one draw \
    for each character; draw modulo 32 is the number of characters of its value, then one draw \
    for each character. A character is the one with the index draw modulo 64 in A-Z, a-z, 0-9, \
    colon, U+00E9, in this order. A pair whose key an earlier pair of the same input has is left \
    out after all its draws. sha256 is the digest of the canonical bytes of all inputs, one after \
    the other.";

pub(super) fn accumulated() -> Option<AccumulatedFile> {
    let (label, count) = ("sse-vectors/1 encryption-context/accumulated", 10_000);
    let mut hash = Sha256::new();
    for index in 0..count {
        hash.update(encode(&drawn_pairs(label, index)).ok()?);
    }
    Some(AccumulatedFile {
        schema: AccumulatedSchema::Accumulated1,
        stem: "encryption-context".to_owned(),
        operation: "EncodeContext".to_owned(),
        source: "Built by the independent builder of this repository, and recomputed by check.py."
            .to_owned(),
        rule: RULE.to_owned(),
        vectors: vec![Accumulated {
            id: "encryption-context/accumulated".to_owned(),
            requirements: vec![LAYOUT.to_owned(), ORDER.to_owned(), CASE.to_owned()],
            comment: "10,000 contexts of up to 4 pairs in drawn order, drawn as the file's rule \
                says; one digest over all their canonical bytes."
                .to_owned(),
            label: label.to_owned(),
            count,
            sha256: hex::encode(hash.finalize()),
        }],
    })
}
