//! PutObject, and the one way in which a whole object is written (spec/sse.md, put).

use super::mode::Mode;
use super::{KeyService, SseHeaders, Tagging, check_metadata, object_name, shown};
use crate::data_key::Identity;
use crate::disk::Place;
use crate::policy::Caller;
use crate::refusal::Result;
use crate::sealed_object::parts::{PartTable, WHOLE_OBJECT};
use crate::sealed_object::record::{Described, Record};
use crate::sealed_object::{Part, seal_part, seal_record};
use crate::store::Store;
use sse_spec::{Metadata, SseShown};
use std::io::Read;

/// What PutObject is asked for, beside the body; CreateMultipartUpload is asked for the same.
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

/// The reply to everything that writes an object or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The entity tag.
    pub etag: String,
    /// The mode that was applied.
    pub sse: SseShown,
}

impl<K: KeyService> Store<K> {
    /// Stores an object.
    ///
    /// # Errors
    /// In the order of the checks; a refused put leaves its key as it was.
    pub fn put(
        &mut self,
        caller: &Caller,
        request: &PutRequest,
        body: &mut dyn Read,
    ) -> Result<Put> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let identity = object_name(&request.bucket, &request.key)?;
        let asked = Mode::asked(&request.sse, &identity)?;
        check_metadata(&request.metadata)?;
        // 2. The bucket. 3. The permission.
        let mode = self.admit_write(caller, &identity, &request.sse, asked)?;
        // 6. KMS. 7. The body.
        self.write_object(caller, &identity, mode, &request.metadata, body)
    }

    /// Writes an object that was admitted.
    pub(super) fn write_object(
        &mut self,
        caller: &Caller,
        identity: &Identity,
        mode: Mode,
        metadata: &Metadata,
        body: &mut dyn Read,
    ) -> Result<Put> {
        // Drawn first, so that a random source that fails does so before anything is written.
        let (salt, nonce) = (self.environment.draw()?, self.environment.draw()?);
        let random_tag = self.environment.draw()?;

        // r[sse.put.fresh-data-key]
        // r[sse.copy.fresh-data-key]
        // r[sse.at-rest.fresh-overwrite]
        let (dek, blob, protection) = self.new_data_key(caller, identity, mode)?;

        // What is written is encrypted. Nothing lies at the object's place before the commit.
        // r[refusal.effect.none]
        // r[sse.put.refused-writes-nothing]
        // r[sse.copy.refused-writes-nothing]
        // r[sse.at-rest.refused-no-plaintext]
        // r[sse.at-rest.no-plaintext-copy]
        let mut draft = self.environment.disk.create(&Place::Object(identity.clone()))?;
        let mut body = Tagging::new(&self.environment, &protection, body, random_tag);
        let part = Part { number: WHOLE_OBJECT, salt, plaintext: &mut body };
        let part = seal_part(identity, &dek, part, &mut draft)?;
        drop(dek);

        // The wrapped key goes with the object, the record last.
        let (etag, metadata) = (body.tag(), metadata.clone());
        let described = Described { protection, blob, metadata, etag };
        let record = Record { described, parts: PartTable::new(vec![part])? };
        seal_record(self.environment.record_key(), identity, &nonce, &record, &mut draft)?;
        // r[sse.put.overwrite-replaces]
        // r[sse.at-rest.survives-restart]
        // r[refusal.failure.old-or-new]
        // r[refusal.failure.acknowledged]
        draft.commit(Vec::new())?;
        let Described { protection, etag, .. } = record.described;
        Ok(Put { etag, sse: shown(&protection) })
    }
}
