//! The conformance suite: it judges any implementation of S3 server-side encryption at rest and
//! names the requirement that is broken (spec/README.md).
//!
//! Write [`target::Store`] and [`target::Kms`], or [`target::World`] itself, for your
//! implementation, and hand it with [`cases::catalogue`] to [`runner::run`]; [`target::serve`]
//! makes a child process of it that speaks the protocol of PROTOCOL.md, by which the program judges
//! implementations in any language.

mod accounting;
pub mod case;
pub mod cases;
pub mod expected;
pub mod glob;
#[cfg(feature = "harness")]
pub mod harness;
pub mod laws;
pub mod matrix;
mod property;
pub mod proposed;
pub mod report;
pub mod runner;
mod sequence;
pub mod session;
pub mod shard;
pub mod target;
pub mod twins;
mod views;
pub mod zoo;

/// The vocabulary in which targets are written.
pub use sse_spec;
/// Bodies of the vocabulary as bytes.
pub use sse_vectors::body;
