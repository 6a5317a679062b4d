//! Faults in what KMS records of its own requests (spec/audit.md).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;

const fn kms(switch: KmsSwitch) -> Switch {
    Switch::Kms(switch)
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "denial-unrecorded",
        kms(KmsSwitch::DenialUnrecorded),
        "",
        "a denial leaves no entry, other refusals do",
        ["audit.entry.refused-recorded"]
    ),
    bent!(
        "refusal-recorded-twice",
        kms(KmsSwitch::RefusalTwice),
        "",
        "a refused request leaves two entries",
        ["audit.entry.refused-recorded", "audit.entry.one-per-request"]
    ),
    bent!(
        "caller-recorded-as-root",
        kms(KmsSwitch::CallerAsRoot),
        "",
        "entries name the root principal of the caller's account",
        ["audit.entry.names-caller"]
    ),
    bent!(
        "caller-recorded-as-owner",
        kms(KmsSwitch::CallerAsOwner),
        "",
        "across accounts the entry names the owner of the key",
        ["audit.entry.names-caller", "audit.cross-account.both-see"]
    ),
    bent!(
        "first-key-recorded",
        kms(KmsSwitch::FirstKeyNamed),
        "",
        "every entry names the first key of the store",
        ["audit.entry.names-key"]
    ),
    bent!(
        "context-values-masked",
        kms(KmsSwitch::ValuesMasked),
        "",
        "entries hold the names of the context's pairs and mask the values",
        ["audit.entry.context-in-clear"]
    ),
    bent!(
        "management-unrecorded",
        kms(KmsSwitch::ManagementUnrecorded),
        "",
        "deletion, policies, aliases and rotation leave no entry",
        ["audit.state-change.management"]
    ),
    bent!(
        "change-read-only",
        kms(KmsSwitch::ChangeReadOnly),
        "",
        "changes of a key are recorded as read-only",
        ["audit.state-change.read-only"]
    ),
    bent!(
        "service-events-unrecorded",
        kms(KmsSwitch::ServiceUnrecorded),
        "",
        "rotations and deletions that KMS makes leave no entry",
        ["audit.service-event.rotate-key", "audit.service-event.delete-key"]
    ),
    bent!(
        "owner-untold",
        kms(KmsSwitch::OwnerUntold),
        "",
        "the owner of a key sees no request from other accounts",
        ["audit.cross-account.both-see"]
    ),
    bent!(
        "denial-told",
        kms(KmsSwitch::DenialTold),
        "",
        "the owner of a key sees the denials of other accounts",
        ["audit.cross-account.denied-unseen"]
    ),
    bent!(
        "second-key-unrecorded",
        kms(KmsSwitch::SecondKeyUnnamed),
        "",
        "the entry of a ReEncrypt names its source key alone",
        ["audit.re-encrypt.both-keys"]
    ),
    bent!(
        "refusal-recorded-bare",
        kms(KmsSwitch::RefusedBare),
        "",
        "the entry of a refused request holds no encryption context",
        ["audit.entry.context-in-clear"]
    ),
    bent!(
        "part-read-unrecorded",
        Switch::PartReadUnrecorded,
        "",
        "the Decrypt of a part leaves no entry",
        ["audit.store.multipart-decrypt"]
    ),
    bent!(
        "source-of-store",
        Switch::SourceOfStore,
        "",
        "the entry of a request that the store passes on names the store as its source",
        ["audit.entry.fields"]
    ),
];
