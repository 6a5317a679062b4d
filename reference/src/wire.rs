//! Reading and writing of the length-prefixed, big-endian bytes that every format of the
//! specification is made of (spec/README.md, notation).

use crate::refusal::{Refused, Result};
use sse_spec::Class;

/// Appends `lp16(bytes)`.
///
/// # Errors
/// `invalid-argument` where the length does not fit into 16 bits.
pub(crate) fn put_lp16(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    let length = u16::try_from(bytes.len()).map_err(|_| Refused(Class::InvalidArgument))?;
    out.extend(length.to_be_bytes());
    out.extend(bytes);
    Ok(())
}

/// Reads bytes at rest from front to back. Whatever it cannot read is damage: `integrity`.
///
/// It hands out slices of its input, so that no length is believed before its bytes are there.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(Refused(Class::Integrity))?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| Refused(Class::Integrity))
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn lp16(&mut self) -> Result<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    pub(crate) fn lp32(&mut self) -> Result<&'a [u8]> {
        let length = self.u32()?;
        self.take(usize::try_from(length).map_err(|_| Refused(Class::Integrity))?)
    }

    pub(crate) fn text16(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.lp16()?).map_err(|_| Refused(Class::Integrity))
    }

    /// Demands fixed bytes: a magic, a version.
    pub(crate) fn expect(&mut self, bytes: &[u8]) -> Result<()> {
        if self.take(bytes.len())? == bytes { Ok(()) } else { Err(Refused(Class::Integrity)) }
    }

    /// Everything that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Demands that nothing is left.
    pub(crate) fn end(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused(Class::Integrity)) }
    }
}
