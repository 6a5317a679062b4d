//! Byte strings of the vocabulary: lower-case hex on the wire; secret ones print redacted.

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroize;

/// A byte string; lower-case hex in JSON.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Bytes(
    #[serde(with = "lower_hex")]
    #[cfg_attr(feature = "schema", schemars(with = "String", regex(pattern = HEX)))]
    pub Vec<u8>,
);

/// Hex as operations.md has it: in lower case, so that a byte string has one form.
mod lower_hex {
    use serde::de::{Deserializer, Error, Unexpected, Visitor};
    use serde::ser::Serializer;
    use std::fmt;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        // A format that is not for people has bytes of its own.
        if to.is_human_readable() {
            to.serialize_str(&encode(bytes))
        } else {
            to.serialize_bytes(bytes)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        if from.is_human_readable() {
            from.deserialize_str(Digits)
        } else {
            from.deserialize_byte_buf(Digits)
        }
    }

    /// As [`hex::encode`], which goes digit by digit through `char`: bodies are long.
    fn encode(bytes: &[u8]) -> String {
        let mut digits = vec![0; bytes.len() * 2];
        // The lengths fit and hex is ASCII: neither can fail.
        match hex::encode_to_slice(bytes, &mut digits).map(|()| String::from_utf8(digits)) {
            Ok(Ok(text)) => text,
            _ => hex::encode(bytes),
        }
    }

    struct Digits;

    impl Visitor<'_> for Digits {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("lower-case hex, two digits a byte")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        // What is wrong is said by its place: the digits may be a secret.
        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
            let wrong = |byte: u8| !matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            match text.bytes().position(wrong) {
                Some(at) => {
                    let upper = text.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
                    let what = if upper { "an upper-case letter" } else { "no hex digit" };
                    let found = format!("{what} at position {at}");
                    Err(E::invalid_value(Unexpected::Other(&found), &self))
                }
                None => {
                    let mut bytes = vec![0; text.len() / 2];
                    hex::decode_to_slice(text, &mut bytes).map_err(|_| {
                        let found = format!("an odd number of digits, {}", text.len());
                        E::invalid_value(Unexpected::Other(&found), &self)
                    })?;
                    Ok(bytes)
                }
            }
        }
    }
}

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

/// The members of operations and replies whose values are secrets.
pub const SECRETS: [&str; 4] = ["plaintext", "data_key", "wrapping_key", "root_key"];

/// A secret byte string of the wire: serialises as hex, prints as a fixed word, erased on drop.
///
/// It is the wire's type, so it can be cloned and serialised; an implementation keeps its own
/// secrets in types of its own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SecretBytes(
    #[serde(with = "lower_hex")]
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

    #[test]
    fn hex_has_one_form_and_what_is_wrong_is_not_repeated() {
        let read = |text: &str| serde_json::from_value::<SecretBytes>(text.into());
        assert_eq!(read("cafe").unwrap().expose(), [0xca, 0xfe]);
        for (text, found) in [
            ("caFE", "an upper-case letter at position 2"),
            ("cafx", "no hex digit at position 3"),
            ("caf", "an odd number of digits, 3"),
        ] {
            let told = read(text).unwrap_err().to_string();
            let expected = "expected lower-case hex, two digits a byte";
            assert_eq!(told, format!("invalid value: {found}, {expected}"));
        }
    }
}
