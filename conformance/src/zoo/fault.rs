//! What a fault is: one bend of the conformant implementation, and the requirements it breaks.

use crate::target::Target;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A faulty implementation and what has to be found in it.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Stable name.
    pub id: &'static str,
    /// What it does wrong, for people.
    pub description: &'static str,
    /// The public issue or CVE of its kind; empty where it is our own idea.
    pub incident: &'static str,
    /// The requirements it breaks.
    pub breaks: &'static [&'static str],
    /// Makes the faulty target; the witness counts how often the fault was reached.
    pub make: fn(&Witness) -> Box<dyn Target>,
}

/// Counts how often the bent code was reached; a conviction with a count of zero is invalid.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<AtomicU64>);

impl Witness {
    /// How often so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The counter itself.
    pub(crate) fn shared(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0)
    }

    pub(crate) fn reach(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
