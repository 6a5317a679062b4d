//! Two ways to do the same work, measured in turn, so that whatever else the machine does weighs on
//! both. Only the ratio of a round means anything; the median of the rounds counts.

use std::time::{Duration, Instant};

/// An odd number, so that a median is a measurement.
const ROUNDS: usize = 11;

/// A ratio that is measured, and the bound that it has to keep.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// The base takes at least this part of the time that the work takes: 1 is as fast.
    Speed(f64),
    /// The work takes at most this many times the time of the base.
    Cost(f64),
    /// The speed is shown and judges nothing.
    None,
}

/// One row of the table: what was measured beside which base.
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) base: &'a str,
    pub(crate) bound: Bound,
    /// Bytes that one run of each handles, for the absolute rate; 0 for none.
    pub(crate) bytes: usize,
}

/// How long it takes.
pub(crate) fn once(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// How long it takes in the mean of many.
pub(crate) fn many(count: u32, mut work: impl FnMut()) -> Duration {
    once(|| (0..count).for_each(|_| work())) / count
}

impl Row<'_> {
    /// Measures and prints it, tab-separated: `cargo xtask bench` reads the line.
    pub(crate) fn measure(
        self,
        mut base: impl FnMut() -> Duration,
        mut work: impl FnMut() -> Duration,
    ) {
        base();
        work();
        // Neither always comes first.
        let rounds = (0..ROUNDS).map(|round| {
            if round % 2 == 0 {
                (base(), work())
            } else {
                let work = work();
                (base(), work)
            }
        });
        let rounds: Vec<(Duration, Duration)> = rounds.collect();
        let ratio = |(base, work): &(Duration, Duration)| work.as_secs_f64() / base.as_secs_f64();
        let cost = median(rounds.iter().map(ratio));
        let (value, kind, bound) = match self.bound {
            Bound::Speed(bound) => (1.0 / cost, "at least", bound),
            Bound::Cost(bound) => (cost, "at most", bound),
            Bound::None => (1.0 / cost, "", 0.0),
        };
        let seconds = |which: fn(&(Duration, Duration)) -> Duration| {
            median(rounds.iter().map(|round| which(round).as_secs_f64()))
        };
        let (base, work) = (self.rate(seconds(|it| it.0)), self.rate(seconds(|it| it.1)));
        println!(
            "ratio\t{}\t{}\t{value:.3}\t{kind}\t{bound}\t{work}\t{base}",
            self.name, self.base
        );
    }

    fn rate(&self, seconds: f64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a size in bytes is below 2^52")]
        match self.bytes {
            0 => format!("{:.2} µs", seconds * 1e6),
            bytes => format!("{:.2} GB/s", bytes as f64 / seconds / 1e9),
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "there is one value for each round")]
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
