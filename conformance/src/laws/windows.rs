//! Sets of 16-byte windows: what is new at rest, and what of it must not be there.

mod set;

use crate::views::views;
use set::WindowSet;
use sse_spec::Item;

/// Length of a window in bytes: long enough that no window of random bytes is met by chance.
pub(crate) const WINDOW: usize = 16;

/// The bytes of a window as one number, the first byte highest.
pub(crate) type Window = u128;

/// The windows of a snapshot.
#[derive(Default)]
pub(crate) struct Snapshot(WindowSet);

impl Snapshot {
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut snapshot = Self::default();
        snapshot.0.reserve(items.iter().map(|item| item.bytes.0.len()).sum());
        for item in items {
            windows(&item.bytes.0).for_each(|window| {
                snapshot.add(window);
            });
        }
        snapshot
    }

    /// The windows of every view of the items.
    pub(crate) fn of_views(items: &[Item]) -> Self {
        let mut snapshot = Self::default();
        for view in items.iter().flat_map(|item| views(&item.bytes.0)) {
            windows(&view.bytes).for_each(|window| {
                snapshot.add(window);
            });
        }
        snapshot
    }

    /// Adds a window; whether it was absent.
    pub(crate) fn add(&mut self, window: Window) -> bool {
        self.0.insert(window)
    }

    pub(crate) fn holds(&self, window: Window) -> bool {
        self.0.contains(window)
    }

    /// The windows of `items` that this snapshot does not hold.
    pub(crate) fn new_windows(&self, items: &[Item]) -> Self {
        let mut new = Self::default();
        for window in items.iter().flat_map(|item| windows(&item.bytes.0)) {
            if !self.holds(window) {
                new.add(window);
            }
        }
        new
    }

    /// How many bytes of `items` lie in windows that this snapshot does not hold.
    pub(crate) fn new_bytes(&self, items: &[Item]) -> usize {
        items.iter().map(|item| self.new_bytes_of(&item.bytes.0)).sum()
    }

    fn new_bytes_of(&self, bytes: &[u8]) -> usize {
        covered(bytes, |window| !self.holds(window))
    }

    /// The same in the views of one lane, and how many of these bytes are left when whatever
    /// occurs again, be it a whole copy or a repetition, counts once.
    pub(crate) fn new_bytes_in_lane(&self, items: &[Item], lane: usize) -> (usize, usize) {
        let (mut all, mut distinct) = (0, 0);
        let mut seen = Self::default();
        for view in items.iter().flat_map(|item| views(&item.bytes.0)) {
            if view.lane == lane {
                all += self.new_bytes_of(&view.bytes);
                distinct += covered(&view.bytes, |window| !self.holds(window) && seen.add(window));
            }
        }
        (all, distinct)
    }
}

/// How many bytes lie in windows that `counts` accepts, asked once for each, in order.
fn covered(bytes: &[u8], mut counts: impl FnMut(Window) -> bool) -> usize {
    let mut covered_to = 0;
    let mut count = 0;
    for (at, window) in windows(bytes).enumerate() {
        if counts(window) {
            count += at + WINDOW - covered_to.max(at);
            covered_to = at + WINDOW;
        }
    }
    count
}

/// Every window of `bytes`, overlapping.
pub(crate) fn windows(bytes: &[u8]) -> impl Iterator<Item = Window> {
    let mut window = 0;
    bytes
        .iter()
        .map(move |byte| {
            window = window << 8 | Window::from(*byte);
            window
        })
        .skip(WINDOW - 1)
}

/// What must not be found.
#[derive(Default)]
pub(crate) struct Forbidden {
    windows: Snapshot,
    /// What the windows are of: asked only once one is found.
    secrets: Vec<(&'static str, Vec<u8>)>,
}

impl Forbidden {
    /// Forbids every window of `secret`.
    pub(crate) fn add(&mut self, what: &'static str, secret: &[u8]) {
        self.windows.0.reserve(secret.len());
        windows(secret).for_each(|window| {
            self.windows.add(window);
        });
        self.secrets.push((what, secret.to_vec()));
    }

    /// The first forbidden window of `bytes` that `before` does not hold: position and meaning.
    pub(crate) fn found_in(&self, bytes: &[u8], before: &Snapshot) -> Option<(usize, &str)> {
        let mut all = windows(bytes).enumerate();
        let (at, found) =
            all.find(|(_, window)| self.windows.holds(*window) && !before.holds(*window))?;
        let of = |(_, secret): &&(_, Vec<u8>)| windows(secret).any(|window| window == found);
        self.secrets.iter().find(of).map(|(what, _)| (at, *what))
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
    fn what_occurs_again_counts_once() {
        let stream: Vec<u8> = (0..=255).collect();
        let none = Snapshot::of(&[]);
        let twice = [item(&stream), item(&stream)];
        assert_eq!(none.new_bytes_in_lane(&twice, 0), (512, 256));
        let repeated = stream.repeat(3);
        assert_eq!(none.new_bytes_in_lane(&[item(&repeated)], 0), (768, 256 + WINDOW - 1));
        let hex = hex::encode(&repeated).into_bytes();
        assert_eq!(none.new_bytes_in_lane(&[item(&hex)], 1), (768, 256 + WINDOW - 1));
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
