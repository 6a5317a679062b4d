//! Tests of the whole: formats, behaviour, damage at rest, failing parts (all stems of spec/).

mod damage;
mod failure;
mod format;
mod kms;
mod secrecy;
mod sse;

use crate::disk::{Change, Disk, Memory, Place, read_whole};
use crate::environment::{Clock, Parts};
use crate::kms::{DataKey, DataKeyRequest};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use crate::secret::RootKey;
use crate::sse::{GetRequest, Head, Put, PutRequest, SseHeaders};
use crate::store::Store;
use sse_spec::{Class, EncryptionContext, Timestamp};
use std::sync::Arc;

const BUCKET: &str = "bucket";
const NOW: Timestamp = 1_709_210_096;

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// A store on a disk that outlives it, with one bucket.
struct Service {
    disk: Arc<Memory>,
    root: RootKey,
    store: Store,
}

impl Service {
    fn new() -> Self {
        let disk = Arc::new(Memory::default());
        let root = RootKey::draw(&mut rand::rngs::SysRng).unwrap();
        let mut store = Store::open(parts(disk.clone()), &root).unwrap();
        store.create_bucket(&root_user(), BUCKET).unwrap();
        Self { disk, root, store }
    }

    fn reopen(&self) -> Result<Store> {
        Store::open(parts(self.disk.clone()), &self.root)
    }

    fn restart(&mut self) {
        self.store = self.reopen().unwrap();
    }

    fn create_key(&mut self) -> String {
        self.store.kms().create_key(&root_user(), &Default::default()).unwrap().arn
    }

    fn put(&mut self, key: &str, body: &[u8], sse: &SseHeaders) -> Result<Put> {
        self.put_as(&root_user(), key, body, sse)
    }

    fn put_as(&mut self, by: &Caller, key: &str, body: &[u8], sse: &SseHeaders) -> Result<Put> {
        let request = PutRequest {
            bucket: BUCKET.to_owned(),
            key: key.to_owned(),
            sse: sse.clone(),
            metadata: pairs(&[("colour", "red")]),
        };
        self.store.put(by, &request, &mut &*body)
    }

    /// Gets an object whole; an aborted transfer counts as refused.
    fn get(&mut self, key: &str) -> Result<(Vec<u8>, Head)> {
        self.get_as(&root_user(), key)
    }

    fn get_as(&mut self, by: &Caller, key: &str) -> Result<(Vec<u8>, Head)> {
        let mut bytes = Vec::new();
        let got = self.store.get(by, &get(key), &mut bytes)?;
        got.aborted.map_or(Ok((bytes, got.head)), Err)
    }

    fn head(&mut self, key: &str) -> Result<Head> {
        self.store.head(&root_user(), BUCKET, key, &Default::default())
    }

    fn data_key(&mut self, key_id: &str, context: &[(&str, &str)]) -> Result<DataKey> {
        let request = DataKeyRequest {
            key_id: key_id.to_owned(),
            key_spec: Some("AES_256".to_owned()),
            number_of_bytes: None,
            context: pairs(context),
        };
        self.store.kms().generate_data_key(&root_user(), &request)
    }

    /// The names of the trail's entries, with the code of the refused ones.
    fn trail(&mut self) -> Vec<String> {
        let entries = self.store.kms().lookup_events(&root_user()).unwrap();
        let name = |entry: sse_spec::AuditEntry| match entry.error_code {
            Some(code) => format!("{} {code}", entry.event_name),
            None => entry.event_name,
        };
        entries.into_iter().map(name).collect()
    }

    fn item(&self, place: &Place) -> Vec<u8> {
        read_whole(&*self.disk.open(place).unwrap().unwrap()).unwrap()
    }

    fn write_item(&self, place: &Place, bytes: &[u8]) {
        self.disk.commit(vec![Change::Write(place.clone(), bytes.to_vec())]).unwrap();
    }
}

fn parts(disk: Arc<dyn Disk>) -> Parts {
    let random = Box::new(rand::rngs::SysRng);
    Parts { disk, clock: Arc::new(StoppedClock), random, region: "us-east-1".to_owned() }
}

fn root_user() -> Caller {
    Caller::from_arn("arn:aws:iam::111122223333:root").unwrap()
}

fn other_root() -> Caller {
    Caller::from_arn("arn:aws:iam::444455556666:root").unwrap()
}

fn alice() -> Caller {
    Caller::from_arn("arn:aws:iam::111122223333:user/alice").unwrap()
}

fn get(key: &str) -> GetRequest {
    GetRequest { bucket: BUCKET.to_owned(), key: key.to_owned(), ..Default::default() }
}

fn object(key: &str) -> Place {
    Place::Object(crate::data_key::Identity::new(BUCKET, key).unwrap())
}

fn pairs(pairs: &[(&str, &str)]) -> EncryptionContext {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn sse_s3() -> SseHeaders {
    SseHeaders::default()
}

fn sse_kms(key: Option<&str>) -> SseHeaders {
    SseHeaders {
        algorithm: Some("aws:kms".to_owned()),
        kms_key_id: key.map(str::to_owned),
        context: None,
    }
}

fn refused<T>(outcome: Result<T>) -> Option<Class> {
    outcome.err().map(|Refused(class)| class)
}

/// Bytes without a pattern, the same in every run.
fn body(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
