//! Puts, copies and gets with their bytes (spec/sse.md, spec/sse/copy.md, spec/sealed-object.md).

use super::super::switch::Switch;
use super::super::vault::{self, Opened};
use super::plans::chunks_alike;
use super::rest::place;
use super::{MalleableWorld, s3};
use crate::target::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sse_spec::{
    Algorithm, Class, DataKeyRecord, EncryptionContext, Metadata, ObjectName, Reply, SecretBytes,
};
use sse_vectors::builder::{body, bytes, object};
use sse_vectors::oracle::{CopyPlan, GetPlan, KmsRequest, Object, Oracle, PutPlan, Span};

/// A data key, clear and wrapped, with the key's ARN where KMS made it.
pub(super) struct DataKey {
    pub(super) clear: [u8; 32],
    pub(super) blob: Vec<u8>,
    pub(super) arn: Option<String>,
}

/// What a write has left: what its reply shows.
struct Written {
    arn: Option<String>,
    size: u64,
    etag: String,
}

impl MalleableWorld {
    pub(super) fn put(&mut self, plan: &PutPlan, plaintext: &[u8]) -> Result<Reply, Failure> {
        let plan = &self.bend_write(plan);
        let spared = self.spared(plan, plaintext.is_empty());
        let data_key = spared.unwrap_or_else(|| self.data_key(plan))?;
        let old = self.staying(&plan.name);
        let Written { arn, size, etag } = self.write(plan, data_key, plaintext)?;
        let reply = self.durable.oracle.stored(plan, arn, size, etag);
        self.stay(&plan.name, old);
        Ok(reply.into())
    }

    pub(super) fn copy(&mut self, plan: &CopyPlan) -> Result<Reply, Failure> {
        let candidates = self.stored(&plan.source.name)?;
        let first = candidates.first().ok_or_else(|| s3(Class::Integrity))?;
        let plan = &self.bend_copy(plan, first);
        let clear = match self.skipped(plan) {
            Some(clear) => clear,
            None => self.unwrap(&plan.source, first)?,
        };
        let spared =
            self.shared(plan, &clear).map(Ok).or_else(|| self.spared(&plan.destination, false));
        let data_key = spared.unwrap_or_else(|| self.data_key(&plan.destination));
        let data_key =
            data_key.or_else(|failure| self.spool(plan, &candidates, &clear, failure))?;
        if let Some(etag) = self.verbatim(plan) {
            return Ok(self.durable.oracle.copied(plan, data_key.arn, etag).into());
        }
        let plaintext = match self.unchecked(first, &clear) {
            Some(plaintext) => plaintext,
            None => self.open_some(&candidates, &clear, plan.source.span)?,
        };
        let Written { arn, etag, .. } = self.write(&plan.destination, data_key, &plaintext)?;
        Ok(self.durable.oracle.copied(plan, arn, etag).into())
    }

    /// Encrypts a body under a data key and writes the items of its object.
    fn write(
        &mut self,
        plan: &PutPlan,
        mut data_key: DataKey,
        plaintext: &[u8],
    ) -> Result<Written, Failure> {
        let mut salt: [u8; 24] = self.fresh();
        self.bend_secrets(plan, &mut data_key, &mut salt)?;
        let size = u64::try_from(plaintext.len()).map_err(|_| s3(Class::EntityTooLarge))?;
        let described = Object {
            algorithm: plan.algorithm,
            kms_key_id: data_key.arn.clone(),
            context: plan.context.clone(),
            metadata: plan.metadata.clone(),
            size,
            etag: self.etag(plan.algorithm, plaintext),
        };
        let name = self.bound_name(&plan.name, data_key.arn.is_none());
        let sealed = vault::seal_part(&data_key.clear, &name, 0, salt, plaintext.to_vec());
        let parts = [sealed.ok_or_else(|| s3(Class::InvalidArgument))?];
        self.store(&plan.name, &described, &data_key, &parts, plaintext)?;
        Ok(Written { arn: data_key.arn, size, etag: described.etag })
    }

