//! The bytes of sealed objects and control items: layout, strictness, ranges
//! (spec/sealed-object.md).

use super::format::{key, refuses_every_change};
use super::{body, pairs, refused};
use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::sealed_object::parts::{PartTable, SealedPart};
use crate::sealed_object::record::{Described, Protection, Record};
use crate::sealed_object::{
    DerivedKeys, Part, control, fixed, open_object, read_trailer, seal_object, write_trailer,
};
use crate::secret::{Dek, RootKey, WrappingKey};
use sse_spec::{Algorithm, Class, Range};

fn seal(
    root: &DerivedKeys,
    identity: &Identity,
    parts: &[(u16, &[u8])],
    described: Described,
) -> Result<Vec<u8>> {
    let dek = Dek::from_slice(&[5; 32]).unwrap();
    let mut item = Vec::new();
    let mut bodies: Vec<_> = parts.to_vec();
    let parts = bodies.iter_mut().zip((6..=255).cycle()).map(|((number, body), salt)| Part {
        number: *number,
        salt: [salt; 24],
        plaintext: body,
    });
    seal_object(&root.record, identity, (&dek, &[7; 24]), described, parts, &mut item)?;
    Ok(item)
}

fn open(
    identity: &Identity,
    dek: u8,
    item: &[u8],
    range: Option<Range>,
) -> Result<(Record, Vec<u8>)> {
    let dek = Dek::from_slice(&[dek; 32]).unwrap();
    let mut plaintext = Vec::new();
    let record = open_object(&derived().record, identity, &dek, (&item, range), &mut plaintext)?;
    Ok((record, plaintext))
}

fn under_sse_s3() -> Described {
    Described {
        protection: Protection::SseS3,
        blob: vec![9; 80],
        metadata: pairs(&[]),
        etag: "tag".to_owned(),
    }
}

fn derived() -> DerivedKeys {
    DerivedKeys::from_root(&RootKey::from_slice(&[8; 32]).unwrap()).unwrap()
}

// r[verify sealed-object.record.layout]
// r[verify sealed-object.record.additional-data]
// r[verify sealed-object.record.key]
// r[verify sealed-object.body.context]
// r[verify sealed-object.body.cipher]
// r[verify sealed-object.body.order]
// r[verify sealed-object.parts.table]
#[test]
fn an_item_has_its_layout() {
    let identity = Identity::new("bucket", "key").unwrap();
    let described = Described {
        protection: Protection::SseKms { key_arn: "arn".to_owned(), context: pairs(&[("a", "1")]) },
        blob: vec![9; 3],
        metadata: pairs(&[("m", "")]),
        etag: "tag".to_owned(),
    };
    let whole: &[(u16, &[u8])] = &[(0, b"plaintext")];
    let parts: &[(u16, &[u8])] = &[(1, b"one"), (258, b""), (10_000, b"three")];
    for parts in [whole, parts] {
        let item = seal(&derived(), &identity, parts, described.clone()).unwrap();
        let (mut bodies, mut table) = (Vec::new(), Vec::new());
        table.extend([0, u8::try_from(parts.len()).unwrap()]);
        for ((number, body), salt) in parts.iter().zip(6..) {
            let number = number.to_be_bytes();
            let context = [b"sse-body/1\0", number.as_slice(), b"\0\x06bucket\0\x03key"].concat();
            let label = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0".as_slice();
            let info = [label, &[salt; 24], &context].concat();
            let keys = crate::cipher::expand(&[5; 32], &[&info], 76).unwrap();
            let (keys, commitment) = keys.expose().split_at(44);
            let body_key = WrappingKey::from_slice(&keys[..32]).unwrap();
            let nonce = keys[32..].try_into().unwrap();
            let mut chunk = vec![0; body.len()];
            let cipher = crate::cipher::ChunkCipher::new(&body_key, nonce);
            let tag = cipher.seal(0, body, &mut chunk).unwrap();
            bodies.extend([[salt; 24].as_slice(), commitment, &chunk, &tag].concat());
            let length = u64::try_from(body.len()).unwrap().to_be_bytes();
            table.extend([number.as_slice(), &length, &[salt; 24], commitment].concat());
        }
        assert_eq!(item[..bodies.len()], bodies);

        let (context, metadata) = (b"\0\x08\0\x01\0\x01a\0\x011", b"\0\x07\0\x01\0\x01m\0\0");
        let mode = b"SSEO\x01\x02\0\x03arn".as_slice();
        let clear = [mode, context, b"\0\x03\x09\x09\x09", metadata].concat();
        let record = &item[bodies.len()..item.len() - 4];
        assert_eq!(record[..clear.len()], clear);
        let mut sealed = [b"\0\x03tag", table.as_slice()].concat();
        let record_key = crate::cipher::expand(&[8; 32], &[b"sse-root/1\0record"], 32).unwrap();
        let record_key = WrappingKey::from_slice(record_key.expose()).unwrap();
        let aad = [b"sse-record/1\0\0\x06bucket\0\x03key".as_slice(), &clear].concat();
        let tag = crate::cipher::xaes_seal(&record_key, &[7; 24], &aad, &mut sealed).unwrap();
        let length = u32::try_from(sealed.len()).unwrap().to_be_bytes();
        let rest = [&[7; 24], length.as_slice(), &sealed, &tag].concat();
        assert_eq!(record[clear.len()..], rest);
        let length = u32::try_from(record.len()).unwrap();
        assert_eq!(item[item.len() - 4..], length.to_be_bytes());
    }
}

