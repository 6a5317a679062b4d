//! KMS keys: what a key is, and its record at rest (spec/key.md).

mod state;

pub use state::{State, Verb};

use crate::data_key::{KeyId, MaterialId};
use crate::environment::Environment;
use crate::policy::{Document, DocumentKind};
use crate::refusal::{Refused, Result};
use crate::rotation::{Rotated, Schedule};
use crate::secret::{KEY_LENGTH, SecretBuffer, WrappingKey};
use crate::wire::Reader;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sse_spec::{Class, KeyManager, KeyMetadata, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MAX_DESCRIPTION: usize = 8192;

/// A KMS key with its materials. Specification, usage and origin are the same for every key here.
///
/// A request works on a copy of the record, which takes the original's place once it is durable;
/// the materials themselves are shared and never copied.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its id.
    #[serde(with = "hex")]
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
    /// Its key policy.
    #[serde(serialize_with = "write_policy", deserialize_with = "read_policy")]
    pub policy: Arc<Document>,
    /// The aliases that name it; so they are gone when it is.
    pub aliases: BTreeSet<String>,
    /// Its automatic rotation, where it is on.
    pub rotation: Option<Schedule>,
    /// The material that encrypts.
    pub current: Material,
    /// The materials before it, oldest first, which still decrypt.
    pub earlier: Vec<Material>,
    #[serde(skip)]
    secrets: BTreeMap<MaterialId, Arc<WrappingKey>>,
}

/// What may be told of a material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Its id, which every blob names.
    #[serde(with = "hex")]
    pub id: MaterialId,
    /// The rotation that made it; none made the first.
    pub rotated: Option<Rotated>,
}

impl Key {
    /// Draws a new key with its first material.
    pub(crate) fn draw(
        environment: &Environment,
        account: &str,
        manager: KeyManager,
        policy: Document,
    ) -> Result<Self> {
        let current = Material { id: environment.draw()?, rotated: None };
        let secret = Arc::new(environment.draw_wrapping_key()?);
        Ok(Self {
            id: uuid(environment.draw()?),
            account: account.to_owned(),
            manager,
            // r[key.create.enabled]
            state: State::Enabled,
            created: environment.now(),
            description: String::new(),
            policy: Arc::new(policy),
            aliases: BTreeSet::new(),
            // r[rotation.status.default-off]
            rotation: None,
            secrets: BTreeMap::from([(current.id, secret)]),
            current,
            earlier: Vec::new(),
        })
    }

    /// Gives the key another material, which is the current one from now on.
    pub(crate) fn rotate(&mut self, environment: &Environment, rotated: Rotated) -> Result<()> {
        let id = environment.draw()?;
        let secret = Arc::new(environment.draw_wrapping_key()?);
        // Only a broken random source repeats 256 bits.
        if self.secrets.insert(id, secret).is_some() {
            return Err(Refused(Class::Unavailable));
        }
        let current = Material { id, rotated: Some(rotated) };
        // r[rotation.effect.old-blobs]
        // r[rotation.effect.old-objects]
        // r[rotation.effect.same-key]
        self.earlier.push(std::mem::replace(&mut self.current, current));
        Ok(())
    }

    /// The material of an id, if the key has it.
    ///
    /// # Errors
    /// `integrity` for another one's id, which no blob of this key names.
    pub fn secret(&self, id: &MaterialId) -> Result<&WrappingKey> {
        self.secrets.get(id).map(|secret| &**secret).ok_or(Refused(Class::Integrity))
    }

    /// The key's ARN.
    #[must_use]
    pub fn arn(&self, region: &str) -> String {
        // r[key.create.arn]
        format!("arn:aws:kms:{region}:{}:key/{}", self.account, format_id(&self.id))
    }

    /// What DescribeKey shows.
    #[must_use]
    pub fn metadata(&self, region: &str) -> KeyMetadata {
        // r[key.describe.state-shown]
        // r[key.describe.enabled-flag]
        // r[key.describe.customer]
        // r[key.describe.specification]
        // r[key.create.description]
        // r[key.schedule-deletion.date-described]
        // r[key.aws-managed.described]
        // r[rotation.effect.current-shown]
        KeyMetadata {
            key_id: format_id(&self.id),
            arn: self.arn(region),
            account_id: self.account.clone(),
            key_manager: self.manager.into(),
            key_state: self.state.shown().into(),
            enabled: self.state == State::Enabled,
            key_spec: "SYMMETRIC_DEFAULT".to_owned(),
            key_usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            creation_date: self.created,
            description: self.description.clone(),
            deletion_date: self.state.deletion_date(),
            current_key_material_id: Some(hex::encode(self.current.id)),
        }
    }

