//! Uploads in parts (spec/sse/multipart.md).

use super::*;
use crate::cipher::EntityDigest;
use crate::environment::MINIMUM_PART;
use sse_spec::{Algorithm, Range};

fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut digest = EntityDigest::default();
    digest.update(bytes);
    digest.finish()
}

// r[verify sse.multipart.round-trip]
// r[verify sse.multipart.metadata]
// r[verify sse.multipart.one-data-key]
// r[verify sse.multipart.key-used]
// r[verify sse.multipart.get-decrypts-once]
// r[verify sse.multipart.reference-decrypts]
// r[verify sse.multipart.part-reply]
// r[verify sse.multipart.invisible-until-complete]
// r[verify sse.at-rest.abort-leaves-nothing]
#[test]
fn an_object_of_parts_comes_back_in_the_order_of_their_numbers() {
    let mut service = Service::new();
    let arn = service.create_key();
    let whole = body(50_000);
    for sse in [sse_s3(), sse_kms(Some(&arn))] {
        let (trail, kms) = (service.trail().len(), sse != sse_s3());
        let upload_id = service.begin("key", &sse).unwrap();
        let upload = ("key", upload_id.as_str());
        let last = service.part(upload, 10_000, &whole[40_000..]).unwrap();
        let first = service.part(upload, 1, &whole[..16_384]).unwrap();
        let middle = service.part(upload, 7, &whole[16_384..40_000]).unwrap();
        service.part(upload, 8, &body(1000)).unwrap();
        assert_eq!(refused(service.get("key")), Some(Class::NoSuchKey));
        assert_eq!(service.store.list(&root_user(), BUCKET, "").unwrap(), []);
        service.restart();
        let put = service.complete(upload, &[first, middle, last]).unwrap();
        let (algorithm, key) =
            if kms { (Algorithm::AwsKms, Some(arn.clone())) } else { (Algorithm::Aes256, None) };
        assert_eq!(
            (put.sse.algorithm.as_str(), &put.sse.kms_key_id, &put.sse.context),
            (algorithm.word(), &key, &None)
        );
        let (bytes, head) = service.get("key").unwrap();
        assert!(bytes == whole);
        assert_eq!((head.size, &head.etag, &head.sse), (50_000, &put.etag, &put.sse));
        assert_eq!(head.metadata, pairs(&[("colour", "blue")]));
        assert_eq!(service.head("key").unwrap(), head);
        let asked =
            ["GenerateDataKey", "Decrypt", "Decrypt", "Decrypt", "Decrypt", "Decrypt", "Decrypt"];
        assert_eq!(service.trail()[trail..], asked[..if kms { 7 } else { 0 }]);
        let left = service.disk.list(Scope::All).unwrap();
        assert!(!left.iter().any(|place| place.tag() == sse_spec::Tag::Upload));
        // A completion ends the upload.
        assert_eq!(refused(service.part(upload, 1, b"")), Some(Class::NoSuchUpload));
        assert_eq!(refused(service.abort(upload)), Some(Class::NoSuchUpload));
        service.store.delete(&root_user(), BUCKET, "key").unwrap();
    }
}

// r[verify sse.multipart.range]
#[test]
fn ranges_cross_from_part_to_part() {
    let mut service = Service::new();
    let whole = body(36_868);
    let parts = [&whole[..100], &whole[100..16_484], &whole[16_484..36_867], &whole[36_867..]];
    service.put_parts("key", &parts, &sse_kms(None)).unwrap();
    let ends: [usize; 6] = [0, 100, 16_484, 32_868, 36_867, 36_868];
    let positions = ends.iter().flat_map(|end| [end.saturating_sub(1), *end, end + 1]);
    let positions: Vec<_> = positions.collect();
    for first in positions.iter().copied() {
        for last in positions.iter().copied().filter(|last| first <= *last) {
            let (from, to) = (u64::try_from(first).unwrap(), u64::try_from(last).unwrap());
            let range = Some(Range::FromTo { first: from, last: to });
            let mut bytes = Vec::new();
            let got =
                service.store.get(&root_user(), &GetRequest { range, ..get("key") }, &mut bytes);
            if first < whole.len() {
                assert_eq!(got.map(|got| got.aborted), Ok(None));
                assert!(bytes == whole[first..whole.len().min(last + 1)]);
            } else {
                assert_eq!(refused(got), Some(Class::InvalidRange));
            }
        }
    }
}

