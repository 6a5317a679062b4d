//! The edits of the tamper law: flips, cuts, moved blocks, exchanges, and how each is undone.

use crate::laws::windows::{Snapshot, WINDOW, windows};
use crate::session::Arena;
use sse_spec::{Edit, Item};

/// One change of the items at rest.
#[derive(Clone)]
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

/// Objects of more items than this have them exchanged all at once or one by one.
const MOST_CHOSEN: usize = 5;

/// One run of bytes, wherever it lies, in the place of another: a wrapped data key, for example.
pub(super) fn spliced(items: &[Item], old: &[u8], new: &[u8], what: &str) -> Option<Change> {
    let edits: Vec<Edit> = items
        .iter()
        .filter_map(|item| {
            let bytes = &item.bytes.0;
            let at = bytes.windows(old.len().max(1)).position(|window| window == old)?;
            let (head, tail) = (bytes.get(..at)?, bytes.get(at + old.len()..)?);
            Some(replace(item, [head, new, tail].concat()))
        })
        .collect();
    (!edits.is_empty()).then(|| Change { what: what.to_owned(), edits })
}

/// The items of one object put in the place of another's: all at once, one by one, and halves.
pub(super) fn exchanges(own: &[Item], theirs: &[Item]) -> Vec<Change> {
    let pairs: Vec<(&Item, &Item)> = own.iter().zip(theirs).collect();
    let mut changes = vec![Change {
        what: "every item was replaced by another object's".into(),
        edits: pairs.iter().map(|(own, their)| replace(own, their.bytes.0.clone())).collect(),
    }];
    // Any choice of several, where there are few: a wrapped data key and its body may lie apart.
    if (3..=MOST_CHOSEN).contains(&pairs.len()) {
        for choice in 1_u32..(1 << pairs.len()) - 1 {
            let chosen = pairs.iter().enumerate().filter(|(nth, _)| choice >> nth & 1 == 1);
            let edits: Vec<Edit> =
                chosen.map(|(_, (own, their))| replace(own, their.bytes.0.clone())).collect();
            if edits.len() > 1 {
                let what = format!("choice {choice:b} of the items came from another object");
                changes.push(Change { what, edits });
            }
        }
    }
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

/// Pairs of the object's own items put in each other's place.
pub(super) fn exchanged_pairs(items: &[Item]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, first) in items.iter().enumerate() {
        for second in items.iter().skip(index + 1) {
            changes.push(Change {
                what: format!("items `{}` and `{}` were exchanged", first.id, second.id),
                edits: vec![
                    replace(first, second.bytes.0.clone()),
                    replace(second, first.bytes.0.clone()),
                ],
            });
        }
    }
    changes
}

/// A run of bytes in one of several items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    item: usize,
    start: usize,
    end: usize,
}

/// The longest run of `items` that lies in windows which `windows` holds.
pub(super) fn longest_run(items: &[Item], known: &Snapshot) -> Option<Run> {
    let mut longest: Option<Run> = None;
    for (item, bytes) in items.iter().map(|item| &item.bytes.0).enumerate() {
        let mut start = None;
        let held = windows(bytes).map(|window| known.holds(window)).chain([false]);
        for (at, held) in held.enumerate() {
            match (held, start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    let run = Run { item, start: from, end: at - 1 + WINDOW };
                    let length = |run: &Run| run.end - run.start;
                    if longest.as_ref().is_none_or(|longest| length(longest) < length(&run)) {
                        longest = Some(run);
                    }
                    start = None;
                }
                _ => {}
            }
        }
    }
    longest
}

/// The bytes of `with` written over those of the run `over`.
pub(super) fn overwrite(items: &[Item], over: Run, with: &[u8], what: &str) -> Option<Change> {
    let item = items.get(over.item)?;
    let head = item.bytes.0.get(..over.start)?;
    let tail = item.bytes.0.get(over.end..)?;
    let edits = vec![replace(item, [head, with, tail].concat())];
    Some(Change { what: format!("{what} in item `{}`", item.id), edits })
}

/// Two runs put in each other's place.
pub(super) fn exchange_runs(items: &[Item], a: Run, b: Run, what: &str) -> Option<Change> {
    let (bytes_a, bytes_b) = (run_bytes(items, a)?, run_bytes(items, b)?);
    if a.item != b.item {
        let mut change = overwrite(items, a, bytes_b, what)?;
        change.edits.extend(overwrite(items, b, bytes_a, what)?.edits);
        return Some(change);
    }
    let (first, second) = if a.start < b.start { (a, b) } else { (b, a) };
    let item = items.get(a.item)?;
    let between = item.bytes.0.get(first.end..second.start)?;
    let middle = [run_bytes(items, second)?, between, run_bytes(items, first)?].concat();
    overwrite(items, Run { end: second.end, ..first }, &middle, what)
}

/// The bytes of a run.
pub(super) fn run_bytes(items: &[Item], run: Run) -> Option<&[u8]> {
    items.get(run.item)?.bytes.0.get(run.start..run.end)
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

#[cfg(test)]
mod tests {
    use super::*;
    use sse_spec::Tag;

    fn item(id: &str, bytes: &[u8]) -> Item {
        Item { id: id.into(), tag: Tag::Unknown, bytes: bytes.into() }
    }

    fn replaced(change: &Change) -> Vec<Vec<u8>> {
        let bytes = |edit: &Edit| match edit {
            Edit::Replace { bytes, .. } => bytes.0.clone(),
            other => panic!("{other:?}"),
        };
        change.edits.iter().map(bytes).collect()
    }

    #[test]
    fn runs_are_found_and_exchanged_wherever_they_lie() {
        let (a, b) = ((0..40).collect::<Vec<u8>>(), (100..160).collect::<Vec<u8>>());
        let known = |bytes: &[u8]| Snapshot::of(&[item("k", bytes)]);
        let one = [item("o", &[&[9; 3][..], &a, &[8; 5], &b, &[7; 2]].concat())];
        let (run_a, run_b) =
            (longest_run(&one, &known(&a)).unwrap(), longest_run(&one, &known(&b)).unwrap());
        assert_eq!((run_a, run_b.start), (Run { item: 0, start: 3, end: 43 }, 48));
        let change = exchange_runs(&one, run_b, run_a, "x").unwrap();
        assert_eq!(replaced(&change), [[&[9; 3][..], &b, &[8; 5], &a, &[7; 2]].concat()]);
        let two = [item("o", &a), item("p", &b)];
        let (run_a, run_b) =
            (longest_run(&two, &known(&a)).unwrap(), longest_run(&two, &known(&b)).unwrap());
        let change = exchange_runs(&two, run_a, run_b, "x").unwrap();
        assert_eq!(replaced(&change), [b.clone(), a.clone()]);
        let change = overwrite(&two, run_a, &b, "x").unwrap();
        assert_eq!(replaced(&change), [b]);
        assert_eq!(longest_run(&two, &known(&[1; 50])), None);
    }
}
