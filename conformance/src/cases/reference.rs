//! What binds the reference alone and no scenario can say: an order of ids that are drawn, a
//! document as a whole, a version inside a blob, one refusal for every edit.

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::laws::{Mode, Setting, breach};
use crate::session::{Arena, Session, pattern, unexpected};
use crate::target::Failure;
use serde_json::{Value, json};
use sse_spec::{
    AdvanceClock, AuditEntry, Capability, Edit, EnableKeyRotation, GetKeyPolicy, Item,
    ListDataKeys, LookupEvents, Profile, Refusal, Reply, RotateServiceKey, Tag,
};
use sse_vectors::builder::wrap;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "order-by-key-id",
            "Keys that are due at one date are rotated in ascending order of their ids.",
            "rotation.automatic.order",
            (Group::Rotation, &[Capability::Clock, Capability::Audit]),
            order_by_key_id,
        ),
        case(
            "managed-policy-shown",
            "The policy shown of `aws/s3` is the document of the specification.",
            "key.aws-managed.policy-shown",
            (Group::Policy, &[]),
            managed_policy_shown,
        ),
        case(
            "newest-service-key",
            "A put after a RotateServiceKey names a newer version of the service key.",
            "rotation.service-key.new-puts",
            (Group::Rotation, &[Capability::ListDataKeys, Capability::RotateServiceKey]),
            newest_service_key,
        ),
        case(
            "opaque-refusal",
            "Whatever was edited of an object, a get is refused in the same words.",
            "refusal.integrity.opaque-object",
            (Group::SseKms, &[Capability::ReadAtRest, Capability::WriteAtRest]),
            opaque_refusal,
        ),
    ]
}

fn case(
    name: &str,
    comment: &str,
    requirement: &str,
    (group, capabilities): (Group, &[Capability]),
    check: fn(&Arena<'_>) -> Step<()>,
) -> Case {
    Case {
        id: format!("reference/{name}"),
        comment: comment.into(),
        requirements: vec![requirement.into()],
        profile: Profile::Reference,
        area: Area::Api,
        group,
        breadth: Breadth::Focused,
        family: "reference".into(),
        twin: None,
        needs: Needs {
            store: true,
            kms: true,
            capabilities: capabilities.to_vec(),
            ..Needs::default()
        },
        run: Box::new(move |arena| ending(check(arena))),
    }
}

fn order_by_key_id(arena: &Arena<'_>) -> Step<()> {
    // By chance alone so many ids are ascending in one of 720 worlds.
    const KEYS: usize = 6;
    let mut session = arena.open("order")?;
    for _ in 0..KEYS {
        let key_id = session.key()?.key_id;
        session.must(EnableKeyRotation { key_id, rotation_period_in_days: Some(90) })?;
    }
    session.must(AdvanceClock { seconds: 91 * 86_400 })?;
    let Reply::LookupEvents(reply) = session.must(LookupEvents {})? else { return Ok(()) };
    let rotated = reply.events.iter().filter(|entry| entry.event_name == "RotateKey");
    let key = |entry: &AuditEntry| entry.resources.first().map(|it| it.arn.clone());
    let order: Vec<String> = rotated.filter_map(key).collect();
    if order.len() != KEYS {
        return Err(breach(format!("{KEYS} keys were due and {} were rotated", order.len())));
    }
    if order.is_sorted() { Ok(()) } else { Err(breach(format!("the order was {order:?}"))) }
}

fn managed_policy_shown(arena: &Arena<'_>) -> Step<()> {
    let mut setting = Setting::part_of(arena, Mode::S3, "managed")?;
    setting.sse.algorithm = Some("aws:kms".into());
    let request = crate::laws::put_request(&setting.bucket, "o", vec![1], &setting.sse);
    let key_id = setting.session.put(&request)?.sse.kms_key_id.unwrap_or_default();
    let Reply::GetKeyPolicy(reply) = setting.session.must(GetKeyPolicy { key_id })? else {
        return Ok(());
    };
    let shown: Value = serde_json::from_str(&reply.policy).unwrap_or_default();
    let expected = managed_policy(&setting.session);
    if shown == expected { Ok(()) } else { Err(breach(format!("it is {shown}, not {expected}"))) }
}

/// The document of spec/policy.md.
fn managed_policy(session: &Session<'_, '_>) -> Value {
    let (account, region) = (&session.description().account, &session.description().region);
    let service = format!("s3.{region}.amazonaws.com");
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*",
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:DescribeKey"],
         "Condition": {"StringEquals": {
             "kms:CallerAccount": account, "kms:ViaService": service,
         }}},
        {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
         "Resource": "*", "Action": ["kms:Describe*", "kms:Get*", "kms:List*"]},
    ]})
}

