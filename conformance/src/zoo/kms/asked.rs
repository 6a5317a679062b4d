//! What a bend makes of a request to KMS before it is decided.

use super::{KmsSwitch, bent};
use crate::zoo::malleable::Malleable;
use crate::zoo::switch::Switch;
use serde_json::{Value, json};
use sse_spec::{Caller, CreateAlias, Operation, SecretBytes};
use sse_vectors::oracle::State;
use std::ops::RangeInclusive;

/// Bends a request.
pub(in crate::zoo) fn request(
    options: &Malleable,
    caller: &Caller,
    operation: &mut Operation,
    state: &State,
) {
    match operation {
        Operation::GenerateDataKey(request) => {
            parameters(options, &mut request.key_spec, &mut request.number_of_bytes);
        }
        Operation::GenerateDataKeyWithoutPlaintext(request) => {
            parameters(options, &mut request.key_spec, &mut request.number_of_bytes);
        }
        Operation::Encrypt(request) => {
            let plaintext = request.plaintext.expose();
            if plaintext.len() > 4096 && bent(options, KmsSwitch::PlaintextTruncated) {
                request.plaintext =
                    SecretBytes::new(plaintext.iter().take(4096).copied().collect());
            }
        }
        Operation::CreateKey(request) => {
            let other = request.key_spec.as_ref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT");
            if other && bent(options, KmsSwitch::AsymmetricTaken) {
                (request.key_spec, request.key_usage) = (None, None);
            }
        }
        Operation::DescribeKey(request)
            if request.key_id == "alias/aws/s3"
                && bent(options, KmsSwitch::ManagedAliasUnknown) =>
        {
            request.key_id.push_str("-unknown");
        }
        Operation::ScheduleKeyDeletion(request) => {
            let days = &mut request.pending_window_in_days;
            clamped(options, KmsSwitch::WindowClamped, days, 7..=30);
        }
        Operation::EnableKeyRotation(request) => {
            let days = &mut request.rotation_period_in_days;
            clamped(options, KmsSwitch::PeriodClamped, days, 90..=2560);
        }
        Operation::ListKeyRotations(request) => {
            let known = [None, Some("ROTATIONS_ONLY"), Some("ALL_KEY_MATERIAL")];
            let unknown = !known.contains(&request.include_key_material.as_deref());
            if unknown && bent(options, KmsSwitch::ListingForgiven) {
                request.include_key_material = None;
            }
        }
        Operation::CreateAlias(request) => created_alias(options, request, state),
        Operation::UpdateAlias(request) => {
            let own = by_alias(state, &request.alias_name);
            if own.is_some_and(|id| request.target_key_id.ends_with(id))
                && bent(options, KmsSwitch::SameTargetRefused)
            {
                request.target_key_id.push_str("-unknown");
            }
        }
        _ => {}
    }
    named(options, caller, operation, state);
}

fn parameters(options: &Malleable, spec: &mut Option<String>, bytes: &mut Option<u32>) {
    let both = spec.is_some() == bytes.is_some();
    if both && bent(options, KmsSwitch::BothParameters) {
        (*spec, *bytes) = (None, Some(32));
    }
    clamped(options, KmsSwitch::LengthClamped, bytes, 1..=1024);
}

/// Brings a number within its limits.
fn clamped(
    options: &Malleable,
    switch: KmsSwitch,
    number: &mut Option<u32>,
    limits: RangeInclusive<u32>,
) {
    if number.is_some_and(|number| !limits.contains(&number)) && bent(options, switch) {
        *number = number.map(|number| number.clamp(*limits.start(), *limits.end()));
    }
}

fn created_alias(options: &Malleable, request: &mut CreateAlias, state: &State) {
    let name = &mut request.alias_name;
    if let Some(rest) = name.strip_prefix("alias/aws/")
        && bent(options, KmsSwitch::AliasUnreserved)
    {
        *name = format!("alias/{rest}");
    }
    let legal = |byte: char| byte.is_ascii_alphanumeric() || "/_-".contains(byte);
    let clean: String = name.chars().filter(|byte| legal(*byte)).collect();
    if clean != *name && bent(options, KmsSwitch::AliasCleaned) {
        *name = clean;
    }
    let mut all = state.keys.values().flat_map(|key| &key.aliases);
    if let Some(other) = all.find(|other| other.eq_ignore_ascii_case(name) && *other != name)
        && bent(options, KmsSwitch::AliasCaseFolded)
    {
        name.clone_from(other);
    }
}

/// What a bend makes of the identifier of a key.
fn named(options: &Malleable, caller: &Caller, operation: &mut Operation, state: &State) {
    let Some(Switch::Kms(switch @ (KmsSwitch::AliasManages | KmsSwitch::ForeignId))) =
        options.switch
    else {
        return;
    };
    let Some(named) = key_id(operation) else { return };
    let other = match switch {
        KmsSwitch::AliasManages => by_alias(state, &named).map(str::to_owned),
        _ => {
            let foreign = |account: &str| !caller.principal.contains(account);
            let key = state.keys.get(&named).filter(|key| foreign(&key.account));
            key.map(sse_vectors::oracle::Key::arn)
        }
    };
    if let Some(other) = other
        && let Some(renamed) = renamed(operation, &other)
        && bent(options, switch)
    {
        *operation = renamed;
    }
}

/// The key that an alias names, by its name or by its ARN.
fn by_alias<'a>(state: &'a State, named: &str) -> Option<&'a str> {
    let mut keys = state.keys.values();
    let found = keys.find(|key| key.aliases.iter().any(|alias| named.ends_with(alias.as_str())));
    found.map(|key| key.id.as_str())
}

/// The identifier of a key in the field of this name.
pub(super) fn key_id(operation: &Operation) -> Option<String> {
    let value = serde_json::to_value(operation).ok()?;
    let fields = value.as_object()?.values().next()?;
    fields.get("key_id").and_then(Value::as_str).map(str::to_owned)
}

/// The same operation with another identifier.
fn renamed(operation: &Operation, named: &str) -> Option<Operation> {
    let mut value = serde_json::to_value(operation).ok()?;
    *value.as_object_mut()?.values_mut().next()?.get_mut("key_id")? = json!(named);
    serde_json::from_value(value).ok()
}
