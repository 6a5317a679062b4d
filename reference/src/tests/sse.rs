//! Objects under both modes (spec/sse.md).

use super::*;
use sse_spec::{Algorithm, Range};

// r[verify sse.put.default-sse-s3]
// r[verify sse.get.round-trip]
// r[verify sse.get.mode-shown]
// r[verify sse.head.matches-get]
// r[verify sse.put.reply-no-key-id]
// r[verify sse.get.empty-object]
// r[verify sealed-object.open.empty]
#[test]
fn an_object_without_an_algorithm_comes_back_under_sse_s3() {
    let mut service = Service::new();
    for length in [0, 1, 16_383, 16_384, 16_385, 40_000] {
        let put = service.put("key", &body(length), &sse_s3()).unwrap();
        assert_eq!(put.sse.algorithm, Algorithm::Aes256);
        assert_eq!(put.sse.kms_key_id, None);
        let (bytes, head) = service.get("key").unwrap();
        assert!(bytes == body(length));
        assert_eq!((&head.etag, &head.sse), (&put.etag, &put.sse));
        assert_eq!(usize::try_from(head.size).unwrap(), length);
        assert_eq!(head.metadata, pairs(&[("colour", "red")]));
        assert_eq!(service.head("key").unwrap(), head);
    }
    // The MD5 of nothing is the tag of an empty object.
    assert_eq!(
        service.put("key", b"", &sse_s3()).unwrap().etag,
        "d41d8cd98f00b204e9800998ecf8427e"
    );
}

// r[verify sse.put.reply-key-arn]
// r[verify sse.put.generate-data-key-once]
// r[verify sse.get.decrypt-once]
// r[verify sse.put.kms-etag-not-md5]
// r[verify sse.get.context-not-returned]
// r[verify sse.put.context-arn-added]
// r[verify sse.put.context-bound]
// r[verify sse.head.no-kms-request]
// r[verify sse.list.no-kms-request]
// r[verify sse.delete.no-kms-request]
// r[verify kms.authorization.through-store]
#[test]
fn an_object_under_sse_kms_uses_its_key_once_per_put_and_get() {
    let mut service = Service::new();
    let arn = service.create_key();
    let id = arn.rsplit('/').next().unwrap().to_owned();
    let header = crate::encryption_context::to_header(&pairs(&[("a", "1")])).unwrap();
    let sse = SseHeaders { context: Some(header), ..sse_kms(Some(&id)) };
    let put = service.put("key", b"", &sse).unwrap();
    assert_ne!(put.etag, "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(put.sse.kms_key_id, Some(arn.clone()));
    let (_, head) = service.get("key").unwrap();
    assert_eq!((&head.sse, &head.sse.context), (&put.sse, &None));
    service.head("key").unwrap();
    service.store.list(&root_user(), BUCKET, "").unwrap();
    service.store.delete(&root_user(), BUCKET, "key").unwrap();
    assert_eq!(service.trail(), ["CreateKey", "GenerateDataKey", "Decrypt"]);
    let context = serde_json::json!({"a": "1", "aws:s3:arn": "arn:aws:s3:::bucket/key"});
    for entry in &service.store.kms().lookup_events(&root_user()).unwrap()[1..] {
        assert_eq!(entry.request_parameters["encryptionContext"], context);
        assert_eq!(entry.user_identity.arn, root_user().arn());
        assert_eq!(entry.user_identity.invoked_by.as_deref(), Some("s3.amazonaws.com"));
    }
}

// r[verify sse.put.data-key-256-bit]
// r[verify data-key.generate.length]
#[test]
fn the_data_key_of_a_put_has_256_bits() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_kms(None)).unwrap();
    let entries = service.store.kms().lookup_events(&root_user()).unwrap();
    assert_eq!(entries[0].request_parameters["keySpec"], "AES_256");
}

