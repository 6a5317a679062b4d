//! Bends of requests on the store, around the world: what comes in, what goes out, what is
//! recorded; the bends inside stand in `world/store.rs`.

mod outcome;
mod request;
mod trail;

pub(super) use outcome::{refused, reply};
pub(super) use request::request;
pub(super) use trail::trail;

use super::malleable::Malleable;
use super::switch::Switch;
use sse_spec::{Algorithm, EncryptionRule};
use sse_vectors::oracle::{Object, State, Stored};

/// Whether the switch is set; asking is reaching the bent step.
fn bent(options: &Malleable, switch: Switch) -> bool {
    let set = options.switch == Some(switch);
    if set {
        options.witness.reach();
    }
    set
}

/// The default of a bucket, where it is SSE-KMS.
fn kms_default<'a>(state: &'a State, bucket: &str) -> Option<&'a EncryptionRule> {
    let rule = state.buckets.get(bucket)?.encryption.as_ref()?;
    Some(rule).filter(|rule| rule.algorithm == "aws:kms")
}

/// An object whose description is authentic.
fn object<'a>(state: &'a State, bucket: &str, key: &str) -> Option<&'a Object> {
    match state.objects.get(&(bucket.to_owned(), key.to_owned()))? {
        Stored::Sound(object) => Some(object),
        Stored::Damaged => None,
    }
}

/// The name of an algorithm.
fn word(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Aes256 => "AES256",
        Algorithm::AwsKms => "aws:kms",
    }
}
