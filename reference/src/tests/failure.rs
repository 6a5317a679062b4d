//! Failing parts: a random source, a disk, a body (spec/data-key.md and spec/audit.md).

use super::folder::items;
use super::*;
use crate::disk::Draft;
use crate::random::Random;
use crate::sealed_object::Item;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many more calls succeed.
#[derive(Clone, Default)]
struct Budget(Arc<AtomicUsize>);

impl Budget {
    fn set(&self, calls: usize) {
        self.0.store(calls, Ordering::SeqCst);
    }

    fn spend(&self) -> bool {
        let spend = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend).is_ok()
    }
}

struct FailingRandom(Budget);

impl Random for FailingRandom {
    fn fill(&mut self, into: &mut [u8]) -> Result<()> {
        if self.0.spend() {
            rand::rngs::SysRng.fill(into)
        } else {
            Err(Refused(Class::Unavailable))
        }
    }
}

struct FailingDisk(Arc<Both>, Budget);

impl FailingDisk {
    fn spend(&self) -> io::Result<()> {
        if self.1.spend() { Ok(()) } else { Err(io::Error::other("disk failure")) }
    }
}

impl Disk for FailingDisk {
    fn is_empty(&self) -> io::Result<bool> {
        self.spend()?;
        self.0.is_empty()
    }

    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>> {
        self.spend()?;
        self.0.list(scope)
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        self.spend()?;
        let item = self.0.open(place)?;
        Ok(item.map(|item| Box::new(FailingItem(item, self.1.clone())) as Box<dyn Item>))
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        self.spend()?;
        Ok(Box::new(FailingDraft(self.0.create(place)?, self.1.clone())))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        self.spend()?;
        self.0.commit(changes)
    }
}

struct FailingItem(Box<dyn Item>, Budget);

impl Item for FailingItem {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn io::BufRead + '_>> {
        if self.1.spend() { self.0.read(from, to) } else { Err(Refused(Class::Unavailable)) }
    }
}

struct FailingDraft<'a>(Box<dyn Draft + 'a>, Budget);

impl io::Write for FailingDraft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.1.spend() { self.0.write(bytes) } else { Err(io::Error::other("disk failure")) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Draft for FailingDraft<'_> {
    fn commit(self: Box<Self>, changes: Vec<Change>) -> io::Result<()> {
        if self.1.spend() { self.0.commit(changes) } else { Err(io::Error::other("disk failure")) }
    }
}

/// A service on a random source and a disk that succeed as often as their budgets say.
fn on_failing_parts() -> (Service, Budget, Budget) {
    let (random, disk) = (Budget::default(), Budget::default());
    random.set(usize::MAX);
    disk.set(usize::MAX);
    let mut service = Service::new();
    let failing = Arc::new(FailingDisk(service.disk.clone(), disk.clone()));
    let parts = Parts { random: Box::new(FailingRandom(random.clone())), ..parts(failing) };
    service.store = Store::open(parts, &service.root).unwrap();
    (service, random, disk)
}

pub(super) type Operation = (&'static str, Box<dyn Fn(&mut Service) -> Result<()>>);

/// Every operation of the store that writes, in an order in which each succeeds.
pub(super) fn operations(arn: &str) -> Vec<Operation> {
    let rules = [rule("aws:kms", Some(arn))];
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Deny\",\"Principal\":\"*\",\
         \"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::{BUCKET}/denied\"}}}}"
    );
    let mut all: Vec<Operation> = vec![
        ("create bucket", Box::new(|s| s.store.create_bucket(&root_user(), "another"))),
        (
            "put encryption",
            Box::new(move |s| s.store.put_bucket_encryption(&root_user(), BUCKET, &rules)),
        ),
        ("delete encryption", Box::new(|s| s.store.delete_bucket_encryption(&root_user(), BUCKET))),
        ("put policy", Box::new(move |s| s.store.put_bucket_policy(&root_user(), BUCKET, &policy))),
        ("delete policy", Box::new(|s| s.store.delete_bucket_policy(&root_user(), BUCKET))),
        ("rotate service key", Box::new(|s| s.store.rotate_service_key())),
    ];
    for sse in [sse_s3(), sse_kms(Some(arn))] {
        let (put, copied, begun) = (sse.clone(), sse.clone(), sse);
        all.push(("put", Box::new(move |s| s.put("key", b"body", &put).map(drop))));
        all.push(("copy", Box::new(move |s| s.copy("parts", "copy", &copied).map(drop))));
        all.push(("create upload", Box::new(move |s| s.begin("key", &begun).map(drop))));
        let listed = Arc::new(Mutex::new(Vec::new()));
        for body in [b"earlier".as_slice(), b"later"] {
            let listed = Arc::clone(&listed);
            let part = move |s: &mut Service| {
                let part = s.part(("key", &open_upload(s)), 1, body)?;
                *listed.lock().unwrap() = vec![part];
                Ok(())
            };
            all.push(("upload part", Box::new(part)));
        }
        let complete = move |s: &mut Service| {
            s.complete(("key", &open_upload(s)), &listed.lock().unwrap()).map(drop)
        };
        all.push(("complete", Box::new(complete)));
    }
    all.push(("create upload", Box::new(|s| s.begin("key", &sse_s3()).map(drop))));
    all.push(("abort", Box::new(|s| s.abort(("key", &open_upload(s))))));
    all.push(("delete", Box::new(|s| s.store.delete(&root_user(), BUCKET, "key"))));
    all
}

