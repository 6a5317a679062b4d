//! What the store and the KMS stand on: a disk, a clock, a random source, and the keys derived from
//! the root (spec/sealed-object.md, control item).

use crate::cipher::WrapNonce;
use crate::disk::{Change, Disk, Place, Scope, read_whole};
use crate::principal::Iam;
use crate::random::{self, Random};
use crate::refusal::{Refused, Result};
use crate::sealed_object::{DerivedKeys, control};
use crate::secret::{Dek, SecretBuffer, WrappingKey};
use crate::store::OpenError;
use sse_spec::{Class, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex};

/// A clock.
pub trait Clock: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> Timestamp;
}

/// Length in bytes of the smallest part of an upload on AWS, the last one excepted.
pub const MINIMUM_PART: u64 = 5 * 1024 * 1024;

/// How the entity tags of what lies under SSE-S3 are made. Under SSE-KMS they are always random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityTags {
    /// The MD5 of the plaintext, as AWS makes them; the digest costs more than the encryption.
    #[default]
    Md5,
    /// At random.
    Random,
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
    /// The accounts of the world.
    pub accounts: Vec<String>,
    /// How entity tags are made.
    pub etag: EntityTags,
    /// Length in bytes of the smallest part of an upload: [`MINIMUM_PART`], or less for tests.
    pub minimum_part: u64,
}

/// The parts of an open service.
pub struct Environment {
    pub(crate) disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    random: Mutex<Box<dyn Random>>,
    pub(crate) region: String,
    pub(crate) accounts: Vec<String>,
    pub(crate) etag: EntityTags,
    pub(crate) minimum_part: u64,
    pub(crate) iam: Iam,
    keys: DerivedKeys,
}

impl Environment {
    pub(crate) fn new(parts: Parts, keys: DerivedKeys) -> Self {
        let Parts { disk, clock, random, region, accounts, etag, minimum_part } = parts;
        let (random, iam) = (Mutex::new(random), Iam::default());
        Self { disk, clock, random, region, accounts, etag, minimum_part, iam, keys }
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
        self.open_for(place, &read_whole(&*item)?).map(Some)
    }

    /// Reads the control item at a place where one has to be.
    pub(crate) fn read_existing_control(&self, place: &Place) -> Result<SecretBuffer> {
        self.read_control(place)?.ok_or(Refused(Class::Integrity))
    }

    /// Reads every control item of a scope while the store opens; one that is refused is named.
    pub(crate) fn open_controls(
        &self,
        scope: Scope<'_>,
        mut take: impl FnMut(&Place, &SecretBuffer) -> Result<()>,
    ) -> Result<(), OpenError> {
        for place in self.disk.list(scope)? {
            let contents = self.read_existing_control(&place);
            let taken = contents.and_then(|contents| take(&place, &contents));
            // r[sse.durability.damage-named]
            taken.map_err(|refused| OpenError::at(refused, place))?;
        }
        Ok(())
    }

    /// Seals a control item; it is written when the change is committed.
    pub(crate) fn seal_control(&self, place: Place, contents: &[u8]) -> Result<Change> {
        let bytes = self.seal_for(&place, &self.draw()?, contents)?;
        Ok(Change::Write(place, bytes))
    }

    /// Seals contents for a place.
    pub(crate) fn seal_for(
        &self,
        place: &Place,
        nonce: &WrapNonce,
        contents: &[u8],
    ) -> Result<Vec<u8>> {
        control::seal(&self.keys.control, (place.kind(), &*place.name()), nonce, contents)
    }

    /// Opens what [`Environment::seal_for`] sealed.
    pub(crate) fn open_for(&self, place: &Place, bytes: &[u8]) -> Result<SecretBuffer> {
        control::open(&self.keys.control, (place.kind(), &*place.name()), bytes)
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