// r[verify sse.put.kms-default-key]
// r[verify key.aws-managed.created-on-first-use]
// r[verify key.aws-managed.described]
#[test]
fn without_a_key_the_one_managed_key_is_used() {
    let mut service = Service::new();
    let first = service.put("a", b"1", &sse_kms(None)).unwrap().sse.kms_key_id.unwrap();
    service.restart();
    let second = service.put("b", b"2", &sse_kms(None)).unwrap().sse.kms_key_id.unwrap();
    assert_eq!(first, second);
    let metadata = service.store.kms().describe_key(&root_user(), &first).unwrap();
    assert_eq!(metadata.key_manager, sse_spec::KeyManager::Aws);
}

// r[verify sse.put.sse-s3-no-kms-request]
// r[verify audit.entry.none-for-sse-s3]
#[test]
fn sse_s3_leaves_no_trace_in_kms() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_s3()).unwrap();
    service.get("key").unwrap();
    assert!(service.trail().is_empty());
    assert!(service.store.kms().list_keys(&root_user()).unwrap().is_empty());
    assert!(service.store.kms().key_usage(&root_user()).unwrap().0.is_empty());
}

// r[verify sse.at-rest.keystream]
// r[verify sse.at-rest.keystream-within]
#[test]
fn constant_bodies_show_no_keystream() {
    let mut service = Service::new();
    let mut seen = std::collections::HashSet::new();
    for sse in [sse_s3(), sse_kms(None)] {
        for byte in [0, 0xff] {
            service.put("key", &[byte; 40_000], &sse).unwrap();
            service.copy("key", "copy", &sse).unwrap();
            for place in [object("key"), object("copy")] {
                let item = service.item(&place);
                // The keystream of the body, if the windows were what an attacker guesses.
                for window in item[56..40_000].windows(8) {
                    let plain: Vec<_> = window.iter().map(|cipher| cipher ^ byte).collect();
                    assert!(seen.insert(plain));
                }
            }
        }
    }
}

// r[verify sse.at-rest.fresh-overwrite]
// r[verify sse.put.fresh-data-key]
// r[verify sse.put.overwrite-replaces]
// r[verify sealed-object.body.salt-fresh]
// r[verify data-key.wrap.nonce]
// r[verify data-key.generate.random]
#[test]
fn the_same_bytes_put_twice_share_no_window_at_rest() {
    let mut service = Service::new();
    let place = object("key");
    for sse in [sse_s3(), sse_kms(None)] {
        service.put("key", &body(1000), &sse).unwrap();
        let first = service.item(&place);
        service.put("key", &body(1000), &sse).unwrap();
        let second = service.item(&place);
        let windows: std::collections::HashSet<_> = first[..1056].windows(8).collect();
        assert!(second[..1056].windows(8).all(|window| !windows.contains(window)));
        service.put("key", b"newer", &sse).unwrap();
        assert_eq!(service.get("key").unwrap().0, b"newer");
    }
}

// r[verify sse.put.key-not-found]
// r[verify sse.put.invalid-algorithm]
// r[verify sse.put.invalid-algorithm-code]
// r[verify sse.put.key-id-without-kms]
// r[verify sse.put.key-id-with-aes256]
// r[verify sse.put.context-without-kms]
// r[verify sse.put.context-malformed]
// r[verify sse.put.context-arn]
// r[verify sse.put.refused-writes-nothing]
#[test]
fn wrong_headers_are_refused_and_the_key_is_as_it_was() {
    let mut service = Service::new();
    service.put("key", b"before", &sse_s3()).unwrap();
    let before = service.item(&object("key"));
    let text = |text: &str| Some(text.to_owned());
    let header =
        |context: &[(&str, &str)]| crate::encryption_context::to_header(&pairs(context)).ok();
    let wrong_arn = header(&[("aws:s3:arn", "arn:aws:s3:::bucket/other")]);
    let cases = [
        (text("aes256"), None, None, Class::InvalidArgument),
        (text(""), None, None, Class::InvalidArgument),
        (text("aws:kms:dsse"), None, None, Class::UnsupportedOperation),
        (text("aws:backup"), None, None, Class::UnsupportedOperation),
        (None, text("id"), None, Class::InvalidArgument),
        (text("AES256"), text("id"), None, Class::InvalidArgument),
        (None, None, header(&[]), Class::InvalidArgument),
        (text("AES256"), None, header(&[]), Class::InvalidArgument),
        (text("aws:kms"), None, text("e30"), Class::InvalidArgument),
        (text("aws:kms"), None, wrong_arn, Class::InvalidArgument),
        (text("aws:kms"), text("id"), None, Class::KeyNotFound),
    ];
    for (algorithm, kms_key_id, context, class) in cases {
        let sse = SseHeaders { algorithm, kms_key_id, context };
        assert_eq!(refused(service.put("key", b"after", &sse)), Some(class), "{sse:?}");
        assert_eq!(refused(service.put("new", b"after", &sse)), Some(class));
    }
    assert_eq!(service.item(&object("key")), before);
    assert_eq!(refused(service.get("new")), Some(Class::NoSuchKey));
    // The object's own ARN is no error: the store would add the same pair.
    let own_arn = header(&[("aws:s3:arn", "arn:aws:s3:::bucket/key")]);
    let sse = SseHeaders { context: own_arn, ..sse_kms(None) };
    service.put("key", b"after", &sse).unwrap();
    assert_eq!(service.get("key").unwrap().0, b"after");
}

