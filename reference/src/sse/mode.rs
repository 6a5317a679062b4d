//! Which mode and which key a write gets, what a policy sees of both, and the data key of an object
//! (spec/sse.md, which mode and which key; spec/sse/bucket-default.md, precedence).

use super::{BucketDefault, KeyService, SseHeaders};
use crate::alias::AWS_S3;
use crate::data_key::Identity;
use crate::encryption_context::{self, OBJECT_ARN_KEY};
use crate::kms::{DataKeyRequest, DecryptRequest, check_key_name};
use crate::policy::{Caller, Circumstances};
use crate::refusal::{Refused, Result};
use crate::sealed_object::record::Protection;
use crate::secret::Dek;
use crate::store::Store;
use sse_spec::{Class, EncryptionContext};

/// The mode of a write, with the key as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    SseS3,
    SseKms { key: Option<String>, context: EncryptionContext },
}

impl Mode {
    /// What the headers of a write ask for; `None` where they leave it to the bucket.
    pub(super) fn asked(headers: &SseHeaders, identity: &Identity) -> Result<Option<Self>> {
        let invalid = Refused(Class::InvalidArgument);
        match headers.algorithm.as_deref() {
            None | Some("AES256") => {
                // r[sse.put.key-id-without-kms]
                // r[sse.put.key-id-with-aes256]
                // r[sse.put.context-without-kms]
                // r[sse.bucket-default.lone-fields]
                if headers.kms_key_id.is_some() || headers.context.is_some() {
                    return Err(invalid);
                }
                // r[sse.bucket-default.header-sse-s3]
                Ok(headers.algorithm.is_some().then_some(Self::SseS3))
            }
            Some("aws:kms") => {
                let mut context = match &headers.context {
                    Some(header) => encryption_context::from_header(header)?,
                    None => EncryptionContext::new(),
                };
                // r[sse.put.context-arn]
                let own = context.remove(OBJECT_ARN_KEY);
                if own.is_some_and(|arn| arn != identity.object_arn()) {
                    return Err(invalid);
                }
                // r[sse.order.sequence]
                encryption_context::encode_map(&encryption_context::of_object(&context, identity))?;
                headers.kms_key_id.as_deref().map_or(Ok(()), check_key_name)?;
                // r[sse.bucket-default.header-key]
                // r[sse.bucket-default.header-without-key]
                Ok(Some(Self::SseKms { key: headers.kms_key_id.clone(), context }))
            }
            Some(other) => Err(refuse_algorithm(other, Class::InvalidArgument)),
        }
    }
}

/// The refusal of an algorithm that is neither `AES256` nor `aws:kms`; `unknown` is the class of a
/// text that is no algorithm at all.
pub(super) fn refuse_algorithm(algorithm: &str, unknown: Class) -> Refused {
    match algorithm {
        // r[sse.bucket-default.unsupported-algorithm]
        "aws:kms:dsse" | "aws:fsx" | "aws:backup" => Refused(Class::UnsupportedOperation),
        // r[sse.put.invalid-algorithm]
        // r[sse.put.invalid-algorithm-code]
        // r[sse.bucket-default.invalid-algorithm]
        _ => Refused(unknown),
    }
}

impl From<&BucketDefault> for Mode {
    fn from(default: &BucketDefault) -> Self {
        match default {
            // r[sse.put.default-sse-s3]
            BucketDefault::SseS3 => Self::SseS3,
            // r[sse.bucket-default.applied]
            // r[sse.bucket-default.managed-key]
            BucketDefault::SseKms { key } => {
                Self::SseKms { key: key.clone(), context: EncryptionContext::new() }
            }
        }
    }
}

/// What a policy sees of a write beside its caller.
pub(super) fn circumstances(
    caller: &Caller,
    algorithm_sent: Option<&str>,
    key: Option<&str>,
) -> Circumstances {
    const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
    const KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    let mut circumstances = Circumstances::of(caller);
    // r[policy.header.default-not-seen]
    if let Some(algorithm) = algorithm_sent {
        circumstances = circumstances.with(ALGORITHM, algorithm);
    }
    // r[policy.header.key-id]
    // r[policy.header.key-id-effective]
    if let Some(key) = key {
        circumstances = circumstances.with(KEY, key);
    }
    circumstances
}

