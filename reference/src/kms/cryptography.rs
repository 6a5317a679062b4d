//! The cryptographic operations: GenerateDataKey with and without the plaintext, Encrypt, Decrypt,
//! ReEncrypt (spec/kms.md, spec/kms/re-encrypt.md).

use super::{Ask, By, Kms, Use, check_key_name};
use crate::audit::Parameters;
use crate::data_key::{KmsBlob, MaterialId};
use crate::encryption_context;
use crate::environment::Environment;
use crate::key::{Key, Verb};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use crate::secret::SecretBuffer;
use sse_spec::{Class, EncryptionContext};

const MAX_BLOB: usize = 6144;
const MAX_DATA_KEY: u32 = 1024;
const MAX_PLAINTEXT: usize = 4096;

/// The encryption algorithm of every key here, as replies and entries name it.
// r[kms.encrypt.algorithm]
pub const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// What GenerateDataKey and GenerateDataKeyWithoutPlaintext are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataKeyRequest {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
    /// `AES_256` or `AES_128`; or else a number of bytes.
    pub key_spec: Option<String>,
    /// 1 to 1024; or else a specification.
    pub number_of_bytes: Option<u32>,
    /// What the data key is bound to.
    pub context: EncryptionContext,
}

/// What Encrypt is asked for.
#[derive(Debug)]
pub struct EncryptRequest {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
    /// 1 to 4096 bytes.
    pub plaintext: SecretBuffer,
    /// What they are bound to.
    pub context: EncryptionContext,
}

/// What Decrypt is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecryptRequest {
    /// Key id, key ARN, alias name or alias ARN; the blob names its key as well.
    pub key_id: Option<String>,
    /// The ciphertext blob.
    pub blob: Vec<u8>,
    /// What the blob is bound to.
    pub context: EncryptionContext,
}

/// What ReEncrypt is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReEncryptRequest {
    /// The ciphertext blob, the key expected, what the blob is bound to.
    pub source: DecryptRequest,
    /// Key id, key ARN, alias name or alias ARN of the key to encrypt under.
    pub destination_key_id: String,
    /// What the new blob is bound to.
    pub destination_context: EncryptionContext,
}

/// A data key in both forms.
#[derive(Debug)]
pub struct DataKey {
    /// In clear.
    pub plaintext: SecretBuffer,
    /// As a ciphertext blob.
    pub blob: Vec<u8>,
    /// ARN of the key it is wrapped under.
    pub key_arn: String,
    /// Id of the key material, in hex.
    pub material_id: String,
}

/// A blob that KMS made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The ciphertext blob.
    pub blob: Vec<u8>,
    /// ARN of the key that made it.
    pub key_arn: String,
    /// Id of the key material, in hex.
    pub material_id: String,
}

/// A decrypted blob.
#[derive(Debug)]
pub struct Decrypted {
    /// What the blob held.
    pub plaintext: SecretBuffer,
    /// ARN of the key that made it.
    pub key_arn: String,
    /// Id of the key material, in hex.
    pub material_id: String,
}

/// A blob that KMS moved to another key, context or material. The plaintext never left KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReEncrypted {
    /// The new blob.
    pub encrypted: Encrypted,
    /// ARN of the key that made the old one.
    pub source_key_arn: String,
    /// Id of the key material that made the old one, in hex.
    pub source_material_id: String,
}

