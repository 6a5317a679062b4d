//! What the reference costs beside the bare cipher, a copied file, or a part of itself, measured in
//! the same run (CONTRIBUTING.md, speed). `cargo xtask bench` prints the ratios in one table;
//! `cargo bench -p sse-reference` lets criterion measure the absolute rates.
#![expect(clippy::unwrap_used, reason = "a bench that cannot do its work has failed")]
#![expect(clippy::indexing_slicing, reason = "buffers of lengths that stand beside them")]

mod body;
#[path = "../../tests/common/mod.rs"]
mod common;
mod object;
mod rounds;

use std::process::Command;

use criterion::{Criterion, criterion_group};

fn absolute(criterion: &mut Criterion) {
    body::absolute(criterion);
}

criterion_group!(benches, absolute);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // What `cargo xtask bench` asks for; cargo adds `--bench`.
        ["--ratios", ..] => {
            body::ratios();
            object::ratios();
        }
        // `cargo xtask bench peers`: the script asks this program in turn with the others.
        ["--peers", python, script, ..] => {
            let own = std::env::current_exe().unwrap();
            assert!(Command::new(python).arg(script).arg(own).status().unwrap().success());
        }
        ["--pair", size, count] => {
            println!("{}", object::pair(size.parse().unwrap(), count.parse().unwrap()));
        }
        _ => benches(),
    }
}
