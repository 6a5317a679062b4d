//! What a bend makes of the reply or the refusal of a request on the store.

use super::super::malleable::Malleable;
use super::super::switch::Switch;
use super::{bent, kms_default, object};
use sse_spec::{Algorithm, Class, EncryptionRule, Operation, Refusal, Reply, SseHeaders, SseShown};
use sse_vectors::oracle::{Side, State, refusal};

/// Bends a reply.
pub(in crate::zoo) fn reply(
    options: &Malleable,
    reply: &mut Reply,
    operation: &Operation,
    state: &State,
) {
    match (reply, operation) {
        (Reply::PutObject(reply), Operation::PutObject(request)) => {
            echo(options, &request.sse, &mut reply.sse);
        }
        (Reply::GetBucketEncryption(reply), _) => {
            if let [rule] = reply.rules.as_mut_slice()
                && rule.algorithm != "AES256"
                && bent(options, Switch::DefaultShownInitial)
            {
                *rule = EncryptionRule { algorithm: "AES256".to_owned(), kms_key_id: None };
            }
        }
        (Reply::GetObject(reply), Operation::GetObject(request)) => {
            if reply.sse.algorithm == Algorithm::AwsKms
                && (bent(options, Switch::GetShowsS3)
                    || reply.size == 0 && bent(options, Switch::EmptyShownS3))
            {
                let (kms_key_id, context) = (None, None);
                let algorithm = Algorithm::Aes256.into();
                reply.sse = SseShown { algorithm, kms_key_id, context };
            }
            if let Some(rule) = kms_default(state, &request.bucket) {
                follow_default(options, rule, &mut reply.sse);
            }
        }
        (Reply::HeadObject(reply), Operation::HeadObject(request)) => {
            if let Some(rule) = kms_default(state, &request.bucket) {
                follow_default(options, rule, &mut reply.sse);
            }
            if reply.sse.kms_key_id.is_some() && bent(options, Switch::HeadWithoutKey) {
                reply.sse.kms_key_id = None;
            }
            if bent(options, Switch::HeadSizeStored) {
                reply.size += 72;
            }
        }
        (Reply::ListObjects(reply), _) => {
            let full = reply.objects.len();
            if options.switch == Some(Switch::EmptyUnlisted) {
                reply.objects.retain(|object| object.size > 0);
            }
            if reply.objects.len() < full {
                bent(options, Switch::EmptyUnlisted);
            }
        }
        (Reply::UploadPart(reply), _)
            if reply.sse.algorithm == Algorithm::AwsKms
                && bent(options, Switch::PartReplySilent) =>
        {
            let (kms_key_id, context) = (None, None);
            let algorithm = Algorithm::Aes256.into();
            reply.sse = SseShown { algorithm, kms_key_id, context };
        }
        _ => {}
    }
}

/// The key as the request named it.
fn echo(options: &Malleable, asked: &SseHeaders, shown: &mut SseShown) {
    if let (Some(asked), Some(shown)) = (&asked.kms_key_id, &mut shown.kms_key_id)
        && asked != shown
        && bent(options, Switch::KeyEchoed)
    {
        shown.clone_from(asked);
    }
}

/// What the default of the bucket says now, in place of what the object has.
fn follow_default(options: &Malleable, rule: &EncryptionRule, shown: &mut SseShown) {
    let key = rule.kms_key_id.clone();
    if (shown.algorithm != Algorithm::AwsKms || shown.kms_key_id != key)
        && key.is_some()
        && bent(options, Switch::ReadsShowDefault)
    {
        shown.algorithm = Algorithm::AwsKms.into();
        shown.kms_key_id = key;
    }
}

/// Bends a refusal.
pub(in crate::zoo) fn refused(
    options: &Malleable,
    mut refused: Refusal,
    operation: &Operation,
    state: &State,
) -> Refusal {
    let other = match (operation, refused.class) {
        (Operation::GetObject(_), Class::AccessDenied)
            if bent(options, Switch::DeniedAsMissing) =>
        {
            Class::NoSuchKey
        }
        (Operation::CopyObject(_), Class::KeyDisabled)
            if bent(options, Switch::DisabledAsDenied) =>
        {
            Class::AccessDenied
        }
        (Operation::PutObject(_), Class::KeyNotFound)
            if bent(options, Switch::UnknownAsInvalid) =>
        {
            Class::InvalidArgument
        }
        (Operation::GetObject(request), Class::NoSuchKey)
            if object(state, &request.bucket, &request.key).is_none()
                && bent(options, Switch::MissingAsDenied) =>
        {
            Class::AccessDenied
        }
        (Operation::GetBucketPolicy(_), Class::NoSuchBucketPolicy)
            if bent(options, Switch::NoPolicyAsDenied) =>
        {
            Class::AccessDenied
        }
        (Operation::CopyObject(_), Class::NoSuchKey | Class::NoSuchBucket)
            if bent(options, Switch::MissingSourceAsDenied) =>
        {
            Class::AccessDenied
        }
        _ => refused.class,
    };
    if other != refused.class {
        refused = refusal(Side::S3, other);
    }
    if let (Operation::CopyObject(_), Some(bare)) = (operation, refused.code.strip_prefix("KMS."))
        && bent(options, Switch::CopyCodeBare)
    {
        refused.code = bare.to_owned();
    }
    if refused.status == 404 && bent(options, Switch::StatusUniform) {
        refused.status = 400;
    }
    if let Operation::Decrypt(request) = operation
        && bent(options, Switch::RefusalTellsBlob)
    {
        refused.message = format!("cannot decrypt {}", hex::encode(&request.ciphertext_blob.0));
    }
    refused
}
