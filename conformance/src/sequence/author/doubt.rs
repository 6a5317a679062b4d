//! What core leaves open: outcomes for which no step is written, and entries and counts that the
//! end of a scenario does not judge (audit.md, kms/usage.md, sse/multipart.md).

use super::super::carrier::{Carried, Carrier};
use super::super::documents;
use super::Author;
use sse_spec::{
    AuditEntry, Caller, Class, KeyManager, KeyState, ObjectName, Operation, Refusal, Reply,
};
use sse_vectors::oracle::{Object, Stored, root_of};
use std::collections::{BTreeMap, BTreeSet};

/// What is not certain of trail and counts; an empty key stands for every key.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    /// Accounts whose trail may hold more or fewer entries than the oracle's.
    pub(super) extra: BTreeSet<String>,
    /// Names, keys and principals of entries of which there may be any number.
    pub(super) entries: BTreeSet<(String, String, String)>,
    /// Keys and operations whose count is open.
    pub(super) counts: BTreeSet<(String, String)>,
}

impl Doubts {
    pub(super) fn of_entry(&self, entry: &AuditEntry) -> bool {
        let (name, who) = (&entry.event_name, &entry.user_identity.arn);
        let holds = |key: &str| self.entries.contains(&(name.clone(), key.to_owned(), who.clone()));
        is_service_event(entry) || holds("") || entry.resources.iter().any(|key| holds(&key.arn))
    }

    pub(super) fn of_count(&self, key: &str, operation: &str) -> bool {
        let holds = |key: &str| self.counts.contains(&(key.to_owned(), operation.to_owned()));
        holds(key) || holds("")
    }

    /// Leaves one operation on a key, or on any, open.
    fn open(&mut self, operation: &str, key: &str, caller: &Caller) {
        let principal = caller.principal.clone();
        self.entries.insert((operation.to_owned(), key.to_owned(), principal));
        self.counts.insert((key.to_owned(), operation.to_owned()));
        self.extra.insert(account_of(&caller.principal).to_owned());
    }
}

pub(super) fn is_service_event(entry: &AuditEntry) -> bool {
    matches!(entry.event_name.as_str(), "RotateKey" | "DeleteKey")
}

pub(super) fn account_of(principal: &str) -> &str {
    principal.split(':').nth(4).unwrap_or_default()
}

fn is_cryptography(name: &str) -> bool {
    matches!(name, "Encrypt" | "Decrypt" | "ReEncrypt") || name.starts_with("GenerateDataKey")
}

/// Enables every key, and permits everything to everyone, in a world that is thrown away.
pub(super) fn relax(carrier: &mut Carrier, caller: &Caller, enabled: bool, permitted: bool) {
    let state = &mut carrier.oracle.state;
    if enabled {
        for key in state.keys.values_mut() {
            key.state = KeyState::Enabled;
            key.deletion = None;
        }
    }
    if permitted {
        let policy = |action: &str, resource: &[String]| {
            serde_json::json!({ "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource
            } })
            .to_string()
        };
        for key in state.keys.values_mut() {
            key.policy = policy("kms:*", &["*".to_owned()]);
        }
        for (name, bucket) in &mut state.buckets {
            let arn = format!("arn:aws:s3:::{name}");
            bucket.policy = Some(policy("s3:*", &[arn.clone(), format!("{arn}/*")]));
        }
        let all = documents::identity_policy(documents::ADMINISTRATOR).unwrap_or_default();
        let own = BTreeMap::from([("p".to_owned(), all)]);
        state.principals.insert(caller.principal.clone(), own);
    }
}

fn object<'a>(carrier: &'a Carrier, bucket: &str, key: &str) -> Option<&'a Object> {
    match carrier.oracle.state.objects.get(&(bucket.to_owned(), key.to_owned()))? {
        Stored::Sound(object) => Some(object),
        Stored::Damaged => None,
    }
}

/// Whether the object's key does not decrypt; core only advises what happens to such an object
/// where no key is needed.
fn is_locked(carrier: &Carrier, object: &Object) -> bool {
    let keys = &carrier.oracle.state.keys;
    object.kms_key_id.as_ref().is_some_and(|arn| {
        !keys.values().any(|key| key.arn() == *arn && key.state == KeyState::Enabled)
    })
}

fn locked_in(carrier: &Carrier, bucket: &str, only: Option<&str>) -> bool {
    carrier.oracle.state.objects.iter().any(|((inside, key), stored)| {
        let concerned = inside == bucket && only.is_none_or(|only| only == key);
        concerned && matches!(stored, Stored::Sound(object) if is_locked(carrier, object))
    })
}

/// Whether a bucket policy with conditions decides about a part by headers that it lacks.
fn has_conditions(carrier: &Carrier, bucket: &str) -> bool {
    let policy = carrier.oracle.state.buckets.get(bucket).and_then(|found| found.policy.as_ref());
    policy.is_some_and(|policy| policy.contains("Condition"))
}

fn refused(carried: &Carried) -> Option<&Refusal> {
    carried.outcome.as_ref().err()
}

