//! The body of an object: C2SP chunked-encryption in the instance Cobblestone-256, streamed
//! (spec/sealed-object.md, body).

use super::{Span, fill};
use crate::cipher::{self, AuthTag, CHUNK_NONCE_LENGTH, ChunkCipher, TAG_LENGTH};
use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::secret::{Dek, SecretBuffer, WrappingKey};
use crate::wire::Reader;
use sse_spec::Class;
use std::io::{self, BufRead, Read, Take, Write};

/// Length in bytes of the salt of a body.
pub const SALT_LENGTH: usize = 24;
/// Length in bytes of the commitment to the DEK.
pub const COMMITMENT_LENGTH: usize = 32;
/// Length in bytes of salt and commitment.
pub const HEADER_LENGTH: usize = SALT_LENGTH + COMMITMENT_LENGTH;
/// Length in bytes of the plaintext of every chunk but the last.
pub const CHUNK: u64 = 16_384;
/// Largest size in bytes of an object.
pub const MAX_SIZE: u64 = (1 << 52) - 1;

/// Salt and commitment again, as a part of lengths at rest.
pub(crate) const HEADER: u64 = 56;

/// The salt of one body.
pub type Salt = [u8; SALT_LENGTH];
/// The commitment of one body to its DEK.
pub type Commitment = [u8; COMMITMENT_LENGTH];

const CHUNK_LENGTH: usize = 16_384;
/// Length in bytes of every chunk in a body but the last.
pub(crate) const SEALED_CHUNK_LENGTH: usize = CHUNK_LENGTH + TAG_LENGTH;
const TAG: u64 = 16;
const SUITE: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
const CONTEXT_LABEL: &[u8] = b"sse-body/1\0";

/// The context of a body: immutable identity only, so that a new wrap of the DEK never needs a new
/// body.
///
/// # Errors
/// As [`Identity::bytes`].
pub fn context(part_number: u16, identity: &Identity) -> Result<Vec<u8>> {
    // r[sealed-object.body.context]
    // r[sealed-object.open.identity]
    Ok([CONTEXT_LABEL, &part_number.to_be_bytes(), &identity.bytes()?].concat())
}

/// Length in bytes of a body of `size` bytes of plaintext.
#[must_use]
pub fn length(size: u64) -> u64 {
    HEADER.saturating_add(size).saturating_add(TAG.saturating_mul(size / CHUNK + 1))
}

/// Position of chunk `index` in a body.
#[must_use]
pub fn chunk_start(index: u64) -> u64 {
    HEADER.saturating_add(index.saturating_mul(CHUNK + TAG))
}

/// The keys of one body, derived from DEK, salt and context.
#[derive(Debug)]
pub struct BodyCipher {
    chunks: ChunkCipher,
    salt: Salt,
    commitment: Commitment,
}

impl BodyCipher {
    /// Derives them.
    ///
    /// # Errors
    /// None that can happen: every length is fixed.
    pub fn derive(dek: &Dek, salt: &Salt, context: &[u8]) -> Result<Self> {
        let length = 32 + CHUNK_NONCE_LENGTH + COMMITMENT_LENGTH;
        let derived = cipher::expand(dek.expose(), &[SUITE, salt, context], length)?;
        let mut reader = Reader::new(derived.expose());
        let key = WrappingKey::from_slice(reader.take(32)?)?;
        let chunks = ChunkCipher::new(&key, reader.array()?);
        Ok(Self { chunks, salt: *salt, commitment: reader.array()? })
    }

    /// The commitment to the DEK that stands in front of the chunks.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// Encrypts chunk `index` of a plaintext; `sealed` is a tag longer than `chunk`, which is whole
    /// unless it is the last.
    ///
    /// # Errors
    /// `invalid-argument` for other lengths.
    pub fn seal_chunk(&self, index: u64, chunk: &[u8], sealed: &mut [u8]) -> Result<()> {
        let split = sealed.split_at_mut_checked(chunk.len());
        let (bytes, tag) = split.ok_or(Refused(Class::InvalidArgument))?;
        let tag: &mut AuthTag = tag.try_into().map_err(|_| Refused(Class::InvalidArgument))?;
        // Encrypted on its way: what is written next is never plaintext.
        // r[sse.at-rest.no-plaintext]
        // r[sse.at-rest.before-writing]
        *tag = self.chunks.seal(index, chunk, bytes)?;
        Ok(())
    }

    /// Decrypts chunk `index` of a body; `chunk` is a tag shorter than `sealed`.
    ///
    /// # Errors
    /// `integrity` where the chunk is not authentic or a length is another one; nothing is written.
    pub fn open_chunk(&self, index: u64, sealed: &[u8], chunk: &mut [u8]) -> Result<()> {
        let (bytes, tag) = sealed.split_last_chunk().ok_or(Refused(Class::Integrity))?;
        // r[sealed-object.open.chunk]
        // r[sealed-object.open.empty]
        // r[sse.tamper.refused]
        self.chunks.open(index, (bytes, tag), chunk)
    }

