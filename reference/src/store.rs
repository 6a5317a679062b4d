//! The service as a whole: it opens from the items at rest and the root key, and keeps nothing in
//! memory that does not lie at rest (spec/sealed-object.md, control item).

use crate::data_key::{Identity, ServiceBlob};
use crate::disk::{Place, Scope};
use crate::environment::{Environment, Parts};
use crate::kms::Kms;
use crate::policy::{Caller, Circumstances, Request, Resource};
use crate::refusal::{Refused, Result};
use crate::sealed_object::DerivedKeys;
use crate::secret::{Dek, RootKey, WrappingKey};
use crate::sse::{Bucket, KeyService, Upload};
use sse_spec::Class;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io};

/// A store with its key management service.
#[derive(Debug)]
pub struct Store<K = Kms> {
    pub(crate) environment: Arc<Environment>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The open uploads, by id.
    pub(crate) uploads: BTreeMap<String, Upload>,
    service_keys: ServiceKeys,
    pub(crate) kms: K,
}

impl Store {
    /// Opens the store that lies on a disk; an empty disk becomes an empty store.
    ///
    /// # Errors
    /// `invalid-argument` for an all-zero root key, `damaged-store` where a control item is missing
    /// or is not authentic under this root key, and the error names it; `unavailable` where the
    /// disk fails.
    pub fn open(parts: Parts, root: &RootKey) -> Result<Self, OpenError> {
        Self::open_with(parts, root, Kms::open)
    }
}

impl<K: KeyService> Store<K> {
    /// Opens a store with a key management service that is made for it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(
        parts: Parts,
        root: &RootKey,
        kms: impl FnOnce(&Arc<Environment>) -> Result<K, OpenError>,
    ) -> Result<Self, OpenError> {
        // r[sealed-object.root.outside]
        let keys = DerivedKeys::from_root(root)?;
        let environment = Arc::new(Environment::new(parts, keys));
        let service_keys = ServiceKeys::open(&environment)?;
        let (mut buckets, mut uploads) = (BTreeMap::new(), BTreeMap::new());
        // r[sse.tamper.control-items]
        // r[sse.tamper.no-widened-permission]
        // r[sse.bucket-default.survives-restart]
        environment.open_controls(Scope::Buckets, |place, contents| {
            let name = place.name();
            let bucket = Bucket::from_contents(&name, contents)?;
            buckets.insert(name, bucket);
            Ok(())
        })?;
        // r[sse.multipart.survives-restart]
        environment.open_controls(Scope::Uploads, |place, contents| {
            uploads.insert(place.name(), Upload::from_contents(contents)?);
            Ok(())
        })?;
        environment.iam.load(&environment)?;
        let kms = kms(&environment)?;
        Ok(Self { environment, buckets, uploads, service_keys, kms })
    }

    /// The key management service beside the store.
    pub fn kms(&mut self) -> &mut K {
        &mut self.kms
    }

    /// Makes a new version of the service key of SSE-S3. Older versions stay, so that what was
    /// wrapped under them still opens.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn rotate_service_key(&mut self) -> Result<()> {
        let (newest, _) = self.service_keys.newest()?;
        let version = newest.checked_add(1).ok_or(Refused(Class::Unavailable))?;
        self.service_keys.add(&self.environment, version)
    }

    /// Finds a bucket.
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket> {
        // r[sse.put.no-such-bucket]
        self.buckets.get(name).ok_or(Refused(Class::NoSuchBucket))
    }

    /// Finds a bucket, and decides whether the caller may do `action` to it or to a key in it.
    pub(crate) fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        (bucket, key): (&str, Option<&str>),
        circumstances: &Circumstances,
    ) -> Result<()> {
        let Bucket { owner, policy, .. } = self.bucket(bucket)?;
        let arn = match key {
            Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
            None => format!("arn:aws:s3:::{bucket}"),
        };
        let resource = Resource::Bucket { account: owner, policy: policy.as_ref() };
        self.decide(&Request { caller, action, resource: &arn, circumstances }, &resource)
    }

    /// Decides a request with the identity policies of its caller.
    pub(crate) fn decide(&self, request: &Request<'_>, resource: &Resource<'_>) -> Result<()> {
        // r[sse.authorization.root-permitted]
        // r[sse.authorization.default-deny]
        self.environment.iam.decide(request, resource).enforce()
    }

    /// Draws a DEK and wraps it under the service key, for one object under SSE-S3.
    pub(crate) fn new_service_data_key(&self, identity: &Identity) -> Result<(Dek, Vec<u8>)> {
        let dek = self.environment.draw_dek()?;
        // r[rotation.service-key.new-puts]
        let (version, key) = self.service_keys.newest()?;
        let nonce = self.environment.draw()?;
        let blob = ServiceBlob::wrap(key, version, nonce, identity, &dek)?;
        Ok((dek, blob.bytes()))
    }

    /// Unwraps the DEK of an object under SSE-S3.
    pub(crate) fn open_service_data_key(&self, identity: &Identity, blob: &[u8]) -> Result<Dek> {
        let blob = ServiceBlob::parse(blob)?;
        // r[rotation.service-key.old-objects]
        // r[data-key.unwrap.service-version]
        let key = self.service_keys.0.get(&blob.version).ok_or(Refused(Class::Integrity))?;
        blob.unwrap(key, identity)
    }
}

