//! Races over one object: overwritten or deleted while it is read, put twice at once.

use super::{Race, Seen, Track, body, busy, get, length, put, reader};
use crate::case::{Ending, Group, Step};
use crate::session::{Arena, unexpected};
use crate::target::{Failure, World};
use sse_spec::{
    AuditEntry, Capability, DeleteObject, Kind, LookupEvents, Operation, Reply, SseHeaders,
};
use sse_vectors::scenario::Settle;

pub(super) fn races() -> Vec<Race> {
    vec![
        Race {
            name: "overwrite-and-read-sse-s3",
            comment: "A read during an overwrite gives the old body or the new one, never both.",
            requirements: &["sse.get.round-trip", "sse.put.overwrite-replaces"],
            group: Group::SseS3,
            kms: false,
            capabilities: &[],
            check: |arena| overwrite_and_read(arena, "AES256"),
        },
        Race {
            name: "overwrite-and-read-sse-kms",
            comment: "A read during an overwrite gives the old body or the new one, never both.",
            requirements: &["sse.get.round-trip", "sse.put.overwrite-replaces"],
            group: Group::SseKms,
            kms: false,
            capabilities: &[],
            check: |arena| overwrite_and_read(arena, "aws:kms"),
        },
        Race {
            name: "delete-and-get",
            comment: "A read during a deletion gives the whole body or no object.",
            requirements: &["sse.get.round-trip", "sse.delete.gone"],
            group: Group::SseS3,
            kms: false,
            capabilities: &[],
            check: delete_and_get,
        },
        Race {
            name: "two-puts",
            comment: "Of two puts at once one wins whole: body, size, key and mode.",
            requirements: &["sse.put.overwrite-replaces", "sse.put.reply-key-arn"],
            group: Group::SseKms,
            kms: true,
            capabilities: &[],
            check: two_puts,
        },
        Race {
            name: "two-puts-trail",
            comment: "Two puts at once leave one entry each in the trail, under their own keys.",
            requirements: &["audit.entry.one-per-request", "sse.put.generate-data-key-once"],
            group: Group::Audit,
            kms: true,
            capabilities: &[Capability::Audit],
            check: two_puts_trail,
        },
    ]
}

fn asking(algorithm: &str, key: Option<&str>) -> SseHeaders {
    SseHeaders { algorithm: Some(algorithm.into()), kms_key_id: key.map(Into::into), context: None }
}

/// Performs an operation and leaves its ending to the caller.
fn perform(
    operation: &Operation,
) -> impl FnOnce(&mut dyn World, &sse_spec::Caller) -> Result<Reply, Failure> + Send + '_ {
    move |world, caller| world.perform(caller, operation)
}

fn overwrite_and_read(arena: &Arena<'_>, algorithm: &str) -> Step<()> {
    let mut track = Track::new(arena)?;
    let sse = asking(algorithm, None);
    let bucket = track.bucket.clone();
    let mut old = body(arena, 0, length(0))?;
    track.session.must(put(&bucket, "o", &old, &sse))?;
    let read = get(&bucket, "o");
    let mut whole = 0;
    for round in 1..=track.rounds {
        let new = body(arena, round, length(round))?;
        let write = put(&bucket, "o", &new, &sse);
        let bodies: [&[u8]; 2] = [&old, &new];
        let (put, reads) = track.race(perform(&write), reader(&read, &bodies))?;
        put.map_err(|failure| unexpected("PutObject", &failure))?;
        for seen in reads.map_err(|failure| unexpected("GetObject", &failure))? {
            match seen {
                Seen::Whole(_) => whole += 1,
                Seen::Prefix => {}
                Seen::Refused(kind) if busy(kind) => {}
                Seen::Refused(kind) => {
                    return Err(Ending::Failed(format!(
                        "a read during an overwrite was refused as {kind:?}"
                    )));
                }
                Seen::Mixed => {
                    return Err(Ending::Failed(
                        "a read during an overwrite gave neither the old body nor the new one"
                            .into(),
                    ));
                }
            }
        }
        track.holds("o", &[&new], "after an acknowledged overwrite")?;
        old = new;
    }
    seen_something(whole)
}

