//! The bytes of an object at rest, bodies then record then record length, and the keys that are
//! derived from the root for what lies at rest (spec/sealed-object.md).

pub mod body;
pub mod control;
pub mod parts;
pub mod record;

use crate::cipher;
use crate::data_key::Identity;
use crate::refusal::{Refused, Result};
use crate::secret::{Dek, RootKey, WrappingKey};
use body::{BodyCipher, Salt};
use parts::{PartTable, Plaintext, SealedPart};
use record::{Described, Record};
use sse_spec::{Class, Range};
use std::io::{BufRead, Read, Write};

const ROOT_LABEL: &[u8] = b"sse-root/1\0";
const MAX_RECORD: usize = 1_048_576;
const TRAILER_LENGTH_LENGTH: u64 = 4;

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
        // r[sealed-object.record.key]
        Ok(Self { record: derive(root, b"record")?, control: derive(root, b"control")? })
    }
}

/// Derives the key of one purpose from the root key.
///
/// # Errors
/// `invalid-argument` for an all-zero root key.
pub(crate) fn derive(root: &RootKey, purpose: &[u8]) -> Result<WrappingKey> {
    // r[sealed-object.root.zero]
    if cipher::equal(root.expose(), &[0; 32]) {
        return Err(Refused(Class::InvalidArgument));
    }
    let key = cipher::expand(root.expose(), &[ROOT_LABEL, purpose], 32)?;
    WrappingKey::from_slice(key.expose())
}

/// A nonce or a salt that was given from outside.
///
/// # Errors
/// `invalid-argument` for another length.
pub fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    // r[sealed-object.seal.lengths]
    bytes.try_into().map_err(|_| Refused(Class::InvalidArgument))
}

/// A part of an object that is to be sealed.
pub struct Part<'a> {
    /// 0 for an object put whole, else 1 to 10000.
    pub number: u16,
    /// Its salt, which has not been used with the DEK before.
    pub salt: Salt,
    /// Its bytes.
    pub plaintext: &'a mut dyn Read,
}

/// Writes the item of an object, from front to back and in constant memory.
///
/// # Errors
/// `invalid-argument` for parts that no object has or a field beyond its limits; else as
/// [`BodyCipher::seal`].
pub fn seal_object<'a>(
    record_key: &WrappingKey,
    identity: &Identity,
    (dek, nonce): (&Dek, &cipher::WrapNonce),
    described: Described,
    parts: impl IntoIterator<Item = Part<'a>>,
    out: &mut dyn Write,
) -> Result<Record> {
    // r[sealed-object.body.order]
    let sealed = parts.into_iter().map(|part| seal_part(identity, dek, part, out));
    let parts = PartTable::new(sealed.collect::<Result<_>>()?)?;
    let record = Record { described, parts };
    seal_record(record_key, identity, nonce, &record, out)?;
    Ok(record)
}

/// Writes the body of one part.
///
/// The keystreams of two bodies never meet: the key of each is derived from the DEK, a salt that
/// was drawn for this body alone, and the number of the part.
///
/// # Errors
/// As [`BodyCipher::seal`].
pub fn seal_part(
    identity: &Identity,
    dek: &Dek,
    part: Part<'_>,
    out: &mut dyn Write,
) -> Result<SealedPart> {
    let Part { number, salt, plaintext } = part;
    // r[sealed-object.body.cipher]
    // r[sealed-object.body.salt-fresh]
    // r[sse.at-rest.keystream]
    let cipher = BodyCipher::derive(dek, &salt, &body::context(number, identity)?)?;
    let length = cipher.seal(plaintext, out)?;
    Ok(SealedPart { number, length, salt, commitment: *cipher.commitment() })
}

/// Writes the rest of an item, its record and the record's length, behind the bodies.
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
    write_trailer(&record.seal(record_key, identity, nonce)?, out)
}

