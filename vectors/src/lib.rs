//! The vectors of S3 server-side encryption at rest: the data, its strict types and the one
//! matcher, as spec/README.md and the documents beside it define them.
//!
//! The JSON under `data/` is the product; this crate embeds it, reads it and judges replies by it.
//! A consumer of the data compiles serde and SHA-256 and nothing else.

pub mod body;
#[cfg(feature = "builder")]
pub mod builder;
pub mod byte_exact;
pub mod corpus;
mod index;
pub mod matcher;
#[cfg(feature = "builder")]
pub mod oracle;
pub mod scenario;
pub mod symbols;
#[cfg(feature = "builder")]
pub mod tables;