// r[verify sealed-object.open.strict]
// r[verify sealed-object.open.record-first]
// r[verify sealed-object.open.identity]
// r[verify sealed-object.open.truncation]
// r[verify sealed-object.open.empty]
#[test]
fn every_changed_bit_and_length_of_an_item_is_refused() {
    let identity = Identity::new("bucket", "key").unwrap();
    let cases: [&[(u16, &[u8])]; 3] =
        [&[(0, b"plaintext")], &[(0, b"")], &[(1, b""), (2, b"two"), (4, b"")]];
    for parts in cases {
        let item = seal(&derived(), &identity, parts, under_sse_s3()).unwrap();
        refuses_every_change(&item, &|bytes| open(&identity, 5, bytes, None).map(drop));
        let other = Identity::new("bucket", "kez").unwrap();
        assert_eq!(refused(open(&other, 5, &item, None)), Some(Class::Integrity));
    }
}

// r[verify sealed-object.open.part-moved]
// r[verify sealed-object.body.order]
#[test]
fn a_part_in_the_place_of_another_is_refused() {
    let identity = Identity::new("bucket", "key").unwrap();
    let parts: &[(u16, &[u8])] = &[(1, b"one"), (2, b"two"), (3, b"333")];
    let item = seal(&derived(), &identity, parts, under_sse_s3()).unwrap();
    let body = |index: usize| &item[index * 75..(index + 1) * 75];
    let rest = &item[225..];
    for order in [[0, 2, 1], [1, 0, 2], [0, 0, 2], [0, 1, 1], [2, 2, 2]] {
        let moved = [body(order[0]), body(order[1]), body(order[2]), rest].concat();
        assert_eq!(refused(open(&identity, 5, &moved, None)), Some(Class::Integrity));
    }
    let dropped = [body(0), body(1), rest].concat();
    assert_eq!(refused(open(&identity, 5, &dropped, None)), Some(Class::Integrity));
}

