//! The sealed body (spec/sealed-object.md, body) beside the bare cipher in place.

use crate::rounds::{Bound, Row, once};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use criterion::{Criterion, Throughput};
use sse_reference::sealed_object::Span;
use sse_reference::sealed_object::body::{BodyCipher, Opener};
use sse_reference::secret::Dek;
use std::cell::RefCell;
use std::hint::black_box;
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

const MIB: usize = 1 << 20;
/// Larger than every cache.
const LARGE: usize = 64 * MIB;
const HALF: usize = LARGE / 2;
const CHUNK: usize = 16_384;
const SEALED_CHUNK: usize = CHUNK + 16;

/// The cipher of nobody's body.
pub(crate) fn bare() -> Aes256Gcm {
    Aes256Gcm::new(&[7; 32].into())
}

pub(crate) fn bare_seal(cipher: &Aes256Gcm, buffer: &mut [u8]) -> [u8; 16] {
    let whole = InOutBuf::from(black_box(buffer));
    cipher.encrypt_inout_detached(&[0; 12].into(), b"", whole).unwrap().into()
}

pub(crate) fn bare_open(cipher: &Aes256Gcm, buffer: &mut [u8], tag: [u8; 16]) {
    let whole = InOutBuf::from(black_box(buffer));
    cipher.decrypt_inout_detached(&[0; 12].into(), b"", whole, &tag.into()).unwrap();
}

fn derive() -> BodyCipher {
    let dek = Dek::from_slice(&[7; 32]).unwrap();
    BodyCipher::derive(&dek, &[7; 24], b"context").unwrap()
}

/// Seals chunk by chunk into the caller's buffer, without the empty chunk at the end.
fn seal_chunks(cipher: &BodyCipher, from: usize, plaintext: &[u8], sealed: &mut [u8]) {
    let chunks = plaintext.chunks(CHUNK).zip(sealed.chunks_mut(SEALED_CHUNK));
    for (index, (chunk, sealed)) in chunks.enumerate() {
        cipher.seal_chunk((from + index).try_into().unwrap(), chunk, sealed).unwrap();
    }
}

fn open_chunks(cipher: &BodyCipher, sealed: &[u8], plaintext: &mut [u8]) {
    let chunks = plaintext.chunks_mut(CHUNK).zip(sealed.chunks(SEALED_CHUNK));
    for (index, (chunk, sealed)) in chunks.enumerate() {
        cipher.open_chunk(index.try_into().unwrap(), sealed, chunk).unwrap();
    }
}

/// The caller's memory as an output that copies.
struct Into<'a>(&'a mut [u8], usize);

impl Write for Into<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0[self.1..self.1 + bytes.len()].copy_from_slice(bytes);
        self.1 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Opens a whole body through the reader and into the writer that the store uses.
