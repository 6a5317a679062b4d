//! Faults in how requests are refused (spec/refusal.md).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[fault!(
    "cause-told",
    CauseTold,
    "CVE-2020-8911",
    "a wrong context and a damaged blob are refused with different codes",
    ["refusal.integrity.opaque"]
)];
