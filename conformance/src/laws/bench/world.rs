//! The operations of the store, behind one lock that every handle shares.

use super::store::{Key, MASK, Name, Record, Store, Upload, expand, object_id, part_id};
use super::{ACCOUNT, Fault};
use crate::target::{Failure, World};
use sse_spec::*;
use std::sync::{Arc, Mutex};

pub(super) struct BenchWorld(pub(super) Arc<Mutex<Store>>);

fn refused(class: Class) -> Failure {
    Failure::Refused(Refusal {
        class,
        code: format!("{class:?}"),
        status: 400,
        message: String::new(),
    })
}

impl World for BenchWorld {
    fn perform(&mut self, _: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        let mut store = self.0.lock().unwrap();
        let looks = matches!(
            operation,
            Operation::ReadAtRest(_)
                | Operation::WriteAtRest(_)
                | Operation::Restart(_)
                | Operation::ListDataKeys(_)
                | Operation::LookupEvents(_)
                | Operation::GetObject(_)
                | Operation::HeadObject(_)
        );
        let result = match operation {
            Operation::CreateKey(_)
            | Operation::EnableKey(_)
            | Operation::DisableKey(_)
            | Operation::RotateKeyOnDemand(_)
            | Operation::LookupEvents(_) => store.keys(operation),
            Operation::CreateMultipartUpload(_)
            | Operation::UploadPart(_)
            | Operation::CompleteMultipartUpload(_)
            | Operation::AbortMultipartUpload(_) => store.parts(operation),
            Operation::ReadAtRest(_)
            | Operation::WriteAtRest(_)
            | Operation::Restart(_)
            | Operation::ListDataKeys(_) => store.laboratory(operation),
            _ => store.objects(operation),
        };
        // What was edited lies there until something is written.
        if !looks && result.is_ok() {
            store.edited = None;
        }
        result.map_err(refused)
    }

    fn fork(&self) -> Option<Box<dyn World>> {
        Some(Box::new(Self(self.0.clone())))
    }
}

type Outcome = Result<Reply, Class>;