    /// The key's materials, oldest first.
    pub(crate) fn materials(&self) -> impl Iterator<Item = &Material> {
        self.earlier.iter().chain([&self.current])
    }

    /// The contents of the key's control item: `lp32(JSON of the record)`, then each material.
    ///
    /// # Errors
    /// `integrity` where a material is missing, which no key in memory lets happen.
    pub fn contents(&self) -> Result<SecretBuffer> {
        let damaged = Refused(Class::Integrity);
        let record = serde_json::to_vec(self).map_err(|_| damaged)?;
        let length = u32::try_from(record.len()).map_err(|_| damaged)?.to_be_bytes();
        let mut secrets = Vec::new();
        for material in self.materials() {
            secrets.push(self.secret(&material.id)?);
        }
        let mut contents =
            SecretBuffer::zeroed(length.len() + record.len() + secrets.len() * KEY_LENGTH);
        let secrets = secrets.iter().flat_map(|secret| secret.expose());
        let bytes = length.iter().chain(&record).chain(secrets);
        for (to, from) in contents.expose_mut().iter_mut().zip(bytes) {
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
        let record = serde_json::from_slice(reader.lp32()?);
        let mut key: Self = record.map_err(|_| Refused(Class::Integrity))?;
        let mut secrets = BTreeMap::new();
        for material in key.materials() {
            let secret = WrappingKey::from_slice(reader.take(KEY_LENGTH)?)?;
            secrets.insert(material.id, Arc::new(secret));
        }
        reader.end()?;
        key.secrets = secrets;
        Ok(key)
    }
}

fn write_policy<S: Serializer>(policy: &Document, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(policy.text())
}

fn read_policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Document>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Document::parse(&text, DocumentKind::Key).map(Arc::new).map_err(Error::custom)
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
    /// A key policy.
    pub policy: Option<String>,
    /// Whether that policy may lock its author out.
    pub bypass_policy_lockout_safety_check: bool,
    /// What the owner says of the key.
    pub description: Option<String>,
}

impl NewKey {
    /// Checks the parameters other than the policy.
    ///
    /// # Errors
    /// `unsupported-operation` for a kind of key that exists elsewhere, `invalid-argument` for one
    /// that exists nowhere.
    pub fn check(&self) -> Result<()> {
        const KINDS: &[&str] = &["RSA_", "ECC_", "HMAC_", "ML_DSA_", "SM2"];
        const USAGES: &[&str] = &["SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
        const ORIGINS: &[&str] = &["EXTERNAL", "EXTERNAL_KEY_STORE", "AWS_CLOUDHSM"];
        let is_kind = |word: &str| KINDS.iter().any(|prefix| word.starts_with(prefix));
        // r[key.create.asymmetric-refused]
        // r[key.create.symmetric-only]
        one_of(self.key_spec.as_deref(), "SYMMETRIC_DEFAULT", is_kind)?;
        one_of(self.key_usage.as_deref(), "ENCRYPT_DECRYPT", |word| USAGES.contains(&word))?;
        one_of(self.origin.as_deref(), "AWS_KMS", |word| ORIGINS.contains(&word))?;
        // r[kms.order.parameters-class]
        match &self.description {
            Some(text) if text.chars().count() > MAX_DESCRIPTION => {
                Err(Refused(Class::InvalidArgument))
            }
            _ => Ok(()),
        }
    }
}

fn one_of(asked: Option<&str>, offered: &str, elsewhere: impl Fn(&str) -> bool) -> Result<()> {
    match asked {
        None => Ok(()),
        Some(word) if word == offered => Ok(()),
        Some(word) if elsewhere(word) => Err(Refused(Class::UnsupportedOperation)),
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
    let digits = u128::from_be_bytes(*id);
    let group = |shift: u32, bits: u32| (digits >> shift) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(96, 32),
        group(80, 16),
        group(64, 16),
        group(48, 16),
        group(0, 48)
    )
}

/// The id whose 36 characters these are, in lower case.
#[must_use]
pub fn parse_id(text: &str) -> Option<KeyId> {
    let mut id = [0; 16];
    hex::decode_to_slice(text.replace('-', ""), &mut id).ok()?;
    (format_id(&id) == text).then_some(id)
}
