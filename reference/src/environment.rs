//! What the store and the KMS stand on: a disk, a clock, a random source, and the keys derived from
//! the root (spec/sealed-object.md, control item).

use crate::disk::{Change, Disk, Place, read_whole};
use crate::random::{self, Random};
use crate::refusal::{Refused, Result};
use crate::sealed_object::{DerivedKeys, control};
use crate::secret::{Dek, SecretBuffer, WrappingKey};
use sse_spec::{Class, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex};

/// A clock.
pub trait Clock: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> Timestamp;
}

/// The parts that a service is opened with; the root key is given beside them.
pub struct Parts {
    /// Where everything lies at rest.
    pub disk: Arc<dyn Disk>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where keys, nonces, salts and ids are drawn from.
    pub random: Box<dyn Random>,
    /// The one Region.
    pub region: String,
}

/// The parts of an open service.
pub struct Environment {
    pub(crate) disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    random: Mutex<Box<dyn Random>>,
    pub(crate) region: String,
    keys: DerivedKeys,
}

impl Environment {
    pub(crate) fn new(parts: Parts, keys: DerivedKeys) -> Self {
        let Parts { disk, clock, random, region } = parts;
        Self { disk, clock, random: Mutex::new(random), region, keys }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn record_key(&self) -> &WrappingKey {
        &self.keys.record
    }

    /// Draws the bytes of a nonce, a salt or an id.
    pub(crate) fn draw<const N: usize>(&self) -> Result<[u8; N]> {
        self.with_random(random::draw)
    }

    /// Draws the DEK of an object.
    pub(crate) fn draw_dek(&self) -> Result<Dek> {
        // r[data-key.generate.random]
        self.with_random(Dek::draw)
    }

    /// Draws a wrapping key: key material or a service key.
    pub(crate) fn draw_wrapping_key(&self) -> Result<WrappingKey> {
        self.with_random(WrappingKey::draw)
    }

    /// Draws a data key of any length.
    pub(crate) fn draw_secret(&self, length: usize) -> Result<SecretBuffer> {
        let mut secret = SecretBuffer::zeroed(length);
        // r[data-key.generate.random]
        self.with_random(|random| random.fill(secret.expose_mut()))?;
        Ok(secret)
    }

    fn with_random<T>(&self, draw: impl FnOnce(&mut dyn Random) -> Result<T>) -> Result<T> {
        // A source that panicked in another thread is one that failed.
        let mut random = self.random.lock().map_err(|_| Refused(Class::Unavailable))?;
        draw(&mut **random)
    }

    /// Reads the control item at a place.
    pub(crate) fn read_control(&self, place: &Place) -> Result<Option<SecretBuffer>> {
        let Some(item) = self.disk.open(place)? else { return Ok(None) };
        let bytes = read_whole(&*item)?;
        control::open(&self.keys.control, (place.kind(), &place.name()), &bytes).map(Some)
    }

    /// Seals a control item; it is written when the change is committed.
    pub(crate) fn seal_control(&self, place: Place, contents: &[u8]) -> Result<Change> {
        let address = (place.kind(), place.name());
        let address = (address.0, address.1.as_str());
        let bytes = control::seal(&self.keys.control, address, &self.draw()?, contents)?;
        Ok(Change::Write(place, bytes))
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("region", &self.region).finish_non_exhaustive()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("region", &self.region).finish_non_exhaustive()
    }
}
