//! Whole objects (spec/sse.md) beside the cryptography that they cannot do without.

use crate::body::{bare, bare_open, bare_seal};
use crate::common::{BUCKET, parts, root_user};
use crate::rounds::{Bound, Row, many, once};
use sse_reference::cipher::{xaes_open, xaes_seal};
use sse_reference::data_key::Identity;
use sse_reference::disk::{Disk, Folder, Memory};
use sse_reference::policy::Caller;
use sse_reference::refusal::Result;
use sse_reference::sealed_object::body::{self, BodyCipher};
use sse_reference::sealed_object::parts::{PartTable, SealedPart};
use sse_reference::sealed_object::record::{Described, Protection, Record};
use sse_reference::sealed_object::{Item, open_object, seal_record};
use sse_reference::secret::{Dek, RootKey, WrappingKey};
use sse_reference::sse::{GetRequest, PutRequest, SseHeaders};
use sse_reference::store::Store;
use sse_spec::{Metadata, Range};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead, Read, Write};

const LARGE: usize = 64 << 20;
const HEADER: usize = body::HEADER_LENGTH;
const SMALL: usize = 1024;
const READER: &str = "arn:aws:iam::111122223333:user/reader";

fn store(disk: impl Disk + 'static) -> Store {
    let root = RootKey::draw(&mut rand::rngs::SysRng).unwrap();
    let mut store = Store::open(parts(disk), &root).unwrap();
    store.create_bucket(&root_user(), BUCKET).unwrap();
    store
}

fn put(sse: SseHeaders) -> PutRequest {
    let (bucket, key) = (BUCKET.to_owned(), "key".to_owned());
    PutRequest { bucket, key, sse, ..PutRequest::default() }
}

fn get() -> GetRequest {
    GetRequest { bucket: BUCKET.to_owned(), key: "key".to_owned(), ..GetRequest::default() }
}

/// The caller's memory.
struct Into<'a>(&'a mut [u8]);

impl Write for Into<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut self.0, bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A large object put into the memory store and got back into the caller's buffer.
fn large() {
    let (mut store, caller) = (store(Memory::default()), root_user());
    let plaintext: Vec<u8> = (0_u8..=255).cycle().take(LARGE).collect();
    let mut out = vec![0; LARGE];
    let (cipher, mut buffer) = (bare(), plaintext.clone());
    let row = Row {
        name: "put and get 64 MiB, memory store, SSE-S3",
        base: "bare AES-256-GCM in place, seal and open",
        bound: Bound::Speed(0.85),
        bytes: 2 * LARGE,
    };
    let base = || {
        once(|| {
            let tag = bare_seal(&cipher, &mut buffer);
            bare_open(&cipher, &mut buffer, tag);
        })
    };
    row.measure(base, || {
        once(|| {
            store.put(&caller, &put(SseHeaders::default()), &mut plaintext.as_slice()).unwrap();
            let got = store.get(&caller, &get(), &mut Into(&mut out)).unwrap();
            assert!(got.aborted.is_none());
        })
    });
    assert_eq!(out, plaintext);
}

/// The same object put into a folder and got back, beside a copy of a file of its size that waits
/// for the disk once. Both lie beside the build, on whatever disk that is.
fn in_folder() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (root_file, copied) = (place.path().join("root-key"), place.path().join("copied"));
    let folder = place.path().join("store");
    let (folder, root) = Folder::init(&folder, &root_file, &mut rand::rngs::SysRng).unwrap();
    let mut store = Store::open(parts(folder), &root).unwrap();
    let caller = root_user();
    store.create_bucket(&caller, BUCKET).unwrap();
    let (plaintext, mut out) = (vec![7; LARGE], vec![0; LARGE]);
    let original = place.path().join("original");
    fs::write(&original, &plaintext).unwrap();
    let row = Row {
        name: "put and get 64 MiB, folder, SSE-S3",
        base: "copying a file of 64 MiB, and one fsync",
        bound: Bound::None,
        bytes: LARGE,
    };
    let copy = || {
        once(|| {
            fs::copy(&original, &copied).unwrap();
            File::open(&copied).unwrap().sync_all().unwrap();
        })
    };
    row.measure(copy, || {
        once(|| {
            store.put(&caller, &put(SseHeaders::default()), &mut plaintext.as_slice()).unwrap();
            let got = store.get(&caller, &get(), &mut Into(&mut out)).unwrap();
            assert!(got.aborted.is_none());
        })
    });
    assert_eq!(out, plaintext);
}

/// What no put and get of a small object under SSE-KMS can do without: the data key wrapped and
/// unwrapped, the keys of the body derived twice, the body sealed and opened.
fn floor(plaintext: &[u8], sealed: &mut Vec<u8>) {
    let (wrapping_key, nonce) = (WrappingKey::from_slice(&[1; 32]).unwrap(), [2; 24]);
    let additional_data = [3; 100];
    let mut dek = [4; 32];
    let tag = xaes_seal(&wrapping_key, &nonce, &additional_data, &mut dek).unwrap();
    let identity = Identity::new(BUCKET, "key").unwrap();
    let context = body::context(0, &identity).unwrap();
    let derive = |dek: &[u8; 32]| {
        BodyCipher::derive(&Dek::from_slice(dek).unwrap(), &[5; 24], &context).unwrap()
    };
    sealed.resize(plaintext.len() + 16, 0);
    derive(&[4; 32]).seal_chunk(0, plaintext, sealed).unwrap();
    xaes_open(&wrapping_key, &nonce, &additional_data, &mut dek, &tag).unwrap();
    let mut opened = [0; SMALL];
    derive(&dek).open_chunk(0, sealed, &mut opened).unwrap();
    black_box(opened);
}

