//! What a bend makes of a reply of KMS.

use super::{KmsSwitch, bent};
use crate::zoo::malleable::Malleable;
use sse_spec::{
    AuditEntry, Caller, GetKeyRotationStatusReply, GetKeyUsageReply, KeyManager, KeyMetadata,
    KeyState, ListAliasesReply, ListKeyRotationsReply, ListedAlias, ListedRotation,
    LookupEventsReply, Operation, Reply, ScheduleKeyDeletionReply,
};
use sse_vectors::oracle::{Key, State};

const DAY: u64 = 86_400;

/// Bends a reply.
pub(in crate::zoo) fn reply(
    options: &Malleable,
    caller: &Caller,
    operation: &Operation,
    reply: &mut Reply,
    state: &State,
) {
    match reply {
        Reply::CreateKey(reply) => arn(options, &mut reply.key_metadata),
        Reply::DescribeKey(reply) => described(options, &mut reply.key_metadata, state),
        Reply::ScheduleKeyDeletion(reply) => scheduled(options, reply),
        Reply::GetKeyRotationStatus(reply) => status(options, reply, state),
        Reply::ListKeyRotations(reply) => rotations(options, operation, reply, state),
        Reply::ListAliases(reply) => aliases(options, caller, operation, reply, state),
        Reply::GetKeyPolicy(reply) => policy(options, &mut reply.policy),
        Reply::GetBucketPolicy(reply) => policy(options, &mut reply.policy),
        Reply::GetKeyUsage(reply) => usage(options, reply, state),
        Reply::LookupEvents(reply) => events(options, caller, reply, state),
        Reply::ReEncrypt(reply)
            if reply.key_id != reply.source_key_id && bent(options, KmsSwitch::ReEncryptSwaps) =>
        {
            std::mem::swap(&mut reply.key_id, &mut reply.source_key_id);
        }
        Reply::ReEncrypt(reply) if bent(options, KmsSwitch::MaterialsSwapped) => {
            let (source, destination) =
                (&mut reply.source_key_material_id, &mut reply.destination_key_material_id);
            std::mem::swap(source, destination);
        }
        Reply::Decrypt(reply) => {
            if let Some(key) = key(state, &reply.key_id)
                && key.materials.len() > 1
                && bent(options, KmsSwitch::DecryptShowsCurrent)
            {
                reply.key_material_id = Some(key.current().to_owned());
            }
            cipher(options, &mut reply.encryption_algorithm);
        }
        Reply::Encrypt(reply) => cipher(options, &mut reply.encryption_algorithm),
        _ => {}
    }
    for id in materials(reply) {
        if bent(options, KmsSwitch::MaterialUpperCase) {
            id.make_ascii_uppercase();
        }
    }
    if let Some(arn) = named(reply)
        && bent(options, KmsSwitch::ReplyNamesId)
    {
        *arn = arn.rsplit('/').next().unwrap_or_default().to_owned();
    }
}

fn key<'a>(state: &'a State, named: &str) -> Option<&'a Key> {
    state.keys.get(named.rsplit('/').next()?)
}

/// The one key that a reply names.
fn named(reply: &mut Reply) -> Option<&mut String> {
    match reply {
        Reply::GenerateDataKey(reply) => Some(&mut reply.key_id),
        Reply::GenerateDataKeyWithoutPlaintext(reply) => Some(&mut reply.key_id),
        Reply::Encrypt(reply) => Some(&mut reply.key_id),
        Reply::Decrypt(reply) => Some(&mut reply.key_id),
        Reply::ScheduleKeyDeletion(reply) => Some(&mut reply.key_id),
        Reply::CancelKeyDeletion(reply) => Some(&mut reply.key_id),
        Reply::RotateKeyOnDemand(reply) => Some(&mut reply.key_id),
        _ => None,
    }
}

/// The material ids that a reply shows.
fn materials(reply: &mut Reply) -> Vec<&mut String> {
    let shown = match reply {
        Reply::GenerateDataKey(reply) => vec![&mut reply.key_material_id],
        Reply::GenerateDataKeyWithoutPlaintext(reply) => vec![&mut reply.key_material_id],
        Reply::Decrypt(reply) => vec![&mut reply.key_material_id],
        Reply::ReEncrypt(reply) => {
            vec![&mut reply.source_key_material_id, &mut reply.destination_key_material_id]
        }
        Reply::DescribeKey(reply) => vec![&mut reply.key_metadata.current_key_material_id],
        _ => Vec::new(),
    };
    shown.into_iter().flatten().collect()
}

fn cipher(options: &Malleable, algorithm: &mut String) {
    if bent(options, KmsSwitch::CipherShown) {
        "AES_256_GCM".clone_into(algorithm);
    }
}

fn arn(options: &Malleable, shown: &mut KeyMetadata) {
    if bent(options, KmsSwitch::ArnShort) {
        shown.arn = shown.arn.replace(":key/", ":");
    }
}

fn described(options: &Malleable, shown: &mut KeyMetadata, state: &State) {
    let managed = shown.key_manager == KeyManager::Aws;
    if managed && bent(options, KmsSwitch::ManagedAsCustomer) {
        shown.key_manager = KeyManager::Customer.into();
    }
    if !managed && bent(options, KmsSwitch::CustomerAsManaged) {
        shown.key_manager = KeyManager::Aws.into();
    }
    if shown.key_state != KeyState::Enabled && bent(options, KmsSwitch::FlagStuck) {
        shown.enabled = true;
    }
    if shown.deletion_date.is_some() && bent(options, KmsSwitch::DateUnshown) {
        shown.deletion_date = None;
    }
    if let Some(key) = state.keys.get(&shown.key_id)
        && let [first, _, ..] = key.materials.as_slice()
        && bent(options, KmsSwitch::FirstMaterialShown)
    {
        shown.current_key_material_id = Some(first.id.clone());
    }
    if bent(options, KmsSwitch::SpecShown) {
        "AES_256".clone_into(&mut shown.key_spec);
    }
    if !shown.description.is_empty() && bent(options, KmsSwitch::DescriptionUnshown) {
        shown.description.clear();
    }
    arn(options, shown);
}

