//! Puts and gets with their bytes (spec/sse.md, spec/sealed-object.md).

use super::super::switch::Switch;
use super::super::vault::{self, Opened};
use super::rest::place;
use super::{MalleableWorld, s3};
use crate::target::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sse_spec::{Algorithm, Class, DataKeyRecord, EncryptionContext, Metadata, Reply, SecretBytes};
use sse_vectors::builder::{ObjectParts, PartBody, body, bytes, object};
use sse_vectors::oracle::{GetPlan, Object, Oracle, PutPlan, Span};

/// A data key, clear and wrapped, with the key's ARN where KMS made it.
struct DataKey {
    clear: [u8; 32],
    blob: Vec<u8>,
    arn: Option<String>,
}

impl MalleableWorld {
    pub(super) fn put(&mut self, plan: &PutPlan, plaintext: Vec<u8>) -> Result<Reply, Failure> {
        let mut data_key = self.data_key(plan)?;
        let mut salt: [u8; 24] = self.fresh();
        if data_key.arn.is_none() {
            if self.bent(Switch::OneDataKey) {
                salt = [7; 24];
            }
            if let Some(old) = self.overwritten(plan) {
                (data_key.clear, salt) = old;
                let nonce = self.fresh();
                let wrapped = self.vault.wrap_for_service(&nonce, &data_key.clear, &plan.name);
                data_key.blob = wrapped.ok_or_else(|| s3(Class::InvalidArgument))?;
            }
        }
        let size = u64::try_from(plaintext.len()).map_err(|_| s3(Class::EntityTooLarge))?;
        let etag = hex::encode(self.random.array::<16>());
        let mut described = Object {
            algorithm: plan.algorithm,
            kms_key_id: data_key.arn.clone(),
            context: plan.context.clone(),
            metadata: plan.metadata.clone(),
            size,
            etag: etag.clone(),
        };
        if self.set(Switch::MetadataBeside) {
            described.metadata = Metadata::new();
        }
        let parts = ObjectParts {
            bucket: plan.name.bucket.clone(),
            key: plan.name.key.clone(),
            fields: vault::fields(&described, data_key.blob.clone()),
            etag: etag.clone(),
            dek: data_key.clear,
            root: [0; 32],
            record_nonce: self.fresh(),
            parts: vec![PartBody { number: 0, salt, plaintext: plaintext.clone() }],
        };
        let item = self.vault.seal(parts).ok_or_else(|| s3(Class::InvalidArgument))?;
        self.store(plan, &plaintext, &data_key.clear, item)?;
        if plan.algorithm == Algorithm::AwsKms {
            let name = (plan.name.bucket.clone(), plan.name.key.clone());
            self.memory.cache.insert(name, data_key.clear.to_vec());
        }
        Ok(self.oracle.stored(plan, data_key.arn, size, etag).into())
    }

    /// One fresh data key: from the random source, or from KMS.
    fn data_key(&mut self, plan: &PutPlan) -> Result<DataKey, Failure> {
        let short = || s3(Class::Unavailable);
        match &plan.kms {
            Some(request) if self.bent(Switch::UnderServiceKey) => {
                let arn = request.key_id.clone();
                Ok(DataKey { arn, ..self.service_data_key(plan)? })
            }
            Some(request) => {
                if self.bent(Switch::PutGeneratesTwice) {
                    self.kms_for_store(request.clone(), &[])?;
                }
                let given = self.kms_for_store(request.clone(), &[])?;
                let clear = given.plaintext.try_into().map_err(|_| short())?;
                Ok(DataKey { clear, blob: given.blob, arn: Some(given.key_arn) })
            }
            None => self.service_data_key(plan),
        }
    }

