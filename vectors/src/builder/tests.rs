//! The builder against published values and against itself.

use super::cipher::{expand, gcm_seal, xaes_derived_key, xaes_open, xaes_seal};
use super::*;
use sse_spec::{Algorithm, EncryptionContext, Range};

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

fn object(parts: &[(u16, &[u8])]) -> ObjectParts {
    let part = |(number, plaintext): &(u16, &[u8])| {
        let salt = [u8::try_from(*number % 251).unwrap(); 24];
        PartBody { number: *number, salt, plaintext: plaintext.to_vec() }
    };
    ObjectParts {
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
        root: [3; 32],
        record_nonce: [4; 24],
        parts: parts.iter().map(part).collect(),
    }
}

fn open(item: &[u8], range: Option<Range>) -> Result<Vec<u8>, Error> {
    open_object(&[3; 32], &[1; 32], "b", "k", item, range).map(|opened| opened.body)
}

#[test]
fn no_bit_of_an_item_can_be_flipped() {
    for parts in [[(0, b"plain".as_slice())].as_slice(), &[(2, b"pl"), (7, b""), (8, b"ain")]] {
        let item = seal_object(&object(parts)).unwrap().item;
        assert_eq!(open(&item, None).unwrap(), b"plain");
        for at in 0..item.len() * 8 {
            let mut damaged = item.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert_eq!(open(&damaged, None), Err(Error::Integrity), "bit {at}");
        }
    }
}

#[test]
fn every_range_across_parts_is_the_slice_of_the_whole() {
    let long: Vec<u8> = (0..=255).cycle().take(16385).collect();
    let parts = [(1, b"ab".as_slice()), (2, b""), (3, &long), (9, &long[..16384]), (10, b"z")];
    let plain: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes.to_vec()).collect();
    let item = seal_object(&object(&parts)).unwrap().item;
    assert_eq!(open(&item, None).unwrap(), plain);
    let edges = [0, 2, 16386, 16387, 32771, 32772];
    let near = edges.iter().flat_map(|edge: &u64| [edge.saturating_sub(1), *edge, edge + 1]);
    let near: Vec<u64> = near.collect();
    let size = u64::try_from(plain.len()).unwrap();
    for first in &near {
        for last in &near {
            let got = open(&item, Some(Range::FromTo { first: *first, last: *last }));
            let end = size.min(last + 1);
            if *first < end {
                let (from, to) = (usize::try_from(*first).unwrap(), usize::try_from(end).unwrap());
                assert_eq!(got.unwrap(), plain[from..to], "{first} {last}");
            } else {
                assert_eq!(got, Err(Error::Range), "{first} {last}");
            }
        }
    }
}

#[test]
fn a_range_needs_only_its_own_part() {
    let item = seal_object(&object(&[(1, b"one"), (2, b"two")])).unwrap().item;
    let mut damaged = item.clone();
    damaged[2 * 75 - 1] ^= 1;
    assert_eq!(open(&damaged, Some(Range::FromTo { first: 0, last: 2 })).unwrap(), b"one");
    assert_eq!(open(&damaged, Some(Range::FromTo { first: 2, last: 3 })), Err(Error::Integrity));
    assert_eq!(open(&damaged, None), Err(Error::Integrity));
}

#[test]
fn messages_that_were_sealed_one_by_one_make_the_same_item() {
    let parts = object(&[(1, b"one"), (4, b"four")]);
    let messages: Vec<SealedMessage> =
        parts.parts.iter().map(|part| seal_part(&parts.dek, "b", "k", part).unwrap()).collect();
    let ObjectParts { bucket, key, fields, etag, root, record_nonce, .. } = parts.clone();
    let envelope = Envelope { bucket, key, fields, etag, root, record_nonce };
    let item = assemble(&envelope, &messages).unwrap().item;
    assert_eq!(item, seal_object(&parts).unwrap().item);
    assert_eq!(assemble(&envelope, &[]).unwrap_err(), Error::Invalid);
}

// r[verify sealed-object.parts.numbers]
#[test]
fn a_table_holds_10000_parts_and_no_more() {
    let entry = |number| PartEntry { number, length: 0, salt: [0; 24], commitment: [0; 32] };
    let table = |first: u16, count: u16| SealedPart {
        etag: "e".to_owned(),
        parts: (first..first + count).map(entry).collect(),
    };
    let full = table::sealed_part(&table(1, 10_000)).unwrap();
    assert_eq!(full.len(), 3 + 2 + 10_000 * 66);
    assert_eq!(table::parse_sealed_part(&full).unwrap(), table(1, 10_000));
    for wrong in [table(1, 10_001), table(0, 2), table(1, 0), table(10_001, 1)] {
        assert_eq!(table::sealed_part(&wrong), Err(Error::Invalid));
        let bytes = table::write_unchecked(&wrong).unwrap();
        assert_eq!(table::parse_sealed_part(&bytes), None);
    }
    assert!(table(0, 1).is_legal());
}

#[test]
fn lengths_add_up_below_their_limit_and_never_wrap() {
    let legal = |lengths: &[u64]| {
        let entry = |(number, length): (u16, &u64)| PartEntry {
            number,
            length: *length,
            salt: [0; 24],
            commitment: [0; 32],
        };
        let parts = (1..).zip(lengths).map(entry).collect();
        SealedPart { etag: "e".to_owned(), parts }.is_legal()
    };
    let limit = 1 << 52;
    assert!(legal(&[limit - 1]) && legal(&[limit - 2, 1]) && legal(&[0, limit - 1, 0]));
    assert!(!legal(&[limit]) && !legal(&[limit - 1, 1]));
    assert!(!legal(&[1 << 63, 1 << 63]) && !legal(&[u64::MAX, 1]));
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