fn open_stream(cipher: BodyCipher, sealed: &[u8], out: &mut dyn Write) -> bool {
    let length = u64::try_from(sealed.len()).unwrap();
    let mut opener = Opener::new(cipher, sealed.take(length), 0, Span::WHOLE);
    loop {
        match opener.next_part() {
            Ok(Some(bytes)) => out.write_all(bytes).unwrap(),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Skips the salt and the commitment, so that a buffer of chunks takes the whole stream.
const BODY_HEADER: usize = 56;

pub(crate) fn ratios() {
    let (cipher, ours) = (bare(), derive());
    let plaintext: Vec<u8> = (0_u8..=255).cycle().take(LARGE).collect();
    let mut buffer = plaintext.clone();
    let mut out = vec![0; LARGE];
    // A plaintext of whole chunks ends in an empty one.
    let mut sealed = vec![0; BODY_HEADER + LARGE / CHUNK * SEALED_CHUNK + 16];
    let row = |name, bound| Row { name, base: "bare AES-256-GCM in place", bound, bytes: LARGE };

    let mut bare_seals = || once(|| _ = bare_seal(&cipher, &mut buffer));
    row("seal 64 MiB, chunk by chunk into the caller's buffer", Bound::Speed(0.95))
        .measure(&mut bare_seals, || once(|| seal_chunks(&ours, 0, &plaintext, &mut sealed)));
    row("seal 64 MiB, through std::io", Bound::Speed(0.80)).measure(&mut bare_seals, || {
        once(|| _ = ours.seal(&mut plaintext.as_slice(), &mut Into(&mut sealed, 0)).unwrap())
    });

    let tag = bare_seal(&cipher, &mut buffer);
    let bare_sealed = buffer.clone();
    let mut bare_opens = || {
        buffer.copy_from_slice(&bare_sealed);
        once(|| bare_open(&cipher, &mut buffer, tag))
    };
    let chunks = sealed[BODY_HEADER..].to_vec();
    row("open 64 MiB, chunk by chunk into the caller's buffer", Bound::Speed(0.95))
        .measure(&mut bare_opens, || once(|| open_chunks(&ours, &chunks, &mut out)));
    assert_eq!(out, plaintext);
    row("open 64 MiB, through std::io", Bound::Speed(0.80)).measure(&mut bare_opens, || {
        once(|| assert!(open_stream(derive(), &chunks, &mut Into(&mut out, 0))))
    });

    two_threads(&ours, &plaintext, &mut sealed[BODY_HEADER..]);
    rejection(&chunks);
}

/// Two threads with half of the work each. What two threads are worth depends on the machine, and
/// is shown by the bare cipher; the bound is that sealing loses nothing against it: 1.8 of its 2.
fn two_threads(ours: &BodyCipher, plaintext: &[u8], sealed: &mut [u8]) {
    let (cipher, mut buffer) = (bare(), plaintext.to_vec());
    let buffer = RefCell::new(&mut buffer);
    let halves = || {
        let mut buffer = buffer.borrow_mut();
        let (first, second) = buffer.split_at_mut(HALF);
        side_by_side(|| _ = bare_seal(&cipher, first), || _ = bare_seal(&cipher, second))
    };
    Row {
        name: "bare AES-256-GCM in place, 64 MiB, two threads",
        base: "one thread",
        bound: Bound::None,
        bytes: LARGE,
    }
    .measure(|| once(|| _ = bare_seal(&cipher, &mut buffer.borrow_mut())), halves);

    Row {
        name: "seal 64 MiB, two threads",
        base: "bare AES-256-GCM in place, two threads",
        bound: Bound::Speed(0.9),
        bytes: LARGE,
    }
    .measure(halves, || {
        let (first, second) = sealed.split_at_mut(HALF / CHUNK * SEALED_CHUNK);
        side_by_side(
            || seal_chunks(ours, 0, &plaintext[..HALF], first),
            || seal_chunks(ours, HALF / CHUNK, &plaintext[HALF..], second),
        )
    });
}

fn side_by_side(first: impl FnOnce() + Send, second: impl FnOnce()) -> Duration {
    once(|| {
        thread::scope(|scope| {
            scope.spawn(first);
            second();
        });
    })
}

/// A body whose last chunk was edited, beside the intact one.
fn rejection(chunks: &[u8]) {
    let mut tampered = chunks.to_vec();
    if let Some(byte) = tampered.last_mut() {
        *byte ^= 1;
    }
    let row = Row {
        name: "reject 64 MiB, last chunk edited",
        base: "opening it intact",
        bound: Bound::Cost(1.05),
        bytes: LARGE,
    };
    let intact = || once(|| assert!(open_stream(derive(), chunks, &mut std::io::sink())));
    row.measure(intact, || {
        once(|| assert!(!open_stream(derive(), &tampered, &mut std::io::sink())))
    });
}

pub(crate) fn absolute(criterion: &mut Criterion) {
    let ours = derive();
    for size in [1024, 64 * 1024, 4 * MIB] {
        let plaintext = vec![7; size];
        let mut sealed = Vec::new();
        ours.seal(&mut plaintext.as_slice(), &mut sealed).unwrap();
        let mut group = criterion.benchmark_group(format!("{size} bytes"));
        group.throughput(Throughput::Bytes(size.try_into().unwrap()));
        group.bench_function("seal, keys derived", |bencher| {
            bencher.iter(|| {
                derive().seal(&mut black_box(plaintext.as_slice()), &mut std::io::sink()).unwrap()
            });
        });
        group.bench_function("open, keys derived", |bencher| {
            bencher.iter(|| {
                open_stream(derive(), black_box(&sealed[BODY_HEADER..]), &mut std::io::sink())
            });
        });
        group.finish();
    }
}