    /// Encrypts a stream, and returns the size of its plaintext.
    ///
    /// # Errors
    /// Where the plaintext ends in an error, the refusal that it holds, or `invalid-request`;
    /// `entity-too-large` beyond the largest size, `unavailable` where the output fails.
    pub fn seal(&self, plaintext: &mut dyn Read, out: &mut dyn Write) -> Result<u64> {
        out.write_all(&self.salt)?;
        out.write_all(&self.commitment)?;
        let mut buffer = SecretBuffer::zeroed(CHUNK_LENGTH);
        let mut sealed = vec![0; SEALED_CHUNK_LENGTH];
        let mut size = 0_u64;
        for index in 0_u64.. {
            let filled = read_full(plaintext, buffer.expose_mut()).map_err(|error| {
                // A copy reads what it has to authenticate; any other body comes from a client.
                error.downcast().unwrap_or(Refused(Class::InvalidRequest))
            })?;
            size = u64::try_from(filled).ok().and_then(|n| size.checked_add(n)).unwrap_or(u64::MAX);
            if size > MAX_SIZE {
                return Err(Refused(Class::EntityTooLarge));
            }
            let (chunk, _) = buffer.expose().split_at(filled);
            let (sealed, _) = sealed.split_at_mut(filled + TAG_LENGTH);
            self.seal_chunk(index, chunk, sealed)?;
            out.write_all(sealed)?;
            // A short chunk is the last one, so a plaintext of whole chunks ends in an empty one.
            if filled < CHUNK_LENGTH {
                break;
            }
        }
        Ok(size)
    }
}

/// Decrypts chunk by chunk. It hands out nothing that is not authenticated, and after the first
/// failure nothing more.
#[derive(Debug)]
pub struct Opener<R> {
    cipher: BodyCipher,
    source: Take<R>,
    index: u64,
    span: Span,
    state: State,
    /// The chunk that the source does not lend in one piece.
    collected: Vec<u8>,
    chunk: SecretBuffer,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Reading,
    Finished,
    Failed(Refused),
}

impl<R: BufRead> Opener<R> {
    /// Starts at chunk `index`, where `source` stands, and ends behind the last byte of `span`. The
    /// limit of `source` is the end of the body.
    #[must_use]
    pub fn new(cipher: BodyCipher, source: Take<R>, index: u64, span: Span) -> Self {
        let (collected, chunk) = (Vec::new(), SecretBuffer::zeroed(0));
        Self { cipher, source, index, span, state: State::Reading, collected, chunk }
    }

    /// Whether the last bytes of the span were handed out.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// The next bytes of the span; `None` after the last of them.
    ///
    /// # Errors
    /// `integrity` where a chunk does not authenticate or the last one is missing, `unavailable`
    /// where the source fails; the same again on every later call.
    pub fn next_part(&mut self) -> Result<Option<&[u8]>> {
        match self.state {
            State::Failed(refused) => return Err(refused),
            State::Finished => return Ok(None),
            State::Reading => {}
        }
        match self.open_next() {
            Ok((from, to)) => Ok(self.chunk.expose().get(from..to)),
            Err(refused) => {
                // r[sse.get.never-partial]
                self.state = State::Failed(refused);
                Err(refused)
            }
        }
    }

    /// Opens one chunk, and returns which part of the buffer belongs to the span.
    fn open_next(&mut self) -> Result<(usize, usize)> {
        let damaged = Refused(Class::Integrity);
        let left = usize::try_from(self.source.limit()).unwrap_or(usize::MAX);
        let sealed_length = left.min(SEALED_CHUNK_LENGTH);
        // A missing last chunk shows here: a full chunk is never the last one.
        let length = sealed_length.checked_sub(TAG_LENGTH).ok_or(damaged)?;
        // The first chunk is the longest.
        if self.chunk.expose().len() < length {
            self.chunk = SecretBuffer::zeroed(length);
        }
        let (chunk, _) = self.chunk.expose_mut().split_at_mut(length);
        let lent = match self.source.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            bytes => bytes?.get(..sealed_length),
        };
        if let Some(sealed) = lent {
            self.cipher.open_chunk(self.index, sealed, chunk)?;
            self.source.consume(sealed_length);
        } else {
            self.collected.resize(sealed_length, 0);
            fill(&mut self.source, &mut self.collected)?;
            self.cipher.open_chunk(self.index, &self.collected, chunk)?;
        }

        let start = self.index.saturating_mul(CHUNK);
        let position = |byte: u64| usize::try_from(byte.saturating_sub(start)).unwrap_or(length);
        let part = (position(self.span.start).min(length), position(self.span.end).min(length));
        self.index = self.index.saturating_add(1);
        let next_start = self.index.saturating_mul(CHUNK);
        // A range may end before the last chunk; the whole always ends with it.
        if length < CHUNK_LENGTH || self.span.end <= next_start {
            self.state = State::Finished;
        }
        Ok(part)
    }
}

/// Reads until the buffer is full or the source ends; returns how much was read.
///
/// # Errors
/// The source's.
pub fn read_full(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests;
