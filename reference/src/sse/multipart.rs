//! Uploads in parts: their creation, completion and abort, and the item in which an open upload
//! lies at rest (spec/sse/multipart.md).

use super::mode::{Mode, circumstances};
use super::part::Uploaded;
use super::{KeyService, Put, PutRequest, check_metadata, object_name, shown, tag_is_digest};
use crate::cipher::EntityDigest;
use crate::data_key::Identity;
use crate::disk::{Change, Draft, Place, Scope};
use crate::policy::{Caller, Circumstances};
use crate::refusal::{Refused, Result};
use crate::sealed_object::parts::{PartTable, SealedPart};
use crate::sealed_object::record::{Described, Protection, Record};
use crate::sealed_object::seal_record;
use crate::secret::{Dek, SecretBuffer};
use crate::store::Store;
use serde::{Deserialize, Serialize};
use sse_spec::{Algorithm, Class, CompletedPart, EncryptionContext, Metadata, SseShown};
use std::io;

/// The reply to a CreateMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    /// The id of the upload.
    pub upload_id: String,
    /// The mode that was applied.
    pub sse: SseShown,
}

/// What CompleteMultipartUpload is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// The parts, ascending by number.
    pub parts: Vec<CompletedPart>,
}

/// What the creation of an upload fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub(super) identity: Identity,
    pub(super) protection: Protection,
    pub(super) blob: Vec<u8>,
    metadata: Metadata,
    /// The algorithm as the creation sent it, for a policy's eyes.
    algorithm_sent: Option<String>,
}

/// The contents of an upload's control item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadItem {
    bucket: String,
    key: String,
    algorithm: Algorithm,
    kms_key_id: Option<String>,
    context: EncryptionContext,
    #[serde(with = "hex")]
    blob: Vec<u8>,
    metadata: Metadata,
    algorithm_sent: Option<String>,
}

impl Upload {
    pub(crate) fn from_contents(contents: &SecretBuffer) -> Result<Self> {
        let damaged = Refused(Class::Integrity);
        let item = serde_json::from_slice(contents.expose()).map_err(|_| damaged)?;
        let UploadItem {
            bucket,
            key,
            algorithm,
            kms_key_id,
            context,
            blob,
            metadata,
            algorithm_sent,
        } = item;
        let key_arn = kms_key_id.unwrap_or_default();
        let protection = Protection::new(algorithm, &key_arn, context).map_err(|_| damaged)?;
        let identity = Identity::new(&bucket, &key).map_err(|_| damaged)?;
        Ok(Self { identity, protection, blob, metadata, algorithm_sent })
    }

    fn contents(&self) -> Result<Vec<u8>> {
        let (algorithm, kms_key_id, context) = match &self.protection {
            Protection::SseS3 => (Algorithm::Aes256, None, EncryptionContext::new()),
            Protection::SseKms { key_arn, context } => {
                (Algorithm::AwsKms, Some(key_arn.clone()), context.clone())
            }
        };
        let item = UploadItem {
            bucket: self.identity.bucket().to_owned(),
            key: self.identity.key().to_owned(),
            algorithm,
            kms_key_id,
            context,
            blob: self.blob.clone(),
            metadata: self.metadata.clone(),
            algorithm_sent: self.algorithm_sent.clone(),
        };
        serde_json::to_vec(&item).map_err(|_| Refused(Class::InvalidArgument))
    }
}