impl Kms {
    /// Makes a data key and returns it in both forms.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn generate_data_key(
        &mut self,
        caller: &Caller,
        request: &DataKeyRequest,
    ) -> Result<DataKey> {
        let length = request.check();
        self.perform(caller, request.ask(Verb::GenerateDataKey), |kms, found| {
            // r[kms.generate-data-key.length]
            // r[kms.generate-data-key.random]
            let plaintext = kms.environment.draw_secret(length?)?;
            // r[kms.generate-data-key.both-forms]
            // r[kms.generate-data-key.key-named-in-reply]
            let Encrypted { blob, key_arn, material_id } =
                encrypt(&kms.environment, &found.key, &request.context, &plaintext)?;
            Ok(DataKey { plaintext, blob, key_arn, material_id })
        })
    }

    /// Makes a data key and returns it wrapped only.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn generate_data_key_without_plaintext(
        &mut self,
        caller: &Caller,
        request: &DataKeyRequest,
    ) -> Result<Encrypted> {
        let length = request.check();
        // r[kms.generate-data-key-without-plaintext.own-permission]
        let ask = request.ask(Verb::GenerateDataKeyWithoutPlaintext);
        self.perform(caller, ask, |kms, found| {
            // r[kms.generate-data-key-without-plaintext.random]
            let plaintext = kms.environment.draw_secret(length?)?;
            // r[kms.generate-data-key-without-plaintext.opens]
            // r[kms.generate-data-key-without-plaintext.no-plaintext]
            // r[kms.generate-data-key-without-plaintext.key-named-in-reply]
            encrypt(&kms.environment, &found.key, &request.context, &plaintext)
        })
    }

    /// Encrypts up to 4096 bytes.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn encrypt(&mut self, caller: &Caller, request: &EncryptRequest) -> Result<Encrypted> {
        let recorded = Parameters::of_key(&request.key_id)
            .with("encryptionAlgorithm", Some(ALGORITHM))
            .with_context("encryptionContext", &request.context);
        let key = By::Identifier(&request.key_id);
        let context = Some(&request.context);
        let ask = Ask {
            parameters: request.check(),
            recorded,
            ..Ask::on(Use { verb: Verb::Encrypt, key, context })
        };
        self.perform(caller, ask, |kms, found| {
            // r[kms.encrypt.round-trip]
            // r[kms.encrypt.key-named-in-reply]
            encrypt(&kms.environment, &found.key, &request.context, &request.plaintext)
        })
    }

    /// Decrypts a blob.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks; `incorrect-key` where the key named is not the blob's.
    pub fn decrypt(&mut self, caller: &Caller, request: &DecryptRequest) -> Result<Decrypted> {
        let recorded = Parameters::default()
            .with("keyId", request.key_id.as_deref())
            .with("encryptionAlgorithm", Some(ALGORITHM))
            .with_context("encryptionContext", &request.context);
        let ask =
            Ask { parameters: request.check(), recorded, ..Ask::on(request.used(Verb::Decrypt)) };
        self.perform(caller, ask, |kms, found| {
            let (plaintext, material_id) = decrypt(&found.key, request)?;
            Ok(Decrypted {
                plaintext,
                // r[kms.decrypt.key-named-in-reply]
                key_arn: found.key.arn(&kms.environment.region),
                // r[rotation.effect.old-material-shown]
                material_id: hex::encode(material_id),
            })
        })
    }

    /// Decrypts a blob and encrypts it again, inside KMS.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks, in each of them for the source first.
    pub fn re_encrypt(
        &mut self,
        caller: &Caller,
        request: &ReEncryptRequest,
    ) -> Result<ReEncrypted> {
        let ReEncryptRequest { source, destination_key_id, destination_context } = request;
        let recorded = Parameters::default()
            .with("sourceKeyId", source.key_id.as_deref())
            .with("sourceEncryptionAlgorithm", Some(ALGORITHM))
            .with_context("sourceEncryptionContext", &source.context)
            .with("destinationKeyId", Some(destination_key_id.as_str()))
            .with("destinationEncryptionAlgorithm", Some(ALGORITHM))
            .with_context("destinationEncryptionContext", destination_context);
        let ask = Ask {
            parameters: request.check(),
            recorded,
            // r[kms.re-encrypt.to-permission]
            other: Some(Use {
                verb: Verb::ReEncryptTo,
                key: By::Identifier(destination_key_id),
                context: Some(destination_context),
            }),
            // r[kms.re-encrypt.from-permission]
            ..Ask::on(source.used(Verb::ReEncryptFrom))
        };
        self.perform(caller, ask, |kms, found| {
            let (plaintext, material_id) = decrypt(&found.key, source)?;
            let destination = found.other.as_ref().unwrap_or(&found.key);
            Ok(ReEncrypted {
                // r[kms.re-encrypt.round-trip]
                // r[kms.re-encrypt.destination-context]
                // r[kms.re-encrypt.context-not-inherited]
                // r[kms.re-encrypt.destination-key]
                // r[kms.re-encrypt.no-plaintext]
                encrypted: encrypt(&kms.environment, destination, destination_context, &plaintext)?,
                // r[kms.re-encrypt.source-key]
                source_key_arn: found.key.arn(&kms.environment.region),
                source_material_id: hex::encode(material_id),
            })
        })
    }
}

