//! Bends of requests on the store inside the world: of plans, of what is written, of what is left
//! behind (spec/sse.md, spec/sse).

use super::super::bytes::ByteSwitch;
use super::super::switch::Switch;
use super::MalleableWorld;
use super::rest::place;
use crate::target::Failure;
use sse_spec::{
    Algorithm, Caller, Class, CopyObject, EncryptionContext, EncryptionRule, Metadata, ObjectName,
    Operation, Plane, Refusal, Tag,
};
use sse_vectors::oracle::{
    Decision, KmsRequest, Moment, PutPlan, Sent, Side, Stored, Upload, Use, refusal, root_of,
};
use std::collections::BTreeSet;
use std::io::Read;

pub(super) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(super) const ARN_PAIR: &str = "aws:s3:arn";
/// Name of a policy that only a bend attaches.
const LENT: &str = "lent by a bend";

/// Which way bytes come to lie at rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Path {
    #[default]
    Put,
    Copy,
    Upload,
    Complete,
}

impl Path {
    /// Whether a body is sealed that way, and not part by part.
    pub(super) fn seals(self) -> bool {
        matches!(self, Self::Put | Self::Copy)
    }
}

/// What bends of the store remember between operations and within one.
#[derive(Debug, Default)]
pub(super) struct StoreMemory {
    pub(super) path: Path,
    /// Who asks.
    pub(super) caller: Option<Caller>,
    /// Whether the headers of the request say nothing.
    pub(super) bare: bool,
    /// Whether the world was opened again.
    pub(super) restarted: bool,
    /// Objects that a copy made.
    pub(super) copies: BTreeSet<ObjectName>,
    /// The default of a bucket before its removal.
    rule: Option<(String, EncryptionRule)>,
    /// An upload before its abort.
    pub(super) upload: Option<(String, Upload)>,
    /// Numbers of parts by upload in the order of their arrival.
    pub(super) arrivals: Vec<(String, u32)>,
    /// Whether the data key of this write comes from elsewhere, because KMS gave none.
    pub(super) outage: bool,
    /// Writes under SSE-S3 since the world was opened.
    pub(super) count: u64,
    /// The plaintext of the last part.
    pub(super) spooled: Vec<u8>,
}

impl MalleableWorld {
    /// Before a request is decided.
    pub(super) fn prepare(&mut self, caller: &Caller, operation: &Operation) {
        self.memory.store.path = Path::Put;
        self.memory.store.outage = false;
        self.memory.store.caller = Some(caller.clone());
        let state = &mut self.durable.oracle.state;
        match operation {
            Operation::PutObject(request) => {
                self.memory.store.path = Path::Put;
                self.memory.store.bare = request.sse.is_empty();
                if !state.buckets.contains_key(&request.bucket)
                    && self.options.switch == Some(Switch::BucketMadeByPut)
                {
                    let account = root_of(&caller.principal).unwrap_or("111122223333").to_owned();
                    let bucket =
                        sse_vectors::oracle::Bucket { account, encryption: None, policy: None };
                    state.buckets.insert(request.bucket.clone(), bucket);
                    self.witness().reach();
                }
            }
            Operation::CopyObject(request) => {
                self.memory.store.path = Path::Copy;
                self.lend(caller, request);
            }
            Operation::CreateMultipartUpload(_) => self.memory.store.path = Path::Upload,
            Operation::CompleteMultipartUpload(_) => self.memory.store.path = Path::Complete,
            Operation::DeleteBucketEncryption(request) => {
                let bucket = state.buckets.get(&request.bucket);
                let rule = bucket.and_then(|bucket| bucket.encryption.clone());
                self.memory.store.rule = rule.map(|rule| (request.bucket.clone(), rule));
            }
            Operation::AbortMultipartUpload(request) => {
                let upload = state.uploads.get(&request.upload_id).cloned();
                self.memory.store.upload = upload.map(|it| (request.upload_id.clone(), it));
            }
            Operation::HeadObject(request) => {
                let name = [request.bucket.clone(), request.key.clone()];
                self.count(Switch::HeadCounted, caller, &name);
            }
            Operation::ListObjects(request) => {
                let here = state.objects.keys().filter(|(bucket, _)| *bucket == request.bucket);
                let names: Vec<_> = here.map(|(b, k)| [b.clone(), k.clone()]).collect();
                for name in names {
                    self.count(Switch::ListAsks, caller, &name);
                }
            }
            Operation::DeleteObject(request) => {
                let name = [request.bucket.clone(), request.key.clone()];
                self.count(Switch::DeleteAsks, caller, &name);
            }
            _ => {}
        }
    }

