//! What a put and a get of a large object need of memory, whatever its size
//! (spec/sse/durability.md, streaming).
//!
//! `SSE_MEMORY_MIB=4096 cargo test --release -p sse-reference --test memory` takes 4 GiB, which it
//! needs as room on the disk. The test is alone in its process, whose memory it looks at.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod common;

use common::{BUCKET, parts, root_user};
use sse_reference::disk::Folder;
use sse_reference::sse::{GetRequest, PutRequest};
use sse_reference::store::Store;
use sse_spec::Range;
use std::io::{self, Read, Write};
use std::time::Instant;

/// Bytes without end, which need no room.
struct Ramp(u64);

impl Read for Ramp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.0.to_le_bytes()[0] ^ self.0.to_le_bytes()[2];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

/// Compares with the same bytes what is written to it, and counts.
struct Compare(Ramp, Vec<u8>);

impl Write for Compare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.resize(bytes.len(), 0);
        self.0.read_exact(&mut self.1)?;
        assert!(self.1 == bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory that the process ever had, in KiB.
fn peak() -> u64 {
    number("/proc/self/status", "VmHWM:")
}

/// How many bytes the process has read.
fn read() -> u64 {
    number("/proc/self/io", "rchar:")
}

fn number(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

// r[verify sse.durability.streamed]
#[test]
fn a_large_object_needs_little_memory() {
    let mib: u64 = std::env::var("SSE_MEMORY_MIB").map_or(256, |mib| mib.parse().unwrap());
    let (size, path) = (mib << 20, tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    let (store, key) = (path.path().join("store"), path.path().join("root.key"));
    let (folder, root) = Folder::init(&store, &key, &mut rand::rngs::SysRng).unwrap();
    let mut store = Store::open(parts(folder), &root).unwrap();
    let caller = root_user();
    store.create_bucket(&caller, BUCKET).unwrap();
    let before = peak();
    let (bucket, key) = (BUCKET.to_owned(), "key".to_owned());
    let request = PutRequest { bucket: bucket.clone(), key: key.clone(), ..Default::default() };
    let start = Instant::now();
    store.put(&caller, &request, &mut Ramp(0).take(size)).unwrap();
    let put = start.elapsed();
    let mut request = GetRequest { bucket, key, ..Default::default() };
    let mut out = Compare(Ramp(0), Vec::new());
    let got = store.get(&caller, &request, &mut out).unwrap();
    assert_eq!((got.aborted, out.0.0), (None, size));
    let both = start.elapsed();
    // A range at the end opens the chunks that hold it.
    let (first, already) = (size - 20_000, read());
    request.range = Some(Range::From { first });
    let mut out = Compare(Ramp(first), Vec::new());
    store.get(&caller, &request, &mut out).unwrap();
    assert_eq!(out.0.0, size);
    assert!(read() - already < 100_000);
    let grown = peak() - before;
    println!("{mib} MiB: put {put:?}, put and get {both:?}, {grown} KiB above {before} KiB");
    assert!(grown <= 16 << 10);
}