// r[verify sse.multipart.part-replaced]
// r[verify sealed-object.body.salt-fresh]
// r[verify sse.at-rest.keystream-parts]
#[test]
fn a_part_that_is_sent_again_replaces_the_earlier_one_with_a_new_salt() {
    let mut service = Service::new();
    for sse in [sse_s3(), sse_kms(None)] {
        let upload_id = service.begin("key", &sse).unwrap();
        let upload = ("key", upload_id.as_str());
        let place = Place::Part { upload: upload_id.clone(), number: 3 };
        let first = service.part(upload, 3, &[0; 1000]).unwrap();
        let earlier = service.item(&place);
        let second = service.part(upload, 3, &[0xff; 1000]).unwrap();
        let later = service.item(&place);
        assert_ne!(earlier[..24], later[..24]);
        let complement: Vec<_> = earlier[..1056].iter().map(|byte| !byte).collect();
        let windows: std::collections::HashSet<_> = complement.windows(8).collect();
        assert!(later[..1056].windows(8).all(|window| !windows.contains(window)));
        assert_eq!(refused(service.complete(upload, &[first])), Some(Class::InvalidPart));
        service.complete(upload, &[second]).unwrap();
        assert!(service.get("key").unwrap().0 == [0xff; 1000]);
    }
}

// r[verify sse.multipart.part-too-small]
#[test]
fn every_part_but_the_last_has_the_smallest_size() {
    let mut service = Service::new();
    for (first, last, class) in
        [(100, 0, None), (100, 1, None), (99, 200, Some(Class::EntityTooSmall))]
    {
        let put = service.put_parts("key", &[&body(first), &body(last)], &sse_s3());
        assert_eq!(refused(put), class, "{first} {last}");
    }
    // The default is that of AWS.
    let parts = Parts { minimum_part: MINIMUM_PART, ..parts(service.disk.clone()) };
    service.store = Store::open(parts, &service.root).unwrap();
    let whole = body(5_242_880);
    let small = service.put_parts("key", &[&whole[1..], b"x"], &sse_s3());
    assert_eq!(refused(small), Some(Class::EntityTooSmall));
    service.put_parts("key", &[&whole, b"x"], &sse_s3()).unwrap();
    assert!(service.get("key").unwrap().0 == [&whole, b"x".as_slice()].concat());
}

// r[verify sse.multipart.etag-form]
// r[verify sse.multipart.etag-sse-s3]
// r[verify sse.put.kms-etag-not-md5]
#[test]
fn tags_are_digests_under_sse_s3_and_random_elsewhere() {
    let mut service = Service::new();
    let bodies = [body(100), body(200)];
    let digests = [md5(&bodies[0]), md5(&bodies[1])];
    let expected = format!("{}-2", hex::encode(md5(&digests.concat())));
    let put = |service: &mut Service, sse: &SseHeaders| {
        let upload_id = service.begin("key", sse).unwrap();
        let upload = ("key", upload_id.as_str());
        let parts = [1, 2].map(|number: u32| {
            let body = &bodies[usize::try_from(number).unwrap() - 1];
            service.part(upload, number, body).unwrap()
        });
        let digest = parts[0].etag == hex::encode(digests[0]);
        (digest, service.complete(upload, &parts).unwrap().etag)
    };
    assert_eq!(put(&mut service, &sse_s3()), (true, expected.clone()));
    let (digest, etag) = put(&mut service, &sse_kms(None));
    assert!(!digest && etag != expected && etag.ends_with("-2") && etag.len() == 34);
    let parts = Parts { etag: EntityTags::Random, ..parts(service.disk.clone()) };
    service.store = Store::open(parts, &service.root).unwrap();
    let (digest, etag) = put(&mut service, &sse_s3());
    assert!(!digest && etag != expected && etag.ends_with("-2") && etag.len() == 34);
    let put = service.put("key", &bodies[0], &sse_s3()).unwrap();
    assert_ne!(put.etag, hex::encode(digests[0]));
}