/// A race in which no read ended well shows nothing.
pub(super) fn seen_something(whole: usize) -> Step<()> {
    if whole > 0 {
        return Ok(());
    }
    Err(Ending::Inconclusive("no read during the race gave a body".into()))
}

fn delete_and_get(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let sse = asking("AES256", None);
    let bucket = track.bucket.clone();
    let read = get(&bucket, "o");
    let deletion: Operation = DeleteObject { bucket: bucket.clone(), key: "o".into() }.into();
    for round in 0..track.rounds {
        let body = body(arena, round, length(round))?;
        track.session.must(put(&bucket, "o", &body, &sse))?;
        track.holds("o", &[&body], "before the race")?;
        let bodies: [&[u8]; 1] = [&body];
        let (deleted, reads) = track.race(perform(&deletion), reader(&read, &bodies))?;
        deleted.map_err(|failure| unexpected("DeleteObject", &failure))?;
        let mut gone = false;
        for seen in reads.map_err(|failure| unexpected("GetObject", &failure))? {
            match seen {
                Seen::Whole(_) if gone => {
                    return Err(Ending::Failed("a deleted object came back".into()));
                }
                Seen::Whole(_) | Seen::Prefix => {}
                Seen::Refused(Kind::NotFound) => gone = true,
                Seen::Refused(kind) if busy(kind) => {}
                other => {
                    return Err(Ending::Failed(format!(
                        "a read during a deletion gave {other:?}, not the body or no object"
                    )));
                }
            }
        }
        match track.read("o") {
            Err(Failure::Refused(refusal)) if refusal.class.kind() == Kind::NotFound => {}
            Err(other) => return Err(unexpected("GetObject", &other)),
            Ok(_) => {
                return Err(Ending::Failed(
                    "an object was read after its deletion was acknowledged".into(),
                ));
            }
        }
    }
    Ok(())
}

/// Puts under two keys to one name at once, `rounds` times; judges what is left each time.
fn put_twice(arena: &Arena<'_>, track: &mut Track<'_, '_>, keys: [&str; 2]) -> Step<()> {
    let bucket = track.bucket.clone();
    for round in 0..track.rounds {
        let (a, b) = (body(arena, 2 * round, length(0))?, body(arena, 2 * round + 1, length(1))?);
        let [first, second] = keys.map(|key| asking("aws:kms", Some(key)));
        let one = put(&bucket, "o", &a, &first);
        let two = put(&bucket, "o", &b, &second);
        let (one, two) = track.race(perform(&one), perform(&two))?;
        one.map_err(|failure| unexpected("PutObject", &failure))?;
        two.map_err(|failure| unexpected("PutObject", &failure))?;
        let which = track.holds("o", &[&a, &b], "after two puts at once")?;
        let head = track.session.head(&bucket, "o");
        let head = head.map_err(|failure| unexpected("HeadObject", &failure))?;
        if head.sse.kms_key_id.as_deref() != keys.get(which).copied() {
            return Err(Ending::Failed(
                "after two puts at once the object shows the body of one and the key of the other"
                    .into(),
            ));
        }
    }
    Ok(())
}

fn two_puts(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let (one, two) = (track.session.key()?.arn, track.session.key()?.arn);
    put_twice(arena, &mut track, [&one, &two])
}

fn two_puts_trail(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let (one, two) = (track.session.key()?.arn, track.session.key()?.arn);
    put_twice(arena, &mut track, [&one, &two])?;
    track.session.settle(Settle::Audit);
    let Reply::LookupEvents(trail) = track.session.must(LookupEvents {})? else {
        return Err(Ending::Failed("LookupEvents gave another reply".into()));
    };
    for key in [&one, &two] {
        let ours = |entry: &&AuditEntry| {
            entry.event_name == "GenerateDataKey"
                && entry.resources.iter().any(|resource| resource.arn == *key)
        };
        let count = trail.events.iter().filter(ours).count();
        if count != track.rounds as usize {
            return Err(Ending::Failed(format!(
                "{} puts under a key left {count} entries of GenerateDataKey in the trail",
                track.rounds
            )));
        }
    }
    let mut ids: Vec<&str> = trail.events.iter().map(|entry| entry.event_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == trail.events.len() {
        return Ok(());
    }
    Err(Ending::Failed("two entries of the trail have one `eventID`".into()))
}
