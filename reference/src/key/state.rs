//! The states of a key, and what each of them allows (spec/key.md, states and operations).

use crate::refusal::{Refused, Result};
use serde::{Deserialize, Serialize};
use sse_spec::{Class, KeyState, Timestamp};

/// The state of a key. A deleted key has none: it exists no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Usable.
    Enabled,
    /// Not usable; nothing is lost.
    Disabled,
    /// Waiting for deletion.
    PendingDeletion {
        /// When everything will be lost.
        until: Timestamp,
    },
}

impl State {
    /// The state in the words of a reply.
    #[must_use]
    pub fn shown(self) -> KeyState {
        match self {
            Self::Enabled => KeyState::Enabled,
            Self::Disabled => KeyState::Disabled,
            Self::PendingDeletion { .. } => KeyState::PendingDeletion,
        }
    }

    /// When the key will be deleted.
    #[must_use]
    pub fn deletion_date(self) -> Option<Timestamp> {
        match self {
            Self::PendingDeletion { until } => Some(until),
            // r[key.schedule-deletion.date-only-pending]
            Self::Enabled | Self::Disabled => None,
        }
    }
}

/// What may be done with a key. ReEncrypt and UpdateAlias do one thing with each of two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the operations, which spec/operations.md explains")]
pub enum Verb {
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    Encrypt,
    Decrypt,
    ReEncryptFrom,
    ReEncryptTo,
    DescribeKey,
    GetKeyPolicy,
    PutKeyPolicy,
    EnableKey,
    DisableKey,
    ScheduleKeyDeletion,
    CancelKeyDeletion,
    CreateAlias,
    UpdateAliasFrom,
    UpdateAliasTo,
    DeleteAlias,
    EnableKeyRotation,
    DisableKeyRotation,
    GetKeyRotationStatus,
    RotateKeyOnDemand,
    ListKeyRotations,
}

impl Verb {
    /// The table of spec/key.md, row by row: whether a key in this state may serve.
    ///
    /// # Errors
    /// The class of the cell.
    pub fn check(self, state: State) -> Result<()> {
        let ok = Ok(());
        let disabled = Err(Refused(Class::KeyDisabled));
        let invalid = Err(Refused(Class::InvalidKeyState));
        let [in_enabled, in_disabled, in_pending_deletion] = match self {
            // r[key.disable.refuses-cryptography]
            // r[key.disable.refuses-other-cryptography]
            // r[key.pending-deletion.refuses-cryptography]
            // r[key.pending-deletion.objects-refused]
            // r[key.state.cryptography-class]
            // r[key.state.table]
            // r[sse.put.key-disabled-refused]
            // r[sse.get.key-disabled-refused]
            // r[sse.get.readable-again]
            Self::GenerateDataKey
            | Self::GenerateDataKeyWithoutPlaintext
            | Self::Encrypt
            | Self::Decrypt
            | Self::ReEncryptFrom
            | Self::ReEncryptTo => [ok, disabled, invalid],
            // r[key.disable.management-allowed]
            // r[key.disable.other-management-allowed]
            // r[key.pending-deletion.management-allowed]
            Self::DescribeKey
            | Self::GetKeyPolicy
            | Self::PutKeyPolicy
            | Self::DeleteAlias
            | Self::UpdateAliasFrom
            | Self::GetKeyRotationStatus
            | Self::ListKeyRotations => [ok, ok, ok],
            // r[key.enable.idempotent]
            // r[key.disable.idempotent]
            // r[key.pending-deletion.transitions-refused]
            // r[key.pending-deletion.no-new-alias]
            Self::CreateAlias
            | Self::UpdateAliasTo
            | Self::EnableKey
            | Self::DisableKey
            | Self::ScheduleKeyDeletion => [ok, ok, invalid],
            // r[key.cancel-deletion.not-pending]
            Self::CancelKeyDeletion => [invalid, invalid, ok],
            // r[rotation.state.refused]
            Self::EnableKeyRotation | Self::DisableKeyRotation | Self::RotateKeyOnDemand => {
                [ok, disabled, invalid]
            }
        };
        // r[key.state.class]
        match state {
            State::Enabled => in_enabled,
            State::Disabled => in_disabled,
            State::PendingDeletion { .. } => in_pending_deletion,
        }
    }

    /// The permission in the words of a policy.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::GenerateDataKey => "kms:GenerateDataKey",
            Self::GenerateDataKeyWithoutPlaintext => "kms:GenerateDataKeyWithoutPlaintext",
            Self::Encrypt => "kms:Encrypt",
            Self::Decrypt => "kms:Decrypt",
            Self::ReEncryptFrom => "kms:ReEncryptFrom",
            Self::ReEncryptTo => "kms:ReEncryptTo",
            Self::DescribeKey => "kms:DescribeKey",
            Self::GetKeyPolicy => "kms:GetKeyPolicy",
            Self::PutKeyPolicy => "kms:PutKeyPolicy",
            Self::EnableKey => "kms:EnableKey",
            Self::DisableKey => "kms:DisableKey",
            Self::ScheduleKeyDeletion => "kms:ScheduleKeyDeletion",
            Self::CancelKeyDeletion => "kms:CancelKeyDeletion",
            Self::CreateAlias => "kms:CreateAlias",
            Self::UpdateAliasFrom | Self::UpdateAliasTo => "kms:UpdateAlias",
            Self::DeleteAlias => "kms:DeleteAlias",
            Self::EnableKeyRotation => "kms:EnableKeyRotation",
            Self::DisableKeyRotation => "kms:DisableKeyRotation",
            Self::GetKeyRotationStatus => "kms:GetKeyRotationStatus",
            Self::RotateKeyOnDemand => "kms:RotateKeyOnDemand",
            Self::ListKeyRotations => "kms:ListKeyRotations",
        }
    }

    /// The operation's name.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::ReEncryptFrom | Self::ReEncryptTo => "ReEncrypt",
            _ => self.action().trim_start_matches("kms:"),
        }
    }

    /// Whether the operation changes no key.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        match self {
            Self::GenerateDataKey
            | Self::GenerateDataKeyWithoutPlaintext
            | Self::Encrypt
            | Self::Decrypt
            | Self::ReEncryptFrom
            | Self::ReEncryptTo
            | Self::DescribeKey
            | Self::GetKeyPolicy
            | Self::GetKeyRotationStatus
            | Self::ListKeyRotations => true,
            Self::PutKeyPolicy
            | Self::EnableKey
            | Self::DisableKey
            | Self::ScheduleKeyDeletion
            | Self::CancelKeyDeletion
            | Self::CreateAlias
            | Self::UpdateAliasFrom
            | Self::UpdateAliasTo
            | Self::DeleteAlias
            | Self::EnableKeyRotation
            | Self::DisableKeyRotation
            | Self::RotateKeyOnDemand => false,
        }
    }
}
