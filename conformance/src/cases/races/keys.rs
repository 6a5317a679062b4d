//! Races over one key: disabled while an object under it is read, rotated while one is put.

use super::{Race, Seen, Track, body, busy, get, length, look, put};
use crate::case::{Ending, Group, Step};
use crate::session::{Arena, settle_time, unexpected};
use crate::target::{Failure, World};
use sse_spec::{Caller, DisableKey, EnableKey, Kind, Operation, RotateKeyOnDemand, SseHeaders};
use sse_vectors::scenario::Settle;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub(super) fn races() -> Vec<Race> {
    vec![
        Race {
            name: "disable-and-get",
            comment: "No read that begins after an acknowledged DisableKey succeeds.",
            requirements: &["sse.get.key-disabled-refused"],
            group: Group::SseKms,
            kms: true,
            capabilities: &[],
            check: disable_and_get,
        },
        Race {
            name: "rotate-and-put",
            comment: "A put during a rotation succeeds and reads back, and so do older objects.",
            requirements: &["sse.get.round-trip", "rotation.effect.old-objects"],
            group: Group::Rotation,
            kms: true,
            capabilities: &[],
            check: rotate_and_put,
        },
    ]
}

fn under(key: &str) -> SseHeaders {
    SseHeaders { algorithm: Some("aws:kms".into()), kms_key_id: Some(key.into()), context: None }
}

/// A target with a settle time is waited for in every round; few rounds are enough there.
const EVENTUAL_ROUNDS: u32 = 3;

/// How far the disabling of a key is.
#[derive(Clone, Copy)]
enum Phase {
    /// Under way.
    Racing,
    /// Acknowledged at this moment.
    Acknowledged(Instant),
    /// It failed, or its thread ended without a word.
    Failed,
}

/// What the disabling thread tells the reading one; ends the race even where the target panics.
struct Told<'r>(&'r Mutex<Phase>);

impl Told<'_> {
    fn tell(&self, phase: Phase) {
        if let Ok(mut told) = self.0.lock() {
            *told = phase;
        }
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if matches!(phase(self.0), Phase::Racing) {
            self.tell(Phase::Failed);
        }
    }
}

fn phase(told: &Mutex<Phase>) -> Phase {
    told.lock().map_or(Phase::Failed, |phase| *phase)
}

fn disable_and_get(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let key = track.session.key()?.arn;
    let bucket = track.bucket.clone();
    let body = body(arena, 0, length(0))?;
    track.session.must(put(&bucket, "o", &body, &under(&key)))?;
    let settle = settle_time(arena.description, Settle::KeyState);
    let rounds = if settle.is_zero() { track.rounds } else { track.rounds.min(EVENTUAL_ROUNDS) };
    let read = get(&bucket, "o");
    let disable: Operation = DisableKey { key_id: key.clone() }.into();
    for _ in 0..rounds {
        track.holds("o", &[&body], "before the key is disabled")?;
        let phase = Mutex::new(Phase::Racing);
        let disabler = |world: &mut dyn World, caller: &Caller| {
            let told = Told(&phase);
            let result = world.perform(caller, &disable);
            if result.is_ok() {
                told.tell(Phase::Acknowledged(Instant::now()));
            }
            result
        };
        let bodies: [&[u8]; 1] = [&body];
        let reader = |world: &mut dyn World, caller: &Caller| {
            read_while_disabled(&phase, settle, || look(world, caller, &read, &bodies))
        };
        let (disabled, reads) = track.race(disabler, reader)?;
        disabled.map_err(|failure| unexpected("DisableKey", &failure))?;
        reads?;
        track.session.must(EnableKey { key_id: key.clone() })?;
        track.session.settle(Settle::KeyState);
    }
    Ok(())
}

/// Reads until several reads began after the key was certainly disabled.
fn read_while_disabled(
    told: &Mutex<Phase>,
    settle: Duration,
    mut look: impl FnMut() -> Result<Seen, Failure>,
) -> Step<()> {
    const READS_AFTER: u32 = 3;
    let mut after = 0;
    while after < READS_AFTER {
        let late = match phase(told) {
            Phase::Racing => false,
            Phase::Acknowledged(at) => at.elapsed() >= settle,
            // Whoever disables says why.
            Phase::Failed => break,
        };
        match look().map_err(|failure| unexpected("GetObject", &failure))? {
            Seen::Whole(_) | Seen::Prefix if late => {
                return Err(Ending::Failed(
                    "a read that began after DisableKey was acknowledged succeeded".into(),
                ));
            }
            Seen::Whole(_) | Seen::Prefix | Seen::Refused(Kind::KeyUnusable) => {}
            Seen::Refused(kind) if busy(kind) => {}
            other => {
                return Err(Ending::Failed(format!(
                    "a read while a key is disabled gave {other:?}"
                )));
            }
        }
        after += u32::from(late);
    }
    Ok(())
}

/// AWS rotates one key on demand at most 25 times.
const ROTATIONS: u32 = 20;

fn rotate_and_put(arena: &Arena<'_>) -> Step<()> {
    let mut track = Track::new(arena)?;
    let key = track.session.key()?.arn;
    let bucket = track.bucket.clone();
    let settle = settle_time(arena.description, Settle::Rotation);
    let rounds = track.rounds.min(if settle.is_zero() { ROTATIONS } else { EVENTUAL_ROUNDS });
    let rotate: Operation = RotateKeyOnDemand { key_id: key.clone() }.into();
    let mut bodies = Vec::new();
    for round in 0..rounds {
        bodies.push(body(arena, round, length(round))?);
        let name = format!("o{round}");
        let write = put(&bucket, &name, bodies.last().map_or(&[], Vec::as_slice), &under(&key));
        let (rotated, put) = track.race(
            |world, caller| world.perform(caller, &rotate),
            |world, caller| world.perform(caller, &write),
        )?;
        rotated.map_err(|failure| unexpected("RotateKeyOnDemand", &failure))?;
        put.map_err(|failure| unexpected("PutObject", &failure))?;
        for (older, body) in bodies.iter().enumerate() {
            track.holds(&format!("o{older}"), &[body], "after a rotation during a put")?;
        }
        // A second rotation may be refused while the first is still under way.
        track.session.settle(Settle::Rotation);
    }
    Ok(())
}
