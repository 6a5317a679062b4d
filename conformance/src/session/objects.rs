//! Copies, uploads in parts and deletions, as the cases of a session perform them.

use super::{Session, unexpected, wrong};
use crate::case::Step;
use crate::target::Failure;
use sse_spec::{
    AbortMultipartUpload, Body, CompleteMultipartUpload, CompletedPart, CopyObject,
    CopyObjectReply, CreateMultipartUpload, DeleteObject, Kind, Metadata, ObjectName, Reply,
    SseHeaders, UploadPart,
};

/// An upload in parts that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Name of the bucket.
    pub bucket: String,
    /// Key of the object.
    pub key: String,
    /// Id of the upload.
    pub id: String,
}

impl Upload {
    /// The request that sends `body` as a part.
    #[must_use]
    pub fn part(&self, part_number: u32, body: Vec<u8>) -> UploadPart {
        UploadPart {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            upload_id: self.id.clone(),
            part_number,
            body: Body::Inline(body.into()),
            sse: SseHeaders::default(),
        }
    }

    /// The request that makes the object out of `parts`.
    #[must_use]
    pub fn completion(&self, parts: &[CompletedPart]) -> CompleteMultipartUpload {
        CompleteMultipartUpload {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            upload_id: self.id.clone(),
            parts: parts.to_vec(),
        }
    }

    /// The request that drops the upload.
    #[must_use]
    pub fn abortion(&self) -> AbortMultipartUpload {
        AbortMultipartUpload {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            upload_id: self.id.clone(),
        }
    }
}

/// The request that copies within a bucket; metadata is given anew, so that a copy of an object
/// onto itself is legal whatever its headers are.
#[must_use]
pub fn copy_request(bucket: &str, from: &str, to: &str, sse: &SseHeaders) -> CopyObject {
    CopyObject {
        source: ObjectName { bucket: bucket.into(), key: from.into() },
        bucket: bucket.into(),
        key: to.into(),
        sse: sse.clone(),
        replace_metadata: Some(Metadata::from([("colour".to_owned(), "vermilion".to_owned())])),
    }
}

impl Session<'_, '_> {
    /// Copies an object within a bucket.
    ///
    /// # Errors
    /// The case's ending.
    pub fn copy(
        &mut self,
        bucket: &str,
        from: &str,
        to: &str,
        sse: &SseHeaders,
    ) -> Step<CopyObjectReply> {
        match self.must(copy_request(bucket, from, to, sse))? {
            Reply::CopyObject(reply) => Ok(reply),
            other => Err(wrong("CopyObject", &other)),
        }
    }

    /// Begins an upload in parts.
    ///
    /// # Errors
    /// The case's ending.
    pub fn begin(&mut self, bucket: &str, key: &str, sse: &SseHeaders) -> Step<Upload> {
        let request = CreateMultipartUpload {
            bucket: bucket.into(),
            key: key.into(),
            sse: sse.clone(),
            metadata: Metadata::from([("colour".to_owned(), "vermilion".to_owned())]),
        };
        match self.must(request)? {
            Reply::CreateMultipartUpload(reply) => {
                Ok(Upload { bucket: bucket.into(), key: key.into(), id: reply.upload_id })
            }
            other => Err(wrong("CreateMultipartUpload", &other)),
        }
    }

    /// Sends a part and gives what its completion names.
    ///
    /// # Errors
    /// The case's ending.
    pub fn part(&mut self, upload: &Upload, number: u32, body: Vec<u8>) -> Step<CompletedPart> {
        match self.must(upload.part(number, body))? {
            Reply::UploadPart(reply) => Ok(CompletedPart { part_number: number, etag: reply.etag }),
            other => Err(wrong("UploadPart", &other)),
        }
    }

    /// Makes the object out of its parts; a refusal is the caller's to judge.
    ///
    /// # Errors
    /// The target's failure.
    pub fn try_complete(
        &mut self,
        upload: &Upload,
        parts: &[CompletedPart],
    ) -> Result<(), Failure> {
        let caller = self.caller.clone();
        self.perform(&caller, &upload.completion(parts).into()).map(|_| ())
    }

    /// Makes the object out of its parts.
    ///
    /// # Errors
    /// The case's ending.
    pub fn complete(&mut self, upload: &Upload, parts: &[CompletedPart]) -> Step<()> {
        self.try_complete(upload, parts)
            .map_err(|failure| unexpected("CompleteMultipartUpload", &failure))
    }

    /// Drops an upload.
    ///
    /// # Errors
    /// The case's ending.
    pub fn abort(&mut self, upload: &Upload) -> Step<()> {
        self.must(upload.abortion()).map(|_| ())
    }

    /// Drops an upload that may have ended already.
    ///
    /// # Errors
    /// The case's ending.
    pub fn abort_if_open(&mut self, upload: &Upload) -> Step<()> {
        let caller = self.caller.clone();
        match self.perform(&caller, &upload.abortion().into()) {
            Err(Failure::Refused(refusal)) if refusal.class.kind() == Kind::NotFound => Ok(()),
            Err(failure) => Err(unexpected("AbortMultipartUpload", &failure)),
            Ok(_) => Ok(()),
        }
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// The case's ending.
    pub fn delete(&mut self, bucket: &str, key: &str) -> Step<()> {
        self.must(DeleteObject { bucket: bucket.into(), key: key.into() }).map(|_| ())
    }

    /// Length of a part that is not the last: what is wished for, but no less than the target's
    /// declared smallest.
    #[must_use]
    pub fn part_length(&self, wished: u64) -> u64 {
        wished.max(self.arena.description.limits.part_bytes)
    }
}