// r[verify sse.multipart.invalid-part]
// r[verify sse.multipart.part-order]
// r[verify sse.multipart.no-such-upload]
// r[verify sse.multipart.refused-writes-nothing]
// r[verify sse.order.sequence]
#[test]
fn a_refused_completion_leaves_upload_and_key_as_they_were() {
    let mut service = Service::new();
    service.put("key", b"before", &sse_s3()).unwrap();
    let upload_id = service.begin("key", &sse_kms(None)).unwrap();
    let upload = ("key", upload_id.as_str());
    let one = service.part(upload, 1, &body(100)).unwrap();
    let two = service.part(upload, 2, &body(99)).unwrap();
    let three = service.part(upload, 3, &body(100)).unwrap();
    let of = |part_number: u32, part: &CompletedPart| CompletedPart { part_number, ..part.clone() };
    let before = service.objects_at_rest();
    let trail = service.trail().len();
    let cases = [
        (vec![], Class::MalformedXml),
        (vec![two.clone(), one.clone()], Class::InvalidPartOrder),
        (vec![one.clone(), one.clone()], Class::InvalidPartOrder),
        (vec![one.clone(), of(4, &two)], Class::InvalidPart),
        (vec![of(0, &one)], Class::InvalidPart),
        (vec![of(10_001, &one)], Class::InvalidPart),
        (vec![of(65_537, &one)], Class::InvalidPart),
        (vec![of(1, &three)], Class::InvalidPart),
        (vec![two.clone(), of(3, &one)], Class::InvalidPart),
        (vec![two.clone(), three.clone()], Class::EntityTooSmall),
    ];
    for (parts, class) in cases {
        assert_eq!(refused(service.complete(upload, &parts)), Some(class), "{parts:?}");
        assert_eq!(service.objects_at_rest(), before);
    }
    let gone = Some(Class::NoSuchUpload);
    for (key, id) in [("other", upload_id.as_str()), ("key", "absent"), ("key", "")] {
        assert_eq!(refused(service.part((key, id), 1, b"")), gone);
        assert_eq!(refused(service.complete((key, id), std::slice::from_ref(&one))), gone);
        assert_eq!(refused(service.abort((key, id))), gone);
    }
    // None of these came as far as KMS.
    assert_eq!(service.trail().len(), trail);
    // The checks in their order: parameters, bucket, permission, upload.
    let mut complete = |caller: &Caller, bucket: &str, parts: &[CompletedPart]| {
        let bucket = bucket.to_owned();
        let request = Completion { bucket, ..completion("key", "absent", parts) };
        refused(service.store.complete_multipart_upload(caller, &request))
    };
    assert_eq!(complete(&alice(), "absent", &[]), Some(Class::MalformedXml));
    assert_eq!(complete(&alice(), "absent", std::slice::from_ref(&one)), Some(Class::NoSuchBucket));
    assert_eq!(complete(&alice(), BUCKET, std::slice::from_ref(&one)), Some(Class::AccessDenied));
    assert_eq!(complete(&root_user(), BUCKET, std::slice::from_ref(&one)), gone);
    service.complete(upload, &[one, two]).unwrap();
}

// r[verify sse.multipart.part-number]
// r[verify sse.multipart.header-on-part]
#[test]
fn a_part_has_a_number_and_no_header() {
    let mut service = Service::new();
    let upload_id = service.begin("key", &sse_s3()).unwrap();
    for (number, class) in [(0, true), (1, false), (10_000, false), (10_001, true), (65_537, true)]
    {
        let part = service.part(("key", &upload_id), number, b"body");
        assert_eq!(refused(part), class.then_some(Class::InvalidArgument), "{number}");
    }
    for sse in [SseHeaders { algorithm: Some("AES256".to_owned()), ..sse_s3() }, sse_kms(None)] {
        let request = PartRequest { sse, ..part_request("key", &upload_id) };
        let part = service.store.upload_part(&root_user(), &request, &mut &b"body"[..]);
        assert_eq!(refused(part), Some(Class::InvalidArgument));
    }
}

// r[verify sse.multipart.abort]
// r[verify sse.at-rest.abort-leaves-nothing]
// r[verify sse.multipart.ended]
// r[verify sse.multipart.no-such-upload]
#[test]
fn an_abort_leaves_nothing_and_no_other_upload_is_touched() {
    let mut service = Service::new();
    service.put("key", b"before", &sse_s3()).unwrap();
    let other = service.begin("key", &sse_kms(None)).unwrap();
    let part = service.part(("key", &other), 1, b"other").unwrap();
    let before = service.objects_at_rest();
    let upload_id = service.begin("key", &sse_kms(None)).unwrap();
    let upload = ("key", upload_id.as_str());
    for number in 1..4 {
        service.part(upload, number, &body(100)).unwrap();
    }
    service.abort(upload).unwrap();
    assert_eq!(service.objects_at_rest(), before);
    let gone = Some(Class::NoSuchUpload);
    assert_eq!(refused(service.abort(upload)), gone);
    assert_eq!(refused(service.part(upload, 1, b"")), gone);
    service.restart();
    assert_eq!(refused(service.complete(upload, std::slice::from_ref(&part))), gone);
    assert_eq!(service.get("key").unwrap().0, b"before");
    service.complete(("key", &other), &[part]).unwrap();
    assert_eq!(service.get("key").unwrap().0, b"other");
}

