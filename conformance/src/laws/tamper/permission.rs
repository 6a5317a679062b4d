//! The tamper law over policies, keys and bucket settings: no edit lets a request succeed that was
//! refused before it (T3).

use super::edits::{Change, bit_flips, cuts, exchanged_pairs, restore, spliced};
use crate::case::{Breadth, Case, Ending, Step};
use crate::laws::{Law, Mode, Setting, breach, put_request};
use crate::session::{Arena, unexpected};
use crate::target::Failure;
use serde_json::{Value, json};
use sse_spec::{Caller, Capability, Item, Operation, Reply, SseHeaders, Tag};
use sse_vectors::scenario::Settle;

pub(super) fn cases() -> Vec<Case> {
    let mut case = Law {
        family: "tamper",
        name: "permission",
        comment: "No edit of policies, keys or bucket settings lets a refused request succeed \
                  (T3).",
        requirements: &["sse.tamper.no-widened-permission"],
        capabilities: &[Capability::ReadAtRest, Capability::WriteAtRest, Capability::Principals],
        breadth: Breadth::Focused,
        check: permission,
    }
    .case(Mode::Kms);
    case.needs.kms = true;
    vec![case]
}

fn operation(json: Value) -> Step<Operation> {
    serde_json::from_value(json).map_err(|error| Ending::Unusable(error.to_string()))
}

/// A world in which something is refused for each kind of reason: a Deny of the bucket, a right
/// that a user was not given, a key that is disabled, and one that waits for its deletion.
struct Guarded<'s, 'a> {
    setting: Setting<'s, 'a>,
    refused: Vec<(Caller, Operation)>,
}

impl<'s, 'a> Guarded<'s, 'a> {
    fn new(arena: &'s Arena<'a>) -> Step<Self> {
        let mut setting = Setting::part_of(arena, Mode::Kms, "guarded")?;
        let bucket = setting.bucket.clone();
        setting.put("o", &[1; 100])?;
        let session = &mut setting.session;
        let root = session.caller.clone();
        let Reply::CreatePrincipal(made) =
            session.must(operation(json!({"CreatePrincipal": {"name": "reader"}}))?)?
        else {
            return Err(Ending::Failed("no principal was made".into()));
        };
        let user = Caller::new(made.arn.clone());
        let here = format!("arn:aws:s3:::{bucket}");
        let allow = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": here},
            {"Effect": "Deny", "Action": "s3:*", "Resource": format!("{here}/*")},
        ]});
        let deny = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{bucket}/denied"),
        }});
        for asked in [
            json!({"PutIdentityPolicy": {
                "principal": made.arn, "name": "p", "policy": allow.to_string(),
            }}),
            json!({"PutBucketPolicy": {"bucket": bucket, "policy": deny.to_string()}}),
        ] {
            session.must(operation(asked)?)?;
        }
        let sse = |key: String| SseHeaders {
            algorithm: Some("aws:kms".into()),
            kms_key_id: Some(key),
            context: None,
        };
        let (disabled, pending) = (session.key()?.arn, session.key()?.arn);
        session.must(operation(json!({"DisableKey": {"key_id": disabled}}))?)?;
        session.must(operation(json!({"ScheduleKeyDeletion": {"key_id": pending}}))?)?;
        for settle in [Settle::Policy, Settle::KeyState, Settle::Bucket] {
            session.settle(settle);
        }
        let plain = SseHeaders::default();
        let put = |key: &str, sse: &SseHeaders| put_request(&bucket, key, vec![2; 10], sse).into();
        let get = operation(json!({"GetObject": {"bucket": bucket, "key": "o"}}))?;
        let refused = vec![
            (root.clone(), put("denied", &plain)),
            (user.clone(), put("by-user", &plain)),
            (user, get),
            (root.clone(), put("disabled", &sse(disabled))),
            (root, put("pending", &sse(pending))),
        ];
        Ok(Self { setting, refused })
    }

    /// The first of the requests that is not refused.
    fn widened(&mut self) -> Step<Option<String>> {
        for (caller, asked) in &self.refused {
            match self.setting.session.perform(caller, asked) {
                Ok(_) => return Ok(Some(format!("{} of {}", asked.name(), caller.principal))),
                Err(Failure::Refused(_)) => {}
                Err(other) => return Err(unexpected(asked.name(), &other)),
            }
        }
        Ok(None)
    }
}

/// Words that permit in the place of words that forbid, for whoever writes policies as they are.
const WORDS: [(&str, &str); 5] = [
    ("Deny", "Allow"),
    ("Disabled", "Enabled"),
    ("PendingDeletion", "Enabled"),
    ("s3:ListBucket", "s3:*"),
    ("/denied", "/other"),
];

fn changes(items: &[Item], arena: &Arena<'_>) -> Vec<Change> {
    let mut changes = exchanged_pairs(items);
    for item in items {
        let one = std::slice::from_ref(item);
        for (forbids, permits) in WORDS {
            let what = format!("`{forbids}` became `{permits}` in item `{}`", item.id);
            changes.extend(spliced(one, forbids.as_bytes(), permits.as_bytes(), &what));
        }
        let flips = [bit_flips(one, arena), cuts(one, arena)].concat();
        let step = flips.len().div_ceil(arena.budget.sampled_edits).max(1);
        changes.extend(flips.into_iter().step_by(step));
    }
    changes
}

fn permission(arena: &Arena<'_>, _: Mode) -> Step<()> {
    let mut guarded = Guarded::new(arena)?;
    if let Some(granted) = guarded.widened()? {
        return Err(breach(format!("before any edit {granted} succeeded, not refused")));
    }
    let all = guarded.setting.session.items()?;
    let decides = |item: &&Item| matches!(item.tag, Tag::Policy | Tag::Key | Tag::Bucket);
    let items: Vec<Item> = all.iter().filter(decides).cloned().collect();
    if items.is_empty() {
        return Err(Ending::Inconclusive("no item is tagged as a policy, key or bucket".into()));
    }
    let fixup = arena.description.offers(Capability::Fixup);
    for change in changes(&items, arena) {
        match guarded.setting.session.edit(change.edits.clone(), fixup) {
            // A store that does not open on damaged items has refused.
            Err(Failure::Refused(_)) => {}
            Err(other) => return Err(unexpected("WriteAtRest", &other)),
            Ok(()) => {
                if let Some(granted) = guarded.widened()? {
                    return Err(breach(format!("after {}, {granted} succeeded", change.what)));
                }
            }
        }
        let undo = guarded.setting.session.edit(restore(&change.edits, &all), fixup);
        undo.map_err(|failure| unexpected("WriteAtRest (undo)", &failure))?;
    }
    Ok(())
}
