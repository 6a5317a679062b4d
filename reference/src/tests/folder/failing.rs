//! A file system that fails at any call: a clear refusal, and nothing that was acknowledged is lost
//! (spec/sse/durability.md, failing disks).

use super::*;
use crate::disk::{Disk, Folder, Scope};
use crate::refusal::Refused;
use crate::tests::failure::operations;
use crate::tests::{Service, body, get, object, refused, root_user, sse_kms, sse_s3};
use sse_spec::Class;
use std::sync::Arc;

impl Service {
    /// A service of its own on a copy of what is at rest.
    fn fork(&self) -> Self {
        let disk = Arc::new(self.disk.fork(&self.root));
        let mut fork = Self::new();
        fork.disk = disk;
        fork.root = crate::secret::RootKey::from_slice(self.root.expose()).unwrap();
        fork.store = fork.reopen().unwrap();
        fork
    }
}

/// What has become of a refused operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Nothing was done, and the store goes on.
    Goes,
    /// The store is closed, and opened anew it shows that nothing was done.
    ClosedBefore,
    /// The store is closed, and opened anew it shows that all was done.
    ClosedAfter,
}

/// Performs every operation while one call of the file system fails, each call in its turn, and
/// counts what became of them.
fn sweep(fault: fn(usize) -> Fault) -> Vec<End> {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put_parts("parts", &[&body(20_000), b"two"], &sse_kms(Some(&arn))).unwrap();
    let mut ends = Vec::new();
    for (name, operation) in operations(&arn) {
        for calls in 0.. {
            let mut fork = service.fork();
            let recording = fork.disk.files().record();
            fork.disk.files().fail(fault(calls));
            let outcome = operation(&mut fork);
            let failed = fork.disk.files().has_failed();
            fork.disk.files().fail(Fault::None);
            match outcome {
                Ok(()) if failed => continue,
                Ok(()) => break,
                Err(refused) => {
                    assert_eq!(refused, Refused(Class::Unavailable), "{name}, {:?}", fault(calls));
                    ends.push(judge(&mut fork, &recording));
                    if ends.last() == Some(&End::Goes) {
                        operation(&mut fork).unwrap();
                        // Nothing was taken for durable that the refused one had begun.
                        let cut = recording.cut(fork.disk.files().logged(), Cut::All);
                        let cut = Folder::open_on(cut, &fork.root).unwrap();
                        assert!(items(&cut) == fork.disk.due()[0], "{name}, {:?}", fault(calls));
                    }
                }
            }
        }
        operation(&mut service).unwrap();
    }
    ends.sort();
    ends
}

/// Looks at a service after a refused operation, and after a power cut right behind it.
fn judge(service: &mut Service, recording: &ram::Recording) -> End {
    let [before, attempted] = service.disk.due();
    let cut = recording.cut(service.disk.files().logged(), Cut::All);
    let cut = items(&Folder::open_on(cut, &service.root).unwrap());
    assert!(cut == before || cut == attempted);
    let closed = service.disk.list(Scope::Service).is_err();
    if closed {
        // It answers nothing more, and writes nothing more.
        assert_eq!(refused(service.get("parts")), Some(Class::Unavailable));
        assert_eq!(refused(service.put("other", b"", &sse_s3())), Some(Class::Unavailable));
        let deleted = service.store.delete(&root_user(), crate::tests::BUCKET, "parts");
        assert_eq!(refused(deleted), Some(Class::Unavailable));
    }
    let reopened = service.disk.fork(&service.root);
    let [found, _] = reopened.due();
    assert_eq!(power::left_over(reopened.files()), [""; 0]);
    if !closed {
        assert!(found == before);
        let paths = service.disk.files().paths();
        assert!(!paths.iter().any(|path| path.starts_with("staged/") || path == "journal"));
        assert!(items(&*service.disk) == before);
        return End::Goes;
    }
    service.disk = Arc::new(reopened);
    service.store = service.reopen().unwrap();
    assert!(service.get("parts").unwrap().0 == [body(20_000), b"two".to_vec()].concat());
    assert!(found == before || found == attempted);
    if found == before { End::ClosedBefore } else { End::ClosedAfter }
}

