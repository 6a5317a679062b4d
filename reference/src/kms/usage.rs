//! What the trail shows of an account, and the usage that is counted from it
//! (spec/kms/usage.md, spec/audit.md).

use super::Kms;
use crate::key::Key;
use crate::policy::Caller;
use crate::refusal::Result;
use sse_spec::{AuditEntry, KeyExistence, KeyRequests};
use std::collections::BTreeMap;

const COUNTED: &[&str] =
    &["GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "Decrypt", "ReEncrypt"];

impl Kms {
    /// The trail entries that concern the caller's account, oldest first.
    ///
    /// # Errors
    /// `integrity` where one is not authentic, `unavailable` where the disk fails.
    pub fn lookup_events(&mut self, caller: &Caller) -> Result<Vec<AuditEntry>> {
        self.run_due_events()?;
        self.trail.lookup(caller.account())
    }

    /// How often the keys of the caller's account were used, and how long they have existed.
    ///
    /// Usage is counted from the trail, so that the two cannot disagree.
    ///
    /// # Errors
    /// As [`Kms::lookup_events`].
    pub fn key_usage(&mut self, caller: &Caller) -> Result<(Vec<KeyRequests>, Vec<KeyExistence>)> {
        let mut counts = BTreeMap::new();
        // r[kms.usage.survives-restart]
        // r[kms.usage.existence-end]
        for entry in self.lookup_events(caller)? {
            // r[kms.usage.management-free]
            // r[kms.usage.no-management]
            // r[kms.usage.refused]
            // r[rotation.effect.re-encrypts-nothing]
            if !COUNTED.contains(&entry.event_name.as_str()) || entry.error_code.is_some() {
                continue;
            }
            // r[kms.usage.re-encrypt]
            let own = |resource: &sse_spec::Resource| resource.account_id == caller.account();
            for key in entry.resources.into_iter().filter(own) {
                // r[kms.usage.by-key]
                // r[kms.usage.by-operation]
                *counts.entry((key.arn, entry.event_name.clone())).or_insert(0_u64) += 1;
            }
        }
        let request = |((key_id, operation), count)| KeyRequests { key_id, operation, count };
        let now = self.environment.now();
        // r[kms.usage.existence-listed]
        // r[kms.usage.existence-time]
        let own = self.keys.values().filter(|key| key.account == caller.account());
        let existence = |key: &Key| KeyExistence {
            key_id: key.arn(&self.environment.region),
            seconds: now.saturating_sub(key.created),
        };
        let mut keys: Vec<_> = own.map(existence).collect();
        keys.sort_by(|left, right| left.key_id.cmp(&right.key_id));
        Ok((counts.into_iter().map(request).collect(), keys))
    }
}
