//! What is compared: entries and counts under names that two worlds share, without what the
//! specification leaves open (audit.md, kms/usage.md, sse/multipart.md).

use serde_json::{Value, json};
use sse_spec::{
    AuditEntry, Class, Description, GetKeyUsageReply, Kind, Operation, Plane, Refusal, Reply,
};
use std::collections::{BTreeMap, BTreeSet};

/// How often each line stands.
pub(super) type Lines = BTreeMap<String, usize>;

/// The names of one world's ids, by the order of creation.
#[derive(Debug)]
pub(super) struct Names {
    world: String,
    accounts: Vec<(String, &'static str)>,
    keys: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn new(description: &Description, world: &str) -> Self {
        let mut accounts = vec![(description.account.clone(), "ACCOUNT")];
        accounts.extend(description.other_account.clone().map(|other| (other, "OTHER")));
        Self { world: world.to_owned(), accounts, keys: BTreeMap::new() }
    }

    /// Names the key that a reply made.
    pub(super) fn learn(&mut self, reply: Option<&Reply>) {
        if let Some(Reply::CreateKey(reply)) = reply {
            let name = format!("key {}", self.keys.len() + 1);
            self.keys.insert(reply.key_metadata.arn.clone(), name);
        }
    }

    /// A key's name; one that no request made is the managed one of its account.
    fn key(&self, arn: &str) -> String {
        let made = self.keys.get(arn).cloned();
        made.unwrap_or_else(|| {
            format!("aws/s3 of {}", self.plain(arn.split(':').nth(4).unwrap_or_default()))
        })
    }

    fn is_made(&self, arn: &str) -> bool {
        self.keys.contains_key(arn)
    }

    /// A text without the world's name and its accounts.
    pub(super) fn plain(&self, text: &str) -> String {
        let mut text = text.replace(&self.world, "WORLD");
        for (account, name) in &self.accounts {
            text = text.replace(account, name);
        }
        text
    }
}

/// What the steps of a scenario leave open.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Names and principals of refused entries of which there may be any number.
    refused: BTreeSet<(String, String)>,
    /// Names and principals of entries of which there may be any number, however they ended.
    open: BTreeSet<(String, String)>,
    /// Buckets and keys of uploads.
    uploads: BTreeSet<String>,
    /// Operations whose counts are open.
    uncounted: BTreeSet<String>,
    /// Whether keys were scheduled for deletion, which need not be listed then.
    scheduled: bool,
}

impl Ledger {
    /// Notes what a step that ended so leaves open.
    pub(super) fn note(&mut self, asked: &Operation, principal: &str, refused: Option<&Refusal>) {
        let entry = |name: &str| (name.to_owned(), principal.to_owned());
        match asked {
            Operation::CreateMultipartUpload(request) => {
                self.uploads.insert(format!("/{}", request.key));
                self.leave_uncounted();
            }
            Operation::ScheduleKeyDeletion(_) => self.scheduled = true,
            Operation::CopyObject(_) if refused.is_some() => {
                self.open.extend([entry("Decrypt"), entry("GenerateDataKey")]);
                self.leave_uncounted();
            }
            Operation::ReEncrypt(_) | Operation::UpdateAlias(_) | Operation::CreateKey(_)
                if refused.is_some() =>
            {
                self.refused.insert(entry(asked.name()));
            }
            _ => {}
        }
        let Some(refused) = refused else { return };
        let unresolved = matches!(
            refused.class.kind(),
            Kind::NotFound | Kind::Invalid | Kind::Limit | Kind::Integrity
        );
        if !unresolved {
            return;
        }
        match asked.plane() {
            Plane::Kms => {
                self.refused.insert(entry(asked.name()));
            }
            Plane::Data if refused.class == Class::KeyNotFound => {
                self.refused.extend([entry("GenerateDataKey"), entry("Decrypt")]);
            }
            _ => {}
        }
    }

    fn leave_uncounted(&mut self) {
        self.uncounted.extend(["Decrypt".to_owned(), "GenerateDataKey".to_owned()]);
    }

