//! The tamper law over objects made of parts, over uploads that are still open, and over the
//! source of a copy.

use super::edits::{
    Change, bit_flips, blocks, cuts, exchange_runs, exchanged_pairs, inverted, longest_run,
    overwrite, restore, run_bytes,
};
use super::{Scene, VICTIM, WRITE, in_new_worlds, with_shared};
use crate::case::{Breadth, Case, Ending, Step};
use crate::laws::windows::Snapshot;
use crate::laws::{Law, Mode, Setting, breach};
use crate::session::{Arena, Upload, copy_request, pattern, unexpected};
use crate::target::Failure;
use sse_spec::{Capability, CompletedPart, Delivery, Item, Tag};
use std::collections::BTreeMap;

pub(super) fn cases() -> Vec<Case> {
    [
        Law {
            family: "tamper",
            name: "multipart",
            comment: "No sampled edit of an object made of parts changes what a read gives (T1).",
            requirements: &["sse.tamper.refused"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: multipart,
        },
        Law {
            family: "tamper",
            name: "part-splices",
            comment: "No part serves in another's place, nor does one that was sent before it.",
            requirements: &["sse.tamper.refused"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: part_splices,
        },
        Law {
            family: "tamper",
            name: "open-upload",
            comment: "After an edit of an open upload its completion or the read is refused, or \
                      the bytes are right.",
            requirements: &["sse.tamper.open-upload"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: open_upload,
        },
        Law {
            family: "tamper",
            name: "copy-source",
            comment: "After an edit of the source a copy is refused, or its bytes are right.",
            requirements: &["sse.tamper.copy-source"],
            capabilities: WRITE,
            breadth: Breadth::Focused,
            check: copy_source,
        },
    ]
    .into_iter()
    .flat_map(Law::cases)
    .collect()
}

/// Lengths of the parts where the target knows no smallest one: a chunk and a bit, and little.
const PARTS: [u64; 3] = [20_000, 16_384, 100];

/// An object of three parts, and what each part left at rest when it was sent.
struct Assembly<'s, 'a> {
    setting: Setting<'s, 'a>,
    body: Vec<u8>,
    /// The windows that each acknowledged part left new: old part 1, part 1, part 2, part 3.
    left: Vec<Vec<Item>>,
    before: Vec<Snapshot>,
}

impl<'s, 'a> Assembly<'s, 'a> {
    fn new(arena: &'s Arena<'a>, mode: Mode, world: &str) -> Step<Self> {
        let mut setting = Setting::part_of(arena, mode, world)?;
        let upload = setting.begin(VICTIM)?;
        let [first, second, last] = PARTS;
        let lengths =
            [setting.session.part_length(first), setting.session.part_length(second), last];
        let [first, second, last] = lengths;
        let (mut left, mut before) = (Vec::new(), Vec::new());
        let mut listed: BTreeMap<u32, CompletedPart> = BTreeMap::new();
        let mut bodies: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for (salt, (number, len)) in (0..).zip([(1, first), (1, first), (2, second), (3, last)]) {
            let body = pattern(arena.seed ^ (620 + salt), len)?;
            before.push(Snapshot::of(&setting.session.items()?));
            listed.insert(number, setting.session.part(&upload, number, body.clone())?);
            left.push(setting.session.items()?);
            bodies.insert(number, body);
        }
        let listed: Vec<CompletedPart> = listed.into_values().collect();
        setting.session.complete(&upload, &listed)?;
        Ok(Self { setting, body: bodies.into_values().flatten().collect(), left, before })
    }

    /// What the n-th part left new, as the items that hold it and the windows alone.
    fn part(&self, nth: usize) -> Option<(&[Item], Snapshot)> {
        let items = self.left.get(nth)?;
        Some((items, self.before.get(nth)?.new_windows(items)))
    }

    fn scene(self, arena: &Arena<'_>) -> Step<Scene<'s, 'a>> {
        Scene::of(arena, self.setting, self.body)
    }
}

fn multipart(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let scene = |part: usize| Assembly::new(arena, mode, &format!("parts{part}"))?.scene(arena);
    in_new_worlds(&scene, &|scene| {
        let own = &scene.own;
        let all = [bit_flips(own, arena), cuts(own, arena), blocks(own), exchanged_pairs(own)];
        all.into_iter().flatten().collect()
    })
    .map(|_| ())
}

/// Where the parts lie in the object's items is known from what each left new when it was sent; a
/// store that encrypts anew on completion shows none of that and has nothing to splice.
fn part_splices(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let assembly = Assembly::new(arena, mode, "splices")?;
    let sent: Vec<_> = (0..4).filter_map(|nth| assembly.part(nth)).collect();
    let stale = sent.first().and_then(|(items, windows)| {
        run_bytes(items, longest_run(items, windows)?).map(<[u8]>::to_vec)
    });
    let windows: Vec<Snapshot> = sent.into_iter().map(|(_, windows)| windows).collect();
    let mut scene = assembly.scene(arena)?;
    let own = scene.own.clone();
    let runs: Vec<_> = windows.iter().map(|windows| longest_run(&own, windows)).collect();
    let mut changes = Vec::new();
    if let [_, first, second, third] = runs.as_slice() {
        for (a, b) in [(first, second), (first, third), (second, third)] {
            if let (Some(a), Some(b)) = (*a, *b) {
                changes.extend(exchange_runs(&own, a, b, "two parts were exchanged"));
                let bytes = run_bytes(&own, b).unwrap_or_default();
                changes.extend(overwrite(&own, a, bytes, "a part took another's place"));
            }
        }
        if let (Some(run), Some(stale)) = (*first, &stale) {
            changes.extend(overwrite(&own, run, stale, "a part took its successor's place"));
        }
    }
    for change in &changes {
        scene.try_change(change)?;
    }
    scene.finish()
}

/// An upload with one part, and the items that belong to open uploads.
struct Open {
    upload: Upload,
    listed: Vec<CompletedPart>,
    own: Vec<Item>,
}

impl Open {
    fn new(setting: &mut Setting<'_, '_>, body: &[u8]) -> Step<Self> {
        let before = setting.session.items()?;
        let upload = setting.begin(VICTIM)?;
        let listed = vec![setting.session.part(&upload, 1, body.to_vec())?];
        let all = setting.session.items()?;
        let known = |item: &&Item| before.iter().any(|old| old.id == item.id);
        let own = all.iter().filter(|item| item.tag == Tag::Upload && !known(item));
        let own = with_shared(own.cloned().collect(), &all, body);
        if own.is_empty() {
            return Err(Ending::Inconclusive("no item at rest is tagged as the upload's".into()));
        }
        Ok(Self { upload, listed, own })
    }
}

/// Every edit needs an upload of its own, for a completion ends it, and a world of its own, for a
/// damaged upload may stay. The items of one upload are like those of the next, so that the n-th
/// edit is the n-th of its own; the last one inverts every byte, which has to be felt.
fn open_upload(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let body = pattern(arena.seed ^ 640, 300)?;
    for nth in 0.. {
        let mut setting = Setting::part_of(arena, mode, &format!("open{nth}"))?;
        let open = Open::new(&mut setting, &body)?;
        let mut changes = bit_flips(&open.own, arena);
        changes.extend(cuts(&open.own, arena));
        changes.push(inverted(&open.own));
        let last = changes.len() - 1;
        let step = last.div_ceil(arena.budget.sampled_edits).max(1);
        let index = (nth * step).min(last);
        let Some(change) = changes.get(index) else { break };
        let felt = one_open(arena, &mut setting, &open, change, &body)?;
        if index < last {
            continue;
        }
        if felt {
            break;
        }
        return Err(Ending::Inconclusive(
            "inverting every byte of an open upload had no effect: the items shown are not the \
             ones read"
                .into(),
        ));
    }
    Ok(())
}

/// Tries one change of an open upload; whether it was felt.
fn one_open(
    arena: &Arena<'_>,
    setting: &mut Setting<'_, '_>,
    open: &Open,
    change: &Change,
    body: &[u8],
) -> Step<bool> {
    let fixup = arena.description.offers(Capability::Fixup);
    match setting.session.edit(change.edits.clone(), fixup) {
        Ok(()) => {}
        // A store that does not open on damaged items has refused.
        Err(Failure::Refused(_)) => return Ok(true),
        Err(other) => return Err(unexpected("WriteAtRest", &other)),
    }
    match setting.session.try_complete(&open.upload, &open.listed) {
        Ok(()) => read(setting, VICTIM, body, change),
        Err(Failure::Refused(_)) => Ok(true),
        Err(other) => Err(unexpected("CompleteMultipartUpload", &other)),
    }
}

/// Reads an object that has to hold `body`; whether the read was refused or broke off.
fn read(setting: &mut Setting<'_, '_>, key: &str, body: &[u8], change: &Change) -> Step<bool> {
    let bucket = setting.bucket.clone();
    let told = |what: &str| Err(breach(format!("after {}, {what}", change.what)));
    match setting.session.get(&bucket, key) {
        Err(Failure::Refused(_)) => Ok(true),
        Err(other) => Err(unexpected("GetObject", &other)),
        Ok(reply) => match &reply.delivery {
            Delivery::Complete(bytes) if bytes.0 != *body => {
                told("a read gave wrong bytes as if they were right")
            }
            Delivery::Complete(_) => Ok(false),
            Delivery::Aborted { prefix, .. } if !body.starts_with(&prefix.0) => {
                told("an aborted read released bytes that are not a true prefix")
            }
            Delivery::Aborted { .. } => Ok(true),
        },
    }
}

fn copy_source(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const SIZES: [u64; 2] = [100, 40_000];
    for size in SIZES {
        let mut scene = Scene::new(arena, mode, size, &format!("source{size}"))?;
        let changes = [bit_flips(&scene.own, arena), cuts(&scene.own, arena), blocks(&scene.own)];
        let changes: Vec<Change> = changes.into_iter().flatten().collect();
        let step = changes.len().div_ceil(arena.budget.sampled_edits).max(1);
        for change in changes.iter().step_by(step) {
            copy_after(&mut scene, change)?;
        }
        let all = inverted(&scene.own);
        if !copy_after(&mut scene, &all)? {
            return Err(Ending::Inconclusive(
                "inverting every byte of a source had no effect on its copy: the items shown are \
                 not the ones read"
                    .into(),
            ));
        }
    }
    Ok(())
}

/// Copies after one change of the source, reads the copy and undoes the change; whether it was
/// felt.
fn copy_after(scene: &mut Scene<'_, '_>, change: &Change) -> Step<bool> {
    let bucket = scene.setting.bucket.clone();
    let felt = match scene.setting.session.edit(change.edits.clone(), scene.fixup) {
        Err(Failure::Refused(_)) => true,
        Err(other) => return Err(unexpected("WriteAtRest", &other)),
        Ok(()) => {
            let copy = copy_request(&bucket, VICTIM, "copy", &scene.setting.sse);
            let caller = scene.setting.session.caller.clone();
            match scene.setting.session.perform(&caller, &copy.into()) {
                Ok(_) => read(&mut scene.setting, "copy", &scene.truth.body, change)?,
                Err(Failure::Refused(_)) => true,
                Err(other) => return Err(unexpected("CopyObject", &other)),
            }
        }
    };
    let undo = restore(&change.edits, &scene.all);
    let undone = scene.setting.session.edit(undo, scene.fixup);
    undone.map_err(|failure| unexpected("WriteAtRest (undo)", &failure))?;
    Ok(felt)
}
