//! Faults in the lives of keys and aliases (spec/key.md, spec/key/).

use crate::zoo::faults::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_spec::KeyState;
use sse_vectors::oracle::bend::{Bend, Life, StateCell, Turn};

const fn life(life: Life) -> Switch {
    Switch::Oracle(Bend::Life(life))
}

const fn cell(operation: &'static str, state: KeyState) -> Switch {
    Switch::Oracle(Bend::Cell(StateCell { operation, state }))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "decrypt-key-compared-as-text",
        life(Life::KeyAsText),
        "",
        "the key that Decrypt is given is compared with the ARN as text",
        ["kms.decrypt.key-confirmed", "kms.key-id.four-forms"]
    ),
    bent!(
        "cancel-leaves-enabled",
        life(Life::CancelEnables),
        "",
        "CancelKeyDeletion leaves the key Enabled",
        ["key.cancel-deletion.disabled"]
    ),
    bent!(
        "deletion-date-kept",
        life(Life::DateKept),
        "",
        "CancelKeyDeletion leaves the deletion date",
        ["key.schedule-deletion.date-only-pending", "key.cancel-deletion.lasting"]
    ),
    bent!(
        "schedule-waits",
        life(Life::ScheduleWaits),
        "",
        "ScheduleKeyDeletion leaves the key usable and forgets the date",
        [
            "key.schedule-deletion.pending",
            "key.pending-deletion.refuses-cryptography",
            "key.pending-deletion.objects-refused"
        ]
    ),
    bent!(
        "cancel-forgets-material",
        Switch::Kms(KmsSwitch::CancelForgets),
        "",
        "CancelKeyDeletion gives the key new material",
        ["key.cancel-deletion.restores"]
    ),
    bent!(
        "born-disabled",
        life(Life::BornDisabled),
        "",
        "CreateKey makes Disabled keys",
        ["key.create.enabled"]
    ),
    bent!(
        "create-repeats",
        life(Life::CreateRepeats),
        "",
        "CreateKey with the description of a key returns that key",
        ["key.create.distinct"]
    ),
    bent!(
        "asymmetric-taken",
        Switch::Kms(KmsSwitch::AsymmetricTaken),
        "",
        "CreateKey makes a symmetric key where an asymmetric one was asked for",
        ["key.create.symmetric-only", "key.create.asymmetric-refused"]
    ),
    bent!(
        "alias-unkept",
        life(Life::AliasUnkept),
        "",
        "CreateAlias is acknowledged and has no effect",
        ["key.create-alias.names-key", "key.list-aliases.complete"]
    ),
    bent!(
        "alias-taken-over",
        life(Life::AliasTaken),
        "",
        "CreateAlias takes an alias from the key that has it",
        ["key.create-alias.exists"]
    ),
    bent!(
        "update-alias-unkept",
        life(Life::UpdateUnkept),
        "",
        "UpdateAlias is acknowledged and has no effect",
        ["key.update-alias.names-new-key", "rotation.manual.new-puts"]
    ),
    bent!(
        "update-alias-makes",
        life(Life::UpdateMakes),
        "",
        "UpdateAlias makes an alias that does not exist",
        ["key.update-alias.unknown"]
    ),
    bent!(
        "delete-alias-unkept",
        life(Life::DeleteUnkept),
        "",
        "DeleteAlias is acknowledged and has no effect",
        ["key.delete-alias.gone"]
    ),
    bent!(
        "delete-alias-disables",
        life(Life::DeleteDisables),
        "",
        "DeleteAlias disables the key",
        ["key.delete-alias.key-kept"]
    ),
    bent!(
        "list-keys-of-everybody",
        life(Life::ListsAll),
        "",
        "ListKeys names the keys of every account",
        ["key.list.own-account"]
    ),
    bent!(
        "list-keys-enabled",
        life(Life::ListsEnabled),
        "",
        "ListKeys leaves out keys that are not Enabled",
        [
            "key.list.complete",
            "key.disable.management-allowed",
            "key.pending-deletion.management-allowed"
        ]
    ),
    bent!(
        "list-aliases-unfiltered",
        life(Life::AliasesOfAll),
        "",
        "ListAliases does not look at the key that it is given",
        ["key.list-aliases.of-key"]
    ),
    bent!(
        "list-aliases-one-each",
        life(Life::OneAlias),
        "",
        "ListAliases names one alias of each key",
        ["key.list-aliases.complete", "key.list-aliases.of-key"]
    ),
    bent!(
        "alias-resolved-at-read",
        Switch::Kms(KmsSwitch::AliasAtRead),
        "",
        "an object keeps the alias of its put, which is resolved again at each get",
        [
            "key.alias.stored-objects",
            "rotation.manual.old-objects",
            "rotation.manual.old-key-needed"
        ]
    ),
    bent!(
        "alias-resolved-once",
        Switch::Kms(KmsSwitch::AliasAtFirstPut),
        "",
        "the store remembers the key of an alias from its first put",
        ["rotation.manual.new-puts"]
    ),
    bent!(
        "alias-forgotten",
        Switch::Kms(KmsSwitch::AliasesForgotten),
        "",
        "a Restart forgets aliases",
        ["key.alias.survives-restart"]
    ),
    bent!(
        "deletion-forgotten",
        Switch::Kms(KmsSwitch::DeletionForgotten),
        "",
        "a Restart cancels deletions",
        ["key.state.survives-restart"]
    ),
    bent!(
        "deletion-early",
        Switch::Oracle(Bend::Turn(Turn::DeletesEarly)),
        "",
        "a key is deleted a day before its date",
        ["key.deletion.not-early", "key.deletion.on-its-date"]
    ),
    bent!(
        "managed-key-used-directly",
        life(Life::ManagedDirect),
        "",
        "the `aws/s3` key serves requests that do not come through the store",
        ["key.aws-managed.not-usable-directly", "key.aws-managed.no-direct-cryptography"]
    ),
    bent!(
        "managed-key-across-accounts",
        life(Life::ManagedAcross),
        "",
        "the `aws/s3` key serves the store for principals of other accounts",
        ["key.aws-managed.not-across-accounts", "policy.aws-managed.other-account"]
    ),
    bent!(
        "managed-key-managed",
        life(Life::ManagedManaged),
        "",
        "the `aws/s3` key is managed like a customer key",
        ["key.aws-managed.not-disabled", "key.aws-managed.not-managed"]
    ),
    bent!(
        "managed-key-as-customer",
        Switch::Kms(KmsSwitch::ManagedAsCustomer),
        "",
        "DescribeKey shows the `aws/s3` key as a customer key",
        ["key.aws-managed.described"]
    ),
    bent!(
        "customer-key-as-managed",
        Switch::Kms(KmsSwitch::CustomerAsManaged),
        "",
        "DescribeKey shows customer keys as AWS managed",
        ["key.describe.customer"]
    ),
    bent!(
        "enabled-flag-stuck",
        Switch::Kms(KmsSwitch::FlagStuck),
        "",
        "DescribeKey shows `enabled` as true in every state",
        ["key.describe.enabled-flag"]
    ),
    bent!(
        "deletion-date-unshown",
        Switch::Kms(KmsSwitch::DateUnshown),
        "",
        "DescribeKey shows no deletion date",
        ["key.schedule-deletion.date-described"]
    ),
    bent!(
        "pending-decrypts",
        cell("Decrypt", KeyState::PendingDeletion),
        "localstack/localstack#7782",
        "a key in PendingDeletion decrypts",
        ["key.pending-deletion.refuses-cryptography", "key.pending-deletion.objects-refused"]
    ),
    bent!(
        "pending-generates",
        cell("GenerateDataKey", KeyState::PendingDeletion),
        "localstack/localstack#7782",
        "a key in PendingDeletion makes data keys",
        ["key.pending-deletion.refuses-cryptography", "key.pending-deletion.objects-refused"]
    ),
    bent!(
        "disabled-encrypts",
        cell("Encrypt", KeyState::Disabled),
        "localstack/localstack#7782",
        "a Disabled key encrypts",
        ["key.disable.refuses-other-cryptography"]
    ),
    bent!(
        "disabled-re-encrypts-to",
        cell("ReEncryptTo", KeyState::Disabled),
        "",
        "a ReEncrypt looks at the state of its source key only",
        ["key.disable.refuses-other-cryptography"]
    ),
    bent!(
        "pending-re-encrypts-from",
        cell("ReEncryptFrom", KeyState::PendingDeletion),
        "",
        "a ReEncrypt opens under a key in PendingDeletion",
        ["key.pending-deletion.refuses-cryptography"]
    ),
    bent!(
        "pending-enables",
        cell("EnableKey", KeyState::PendingDeletion),
        "",
        "EnableKey takes a key out of PendingDeletion",
        ["key.pending-deletion.transitions-refused"]
    ),
    bent!(
        "pending-scheduled-again",
        cell("ScheduleKeyDeletion", KeyState::PendingDeletion),
        "",
        "ScheduleKeyDeletion moves the date of a key in PendingDeletion",
        ["key.pending-deletion.transitions-refused"]
    ),
    bent!(
        "pending-takes-alias",
        cell("CreateAlias", KeyState::PendingDeletion),
        "",
        "a key in PendingDeletion is given an alias",
        ["key.pending-deletion.no-new-alias"]
    ),
    bent!(
        "pending-undescribed",
        cell("DescribeKey", KeyState::PendingDeletion),
        "",
        "DescribeKey refuses a key in PendingDeletion",
        ["key.pending-deletion.management-allowed"]
    ),
    bent!(
        "cancel-of-enabled",
        cell("CancelKeyDeletion", KeyState::Enabled),
        "",
        "CancelKeyDeletion of an Enabled key succeeds and disables it",
        ["key.cancel-deletion.not-pending"]
    ),
    bent!(
        "disable-once",
        cell("DisableKey", KeyState::Disabled),
        "",
        "DisableKey refuses a Disabled key",
        ["key.disable.idempotent"]
    ),
    bent!(
        "enable-once",
        cell("EnableKey", KeyState::Enabled),
        "",
        "EnableKey refuses an Enabled key",
        ["key.enable.idempotent"]
    ),
    bent!(
        "disabled-policy-frozen",
        cell("PutKeyPolicy", KeyState::Disabled),
        "",
        "PutKeyPolicy refuses a Disabled key",
        ["key.disable.other-management-allowed"]
    ),
    bent!(
        "disabled-undescribed",
        cell("DescribeKey", KeyState::Disabled),
        "",
        "DescribeKey refuses a Disabled key",
        ["key.disable.management-allowed"]
    ),
    bent!(
        "store-ignores-disabled",
        Switch::Oracle(Bend::DirectOnly(KeyState::Disabled)),
        "",
        "what the store asks is done with a Disabled key",
        ["sse.get.key-disabled-refused", "sse.put.key-disabled-refused"]
    ),
    bent!(
        "store-ignores-pending",
        Switch::Oracle(Bend::DirectOnly(KeyState::PendingDeletion)),
        "",
        "what the store asks is done with a key in PendingDeletion",
        ["key.pending-deletion.objects-refused"]
    ),
    bent!(
        "unknown-key-is-first",
        life(Life::UnknownTaken),
        "localstack/localstack#7177",
        "a key or alias that does not exist is taken for the first key of the account",
        [
            "kms.generate-data-key.key-not-found",
            "kms.key-id.unknown",
            "kms.key-id.unknown-alias",
            "key.describe.not-found"
        ]
    ),
];
