//! Requests of the part "Fixtures" (operations.md).

use serde::{Deserialize, Serialize};

/// Makes a principal of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePrincipal {
    /// The account; the caller's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Name, unique in the account.
    pub name: String,
}

/// Attaches a policy to a principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutIdentityPolicy {
    /// The principal's ARN.
    pub principal: String,
    /// Name of the policy.
    pub name: String,
    /// Policy document, an opaque string here.
    pub policy: String,
}

/// Detaches a policy from a principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteIdentityPolicy {
    /// The principal's ARN.
    pub principal: String,
    /// Name of the policy.
    pub name: String,
}

/// Shows the account's audit trail, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LookupEvents {}

/// Shows how often the account's keys were used, and how long they have existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyUsage {}
