//! The freshness law: the same bytes put again are new bytes at rest under a new data key.

use super::windows::Snapshot;
use super::{Law, Mode, Setting, breach, put_request};
use crate::case::{Breadth, Case, Ending, Step};
use crate::session::{Arena, Session, pattern};
use sse_spec::{Capability, DataKeyRecord, Item, ListDataKeys, Reply};
use std::collections::BTreeSet;

pub(super) fn cases() -> Vec<Case> {
    let puts = puts().into_iter().flat_map(Law::cases);
    puts.chain(other_writes().into_iter().flat_map(Law::cases_everywhere)).collect()
}

fn puts() -> [Law; 2] {
    [
        Law {
            family: "freshness",
            name: "ciphertext",
            comment: "A second put and an overwrite of the same bytes share no stored bytes.",
            requirements: &[
                "sse.put.fresh-data-key",
                "data-key.wrap.nonce",
                "sealed-object.body.salt-fresh",
            ],
            capabilities: &[Capability::ReadAtRest],
            breadth: Breadth::Focused,
            check: ciphertext,
        },
        Law {
            family: "freshness",
            name: "data-keys",
            comment: "Every put, and every overwrite, has a data key of its own of 32 bytes.",
            requirements: &[
                "sse.put.fresh-data-key",
                "data-key.generate.random",
                "data-key.generate.length",
            ],
            capabilities: &[Capability::ListDataKeys],
            breadth: Breadth::Focused,
            check: data_keys,
        },
    ]
}

