//! The data plane, the fixtures and the laboratory of the reference as a target.

use super::{Reference, expand, format, headers, principal, s3};
use crate::target::{Failure, Store};
use sse_reference::refusal::Side;
use sse_reference::sse::{self, Completion, CopyRequest, GetRequest, PartRequest, PutRequest};
use sse_reference::store;
use sse_spec::*;
use std::io::{Read, Write};

impl Reference {
    pub(super) fn put(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        let wanted = PutRequest {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            sse: headers(&request.sse)?,
            metadata: request.metadata.clone(),
        };
        let put = self
            .store()
            .and_then(|store| store.put(&principal(caller)?, &wanted, body))
            .map_err(s3)?;
        self.log_data_key(&request.bucket, &request.key).map_err(s3)?;
        Ok(PutObjectReply { etag: put.etag, sse: put.sse })
    }

    pub(super) fn get(
        &mut self,
        caller: &Caller,
        request: &GetObject,
        sink: &mut dyn Write,
    ) -> Result<GetObjectReply, Failure> {
        let wanted = GetRequest {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            range: request.range,
            sse: headers(&request.sse)?,
        };
        let store = self.store();
        let got =
            store.and_then(|store| store.get(&principal(caller)?, &wanted, sink)).map_err(s3)?;
        let nothing = Bytes::default();
        Ok(GetObjectReply {
            delivery: match got.aborted {
                None => Delivery::Complete(nothing),
                Some(refused) => {
                    Delivery::Aborted { prefix: nothing, refusal: refused.on(Side::S3) }
                }
            },
            size: got.head.size,
            etag: got.head.etag,
            metadata: got.head.metadata,
            sse: got.head.sse,
        })
    }
}

impl Store for Reference {
    fn create_bucket(
        &mut self,
        caller: &Caller,
        request: &CreateBucket,
    ) -> Result<CreateBucketReply, Failure> {
        self.on_store(caller, |store, caller| store.create_bucket(caller, &request.bucket))?;
        Ok(CreateBucketReply {})
    }

    fn put_object(
        &mut self,
        caller: &Caller,
        request: &PutObject,
    ) -> Result<PutObjectReply, Failure> {
        self.put(caller, request, &mut expand(&request.body)?.as_slice())
    }

    fn get_object(
        &mut self,
        caller: &Caller,
        request: &GetObject,
    ) -> Result<GetObjectReply, Failure> {
        let mut released = Vec::new();
        let mut reply = self.get(caller, request, &mut released)?;
        let (Delivery::Complete(bytes) | Delivery::Aborted { prefix: bytes, .. }) =
            &mut reply.delivery;
        bytes.0 = released;
        Ok(reply)
    }

    fn head_object(
        &mut self,
        caller: &Caller,
        request: &HeadObject,
    ) -> Result<HeadObjectReply, Failure> {
        let sse = headers(&request.sse)?;
        let head = self.on_store(caller, |store, caller| {
            store.head(caller, &request.bucket, &request.key, &sse)
        })?;
        let sse::Head { size, etag, metadata, sse } = head;
        Ok(HeadObjectReply { size, etag, metadata, sse })
    }

    fn delete_object(
        &mut self,
        caller: &Caller,
        request: &DeleteObject,
    ) -> Result<DeleteObjectReply, Failure> {
        self.on_store(caller, |store, caller| store.delete(caller, &request.bucket, &request.key))?;
        Ok(DeleteObjectReply {})
    }

    fn list_objects(
        &mut self,
        caller: &Caller,
        request: &ListObjects,
    ) -> Result<ListObjectsReply, Failure> {
        let prefix = request.prefix.as_deref().unwrap_or_default();
        let objects =
            self.on_store(caller, |store, caller| store.list(caller, &request.bucket, prefix))?;
        Ok(ListObjectsReply { objects })
    }

    fn lookup_events(
        &mut self,
        caller: &Caller,
        _: &LookupEvents,
    ) -> Result<LookupEventsReply, Failure> {
        let events =
            self.on_store(caller, |store, caller| store.kms().kms.lookup_events(caller))?;
        Ok(LookupEventsReply { events })
    }

    fn get_key_usage(
        &mut self,
        caller: &Caller,
        _: &GetKeyUsage,
    ) -> Result<GetKeyUsageReply, Failure> {
        let (requests, keys) =
            self.on_store(caller, |store, caller| store.kms().kms.key_usage(caller))?;
        Ok(GetKeyUsageReply { requests, keys })
    }

