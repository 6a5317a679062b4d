//! Where the bytes of an object go that a child sends in chunks.

use crate::target::Failure;
use sse_spec::{Bytes, Delivery, GetObjectReply};
use std::io::Write;

/// The longest body that is kept in memory.
const KEPT: u64 = 1 << 30;
/// The longest body that passes through.
const STREAMED: u64 = 5 << 30;

/// Where bytes go.
pub(super) struct Sink<'a> {
    kept: Vec<u8>,
    /// Where they pass through; kept where there is nothing.
    out: Option<&'a mut dyn Write>,
    error: Option<std::io::Error>,
    taken: u64,
    begun: bool,
}

impl<'a> Sink<'a> {
    /// Keeps the bytes.
    pub(super) fn keep() -> Self {
        Self { kept: Vec::new(), out: None, error: None, taken: 0, begun: false }
    }

    /// Passes the bytes on.
    pub(super) fn stream(out: &'a mut dyn Write) -> Self {
        Self { out: Some(out), ..Self::keep() }
    }

    /// How many bytes came.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether a chunk came.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    /// How many bytes may come.
    pub(super) fn most(&self) -> u64 {
        if self.out.is_some() { STREAMED } else { KEPT }
    }

    /// Takes a chunk. A sink that fails is told to the caller at the end, so that the child is
    /// heard out.
    pub(super) fn take(&mut self, chunk: Bytes) {
        self.begun = true;
        self.taken += chunk.0.len() as u64;
        match &mut self.out {
            None if self.kept.is_empty() => self.kept = chunk.0,
            None => self.kept.extend_from_slice(&chunk.0),
            Some(out) => {
                if self.error.is_none() {
                    self.error = out.write_all(&chunk.0).err();
                }
            }
        }
    }

    /// Gives a reply its bytes: all of them, or none where they passed through.
    pub(super) fn finish(mut self, reply: &mut GetObjectReply) -> Result<(), Failure> {
        let (Delivery::Complete(bytes) | Delivery::Aborted { prefix: bytes, .. }) =
            &mut reply.delivery;
        if self.out.is_none() && !self.begun {
            return Ok(());
        }
        let last = std::mem::take(bytes);
        self.take(last);
        *bytes = Bytes(self.kept);
        match self.error {
            None => Ok(()),
            Some(error) => Err(Failure::Broken(format!("the sink failed: {error}"))),
        }
    }
}