fn scheduled(options: &Malleable, reply: &mut ScheduleKeyDeletionReply) {
    if bent(options, KmsSwitch::WindowUnshown) {
        reply.pending_window_in_days = None;
    }
    if bent(options, KmsSwitch::DeletionRounded) {
        reply.deletion_date = reply.deletion_date.next_multiple_of(DAY);
    }
}

fn status(options: &Malleable, reply: &mut GetKeyRotationStatusReply, state: &State) {
    let Some(key) = key(state, &reply.key_id) else { return };
    let on_demand =
        |made: &sse_vectors::oracle::Material| made.origin == sse_vectors::oracle::Origin::OnDemand;
    if let (KeyState::PendingDeletion, Some(rotation)) = (key.state, key.rotation)
        && bent(options, KmsSwitch::PendingStatusShown)
    {
        reply.key_rotation_enabled = true;
        reply.rotation_period_in_days = Some(rotation.days);
        reply.next_rotation_date = Some(rotation.next);
    }
    let shown = &mut reply.rotation_period_in_days;
    if shown.is_some_and(|days| days != 365) && bent(options, KmsSwitch::DefaultPeriodShown)
        || shown.is_none() && bent(options, KmsSwitch::OffPeriodShown)
    {
        *shown = Some(365);
    }
    if key.manager == KeyManager::Aws && bent(options, KmsSwitch::ManagedStatusOff) {
        reply.key_rotation_enabled = false;
        (reply.rotation_period_in_days, reply.next_rotation_date) = (None, None);
    }
    if let Some(last) = key.materials.last().filter(|made| on_demand(made))
        && bent(options, KmsSwitch::OnDemandUnderWay)
    {
        reply.on_demand_rotation_start_date = Some(last.made);
    }
}

fn rotations(
    options: &Malleable,
    operation: &Operation,
    reply: &mut ListKeyRotationsReply,
    state: &State,
) {
    let Operation::ListKeyRotations(request) = operation else { return };
    let first = key(state, &request.key_id).and_then(|key| key.materials.first());
    let Some(first) = first else { return };
    let shown = &mut reply.rotations;
    let there = shown.iter().any(|listed| listed.key_material_id.as_ref() == Some(&first.id));
    if !there && bent(options, KmsSwitch::FirstListed) {
        let listed = ListedRotation {
            key_material_id: Some(first.id.clone()),
            rotation_date: Some(first.made),
            rotation_type: Some("AUTOMATIC".to_owned()),
            key_material_state: None,
        };
        shown.insert(0, listed);
    }
    if there && bent(options, KmsSwitch::FirstUnlisted) {
        shown.retain(|listed| listed.key_material_id.as_ref() != Some(&first.id));
    }
    if shown.len() > 1 && bent(options, KmsSwitch::NewestFirst) {
        shown.reverse();
    }
    if shown.len() > 1 && bent(options, KmsSwitch::AllCurrent) {
        let current = || Some("CURRENT".to_owned());
        shown.iter_mut().for_each(|listed| listed.key_material_state = current());
    }
}

fn aliases(
    options: &Malleable,
    caller: &Caller,
    operation: &Operation,
    reply: &mut ListAliasesReply,
    state: &State,
) {
    let Operation::ListAliases(request) = operation else { return };
    let own = |key: &Key| caller.principal.contains(&key.account);
    let asked = request.key_id.as_ref().and_then(|named| key(state, named));
    if asked.is_some_and(|key| !own(key)) && bent(options, KmsSwitch::ForeignAliasesListed) {
        let asked = asked.into_iter().flat_map(|key| &key.aliases);
        reply.aliases.extend(asked.map(|alias| ListedAlias {
            alias_name: alias.clone(),
            alias_arn: alias.clone(),
            target_key_id: None,
        }));
    }
    let managed = |alias: &ListedAlias| alias.alias_name.starts_with("alias/aws/");
    if reply.aliases.iter().any(managed) && bent(options, KmsSwitch::ManagedAliasUnlisted) {
        reply.aliases.retain(|alias| !managed(alias));
    }
    for alias in &mut reply.aliases {
        if bent(options, KmsSwitch::AliasArnBare) {
            alias.alias_arn.clone_from(&alias.alias_name);
        }
    }
}

fn policy(options: &Malleable, text: &mut String) {
    let read = serde_json::from_str::<serde_json::Value>(text).map(|json| json.to_string());
    if let Some(other) = read.ok().filter(|other| other != text)
        && bent(options, KmsSwitch::PolicyReformed)
    {
        *text = other;
    }
}

fn usage(options: &Malleable, reply: &mut GetKeyUsageReply, state: &State) {
    if bent(options, KmsSwitch::ExistenceStuck) {
        reply.keys.iter_mut().for_each(|key| key.seconds = 0);
    }
    let gone = |named: &str| key(state, named).is_none();
    if reply.requests.iter().any(|count| gone(&count.key_id))
        && bent(options, KmsSwitch::DeletedUncounted)
    {
        reply.requests.retain(|count| !gone(&count.key_id));
    }
}

fn events(options: &Malleable, caller: &Caller, reply: &mut LookupEventsReply, state: &State) {
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
