//! Races over uploads in parts: completed while the object is read, one part sent twice at once.

use super::objects::seen_something;
use super::{Race, Seen, Track, body, busy, get, put, reader};
use crate::case::{Ending, Group, Step};
use crate::session::{Arena, unexpected};
use crate::target::{Failure, World};
use sse_spec::{Caller, CompletedPart, Operation, Reply, SseHeaders};

pub(super) fn races() -> Vec<Race> {
    vec![
        Race {
            name: "complete-and-get",
            comment: "A read during a completion gives the previous object or the new one whole.",
            requirements: &["sse.multipart.invisible-until-complete", "sse.multipart.round-trip"],
            group: Group::SseS3,
            kms: false,
            capabilities: &[],
            check: complete_and_get,
        },
        Race {
            name: "one-part-twice",
            comment: "Of one part sent twice at once one body is the part, whole.",
            requirements: &["sse.multipart.part-replaced", "sse.multipart.round-trip"],
            group: Group::SseS3,
            kms: false,
            capabilities: &[],
            check: one_part_twice,
        },
    ]
}

/// Length of a first part: at least the target's smallest.
fn first(track: &Track<'_, '_>, round: u32) -> usize {
    let wished = u64::from(30_000 + round % 2);
    usize::try_from(track.session.part_length(wished)).unwrap_or(usize::MAX)
}

fn complete_and_get(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let sse = SseHeaders::default();
    let bucket = track.bucket.clone();
    let mut old = body(arena, 0, 20_000)?;
    track.session.must(put(&bucket, "o", &old, &sse))?;
    let read = get(&bucket, "o");
    let mut whole = 0;
    for round in 1..=track.rounds {
        let upload = track.session.begin(&bucket, "o", &sse)?;
        let (one, two) = (body(arena, round, first(&track, round))?, body(arena, round, 5_000)?);
        let listed = [
            track.session.part(&upload, 1, one.clone())?,
            track.session.part(&upload, 2, two.clone())?,
        ];
        let new = [one, two].concat();
        let completion: Operation = upload.completion(&listed).into();
        let bodies: [&[u8]; 2] = [&old, &new];
        let (completed, reads) = track
            .race(|world, caller| world.perform(caller, &completion), reader(&read, &bodies))?;
        completed.map_err(|failure| unexpected("CompleteMultipartUpload", &failure))?;
        for seen in reads.map_err(|failure| unexpected("GetObject", &failure))? {
            match seen {
                Seen::Whole(_) => whole += 1,
                Seen::Prefix => {}
                Seen::Refused(kind) if busy(kind) => {}
                other => {
                    return Err(Ending::Failed(format!(
                        "a read during a completion gave {other:?}, not the previous object or \
                         the new one"
                    )));
                }
            }
        }
        track.holds("o", &[&new], "after an acknowledged completion")?;
        old = new;
    }
    seen_something(whole)
}

fn one_part_twice(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let bucket = track.bucket.clone();
    for round in 0..track.rounds {
        let upload = track.session.begin(&bucket, "o", &SseHeaders::default())?;
        let a = body(arena, 2 * round, 40_000)?;
        let b = body(arena, 2 * round + 1, 33_333)?;
        let (one, two) = (upload.part(1, a.clone()).into(), upload.part(1, b.clone()).into());
        let send = |operation: Operation| {
            move |world: &mut dyn World, caller: &Caller| world.perform(caller, &operation)
        };
        let (one, two) = track.race(send(one), send(two))?;
        let etags = [one, two].map(|sent| match sent {
            Ok(Reply::UploadPart(reply)) => Ok(reply.etag),
            Ok(other) => Err(Failure::wrong_reply("UploadPart", &other)),
            Err(failure) => Err(failure),
        });
        let mut completed = false;
        for etag in etags {
            let etag = etag.map_err(|failure| unexpected("UploadPart", &failure))?;
            let listed = [CompletedPart { part_number: 1, etag }];
            match track.session.try_complete(&upload, &listed) {
                Ok(()) => completed = true,
                // The other one came last.
                Err(Failure::Refused(_)) => continue,
                Err(other) => return Err(unexpected("CompleteMultipartUpload", &other)),
            }
            break;
        }
        if !completed {
            return Err(Ending::Failed(
                "of a part that was acknowledged twice neither entity tag completes the upload"
                    .into(),
            ));
        }
        track.holds("o", &[&a, &b], "after a part was sent twice at once")?;
    }
    Ok(())
}