    /// The entries of an account's own principals that are certain.
    pub(super) fn entries(&self, names: &Names, root: &str, events: &[AuditEntry]) -> Lines {
        let mut lines = Lines::new();
        for event in events {
            let who = names.plain(&event.user_identity.arn);
            let own = who.split(':').nth(4) == root.split(':').nth(4);
            if own && !self.is_open(names, event, &who) {
                *lines.entry(line(names, event, &who)).or_default() += 1;
            }
        }
        lines
    }

    fn is_open(&self, names: &Names, event: &AuditEntry, who: &str) -> bool {
        const NEVER: [&str; 4] = ["ListKeys", "ListAliases", "RotateKey", "DeleteKey"];
        let name = event.event_name.as_str();
        let entry = (name.to_owned(), who.to_owned());
        let made = event.resources.iter().all(|key| names.is_made(&key.arn));
        let object = event.request_parameters.pointer("/encryptionContext/aws:s3:arn");
        let of_upload = object
            .and_then(Value::as_str)
            .is_some_and(|arn| self.uploads.iter().any(|upload| arn.ends_with(upload.as_str())));
        NEVER.contains(&name)
            || self.open.contains(&entry)
            || event.error_code.is_some() && self.refused.contains(&entry)
            || name == "CreateKey" && !made
            || of_upload
    }

    /// The counts that are certain, and the keys that exist.
    pub(super) fn counts(&self, names: &Names, usage: &GetKeyUsageReply) -> Lines {
        let mut lines = Lines::new();
        for one in &usage.requests {
            // How often a ReEncrypt counts is advice.
            if one.operation != "ReEncrypt" && !self.is_uncounted(&one.operation) && one.count > 0 {
                let line =
                    format!("{} of {}: {}", one.operation, names.key(&one.key_id), one.count);
                *lines.entry(line).or_default() += 1;
            }
        }
        if !self.scheduled {
            for key in usage.keys.iter().filter(|key| names.is_made(&key.key_id)) {
                *lines.entry(format!("{} exists", names.key(&key.key_id))).or_default() += 1;
            }
        }
        lines
    }

    fn is_uncounted(&self, operation: &str) -> bool {
        self.uncounted.contains(operation)
    }

    /// Leaves the counts of operations open of which a request was refused.
    pub(super) fn settle(&mut self, events: &[AuditEntry]) {
        let refused = events.iter().filter(|event| event.error_code.is_some());
        self.uncounted.extend(refused.map(|event| event.event_name.clone()));
    }
}

/// What an entry says, under shared names.
fn line(names: &Names, event: &AuditEntry, who: &str) -> String {
    let mut keys: Vec<String> = event.resources.iter().map(|key| names.key(&key.arn)).collect();
    if event.event_name.ends_with("Alias") {
        // An entry may name the alias, too.
        keys.retain(|key| key.starts_with("key "));
    }
    keys.sort();
    let contexts = ["encryptionContext", "sourceEncryptionContext", "destinationEncryptionContext"]
        .map(|name| event.request_parameters.get(name).cloned().unwrap_or_else(|| json!({})));
    let contexts = names.plain(&Value::Array(contexts.into()).to_string());
    let end = if event.error_code.is_some() { "refused" } else { "done" };
    format!("{} by {who} on {}, contexts {contexts}, {end}", event.event_name, keys.join(" and "))
}

/// Compares what was expected with what was found.
///
/// # Errors
/// The first difference.
pub(super) fn same(what: &str, account: &str, want: &Lines, got: &Lines) -> Result<(), String> {
    let lines: BTreeSet<&String> = want.keys().chain(got.keys()).collect();
    for line in lines {
        let count = |lines: &Lines| lines.get(line).copied().unwrap_or_default();
        if count(want) != count(got) {
            return Err(format!(
                "the {what} of `{account}` holds {} times, not {}: {line}",
                count(got),
                count(want)
            ));
        }
    }
    Ok(())
}
