//! The at-rest law over uploads in parts: open, completed, aborted, refused and broken off.

use super::paths::refused;
use super::{HalfBody, READ, absent, client_lost, digests, search};
use crate::case::{Breadth, Case, Step};
use crate::laws::windows::{Forbidden, Snapshot};
use crate::laws::{Law, Mode, Setting, breach, grown};
use crate::session::{Arena, Upload, pattern};
use sse_spec::{Capability, Item, Restart, Tag};
use std::collections::BTreeSet;

pub(super) fn cases() -> Vec<Case> {
    let laws = open_or_complete().into_iter().chain(ended_early());
    laws.flat_map(Law::cases_everywhere).collect()
}

fn open_or_complete() -> [Law; 3] {
    [
        Law {
            family: "at-rest",
            name: "open-upload",
            comment: "No 16 bytes of a part lie at rest while its upload is open, sent again or \
                      not.",
            requirements: &["sse.at-rest.no-plaintext-part"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: open_upload,
        },
        Law {
            family: "at-rest",
            name: "completed-upload",
            comment: "No 16 bytes of a part lie at rest once its upload is completed.",
            requirements: &["sse.at-rest.no-plaintext-part"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: completed_upload,
        },
        Law {
            family: "at-rest",
            name: "upload-no-digest",
            comment: "No MD5, SHA-1 or SHA-256 of an uploaded body lies at rest in clear.",
            requirements: &["sse.at-rest.no-plaintext-digest"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: upload_no_digest,
        },
    ]
}

fn ended_early() -> [Law; 4] {
    [
        Law {
            family: "at-rest",
            name: "aborted-upload",
            comment: "No 16 bytes of a part lie at rest once its upload is aborted.",
            requirements: &["sse.at-rest.no-plaintext-part"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: aborted_upload,
        },
        Law {
            family: "at-rest",
            name: "abort-leaves-nothing",
            comment: "An abort leaves no item of the upload and no ciphertext of its parts.",
            requirements: &["sse.at-rest.abort-leaves-nothing"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: abort_leaves_nothing,
        },
        Law {
            family: "at-rest",
            name: "refused-part",
            comment: "A refused part leaves no byte of its body at rest.",
            requirements: &["sse.at-rest.refused-no-plaintext"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: refused_part,
        },
        Law {
            family: "at-rest",
            name: "part-client-gone",
            comment: "A client that goes away in the middle of a part leaves no plaintext at rest.",
            requirements: &["sse.at-rest.before-writing-part"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: part_client_gone,
        },
    ]
}

/// A world with an open upload of two parts and everything that is forbidden in it.
struct Scene<'s, 'a> {
    setting: Setting<'s, 'a>,
    upload: Upload,
    forbidden: Forbidden,
    /// What lay at rest before the upload was begun.
    nothing: Snapshot,
    /// The items before the upload was begun.
    before: Vec<Item>,
    listed: Vec<sse_spec::CompletedPart>,
    /// Length of both parts together.
    len: usize,
}

impl<'s, 'a> Scene<'s, 'a> {
    fn new(arena: &'s Arena<'a>, mode: Mode) -> Step<Self> {
        let mut setting = Setting::new(arena, mode)?;
        let before = setting.session.items()?;
        let nothing = Snapshot::of(&before);
        let upload = setting.begin("o")?;
        let mut scene = Self {
            setting,
            upload,
            forbidden: Forbidden::default(),
            nothing,
            before,
            listed: Vec::new(),
            len: 0,
        };
        let first = scene.setting.session.part_length(30_000);
        scene.send(arena, 1, first)?;
        scene.send(arena, 2, 5_000)?;
        Ok(scene)
    }

    fn send(&mut self, arena: &Arena<'_>, number: u32, len: u64) -> Step<()> {
        let body = pattern(arena.seed ^ (470 + u64::from(number) + len), len)?;
        self.forbidden.add("a part", &body);
        self.len += body.len();
        let before = Snapshot::of(&self.setting.session.items()?);
        let part = self.setting.session.part(&self.upload, number, body.clone())?;
        grown(&before, &self.setting.session.items()?, body.len())?;
        self.listed.retain(|listed| listed.part_number != number);
        self.listed.push(part);
        Ok(())
    }

    fn search(&mut self) -> Step<()> {
        search(&self.setting.session.items()?, &self.nothing, &self.forbidden)
    }
}

fn open_upload(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.search()?;
    scene.send(arena, 2, 6_000)?;
    scene.send(arena, 3, 17)?;
    scene.search()?;
    if arena.description.offers(Capability::Restart) {
        scene.setting.session.must(Restart {})?;
        scene.search()?;
    }
    Ok(())
}

fn completed_upload(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.setting.session.complete(&scene.upload, &scene.listed)?;
    scene.search()?;
    scene.setting.copy("o", "copy")?;
    scene.search()?;
    if arena.description.offers(Capability::Restart) {
        scene.setting.session.must(Restart {})?;
        scene.search()?;
    }
    Ok(())
}

fn upload_no_digest(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let upload = setting.begin("o")?;
    // One part is the whole object: its digest is the object's.
    let body = pattern(arena.seed ^ 480, 1000)?;
    let mut forbidden = Forbidden::default();
    for (name, digest) in digests(&body) {
        forbidden.add(name, &digest);
    }
    let before = Snapshot::of(&setting.session.items()?);
    let part = setting.session.part(&upload, 1, body.clone())?;
    let after = setting.session.items()?;
    grown(&before, &after, body.len())?;
    search(&after, &before, &forbidden)?;
    setting.session.complete(&upload, &[part])?;
    search(&setting.session.items()?, &before, &forbidden)
}

fn aborted_upload(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.setting.session.abort(&scene.upload)?;
    scene.search()?;
    absent(&mut scene.setting, "o")
}

fn abort_leaves_nothing(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    let open = scene.setting.session.items()?;
    let ours: Vec<&Item> = open.iter().filter(|item| scene.is_new(item)).collect();
    let parts = Snapshot::of(&ours.into_iter().cloned().collect::<Vec<_>>());
    scene.setting.session.abort(&scene.upload)?;
    let after = scene.setting.session.items()?;
    let known: BTreeSet<&str> = scene.before.iter().map(|item| item.id.as_str()).collect();
    let left = |item: &&Item| item.tag == Tag::Upload && !known.contains(item.id.as_str());
    if let Some(item) = after.iter().find(left) {
        return Err(breach(format!("after the abort item `{}` of the upload remains", item.id)));
    }
    for item in after.iter().filter(|item| judged(&item.tag)) {
        let new = scene.nothing.new_bytes(std::slice::from_ref(item));
        let absent = parts.new_bytes(std::slice::from_ref(item));
        // Bytes that are new since the upload was begun and lay in its items.
        if new.saturating_sub(absent) >= LEAST_CIPHERTEXT {
            return Err(breach(format!(
                "after the abort item `{}` holds bytes of the upload's parts",
                item.id
            )));
        }
    }
    Ok(())
}

/// Fewer bytes than that may be a name, a date or an id that stands in several items.
const LEAST_CIPHERTEXT: usize = 1024;

/// Items in which an abort has to leave nothing. A log that the target cannot attribute may keep
/// what was written until it is compacted, and the trail keeps its entries.
fn judged(tag: &Tag) -> bool {
    matches!(tag, Tag::Upload | Tag::Object { .. } | Tag::Bucket)
}

impl Scene<'_, '_> {
    /// Whether an item was not there, or not so, before the upload was begun.
    fn is_new(&self, item: &Item) -> bool {
        !self.before.iter().any(|old| old.id == item.id && old.bytes == item.bytes)
    }
}

fn refused_part(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    scene.setting.session.abort(&scene.upload)?;
    let before = Snapshot::of(&scene.setting.session.items()?);
    let body = pattern(arena.seed ^ 490, 40_000)?;
    let mut forbidden = Forbidden::default();
    forbidden.add("a refused part", &body);
    // No upload has this id any more, so that every target has to refuse the part.
    let request = scene.upload.part(1, body.clone());
    refused(&mut scene.setting, &request.into())?;
    let upload = scene.setting.begin("o")?;
    let request = upload.part(10_001, body.clone());
    refused(&mut scene.setting, &request.into())?;
    let after = scene.setting.session.items()?;
    search(&after, &before, &forbidden)?;
    if before.new_bytes(&after) >= body.len() {
        return Err(breach("a refused part left as many new bytes at rest as it has".into()));
    }
    absent(&mut scene.setting, "o")
}

fn part_client_gone(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut scene = Scene::new(arena, mode)?;
    let body = pattern(arena.seed ^ 491, 100_000)?;
    scene.forbidden.add("a part that broke off", &body);
    let request = scene.upload.part(2, Vec::new());
    let caller = scene.setting.session.caller.clone();
    let mut half = HalfBody { rest: body.get(..60_000).unwrap_or_default(), end: client_lost };
    let world = &mut scene.setting.session.world;
    if world.upload_part_stream(&caller, &request, &mut half).is_ok() {
        return Err(breach("a part whose body broke off was acknowledged".into()));
    }
    scene.search()?;
    if arena.description.offers(Capability::Restart) {
        scene.setting.session.must(Restart {})?;
        scene.search()?;
    }
    // The part that was acknowledged before it is still the part of that number.
    scene.setting.session.complete(&scene.upload, &scene.listed)?;
    let bucket = scene.setting.bucket.clone();
    match scene.setting.session.get(&bucket, "o") {
        Ok(reply) if reply.size == scene.len as u64 => Ok(()),
        Ok(reply) => Err(breach(format!(
            "after a part broke off the object has {} bytes, not the {} that were acknowledged",
            reply.size, scene.len
        ))),
        Err(failure) => Err(crate::session::unexpected("GetObject", &failure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_and_the_trail_are_not_judged_after_an_abort() {
        assert!(judged(&Tag::Upload) && !judged(&Tag::Trail) && !judged(&Tag::Unknown));
    }
}
