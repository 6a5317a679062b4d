//! Replies of the part "Laboratory" (operations.md).

use crate::{DataKeyRecord, Item, Refusal, Reply, Timestamp};
use serde::{Deserialize, Serialize};

/// Reply to `ReadAtRest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadAtRestReply {
    /// The items, ascending by id.
    pub items: Vec<Item>,
}

/// Reply to `WriteAtRest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteAtRestReply {}

/// Reply to `Restart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RestartReply {}

/// Reply to `AdvanceClock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdvanceClockReply {
    /// The new time.
    pub now: Timestamp,
}

/// Reply to `InjectFault`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InjectFaultReply {
    /// Whether the operation made that many calls.
    #[serde(default)]
    pub fired: bool,
    /// How the operation ended.
    pub outcome: Outcome,
}

/// Reply to `RotateServiceKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateServiceKeyReply {}

/// Reply to `ListDataKeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListDataKeysReply {
    /// The data keys, oldest first.
    pub data_keys: Vec<DataKeyRecord>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// With a reply.
    Replied(Box<Reply>),
    /// With a refusal.
    Refused(Refusal),
}
