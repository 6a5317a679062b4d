//! The keystream law: no two ciphertexts, and no two places of one, are made with one keystream.
//!
//! A body of the one byte 00 shows the keystream itself, a body of the one byte FF its complement;
//! the law looks for a window and its complement anywhere, so it needs no format and no alignment.

mod ledger;

use super::windows::Snapshot;
use super::{Law, Mode, Setting, breach};
use crate::case::{Breadth, Case, Ending, Step};
use crate::session::{Arena, pattern};
use crate::views::LANES;
use ledger::Ledger;
use sse_spec::{Capability, Item, Restart};

const READ: &[Capability] = &[Capability::ReadAtRest];

pub(super) fn cases() -> Vec<Case> {
    [
        Law {
            family: "keystream",
            name: "puts",
            comment: "No two puts and no overwrite are encrypted with one keystream.",
            requirements: &["sse.at-rest.keystream"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: puts,
        },
        Law {
            family: "keystream",
            name: "restarted",
            comment: "The same writes in the same order after a Restart share no keystream with \
                      those before it.",
            requirements: &["sse.at-rest.keystream"],
            capabilities: &[Capability::ReadAtRest, Capability::Restart],
            breadth: Breadth::Focused,
            check: restarted,
        },
        Law {
            family: "keystream",
            name: "copies",
            comment: "No copy shares keystream with its source, with another copy or with what it \
                      replaces.",
            requirements: &["sse.at-rest.keystream"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: copies,
        },
        Law {
            family: "keystream",
            name: "parts",
            comment: "No two parts, and no part and the one it replaces, are encrypted with one \
                      keystream.",
            requirements: &["sse.at-rest.keystream-parts"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: parts,
        },
        Law {
            family: "keystream",
            name: "within",
            comment: "The ciphertext of a body of one repeated byte does not repeat.",
            requirements: &["sse.at-rest.keystream-within"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: within,
        },
        Law {
            family: "keystream",
            name: "within-part",
            comment: "The ciphertext of a part of one repeated byte does not repeat.",
            requirements: &["sse.at-rest.keystream-within"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: within_part,
        },
    ]
    .into_iter()
    .flat_map(Law::cases_everywhere)
    .collect()
}

/// Two bodies of which one is the complement of the other.
struct Bodies {
    zeros: Vec<u8>,
    ones: Vec<u8>,
    /// A body that no encryption in blocks or chunks can hide repetition of.
    repeated: Vec<u8>,
}

impl Bodies {
    fn constant(len: u64) -> Step<Self> {
        let len = usize::try_from(len).map_err(|_| Ending::Unusable("too long a body".into()))?;
        Ok(Self { zeros: vec![0; len], ones: vec![0xff; len], repeated: vec![0; len] })
    }

    /// What is left for a store that compresses before it encrypts: complements that do not
    /// compress, which show a keystream used twice from its beginning, and a repetition at a
    /// distance beyond the window of the usual compressions, which is a multiple of their chunks.
    fn incompressible(seed: u64, len: u64) -> Step<Self> {
        const DISTANCE: u64 = 0x10000;
        let zeros = pattern(seed ^ 800, len)?;
        let ones = zeros.iter().map(|byte| !byte).collect();
        let repeated = pattern(seed ^ 801, DISTANCE)?.repeat(2);
        Ok(Self { zeros, ones, repeated })
    }
}

/// A world whose writes are entered in a ledger.
struct Scene<'s, 'a> {
    setting: Setting<'s, 'a>,
    ledger: Ledger,
    bodies: Bodies,
    /// The keys that were put on the way to the first body that counts.
    way: Vec<&'static str>,
}

impl<'s, 'a> Scene<'s, 'a> {
    /// Puts random bodies first: what a container adds to any body of this length, such as
    /// padding, is then no longer new. A first body of zeros shows whether constant bodies lie at
    /// rest at their length.
    fn new(arena: &'s Arena<'a>, mode: Mode) -> Step<Self> {
        let len = arena.budget.keystream_bytes;
        let mut setting = Setting::new(arena, mode)?;
        for (index, key) in (0..).zip(["warm", "warm", "a"]) {
            let before = Snapshot::of(&setting.session.items()?);
            let body = pattern(arena.seed ^ (810 + index), len)?;
            setting.put(key, &body)?;
            super::grown(&before, &setting.session.items()?, body.len())?;
        }
        let ledger = Ledger::new(&setting.session.items()?);
        let way = vec!["warm", "warm", "a"];
        let mut scene = Self { setting, ledger, bodies: Bodies::constant(len)?, way };
        let zeros = scene.bodies.zeros.clone();
        scene.setting.put("probe", &zeros)?;
        match scene.enter("a first put", zeros.len()) {
            Err(Ending::Inconclusive(_)) => {
                scene.bodies = Bodies::incompressible(arena.seed, len)?;
                scene.way.push("probe");
                scene.put("probe", Zeros, "a first put")?;
            }
            other => other?,
        }
        Ok(scene)
    }

    fn body(&self, polarity: Polarity) -> Vec<u8> {
        match polarity {
            Zeros => self.bodies.zeros.clone(),
            Ones => self.bodies.ones.clone(),
        }
    }

    fn put(&mut self, key: &str, polarity: Polarity, what: &str) -> Step<()> {
        let body = self.body(polarity);
        self.setting.put(key, &body)?;
        self.enter(what, body.len())
    }

    fn copy(&mut self, from: &str, to: &str, what: &str) -> Step<()> {
        self.setting.copy(from, to)?;
        self.enter(what, self.bodies.zeros.len())
    }

    /// Enters what a write of `len` bytes left at rest.
    fn enter(&mut self, what: &str, len: usize) -> Step<()> {
        let items = self.setting.session.items()?;
        let new = self.ledger.enter(what, &items).map_err(|shared| breach(shared.to_string()))?;
        if new < len {
            return Err(Ending::Inconclusive(format!(
                "{what} of {len} bytes shows {new} new bytes at rest: its ciphertext is not among \
                 the items shown, or it was there before"
            )));
        }
        Ok(())
    }
}

/// Which of the two bodies.
#[derive(Clone, Copy)]
enum Polarity {
    Zeros,
    Ones,
}

use Polarity::{Ones, Zeros};

/// A write always differs from the one before it in polarity, so that a keystream used again shows
/// as a complement and not as a ciphertext that was there before.
fn puts(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.put("a", Ones, "an overwrite with ones")?;
    scene.put("a", Zeros, "an overwrite with zeros")?;
    scene.put("b", Ones, "a put of ones")?;
    scene.put("b", Zeros, "an overwrite with zeros")?;
    scene.put("a", Ones, "a third overwrite")?;
    scene.setting.session.delete(&scene.setting.bucket.clone(), "b")?;
    scene.put("b", Ones, "a put after a deletion")
}

/// What a Restart sets back shows where the same is done in the same order, with the complement in
/// the place of each body.
fn restarted(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.put("a", Ones, "an overwrite with ones")?;
    scene.put("b", Zeros, "a put of zeros")?;
    scene.setting.session.must(Restart {})?;
    for (index, key) in (0..).zip(scene.way.clone()) {
        let body = pattern(arena.seed ^ (820 + index), scene.bodies.zeros.len() as u64)?;
        scene.setting.put(key, &body)?;
        scene.enter("a random body after a Restart", body.len())?;
    }
    scene.put("probe", Ones, "the first put with ones after a Restart")?;
    scene.put("a", Zeros, "the overwrite with zeros after a Restart")?;
    scene.put("b", Ones, "the put of ones after a Restart")
}

fn copies(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.put("ones", Ones, "a put of ones")?;
    scene.put("zeros", Zeros, "a put of zeros")?;
    scene.copy("ones", "a", "a copy of ones over an object")?;
    scene.copy("zeros", "a", "a copy of zeros over the copy of ones")?;
    scene.copy("ones", "b", "a copy of ones")?;
    scene.copy("zeros", "c", "a copy of zeros")?;
    scene.copy("c", "b", "a copy of a copy")?;
    scene.copy("ones", "ones", "a copy of ones onto themselves")?;
    scene.put("c", Ones, "a put over a copy")
}

fn parts(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    let first = scene.setting.begin("a")?;
    let send = |scene: &mut Scene<'_, '_>, upload, number, polarity, what: &str| {
        let body = scene.body(polarity);
        let len = body.len();
        let part = scene.setting.session.part(upload, number, body)?;
        scene.enter(what, len).map(|()| part)
    };
    send(&mut scene, &first, 1, Ones, "part 1 of ones")?;
    let part1 = send(&mut scene, &first, 1, Zeros, "part 1 sent again with zeros")?;
    send(&mut scene, &first, 2, Ones, "part 2 of ones")?;
    send(&mut scene, &first, 2, Zeros, "part 2 sent again with zeros")?;
    let part2 = send(&mut scene, &first, 2, Ones, "part 2 sent a third time")?;
    let second = scene.setting.begin("a")?;
    send(&mut scene, &second, 1, Ones, "part 1 of a second upload")?;
    send(&mut scene, &second, 2, Zeros, "part 2 of a second upload")?;
    // A completion may leave the parts where they are, or encrypt them anew: both are looked at.
    let smallest = scene.setting.session.description().limits.part_bytes;
    let listed =
        if arena.budget.keystream_bytes >= smallest { vec![part1, part2] } else { vec![part2] };
    scene.setting.session.complete(&first, &listed)?;
    scene.enter("a completion", 0)?;
    scene.setting.session.abort(&second)?;
    let third = scene.setting.begin("a")?;
    send(&mut scene, &third, 1, Zeros, "part 1 of a third upload")?;
    send(&mut scene, &third, 2, Ones, "part 2 of a third upload")?;
    scene.setting.session.abort(&third)
}

fn within(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    for what in ["a put", "an overwrite"] {
        let before = scene.setting.session.items()?;
        let body = scene.bodies.repeated.clone();
        scene.setting.put("within", &body)?;
        unrepeated(what, &before, &scene.setting.session.items()?, body.len())?;
    }
    Ok(())
}

fn within_part(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    let upload = scene.setting.begin("within")?;
    for what in ["a part", "a part sent again"] {
        let before = scene.setting.session.items()?;
        let body = scene.bodies.repeated.clone();
        let len = body.len();
        let part = scene.setting.session.part(&upload, 1, body)?;
        unrepeated(what, &before, &scene.setting.session.items()?, len)?;
        if what == "a part sent again" {
            scene.setting.session.complete(&upload, &[part])?;
        }
    }
    Ok(())
}

/// Judges a write of `len` bytes that repeat: its ciphertext has `len` bytes that occur once,
/// however often a container keeps them and whatever else it adds.
fn unrepeated(what: &str, before: &[Item], after: &[Item], len: usize) -> Step<()> {
    let snapshot = Snapshot::of_views(before);
    let mut seen = false;
    for lane in 0..LANES {
        let (all, distinct) = snapshot.new_bytes_in_lane(after, lane);
        if all < len {
            continue;
        }
        seen = true;
        // A last piece of less than a window may lie alone.
        if distinct + 2 * super::windows::WINDOW < len {
            return Err(breach(format!(
                "{what} of {len} bytes that repeat left {all} new bytes at rest, of which only \
                 {distinct} remain when what occurs again counts once: its keystream repeats"
            )));
        }
    }
    if seen {
        return Ok(());
    }
    Err(Ending::Inconclusive(format!(
        "{what} of {len} bytes that repeat does not show at rest at its length"
    )))
}
