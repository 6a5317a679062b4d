//! Bends around KMS that lie outside of the oracle's decisions: of the trail here, of requests,
//! replies and refusals in files of their own.

mod asked;
mod shown;
mod told;

pub(super) use asked::request;
pub(super) use shown::reply;
pub(super) use told::refused;

use super::malleable::Malleable;
use super::switch::Switch;
use sse_spec::{AuditEntry, Resource};
use sse_vectors::oracle::State;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KmsSwitch {
    /// A blob with another tag opens.
    TagUnchecked,
    /// Bytes that are no blob decrypt to themselves.
    NoBlobEchoed,
    /// Decrypt cuts a plaintext after 32 bytes.
    PlaintextCut,
    /// Equal plaintexts give equal blobs.
    Convergent,
    /// The blob of GenerateDataKey holds another key than the reply.
    OtherKeySealed,
    /// `AES_128` gives 32 bytes.
    ShortSpecLong,
    /// GenerateDataKeyWithoutPlaintext binds no context.
    SisterUnbound,
    /// GenerateDataKeyWithoutPlaintext always makes 32 bytes.
    SisterLength,
    /// GenerateDataKeyWithoutPlaintext makes the same data key again and again.
    SisterRepeats,
    /// ReEncrypt does not look at the source key that it is given.
    SourceKeyIgnored,
    /// ReEncrypt opens a blob under any source context.
    SourceUnbound,
    /// ReEncrypt binds the source context where no other is given.
    ContextInherited,
    /// ReEncrypt binds no context.
    DestinationUnbound,
    /// A data key may have both parameters, and neither.
    BothParameters,
    /// A number of bytes is brought within its limits.
    LengthClamped,
    /// An asymmetric key is taken for a symmetric one.
    AsymmetricTaken,
    /// Replies to cryptographic requests name the key by its id.
    ReplyNamesId,
    /// The reply to a ReEncrypt names source and destination the wrong way round.
    ReEncryptSwaps,
    /// DescribeKey shows AWS managed keys as customer keys.
    ManagedAsCustomer,
    /// DescribeKey shows customer keys as AWS managed.
    CustomerAsManaged,
    /// DescribeKey shows every key as enabled beside its state.
    FlagStuck,
    /// DescribeKey shows no deletion date.
    DateUnshown,
    /// CancelKeyDeletion gives the key new material.
    CancelForgets,
    /// An alias of a put is resolved again at each get.
    AliasAtRead,
    /// An alias is resolved once, at its first put.
    AliasAtFirstPut,
    /// A head counts as a Decrypt.
    HeadCounts,
    /// A Restart forgets aliases.
    AliasesForgotten,
    /// A Restart forgets the counts.
    CountsForgotten,
    /// A Restart gives every key its default policy.
    PoliciesForgotten,
    /// A Restart forgets identity policies.
    IdentitiesForgotten,
    /// A Restart switches automatic rotation off.
    ScheduleForgotten,
    /// A Restart keeps the current material only.
    MaterialForgotten,
    /// A Restart cancels deletions.
    DeletionForgotten,
    /// A Restart brings deleted keys back.
    DeletedReturn,
    /// A denial leaves no entry; other refusals do.
    DenialUnrecorded,
    /// A refusal leaves two entries.
    RefusalTwice,
    /// Entries name the root principal of the caller's account.
    CallerAsRoot,
    /// The entry of a request across accounts names the account of the key.
    CallerAsOwner,
    /// Entries name the first key of the store.
    FirstKeyNamed,
    /// Entries hold the names of the context's pairs only.
    ValuesMasked,
    /// The entry of a refused request holds no context.
    RefusedBare,
    /// Only CreateKey, EnableKey and DisableKey are recorded of management.
    ManagementUnrecorded,
    /// Changes of a key are recorded as read-only.
    ChangeReadOnly,
    /// Rotations and deletions of KMS itself leave no entry.
    ServiceUnrecorded,
    /// The entry of a ReEncrypt names its source key alone.
    SecondKeyUnnamed,
    /// The owner of a key is not told of requests from other accounts.
    OwnerUntold,
    /// The owner of a key is told of the denials of others.
    DenialTold,
    // Requests that are taken for others.
    /// A rotation period outside of its limits is brought within them.
    PeriodClamped,
    /// A waiting period outside of its limits is brought within them.
    WindowClamped,
    /// An unknown `include_key_material` is taken for none.
    ListingForgiven,
    /// A plaintext is cut after 4096 bytes.
    PlaintextTruncated,
    /// What an alias name may not hold is taken out of it.
    AliasCleaned,
    /// The reserved prefix is taken off an alias name.
    AliasUnreserved,
    /// An alias name is the one that differs from it in case only.
    AliasCaseFolded,
    /// UpdateAlias refuses the key that the alias names already.
    SameTargetRefused,
    /// Operations on a key take aliases.
    AliasManages,
    /// A bare key id is found in every account.
    ForeignId,
    /// DescribeKey does not know `alias/aws/s3`.
    ManagedAliasUnknown,
    // What replies show.
    /// DescribeKey shows the first material as the current one.
    FirstMaterialShown,
    /// Material ids are shown in upper case.
    MaterialUpperCase,
    /// Decrypt shows the current material, whatever the blob names.
    DecryptShowsCurrent,
    /// ReEncrypt shows the materials of source and destination the wrong way round.
    MaterialsSwapped,
    /// DescribeKey shows a key specification of data keys.
    SpecShown,
    /// DescribeKey shows no description.
    DescriptionUnshown,
    /// ARNs of keys lack the word before the key id.
    ArnShort,
    /// Encrypt and Decrypt show the cipher in place of the algorithm.
    CipherShown,
    /// ListAliases shows names in place of ARNs.
    AliasArnBare,
    /// ListAliases leaves the aliases of AWS managed keys out.
    ManagedAliasUnlisted,
    /// ListAliases of another account's key shows the caller's aliases.
    ForeignAliasesListed,
    /// The reply to a ScheduleKeyDeletion shows no waiting period.
    WindowUnshown,
    /// The reply to a ScheduleKeyDeletion shows the midnight after the date.
    DeletionRounded,
    /// GetKeyRotationStatus of a key in PendingDeletion shows its setting.
    PendingStatusShown,
    /// GetKeyRotationStatus shows the default period.
    DefaultPeriodShown,
    /// GetKeyRotationStatus shows a period where rotation is off.
    OffPeriodShown,
    /// GetKeyRotationStatus of the key of S3 shows rotation as off.
    ManagedStatusOff,
    /// GetKeyRotationStatus shows a rotation on demand as under way.
    OnDemandUnderWay,
    /// ListKeyRotations shows the newest rotation first.
    NewestFirst,
    /// ListKeyRotations shows the first material as a rotation.
    FirstListed,
    /// ListKeyRotations never shows the first material.
    FirstUnlisted,
    /// ListKeyRotations shows every material as current.
    AllCurrent,
    /// GetKeyPolicy and GetBucketPolicy return the document without its white space.
    PolicyReformed,
    /// GetKeyUsage shows no time of existence.
    ExistenceStuck,
    /// GetKeyUsage leaves the counts of deleted keys out.
    DeletedUncounted,
    // What an operation does beside its own.
    /// DisableKey switches automatic rotation off.
    DisableStopsRotation,
    /// CancelKeyDeletion leaves automatic rotation off.
    CancelStopsRotation,
    /// New keys have automatic rotation.
    BornRotating,
    /// The deletion of a key takes its entries out of the trail.
    DeletionForgetsTrail,
    // Classes and codes of refusals.
    /// Cryptography with a Disabled key is refused as with one in PendingDeletion.
    DisabledAsPending,
    /// Cryptography with a key in PendingDeletion is refused as with a Disabled one.
    PendingAsDisabled,
    /// A management operation that the state forbids is refused with the other class.
    StateClassSwapped,
    /// What is no identifier of a key is refused as an invalid argument.
    NoFormAsInvalid,
    /// A management operation by alias is refused as an invalid argument.
    ManagingAliasAsInvalid,
    /// A key identifier of no legal length is not found.
    LengthAsUnknown,
    /// Wrong parameters are refused as an unsupported operation.
    ParameterAsUnsupported,
    /// A Decrypt of a blob of no legal length is refused as damage.
    BlobLengthAsDamage,
    /// A Decrypt of bytes that are no blob is refused as an invalid argument.
    NoBlobAsInvalid,
    /// A ReEncrypt of bytes that are no blob is refused as an invalid argument.
    NoSourceAsInvalid,
    /// Management of the key of S3 is refused as an unsupported operation.
    ManagedAsUnsupported,
    /// A key policy that is too long is refused as malformed.
    LongPolicyAsMalformed,
    /// The state of a key is told to whom the policies deny it.
    StateBeforeDenial,
    /// A deleted key is refused as one in PendingDeletion.
    DeletedAsPending,
    /// An object whose key was deleted is refused as damaged.
    DeletedAsDamage,
    /// Of the two keys of a ReEncrypt the state of the destination is told first.
    DestinationFirst,
    /// A copy under a key that does not exist is refused as under one in PendingDeletion.
    CopyUnknownAsPending,
    /// A DeleteAlias of an alias that does not exist succeeds.
    DeleteForgiven,
    /// Codes of KMS lack their last word.
    CodeShort,
    /// What KMS does not find is refused with status 404.
    StatusOfHttp,
    /// A key that KMS does not find is refused with the code of an object.
    StoreCodeOfObject,
    /// Codes of S3 are those of KMS.
    StoreCodeOfKms,
}