// r[verify sse.put.no-such-bucket]
// r[verify sse.get.no-such-key]
// r[verify sse.delete.gone]
// r[verify sse.list.complete]
#[test]
fn what_is_not_there_is_not_found() {
    let mut service = Service::new();
    for key in ["b", "a/1", "a/2"] {
        service.put(key, b"body", &sse_s3()).unwrap();
    }
    let mut list = |prefix: &str| {
        let objects = service.store.list(&root_user(), BUCKET, prefix).unwrap();
        objects.into_iter().map(|object| object.key).collect::<Vec<_>>()
    };
    assert_eq!(list(""), ["a/1", "a/2", "b"]);
    assert_eq!(list("a/"), ["a/1", "a/2"]);
    service.store.delete(&root_user(), BUCKET, "b").unwrap();
    service.store.delete(&root_user(), BUCKET, "b").unwrap();
    assert_eq!(refused(service.get("b")), Some(Class::NoSuchKey));
    assert_eq!(refused(service.head("b")), Some(Class::NoSuchKey));
    assert_eq!(service.store.list(&root_user(), BUCKET, "b").unwrap(), []);
    let request = PutRequest { bucket: "other".into(), key: "key".into(), ..Default::default() };
    let put = service.store.put(&root_user(), &request, &mut &b""[..]);
    assert_eq!(refused(put), Some(Class::NoSuchBucket));
}

// r[verify sse.get.range]
// r[verify sse.get.range-unsatisfiable]
// r[verify sse.get.decrypt-once]
#[test]
fn ranges_are_those_of_the_plaintext() {
    let mut service = Service::new();
    let whole = body(40_000);
    service.put("key", &whole, &sse_kms(None)).unwrap();
    let mut range = |range| {
        let request = GetRequest { range: Some(range), ..get("key") };
        let mut bytes = Vec::new();
        let got = service.store.get(&root_user(), &request, &mut bytes)?;
        assert_eq!((got.aborted, got.head.size), (None, 40_000));
        Ok::<_, Refused>(bytes)
    };
    let from_to = |first, last| Range::FromTo { first, last };
    assert!(range(from_to(0, 0)).unwrap() == whole[..1]);
    assert!(range(from_to(16_380, 32_770)).unwrap() == whole[16_380..32_771]);
    assert!(range(from_to(39_999, u64::MAX)).unwrap() == whole[39_999..]);
    assert!(range(Range::From { first: 16_384 }).unwrap() == whole[16_384..]);
    assert!(range(Range::Last { length: 10 }).unwrap() == whole[39_990..]);
    assert!(range(Range::Last { length: u64::MAX }).unwrap() == whole);
    let outside = [from_to(40_000, 40_001), from_to(5, 4), Range::From { first: 40_000 }];
    for outside in outside.into_iter().chain([Range::Last { length: 0 }]) {
        assert_eq!(refused(range(outside)), Some(Class::InvalidRange));
    }
    assert_eq!(service.trail().iter().filter(|name| *name == "Decrypt").count(), 6);
}