/// The id of the one open upload.
fn open_upload(service: &Service) -> String {
    let uploads: Vec<_> = service.store.uploads.keys().collect();
    let [upload] = uploads.as_slice() else { panic!("{uploads:?}") };
    (*upload).clone()
}

/// Performs every operation while call after call of a part fails: each failure is a refusal, and
/// leaves everything as it was.
fn sweep(service: &mut Service, budget: &Budget, arn: &str) {
    service.put_parts("parts", &[&body(20_000), b"two"], &sse_kms(Some(arn))).unwrap();
    for (name, operation) in operations(arn) {
        for calls in 0.. {
            let before = service.objects_at_rest();
            budget.set(calls);
            let outcome = operation(service);
            budget.set(usize::MAX);
            let Err(refused) = outcome else {
                assert!(calls > 0 || name == "delete" || name == "abort", "{name} needs no part");
                break;
            };
            assert_eq!(refused, Refused(Class::Unavailable), "{name} after {calls} calls");
            assert_eq!(service.objects_at_rest(), before, "{name} after {calls} calls");
            // What was not done is not done after a restart either.
            let reopened = service.reopen().unwrap();
            assert_eq!(format!("{:?}", reopened.buckets), format!("{:?}", service.store.buckets));
            assert_eq!(reopened.uploads, service.store.uploads);
        }
    }
    let left = service.disk.list(Scope::All).unwrap();
    assert!(!left.iter().any(|place| place.tag() == sse_spec::Tag::Upload));
    assert_eq!(refused(service.get("key")), Some(Class::NoSuchKey));
    assert!(service.get("copy").unwrap().0 == [body(20_000), b"two".to_vec()].concat());
}

// r[verify data-key.generate.source-failure]
// r[verify sse.put.refused-writes-nothing]
// r[verify sse.copy.refused-writes-nothing]
// r[verify sse.multipart.refused-writes-nothing]
#[test]
fn a_random_source_that_fails_at_any_call_leaves_everything_as_it_was() {
    let (mut service, random, _) = on_failing_parts();
    let arn = service.create_key();
    sweep(&mut service, &random, &arn);
}

// r[verify sse.put.refused-writes-nothing]
// r[verify sse.copy.refused-writes-nothing]
// r[verify sse.multipart.refused-writes-nothing]
// r[verify audit.durable.refuses-unrecorded]
#[test]
fn a_disk_that_fails_at_any_call_leaves_everything_as_it_was() {
    let (mut service, _, disk) = on_failing_parts();
    let arn = service.create_key();
    sweep(&mut service, &disk, &arn);
}

// r[verify sse.get.never-partial]
#[test]
fn a_disk_that_fails_during_a_read_gives_a_true_prefix_or_nothing() {
    let (mut service, _, disk) = on_failing_parts();
    let whole = body(40_000);
    service.put_parts("key", &[&whole[..20_000], &whole[20_000..]], &sse_kms(None)).unwrap();
    let mut aborted = 0;
    for calls in 0.. {
        let mut released = Vec::new();
        disk.set(calls);
        let got = service.store.get(&root_user(), &get("key"), &mut released);
        disk.set(usize::MAX);
        assert!(whole.starts_with(&released));
        match got {
            Ok(got) if got.aborted.is_none() => {
                assert!(released == whole);
                break;
            }
            Ok(got) => {
                assert_eq!(got.aborted, Some(Refused(Class::Unavailable)));
                assert!(!released.is_empty());
                aborted += 1;
            }
            Err(refused) => {
                assert_eq!(refused, Refused(Class::Unavailable));
                assert!(released.is_empty());
            }
        }
    }
    assert!(aborted > 0);
}

