//! The key management service, its keys, its trail and its refusals (spec/kms.md, spec/key.md,
//! spec/audit.md, spec/refusal.md).

use super::*;
use crate::audit::format_time;
use crate::key::NewKey;
use crate::kms::{DecryptRequest, Decrypted};
use crate::refusal::Side;

fn decrypt(
    service: &mut Service,
    by: &Caller,
    key: Option<&str>,
    blob: &[u8],
    context: &[(&str, &str)],
) -> Result<Decrypted> {
    let request = DecryptRequest {
        key_id: key.map(str::to_owned),
        blob: blob.to_vec(),
        context: pairs(context),
    };
    service.store.kms().decrypt(by, &request)
}

// r[verify kms.generate-data-key.both-forms]
// r[verify kms.generate-data-key.key-named-in-reply]
// r[verify kms.generate-data-key.random]
// r[verify kms.decrypt.round-trip]
// r[verify kms.decrypt.key-optional]
// r[verify kms.decrypt.key-named-in-reply]
// r[verify kms.decrypt.context-order-free]
#[test]
fn a_data_key_decrypts_to_itself() {
    let mut service = Service::new();
    let arn = service.create_key();
    let context = [("a", "1"), ("b", "2")];
    let key = service.data_key(&arn, &context).unwrap();
    let again = service.data_key(&arn, &context).unwrap();
    assert_ne!((key.plaintext.expose(), &key.blob), (again.plaintext.expose(), &again.blob));
    assert_eq!(key.key_arn, arn);
    for name in [None, Some(arn.as_str())] {
        let context = [("b", "2"), ("a", "1")];
        let got = decrypt(&mut service, &root_user(), name, &key.blob, &context).unwrap();
        assert_eq!((got.plaintext.expose(), &got.key_arn), (key.plaintext.expose(), &arn));
    }
}

// r[verify kms.generate-data-key.length]
// r[verify kms.generate-data-key.key-spec]
// r[verify kms.generate-data-key.number-of-bytes]
// r[verify kms.generate-data-key.key-not-found]
#[test]
fn a_data_key_has_the_length_asked_for() {
    let mut service = Service::new();
    let key_id = service.create_key();
    let mut length = |spec: Option<&str>, number_of_bytes| {
        let key_spec = spec.map(str::to_owned);
        let context = EncryptionContext::new();
        let key_id = key_id.clone();
        let request = DataKeyRequest { key_id, key_spec, number_of_bytes, context };
        let key = service.store.kms().generate_data_key(&root_user(), &request);
        key.map(|key| key.plaintext.expose().len())
    };
    assert_eq!(length(Some("AES_256"), None), Ok(32));
    assert_eq!(length(Some("AES_128"), None), Ok(16));
    assert_eq!(length(None, Some(1)), Ok(1));
    assert_eq!(length(None, Some(1024)), Ok(1024));
    let wrong = [(None, None), (Some("AES_256"), Some(32)), (Some("AES_512"), None)];
    for (spec, bytes) in wrong.into_iter().chain([(None, Some(0)), (None, Some(1025))]) {
        assert_eq!(length(spec, bytes), Err(Refused(Class::InvalidArgument)));
    }
    for absent in ["x", "00000000-0000-4000-8000-000000000000", "arn:aws:kms:us-east-1:1:key/x"] {
        assert_eq!(refused(service.data_key(absent, &[])), Some(Class::KeyNotFound));
    }
}

