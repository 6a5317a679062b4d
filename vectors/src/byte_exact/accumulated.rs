//! Accumulated vectors: many drawn contexts, one digest over their canonical bytes
//! (spec/encryption-context.md, test vectors).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One file of accumulated vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccumulatedFile {
    /// The form of the file.
    pub schema: AccumulatedSchema,
    /// Stem of the document whose requirements the file checks.
    pub stem: String,
    /// Name of the format operation that is performed for each drawn input.
    pub operation: String,
    /// Where the expectation comes from.
    pub source: String,
    /// How the inputs are drawn, exactly enough for another language.
    pub rule: String,
    /// The vectors.
    pub vectors: Vec<Accumulated>,
}

/// The form of a file of accumulated vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccumulatedSchema {
    /// The first and only one.
    #[serde(rename = "accumulated/1")]
    Accumulated1,
}

/// One digest over the outputs for many drawn inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accumulated {
    /// Stable id, `stem/slug`.
    pub id: String,
    /// The requirements that the vector checks.
    pub requirements: Vec<String>,
    /// What is special here, for people.
    pub comment: String,
    /// What the inputs are drawn from.
    pub label: String,
    /// How many inputs.
    pub count: u32,
    /// SHA-256 of the outputs, one after the other.
    pub sha256: String,
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:\u{e9}";

/// The pairs of the context with the number `index`, in the order in which they are drawn.
///
/// The rule stands in the file and in `README.md`: SHA-256 in counter mode gives bytes; a first one
/// modulo 5 the number of pairs; for each pair a length and as many characters for key and value.
#[must_use]
pub fn drawn_pairs(label: &str, index: u32) -> Vec<(String, String)> {
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    let mut stream = Stream { label, index, block: 0, rest: Vec::new() };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for _ in 0..stream.next() % 5 {
        let key_length = 1 + stream.next() % 16;
        let key = stream.text(&alphabet, key_length);
        let value_length = stream.next() % 32;
        let value = stream.text(&alphabet, value_length);
        if pairs.iter().all(|(earlier, _)| *earlier != key) {
            pairs.push((key, value));
        }
    }
    pairs
}

struct Stream<'a> {
    label: &'a str,
    index: u32,
    block: u32,
    /// What is left of the current block, last byte first.
    rest: Vec<u8>,
}

impl Stream<'_> {
    fn next(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.rest.pop() {
                return byte;
            }
            let digest = Sha256::new()
                .chain_update(self.label.as_bytes())
                .chain_update([0])
                .chain_update(self.index.to_be_bytes())
                .chain_update(self.block.to_be_bytes())
                .finalize();
            self.rest = digest.iter().rev().copied().collect();
            self.block += 1;
        }
    }

    fn text(&mut self, alphabet: &[char], length: u8) -> String {
        (0..length).filter_map(|_| alphabet.get(usize::from(self.next() % 64))).collect()
    }
}
