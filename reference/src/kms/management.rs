//! The management of keys: making, describing, enabling, disabling, deletion, key policies, and
//! the key `aws/s3` of each account (spec/key.md, spec/key/deletion.md).

use super::{Ask, By, Kms, Use, check_days, check_key_name, seconds};
use crate::alias;
use crate::audit::{Event, Parameters};
use crate::key::{Key, NewKey, State, Verb, format_id};
use crate::policy::{Caller, Document, DocumentKind, Malformed, PolicyRefused};
use crate::refusal::{Refused, Result};
use crate::rotation::Schedule;
use serde_json::json;
use sse_spec::{Class, KeyManager, KeyMetadata, KeyState, ListedKey, ScheduleKeyDeletionReply};
use std::sync::Arc;

const DEFAULT_WINDOW: u32 = 30;

/// What PutKeyPolicy is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPolicy {
    /// Key id or key ARN.
    pub key_id: String,
    /// The document.
    pub policy: String,
    /// Whether it may lock its author out.
    pub bypass_policy_lockout_safety_check: bool,
}

impl Kms {
    /// Makes a customer key in the caller's account.
    ///
    /// # Errors
    /// What [`NewKey::check`] refuses, `malformed-policy`, `access-denied`, `unavailable`.
    pub fn create_key(
        &mut self,
        caller: &Caller,
        wanted: &NewKey,
    ) -> Result<KeyMetadata, PolicyRefused> {
        self.run_due_events()?;
        wanted.check()?;
        let policy = match &wanted.policy {
            Some(text) => Document::parse(text, DocumentKind::Key)?,
            None => default_policy(caller.account())?,
        };
        self.authorize_account(caller, "kms:CreateKey", "*")?;
        let mut key = self.new_key(caller, KeyManager::Customer, policy)?;
        key.description = wanted.description.clone().unwrap_or_default();
        if wanted.policy.is_some() {
            let bypass = wanted.bypass_policy_lockout_safety_check;
            self.check_policy(caller, &key, &key.policy, bypass)?;
        }
        let metadata = key.metadata(&self.environment.region);
        let entry = self.trail.request(Event {
            name: "CreateKey",
            read_only: false,
            caller,
            resources: vec![self.resource(&key)],
            parameters: Parameters::default(),
            refused: None,
        })?;
        self.commit(vec![entry], vec![key])?;
        Ok(metadata)
    }