/// Writes what stands behind a body, and its length: the record of an object, or of a part.
pub(crate) fn write_trailer(trailer: &[u8], out: &mut dyn Write) -> Result<()> {
    let length = u32::try_from(trailer.len()).map_err(|_| Refused(Class::InvalidArgument))?;
    if trailer.len() > MAX_RECORD {
        return Err(Refused(Class::InvalidArgument));
    }
    out.write_all(trailer)?;
    out.write_all(&length.to_be_bytes())?;
    Ok(())
}

/// An item at rest that can be read at any position.
pub trait Item {
    /// Its length in bytes.
    fn length(&self) -> u64;

    /// Reads the bytes from `from` to before `to`. What lies in memory is lent and not copied.
    ///
    /// # Errors
    /// `unavailable` where the disk fails.
    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>>;
}

impl Item for &[u8] {
    fn length(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>> {
        let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let part = bounds.and_then(|(from, to)| self.get(from..to));
        Ok(Box::new(part.ok_or(Refused(Class::Integrity))?))
    }
}

/// Opens the record of an item, and checks that the bodies before it have the length it gives them.
///
/// # Errors
/// `integrity` for every item that was not written for this object.
pub fn open_record(
    record_key: &WrappingKey,
    identity: &Identity,
    item: &dyn Item,
) -> Result<Record> {
    let (bodies_length, record) = read_trailer(item)?;
    // r[sealed-object.open.record-first]
    let record = Record::open(&record, record_key, identity)?;
    // r[sealed-object.open.truncation]
    let fits = bodies_length == record.parts.bodies_length();
    if fits { Ok(record) } else { Err(Refused(Class::Integrity)) }
}

/// Reads what [`write_trailer`] wrote, and the length of what stands before it.
pub(crate) fn read_trailer(item: &dyn Item) -> Result<(u64, Vec<u8>)> {
    let damaged = Refused(Class::Integrity);
    // r[sealed-object.open.strict]
    let end = item.length().checked_sub(TRAILER_LENGTH_LENGTH).ok_or(damaged)?;
    let mut length = [0; 4];
    fill(&mut *item.read(end, item.length())?, &mut length)?;
    let length = u32::from_be_bytes(length);
    let start = end.checked_sub(u64::from(length)).ok_or(damaged)?;
    let length = usize::try_from(length).map_err(|_| damaged)?;
    if !(1..=MAX_RECORD).contains(&length) {
        return Err(damaged);
    }
    let mut trailer = vec![0; length];
    fill(&mut *item.read(start, end)?, &mut trailer)?;
    Ok((start, trailer))
}

/// Opens the plaintext of an item whose record was opened, whole or a range of it. Only the bodies
/// and chunks that hold a byte of the range are read, when they are asked for.
#[must_use]
pub fn open_body<'a>(
    identity: &'a Identity,
    record: &'a Record,
    dek: &'a Dek,
    item: &'a dyn Item,
    span: Span,
) -> Plaintext<'a> {
    // r[sealed-object.open.range]
    Plaintext::new((identity, dek), &record.parts, item, span)
}

/// Opens an item and writes its plaintext, whole or a range of it.
///
/// # Errors
/// `integrity`, `invalid-range` in the true size, `unavailable` where the output fails.
pub fn open_object(
    record_key: &WrappingKey,
    identity: &Identity,
    dek: &Dek,
    (item, range): (&dyn Item, Option<Range>),
    out: &mut dyn Write,
) -> Result<Record> {
    let record = open_record(record_key, identity, item)?;
    let span = Span::of(range, record.parts.size())?;
    let mut plaintext = open_body(identity, &record, dek, item, span);
    while let Some(bytes) = plaintext.next_part()? {
        out.write_all(bytes)?;
    }
    drop(plaintext);
    Ok(record)
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
    /// Every byte and the last chunk of every body, which may be empty.
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
        // r[sse.get.range-empty]
        if span.start < span.end { Ok(span) } else { Err(Refused(Class::InvalidRange)) }
    }
}

/// Reads until the buffer is full; an item that ends before it is damaged.
pub(crate) fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<()> {
    if body::read_full(source, buffer)? == buffer.len() {
        Ok(())
    } else {
        Err(Refused(Class::Integrity))
    }
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("number", &self.number).finish_non_exhaustive()
    }
}
