//! The at-rest law: no plaintext, no digest of it and no data key in clear lies at rest.

mod parts;
mod paths;

use super::windows::{Forbidden, Snapshot};
use super::{Law, Mode, Setting, breach, grown, put_request};
use crate::case::{Breadth, Case, Ending, Step};
use crate::session::{Arena, pattern};
use crate::target::Failure;
use crate::views::views;
use md5::Digest as _;
use sse_spec::{Capability, DisableKey, Edit, Item, ListDataKeys, Reply, Restart, SseHeaders, Tag};
use sse_vectors::scenario::Settle;
use std::io::Read;

const READ: &[Capability] = &[Capability::ReadAtRest];

pub(super) fn cases() -> Vec<Case> {
    let puts = puts().into_iter().chain(broken_off()).flat_map(Law::cases);
    puts.chain(paths::cases()).chain(parts::cases()).collect()
}

fn puts() -> [Law; 4] {
    [
        Law {
            family: "at-rest",
            name: "no-plaintext",
            comment: "No 16 bytes of the body lie at rest, as they are, in hex or in Base64.",
            requirements: &["sse.at-rest.no-plaintext"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: no_plaintext,
        },
        Law {
            family: "at-rest",
            name: "no-digest",
            comment: "No MD5, SHA-1, SHA-256 or CRC of the body lies at rest in clear.",
            requirements: &[
                "sse.at-rest.no-plaintext-digest",
                "sealed-object.record.digest-hidden",
            ],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: no_digest,
        },
        Law {
            family: "at-rest",
            name: "no-data-key",
            comment: "No data key that the laboratory knows lies at rest in clear.",
            requirements: &["sse.at-rest.no-data-key-in-clear"],
            capabilities: &[Capability::ReadAtRest, Capability::ListDataKeys],
            breadth: Breadth::Focused,
            check: no_data_key,
        },
        Law {
            family: "at-rest",
            name: "items-complete",
            comment: "With the items as they were before a put nothing of the put comes back: no \
                      other item exists.",
            requirements: &["sse.at-rest.items-complete"],
            capabilities: &[Capability::ReadAtRest, Capability::WriteAtRest],
            breadth: Breadth::Focused,
            check: items_complete,
        },
    ]
}

fn broken_off() -> [Law; 3] {
    [
        Law {
            family: "at-rest",
            name: "client-gone",
            comment: "A client that goes away in the middle of a body leaves no plaintext at rest.",
            requirements: &["sse.at-rest.before-writing"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: client_gone,
        },
        Law {
            family: "at-rest",
            name: "process-gone",
            comment: "A process that goes away in the middle of a body leaves no plaintext.",
            requirements: &["sse.at-rest.before-writing"],
            capabilities: &[Capability::ReadAtRest, Capability::Restart],
            breadth: Breadth::Focused,
            check: process_gone,
        },
        Law {
            family: "at-rest",
            name: "refused-put",
            comment: "A refused put leaves no object and no byte of its body at rest.",
            requirements: &["sse.put.refused-writes-nothing", "sse.at-rest.before-writing"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: refused_put,
        },
    ]
}

/// Bodies of the law: less than a chunk, several chunks, and one that compresses to nothing less.
const SIZES: [u64; 3] = [200, 4096, 40_000];

fn no_plaintext(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    for (index, size) in (0..).zip(SIZES) {
        let body = pattern(arena.seed ^ index, size)?;
        let mut forbidden = Forbidden::default();
        forbidden.add("the body", &body);
        let before = Snapshot::of(&setting.session.items()?);
        let request =
            put_request(&setting.bucket, &format!("o{index}"), body.clone(), &setting.sse);
        setting.session.put(&request)?;
        let after = setting.session.items()?;
        grown(&before, &after, body.len())?;
        search(&after, &before, &forbidden)?;
    }
    Ok(())
}

fn no_digest(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const BODIES: u64 = 4;
    let mut setting = Setting::new(arena, mode)?;
    let mut crc_hits = [0_u64; CRCS.len()];
    for index in 0..BODIES {
        let body = pattern(arena.seed ^ (100 + index), 1000 + index)?;
        let mut forbidden = Forbidden::default();
        for (name, digest) in digests(&body) {
            forbidden.add(name, &digest);
        }
        let before_items = setting.session.items()?;
        let before = Snapshot::of(&before_items);
        let request =
            put_request(&setting.bucket, &format!("o{index}"), body.clone(), &setting.sse);
        setting.session.put(&request)?;
        let after = setting.session.items()?;
        grown(&before, &after, body.len())?;
        search(&after, &before, &forbidden)?;
        for (hits, (_, crc)) in crc_hits.iter_mut().zip(CRCS) {
            let needle = crc(&body);
            let mut backwards = needle.clone();
            backwards.reverse();
            let count =
                |items: &[Item]| occurrences(items, &needle) + occurrences(items, &backwards);
            *hits += u64::from(count(&after) > count(&before_items));
        }
    }
    match crc_hits.iter().zip(CRCS).find(|(hits, _)| **hits == BODIES) {
        Some((_, (name, _))) => Err(breach(format!(
            "{name} of the plaintext lies at rest: found for each of {BODIES} bodies"
        ))),
        None => Ok(()),
    }
}

/// SHA-1 is cut by the window to its first 16 bytes and each one after; MD5 is one window.
fn digests(body: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    [
        ("MD5 of the body", md5::Md5::digest(body).to_vec()),
        ("SHA-1 of the body", sha1::Sha1::digest(body).to_vec()),
        ("SHA-256 of the body", sha2::Sha256::digest(body).to_vec()),
    ]
}

type Crc = fn(&[u8]) -> Vec<u8>;

const CRCS: [(&str, Crc); 3] = [
    ("CRC32", |body| {
        crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(body).to_be_bytes().to_vec()
    }),
    ("CRC32C", |body| {
        crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(body).to_be_bytes().to_vec()
    }),
    ("CRC64NVME", |body| {
        crc::Crc::<u64>::new(&crc::CRC_64_NVME).checksum(body).to_be_bytes().to_vec()
    }),
];

fn occurrences(items: &[Item], needle: &[u8]) -> usize {
    let views = items.iter().flat_map(|item| views(&item.bytes.0));
    views.map(|view| view.bytes.windows(needle.len()).filter(|w| *w == needle).count()).sum()
}

fn no_data_key(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let body = pattern(arena.seed ^ 200, 4096)?;
    let before = Snapshot::of(&setting.session.items()?);
    let request = put_request(&setting.bucket, "o", body.clone(), &setting.sse);
    setting.session.put(&request)?;
    let after = setting.session.items()?;
    grown(&before, &after, body.len())?;
    no_known_data_key(&mut setting)
}

/// No data key that the laboratory knows lies at rest.
fn no_known_data_key(setting: &mut Setting<'_, '_>) -> Step<()> {
    let Reply::ListDataKeys(known) = setting.session.must(ListDataKeys {})? else {
        return Err(Ending::Inconclusive("the laboratory lists no data keys".into()));
    };
    if known.data_keys.is_empty() {
        return Err(Ending::Inconclusive("the laboratory knows no data key after a put".into()));
    }
    let mut forbidden = Forbidden::default();
    for record in &known.data_keys {
        forbidden.add("a data key", record.plaintext.expose());
    }
    search(&setting.session.items()?, &Snapshot::of(&[]), &forbidden)
}

/// A body that breaks off in the middle.
struct HalfBody<'a> {
    rest: &'a [u8],
    /// How reading on ends.
    end: fn() -> std::io::Error,
}

impl Read for HalfBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            return Err((self.end)());
        }
        self.rest.read(buffer)
    }
}

