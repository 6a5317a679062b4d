//! Requests of the part "KMS" (operations.md).

use crate::{Bytes, EncryptionContext, SecretBytes};
use serde::{Deserialize, Serialize};

/// Makes a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// Key policy; absent means the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `SYMMETRIC_DEFAULT` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// `ENCRYPT_DECRYPT` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<String>,
    /// `AWS_KMS` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Whether a policy may lock its author out.
    #[serde(default)]
    pub bypass_policy_lockout_safety_check: bool,
}

/// Shows a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DescribeKey {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
}

/// Lists the account's KMS keys; an adapter follows the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListKeys {}

/// Enables a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnableKey {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Disables a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisableKey {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Starts a key's waiting period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleKeyDeletion {
    /// Key id or key ARN.
    pub key_id: String,
    /// 7 to 30, 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_window_in_days: Option<u32>,
}

/// Ends a key's waiting period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelKeyDeletion {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Names a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAlias {
    /// Name with the prefix `alias/`.
    pub alias_name: String,
    /// Key id or key ARN.
    pub target_key_id: String,
}

/// Gives a name to another key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateAlias {
    /// Name with the prefix `alias/`.
    pub alias_name: String,
    /// Key id or key ARN.
    pub target_key_id: String,
}

/// Removes a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteAlias {
    /// Name with the prefix `alias/`.
    pub alias_name: String,
}

/// Lists the account's aliases; an adapter follows the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListAliases {
    /// Only aliases of this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

/// Replaces a key's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutKeyPolicy {
    /// Key id or key ARN.
    pub key_id: String,
    /// Policy document, an opaque string here.
    pub policy: String,
    /// Whether the policy may lock its author out.
    #[serde(default)]
    pub bypass_policy_lockout_safety_check: bool,
}

/// Shows a key's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyPolicy {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Rotates the key's material automatically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnableKeyRotation {
    /// Key id or key ARN.
    pub key_id: String,
    /// 90 to 2560, 365 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_period_in_days: Option<u32>,
}

/// Stops automatic rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisableKeyRotation {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Shows the state of rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyRotationStatus {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Rotates the key's material now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateKeyOnDemand {
    /// Key id or key ARN.
    pub key_id: String,
}

/// Lists a key's rotations; an adapter follows the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListKeyRotations {
    /// Key id or key ARN.
    pub key_id: String,
    /// `ALL_KEY_MATERIAL` or `ROTATIONS_ONLY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_key_material: Option<String>,
}

/// Makes a data key and returns it in clear and wrapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKey {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
    /// `AES_256` or `AES_128`; exclusive with `number_of_bytes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// Length of the data key in bytes, 1 to 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_of_bytes: Option<u32>,
    /// Context bound to the ciphertext.
    #[serde(default)]
    pub encryption_context: EncryptionContext,
}

/// Makes a data key and returns it wrapped only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKeyWithoutPlaintext {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
    /// `AES_256` or `AES_128`; exclusive with `number_of_bytes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// Length of the data key in bytes, 1 to 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_of_bytes: Option<u32>,
    /// Context bound to the ciphertext.
    #[serde(default)]
    pub encryption_context: EncryptionContext,
}

/// Encrypts up to 4096 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Encrypt {
    /// Key id, key ARN, alias name or alias ARN.
    pub key_id: String,
    /// 1 to 4096 bytes.
    pub plaintext: SecretBytes,
    /// Context bound to the ciphertext.
    #[serde(default)]
    pub encryption_context: EncryptionContext,
}

/// Decrypts a ciphertext blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decrypt {
    /// The ciphertext.
    pub ciphertext_blob: Bytes,
    /// The key expected; any of the four forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Context bound to the ciphertext.
    #[serde(default)]
    pub encryption_context: EncryptionContext,
}

/// Decrypts and encrypts again inside KMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReEncrypt {
    /// The ciphertext.
    pub ciphertext_blob: Bytes,
    /// The key expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_key_id: Option<String>,
    /// Context of the ciphertext.
    #[serde(default)]
    pub source_encryption_context: EncryptionContext,
    /// The key to encrypt under.
    pub destination_key_id: String,
    /// Context to bind.
    #[serde(default)]
    pub destination_encryption_context: EncryptionContext,
}
