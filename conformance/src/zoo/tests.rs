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

fn named(fields: &str) -> Operation {
    serde_json::from_str(fields).unwrap()
}

fn upload(bench: &mut Bench, key: &str, kms: Option<&str>, parts: &[(u32, u64)]) -> String {
    let PutObject { bucket, sse, metadata, .. } = put(key, 0, kms);
    let create = CreateMultipartUpload { bucket, key: key.to_owned(), sse, metadata };
    let Reply::CreateMultipartUpload(created) = bench.must(create) else { panic!() };
    let upload_id = created.upload_id;
    for (part_number, len) in parts {
        part(bench, key, &upload_id, *part_number, *len);
    }
    upload_id
}

fn part(bench: &mut Bench, key: &str, upload_id: &str, part_number: u32, len: u64) -> String {
    let reply = bench.must(UploadPart {
        bucket: "bucket".to_owned(),
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        part_number,
        body: Body::Pattern { seed: 1, len },
        sse: SseHeaders::default(),
    });
    let Reply::UploadPart(reply) = reply else { panic!() };
    reply.etag
}

fn complete(key: &str, upload_id: &str, parts: &[(u32, String)]) -> CompleteMultipartUpload {
    let parts = parts.iter().cloned();
    CompleteMultipartUpload {
        bucket: "bucket".to_owned(),
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        parts: parts.map(|(part_number, etag)| CompletedPart { part_number, etag }).collect(),
    }
}

#[test]
fn every_honest_one_completes_uploads_and_copies() {
    for (name, target) in honest() {
        let mut bench = Bench::of(&*target);
        let arn = bench.create_key();
        for (key, kms) in [("s3", None), ("kms", Some(arn.as_str()))] {
            let before = bench.items().len();
            let id = upload(&mut bench, key, kms, &[(9, 50)]);
            let mut etags = vec![(2, part(&mut bench, key, &id, 2, 20_000))];
            assert!(bench.items().iter().any(|item| item.tag == Tag::Upload), "{name}");
            bench.must(Restart {});
            part(&mut bench, key, &id, 7, 11);
            etags.push((7, part(&mut bench, key, &id, 7, 30_000)));
            etags.push((8, part(&mut bench, key, &id, 8, 3)));
            let early = complete(key, &id, &[etags[2].clone(), (9, "x".to_owned())]);
            assert_eq!(bench.refused(early), Class::InvalidPart);
            bench.must(RotateServiceKey {});
            bench.must(complete(key, &id, &etags));
            let whole = [bytes(20_000), bytes(30_000), bytes(3)].concat();
            assert_eq!(bench.get(key, None).unwrap(), whole, "{name} {key}");
            let range = Some(Range::FromTo { first: 19_990, last: 50_001 });
            bench.must(Restart {});
            assert_eq!(bench.get(key, range).unwrap(), whole[19_990..=50_001], "{name} {key}");
            assert!(!bench.items().iter().any(|item| item.tag == Tag::Upload), "{name}");
            for (copy, sse) in [("AES256", r#"{"algorithm":"AES256"}"#), ("aws:kms", "{}")] {
                let copy = format!(
                    r#"{{"CopyObject":{{"source":{{"bucket":"bucket","key":"{key}"}},
                    "bucket":"bucket","key":"copy-{copy}","sse":{sse}}}}}"#
                );
                bench.must(named(&copy));
            }
            assert_eq!(bench.get("copy-AES256", None).unwrap(), whole, "{name} {key}");
            let id = upload(&mut bench, key, kms, &[(1, 5), (2, 6)]);
            bench.must(AbortMultipartUpload {
                bucket: "bucket".to_owned(),
                key: key.to_owned(),
                upload_id: id,
            });
            assert!(!bench.items().iter().any(|item| item.tag == Tag::Upload), "{name}");
            assert!(bench.items().len() > before);
        }
    }
}

