//! What a target says of itself: role, capabilities, limits, settle times (operations.md).

use serde::{Deserialize, Serialize};

/// A target's description of itself; the report repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Name of the implementation.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is.
    pub role: Role,
    /// What it offers beyond its role's operations.
    pub capabilities: Vec<Capability>,
    /// Account in which the suite acts, 12 digits.
    pub account: String,
    /// A second account, where the target has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_account: Option<String>,
    /// Region in which the suite acts.
    pub region: String,
    /// Limits that cases respect.
    #[serde(default)]
    pub limits: Limits,
    /// How long a change may take to be seen.
    #[serde(default)]
    pub settle: SettleTimes,
}

impl Description {
    /// Whether the target declares a capability.
    #[must_use]
    pub fn offers(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

/// What a target is; the core groups that judge it follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// An S3-compatible store.
    #[serde(rename = "store")]
    Store,
    /// A KMS alone.
    #[serde(rename = "kms")]
    Kms,
    /// Both, the store using the KMS.
    #[serde(rename = "store+kms")]
    StoreAndKms,
}

impl Role {
    /// Whether the role has the data plane.
    #[must_use]
    pub fn is_store(self) -> bool {
        matches!(self, Self::Store | Self::StoreAndKms)
    }

    /// Whether the role has the operations of KMS.
    #[must_use]
    pub fn is_kms(self) -> bool {
        matches!(self, Self::Kms | Self::StoreAndKms)
    }
}

/// Something a target may offer; a declared capability that is missing is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// CreatePrincipal, PutIdentityPolicy, DeleteIdentityPolicy.
    Principals,
    /// LookupEvents.
    Audit,
    /// GetKeyUsage.
    Usage,
    /// EncodeContext, WrapDataKey, UnwrapDataKey, SealObject, OpenObject.
    Format,
    /// ReadAtRest.
    ReadAtRest,
    /// WriteAtRest.
    WriteAtRest,
    /// WriteAtRest with `fixup`.
    Fixup,
    /// WriteAtRest while operations are under way.
    LiveEdits,
    /// AdvanceClock.
    Clock,
    /// InjectFault.
    InjectFault,
    /// RotateServiceKey.
    RotateServiceKey,
    /// Restart.
    Restart,
    /// ListDataKeys.
    ListDataKeys,
    /// A world can be opened with a KMS that the suite supplies.
    SuppliedKms,
    /// A second handle on one world.
    Fork,
}

/// Limits of a target; zero means none known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest object in bytes.
    #[serde(default)]
    pub object_bytes: u64,
    /// Smallest part of a multipart upload in bytes, the last one excepted.
    #[serde(default)]
    pub part_bytes: u64,
    /// Largest number of worlds open at once.
    #[serde(default)]
    pub jobs: u32,
}

/// Longest time in milliseconds after which a change is seen; 0 means at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettleTimes {
    /// Policies and principals.
    #[serde(default)]
    pub policy: u64,
    /// State of a key.
    #[serde(default)]
    pub key_state: u64,
    /// Rotation of a key.
    #[serde(default)]
    pub rotation: u64,
    /// Settings of a bucket.
    #[serde(default)]
    pub bucket: u64,
    /// Entries of the trail and counts of usage.
    #[serde(default)]
    pub audit: u64,
}
