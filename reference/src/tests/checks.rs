//! What a request has to pass: limits, the order of checks, permissions, the KMS beside the store
//! (spec/sse.md).

use super::*;
use sse_spec::Range;

// r[verify sse.metadata.limit]
// r[verify sse.get.metadata]
#[test]
fn metadata_has_its_limits() {
    let mut service = Service::new();
    let names: Vec<_> = (0..65).map(|number| format!("n{number}")).collect();
    let all: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    let (fits, long) = ("v".repeat(2044), "v".repeat(2045));
    let cases = [
        (pairs(&[("name", &fits)]), None),
        (pairs(&[("name", &long)]), Some(Class::InvalidArgument)),
        (pairs(&all[..64]), None),
        (pairs(&all), Some(Class::InvalidArgument)),
        (pairs(&[("", "value")]), Some(Class::InvalidArgument)),
    ];
    for (metadata, class) in cases {
        let (bucket, key) = (BUCKET.to_owned(), "key".to_owned());
        let request = PutRequest { bucket, key, metadata, ..Default::default() };
        let put = service.store.put(&root_user(), &request, &mut &b""[..]);
        assert_eq!(refused(put), class);
        let upload = service.store.create_multipart_upload(&root_user(), &request);
        assert_eq!(refused(upload), class);
        if class.is_none() {
            assert_eq!(service.head("key").unwrap().metadata, request.metadata);
        }
    }
}

/// A service that wraps nothing: what it hands out is what it was told to.
struct Scripted(Vec<u8>);

impl crate::sse::KeyService for Scripted {
    fn generate_data_key(&mut self, _: &Caller, request: &DataKeyRequest) -> Result<DataKey> {
        Ok(DataKey {
            plaintext: crate::secret::SecretBuffer::copy_of(&self.0),
            blob: vec![9; 40],
            key_arn: format!("arn:of:{}", request.key_id),
            material_id: String::new(),
        })
    }

    fn decrypt(
        &mut self,
        _: &Caller,
        request: &crate::kms::DecryptRequest,
    ) -> Result<crate::kms::Decrypted> {
        assert_eq!(request.blob, [9; 40]);
        let plaintext = crate::secret::SecretBuffer::copy_of(&self.0);
        let (key_arn, material_id) = (request.key_id.clone().unwrap(), String::new());
        Ok(crate::kms::Decrypted { plaintext, key_arn, material_id })
    }

    fn aws_managed_key(&mut self, _: &Caller) -> Result<String> {
        Ok("managed".to_owned())
    }

    fn key_arn(&self, _: &Caller, _: &str) -> Option<String> {
        None
    }
}

// r[verify data-key.generate.length]
#[test]
fn a_store_opens_with_another_kms_and_believes_it_nothing() {
    let disk = Arc::new(crate::disk::Memory::default());
    let root = RootKey::from_slice(&[1; 32]).unwrap();
    let kms = Scripted(vec![5; 32]);
    let mut store = Store::open_with(parts(disk), &root, |_| Ok(kms)).unwrap();
    store.create_bucket(&root_user(), BUCKET).unwrap();
    let (bucket, key) = (BUCKET.to_owned(), "key".to_owned());
    let request = PutRequest { bucket, key, sse: sse_kms(None), ..Default::default() };
    let put = store.put(&root_user(), &request, &mut &b"body"[..]).unwrap();
    assert_eq!(put.sse.kms_key_id.as_deref(), Some("arn:of:managed"));
    let mut bytes = Vec::new();
    store.get(&root_user(), &get("key"), &mut bytes).unwrap();
    assert_eq!(bytes, b"body");
    // Another key of the right length, and one of another length.
    for other in [vec![6; 32], vec![5; 31]] {
        store.kms().0 = other;
        let mut bytes = Vec::new();
        let got = store.get(&root_user(), &get("key"), &mut bytes);
        assert_eq!(refused(got), Some(Class::Integrity));
        assert!(bytes.is_empty());
    }
    let put = store.put(&root_user(), &request, &mut &b"other"[..]);
    assert_eq!(refused(put), Some(Class::InvalidArgument));
}

// r[verify sse.order.sequence]
#[test]
fn the_first_failed_check_decides() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_kms(None)).unwrap();
    let mut damaged = service.item(&object("key"));
    let middle = damaged.len() - 30;
    damaged[middle] ^= 1;
    service.write_item(&object("damaged"), &damaged);
    let mut get = |caller: &Caller, bucket: &str, key: &str, sse: SseHeaders| {
        let range = Some(Range::From { first: 100 });
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let request = GetRequest { bucket, key, range, sse };
        refused(service.store.get(caller, &request, &mut Vec::new()))
    };
    assert_eq!(get(&alice(), "absent", "absent", sse_kms(None)), Some(Class::InvalidArgument));
    assert_eq!(get(&alice(), "absent", "absent", sse_s3()), Some(Class::NoSuchBucket));
    assert_eq!(get(&alice(), BUCKET, "absent", sse_s3()), Some(Class::AccessDenied));
    assert_eq!(get(&root_user(), BUCKET, "absent", sse_s3()), Some(Class::NoSuchKey));
    assert_eq!(get(&root_user(), BUCKET, "damaged", sse_s3()), Some(Class::Integrity));
    assert_eq!(get(&root_user(), BUCKET, "key", sse_s3()), Some(Class::InvalidRange));
    let mut put = |caller: &Caller, bucket: &str, sse: SseHeaders| {
        let (bucket, key) = (bucket.to_owned(), "key".to_owned());
        let request = PutRequest { bucket, key, sse, ..Default::default() };
        refused(service.store.put(caller, &request, &mut &b""[..]))
    };
    let wrong = SseHeaders { algorithm: Some("wrong".to_owned()), ..sse_s3() };
    assert_eq!(put(&alice(), "absent", wrong), Some(Class::InvalidArgument));
    assert_eq!(put(&alice(), "absent", sse_kms(Some("absent"))), Some(Class::NoSuchBucket));
    assert_eq!(put(&alice(), BUCKET, sse_kms(Some("absent"))), Some(Class::AccessDenied));
    assert_eq!(put(&root_user(), BUCKET, sse_kms(Some("absent"))), Some(Class::KeyNotFound));
}

