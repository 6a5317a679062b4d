//! Requests of the part "Laboratory" (operations.md).

use crate::{Edit, FaultKind, FaultPoint, Operation};
use serde::{Deserialize, Serialize};

/// Shows every item at rest except the root secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadAtRest {}

/// Edits the items at rest of a quiescent world in one step, then restarts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteAtRest {
    /// The edits, in order.
    pub edits: Vec<Edit>,
    /// Whether the target recomputes every checksum that needs no key.
    #[serde(default)]
    pub fixup: bool,
}

/// Loses all memory and opens again from the items at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Restart {}

/// Moves the clock forward; every due event runs before the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdvanceClock {
    /// By how much.
    pub seconds: u64,
}

/// Performs one operation while its n-th call to a part below fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InjectFault {
    /// Where.
    pub point: FaultPoint,
    /// Which call, from 1.
    pub nth: u32,
    /// How.
    pub kind: FaultKind,
    /// The operation.
    pub operation: Box<Operation>,
}

/// Rotates the service key of SSE-S3; nothing shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateServiceKey {}

/// Shows every data key handed out or used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListDataKeys {}
