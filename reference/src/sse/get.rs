//! GetObject, HeadObject, ListObjects and DeleteObject (spec/sse.md, get to delete).

use super::{KeyService, SseHeaders, object_name, shown};
use crate::data_key::Identity;
use crate::disk::{Change, Place, Scope};
use crate::policy::{Caller, Circumstances};
use crate::refusal::{Refused, Result};
use crate::sealed_object::record::Record;
use crate::sealed_object::{Item, Span, open_body, open_record};
use crate::secret::Dek;
use crate::store::Store;
use sse_spec::{Class, ListedObject, Metadata, Range, SseShown};
use std::io::Write;

/// What GetObject is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetRequest {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// A range of the object; the whole without it.
    pub range: Option<Range>,
    /// Headers that do not belong here.
    pub sse: SseHeaders,
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

/// The reply to a GetObject of which at least the first bytes were authentic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// What it shows of the object.
    pub head: Head,
    /// Why the bytes ended early, where they did; what was written until then is a true prefix.
    pub aborted: Option<Refused>,
}

/// An object whose record was opened.
pub(super) struct Found {
    pub(super) item: Box<dyn Item>,
    pub(super) record: Record,
}

impl<K: KeyService> Store<K> {
    /// Reads an object, whole or in part, and writes its bytes to `out` as they are authenticated.
    ///
    /// # Errors
    /// In the order of the checks; no byte was written then.
    pub fn get(
        &mut self,
        caller: &Caller,
        request: &GetRequest,
        out: &mut dyn Write,
    ) -> Result<Got> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let identity = object_name(&request.bucket, &request.key)?;
        request.sse.refuse()?;
        // 2. The bucket. 3. The permission.
        self.admit(caller, "s3:GetObject", &identity)?;
        // 4. The object, and its record before anything is believed.
        let Found { item, record } = self.find(&identity)?;
        // 5. The range.
        // r[sse.get.range]
        let span = Span::of(request.range, record.parts.size())?;
        // 6. KMS, for an empty object too.
        // r[sse.get.empty-object]
        // r[sse.multipart.get-decrypts-once]
        let dek = self.data_key_of(caller, &identity, &record)?;
        // 7. The body: only what is authentic is released.
        // r[sse.get.round-trip]
        // r[sse.multipart.round-trip]
        // r[sse.multipart.range]
        let mut plaintext = open_body(&identity, &record, &dek, &*item, span);
        let mut released = false;
        let aborted = loop {
            match plaintext.next_part() {
                Ok(Some(bytes)) => {
                    out.write_all(bytes)?;
                    released |= !bytes.is_empty();
                }
                Ok(None) => break None,
                // r[sse.get.never-partial]
                Err(refused) if released => break Some(refused),
                Err(refused) => return Err(refused),
            }
        };
        Ok(Got { head: head(&record), aborted })
    }

    /// Shows an object without its bytes and without a request to KMS.
    ///
    /// # Errors
    /// As [`Store::get`], without what KMS refuses.
    pub fn head(
        &mut self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        sse: &SseHeaders,
    ) -> Result<Head> {
        let identity = object_name(bucket, key)?;
        sse.refuse()?;
        self.admit(caller, "s3:GetObject", &identity)?;
        // r[sse.head.matches-get]
        // r[sse.head.no-kms-request]
        // r[sse.head.key-unusable]
        Ok(head(&self.find(&identity)?.record))
    }

    /// Removes an object; what is not there is as good as removed.
    ///
    /// # Errors
    /// In the order `invalid`, `not-found` (bucket), `denied`, `unavailable`.
    pub fn delete(&mut self, caller: &Caller, bucket: &str, key: &str) -> Result<()> {
        let identity = object_name(bucket, key)?;
        self.admit(caller, "s3:DeleteObject", &identity)?;
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
        let seen = Circumstances::of(caller);
        self.authorize(caller, "s3:ListBucket", (bucket, None), &seen)?;
        let mut objects = Vec::new();
        // r[sse.list.complete]
        // r[sse.list.no-kms-request]
        // r[sse.multipart.invisible-until-complete]
        for place in self.environment.disk.list(Scope::Objects(bucket))? {
            let Place::Object(identity) = place else { continue };
            if identity.key().starts_with(prefix) {
                let Head { size, etag, .. } = head(&self.find(&identity)?.record);
                objects.push(ListedObject { key: identity.key().to_owned(), size, etag });
            }
        }
        Ok(objects)
    }

    /// Admits a request on an object that is no write: its bucket exists, and the caller may.
    pub(super) fn admit(&self, caller: &Caller, action: &str, identity: &Identity) -> Result<()> {
        let resource = (identity.bucket(), Some(identity.key()));
        self.authorize(caller, action, resource, &Circumstances::of(caller))
    }

    /// Finds an object and opens its record.
    pub(super) fn find(&self, identity: &Identity) -> Result<Found> {
        let place = Place::Object(identity.clone());
        // r[sse.get.no-such-key]
        // r[sse.copy.no-such-source]
        // r[sse.at-rest.items-complete]
        let item = self.environment.disk.open(&place)?.ok_or(Refused(Class::NoSuchKey))?;
        let record = open_record(self.environment.record_key(), identity, &*item)?;
        Ok(Found { item, record })
    }

    /// The data key of an object whose record was opened.
    pub(super) fn data_key_of(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        record: &Record,
    ) -> Result<Dek> {
        let described = &record.described;
        self.open_data_key(caller, identity, (&described.protection, &described.blob))
    }
}

fn head(record: &Record) -> Head {
    Head {
        size: record.parts.size(),
        etag: record.described.etag.clone(),
        // r[sse.get.metadata]
        metadata: record.described.metadata.clone(),
        // r[sse.get.mode-shown]
        // r[sse.bucket-default.objects-untouched]
        sse: shown(&record.described.protection),
    }
}
