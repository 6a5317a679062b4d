//! Buckets: their making, their default encryption, their policies, and the item in which these lie
//! at rest (spec/sse/bucket-default.md).

use super::KeyService;
use super::mode::refuse_algorithm;
use crate::disk::{Change, Place};
use crate::environment::Environment;
use crate::policy::{Caller, Circumstances, Document, DocumentKind, Request, Resource};
use crate::refusal::{Refused, Result};
use crate::secret::SecretBuffer;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use sse_spec::{Class, EncryptionRule};

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    /// The account that owns it.
    pub owner: String,
    /// Its default encryption.
    pub default: BucketDefault,
    /// Its policy.
    pub policy: Option<Document>,
}

/// What a bucket does with a write that names no algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BucketDefault {
    /// SSE-S3, also where nothing was set.
    // r[sse.bucket-default.initial]
    #[default]
    SseS3,
    /// SSE-KMS.
    SseKms {
        /// The key as it was named; it is looked up at each write. `aws/s3` without it.
        // r[sse.bucket-default.key-not-validated]
        key: Option<String>,
    },
}

impl BucketDefault {
    /// Reads rules.
    ///
    /// # Errors
    /// `malformed-xml` for other than one rule or an unknown algorithm, `invalid-argument` for a
    /// key without `aws:kms`, `unsupported-operation`.
    pub fn of(rules: &[EncryptionRule]) -> Result<Self> {
        // r[sse.bucket-default.one-rule]
        let [EncryptionRule { algorithm, kms_key_id }] = rules else {
            return Err(Refused(Class::MalformedXml));
        };
        match (algorithm.as_str(), kms_key_id) {
            ("AES256", None) => Ok(Self::SseS3),
            // r[sse.bucket-default.key-with-aes256]
            ("AES256", Some(_)) => Err(Refused(Class::InvalidArgument)),
            ("aws:kms", key) => Ok(Self::SseKms { key: key.clone() }),
            (other, _) => Err(refuse_algorithm(other, Class::MalformedXml)),
        }
    }

    /// The one rule.
    #[must_use]
    pub fn rule(&self) -> EncryptionRule {
        let (algorithm, kms_key_id) = match self {
            Self::SseS3 => ("AES256", None),
            Self::SseKms { key } => ("aws:kms", key.clone()),
        };
        EncryptionRule { algorithm: algorithm.to_owned(), kms_key_id }
    }
}

/// The contents of a bucket's control item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketItem {
    owner: String,
    rules: Vec<EncryptionRule>,
    policy: Option<String>,
}

impl Bucket {
    pub(crate) fn from_contents(name: &str, contents: &SecretBuffer) -> Result<Self> {
        let damaged = Refused(Class::Integrity);
        let item = serde_json::from_slice(contents.expose()).map_err(|_| damaged)?;
        let BucketItem { owner, rules, policy } = item;
        let default = BucketDefault::of(&rules).map_err(|_| damaged)?;
        let parse = |text: String| Document::parse(&text, DocumentKind::Bucket(name));
        let policy = policy.map(parse).transpose().map_err(|_| damaged)?;
        Ok(Self { owner, default, policy })
    }
}

/// The change that makes a bucket what it is then.
fn write(
    environment: &Environment,
    name: &str,
    owner: &str,
    (default, policy): (&BucketDefault, Option<&Document>),
) -> Result<Change> {
    let item = BucketItem {
        owner: owner.to_owned(),
        rules: vec![default.rule()],
        policy: policy.map(|policy| policy.text().to_owned()),
    };
    let contents = serde_json::to_vec(&item).map_err(|_| Refused(Class::InvalidArgument))?;
    environment.seal_control(Place::Bucket(name.to_owned()), &contents)
}

impl<K: KeyService> Store<K> {
    /// Makes a bucket in the caller's account.
    ///
    /// # Errors
    /// `invalid-bucket-name`, `access-denied`, `bucket-exists`, `unavailable`.
    pub fn create_bucket(&mut self, caller: &Caller, bucket: &str) -> Result<()> {
        check_name(bucket)?;
        let (circumstances, arn) = (Circumstances::of(caller), format!("arn:aws:s3:::{bucket}"));
        let request = Request {
            caller,
            action: "s3:CreateBucket",
            resource: &arn,
            circumstances: &circumstances,
        };
        self.decide(&request, &Resource::Account { account: caller.account() })?;
        if self.buckets.contains_key(bucket) {
            return Err(Refused(Class::BucketExists));
        }
        let owner = caller.account().to_owned();
        let default = BucketDefault::default();
        let change = write(&self.environment, bucket, &owner, (&default, None))?;
        self.environment.disk.commit(vec![change])?;
        self.buckets.insert(bucket.to_owned(), Bucket { owner, default, policy: None });
        Ok(())
    }