    fn copy_object(
        &mut self,
        caller: &Caller,
        request: &CopyObject,
    ) -> Result<CopyObjectReply, Failure> {
        let wanted = CopyRequest {
            source: request.source.clone(),
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            sse: headers(&request.sse)?,
            replace_metadata: request.replace_metadata.clone(),
        };
        let put = self.on_store(caller, |store, caller| store.copy(caller, &wanted))?;
        self.log_data_key(&request.bucket, &request.key).map_err(s3)?;
        Ok(CopyObjectReply { etag: put.etag, sse: put.sse })
    }

    fn put_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &PutBucketEncryption,
    ) -> Result<PutBucketEncryptionReply, Failure> {
        self.on_store(caller, |store, caller| {
            store.put_bucket_encryption(caller, &request.bucket, &request.rules)
        })?;
        Ok(PutBucketEncryptionReply {})
    }

    fn get_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &GetBucketEncryption,
    ) -> Result<GetBucketEncryptionReply, Failure> {
        let rule = self.on_store(caller, |store, caller| {
            store.get_bucket_encryption(caller, &request.bucket)
        })?;
        Ok(GetBucketEncryptionReply { rules: vec![rule] })
    }

    fn delete_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &DeleteBucketEncryption,
    ) -> Result<DeleteBucketEncryptionReply, Failure> {
        self.on_store(caller, |store, caller| {
            store.delete_bucket_encryption(caller, &request.bucket)
        })?;
        Ok(DeleteBucketEncryptionReply {})
    }

    fn put_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &PutBucketPolicy,
    ) -> Result<PutBucketPolicyReply, Failure> {
        self.on_store(caller, |store, caller| {
            store.put_bucket_policy(caller, &request.bucket, &request.policy)
        })?;
        Ok(PutBucketPolicyReply {})
    }

    fn get_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &GetBucketPolicy,
    ) -> Result<GetBucketPolicyReply, Failure> {
        let policy = self
            .on_store(caller, |store, caller| store.get_bucket_policy(caller, &request.bucket))?;
        Ok(GetBucketPolicyReply { policy })
    }

    fn delete_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &DeleteBucketPolicy,
    ) -> Result<DeleteBucketPolicyReply, Failure> {
        self.on_store(caller, |store, caller| store.delete_bucket_policy(caller, &request.bucket))?;
        Ok(DeleteBucketPolicyReply {})
    }

    fn create_multipart_upload(
        &mut self,
        caller: &Caller,
        request: &CreateMultipartUpload,
    ) -> Result<CreateMultipartUploadReply, Failure> {
        let wanted = PutRequest {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            sse: headers(&request.sse)?,
            metadata: request.metadata.clone(),
        };
        let new =
            self.on_store(caller, |store, caller| store.create_multipart_upload(caller, &wanted))?;
        Ok(CreateMultipartUploadReply { upload_id: new.upload_id, sse: new.sse })
    }

    fn upload_part(
        &mut self,
        caller: &Caller,
        request: &UploadPart,
    ) -> Result<UploadPartReply, Failure> {
        let wanted = PartRequest {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            upload_id: request.upload_id.clone(),
            part_number: request.part_number,
            sse: headers(&request.sse)?,
        };
        let body = expand(&request.body)?;
        let put = self.on_store(caller, |store, caller| {
            store.upload_part(caller, &wanted, &mut body.as_slice())
        })?;
        Ok(UploadPartReply { etag: put.etag, sse: put.sse })
    }

    fn complete_multipart_upload(
        &mut self,
        caller: &Caller,
        request: &CompleteMultipartUpload,
    ) -> Result<CompleteMultipartUploadReply, Failure> {
        let wanted = Completion {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            upload_id: request.upload_id.clone(),
            parts: request.parts.clone(),
        };
        let put = self
            .on_store(caller, |store, caller| store.complete_multipart_upload(caller, &wanted))?;
        self.log_data_key(&request.bucket, &request.key).map_err(s3)?;
        Ok(CompleteMultipartUploadReply { etag: put.etag, sse: put.sse })
    }

    fn abort_multipart_upload(
        &mut self,
        caller: &Caller,
        request: &AbortMultipartUpload,
    ) -> Result<AbortMultipartUploadReply, Failure> {
        let object = (request.bucket.as_str(), request.key.as_str());
        self.on_store(caller, |store, caller| {
            store.abort_multipart_upload(caller, object, &request.upload_id)
        })?;
        Ok(AbortMultipartUploadReply {})
    }

    fn create_principal(
        &mut self,
        caller: &Caller,
        request: &CreatePrincipal,
    ) -> Result<CreatePrincipalReply, Failure> {
        let arn = self.on_store(caller, |store, caller| {
            store.create_principal(caller, request.account.as_deref(), &request.name)
        })?;
        Ok(CreatePrincipalReply { arn })
    }

    fn put_identity_policy(
        &mut self,
        _: &Caller,
        request: &PutIdentityPolicy,
    ) -> Result<PutIdentityPolicyReply, Failure> {
        let store = self.store().map_err(s3)?;
        store
            .put_identity_policy(&request.principal, &request.name, &request.policy)
            .map_err(|refused| Failure::Refused(refused.on(Side::S3)))?;
        Ok(PutIdentityPolicyReply {})
    }

    fn delete_identity_policy(
        &mut self,
        _: &Caller,
        request: &DeleteIdentityPolicy,
    ) -> Result<DeleteIdentityPolicyReply, Failure> {
        let store = self.store();
        store
            .and_then(|store| store.delete_identity_policy(&request.principal, &request.name))
            .map_err(s3)?;
        Ok(DeleteIdentityPolicyReply {})
    }

    fn rotate_service_key(
        &mut self,
        _: &Caller,
        _: &RotateServiceKey,
    ) -> Result<RotateServiceKeyReply, Failure> {
        self.store().and_then(store::Store::rotate_service_key).map_err(s3)?;
        Ok(RotateServiceKeyReply {})
    }

    fn encode_context(
        &mut self,
        _: &Caller,
        request: &EncodeContext,
    ) -> Result<EncodeContextReply, Failure> {
        format::encode_context(request).map_err(s3)
    }

    fn wrap_data_key(
        &mut self,
        _: &Caller,
        request: &WrapDataKey,
    ) -> Result<WrapDataKeyReply, Failure> {
        format::wrap_data_key(request).map_err(s3)
    }

    fn unwrap_data_key(
        &mut self,
        _: &Caller,
        request: &UnwrapDataKey,
    ) -> Result<UnwrapDataKeyReply, Failure> {
        format::unwrap_data_key(request).map_err(s3)
    }

    fn seal_object(
        &mut self,
        _: &Caller,
        request: &SealObject,
    ) -> Result<SealObjectReply, Failure> {
        let bodies: Result<Vec<_>, _> =
            request.parts.iter().map(|part| expand(&part.body)).collect();
        format::seal_object(request, &bodies?).map_err(s3)
    }

    fn open_object(
        &mut self,
        _: &Caller,
        request: &OpenObject,
    ) -> Result<OpenObjectReply, Failure> {
        format::open_object(request).map_err(s3)
    }

    fn read_at_rest(&mut self, _: &Caller, _: &ReadAtRest) -> Result<ReadAtRestReply, Failure> {
        let items = self.rest.items().map_err(s3)?;
        Ok(ReadAtRestReply { items })
    }

    fn write_at_rest(
        &mut self,
        _: &Caller,
        request: &WriteAtRest,
    ) -> Result<WriteAtRestReply, Failure> {
        // Nothing at rest has a checksum without a key, so `fixup` has nothing to do.
        self.close();
        self.rest.edit(&request.edits).and_then(|()| self.reopen()).map_err(s3)?;
        Ok(WriteAtRestReply {})
    }

    fn restart(&mut self, _: &Caller, _: &Restart) -> Result<RestartReply, Failure> {
        self.reopen().map_err(s3)?;
        Ok(RestartReply {})
    }

    fn advance_clock(
        &mut self,
        _: &Caller,
        request: &AdvanceClock,
    ) -> Result<AdvanceClockReply, Failure> {
        let now = self.clock.advance(request.seconds);
        // What became due happens at this moment, not at the next request.
        self.store().and_then(|store| store.kms().kms.run_due_events()).map_err(s3)?;
        Ok(AdvanceClockReply { now })
    }

    fn list_data_keys(
        &mut self,
        _: &Caller,
        _: &ListDataKeys,
    ) -> Result<ListDataKeysReply, Failure> {
        Ok(ListDataKeysReply { data_keys: self.data_keys.all() })
    }
}