// r[verify kms.decrypt.context-match]
// r[verify kms.decrypt.damaged-blob]
// r[verify kms.decrypt.damaged-blob-no-plaintext]
// r[verify kms.decrypt.incorrect-key]
// r[verify refusal.integrity.opaque]
#[test]
fn a_wrong_context_and_a_damaged_blob_are_refused_alike() {
    let mut service = Service::new();
    let arn = service.create_key();
    let other = service.create_key();
    let blob = service.data_key(&arn, &[("a", "1")]).unwrap().blob;
    let integrity = Some(Class::Integrity);
    for context in [vec![], vec![("a", "2")], vec![("a", "1"), ("b", "2")], vec![("A", "1")]] {
        let got = decrypt(&mut service, &root_user(), None, &blob, &context);
        assert_eq!(refused(got), integrity);
    }
    for place in 0..blob.len() {
        let mut damaged = blob.clone();
        damaged[place] ^= 1;
        let got = decrypt(&mut service, &root_user(), None, &damaged, &[("a", "1")]);
        let class = if (4..20).contains(&place) { Some(Class::KeyNotFound) } else { integrity };
        assert_eq!(refused(got), class, "byte {place}");
        let got = decrypt(&mut service, &root_user(), Some(&arn), &damaged, &[("a", "1")]);
        assert!(got.is_err());
    }
    let wrong_key = decrypt(&mut service, &root_user(), Some(&other), &blob, &[("a", "1")]);
    assert_eq!(refused(wrong_key), Some(Class::IncorrectKey));
    let empty = decrypt(&mut service, &root_user(), None, &[], &[]);
    assert_eq!(refused(empty), Some(Class::InvalidArgument));
}

// r[verify kms.order.sequence]
// r[verify kms.order.denied-or-state]
#[test]
fn the_first_failed_check_decides() {
    let mut service = Service::new();
    let arn = service.create_key();
    let blob = service.data_key(&arn, &[]).unwrap().blob;
    service.store.kms().disable_key(&root_user(), &arn).unwrap();
    let mut damaged = blob.clone();
    damaged[123] ^= 1;
    let long = "x".repeat(2049);
    let mut ask =
        |by: &Caller, key: &str| refused(decrypt(&mut service, by, Some(key), &damaged, &[]));
    assert_eq!(ask(&alice(), &long), Some(Class::InvalidArgument));
    assert_eq!(ask(&alice(), "absent"), Some(Class::KeyNotFound));
    assert_eq!(ask(&alice(), &arn), Some(Class::AccessDenied));
    assert_eq!(ask(&root_user(), &arn), Some(Class::KeyDisabled));
    service.store.kms().enable_key(&root_user(), &arn).unwrap();
    let got = decrypt(&mut service, &root_user(), Some(&arn), &damaged, &[]);
    assert_eq!(refused(got), Some(Class::Integrity));
}

// r[verify kms.authorization.default-deny]
// r[verify kms.authorization.root-permitted]
#[test]
fn nobody_but_the_owners_root_may_use_a_key() {
    let mut service = Service::new();
    let arn = service.create_key();
    let blob = service.data_key(&arn, &[]).unwrap().blob;
    for caller in [alice(), other_root()] {
        let got = decrypt(&mut service, &caller, None, &blob, &[]);
        assert_eq!(refused(got), Some(Class::AccessDenied));
        let kms = service.store.kms();
        assert_eq!(refused(kms.disable_key(&caller, &arn)), Some(Class::AccessDenied));
        assert_eq!(refused(kms.describe_key(&caller, &arn)), Some(Class::AccessDenied));
    }
    let kms = service.store.kms();
    assert_eq!(refused(kms.create_key(&alice(), &NewKey::default())), Some(Class::AccessDenied));
    assert_eq!(refused(kms.list_keys(&alice())), Some(Class::AccessDenied));
    assert_eq!(kms.list_keys(&other_root()).unwrap(), []);
    // An id alone is one of the caller's own account.
    let id = arn.rsplit('/').next().unwrap();
    assert_eq!(refused(kms.describe_key(&other_root(), id)), Some(Class::KeyNotFound));
    assert!(kms.describe_key(&root_user(), id).unwrap().enabled);
}

// r[verify key.aws-managed.not-usable-directly]
// r[verify key.aws-managed.not-disabled]
#[test]
fn the_managed_key_is_used_through_the_store_only() {
    let mut service = Service::new();
    let arn = service.put("key", b"body", &sse_kms(None)).unwrap().sse.kms_key_id.unwrap();
    assert_eq!(refused(service.data_key(&arn, &[])), Some(Class::AccessDenied));
    let disabled = service.store.kms().disable_key(&root_user(), &arn);
    assert_eq!(refused(disabled), Some(Class::AccessDenied));
    assert_eq!(service.get("key").unwrap().0, b"body");
    let expected =
        ["GenerateDataKey", "GenerateDataKey AccessDenied", "DisableKey AccessDenied", "Decrypt"];
    assert_eq!(service.trail(), expected);
}

