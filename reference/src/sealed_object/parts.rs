//! The part table of an object, and the plaintext of its bodies read one after the other
//! (spec/sealed-object.md, record and open).

use super::body::{self, BodyCipher, CHUNK, Commitment, HEADER_LENGTH, MAX_SIZE, Opener, Salt};
use super::{Item, Span, fill};
use crate::cipher;
use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::secret::{Dek, SecretBuffer};
use crate::wire::Reader;
use sse_spec::Class;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::slice;

/// The number of the only part of an object that was put or copied whole.
pub const WHOLE_OBJECT: u16 = 0;
/// The largest number of a part, and of parts.
pub const MAX_PARTS: u16 = 10_000;

/// The facts of one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedPart {
    /// [`WHOLE_OBJECT`], or 1 to [`MAX_PARTS`].
    pub number: u16,
    /// Size of the plaintext in bytes.
    pub length: u64,
    /// Salt of the body.
    pub salt: Salt,
    /// Commitment of the body to its DEK.
    pub commitment: Commitment,
}

impl SealedPart {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.number.to_be_bytes());
        out.extend(self.length.to_be_bytes());
        out.extend(self.salt);
        out.extend(self.commitment);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            number: reader.u16()?,
            length: reader.u64()?,
            salt: reader.array()?,
            commitment: reader.array()?,
        })
    }

    /// Length in bytes of the body.
    #[must_use]
    pub fn body_length(&self) -> u64 {
        body::length(self.length)
    }

    /// The keys of the body that begins at `position` of an item.
    ///
    /// # Errors
    /// `integrity` where the body there is not this one, or the DEK is not the body's.
    pub fn cipher(
        &self,
        (identity, dek): (&Identity, &Dek),
        (item, position): (&dyn Item, u64),
    ) -> Result<BodyCipher> {
        let mut header = [0; HEADER_LENGTH];
        let end = position.saturating_add(body::HEADER);
        fill(&mut *item.read(position, end)?, &mut header)?;
        let cipher = BodyCipher::derive(dek, &self.salt, &body::context(self.number, identity)?)?;
        // r[sealed-object.open.part-moved]
        // r[sealed-object.open.commitment]
        // r[refusal.failure.garbage-data-key]
        let expected = [self.salt.as_slice(), &self.commitment].concat();
        let authentic = cipher::equal(&header, &expected)
            && cipher::equal(cipher.commitment(), &self.commitment);
        if authentic { Ok(cipher) } else { Err(Refused(Class::Integrity)) }
    }
}

/// The parts of an object in their order. There is no table that no object can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartTable(Vec<SealedPart>);

impl PartTable {
    /// Makes a table.
    ///
    /// # Errors
    /// `invalid-argument` for parts that no object has, `entity-too-large` beyond the largest size.
    pub fn new(parts: Vec<SealedPart>) -> Result<Self> {
        // r[sealed-object.parts.numbers]
        // r[sealed-object.seal.parts]
        let whole = matches!(parts.as_slice(), [SealedPart { number: WHOLE_OBJECT, .. }]);
        let numbers = parts.iter().map(|part| part.number);
        let uploaded = !parts.is_empty()
            && numbers.clone().all(|number| (1..=MAX_PARTS).contains(&number))
            && numbers.is_sorted_by(|left, right| left < right);
        if !whole && !uploaded {
            return Err(Refused(Class::InvalidArgument));
        }
        let add = |size: u64, part: &SealedPart| size.checked_add(part.length);
        match parts.iter().try_fold(0, add) {
            Some(size) if size <= MAX_SIZE => Ok(Self(parts)),
            _ => Err(Refused(Class::EntityTooLarge)),
        }
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[SealedPart] {
        &self.0
    }

    /// Size of the object in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.iter().map(|part| part.length).sum()
    }

    /// Length in bytes of all bodies.
    #[must_use]
    pub fn bodies_length(&self) -> u64 {
        self.0.iter().map(SealedPart::body_length).sum()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        // r[sealed-object.parts.table]
        let count = u16::try_from(self.0.len()).map_err(|_| Refused(Class::InvalidArgument))?;
        out.extend(count.to_be_bytes());
        self.0.iter().for_each(|part| part.write(out));
        Ok(())
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let count = reader.u16()?;
        let parts = (0..count).map(|_| SealedPart::read(reader)).collect::<Result<_>>()?;
        Self::new(parts).map_err(|_| Refused(Class::Integrity))
    }
}

