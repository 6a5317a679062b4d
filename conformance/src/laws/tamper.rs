//! The tamper law: whatever is changed at rest, a read gives the true bytes or a refusal.
//!
//! T1 edits the items of one object, T2 every item, T3 those that decide who may do what. Restoring
//! a complete earlier state, deletion and edits of the trail are not judged (threat-model.md).

mod edits;
mod permission;
mod uploads;

use super::{Law, Mode, Setting, breach, put_request};
use crate::case::{Breadth, Case, Ending, Step};
use crate::property;
use crate::session::{Arena, pattern, unexpected};
use crate::target::Failure;
use edits::{Change, bit_flips, cuts, restore};
use sse_spec::{
    Capability, Delivery, GetObject, HeadObjectReply, Item, ListDataKeys, Metadata, Range, Reply,
    SseHeaders, SseShown, Tag,
};
use std::cell::RefCell;

const WRITE: &[Capability] = &[Capability::ReadAtRest, Capability::WriteAtRest];

pub(super) fn cases() -> Vec<Case> {
    let puts = object_laws().into_iter().chain(wider_laws()).flat_map(Law::cases);
    puts.chain(uploads::cases()).chain(permission::cases()).collect()
}

fn object_laws() -> [Law; 4] {
    [
        Law {
            family: "tamper",
            name: "object-bits",
            comment: "No flipped bit of an object's items changes what a read gives (T1).",
            requirements: &["sse.tamper.refused", "sse.tamper.metadata", "sse.tamper.head"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: |arena, mode| small_objects(arena, mode, bit_flips),
        },
        Law {
            family: "tamper",
            name: "object-cuts",
            comment: "No cut and no extension of an object's items changes what a read gives.",
            requirements: &["sse.tamper.refused"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: |arena, mode| small_objects(arena, mode, cuts),
        },
        Law {
            family: "tamper",
            name: "large-object",
            comment: "No sampled edit of a large object changes what a read gives (T1).",
            requirements: &["sse.tamper.refused", "sse.get.never-partial"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: large_object,
        },
        Law {
            family: "tamper",
            name: "empty-object",
            comment: "An empty object is authenticated like any other.",
            requirements: &["sealed-object.open.empty", "sse.tamper.refused"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: empty_object,
        },
    ]
}

fn wider_laws() -> [Law; 3] {
    [
        Law {
            family: "tamper",
            name: "swap",
            comment: "The items of one object never serve as another's.",
            requirements: &["sse.tamper.swap", "data-key.unwrap.binding"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: swap,
        },
        Law {
            family: "tamper",
            name: "every-item",
            comment: "No edit of any item makes a read give wrong bytes, crash or hang (T2).",
            requirements: &["sse.tamper.control-items"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: every_item,
        },
        Law {
            family: "tamper",
            name: "any-byte",
            comment: "A property: no change of any byte of an object of any size is accepted.",
            requirements: &["sse.tamper.refused"],
            capabilities: WRITE,
            breadth: Breadth::Broad,
            check: any_byte,
        },
    ]
}

/// What a read of the object has to give.
struct Truth {
    bucket: String,
    key: String,
    body: Vec<u8>,
    metadata: Metadata,
    sse: SseShown,
    head: HeadObjectReply,
}

struct Scene<'s, 'a> {
    setting: Setting<'s, 'a>,
    truth: Truth,
    /// The items of the object alone.
    own: Vec<Item>,
    /// Every item.
    all: Vec<Item>,
    /// How many edits changed what a read gave.
    felt: usize,
    fixup: bool,
}

/// The items of a body and, where they are less than it, those that are nobody's: there it lies in
/// a log or in pages that belong to several objects.
fn with_shared(mut own: Vec<Item>, all: &[Item], body: &[u8]) -> Vec<Item> {
    let bytes: usize = own.iter().map(|item| item.bytes.0.len()).sum();
    if own.is_empty() || bytes < body.len() {
        own.extend(all.iter().filter(|item| item.tag == Tag::Unknown).cloned());
    }
    own
}

/// Bodies longer than this are read in a range after each edit.
const RANGED: usize = 20_000;

/// The key of the object that is tampered with.
const VICTIM: &str = "victim";

impl<'s, 'a> Scene<'s, 'a> {
    fn new(arena: &'s Arena<'a>, mode: Mode, size: u64, part: &str) -> Step<Self> {
        let mut setting = Setting::part_of(arena, mode, part)?;
        let body = pattern(arena.seed ^ 600 ^ size, size)?;
        setting.put(VICTIM, &body)?;
        Self::of(arena, setting, body)
    }

    /// The scene of an object that lies there, however it came about.
    fn of(arena: &Arena<'_>, mut setting: Setting<'s, 'a>, body: Vec<u8>) -> Step<Self> {
        let bucket = setting.bucket.clone();
        let session = &mut setting.session;
        let read = session.get(&bucket, VICTIM).map_err(|f| unexpected("GetObject", &f))?;
        let head = session.head(&bucket, VICTIM).map_err(|f| unexpected("HeadObject", &f))?;
        if read.delivery != Delivery::Complete(body.clone().into()) {
            return Err(breach("the object does not read back before any edit".into()));
        }
        let all = session.items()?;
        let tag = Tag::Object { bucket: bucket.clone(), key: VICTIM.into() };
        let own = all.iter().filter(|item| item.tag == tag).cloned().collect();
        let own = with_shared(own, &all, &body);
        if own.is_empty() {
            return Err(Ending::Inconclusive("no item at rest is tagged as the object's".into()));
        }
        let metadata = put_request("", "", Vec::new(), &setting.sse).metadata;
        let key = VICTIM.to_owned();
        let truth = Truth { bucket, key, body, metadata, sse: read.sse, head };
        let fixup = arena.description.offers(Capability::Fixup);
        Ok(Self { setting, truth, own, all, felt: 0, fixup })
    }

    /// Applies one change, reads, judges, and undoes it.
    fn try_change(&mut self, change: &Change) -> Step<()> {
        match self.setting.session.edit(change.edits.clone(), self.fixup) {
            Ok(()) => self.judge(change)?,
            // A store that does not open on damaged items has refused.
            Err(Failure::Refused(_)) => self.felt += 1,
            Err(other) => return Err(unexpected("WriteAtRest", &other)),
        }
        let undo = restore(&change.edits, &self.all);
        self.setting
            .session
            .edit(undo, self.fixup)
            .map_err(|f| unexpected("WriteAtRest (undo)", &f))
    }

    fn judge(&mut self, change: &Change) -> Step<()> {
        let Truth { bucket, key, body, metadata, sse, head } = &self.truth;
        let told = |what: &str| breach(format!("after {}, {what}", change.what));
        match self.setting.session.get(bucket, key) {
            Err(Failure::Refused(_)) => self.felt += 1,
            Err(other) => return Err(unexpected("GetObject", &other)),
            Ok(reply) => match &reply.delivery {
                Delivery::Complete(bytes) if bytes.0 != *body => {
                    return Err(told("a read gave wrong bytes as if they were right"));
                }
                Delivery::Complete(_) if reply.metadata != *metadata => {
                    return Err(told("a read gave altered metadata"));
                }
                Delivery::Complete(_) if reply.sse != *sse => {
                    return Err(told("a read showed another mode or key"));
                }
                Delivery::Complete(_) if reply.size != head.size || reply.etag != head.etag => {
                    return Err(told("a read showed another size or entity tag"));
                }
                Delivery::Complete(_) => {}
                Delivery::Aborted { prefix, .. } if !body.starts_with(&prefix.0) => {
                    return Err(told("an aborted read released bytes that are not a true prefix"));
                }
                Delivery::Aborted { .. } => self.felt += 1,
            },
        }
        // Large bodies are read in ranges as well: a range has a way of its own.
        if body.len() > RANGED {
            let request = GetObject {
                bucket: bucket.clone(),
                key: key.clone(),
                range: Some(Range::From { first: 1 }),
                sse: SseHeaders::default(),
            };
            let caller = self.setting.session.caller.clone();
            if let Ok(Reply::GetObject(reply)) =
                self.setting.session.perform(&caller, &request.into())
                && let Delivery::Complete(bytes) = &reply.delivery
                && Some(bytes.0.as_slice()) != body.get(1..)
            {
                return Err(told("a range gave wrong bytes as if they were right"));
            }
        }
        match self.setting.session.head(bucket, key) {
            Err(Failure::Refused(_)) => Ok(()),
            Err(other) => Err(unexpected("HeadObject", &other)),
            Ok(reply) if reply == *head => Ok(()),
            Ok(_) => Err(told("HeadObject showed something else")),
        }
    }

    /// The guard: with every byte of the object's items inverted, copies included, nothing can be
    /// read; if that is not felt, the items shown are not the ones that are read.
    fn finish(&mut self) -> Step<()> {
        let before = self.felt;
        self.try_change(&edits::inverted(&self.own))?;
        if self.felt == before {
            return Err(Ending::Inconclusive(
                "inverting every byte of the object at rest had no effect: the items shown are not \
                 the ones read"
                    .into(),
            ));
        }
        Ok(())
    }
}

type Changes = fn(&[Item], &Arena<'_>) -> Vec<Change>;

fn small_objects(arena: &Arena<'_>, mode: Mode, changes: Changes) -> Step<()> {
    try_all(arena, mode, 100, changes).map(|_| ())
}

/// A trail grows with every read; a new world after this many edits keeps each edit cheap.
const EDITS_PER_WORLD: usize = 64;

fn try_all(arena: &Arena<'_>, mode: Mode, size: u64, changes: Changes) -> Step<usize> {
    let scene = |part: usize| Scene::new(arena, mode, size, &format!("{size}-{part}"));
    in_new_worlds(&scene, &|scene| changes(&scene.own, arena))
}

/// Tries every change, so many to a world; `scene` makes the n-th world. Returns how many changes
/// no read has felt.
fn in_new_worlds<'s, 'a>(
    scene: &dyn Fn(usize) -> Step<Scene<'s, 'a>>,
    changes: &dyn Fn(&Scene<'s, 'a>) -> Vec<Change>,
) -> Step<usize> {
    let mut unfelt = 0;
    for part in 0.. {
        let mut scene = scene(part)?;
        let all = changes(&scene);
        let mut rest = all.iter().skip(part * EDITS_PER_WORLD).peekable();
        if rest.peek().is_none() && part > 0 {
            break;
        }
        for change in rest.take(EDITS_PER_WORLD) {
            let felt = scene.felt;
            scene.try_change(change)?;
            unfelt += usize::from(scene.felt == felt);
        }
        scene.finish()?;
    }
    Ok(unfelt)
}

fn large_object(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode, 40_000, "large")?;
    let all = [bit_flips(&scene.own, arena), cuts(&scene.own, arena), edits::blocks(&scene.own)];
    for change in all.iter().flatten() {
        scene.try_change(change)?;
    }
    scene.finish()
}

/// Bytes of a tag of the common ciphers: what an empty body is authenticated by.
const TAG: usize = 16;

/// Nothing but authentication can be wrong with an empty body: what is read is right whatever lies
/// there. So the changes are counted that no read feels, and compared with those of an object of
/// one byte, of which no container and no copy makes many more or fewer.
fn empty_object(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    try_all(arena, mode, 0, cuts)?;
    let one = try_all(arena, mode, 1, bit_flips)?;
    let none = try_all(arena, mode, 0, bit_flips)?;
    if none < one + TAG * arena.budget.bits_per_byte {
        return Ok(());
    }
    Err(breach(format!(
        "{none} flipped bits of an empty object at rest have no effect, and {one} of an object of \
         one byte: the empty body is not authenticated"
    )))
}

fn swap(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    for size in [100, 40_000] {
        let mut scene = Scene::new(arena, mode, size, &format!("swap{size}"))?;
        let bucket = scene.truth.bucket.clone();
        let other = pattern(arena.seed ^ 700, size)?;
        scene.setting.put("thief", &other)?;
        let all = scene.setting.session.items()?;
        let tag = Tag::Object { bucket, key: "thief".into() };
        let theirs: Vec<Item> = all.iter().filter(|item| item.tag == tag).cloned().collect();
        scene.all = all;
        for change in edits::exchanges(&scene.own, &theirs) {
            scene.try_change(&change)?;
        }
        for change in exchanged_data_keys(&mut scene, &theirs)? {
            scene.try_change(&change)?;
        }
        scene.finish()?;
    }
    Ok(())
}

/// The wrapped data key of another object in the place of the own, where the laboratory knows both.
fn exchanged_data_keys(scene: &mut Scene<'_, '_>, theirs: &[Item]) -> Step<Vec<Change>> {
    if !scene.setting.session.description().offers(Capability::ListDataKeys) {
        return Ok(Vec::new());
    }
    let Reply::ListDataKeys(known) = scene.setting.session.must(ListDataKeys {})? else {
        return Ok(Vec::new());
    };
    let blobs = known.data_keys.iter().map(|record| record.ciphertext_blob.0.as_slice());
    let blobs: Vec<&[u8]> = blobs.filter(|blob| !blob.is_empty()).collect();
    let lies_in = |items: &[Item], blob: &[u8]| {
        items.iter().any(|item| item.bytes.0.windows(blob.len()).any(|window| window == blob))
    };
    let own = blobs.iter().find(|blob| lies_in(&scene.own, blob));
    let their = blobs.iter().find(|blob| lies_in(theirs, blob));
    let (Some(own), Some(their)) = (own, their) else { return Ok(Vec::new()) };
    let what = "the wrapped data key was replaced by another object's";
    Ok(edits::spliced(&scene.own, own, their, what).into_iter().collect())
}

fn every_item(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const EDITS_PER_ITEM: usize = 6;
    let mut scene = Scene::new(arena, mode, 100, "every")?;
    let items: Vec<Item> = scene.all.iter().filter(|i| i.tag != Tag::Trail).cloned().collect();
    for item in items {
        let one = [item];
        let flips = bit_flips(&one, arena);
        let step = flips.len().div_ceil(EDITS_PER_ITEM).max(1);
        for change in flips.iter().step_by(step).chain(&cuts(&one, arena)) {
            scene.try_change(change)?;
        }
    }
    scene.finish()
}

fn any_byte(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    use proptest::prelude::{Strategy, any};
    for size in [1, 16_383, 16_384, 16_385] {
        let scene = Scene::new(arena, mode, size, &format!("any{size}"))?;
        let places: usize = scene.own.iter().map(|item| item.bytes.0.len()).sum();
        let scene = RefCell::new(scene);
        let input = (0..places.max(1), 1..=u8::MAX, any::<bool>()).prop_map(|(at, mask, tail)| {
            // The record and the edges of chunks are small beside the body: look there more often.
            (if tail { places - 1 - at % places.min(512) } else { at }, mask)
        });
        property::check(arena, &input, |(at, mask)| {
            let mut scene = scene.borrow_mut();
            let change = edits::one_byte(&scene.own, at, mask);
            change.map_or(Ok(()), |change| scene.try_change(&change))
        })?;
        scene.into_inner().finish()?;
    }
    Ok(())
}
