//! The zoo's own tests: the plain one does what the specification says, every bent one opens.

use super::*;
use crate::target::{Failure, Target, World, WorldConfig};
use sse_spec::*;

const ROOT: &str = "arn:aws:iam::111122223333:root";

struct Bench(Box<dyn World>);

impl Bench {
    fn of(target: &dyn Target) -> Self {
        let config = WorldConfig { id: "zoo-test".to_owned(), start: 1_700_000_000, kms: None };
        let mut bench = Self(target.open(&config).unwrap());
        bench.must(CreateBucket { bucket: "bucket".to_owned() });
        bench
    }

    fn perform(&mut self, operation: impl Into<Operation>) -> Result<Reply, Failure> {
        self.0.perform(&Caller::new(ROOT), &operation.into())
    }

    fn must(&mut self, operation: impl Into<Operation>) -> Reply {
        self.perform(operation).unwrap()
    }

    fn refused(&mut self, operation: impl Into<Operation>) -> Class {
        match self.perform(operation) {
            Err(Failure::Refused(refused)) => refused.class,
            other => panic!("{other:?}"),
        }
    }

    fn create_key(&mut self) -> String {
        match self.must(serde_json::from_str::<CreateKey>("{}").unwrap()) {
            Reply::CreateKey(reply) => reply.key_metadata.arn,
            other => panic!("{other:?}"),
        }
    }

    fn get(&mut self, key: &str, range: Option<Range>) -> Result<Vec<u8>, Class> {
        let request = GetObject {
            bucket: "bucket".to_owned(),
            key: key.to_owned(),
            range,
            sse: SseHeaders::default(),
        };
        match self.perform(request) {
            Ok(Reply::GetObject(GetObjectReply {
                delivery: Delivery::Complete(bytes), ..
            })) => Ok(bytes.0),
            Err(Failure::Refused(refused)) => Err(refused.class),
            other => panic!("{other:?}"),
        }
    }

    fn items(&mut self) -> Vec<Item> {
        match self.must(ReadAtRest {}) {
            Reply::ReadAtRest(reply) => reply.items,
            other => panic!("{other:?}"),
        }
    }

    fn entries(&mut self) -> Vec<AuditEntry> {
        match self.must(LookupEvents {}) {
            Reply::LookupEvents(reply) => reply.events,
            other => panic!("{other:?}"),
        }
    }
}

fn put(key: &str, len: u64, kms: Option<&str>) -> PutObject {
    let context = ContextArgument::Pairs([("dept".to_owned(), "a".to_owned())].into());
    PutObject {
        bucket: "bucket".to_owned(),
        key: key.to_owned(),
        body: Body::Pattern { seed: 1, len },
        sse: SseHeaders {
            algorithm: kms.map(|_| "aws:kms".to_owned()),
            kms_key_id: kms.filter(|id| !id.is_empty()).map(str::to_owned),
            context: kms.map(|_| context),
        },
        metadata: [("colour".to_owned(), "red".to_owned())].into(),
    }
}

fn bytes(len: u64) -> Vec<u8> {
    sse_vectors::body::expand(&Body::Pattern { seed: 1, len }).unwrap()
}