// r[verify key.create.enabled]
// r[verify key.create.distinct]
// r[verify key.describe.id-and-arn]
// r[verify key.describe.state-shown]
// r[verify key.describe.not-found]
// r[verify key.list.complete]
// r[verify key.disable.idempotent]
// r[verify key.disable.management-allowed]
// r[verify key.enable.idempotent]
#[test]
fn a_key_is_described_by_id_and_arn_in_its_state() {
    let mut service = Service::new();
    let arns = [service.create_key(), service.create_key()];
    assert_ne!(arns[0], arns[1]);
    let id = arns[0].rsplit('/').next().unwrap();
    let kms = service.store.kms();
    for enabled in [true, false, false, true, true] {
        if enabled {
            kms.enable_key(&root_user(), id).unwrap();
        } else {
            kms.disable_key(&root_user(), &arns[0]).unwrap();
        }
        let shown = kms.describe_key(&root_user(), id).unwrap();
        assert_eq!((shown.enabled, shown.key_spec.as_str()), (enabled, "SYMMETRIC_DEFAULT"));
        assert_eq!(kms.describe_key(&root_user(), &arns[0]).unwrap(), shown);
        let listed = kms.list_keys(&root_user()).unwrap();
        let mut listed: Vec<_> = listed.into_iter().map(|key| key.key_arn).collect();
        listed.sort();
        let mut expected = arns.to_vec();
        expected.sort();
        assert_eq!(listed, expected);
    }
    let absent = kms.describe_key(&root_user(), "00000000-0000-4000-8000-000000000000");
    assert_eq!(refused(absent), Some(Class::KeyNotFound));
}

// r[verify key.create.symmetric-only]
// r[verify key.create.asymmetric-refused]
#[test]
fn only_symmetric_keys_are_made() {
    let mut service = Service::new();
    let text = |text: &str| Some(text.to_owned());
    let kinds = [
        (NewKey { key_spec: text("RSA_2048"), ..NewKey::default() }, Class::UnsupportedOperation),
        (NewKey { key_spec: text("HMAC_256"), ..NewKey::default() }, Class::UnsupportedOperation),
        (
            NewKey { key_usage: text("SIGN_VERIFY"), ..NewKey::default() },
            Class::UnsupportedOperation,
        ),
        (NewKey { origin: text("EXTERNAL"), ..NewKey::default() }, Class::UnsupportedOperation),
        (NewKey { policy: text("{}"), ..NewKey::default() }, Class::MalformedPolicy),
        (NewKey { key_spec: text("AES_256"), ..NewKey::default() }, Class::InvalidArgument),
        (
            NewKey { description: Some("x".repeat(8193)), ..NewKey::default() },
            Class::InvalidArgument,
        ),
    ];
    for (wanted, class) in kinds {
        let made = service.store.kms().create_key(&root_user(), &wanted);
        assert_eq!(refused(made), Some(class), "{wanted:?}");
    }
    assert!(service.trail().is_empty());
}

