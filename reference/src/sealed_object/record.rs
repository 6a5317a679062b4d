//! The sealed record of an object: what describes the body, authenticated as a whole and encrypted
//! where it need not be in clear (spec/sealed-object.md, record).

use super::parts::PartTable;
use crate::cipher::{self, WrapNonce};
use crate::data_key::Identity;
use crate::encryption_context;
use crate::refusal::{Refused, Result};
use crate::secret::WrappingKey;
use crate::wire::{Reader, put_lp16};
use sse_spec::{Algorithm, Class, EncryptionContext, Metadata};

const MAGIC: &[u8] = b"SSEO\x01";
const LABEL: &[u8] = b"sse-record/1\0";
const SSE_S3: u8 = 1;
const SSE_KMS: u8 = 2;
const MAX_ARN: usize = 2048;
const MAX_BLOB: usize = 6144;
const MAX_ETAG: usize = 64;

/// Which mode protects an object, with what only that mode has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// SSE-S3: the DEK is wrapped under the service key.
    SseS3,
    /// SSE-KMS: the DEK is wrapped under a KMS key.
    SseKms {
        /// ARN of that key.
        key_arn: String,
        /// The caller's own pairs; the object's ARN is never stored.
        context: EncryptionContext,
    },
}

impl Protection {
    /// The protection of a mode with its fields.
    ///
    /// # Errors
    /// `invalid-argument` for a field that the mode does not have, or a key that is not named.
    pub fn new(algorithm: Algorithm, key_arn: &str, context: EncryptionContext) -> Result<Self> {
        // r[sealed-object.seal.mode-fields]
        match (algorithm, key_arn) {
            (Algorithm::Aes256, "") if context.is_empty() => Ok(Self::SseS3),
            (Algorithm::AwsKms, key_arn) if !key_arn.is_empty() => {
                Ok(Self::SseKms { key_arn: key_arn.to_owned(), context })
            }
            _ => Err(Refused(Class::InvalidArgument)),
        }
    }
}

/// What the record of an object says beside the facts of its bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The mode.
    pub protection: Protection,
    /// The wrapped DEK.
    pub blob: Vec<u8>,
    /// User metadata.
    pub metadata: Metadata,
    /// Entity tag.
    pub etag: String,
}

/// The record of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it says of the object.
    pub described: Described,
    /// The facts of its bodies.
    pub parts: PartTable,
}

impl Record {
    /// Seals the record.
    ///
    /// # Errors
    /// `invalid-argument` where a field is beyond its limits.
    pub fn seal(
        &self,
        record_key: &WrappingKey,
        identity: &Identity,
        nonce: &WrapNonce,
    ) -> Result<Vec<u8>> {
        let mut record = self.described.clear_part()?;
        let mut sealed = Vec::new();
        // The MD5 that serves as an entity tag lies in the encrypted part.
        // r[sealed-object.record.digest-hidden]
        // r[sse.at-rest.no-plaintext-digest]
        put_lp16(&mut sealed, self.described.etag.as_bytes())?;
        self.parts.write(&mut sealed)?;

        let additional_data = additional_data(identity, &record)?;
        let tag = cipher::xaes_seal(record_key, nonce, &additional_data, &mut sealed)?;
        let length = u32::try_from(sealed.len()).map_err(|_| Refused(Class::InvalidArgument))?;
        record.extend(nonce);
        record.extend(length.to_be_bytes());
        record.extend(sealed);
        record.extend(tag);
        Ok(record)
    }

    /// Opens a record.
    ///
    /// # Errors
    /// `integrity` where it was not sealed for this object under this key.
    pub fn open(bytes: &[u8], record_key: &WrappingKey, identity: &Identity) -> Result<Self> {
        let damaged = Refused(Class::Integrity);
        let mut reader = Reader::new(bytes);
        let clear = ClearPart::read(&mut reader)?;
        let clear_length = bytes.len().checked_sub(reader.rest().len()).ok_or(damaged)?;
        let clear_bytes = bytes.get(..clear_length).ok_or(damaged)?;
        let nonce = reader.array()?;
        let mut sealed = reader.lp32()?.to_vec();
        let tag = reader.array()?;
        reader.end()?;

        // r[sse.tamper.metadata]
        // r[sse.tamper.head]
        // r[sse.tamper.swap]
        let additional_data = additional_data(identity, clear_bytes)?;
        cipher::xaes_open(record_key, &nonce, &additional_data, &mut sealed, &tag)?;
        let mut reader = Reader::new(&sealed);
        let etag = reader.text16()?.to_owned();
        let parts = PartTable::read(&mut reader)?;
        reader.end()?;

        let described = clear.into_described(etag)?;
        // What the sealer would not write is damage, whoever sealed it.
        if described.clear_part().ok().as_deref() != Some(clear_bytes) {
            return Err(damaged);
        }
        Ok(Self { described, parts })
    }
}

impl Described {
    /// Fields 1 to 7, in clear.
    fn clear_part(&self) -> Result<Vec<u8>> {
        let (mode, key_arn, context) = match &self.protection {
            Protection::SseS3 => (SSE_S3, "", &EncryptionContext::new()),
            Protection::SseKms { key_arn, context } => (SSE_KMS, key_arn.as_str(), context),
        };
        // A key is named exactly where there is one.
        let limits = key_arn.len() <= MAX_ARN
            && (mode == SSE_KMS) != key_arn.is_empty()
            && (1..=MAX_BLOB).contains(&self.blob.len())
            && (1..=MAX_ETAG).contains(&self.etag.len());
        if !limits {
            return Err(Refused(Class::InvalidArgument));
        }
        // r[sealed-object.record.layout]
        let mut bytes = MAGIC.to_vec();
        bytes.push(mode);
        put_lp16(&mut bytes, key_arn.as_bytes())?;
        put_lp16(&mut bytes, &encryption_context::encode_map(context)?)?;
        // r[sse.at-rest.stored-together]
        // r[sse.at-rest.no-data-key-in-clear]
        put_lp16(&mut bytes, &self.blob)?;
        put_lp16(&mut bytes, &encryption_context::encode_map(&self.metadata)?)?;
        Ok(bytes)
    }
}

/// Fields 1 to 7 as they were read, before they are authentic.
struct ClearPart<'a> {
    mode: u8,
    key_arn: &'a str,
    context: &'a [u8],
    blob: &'a [u8],
    metadata: &'a [u8],
}

impl<'a> ClearPart<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        reader.expect(MAGIC)?;
        Ok(Self {
            mode: reader.u8()?,
            key_arn: reader.text16()?,
            context: reader.lp16()?,
            blob: reader.lp16()?,
            metadata: reader.lp16()?,
        })
    }

    fn into_described(self, etag: String) -> Result<Described> {
        let damaged = Refused(Class::Integrity);
        let algorithm = match self.mode {
            SSE_S3 => Algorithm::Aes256,
            SSE_KMS => Algorithm::AwsKms,
            _ => return Err(damaged),
        };
        let context = encryption_context::decode(self.context)?;
        let protection = Protection::new(algorithm, self.key_arn, context).map_err(|_| damaged)?;
        let metadata = encryption_context::decode(self.metadata)?;
        Ok(Described { protection, blob: self.blob.to_vec(), metadata, etag })
    }
}

fn additional_data(identity: &Identity, clear: &[u8]) -> Result<Vec<u8>> {
    // r[sealed-object.record.additional-data]
    Ok([LABEL, &identity.bytes()?, clear].concat())
}
