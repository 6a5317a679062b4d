//! The data key: how it is wrapped under a KMS key or under the service key, and unwrapped again
//! (spec/data-key.md).

use crate::cipher::{self, TAG_LENGTH, WRAP_NONCE_LENGTH, WrapNonce};
use crate::encryption_context;
use crate::refusal::{Refused, Result};
use crate::secret::{Dek, KEY_LENGTH, SecretBuffer, WrappingKey};
use crate::wire::{Reader, put_lp16};
use sse_spec::{Class, EncryptionContext};

const KMS_MAGIC: &[u8] = b"SKB\x01";
const KMS_LABEL: &[u8] = b"sse-kms-wrap/1\0";
const KMS_HEADER_LENGTH: usize = 52;
const MAX_PLAINTEXT: usize = 4096;
const SERVICE_MAGIC: &[u8] = b"SSB\x01";
const SERVICE_LABEL: &[u8] = b"sse-s3-wrap/1\0";

/// Id of a KMS key, the bytes of its UUID.
pub type KeyId = [u8; 16];
/// Id of the material of a KMS key.
pub type MaterialId = [u8; 32];

/// Bucket and key of an object, always those of the request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    bucket: String,
    key: String,
}

impl Identity {
    /// Names an object.
    ///
    /// # Errors
    /// `invalid-argument` where a name is longer than its length prefix can say.
    pub fn new(bucket: &str, key: &str) -> Result<Self> {
        let limit = usize::from(u16::MAX);
        if bucket.len() > limit || key.len() > limit {
            return Err(Refused(Class::InvalidArgument));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key of the object.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The object's ARN, the value of the pair that the store adds to every context.
    #[must_use]
    pub fn object_arn(&self) -> String {
        format!("arn:aws:s3:::{}/{}", self.bucket, self.key)
    }

    /// `lp16(bucket) || lp16(key)`.
    ///
    /// # Errors
    /// Never: the constructor has seen to the lengths.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        put_lp16(&mut bytes, self.bucket.as_bytes())?;
        put_lp16(&mut bytes, self.key.as_bytes())?;
        Ok(bytes)
    }
}

/// A ciphertext blob of KMS, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsBlob {
    /// The KMS key that made it.
    pub key_id: KeyId,
    /// The material that encrypted.
    pub material_id: MaterialId,
    nonce: WrapNonce,
    ciphertext: Vec<u8>,
    tag: [u8; TAG_LENGTH],
}

impl KmsBlob {
    /// Wraps a secret of 1 to 4096 bytes under key material.
    ///
    /// # Errors
    /// `invalid-argument` for another length or a context that has no canonical form.
    pub fn wrap(
        material: &WrappingKey,
        (key_id, material_id): (KeyId, MaterialId),
        nonce: WrapNonce,
        context: &EncryptionContext,
        plaintext: &[u8],
    ) -> Result<Self> {
        // r[data-key.wrap.plaintext-limit]
        if plaintext.is_empty() || plaintext.len() > MAX_PLAINTEXT {
            return Err(Refused(Class::InvalidArgument));
        }
        let ciphertext = plaintext.to_vec();
        let mut blob = Self { key_id, material_id, nonce, ciphertext, tag: [0; TAG_LENGTH] };
        let additional_data = blob.additional_data(context)?;
        // r[data-key.wrap.nonce]
        blob.tag = cipher::xaes_seal(material, &nonce, &additional_data, &mut blob.ciphertext)?;
        Ok(blob)
    }

    /// Unwraps the secret.
    ///
    /// # Errors
    /// `integrity` where the blob was not made under this material with this context.
    pub fn unwrap(
        &self,
        material: &WrappingKey,
        context: &EncryptionContext,
    ) -> Result<SecretBuffer> {
        let additional_data = self.additional_data(context)?;
        let mut plaintext = SecretBuffer::copy_of(&self.ciphertext);
        // r[data-key.unwrap.authentic]
        // r[data-key.unwrap.binding]
        let buffer = plaintext.expose_mut();
        cipher::xaes_open(material, &self.nonce, &additional_data, buffer, &self.tag)?;
        Ok(plaintext)
    }

