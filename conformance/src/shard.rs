//! Shards: the catalogue in parts that several machines run, by a stable hash of the case's id.

use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;

/// One of several parts; a case belongs to exactly one, whatever other cases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// How many cases they hold together.
    pub cases: usize,
}

impl Shard {
    /// Whether the case of this id belongs to the shard.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        let digest = sha2::Sha256::digest(id.as_bytes());
        let head = digest.iter().take(8).fold(0, |head, byte| head << 8 | u64::from(*byte));
        head.checked_rem(u64::from(self.of)) == Some(u64::from(self.number).wrapping_sub(1))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| {
            let (number, of) = (number.parse().ok()?, of.parse().ok()?);
            (1 <= number && number <= of).then_some(Self { number, of, cases: 0 })
        });
        numbers.ok_or_else(|| "K/N with 1 <= K <= N, for example 1/4".into())
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn a_shard_is_written_as_two_numbers() {
        let shard: Shard = "2/3".parse().expect("a shard");
        assert_eq!((shard.number, shard.of, shard.to_string()), (2, 3, "2/3".into()));
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/3", "a/b", "1/ 3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    /// The places of known ids: whoever changes the hash moves cases between machines.
    #[test]
    fn places_are_stable() {
        let place = |id: &str, of| {
            let holds = |number: &u32| Shard { number: *number, of, cases: 0 }.holds(id);
            (1..=of).filter(holds).collect::<Vec<_>>()
        };
        // SHA-256("a") begins with ca978112ca1bbdca, SHA-256("abc") with ba7816bf8f01cfea.
        assert_eq!(place("a", 7), [1 + u32::try_from(0xca97_8112_ca1b_bdca_u64 % 7).unwrap()]);
        assert_eq!(place("abc", 16), [1 + 0xa]);
        assert_eq!(place("abc", 1), [1]);
    }
}
