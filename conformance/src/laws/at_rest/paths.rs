//! The at-rest law over overwrites, copies, refused writes and the bucket's default.

use super::{READ, absent, digests, no_known_data_key, search};
use crate::case::{Breadth, Case, Step};
use crate::laws::windows::{Forbidden, Snapshot};
use crate::laws::{Law, Mode, Setting, breach, grown, put_request};
use crate::session::{Arena, copy_request, pattern, unexpected};
use crate::target::Failure;
use sse_spec::{Capability, DisableKey, Kind, Operation, Restart, SseHeaders};
use sse_vectors::scenario::Settle;

const KEYS: &[Capability] = &[Capability::ReadAtRest, Capability::ListDataKeys];

pub(super) fn cases() -> Vec<Case> {
    let laws = writes().into_iter().chain(copies());
    laws.flat_map(Law::cases_everywhere).collect()
}

fn writes() -> [Law; 3] {
    [
        Law {
            family: "at-rest",
            name: "overwrite",
            comment: "Neither the old nor the new body of an overwrite lies at rest in clear, also \
                      after a Restart.",
            requirements: &["sse.at-rest.no-plaintext"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: overwrite,
        },
        Law {
            family: "at-rest",
            name: "refused-overwrite",
            comment: "A refused overwrite leaves no byte of its body at rest and the old object.",
            requirements: &["sse.at-rest.refused-no-plaintext", "sse.put.refused-writes-nothing"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: refused_overwrite,
        },
        Law {
            family: "at-rest",
            name: "every-path-no-data-key",
            comment: "No data key of an overwrite, a copy or an upload lies at rest in clear.",
            requirements: &["sse.at-rest.no-data-key-in-clear"],
            capabilities: KEYS,
            breadth: Breadth::Focused,
            check: every_path_no_data_key,
        },
    ]
}

fn copies() -> [Law; 3] {
    [
        Law {
            family: "at-rest",
            name: "copy",
            comment: "No 16 bytes of the source lie at rest after a copy, nor of a put over it.",
            requirements: &["sse.at-rest.no-plaintext-copy", "sse.at-rest.no-plaintext"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: copy,
        },
        Law {
            family: "at-rest",
            name: "copy-no-digest",
            comment: "No MD5, SHA-1 or SHA-256 of a copied body lies at rest in clear.",
            requirements: &["sse.at-rest.no-plaintext-digest"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: copy_no_digest,
        },
        Law {
            family: "at-rest",
            name: "refused-copy",
            comment: "A refused copy leaves no byte of its source at rest and no object.",
            requirements: &["sse.at-rest.no-plaintext-copy", "sse.copy.refused-writes-nothing"],
            capabilities: READ,
            breadth: Breadth::Focused,
            check: refused_copy,
        },
    ]
}

fn forbidden(body: &[u8]) -> Forbidden {
    let mut forbidden = Forbidden::default();
    forbidden.add("the body", body);
    forbidden
}

fn overwrite(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let nothing = Snapshot::of(&setting.session.items()?);
    let mut all = Forbidden::default();
    for (index, size) in (0..).zip([40_000, 200, 40_000, 17]) {
        let before = Snapshot::of(&setting.session.items()?);
        let body = pattern(arena.seed ^ (410 + index), size)?;
        all.add("the body", &body);
        setting.put("o", &body)?;
        let after = setting.session.items()?;
        grown(&before, &after, body.len())?;
        search(&after, &nothing, &all)?;
        // A store that was opened again takes the same way.
        if size == 200 && arena.description.offers(Capability::Restart) {
            setting.session.must(Restart {})?;
        }
    }
    Ok(())
}

/// Headers of a write that the target has to refuse: its key is disabled, or its algorithm does
/// not exist.
fn refusing(setting: &mut Setting<'_, '_>) -> Step<SseHeaders> {
    let key = setting.key.clone().filter(|_| setting.session.description().role.is_kms());
    match key {
        Some(key_id) => {
            setting.session.must(DisableKey { key_id })?;
            setting.session.settle(Settle::KeyState);
            Ok(setting.sse.clone())
        }
        None => Ok(SseHeaders { algorithm: Some("AES192".into()), ..SseHeaders::default() }),
    }
}

/// Performs what has to be refused.
pub(super) fn refused(setting: &mut Setting<'_, '_>, operation: &Operation) -> Step<()> {
    let caller = setting.session.caller.clone();
    match setting.session.perform(&caller, operation) {
        Err(Failure::Refused(_)) => Ok(()),
        Err(other) => Err(unexpected(operation.name(), &other)),
        Ok(_) => Err(breach(format!("`{}` was acknowledged, not refused", operation.name()))),
    }
}

fn refused_overwrite(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let old = pattern(arena.seed ^ 420, 40_000)?;
    let empty = Snapshot::of(&setting.session.items()?);
    setting.put("o", &old)?;
    let before_items = setting.session.items()?;
    grown(&empty, &before_items, old.len())?;
    let sse = refusing(&mut setting)?;
    let before = Snapshot::of(&setting.session.items()?);
    // Shorter than the old body, so that a head tells which of the two is there.
    let new = pattern(arena.seed ^ 421, 30_000)?;
    let request = put_request(&setting.bucket, "o", new.clone(), &sse);
    refused(&mut setting, &request.into())?;
    let after = setting.session.items()?;
    search(&after, &before, &forbidden(&new))?;
    if before.new_bytes(&after) >= new.len() {
        return Err(breach(
            "a refused overwrite left as many new bytes at rest as its body has".into(),
        ));
    }
    let bucket = setting.bucket.clone();
    match setting.session.head(&bucket, "o") {
        Ok(head) if head.size == old.len() as u64 => Ok(()),
        Ok(head) => Err(breach(format!(
            "after a refused overwrite the object shows {} bytes, not the old {}",
            head.size,
            old.len()
        ))),
        // Whether a head works under a key that cannot be used is another requirement.
        Err(Failure::Refused(refusal)) if refusal.class.kind() != Kind::NotFound => Ok(()),
        Err(other) => Err(unexpected("HeadObject", &other)),
    }
}

fn copy(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let nothing = Snapshot::of(&setting.session.items()?);
    for (index, size) in (0..).zip([200, 4096, 40_000]) {
        let body = pattern(arena.seed ^ (430 + index), size)?;
        setting.put("source", &body)?;
        for (from, to) in [("source", "copy"), ("copy", "copy"), ("source", "source")] {
            let before = Snapshot::of(&setting.session.items()?);
            setting.copy(from, to)?;
            let after = setting.session.items()?;
            search(&after, &nothing, &forbidden(&body))?;
            grown(&before, &after, body.len())?;
        }
        let over = pattern(arena.seed ^ (440 + index), size)?;
        setting.put("copy", &over)?;
        search(&setting.session.items()?, &nothing, &forbidden(&over))?;
    }
    Ok(())
}

fn copy_no_digest(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let body = pattern(arena.seed ^ 440, 1000)?;
    setting.put("source", &body)?;
    let before = Snapshot::of(&setting.session.items()?);
    setting.copy("source", "copy")?;
    let after = setting.session.items()?;
    grown(&before, &after, body.len())?;
    let mut digested = Forbidden::default();
    for (name, digest) in digests(&body) {
        digested.add(name, &digest);
    }
    // The digest of the source must not lie there either: everything is searched.
    search(&after, &Snapshot::of(&[]), &digested)
}

fn refused_copy(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let body = pattern(arena.seed ^ 450, 40_000)?;
    let empty = Snapshot::of(&setting.session.items()?);
    // The source is under the service's key, so that only the destination's key stops the copy.
    let plain = SseHeaders { algorithm: Some("AES256".into()), ..SseHeaders::default() };
    setting.session.put(&put_request(&setting.bucket, "source", body.clone(), &plain))?;
    grown(&empty, &setting.session.items()?, body.len())?;
    let sse = refusing(&mut setting)?;
    let before = Snapshot::of(&setting.session.items()?);
    let request = copy_request(&setting.bucket, "source", "refused", &sse);
    refused(&mut setting, &request.into())?;
    let after = setting.session.items()?;
    search(&after, &empty, &forbidden(&body))?;
    if before.new_bytes(&after) >= body.len() {
        return Err(breach("a refused copy left as many new bytes at rest as its source".into()));
    }
    absent(&mut setting, "refused")
}

fn every_path_no_data_key(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    let mut setting = Setting::new(arena, mode)?;
    let body = pattern(arena.seed ^ 460, 4096)?;
    let before = Snapshot::of(&setting.session.items()?);
    setting.put("o", &body)?;
    grown(&before, &setting.session.items()?, body.len())?;
    setting.put("o", &body)?;
    no_known_data_key(&mut setting)?;
    setting.copy("o", "copy")?;
    no_known_data_key(&mut setting)?;
    let upload = setting.begin("upload")?;
    no_known_data_key(&mut setting)?;
    let part = setting.session.part(&upload, 1, body.clone())?;
    no_known_data_key(&mut setting)?;
    setting.session.complete(&upload, &[part])?;
    no_known_data_key(&mut setting)?;
    let bucket = setting.bucket.clone();
    for key in ["o", "copy", "upload"] {
        setting.session.get(&bucket, key).map_err(|failure| unexpected("GetObject", &failure))?;
    }
    let upload = setting.begin("upload")?;
    setting.session.part(&upload, 1, body)?;
    setting.session.abort(&upload)?;
    no_known_data_key(&mut setting)
}