/// A small object under SSE-KMS as a user whom an identity policy allows it: two decisions of the
/// store and two of KMS, the sealed record, two entries of the trail.
fn small() {
    let (mut store, root) = (store(Memory::default()), root_user());
    let key = store.kms().create_key(&root, &Default::default()).unwrap().arn;
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\
         [\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::{BUCKET}/*\",\
         \"Condition\":{{\"Bool\":{{\"aws:SecureTransport\":\"true\"}}}}}},{{\"Effect\":\"Allow\",\
         \"Action\":[\"kms:GenerateDataKey\",\"kms:Decrypt\"],\"Resource\":\"{key}\"}}]}}"
    );
    store.create_principal(&root, None, "reader").unwrap();
    store.put_identity_policy(READER, "all", &policy).unwrap();
    let reader = Caller::from_arn(READER, true).unwrap();
    let sse = SseHeaders {
        algorithm: Some("aws:kms".to_owned()),
        kms_key_id: Some(key),
        ..SseHeaders::default()
    };
    let request = put(sse);
    let (plaintext, mut sealed, mut out) = (vec![7; SMALL], Vec::new(), vec![0; SMALL]);
    let row = Row {
        name: "put and get 1 KiB, memory store, SSE-KMS",
        base: "its wrap, unwrap, key derivations, seal and open alone",
        bound: Bound::Speed(0.45),
        bytes: 0,
    };
    let base = || many(2_000, || floor(&plaintext, &mut sealed));
    row.measure(base, || {
        many(2_000, || {
            store.put(&reader, &request, &mut plaintext.as_slice()).unwrap();
            let got = store.get(&reader, &get(), &mut Into(&mut out)).unwrap();
            assert!(got.aborted.is_none());
        })
    });
}

/// An object of which nothing exists but what a range of one byte may read: the header, the chunk
/// and the record.
struct Sparse {
    header: [u8; HEADER],
    chunk: (u64, Vec<u8>),
    trailer: (u64, Vec<u8>),
}

impl Item for Sparse {
    fn length(&self) -> u64 {
        self.trailer.0 + u64::try_from(self.trailer.1.len()).unwrap()
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>> {
        let (chunk, trailer) = (&self.chunk, &self.trailer);
        let pieces = [(0, &self.header[..]), (chunk.0, &*chunk.1), (trailer.0, &*trailer.1)];
        let mut rest = pieces.iter().filter_map(|(start, bytes)| {
            bytes.get(usize::try_from(from.checked_sub(*start)?).ok()?..)
        });
        let piece = rest.find(|rest| !rest.is_empty()).unwrap();
        Ok(Box::new(piece.take(to - from)))
    }
}

/// One byte in the middle of an object whose last chunk is a long one, so that opening that one too
/// would show.
fn range() {
    let size: u64 = (1 << 30) + 16_383;
    let identity = Identity::new(BUCKET, "key").unwrap();
    let dek = Dek::from_slice(&[4; 32]).unwrap();
    let record_key = WrappingKey::from_slice(&[1; 32]).unwrap();
    let cipher = BodyCipher::derive(&dek, &[5; 24], &body::context(0, &identity).unwrap()).unwrap();
    let index = size / body::CHUNK / 2;
    let (plaintext, mut chunk) = (vec![7; 16_384], vec![0; 16_400]);
    cipher.seal_chunk(index, &plaintext, &mut chunk).unwrap();
    let part =
        SealedPart { number: 0, length: size, salt: [5; 24], commitment: *cipher.commitment() };
    let described = Described {
        protection: Protection::SseS3,
        blob: vec![6; 80],
        metadata: Metadata::new(),
        etag: "e".repeat(32),
    };
    let record = Record { described, parts: PartTable::new(vec![part]).unwrap() };
    let mut trailer = Vec::new();
    seal_record(&record_key, &identity, &[2; 24], &record, &mut trailer).unwrap();
    let mut header = [5; HEADER];
    header[24..].copy_from_slice(cipher.commitment());
    let item = Sparse {
        header,
        chunk: (body::chunk_start(index), chunk.clone()),
        trailer: (body::length(size), trailer),
    };
    let byte = index * body::CHUNK + 5_000;
    let range = Some(Range::FromTo { first: byte, last: byte });
    let row = Row {
        name: "get 1 byte of an object of 1 GiB and 16,383 bytes",
        base: "opening one chunk",
        bound: Bound::Cost(2.0),
        bytes: 0,
    };
    let mut opened = vec![0; 16_384];
    let base = || many(2_000, || cipher.open_chunk(index, &chunk, &mut opened).unwrap());
    row.measure(base, || {
        many(2_000, || {
            let mut out = [0];
            let from: (&dyn Item, _) = (&item, range);
            open_object(&record_key, &identity, &dek, from, &mut out.as_mut_slice()).unwrap();
            assert_eq!(out, [7]);
        })
    });
}

/// Seconds that one put and get take, for `peers.py`.
pub(crate) fn pair(size: usize, count: u32) -> f64 {
    let (mut store, caller, request) =
        (store(Memory::default()), root_user(), put(SseHeaders::default()));
    let (plaintext, mut out) = (vec![7; size], vec![0; size]);
    let mut pair = || {
        store.put(&caller, &request, &mut plaintext.as_slice()).unwrap();
        let got = store.get(&caller, &get(), &mut Into(&mut out)).unwrap();
        assert!(got.aborted.is_none());
    };
    pair();
    many(count, pair).as_secs_f64()
}

pub(crate) fn ratios() {
    large();
    in_folder();
    small();
    range();
}
