//! Bends around KMS that lie outside of the oracle's decisions: of requests, replies, trail.

use super::malleable::Malleable;
use super::switch::Switch;
use sse_spec::{AuditEntry, Caller, KeyManager, KeyState, Operation, Reply, Resource};
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
    /// A put under SSE-S3 leaves an entry.
    ServiceKeyRecorded,
    /// The owner of a key is not told of requests from other accounts.
    OwnerUntold,
    /// The owner of a key is told of the denials of others.
    DenialTold,
}

fn bent(options: &Malleable, switch: KmsSwitch) -> bool {
    let set = options.switch == Some(Switch::Kms(switch));
    if set {
        options.witness.reach();
    }
    set
}

/// What a bend makes of a request.
pub(super) fn request(options: &Malleable, operation: &mut Operation) {
    let parameters = |spec: &mut Option<String>, bytes: &mut Option<u32>| {
        let both = spec.is_some() == bytes.is_some();
        if both && bent(options, KmsSwitch::BothParameters) {
            (*spec, *bytes) = (None, Some(32));
        }
        let outside = bytes.is_some_and(|bytes| !(1..=1024).contains(&bytes));
        if outside && bent(options, KmsSwitch::LengthClamped) {
            *bytes = bytes.map(|bytes| bytes.clamp(1, 1024));
        }
    };
    match operation {
        Operation::GenerateDataKey(request) => {
            parameters(&mut request.key_spec, &mut request.number_of_bytes);
        }
        Operation::GenerateDataKeyWithoutPlaintext(request) => {
            parameters(&mut request.key_spec, &mut request.number_of_bytes);
        }
        Operation::CreateKey(request) => {
            let other = request.key_spec.as_ref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT");
            if other && bent(options, KmsSwitch::AsymmetricTaken) {
                (request.key_spec, request.key_usage) = (None, None);
            }
        }
        _ => {}
    }
}

/// What a bend makes of a reply.
pub(super) fn reply(options: &Malleable, caller: &Caller, reply: &mut Reply, state: &State) {
    let id = |arn: &mut String| {
        if bent(options, KmsSwitch::ReplyNamesId) {
            *arn = arn.rsplit('/').next().unwrap_or_default().to_owned();
        }
    };
    match reply {
        Reply::GenerateDataKey(reply) => id(&mut reply.key_id),
        Reply::GenerateDataKeyWithoutPlaintext(reply) => id(&mut reply.key_id),
        Reply::Encrypt(reply) => id(&mut reply.key_id),
        Reply::Decrypt(reply) => id(&mut reply.key_id),
        Reply::ReEncrypt(reply)
            if reply.key_id != reply.source_key_id && bent(options, KmsSwitch::ReEncryptSwaps) =>
        {
            std::mem::swap(&mut reply.key_id, &mut reply.source_key_id);
        }
        Reply::DescribeKey(reply) => {
            let shown = &mut reply.key_metadata;
            let managed = shown.key_manager == KeyManager::Aws;
            if managed && bent(options, KmsSwitch::ManagedAsCustomer) {
                shown.key_manager = KeyManager::Customer;
            }
            if !managed && bent(options, KmsSwitch::CustomerAsManaged) {
                shown.key_manager = KeyManager::Aws;
            }
            if shown.key_state != KeyState::Enabled && bent(options, KmsSwitch::FlagStuck) {
                shown.enabled = true;
            }
            if shown.deletion_date.is_some() && bent(options, KmsSwitch::DateUnshown) {
                shown.deletion_date = None;
            }
        }
        Reply::LookupEvents(reply) => {
            let account = caller.principal.split(':').nth(4).unwrap_or_default();
            let foreign = |entry: &AuditEntry| entry.user_identity.account_id != account;
            if reply.events.iter().any(foreign) && bent(options, KmsSwitch::OwnerUntold) {
                reply.events.retain(|entry| !foreign(entry));
            }
            let owned = |entry: &AuditEntry| {
                let mut resources = entry.resources.iter();
                resources.any(|resource| resource.account_id == account) || !foreign(entry)
            };
            let all: Vec<_> = state.trail.iter().filter(|entry| owned(entry)).cloned().collect();
            if all.len() > reply.events.len() && bent(options, KmsSwitch::DenialTold) {
                reply.events = all;
            }
        }
        _ => {}
    }
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