impl<K: KeyService> Store<K> {
    /// Admits a write: its bucket exists, and the caller may make it. Returns its mode.
    pub(super) fn admit_write(
        &self,
        caller: &Caller,
        identity: &Identity,
        headers: &SseHeaders,
        asked: Option<Mode>,
    ) -> Result<Mode> {
        let bucket = self.bucket(identity.bucket())?;
        // The request decides before the bucket.
        let mode = asked.unwrap_or_else(|| Mode::from(&bucket.default));
        let key = match &mode {
            Mode::SseS3 => None,
            // A key that is not found is refused by KMS, after the permission; `aws/s3` is made
            // by the write itself, and until then there is nothing to see.
            Mode::SseKms { key: Some(named), .. } if named != AWS_S3 => {
                Some(self.kms.key_arn(caller, named).unwrap_or_else(|| named.clone()))
            }
            // r[policy.decision.reference]
            Mode::SseKms { .. } => self.kms.key_arn(caller, AWS_S3),
        };
        let seen = circumstances(caller, headers.algorithm.as_deref(), key.as_deref());
        let resource = (identity.bucket(), Some(identity.key()));
        // r[policy.permission.s3-needed]
        self.authorize(caller, "s3:PutObject", resource, &seen)?;
        Ok(mode)
    }

    /// A data key for one object, in clear and wrapped, with what its record will say of it.
    pub(super) fn new_data_key(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        mode: Mode,
    ) -> Result<(Dek, Vec<u8>, Protection)> {
        let Mode::SseKms { key, context } = mode else {
            // r[sse.put.sse-s3-no-kms-request]
            // r[sse.authorization.sse-s3-iam-only]
            // r[audit.entry.none-for-sse-s3]
            let (dek, blob) = self.new_service_data_key(identity)?;
            return Ok((dek, blob, Protection::SseS3));
        };
        // r[sse.put.kms-default-key]
        let key_id = match key {
            // r[key.aws-managed.alias-in-put]
            Some(key) if key == AWS_S3 => self.kms.aws_managed_key(caller).map(|_| key)?,
            Some(key) => key,
            // r[key.aws-managed.of-requester]
            None => self.kms.aws_managed_key(caller)?,
        };
        // r[sse.put.generate-data-key-once]
        // r[sse.put.data-key-256-bit]
        // r[sse.put.key-not-found]
        // r[sse.copy.key-not-found]
        // r[sse.multipart.key-not-found]
        // r[sse.key.identifier-forms]
        // r[sse.copy.destination-arn]
        // r[sse.copy.source-context-left]
        let request = DataKeyRequest {
            key_id,
            key_spec: Some("AES_256".to_owned()),
            number_of_bytes: None,
            context: encryption_context::of_object(&context, identity),
        };
        // r[sse.authorization.generate-data-key]
        // r[sse.bucket-default.key-unusable]
        // r[refusal.failure.no-data-key]
        let data_key = self.kms.generate_data_key(&caller.through_store(), &request)?;
        let dek = Dek::from_slice(data_key.plaintext.expose())?;
        // The ARN and no alias, so that what an alias names later is none of the object's affair.
        // r[key.alias.stored-objects]
        // r[rotation.manual.old-objects]
        // r[rotation.manual.old-key-needed]
        let protection = Protection::SseKms { key_arn: data_key.key_arn, context };
        Ok((dek, data_key.blob, protection))
    }

    /// The data key of an object, from its wrapped form.
    pub(super) fn open_data_key(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        (protection, blob): (&Protection, &[u8]),
    ) -> Result<Dek> {
        match protection {
            Protection::SseS3 => self.open_service_data_key(identity, blob),
            Protection::SseKms { key_arn, context } => {
                // The key is named, so that KMS refuses a blob of another one.
                // r[sse.get.decrypt-once]
                let request = DecryptRequest {
                    key_id: Some(key_arn.clone()),
                    blob: blob.to_vec(),
                    context: encryption_context::of_object(context, identity),
                };
                // r[sse.authorization.decrypt]
                let decrypted = self.kms.decrypt(&caller.through_store(), &request)?;
                Dek::from_slice(decrypted.plaintext.expose()).map_err(|_| Refused(Class::Integrity))
            }
        }
    }
}
