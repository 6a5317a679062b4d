//! Failing parts: a random source, a disk, a body (spec/data-key.md and spec/audit.md).

use super::*;
use crate::disk::Draft;
use crate::random::Random;
use crate::sealed_object::Item;
use std::io;
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

struct FailingDisk(Arc<Memory>, Budget);

impl FailingDisk {
    fn spend(&self) -> io::Result<()> {
        if self.1.spend() { Ok(()) } else { Err(io::Error::other("disk failure")) }
    }
}

impl Disk for FailingDisk {
    fn list(&self) -> io::Result<Vec<Place>> {
        self.0.list()
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        self.0.open(place)
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        self.spend()?;
        self.0.create(place)
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        self.spend()?;
        self.0.commit(changes)
    }
}

fn everything(disk: &Memory) -> Vec<(Place, Vec<u8>)> {
    let read = |place: Place| {
        let bytes = read_whole(&*disk.open(&place).unwrap().unwrap()).unwrap();
        (place, bytes)
    };
    disk.list().unwrap().into_iter().map(read).collect()
}

/// A service whose random source succeeds as often as the budget says.
fn with_failing_random() -> (Service, Budget) {
    let budget = Budget::default();
    budget.set(usize::MAX);
    let mut service = Service::new();
    let random = Box::new(FailingRandom(budget.clone()));
    let parts = Parts { random, ..parts(service.disk.clone()) };
    service.store = Store::open(parts, &service.root).unwrap();
    (service, budget)
}

// r[verify data-key.generate.source-failure]
#[test]
fn a_failing_random_source_is_a_refusal_and_nothing_is_written() {
    let (mut service, budget) = with_failing_random();
    let arn = service.create_key();
    for sse in [sse_s3(), sse_kms(Some(&arn))] {
        let mut refusals = 0;
        loop {
            let before = everything(&service.disk);
            budget.set(refusals);
            match service.put("key", b"body", &sse) {
                Ok(_) => break,
                Err(refused) => assert_eq!(refused, Refused(Class::Unavailable)),
            }
            assert_eq!(everything(&service.disk), before);
            refusals += 1;
        }
        assert!(refusals >= 5, "{refusals} draws");
    }
    for draws in 0..2 {
        budget.set(draws);
        assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::Unavailable));
        budget.set(draws);
        let made = service.store.kms().create_key(&root_user(), &Default::default());
        assert_eq!(refused(made), Some(Class::Unavailable));
    }
    let empty = Arc::new(Memory::default());
    budget.set(0);
    let random = Box::new(FailingRandom(budget));
    let parts = Parts { random, ..parts(empty.clone()) };
    assert_eq!(refused(Store::open(parts, &service.root)), Some(Class::Unavailable));
    assert!(everything(&empty).is_empty());
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
    let disk = Arc::new(FailingDisk(service.disk.clone(), budget.clone()));
    service.store = Store::open(parts(disk), &service.root).unwrap();
    let before = everything(&service.disk);
    assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::Unavailable));
    let kms = service.store.kms();
    assert_eq!(refused(kms.disable_key(&root_user(), &arn)), Some(Class::Unavailable));
    let made = kms.create_key(&root_user(), &Default::default());
    assert_eq!(refused(made), Some(Class::Unavailable));
    assert_eq!(everything(&service.disk), before);
    // The change of state did not happen either, in memory as at rest.
    budget.set(1);
    assert!(service.data_key(&arn, &[]).is_ok());
}

// r[verify sse.put.refused-writes-nothing]
#[test]
fn a_disk_that_fails_during_a_put_leaves_the_object_as_it_was() {
    let mut service = Service::new();
    service.put("key", b"before", &sse_s3()).unwrap();
    let budget = Budget::default();
    let disk = Arc::new(FailingDisk(service.disk.clone(), budget.clone()));
    service.store = Store::open(parts(disk), &service.root).unwrap();
    let put = service.put("key", b"after", &sse_s3());
    assert_eq!(refused(put), Some(Class::Unavailable));
    assert_eq!(service.get("key").unwrap().0, b"before");
}

// r[verify sse.put.refused-writes-nothing]
// r[verify sse.at-rest.before-writing]
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
    let before = everything(&service.disk);
    for length in [0, 1, 16_384, 40_000] {
        let request = PutRequest { bucket: BUCKET.into(), key: "key".into(), ..Default::default() };
        let put = service.store.put(&root_user(), &request, &mut Broken(length));
        assert_eq!(refused(put), Some(Class::InvalidRequest));
        assert_eq!(everything(&service.disk), before);
    }
}