    /// Lends the permission to read the source of a copy, where a bend does not ask for it.
    fn lend(&mut self, caller: &Caller, request: &CopyObject) {
        if !self.set(Switch::CopySourceUnasked) {
            return;
        }
        let mut probe = self.durable.oracle.clone();
        let mut draw = String::new;
        let mut moment = Moment { now: self.durable.now, draw: &mut draw };
        let decision = probe.decide(&mut moment, caller, &request.clone().into());
        if matches!(&decision, Decision::Refused(refused) if refused.class == Class::AccessDenied)
            && let Some(policies) = self.durable.oracle.state.principals.get_mut(&caller.principal)
        {
            let resource = format!("arn:aws:s3:::{}/{}", request.source.bucket, request.source.key);
            let allow = serde_json::json!({
                "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource,
            });
            let policy = serde_json::json!({ "Statement": allow }).to_string();
            policies.insert(LENT.to_owned(), policy);
            self.witness().reach();
        }
    }

    /// Takes back what was lent.
    pub(super) fn take_back(&mut self, caller: &Caller) {
        if let Some(policies) = self.durable.oracle.state.principals.get_mut(&caller.principal) {
            policies.remove(LENT);
        }
    }

    /// What a bend refuses that the oracle would not.
    pub(super) fn barred(&self, caller: &Caller, operation: &Operation) -> Option<Refusal> {
        let state = &self.durable.oracle.state;
        let root = root_of(&caller.principal).is_some();
        let barred = match operation {
            Operation::ListObjects(_) => root && self.bent(Switch::RootListDenied),
            Operation::GetObject(_) | Operation::PutObject(_) if !root => {
                let policies = state.principals.get(&caller.principal);
                let some = policies.is_some_and(|all| all.values().any(|it| it.contains("kms:")));
                let plain = match operation {
                    Operation::PutObject(request) => request.sse.kms_key_id.is_none(),
                    Operation::GetObject(request) => {
                        let place = (request.bucket.clone(), request.key.clone());
                        let stored = state.objects.get(&place);
                        matches!(stored, Some(Stored::Sound(it)) if it.kms_key_id.is_none())
                    }
                    _ => false,
                };
                plain && !some && self.bent(Switch::ServiceKeyNeedsKms)
            }
            _ => false,
        };
        barred.then(|| refusal(Side::S3, Class::AccessDenied))
    }

