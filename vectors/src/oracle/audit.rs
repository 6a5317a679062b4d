//! The trail and the counts: one entry per request that resolves to a key (audit.md, usage.md).

use super::bend::{Bend, Count};
use super::state::account_of;
use super::{Key, Moment, Oracle, Side};
use serde_json::Value;
use sse_spec::{
    AuditEntry, Caller, Class, GetKeyUsageReply, KeyExistence, KeyRequests, KeyState,
    LookupEventsReply, Refusal, Resource, Timestamp, UserIdentity,
};
use std::collections::BTreeMap;

/// CloudTrail writes a denial without the suffix of the wire's exception.
const DENIAL: &str = "AccessDenied";

/// What an entry says of a request, beside the keys and the outcome.
pub(super) struct Event<'a> {
    /// The operation.
    pub(super) name: &'a str,
    /// Who asked.
    pub(super) caller: &'a Caller,
    /// Whether the store passed it on.
    pub(super) through_store: bool,
    /// Whether the operation changes no key.
    pub(super) read_only: bool,
    /// What was asked for, without secrets.
    pub(super) parameters: Value,
}

impl Oracle {
    /// Records a request that resolved to `keys`, in this order; one that comes twice stands once.
    pub(super) fn record(
        &mut self,
        moment: &mut Moment<'_>,
        event: &Event<'_>,
        keys: &[&Key],
        refused: Option<&Refusal>,
    ) {
        let error_code = refused.map(|refusal| match refusal.class {
            Class::AccessDenied => DENIAL.to_owned(),
            _ => super::refusal(Side::Kms, refusal.class).code,
        });
        let mut resources: Vec<Resource> = keys.iter().map(|key| resource(key)).collect();
        resources.dedup();
        let principal = &event.caller.principal;
        self.state.trail.push(AuditEntry {
            event_id: (moment.draw)(),
            event_time: utc(moment.now),
            event_source: "kms.amazonaws.com".to_owned(),
            event_name: event.name.to_owned(),
            aws_region: self.region().to_owned(),
            user_identity: UserIdentity {
                arn: principal.clone(),
                account_id: account_of(principal).to_owned(),
                invoked_by: event.through_store.then(|| "s3.amazonaws.com".to_owned()),
            },
            read_only: event.read_only,
            request_parameters: event.parameters.clone(),
            response_elements: Value::Null,
            resources,
            error_message: error_code.as_ref().map(|_| "the request was refused".to_owned()),
            error_code,
        });
    }

    /// Records an act of KMS itself on a key.
    pub(super) fn record_service_event(
        &mut self,
        draw: &mut dyn FnMut() -> String,
        at: Timestamp,
        name: &str,
        key: &Key,
    ) {
        self.state.trail.push(AuditEntry {
            event_id: draw(),
            event_time: utc(at),
            event_source: "kms.amazonaws.com".to_owned(),
            event_name: name.to_owned(),
            aws_region: key.region.clone(),
            user_identity: UserIdentity {
                arn: String::new(),
                account_id: key.account.clone(),
                invoked_by: Some("AWS Internal".to_owned()),
            },
            read_only: false,
            request_parameters: Value::Null,
            response_elements: Value::Null,
            resources: vec![resource(key)],
            error_code: None,
            error_message: None,
        });
    }

    /// The entries of the caller's account; the owner of a key is told of no denial.
    pub(super) fn lookup_events(&self, caller: &Caller) -> LookupEventsReply {
        let account = account_of(&caller.principal);
        let seen = |entry: &&AuditEntry| {
            let owned = entry.resources.iter().any(|resource| resource.account_id == account);
            let denied = entry.error_code.as_deref() == Some(DENIAL);
            entry.user_identity.account_id == account || owned && !denied
        };
        LookupEventsReply { events: self.state.trail.iter().filter(seen).cloned().collect() }
    }

    /// The counts of the account's keys, deleted ones included, and how long its keys have existed.
    pub(super) fn key_usage(&self, now: Timestamp, caller: &Caller) -> GetKeyUsageReply {
        let account = account_of(&caller.principal);
        let keys = self.keys_of(account);
        let deleted = self.state.deleted.values().filter(|key| key.account == account);
        let mut usage: BTreeMap<String, &BTreeMap<String, u64>> =
            deleted.map(|key| (key.arn.clone(), &key.usage)).collect();
        usage.extend(keys.iter().map(|key| (key.arn(), &key.usage)));
        let count = |arn: &String, operation: &String, count: u64| KeyRequests {
            key_id: arn.clone(),
            operation: operation.clone(),
            count,
        };
        let requests = usage
            .iter()
            .flat_map(|(arn, counts)| counts.iter().map(move |(name, n)| count(arn, name, *n)))
            .collect();
        let unusable = |key: &&&Key| key.state == KeyState::Enabled;
        let hides = keys.iter().any(|key| key.state == KeyState::Disabled)
            && self.bends(Bend::Count(Count::DisabledUnlisted));
        let keys = keys
            .iter()
            .filter(|key| !hides || unusable(key))
            .map(|key| KeyExistence { key_id: key.arn(), seconds: now.saturating_sub(key.created) })
            .collect();
        GetKeyUsageReply { requests, keys }
    }

    /// The keys of an account, ascending by ARN.
    pub(super) fn keys_of(&self, account: &str) -> Vec<&Key> {
        // Account and Region are the same in every ARN here, so the order of ids is that of ARNs.
        self.state.keys.values().filter(|key| key.account == account).collect()
    }
}

fn resource(key: &Key) -> Resource {
    Resource { arn: key.arn(), account_id: key.account.clone(), kind: "AWS::KMS::Key".to_owned() }
}

/// `YYYY-MM-DDThh:mm:ssZ`, by the algorithm of days from civil.
fn utc(seconds: Timestamp) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
