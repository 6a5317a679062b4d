//! One entry of the audit trail, in CloudTrail's field names (audit.md).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who made an audited request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// ARN of the principal.
    pub arn: String,
    /// Account of the principal.
    pub account_id: String,
    /// The service that acted for the principal; absent on direct calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
}

/// A KMS key that an audited request named or used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resource {
    /// The key's ARN.
    #[serde(rename = "ARN")]
    pub arn: String,
    /// The key's account.
    #[serde(rename = "accountId")]
    pub account_id: String,
    /// `AWS::KMS::Key`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One audited request to KMS. Fields that CloudTrail has beyond these are open (operations.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Unique id of the entry.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// When, `YYYY-MM-DDThh:mm:ssZ`.
    pub event_time: String,
    /// `kms.amazonaws.com`.
    pub event_source: String,
    /// The operation, for example `GenerateDataKey`.
    pub event_name: String,
    /// Region of the key.
    pub aws_region: String,
    /// Who.
    pub user_identity: UserIdentity,
    /// `true` for operations that change no key.
    pub read_only: bool,
    /// What was asked for, without secrets; `null` where the operation records nothing.
    pub request_parameters: Value,
    /// What was answered, without secrets; `null` for cryptographic operations.
    pub response_elements: Value,
    /// The KMS keys concerned.
    pub resources: Vec<Resource>,
    /// KMS error code of a refused request; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Text for people; absent unless refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}
