//! Faults in how requests are refused (spec/refusal.md).

use super::{Fault, bent, fault};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "cause-told",
        CauseTold,
        "CVE-2020-8911",
        "a wrong context and a damaged blob are refused with different codes",
        ["refusal.integrity.opaque"]
    ),
    fault!(
        "denied-as-missing",
        DeniedAsMissing,
        "",
        "a get that is denied says that there is no such object",
        ["sse.authorization.default-deny", "sse.authorization.decrypt", "refusal.class.kind"]
    ),
    fault!(
        "missing-as-denied",
        MissingAsDenied,
        "",
        "a get of an object that does not exist says that it is denied",
        ["sse.get.no-such-key"]
    ),
    fault!(
        "copy-disabled-as-denied",
        DisabledAsDenied,
        "",
        "a copy whose key is disabled says that it is denied",
        ["sse.copy.source-key-unusable"]
    ),
    fault!(
        "unknown-key-as-invalid",
        UnknownAsInvalid,
        "",
        "a put under a key that does not exist is refused as an invalid argument",
        ["sse.put.key-not-found"]
    ),
    fault!(
        "copy-code-bare",
        CopyCodeBare,
        "",
        "a copy that KMS refuses carries the code of KMS without its prefix",
        ["refusal.code.key-state-through-store"]
    ),
    fault!(
        "status-uniform",
        StatusUniform,
        "",
        "what does not exist is refused with status 400",
        ["refusal.code.s3-status"]
    ),
    fault!(
        "refusal-tells-blob",
        RefusalTellsBlob,
        "",
        "the refusal of a Decrypt repeats the blob",
        ["refusal.message.no-secrets"]
    ),
    fault!(
        "missing-source-as-denied",
        MissingSourceAsDenied,
        "",
        "a copy of an object that does not exist says that it is denied",
        ["sse.copy.no-such-source"]
    ),
    bent!(
        "kms-code-short",
        Switch::Kms(KmsSwitch::CodeShort),
        "",
        "codes of KMS lack their last word",
        ["refusal.code.kms"]
    ),
    bent!(
        "kms-status-of-http",
        Switch::Kms(KmsSwitch::StatusOfHttp),
        "",
        "KMS refuses what it does not find with status 404",
        ["refusal.code.kms-status"]
    ),
    bent!(
        "store-code-of-object",
        Switch::Kms(KmsSwitch::StoreCodeOfObject),
        "",
        "a key that KMS does not find is refused with the code of an object",
        ["refusal.code.key-not-found-through-store"]
    ),
    bent!(
        "store-code-of-kms",
        Switch::Kms(KmsSwitch::StoreCodeOfKms),
        "",
        "a denial of S3 is refused with the code of KMS",
        ["refusal.code.s3"]
    ),
    bent!(
        "copy-unknown-as-pending",
        Switch::Kms(KmsSwitch::CopyUnknownAsPending),
        "",
        "a copy under a key that does not exist is refused as under one in PendingDeletion",
        ["refusal.class.through-store"]
    ),
];
