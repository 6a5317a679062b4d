//! The service as a whole: it opens from the items at rest and the root key, and keeps nothing in
//! memory that does not lie at rest (spec/sealed-object.md, control item).

use crate::data_key::{Identity, ServiceBlob};
use crate::disk::Place;
use crate::environment::{Environment, Parts};
use crate::kms::Kms;
use crate::refusal::{Refused, Result};
use crate::sealed_object::DerivedKeys;
use crate::secret::{Dek, RootKey, WrappingKey};
use sse_spec::Class;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A store with its key management service.
#[derive(Debug)]
pub struct Store {
    pub(crate) environment: Arc<Environment>,
    /// The owner's account of each bucket.
    pub(crate) buckets: BTreeMap<String, String>,
    service_keys: ServiceKeys,
    pub(crate) kms: Kms,
}

impl Store {
    /// Opens the store that lies on a disk; an empty disk becomes an empty store.
    ///
    /// # Errors
    /// `invalid-argument` for an all-zero root key, `damaged-store` where a control item is missing
    /// or is not authentic under this root key, `unavailable` where the disk fails.
    pub fn open(parts: Parts, root: &RootKey) -> Result<Self> {
        // r[sealed-object.root.outside]
        let keys = DerivedKeys::from_root(root)?;
        let environment = Arc::new(Environment::new(parts, keys));
        Self::from_items(environment).map_err(|refused| match refused {
            Refused(Class::Integrity) => Refused(Class::DamagedStore),
            other => other,
        })
    }

    fn from_items(environment: Arc<Environment>) -> Result<Self> {
        let service_keys = ServiceKeys::open(&environment)?;
        let mut buckets = BTreeMap::new();
        for place in environment.disk.list()? {
            if let Place::Bucket(name) = &place {
                // r[sse.tamper.control-items]
                let owner = environment.read_control(&place)?.ok_or(Refused(Class::Integrity))?;
                let owner = std::str::from_utf8(owner.expose());
                let owner = owner.map_err(|_| Refused(Class::Integrity))?.to_owned();
                buckets.insert(name.clone(), owner);
            }
        }
        let kms = Kms::open(&environment)?;
        Ok(Self { environment, buckets, service_keys, kms })
    }

    /// The key management service beside the store.
    pub fn kms(&mut self) -> &mut Kms {
        &mut self.kms
    }

    /// Draws a DEK and wraps it under the service key, for one object under SSE-S3.
    pub(crate) fn new_service_data_key(&self, identity: &Identity) -> Result<(Dek, Vec<u8>)> {
        let dek = self.environment.draw_dek()?;
        let (version, key) = self.service_keys.newest()?;
        let nonce = self.environment.draw()?;
        let blob = ServiceBlob::wrap(key, version, nonce, identity, &dek)?;
        Ok((dek, blob.bytes()))
    }

    /// Unwraps the DEK of an object under SSE-S3.
    pub(crate) fn open_service_data_key(&self, identity: &Identity, blob: &[u8]) -> Result<Dek> {
        let blob = ServiceBlob::parse(blob)?;
        // r[data-key.unwrap.service-version]
        let key = self.service_keys.0.get(&blob.version).ok_or(Refused(Class::Integrity))?;
        blob.unwrap(key, identity)
    }
}

/// The service key of SSE-S3 in its versions. No operation of the store shows it.
// r[sse.service-key.invisible]
#[derive(Debug)]
struct ServiceKeys(BTreeMap<u32, WrappingKey>);

impl ServiceKeys {
    fn open(environment: &Environment) -> Result<Self> {
        let places = environment.disk.list()?;
        if places.is_empty() {
            let key = environment.draw_wrapping_key()?;
            let change = environment.seal_control(Place::Service(1), key.expose())?;
            environment.disk.commit(vec![change])?;
            return Ok(Self(BTreeMap::from([(1, key)])));
        }
        let mut keys = BTreeMap::new();
        for place in places {
            if let Place::Service(version) = place {
                let contents = environment.read_control(&place)?;
                let contents = contents.ok_or(Refused(Class::Integrity))?;
                keys.insert(version, WrappingKey::from_slice(contents.expose())?);
            }
        }
        // A store that has lost its service key does not make a new one: that would hide the loss.
        if keys.is_empty() { Err(Refused(Class::Integrity)) } else { Ok(Self(keys)) }
    }

    fn newest(&self) -> Result<(u32, &WrappingKey)> {
        let newest = self.0.last_key_value().ok_or(Refused(Class::Unavailable))?;
        Ok((*newest.0, newest.1))
    }
}