// r[verify sealed-object.parts.numbers]
// r[verify sealed-object.seal.parts]
#[test]
fn a_table_holds_one_whole_body_or_ascending_parts() {
    let identity = Identity::new("bucket", "key").unwrap();
    let sealed = |numbers: &[u16]| {
        let parts: Vec<_> = numbers.iter().map(|number| (*number, b"x".as_slice())).collect();
        refused(seal(&derived(), &identity, &parts, under_sse_s3()))
    };
    for legal in [vec![0], vec![1], vec![10_000], vec![1, 2, 10_000]] {
        assert_eq!(sealed(&legal), None, "{legal:?}");
    }
    let wrong = [vec![], vec![0, 0], vec![0, 1], vec![1, 0], vec![1, 1], vec![2, 1], vec![10_001]];
    for wrong in wrong {
        assert_eq!(sealed(&wrong), Some(Class::InvalidArgument), "{wrong:?}");
    }
    let of_length = |length| {
        let part = SealedPart { number: 1, length, salt: [0; 24], commitment: [0; 32] };
        refused(PartTable::new(vec![part, SealedPart { number: 2, ..part }]))
    };
    assert_eq!(of_length((1 << 51) - 1), None);
    assert_eq!(of_length(1 << 51), Some(Class::EntityTooLarge));
    assert_eq!(of_length(u64::MAX), Some(Class::EntityTooLarge));
}

/// What no sealer writes, sealed by hand.
// r[verify sealed-object.open.strict]
// r[verify sealed-object.parts.numbers]
#[test]
fn an_authentic_record_that_no_sealer_writes_is_refused() {
    let identity = Identity::new("bucket", "key").unwrap();
    let entry = |number: u16, length: u64| {
        [number.to_be_bytes().as_slice(), &length.to_be_bytes(), &[1; 24], &[2; 32]].concat()
    };
    let clear = |mode: u8, arn: &str, context: &[u8]| {
        let arn_length = u8::try_from(arn.len()).unwrap();
        let context_length = u8::try_from(context.len()).unwrap();
        let head = [b"SSEO\x01".as_slice(), &[mode, 0, arn_length], arn.as_bytes()].concat();
        [&head, [0, context_length].as_slice(), context, b"\0\x01b\0\x02\0\0"].concat()
    };
    let open = |clear: &[u8], sealed: &[u8]| {
        let mut sealed = sealed.to_vec();
        let aad = [b"sse-record/1\0\0\x06bucket\0\x03key".as_slice(), clear].concat();
        let tag = crate::cipher::xaes_seal(&key(1), &[7; 24], &aad, &mut sealed).unwrap();
        let length = u32::try_from(sealed.len()).unwrap().to_be_bytes();
        let record = [clear, &[7; 24], &length, &sealed, &tag].concat();
        refused(Record::open(&record, &key(1), &identity))
    };
    let tag = b"\0\x03tag".as_slice();
    let table =
        |count: u16, entries: &[Vec<u8>]| [tag, &count.to_be_bytes(), &entries.concat()].concat();
    let (one, none) = (table(1, &[entry(0, 1)]), b"\0\0".as_slice());
    assert_eq!(open(&clear(1, "", none), &one), None);
    assert_eq!(open(&clear(2, "arn", b"\0\x01\0\x01a\0\0"), &one), None);
    let integrity = Some(Class::Integrity);
    let pair = b"\0\x01\0\x01a\0\0".as_slice();
    for clear in [clear(1, "arn", none), clear(1, "", pair), clear(2, "", none), clear(3, "", none)]
    {
        assert_eq!(open(&clear, &one), integrity);
    }
    let tables = [
        table(0, &[]),
        table(2, &[entry(0, 1)]),
        table(1, &[entry(0, 1), entry(1, 1)]),
        table(2, &[entry(0, 1), entry(1, 1)]),
        table(2, &[entry(2, 1), entry(1, 1)]),
        table(2, &[entry(1, 1), entry(1, 1)]),
        table(1, &[entry(10_001, 1)]),
        table(1, &[entry(0, 1 << 52)]),
        table(2, &[entry(1, u64::MAX), entry(2, 1)]),
        [table(1, &[entry(0, 1)]), vec![0]].concat(),
        [b"\0\0", &one[5..]].concat(),
    ];
    for table in tables {
        assert_eq!(open(&clear(1, "", none), &table), integrity);
    }
}