fn count(ends: &[End], end: End) -> usize {
    ends.iter().filter(|other| **other == end).count()
}

// r[verify sse.durability.failing-disk]
// r[verify sse.durability.closed]
// r[verify sse.durability.refused-leaves-nothing]
// r[verify audit.durable.refuses-unrecorded]
#[test]
fn a_call_that_fails_is_a_refusal_that_loses_nothing() {
    for fault in [Fault::Call as fn(usize) -> Fault, Fault::DoneCall] {
        let ends = sweep(fault);
        let counts = [End::Goes, End::ClosedBefore, End::ClosedAfter].map(|end| count(&ends, end));
        println!("{:?}: {counts:?}", fault(0));
        assert!(counts[0] > 100 && counts[2] > 10, "{counts:?}");
    }
}

// r[verify sse.durability.failing-disk]
#[test]
fn a_full_disk_refuses_what_it_has_no_room_for_and_no_more() {
    let ends = sweep(Fault::Full);
    let closed = ends.iter().filter(|end| **end != End::Goes).count();
    println!("{} refused, {closed} closed", ends.len());
    let mut service = Service::new();
    service.put("key", b"body", &sse_s3()).unwrap();
    service.disk.files().fail(Fault::Full(0));
    assert_eq!(refused(service.put("key", b"other", &sse_s3())), Some(Class::Unavailable));
    assert_eq!(service.get("key").unwrap().0, b"body");
    // What needs no room makes some.
    service.store.delete(&root_user(), crate::tests::BUCKET, "key").unwrap();
    service.disk.files().fail(Fault::None);
    service.put("key", b"other", &sse_s3()).unwrap();
    assert_eq!(service.get("key").unwrap().0, b"other");
}

// r[verify sse.durability.failing-disk]
#[test]
fn a_disk_that_is_read_only_is_read() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_s3()).unwrap();
    let arn = service.create_key();
    for _ in 0..2 {
        service.disk.files().fail(Fault::ReadOnly);
        assert_eq!(refused(service.put("key", b"other", &sse_s3())), Some(Class::Unavailable));
        let deleted = service.store.delete(&root_user(), crate::tests::BUCKET, "key");
        assert_eq!(refused(deleted), Some(Class::Unavailable));
        assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::Unavailable));
        assert_eq!(service.get("key").unwrap().0, b"body");
        service.disk.files().fail(Fault::None);
        service.put("other", b"body", &sse_s3()).unwrap();
    }
}

// r[verify sse.durability.failing-disk]
// r[verify sse.get.never-partial]
#[test]
fn a_read_that_fails_gives_a_true_prefix_or_nothing() {
    let mut service = Service::new();
    let whole = body(40_000);
    service.put("key", &whole, &sse_s3()).unwrap();
    let mut aborted = 0;
    for calls in 0.. {
        let mut released = Vec::new();
        service.disk.files().fail(Fault::Call(calls));
        let got = service.store.get(&root_user(), &get("key"), &mut released);
        let failed = service.disk.files().has_failed();
        service.disk.files().fail(Fault::None);
        assert!(whole.starts_with(&released));
        match got {
            Ok(got) if got.aborted.is_none() => {
                assert!(!failed && released == whole);
                break;
            }
            Ok(got) => {
                assert_eq!(got.aborted, Some(Refused(Class::Unavailable)));
                aborted += 1;
            }
            Err(refused) => {
                assert_eq!(refused, Refused(Class::Unavailable));
                assert!(released.is_empty());
            }
        }
    }
    assert!(aborted > 0);
    assert_eq!(service.disk.open(&object("absent")).unwrap().map(|item| item.length()), None);
}
