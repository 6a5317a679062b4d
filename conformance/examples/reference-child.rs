//! The reference as a child that speaks the protocol: what an adapter in Rust comes to.

use sse_conformance::target::{reference, serve};
use std::io::{stdin, stdout};

fn main() -> std::io::Result<()> {
    serve(&reference::target(), stdin().lock(), stdout().lock())
}
