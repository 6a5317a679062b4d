//! Length prefixes and a bounded reader: the notation of spec/README.md as functions.

use super::Error;

/// Appends `bytes` behind their length as u16, big-endian.
///
/// # Errors
/// `Error::Invalid` where the length needs more than 16 bits.
pub fn lp16(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(bytes.len()).map_err(|_| Error::Invalid)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends `bytes` behind their length as u32, big-endian.
///
/// # Errors
/// `Error::Invalid` where the length needs more than 32 bits.
pub fn lp32(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    let length = u32::try_from(bytes.len()).map_err(|_| Error::Invalid)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// identity = lp16(bucket) || lp16(key).
///
/// # Errors
/// `Error::Invalid` where a name is longer than 65535 bytes.
pub fn identity(bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    lp16(&mut out, bucket.as_bytes())?;
    lp16(&mut out, key.as_bytes())?;
    Ok(out)
}

/// `label` || 0x00 || `parts`, the form of every info and of all additional data.
#[must_use]
pub fn labelled(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = label.as_bytes().to_vec();
    out.push(0);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Reads from the front of a slice; every step fails on a short rest.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes `n` bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(n)?;
        self.rest = tail;
        Some(head)
    }

    /// Takes an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Takes one byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Takes a big-endian u16.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes lp16(x) with x of at most `most` bytes.
    pub fn lp16(&mut self, most: usize) -> Option<&'a [u8]> {
        let length = usize::from(self.u16()?);
        if length > most { None } else { self.take(length) }
    }

    /// Takes lp32(x) with x of at most `most` bytes.
    pub fn lp32(&mut self, most: usize) -> Option<&'a [u8]> {
        let length = usize::try_from(self.array().map(u32::from_be_bytes)?).ok()?;
        if length > most { None } else { self.take(length) }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Succeeds only where nothing is left over.
    #[must_use]
    pub fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}
