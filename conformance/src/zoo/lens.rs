//! Bends around the world: of the request before it is decided, of trail and reply after it.

use super::malleable::Malleable;
use super::switch::Switch;
use sse_spec::{AuditEntry, Caller, KeyState, Operation, Reply, SseHeaders, SseShown};
use sse_vectors::oracle::{State, Stored, root_of};

const OWN_ROOT: &str = "arn:aws:iam::111122223333:root";
const SHOWN_SERVICE_KEY: &str =
    "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";

fn bent(options: &Malleable, switch: Switch) -> bool {
    let set = options.switch == Some(switch);
    if set {
        options.witness.reach();
    }
    set
}

/// What a bend makes of a request.
pub(super) fn request(
    options: &Malleable,
    caller: &Caller,
    operation: &Operation,
    state: &State,
) -> (Caller, Operation) {
    let (mut caller, mut operation) = (caller.clone(), operation.clone());
    let root = root_of(&caller.principal).is_some();
    if root && caller.principal != OWN_ROOT && bent(options, Switch::AnyRoot) {
        OWN_ROOT.clone_into(&mut caller.principal);
    }
    match &mut operation {
        Operation::PutObject(request) => {
            headers(options, &mut request.sse);
            unknown_key(options, Switch::UnknownKeyTaken, &mut request.sse, state);
        }
        Operation::CopyObject(request) => {
            unknown_key(options, Switch::CopyUnknownKeyTaken, &mut request.sse, state);
        }
        Operation::CreateMultipartUpload(request) => {
            unknown_key(options, Switch::UploadUnknownKeyTaken, &mut request.sse, state);
        }
        Operation::GetObject(request)
            if !request.sse.is_empty() && bent(options, Switch::HeaderIgnored) =>
        {
            request.sse = SseHeaders::default();
        }
        Operation::CreateKey(request)
            if request.key_spec.as_deref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT")
                && bent(options, Switch::AsymmetricTaken) =>
        {
            (request.key_spec, request.key_usage) = (None, None);
        }
        Operation::DeleteObject(request) if bent(options, Switch::DeleteKeeps) => {
            request.key.insert_str(0, "gone/");
        }
        _ => {}
    }
    super::store::request(options, &mut operation, state);
    (caller, operation)
}

fn headers(options: &Malleable, sse: &mut SseHeaders) {
    let algorithm = sse.algorithm.as_deref();
    let known = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx", "aws:backup"];
    if algorithm.is_some_and(|name| !known.contains(&name)) && bent(options, Switch::AnyAlgorithm) {
        *sse = SseHeaders::default();
        return;
    }
    if algorithm == Some("aws:kms")
        && sse.kms_key_id.is_none()
        && bent(options, Switch::ManagedKeyRefused)
    {
        sse.kms_key_id = Some(String::new());
    }
}

/// A key that nobody knows is taken for none.
fn unknown_key(options: &Malleable, switch: Switch, sse: &mut SseHeaders, state: &State) {
    let known = |named: &String| state.keys.keys().any(|id| named.ends_with(id.as_str()));
    if sse.algorithm.as_deref() == Some("aws:kms")
        && sse.kms_key_id.as_ref().is_some_and(|named| !known(named))
        && bent(options, switch)
    {
        sse.kms_key_id = None;
    }
}

/// What a bend makes of the entries that one operation left, those from index `from`.
pub(super) fn trail(options: &Malleable, trail: &mut Vec<AuditEntry>, from: usize) {
    let fresh = trail.split_off(from.min(trail.len()));
    for mut entry in fresh {
        let stored = entry.user_identity.invoked_by.is_some();
        if entry.error_code.is_some() && bent(options, Switch::RefusalUnrecorded)
            || entry.error_code.is_none() && stored && bent(options, Switch::SuccessUnrecorded)
        {
            continue;
        }
        if stored && bent(options, Switch::RecordedAsStore) {
            "arn:aws:iam::111122223333:role/store".clone_into(&mut entry.user_identity.arn);
        }
        if let Some(parameters) = entry.request_parameters.as_object_mut()
            && parameters.contains_key("encryptionContext")
            && bent(options, Switch::RecordedBare)
        {
            parameters.remove("encryptionContext");
        }
        if bent(options, Switch::RecordedTwice) {
            let second = format!("{}-again", entry.event_id);
            trail.push(AuditEntry { event_id: second, ..entry.clone() });
        }
        trail.push(entry);
    }
}

/// What a bend makes of a reply.
pub(super) fn reply(
    options: &Malleable,
    mut reply: Reply,
    operation: &Operation,
    state: &State,
) -> Reply {
    match &mut reply {
        Reply::PutObject(reply) => show(options, &mut reply.sse),
        Reply::HeadObject(reply) => show(options, &mut reply.sse),
        Reply::GetObject(reply) => {
            show(options, &mut reply.sse);
            if let Operation::GetObject(request) = operation
                && let Some(Stored::Sound(object)) =
                    state.objects.get(&(request.bucket.clone(), request.key.clone()))
                && !object.context.is_empty()
                && bent(options, Switch::ContextShown)
            {
                reply.sse.context = Some(object.context.clone());
            }
        }
        Reply::GetKeyPolicy(reply)
            if reply.policy.contains("kms:ViaService")
                && bent(options, Switch::ManagedPolicyOther) =>
        {
            let statement = serde_json::json!({
                "Effect": "Allow", "Principal": {"AWS": OWN_ROOT},
                "Action": "kms:*", "Resource": "*",
            });
            let policy = serde_json::json!({"Version": "2012-10-17", "Statement": statement});
            reply.policy = policy.to_string();
        }
        Reply::DescribeKey(reply)
            if reply.key_metadata.key_state != KeyState::Enabled
                && bent(options, Switch::DescribeStale) =>
        {
            reply.key_metadata.key_state = KeyState::Enabled.into();
            reply.key_metadata.enabled = true;
        }
        _ => {}
    }
    reply
}

fn show(options: &Malleable, sse: &mut SseShown) {
    match &mut sse.kms_key_id {
        None if bent(options, Switch::ServiceKeyShown) => {
            sse.kms_key_id = Some(SHOWN_SERVICE_KEY.to_owned());
        }
        Some(shown) if bent(options, Switch::KeyIdShown) => {
            *shown = shown.rsplit('/').next().unwrap_or_default().to_owned();
        }
        _ => {}
    }
}
