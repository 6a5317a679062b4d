//! Randomness that may fail, and a failure that is a refusal (spec/data-key.md, generate).

use crate::refusal::{Refused, Result};
use rand::TryCryptoRng;
use sse_spec::Class;

/// A cryptographically secure random source that may fail.
///
/// Every [`TryCryptoRng`] is one. `CryptoRng` is not asked for, because the operating system's
/// source can be had as one only by panicking when it fails.
pub trait Random: Send {
    /// Fills a buffer with random bytes.
    ///
    /// # Errors
    /// `unavailable` where the source fails; the buffer's bytes are then worthless.
    fn fill(&mut self, into: &mut [u8]) -> Result<()>;
}

impl<R: TryCryptoRng + Send> Random for R {
    fn fill(&mut self, into: &mut [u8]) -> Result<()> {
        // r[data-key.generate.source-failure]
        self.try_fill_bytes(into).map_err(|_| Refused(Class::Unavailable))
    }
}

/// Draws an array, for a nonce, a salt or an id.
///
/// # Errors
/// `unavailable` where the source fails.
pub fn draw<const N: usize>(random: &mut dyn Random) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
