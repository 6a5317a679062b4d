//! The bytes of an object at rest, body then record then record length, and the keys that are
//! derived from the root for what lies at rest (spec/sealed-object.md).

pub mod body;
pub mod control;
pub mod record;

use crate::cipher;
use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::secret::{Dek, RootKey, WrappingKey};
use body::{BodyCipher, HEADER_LENGTH, Opener};
use record::Record;
use sse_spec::{Class, Range};
use std::io::{Read, Write};

const ROOT_LABEL: &[u8] = b"sse-root/1\0";
const MAX_RECORD: usize = 32_768;
const RECORD_LENGTH_LENGTH: u64 = 4;

/// The keys of two purposes, derived from the root key. The root itself is not kept.
#[derive(Debug)]
pub struct DerivedKeys {
    /// Seals the records of objects.
    pub record: WrappingKey,
    /// Seals control items.
    pub control: WrappingKey,
}

impl DerivedKeys {
    /// Derives both keys.
    ///
    /// # Errors
    /// `invalid-argument` for an all-zero root key.
    pub fn from_root(root: &RootKey) -> Result<Self> {
        // r[sealed-object.root.zero]
        if cipher::equal(root.expose(), &[0; 32]) {
            return Err(Refused(Class::InvalidArgument));
        }
        // r[sealed-object.record.key]
        let derive = |purpose: &[u8]| {
            let key = cipher::expand(root.expose(), &[ROOT_LABEL, purpose], 32)?;
            WrappingKey::from_slice(key.expose())
        };
        Ok(Self { record: derive(b"record")?, control: derive(b"control")? })
    }
}

/// The facts of a body that its record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedBody {
    /// Size of the plaintext in bytes.
    pub size: u64,
    /// Salt of the body.
    pub salt: [u8; body::SALT_LENGTH],
    /// Commitment of the body.
    pub commitment: [u8; body::COMMITMENT_LENGTH],
}

/// Writes the body of an item, from front to back and in constant memory.
///
/// The salt does not repeat under the DEK because a DEK encrypts one body only.
///
/// # Errors
/// As [`BodyCipher::seal`].
pub fn seal_body(
    identity: &Identity,
    dek: &Dek,
    salt: [u8; body::SALT_LENGTH],
    plaintext: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<SealedBody> {
    // r[sealed-object.body.cipher]
    // r[sealed-object.body.salt-fresh]
    let cipher = BodyCipher::derive(dek, &salt, &body::context(identity)?)?;
    let size = cipher.seal(plaintext, out)?;
    Ok(SealedBody { size, salt, commitment: *cipher.commitment() })
}

/// Writes the rest of an item, its record and the record's length, behind the body.
///
/// # Errors
/// `invalid-argument` where a field is beyond its limits, `unavailable` where the output fails.
pub fn seal_record(
    record_key: &WrappingKey,
    identity: &Identity,
    nonce: &cipher::WrapNonce,
    record: &Record,
    out: &mut dyn Write,
) -> Result<()> {
    let record = record.seal(record_key, identity, nonce)?;
    let length = u32::try_from(record.len()).map_err(|_| Refused(Class::InvalidArgument))?;
    out.write_all(&record)?;
    out.write_all(&length.to_be_bytes())?;
    Ok(())
}

/// An item at rest that can be read at any position.
pub trait Item {
    /// Its length in bytes.
    fn length(&self) -> u64;

    /// Reads the bytes from `from` to before `to`.
    ///
    /// # Errors
    /// `unavailable` where the disk fails.
    fn read(&self, from: u64, to: u64) -> Result<Box<dyn Read + '_>>;
}

impl Item for &[u8] {
    fn length(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn Read + '_>> {
        let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let part = bounds.and_then(|(from, to)| self.get(from..to));
        Ok(Box::new(part.ok_or(Refused(Class::Integrity))?))
    }
}

/// Opens the record of an item, and checks that the body behind it is the one it describes.
///
/// # Errors
/// `integrity` for every item that was not written for this object.
pub fn open_record(
    record_key: &WrappingKey,
    identity: &Identity,
    item: &dyn Item,
) -> Result<Record> {
    let damaged = Refused(Class::Integrity);
    // r[sealed-object.open.strict]
    let end = item.length().checked_sub(RECORD_LENGTH_LENGTH).ok_or(damaged)?;
    let mut length = [0; 4];
    fill(&mut *item.read(end, item.length())?, &mut length)?;
    let length = u32::from_be_bytes(length);
    let body_length = end.checked_sub(u64::from(length)).ok_or(damaged)?;
    let length = usize::try_from(length).map_err(|_| damaged)?;
    if !(1..=MAX_RECORD).contains(&length) {
        return Err(damaged);
    }
    let mut bytes = vec![0; length];
    fill(&mut *item.read(body_length, end)?, &mut bytes)?;
    // r[sealed-object.open.record-first]
    let record = Record::open(&bytes, record_key, identity)?;

    // r[sealed-object.open.truncation]
    if body_length != body::length(record.body.size) {
        return Err(damaged);
    }
    let mut header = [0; HEADER_LENGTH];
    let header_length = u64::try_from(HEADER_LENGTH).map_err(|_| damaged)?;
    fill(&mut *item.read(0, header_length)?, &mut header)?;
    if !cipher::equal(&header, &[record.body.salt.as_slice(), &record.body.commitment].concat()) {
        return Err(damaged);
    }
    Ok(record)
}

/// Opens the body of an item whose record was opened, whole or a range of it.
///
/// # Errors
/// `integrity` where the DEK is not the body's.
pub fn open_body<'a>(
    identity: &Identity,
    record: &Record,
    dek: &Dek,
    item: &'a dyn Item,
    span: Span,
) -> Result<Opener<Box<dyn Read + 'a>>> {
    let cipher = BodyCipher::derive(dek, &record.body.salt, &body::context(identity)?)?;
    // r[sealed-object.open.commitment]
    if !cipher::equal(cipher.commitment(), &record.body.commitment) {
        return Err(Refused(Class::Integrity));
    }
    // r[sealed-object.open.range]
    let first = span.start / body::CHUNK;
    let source = item.read(body::chunk_start(first), body::length(record.body.size))?;
    Ok(Opener::new(cipher, source, first, span))
}

/// The bytes of a plaintext that a reader asks for: from `start` to before `end`, as far as there
/// are any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Position of the first byte.
    pub start: u64,
    /// Position behind the last byte.
    pub end: u64,
}

impl Span {
    /// Every byte and the last chunk, which may be empty.
    pub const WHOLE: Self = Self { start: 0, end: u64::MAX };

    /// What a range header asks for in a plaintext of `size` bytes (RFC 9110, section 14.1.2).
    ///
    /// # Errors
    /// `invalid-range` where no byte of the plaintext is asked for.
    pub fn of(range: Option<Range>, size: u64) -> Result<Self> {
        let span = match range {
            None => return Ok(Self::WHOLE),
            Some(Range::FromTo { first, last }) => {
                Self { start: first, end: last.saturating_add(1).min(size) }
            }
            Some(Range::From { first }) => Self { start: first, end: size },
            Some(Range::Last { length }) => Self { start: size.saturating_sub(length), end: size },
        };
        // r[sse.get.range-unsatisfiable]
        if span.start < span.end { Ok(span) } else { Err(Refused(Class::InvalidRange)) }
    }
}

/// Reads until the buffer is full; an item that ends before it is damaged.
fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<()> {
    if body::read_full(source, buffer)? == buffer.len() {
        Ok(())
    } else {
        Err(Refused(Class::Integrity))
    }
}