impl<K: KeyService> Store<K> {
    /// Begins an upload in parts, and fixes its mode, key, context and metadata.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn create_multipart_upload(
        &mut self,
        caller: &Caller,
        request: &PutRequest,
    ) -> Result<NewUpload> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let identity = object_name(&request.bucket, &request.key)?;
        let asked = Mode::asked(&request.sse, &identity)?;
        check_metadata(&request.metadata)?;
        // 2. The bucket. 3. The permission.
        // r[sse.multipart.header]
        // r[sse.multipart.default]
        let mode = self.admit_write(caller, &identity, &request.sse, asked)?;
        let upload_id = hex::encode(self.environment.draw::<16>()?);
        if self.uploads.contains_key(&upload_id) {
            // Only a broken random source repeats 128 bits.
            return Err(Refused(Class::Unavailable));
        }
        // 6. KMS.
        // r[sse.multipart.key-used]
        // r[sse.multipart.one-data-key]
        // r[sse.multipart.generate-data-key-permission]
        // r[sse.multipart.key-disabled]
        let (dek, blob, protection) = self.new_data_key(caller, &identity, mode)?;
        drop(dek);
        // r[sse.multipart.metadata]
        // r[sse.multipart.default-at-creation]
        let (metadata, algorithm_sent) = (request.metadata.clone(), request.sse.algorithm.clone());
        let upload = Upload { identity, protection, blob, metadata, algorithm_sent };
        let place = Place::Upload(upload_id.clone());
        let change = self.environment.seal_control(place, &upload.contents()?)?;
        self.environment.disk.commit(vec![change])?;
        let sse = shown(&upload.protection);
        self.uploads.insert(upload_id.clone(), upload);
        Ok(NewUpload { upload_id, sse })
    }

    /// Makes an object out of the listed parts of an upload, which ends with it. The bodies go into
    /// the object as they are: each was encrypted for its number under the object's name.
    ///
    /// # Errors
    /// In the order of the checks; a refused completion leaves the upload and its key as they were.
    pub fn complete_multipart_upload(
        &mut self,
        caller: &Caller,
        request: &Completion,
    ) -> Result<Put> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let identity = object_name(&request.bucket, &request.key)?;
        check_order(&request.parts)?;
        // 2. The bucket. 3. The permission. 4. The upload.
        let upload_id = &request.upload_id;
        let upload = self.admit_upload(caller, "s3:PutObject", &identity, upload_id)?.clone();
        // 5. The parts.
        let parts = self.listed_parts(upload_id, &request.parts)?;
        // Drawn first, so that a random source that fails does so before anything is written.
        let (nonce, random_tag) = (self.environment.draw()?, self.environment.draw()?);
        // 6. KMS.
        // r[sse.multipart.decrypt-permission]
        // r[sse.multipart.reference-decrypts]
        let dek = self.open_data_key(caller, &identity, (&upload.protection, &upload.blob))?;
        // 7. The bodies and their commitments.
        let mut draft = self.environment.disk.create(&Place::Object(identity.clone()))?;
        for part in &parts {
            let place = Place::Part { upload: upload_id.clone(), number: part.sealed.number };
            self.move_body((&identity, &dek), &part.sealed, &place, &mut *draft)?;
        }
        drop(dek);
        // r[sse.multipart.etag-form]
        let tag = self.tag_of(&upload.protection, &parts, random_tag)?;
        let etag = format!("{tag}-{}", parts.len());
        let sealed = parts.into_iter().map(|part| part.sealed).collect();
        let Upload { protection, blob, metadata, .. } = upload;
        let described = Described { protection, blob, metadata, etag };
        let record = Record { described, parts: PartTable::new(sealed)? };
        seal_record(self.environment.record_key(), &identity, &nonce, &record, &mut draft)?;
        // The object comes and the upload goes in one step.
        // r[sse.multipart.refused-writes-nothing]
        // r[refusal.failure.old-or-new]
        draft.commit(self.removal(upload_id)?)?;
        self.uploads.remove(upload_id);
        let Described { protection, etag, .. } = record.described;
        Ok(Put { etag, sse: shown(&protection) })
    }

    /// Ends an upload, and removes its parts.
    ///
    /// # Errors
    /// In the order `invalid`, `not-found` (bucket), `denied`, `not-found` (upload), `unavailable`.
    pub fn abort_multipart_upload(
        &mut self,
        caller: &Caller,
        (bucket, key): (&str, &str),
        upload_id: &str,
    ) -> Result<()> {
        let identity = object_name(bucket, key)?;
        self.admit_upload(caller, "s3:AbortMultipartUpload", &identity, upload_id)?;
        // r[sse.multipart.abort]
        // r[sse.at-rest.abort-leaves-nothing]
        self.environment.disk.commit(self.removal(upload_id)?)?;
        self.uploads.remove(upload_id);
        Ok(())
    }

    /// Admits a request on an open upload: its bucket exists, the caller may make it, and the
    /// upload is open for this object.
    pub(super) fn admit_upload(
        &self,
        caller: &Caller,
        action: &str,
        identity: &Identity,
        upload_id: &str,
    ) -> Result<&Upload> {
        let upload = self.uploads.get(upload_id).filter(|upload| upload.identity == *identity);
        // A policy judges what the creation sent.
        // r[sse.multipart.policy-at-creation]
        let seen = match upload {
            Some(Upload { protection, algorithm_sent, .. }) if action == "s3:PutObject" => {
                let key = shown(protection).kms_key_id;
                circumstances(caller, algorithm_sent.as_deref(), key.as_deref())
            }
            _ => Circumstances::of(caller),
        };
        self.authorize(caller, action, (identity.bucket(), Some(identity.key())), &seen)?;
        // r[sse.multipart.no-such-upload]
        // r[sse.multipart.ended]
        upload.ok_or(Refused(Class::NoSuchUpload))
    }

    /// The listed parts, each with the listed entity tag, none but the last too small.
    fn listed_parts(&self, upload_id: &str, listed: &[CompletedPart]) -> Result<Vec<Uploaded>> {
        let find = |listed: &CompletedPart| {
            let absent = Refused(Class::InvalidPart);
            let number = u16::try_from(listed.part_number).map_err(|_| absent)?;
            let place = Place::Part { upload: upload_id.to_owned(), number };
            let item = self.environment.disk.open(&place)?.ok_or(absent)?;
            let part = Uploaded::open(&self.environment, &place, &*item)?;
            // r[sse.multipart.invalid-part]
            if part.etag == listed.etag { Ok(part) } else { Err(absent) }
        };
        let parts: Vec<_> = listed.iter().map(find).collect::<Result<_>>()?;
        // r[sse.multipart.part-too-small]
        let minimum = self.environment.minimum_part;
        match parts.split_last() {
            Some((_, others)) if others.iter().any(|part| part.sealed.length < minimum) => {
                Err(Refused(Class::EntityTooSmall))
            }
            _ => Ok(parts),
        }
    }

    /// Moves the body of a part into the item of its object.
    fn move_body(
        &self,
        keys: (&Identity, &Dek),
        part: &SealedPart,
        place: &Place,
        draft: &mut dyn Draft,
    ) -> Result<()> {
        let damaged = Refused(Class::Integrity);
        let item = self.environment.disk.open(place)?.ok_or(damaged)?;
        // r[sse.multipart.commitment-checked]
        part.cipher(keys, (&*item, 0))?;
        let moved = io::copy(&mut *item.read(0, part.body_length())?, draft)?;
        if moved == part.body_length() { Ok(()) } else { Err(damaged) }
    }

    /// The digits of the object's entity tag.
    fn tag_of(
        &self,
        protection: &Protection,
        parts: &[Uploaded],
        random: [u8; 16],
    ) -> Result<String> {
        if !tag_is_digest(&self.environment, protection) {
            return Ok(hex::encode(random));
        }
        // r[sse.multipart.etag-sse-s3]
        let mut digest = EntityDigest::default();
        for part in parts {
            digest.update(&hex::decode(&part.etag).map_err(|_| Refused(Class::Integrity))?);
        }
        Ok(hex::encode(digest.finish()))
    }

    /// The changes after which nothing is left of an upload.
    fn removal(&self, upload_id: &str) -> Result<Vec<Change>> {
        let parts = self.environment.disk.list(Scope::Parts(upload_id))?;
        let upload = Place::Upload(upload_id.to_owned());
        Ok(parts.into_iter().chain([upload]).map(Change::Remove).collect())
    }
}

fn check_order(parts: &[CompletedPart]) -> Result<()> {
    if parts.is_empty() {
        return Err(Refused(Class::MalformedXml));
    }
    // r[sse.multipart.part-order]
    let ascending = parts.is_sorted_by(|left, right| left.part_number < right.part_number);
    if ascending { Ok(()) } else { Err(Refused(Class::InvalidPartOrder)) }
}
