//! The builder against published values and against itself.

use super::cipher::{expand, gcm_seal, xaes_derived_key, xaes_open, xaes_seal};
use super::*;
use sse_spec::{Algorithm, EncryptionContext};

#[test]
fn xaes_gives_the_published_values() {
    // C2SP XAES-256-GCM, test vectors 1 and 2.
    let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
    let sealed = xaes_seal(&[1; 32], nonce, b"", b"XAES-256-GCM").unwrap();
    assert_eq!(hex::encode(&sealed), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    assert_eq!(xaes_open(&[1; 32], nonce, b"", &sealed).unwrap(), b"XAES-256-GCM");
    let sealed = xaes_seal(&[3; 32], nonce, b"c2sp.org/XAES-256-GCM", b"XAES-256-GCM").unwrap();
    assert_eq!(hex::encode(&sealed), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

#[test]
fn the_derived_key_is_the_one_that_xaes_uses() {
    for key in [[1; 32], [3; 32], [0xff; 32]] {
        let nonce: [u8; 24] = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let derived = xaes_derived_key(&key, &nonce).unwrap();
        let inner: [u8; 12] = nonce[12..].try_into().unwrap();
        let by_hand = gcm_seal(&derived, &inner, b"a", b"p").unwrap();
        assert_eq!(by_hand, xaes_seal(&key, &nonce, b"a", b"p").unwrap());
    }
}

#[test]
fn expand_is_bounded_and_a_prefix_of_itself() {
    let long = expand(&[7; 32], b"info", 255 * 64).unwrap();
    assert_eq!(expand(&[7; 32], b"info", 76).unwrap(), long[..76]);
    assert_eq!(expand(&[7; 32], b"info", 0).unwrap(), Vec::<u8>::new());
    assert!(expand(&[7; 32], b"info", 255 * 64 + 1).is_none());
}

#[test]
fn chunk_nonces_count_from_the_right() {
    let base = [0xff; 12];
    assert_eq!(body::chunk_nonce(&base, 0), base);
    assert_eq!(body::chunk_nonce(&base, 0x0102)[10..], [0xfe, 0xfd]);
}

#[test]
fn every_range_is_the_slice_of_the_whole() {
    let (dek, salt) = ([1; 32], [2; 24]);
    for size in [0, 1, 16383, 16384, 16385, 32768, 40000] {
        let plain: Vec<u8> = (0..=255).cycle().take(size).collect();
        let sealed = body::seal(&dek, &salt, b"c", &plain).unwrap();
        let length = u64::try_from(sealed.len()).unwrap();
        assert_eq!(body::sealed_length(u64::try_from(size).unwrap()), Some(length));
        assert_eq!(body::plain_size(&sealed), Some(size));
        assert_eq!(body::open(&dek, b"c", &sealed).unwrap(), plain);
        for (start, end) in [(0, 1), (16383, 16385), (16384, 16384), (100, 40000), (size, size)] {
            let range = body::open_range(&dek, b"c", &sealed, start, end);
            if end <= size && start <= end {
                assert_eq!(range.unwrap(), plain[start..end], "{size} {start} {end}");
            } else {
                assert_eq!(range, Err(Error::Range));
            }
        }
    }
}

#[test]
fn a_decoded_context_is_what_was_encoded() {
    let mut map = EncryptionContext::new();
    for key in ["b", "a", "\u{e9}", "aa"] {
        map.insert(key.to_owned(), format!("{key}{key}"));
        let bytes = context::encode_map(&map).unwrap();
        assert_eq!(context::decode(&bytes), Some(map.clone()));
        for length in 0..bytes.len() {
            assert_eq!(context::decode(&bytes[..length]), None);
        }
    }
}

#[test]
fn no_bit_of_an_item_can_be_flipped() {
    let parts = ObjectParts {
        bucket: "b".to_owned(),
        key: "k".to_owned(),
        fields: RecordFields {
            algorithm: Algorithm::Aes256,
            key_arn: None,
            context: EncryptionContext::new(),
            blob: vec![1],
            metadata: EncryptionContext::new(),
        },
        etag: "e".to_owned(),
        dek: [1; 32],
        salt: [2; 24],
        root: [3; 32],
        record_nonce: [4; 24],
        plaintext: b"plain".to_vec(),
    };
    let item = seal_object(&parts).unwrap().item;
    let open = |item: &[u8]| open_object(&[3; 32], &[1; 32], "b", "k", item, None);
    assert_eq!(open(&item).unwrap().body, b"plain");
    for at in 0..item.len() * 8 {
        let mut damaged = item.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        assert_eq!(open(&damaged), Err(Error::Integrity), "bit {at}");
    }
}

#[test]
fn a_control_item_opens_where_it_was_sealed_only() {
    let item = seal_control(&[1; 32], "key", "name", &[2; 24], b"contents").unwrap();
    assert_eq!(open_control(&[1; 32], "key", "name", &item).unwrap(), b"contents");
    assert_eq!(open_control(&[1; 32], "keyn", "ame", &item), None);
    assert_eq!(open_control(&[2; 32], "key", "name", &item), None);
    for at in 0..item.len() {
        let mut damaged = item.clone();
        damaged[at] ^= 1;
        assert_eq!(open_control(&[1; 32], "key", "name", &damaged), None, "byte {at}");
        assert_eq!(open_control(&[1; 32], "key", "name", &item[..at]), None);
    }
}