    /// The entity tag of bytes: their MD5 under SSE-S3, random under SSE-KMS.
    pub(super) fn etag(&mut self, algorithm: Algorithm, plaintext: &[u8]) -> String {
        if let Some(other) = self.other_etag(algorithm, plaintext) {
            return other;
        }
        match algorithm {
            Algorithm::Aes256 => hex::encode(Md5::digest(plaintext)),
            Algorithm::AwsKms => hex::encode(self.random.array::<16>()),
        }
    }

    /// One fresh data key: from the random source, or from KMS.
    pub(super) fn data_key(&mut self, plan: &PutPlan) -> Result<DataKey, Failure> {
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
                let request = self.bend_alias(&plan.name, request);
                let given = self.kms_for_store(request, &[])?;
                let arn = Some(given.key_arn());
                let clear = widened(given.plaintext).ok_or_else(short)?;
                Ok(DataKey { clear, blob: given.blob, arn })
            }
            None => self.service_data_key(plan),
        }
    }

    pub(super) fn service_data_key(&mut self, plan: &PutPlan) -> Result<DataKey, Failure> {
        let clear = if self.bent(Switch::OneDataKey) { [0x11; 32] } else { self.fresh() };
        let blob = self.wrap_for_service(plan, &clear)?;
        self.list_data_key(&blob, &clear);
        Ok(DataKey { clear, blob, arn: None })
    }

    /// Tells the laboratory of a data key that the store wrapped.
    pub(super) fn list_data_key(&mut self, blob: &[u8], clear: &[u8; 32]) {
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: blob.to_vec().into(),
            encryption_context: EncryptionContext::new(),
            plaintext: SecretBytes::new(clear.to_vec()),
        });
    }

    pub(super) fn wrap_for_service(
        &mut self,
        plan: &PutPlan,
        clear: &[u8; 32],
    ) -> Result<Vec<u8>, Failure> {
        let nonce = self.fresh();
        let name = self.bound_name(&plan.name, self.memory.store.path.seals());
        let wrapped =
            self.durable.vault.wrap_for_service(self.service_version(plan), &nonce, clear, &name);
        wrapped.ok_or_else(|| s3(Class::InvalidArgument))
    }

    /// Data key and salt of the object that a put overwrites, where a bend takes them again.
    pub(super) fn overwritten(&self, plan: &PutPlan) -> Option<([u8; 32], [u8; 24])> {
        if !self.set(Switch::OverwriteReuses) {
            return None;
        }
        let old = self.find(&plan.name)?;
        let clear = self.durable.vault.unwrap_from_service(&old.fields.blob, &plan.name)?;
        let salt = old.part.parts.first()?.salt;
        self.witness().reach();
        Some((clear, salt))
    }

    /// Writes the items of an object out of its sealed parts; `plaintext` is for bends alone.
    pub(super) fn store(
        &mut self,
        name: &ObjectName,
        described: &Object,
        data_key: &DataKey,
        parts: &[sse_vectors::builder::SealedMessage],
        plaintext: &[u8],
    ) -> Result<(), Failure> {
        let (bucket, key) = (name.bucket.as_str(), name.key.as_str());
        let nonce = self.fresh();
        let mut recorded = described.clone();
        if self.set(Switch::MetadataBeside) {
            recorded.metadata = Metadata::new();
        }
        let sealed = self.durable.vault.seal(name, &recorded, data_key.blob.clone(), nonce, parts);
        let item = sealed.ok_or_else(|| s3(Class::InvalidArgument))?;
        let other = self.other_body(name, described, &data_key.clear, plaintext);
        self.remember(name);
        self.erase(bucket, key);
        let kms = described.algorithm == Algorithm::AwsKms;
        let mut item = self.bend_body(name, item, (plaintext, kms), other)?;
        if self.set(Switch::StoredIdentity) || self.set(Switch::CopyVerbatim) {
            let mut named = bytes::identity(bucket, key).map_err(|e| s3(e.class()))?;
            named.append(&mut item);
            item = named;
        }
        if self.set(Switch::MetadataBeside) {
            let metadata = serde_json::to_vec(&described.metadata);
            let metadata = metadata.map_err(|error| Failure::Broken(error.to_string()))?;
            self.beside("metadata", bucket, key, metadata);
        }
        if self.bent(Switch::DataKeyBeside) {
            self.beside("data-key", bucket, key, data_key.clear.to_vec());
        }
        if self.bent(Switch::DigestBeside) || self.digest_here() {
            let digest = Md5::digest(plaintext).to_vec();
            self.beside("digest", bucket, key, digest);
        }
        self.lay_beside(name, described, data_key, plaintext);
        self.beside("object", bucket, key, item);
        if described.algorithm == Algorithm::AwsKms {
            let place = (bucket.to_owned(), key.to_owned());
            self.memory.cache.insert(place, data_key.clear.to_vec());
        }
        Ok(())
    }

    /// The item with the body in the form that a bend gives it.
    fn bend_body(
        &mut self,
        name: &ObjectName,
        item: Vec<u8>,
        (plaintext, kms): (&[u8], bool),
        other: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Failure> {
        let (messages, record) = object::split(&item).ok_or_else(|| s3(Class::Integrity))?;
        let large = plaintext.len() > body::CHUNK;
        let other = if let Some(other) = other {
            other
        } else if self.bent(Switch::BodyClear) || large && self.bent(Switch::LargeBodyClear) {
            plaintext.to_vec()
        } else if self.bent(Switch::BodyHex) {
            hex::encode(plaintext).into_bytes()
        } else if self.bent(Switch::BodyBase64) {
            STANDARD.encode(plaintext).into_bytes()
        } else if self.set(Switch::ShortBody) {
            self.beside("body", &name.bucket, &name.key, messages.to_vec());
            Vec::new()
        } else if let Some(apart) = self.body_item(messages, kms) {
            self.beside("body", &name.bucket, &name.key, apart);
            Vec::new()
        } else {
            return Ok(item);
        };
        object::join(&other, record).map_err(|error| s3(error.class()))
    }

    pub(super) fn get(&mut self, plan: &GetPlan) -> Result<Reply, Failure> {
        let candidates = self.stored(&plan.name)?;
        let plan = &self.bend_read(plan);
        match self.read(plan, &candidates) {
            Ok(bytes) => Ok(Oracle::got(plan, bytes).into()),
            Err(failure) => {
                let failing = matches!(&failure, Failure::Refused(_));
                if !failing || !self.bent(Switch::FailsOpen) {
                    return self.released(plan, &candidates, failure);
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
        for _ in first.part.parts.iter().skip(1) {
            if plan.kms.is_some() && self.bent(Switch::GetDecryptsEachPart) {
                self.unwrap(plan, &first)?;
            }
        }
        if let Some(bytes) = self.misplaced(candidates, &clear, span)? {
            return Ok(bytes);
        }
        let whole = span == Span { start: 0, end: plan.object.size };
        let bytes = self.open_some(candidates, &clear, span)?;
        Ok(self.shortened(bytes, whole))
    }

    /// The bytes of a span, from whichever copy has them.
    pub(super) fn open_some(
        &self,
        candidates: &[Opened],
        clear: &[u8; 32],
        span: Span,
    ) -> Result<Vec<u8>, Failure> {
        let found = candidates.iter().find_map(|opened| self.open_bytes(opened, clear, span));
        found.ok_or_else(|| s3(Class::Integrity))
    }

    /// The data key of an object.
    pub(super) fn unwrap(&mut self, plan: &GetPlan, opened: &Opened) -> Result<[u8; 32], Failure> {
        let place = (plan.name.bucket.clone(), plan.name.key.clone());
        let cached = self.memory.cache.get(&place).cloned();
        let kept = cached.clone();
        if let (Some(_), Some(cached)) = (&plan.kms, cached)
            && !opened.fields.blob.starts_with(b"SSB")
            && self.bent(Switch::DataKeyCached)
        {
            return cached.try_into().map_err(|_| s3(Class::Integrity));
        }
        let mut kms = plan.kms.clone();
        if let Some(request) = &mut kms {
            self.bend_kms_read(&plan.name, request);
        }
        if let Some(request) = &mut kms
            && opened.name != plan.name
        {
            let arn = format!("arn:aws:s3:::{}/{}", opened.name.bucket, opened.name.key);
            request.context.insert("aws:s3:arn".to_owned(), arn);
        }
        match (self.unwrap_blob(kms, &opened.fields.blob, &opened.name), kept) {
            (Err(Failure::Refused(refused)), Some(kept))
                if refused.class == Class::Unavailable && self.bent(Switch::OutageCached) =>
            {
                kept.try_into().map_err(|_| s3(Class::Integrity))
            }
            (outcome, _) => outcome,
        }
    }

    /// A data key out of its blob: by one request to KMS, or under the service key.
    pub(super) fn unwrap_blob(
        &mut self,
        kms: Option<KmsRequest>,
        blob: &[u8],
        name: &ObjectName,
    ) -> Result<[u8; 32], Failure> {
        let broken = || s3(Class::Integrity);
        match kms.filter(|_| !blob.starts_with(b"SSB")) {
            None => self.durable.vault.unwrap_from_service(blob, name).ok_or_else(broken),
            Some(request) => {
                let given = self.kms_for_store(request, blob)?;
                widened(given.plaintext).ok_or_else(broken)
            }
        }
    }

    fn open_bytes(&self, opened: &Opened, clear: &[u8; 32], span: Span) -> Option<Vec<u8>> {
        let stored = opened.body.as_slice();
        let large = opened.part.size() > 16384;
        let lies_clear = u64::try_from(stored.len()).is_ok_and(|it| it == opened.part.size());
        let ranged = span.end - span.start < opened.part.size();
        let parts = opened.part.parts.len() > 1;
        let whole = if lies_clear && self.set(Switch::ChunksAlike) {
            chunks_alike(clear, stored)?
        } else if lies_clear && self.some_in_clear()
            || self.set(Switch::BodyClear)
            || large && self.set(Switch::LargeBodyClear)
        {
            stored.to_vec()
        } else if self.set(Switch::BodyHex) {
            hex::decode(stored).ok()?
        } else if self.set(Switch::BodyBase64) {
            STANDARD.decode(stored).ok()?
        } else if self.bent(Switch::BodyUnchecked)
            || ranged && self.bent(Switch::RangeUnchecked)
            || parts && self.bent(Switch::UploadUnchecked)
        {
            vault::open_body_loosely(opened, clear, false)?
        } else if self.bent(Switch::ShortBody) {
            vault::open_body_loosely(opened, clear, true)?
        } else if let Some(otherwise) = self.opened_otherwise(opened, clear) {
            otherwise?
        } else {
            let opened_well = vault::open_body(opened, clear, span);
            if opened_well.is_some() || !self.bent(Switch::GarbageUnnoticed) {
                return opened_well;
            }
            vault::open_body_loosely(opened, clear, false)?
        };
        if self.tailed(opened, span) {
            return Some(whole);
        }
        let length = u64::try_from(whole.len()).ok()?;
        let (start, end) = (span.start.min(length), span.end.min(length));
        whole.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?).map(<[u8]>::to_vec)
    }
}

/// A data key of 32 bytes; one of 16, which only a bend asks for, stands twice.
fn widened(plaintext: Vec<u8>) -> Option<[u8; 32]> {
    let whole = if plaintext.len() == 16 { plaintext.repeat(2) } else { plaintext };
    whole.try_into().ok()
}
