//! The ledger of keystreams: every window that a write left new, and whether an earlier one is its
//! complement.

use crate::laws::windows::{Snapshot, WINDOW, Window, windows};
use crate::views::views;
use sse_spec::Item;
use std::collections::BTreeMap;

/// What lies at rest after each of several writes, in the order of the writes.
pub(crate) struct Ledger {
    /// Every window that has ever lain at rest, in any view.
    seen: Snapshot,
    /// The windows that each write left new, with the write: asked only once a complement is found.
    writes: Vec<(String, Vec<Window>)>,
    /// The windows of all writes together.
    written: Snapshot,
    /// The items as last seen: one that did not change holds nothing new.
    last: BTreeMap<String, Vec<u8>>,
}

/// Two windows that are each other's complement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    pub(crate) earlier: String,
    pub(crate) later: String,
    pub(crate) item: String,
    pub(crate) encoding: &'static str,
    pub(crate) at: usize,
}

impl std::fmt::Display for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { earlier, later, item, encoding, at } = self;
        write!(
            f,
            "{later} and {earlier} share keystream: the 16 bytes at position {at} of item `{item}` \
             {encoding} are the complement of 16 bytes of the other"
        )
    }
}

impl Ledger {
    /// A ledger that begins with what already lies at rest.
    pub(crate) fn new(items: &[Item]) -> Self {
        Self {
            seen: Snapshot::of_views(items),
            writes: Vec::new(),
            written: Snapshot::default(),
            last: remembered(items),
        }
    }

    /// Enters the items after a write; how many of their bytes lie in windows never seen before.
    pub(crate) fn enter(&mut self, write: &str, items: &[Item]) -> Result<usize, Shared> {
        self.writes.push((write.to_owned(), Vec::new()));
        let changed = items.iter().filter(|item| self.last.get(&item.id) != Some(&item.bytes.0));
        let changed: Vec<Item> = changed.cloned().collect();
        let new = self.seen.new_bytes(&changed);
        for item in &changed {
            for view in views(&item.bytes.0) {
                for (at, window) in windows(&view.bytes).enumerate() {
                    if !self.seen.add(window) {
                        continue;
                    }
                    if let Some(earlier) = self.complement(window) {
                        return Err(Shared {
                            earlier,
                            later: write.to_owned(),
                            item: item.id.clone(),
                            encoding: view.encoding,
                            at,
                        });
                    }
                    self.written.add(window);
                    if let Some((_, own)) = self.writes.last_mut() {
                        own.push(window);
                    }
                }
            }
        }
        self.last = remembered(items);
        Ok(new)
    }

    /// The write that left the complement of a window of a ciphertext.
    fn complement(&self, window: Window) -> Option<String> {
        if !self.written.holds(!window) {
            return None;
        }
        // A container may fill up with zeros here and with ones there; no keystream looks so.
        let mut bytes = window.to_be_bytes();
        bytes.sort_unstable();
        let varied = bytes.chunk_by(u8::eq).count() >= LEAST_VARIETY;
        let earlier = self.writes.iter().find(|(_, left)| left.contains(&!window));
        earlier.filter(|_| varied).map(|(write, _)| write.clone())
    }
}

/// 16 random bytes have fewer different values once in 10^26.
const LEAST_VARIETY: usize = WINDOW / 4;

fn remembered(items: &[Item]) -> BTreeMap<String, Vec<u8>> {
    items.iter().map(|item| (item.id.clone(), item.bytes.0.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::pattern;
    use sse_spec::Tag;

    fn item(id: &str, bytes: &[u8]) -> Item {
        Item { id: id.into(), tag: Tag::Unknown, bytes: bytes.into() }
    }

    fn inverted(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().map(|byte| !byte).collect()
    }

    #[test]
    fn one_complement_at_any_place_and_in_any_encoding_is_found() {
        let stream = pattern(1, 400).unwrap();
        let other = inverted(&stream[100..116]);
        let hidden = [&pattern(2, 7).unwrap()[..], &other, &pattern(3, 9).unwrap()].concat();
        for later in [hidden.clone(), hex::encode(&hidden).into_bytes()] {
            let mut ledger = Ledger::new(&[]);
            assert_eq!(ledger.enter("a", &[item("a", &stream)]), Ok(400));
            let found = ledger.enter("b", &[item("a", &stream), item("b", &later)]).unwrap_err();
            assert_eq!((found.earlier.as_str(), found.later.as_str()), ("a", "b"));
            assert_eq!(found.at, 7);
        }
    }

    #[test]
    fn fifteen_bytes_padding_and_what_was_there_before_are_not_accused() {
        let stream = pattern(1, 400).unwrap();
        let mut ledger = Ledger::new(&[item("old", &inverted(&stream))]);
        let padded = [&stream[..], &[0; 500]].concat();
        assert!(ledger.enter("a", &[item("a", &padded)]).is_ok());
        let ones = [&inverted(&stream[3..18])[..], &pattern(2, 400).unwrap(), &[255; 500]].concat();
        assert!(ledger.enter("b", &[item("a", &padded), item("b", &ones)]).is_ok());
    }

    #[test]
    fn whole_copies_of_one_ciphertext_add_nothing() {
        let stream = pattern(1, 400).unwrap();
        let mut ledger = Ledger::new(&[]);
        assert_eq!(ledger.enter("a", &[item("a", &stream)]), Ok(400));
        let both = [item("a", &stream), item("copy", &stream)];
        assert_eq!(ledger.enter("compaction", &both), Ok(0));
    }
}