/// The plaintext of an object, or a span of it, opened body by body and chunk by chunk. It hands
/// out nothing that is not authenticated, and after the first failure nothing more.
pub struct Plaintext<'a> {
    keys: (&'a Identity, &'a Dek),
    item: &'a dyn Item,
    span: Span,
    /// The parts that were not looked at yet, and where the first of them begins: in the item, and
    /// in the plaintext.
    rest: slice::Iter<'a, SealedPart>,
    position: (u64, u64),
    current: Option<Opener<Box<dyn BufRead + 'a>>>,
    failed: Option<Refused>,
}

impl<'a> Plaintext<'a> {
    pub(super) fn new(
        keys: (&'a Identity, &'a Dek),
        parts: &'a PartTable,
        item: &'a dyn Item,
        span: Span,
    ) -> Self {
        let (rest, position) = (parts.0.iter(), (0, 0));
        Self { keys, item, span, rest, position, current: None, failed: None }
    }

    /// The next bytes of the span; `None` after the last of them.
    ///
    /// # Errors
    /// `integrity` where a body or a chunk is not authentic or the DEK is another one,
    /// `unavailable` where the disk fails; the same again on every later call.
    pub fn next_part(&mut self) -> Result<Option<&[u8]>> {
        if let Some(refused) = self.failed {
            return Err(refused);
        }
        while self.current.as_ref().is_none_or(Opener::is_finished) {
            let next = self.next_body().inspect_err(|refused| self.failed = Some(*refused))?;
            if next.is_none() {
                return Ok(None);
            }
            self.current = next;
        }
        // The opener remembers its own failure.
        self.current.as_mut().map_or(Ok(None), Opener::next_part)
    }

    /// Begins the next body that the span touches; of the whole object, every body.
    fn next_body(&mut self) -> Result<Option<Opener<Box<dyn BufRead + 'a>>>> {
        for part in self.rest.by_ref() {
            let (body, start) = self.position;
            let (body_end, end) = (body + part.body_length(), start + part.length);
            self.position = (body_end, end);
            let touched = self.span.start < end && start < self.span.end;
            if !touched && self.span != Span::WHOLE {
                continue;
            }
            // The span as this body sees it.
            let span = Span {
                start: self.span.start.saturating_sub(start),
                end: self.span.end.saturating_sub(start),
            };
            let cipher = part.cipher(self.keys, (self.item, body))?;
            let first = span.start / CHUNK;
            let chunks = body + body::chunk_start(first);
            let source = self.item.read(chunks, body_end)?.take(body_end.saturating_sub(chunks));
            return Ok(Some(Opener::new(cipher, source, first, span)));
        }
        Ok(None)
    }
}

impl fmt::Debug for Plaintext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plaintext").field("span", &self.span).finish_non_exhaustive()
    }
}

/// A plaintext as a reader, for what is encrypted anew. An error of it holds the refusal.
#[derive(Debug)]
pub struct PlaintextReader<'a> {
    plaintext: Plaintext<'a>,
    chunk: SecretBuffer,
    taken: usize,
}

impl<'a> PlaintextReader<'a> {
    /// Reads the plaintext from where it stands.
    #[must_use]
    pub fn new(plaintext: Plaintext<'a>) -> Self {
        Self { plaintext, chunk: SecretBuffer::zeroed(0), taken: 0 }
    }
}

impl Read for PlaintextReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.chunk.expose().len() {
            match self.plaintext.next_part().map_err(io::Error::other)? {
                Some(bytes) => self.chunk = SecretBuffer::copy_of(bytes),
                None => return Ok(0),
            }
            self.taken = 0;
        }
        let mut rest = self.chunk.expose().get(self.taken..).unwrap_or_default();
        let count = Read::read(&mut rest, buffer)?;
        self.taken += count;
        Ok(count)
    }
}
