//! Byte strings of the vocabulary: lower-case hex on the wire; secret ones print redacted.

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroize;

/// A byte string; lower-case hex in JSON.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Bytes(
    #[serde(with = "hex::serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String", regex(pattern = HEX)))]
    pub Vec<u8>,
);

/// Lower-case hex, as the schema has it.
#[cfg(feature = "schema")]
const HEX: &str = "^([0-9a-f]{2})*$";

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 32;
        match self.0.get(..SHOWN) {
            Some(head) if self.0.len() > SHOWN => {
                write!(f, "{}.. ({} bytes)", hex::encode(head), self.0.len())
            }
            _ => f.write_str(&hex::encode(&self.0)),
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A secret byte string of the wire: serialises as hex, prints as a fixed word, erased on drop.
///
/// It is the wire's type, so it can be cloned and serialised; an implementation keeps its own
/// secrets in types of its own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SecretBytes(
    #[serde(with = "hex::serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String", regex(pattern = HEX)))]
    Vec<u8>,
);

impl SecretBytes {
    /// Wraps secret bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Exposes the secret.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_serialises_and_never_prints() {
        let secret = SecretBytes::new(vec![0xca, 0xfe]);
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"cafe\"");
        assert_eq!(format!("{secret:?}"), "[secret]");
    }
}