// r[verify data-key.generate.source-failure]
#[test]
fn without_randomness_no_key_and_no_store_is_made() {
    let (mut service, budget, _) = on_failing_parts();
    let arn = service.create_key();
    for draws in 0..2 {
        budget.set(draws);
        assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::Unavailable));
        budget.set(draws);
        let made = service.store.kms().create_key(&root_user(), &Default::default());
        assert_eq!(refused(made), Some(Class::Unavailable));
    }
    let empty = Arc::new(Both::new(&service.root));
    budget.set(0);
    let random = Box::new(FailingRandom(budget));
    let parts = Parts { random, ..parts(empty.clone()) };
    assert_eq!(refused(Store::open(parts, &service.root)), Some(Class::Unavailable));
    assert!(items(&*empty).is_empty());
}

/// A random source that always gives the same bytes.
struct Stuck;

impl Random for Stuck {
    fn fill(&mut self, into: &mut [u8]) -> Result<()> {
        into.fill(7);
        Ok(())
    }
}

// r[verify key.create.distinct]
#[test]
fn a_stuck_random_source_makes_no_second_key() {
    let mut service = Service::new();
    let parts = Parts { random: Box::new(Stuck), ..parts(service.disk.clone()) };
    service.store = Store::open(parts, &service.root).unwrap();
    service.create_key();
    let second = service.store.kms().create_key(&root_user(), &Default::default());
    assert_eq!(refused(second), Some(Class::Unavailable));
}

// r[verify audit.durable.refuses-unrecorded]
// r[verify audit.state-change.recorded]
#[test]
fn a_request_that_cannot_be_recorded_is_refused() {
    let mut service = Service::new();
    let arn = service.create_key();
    let budget = Budget::default();
    budget.set(usize::MAX);
    let disk = Arc::new(FailingDisk(service.disk.clone(), budget.clone()));
    service.store = Store::open(parts(disk), &service.root).unwrap();
    budget.set(0);
    let before = items(&*service.disk);
    assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::Unavailable));
    let kms = service.store.kms();
    assert_eq!(refused(kms.disable_key(&root_user(), &arn)), Some(Class::Unavailable));
    let made = kms.create_key(&root_user(), &Default::default());
    assert_eq!(refused(made), Some(Class::Unavailable));
    assert_eq!(items(&*service.disk), before);
    // The change of state did not happen either, in memory as at rest.
    budget.set(1);
    assert!(service.data_key(&arn, &[]).is_ok());
}

// r[verify sse.put.refused-writes-nothing]
// r[verify sse.at-rest.before-writing]
// r[verify sse.at-rest.before-writing-part]
// r[verify sse.at-rest.refused-no-plaintext]
#[test]
fn a_body_that_breaks_off_leaves_nothing() {
    struct Broken(usize);
    impl io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.min(buffer.len());
            self.0 -= count;
            if count == 0 { Err(io::Error::other("client gone")) } else { Ok(count) }
        }
    }
    let mut service = Service::new();
    service.put("key", b"before", &sse_s3()).unwrap();
    let upload_id = service.begin("key", &sse_s3()).unwrap();
    service.part(("key", &upload_id), 1, b"before").unwrap();
    let before = items(&*service.disk);
    for length in [0, 1, 16_384, 40_000] {
        let request = part_request("key", &upload_id);
        let part = service.store.upload_part(&root_user(), &request, &mut Broken(length));
        assert_eq!(refused(part), Some(Class::InvalidRequest));
        let request = PutRequest { bucket: BUCKET.into(), key: "key".into(), ..Default::default() };
        let put = service.store.put(&root_user(), &request, &mut Broken(length));
        assert_eq!(refused(put), Some(Class::InvalidRequest));
        assert_eq!(items(&*service.disk), before);
    }
}