impl Store {
    fn keys(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::CreateKey(_) => {
                let id = format!("{:016x}", self.draw());
                let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}");
                self.keys.insert(arn.clone(), Key { enabled: true, material: 0 });
                let metadata = serde_json::json!({"key_metadata": {
                    "key_id": id, "arn": arn, "account_id": ACCOUNT, "creation_date": 0,
                    "enabled": true, "key_state": "Enabled", "key_manager": "CUSTOMER",
                    "key_usage": "ENCRYPT_DECRYPT", "key_spec": "SYMMETRIC_DEFAULT",
                    "origin": "AWS_KMS", "description": "",
                }});
                let reply = serde_json::from_value(serde_json::json!({"CreateKey": metadata}));
                Ok(reply.unwrap())
            }
            Operation::EnableKey(EnableKey { key_id }) => {
                self.key(key_id)?.enabled = true;
                Ok(EnableKeyReply {}.into())
            }
            Operation::DisableKey(DisableKey { key_id }) => {
                self.key(key_id)?.enabled = false;
                Ok(DisableKeyReply {}.into())
            }
            Operation::RotateKeyOnDemand(RotateKeyOnDemand { key_id }) => {
                self.key(key_id)?.material += 1;
                Ok(RotateKeyOnDemandReply { key_id: key_id.clone() }.into())
            }
            _ => Ok(LookupEventsReply { events: self.events() }.into()),
        }
    }

    fn key(&mut self, arn: &str) -> Result<&mut Key, Class> {
        self.keys.get_mut(arn).ok_or(Class::KeyNotFound)
    }

    fn events(&self) -> Vec<AuditEntry> {
        let entry = |(at, (name, arn)): (usize, &(String, String))| AuditEntry {
            event_id: at.to_string(),
            event_time: String::new(),
            event_source: "kms.amazonaws.com".into(),
            event_name: name.clone(),
            aws_region: "us-east-1".into(),
            user_identity: UserIdentity {
                arn: String::new(),
                account_id: ACCOUNT.into(),
                invoked_by: None,
            },
            read_only: true,
            request_parameters: serde_json::Value::Null,
            response_elements: serde_json::Value::Null,
            resources: vec![Resource {
                arn: arn.clone(),
                account_id: ACCOUNT.into(),
                kind: "AWS::KMS::Key".into(),
            }],
            error_code: None,
            error_message: None,
        };
        self.trail.iter().enumerate().map(entry).collect()
    }

    /// Asks for a data key: the key that a write is under, or none under the service's.
    fn ask(&mut self, bucket: &str, sse: &SseHeaders) -> Result<Option<String>, Class> {
        let default = self.buckets.get(bucket).ok_or(Class::NoSuchBucket)?.clone();
        let arn = match (sse.algorithm.as_deref(), default) {
            (Some("AES256"), _) | (None, None) => return Ok(None),
            (Some("aws:kms"), _) => sse.kms_key_id.clone(),
            (None, Some(key)) => key,
            _ => return Err(Class::InvalidArgument),
        };
        let Some(arn) = arn else { return Ok(None) };
        if !self.key(&arn)?.enabled {
            return Err(Class::KeyDisabled);
        }
        let entries = if self.is(Fault::CountedTwice) { 2 } else { 1 };
        for _ in 0..entries {
            self.trail.push(("GenerateDataKey".into(), arn.clone()));
        }
        Ok(Some(arn))
    }

    fn shown(arn: Option<&String>) -> SseShown {
        let algorithm = if arn.is_some() { Algorithm::AwsKms } else { Algorithm::Aes256 };
        SseShown { algorithm: algorithm.into(), kms_key_id: arn.cloned(), context: None }
    }

    fn by_default(&self, bucket: &str, sse: &SseHeaders) -> bool {
        sse.is_empty() && self.buckets.get(bucket).is_some_and(Option::is_some)
    }

    fn put(
        &mut self,
        name: &Name,
        body: &[u8],
        sse: &SseHeaders,
        metadata: &Metadata,
        what: &str,
    ) -> Result<(String, SseShown), Class> {
        let asked = self.ask(&name.0, sse);
        if asked.is_err() && self.is(Fault::RefusedStays) {
            self.write(&format!("spool/{}", name.1), Tag::Unknown, body.to_vec());
        }
        let arn = asked?;
        let seed = self.seed(what);
        let clear = self.is(Fault::DefaultClear) && self.by_default(&name.0, sse);
        let piece = self.seal(name, 0, seed, body, clear);
        self.finish(name, &[(0, piece)], body, arn.as_ref(), metadata)
    }

    /// Stores the object made of pieces.
    fn finish(
        &mut self,
        name: &Name,
        pieces: &[(u32, Vec<u8>)],
        body: &[u8],
        arn: Option<&String>,
        metadata: &Metadata,
    ) -> Result<(String, SseShown), Class> {
        if let Ok(old) = self.body(name, true) {
            self.previous.insert(name.clone(), old);
        }
        let etag = if self.is(Fault::DigestStored) {
            use sha2::Digest as _;
            hex::encode(sha2::Sha256::digest(body))
        } else {
            format!("{:016x}{:016x}", self.draw(), self.draw())
        };
        let mut arn = arn.cloned();
        if self.is(Fault::CrossedPuts)
            && let Ok((_, old)) = self.load(name)
            && old.key_arn.is_some()
        {
            arn = old.key_arn;
        }
        let record = Record {
            etag: etag.clone(),
            size: body.len() as u64,
            key_arn: arn.clone(),
            metadata: metadata.clone(),
        };
        self.store_object(name, pieces, &record);
        Ok((etag, Self::shown(arn.as_ref())))
    }

    fn objects(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::CreateBucket(request) => {
                self.buckets.insert(request.bucket.clone(), None);
                Ok(CreateBucketReply {}.into())
            }
            Operation::PutBucketEncryption(request) => {
                let key = request.rules.first().and_then(|rule| rule.kms_key_id.clone());
                self.buckets.insert(request.bucket.clone(), Some(key));
                Ok(PutBucketEncryptionReply {}.into())
            }
            Operation::PutObject(request) => {
                let name = (request.bucket.clone(), request.key.clone());
                let what = format!("name {}/{}", name.0, name.1);
                let body = expand(&request.body);
                let (etag, sse) = self.put(&name, &body, &request.sse, &request.metadata, &what)?;
                Ok(PutObjectReply { etag, sse }.into())
            }
            Operation::GetObject(request) => self.get(request),
            Operation::HeadObject(request) => {
                let (_, record) = self.load(&(request.bucket.clone(), request.key.clone()))?;
                let sse = Self::shown(record.key_arn.as_ref());
                let Record { size, etag, metadata, .. } = record;
                Ok(HeadObjectReply { size, etag, metadata, sse }.into())
            }
            Operation::CopyObject(request) => self.copy(request),
            Operation::DeleteObject(request) => {
                let name = (request.bucket.clone(), request.key.clone());
                if !self.is(Fault::Undeleted) {
                    self.items.remove(&object_id(&name));
                }
                Ok(DeleteObjectReply {}.into())
            }
            other => panic!("the tests perform no {}", other.name()),
        }
    }

    fn get(&mut self, request: &GetObject) -> Outcome {
        let name = (request.bucket.clone(), request.key.clone());
        let (pieces, record) = self.load(&name)?;
        if let Some(arn) = record.key_arn.clone() {
            let lost = self.is(Fault::RotationLoses);
            let key = self.key(&arn)?;
            let (enabled, material) = (key.enabled, key.material);
            if lost && material > 1 {
                return Err(Class::Integrity);
            }
            if !enabled && !self.is(Fault::DisabledRead) {
                return Err(Class::KeyDisabled);
            }
        }
        let whole = pieces.first().is_some_and(|(number, _)| *number == 0);
        let mut body = self.body(&name, whole || !self.is(Fault::PartsUnchecked))?;
        if self.is(Fault::Torn)
            && let Some(old) = self.previous.get(&name)
        {
            let half = body.len().min(old.len()) / 2;
            body[half..2 * half].copy_from_slice(&old[half..2 * half]);
        }
        // The laws ask for no other range.
        if let Some(Range::From { first }) = request.range {
            body.drain(..usize::try_from(first).unwrap().min(body.len()));
        }
        Ok(GetObjectReply {
            delivery: Delivery::Complete(body.into()),
            size: record.size,
            etag: record.etag,
            metadata: record.metadata,
            sse: Self::shown(record.key_arn.as_ref()),
        }
        .into())
    }

    fn copy(&mut self, request: &CopyObject) -> Outcome {
        let source = (request.source.bucket.clone(), request.source.key.clone());
        let name = (request.bucket.clone(), request.key.clone());
        let body = self.body(&source, !self.is(Fault::CopyUnchecked))?;
        let (pieces, record) = self.load(&source)?;
        let metadata = request.replace_metadata.clone().unwrap_or(record.metadata);
        let asked = self.ask(&name.0, &request.sse);
        if asked.is_err() && self.is(Fault::RefusedStays) {
            self.write("spool/copy", Tag::Unknown, body.clone());
        }
        let arn = asked?;
        if self.is(Fault::CopiesClear) {
            use base64::Engine as _;
            let text = base64::prelude::BASE64_STANDARD.encode(&body);
            self.write(&format!("copies/{}", name.1), Tag::Unknown, text.into_bytes());
        }
        let mut seed = self.seed(&format!("copy {}", name.0));
        if self.is(Fault::CopyVerbatim) {
            // The masked seed of the source's first piece: the same key for the same bytes.
            let (_, first) = pieces.first().ok_or(Class::Integrity)?;
            seed = u64::from_be_bytes(*first.first_chunk().ok_or(Class::Integrity)?) ^ MASK;
        }
        let piece = self.seal(&name, 0, seed, &body, false);
        let (etag, sse) = self.finish(&name, &[(0, piece)], &body, arn.as_ref(), &metadata)?;
        Ok(CopyObjectReply { etag, sse }.into())
    }

    fn parts(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::CreateMultipartUpload(request) => {
                let arn = self.ask(&request.bucket, &request.sse)?;
                let id = format!("{:016x}", self.draw());
                let clear =
                    self.is(Fault::DefaultClear) && self.by_default(&request.bucket, &request.sse);
                let upload = Upload {
                    name: (request.bucket.clone(), request.key.clone()),
                    key_arn: arn.clone(),
                    metadata: request.metadata.clone(),
                    etags: std::collections::BTreeMap::new(),
                    clear,
                };
                self.uploads.insert(id.clone(), upload);
                let sse = Self::shown(arn.as_ref());
                Ok(CreateMultipartUploadReply { upload_id: id, sse }.into())
            }
            Operation::UploadPart(request) => self.part(request),
            Operation::CompleteMultipartUpload(request) => self.complete(request),
            Operation::AbortMultipartUpload(request) => {
                let upload = self.uploads.remove(&request.upload_id).ok_or(Class::NoSuchUpload)?;
                for number in upload.etags.keys() {
                    let id = part_id(&request.upload_id, *number);
                    let kept =
                        if self.is(Fault::AbortKeeps) { None } else { self.items.remove(&id) };
                    if let Some(item) = kept.filter(|_| self.is(Fault::AbortHides)) {
                        let (bucket, key) = upload.name.clone();
                        self.write(
                            &format!("orphans/{id}"),
                            Tag::Object { bucket, key },
                            item.bytes.0,
                        );
                    }
                }
                Ok(AbortMultipartUploadReply {}.into())
            }
            other => panic!("{} is no operation on uploads", other.name()),
        }
    }

    fn part(&mut self, request: &UploadPart) -> Outcome {
        let body = expand(&request.body);
        let known = self.uploads.get(&request.upload_id).cloned();
        let legal = (1..=10_000).contains(&request.part_number);
        let Some(upload) = known.filter(|_| legal) else {
            if self.is(Fault::RefusedStays) {
                self.write("spool/part", Tag::Unknown, body);
            }
            return Err(if legal { Class::NoSuchUpload } else { Class::InvalidArgument });
        };
        let what = format!("part {} {}", request.upload_id, request.part_number);
        let seed = self.seed(&what);
        let clear = self.is(Fault::PartsClear) || upload.clear;
        let piece = self.seal(&upload.name, request.part_number, seed, &body, clear);
        self.write(&part_id(&request.upload_id, request.part_number), Tag::Upload, piece);
        let etag = format!("{:016x}", self.draw());
        let stored = if self.is(Fault::PartLost) { "lost".to_owned() } else { etag.clone() };
        if let Some(upload) = self.uploads.get_mut(&request.upload_id) {
            upload.etags.insert(request.part_number, stored);
        }
        Ok(UploadPartReply { etag, sse: Self::shown(upload.key_arn.as_ref()) }.into())
    }

    fn complete(&mut self, request: &CompleteMultipartUpload) -> Outcome {
        let id = &request.upload_id;
        let upload = self.uploads.get(id).cloned().ok_or(Class::NoSuchUpload)?;
        let opened = self.listed(id, &upload, &request.parts)?;
        let body: Vec<u8> = opened.iter().flat_map(|(_, body)| body.clone()).collect();
        let mut pieces = Vec::new();
        for (number, part) in &opened {
            let item = self.items.get(&part_id(id, *number)).ok_or(Class::InvalidPart)?;
            let piece = item.bytes.0.clone();
            let clear = self.is(Fault::CompletedClear);
            let anew = clear || self.is(Fault::PartsClear) || self.is(Fault::OpenUnchecked);
            pieces.push((
                *number,
                if anew {
                    let seed = self.draw();
                    self.seal(&upload.name, *number, seed, part, clear)
                } else {
                    piece
                },
            ));
        }
        let Upload { name, key_arn, metadata, .. } = upload;
        let (etag, sse) = self.finish(&name, &pieces, &body, key_arn.as_ref(), &metadata)?;
        if let Some(upload) = self.uploads.remove(id) {
            for number in upload.etags.keys() {
                self.items.remove(&part_id(id, *number));
            }
        }
        Ok(CompleteMultipartUploadReply { etag, sse }.into())
    }

    fn laboratory(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::ReadAtRest(_) => Ok(ReadAtRestReply { items: self.at_rest() }.into()),
            Operation::WriteAtRest(request) => {
                self.edit(&request.edits, request.fixup);
                Ok(WriteAtRestReply {}.into())
            }
            Operation::Restart(_) => {
                self.counted = 0;
                Ok(RestartReply {}.into())
            }
            _ => Ok(ListDataKeysReply { data_keys: self.data_keys.clone() }.into()),
        }
    }
}
