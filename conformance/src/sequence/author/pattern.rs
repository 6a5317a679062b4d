//! The pattern that a reply of the author's world stands for: what differs from world to world
//! becomes a matcher, what the vocabulary leaves open is left out.

use serde_json::{Map, Value, json};

/// The pattern of the inner value of a reply, still with the author's ids.
pub(super) fn of_reply(operation: &str, mut inner: Value) -> Value {
    match operation {
        "CreateKey" | "DescribeKey" => {
            if let Some(shown) = inner.get_mut("key_metadata").and_then(Value::as_object_mut) {
                shown.remove("current_key_material_id");
                replace(shown, "creation_date", "timestamp");
                replace(shown, "deletion_date", "timestamp");
            }
        }
        "ScheduleKeyDeletion" | "GetKeyRotationStatus" => {
            if let Some(shown) = inner.as_object_mut() {
                for open in ["pending_window_in_days", "rotation_period_in_days"] {
                    shown.remove(open);
                }
                shown.remove("next_rotation_date");
            }
        }
        "ListObjects" => {
            let objects = inner.get_mut("objects").and_then(Value::as_array_mut);
            for object in objects.into_iter().flatten().filter_map(Value::as_object_mut) {
                replace(object, "etag", "etag");
            }
        }
        _ => {}
    }
    let Some(fields) = inner.as_object_mut() else { return inner };
    for (name, kind) in [
        ("etag", "etag"),
        ("upload_id", "text"),
        ("ciphertext_blob", "blob"),
        ("plaintext", "hex64"),
        ("deletion_date", "timestamp"),
        ("now", "timestamp"),
        ("policy", "text"),
        ("arn", "text"),
    ] {
        replace(fields, name, kind);
    }
    // Which name of the key these show is no matter of core.
    if matches!(
        operation,
        "ScheduleKeyDeletion" | "CancelKeyDeletion" | "RotateKeyOnDemand" | "GetKeyRotationStatus"
    ) {
        replace(fields, "key_id", "text");
    }
    if let Some(shown) = fields.get_mut("sse").and_then(Value::as_object_mut) {
        shown.remove("context");
    }
    inner
}

fn replace(fields: &mut Map<String, Value>, name: &str, kind: &str) {
    if let Some(value) = fields.get_mut(name) {
        *value = json!({ "$any": kind });
    }
}

/// The pattern of an entry: what was done, by whom, with which keys, how it ended.
pub(super) fn of_entry(entry: &sse_spec::AuditEntry) -> Value {
    let keys: Vec<Value> = entry
        .resources
        .iter()
        .map(|key| json!({ "ARN": key.arn, "accountId": key.account_id, "type": key.kind }))
        .collect();
    let resources = match keys.as_slice() {
        // The entry of a request on an alias may name the alias, too.
        [key] if entry.event_name.ends_with("Alias") => {
            json!({ "$count": { "of": key, "is": 1 } })
        }
        [_] => Value::Array(keys),
        _ => json!({ "$set": keys }),
    };
    let mut pattern = json!({
        "eventName": entry.event_name,
        "userIdentity": { "arn": entry.user_identity.arn },
        "resources": resources,
    });
    let Some(fields) = pattern.as_object_mut() else { return pattern };
    // What the matcher takes as open need not be listed.
    let listed = |(name, _): &(&String, &Value)| !sse_vectors::matcher::is_open_parameter(name);
    let parameters = entry.request_parameters.as_object();
    let parameters: Map<String, Value> = parameters
        .into_iter()
        .flatten()
        .filter(listed)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !parameters.is_empty() {
        fields.insert("requestParameters".to_owned(), Value::Object(parameters));
    }
    if entry.error_code.is_some() {
        fields.insert("errorCode".to_owned(), json!({ "$any": "text" }));
    }
    pattern
}
