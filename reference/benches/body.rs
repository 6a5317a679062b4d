//! Throughput of the sealed body beside the bare cipher of the same run; only ratios mean anything
//! (spec/sealed-object.md, body). Run with `cargo bench -p sse-reference`.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sse_reference::sealed_object::body::BodyCipher;
use sse_reference::secret::Dek;
use std::hint::black_box;
use std::io;

fn body(criterion: &mut Criterion) {
    for size in [1024, 64 * 1024, 4 * 1024 * 1024] {
        let mut group = criterion.benchmark_group(format!("seal {size} bytes"));
        group.throughput(Throughput::Bytes(size as u64));
        let mut buffer = vec![7; size];
        let cipher = Aes256Gcm::new(&[7; 32].into());
        group.bench_function("bare AES-256-GCM in place", |bencher| {
            bencher.iter(|| {
                let whole = InOutBuf::from(black_box(buffer.as_mut_slice()));
                cipher.encrypt_inout_detached(&[0; 12].into(), b"", whole)
            });
        });
        let plaintext = vec![7; size];
        group.bench_function("body, key derivation included", |bencher| {
            bencher.iter(|| {
                let dek = Dek::from_slice(&[7; 32])?;
                let cipher = BodyCipher::derive(&dek, &[7; 24], b"context")?;
                cipher.seal(&mut black_box(plaintext.as_slice()), &mut io::sink())
            });
        });
        group.finish();
    }
}

criterion_group!(benches, body);
criterion_main!(benches);
