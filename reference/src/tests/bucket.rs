//! Buckets: default encryption, precedence, policies on the headers (spec/sse/bucket-default.md).

use super::*;
use sse_spec::Algorithm;

// r[verify sse.bucket-default.initial]
// r[verify sse.bucket-default.shown]
// r[verify sse.bucket-default.key-not-validated]
// r[verify sse.bucket-default.removed]
#[test]
fn a_default_is_shown_as_it_was_given_until_it_is_removed() {
    let mut service = Service::new();
    let root = root_user();
    let shown = |service: &Service| service.store.get_bucket_encryption(&root, BUCKET).unwrap();
    assert_eq!(shown(&service), rule("AES256", None));
    for rule in [rule("aws:kms", Some("no-such-key")), rule("AES256", None), rule("aws:kms", None)]
    {
        service.store.put_bucket_encryption(&root, BUCKET, std::slice::from_ref(&rule)).unwrap();
        assert_eq!(shown(&service), rule);
        service.restart();
        assert_eq!(shown(&service), rule);
    }
    service.store.delete_bucket_encryption(&root, BUCKET).unwrap();
    service.store.delete_bucket_encryption(&root, BUCKET).unwrap();
    assert_eq!(shown(&service), rule("AES256", None));
    assert!(service.trail().is_empty());
}

// r[verify sse.bucket-default.one-rule]
// r[verify sse.bucket-default.invalid-algorithm]
// r[verify sse.bucket-default.unsupported-algorithm]
// r[verify sse.bucket-default.key-with-aes256]
#[test]
fn a_default_is_one_rule_of_two_algorithms() {
    let mut service = Service::new();
    let root = root_user();
    service.store.put_bucket_encryption(&root, BUCKET, &[rule("aws:kms", None)]).unwrap();
    let unsupported = Class::UnsupportedOperation;
    let cases = [
        (vec![], Class::MalformedXml),
        (vec![rule("AES256", None), rule("AES256", None)], Class::MalformedXml),
        (vec![rule("aes256", None)], Class::MalformedXml),
        (vec![rule("AES256", Some("id"))], Class::InvalidArgument),
        (vec![rule("aws:kms:dsse", None)], unsupported),
        (vec![rule("aws:fsx", None)], unsupported),
        (vec![rule("aws:backup", None)], unsupported),
    ];
    for (rules, class) in cases {
        let put = service.store.put_bucket_encryption(&root, BUCKET, &rules);
        assert_eq!(refused(put), Some(class), "{rules:?}");
        // The parameters come first.
        let put = service.store.put_bucket_encryption(&alice(), "absent", &rules);
        assert_eq!(refused(put), Some(class));
    }
    let rule = service.store.get_bucket_encryption(&root, BUCKET).unwrap();
    assert_eq!(rule.algorithm, "aws:kms");
}

#[test]
fn settings_need_their_bucket_and_their_permission() {
    let mut service = Service::new();
    let store = &mut service.store;
    let cases = [
        (root_user(), "absent", Class::NoSuchBucket),
        (alice(), BUCKET, Class::AccessDenied),
        (other_root(), BUCKET, Class::AccessDenied),
    ];
    for (caller, bucket, class) in cases {
        let class = Some(class);
        let rules = [rule("AES256", None)];
        let policy = format!(
            "{{\"Statement\":{{\"Effect\":\"Deny\",\"Principal\":\"*\",\
             \"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::{bucket}/*\"}}}}"
        );
        assert_eq!(refused(store.put_bucket_encryption(&caller, bucket, &rules)), class);
        assert_eq!(refused(store.get_bucket_encryption(&caller, bucket)), class);
        assert_eq!(refused(store.delete_bucket_encryption(&caller, bucket)), class);
        assert_eq!(refused(store.put_bucket_policy(&caller, bucket, &policy)), class);
        assert_eq!(refused(store.get_bucket_policy(&caller, bucket)), class);
        assert_eq!(refused(store.delete_bucket_policy(&caller, bucket)), class);
    }
}

/// What a write got: `None` under SSE-S3, else its key.
fn key_of(sse: &sse_spec::SseShown) -> Option<String> {
    assert_eq!(sse.algorithm == Algorithm::AwsKms, sse.kms_key_id.is_some());
    sse.kms_key_id.clone()
}

