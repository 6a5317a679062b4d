//! The conformance suite: targets, cases, laws, faults, runner and reports.

pub mod target;
