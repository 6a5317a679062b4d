//! The reference implementation of S3 server-side encryption at rest: SSE-S3, SSE-KMS, and the key
//! management service beside them, exactly as the documents of `spec/` say and nothing more.
//!
//! Read it from the inside out: [`encryption_context`] and [`data_key`] (what is bound and
//! wrapped), [`sealed_object`] (the bytes at rest), [`kms`] (one order of checks),
//! [`sse`] (put, get, copy, uploads, buckets), [`store`] (opening from what lies at rest), and
//! [`disk::folder`] (a crash leaves each change made or not made).
#![forbid(unsafe_code)]

pub mod alias;
pub mod audit;
pub mod cipher;
pub mod data_key;
pub mod disk;
pub mod encryption_context;
pub mod environment;
pub mod key;
pub mod kms;
pub mod policy;
pub mod principal;
pub mod random;
pub mod refusal;
pub mod rotation;
pub mod sealed_object;
pub mod secret;
pub mod sse;
pub mod store;
#[cfg(test)]
mod tests;
mod wire;
