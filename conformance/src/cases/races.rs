//! Races: two handles on one world at once, each in a thread of its own; bounded by rounds of the
//! budget, never by time. Whatever order the target chooses, an outcome that no order explains is
//! a failure.

mod keys;
mod objects;
mod uploads;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, Session, pattern, unexpected};
use crate::target::{Failure, World};
use sse_spec::{
    Body, Bytes, Caller, Capability, Delivery, GetObject, GetObjectReply, Kind, Metadata,
    Operation, Profile, PutObject, Reply, SseHeaders,
};
use std::sync::Barrier;

/// Describes one race.
struct Race {
    name: &'static str,
    comment: &'static str,
    requirements: &'static [&'static str],
    group: Group,
    kms: bool,
    capabilities: &'static [Capability],
    check: fn(&Arena<'_>) -> Step<()>,
}

pub(super) fn cases() -> Vec<Case> {
    let races = objects::races().into_iter().chain(keys::races()).chain(uploads::races());
    races.map(Race::case).collect()
}

impl Race {
    fn case(self) -> Case {
        let check = self.check;
        let mut capabilities = vec![Capability::Fork];
        capabilities.extend(self.capabilities);
        Case {
            id: format!("race/{}", self.name),
            comment: self.comment.into(),
            requirements: self.requirements.iter().map(|id| (*id).into()).collect(),
            profile: Profile::Core,
            area: Area::Api,
            group: self.group,
            // What a race finds depends on the scheduler; no conviction may rest on it.
            breadth: Breadth::Broad,
            family: "race".into(),
            twin: None,
            needs: Needs { store: true, kms: self.kms, capabilities, ..Needs::default() },
            run: Box::new(move |arena| ending(check(arena))),
        }
    }
}

/// A world with a bucket and a second handle on it.
struct Track<'s, 'a> {
    session: Session<'s, 'a>,
    other: Box<dyn World>,
    bucket: String,
    rounds: u32,
}

impl<'s, 'a> Track<'s, 'a> {
    fn new(arena: &'s Arena<'a>) -> Step<Self> {
        let mut session = arena.open("race")?;
        let bucket = session.bucket()?;
        let other = session.world.fork().ok_or_else(|| {
            Ending::Failed(
                "the target declares `fork` and gives no second handle on a world".into(),
            )
        })?;
        Ok(Self { session, other, bucket, rounds: arena.budget.races })
    }

    /// Runs `one` on the first handle and `two` on the second, both let go at once.
    fn race<A: Send, B: Send>(
        &mut self,
        one: impl FnOnce(&mut dyn World, &Caller) -> A + Send,
        two: impl FnOnce(&mut dyn World, &Caller) -> B + Send,
    ) -> Step<(A, B)> {
        let start = Barrier::new(2);
        let caller = &self.session.caller;
        let (first, second) = (self.session.world.as_mut(), self.other.as_mut());
        std::thread::scope(|scope| {
            let start = &start;
            let handle = scope.spawn(move || {
                start.wait();
                two(second, caller)
            });
            start.wait();
            let one = one(first, caller);
            let two = handle.join();
            two.map(|two| (one, two)).map_err(|_| Ending::Failed("the target panicked".into()))
        })
    }

    /// Reads an object after a race is over.
    fn read(&mut self, key: &str) -> Result<GetObjectReply, Failure> {
        self.session.get(&self.bucket.clone(), key)
    }

    /// Reads an object that has to hold one of `bodies` whole; which.
    fn holds(&mut self, key: &str, bodies: &[&[u8]], when: &str) -> Step<usize> {
        let reply = self.read(key).map_err(|failure| unexpected("GetObject", &failure))?;
        match seen(&reply, bodies) {
            Seen::Whole(which) => Ok(which),
            _ => Err(Ending::Failed(format!("{when} `{key}` holds none of the bodies whole"))),
        }
    }
}

