//! Honest stores that look odd: the suite has to clear them; and one that shows nothing at rest,
//! which it can neither clear nor convict (spec/README.md, conformance).

use super::malleable::{Container, Malleable};
use crate::target::Target;

/// Honest variants by name.
#[must_use]
pub fn honest() -> Vec<(&'static str, Box<dyn Target>)> {
    let contained = |container| Malleable { container, ..Malleable::new() };
    vec![
        ("plain", Box::new(Malleable::new())),
        ("two-replicas", Box::new(contained(Container::Replicas))),
        ("padded-container", Box::new(contained(Container::Padded))),
        ("other-texts", Box::new(Malleable { wordy: true, ..Malleable::new() })),
    ]
}

/// A store that declares ReadAtRest and shows no item: its verdict at rest is INCONCLUSIVE.
#[must_use]
pub fn hidden_items() -> Box<dyn Target> {
    Box::new(Malleable { hidden: true, ..Malleable::new() })
}