// r[verify sse.get.request-header-refused]
#[test]
fn a_read_with_an_algorithm_is_refused() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_s3()).unwrap();
    for algorithm in ["AES256", "aws:kms"] {
        let sse = SseHeaders { algorithm: Some(algorithm.to_owned()), ..sse_s3() };
        let request = GetRequest { sse: sse.clone(), ..get("key") };
        let got = service.store.get(&root_user(), &request, &mut Vec::new());
        assert_eq!(refused(got), Some(Class::InvalidArgument));
        let head = service.store.head(&root_user(), BUCKET, "key", &sse);
        assert_eq!(head.unwrap_err().on(crate::refusal::Side::S3).status, 400);
    }
}

// r[verify sse.put.key-disabled-refused]
// r[verify sse.get.key-disabled-refused]
// r[verify sse.get.readable-again]
// r[verify refusal.code.key-state-through-store]
#[test]
fn a_disabled_key_refuses_put_and_get_until_it_is_enabled() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("key", b"body", &sse_kms(Some(&arn))).unwrap();
    service.store.kms().disable_key(&root_user(), &arn).unwrap();
    let refusal = service.get("key").unwrap_err().on(crate::refusal::Side::S3);
    assert_eq!((refusal.code.as_str(), refusal.status), ("KMS.DisabledException", 400));
    let put = service.put("key", b"after", &sse_kms(Some(&arn)));
    assert_eq!(refused(put), Some(Class::KeyDisabled));
    service.store.kms().enable_key(&root_user(), &arn).unwrap();
    assert_eq!(service.get("key").unwrap().0, b"body");
}

// r[verify sse.service-key.invisible]
// r[verify rotation.service-key.new-puts]
#[test]
fn a_new_service_key_shows_nowhere_and_old_objects_stay_readable() {
    let mut service = Service::new();
    let version = |service: &Service, key: &str| service.item(&object(key))[56 + 4 + 16 + 21];
    service.put("a", b"body", &sse_s3()).unwrap();
    let upload_id = service.begin("u", &sse_s3()).unwrap();
    let part = service.part(("u", &upload_id), 1, b"body").unwrap();
    let head = service.head("a").unwrap();
    service.store.rotate_service_key().unwrap();
    service.put("b", b"body", &sse_s3()).unwrap();
    service.restart();
    service.store.rotate_service_key().unwrap();
    service.put("c", b"body", &sse_s3()).unwrap();
    service.restart();
    service.complete(("u", &upload_id), &[part]).unwrap();
    assert_eq!(["a", "b", "c", "u"].map(|key| version(&service, key)), [1, 2, 3, 1]);
    for key in ["a", "b", "c", "u"] {
        assert_eq!(service.get(key).unwrap().0, b"body");
    }
    assert_eq!(service.head("a").unwrap(), head);
    assert!(service.trail().is_empty());
}

// r[verify sse.head.key-unusable]
#[test]
fn what_asks_kms_nothing_needs_no_usable_key() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("key", b"body", &sse_kms(Some(&arn))).unwrap();
    service.store.kms().disable_key(&root_user(), &arn).unwrap();
    assert_eq!(service.head("key").unwrap().size, 4);
    assert_eq!(service.store.list(&root_user(), BUCKET, "").unwrap().len(), 1);
    service.store.delete(&root_user(), BUCKET, "key").unwrap();
    assert_eq!(refused(service.head("key")), Some(Class::NoSuchKey));
}

// r[verify sse.at-rest.survives-restart]
// r[verify key.state.survives-restart]
// r[verify audit.durable.survives-restart]
#[test]
fn a_restart_loses_nothing_acknowledged() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("a", &body(20_000), &sse_s3()).unwrap();
    service.put("b", b"body", &sse_kms(Some(&arn))).unwrap();
    service.store.kms().disable_key(&root_user(), &arn).unwrap();
    let trail = service.trail();
    service.restart();
    assert!(service.get("a").unwrap().0 == body(20_000));
    assert_eq!(service.trail(), trail);
    assert_eq!(refused(service.get("b")), Some(Class::KeyDisabled));
    service.store.kms().enable_key(&root_user(), &arn).unwrap();
    service.restart();
    assert_eq!(service.get("b").unwrap().0, b"body");
}