// r[verify sse.authorization.generate-data-key]
// r[verify sse.authorization.decrypt]
// r[verify sse.authorization.sse-s3-iam-only]
// r[verify refusal.code.denied-through-store]
#[test]
fn the_permission_of_the_bucket_is_none_of_the_key() {
    let mut service = Service::new();
    let arn = service.create_key();
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\
         \"Principal\":{{\"AWS\":\"{}\"}},\"Action\":\"s3:*\",\
         \"Resource\":\"arn:aws:s3:::{BUCKET}/*\"}}}}",
        alice().arn()
    );
    service.store.put_bucket_policy(&root_user(), BUCKET, &policy).unwrap();
    service.put("key", b"body", &sse_kms(Some(&arn))).unwrap();
    let refusal = service.get_as(&alice(), "key").unwrap_err().on(crate::refusal::Side::S3);
    assert_eq!((refusal.code.as_str(), refusal.status), ("AccessDenied", 403));
    let put = service.put_as(&alice(), "key", b"other", &sse_kms(Some(&arn)));
    assert_eq!(refused(put), Some(Class::AccessDenied));
    service.put_as(&alice(), "own", b"body", &sse_s3()).unwrap();
    assert_eq!(service.get_as(&alice(), "own").unwrap().0, b"body");
    assert_eq!(service.get("key").unwrap().0, b"body");
}

// r[verify sse.key.identifier-forms]
#[test]
fn a_key_is_named_by_id_or_arn_in_its_region() {
    let mut service = Service::new();
    let arn = service.create_key();
    let id = arn.rsplit('/').next().unwrap();
    for name in [&arn, id] {
        let put = service.put("key", b"body", &sse_kms(Some(name))).unwrap();
        assert_eq!(put.sse.kms_key_id.as_ref(), Some(&arn));
    }
    for absent in [&arn.replace("us-east-1", "eu-west-1"), &id.to_uppercase(), "alias/absent"] {
        let put = service.put("key", b"body", &sse_kms(Some(absent)));
        assert_eq!(refused(put), Some(Class::KeyNotFound), "{absent}");
    }
}

// r[verify sse.authorization.default-deny]
// r[verify sse.authorization.root-permitted]
// r[verify refusal.code.denied-through-store]
#[test]
fn nobody_but_the_owners_root_may_do_anything() {
    let mut service = Service::new();
    service.put("key", b"body", &sse_s3()).unwrap();
    for caller in [alice(), other_root()] {
        let put = service.put_as(&caller, "key", b"after", &sse_s3());
        assert_eq!(refused(put), Some(Class::AccessDenied));
        assert_eq!(refused(service.get_as(&caller, "key")), Some(Class::AccessDenied));
        assert_eq!(refused(service.get_as(&caller, "absent")), Some(Class::AccessDenied));
        let store = &mut service.store;
        assert_eq!(refused(store.delete(&caller, BUCKET, "key")), Some(Class::AccessDenied));
        assert_eq!(refused(store.list(&caller, BUCKET, "")), Some(Class::AccessDenied));
    }
    assert_eq!(refused(service.store.create_bucket(&alice(), "mine")), Some(Class::AccessDenied));
    assert_eq!(service.get("key").unwrap().0, b"body");
    for arn in ["", "root", "arn:aws:iam::1:root", "arn:aws:s3::111122223333:root"] {
        assert_eq!(refused(Caller::from_arn(arn, true)), Some(Class::AccessDenied));
    }
}

#[test]
fn names_have_their_limits() {
    let mut service = Service::new();
    for name in ["ab", "Bucket", "-ab", "ab-", "a_b", "a/b", &"a".repeat(64)] {
        let made = service.store.create_bucket(&root_user(), name);
        assert_eq!(refused(made), Some(Class::InvalidBucketName), "{name}");
    }
    let again = service.store.create_bucket(&root_user(), BUCKET);
    assert_eq!(refused(again), Some(Class::BucketExists));
    let long = "k".repeat(1024);
    service.put(&long, b"", &sse_s3()).unwrap();
    let too_long = service.put(&format!("{long}k"), b"", &sse_s3());
    assert_eq!(refused(too_long), Some(Class::KeyTooLong));
    assert_eq!(refused(service.put("", b"", &sse_s3())), Some(Class::InvalidArgument));
}
