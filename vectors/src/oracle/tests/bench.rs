//! Carries out the oracle's plans with blobs that only name what they bind.

use super::super::*;
use serde_json::{Value, json};
use sse_spec::*;
use std::collections::BTreeMap;

pub(super) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(super) const OTHER: &str = "arn:aws:iam::444455556666:root";
const START: Timestamp = 1_000_000_000;

pub(super) struct Bench {
    pub(super) oracle: Oracle,
    pub(super) now: Timestamp,
    drawn: u64,
    blobs: BTreeMap<(String, String), Vec<u8>>,
    uploads: BTreeMap<String, Vec<u8>>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let setting = Setting {
            region: "eu-central-1".to_owned(),
            accounts: vec!["111122223333".to_owned(), "444455556666".to_owned()],
            part_bytes: 10,
        };
        let oracle = Oracle::new(setting);
        let (blobs, uploads) = (BTreeMap::new(), BTreeMap::new());
        let mut bench = Self { oracle, now: START, drawn: 0, blobs, uploads };
        bench.ok(ROOT, json!({ "CreateBucket": { "bucket": "one" } }));
        bench
    }

    pub(super) fn with<T>(&mut self, act: impl FnOnce(&mut Oracle, &mut Moment<'_>) -> T) -> T {
        let Self { oracle, drawn, now, .. } = self;
        let mut draw = || {
            *drawn += 1;
            format!("00000000-0000-4000-8000-{drawn:012}")
        };
        act(oracle, &mut Moment { now: *now, draw: &mut draw })
    }

    /// The reply's fields.
    pub(super) fn ok(&mut self, who: &str, operation: Value) -> Value {
        match self.run(who, &operation) {
            Ok(reply) => {
                let reply = serde_json::to_value(reply).unwrap();
                reply.as_object().unwrap().values().next().unwrap().clone()
            }
            Err(refused) => panic!("{who} {operation}: {refused:?}"),
        }
    }

    /// The class of the refusal.
    pub(super) fn no(&mut self, who: &str, operation: Value) -> String {
        match self.run(who, &operation) {
            Ok(reply) => panic!("{who} {operation}: {reply:?}"),
            Err(refused) => {
                serde_json::to_value(refused.class).unwrap().as_str().unwrap().to_owned()
            }
        }
    }

    /// `ok`, or the class of the refusal.
    pub(super) fn outcome(&mut self, who: &str, operation: Value) -> String {
        match self.run(who, &operation) {
            Ok(_) => "ok".to_owned(),
            Err(refused) => {
                serde_json::to_value(refused.class).unwrap().as_str().unwrap().to_owned()
            }
        }
    }

    pub(super) fn key(&mut self) -> String {
        self.ok(ROOT, json!({ "CreateKey": {} }))["key_metadata"]["key_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(super) fn user(&mut self, name: &str, policy: &Value) -> String {
        let reply = self.ok(ROOT, json!({ "CreatePrincipal": { "name": name } }));
        let arn = reply["arn"].as_str().unwrap().to_owned();
        let put = json!({ "principal": arn, "name": "p", "policy": policy.to_string() });
        self.ok(ROOT, json!({ "PutIdentityPolicy": put }));
        arn
    }

    pub(super) fn advance(&mut self, seconds: u64) {
        let reply = self.ok(ROOT, json!({ "AdvanceClock": { "seconds": seconds } }));
        self.now = reply["now"].as_u64().unwrap();
    }

    pub(super) fn entries(&mut self, who: &str) -> Vec<Value> {
        let reply = self.ok(who, json!({ "LookupEvents": {} }));
        reply["events"].as_array().unwrap().clone()
    }

    /// Names of the entries since `from`.
    pub(super) fn names(&mut self, from: usize) -> Vec<String> {
        let entries = self.oracle.state.trail.iter().skip(from);
        entries.map(|entry| entry.event_name.clone()).collect()
    }

    pub(super) fn run(&mut self, who: &str, operation: &Value) -> Result<Reply, Refusal> {
        let operation: Operation = serde_json::from_value(operation.clone()).unwrap();
        let caller = Caller::new(who);
        match self.with(|oracle, moment| oracle.decide(moment, &caller, &operation)) {
            Decision::Refused(refusal) => Err(refusal),
            Decision::Replied(reply) => Ok(*reply),
            Decision::Put(plan) => {
                let Operation::PutObject(request) = &operation else { panic!() };
                let (arn, blob) = self.data_key(plan.kms.as_ref())?;
                self.keep(&plan.name, blob);
                Ok(self.oracle.stored(&plan, arn, len(&request.body), "etag".to_owned()).into())
            }
            Decision::Get(plan) => {
                self.unwrap(&plan.name, plan.kms.as_ref())?;
                Ok(Oracle::got(&plan, Vec::new()).into())
            }
            Decision::Copy(plan) => {
                self.unwrap(&plan.source.name, plan.source.kms.as_ref())?;
                let (arn, blob) = self.data_key(plan.destination.kms.as_ref())?;
                self.keep(&plan.destination.name, blob);
                Ok(self.oracle.copied(&plan, arn, "copied".to_owned()).into())
            }
            Decision::CreateUpload(plan) => {
                let (arn, blob) = self.data_key(plan.kms.as_ref())?;
                let reply = self.with(|oracle, moment| oracle.upload_created(moment, &plan, arn));
                self.uploads.insert(reply.upload_id.clone(), blob);
                Ok(reply.into())
            }
            Decision::Part(plan) => {
                let Operation::UploadPart(request) = &operation else { panic!() };
                let blob = self.uploads[&plan.upload_id].clone();
                if let Some(request) = plan.kms.clone() {
                    self.through_store(request, &blob)?;
                }
                let etag = format!("part-{}", plan.number);
                Ok(self.oracle.part_stored(&plan, len(&request.body), etag).into())
            }
            Decision::Complete(plan) => {
                let blob = self.uploads[&plan.upload_id].clone();
                if let Some(request) = plan.kms.clone() {
                    self.through_store(request, &blob)?;
                }
                self.keep(&plan.upload.name, blob);
                Ok(self.oracle.completed(&plan, "whole".to_owned()).into())
            }
            Decision::Kms(request) => self.direct(*request, &operation),
            Decision::NotOffered => panic!("not offered"),
        }
    }

    fn keep(&mut self, name: &ObjectName, blob: Vec<u8>) {
        self.blobs.insert((name.bucket.clone(), name.key.clone()), blob);
    }

    fn data_key(
        &mut self,
        request: Option<&KmsRequest>,
    ) -> Result<(Option<String>, Vec<u8>), Refusal> {
        let Some(request) = request else { return Ok((None, Vec::new())) };
        let (grant, blob) = self.through_store(request.clone(), &[])?;
        Ok((Some(grant.seal.unwrap().key_arn), blob))
    }

    fn unwrap(&mut self, name: &ObjectName, request: Option<&KmsRequest>) -> Result<(), Refusal> {
        let Some(request) = request else { return Ok(()) };
        let blob = self.blobs[&(name.bucket.clone(), name.key.clone())].clone();
        self.through_store(request.clone(), &blob).map(|_| ())
    }

    fn through_store(
        &mut self,
        request: KmsRequest,
        blob: &[u8],
    ) -> Result<(Grant, Vec<u8>), Refusal> {
        self.kms(request, blob).map_err(|refused| refusal(Side::S3, refused.class))
    }

    /// Asks and concludes; returns the grant and the new blob.
    fn kms(&mut self, mut request: KmsRequest, blob: &[u8]) -> Result<(Grant, Vec<u8>), Refusal> {
        let read: Option<Value> = serde_json::from_slice(blob).ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        if let Use::Decrypt { made_by } | Use::ReEncrypt { made_by, .. } = &mut request.usage {
            *made_by = read.as_ref().map(|read| MadeBy {
                key_id: text(&read["key"]),
                material_id: text(&read["material"]),
            });
        }
        let grant = self.with(|oracle, moment| oracle.ask(moment, &request))?;
        let authentic = grant.open.as_ref().is_none_or(|open| {
            let read = read.as_ref().unwrap();
            assert_eq!(read["material"], json!(open.material_id));
            read["context"] == json!(open.context)
        });
        self.with(|oracle, moment| oracle.conclude(moment, &grant, authentic))?;
        let sealed = grant.seal.as_ref().map(|seal| {
            json!({ "key": seal.key_id, "material": seal.material_id, "context": seal.context })
        });
        let blob = sealed.map(|sealed| sealed.to_string().into_bytes()).unwrap_or_default();
        Ok((grant, blob))
    }

    fn direct(&mut self, request: KmsRequest, operation: &Operation) -> Result<Reply, Refusal> {
        let blob = match operation {
            Operation::Decrypt(request) => request.ciphertext_blob.0.clone(),
            Operation::ReEncrypt(request) => request.ciphertext_blob.0.clone(),
            _ => Vec::new(),
        };
        let (grant, new) = self.kms(request, &blob)?;
        let arn = |part: Option<KeyUse>| part.unwrap().key_arn;
        let material = |part: &Option<KeyUse>| part.as_ref().map(|part| part.material_id.clone());
        let encryption_algorithm = "SYMMETRIC_DEFAULT".to_owned();
        let ciphertext_blob = Bytes(new);
        let (opened, sealed) = (material(&grant.open), material(&grant.seal));
        Ok(match operation {
            Operation::GenerateDataKey(_) => GenerateDataKeyReply {
                plaintext: SecretBytes::new(vec![0; 32]),
                ciphertext_blob,
                key_id: arn(grant.seal),
                key_material_id: sealed,
            }
            .into(),
            Operation::GenerateDataKeyWithoutPlaintext(_) => GenerateDataKeyWithoutPlaintextReply {
                ciphertext_blob,
                key_id: arn(grant.seal),
                key_material_id: sealed,
            }
            .into(),
            Operation::Encrypt(_) => {
                let key_id = arn(grant.seal);
                EncryptReply { ciphertext_blob, key_id, encryption_algorithm }.into()
            }
            Operation::Decrypt(_) => DecryptReply {
                plaintext: SecretBytes::new(vec![0; 32]),
                key_id: arn(grant.open),
                encryption_algorithm,
                key_material_id: opened,
            }
            .into(),
            Operation::ReEncrypt(_) => ReEncryptReply {
                ciphertext_blob,
                source_key_id: arn(grant.open),
                key_id: arn(grant.seal),
                source_key_material_id: opened,
                destination_key_material_id: sealed,
            }
            .into(),
            _ => panic!(),
        })
    }
}

fn len(body: &Body) -> u64 {
    match body {
        Body::Inline(bytes) => bytes.0.len() as u64,
        Body::Pattern { len, .. } => *len,
        Body::File(_) => panic!(),
    }
}

/// One Allow of an identity policy.
pub(super) fn allow(action: &str, resource: &str) -> Value {
    json!({ "Statement": { "Effect": "Allow", "Action": action, "Resource": resource } })
}

/// One statement of a resource's policy.
pub(super) fn statement(effect: &str, who: &str, action: &str, resource: &str) -> Value {
    json!({
        "Effect": effect, "Principal": { "AWS": who }, "Action": action, "Resource": resource
    })
}

pub(super) fn put(key: &str, sse: Value) -> Value {
    let body = json!({ "pattern": { "seed": 1, "len": 5 } });
    json!({ "PutObject": { "bucket": "one", "key": key, "body": body, "sse": sse } })
}

pub(super) fn get(key: &str) -> Value {
    json!({ "GetObject": { "bucket": "one", "key": key } })
}

pub(super) fn kms(key: &str) -> Value {
    json!({ "algorithm": "aws:kms", "kms_key_id": key })
}

pub(super) fn generate(key: &str) -> Value {
    json!({ "GenerateDataKey": { "key_id": key, "key_spec": "AES_256" } })
}

pub(super) fn named(operation: &str, key: &str) -> Value {
    json!({ operation: { "key_id": key } })
}

pub(super) fn decrypt(blob: &Value) -> Value {
    json!({ "Decrypt": { "ciphertext_blob": blob } })
}
