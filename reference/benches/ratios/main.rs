//! What the reference costs beside the bare cipher, a copied file, or a part of itself, measured in
//! the same run (CONTRIBUTING.md, speed). `cargo xtask bench` prints the ratios in one table;
//! `cargo bench -p sse-reference` lets criterion measure the absolute rates.
#![expect(clippy::unwrap_used, reason = "a bench that cannot do its work has failed")]
#![expect(clippy::indexing_slicing, reason = "buffers of lengths that stand beside them")]

mod body;
mod object;
mod rounds;

use criterion::{Criterion, criterion_group};

fn absolute(criterion: &mut Criterion) {
    body::absolute(criterion);
}

criterion_group!(benches, absolute);

fn main() {
    // What `cargo xtask bench` asks for.
    if std::env::args().any(|argument| argument == "--ratios") {
        body::ratios();
        object::ratios();
    } else {
        benches();
    }
}