/// Why a store did not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// The refusal: `damaged-store`, `invalid-argument` or `unavailable`.
    pub refused: Refused,
    /// The control item that is missing or not authentic, where it is one that can be named.
    // r[sse.durability.damage-named]
    pub item: Option<Place>,
}

impl OpenError {
    /// The refusal of one control item. What is not authentic makes the whole store a damaged one.
    pub(crate) fn at(refused: Refused, item: Place) -> Self {
        Self { item: Some(item), ..refused.into() }
    }
}

impl From<Refused> for OpenError {
    fn from(refused: Refused) -> Self {
        let damaged = refused == Refused(Class::Integrity);
        let refused = if damaged { Refused(Class::DamagedStore) } else { refused };
        Self { refused, item: None }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Refused::from(error).into()
    }
}

impl From<OpenError> for Refused {
    fn from(error: OpenError) -> Self {
        error.refused
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refused, item } = self;
        match item {
            Some(item) => write!(f, "{refused}: `{}`", item.id()),
            None => write!(f, "{refused}"),
        }
    }
}

impl std::error::Error for OpenError {}

/// The service key of SSE-S3 in its versions, from 1. No operation of the store shows it.
// r[sse.service-key.invisible]
// r[rotation.service-key.no-trace-in-replies]
// r[rotation.service-key.no-trace-in-kms]
#[derive(Debug)]
struct ServiceKeys(BTreeMap<u32, WrappingKey>);

impl ServiceKeys {
    fn open(environment: &Environment) -> Result<Self, OpenError> {
        let mut keys = Self(BTreeMap::new());
        if environment.disk.is_empty()? {
            keys.add(environment, 1)?;
        }
        environment.open_controls(Scope::Service, |place, contents| {
            if let Place::Service(version) = place {
                keys.0.insert(*version, WrappingKey::from_slice(contents.expose())?);
            }
            Ok(())
        })?;
        // A store that has lost its service key does not make a new one: that would hide the loss.
        let newest = keys.0.last_key_value().map_or(1, |(version, _)| *version);
        match (1..=newest).find(|version| !keys.0.contains_key(version)) {
            None => Ok(keys),
            Some(lost) => Err(OpenError::at(Refused(Class::Integrity), Place::Service(lost))),
        }
    }

    fn add(&mut self, environment: &Environment, version: u32) -> Result<()> {
        let key = environment.draw_wrapping_key()?;
        let change = environment.seal_control(Place::Service(version), key.expose())?;
        environment.disk.commit(vec![change])?;
        self.0.insert(version, key);
        Ok(())
    }

    fn newest(&self) -> Result<(u32, &WrappingKey)> {
        let newest = self.0.last_key_value().ok_or(Refused(Class::Unavailable))?;
        Ok((*newest.0, newest.1))
    }
}
