//! Faults in what becomes of an operation during which a part below fails (spec/refusal.md, a part
//! that fails).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "outage-in-clear",
        OutageClear,
        "",
        "a put for which KMS does not answer is acknowledged and lies in clear",
        ["refusal.failure.no-data-key", "sse.at-rest.refused-no-plaintext"]
    ),
    fault!(
        "outage-zero-key",
        OutageZeroKey,
        "",
        "a put for which KMS does not answer is encrypted under a key of zeros",
        ["refusal.failure.no-data-key"]
    ),
    fault!(
        "outage-under-service-key",
        OutageUnderServiceKey,
        "",
        "a put for which KMS does not answer lies under the service key",
        ["refusal.failure.no-data-key"]
    ),
    fault!(
        "outage-cached",
        OutageCached,
        "",
        "a get for which KMS does not answer takes the data key from memory",
        ["refusal.failure.no-data-key"]
    ),
    fault!(
        "garbage-unnoticed",
        GarbageUnnoticed,
        "",
        "a data key of other bytes decrypts to other bytes, which a get returns",
        ["refusal.failure.garbage-data-key"]
    ),
    fault!(
        "half-written",
        HalfWritten,
        "",
        "a put that the storage breaks off leaves half of its body as an object",
        ["refusal.failure.old-or-new"]
    ),
    fault!(
        "failure-removes",
        FailureRemoves,
        "",
        "an overwrite that the storage breaks off removes the object that was there",
        ["refusal.failure.old-or-new"]
    ),
    fault!(
        "failure-spools",
        FailureSpools,
        "",
        "a put that the storage breaks off leaves its plaintext in a spool item",
        ["sse.at-rest.refused-no-plaintext"]
    ),
    fault!(
        "delete-unwritten",
        DeleteUnwritten,
        "",
        "a delete is acknowledged although the storage failed, and the object is still there",
        ["refusal.failure.acknowledged"]
    ),
    fault!(
        "completion-unwritten",
        CompletionUnwritten,
        "",
        "a completion is acknowledged although the storage failed, and there is no object",
        ["refusal.failure.acknowledged"]
    ),
    fault!(
        "setting-unwritten",
        SettingUnwritten,
        "",
        "a bucket's setting is acknowledged although the storage failed",
        ["refusal.failure.acknowledged"]
    ),
    fault!(
        "key-change-unwritten",
        KeyUnwritten,
        "",
        "the disabling of a key is acknowledged although the storage failed, and the key serves on",
        ["refusal.failure.acknowledged"]
    ),
    fault!(
        "failure-as-missing",
        FailureAsMissing,
        "",
        "a get for which the storage does not answer says that there is no object",
        ["refusal.failure.kind"]
    ),
    fault!(
        "unwritten-unrecorded",
        UnwrittenUnrecorded,
        "",
        "a request to KMS whose entry cannot be written is answered and leaves none",
        ["audit.durable.refuses-unrecorded"]
    ),
];