    fn service_data_key(&mut self, plan: &PutPlan) -> Result<DataKey, Failure> {
        let clear = if self.bent(Switch::OneDataKey) { [0x11; 32] } else { self.fresh() };
        let nonce = self.fresh();
        let wrapped = self.vault.wrap_for_service(&nonce, &clear, &plan.name);
        let blob = wrapped.ok_or_else(|| s3(Class::InvalidArgument))?;
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: blob.clone().into(),
            encryption_context: EncryptionContext::new(),
            plaintext: SecretBytes::new(clear.to_vec()),
        });
        Ok(DataKey { clear, blob, arn: None })
    }

    /// Data key and salt of the object that a put overwrites, where a bend takes them again.
    fn overwritten(&self, plan: &PutPlan) -> Option<([u8; 32], [u8; 24])> {
        if !self.set(Switch::OverwriteReuses) {
            return None;
        }
        let old = self.find(&plan.name)?;
        let clear = self.vault.unwrap_from_service(&old.fields.blob, &plan.name)?;
        self.witness().reach();
        Some((clear, old.part.parts.first()?.salt))
    }

    /// Writes the items of an object.
    fn store(
        &mut self,
        plan: &PutPlan,
        plaintext: &[u8],
        data_key: &[u8; 32],
        item: Vec<u8>,
    ) -> Result<(), Failure> {
        let (bucket, key) = (plan.name.bucket.as_str(), plan.name.key.as_str());
        self.erase(bucket, key);
        let (message, record) = object::split(&item).ok_or_else(|| s3(Class::Integrity))?;
        let (message, record) = (message.to_vec(), record.to_vec());
        let large = plaintext.len() > body::CHUNK;
        let other = if self.bent(Switch::BodyClear) || large && self.bent(Switch::LargeBodyClear) {
            Some(plaintext.to_vec())
        } else if self.bent(Switch::BodyHex) {
            Some(hex::encode(plaintext).into_bytes())
        } else if self.bent(Switch::BodyBase64) {
            Some(STANDARD.encode(plaintext).into_bytes())
        } else if self.set(Switch::ShortBody) {
            self.beside("body", bucket, key, message);
            Some(Vec::new())
        } else {
            None
        };
        let mut item = match other {
            Some(other) => object::join(&other, &record).map_err(|e| s3(e.class()))?,
            None => item,
        };
        if self.set(Switch::StoredIdentity) {
            let mut named = bytes::identity(bucket, key).map_err(|e| s3(e.class()))?;
            named.append(&mut item);
            item = named;
        }
        if self.set(Switch::MetadataBeside) {
            let metadata = serde_json::to_vec(&plan.metadata);
            let metadata = metadata.map_err(|error| Failure::Broken(error.to_string()))?;
            self.beside("metadata", bucket, key, metadata);
        }
        if self.bent(Switch::DataKeyBeside) {
            self.beside("data-key", bucket, key, data_key.to_vec());
        }
        if self.bent(Switch::DigestBeside) {
            let digest = Md5::digest(plaintext).to_vec();
            self.beside("digest", bucket, key, digest);
        }
        self.beside("object", bucket, key, item);
        Ok(())
    }

    pub(super) fn get(&mut self, plan: &GetPlan) -> Result<Reply, Failure> {
        let candidates = self.candidates(&plan.name);
        match self.read(plan, &candidates) {
            Ok(bytes) => Ok(Oracle::got(plan, bytes).into()),
            Err(failure) => {
                let failing = matches!(&failure, Failure::Refused(_));
                if !failing || !self.bent(Switch::FailsOpen) {
                    return Err(failure);
                }
                let id = place("object", &plan.name.bucket, &plan.name.key);
                let mut bytes = self.copies(&id).pop().unwrap_or_default();
                bytes.truncate(usize::try_from(plan.object.size).unwrap_or(usize::MAX));
                Ok(Oracle::got(plan, bytes).into())
            }
        }
    }

    fn read(&mut self, plan: &GetPlan, candidates: &[Opened]) -> Result<Vec<u8>, Failure> {
        let first = candidates.first().ok_or_else(|| s3(Class::Integrity))?.clone();
        if first.part.size() == 0 && self.bent(Switch::EmptyUnread) {
            return Ok(Vec::new());
        }
        let clear = self.unwrap(plan, &first)?;
        let mut span = plan.span;
        let ranged = span.end - span.start < plan.object.size;
        if ranged && span.end - span.start > 1 && self.bent(Switch::RangeShort) {
            span.end -= 1;
        }
        let found = candidates.iter().find_map(|opened| self.open_bytes(opened, &clear, span));
        found.ok_or_else(|| s3(Class::Integrity))
    }

    /// The data key of an object: by one request to KMS, or under the service key.
    fn unwrap(&mut self, plan: &GetPlan, opened: &Opened) -> Result<[u8; 32], Failure> {
        let broken = || s3(Class::Integrity);
        let blob = &opened.fields.blob;
        let service = plan.kms.is_none() || blob.starts_with(b"SSB");
        if service {
            return self.vault.unwrap_from_service(blob, &opened.name).ok_or_else(broken);
        }
        let place = (plan.name.bucket.clone(), plan.name.key.clone());
        if let Some(cached) = self.memory.cache.get(&place).cloned()
            && self.bent(Switch::DataKeyCached)
        {
            return cached.try_into().map_err(|_| broken());
        }
        let Some(mut request) = plan.kms.clone() else { return Err(broken()) };
        if opened.name != plan.name {
            let arn = format!("arn:aws:s3:::{}/{}", opened.name.bucket, opened.name.key);
            request.context.insert("aws:s3:arn".to_owned(), arn);
        }
        let given = self.kms_for_store(request, blob)?;
        given.plaintext.try_into().map_err(|_| broken())
    }

    fn open_bytes(&self, opened: &Opened, clear: &[u8; 32], span: Span) -> Option<Vec<u8>> {
        let message = opened.message.as_slice();
        let large = opened.part.size() > 16384;
        let whole = if self.set(Switch::BodyClear) || large && self.set(Switch::LargeBodyClear) {
            message.to_vec()
        } else if self.set(Switch::BodyHex) {
            hex::decode(message).ok()?
        } else if self.set(Switch::BodyBase64) {
            STANDARD.decode(message).ok()?
        } else if self.bent(Switch::BodyUnchecked) {
            vault::open_body_loosely(opened, clear, false)?
        } else if self.bent(Switch::ShortBody) {
            vault::open_body_loosely(opened, clear, true)?
        } else {
            return vault::open_body(opened, clear, span);
        };
        let length = u64::try_from(whole.len()).ok()?;
        let (start, end) = (span.start.min(length), span.end.min(length));
        whole.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?).map(<[u8]>::to_vec)
    }
}