// r[verify sealed-object.seal.mode-fields]
#[test]
fn a_mode_has_its_own_fields_only() {
    let new = |algorithm, key_arn, context: &[(&str, &str)]| {
        refused(Protection::new(algorithm, key_arn, pairs(context)))
    };
    let invalid = Some(Class::InvalidArgument);
    assert_eq!(new(Algorithm::Aes256, "", &[]), None);
    assert_eq!(new(Algorithm::Aes256, "arn", &[]), invalid);
    assert_eq!(new(Algorithm::Aes256, "", &[("a", "1")]), invalid);
    assert_eq!(new(Algorithm::AwsKms, "arn", &[("a", "1")]), None);
    assert_eq!(new(Algorithm::AwsKms, "", &[]), invalid);
}

// r[verify sealed-object.seal.lengths]
#[test]
fn keys_nonces_and_salts_have_one_length() {
    let invalid = Some(Class::InvalidArgument);
    for length in [0, 23, 25, 31, 33] {
        let bytes = vec![1; length];
        assert_eq!(refused(fixed::<24>(&bytes)), invalid);
        assert_eq!(refused(Dek::from_slice(&bytes)), invalid);
        assert_eq!(refused(RootKey::from_slice(&bytes)), invalid);
        assert_eq!(refused(WrappingKey::from_slice(&bytes)), invalid);
    }
    assert_eq!(fixed(&[1; 24]), Ok([1; 24]));
}

// r[verify sealed-object.open.commitment]
#[test]
fn another_data_key_is_refused_before_any_byte() {
    let identity = Identity::new("bucket", "key").unwrap();
    for parts in [[(0, b"".as_slice())], [(1, b"x".as_slice())]] {
        let item = seal(&derived(), &identity, &parts, under_sse_s3()).unwrap();
        assert_eq!(refused(open(&identity, 6, &item, None)), Some(Class::Integrity));
    }
}

// r[verify sealed-object.open.range]
#[test]
fn ranges_across_parts_are_exact_on_every_boundary() {
    let identity = Identity::new("bucket", "key").unwrap();
    let whole = body(60_000);
    let lengths = [16_384, 0, 1, 16_383, 0, 20_000, 7_232];
    let mut bodies = Vec::new();
    let (mut rest, mut boundaries) = (whole.as_slice(), vec![0]);
    for (length, number) in lengths.into_iter().zip(1..) {
        let (body, after) = rest.split_at(length);
        bodies.push((number, body));
        rest = after;
        boundaries.push(whole.len() - rest.len());
    }
    assert!(rest.is_empty());
    let item = seal(&derived(), &identity, &bodies, under_sse_s3()).unwrap();
    assert!(open(&identity, 5, &item, None).unwrap().1 == whole);
    // The boundaries of parts and of chunks, and the bytes beside them.
    boundaries.extend([32_768 + 16_384, 16_384 + 16_384]);
    let near = |boundary: &usize| [boundary.saturating_sub(1), *boundary, boundary + 1];
    let mut positions: Vec<usize> = boundaries.iter().flat_map(near).collect();
    positions.sort_unstable();
    positions.dedup();
    for first in positions.iter().copied() {
        for last in positions.iter().copied() {
            let range = Range::FromTo {
                first: u64::try_from(first).unwrap(),
                last: u64::try_from(last).unwrap(),
            };
            match open(&identity, 5, &item, Some(range)) {
                Ok((record, bytes)) => {
                    assert_eq!(record.parts.size(), 60_000);
                    assert!(bytes == whole[first..whole.len().min(last + 1)], "{range:?}");
                }
                Err(refused) => {
                    assert_eq!(refused, Refused(Class::InvalidRange));
                    assert!(first > last || first >= whole.len(), "{range:?}");
                }
            }
        }
    }
}

// r[verify sealed-object.open.range]
#[test]
fn a_range_needs_no_other_part() {
    let identity = Identity::new("bucket", "key").unwrap();
    let parts: &[(u16, &[u8])] = &[(1, b"one"), (2, b"two"), (3, b"333")];
    let mut item = seal(&derived(), &identity, parts, under_sse_s3()).unwrap();
    item[0] ^= 1;
    item[2 * 75 + 60] ^= 1;
    let range = Some(Range::FromTo { first: 3, last: 5 });
    assert_eq!(open(&identity, 5, &item, range).unwrap().1, b"two");
    let range = Some(Range::FromTo { first: 2, last: 5 });
    assert_eq!(refused(open(&identity, 5, &item, range)), Some(Class::Integrity));
}

