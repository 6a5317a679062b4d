//! The audit trail: one sealed item for each KMS request that resolved to a key, and for each thing
//! that KMS does to a key by itself (spec/audit.md).

use crate::disk::{Change, Place, Scope};
use crate::environment::Environment;
use crate::key::{format_id, uuid};
use crate::policy::Caller;
use crate::refusal::{Refused, Result, Side};
use crate::secret::SecretBuffer;
use crate::store::OpenError;
use serde_json::{Map, Value};
use sse_spec::{AuditEntry, Class, EncryptionContext, Resource, Timestamp, UserIdentity};
use std::sync::Arc;

/// The code of a denial, which in an entry is another than in a reply.
const DENIED: &str = "AccessDenied";

/// A KMS request that resolved to a key, as it will be recorded.
///
/// It is made of what is named here, so that a plaintext, a DEK or a blob cannot come into it.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    /// The operation.
    pub(crate) name: &'a str,
    /// Whether the operation changes no key.
    pub(crate) read_only: bool,
    /// Who asked, and whether the store did so on their behalf.
    pub(crate) caller: &'a Caller,
    /// The keys.
    pub(crate) resources: Vec<Resource>,
    /// What was asked for.
    pub(crate) parameters: Parameters,
    /// Why it was refused.
    pub(crate) refused: Option<Refused>,
}

/// What was asked for, as far as an entry tells it: what was sent, and no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Map<String, Value>);

impl Parameters {
    pub(crate) fn of_key(key_id: &str) -> Self {
        Self::default().with("keyId", Some(key_id))
    }

    pub(crate) fn of_alias(name: &str) -> Self {
        Self::default().with("aliasName", Some(name))
    }

    /// Adds a field where it was sent.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    /// Adds an encryption context where there is one.
    pub(crate) fn with_context(self, name: &str, context: &EncryptionContext) -> Self {
        let pairs = context.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
        // r[audit.entry.context-in-clear]
        self.with(name, (!context.is_empty()).then(|| pairs.collect::<Map<_, _>>()))
    }

    fn into_value(self) -> Value {
        if self.0.is_empty() { Value::Null } else { Value::Object(self.0) }
    }
}

/// The trail of a service.
#[derive(Debug)]
pub(crate) struct Trail {
    environment: Arc<Environment>,
    next: u64,
}

impl Trail {
    /// Opens the trail; every entry has to be readable.
    pub(crate) fn open(environment: &Arc<Environment>) -> Result<Self, OpenError> {
        let mut trail = Self { environment: Arc::clone(environment), next: 1 };
        environment.open_controls(Scope::Trail, |place, contents| {
            read_entry(contents)?;
            if let Place::Trail(number) = place {
                trail.next = number.saturating_add(1);
            }
            Ok(())
        })?;
        Ok(trail)
    }

    /// Makes entries durable together with the changes that they tell of: all of it or none.
    ///
    /// # Errors
    /// `unavailable` where they cannot be written; the request is then refused with it.
    pub(crate) fn commit(
        &mut self,
        entries: Vec<AuditEntry>,
        mut changes: Vec<Change>,
    ) -> Result<()> {
        let mut next = self.next;
        for entry in entries {
            let contents = serde_json::to_vec(&entry).map_err(|_| Refused(Class::Unavailable))?;
            changes.push(self.environment.seal_control(Place::Trail(next), &contents)?);
            next = next.saturating_add(1);
        }
        // r[audit.entry.one-per-request]
        // r[audit.state-change.recorded]
        // r[audit.state-change.management]
        // r[audit.durable.survives-restart]
        // r[audit.durable.refuses-unrecorded]
        let committed = self.environment.disk.commit(changes);
        // Where a commit fails its entries may lie there nevertheless, and none is overwritten.
        self.next = next;
        Ok(committed?)
    }

    /// The entries that concern an account, oldest first.
    ///
    /// # Errors
    /// `integrity` where an entry is not authentic, `unavailable` where the disk fails.
    pub(crate) fn lookup(&self, account: &str) -> Result<Vec<AuditEntry>> {
        let concerns = |entry: &AuditEntry| {
            // r[audit.cross-account.denied-unseen]
            let seen_by_owner = entry.error_code.as_deref() != Some(DENIED);
            let owns = |resource: &Resource| resource.account_id == account;
            // r[audit.cross-account.both-see]
            entry.user_identity.account_id == account
                || seen_by_owner && entry.resources.iter().any(owns)
        };
        let places = self.environment.disk.list(Scope::Trail)?.into_iter();
        let entries =
            places.map(|place| read_entry(&self.environment.read_existing_control(&place)?));
        entries.filter(|entry| entry.as_ref().map_or(true, concerns)).collect()
    }

    /// The entry of a request.
    ///
    /// # Errors
    /// `unavailable` where the random source fails.
    pub(crate) fn request(&self, event: Event<'_>) -> Result<AuditEntry> {
        let invoked_by = event.caller.is_through_store().then(|| "s3.amazonaws.com".to_owned());
        // r[audit.entry.names-caller]
        let user_identity = UserIdentity {
            arn: event.caller.arn().to_owned(),
            account_id: event.caller.account().to_owned(),
            invoked_by,
        };
        let refusal = event.refused.map(|refused| refused.on(Side::Kms));
        Ok(AuditEntry {
            // r[audit.entry.read-only]
            // r[audit.state-change.read-only]
            read_only: event.read_only,
            // r[audit.entry.no-secrets]
            // r[audit.entry.fields]
            request_parameters: event.parameters.into_value(),
            // r[audit.entry.error-code]
            error_code: refusal.as_ref().map(|refusal| match refusal.class {
                Class::AccessDenied => DENIED.to_owned(),
                _ => refusal.code.clone(),
            }),
            error_message: refusal.map(|refusal| refusal.message),
            ..self.blank(event.name, self.environment.now(), user_identity, event.resources)?
        })
    }

    /// The entry of what the service does to a key by itself.
    ///
    /// # Errors
    /// `unavailable` where the random source fails.
    pub(crate) fn service_event(
        &self,
        name: &str,
        key: Resource,
        date: Timestamp,
    ) -> Result<AuditEntry> {
        let user_identity = UserIdentity {
            arn: String::new(),
            account_id: key.account_id.clone(),
            invoked_by: Some("AWS Internal".to_owned()),
        };
        self.blank(name, date, user_identity, vec![key])
    }

    /// An entry of a change, as far as all entries are alike.
    fn blank(
        &self,
        name: &str,
        date: Timestamp,
        user_identity: UserIdentity,
        resources: Vec<Resource>,
    ) -> Result<AuditEntry> {
        Ok(AuditEntry {
            event_id: format_id(&uuid(self.environment.draw()?)),
            event_time: format_time(date),
            event_source: "kms.amazonaws.com".to_owned(),
            // r[audit.entry.event-name]
            event_name: name.to_owned(),
            aws_region: self.environment.region.clone(),
            user_identity,
            read_only: false,
            request_parameters: Value::Null,
            response_elements: Value::Null,
            // r[audit.entry.names-key]
            resources,
            error_code: None,
            error_message: None,
        })
    }
}

fn read_entry(contents: &SecretBuffer) -> Result<AuditEntry> {
    serde_json::from_slice(contents.expose()).map_err(|_| Refused(Class::Integrity))
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
