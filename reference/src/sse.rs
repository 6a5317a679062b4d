//! Objects under SSE-S3 and SSE-KMS: which mode applies, put, get, head, list, delete
//! (spec/sse.md).

use crate::cipher::EntityDigest;
use crate::data_key::Identity;
use crate::disk::{Change, Place};
use crate::encryption_context::{self, OBJECT_ARN_KEY};
use crate::kms::{DataKeyRequest, DecryptRequest};
use crate::policy::{self, Caller, Resource};
use crate::refusal::{Refused, Result};
use crate::sealed_object::record::{Described, Protection, Record};
use crate::sealed_object::{Item, Span, open_body, open_record, seal_body, seal_record};
use crate::secret::Dek;
use crate::store::Store;
use sse_spec::{Algorithm, Class, EncryptionContext, ListedObject, Metadata, Range, SseShown};
use std::io::{self, Read, Write};

const MAX_KEY_LENGTH: usize = 1024;

/// The headers of server-side encryption, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseHeaders {
    /// `x-amz-server-side-encryption`.
    pub algorithm: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key_id: Option<String>,
    /// `x-amz-server-side-encryption-context`: Base64 of a JSON object of strings.
    pub context: Option<String>,
}

/// What PutObject is asked for, beside the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutRequest {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// The encryption asked for.
    pub sse: SseHeaders,
    /// User metadata.
    pub metadata: Metadata,
}

/// What GetObject is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRequest {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// A part of the object; the whole without it.
    pub range: Option<Range>,
    /// Headers that do not belong here.
    pub sse: SseHeaders,
}

/// The reply to a PutObject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The entity tag.
    pub etag: String,
    /// The mode that was applied.
    pub sse: SseShown,
}

/// What GetObject and HeadObject show of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Size of the whole object in bytes.
    pub size: u64,
    /// The entity tag.
    pub etag: String,
    /// User metadata.
    pub metadata: Metadata,
    /// The mode.
    pub sse: SseShown,
}

/// The reply to a GetObject of which at least the first chunk was authentic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// What it shows of the object.
    pub head: Head,
    /// Why the bytes ended early, where they did; what was written until then is a true prefix.
    pub aborted: Option<Refused>,
}

/// The mode that a put asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    SseS3,
    SseKms { key: Option<String>, context: EncryptionContext },
}

impl Mode {
    fn of(headers: &SseHeaders, identity: &Identity) -> Result<Self> {
        let invalid = Refused(Class::InvalidArgument);
        match headers.algorithm.as_deref() {
            // r[sse.put.default-sse-s3]
            None | Some("AES256") => {
                // r[sse.put.key-id-without-kms]
                // r[sse.put.key-id-with-aes256]
                // r[sse.put.context-without-kms]
                let alone = headers.kms_key_id.is_none() && headers.context.is_none();
                if alone { Ok(Self::SseS3) } else { Err(invalid) }
            }
            Some("aws:kms") => {
                let mut context = match &headers.context {
                    Some(header) => encryption_context::from_header(header)?,
                    None => EncryptionContext::new(),
                };
                // r[sse.put.context-arn]
                match context.remove(OBJECT_ARN_KEY) {
                    Some(arn) if arn != identity.object_arn() => Err(invalid),
                    _ => Ok(Self::SseKms { key: headers.kms_key_id.clone(), context }),
                }
            }
            // Published, and out of the scope of the reference.
            Some("aws:kms:dsse" | "aws:fsx") => Err(Refused(Class::UnsupportedOperation)),
            // r[sse.put.invalid-algorithm]
            // r[sse.put.invalid-algorithm-code]
            Some(_) => Err(invalid),
        }
    }
}

impl Store {
    /// Makes a bucket in the caller's account.
    ///
    /// # Errors
    /// `invalid-bucket-name`, `access-denied`, `bucket-exists`, `unavailable`.
    pub fn create_bucket(&mut self, caller: &Caller, bucket: &str) -> Result<()> {
        check_bucket_name(bucket)?;
        let account = Resource::Owned { account: caller.account() };
        policy::decide(caller, "s3:CreateBucket", account).enforce()?;
        if self.buckets.contains_key(bucket) {
            return Err(Refused(Class::BucketExists));
        }
        let owner = caller.account();
        let place = Place::Bucket(bucket.to_owned());
        let change = self.environment.seal_control(place, owner.as_bytes())?;
        self.environment.disk.commit(vec![change])?;
        self.buckets.insert(bucket.to_owned(), owner.to_owned());
        Ok(())
    }