    /// Reads a body; of one that breaks off a bend keeps what came.
    pub(super) fn drain(
        &mut self,
        switch: Switch,
        bucket: &str,
        key: &str,
        body: &mut dyn Read,
    ) -> Result<Vec<u8>, Failure> {
        if self.bytes(ByteSwitch::Spooled) {
            return self.spool_as_it_comes(bucket, key, body);
        }
        let mut bytes = Vec::new();
        match body.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => {
                if self.bent(switch) {
                    self.beside("spool", bucket, key, bytes);
                }
                Err(Failure::Broken(error.to_string()))
            }
        }
    }

    /// A request to KMS for an object that needs none; of a head the count alone.
    fn count(&mut self, switch: Switch, caller: &Caller, [bucket, key]: &[String; 2]) {
        let place = (bucket.clone(), key.clone());
        let Some(Stored::Sound(object)) = self.durable.oracle.state.objects.get(&place) else {
            return;
        };
        let Some(arn) = object.kms_key_id.clone() else { return };
        if !self.bent(switch) {
            return;
        }
        if switch == Switch::HeadCounted {
            let keys = &mut self.durable.oracle.state.keys;
            if let Some(key) = keys.values_mut().find(|key| arn.ends_with(&key.id)) {
                *key.usage.entry("Decrypt".to_owned()).or_default() += 1;
            }
            return;
        }
        let usage = Use::GenerateDataKey { length: 32, spec: Some("AES_256".to_owned()) };
        let pair = (ARN_PAIR.to_owned(), format!("arn:aws:s3:::{bucket}/{key}"));
        let request = KmsRequest {
            usage,
            key_id: Some(arn),
            alias: None,
            named: None,
            context: EncryptionContext::from([pair]),
            caller: caller.clone(),
            through_store: true,
        };
        // How it ends does not matter to the request.
        let _ = self.kms(request, &[]);
    }

    /// After a request was carried out.
    pub(super) fn finish(&mut self, operation: &Operation) {
        match operation {
            Operation::DeleteBucketEncryption(_) => {
                if let Some((name, rule)) = self.memory.store.rule.take()
                    && self.set(Switch::DefaultRemovalIgnored)
                    && let Some(bucket) = self.durable.oracle.state.buckets.get_mut(&name)
                {
                    bucket.encryption = Some(rule);
                    self.witness().reach();
                }
            }
            Operation::AbortMultipartUpload(request) => {
                let place = (request.bucket.clone(), request.key.clone());
                if self.durable.oracle.state.objects.contains_key(&place)
                    && self.bent(Switch::AbortRemovesObject)
                {
                    self.durable.oracle.state.objects.remove(&place);
                    self.erase(&request.bucket, &request.key);
                }
            }
            Operation::RotateServiceKey(_) => self.rotated(),
            Operation::CreateMultipartUpload(request) => {
                let place = (request.bucket.clone(), request.key.clone());
                let default = self.durable.oracle.state.buckets.get(&request.bucket);
                let kms = request.sse.algorithm.as_deref() == Some("aws:kms")
                    || default.is_some_and(|bucket| bucket.encryption.is_some());
                if !kms && self.bent(Switch::ServiceUseRecorded) {
                    self.service_entry();
                }
                if !self.durable.oracle.state.objects.contains_key(&place)
                    && self.bent(Switch::UploadVisible)
                {
                    self.plant(&request.bucket, &request.key, &[]);
                }
            }
            Operation::PutObject(request) => {
                let place = (request.bucket.clone(), request.key.clone());
                let object = self.durable.oracle.state.objects.get(&place);
                let plain = matches!(object, Some(Stored::Sound(it)) if it.kms_key_id.is_none());
                if plain && self.bent(Switch::ServiceUseRecorded) {
                    self.service_entry();
                }
                if plain
                    && let Some(key) = self.durable.oracle.state.keys.values_mut().next()
                    && self.options.switch == Some(Switch::ServiceUseCounted)
                {
                    *key.usage.entry("GenerateDataKey".to_owned()).or_default() += 1;
                    self.witness().reach();
                }
            }
            _ if operation.plane() == Plane::Kms => {
                let used = ["GenerateDataKey", "Decrypt", "Encrypt", "ReEncrypt"];
                let uses = used.iter().any(|used| operation.name().starts_with(used));
                if !uses
                    && self.set(Switch::ManagementCounted)
                    && let Some(key) = self.durable.oracle.state.keys.values_mut().next()
                {
                    *key.usage.entry("Encrypt".to_owned()).or_default() += 1;
                    self.witness().reach();
                }
            }
            _ => {}
        }
    }

    /// An entry of KMS for a request that never went there.
    fn service_entry(&mut self) {
        let caller = self.memory.store.caller.clone();
        let arn = caller.map(|caller| caller.principal).unwrap_or_default();
        let account_id = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let entry = sse_spec::AuditEntry {
            event_id: self.random.id(),
            event_time: "2026-01-01T00:00:00Z".to_owned(),
            event_source: "kms.amazonaws.com".to_owned(),
            event_name: "GenerateDataKey".to_owned(),
            aws_region: self.durable.oracle.region().to_owned(),
            user_identity: sse_spec::UserIdentity {
                arn,
                account_id,
                invoked_by: Some("s3.amazonaws.com".to_owned()),
            },
            read_only: true,
            request_parameters: serde_json::Value::Null,
            response_elements: serde_json::Value::Null,
            resources: Vec::new(),
            error_code: None,
            error_message: None,
        };
        self.durable.oracle.state.trail.push(entry);
    }

    /// What a rotation of the service key does beside its own.
    fn rotated(&mut self) {
        if self.bent(Switch::ServiceRotationLoses) {
            let current = self.durable.oracle.state.service_version;
            for (version, key) in &mut self.durable.vault.service {
                if *version < current {
                    *key = self.random.array();
                }
            }
        }
        if self.bent(Switch::ServiceRotationTags) {
            for stored in self.durable.oracle.state.objects.values_mut() {
                if let Stored::Sound(object) = stored {
                    object.etag = hex::encode(self.random.array::<16>());
                }
            }
        }
        if let Some(last) = self.durable.oracle.state.trail.last().cloned()
            && self.bent(Switch::ServiceRotationRecorded)
        {
            let (event_id, event_name) = (self.random.id(), "RotateKey".to_owned());
            let entry = sse_spec::AuditEntry { event_id, event_name, ..last };
            self.durable.oracle.state.trail.push(entry);
        }
    }

    /// After a request was refused.
    pub(super) fn undo_store(&mut self, operation: &Operation) {
        match operation {
            Operation::PutObject(request)
                if self.absent(&request.bucket, &request.key)
                    && self.bent(Switch::RefusedPutLeaves) =>
            {
                self.plant(&request.bucket, &request.key, &[]);
            }
            Operation::CopyObject(request) => {
                let place = (request.bucket.clone(), request.key.clone());
                if self.durable.oracle.state.objects.contains_key(&place)
                    && self.bent(Switch::RefusedCopyRemoves)
                {
                    self.durable.oracle.state.objects.remove(&place);
                    self.erase(&request.bucket, &request.key);
                } else if self.absent(&request.bucket, &request.key)
                    && self.bent(Switch::RefusedCopyLeaves)
                {
                    self.plant(&request.bucket, &request.key, &[]);
                }
            }
            Operation::CompleteMultipartUpload(request) => {
                let place = (request.bucket.clone(), request.key.clone());
                if self.durable.oracle.state.objects.contains_key(&place)
                    && self.bent(Switch::RefusedCompletionRemoves)
                {
                    self.durable.oracle.state.objects.remove(&place);
                    self.erase(&request.bucket, &request.key);
                } else if self.absent(&request.bucket, &request.key)
                    && self.bent(Switch::RefusedCompletionLeaves)
                {
                    self.plant(&request.bucket, &request.key, &[]);
                }
            }
            Operation::UploadPart(request) => {
                if let Ok(bytes) = sse_vectors::body::expand(&request.body)
                    && self.bent(Switch::PartSpoolLeft)
                {
                    let id = format!("part-spool/{}", hex::encode(&request.key));
                    self.keep(&id, &Tag::Upload, bytes);
                }
            }
            Operation::PutBucketEncryption(request) => {
                if self.set(Switch::RefusedDefaultApplied)
                    && let Some(bucket) = self.durable.oracle.state.buckets.get_mut(&request.bucket)
                    && bucket.encryption.take().is_some()
                {
                    self.witness().reach();
                }
            }
            _ => {}
        }
    }

    /// What an overwrite leaves in its place, where a bend does not replace it.
    pub(super) fn staying(&self, name: &ObjectName) -> Option<(Stored, Vec<u8>)> {
        let stored =
            self.durable.oracle.state.objects.get(&(name.bucket.clone(), name.key.clone()))?;
        let item = self.copies(&place("object", &name.bucket, &name.key)).pop()?;
        self.bent(Switch::OverwriteStaysOld).then(|| (stored.clone(), item))
    }

    /// Puts back what stays.
    pub(super) fn stay(&mut self, name: &ObjectName, old: Option<(Stored, Vec<u8>)>) {
        if let Some((stored, item)) = old {
            let (bucket, key) = (name.bucket.clone(), name.key.clone());
            self.beside("object", &bucket, &key, item);
            self.durable.oracle.state.objects.insert((bucket, key), stored);
        }
    }

    pub(super) fn absent(&self, bucket: &str, key: &str) -> bool {
        self.durable.oracle.state.buckets.contains_key(bucket)
            && !self.durable.oracle.state.objects.contains_key(&(bucket.to_owned(), key.to_owned()))
    }

    /// Puts an object that nobody asked for.
    pub(super) fn plant(&mut self, bucket: &str, key: &str, bytes: &[u8]) {
        let plan = PutPlan {
            name: ObjectName { bucket: bucket.to_owned(), key: key.to_owned() },
            algorithm: Algorithm::Aes256,
            kms: None,
            service_version: self.durable.oracle.state.service_version,
            context: EncryptionContext::new(),
            metadata: Metadata::new(),
            sent: Sent::default(),
        };
        // A name that cannot be put is not planted.
        let _ = self.put(&plan, bytes);
    }
}
