//! KMS keys: their records at rest, their states, and what each state allows (spec/key.md).

use crate::data_key::{KeyId, MaterialId};
use crate::refusal::{Refused, Result};
use crate::secret::{SecretBuffer, WrappingKey};
use crate::wire::{Reader, put_lp16};
use sse_spec::{Class, KeyManager, KeyMetadata, KeyState, Timestamp};

const VERSION: &[u8] = &[1];
const MAX_DESCRIPTION: usize = 8192;

/// The state of a key in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Usable.
    Enabled,
    /// Not usable; nothing is lost.
    Disabled,
}

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GenerateDataKey.
    GenerateDataKey,
    /// Decrypt.
    Decrypt,
    /// DescribeKey.
    DescribeKey,
    /// EnableKey.
    EnableKey,
    /// DisableKey.
    DisableKey,
}

impl State {
    /// The table of spec/key.md, cell by cell: the state after the operation, or its refusal.
    ///
    /// # Errors
    /// The class of the cell.
    pub fn after(self, verb: Verb) -> Result<Self> {
        match (verb, self) {
            (Verb::GenerateDataKey, Self::Enabled) => Ok(Self::Enabled),
            // r[key.disable.refuses-cryptography]
            // r[sse.put.key-disabled-refused]
            (Verb::GenerateDataKey, Self::Disabled) => Err(Refused(Class::KeyDisabled)),
            (Verb::Decrypt, Self::Enabled) => Ok(Self::Enabled),
            // r[key.disable.refuses-cryptography]
            // r[sse.get.key-disabled-refused]
            (Verb::Decrypt, Self::Disabled) => Err(Refused(Class::KeyDisabled)),
            // r[key.disable.management-allowed]
            (Verb::DescribeKey, Self::Enabled) => Ok(Self::Enabled),
            (Verb::DescribeKey, Self::Disabled) => Ok(Self::Disabled),
            // r[key.enable.idempotent]
            (Verb::EnableKey, Self::Enabled) => Ok(Self::Enabled),
            // r[key.enable.restores]
            // r[sse.get.readable-again]
            (Verb::EnableKey, Self::Disabled) => Ok(Self::Enabled),
            (Verb::DisableKey, Self::Enabled) => Ok(Self::Disabled),
            // r[key.disable.idempotent]
            (Verb::DisableKey, Self::Disabled) => Ok(Self::Disabled),
        }
    }
}

impl Verb {
    /// The operation's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GenerateDataKey => "GenerateDataKey",
            Self::Decrypt => "Decrypt",
            Self::DescribeKey => "DescribeKey",
            Self::EnableKey => "EnableKey",
            Self::DisableKey => "DisableKey",
        }
    }

    /// The operation in the words of a policy.
    #[must_use]
    pub fn action(self) -> String {
        format!("kms:{}", self.name())
    }
}

/// A KMS key with its material. Specification, usage and origin are the same for every key here.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// The account that owns it.
    pub account: String,
    /// Who manages it; `Aws` for the account's `aws/s3`.
    pub manager: KeyManager,
    /// Its state.
    pub state: State,
    /// When it was made.
    pub created: Timestamp,
    /// What its owner says of it.
    pub description: String,
    /// Id of its material.
    pub material_id: MaterialId,
    /// Its material, which never leaves the KMS.
    pub material: WrappingKey,
}

impl Key {
    /// The key's ARN.
    #[must_use]
    pub fn arn(&self, region: &str) -> String {
        format!("arn:aws:kms:{region}:{}:key/{}", self.account, format_id(&self.id))
    }

    /// What DescribeKey shows.
    #[must_use]
    pub fn metadata(&self, region: &str) -> KeyMetadata {
        // r[key.create.enabled]
        // r[key.describe.state-shown]
        // r[key.aws-managed.described]
        KeyMetadata {
            key_id: format_id(&self.id),
            arn: self.arn(region),
            account_id: self.account.clone(),
            key_manager: self.manager,
            key_state: match self.state {
                State::Enabled => KeyState::Enabled,
                State::Disabled => KeyState::Disabled,
            },
            enabled: self.state == State::Enabled,
            key_spec: "SYMMETRIC_DEFAULT".to_owned(),
            key_usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            creation_date: self.created,
            description: self.description.clone(),
            deletion_date: None,
            current_key_material_id: Some(hex::encode(self.material_id)),
        }
    }

