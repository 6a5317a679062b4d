//! Faults in the trail (spec/audit.md).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "refusal-unrecorded",
        RefusalUnrecorded,
        "",
        "refused requests leave no entry",
        ["audit.entry.refused-recorded", "audit.entry.error-code"]
    ),
    fault!(
        "success-unrecorded",
        SuccessUnrecorded,
        "",
        "requests that the store passes on leave no entry when they succeed",
        ["audit.entry.one-per-request"]
    ),
    fault!(
        "recorded-twice",
        RecordedTwice,
        "",
        "every request leaves two entries",
        ["audit.entry.one-per-request", "audit.state-change.recorded"]
    ),
    fault!(
        "recorded-as-store",
        RecordedAsStore,
        "",
        "the entry of a request that the store passes on names the store, not the requester",
        ["audit.entry.names-caller", "kms.authorization.through-store"]
    ),
    fault!(
        "context-unrecorded",
        RecordedBare,
        "",
        "entries leave the encryption context out",
        ["audit.entry.context-in-clear"]
    ),
    fault!(
        "data-key-recorded",
        RecordedSecret,
        "ceph CVE-2018-16889",
        "entries hold the data key",
        ["audit.entry.no-secrets"]
    ),
    fault!(
        "trail-forgotten",
        TrailForgotten,
        "",
        "the trail starts anew with a Restart",
        ["audit.durable.survives-restart"]
    ),
];
