//! The suite on the reference, which ends with the first case that fails: what `cargo xtask
//! mutants` asks about each mutant. `sse-conformance run` judges the reference itself.

sse_conformance::harness!(sse_conformance::target::reference::target(), fail_fast: true);