    /// Stores an object.
    ///
    /// # Errors
    /// In the order `invalid`, `not-found`, `denied`, what KMS refuses, `unavailable`. A refused
    /// put leaves its key as it was.
    pub fn put(
        &mut self,
        caller: &Caller,
        request: &PutRequest,
        body: &mut dyn Read,
    ) -> Result<Put> {
        // 1. Parameters, bucket, permission.
        let identity = check_object_name(&request.bucket, &request.key)?;
        let mode = Mode::of(&request.sse, &identity)?;
        encryption_context::encode_map(&request.metadata)?;
        self.enter(caller, "s3:PutObject", &request.bucket)?;

        // Drawn first, so that a random source that fails does so before anything is written.
        let (salt, nonce) = (self.environment.draw()?, self.environment.draw()?);
        let random_tag: [u8; 16] = self.environment.draw()?;

        // 2. and 3. The mode and the data key.
        // r[sse.put.fresh-data-key]
        let (dek, blob, protection) = self.new_data_key(caller, &identity, mode)?;

        // 4. What is written is encrypted. Nothing lies at the object's place before the commit.
        // r[sse.put.refused-writes-nothing]
        let place = Place::Object(identity.clone());
        let mut draft = self.environment.disk.create(&place)?;
        let mut body = Digesting { body, digest: EntityDigest::default() };
        let sealed = seal_body(&identity, &dek, salt, &mut body, &mut draft)?;
        drop(dek);

        // 5. The wrapped key goes with the object, the record last.
        // r[sse.put.kms-etag-not-md5]
        let etag = match protection {
            Protection::SseS3 => hex::encode(body.digest.finish()),
            Protection::SseKms { .. } => hex::encode(random_tag),
        };
        let described = Described { protection, blob, metadata: request.metadata.clone(), etag };
        let record = Record { described, body: sealed };
        let record_key = self.environment.record_key();
        seal_record(record_key, &identity, &nonce, &record, &mut draft)?;
        // r[sse.put.overwrite-replaces]
        // r[sse.at-rest.survives-restart]
        draft.commit()?;
        Ok(Put { sse: shown(&record), etag: record.described.etag })
    }

    /// Reads an object, whole or in part, and writes its bytes to `out` as they are authenticated.
    ///
    /// # Errors
    /// In the order `invalid`, `not-found`, `denied`, `integrity` of the record, what KMS refuses,
    /// `integrity` of the body; no byte was written then.
    pub fn get(
        &mut self,
        caller: &Caller,
        request: &GetRequest,
        out: &mut dyn Write,
    ) -> Result<Got> {
        // 1. and 2. The request, and the record before anything is believed.
        let (identity, item, record) =
            self.look(caller, &request.bucket, &request.key, &request.sse)?;
        // r[sse.get.range]
        let span = Span::of(request.range, record.body.size)?;

        // 3. The data key, for an empty object too.
        // r[sse.get.empty-object]
        let dek = self.open_data_key(caller, &identity, &record)?;

        // 4. Only what is authentic is released.
        // r[sse.get.round-trip]
        let mut body = open_body(&identity, &record, &dek, &*item, span)?;
        drop(dek);
        let mut part = body.next_part()?;
        let mut aborted = None;
        while let Some(bytes) = part {
            out.write_all(bytes)?;
            part = match body.next_part() {
                Ok(next) => next,
                Err(refused) => {
                    aborted = Some(refused);
                    None
                }
            };
        }
        Ok(Got { head: head(&record), aborted })
    }

    /// Shows an object without its bytes and without a request to KMS.
    ///
    /// # Errors
    /// As [`Store::get`] before it asks KMS.
    pub fn head(
        &mut self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        sse: &SseHeaders,
    ) -> Result<Head> {
        // r[sse.head.matches-get]
        // r[sse.head.no-kms-request]
        let (_, _, record) = self.look(caller, bucket, key, sse)?;
        Ok(head(&record))
    }

    /// Removes an object; what is not there is as good as removed.
    ///
    /// # Errors
    /// In the order `invalid`, `not-found` (bucket), `denied`, `unavailable`.
    pub fn delete(&mut self, caller: &Caller, bucket: &str, key: &str) -> Result<()> {
        let identity = check_object_name(bucket, key)?;
        self.enter(caller, "s3:DeleteObject", bucket)?;
        // r[sse.delete.gone]
        // r[sse.delete.no-kms-request]
        self.environment.disk.commit(vec![Change::Remove(Place::Object(identity))])?;
        Ok(())
    }

