//! A world without bytes: the oracle decides, and a blob is the JSON of what it binds.

use serde::{Deserialize, Serialize};
use sse_spec::{
    Body, Bytes, Caller, Class, DecryptReply, EncryptReply, EncryptionContext,
    GenerateDataKeyReply, GenerateDataKeyWithoutPlaintextReply, ObjectName, Operation,
    ReEncryptReply, Refusal, Reply, RestartReply, SecretBytes, Timestamp,
};
use sse_vectors::oracle::{
    Decision, Grant, KmsRequest, MadeBy, Moment, Oracle, Setting, Side, Use, refusal,
};
use std::collections::BTreeMap;

/// The oracle and what a world holds beside it.
#[derive(Clone, Debug)]
pub(super) struct Carrier {
    pub(super) oracle: Oracle,
    pub(super) now: Timestamp,
    drawn: u64,
    objects: BTreeMap<ObjectName, Blob>,
    uploads: BTreeMap<String, Blob>,
}

/// What a blob binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Blob {
    key_id: String,
    material_id: String,
    context: EncryptionContext,
}

/// How an operation ended.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) outcome: Result<Reply, Refusal>,
    /// Whether the store had nothing against it, so that a refusal is that of KMS.
    pub(super) admitted: bool,
}

impl Carrier {
    pub(super) fn new(setting: Setting, now: Timestamp) -> Self {
        Self {
            oracle: Oracle::new(setting),
            now,
            drawn: 0,
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    pub(super) fn perform(&mut self, caller: &Caller, operation: &Operation) -> Carried {
        let mut admitted = true;
        let outcome = match self.ask(|oracle, moment| oracle.decide(moment, caller, operation)) {
            Decision::Refused(refused) => {
                admitted = false;
                Err(refused)
            }
            Decision::Replied(reply) => {
                if let Reply::AdvanceClock(reply) = &*reply {
                    self.now = reply.now;
                }
                Ok(*reply)
            }
            Decision::Put(plan) => self.data_key(plan.kms.as_ref()).map(|(arn, blob)| {
                self.keep(&plan.name, blob);
                self.oracle.stored(&plan, arn, sent(operation), ETAG.to_owned()).into()
            }),
            Decision::Get(plan) => self
                .unwrap(&plan.name, plan.kms.as_ref())
                .map(|()| Oracle::got(&plan, Vec::new()).into()),
            Decision::Copy(plan) => {
                let opened = self.unwrap(&plan.source.name, plan.source.kms.as_ref());
                let made = opened.and_then(|()| self.data_key(plan.destination.kms.as_ref()));
                made.map(|(arn, blob)| {
                    self.keep(&plan.destination.name, blob);
                    self.oracle.copied(&plan, arn, ETAG.to_owned()).into()
                })
            }
            Decision::CreateUpload(plan) => self.data_key(plan.kms.as_ref()).map(|(arn, blob)| {
                let reply = self.ask(|oracle, moment| oracle.upload_created(moment, &plan, arn));
                self.uploads.extend(blob.map(|blob| (reply.upload_id.clone(), blob)));
                reply.into()
            }),
            Decision::Part(plan) => {
                let etag = format!("{ETAG}{}", plan.number);
                self.unwrap_upload(&plan.upload_id, plan.kms.as_ref())
                    .map(|()| self.oracle.part_stored(&plan, sent(operation), etag).into())
            }
            Decision::Complete(plan) => {
                self.unwrap_upload(&plan.upload_id, plan.kms.as_ref()).map(|()| {
                    self.keep(&plan.upload.name, self.uploads.get(&plan.upload_id).cloned());
                    // The hyphen tells an object of parts from others.
                    self.oracle.completed(&plan, format!("{ETAG}-1")).into()
                })
            }
            Decision::Kms(request) => self.direct(*request, operation),
            Decision::NotOffered => match operation {
                Operation::Restart(_) => Ok(RestartReply {}.into()),
                _ => Err(refusal(Side::S3, Class::UnsupportedOperation)),
            },
        };
        Carried { outcome, admitted }
    }

    fn ask<T>(&mut self, question: impl FnOnce(&mut Oracle, &mut Moment<'_>) -> T) -> T {
        let drawn = &mut self.drawn;
        let mut draw = || {
            *drawn += 1;
            format!("5e90e4ce-0000-4000-8000-{drawn:012}")
        };
        question(&mut self.oracle, &mut Moment { now: self.now, draw: &mut draw })
    }

    fn keep(&mut self, name: &ObjectName, blob: Option<Blob>) {
        self.objects.remove(name);
        self.objects.extend(blob.map(|blob| (name.clone(), blob)));
    }

    /// ARN and blob of a new data key, where KMS is asked for one.
    fn data_key(
        &mut self,
        request: Option<&KmsRequest>,
    ) -> Result<(Option<String>, Option<Blob>), Refusal> {
        let Some(request) = request else { return Ok((None, None)) };
        let grant = self.kms(request.clone(), None)?;
        let arn = grant.seal.as_ref().map(|seal| seal.key_arn.clone());
        Ok((arn, sealed(&grant)))
    }

    fn unwrap(&mut self, name: &ObjectName, request: Option<&KmsRequest>) -> Result<(), Refusal> {
        let blob = self.objects.get(name).cloned();
        self.unwrap_blob(blob, request)
    }

    fn unwrap_upload(&mut self, id: &str, request: Option<&KmsRequest>) -> Result<(), Refusal> {
        let blob = self.uploads.get(id).cloned();
        self.unwrap_blob(blob, request)
    }

    fn unwrap_blob(
        &mut self,
        blob: Option<Blob>,
        request: Option<&KmsRequest>,
    ) -> Result<(), Refusal> {
        request.map_or(Ok(()), |request| self.kms(request.clone(), blob.as_ref()).map(|_| ()))
    }

    /// One request to KMS from its lookup to its entry.
    fn kms(&mut self, mut request: KmsRequest, blob: Option<&Blob>) -> Result<Grant, Refusal> {
        if let Use::Decrypt { made_by } | Use::ReEncrypt { made_by, .. } = &mut request.usage {
            *made_by = blob.map(|blob| MadeBy {
                key_id: blob.key_id.clone(),
                material_id: blob.material_id.clone(),
            });
        }
        let grant = self.ask(|oracle, moment| oracle.ask(moment, &request))?;
        let authentic = grant
            .open
            .as_ref()
            .is_none_or(|open| blob.is_some_and(|blob| blob.context == open.context));
        self.ask(|oracle, moment| oracle.conclude(moment, &grant, authentic))?;
        Ok(grant)
    }

    fn direct(&mut self, request: KmsRequest, operation: &Operation) -> Result<Reply, Refusal> {
        let sent = match operation {
            Operation::Decrypt(request) => serde_json::from_slice(&request.ciphertext_blob.0).ok(),
            Operation::ReEncrypt(request) => {
                serde_json::from_slice(&request.ciphertext_blob.0).ok()
            }
            _ => None,
        };
        let grant = self.kms(request, sent.as_ref())?;
        let arn = |part: &Option<sse_vectors::oracle::KeyUse>| {
            part.as_ref().map(|part| part.key_arn.clone()).unwrap_or_default()
        };
        let (opened, made) = (arn(&grant.open), arn(&grant.seal));
        let ciphertext_blob = Bytes(serde_json::to_vec(&sealed(&grant)).unwrap_or_default());
        let plaintext = SecretBytes::new(vec![0; 32]);
        let encryption_algorithm = "SYMMETRIC_DEFAULT".to_owned();
        Ok(match operation {
            Operation::GenerateDataKey(_) => GenerateDataKeyReply {
                plaintext,
                ciphertext_blob,
                key_id: made,
                key_material_id: None,
            }
            .into(),
            Operation::GenerateDataKeyWithoutPlaintext(_) => GenerateDataKeyWithoutPlaintextReply {
                ciphertext_blob,
                key_id: made,
                key_material_id: None,
            }
            .into(),
            Operation::Encrypt(_) => {
                EncryptReply { ciphertext_blob, key_id: made, encryption_algorithm }.into()
            }
            Operation::Decrypt(_) => DecryptReply {
                plaintext,
                key_id: opened,
                encryption_algorithm,
                key_material_id: None,
            }
            .into(),
            _ => ReEncryptReply {
                ciphertext_blob,
                source_key_id: opened,
                key_id: made,
                source_key_material_id: None,
                destination_key_material_id: None,
            }
            .into(),
        })
    }
}

/// Stands for every entity tag.
const ETAG: &str = "e7a9";

fn sealed(grant: &Grant) -> Option<Blob> {
    grant.seal.as_ref().map(|seal| Blob {
        key_id: seal.key_id.clone(),
        material_id: seal.material_id.clone(),
        context: seal.context.clone(),
    })
}

/// Length of the body that an operation sends.
fn sent(operation: &Operation) -> u64 {
    let body = match operation {
        Operation::PutObject(request) => &request.body,
        Operation::UploadPart(request) => &request.body,
        _ => return 0,
    };
    match body {
        Body::Inline(bytes) => bytes.0.len() as u64,
        Body::Pattern { len, .. } => *len,
        Body::File(_) => 0,
    }
}