    /// Describes a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn describe_key(&mut self, caller: &Caller, key_id: &str) -> Result<KeyMetadata> {
        // r[key.describe.id-and-arn]
        // r[key.describe.not-found]
        // r[kms.key-id.no-form]
        let key = Use::of(Verb::DescribeKey, By::Identifier(key_id));
        let ask = Ask { key, ..Ask::manage(Verb::DescribeKey, key_id) };
        self.perform(caller, ask, |kms, found| Ok(found.key.metadata(&kms.environment.region)))
    }

    /// The keys of the caller's account, `aws/s3` among them where it exists.
    ///
    /// # Errors
    /// `access-denied`.
    pub fn list_keys(&mut self, caller: &Caller) -> Result<Vec<ListedKey>> {
        self.run_due_events()?;
        self.authorize_account(caller, "kms:ListKeys", "*")?;
        // r[key.list.complete]
        // r[key.list.own-account]
        let keys = self.keys.values().filter(|key| key.account == caller.account());
        let listed = |key: &Key| ListedKey {
            key_id: format_id(&key.id),
            key_arn: key.arn(&self.environment.region),
        };
        Ok(keys.map(listed).collect())
    }

    /// Enables a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn enable_key(&mut self, caller: &Caller, key_id: &str) -> Result<()> {
        self.perform(caller, Ask::manage(Verb::EnableKey, key_id), |kms, found| {
            // r[key.enable.restores]
            found.key.enable(kms.environment.now());
            Ok(())
        })
    }

    /// Disables a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn disable_key(&mut self, caller: &Caller, key_id: &str) -> Result<()> {
        self.perform(caller, Ask::manage(Verb::DisableKey, key_id), |_, found| {
            // r[rotation.state.disabled-status]
            found.key.state = State::Disabled;
            Ok(())
        })
    }

    /// Starts the waiting period of a key, 30 days where none is given.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn schedule_key_deletion(
        &mut self,
        caller: &Caller,
        key_id: &str,
        window_in_days: Option<u32>,
    ) -> Result<ScheduleKeyDeletionReply> {
        // r[key.schedule-deletion.waiting-period-limits]
        let window = check_days(window_in_days, DEFAULT_WINDOW, 7..=30);
        let ask = Ask {
            recorded: Parameters::of_key(key_id).with("pendingWindowInDays", window_in_days),
            ..Ask::manage(Verb::ScheduleKeyDeletion, key_id).and_check(window.map(drop))
        };
        self.perform(caller, ask, |kms, found| {
            let window = window?;
            // r[key.schedule-deletion.date]
            let until = kms.environment.now().saturating_add(seconds(window));
            // r[key.schedule-deletion.pending]
            found.key.state = State::PendingDeletion { until };
            // r[key.schedule-deletion.waiting-period-shown]
            // r[key.schedule-deletion.arn-in-reply]
            Ok(ScheduleKeyDeletionReply {
                key_id: found.key.arn(&kms.environment.region),
                deletion_date: until,
                key_state: KeyState::PendingDeletion.into(),
                pending_window_in_days: Some(window),
            })
        })
    }

    /// Ends the waiting period of a key, and returns its ARN.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn cancel_key_deletion(&mut self, caller: &Caller, key_id: &str) -> Result<String> {
        self.perform(caller, Ask::manage(Verb::CancelKeyDeletion, key_id), |kms, found| {
            // r[key.cancel-deletion.disabled]
            // r[key.cancel-deletion.restores]
            // r[key.cancel-deletion.lasting]
            found.key.state = State::Disabled;
            Ok(found.key.arn(&kms.environment.region))
        })
    }

    /// Replaces a key's policy.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks; `limit-exceeded`, `malformed-policy`.
    pub fn put_key_policy(
        &mut self,
        caller: &Caller,
        request: &NewPolicy,
    ) -> Result<(), PolicyRefused> {
        let bypass = request.bypass_policy_lockout_safety_check;
        let policy = Document::parse(&request.policy, DocumentKind::Key);
        let named = check_key_name(&request.key_id).map_err(PolicyRefused::from);
        let key = Use::of(Verb::PutKeyPolicy, By::KeyIdOrArn(&request.key_id));
        let ask = Ask {
            parameters: named.and(policy.as_ref().map(drop).map_err(|it| it.clone().into())),
            recorded: Parameters::of_key(&request.key_id),
            ..Ask::on(key)
        };
        self.perform(caller, ask, |kms, found| {
            let policy = policy?;
            kms.check_policy(caller, &found.key, &policy, bypass)?;
            found.key.policy = Arc::new(policy);
            Ok(())
        })
    }

    /// Shows a key's policy as it was put.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn key_policy(&mut self, caller: &Caller, key_id: &str) -> Result<String> {
        self.perform(caller, Ask::manage(Verb::GetKeyPolicy, key_id), |_, found| {
            // r[policy.document.text-kept]
            // r[key.aws-managed.policy-shown]
            Ok(found.key.policy.text().to_owned())
        })
    }

    /// The ARN of the key `aws/s3` of the caller's account, which is made when it is first needed.
    ///
    /// # Errors
    /// `unavailable` where it has to be made and cannot.
    pub(crate) fn aws_managed_key(&mut self, caller: &Caller) -> Result<String> {
        let region = self.environment.region.clone();
        // r[key.aws-managed.created-on-first-use]
        if let Some(key) = self.by_alias(caller.account(), alias::AWS_S3) {
            return Ok(key.arn(&region));
        }
        let policy = aws_managed_policy(caller.account(), &region)?;
        let mut key = self.new_key(caller, KeyManager::Aws, policy)?;
        "Protects objects when no key is named".clone_into(&mut key.description);
        // r[key.aws-managed.alias-listed]
        // r[key.aws-managed.alias-resolved]
        key.aliases.insert(alias::AWS_S3.to_owned());
        key.rotation = Some(Schedule::yearly(key.created));
        let arn = key.arn(&region);
        self.commit(Vec::new(), vec![key])?;
        Ok(arn)
    }

    fn new_key(&self, caller: &Caller, manager: KeyManager, policy: Document) -> Result<Key> {
        let key = Key::draw(&self.environment, caller.account(), manager, policy)?;
        // Only a broken random source repeats 122 bits.
        // r[key.create.distinct]
        let known = self.keys.contains_key(&key.id);
        if known { Err(Refused(Class::Unavailable)) } else { Ok(key) }
    }

    /// What a well-formed key policy may still have wrong: whom it names, and whom it locks out.
    fn check_policy(
        &self,
        caller: &Caller,
        key: &Key,
        policy: &Document,
        bypass: bool,
    ) -> Result<(), Malformed> {
        // r[policy.document.unknown-principal]
        policy.check_principals(|arn| self.environment.iam.exists(arn))?;
        let circumstances = self.circumstances(caller);
        let after = self.decide(caller, Verb::PutKeyPolicy, key, policy, &circumstances);
        // r[policy.document.lockout]
        if bypass || after.allowed {
            return Ok(());
        }
        Err(Malformed::at("", "it would lock its author out"))
    }
}

// r[policy.document.default-key-policy]
// r[kms.authorization.root-permitted]
fn default_policy(account: &str) -> Result<Document, Malformed> {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "kms:*",
        "Resource": "*",
    });
    let text = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    Document::parse(&text, DocumentKind::Key)
}

/// The policy of `aws/s3`: everything that is special about that key stands in it.
// r[key.aws-managed.not-usable-directly]
// r[key.aws-managed.no-direct-cryptography]
// r[key.aws-managed.not-disabled]
// r[key.aws-managed.not-managed]
// r[key.aws-managed.management-class]
// r[key.aws-managed.not-across-accounts]
// r[policy.aws-managed.through-store]
// r[policy.aws-managed.other-account]
fn aws_managed_policy(account: &str, region: &str) -> Result<Document, Malformed> {
    let used = ["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"];
    let shown = ["Describe*", "Get*", "List*"];
    let actions =
        |names: &[&str]| names.iter().map(|name| format!("kms:{name}")).collect::<Vec<_>>();
    let through_store = json!({ "StringEquals": {
        "kms:CallerAccount": account,
        "kms:ViaService": format!("s3.{region}.amazonaws.com"),
    }});
    let use_it = json!({
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": actions(&used),
        "Resource": "*",
        "Condition": through_store,
    });
    let look_at_it = json!({
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": actions(&shown),
        "Resource": "*",
    });
    let text = json!({ "Version": "2012-10-17", "Statement": [use_it, look_at_it] }).to_string();
    Document::parse(&text, DocumentKind::Key)
}