fn newest_service_key(arena: &Arena<'_>) -> Step<()> {
    let mut setting = Setting::part_of(arena, Mode::S3, "versions")?;
    let mut versions = Vec::new();
    for key in ["before", "after", "later"] {
        setting.put(key, &[1; 10])?;
        let Reply::ListDataKeys(known) = setting.session.must(ListDataKeys {})? else {
            return Ok(());
        };
        let blobs = known.data_keys.iter().map(|record| record.ciphertext_blob.0.as_slice());
        versions.push(blobs.filter_map(wrap::service_blob_version).max());
        setting.session.must(RotateServiceKey {})?;
    }
    match versions.as_slice() {
        [Some(one), Some(two), Some(three)] if one < two && two < three => Ok(()),
        _ => Err(breach(format!("the versions of the service key were {versions:?}"))),
    }
}

fn opaque_refusal(arena: &Arena<'_>) -> Step<()> {
    let mut setting = Setting::part_of(arena, Mode::Kms, "opaque")?;
    setting.put("o", &pattern(arena.seed ^ 1200, 40_000)?)?;
    let all = setting.session.items()?;
    let bucket = setting.bucket.clone();
    let tag = Tag::Object { bucket: bucket.clone(), key: "o".into() };
    let own: Vec<&Item> = all.iter().filter(|item| item.tag == tag).collect();
    // One item after the other, and all at once: a store with replicas mends what is only in one.
    let mut chosen: Vec<&[&Item]> = own.chunks(1).collect();
    if own.len() > 1 {
        chosen.push(&own);
    }
    let mut refusals: Vec<(String, Refusal)> = Vec::new();
    for items in chosen {
        let len = items.iter().map(|item| item.bytes.0.len()).max().unwrap_or(0);
        let step = len.div_ceil(arena.budget.sampled_edits).max(1);
        // The record lies at one of the ends, and is short beside the body.
        let ends = (0..64).chain(len.saturating_sub(512)..len);
        for at in (0..len).step_by(step).chain(ends.step_by(7)) {
            let replace = |item: &&Item, mask: u8| {
                let mut bytes = item.bytes.clone();
                if let Some(byte) = bytes.0.get_mut(at) {
                    *byte ^= mask;
                }
                Edit::Replace { id: item.id.clone(), bytes }
            };
            let edits = |mask| items.iter().map(|item| replace(item, mask)).collect();
            if setting.session.edit(edits(1), false).is_ok()
                && let Err(failure) = setting.session.get(&bucket, "o")
            {
                match failure {
                    Failure::Refused(refusal) => {
                        let names: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
                        refusals.push((format!("byte {at} of {}", names.join(" and ")), refusal));
                    }
                    other => return Err(unexpected("GetObject", &other)),
                }
            }
            let undone = setting.session.edit(edits(0), false);
            undone.map_err(|failure| unexpected("WriteAtRest (undo)", &failure))?;
        }
    }
    let Some((first, refusal)) = refusals.first() else {
        return Err(Ending::Inconclusive("no edit was refused".into()));
    };
    match refusals.iter().find(|(_, other)| other != refusal) {
        None => Ok(()),
        Some((what, other)) => Err(breach(format!(
            "an edit of {first} is refused as {refusal:?}, and one of {what} as {other:?}"
        ))),
    }
}