    /// Lists the objects of a bucket, ascending by key. Size and tag come from each sealed record,
    /// so that one object that is not authentic makes the listing a refusal.
    ///
    /// # Errors
    /// In the order `not-found`, `denied`, `integrity`.
    pub fn list(
        &mut self,
        caller: &Caller,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<ListedObject>> {
        self.enter(caller, "s3:ListBucket", bucket)?;
        let mut objects = Vec::new();
        // r[sse.list.complete]
        // r[sse.list.no-kms-request]
        for place in self.environment.disk.list()? {
            let Place::Object(identity) = &place else { continue };
            if identity.bucket() != bucket || !identity.key().starts_with(prefix) {
                continue;
            }
            let item = self.environment.disk.open(&place)?.ok_or(Refused(Class::NoSuchKey))?;
            let record = open_record(self.environment.record_key(), identity, &*item)?;
            let key = identity.key().to_owned();
            objects.push(ListedObject { key, size: record.body.size, etag: record.described.etag });
        }
        Ok(objects)
    }

    /// A data key for one object, in clear and wrapped, with what its record will say of it.
    fn new_data_key(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        mode: Mode,
    ) -> Result<(Dek, Vec<u8>, Protection)> {
        let Mode::SseKms { key, context } = mode else {
            // r[sse.put.sse-s3-no-kms-request]
            // r[audit.entry.none-for-sse-s3]
            let (dek, blob) = self.new_service_data_key(identity)?;
            return Ok((dek, blob, Protection::SseS3));
        };
        // r[sse.put.kms-default-key]
        // r[sse.put.key-not-found]
        let key_id = match key {
            Some(key) => key,
            None => self.kms.aws_managed_key(caller)?,
        };
        // r[sse.put.generate-data-key-once]
        // r[sse.put.data-key-256-bit]
        let request = DataKeyRequest {
            key_id,
            key_spec: Some("AES_256".to_owned()),
            number_of_bytes: None,
            context: encryption_context::of_object(&context, identity),
        };
        let data_key = self.kms.generate_data_key(&caller.through_store(), &request)?;
        let dek = Dek::from_slice(data_key.plaintext.expose())?;
        let protection = Protection::SseKms { key_arn: data_key.key_arn, context };
        Ok((dek, data_key.blob, protection))
    }

    /// The data key of an object, from its wrapped form.
    fn open_data_key(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        record: &Record,
    ) -> Result<Dek> {
        let blob = &record.described.blob;
        match &record.described.protection {
            Protection::SseS3 => self.open_service_data_key(identity, blob),
            Protection::SseKms { key_arn, context } => {
                // The key is named, so that KMS refuses a blob of another one.
                // r[sse.get.decrypt-once]
                let request = DecryptRequest {
                    key_id: Some(key_arn.clone()),
                    blob: blob.clone(),
                    context: encryption_context::of_object(context, identity),
                };
                let decrypted = self.kms.decrypt(&caller.through_store(), &request)?;
                Dek::from_slice(decrypted.plaintext.expose()).map_err(|_| Refused(Class::Integrity))
            }
        }
    }

    /// Finds a bucket, and decides whether the caller may act in it.
    fn enter(&self, caller: &Caller, action: &str, bucket: &str) -> Result<()> {
        // r[sse.put.no-such-bucket]
        let owner = self.buckets.get(bucket).ok_or(Refused(Class::NoSuchBucket))?;
        policy::decide(caller, action, Resource::Owned { account: owner }).enforce()
    }

    /// What get and head have in common: everything up to the authentic record.
    fn look(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        sse: &SseHeaders,
    ) -> Result<(Identity, Box<dyn Item>, Record)> {
        let identity = check_object_name(bucket, key)?;
        // r[sse.get.request-header-refused]
        if *sse != SseHeaders::default() {
            return Err(Refused(Class::InvalidArgument));
        }
        self.enter(caller, "s3:GetObject", bucket)?;
        let place = Place::Object(identity.clone());
        // r[sse.get.no-such-key]
        let item = self.environment.disk.open(&place)?.ok_or(Refused(Class::NoSuchKey))?;
        let record = open_record(self.environment.record_key(), &identity, &*item)?;
        Ok((identity, item, record))
    }
}

fn head(record: &Record) -> Head {
    Head {
        size: record.body.size,
        etag: record.described.etag.clone(),
        metadata: record.described.metadata.clone(),
        // r[sse.get.mode-shown]
        sse: shown(record),
    }
}

fn shown(record: &Record) -> SseShown {
    // r[sse.put.reply-no-key-id]
    // r[sse.put.reply-key-arn]
    let (algorithm, kms_key_id) = match &record.described.protection {
        Protection::SseS3 => (Algorithm::Aes256, None),
        Protection::SseKms { key_arn, .. } => (Algorithm::AwsKms, Some(key_arn.clone())),
    };
    // r[sse.get.context-not-returned]
    SseShown { algorithm, kms_key_id, context: None }
}

fn check_object_name(bucket: &str, key: &str) -> Result<Identity> {
    if key.len() > MAX_KEY_LENGTH {
        return Err(Refused(Class::KeyTooLong));
    }
    if key.is_empty() {
        return Err(Refused(Class::InvalidArgument));
    }
    Identity::new(bucket, key)
}

/// 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends.
fn check_bucket_name(bucket: &str) -> Result<()> {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [bucket.bytes().next(), bucket.bytes().next_back()];
    let legal = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|byte| alphanumeric(byte) || matches!(byte, b'.' | b'-'))
        && ends.into_iter().flatten().all(alphanumeric);
    if legal { Ok(()) } else { Err(Refused(Class::InvalidBucketName)) }
}

/// Computes the entity tag of SSE-S3 while the body is read.
struct Digesting<'a> {
    body: &'a mut dyn Read,
    digest: EntityDigest,
}

impl Read for Digesting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.digest.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