// r[verify sealed-object.control.sealed]
#[test]
fn a_control_item_has_its_layout_and_opens_at_its_place_only() {
    let item = control::seal(&derived().control, ("key", "name"), &[7; 24], b"contents").unwrap();
    let control_key = crate::cipher::expand(&[8; 32], &[b"sse-root/1\0control"], 32).unwrap();
    let control_key = WrappingKey::from_slice(control_key.expose()).unwrap();
    let mut sealed = *b"contents";
    let aad = b"sse-control/1\0\0\x03key\0\x04name";
    let tag = crate::cipher::xaes_seal(&control_key, &[7; 24], aad, &mut sealed).unwrap();
    let expected = [b"SSEC\x01", [7; 24].as_slice(), &[0, 0, 0, 8], &sealed, &tag].concat();
    assert_eq!(item, expected);
    let open = |kind: &str, bytes: &[u8]| {
        control::open(&derived().control, (kind, "name"), bytes).map(drop)
    };
    refuses_every_change(&item, &|bytes| open("key", bytes));
    assert_eq!(refused(open("policy", &item)), Some(Class::Integrity));
}

// r[verify sealed-object.root.zero]
#[test]
fn an_all_zero_root_key_opens_nothing() {
    let zero = RootKey::from_slice(&[0; 32]).unwrap();
    assert_eq!(refused(DerivedKeys::from_root(&zero)), Some(Class::InvalidArgument));
}

// r[verify sealed-object.parts.numbers]
// r[verify sealed-object.open.range]
#[test]
fn ten_thousand_parts_fit_into_one_record() {
    let identity = Identity::new("bucket", "key").unwrap();
    let bodies: Vec<_> = (1..=10_000).map(|number| (number, b"x".as_slice())).collect();
    let item = seal(&derived(), &identity, &bodies, under_sse_s3()).unwrap();
    let (record, bytes) = open(&identity, 5, &item, Some(Range::Last { length: 2 })).unwrap();
    assert_eq!((record.parts.parts().len(), record.parts.size()), (10_000, 10_000));
    assert_eq!(bytes, b"xx");
    // One byte in the last body, which a range elsewhere does not need.
    let mut damaged = item;
    damaged[9_999 * 73 + 56] ^= 1;
    let first = Some(Range::FromTo { first: 0, last: 9_998 });
    assert_eq!(open(&identity, 5, &damaged, first).unwrap().1.len(), 9_999);
    assert_eq!(refused(open(&identity, 5, &damaged, None)), Some(Class::Integrity));
}

// r[verify sealed-object.open.strict]
#[test]
fn a_record_has_1_to_1048576_bytes() {
    let item = |length: u32, claimed: u32| {
        let record = vec![0; usize::try_from(length).unwrap()];
        [record.as_slice(), &claimed.to_be_bytes()].concat()
    };
    let read = |item: &[u8]| read_trailer(&item).map(|(start, record)| (start, record.len()));
    assert_eq!(read(&item(1_048_577, 1_048_576)), Ok((1, 1_048_576)));
    assert_eq!(read(&item(5, 1)), Ok((4, 1)));
    let damaged = Err(Refused(Class::Integrity));
    for (length, claimed) in [(1_048_577, 1_048_577), (5, 0), (5, 6), (5, u32::MAX)] {
        assert_eq!(read(&item(length, claimed)), damaged);
    }
    for length in 0..4 {
        assert_eq!(read(&[0; 4][..length]), damaged);
    }
    let mut out = Vec::new();
    assert_eq!(write_trailer(&vec![0; 1_048_576], &mut out), Ok(()));
    assert_eq!(out.len(), 1_048_580);
    let long = write_trailer(&vec![0; 1_048_577], &mut out);
    assert_eq!(refused(long), Some(Class::InvalidArgument));
}
