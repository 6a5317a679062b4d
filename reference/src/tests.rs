//! Tests of the whole: behaviour, damage at rest, failing parts.
