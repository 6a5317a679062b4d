//! The suite as a test of a crate, as an implementer writes it: one line.

use sse_conformance::sse_spec::Profile;
use sse_conformance::zoo::Malleable;

sse_conformance::harness!(
    Malleable::new(),
    profiles: [Profile::Laboratory],
    without_at_rest: true,
);
