//! The world's random source: a ChaCha20 stream seeded by the world's name, and ids beside it.

use rand::rngs::ChaCha20Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Keys, salts and nonces come from the stream; ids are counted, so that a bent stream still gives
/// distinct ids and the set-up of a case survives.
#[derive(Debug)]
pub(super) struct Random {
    stream: ChaCha20Rng,
    ids: u64,
    label: [u8; 32],
}

impl Random {
    pub(super) fn new(world: &str) -> Self {
        let label: [u8; 32] = Sha256::digest(world.as_bytes()).into();
        Self { stream: ChaCha20Rng::from_seed(label), ids: 0, label }
    }

    pub(super) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.fill_bytes(&mut bytes);
        bytes
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.fill_bytes(&mut bytes);
        bytes
    }

    /// A new UUID.
    pub(super) fn id(&mut self) -> String {
        self.ids += 1;
        let digest = Sha256::new().chain_update(self.label).chain_update(self.ids.to_be_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
        uuid(bytes)
    }
}

/// A UUID of version 4 out of 16 random bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    dashed(&bytes)
}

/// The 36-character form of a UUID.
pub(super) fn dashed(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&hex::encode([*byte]));
    }
    text
}

/// The bytes of a UUID in its 36-character form.
pub(super) fn undashed(text: &str) -> Option<[u8; 16]> {
    hex::decode(text.replace('-', "")).ok()?.try_into().ok()
}