// r[verify sse.bucket-default.applied]
// r[verify sse.bucket-default.managed-key]
// r[verify sse.bucket-default.header-sse-s3]
// r[verify sse.bucket-default.header-key]
// r[verify sse.bucket-default.header-without-key]
// r[verify sse.bucket-default.lone-fields]
// r[verify sse.copy.destination-default]
// r[verify sse.copy.header]
// r[verify sse.multipart.default]
// r[verify sse.multipart.header]
#[test]
fn the_header_decides_before_the_default_and_the_default_before_sse_s3() {
    let mut service = Service::new();
    let (d, h) = (service.create_key(), service.create_key());
    service.put("source", b"body", &sse_s3()).unwrap();
    let managed = service.put("managed", b"", &sse_kms(None)).unwrap().sse.kms_key_id;
    let aes256 = SseHeaders { algorithm: Some("AES256".to_owned()), ..sse_s3() };
    let lone = SseHeaders { kms_key_id: Some(h.clone()), ..sse_s3() };
    let lone_context = SseHeaders { context: Some("e30=".to_owned()), ..sse_s3() };
    let (kms_d, kms_h) = (Some(d.clone()), Some(h.clone()));
    let defaults = [None, Some(rule("AES256", None)), Some(rule("aws:kms", None))];
    for default in defaults.into_iter().chain([Some(rule("aws:kms", Some(&d)))]) {
        let by_default = match &default {
            Some(EncryptionRule { algorithm, kms_key_id }) if algorithm == "aws:kms" => {
                if kms_key_id.is_some() {
                    kms_d.clone()
                } else {
                    managed.clone()
                }
            }
            _ => None,
        };
        if let Some(rule) = &default {
            let rules = std::slice::from_ref(rule);
            service.store.put_bucket_encryption(&root_user(), BUCKET, rules).unwrap();
        }
        let rows = [
            (sse_s3(), by_default),
            (aes256.clone(), None),
            (sse_kms(None), managed.clone()),
            (sse_kms(Some(&h)), kms_h.clone()),
        ];
        for (headers, key) in rows {
            let put = service.put("put", b"body", &headers).unwrap();
            assert_eq!(key_of(&put.sse), key, "{default:?} {headers:?}");
            assert_eq!(key_of(&service.get("put").unwrap().1.sse), key);
            let copied = service.copy("source", "copy", &headers).unwrap();
            assert_eq!(key_of(&copied.sse), key, "{default:?} {headers:?}");
            let uploaded = service.put_parts("upload", &[b"body"], &headers).unwrap();
            assert_eq!(key_of(&uploaded.sse), key, "{default:?} {headers:?}");
        }
        for headers in [&lone, &lone_context] {
            let invalid = Some(Class::InvalidArgument);
            assert_eq!(refused(service.put("put", b"body", headers)), invalid);
            assert_eq!(refused(service.copy("source", "copy", headers)), invalid);
            assert_eq!(refused(service.begin("upload", headers)), invalid);
        }
    }
}

// r[verify sse.bucket-default.objects-untouched]
// r[verify sse.bucket-default.key-unusable]
#[test]
fn a_default_is_judged_at_the_write_and_changes_nothing_stored() {
    let mut service = Service::new();
    let root = root_user();
    let arn = service.create_key();
    service.put("a", b"body", &sse_s3()).unwrap();
    service.store.put_bucket_encryption(&root, BUCKET, &[rule("aws:kms", Some(&arn))]).unwrap();
    service.put("b", b"body", &sse_s3()).unwrap();
    service.store.kms().disable_key(&root, &arn).unwrap();
    assert_eq!(refused(service.put("c", b"body", &sse_s3())), Some(Class::KeyDisabled));
    let absent = [rule("aws:kms", Some("absent"))];
    service.store.put_bucket_encryption(&root, BUCKET, &absent).unwrap();
    assert_eq!(refused(service.put("c", b"body", &sse_s3())), Some(Class::KeyNotFound));
    service.store.delete_bucket_encryption(&root, BUCKET).unwrap();
    service.store.kms().enable_key(&root, &arn).unwrap();
    assert_eq!(service.get("a").unwrap().1.sse.kms_key_id, None);
    assert_eq!(service.get("b").unwrap().1.sse.kms_key_id, Some(arn));
    assert_eq!(refused(service.get("c")), Some(Class::NoSuchKey));
}

#[test]
fn a_policy_is_kept_as_it_was_put() {
    let mut service = Service::new();
    let root = root_user();
    let policy = format!(
        "{{ \"Version\":\"2012-10-17\", \"Statement\": [{{\"Effect\":\"Deny\",\
         \"Principal\":\"*\",\"Action\":\"s3:ListBucket\",\
         \"Resource\":\"arn:aws:s3:::{BUCKET}\"}}] }}"
    );
    let absent = Some(Class::NoSuchBucketPolicy);
    assert_eq!(refused(service.store.get_bucket_policy(&root, BUCKET)), absent);
    service.store.put_bucket_policy(&root, BUCKET, &policy).unwrap();
    service.store.put_bucket_encryption(&root, BUCKET, &[rule("aws:kms", None)]).unwrap();
    service.restart();
    assert_eq!(service.store.get_bucket_policy(&root, BUCKET).unwrap(), policy);
    let malformed = service.store.put_bucket_policy(&root, BUCKET, "{");
    assert_eq!(refused(malformed), Some(Class::MalformedPolicy));
    assert_eq!(service.store.get_bucket_policy(&root, BUCKET).unwrap(), policy);
    service.store.delete_bucket_policy(&root, BUCKET).unwrap();
    service.store.delete_bucket_policy(&root, BUCKET).unwrap();
    assert_eq!(refused(service.store.get_bucket_policy(&root, BUCKET)), absent);
    let rule = service.store.get_bucket_encryption(&root, BUCKET).unwrap();
    assert_eq!(rule.algorithm, "aws:kms");
}

