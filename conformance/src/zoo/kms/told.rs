//! What a bend makes of a refusal in which KMS has a part: another class, code or status, or none.

use super::asked::key_id;
use super::{KmsSwitch, bent};
use crate::zoo::malleable::Malleable;
use crate::zoo::switch::Switch;
use sse_spec::{Class, DeleteAliasReply, KeyManager, KeyState, Operation, Plane, Refusal, Reply};
use sse_vectors::builder::kms_blob_ids;
use sse_vectors::oracle::{Key, Side, State, refusal};

/// A refused request.
struct Asked<'a> {
    operation: &'a Operation,
    state: &'a State,
    /// The identifier of its key; empty where the request has none.
    named: String,
}

/// A class that a bend tells in place of another, and of which requests.
type Told = (KmsSwitch, Class, Class, fn(&Asked<'_>) -> bool);

const TOLD: &[Told] = {
    use Class as C;
    use KmsSwitch as S;
    &[
        (S::DisabledAsPending, C::KeyDisabled, C::InvalidKeyState, cryptographic),
        (S::PendingAsDisabled, C::InvalidKeyState, C::KeyDisabled, cryptographic),
        (S::StateClassSwapped, C::KeyDisabled, C::InvalidKeyState, managing),
        (S::StateClassSwapped, C::InvalidKeyState, C::KeyDisabled, managing),
        (S::NoFormAsInvalid, C::KeyNotFound, C::InvalidArgument, formless),
        (S::ManagingAliasAsInvalid, C::KeyNotFound, C::InvalidArgument, managing_by_alias),
        (S::LengthAsUnknown, C::InvalidArgument, C::KeyNotFound, of_no_length),
        (S::ParameterAsUnsupported, C::InvalidArgument, C::UnsupportedOperation, |_| true),
        (S::BlobLengthAsDamage, C::InvalidArgument, C::Integrity, blob_of_no_length),
        (S::NoBlobAsInvalid, C::Integrity, C::InvalidArgument, no_blob),
        (S::NoSourceAsInvalid, C::Integrity, C::InvalidArgument, no_source),
        (S::ManagedAsUnsupported, C::AccessDenied, C::UnsupportedOperation, on_managed),
        (S::LongPolicyAsMalformed, C::LimitExceeded, C::MalformedPolicy, with_policy),
        (S::StateBeforeDenial, C::AccessDenied, C::KeyDisabled, on_disabled),
        (S::DeletedAsPending, C::KeyNotFound, C::InvalidKeyState, on_deleted),
        (S::DeletedAsDamage, C::KeyNotFound, C::Integrity, got),
        (S::DestinationFirst, C::KeyDisabled, C::InvalidKeyState, to_pending),
        (S::CopyUnknownAsPending, C::KeyNotFound, C::InvalidKeyState, copied),
    ]
};

/// Bends a refusal, or forgives it.
pub(in crate::zoo) fn refused(
    options: &Malleable,
    mut refused: Refusal,
    operation: &Operation,
    state: &State,
) -> Result<Reply, Refusal> {
    let Some(Switch::Kms(switch)) = options.switch else { return Err(refused) };
    let side = if operation.plane() == Plane::Kms { Side::Kms } else { Side::S3 };
    if let (Operation::DeleteAlias(_), Class::KeyNotFound) = (operation, refused.class)
        && bent(options, KmsSwitch::DeleteForgiven)
    {
        return Ok(DeleteAliasReply {}.into());
    }
    let asked = Asked { operation, state, named: key_id(operation).unwrap_or_default() };
    let mut told = TOLD.iter().filter(|(of, from, ..)| (*of, *from) == (switch, refused.class));
    if let Some((.., to, _)) = told.find(|(.., applies)| applies(&asked))
        && bent(options, switch)
    {
        refused = refusal(side, *to);
    }
    match (side, refused.class) {
        (Side::Kms, _) if bent(options, KmsSwitch::CodeShort) => {
            refused.code = refused.code.trim_end_matches("Exception").to_owned();
        }
        (Side::Kms, Class::KeyNotFound) if bent(options, KmsSwitch::StatusOfHttp) => {
            refused.status = 404;
        }
        (Side::S3, Class::KeyNotFound) if bent(options, KmsSwitch::StoreCodeOfObject) => {
            refused.code = "NoSuchKey".to_owned();
        }
        (Side::S3, Class::AccessDenied) if bent(options, KmsSwitch::StoreCodeOfKms) => {
            refused.code = "AccessDeniedException".to_owned();
        }
        _ => {}
    }
    Err(refused)
}

impl Asked<'_> {
    fn key(&self) -> Option<&Key> {
        self.state.keys.get(self.named.rsplit('/').next()?)
    }
}

fn cryptographic(asked: &Asked<'_>) -> bool {
    let uses = ["GenerateDataKey", "Encrypt", "Decrypt", "ReEncrypt"];
    uses.iter().any(|name| asked.operation.name().starts_with(name))
}

fn managing(asked: &Asked<'_>) -> bool {
    !cryptographic(asked) && asked.operation.plane() == Plane::Kms
}

fn managing_by_alias(asked: &Asked<'_>) -> bool {
    managing(asked) && asked.named.contains("alias/")
}

fn formless(asked: &Asked<'_>) -> bool {
    let alias = asked.named.contains("alias/");
    matches!(asked.operation, Operation::DescribeKey(_)) && asked.key().is_none() && !alias
}

fn of_no_length(asked: &Asked<'_>) -> bool {
    let optional = matches!(asked.operation, Operation::Decrypt(it) if it.key_id.is_none());
    !optional && !(1..=2048).contains(&asked.named.chars().count())
}

fn blob_of_no_length(asked: &Asked<'_>) -> bool {
    let Operation::Decrypt(request) = asked.operation else { return false };
    !(1..=6144).contains(&request.ciphertext_blob.0.len())
}

fn no_blob(asked: &Asked<'_>) -> bool {
    let Operation::Decrypt(request) = asked.operation else { return false };
    kms_blob_ids(&request.ciphertext_blob.0).is_none()
}

fn no_source(asked: &Asked<'_>) -> bool {
    let Operation::ReEncrypt(request) = asked.operation else { return false };
    kms_blob_ids(&request.ciphertext_blob.0).is_none()
}

fn on_managed(asked: &Asked<'_>) -> bool {
    managing(asked) && asked.key().is_some_and(|key| key.manager == KeyManager::Aws)
}

fn with_policy(asked: &Asked<'_>) -> bool {
    matches!(asked.operation, Operation::PutKeyPolicy(_) | Operation::CreateKey(_))
}

fn on_disabled(asked: &Asked<'_>) -> bool {
    cryptographic(asked) && asked.key().is_some_and(|key| key.state == KeyState::Disabled)
}

fn on_deleted(asked: &Asked<'_>) -> bool {
    let id = asked.named.rsplit('/').next().unwrap_or_default();
    let described = matches!(asked.operation, Operation::DescribeKey(_));
    !described && asked.state.deleted.contains_key(id)
}

fn got(asked: &Asked<'_>) -> bool {
    matches!(asked.operation, Operation::GetObject(_))
}

fn to_pending(asked: &Asked<'_>) -> bool {
    let Operation::ReEncrypt(request) = asked.operation else { return false };
    let id = request.destination_key_id.rsplit('/').next().unwrap_or_default();
    asked.state.keys.get(id).is_some_and(|key| key.state == KeyState::PendingDeletion)
}

fn copied(asked: &Asked<'_>) -> bool {
    matches!(asked.operation, Operation::CopyObject(_))
}
