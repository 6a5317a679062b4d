//! Flipped cells: for each cell of the two tables of KMS one implementation that answers there the
//! other way, and nowhere else (spec/key.md, states and operations; spec/policy.md, decision).

use super::fault::Witness;
use super::malleable::Malleable;
use super::switch::Switch;
use crate::target::Target;
use sse_spec::KeyState;
use sse_vectors::oracle::bend::{Bend, DecisionCell, Side, StateCell};

/// One flipped cell.
#[derive(Clone, Debug)]
pub struct Flip {
    /// The cell, in words of the table.
    pub id: String,
    bend: Bend,
}

impl Flip {
    /// The implementation with the flipped cell.
    #[must_use]
    pub fn target(&self, witness: &Witness) -> Box<dyn Target> {
        Malleable::bent(Switch::Oracle(self.bend), witness)
    }
}

const OPERATIONS: &[&str] = &[
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "Encrypt",
    "Decrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "DescribeKey",
    "GetKeyPolicy",
    "PutKeyPolicy",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "EnableKeyRotation",
    "DisableKeyRotation",
    "GetKeyRotationStatus",
    "RotateKeyOnDemand",
    "ListKeyRotations",
];

/// Every flipped cell.
#[must_use]
pub fn flips() -> Vec<Flip> {
    let mut flips = Vec::new();
    for operation in OPERATIONS {
        for state in [KeyState::Enabled, KeyState::Disabled, KeyState::PendingDeletion] {
            let id = format!("state/{operation}/{state:?}");
            flips.push(Flip { id, bend: Bend::Cell(StateCell { operation, state }) });
        }
    }
    for key in [Side::Deny, Side::Direct, Side::Account, Side::Nothing] {
        for identity in [Side::Deny, Side::Direct, Side::Nothing] {
            for same in [true, false] {
                let account = if same { "Same" } else { "Other" };
                let id = format!("decision/{key:?}/{identity:?}/{account}");
                flips.push(Flip { id, bend: Bend::Decision(DecisionCell { key, identity, same }) });
            }
        }
    }
    flips
}