fn bent(options: &Malleable, switch: KmsSwitch) -> bool {
    let set = options.switch == Some(Switch::Kms(switch));
    if set {
        options.witness.reach();
    }
    set
}

/// What a bend makes of the entries that one operation left, those from index `from`.
pub(super) fn trail(options: &Malleable, state: &mut State, from: usize) {
    let first = state.keys.values().next().map(|key| (key.arn(), key.account.clone()));
    let fresh = state.trail.split_off(from.min(state.trail.len()));
    for mut entry in fresh {
        if unrecorded(options, &entry) {
            continue;
        }
        identity(options, &mut entry);
        contents(options, &mut entry);
        if let Some((arn, account_id)) = &first
            && entry.resources.iter().all(|resource| resource.arn != *arn)
            && bent(options, KmsSwitch::FirstKeyNamed)
        {
            let kind = "AWS::KMS::Key".to_owned();
            let (arn, account_id) = (arn.clone(), account_id.clone());
            entry.resources = vec![Resource { arn, account_id, kind }];
        }
        if entry.resources.len() > 1 && bent(options, KmsSwitch::SecondKeyUnnamed) {
            entry.resources.truncate(1);
        }
        if entry.error_code.is_some() && bent(options, KmsSwitch::RefusalTwice) {
            let event_id = format!("{}-again", entry.event_id);
            state.trail.push(AuditEntry { event_id, ..entry.clone() });
        }
        state.trail.push(entry);
    }
}

