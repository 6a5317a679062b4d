//! CopyObject (spec/sse/copy.md).

use super::*;
use sse_spec::Algorithm;

fn aes256() -> SseHeaders {
    SseHeaders { algorithm: Some("AES256".to_owned()), ..sse_s3() }
}

// r[verify sse.copy.round-trip]
// r[verify sse.copy.fresh-data-key]
// r[verify sse.copy.header]
// r[verify sse.copy.decrypt-once]
// r[verify sse.copy.generate-data-key-once]
// r[verify sse.copy.destination-arn]
// r[verify sse.copy.source-context-left]
// r[verify sse.copy.metadata]
#[test]
fn every_mode_is_copied_into_every_mode() {
    let mut service = Service::new();
    let (one, two) = (service.create_key(), service.create_key());
    let whole = body(40_000);
    let header = crate::encryption_context::to_header(&pairs(&[("a", "1")])).ok();
    let modes = [
        sse_s3(),
        sse_kms(None),
        SseHeaders { context: header, ..sse_kms(Some(&one)) },
        sse_kms(Some(&two)),
    ];
    for (source, from) in modes.iter().enumerate() {
        for parts in [false, true] {
            if parts {
                let bodies = [&whole[..20_001], b"".as_slice(), &whole[20_001..]];
                // Empty parts are too small; the last one may be.
                let bodies = [bodies[0], bodies[2]];
                service.put_parts("source", &bodies, from).unwrap();
            } else {
                service.put("source", &whole, from).unwrap();
            }
            let (_, shown) = service.get("source").unwrap();
            for (index, to) in [aes256(), sse_kms(None), sse_kms(Some(&one)), sse_kms(Some(&two))]
                .into_iter()
                .enumerate()
            {
                let trail = service.trail().len();
                let copied = service.copy("source", "copy", &to).unwrap();
                let mut expected = Vec::new();
                expected.extend((source > 0).then_some("Decrypt"));
                expected.extend((index > 0).then_some("GenerateDataKey"));
                assert_eq!(service.trail()[trail..], expected);
                let (bytes, head) = service.get("copy").unwrap();
                assert!(bytes == whole);
                assert_eq!((&head.etag, &head.sse), (&copied.etag, &copied.sse));
                assert_eq!(head.metadata, shown.metadata);
                assert_eq!(head.sse.algorithm == Algorithm::AwsKms, index > 0);
                let md5 = "fdf2b9db0c7e3a4d5d3c8ab6ac14ca53";
                assert_eq!(head.etag.len(), md5.len());
                // Neither ciphertext nor wrapped key is shared.
                let (a, b) = (service.item(&object("source")), service.item(&object("copy")));
                let windows: std::collections::HashSet<_> = a[..40_000].windows(8).collect();
                assert!(b[..40_000].windows(8).all(|window| !windows.contains(window)));
            }
        }
    }
    let events = service.store.kms().lookup_events(&root_user()).unwrap();
    let copy_of = |name: &str| format!("arn:aws:s3:::{BUCKET}/{name}");
    for event in events.iter().filter(|event| event.event_name == "GenerateDataKey") {
        let context = &event.request_parameters["encryptionContext"];
        let to_copy = context["aws:s3:arn"] == copy_of("copy").as_str();
        assert!(to_copy || context["aws:s3:arn"] == copy_of("source").as_str());
        assert!(!to_copy || context.get("a").is_none());
    }
}

// r[verify sse.put.sse-s3-etag]
// r[verify sse.put.kms-etag-not-md5]
#[test]
fn the_tag_of_a_copy_is_that_of_a_put_in_its_mode() {
    let mut service = Service::new();
    let md5 = service.put("put", b"the body of an object", &sse_s3()).unwrap().etag;
    service.put_parts("parts", &[b"the body of an object"], &sse_kms(None)).unwrap();
    assert_eq!(service.copy("parts", "copy", &aes256()).unwrap().etag, md5);
    let kms = service.copy("put", "copy", &sse_kms(None)).unwrap().etag;
    assert_ne!(kms, md5);
    assert_eq!(kms.len(), 32);
    let parts = Parts { etag: EntityTags::Random, ..parts(service.disk.clone()) };
    service.store = Store::open(parts, &service.root).unwrap();
    assert_ne!(service.copy("put", "copy", &aes256()).unwrap().etag, md5);
}

// r[verify sse.copy.onto-itself-encrypts-anew]
// r[verify sse.copy.onto-itself-illegal]
// r[verify sse.copy.metadata]
#[test]
fn a_copy_onto_itself_has_to_change_something() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("key", &body(20_000), &sse_s3()).unwrap();
    let before = service.item(&object("key"));
    assert_eq!(refused(service.copy("key", "key", &sse_s3())), Some(Class::InvalidRequest));
    assert_eq!(service.item(&object("key")), before);
    let copied = service.copy("key", "key", &sse_kms(Some(&arn))).unwrap();
    assert_eq!(copied.sse.kms_key_id, Some(arn));
    assert!(service.get("key").unwrap().0 == body(20_000));
    let replaced = CopyRequest {
        replace_metadata: Some(pairs(&[("size", "small")])),
        ..copy((BUCKET, "key"), (BUCKET, "key"), &sse_s3())
    };
    // Without a header the bucket decides, not the source.
    let copied = service.store.copy(&root_user(), &replaced).unwrap();
    assert_eq!(copied.sse.algorithm, Algorithm::Aes256);
    let (bytes, head) = service.get("key").unwrap();
    assert!(bytes == body(20_000));
    assert_eq!(head.metadata, pairs(&[("size", "small")]));
}

