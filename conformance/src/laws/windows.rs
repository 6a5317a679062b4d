//! Sets of 16-byte windows: what is new at rest, and what of it must not be there.

use sse_spec::Item;
use std::collections::HashMap;
use std::collections::HashSet;

/// Length of a window in bytes: long enough that no window of random bytes is met by chance.
pub(crate) const WINDOW: usize = 16;

type Window = [u8; WINDOW];

/// The windows of a snapshot.
pub(crate) struct Snapshot(HashSet<Window>);

impl Snapshot {
    pub(crate) fn of(items: &[Item]) -> Self {
        Self(items.iter().flat_map(|item| windows(&item.bytes.0)).copied().collect())
    }

    pub(crate) fn holds(&self, window: &Window) -> bool {
        self.0.contains(window)
    }

    /// How many bytes of `items` lie in windows that this snapshot does not hold.
    pub(crate) fn new_bytes(&self, items: &[Item]) -> usize {
        items.iter().map(|item| self.new_bytes_of(&item.bytes.0)).sum()
    }

    fn new_bytes_of(&self, bytes: &[u8]) -> usize {
        let mut covered_to = 0;
        let mut count = 0;
        for (at, window) in windows(bytes).enumerate() {
            if !self.holds(window) {
                count += at + WINDOW - covered_to.max(at);
                covered_to = at + WINDOW;
            }
        }
        count
    }
}

/// Every window of `bytes`, overlapping.
pub(crate) fn windows(bytes: &[u8]) -> impl Iterator<Item = &Window> {
    bytes.windows(WINDOW).filter_map(|window| window.try_into().ok())
}

/// What must not be found, each window with what it is a window of.
#[derive(Default)]
pub(crate) struct Forbidden(HashMap<Window, String>);

impl Forbidden {
    /// Forbids every window of `secret`.
    pub(crate) fn add(&mut self, what: &str, secret: &[u8]) {
        for window in windows(secret) {
            self.0.entry(*window).or_insert_with(|| what.to_owned());
        }
    }

    /// The first forbidden window of `bytes` that `before` does not hold: position and meaning.
    pub(crate) fn found_in(&self, bytes: &[u8], before: &Snapshot) -> Option<(usize, &str)> {
        windows(bytes).enumerate().find_map(|(at, window)| {
            let what = self.0.get(window)?;
            (!before.holds(window)).then_some((at, what.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sse_spec::Tag;

    fn item(bytes: &[u8]) -> Item {
        Item { id: "i".into(), tag: Tag::Unknown, bytes: bytes.into() }
    }

    #[test]
    fn new_bytes_counts_what_was_not_there() {
        let old: Vec<u8> = (0..64).collect();
        let mut grown = old.clone();
        grown.extend(100..150);
        let before = Snapshot::of(&[item(&old)]);
        assert_eq!(before.new_bytes(&[item(&old)]), 0);
        assert_eq!(before.new_bytes(&[item(&grown)]), 50 + WINDOW - 1);
        assert_eq!(Snapshot::of(&[]).new_bytes(&[item(&old)]), 64);
    }

    #[test]
    fn a_forbidden_window_is_found_unless_it_was_there() {
        let secret: Vec<u8> = (0..32).collect();
        let mut forbidden = Forbidden::default();
        forbidden.add("the body", &secret);
        let stored = [&[9; 5][..], &secret[8..24], &[9; 5]].concat();
        let none = Snapshot::of(&[]);
        assert_eq!(forbidden.found_in(&stored, &none), Some((5, "the body")));
        assert_eq!(forbidden.found_in(&stored, &Snapshot::of(&[item(&stored)])), None);
        assert_eq!(forbidden.found_in(&secret[..15], &none), None);
    }
}
