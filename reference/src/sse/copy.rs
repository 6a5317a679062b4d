//! CopyObject: a read and a write, streamed (spec/sse/copy.md).

use super::get::Found;
use super::mode::Mode;
use super::{KeyService, Put, SseHeaders, check_metadata, object_name};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use crate::sealed_object::parts::PlaintextReader;
use crate::sealed_object::{Span, open_body};
use crate::store::Store;
use sse_spec::{Class, Metadata, ObjectName};

/// What CopyObject is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    /// The object to copy.
    pub source: ObjectName,
    /// The bucket of the copy.
    pub bucket: String,
    /// The key of the copy.
    pub key: String,
    /// The encryption asked for.
    pub sse: SseHeaders,
    /// User metadata of the copy; the source's without it.
    pub replace_metadata: Option<Metadata>,
}

impl<K: KeyService> Store<K> {
    /// Copies an object.
    ///
    /// # Errors
    /// In the order of the checks; a refused copy leaves its destination as it was.
    pub fn copy(&mut self, caller: &Caller, request: &CopyRequest) -> Result<Put> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let source = object_name(&request.source.bucket, &request.source.key)?;
        let destination = object_name(&request.bucket, &request.key)?;
        let asked = Mode::asked(&request.sse, &destination)?;
        request.replace_metadata.as_ref().map_or(Ok(()), check_metadata)?;
        let changes = request.replace_metadata.is_some() || asked.is_some();
        // 2. The source's bucket, then the destination's.
        self.bucket(source.bucket())?;
        self.bucket(destination.bucket())?;
        // 3. The permission to read, then to write.
        // r[sse.copy.source-permission]
        self.admit(caller, "s3:GetObject", &source)?;
        // r[sse.copy.header]
        // r[sse.copy.destination-default]
        let mode = self.admit_write(caller, &destination, &request.sse, asked)?;
        // 4. The source.
        let Found { item, record } = self.find(&source)?;
        // 5. A copy onto itself.
        // r[sse.copy.onto-itself-illegal]
        if source == destination && !changes {
            return Err(Refused(Class::InvalidRequest));
        }
        // 6. KMS for the source.
        // r[audit.store.copy-source]
        // r[sse.copy.decrypt-once]
        // r[sse.copy.decrypt-permission]
        // r[sse.copy.source-key-unusable]
        let dek = self.data_key_of(caller, &source, &record)?;
        let plaintext = open_body(&source, &record, &dek, &*item, Span::WHOLE);
        // 7. KMS for the copy. 8. The body, authenticated before it is encrypted anew.
        // r[sse.copy.metadata]
        let metadata = request.replace_metadata.as_ref().unwrap_or(&record.described.metadata);
        // r[sse.copy.round-trip]
        // r[audit.store.copy-destination]
        // r[sse.copy.generate-data-key-once]
        // r[sse.copy.generate-data-key-permission]
        // r[sse.copy.onto-itself-encrypts-anew]
        // r[sse.tamper.copy-source]
        let mut body = PlaintextReader::new(plaintext);
        self.write_object(caller, &destination, mode, metadata, &mut body)
    }
}
