//! A vector before its answer is known, and the drawn bytes that all of them use.

use crate::builder::cipher::sha256;
use sse_spec::{Class, EncryptionContext, Operation};

/// A request with what is expected of it.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) requirements: Vec<String>,
    pub(super) comment: String,
    pub(super) flags: Vec<String>,
    pub(super) twin: Option<String>,
    pub(super) request: Operation,
    pub(super) refusal: Option<Class>,
}

impl Draft {
    /// A vector that ends with a reply.
    pub(super) fn new(
        id: &str,
        requirements: &[&str],
        comment: impl Into<String>,
        request: impl Into<Operation>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
            comment: comment.into(),
            flags: Vec::new(),
            twin: None,
            request: request.into(),
            refusal: None,
        }
    }

    /// Marks what kind of fault the vector looks for.
    pub(super) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// A vector that ends with a refusal, where `twin` ends with a reply.
    pub(super) fn refused(mut self, twin: &str, class: Class) -> Self {
        self.twin = Some(twin.to_owned());
        self.refusal = Some(class);
        self
    }
}

/// The first N bytes of SHA-256("sse-vectors/1" || 0x00 || label || 0x00 || name).
pub(super) fn draw<const N: usize>(label: &str, name: &str) -> [u8; N] {
    let digest = sha256(&[b"sse-vectors/1\0", label.as_bytes(), b"\0", name.as_bytes()]);
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(digest) {
        *to = from;
    }
    out
}

/// 16 drawn bytes as a UUID.
pub(super) fn draw_uuid(label: &str, name: &str) -> String {
    let mut text = String::new();
    for (index, byte) in draw::<16>(label, name).iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&hex::encode([*byte]));
    }
    text
}

/// Pairs as a map.
pub(super) fn map(pairs: &[(&str, &str)]) -> EncryptionContext {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// `bytes` with the lowest bit of the byte at `at` flipped; `None` where there is no such byte.
pub(super) fn flipped(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    *out.get_mut(at)? ^= 1;
    Some(out)
}