#[test]
fn every_honest_one_puts_gets_restarts_and_deletes_in_both_modes() {
    for (name, target) in honest() {
        let mut bench = Bench::of(&*target);
        let arn = bench.create_key();
        for (key, len, kms) in [
            ("s3", 20_000, None),
            ("empty", 0, Some(arn.as_str())),
            ("chunk", 16_384, Some("")),
            ("kms", 40_000, Some(&arn)),
        ] {
            bench.must(put(key, len, kms));
            assert_eq!(bench.get(key, None).unwrap(), bytes(len), "{name} {key}");
        }
        let range = Some(Range::FromTo { first: 16_380, last: 16_390 });
        bench.must(Restart {});
        assert_eq!(bench.get("kms", range).unwrap(), bytes(40_000)[16_380..=16_390], "{name}");
        bench.must(RotateServiceKey {});
        assert_eq!(bench.get("s3", None).unwrap(), bytes(20_000), "{name}");
        bench.must(DisableKey { key_id: arn.clone() });
        assert_eq!(bench.get("kms", None).unwrap_err(), Class::KeyDisabled, "{name}");
        assert_eq!(bench.refused(put("kms", 1, Some(&arn))), Class::KeyDisabled, "{name}");
        bench.must(EnableKey { key_id: arn.clone() });
        assert_eq!(bench.get("kms", None).unwrap(), bytes(40_000), "{name}");
        bench.must(DeleteObject { bucket: "bucket".to_owned(), key: "kms".to_owned() });
        assert_eq!(bench.get("kms", None).unwrap_err(), Class::NoSuchKey, "{name}");
        let names: Vec<_> = bench.entries().into_iter().map(|entry| entry.event_name).collect();
        let count = |name: &str| names.iter().filter(|other| *other == name).count();
        // Of each one was refused, while the key was disabled.
        assert_eq!((count("GenerateDataKey"), count("Decrypt")), (4, 6));
    }
}

#[test]
fn every_edit_of_an_item_is_refused_or_harmless() {
    let mut bench = Bench::of(&Malleable::new());
    let arn = bench.create_key();
    bench.must(put("key", 40, Some(&arn)));
    let items = bench.items();
    assert!(items.iter().any(|item| item.tag == Tag::Trail));
    for item in &items {
        for place in (0..item.bytes.0.len()).step_by(7) {
            let mut changed = item.bytes.clone();
            changed.0[place] ^= 1;
            let edit = Edit::Replace { id: item.id.clone(), bytes: changed };
            let outcome = bench.perform(WriteAtRest { edits: vec![edit], fixup: true });
            if outcome.is_ok() {
                assert_eq!(bench.get("key", None).unwrap_err(), Class::Integrity, "{}", item.id);
            }
            let back = Edit::Replace { id: item.id.clone(), bytes: item.bytes.clone() };
            bench.must(WriteAtRest { edits: vec![back], fixup: true });
        }
    }
    assert_eq!(bench.get("key", None).unwrap(), bytes(40));
}

#[test]
fn no_plaintext_lies_at_rest_and_data_keys_are_listed() {
    let mut bench = Bench::of(&Malleable::new());
    bench.must(put("one", 500, None));
    bench.must(put("two", 500, Some("")));
    let body = bytes(500);
    for item in bench.items() {
        assert!(!item.bytes.0.windows(16).any(|window| window == &body[..16]), "{}", item.id);
    }
    let Reply::ListDataKeys(listed) = bench.must(ListDataKeys {}) else { panic!() };
    assert_eq!(listed.data_keys.len(), 2);
}

#[test]
fn every_fault_opens_a_world_and_serves_a_put() {
    let mut ids = std::collections::BTreeSet::new();
    for fault in faults() {
        assert!(ids.insert(fault.id), "{} twice", fault.id);
        let witness = Witness::default();
        let target = (fault.make)(&witness);
        let mut bench = Bench::of(&*target);
        let arn = bench.create_key();
        bench.must(put("key", 20_000, Some(&arn)));
        bench.must(put("key", 20_000, None));
        if fault.id != "range-short" {
            assert_eq!(bench.get("key", None).unwrap().len(), 20_000, "{}", fault.id);
        }
        bench.must(Restart {});
        assert_eq!(bench.get("key", None).unwrap(), bytes(20_000), "{}", fault.id);
    }
    assert!(ids.len() >= 25);
}

#[test]
fn every_requirement_that_a_fault_breaks_exists() {
    let known = documents::requirements();
    for fault in faults() {
        for id in fault.breaks {
            assert!(known.iter().any(|known| known.id == *id), "{}: {id}", fault.id);
        }
    }
}