#[test]
fn an_edited_part_never_becomes_an_object() {
    let mut bench = Bench::of(&Malleable::new());
    let arn = bench.create_key();
    let id = upload(&mut bench, "key", Some(&arn), &[]);
    let etags = [(1, part(&mut bench, "key", &id, 1, 40))];
    let items: Vec<_> = bench.items().into_iter().filter(|item| item.tag == Tag::Upload).collect();
    assert_eq!(items.len(), 2);
    for item in items {
        for place in 0..item.bytes.0.len() {
            let mut changed = item.bytes.clone();
            changed.0[place] ^= 1;
            let edit = Edit::Replace { id: item.id.clone(), bytes: changed };
            let outcome = bench.perform(WriteAtRest { edits: vec![edit], fixup: true });
            if outcome.is_ok() && place < 56 {
                assert_eq!(bench.refused(complete("key", &id, &etags)), Class::Integrity);
            }
            let back = Edit::Replace { id: item.id.clone(), bytes: item.bytes.clone() };
            bench.must(WriteAtRest { edits: vec![back], fixup: true });
        }
    }
    bench.must(complete("key", &id, &etags));
    assert_eq!(bench.get("key", None).unwrap(), bytes(40));
}

#[test]
fn rotation_deletion_policies_and_re_encrypt_survive_a_restart() {
    let mut bench = Bench::of(&Malleable::new());
    let (one, two) = (bench.create_key(), bench.create_key());
    bench.must(put("old", 40, Some(&one)));
    let encrypt = named(&format!(r#"{{"Encrypt":{{"key_id":"{one}","plaintext":"abcd"}}}}"#));
    let Reply::Encrypt(sealed) = bench.must(encrypt) else { panic!() };
    bench.must(named(&format!(
        r#"{{"EnableKeyRotation":{{"key_id":"{one}","rotation_period_in_days":90}}}}"#
    )));
    bench.must(AdvanceClock { seconds: 200 * 86_400 });
    bench.must(Restart {});
    let moved = bench.must(ReEncrypt {
        ciphertext_blob: sealed.ciphertext_blob,
        source_key_id: None,
        source_encryption_context: EncryptionContext::new(),
        destination_key_id: two.clone(),
        destination_encryption_context: [("a".to_owned(), "b".to_owned())].into(),
    });
    let Reply::ReEncrypt(moved) = moved else { panic!() };
    assert_eq!((&moved.source_key_id, &moved.key_id), (&one, &two));
    let decrypt = Decrypt {
        ciphertext_blob: moved.ciphertext_blob,
        key_id: Some(two.clone()),
        encryption_context: [("a".to_owned(), "b".to_owned())].into(),
    };
    let Reply::Decrypt(opened) = bench.must(decrypt) else { panic!() };
    assert_eq!(opened.plaintext.expose(), [0xab, 0xcd]);
    assert_eq!(bench.get("old", None).unwrap(), bytes(40));
    let rotations = named(&format!(r#"{{"ListKeyRotations":{{"key_id":"{one}"}}}}"#));
    let Reply::ListKeyRotations(listed) = bench.must(rotations) else { panic!() };
    assert_eq!(listed.rotations.len(), 2);
    bench.must(named(r#"{"CreatePrincipal":{"name":"alice"}}"#));
    bench.must(named(
        r#"{"PutIdentityPolicy":{"principal":"arn:aws:iam::111122223333:user/alice","name":"p",
        "policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}}"#,
    ));
    bench.must(named(&format!(r#"{{"ScheduleKeyDeletion":{{"key_id":"{one}"}}}}"#)));
    bench.must(Restart {});
    bench.must(AdvanceClock { seconds: 30 * 86_400 });
    bench.must(Restart {});
    let alice = Caller::new("arn:aws:iam::111122223333:user/alice");
    let get = named(r#"{"GetObject":{"bucket":"bucket","key":"old"}}"#);
    match bench.0.perform(&alice, &get) {
        Err(Failure::Refused(refused)) => assert_eq!(refused.class, Class::KeyNotFound),
        other => panic!("{other:?}"),
    }
    bench.0.perform(&alice, &put("new", 5, Some(&two)).into()).unwrap();
    assert!(bench.items().iter().any(|item| item.tag == Tag::Policy));
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
fn every_fault_opens_a_world_under_a_name_of_its_own() {
    let mut ids = std::collections::BTreeSet::new();
    for fault in faults() {
        assert!(ids.insert(fault.id), "{} twice", fault.id);
        // Whether it serves enough to be judged is the kill matrix's to say.
        let _ = Bench::of(&*(fault.make)(&Witness::default()));
    }
    assert!(ids.len() >= 60);
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