fn client_lost() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "client gone")
}

/// A put whose body is to break off in the middle, in a world where a whole one has shown that the
/// items hold bodies.
struct HalfPut<'s, 'a> {
    setting: Setting<'s, 'a>,
    body: Vec<u8>,
    before: Snapshot,
}

impl<'s, 'a> HalfPut<'s, 'a> {
    fn new(arena: &'s Arena<'a>, mode: Mode, pattern_seed: u64) -> Step<Self> {
        let mut setting = Setting::new(arena, mode)?;
        let body = pattern(arena.seed ^ pattern_seed, 100_000)?;
        let nothing = Snapshot::of(&setting.session.items()?);
        setting.put("whole", &body)?;
        let items = setting.session.items()?;
        grown(&nothing, &items, body.len())?;
        Ok(Self { setting, body, before: Snapshot::of(&items) })
    }

    /// Whether the half put is acknowledged.
    fn send(&mut self, end: fn() -> std::io::Error) -> bool {
        let request = put_request(&self.setting.bucket, "half", Vec::new(), &self.setting.sse);
        let caller = self.setting.session.caller.clone();
        let mut half = HalfBody { rest: self.body.get(..60_000).unwrap_or_default(), end };
        self.setting.session.world.put_stream(&caller, &request, &mut half).is_ok()
    }

    /// Nothing of the body lies at rest.
    fn nothing_left(&mut self) -> Step<()> {
        let mut forbidden = Forbidden::default();
        forbidden.add("the body", &self.body);
        search(&self.setting.session.items()?, &self.before, &forbidden)
    }
}

fn acknowledged() -> Ending {
    breach("a put whose body broke off was acknowledged".into())
}

fn client_gone(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut put = HalfPut::new(arena, mode, 300)?;
    if put.send(client_lost) {
        return Err(acknowledged());
    }
    put.nothing_left()?;
    if arena.description.offers(Capability::Restart) {
        put.setting.session.must(Restart {})?;
        put.nothing_left()?;
    }
    absent(&mut put.setting, "half")
}

