//! The flipped cells against the cases: which case convicts each.

use crate::case::{Breadth, Case, Ending};
use crate::runner::{Options, run};
use crate::target::Target;
use crate::zoo::{Flip, Witness};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How many cases run between two looks at what they found.
const CHUNK: usize = 64;

/// How one flipped cell fared.
#[derive(Debug)]
pub struct FlipTrial {
    /// The cell.
    pub id: String,
    /// The first case that convicts it.
    pub by: Option<String>,
    /// Whether any case reached the cell.
    pub reached: bool,
    /// How long it took.
    pub time: Duration,
}

impl FlipTrial {
    /// The trial as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "cell": self.id,
            "convicted": self.by.is_some(),
            "reached": self.reached,
            "by": self.by,
            "milliseconds": u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// Tries one flipped cell on the focused cases, those of its table first.
#[must_use]
pub fn try_flip(flip: &Flip, cases: &[Case], options: Options) -> FlipTrial {
    let start = Instant::now();
    let witness = Witness::default();
    let target = flip.target(&witness);
    let name = flip.id.split('/').nth(1).unwrap_or_default();
    let families: &[&str] = match flip.id.split_once('/') {
        Some(("state", _)) => &["key/state", "key/"],
        _ => &["policy/key-decision", "policy/"],
    };
    let rank = |case: &&Case| {
        let near = |family: &&str| case.family.starts_with(*family);
        let family = families.iter().position(near).unwrap_or(families.len());
        let named = case.id.to_lowercase().replace('-', "").contains(&name.to_lowercase());
        (family, !named)
    };
    let mut focused: Vec<&Case> =
        cases.iter().filter(|case| case.breadth == Breadth::Focused).collect();
    focused.sort_by_key(rank);
    let by = focused.chunks(CHUNK).find_map(|chunk| convict(target.as_ref(), chunk, options));
    FlipTrial { id: flip.id.clone(), by, reached: witness.count() > 0, time: start.elapsed() }
}

fn convict(target: &dyn Target, cases: &[&Case], options: Options) -> Option<String> {
    let results = run(target, cases, options, &|_| {});
    let mut pairs = cases.iter().zip(&results);
    let failed = pairs.find(|(_, result)| matches!(result.ending, Ending::Failed(_)));
    failed.map(|(case, _)| case.id.clone())
}
