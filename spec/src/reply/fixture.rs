//! Replies of the part "Fixtures" (operations.md).

use crate::AuditEntry;
use serde::{Deserialize, Serialize};

/// Reply to `CreatePrincipal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePrincipalReply {
    /// The principal's ARN.
    pub arn: String,
}

/// Reply to `PutIdentityPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutIdentityPolicyReply {}

/// Reply to `DeleteIdentityPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteIdentityPolicyReply {}

/// Reply to `LookupEvents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LookupEventsReply {
    /// The entries.
    pub events: Vec<AuditEntry>,
}

/// Reply to `GetKeyUsage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyUsageReply {
    /// Counts above zero, ascending by key and operation.
    pub requests: Vec<KeyRequests>,
    /// Keys, ascending by ARN.
    pub keys: Vec<KeyExistence>,
}

/// How often one key served one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyRequests {
    /// The key's ARN.
    pub key_id: String,
    /// The operation.
    pub operation: String,
    /// Requests that resolved to the key and were allowed.
    pub count: u64,
}

/// How long one key has existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyExistence {
    /// The key's ARN.
    pub key_id: String,
    /// Seconds since its creation.
    pub seconds: u64,
}
