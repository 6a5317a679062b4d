//! Tests of the whole: formats, behaviour, damage at rest, failing parts (all stems of spec/).

mod access;
mod bucket;
mod checks;
mod copy;
mod damage;
mod failure;
mod folder;
mod format;
mod keys;
mod kms;
mod multipart;
mod policy;
mod rotation;
mod sealed_object;
mod secrecy;
mod sse;

use crate::disk::{Change, Disk, Place, Scope, read_whole};
use crate::environment::{Clock, EntityTags, Parts};
use crate::kms::{DataKey, DataKeyRequest};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use crate::secret::RootKey;
use crate::sse::{
    Completion, CopyRequest, GetRequest, Head, PartRequest, Put, PutRequest, SseHeaders,
};
use crate::store::{OpenError, Store};
use folder::Both;
use sse_spec::{Class, CompletedPart, EncryptionContext, EncryptionRule, ObjectName, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const BUCKET: &str = "bucket";
const NOW: Timestamp = 1_709_210_096;

/// A clock that stands still unless it is advanced.
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.load(Ordering::SeqCst)
    }
}

/// A store on a disk that outlives it, with one bucket.
struct Service {
    disk: Arc<Both>,
    clock: Arc<TestClock>,
    root: RootKey,
    store: Store,
}

impl Service {
    fn new() -> Self {
        let root = RootKey::draw(&mut rand::rngs::SysRng).unwrap();
        Self::on(Arc::new(Both::new(&root)), root)
    }

    fn on(disk: Arc<Both>, root: RootKey) -> Self {
        let clock = Arc::new(TestClock(NOW.into()));
        let parts = Parts { clock: clock.clone(), ..parts(disk.clone()) };
        let mut store = Store::open(parts, &root).unwrap();
        store.create_bucket(&root_user(), BUCKET).unwrap();
        Self { disk, clock, root, store }
    }

    fn reopen(&self) -> Result<Store, OpenError> {
        let parts = Parts { clock: self.clock.clone(), ..parts(self.disk.clone()) };
        Store::open(parts, &self.root)
    }

    fn advance(&mut self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn restart(&mut self) {
        self.disk.check(&self.root);
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

    fn copy(&mut self, from: &str, to: &str, sse: &SseHeaders) -> Result<Put> {
        self.store.copy(&root_user(), &copy((BUCKET, from), (BUCKET, to), sse))
    }

    /// Begins an upload, and returns its id.
    fn begin(&mut self, key: &str, sse: &SseHeaders) -> Result<String> {
        let (bucket, key, sse) = (BUCKET.to_owned(), key.to_owned(), sse.clone());
        let request = PutRequest { bucket, key, sse, metadata: pairs(&[("colour", "blue")]) };
        Ok(self.store.create_multipart_upload(&root_user(), &request)?.upload_id)
    }

    /// Uploads a part, and returns how a completion lists it.
    fn part(
        &mut self,
        (key, upload_id): (&str, &str),
        part_number: u32,
        body: &[u8],
    ) -> Result<CompletedPart> {
        let request = PartRequest { part_number, ..part_request(key, upload_id) };
        let etag = self.store.upload_part(&root_user(), &request, &mut &*body)?.etag;
        Ok(CompletedPart { part_number, etag })
    }

    fn complete(&mut self, (key, upload_id): (&str, &str), parts: &[CompletedPart]) -> Result<Put> {
        self.store.complete_multipart_upload(&root_user(), &completion(key, upload_id, parts))
    }

    fn abort(&mut self, (key, upload_id): (&str, &str)) -> Result<()> {
        self.store.abort_multipart_upload(&root_user(), (BUCKET, key), upload_id)
    }

    /// Makes an object of parts with these bodies, numbered 2, 4, 6, ...
    fn put_parts(&mut self, key: &str, bodies: &[&[u8]], sse: &SseHeaders) -> Result<Put> {
        let upload_id = self.begin(key, sse)?;
        let numbers = (2..).step_by(2);
        let parts =
            numbers.zip(bodies).map(|(number, body)| self.part((key, &upload_id), number, body));
        let parts: Vec<_> = parts.collect::<Result<_>>()?;
        self.complete((key, &upload_id), &parts)
    }

    /// Every item but the trail and keys, which a refused request may leave behind.
    fn objects_at_rest(&self) -> Vec<(Place, Vec<u8>)> {
        let places = self.disk.list(Scope::All).unwrap().into_iter();
        let kept = places.filter(|place| !matches!(place, Place::Trail(_) | Place::Key(_)));
        kept.map(|place| (place.clone(), self.item(&place))).collect()
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
    Parts {
        disk,
        clock: Arc::new(TestClock(NOW.into())),
        random,
        accounts: vec!["111122223333".to_owned(), "444455556666".to_owned()],
        region: "us-east-1".to_owned(),
        etag: EntityTags::Md5,
        minimum_part: 100,
    }
}

fn root_user() -> Caller {
    Caller::from_arn("arn:aws:iam::111122223333:root", true).unwrap()
}

fn other_root() -> Caller {
    Caller::from_arn("arn:aws:iam::444455556666:root", true).unwrap()
}

fn alice() -> Caller {
    Caller::from_arn("arn:aws:iam::111122223333:user/alice", true).unwrap()
}

fn get(key: &str) -> GetRequest {
    GetRequest { bucket: BUCKET.to_owned(), key: key.to_owned(), ..Default::default() }
}

fn copy((bucket, key): (&str, &str), to: (&str, &str), sse: &SseHeaders) -> CopyRequest {
    CopyRequest {
        source: ObjectName { bucket: bucket.to_owned(), key: key.to_owned() },
        bucket: to.0.to_owned(),
        key: to.1.to_owned(),
        sse: sse.clone(),
        replace_metadata: None,
    }
}

fn part_request(key: &str, upload_id: &str) -> PartRequest {
    PartRequest {
        bucket: BUCKET.to_owned(),
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        part_number: 1,
        sse: SseHeaders::default(),
    }
}

fn completion(key: &str, upload_id: &str, parts: &[CompletedPart]) -> Completion {
    Completion {
        bucket: BUCKET.to_owned(),
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        parts: parts.to_vec(),
    }
}

fn rule(algorithm: &str, kms_key_id: Option<&str>) -> EncryptionRule {
    let kms_key_id = kms_key_id.map(str::to_owned);
    EncryptionRule { algorithm: algorithm.to_owned(), kms_key_id }
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

fn refused<T, E: Into<Refused>>(outcome: Result<T, E>) -> Option<Class> {
    outcome.err().map(|refused| refused.into().0)
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
