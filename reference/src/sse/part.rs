//! UploadPart, and a part of an open upload at rest: its body, then its record, then the length of
//! the record, like an object (spec/sse/multipart.md, parts).

use super::{KeyService, Put, SseHeaders, Tagging, object_name, shown};
use crate::disk::Place;
use crate::environment::Environment;
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use crate::sealed_object::parts::{MAX_PARTS, SealedPart};
use crate::sealed_object::{Item, Part, read_trailer, seal_part, write_trailer};
use crate::store::Store;
use crate::wire::{Reader, put_lp16};
use sse_spec::Class;
use std::io::Read;

/// What UploadPart is asked for, beside the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartRequest {
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// 1 to 10000.
    pub part_number: u32,
    /// Headers that do not belong here.
    pub sse: SseHeaders,
}

/// A part of an open upload.
pub(super) struct Uploaded {
    pub(super) etag: String,
    pub(super) sealed: SealedPart,
}

impl Uploaded {
    /// Opens the item of a part: its record, and the length of the body before it.
    pub(super) fn open(environment: &Environment, place: &Place, item: &dyn Item) -> Result<Self> {
        let (body_length, record) = read_trailer(item)?;
        let contents = environment.open_for(place, &record)?;
        let mut reader = Reader::new(contents.expose());
        let etag = reader.text16()?.to_owned();
        let sealed = SealedPart::read(&mut reader)?;
        reader.end()?;
        let fits = body_length == sealed.body_length();
        if fits { Ok(Self { etag, sealed }) } else { Err(Refused(Class::Integrity)) }
    }

    fn contents(&self) -> Result<Vec<u8>> {
        let mut contents = Vec::new();
        put_lp16(&mut contents, self.etag.as_bytes())?;
        self.sealed.write(&mut contents);
        Ok(contents)
    }
}

impl<K: KeyService> Store<K> {
    /// Uploads a part, in the stead of one with the same number.
    ///
    /// # Errors
    /// In the order of the checks; a refused part leaves the upload as it was.
    pub fn upload_part(
        &mut self,
        caller: &Caller,
        request: &PartRequest,
        body: &mut dyn Read,
    ) -> Result<Put> {
        // r[sse.order.sequence]
        // 1. The parameters.
        let identity = object_name(&request.bucket, &request.key)?;
        // r[sse.multipart.part-number]
        let number = u16::try_from(request.part_number).ok();
        let number = number.filter(|number| (1..=MAX_PARTS).contains(number));
        let number = number.ok_or(Refused(Class::InvalidArgument))?;
        request.sse.refuse()?;
        // 2. The bucket. 3. The permission. 4. The upload.
        let upload_id = &request.upload_id;
        let upload = self.admit_upload(caller, "s3:PutObject", &identity, upload_id)?;
        let (protection, blob) = (upload.protection.clone(), upload.blob.clone());
        // Drawn first, so that a random source that fails does so before anything is written. The
        // salt is new for a part that is sent again.
        let (salt, nonce) = (self.environment.draw()?, self.environment.draw()?);
        let random_tag = self.environment.draw()?;
        // 6. KMS.
        // r[audit.store.multipart-decrypt]
        // r[sse.multipart.decrypt-permission]
        // r[sse.multipart.reference-decrypts]
        let dek = self.open_data_key(caller, &identity, (&protection, &blob))?;
        // 7. The body. Nothing lies at the part's place before the commit.
        // r[sse.at-rest.no-plaintext-part]
        // r[sse.at-rest.before-writing-part]
        // r[sse.at-rest.keystream-parts]
        let place = Place::Part { upload: upload_id.clone(), number };
        let mut draft = self.environment.disk.create(&place)?;
        let mut body = Tagging::new(&self.environment, &protection, body, random_tag);
        let part = Part { number, salt, plaintext: &mut body };
        let sealed = seal_part(&identity, &dek, part, &mut draft)?;
        drop(dek);
        let uploaded = Uploaded { etag: body.tag(), sealed };
        let record = self.environment.seal_for(&place, &nonce, &uploaded.contents()?)?;
        write_trailer(&record, &mut draft)?;
        // r[sse.multipart.part-replaced]
        draft.commit(Vec::new())?;
        Ok(Put { etag: uploaded.etag, sse: shown(&protection) })
    }
}