// r[verify sse.multipart.default-at-creation]
// r[verify sse.multipart.header]
#[test]
fn what_happens_meanwhile_does_not_touch_the_upload() {
    let mut service = Service::new();
    let root = root_user();
    let arn = service.create_key();
    service.store.put_bucket_encryption(&root, BUCKET, &[rule("aws:kms", Some(&arn))]).unwrap();
    let upload_id = service.begin("key", &sse_s3()).unwrap();
    let upload = ("key", upload_id.as_str());
    service.store.delete_bucket_encryption(&root, BUCKET).unwrap();
    let one = service.part(upload, 1, &body(100)).unwrap();
    service.put("key", b"meanwhile", &sse_s3()).unwrap();
    service.restart();
    let two = service.part(upload, 2, b"two").unwrap();
    service.store.delete(&root, BUCKET, "key").unwrap();
    service.store.rotate_service_key().unwrap();
    let put = service.complete(upload, &[one, two]).unwrap();
    assert_eq!(put.sse.kms_key_id, Some(arn));
    assert!(service.get("key").unwrap().0 == [body(100), b"two".to_vec()].concat());
}

// r[verify sse.multipart.key-disabled]
// r[verify sse.multipart.reference-decrypts]
// r[verify sse.multipart.generate-data-key-permission]
// r[verify sse.multipart.decrypt-permission]
#[test]
fn an_upload_needs_its_key_all_the_way() {
    let mut service = Service::new();
    let root = root_user();
    let arn = service.create_key();
    let upload_id = service.begin("key", &sse_kms(Some(&arn))).unwrap();
    let upload = ("key", upload_id.as_str());
    let part = service.part(upload, 1, b"body").unwrap();
    service.store.kms().disable_key(&root, &arn).unwrap();
    let disabled = Some(Class::KeyDisabled);
    let before = service.objects_at_rest();
    assert_eq!(refused(service.begin("key", &sse_kms(Some(&arn)))), disabled);
    assert_eq!(refused(service.part(upload, 1, b"other")), disabled);
    assert_eq!(refused(service.complete(upload, std::slice::from_ref(&part))), disabled);
    assert_eq!(service.objects_at_rest(), before);
    service.store.kms().enable_key(&root, &arn).unwrap();
    // Alice may write, and may use no key.
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\
         \"Principal\":{{\"AWS\":\"{}\"}},\"Action\":\"s3:*\",\
         \"Resource\":\"arn:aws:s3:::{BUCKET}/*\"}}}}",
        alice().arn()
    );
    service.store.put_bucket_policy(&root, BUCKET, &policy).unwrap();
    let before = service.objects_at_rest();
    let denied = Some(Class::AccessDenied);
    let (bucket, key) = (BUCKET.to_owned(), "key".to_owned());
    let request = PutRequest { bucket, key, sse: sse_kms(Some(&arn)), ..Default::default() };
    assert_eq!(refused(service.store.create_multipart_upload(&alice(), &request)), denied);
    let request = part_request("key", &upload_id);
    assert_eq!(refused(service.store.upload_part(&alice(), &request, &mut &b""[..])), denied);
    let request = completion("key", &upload_id, std::slice::from_ref(&part));
    assert_eq!(refused(service.store.complete_multipart_upload(&alice(), &request)), denied);
    assert_eq!(service.objects_at_rest(), before);
    service.complete(upload, &[part]).unwrap();
}

// r[verify sse.multipart.commitment-checked]
// r[verify sse.tamper.refused]
#[test]
fn a_damaged_part_is_not_completed_into_wrong_bytes() {
    let mut service = Service::new();
    for sse in [sse_s3(), sse_kms(None)] {
        let upload_id = service.begin("key", &sse).unwrap();
        let upload = ("key", upload_id.as_str());
        let one = service.part(upload, 1, &body(100)).unwrap();
        let two = service.part(upload, 2, b"two").unwrap();
        let place = |number| Place::Part { upload: upload_id.clone(), number };
        let (item, other) = (service.item(&place(1)), service.item(&place(2)));
        let before = service.objects_at_rest();
        for byte in (0..56).chain(172..item.len()) {
            let mut damaged = item.clone();
            damaged[byte] ^= 1;
            service.write_item(&place(1), &damaged);
            let put = service.complete(upload, &[one.clone(), two.clone()]);
            assert_eq!(refused(put), Some(Class::Integrity), "byte {byte}");
        }
        let lengths = [0, 1, 4, 172, item.len() - 1];
        for damaged in lengths.map(|length| item[..length].to_vec()).into_iter().chain([other]) {
            service.write_item(&place(1), &damaged);
            let put = service.complete(upload, &[one.clone(), two.clone()]);
            assert_eq!(refused(put), Some(Class::Integrity));
        }
        service.write_item(&place(1), &item);
        assert_eq!(service.objects_at_rest(), before);
        // Damage of a chunk shows at the get, which releases nothing of it.
        let mut damaged = item;
        damaged[100] ^= 1;
        service.write_item(&place(1), &damaged);
        service.complete(upload, &[one, two]).unwrap();
        assert_eq!(refused(service.get("key")), Some(Class::Integrity));
        service.store.delete(&root_user(), BUCKET, "key").unwrap();
    }
}