/// A body of one random pattern repeated, so that a mixture of two is told from either.
fn body(arena: &Arena<'_>, number: u32, len: usize) -> Step<Vec<u8>> {
    let unit = pattern(arena.seed ^ (900 + u64::from(number)), 16)?;
    Ok(unit.iter().copied().cycle().take(len).collect())
}

/// Lengths of bodies: neighbours differ, and both are longer than a chunk.
fn length(number: u32) -> usize {
    if number.is_multiple_of(2) { 40_000 } else { 33_333 }
}

fn put(bucket: &str, key: &str, body: &[u8], sse: &SseHeaders) -> Operation {
    PutObject {
        bucket: bucket.into(),
        key: key.into(),
        body: Body::Inline(body.into()),
        sse: sse.clone(),
        metadata: Metadata::new(),
    }
    .into()
}

fn get(bucket: &str, key: &str) -> Operation {
    GetObject { bucket: bucket.into(), key: key.into(), range: None, sse: SseHeaders::default() }
        .into()
}

/// What a read during a race gave.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// The n-th of the bodies that it may give, with the size that belongs to it.
    Whole(usize),
    /// A true prefix of one of them, then a refusal.
    Prefix,
    /// The refusal.
    Refused(Kind),
    /// Anything else.
    Mixed,
}

fn seen(reply: &GetObjectReply, bodies: &[&[u8]]) -> Seen {
    let found = |test: &dyn Fn(&[u8]) -> bool| bodies.iter().position(|body| test(body));
    match &reply.delivery {
        Delivery::Complete(Bytes(bytes)) => {
            let whole = |body: &[u8]| *bytes == body && reply.size == body.len() as u64;
            found(&whole).map_or(Seen::Mixed, Seen::Whole)
        }
        Delivery::Aborted { prefix, .. } => {
            found(&|body| body.starts_with(&prefix.0)).map_or(Seen::Mixed, |_| Seen::Prefix)
        }
    }
}

/// Reads once and says what was seen.
fn look(
    world: &mut dyn World,
    caller: &Caller,
    operation: &Operation,
    bodies: &[&[u8]],
) -> Result<Seen, Failure> {
    match world.perform(caller, operation) {
        Ok(Reply::GetObject(reply)) => Ok(seen(&reply, bodies)),
        Ok(other) => Err(Failure::wrong_reply("GetObject", &other)),
        Err(Failure::Refused(refusal)) => Ok(Seen::Refused(refusal.class.kind())),
        Err(other) => Err(other),
    }
}

/// A refusal that says "not now" is honest during a race.
fn busy(kind: Kind) -> bool {
    matches!(kind, Kind::Unavailable | Kind::Conflict)
}

/// How often a reader reads during one round.
const READS: usize = 4;

/// Reads several times during a race.
fn reader<'r>(
    operation: &'r Operation,
    bodies: &'r [&'r [u8]],
) -> impl FnOnce(&mut dyn World, &Caller) -> Result<Vec<Seen>, Failure> + Send + 'r {
    move |world, caller| (0..READS).map(|_| look(world, caller, operation, bodies)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sse_spec::{Algorithm, SseShown};

    fn reply(bytes: &[u8], size: u64) -> GetObjectReply {
        GetObjectReply {
            delivery: Delivery::Complete(bytes.into()),
            size,
            etag: "e".into(),
            metadata: Metadata::new(),
            sse: SseShown { algorithm: Algorithm::Aes256.into(), kms_key_id: None, context: None },
        }
    }

    #[test]
    fn a_mixture_is_none_of_the_bodies() {
        let bodies: [&[u8]; 2] = [&[1; 40], &[2; 30]];
        assert_eq!(seen(&reply(&[2; 30], 30), &bodies), Seen::Whole(1));
        assert_eq!(seen(&reply(&[1; 30], 30), &bodies), Seen::Mixed);
        assert_eq!(seen(&reply(&[1; 40], 30), &bodies), Seen::Mixed);
        let mixed = [[1; 20], [2; 20]].concat();
        assert_eq!(seen(&reply(&mixed, 40), &bodies), Seen::Mixed);
    }
}