/// Encrypts under the key's current material.
fn encrypt(
    environment: &Environment,
    key: &Key,
    context: &EncryptionContext,
    plaintext: &SecretBuffer,
) -> Result<Encrypted> {
    // r[rotation.effect.new-material]
    // r[kms.re-encrypt.current-material]
    let material_id = key.current.id;
    // r[kms.encrypt.fresh]
    // r[kms.re-encrypt.fresh]
    let nonce = environment.draw()?;
    let ids = (key.id, material_id);
    let blob = KmsBlob::wrap(key.secret(&material_id)?, ids, nonce, context, plaintext.expose())?;
    Ok(Encrypted {
        blob: blob.bytes(),
        key_arn: key.arn(&environment.region),
        // r[rotation.effect.material-shown]
        material_id: hex::encode(material_id),
    })
}

/// Decrypts a blob under the material that it names.
fn decrypt(key: &Key, request: &DecryptRequest) -> Result<(SecretBuffer, MaterialId)> {
    let blob = KmsBlob::parse(&request.blob)?;
    // r[kms.decrypt.incorrect-key]
    // r[kms.decrypt.wrong-blob]
    // r[kms.re-encrypt.incorrect-key]
    if blob.key_id != key.id {
        return Err(Refused(Class::IncorrectKey));
    }
    // r[kms.decrypt.round-trip]
    // r[kms.decrypt.context-match]
    // r[kms.decrypt.context-order-free]
    // r[kms.decrypt.damaged-blob]
    // r[kms.decrypt.damaged-blob-no-plaintext]
    // r[kms.re-encrypt.source-context]
    // r[kms.re-encrypt.like-decrypt]
    // r[rotation.effect.old-blobs]
    let plaintext = blob.unwrap(key.secret(&blob.material_id)?, &request.context)?;
    Ok((plaintext, blob.material_id))
}

impl DataKeyRequest {
    /// Checks the parameters, and returns the length of the data key.
    fn check(&self) -> Result<usize> {
        let invalid = Refused(Class::InvalidArgument);
        check_key_name(&self.key_id)?;
        encryption_context::encode_map(&self.context)?;
        // r[kms.generate-data-key.key-spec]
        match (self.key_spec.as_deref(), self.number_of_bytes) {
            (Some("AES_256"), None) => Ok(32),
            (Some("AES_128"), None) => Ok(16),
            // r[kms.generate-data-key.number-of-bytes]
            // r[kms.generate-data-key-without-plaintext.parameters]
            (None, Some(length @ 1..=MAX_DATA_KEY)) => usize::try_from(length).map_err(|_| invalid),
            _ => Err(invalid),
        }
    }

    fn ask(&self, verb: Verb) -> Ask<'_> {
        Ask {
            parameters: self.check().map(drop),
            recorded: Parameters::of_key(&self.key_id)
                .with("keySpec", self.key_spec.as_deref())
                .with("numberOfBytes", self.number_of_bytes)
                .with_context("encryptionContext", &self.context),
            // r[kms.generate-data-key.key-not-found]
            // r[kms.key-id.unknown]
            ..Ask::on(Use { verb, key: By::Identifier(&self.key_id), context: Some(&self.context) })
        }
    }
}

impl EncryptRequest {
    fn check(&self) -> Result<()> {
        check_key_name(&self.key_id)?;
        encryption_context::encode_map(&self.context)?;
        // r[kms.encrypt.length]
        let fits = (1..=MAX_PLAINTEXT).contains(&self.plaintext.expose().len());
        if fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
    }
}

impl DecryptRequest {
    fn check(&self) -> Result<()> {
        self.key_id.as_deref().map_or(Ok(()), check_key_name)?;
        encryption_context::encode_map(&self.context)?;
        // r[kms.decrypt.blob-length]
        let fits = (1..=MAX_BLOB).contains(&self.blob.len());
        if fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
    }

    fn used(&self, verb: Verb) -> Use<'_> {
        // r[kms.decrypt.key-confirmed]
        let key = self.key_id.as_deref().map_or(By::Blob(&self.blob), By::Identifier);
        Use { verb, key, context: Some(&self.context) }
    }
}

impl ReEncryptRequest {
    fn check(&self) -> Result<()> {
        self.source.check()?;
        check_key_name(&self.destination_key_id)?;
        encryption_context::encode_map(&self.destination_context).map(drop)
    }
}
