//! The freshness law: the same bytes put again are new bytes at rest under a new data key.

use super::windows::Snapshot;
use super::{Law, Mode, breach, put_request};
use crate::case::{Breadth, Case, Ending, Step};
use crate::session::{Arena, pattern};
use sse_spec::{Capability, ListDataKeys, Reply};
use std::collections::BTreeSet;

pub(super) fn cases() -> Vec<Case> {
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
            requirements: &["sse.put.fresh-data-key", "data-key.generate.random"],
            capabilities: &[Capability::ListDataKeys],
            breadth: Breadth::Focused,
            check: data_keys,
        },
    ]
    .into_iter()
    .flat_map(Law::cases)
    .collect()
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

fn data_keys(arena: &Arena<'_>, mode: Mode) -> Step<()> {
    const PUTS: usize = 8;
    let mut session = arena.open("law")?;
    let bucket = session.bucket()?;
    let sse = mode.headers(&mut session, arena.description.role.is_kms())?;
    for index in 0..PUTS {
        let key = format!("o{}", index % 3);
        session.put(&put_request(&bucket, &key, vec![1; 100], &sse))?;
    }
    let Reply::ListDataKeys(known) = session.must(ListDataKeys {})? else {
        return Err(Ending::Inconclusive("the laboratory lists no data keys".into()));
    };
    if known.data_keys.len() < PUTS {
        return Err(Ending::Inconclusive(format!(
            "the laboratory knows {} data keys after {PUTS} puts",
            known.data_keys.len()
        )));
    }
    let mut plain = BTreeSet::new();
    let mut wrapped = BTreeSet::new();
    for record in &known.data_keys {
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