    /// The contents of the key's control item, as they are with the key in `state`.
    ///
    /// # Errors
    /// `invalid-argument` where a text is too long; [`NewKey::check`] has seen to that.
    pub fn contents(&self, state: State) -> Result<SecretBuffer> {
        let mut bytes = VERSION.to_vec();
        bytes.extend(self.id);
        put_lp16(&mut bytes, self.account.as_bytes())?;
        bytes.push(match self.manager {
            KeyManager::Customer => 1,
            KeyManager::Aws => 2,
        });
        bytes.push(match state {
            State::Enabled => 1,
            State::Disabled => 2,
        });
        bytes.extend(self.created.to_be_bytes());
        put_lp16(&mut bytes, self.description.as_bytes())?;
        bytes.extend(self.material_id);
        let public = bytes.len();
        let mut contents = SecretBuffer::zeroed(public + self.material.expose().len());
        let fields = bytes.iter().chain(self.material.expose());
        for (to, from) in contents.expose_mut().iter_mut().zip(fields) {
            *to = *from;
        }
        Ok(contents)
    }

    /// Reads the contents of a key's control item.
    ///
    /// # Errors
    /// `integrity` for anything that [`Key::contents`] has not written.
    pub fn from_contents(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        reader.expect(VERSION)?;
        let key = Self {
            id: reader.array()?,
            account: reader.text16()?.to_owned(),
            manager: match reader.u8()? {
                1 => KeyManager::Customer,
                2 => KeyManager::Aws,
                _ => return Err(Refused(Class::Integrity)),
            },
            state: match reader.u8()? {
                1 => State::Enabled,
                2 => State::Disabled,
                _ => return Err(Refused(Class::Integrity)),
            },
            created: reader.u64()?,
            description: reader.text16()?.to_owned(),
            material_id: reader.array()?,
            material: WrappingKey::from_slice(reader.take(32)?)?,
        };
        reader.end()?;
        Ok(key)
    }
}

/// What CreateKey is asked for; `None` is the default, the only kind of key there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewKey {
    /// `SYMMETRIC_DEFAULT`.
    pub key_spec: Option<String>,
    /// `ENCRYPT_DECRYPT`.
    pub key_usage: Option<String>,
    /// `AWS_KMS`.
    pub origin: Option<String>,
    /// A key policy, which this version does not offer.
    pub policy: Option<String>,
    /// What the owner says of the key.
    pub description: Option<String>,
}

impl NewKey {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `unsupported-operation` for a kind of key that exists elsewhere, `invalid-argument` for one
    /// that exists nowhere.
    pub fn check(&self) -> Result<()> {
        const SPECS: &[&str] = &["RSA_", "ECC_", "HMAC_", "ML_DSA_", "SM2"];
        const USAGES: &[&str] = &["SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
        const ORIGINS: &[&str] = &["EXTERNAL", "AWS_CLOUDHSM"];
        // r[key.create.asymmetric-refused]
        // r[key.create.symmetric-only]
        one_of(self.key_spec.as_deref(), "SYMMETRIC_DEFAULT", SPECS)?;
        one_of(self.key_usage.as_deref(), "ENCRYPT_DECRYPT", USAGES)?;
        one_of(self.origin.as_deref(), "AWS_KMS", ORIGINS)?;
        if self.policy.is_some() {
            return Err(Refused(Class::UnsupportedOperation));
        }
        match &self.description {
            Some(text) if text.len() > MAX_DESCRIPTION => Err(Refused(Class::InvalidArgument)),
            _ => Ok(()),
        }
    }
}

fn one_of(asked: Option<&str>, offered: &str, elsewhere: &[&str]) -> Result<()> {
    match asked {
        None => Ok(()),
        Some(word) if word == offered => Ok(()),
        Some(word) if elsewhere.iter().any(|prefix| word.starts_with(prefix)) => {
            Err(Refused(Class::UnsupportedOperation))
        }
        Some(_) => Err(Refused(Class::InvalidArgument)),
    }
}

/// Makes a random id into that of a version 4 UUID (RFC 9562, section 5.4).
#[must_use]
pub fn uuid(mut random: [u8; 16]) -> KeyId {
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut random;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    random
}

/// The 36 characters of a UUID.
#[must_use]
pub fn format_id(id: &KeyId) -> String {
    let mut text = String::with_capacity(36);
    for (index, digits) in hex::encode(id).as_bytes().chunks(4).enumerate() {
        if matches!(index, 2..=5) {
            text.push('-');
        }
        text.extend(digits.iter().copied().map(char::from));
    }
    text
}

/// The id whose 36 characters these are, in lower case.
#[must_use]
pub fn parse_id(text: &str) -> Option<KeyId> {
    let mut id = [0; 16];
    hex::decode_to_slice(text.replace('-', ""), &mut id).ok()?;
    (format_id(&id) == text).then_some(id)
}
