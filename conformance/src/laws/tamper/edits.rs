//! The edits of the tamper law: flips, cuts, moved blocks, exchanges, and how each is undone.

use crate::session::Arena;
use sse_spec::{Edit, Item};

/// One change of the items at rest.
pub(super) struct Change {
    /// What was done, for the reader of a failure.
    pub(super) what: String,
    pub(super) edits: Vec<Edit>,
}

/// Items up to this many bytes have every byte flipped; larger ones are sampled.
const SMALL: usize = 1024;

/// Every bit of small items, as many as the budget allows, and sampled bits of large ones.
pub(super) fn bit_flips(items: &[Item], arena: &Arena<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for item in items {
        let len = item.bytes.0.len();
        if len <= SMALL {
            for at in 0..len {
                for nth in 0..arena.budget.bits_per_byte {
                    changes.extend(flip(item, at, (at + nth) % 8));
                }
            }
        } else {
            let step = len.div_ceil(arena.budget.sampled_edits).max(1);
            let ends = [0, 1, 23, 24, 55, 56, len - 1, len - 2, len - 40, len - 400];
            for at in (0..len).step_by(step).chain(ends) {
                changes.extend(flip(item, at, at % 8));
            }
        }
    }
    changes
}

fn flip(item: &Item, at: usize, bit: usize) -> Option<Change> {
    let mut bytes = item.bytes.0.clone();
    *bytes.get_mut(at)? ^= 1 << bit;
    Some(Change {
        what: format!("bit {bit} of byte {at} of item `{}` was flipped", item.id),
        edits: vec![replace(item, bytes)],
    })
}

/// Truncations and extensions at the places where formats break.
pub(super) fn cuts(items: &[Item], _: &Arena<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for item in items {
        let len = item.bytes.0.len();
        let mut keeps = vec![0, 1, len / 2, len.saturating_sub(1), len.saturating_sub(16)];
        keeps.extend((1..=len / CHUNK).map(|chunk| 56 + chunk * CHUNK));
        for keep in keeps {
            if let Some(head) = item.bytes.0.get(..keep).filter(|head| head.len() < len) {
                changes.push(Change {
                    what: format!("item `{}` was cut from {len} to {keep} bytes", item.id),
                    edits: vec![replace(item, head.to_vec())],
                });
            }
        }
        for more in [1, 16, 32] {
            let mut bytes = item.bytes.0.clone();
            bytes.extend(std::iter::repeat_n(0, more));
            changes.push(Change {
                what: format!("item `{}` was extended by {more} zero bytes", item.id),
                edits: vec![replace(item, bytes)],
            });
        }
    }
    changes
}

/// One encrypted chunk of this project's format; other formats are cut there just as well.
const CHUNK: usize = 16_384 + 16;

/// Blocks of a large item exchanged, repeated and dropped, at every power of two from 4 KiB.
pub(super) fn blocks(items: &[Item]) -> Vec<Change> {
    let mut changes = Vec::new();
    for item in items {
        for (start, size) in [(56, CHUNK), (0, 4096), (0, 8192), (0, 16_384), (0, 512), (0, 16)] {
            let bytes = &item.bytes.0;
            let (Some(head), Some(first), Some(second), Some(rest)) = (
                bytes.get(..start),
                bytes.get(start..start + size),
                bytes.get(start + size..start + 2 * size),
                bytes.get(start + 2 * size..),
            ) else {
                continue;
            };
            for (what, parts) in [
                ("exchanged", vec![head, second, first, rest]),
                ("dropped", vec![head, second, rest]),
                ("repeated", vec![head, first, first, second, rest]),
                ("overwritten by a copy", vec![head, first, first, rest]),
            ] {
                changes.push(Change {
                    what: format!("a block of {size} bytes of item `{}` was {what}", item.id),
                    edits: vec![replace(item, parts.concat())],
                });
            }
        }
    }
    changes
}

/// The items of one object put in the place of another's: all at once, one by one, and halves.
pub(super) fn exchanges(own: &[Item], theirs: &[Item]) -> Vec<Change> {
    let pairs: Vec<(&Item, &Item)> = own.iter().zip(theirs).collect();
    let mut changes = vec![Change {
        what: "every item was replaced by another object's".into(),
        edits: pairs.iter().map(|(own, their)| replace(own, their.bytes.0.clone())).collect(),
    }];
    for (own, their) in pairs {
        changes.push(Change {
            what: format!("item `{}` was replaced by `{}`", own.id, their.id),
            edits: vec![replace(own, their.bytes.0.clone())],
        });
        let (a, b) = (&own.bytes.0, &their.bytes.0);
        for cut in [56, a.len() / 4, a.len() / 2, a.len() * 3 / 4, a.len().saturating_sub(300)] {
            let halves = (a.get(..cut), a.get(cut..), b.get(..cut), b.get(cut..));
            if let (Some(a1), Some(a2), Some(b1), Some(b2)) = halves {
                for (what, bytes) in [("tail", [a1, b2].concat()), ("head", [b1, a2].concat())] {
                    changes.push(Change {
                        what: format!(
                            "the {what} of `{}` at {cut} came from `{}`",
                            own.id, their.id
                        ),
                        edits: vec![replace(own, bytes)],
                    });
                }
            }
        }
    }
    changes
}

/// The byte at position `at` of the items laid end to end, changed by `mask`.
pub(super) fn one_byte(items: &[Item], at: usize, mask: u8) -> Option<Change> {
    let mut at = at;
    for item in items {
        let mut bytes = item.bytes.0.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= mask;
            return Some(Change {
                what: format!("byte {at} of item `{}` was changed by {mask:02x}", item.id),
                edits: vec![replace(item, bytes)],
            });
        }
        at -= bytes.len();
    }
    None
}

/// Every byte of every item inverted.
pub(super) fn inverted(items: &[Item]) -> Change {
    let invert = |item: &Item| replace(item, item.bytes.0.iter().map(|byte| !byte).collect());
    Change {
        what: "every byte of the object's items was inverted".into(),
        edits: items.iter().map(invert).collect(),
    }
}

fn replace(item: &Item, bytes: Vec<u8>) -> Edit {
    Edit::Replace { id: item.id.clone(), bytes: bytes.into() }
}

/// The edits that bring the items back as they were.
pub(super) fn restore(edits: &[Edit], all: &[Item]) -> Vec<Edit> {
    let original = |id: &String| all.iter().find(|item| item.id == *id);
    edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::Replace { id, .. } => {
                original(id).map(|item| replace(item, item.bytes.0.clone()))
            }
            Edit::Remove { id } => original(id).map(|item| Edit::Insert { item: item.clone() }),
            Edit::Insert { item } => Some(Edit::Remove { id: item.id.clone() }),
        })
        .collect()
}