    /// Sets the default encryption of a bucket.
    ///
    /// # Errors
    /// What [`BucketDefault::of`] refuses, `no-such-bucket`, `access-denied`, `unavailable`.
    pub fn put_bucket_encryption(
        &mut self,
        caller: &Caller,
        bucket: &str,
        rules: &[EncryptionRule],
    ) -> Result<()> {
        let default = BucketDefault::of(rules)?;
        self.set_default(caller, bucket, default)
    }

    /// Shows the default encryption of a bucket, a key as it was named.
    ///
    /// # Errors
    /// `no-such-bucket`, `access-denied`.
    pub fn get_bucket_encryption(&self, caller: &Caller, bucket: &str) -> Result<EncryptionRule> {
        self.admit_setting(caller, "s3:GetEncryptionConfiguration", bucket)?;
        // r[sse.bucket-default.shown]
        Ok(self.bucket(bucket)?.default.rule())
    }

    /// Takes away the default encryption of a bucket, so that it is SSE-S3.
    ///
    /// # Errors
    /// `no-such-bucket`, `access-denied`, `unavailable`.
    pub fn delete_bucket_encryption(&mut self, caller: &Caller, bucket: &str) -> Result<()> {
        // r[sse.bucket-default.removed]
        self.set_default(caller, bucket, BucketDefault::default())
    }

    fn set_default(&mut self, caller: &Caller, name: &str, default: BucketDefault) -> Result<()> {
        self.admit_setting(caller, "s3:PutEncryptionConfiguration", name)?;
        let Bucket { owner, policy, .. } = self.bucket(name)?;
        let change = write(&self.environment, name, owner, (&default, policy.as_ref()))?;
        self.environment.disk.commit(vec![change])?;
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.default = default;
        }
        Ok(())
    }

    /// Sets the policy of a bucket.
    ///
    /// # Errors
    /// `malformed-policy`, `no-such-bucket`, `access-denied`, `unavailable`.
    pub fn put_bucket_policy(&mut self, caller: &Caller, bucket: &str, text: &str) -> Result<()> {
        let policy = Document::parse(text, DocumentKind::Bucket(bucket))?;
        self.admit_setting(caller, "s3:PutBucketPolicy", bucket)?;
        self.set_policy(bucket, Some(policy))
    }

    /// Shows the policy of a bucket, as it was put.
    ///
    /// # Errors
    /// `no-such-bucket`, `access-denied`, `no-such-bucket-policy`.
    pub fn get_bucket_policy(&self, caller: &Caller, bucket: &str) -> Result<String> {
        self.admit_setting(caller, "s3:GetBucketPolicy", bucket)?;
        let policy = self.bucket(bucket)?.policy.as_ref();
        // r[policy.document.no-bucket-policy]
        Ok(policy.ok_or(Refused(Class::NoSuchBucketPolicy))?.text().to_owned())
    }

    /// Takes away the policy of a bucket, if there is one.
    ///
    /// # Errors
    /// `no-such-bucket`, `access-denied`, `unavailable`.
    pub fn delete_bucket_policy(&mut self, caller: &Caller, bucket: &str) -> Result<()> {
        self.admit_setting(caller, "s3:DeleteBucketPolicy", bucket)?;
        self.set_policy(bucket, None)
    }

    fn set_policy(&mut self, name: &str, policy: Option<Document>) -> Result<()> {
        let Bucket { owner, default, .. } = self.bucket(name)?;
        let change = write(&self.environment, name, owner, (default, policy.as_ref()))?;
        self.environment.disk.commit(vec![change])?;
        if let Some(bucket) = self.buckets.get_mut(name) {
            bucket.policy = policy;
        }
        Ok(())
    }

    fn admit_setting(&self, caller: &Caller, action: &str, bucket: &str) -> Result<()> {
        self.authorize(caller, action, (bucket, None), &Circumstances::of(caller))
    }
}

/// 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends, no dot
/// beside a dot, and not the form of an IPv4 address.
fn check_name(bucket: &str) -> Result<()> {
    // r[sse.name.bucket]
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [bucket.bytes().next(), bucket.bytes().next_back()];
    let legal = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|byte| alphanumeric(byte) || matches!(byte, b'.' | b'-'))
        && ends.into_iter().flatten().all(alphanumeric)
        && !bucket.contains("..")
        && !is_address(bucket);
    if legal { Ok(()) } else { Err(Refused(Class::InvalidBucketName)) }
}

/// Four numbers joined by dots.
fn is_address(name: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    name.split('.').count() == 4 && name.split('.').all(number)
}
