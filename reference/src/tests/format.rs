//! The bytes: encryption context, data key, and random bytes as anything
//! (spec/encryption-context.md, spec/data-key.md).

use super::{pairs, refused};
use crate::data_key::{Identity, KmsBlob, ServiceBlob};
use crate::encryption_context::{decode, encode, encode_map, from_header, of_object, to_header};
use crate::refusal::Result;
use crate::sealed_object::{control, open_record};
use crate::secret::{Dek, WrappingKey};
use proptest::prelude::*;
use sse_spec::Class;

pub(super) fn key(byte: u8) -> WrappingKey {
    WrappingKey::from_slice(&[byte; 32]).unwrap()
}

// r[verify encryption-context.encode.layout]
// r[verify encryption-context.encode.order]
// r[verify encryption-context.encode.case]
#[test]
fn pairs_are_counted_prefixed_and_ascending() {
    let bytes = encode([("b", ""), ("a", "xyz"), ("B", "é")]).unwrap();
    assert_eq!(
        hex::encode(bytes),
        "000300014200 02c3a900016100 0378797a00016200 00".replace(' ', "")
    );
    assert_eq!(encode([]).unwrap(), [0, 0]);
}

// r[verify encryption-context.encode.duplicate]
// r[verify encryption-context.encode.empty-key]
#[test]
fn a_repeated_or_empty_key_is_refused() {
    let invalid = Some(Class::InvalidArgument);
    assert_eq!(refused(encode([("a", "1"), ("b", "2"), ("a", "1")])), invalid);
    assert_eq!(refused(encode([("", "1")])), invalid);
}

// r[verify encryption-context.encode.pair-limit]
// r[verify encryption-context.encode.length-limit]
#[test]
fn the_limits_hold_on_both_sides() {
    let names: Vec<_> = (0..65).map(|number| format!("k{number}")).collect();
    let all = || names.iter().map(|name| (name.as_str(), ""));
    assert!(encode(all().take(64)).is_ok());
    assert_eq!(refused(encode(all())), Some(Class::InvalidArgument));
    let long = "v".repeat(8192 - 7);
    assert_eq!(encode([("k", long.as_str())]).unwrap().len(), 8192);
    assert_eq!(refused(encode([("kk", long.as_str())])), Some(Class::InvalidArgument));
}

// r[verify encryption-context.decode.strict]
#[test]
fn only_canonical_bytes_decode() {
    for damaged in [
        "",
        "00",
        "000000",
        "0001",
        "00020001610000000162",
        "0002000162000000016100 00",
        "00020001610000000161 0000",
        "0001000000 01 78",
        "0001000161 0001 ff",
    ] {
        let bytes = hex::decode(damaged.replace(' ', "")).unwrap();
        assert_eq!(refused(decode(&bytes)), Some(Class::Integrity), "{damaged}");
    }
}

// r[verify sse.put.context-malformed]
#[test]
fn the_header_is_base64_of_an_object_of_strings() {
    let context = pairs(&[("a", "1"), ("b", "\"é\"")]);
    assert_eq!(from_header(&to_header(&context).unwrap()).unwrap(), context);
    let json = ["[]", "{\"a\":1}", "{\"a\":\"1\",\"a\":\"1\"}", "{\"\":\"1\"}", "{} x", "\"\"", ""];
    for json in json {
        let header = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, json);
        assert_eq!(refused(from_header(&header)), Some(Class::InvalidArgument), "{json}");
    }
    assert_eq!(refused(from_header("not base64!")), Some(Class::InvalidArgument));
}

// r[verify encryption-context.object-arn.added]
// r[verify encryption-context.object-arn.from-request]
#[test]
fn the_object_arn_comes_from_the_request() {
    let stored = pairs(&[("aws:s3:arn", "arn:aws:s3:::other/name"), ("a", "1")]);
    let context = of_object(&stored, &Identity::new("bucket", "a/b").unwrap());
    assert_eq!(context, pairs(&[("aws:s3:arn", "arn:aws:s3:::bucket/a/b"), ("a", "1")]));
}

// r[verify data-key.kms-wrap.layout]
// r[verify data-key.kms-wrap.additional-data]
// r[verify data-key.unwrap.binding]
#[test]
fn a_kms_blob_has_its_layout_and_opens_in_its_context_only() {
    let context = pairs(&[("a", "1")]);
    let blob = KmsBlob::wrap(&key(1), ([2; 16], [3; 32]), [4; 24], &context, &[5; 32]).unwrap();
    let bytes = blob.bytes();
    assert_eq!(bytes.len(), 124);
    let head = [b"SKB\x01".as_slice(), &[2; 16], &[3; 32], &[4; 24]].concat();
    assert_eq!(bytes[..76], head);
    let mut expected = [5; 32];
    let aad = [b"sse-kms-wrap/1\0", &head[..52], &encode_map(&context).unwrap()].concat();
    let tag = crate::cipher::xaes_seal(&key(1), &[4; 24], &aad, &mut expected).unwrap();
    assert_eq!(bytes[76..], [expected.as_slice(), &tag].concat());

    assert_eq!(blob.unwrap(&key(1), &context).unwrap().expose(), [5; 32]);
    let integrity = Some(Class::Integrity);
    for other in [pairs(&[]), pairs(&[("a", "2")]), pairs(&[("a", "1"), ("b", "")])] {
        assert_eq!(refused(blob.unwrap(&key(1), &other)), integrity);
    }
    assert_eq!(refused(blob.unwrap(&key(2), &context)), integrity);
}

