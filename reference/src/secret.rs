//! Keys as types: they cannot be cloned, printed or serialised, and are erased on drop
//! (spec/data-key.md, end).
//!
//! ```compile_fail,E0599
//! let key = sse_reference::secret::Dek::from_slice(&[7; 32]).unwrap();
//! let copy = key.clone();
//! ```
//!
//! ```compile_fail,E0599
//! let key = sse_reference::secret::Dek::from_slice(&[7; 32]).unwrap();
//! let text = key.to_string();
//! ```

use crate::random::Random;
use crate::refusal::{Refused, Result};
use sse_spec::Class;
use std::fmt;
use zeroize::Zeroize;

/// Length in bytes of every key of this crate.
pub const KEY_LENGTH: usize = 32;

macro_rules! secret_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// It lies behind a pointer, so that a move of the type leaves no copy of the key behind.
        pub struct $name(Box<[u8; KEY_LENGTH]>);

        impl $name {
            /// Draws a key from the random source.
            ///
            /// # Errors
            /// `unavailable` where the source fails.
            pub fn draw(random: &mut dyn Random) -> Result<Self> {
                let mut key = Self(Box::new([0; KEY_LENGTH]));
                random.fill(key.0.as_mut_slice())?;
                Ok(key)
            }

            /// Takes a key of exactly 32 bytes.
            ///
            /// # Errors
            /// `invalid-argument` for any other length.
            pub fn from_slice(bytes: &[u8]) -> Result<Self> {
                let mut key = Self(Box::new([0; KEY_LENGTH]));
                // r[sealed-object.seal.lengths]
                if bytes.len() != KEY_LENGTH {
                    return Err(Refused(Class::InvalidArgument));
                }
                key.0.copy_from_slice(bytes);
                Ok(key)
            }

            /// Exposes the key's bytes.
            #[must_use]
            pub fn expose(&self) -> &[u8; KEY_LENGTH] {
                &self.0
            }
        }

        // r[data-key.secret.no-print]
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([secret])"))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // r[data-key.erase.after-use]
                // r[sse.data-key.erased]
                self.0.as_mut_slice().zeroize();
            }
        }
    };
}

secret_key! {
    /// The key that encrypts one object, once.
    // r[data-key.generate.length]
    Dek
}
secret_key! {
    /// A key that encrypts other keys or control items: key material, service key, record key.
    WrappingKey
}
secret_key! {
    /// The one secret that does not lie at rest; every other key is derived from it or under it.
    RootKey
}

/// A secret of any length: a data key that KMS hands out, a chunk of plaintext.
pub struct SecretBuffer(Vec<u8>);

impl SecretBuffer {
    /// Makes a buffer of zeros. It never grows, so that no copy of it stays behind.
    #[must_use]
    pub fn zeroed(length: usize) -> Self {
        Self(vec![0; length])
    }

    /// Copies a secret.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Exposes the secret.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Exposes the secret to be filled or encrypted in place.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

// r[data-key.secret.no-print]
impl fmt::Debug for SecretBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBuffer([secret])")
    }
}

impl Drop for SecretBuffer {
    fn drop(&mut self) {
        // On the slice: wiping a large array element by element costs 30 times more.
        self.0.as_mut_slice().zeroize();
    }
}