// r[verify audit.entry.one-per-request]
// r[verify audit.entry.refused-recorded]
// r[verify audit.entry.error-code]
// r[verify audit.entry.event-name]
// r[verify audit.entry.names-key]
// r[verify audit.entry.names-caller]
// r[verify audit.entry.context-in-clear]
// r[verify audit.entry.read-only]
// r[verify audit.entry.no-secrets]
// r[verify audit.state-change.recorded]
#[test]
fn every_request_on_a_key_has_one_entry() {
    let mut service = Service::new();
    let arn = service.create_key();
    let key = service.data_key(&arn, &[("a", "1")]).unwrap();
    decrypt(&mut service, &root_user(), Some(&arn), &key.blob, &[("a", "1")]).unwrap();
    decrypt(&mut service, &alice(), None, &key.blob, &[("a", "2")]).unwrap_err();
    let kms = service.store.kms();
    kms.describe_key(&root_user(), &arn).unwrap();
    kms.disable_key(&root_user(), &arn).unwrap();
    kms.enable_key(&root_user(), &arn).unwrap();
    let entries = kms.lookup_events(&root_user()).unwrap();
    let facts = |entry: &sse_spec::AuditEntry| {
        let context = entry.request_parameters["encryptionContext"]["a"].clone();
        (entry.event_name.clone(), entry.read_only, entry.error_code.clone(), context)
    };
    let entry = |name: &str, read_only, code: Option<&str>, context: Option<&str>| {
        (
            name.to_owned(),
            read_only,
            code.map(str::to_owned),
            context.map_or(serde_json::Value::Null, Into::into),
        )
    };
    let expected = [
        entry("CreateKey", false, None, None),
        entry("GenerateDataKey", true, None, Some("1")),
        entry("Decrypt", true, None, Some("1")),
        entry("Decrypt", true, Some("AccessDenied"), Some("2")),
        entry("DescribeKey", true, None, None),
        entry("DisableKey", false, None, None),
        entry("EnableKey", false, None, None),
    ];
    assert_eq!(entries.iter().map(facts).collect::<Vec<_>>(), expected);
    assert!(entries.iter().all(|entry| entry.resources[0].arn == arn));
    assert_eq!(entries[3].user_identity.arn, alice().arn());
    assert_eq!(entries[0].event_time, "2024-02-29T12:34:56Z");
    let text = serde_json::to_string(&entries).unwrap();
    for secret in [key.plaintext.expose(), &key.blob[76..]] {
        assert!(!text.contains(&hex::encode(secret)));
    }
}

// r[verify kms.usage.by-operation]
// r[verify kms.usage.by-key]
// r[verify kms.usage.management-free]
#[test]
fn usage_counts_successful_cryptography_by_key() {
    let mut service = Service::new();
    let (used, unused) = (service.create_key(), service.create_key());
    let blob = service.data_key(&used, &[]).unwrap().blob;
    decrypt(&mut service, &root_user(), None, &blob, &[]).unwrap();
    decrypt(&mut service, &root_user(), None, &blob, &[]).unwrap();
    decrypt(&mut service, &root_user(), None, &blob, &[("a", "1")]).unwrap_err();
    service.store.kms().describe_key(&root_user(), &unused).unwrap();
    let (requests, keys) = service.store.kms().key_usage(&root_user()).unwrap();
    let counts: Vec<_> = requests
        .iter()
        .map(|request| (request.key_id.as_str(), request.operation.as_str(), request.count))
        .collect();
    assert_eq!(counts, [(used.as_str(), "Decrypt", 2), (used.as_str(), "GenerateDataKey", 1)]);
    assert_eq!(keys.len(), 2);
}

// r[verify refusal.class.kind]
// r[verify refusal.code.s3]
// r[verify refusal.code.s3-status]
// r[verify refusal.code.kms]
// r[verify refusal.code.kms-status]
// r[verify refusal.message.no-secrets]
#[test]
fn every_class_has_its_wording() {
    for class in Class::ALL.iter().copied() {
        let s3 = Refused(class).on(Side::S3);
        let kms = Refused(class).on(Side::Kms);
        assert_eq!((s3.class, kms.class), (class, class));
        assert!(!s3.code.is_empty() || !kms.code.is_empty());
        assert_eq!(kms.status, if class == Class::Unavailable { 500 } else { 400 });
        assert!((400..=503).contains(&s3.status));
        assert!(s3.message.len() < 32);
    }
    let disabled = Refused(Class::KeyDisabled);
    assert_eq!(disabled.on(Side::S3).code, "KMS.DisabledException");
    assert_eq!(disabled.on(Side::Kms).code, "DisabledException");
}

#[test]
fn times_are_civil() {
    assert_eq!(format_time(0), "1970-01-01T00:00:00Z");
    assert_eq!(format_time(951_782_399), "2000-02-28T23:59:59Z");
    assert_eq!(format_time(951_782_400), "2000-02-29T00:00:00Z");
    assert_eq!(format_time(4_107_542_400), "2100-03-01T00:00:00Z");
    assert_eq!(format_time(1_735_689_599), "2024-12-31T23:59:59Z");
}