impl Author<'_> {
    /// Whether core leaves the outcome of a step open.
    pub(super) fn is_open(
        &self,
        before: &Carrier,
        caller: &Caller,
        operation: &Operation,
        carried: &Carried,
    ) -> bool {
        let class = refused(carried).map(|refused| refused.class);
        let by_kms = carried.admitted && class.is_some();
        let of_operation = match operation {
            Operation::HeadObject(request) => {
                locked_in(before, &request.bucket, Some(&request.key))
            }
            Operation::DeleteObject(request) => {
                locked_in(before, &request.bucket, Some(&request.key))
            }
            Operation::ListObjects(request) => locked_in(before, &request.bucket, None),
            Operation::CreateMultipartUpload(_) => by_kms,
            Operation::UploadPart(request) => by_kms || has_conditions(before, &request.bucket),
            Operation::CompleteMultipartUpload(request) => {
                by_kms || has_conditions(before, &request.bucket)
            }
            Operation::CopyObject(_) => class == Some(Class::InvalidRequest),
            Operation::CreateKey(_) => class.is_some(),
            Operation::DescribeKey(_) => matches!(
                &carried.outcome,
                Ok(Reply::DescribeKey(reply))
                    if reply.key_metadata.account_id != account_of(&caller.principal)
            ),
            Operation::GetObject(request) => {
                let object = object(before, &request.bucket, &request.key);
                class == Some(Class::InvalidRange)
                    && object.is_some_and(|object| object.kms_key_id.is_some())
            }
            _ => false,
        };
        of_operation || self.managed_key_is_open(before, caller, carried)
    }

    /// Who may use `aws/s3` without a permission of their own is no matter of core.
    fn managed_key_is_open(&self, before: &Carrier, caller: &Caller, carried: &Carried) -> bool {
        let state = &self.carrier.oracle.state;
        let managed: Vec<String> = state
            .keys
            .values()
            .filter(|key| key.manager == KeyManager::Aws)
            .map(sse_vectors::oracle::Key::arn)
            .collect();
        let earlier = before.oracle.state.keys.values();
        let earlier = earlier.filter(|key| key.manager == KeyManager::Aws).count();
        if managed.len() > earlier && carried.outcome.is_err() {
            return true;
        }
        let new = state.trail.iter().skip(before.oracle.state.trail.len());
        let used =
            new.flat_map(|entry| &entry.resources).any(|resource| managed.contains(&resource.arn));
        let own = state.principals.get(&caller.principal).and_then(|own| own.get("p"));
        let administers = own.cloned() == documents::identity_policy(documents::ADMINISTRATOR);
        used && root_of(&caller.principal).is_none() && !administers
    }

    /// Notes what a step that is written down leaves open.
    pub(super) fn doubt(
        &mut self,
        before: &Carrier,
        caller: &Caller,
        operation: &Operation,
        carried: &Carried,
    ) {
        let own = account_of(&caller.principal).to_owned();
        let new = self.carrier.oracle.state.trail.iter().skip(before.oracle.state.trail.len());
        for entry in new {
            for key in &entry.resources {
                if key.account_id != own || is_service_event(entry) {
                    self.doubts.extra.insert(key.account_id.clone());
                }
                if entry.error_code.is_some() && is_cryptography(&entry.event_name) {
                    self.doubts.counts.insert((key.arn.clone(), entry.event_name.clone()));
                }
            }
        }
        let refused = refused(carried);
        if refused.is_some_and(|refused| refused.class == Class::KeyNotFound) {
            self.doubts.extra.insert(own);
        }
        if refused.is_some_and(|refused| refused.class == Class::IncorrectKey) {
            self.doubts.open(operation.name(), "", caller);
        }
        match operation {
            Operation::ReEncrypt(_) | Operation::UpdateAlias(_) if refused.is_some() => {
                self.doubts.open(operation.name(), "", caller);
            }
            Operation::ReEncrypt(_) => {
                self.doubts.counts.insert((String::new(), operation.name().to_owned()));
            }
            Operation::GetObject(request) => {
                self.doubt_read(before, caller, &request.bucket, &request.key);
            }
            Operation::CopyObject(request) => {
                let ObjectName { bucket, key } = &request.source;
                self.doubt_read(before, caller, bucket, key);
                let source = object(before, bucket, key).and_then(|o| o.kms_key_id.clone());
                let default = before.oracle.state.buckets.get(&request.bucket);
                let default = default.and_then(|bucket| bucket.encryption.as_ref());
                let algorithm = request.sse.algorithm.as_ref();
                let algorithm = algorithm.or(default.map(|rule| &rule.algorithm));
                let two = source.is_some() && algorithm.is_some_and(|name| name == "aws:kms");
                if let (Some(source), true) = (source, two && refused.is_some()) {
                    self.doubts.open("Decrypt", &source, caller);
                    self.doubts.open("GenerateDataKey", "", caller);
                }
            }
            Operation::CreateMultipartUpload(_) => {
                if let Ok(Reply::CreateMultipartUpload(reply)) = &carried.outcome {
                    self.doubt_upload(caller, reply.sse.kms_key_id.as_deref());
                }
            }
            Operation::UploadPart(request) => {
                self.doubt_part(before, caller, &request.upload_id);
            }
            Operation::CompleteMultipartUpload(request) => {
                self.doubt_part(before, caller, &request.upload_id);
            }
            _ => {}
        }
    }

    /// How often a get of a completed upload decrypts is advice.
    fn doubt_read(&mut self, before: &Carrier, caller: &Caller, bucket: &str, key: &str) {
        let found = object(before, bucket, key).filter(|object| object.etag.contains('-'));
        if let Some(arn) = found.and_then(|object| object.kms_key_id.as_ref()) {
            self.doubts.open("Decrypt", arn, caller);
        }
    }

    fn doubt_part(&mut self, before: &Carrier, caller: &Caller, id: &str) {
        let upload = before.oracle.state.uploads.get(id);
        let arn = upload.and_then(|upload| upload.kms_key_id.clone());
        self.doubt_upload(caller, arn.as_deref());
    }

    fn doubt_upload(&mut self, caller: &Caller, arn: Option<&str>) {
        for operation in ["GenerateDataKey", "Decrypt"] {
            if let Some(arn) = arn {
                self.doubts.open(operation, arn, caller);
            }
        }
    }
}
