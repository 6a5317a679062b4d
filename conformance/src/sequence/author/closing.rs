//! The end of a scenario: trail and counts of every account, whole where nothing is open, else
//! every entry and every count that is certain.

use super::super::act::{Act, How};
use super::doubt::{account_of, is_service_event};
use super::{Author, COUNTS, Extra, pattern};
use serde_json::{Value, json};
use sse_spec::{
    AuditEntry, Caller, Capability, GetKeyUsage, GetKeyUsageReply, KeyManager, KeyState,
    LookupEvents, Reply,
};
use sse_vectors::scenario::{Expect, Step};
use std::collections::BTreeMap;

/// How many blobs are opened in the end.
const BLOBS: u8 = 4;

impl Author<'_> {
    /// Reads back what the acts have touched, so that what one of them left behind is seen.
    pub(super) fn read_back(&mut self) {
        for at in self.touched.clone() {
            self.act(&Act::Get { who: 0, at, range: 0 });
        }
        let keys: Vec<(u8, String)> =
            self.keys.iter().map(|(slot, key)| (*slot, key.arn.clone())).collect();
        for (slot, key) in keys {
            let other = slot == 2 && self.target.other_account.is_some();
            let root = if other { "${other_root}" } else { "${root}" };
            let request = json!({ "DescribeKey": { "key_id": key } });
            self.step(root, request, Extra::default());
        }
        for blob in (0..BLOBS).take(self.blobs.len()) {
            self.act(&Act::Decrypt { who: 0, blob, how: How::Right });
        }
    }

    pub(super) fn close(&mut self) {
        let mut accounts = vec![("${root}", self.target.account.clone())];
        accounts.extend(self.target.other_account.clone().map(|other| ("${other_root}", other)));
        for (root, account) in accounts {
            // Nothing was ever done in an account that no step speaks of.
            let named = serde_json::to_string(&self.steps).unwrap_or_default();
            if root == "${other_root}" && !named.contains("${other_") {
                continue;
            }
            let caller = Caller::new(format!("arn:aws:iam::{account}:root"));
            if self.target.offers(Capability::Audit)
                && let Ok(Reply::LookupEvents(shown)) =
                    self.carrier.perform(&caller, &LookupEvents {}.into()).outcome
            {
                self.trail(root, &account, &shown.events);
            }
            if self.target.offers(Capability::Usage)
                && let Ok(Reply::GetKeyUsage(shown)) =
                    self.carrier.perform(&caller, &GetKeyUsage {}.into()).outcome
            {
                self.usage(root, &shown);
            }
        }
        if self.steps.last().is_none_or(|step| step.expect.reply.is_none()) {
            let request = json!({ "CreateBucket": { "bucket": "${bucket:end}" } });
            self.step("${root}", request, Extra::default());
        }
    }

    fn trail(&mut self, root: &str, account: &str, events: &[AuditEntry]) {
        let foreign = |entry: &AuditEntry| account_of(&entry.user_identity.arn) != account;
        let certain: Vec<&AuditEntry> = events
            .iter()
            .filter(|entry| {
                !is_service_event(entry) && !foreign(entry) && !self.doubts.of_entry(entry)
            })
            .collect();
        let patterns: Vec<Value> =
            certain.iter().map(|entry| self.renamed(&pattern::of_entry(entry))).collect();
        if certain.len() == events.len() && !self.doubts.extra.contains(account) {
            let events = json!({ "events": { "$set": patterns } });
            self.counting(root, "LookupEvents", events);
            return;
        }
        let distinct: BTreeMap<String, &Value> =
            patterns.iter().map(|pattern| (pattern.to_string(), pattern)).collect();
        for pattern in distinct.into_values() {
            let count = patterns.iter().filter(|other| covers(pattern, other)).count();
            let events = json!({ "events": { "$count": { "of": pattern, "is": count } } });
            self.counting(root, "LookupEvents", events);
        }
    }

    fn usage(&mut self, root: &str, shown: &GetKeyUsageReply) {
        let keys = self.existence(shown);
        let certain: Vec<Value> = shown
            .requests
            .iter()
            .filter(|one| !self.doubts.of_count(&one.key_id, &one.operation))
            .map(|one| {
                let key = self.renamed(&json!(one.key_id));
                json!({ "key_id": key, "operation": one.operation, "count": one.count })
            })
            .collect();
        if self.doubts.counts.is_empty() {
            let requests = json!({ "$set": certain });
            self.counting(root, "GetKeyUsage", json!({ "requests": requests, "keys": keys }));
            return;
        }
        for pattern in certain {
            let requests = json!({ "$count": { "of": pattern, "is": 1 } });
            let usage = json!({ "requests": requests, "keys": keys.clone() });
            self.counting(root, "GetKeyUsage", usage);
        }
    }

    /// The keys that are listed for certain: those of customers that wait for no deletion.
    fn existence(&self, shown: &GetKeyUsageReply) -> Value {
        let state = &self.carrier.oracle.state;
        let lasting = |arn: &String| {
            state.keys.values().any(|key| {
                key.arn() == *arn
                    && key.manager == KeyManager::Customer
                    && key.state != KeyState::PendingDeletion
            })
        };
        let patterns: Vec<Value> = shown
            .keys
            .iter()
            .filter(|key| lasting(&key.key_id))
            .map(|key| {
                // Time stands still for a target that has a clock of ours.
                let seconds = match self.moved {
                    true => json!(key.seconds),
                    false => json!({ "$any": "integer" }),
                };
                json!({ "key_id": self.renamed(&json!(key.key_id)), "seconds": seconds })
            })
            .collect();
        if patterns.len() == shown.keys.len() {
            return json!({ "$set": patterns });
        }
        let nobody = json!({ "key_id": "nobody", "seconds": { "$any": "integer" } });
        match patterns.into_iter().next() {
            Some(first) => json!({ "$count": { "of": first, "is": 1 } }),
            None => json!({ "$count": { "of": nobody, "is": 0 } }),
        }
    }

    fn counting(&mut self, root: &str, operation: &str, reply: Value) {
        self.steps.push(Step {
            caller: root.to_owned(),
            secure_transport: true,
            perform: json!({ operation: {} }),
            expect: Expect { reply: Some(reply), refused: None },
            bind: BTreeMap::new(),
            settle: COUNTS,
        });
    }
}

/// Whether a pattern matches what another one matches: without parameters it matches any.
fn covers(pattern: &Value, other: &Value) -> bool {
    let mut other = other.clone();
    if let (None, Some(fields)) = (pattern.get("requestParameters"), other.as_object_mut()) {
        fields.remove("requestParameters");
    }
    *pattern == other
}
