//! Faults in the trail (spec/audit.md).

pub(super) mod kms;

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
    fault!(
        "event-renamed",
        EventRenamed,
        "",
        "a GenerateDataKey that the store asks for is recorded as an Encrypt",
        ["audit.entry.event-name", "audit.entry.one-per-request"]
    ),
    fault!(
        "error-uncoded",
        ErrorUncoded,
        "",
        "the entry of a refused request looks like that of a granted one",
        ["audit.entry.error-code"]
    ),
    fault!(
        "key-unnamed",
        KeyUnnamed,
        "",
        "the entry of a request that the store passes on names no key",
        ["audit.entry.names-key"]
    ),
    fault!(
        "nothing-read-only",
        NothingReadOnly,
        "",
        "every entry says that it changed something",
        ["audit.entry.read-only"]
    ),
    fault!(
        "users-unrecorded",
        UsersUnrecorded,
        "",
        "requests of any but the root principal leave no entry",
        ["audit.entry.names-caller", "audit.entry.refused-recorded"]
    ),
    fault!(
        "first-caller-named",
        FirstCallerNamed,
        "",
        "every entry names whoever asked first",
        ["audit.entry.names-caller"]
    ),
    fault!(
        "copy-read-unrecorded",
        CopyReadUnrecorded,
        "",
        "the Decrypt of a copy leaves no entry",
        ["audit.store.copy-source"]
    ),
    fault!(
        "copy-write-unrecorded",
        CopyWriteUnrecorded,
        "",
        "the GenerateDataKey of a copy leaves no entry",
        ["audit.store.copy-destination"]
    ),
    fault!(
        "copy-records-source",
        CopyRecordsSource,
        "",
        "the entry of a copy's GenerateDataKey holds the ARN of the source",
        ["audit.store.copy-destination"]
    ),
    fault!(
        "state-unrecorded",
        StateUnrecorded,
        "",
        "CreateKey, EnableKey and DisableKey leave no entry",
        ["audit.state-change.recorded"]
    ),
    fault!(
        "blob-recorded",
        BlobRecorded,
        "",
        "the entry of a Decrypt holds the blob",
        ["audit.entry.no-secrets"]
    ),
    fault!(
        "service-use-recorded",
        ServiceUseRecorded,
        "",
        "a put or an upload under SSE-S3 leaves an entry of KMS",
        ["audit.entry.none-for-sse-s3"]
    ),
];