// r[verify kms.decrypt.wrong-blob]
// r[verify kms.decrypt.no-blob]
// r[verify kms.decrypt.blob-length]
// r[verify kms.decrypt.key-confirmed]
// r[verify kms.re-encrypt.like-decrypt]
#[test]
fn a_wrong_blob_is_refused_as_the_table_says() {
    let mut service = Service::new();
    let (key, other) = (service.create_key(), service.create_key());
    let id = key.rsplit('/').next().unwrap().to_owned();
    service.store.kms().create_alias(&root_user(), "alias/a", &key).unwrap();
    let good = service.data_key(&key, &[]).unwrap().blob;
    let changed = |place: usize| {
        let mut blob = good.clone();
        blob[place] ^= 1;
        blob
    };
    let integrity = Some(Class::Integrity);
    let (absent, incorrect) = (Some(Class::KeyNotFound), Some(Class::IncorrectKey));
    let invalid = Some(Class::InvalidArgument);
    // The blob; refused without a key, with its own key, with another key.
    let rows = [
        (good.clone(), None, None, incorrect),
        (b"no blob".to_vec(), integrity, integrity, integrity),
        (changed(0), integrity, integrity, integrity),
        (changed(4), absent, incorrect, incorrect),
        (changed(20), integrity, integrity, incorrect),
        (changed(100), integrity, integrity, incorrect),
        (Vec::new(), invalid, invalid, invalid),
        (vec![0; 6144], integrity, integrity, integrity),
        (vec![0; 6145], invalid, invalid, invalid),
    ];
    for (blob, alone, own, others) in rows {
        let names = [(None, alone), (Some(key.as_str()), own), (Some(other.as_str()), others)];
        let more = [(Some(id.as_str()), own), (Some("alias/a"), own)];
        for (name, class) in names.into_iter().chain(more) {
            let got = decrypt(&mut service, &root_user(), name, &blob, &[]);
            assert_eq!(refused(got), class, "{name:?} {blob:02x?}");
            let request = crate::kms::ReEncryptRequest {
                source: DecryptRequest {
                    key_id: name.map(str::to_owned),
                    blob: blob.clone(),
                    context: EncryptionContext::new(),
                },
                destination_key_id: other.clone(),
                ..Default::default()
            };
            let moved = service.store.kms().re_encrypt(&root_user(), &request);
            assert_eq!(refused(moved), class, "{name:?} {blob:02x?}");
        }
    }
}

// r[verify kms.generate-data-key-without-plaintext.opens]
// r[verify kms.generate-data-key-without-plaintext.random]
// r[verify kms.generate-data-key-without-plaintext.parameters]
// r[verify kms.generate-data-key-without-plaintext.key-named-in-reply]
// r[verify kms.encrypt.fresh]
#[test]
fn a_wrapped_data_key_opens_to_the_length_asked_for() {
    let mut service = Service::new();
    let key = service.create_key();
    let mut made = Vec::new();
    for length in [16, 16, 1024] {
        let request = DataKeyRequest {
            key_id: key.clone(),
            number_of_bytes: Some(length),
            ..Default::default()
        };
        let kms = service.store.kms();
        let wrapped = kms.generate_data_key_without_plaintext(&root_user(), &request).unwrap();
        assert_eq!(wrapped.key_arn, key);
        let opened = decrypt(&mut service, &root_user(), None, &wrapped.blob, &[]).unwrap();
        assert_eq!(opened.plaintext.expose().len(), usize::try_from(length).unwrap());
        assert!(!made.contains(&opened.plaintext.expose().to_vec()));
        made.push(opened.plaintext.expose().to_vec());
    }
    for number_of_bytes in [None, Some(0), Some(1025)] {
        let request = DataKeyRequest { key_id: key.clone(), number_of_bytes, ..Default::default() };
        let kms = service.store.kms();
        let refusal = kms.generate_data_key_without_plaintext(&root_user(), &request);
        assert_eq!(refused(refusal), Some(Class::InvalidArgument));
    }
    let mut blobs = Vec::new();
    for _ in 0..2 {
        let request = crate::kms::EncryptRequest {
            key_id: key.clone(),
            plaintext: crate::secret::SecretBuffer::copy_of(b"same"),
            context: EncryptionContext::new(),
        };
        blobs.push(service.store.kms().encrypt(&root_user(), &request).unwrap().blob);
    }
    assert_ne!(blobs[0], blobs[1]);
}