    /// The blob's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // r[data-key.kms-wrap.layout]
        let header = self.header();
        [header.as_slice(), &self.nonce, &self.ciphertext, &self.tag].concat()
    }

    /// Takes a blob apart.
    ///
    /// # Errors
    /// `integrity` for anything but the layout.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        // r[data-key.unwrap.strict]
        let mut reader = Reader::new(bytes);
        reader.expect(KMS_MAGIC)?;
        let key_id = reader.array()?;
        let material_id = reader.array()?;
        let nonce = reader.array()?;
        let length = reader.rest().len().checked_sub(TAG_LENGTH);
        let length = length.filter(|length| (1..=MAX_PLAINTEXT).contains(length));
        let ciphertext = reader.take(length.ok_or(Refused(Class::Integrity))?)?.to_vec();
        let tag = reader.array()?;
        reader.end()?;
        Ok(Self { key_id, material_id, nonce, ciphertext, tag })
    }

    fn header(&self) -> [u8; KMS_HEADER_LENGTH] {
        let mut header = [0; KMS_HEADER_LENGTH];
        let fields = KMS_MAGIC.iter().chain(&self.key_id).chain(&self.material_id);
        for (to, from) in header.iter_mut().zip(fields) {
            *to = *from;
        }
        header
    }

    fn additional_data(&self, context: &EncryptionContext) -> Result<Vec<u8>> {
        // r[data-key.kms-wrap.additional-data]
        let context = encryption_context::encode_map(context)?;
        Ok([KMS_LABEL, &self.header(), &context].concat())
    }
}

/// A data key wrapped under the service key, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBlob {
    /// The version of the service key that encrypted.
    pub version: u32,
    nonce: WrapNonce,
    ciphertext: [u8; KEY_LENGTH],
    tag: [u8; TAG_LENGTH],
}

impl ServiceBlob {
    /// Wraps a DEK under one version of the service key for one object.
    ///
    /// # Errors
    /// `invalid-argument` for version 0, which is never made.
    pub fn wrap(
        service_key: &WrappingKey,
        version: u32,
        nonce: WrapNonce,
        identity: &Identity,
        dek: &Dek,
    ) -> Result<Self> {
        if version == 0 {
            return Err(Refused(Class::InvalidArgument));
        }
        let mut blob = Self { version, nonce, ciphertext: *dek.expose(), tag: [0; TAG_LENGTH] };
        let additional_data = blob.additional_data(identity)?;
        // r[data-key.wrap.nonce]
        blob.tag = cipher::xaes_seal(service_key, &nonce, &additional_data, &mut blob.ciphertext)?;
        Ok(blob)
    }

    /// Unwraps the DEK.
    ///
    /// # Errors
    /// `integrity` where the blob was not made under this key for this object.
    pub fn unwrap(&self, service_key: &WrappingKey, identity: &Identity) -> Result<Dek> {
        let additional_data = self.additional_data(identity)?;
        let mut plaintext = SecretBuffer::copy_of(&self.ciphertext);
        // r[data-key.unwrap.authentic]
        // r[data-key.unwrap.binding]
        let buffer = plaintext.expose_mut();
        cipher::xaes_open(service_key, &self.nonce, &additional_data, buffer, &self.tag)?;
        Dek::from_slice(plaintext.expose())
    }

    /// The blob's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // r[data-key.service-wrap.layout]
        let version = self.version.to_be_bytes();
        [SERVICE_MAGIC, &version, &self.nonce, &self.ciphertext, &self.tag].concat()
    }

    /// Takes a blob apart.
    ///
    /// # Errors
    /// `integrity` for anything but the layout.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        // r[data-key.unwrap.strict]
        let mut reader = Reader::new(bytes);
        reader.expect(SERVICE_MAGIC)?;
        let blob = Self {
            version: reader.u32()?,
            nonce: reader.array::<WRAP_NONCE_LENGTH>()?,
            ciphertext: reader.array()?,
            tag: reader.array()?,
        };
        reader.end()?;
        if blob.version == 0 { Err(Refused(Class::Integrity)) } else { Ok(blob) }
    }

    fn additional_data(&self, identity: &Identity) -> Result<Vec<u8>> {
        // r[data-key.service-wrap.additional-data]
        let identity = identity.bytes()?;
        Ok([SERVICE_LABEL, SERVICE_MAGIC, &self.version.to_be_bytes(), &identity].concat())
    }
}
