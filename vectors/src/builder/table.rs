//! The sealed part of a record (spec/sealed-object.md, Record): entity tag and part table.

use super::Error;
use super::body::sealed_length;
use super::bytes::{Reader, lp16};
use super::context;

/// Most bytes of an entity tag.
pub const MAX_ETAG: usize = 64;
/// Most parts of an object, and the highest number of a part.
pub const MAX_PARTS: u16 = 10_000;
/// An object has fewer bytes than this.
pub const SIZE_LIMIT: u64 = 1 << 52;

/// What the record keeps of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// 0 for an object put whole, else 1 to 10000.
    pub number: u16,
    /// Bytes of plaintext.
    pub length: u64,
    /// Salt of the part's message.
    pub salt: [u8; 24],
    /// Commitment of the part's message.
    pub commitment: [u8; 32],
}

impl PartEntry {
    /// The first bytes of the part's message: salt and commitment.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        [self.salt.as_slice(), &self.commitment].concat()
    }
}

/// The fields that a record carries encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPart {
    /// Entity tag.
    pub etag: String,
    /// The parts in the order of their bytes.
    pub parts: Vec<PartEntry>,
}

impl SealedPart {
    /// Size of the object: the sum of the lengths.
    #[must_use]
    pub fn size(&self) -> u64 {
        // Saturating, so that a table that nobody may write has a size above every limit.
        self.parts.iter().fold(0, |size, part| size.saturating_add(part.length))
    }

    /// The parts' messages, cut out of what stands before the record; `None` where the lengths do
    /// not add up.
    #[must_use]
    pub fn messages<'a>(&self, body: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let mut reader = Reader::new(body);
        let mut out = Vec::new();
        for part in &self.parts {
            out.push(reader.take(usize::try_from(sealed_length(part.length)?).ok()?)?);
        }
        reader.end()?;
        Some(out)
    }

    /// Whether a sealer may write this: the limits of tag, count, numbers and size.
    #[must_use]
    pub fn is_legal(&self) -> bool {
        let mut numbers = self.parts.iter().map(|part| part.number);
        let numbered = match (numbers.next(), self.parts.len()) {
            (Some(0), 1) => true,
            (Some(0) | None, _) => false,
            (Some(mut previous), count) => {
                count <= usize::from(MAX_PARTS)
                    && previous <= MAX_PARTS
                    && numbers.all(|number| {
                        let ascends = previous < number && number <= MAX_PARTS;
                        previous = number;
                        ascends
                    })
            }
        };
        numbered && !self.etag.is_empty() && self.etag.len() <= MAX_ETAG && self.size() < SIZE_LIMIT
    }
}

/// Writes the plaintext of the sealed part.
///
/// # Errors
/// `Error::Invalid` for what is not legal.
pub fn sealed_part(part: &SealedPart) -> Result<Vec<u8>, Error> {
    if part.is_legal() { write_unchecked(part) } else { Err(Error::Invalid) }
}

/// Writes a sealed part as it comes; wrong tables are made with it.
///
/// # Errors
/// `Error::Invalid` where the tag or the count does not fit into 16 bits.
pub fn write_unchecked(part: &SealedPart) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    lp16(&mut out, part.etag.as_bytes())?;
    let count = u16::try_from(part.parts.len()).map_err(|_| Error::Invalid)?;
    out.extend_from_slice(&count.to_be_bytes());
    for entry in &part.parts {
        out.extend_from_slice(&entry.number.to_be_bytes());
        out.extend_from_slice(&entry.length.to_be_bytes());
        out.extend_from_slice(&entry.header());
    }
    Ok(out)
}

/// Parses the plaintext of a sealed part strictly.
#[must_use]
pub fn parse_sealed_part(plain: &[u8]) -> Option<SealedPart> {
    let mut reader = Reader::new(plain);
    let etag = context::text(reader.lp16(MAX_ETAG)?)?;
    let count = reader.u16()?;
    if count > MAX_PARTS {
        return None;
    }
    let mut parts = Vec::new();
    for _ in 0..count {
        parts.push(PartEntry {
            number: reader.u16()?,
            length: reader.array().map(u64::from_be_bytes)?,
            salt: reader.array()?,
            commitment: reader.array()?,
        });
    }
    reader.end()?;
    Some(SealedPart { etag, parts }).filter(SealedPart::is_legal)
}
