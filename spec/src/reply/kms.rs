//! Replies of the part "KMS" (operations.md).

use crate::{Bytes, SecretBytes, Timestamp};
use serde::{Deserialize, Serialize};

/// Reply to `CreateKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateKeyReply {
    /// The new key.
    pub key_metadata: KeyMetadata,
}

/// Reply to `DescribeKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DescribeKeyReply {
    /// The key.
    pub key_metadata: KeyMetadata,
}

/// Reply to `ListKeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListKeysReply {
    /// The keys.
    pub keys: Vec<ListedKey>,
}

/// Reply to `EnableKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnableKeyReply {}

/// Reply to `DisableKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisableKeyReply {}

/// Reply to `ScheduleKeyDeletion`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleKeyDeletionReply {
    /// The key's ARN.
    pub key_id: String,
    /// End of the waiting period.
    pub deletion_date: Timestamp,
    /// The key's state: `PendingDeletion`, or whatever a target shows.
    pub key_state: String,
    /// The waiting period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_window_in_days: Option<u32>,
}

/// Reply to `CancelKeyDeletion`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelKeyDeletionReply {
    /// The key's ARN.
    pub key_id: String,
}

/// Reply to `CreateAlias`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAliasReply {}

/// Reply to `UpdateAlias`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateAliasReply {}

/// Reply to `DeleteAlias`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteAliasReply {}

/// Reply to `ListAliases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListAliasesReply {
    /// The aliases.
    pub aliases: Vec<ListedAlias>,
}

/// Reply to `PutKeyPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutKeyPolicyReply {}

/// Reply to `GetKeyPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyPolicyReply {
    /// Policy document, an opaque string here.
    pub policy: String,
}

/// Reply to `EnableKeyRotation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnableKeyRotationReply {}

/// Reply to `DisableKeyRotation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisableKeyRotationReply {}

/// Reply to `GetKeyRotationStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GetKeyRotationStatusReply {
    /// The key's ARN.
    pub key_id: String,
    /// Whether automatic rotation is on.
    #[serde(default)]
    pub key_rotation_enabled: bool,
    /// The period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_period_in_days: Option<u32>,
    /// When the next one is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_rotation_date: Option<Timestamp>,
    /// Set while a rotation on demand is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_demand_rotation_start_date: Option<Timestamp>,
}

/// Reply to `RotateKeyOnDemand`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateKeyOnDemandReply {
    /// The key's ARN.
    pub key_id: String,
}

/// Reply to `ListKeyRotations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListKeyRotationsReply {
    /// The rotations, oldest first.
    pub rotations: Vec<ListedRotation>,
}

/// Reply to `GenerateDataKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKeyReply {
    /// The data key in clear.
    pub plaintext: SecretBytes,
    /// The data key wrapped.
    pub ciphertext_blob: Bytes,
    /// The key's ARN.
    pub key_id: String,
    /// Id of the key material, 64 hex digits; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
}

/// Reply to `GenerateDataKeyWithoutPlaintext`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKeyWithoutPlaintextReply {
    /// The data key wrapped.
    pub ciphertext_blob: Bytes,
    /// The key's ARN.
    pub key_id: String,
    /// Id of the key material, 64 hex digits; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
}

/// Reply to `Encrypt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EncryptReply {
    /// The ciphertext.
    pub ciphertext_blob: Bytes,
    /// The key's ARN.
    pub key_id: String,
    /// `SYMMETRIC_DEFAULT`.
    pub encryption_algorithm: String,
}

/// Reply to `Decrypt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DecryptReply {
    /// The plaintext.
    pub plaintext: SecretBytes,
    /// The key's ARN.
    pub key_id: String,
    /// `SYMMETRIC_DEFAULT`.
    pub encryption_algorithm: String,
    /// Id of the key material, 64 hex digits; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
}

/// Reply to `ReEncrypt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReEncryptReply {
    /// The new ciphertext.
    pub ciphertext_blob: Bytes,
    /// ARN of the key decrypted with.
    pub source_key_id: String,
    /// ARN of the key encrypted under.
    pub key_id: String,
    /// Material decrypted with; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_key_material_id: Option<String>,
    /// Material encrypted under; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_key_material_id: Option<String>,
}

/// What KMS shows of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyMetadata {
    /// Key id, a UUID.
    pub key_id: String,
    /// The key's ARN.
    pub arn: String,
    /// The key's account.
    pub account_id: String,
    /// Who manages it: `AWS` or `CUSTOMER`, or whatever a target shows.
    pub key_manager: String,
    /// Its state: `Enabled`, `Disabled` or `PendingDeletion`, or whatever a target shows.
    pub key_state: String,
    /// Whether the state is `Enabled`.
    pub enabled: bool,
    /// `SYMMETRIC_DEFAULT`.
    pub key_spec: String,
    /// `ENCRYPT_DECRYPT`.
    pub key_usage: String,
    /// `AWS_KMS`.
    pub origin: String,
    /// When it was made.
    pub creation_date: Timestamp,
    /// Its description.
    pub description: String,
    /// When it will be deleted, in state `PendingDeletion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<Timestamp>,
    /// Material that encrypts now; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_key_material_id: Option<String>,
}

/// One key of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListedKey {
    /// Key id, a UUID.
    pub key_id: String,
    /// The key's ARN.
    pub key_arn: String,
}

/// One alias of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListedAlias {
    /// Name with the prefix `alias/`.
    pub alias_name: String,
    /// The alias's ARN.
    pub alias_arn: String,
    /// Id of its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_key_id: Option<String>,
}

/// One rotation of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListedRotation {
    /// Id of the material, 64 hex digits; open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_material_id: Option<String>,
    /// When; absent for the first material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_date: Option<Timestamp>,
    /// `AUTOMATIC` or `ON_DEMAND`; absent for the first material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_type: Option<String>,
    /// `CURRENT` or `NON_CURRENT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_material_state: Option<String>,
}