// r[verify sse.copy.no-such-source]
// r[verify sse.copy.source-permission]
// r[verify sse.copy.decrypt-permission]
// r[verify sse.copy.generate-data-key-permission]
// r[verify sse.copy.source-key-unusable]
// r[verify sse.copy.refused-writes-nothing]
// r[verify sse.order.sequence]
#[test]
fn a_refused_copy_leaves_everything_as_it_was() {
    let mut service = Service::new();
    let root = root_user();
    let (usable, disabled) = (service.create_key(), service.create_key());
    service.store.create_bucket(&root, "target").unwrap();
    service.put("plain", b"plain", &sse_s3()).unwrap();
    service.put("kms", b"kms", &sse_kms(Some(&usable))).unwrap();
    service.put("disabled", b"disabled", &sse_kms(Some(&disabled))).unwrap();
    service.put("key", b"before", &sse_s3()).unwrap();
    service.store.kms().disable_key(&root, &disabled).unwrap();
    // Alice may read and write, and may use no key.
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\
         \"Principal\":{{\"AWS\":\"{}\"}},\"Action\":\"s3:*\",\
         \"Resource\":\"arn:aws:s3:::{BUCKET}/*\"}}}}",
        alice().arn()
    );
    service.store.put_bucket_policy(&root, BUCKET, &policy).unwrap();
    let before = service.objects_at_rest();
    let bad = SseHeaders { kms_key_id: Some("id".to_owned()), ..sse_s3() };
    let cases = [
        // The first failed check decides: each row passes what the rows before it fail.
        (&alice(), ("absent", "absent"), ("absent", "key"), bad, Class::InvalidArgument),
        (&alice(), ("absent", "absent"), (BUCKET, "key"), sse_s3(), Class::NoSuchBucket),
        (&alice(), ("target", "absent"), ("absent", "key"), sse_s3(), Class::NoSuchBucket),
        (&alice(), ("target", "absent"), (BUCKET, "key"), sse_s3(), Class::AccessDenied),
        (&alice(), (BUCKET, "absent"), ("target", "key"), sse_s3(), Class::AccessDenied),
        (&alice(), (BUCKET, "absent"), (BUCKET, "key"), sse_s3(), Class::NoSuchKey),
        (&alice(), (BUCKET, "kms"), (BUCKET, "key"), sse_s3(), Class::AccessDenied),
        (&alice(), (BUCKET, "plain"), (BUCKET, "key"), sse_kms(Some(&usable)), Class::AccessDenied),
        (&root, (BUCKET, "disabled"), (BUCKET, "key"), sse_kms(Some("absent")), Class::KeyDisabled),
        (&root, (BUCKET, "plain"), (BUCKET, "key"), sse_kms(Some("absent")), Class::KeyNotFound),
        (&root, (BUCKET, "kms"), (BUCKET, "key"), sse_kms(Some(&disabled)), Class::KeyDisabled),
    ];
    for (caller, from, to, sse, class) in cases {
        let copied = service.store.copy(caller, &copy(from, to, &sse));
        assert_eq!(refused(copied), Some(class), "{from:?} {to:?} {sse:?}");
        assert_eq!(service.objects_at_rest(), before);
    }
    let long = CopyRequest {
        replace_metadata: Some(pairs(&[("name", &"v".repeat(2045))])),
        ..copy((BUCKET, "plain"), (BUCKET, "key"), &sse_s3())
    };
    assert_eq!(refused(service.store.copy(&root, &long)), Some(Class::InvalidArgument));
    // The positive twin: what Alice may, she can.
    let copied = service.store.copy(&alice(), &copy((BUCKET, "plain"), (BUCKET, "key"), &sse_s3()));
    assert!(copied.is_ok());
    assert_eq!(service.get("key").unwrap().0, b"plain");
}

// r[verify sse.tamper.copy-source]
// r[verify sse.copy.refused-writes-nothing]
#[test]
fn a_damaged_source_is_not_copied() {
    let mut service = Service::new();
    let whole = body(40_000);
    service.put("key", b"before", &sse_s3()).unwrap();
    let before = service.item(&object("key"));
    for sse in [sse_s3(), sse_kms(None)] {
        service.put("whole", &whole, &sse).unwrap();
        service.put_parts("parts", &[&whole[..20_000], &whole[20_000..]], &sse).unwrap();
        for source in ["whole", "parts"] {
            let item = service.item(&object(source));
            for place in [0, 30, 60, 16_500, 20_050, 20_100, 33_000, 40_050, item.len() - 100] {
                let mut damaged = item.clone();
                damaged[place] ^= 1;
                service.write_item(&object(source), &damaged);
                let copied = service.copy(source, "key", &aes256());
                assert_eq!(refused(copied), Some(Class::Integrity), "{source} {place}");
                assert_eq!(service.item(&object("key")), before);
            }
            service.write_item(&object(source), &item);
            service.copy(source, "copy", &aes256()).unwrap();
        }
    }
}

#[test]
fn a_copy_depends_on_its_own_key_alone() {
    let mut service = Service::new();
    let arn = service.create_key();
    service.put("source", b"body", &sse_kms(Some(&arn))).unwrap();
    service.copy("source", "copy", &sse_s3()).unwrap();
    service.store.kms().disable_key(&root_user(), &arn).unwrap();
    assert_eq!(service.get("copy").unwrap().0, b"body");
    assert_eq!(refused(service.get("source")), Some(Class::KeyDisabled));
}