/// The process goes away in the middle of the body: it unwinds, so that nothing behind the read is
/// done, and the world is then opened again.
fn process_gone(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    if !arena.budget.unwinds {
        return Err(Ending::Skipped("a body unwinds in the target's own process only".into()));
    }
    let mut put = HalfPut::new(arena, mode, 320)?;
    let unwound =
        |run: &mut dyn FnMut() -> bool| std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let gone = || std::panic::resume_unwind(Box::new("the process is gone"));
    if let Ok(true) = unwound(&mut || put.send(gone)) {
        return Err(acknowledged());
    }
    // Rust does not promise that a target stands an unwinding body; only then nothing is said.
    let session = &mut put.setting.session;
    let caller = session.caller.clone();
    let opened = unwound(&mut || session.world.perform(&caller, &Restart {}.into()).is_ok());
    if !matches!(opened, Ok(true)) {
        return Err(Ending::Skipped("the target does not stand a body that unwinds".into()));
    }
    put.nothing_left()?;
    absent(&mut put.setting, "half")
}

/// Takes back at rest what a put has changed there. The trail stays, for it may be bound to itself;
/// a store that does not open is stricter and has shown that it reads the items.
fn items_complete(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    setting.put("first", &pattern(arena.seed ^ 310, 4096)?)?;
    let before = setting.session.items()?;
    let body = pattern(arena.seed ^ 311, 20_000)?;
    setting.put("second", &body)?;
    let after = setting.session.items()?;
    grown(&Snapshot::of(&before), &after, body.len())?;
    let same = |old: &&Item, item: &Item| old.id == item.id;
    let untrailed = |item: &&Item| item.tag != Tag::Trail;
    let mut edits: Vec<Edit> = Vec::new();
    for item in after.iter().filter(untrailed) {
        match before.iter().find(|old| same(old, item)) {
            None => edits.push(Edit::Remove { id: item.id.clone() }),
            Some(old) if old.bytes != item.bytes => {
                edits.push(Edit::Replace { id: old.id.clone(), bytes: old.bytes.clone() });
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(untrailed).filter(|old| !after.iter().any(|it| same(old, it)));
    edits.extend(gone.map(|item| Edit::Insert { item: item.clone() }));
    match setting.session.edit(edits, false) {
        Err(Failure::Refused(_)) => return Ok(()),
        Err(other) => return Err(crate::session::unexpected("WriteAtRest", &other)),
        Ok(()) => {}
    }
    let bucket = setting.bucket.clone();
    match setting.session.get(&bucket, "second") {
        Ok(_) => Err(breach(
            "an object can be read although every item that its put made is gone: not every item \
             is shown"
                .into(),
        )),
        Err(Failure::Refused(_)) => Ok(()),
        Err(other) => Err(crate::session::unexpected("GetObject", &other)),
    }
}

fn refused_put(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let body = pattern(arena.seed ^ 400, 40_000)?;
    let mut forbidden = Forbidden::default();
    forbidden.add("the body", &body);
    let empty = Snapshot::of(&setting.session.items()?);
    setting.session.put(&put_request(&setting.bucket, "o", body.clone(), &setting.sse))?;
    let before_items = setting.session.items()?;
    grown(&empty, &before_items, body.len())?;
    let refused_sse = match (mode, &setting.sse.kms_key_id) {
        (Mode::Kms, Some(key_id)) if arena.description.role.is_kms() => {
            let key_id = key_id.clone();
            setting.session.must(DisableKey { key_id })?;
            setting.session.settle(Settle::KeyState);
            setting.sse.clone()
        }
        _ => SseHeaders { algorithm: Some("AES192".into()), ..SseHeaders::default() },
    };
    let before = Snapshot::of(&setting.session.items()?);
    let request = put_request(&setting.bucket, "refused", body.clone(), &refused_sse);
    let caller = setting.session.caller.clone();
    match setting.session.perform(&caller, &request.into()) {
        Err(Failure::Refused(_)) => {}
        Err(other) => return Err(crate::session::unexpected("PutObject", &other)),
        Ok(_) => return Err(breach("a put that has to be refused was acknowledged".into())),
    }
    let after = setting.session.items()?;
    search(&after, &before, &forbidden)?;
    if before.new_bytes(&after) >= body.len() {
        return Err(breach("a refused put left as many new bytes at rest as its body has".into()));
    }
    absent(&mut setting, "refused")
}

pub(super) fn absent(setting: &mut Setting<'_, '_>, key: &str) -> Step<()> {
    let bucket = setting.bucket.clone();
    match setting.session.get(&bucket, key) {
        Err(Failure::Refused(refusal)) if refusal.class.kind() == sse_spec::Kind::NotFound => {
            Ok(())
        }
        Err(other) => Err(crate::session::unexpected("GetObject", &other)),
        Ok(_) => Err(breach(format!("`{key}` exists although its put was not acknowledged"))),
    }
}

pub(super) fn search(items: &[Item], before: &Snapshot, forbidden: &Forbidden) -> Step<()> {
    for item in items {
        for view in views(&item.bytes.0) {
            if let Some((at, what)) = forbidden.found_in(&view.bytes, before) {
                return Err(breach(format!(
                    "{what} lies at rest {} in item `{}`, 16 bytes at position {at} of that view",
                    view.encoding, item.id
                )));
            }
        }
    }
    Ok(())
}
