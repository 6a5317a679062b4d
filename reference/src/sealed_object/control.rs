//! Control items: everything at rest that is not an object, each sealed for the place where it lies
//! (spec/sealed-object.md, control item).

use crate::cipher::{self, WrapNonce};
use crate::refusal::{Refused, Result};
use crate::secret::{SecretBuffer, WrappingKey};
use crate::wire::{Reader, put_lp16};
use sse_spec::Class;

const MAGIC: &[u8] = b"SSEC\x01";
const LABEL: &[u8] = b"sse-control/1\0";
const MAX_CONTENTS: usize = 16_777_216;

/// Seals the contents of a control item for the kind and name under which it will be looked for.
///
/// # Errors
/// `invalid-argument` where the contents are too long.
pub fn seal(
    control_key: &WrappingKey,
    (kind, name): (&str, &str),
    nonce: &WrapNonce,
    contents: &[u8],
) -> Result<Vec<u8>> {
    if contents.len() > MAX_CONTENTS {
        return Err(Refused(Class::InvalidArgument));
    }
    // r[sealed-object.control.sealed]
    let length = u32::try_from(contents.len()).map_err(|_| Refused(Class::InvalidArgument))?;
    let mut sealed = SecretBuffer::copy_of(contents);
    let additional_data = additional_data(kind, name)?;
    let tag = cipher::xaes_seal(control_key, nonce, &additional_data, sealed.expose_mut())?;
    Ok([MAGIC, nonce, &length.to_be_bytes(), sealed.expose(), &tag].concat())
}

/// Opens a control item.
///
/// # Errors
/// `integrity` where it was not sealed for this kind and name under this key.
pub fn open(
    control_key: &WrappingKey,
    (kind, name): (&str, &str),
    bytes: &[u8],
) -> Result<SecretBuffer> {
    let mut reader = Reader::new(bytes);
    reader.expect(MAGIC)?;
    let nonce = reader.array()?;
    let sealed = reader.lp32()?;
    let tag = reader.array()?;
    reader.end()?;
    if sealed.len() > MAX_CONTENTS {
        return Err(Refused(Class::Integrity));
    }
    let mut contents = SecretBuffer::copy_of(sealed);
    let additional_data = additional_data(kind, name)?;
    cipher::xaes_open(control_key, &nonce, &additional_data, contents.expose_mut(), &tag)?;
    Ok(contents)
}

fn additional_data(kind: &str, name: &str) -> Result<Vec<u8>> {
    let mut bytes = LABEL.to_vec();
    put_lp16(&mut bytes, kind.as_bytes())?;
    put_lp16(&mut bytes, name.as_bytes())?;
    Ok(bytes)
}
