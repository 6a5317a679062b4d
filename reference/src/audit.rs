//! The audit trail: one sealed item for each KMS request that resolved to a key (spec/audit.md).

use crate::disk::{Change, Place};
use crate::environment::Environment;
use crate::key::{format_id, uuid};
use crate::policy::Caller;
use crate::refusal::{Refused, Result, Side};
use serde_json::Value;
use sse_spec::{AuditEntry, Class, Resource, Timestamp, UserIdentity};
use std::sync::Arc;

/// A KMS request that resolved to a key, as it will be recorded.
///
/// It is made of what is named here, so that a plaintext, a DEK or a blob cannot come into it.
#[derive(Debug)]
pub struct Event<'a> {
    /// The operation.
    pub name: &'a str,
    /// Who asked, and whether the store did so on their behalf.
    pub caller: &'a Caller,
    /// Whether the operation changes no key.
    pub read_only: bool,
    /// The key's ARN.
    pub key_arn: String,
    /// The key's account.
    pub key_account: &'a str,
    /// What was asked for, without secrets.
    pub parameters: Value,
    /// Why it was refused.
    pub refused: Option<Refused>,
}

/// The trail of a service.
#[derive(Debug)]
pub struct Trail {
    environment: Arc<Environment>,
    next: u64,
}

impl Trail {
    /// Opens the trail; every entry has to be readable.
    pub(crate) fn open(environment: &Arc<Environment>) -> Result<Self> {
        let mut trail = Self { environment: Arc::clone(environment), next: 1 };
        for number in trail.numbers()? {
            trail.entry(number)?;
            trail.next = number.saturating_add(1);
        }
        Ok(trail)
    }

    /// Makes an entry durable together with the changes that its request made: all of it or none.
    ///
    /// # Errors
    /// `unavailable` where it cannot be written; the request is then refused with it.
    pub(crate) fn record(&mut self, event: &Event<'_>, mut changes: Vec<Change>) -> Result<()> {
        let entry = self.describe(event)?;
        let contents = serde_json::to_vec(&entry).map_err(|_| Refused(Class::Unavailable))?;
        changes.push(self.environment.seal_control(Place::Trail(self.next), &contents)?);
        // r[audit.entry.one-per-request]
        // r[audit.state-change.recorded]
        // r[audit.durable.survives-restart]
        // r[audit.durable.refuses-unrecorded]
        self.environment.disk.commit(changes)?;
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// The entries that concern an account, oldest first.
    ///
    /// # Errors
    /// `integrity` where an entry is not authentic, `unavailable` where the disk fails.
    pub fn lookup(&self, account: &str) -> Result<Vec<AuditEntry>> {
        let concerns = |entry: &AuditEntry| {
            entry.user_identity.account_id == account
                || entry.resources.iter().any(|resource| resource.account_id == account)
        };
        let entries = self.numbers()?.into_iter().map(|number| self.entry(number));
        entries.filter(|entry| entry.as_ref().map_or(true, concerns)).collect()
    }

    fn describe(&self, event: &Event<'_>) -> Result<AuditEntry> {
        let refusal = event.refused.map(|refused| refused.on(Side::Kms));
        Ok(AuditEntry {
            event_id: format_id(&uuid(self.environment.draw()?)),
            event_time: format_time(self.environment.now()),
            event_source: "kms.amazonaws.com".to_owned(),
            // r[audit.entry.event-name]
            event_name: event.name.to_owned(),
            aws_region: self.environment.region.clone(),
            // r[audit.entry.names-caller]
            user_identity: UserIdentity {
                arn: event.caller.arn().to_owned(),
                account_id: event.caller.account().to_owned(),
                invoked_by: event.caller.is_through_store().then(|| "s3.amazonaws.com".to_owned()),
            },
            // r[audit.entry.read-only]
            read_only: event.read_only,
            // r[audit.entry.no-secrets]
            // r[audit.entry.context-in-clear]
            request_parameters: event.parameters.clone(),
            response_elements: Value::Null,
            // r[audit.entry.names-key]
            resources: vec![Resource {
                arn: event.key_arn.clone(),
                account_id: event.key_account.to_owned(),
                kind: "AWS::KMS::Key".to_owned(),
            }],
            // r[audit.entry.error-code]
            error_code: refusal.as_ref().map(|refusal| refusal.code.clone()),
            error_message: refusal.map(|refusal| refusal.message),
        })
    }

    fn numbers(&self) -> Result<Vec<u64>> {
        let number = |place| if let Place::Trail(number) = place { Some(number) } else { None };
        Ok(self.environment.disk.list()?.into_iter().filter_map(number).collect())
    }

    fn entry(&self, number: u64) -> Result<AuditEntry> {
        let damaged = Refused(Class::Integrity);
        let contents = self.environment.read_control(&Place::Trail(number))?.ok_or(damaged)?;
        serde_json::from_slice(contents.expose()).map_err(|_| damaged)
    }
}

/// `YYYY-MM-DDThh:mm:ssZ` of a time, by the civil calendar counted from 1 March, so that a leap day
/// comes last.
#[must_use]
pub fn format_time(time: Timestamp) -> String {
    const DAYS_TO_1970: u64 = 719_468;
    let (days, second) = (time / 86_400 + DAYS_TO_1970, time % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1_460 + day_of_era / 146_096;
    let year_of_era = (day_of_era + day_of_era / 36_524 - leap_days) / 365;
    let day_of_year = day_of_era + year_of_era / 100 - 365 * year_of_era - year_of_era / 4;
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}