/// Whether a bend leaves an entry out.
fn unrecorded(options: &Malleable, entry: &AuditEntry) -> bool {
    let denied = entry.error_code.as_deref() == Some("AccessDenied");
    let service = entry.user_identity.invoked_by.as_deref() == Some("AWS Internal");
    let known = ["CreateKey", "EnableKey", "DisableKey"].contains(&entry.event_name.as_str());
    denied && bent(options, KmsSwitch::DenialUnrecorded)
        || service && bent(options, KmsSwitch::ServiceUnrecorded)
        || !entry.read_only && !service && !known && bent(options, KmsSwitch::ManagementUnrecorded)
}

fn identity(options: &Malleable, entry: &mut AuditEntry) {
    let shown = &mut entry.user_identity;
    let root = format!("arn:aws:iam::{}:root", shown.account_id);
    if !shown.arn.is_empty() && shown.arn != root && bent(options, KmsSwitch::CallerAsRoot) {
        shown.arn = root;
    }
    if let Some(resource) = entry.resources.first()
        && resource.account_id != shown.account_id
        && bent(options, KmsSwitch::CallerAsOwner)
    {
        shown.account_id.clone_from(&resource.account_id);
        shown.arn = format!("arn:aws:iam::{}:root", resource.account_id);
    }
}

fn contents(options: &Malleable, entry: &mut AuditEntry) {
    if !entry.read_only && bent(options, KmsSwitch::ChangeReadOnly) {
        entry.read_only = true;
    }
    let refused = entry.error_code.is_some();
    let Some(parameters) = entry.request_parameters.as_object_mut() else { return };
    if refused
        && parameters.contains_key("encryptionContext")
        && bent(options, KmsSwitch::RefusedBare)
    {
        parameters.remove("encryptionContext");
    }
    if let Some(pairs) = parameters.get_mut("encryptionContext").and_then(|v| v.as_object_mut())
        && bent(options, KmsSwitch::ValuesMasked)
    {
        pairs.values_mut().for_each(|value| *value = "***".into());
    }
}