/// Puts a policy that denies every write that has this condition.
fn deny_writes(service: &mut Service, condition: &str) {
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Deny\",\"Principal\":\"*\",\
         \"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::{BUCKET}/*\",\
         \"Condition\":{condition}}}}}"
    );
    service.store.put_bucket_policy(&root_user(), BUCKET, &policy).unwrap();
}

// r[verify sse.multipart.policy-at-creation]
#[test]
fn a_policy_sees_the_algorithm_as_it_was_sent() {
    let mut service = Service::new();
    service.put("source", b"body", &sse_s3()).unwrap();
    let rules = [rule("aws:kms", None)];
    service.store.put_bucket_encryption(&root_user(), BUCKET, &rules).unwrap();
    let header = "s3:x-amz-server-side-encryption";
    let denied = Some(Class::AccessDenied);
    for condition in [
        format!("{{\"StringNotEquals\":{{\"{header}\":\"aws:kms\"}}}}"),
        format!("{{\"Null\":{{\"{header}\":\"true\"}}}}"),
    ] {
        deny_writes(&mut service, &condition);
        // The default would have encrypted as wished, and does not count.
        assert_eq!(refused(service.put("key", b"body", &sse_s3())), denied);
        assert_eq!(refused(service.copy("source", "key", &sse_s3())), denied);
        assert_eq!(refused(service.begin("key", &sse_s3())), denied);
        service.put("key", b"body", &sse_kms(None)).unwrap();
        service.copy("source", "key", &sse_kms(None)).unwrap();
        // The parts and the completion of an upload are judged with what its creation sent.
        service.put_parts("key", &[b"body"], &sse_kms(None)).unwrap();
        service.get("source").unwrap();
    }
    // An upload that was created before is judged with what its creation sent, too.
    service.store.delete_bucket_policy(&root_user(), BUCKET).unwrap();
    let upload_id = service.begin("key", &sse_s3()).unwrap();
    let part = service.part(("key", &upload_id), 1, b"body").unwrap();
    deny_writes(&mut service, &format!("{{\"Null\":{{\"{header}\":\"true\"}}}}"));
    service.restart();
    assert_eq!(refused(service.part(("key", &upload_id), 1, b"body")), denied);
    assert_eq!(refused(service.complete(("key", &upload_id), &[part])), denied);
    service.abort(("key", &upload_id)).unwrap();
}

#[test]
fn a_policy_sees_the_key_that_the_object_gets() {
    let mut service = Service::new();
    let (arn, other) = (service.create_key(), service.create_key());
    let key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    deny_writes(&mut service, &format!("{{\"StringNotEquals\":{{\"{key}\":\"{arn}\"}}}}"));
    let denied = Some(Class::AccessDenied);
    let id = arn.rsplit('/').next().unwrap().to_owned();
    for headers in [sse_s3(), sse_kms(None), sse_kms(Some(&other)), sse_kms(Some("absent"))] {
        assert_eq!(refused(service.put("key", b"body", &headers)), denied, "{headers:?}");
    }
    service.put("key", b"body", &sse_kms(Some(&id))).unwrap();
    let rules = [rule("aws:kms", Some(&id))];
    service.store.put_bucket_encryption(&root_user(), BUCKET, &rules).unwrap();
    service.put("key", b"body", &sse_s3()).unwrap();
    service.put_parts("key", &[b"body"], &sse_s3()).unwrap();
    // A name of no key is seen as it was given; `aws/s3` is not seen before it exists.
    deny_writes(&mut service, &format!("{{\"StringEquals\":{{\"{key}\":\"absent\"}}}}"));
    assert_eq!(refused(service.put("key", b"body", &sse_kms(Some("absent")))), denied);
    deny_writes(&mut service, &format!("{{\"Null\":{{\"{key}\":\"true\"}}}}"));
    assert_eq!(refused(service.put("key", b"body", &sse_kms(None))), denied);
    service.store.delete_bucket_policy(&root_user(), BUCKET).unwrap();
    service.put("key", b"body", &sse_kms(None)).unwrap();
    deny_writes(&mut service, &format!("{{\"Null\":{{\"{key}\":\"true\"}}}}"));
    service.put("key", b"body", &sse_kms(None)).unwrap();
}
