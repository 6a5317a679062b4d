//! What replies show of a world, in words that two worlds have in common.

use super::{Stage, attempt};
use crate::case::{Ending, Step};
use serde_json::{Value, json};
use sse_spec::{
    AuditEntry, Capability, Delivery, LookupEvents, Operation, Refusal, Reply, SseShown,
};
use std::collections::BTreeMap;

/// What is shown, by what it is of.
pub(super) type View = BTreeMap<String, String>;

/// An operation by its JSON.
pub(super) fn operation(json: Value) -> Step<Operation> {
    serde_json::from_value(json).map_err(|error| Ending::Unusable(error.to_string()))
}

/// Looks at every object, the settings of the bucket, and the key where the subject is about keys.
pub(super) fn view(stage: &mut Stage<'_, '_>, keys: bool) -> Step<View> {
    let bucket = stage.setting.bucket.clone();
    let mut view = View::new();
    for key in ["old", "new"] {
        let name = json!({"bucket": bucket, "key": key});
        look(stage, &mut view, &format!("the object `{key}`"), json!({"GetObject": name}))?;
        look(stage, &mut view, &format!("the head of `{key}`"), json!({"HeadObject": name}))?;
    }
    let named = json!({"bucket": bucket});
    let other = json!({"bucket": format!("{bucket}-2")});
    look(stage, &mut view, "the listing", json!({"ListObjects": named}))?;
    look(stage, &mut view, "the other bucket", json!({"ListObjects": other}))?;
    look(stage, &mut view, "the default", json!({"GetBucketEncryption": named}))?;
    look(stage, &mut view, "the bucket policy", json!({"GetBucketPolicy": named}))?;
    if keys {
        let key = json!({"key_id": stage.key()});
        look(stage, &mut view, "the key", json!({"DescribeKey": key}))?;
        look(stage, &mut view, "the aliases", json!({"ListAliases": key}))?;
        look(stage, &mut view, "the key policy", json!({"GetKeyPolicy": key}))?;
        look(stage, &mut view, "the rotation", json!({"GetKeyRotationStatus": key}))?;
        look(stage, &mut view, "the rotations", json!({"ListKeyRotations": key}))?;
        look(stage, &mut view, "the keys", json!({"ListKeys": {}}))?;
    }
    Ok(view)
}

fn look(stage: &mut Stage<'_, '_>, view: &mut View, of: &str, asked: Value) -> Step<()> {
    let shown = match attempt(stage, &operation(asked)?)? {
        Ok(reply) => words(stage, &reply),
        Err(refusal) => refused(&refusal),
    };
    view.insert(of.to_owned(), shown);
    Ok(())
}

/// A refusal in a view.
pub(super) fn refused(refusal: &Refusal) -> String {
    format!("refused as {:?}", refusal.class.kind())
}

fn sse(shown: &SseShown) -> String {
    format!("{:?} {:?}", shown.algorithm, shown.kms_key_id)
}

fn words(stage: &Stage<'_, '_>, reply: &Reply) -> String {
    let text = match reply {
        Reply::GetObject(reply) => match &reply.delivery {
            Delivery::Complete(bytes) => {
                let body = body(stage, &bytes.0);
                format!("{body}, {:?}, {}", reply.metadata, sse(&reply.sse))
            }
            Delivery::Aborted { .. } => "aborted".to_owned(),
        },
        Reply::HeadObject(head) => format!("{} {:?} {}", head.size, head.metadata, sse(&head.sse)),
        Reply::ListObjects(reply) => {
            let one = |object: &sse_spec::ListedObject| format!("{} {}", object.key, object.size);
            reply.objects.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Reply::GetBucketEncryption(reply) => format!("{:?}", reply.rules),
        Reply::GetBucketPolicy(reply) => reply.policy.clone(),
        Reply::DescribeKey(reply) => {
            let key = &reply.key_metadata;
            format!("{:?}, deletion {}", key.key_state, key.deletion_date.is_some())
        }
        Reply::ListAliases(reply) => {
            let mut names: Vec<_> = reply.aliases.iter().map(|it| it.alias_name.as_str()).collect();
            names.sort_unstable();
            names.join(", ")
        }
        Reply::GetKeyPolicy(reply) => reply.policy.clone(),
        Reply::GetKeyRotationStatus(reply) => format!("{:?}", reply.key_rotation_enabled),
        Reply::ListKeyRotations(reply) => format!("{} rotations", reply.rotations.len()),
        Reply::ListKeys(reply) => format!("{} keys", reply.keys.len()),
        other => other.operation().to_owned(),
    };
    let text = match &stage.setting.key {
        Some(key) => text.replace(key, "KEY"),
        None => text,
    };
    text.replace(&stage.setting.session.id, "WORLD")
}

/// Which body it is.
pub(super) fn body(stage: &Stage<'_, '_>, bytes: &[u8]) -> &'static str {
    if *bytes == stage.old {
        "the old body"
    } else if *bytes == stage.new {
        "the new body"
    } else {
        "other bytes"
    }
}

/// Successful entries of the trail by their event's name; nothing where there is no trail to read.
pub(super) fn recorded(stage: &mut Stage<'_, '_>) -> Step<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    if !stage.setting.session.description().offers(Capability::Audit) {
        return Ok(counts);
    }
    if let Reply::LookupEvents(reply) = stage.setting.session.must(LookupEvents {})? {
        let done = |entry: &AuditEntry| entry.error_code.is_none();
        for entry in reply.events.into_iter().filter(done) {
            *counts.entry(entry.event_name).or_default() += 1;
        }
    }
    Ok(counts)
}
