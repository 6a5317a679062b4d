//! Faults in what is shown of keys and aliases, and in how requests on them are refused
//! (spec/key.md, spec/key/, spec/kms.md).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_vectors::oracle::bend::{Bend, Life, Turn};

const fn kms(switch: KmsSwitch) -> Switch {
    Switch::Kms(switch)
}

const fn life(life: Life) -> Switch {
    Switch::Oracle(Bend::Life(life))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "managed-policy-other",
        Switch::ManagedPolicyOther,
        "",
        "the policy of `aws/s3` is shown as that of a customer key",
        ["key.aws-managed.policy-shown"]
    ),
    bent!(
        "arn-of-another",
        life(Life::ArnOfAnother),
        "",
        "DescribeKey by ARN shows another key of the account",
        ["key.describe.id-and-arn"]
    ),
    bent!(
        "arn-short",
        kms(KmsSwitch::ArnShort),
        "",
        "ARNs of keys lack the word before the key id",
        ["key.create.arn"]
    ),
    bent!(
        "description-unshown",
        kms(KmsSwitch::DescriptionUnshown),
        "",
        "DescribeKey shows no description",
        ["key.create.description"]
    ),
    bent!(
        "data-key-spec-shown",
        kms(KmsSwitch::SpecShown),
        "",
        "DescribeKey shows the key specification of a data key",
        ["key.describe.specification"]
    ),
    bent!(
        "deletion-window-unshown",
        kms(KmsSwitch::WindowUnshown),
        "",
        "the reply to a ScheduleKeyDeletion shows no waiting period",
        ["key.schedule-deletion.waiting-period-shown"]
    ),
    bent!(
        "deletion-window-clamped",
        kms(KmsSwitch::WindowClamped),
        "",
        "a waiting period outside of the limits is brought within them",
        ["key.schedule-deletion.waiting-period-limits"]
    ),
    bent!(
        "deletion-date-rounded",
        kms(KmsSwitch::DeletionRounded),
        "",
        "the reply to a ScheduleKeyDeletion shows the midnight after the date",
        ["key.schedule-deletion.date"]
    ),
    bent!(
        "deletion-never",
        Switch::Oracle(Bend::Turn(Turn::NeverDeletes)),
        "",
        "no key is ever deleted",
        [
            "key.deletion.within-a-day",
            "key.deletion.blobs-lost",
            "key.deletion.objects-lost",
            "key.deletion.unlisted"
        ]
    ),
    bent!(
        "deletion-forgets-trail",
        kms(KmsSwitch::DeletionForgetsTrail),
        "",
        "the deletion of a key takes its entries out of the trail",
        ["key.deletion.trail-kept"]
    ),
    bent!(
        "deleted-as-pending",
        kms(KmsSwitch::DeletedAsPending),
        "",
        "a deleted key is refused as one in PendingDeletion",
        ["key.deletion.class"]
    ),
    bent!(
        "deleted-as-damage",
        kms(KmsSwitch::DeletedAsDamage),
        "",
        "an object whose key was deleted is refused as damaged",
        ["key.deletion.objects-class"]
    ),
    bent!(
        "alias-arn-bare",
        kms(KmsSwitch::AliasArnBare),
        "",
        "ListAliases shows names in place of ARNs",
        ["key.list-aliases.arn"]
    ),
    bent!(
        "alias-name-cleaned",
        kms(KmsSwitch::AliasCleaned),
        "",
        "CreateAlias takes out of a name what it may not hold",
        ["key.create-alias.name"]
    ),
    bent!(
        "alias-unreserved",
        kms(KmsSwitch::AliasUnreserved),
        "",
        "CreateAlias takes the reserved prefix off a name",
        ["key.create-alias.reserved"]
    ),
    bent!(
        "alias-case-folded",
        kms(KmsSwitch::AliasCaseFolded),
        "",
        "two aliases that differ in case only are one",
        ["key.create-alias.case"]
    ),
    bent!(
        "aliases-unlimited",
        life(Life::AliasesUnlimited),
        "",
        "a key has any number of aliases",
        ["key.create-alias.limit", "key.update-alias.limit"]
    ),
    bent!(
        "update-alias-same-refused",
        kms(KmsSwitch::SameTargetRefused),
        "",
        "UpdateAlias refuses the key that the alias names already",
        ["key.update-alias.same-key"]
    ),
    bent!(
        "delete-alias-forgiven",
        kms(KmsSwitch::DeleteForgiven),
        "",
        "a DeleteAlias of an alias that does not exist succeeds",
        ["key.delete-alias.unknown"]
    ),
    bent!(
        "foreign-aliases-listed",
        kms(KmsSwitch::ForeignAliasesListed),
        "",
        "ListAliases of another account's key shows its aliases",
        ["key.list-aliases.foreign-key"]
    ),
    bent!(
        "managed-alias-unlisted",
        kms(KmsSwitch::ManagedAliasUnlisted),
        "",
        "ListAliases leaves `alias/aws/s3` out",
        ["key.aws-managed.alias-listed"]
    ),
    bent!(
        "managed-alias-unknown",
        kms(KmsSwitch::ManagedAliasUnknown),
        "",
        "DescribeKey does not know `alias/aws/s3`",
        ["key.aws-managed.alias-resolved"]
    ),
    bent!(
        "managed-as-unsupported",
        kms(KmsSwitch::ManagedAsUnsupported),
        "",
        "management of the `aws/s3` key is refused as an unsupported operation",
        ["key.aws-managed.management-class"]
    ),
    bent!(
        "disabled-as-pending",
        kms(KmsSwitch::DisabledAsPending),
        "",
        "cryptography with a Disabled key is refused as with one in PendingDeletion",
        ["key.state.cryptography-class"]
    ),
    bent!(
        "pending-as-disabled",
        kms(KmsSwitch::PendingAsDisabled),
        "",
        "cryptography with a key in PendingDeletion is refused as with a Disabled one",
        ["key.state.table"]
    ),
    bent!(
        "state-class-swapped",
        kms(KmsSwitch::StateClassSwapped),
        "",
        "management that the state forbids is refused with the class of another state",
        ["key.state.class"]
    ),
    bent!(
        "no-form-as-invalid",
        kms(KmsSwitch::NoFormAsInvalid),
        "",
        "what is no identifier of a key is refused as an invalid argument",
        ["kms.key-id.no-form"]
    ),
    bent!(
        "managing-alias-as-invalid",
        kms(KmsSwitch::ManagingAliasAsInvalid),
        "",
        "an alias that names a key to manage is refused as an invalid argument",
        ["kms.key-id.unresolved-class"]
    ),
    bent!(
        "key-id-length-unchecked",
        kms(KmsSwitch::LengthAsUnknown),
        "",
        "a key identifier of no legal length is looked up",
        ["kms.key-id.length"]
    ),
    bent!(
        "parameter-as-unsupported",
        kms(KmsSwitch::ParameterAsUnsupported),
        "",
        "wrong parameters are refused as an unsupported operation",
        ["kms.order.parameters-class"]
    ),
    bent!(
        "blob-length-unchecked",
        kms(KmsSwitch::BlobLengthAsDamage),
        "",
        "Decrypt opens a blob of no legal length and finds it damaged",
        ["kms.decrypt.blob-length"]
    ),
    bent!(
        "no-blob-as-invalid",
        kms(KmsSwitch::NoBlobAsInvalid),
        "",
        "a Decrypt of bytes that are no blob is refused as an invalid argument",
        ["kms.decrypt.wrong-blob"]
    ),
    bent!(
        "no-source-as-invalid",
        kms(KmsSwitch::NoSourceAsInvalid),
        "",
        "a ReEncrypt of bytes that are no blob is refused as an invalid argument",
        ["kms.re-encrypt.like-decrypt"]
    ),
    bent!(
        "state-before-denial",
        kms(KmsSwitch::StateBeforeDenial),
        "",
        "the state of a key is told to whom the policies deny it",
        ["kms.order.sequence"]
    ),
    bent!(
        "managed-alias-not-put",
        Switch::ManagedAliasUnknown,
        "",
        "a put does not know `alias/aws/s3`",
        ["key.aws-managed.alias-in-put"]
    ),
    bent!(
        "managed-key-of-owner",
        Switch::ManagedOfOwner,
        "",
        "a put without a key takes the `aws/s3` key of the bucket's owner",
        ["key.aws-managed.of-requester"]
    ),
    bent!(
        "deleted-key-returns",
        kms(KmsSwitch::DeletedReturn),
        "",
        "a Restart brings deleted keys back",
        ["key.deletion.survives-restart"]
    ),
    bent!(
        "re-encrypt-destination-first",
        kms(KmsSwitch::DestinationFirst),
        "",
        "ReEncrypt tells the state of its destination key before that of its source",
        ["kms.re-encrypt.order"]
    ),
];
