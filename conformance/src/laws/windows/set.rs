//! A set of windows: a plain table with open addressing, since the laws ask it millions of times
//! and a general one is ten times slower in a build without optimisation.

use super::Window;

/// A set of windows.
#[derive(Default)]
pub(super) struct WindowSet {
    /// A power of two of places; zero stands for an empty one.
    places: Vec<Window>,
    /// Whether the window of zeros, which stands for an empty place, is held.
    zero: bool,
    len: usize,
}

/// Fewest places of a table that holds something.
const LEAST: usize = 1024;

impl WindowSet {
    /// Adds a window; whether it was absent.
    pub(super) fn insert(&mut self, window: Window) -> bool {
        if window == 0 {
            return !std::mem::replace(&mut self.zero, true);
        }
        self.reserve(1);
        let absent = self.place(window);
        self.len += usize::from(absent);
        absent
    }

    /// Makes room for so many windows more.
    pub(super) fn reserve(&mut self, more: usize) {
        // At most half of the places are taken, so that a free one is near.
        let needed = ((self.len + more) * 2).next_power_of_two().max(LEAST);
        if needed <= self.places.len() {
            return;
        }
        let old = std::mem::replace(&mut self.places, vec![0; needed]);
        for window in old {
            if window != 0 {
                self.place(window);
            }
        }
    }

    pub(super) fn contains(&self, window: Window) -> bool {
        if window == 0 {
            return self.zero;
        }
        let mut at = start(window);
        loop {
            match self.places.get(at & self.places.len().wrapping_sub(1)) {
                Some(0) | None => return false,
                Some(held) if *held == window => return true,
                Some(_) => at = at.wrapping_add(1),
            }
        }
    }

    /// Takes the first free place for a window, unless it has one.
    fn place(&mut self, window: Window) -> bool {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = start(window);
        loop {
            match self.places.get_mut(at & mask) {
                None => return false,
                Some(held) if *held == window => return false,
                Some(held) if *held == 0 => {
                    *held = window;
                    return true;
                }
                Some(_) => at = at.wrapping_add(1),
            }
        }
    }
}

/// Where a window is looked for first.
fn start(window: Window) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let [a, b, c, d, e, f, g, h, rest @ ..] = window.to_le_bytes();
    let low = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let mixed = (low ^ u64::from_le_bytes(rest).wrapping_mul(ODD)).wrapping_mul(ODD);
    usize::try_from(mixed >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set() {
        let mut set = WindowSet::default();
        let window = |n: u128| n.wrapping_mul(0x1234_5678_9abc_def1_2345_6789_abcd_ef01);
        assert!(!set.contains(0) && !set.contains(window(1)));
        for n in 0..5000 {
            assert!(set.insert(window(n)), "{n}");
        }
        for n in 0..5000 {
            assert!(set.contains(window(n)) && !set.insert(window(n)), "{n}");
            assert!(!set.contains(window(n + 5000)), "{n}");
        }
    }
}
