//! The laboratory of the reference: its items at rest, its clock, and the data keys it has used
//! (spec/operations.md, laboratory).

use super::Reference;
use sse_reference::data_key::{Identity, KmsBlob, ServiceBlob};
use sse_reference::disk::{Place, read_whole};
use sse_reference::encryption_context;
use sse_reference::environment::Clock;
use sse_reference::key::{Key, format_id};
use sse_reference::refusal::{Refused, Result};
use sse_reference::sealed_object::record::Protection;
use sse_reference::sealed_object::{DerivedKeys, control, open_record};
use sse_reference::secret::{SecretBuffer, WrappingKey};
use sse_spec::{Class, DataKeyRecord, EncryptionContext, SecretBytes, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that stands still unless it is moved.
pub(super) struct WorldClock(AtomicU64);

impl WorldClock {
    pub(super) fn at(time: Timestamp) -> Self {
        Self(AtomicU64::new(time))
    }

    pub(super) fn advance(&self, seconds: u64) -> Timestamp {
        let now = self.now().saturating_add(seconds);
        self.0.store(now, Ordering::SeqCst);
        now
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.0.load(Ordering::SeqCst)
    }
}

/// Every data key that was handed out or used, oldest first. The reference itself keeps none.
#[derive(Default)]
pub(super) struct DataKeyLog(Vec<DataKeyRecord>);

impl DataKeyLog {
    pub(super) fn push(&mut self, record: DataKeyRecord) {
        self.0.push(record);
    }

    pub(super) fn all(&self) -> Vec<DataKeyRecord> {
        self.0.clone()
    }
}

impl Reference {
    /// Logs the data key of an object just put, found as an owner of the root key would find it.
    pub(super) fn log_data_key(&mut self, bucket: &str, key: &str) -> Result<()> {
        match self.find_data_key(bucket, key) {
            // A data key of other bytes cannot be found again; the put stands all the same.
            Err(_) if self.points.fired() => Ok(()),
            Err(refused) => Err(refused),
            Ok(record) => {
                self.data_keys.push(record);
                Ok(())
            }
        }
    }

    fn find_data_key(&self, bucket: &str, key: &str) -> Result<DataKeyRecord> {
        let keys = DerivedKeys::from_root(&self.root)?;
        let identity = Identity::new(bucket, key)?;
        let place = Place::Object(identity.clone());
        let item = self.rest.disk()?.open(&place)?.ok_or(Refused(Class::NoSuchKey))?;
        let record = open_record(&keys.record, &identity, &*item)?;
        let blob = record.described.blob;
        let (context, plaintext) = match record.described.protection {
            Protection::SseS3 => {
                let parsed = ServiceBlob::parse(&blob)?;
                let service_key = self.control_item(&keys, &Place::Service(parsed.version))?;
                let service_key = WrappingKey::from_slice(service_key.expose())?;
                let dek = parsed.unwrap(&service_key, &identity)?;
                (EncryptionContext::new(), SecretBytes::new(dek.expose().to_vec()))
            }
            Protection::SseKms { context, .. } => {
                let parsed = KmsBlob::parse(&blob)?;
                let key = self.control_item(&keys, &Place::Key(format_id(&parsed.key_id)))?;
                let key = Key::from_contents(key.expose())?;
                let context = encryption_context::of_object(&context, &identity);
                let dek = parsed.unwrap(key.secret(&parsed.material_id)?, &context)?;
                (context, SecretBytes::new(dek.expose().to_vec()))
            }
        };
        Ok(DataKeyRecord { ciphertext_blob: blob.into(), encryption_context: context, plaintext })
    }

    fn control_item(&self, keys: &DerivedKeys, place: &Place) -> Result<SecretBuffer> {
        let item = self.rest.disk()?.open(place)?.ok_or(Refused(Class::KeyNotFound))?;
        control::open(&keys.control, (place.kind(), &place.name()), &read_whole(&*item)?)
    }
}