fn other_writes() -> [Law; 4] {
    const READ: &[Capability] = &[Capability::ReadAtRest];
    [
        Law {
            family: "freshness",
            name: "overwrite",
            comment: "Each overwrite with the same bytes leaves a ciphertext that was not there.",
            requirements: &["sse.at-rest.fresh-overwrite"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: overwrite,
        },
        Law {
            family: "freshness",
            name: "copy",
            comment: "A copy shares no ciphertext with its source, with another copy or with what \
                      it replaces.",
            requirements: &["sse.copy.fresh-data-key"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: copy,
        },
        Law {
            family: "freshness",
            name: "copy-data-keys",
            comment: "Every copy has a data key of its own.",
            requirements: &["sse.copy.fresh-data-key"],
            capabilities: &[Capability::ListDataKeys],
            breadth: Breadth::Focused,
            check: copy_data_keys,
        },
        Law {
            family: "freshness",
            name: "part",
            comment: "A part that is sent again leaves a ciphertext that was not there.",
            requirements: &["sse.at-rest.fresh-part"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: part,
        },
    ]
}

fn ciphertext(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut session = arena.open("law")?;
    let bucket = session.bucket()?;
    let sse = mode.headers(&mut session, arena.description.role.is_kms())?;
    let body = pattern(arena.seed ^ 500, 20_000)?;
    let mut seen = session.items()?;
    for (what, key) in [("the first put", "a"), ("a second put", "b"), ("an overwrite", "a")] {
        let before = Snapshot::of(&seen);
        session.put(&put_request(&bucket, key, body.clone(), &sse))?;
        let after = session.items()?;
        let new = before.new_bytes(&after);
        if new < body.len() && what == "the first put" {
            return Err(Ending::Inconclusive(format!(
                "a put of {} random bytes shows {new} new bytes at rest",
                body.len()
            )));
        }
        if new < body.len() {
            return Err(breach(format!(
                "{what} of the same {} bytes left only {new} bytes at rest that were not there: \
                 keystream or ciphertext repeats",
                body.len()
            )));
        }
        seen.extend(after);
    }
    Ok(())
}

/// What lay at rest at any time of a case; each write of the same bytes has to add to it.
struct History {
    body: Vec<u8>,
    seen: Vec<Item>,
    writes: usize,
}

impl History {
    fn new(arena: &Arena<'_>, setting: &mut Setting<'_, '_>, salt: u64) -> Step<Self> {
        let body = pattern(arena.seed ^ salt, 20_000)?;
        Ok(Self { body, seen: setting.session.items()?, writes: 0 })
    }

    /// Judges one more write of the same bytes; the first shows whether there is anything to see.
    fn wrote(&mut self, what: &str, setting: &mut Setting<'_, '_>) -> Step<()> {
        let after = setting.session.items()?;
        let len = self.body.len();
        let before = Snapshot::of(&self.seen);
        self.writes += 1;
        if self.writes == 1 {
            super::grown(&before, &after, len)?;
        }
        let new = before.new_bytes(&after);
        self.seen.extend(after);
        if new >= len {
            return Ok(());
        }
        Err(breach(format!(
            "{what} of the same {len} bytes left only {new} bytes at rest that were not there: \
             keystream or ciphertext repeats"
        )))
    }
}

fn overwrite(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let mut history = History::new(arena, &mut setting, 510)?;
    for what in ["a put", "an overwrite", "a second overwrite"] {
        setting.put("a", &history.body)?;
        history.wrote(what, &mut setting)?;
    }
    setting.session.delete(&setting.bucket.clone(), "a")?;
    setting.put("a", &history.body)?;
    history.wrote("a put after a deletion", &mut setting)
}

fn copy(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let mut history = History::new(arena, &mut setting, 520)?;
    setting.put("source", &history.body)?;
    history.wrote("a put", &mut setting)?;
    for (from, to, what) in [
        ("source", "a", "a copy"),
        ("source", "b", "a second copy"),
        ("source", "a", "a copy over a copy"),
        ("a", "b", "a copy of a copy"),
        ("source", "source", "a copy onto itself"),
    ] {
        setting.copy(from, to)?;
        history.wrote(what, &mut setting)?;
    }
    Ok(())
}

fn copy_data_keys(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const COPIES: usize = 4;
    let mut setting = Setting::new(arena, mode)?;
    setting.put("source", &[1; 100])?;
    for index in 0..COPIES {
        setting.copy("source", &format!("copy{}", index % 3))?;
    }
    let known = data_keys_known(&mut setting.session, 1 + COPIES)?;
    // A copy uses its source's key again, and a laboratory may list each use.
    let distinct: BTreeSet<&[u8]> = known.iter().map(|record| record.plaintext.expose()).collect();
    if distinct.len() > COPIES {
        return Ok(());
    }
    Err(breach(format!("a put and {COPIES} copies used only {} data keys", distinct.len())))
}

fn part(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let mut history = History::new(arena, &mut setting, 530)?;
    let upload = setting.begin("a")?;
    for (number, what) in [(1, "a part"), (1, "a part sent again"), (2, "a part of another number")]
    {
        setting.session.part(&upload, number, history.body.clone())?;
        history.wrote(what, &mut setting)?;
    }
    setting.session.abort(&upload)?;
    let upload = setting.begin("a")?;
    setting.session.part(&upload, 1, history.body.clone())?;
    history.wrote("the part of another upload", &mut setting)?;
    setting.session.abort(&upload)
}

fn data_keys(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const PUTS: usize = 8;
    let mut session = arena.open("law")?;
    let bucket = session.bucket()?;
    let sse = mode.headers(&mut session, arena.description.role.is_kms())?;
    for index in 0..PUTS {
        let key = format!("o{}", index % 3);
        session.put(&put_request(&bucket, &key, vec![1; 100], &sse))?;
    }
    let known = data_keys_known(&mut session, PUTS)?;
    let mut plain = BTreeSet::new();
    let mut wrapped = BTreeSet::new();
    for record in &known {
        let key = record.plaintext.expose();
        if key.len() != 32 {
            return Err(breach(format!("a data key has {} bytes", key.len())));
        }
        if !plain.insert(key.to_vec()) {
            return Err(breach("two puts share one data key".into()));
        }
        if !wrapped.insert(record.ciphertext_blob.0.clone()) {
            return Err(breach("two puts share one wrapped data key".into()));
        }
    }
    Ok(())
}

/// The data keys that the laboratory knows after `writes` puts and copies.
fn data_keys_known(session: &mut Session<'_, '_>, writes: usize) -> Step<Vec<DataKeyRecord>> {
    let Reply::ListDataKeys(known) = session.must(ListDataKeys {})? else {
        return Err(Ending::Inconclusive("the laboratory lists no data keys".into()));
    };
    if known.data_keys.len() < writes {
        return Err(Ending::Inconclusive(format!(
            "the laboratory knows {} data keys after {writes} writes",
            known.data_keys.len()
        )));
    }
    Ok(known.data_keys)
}