// r[verify data-key.service-wrap.layout]
// r[verify data-key.service-wrap.additional-data]
// r[verify data-key.unwrap.binding]
#[test]
fn a_service_blob_has_its_layout_and_opens_for_its_object_only() {
    let identity = Identity::new("bucket", "key").unwrap();
    let dek = Dek::from_slice(&[5; 32]).unwrap();
    let blob = ServiceBlob::wrap(&key(1), 7, [4; 24], &identity, &dek).unwrap();
    let bytes = blob.bytes();
    assert_eq!(bytes.len(), 80);
    let head = [b"SSB\x01".as_slice(), &[0, 0, 0, 7], &[4; 24]].concat();
    assert_eq!(bytes[..32], head);
    let mut expected = [5; 32];
    let aad = [b"sse-s3-wrap/1\0", &head[..8], b"\0\x06bucket\0\x03key"].concat();
    let tag = crate::cipher::xaes_seal(&key(1), &[4; 24], &aad, &mut expected).unwrap();
    assert_eq!(bytes[32..], [expected.as_slice(), &tag].concat());

    assert_eq!(blob.unwrap(&key(1), &identity).unwrap().expose(), &[5; 32]);
    for (bucket, name) in [("bucket", "kez"), ("bucke", "tkey"), ("bucketk", "ey")] {
        let other = Identity::new(bucket, name).unwrap();
        assert_eq!(refused(blob.unwrap(&key(1), &other)), Some(Class::Integrity));
    }
}

// r[verify data-key.unwrap.strict]
// r[verify data-key.unwrap.authentic]
#[test]
fn every_changed_bit_and_length_of_a_blob_is_refused() {
    let identity = Identity::new("bucket", "key").unwrap();
    let dek = Dek::from_slice(&[5; 32]).unwrap();
    let service = ServiceBlob::wrap(&key(1), 1, [4; 24], &identity, &dek).unwrap().bytes();
    let unwrap_service = |bytes: &[u8]| {
        ServiceBlob::parse(bytes).and_then(|blob| blob.unwrap(&key(1), &identity)).map(drop)
    };
    refuses_every_change(&service, &unwrap_service);
    let context = pairs(&[("a", "1")]);
    let kms = KmsBlob::wrap(&key(1), ([2; 16], [3; 32]), [4; 24], &context, &[5; 32]).unwrap();
    let unwrap_kms = |bytes: &[u8]| {
        KmsBlob::parse(bytes).and_then(|blob| blob.unwrap(&key(1), &context)).map(drop)
    };
    refuses_every_change(&kms.bytes(), &unwrap_kms);
}

pub(super) fn refuses_every_change(bytes: &[u8], open: &dyn Fn(&[u8]) -> Result<()>) {
    assert_eq!(open(bytes), Ok(()));
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refused(open(&damaged)), Some(Class::Integrity), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert_eq!(refused(open(&bytes[..length])), Some(Class::Integrity), "length {length}");
    }
    let longer = [bytes, &[0]].concat();
    assert_eq!(refused(open(&longer)), Some(Class::Integrity));
}

// r[verify data-key.wrap.plaintext-limit]
#[test]
fn a_wrap_takes_1_to_4096_bytes() {
    let wrap = |length: usize| {
        let plaintext = vec![5; length];
        KmsBlob::wrap(&key(1), ([2; 16], [3; 32]), [4; 24], &pairs(&[]), &plaintext)
    };
    for length in [1, 4096] {
        let blob = KmsBlob::parse(&wrap(length).unwrap().bytes()).unwrap();
        assert_eq!(blob.unwrap(&key(1), &pairs(&[])).unwrap().expose().len(), length);
    }
    assert_eq!(refused(wrap(0)), Some(Class::InvalidArgument));
    assert_eq!(refused(wrap(4097)), Some(Class::InvalidArgument));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    // r[verify encryption-context.decode.strict]
    #[test]
    fn what_encodes_decodes_and_what_decodes_encodes(
        context in proptest::collection::btree_map("\\PC{1,9}", "\\PC{0,9}", 0..9),
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let encoded = encode_map(&context).unwrap();
        prop_assert_eq!(decode(&encoded).unwrap(), context);
        if let Ok(context) = decode(&bytes) {
            prop_assert_eq!(encode_map(&context).unwrap(), bytes);
        }
    }

    // r[verify data-key.unwrap.strict]
    // r[verify sealed-object.open.strict]
    #[test]
    fn random_bytes_open_as_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let identity = Identity::new("bucket", "key").unwrap();
        prop_assert!(KmsBlob::parse(&bytes).is_err());
        prop_assert!(ServiceBlob::parse(&bytes).is_err());
        prop_assert!(open_record(&key(1), &identity, &bytes.as_slice()).is_err());
        prop_assert!(control::open(&key(1), ("key", "name"), &bytes).is_err());
        prop_assert!(crate::key::Key::from_contents(&bytes).is_err() || bytes.len() > 90);
    }
}
