//! The reference as a target: the vocabulary of spec/operations.md in the words of its own API.

mod format;
mod laboratory;

use super::{Broken, Failure, Kms, Store, StoreAndKms, Target, World, WorldConfig};
use laboratory::{DataKeyLog, WorldClock};
use sse_reference::disk::Memory;
use sse_reference::environment::Parts;
use sse_reference::key::NewKey;
use sse_reference::kms::{DataKeyRequest, DecryptRequest};
use sse_reference::policy::Caller as Principal;
use sse_reference::refusal::{Refused, Side};
use sse_reference::secret::RootKey;
use sse_reference::sse::{self, GetRequest, PutRequest};
use sse_reference::{encryption_context, store};
use sse_spec::*;
use std::io::{Read, Write};
use std::sync::Arc;

const ACCOUNT: &str = "111122223333";
const OTHER_ACCOUNT: &str = "444455556666";
const REGION: &str = "us-east-1";

/// The reference as an embedded target.
#[must_use]
pub fn target() -> impl Target {
    ReferenceTarget
}

/// The reference as an embedded target.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceTarget;

impl Target for ReferenceTarget {
    fn describe(&self) -> Description {
        Description {
            name: "sse-reference".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            role: Role::StoreAndKms,
            capabilities: vec![
                Capability::Audit,
                Capability::Usage,
                Capability::Format,
                Capability::ReadAtRest,
                Capability::WriteAtRest,
                Capability::Fixup,
                Capability::Clock,
                Capability::Restart,
                Capability::ListDataKeys,
            ],
            account: ACCOUNT.to_owned(),
            other_account: Some(OTHER_ACCOUNT.to_owned()),
            region: REGION.to_owned(),
            limits: Limits::default(),
            settle: SettleTimes::default(),
        }
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        let root = RootKey::draw(&mut rand::rngs::SysRng);
        let mut world = Reference {
            disk: Arc::new(Memory::default()),
            clock: Arc::new(WorldClock::at(config.start)),
            root: root.map_err(|refused| Broken(refused.to_string()))?,
            store: None,
            data_keys: DataKeyLog::default(),
        };
        world.reopen().map_err(|refused| Broken(refused.to_string()))?;
        Ok(Box::new(ReferenceWorld(StoreAndKms(world))))
    }
}

/// One world of the reference: the disk, clock and root key that outlive a restart, and the store
/// that does not.
struct Reference {
    disk: Arc<Memory>,
    clock: Arc<WorldClock>,
    root: RootKey,
    /// `None` where the items at rest did not open.
    store: Option<store::Store>,
    data_keys: DataKeyLog,
}

impl Reference {
    /// Loses the store with everything in memory, and opens it from disk and root key.
    fn reopen(&mut self) -> Result<(), Refused> {
        self.store = None;
        let parts = Parts {
            disk: self.disk.clone(),
            clock: self.clock.clone(),
            random: Box::new(rand::rngs::SysRng),
            region: REGION.to_owned(),
        };
        self.store = Some(store::Store::open(parts, &self.root)?);
        Ok(())
    }

    fn store(&mut self) -> Result<&mut store::Store, Refused> {
        self.store.as_mut().ok_or(Refused(Class::DamagedStore))
    }

    fn put(
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

    fn get(
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

    /// Performs an operation of the store.
    fn on_store<T>(
        &mut self,
        caller: &Caller,
        operation: impl FnOnce(&mut store::Store, &Principal) -> Result<T, Refused>,
    ) -> Result<T, Failure> {
        let store = self.store();
        store.and_then(|store| operation(store, &principal(caller)?)).map_err(s3)
    }

    /// Performs an operation of the KMS.
    fn on_kms<T>(
        &mut self,
        caller: &Caller,
        operation: impl FnOnce(&mut sse_reference::kms::Kms, &Principal) -> Result<T, Refused>,
    ) -> Result<T, Failure> {
        let store = self.store();
        store
            .and_then(|store| operation(store.kms(), &principal(caller)?))
            .map_err(|refused| Failure::Refused(refused.on(Side::Kms)))
    }
}

fn s3(refused: Refused) -> Failure {
    Failure::Refused(refused.on(Side::S3))
}

fn principal(caller: &Caller) -> Result<Principal, Refused> {
    Principal::from_arn(&caller.principal)
}

/// The headers as they would stand on the wire.
fn headers(sse: &SseHeaders) -> Result<sse::SseHeaders, Failure> {
    let context = match &sse.context {
        None => None,
        Some(ContextArgument::Raw(header)) => Some(header.clone()),
        Some(ContextArgument::Pairs(pairs)) => {
            Some(encryption_context::to_header(pairs).map_err(s3)?)
        }
    };
    Ok(sse::SseHeaders {
        algorithm: sse.algorithm.clone(),
        kms_key_id: sse.kms_key_id.clone(),
        context,
    })
}

fn expand(body: &Body) -> Result<Vec<u8>, Failure> {
    sse_vectors::body::expand(body).map_err(Failure::Broken)
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
        let events = self.on_store(caller, |store, caller| store.kms().lookup_events(caller))?;
        Ok(LookupEventsReply { events })
    }

    fn get_key_usage(
        &mut self,
        caller: &Caller,
        _: &GetKeyUsage,
    ) -> Result<GetKeyUsageReply, Failure> {
        let (requests, keys) =
            self.on_store(caller, |store, caller| store.kms().key_usage(caller))?;
        Ok(GetKeyUsageReply { requests, keys })
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
        let [part] = request.parts.as_slice() else { return Err(Failure::Unsupported) };
        format::seal_object(request, part, &expand(&part.body)?).map_err(s3)
    }

    fn open_object(
        &mut self,
        _: &Caller,
        request: &OpenObject,
    ) -> Result<OpenObjectReply, Failure> {
        format::open_object(request).map_err(s3)
    }

    fn read_at_rest(&mut self, _: &Caller, _: &ReadAtRest) -> Result<ReadAtRestReply, Failure> {
        self.items_at_rest().map_err(s3)
    }

    fn write_at_rest(
        &mut self,
        _: &Caller,
        request: &WriteAtRest,
    ) -> Result<WriteAtRestReply, Failure> {
        // Nothing at rest has a checksum without a key, so `fixup` has nothing to do.
        self.edit_items(&request.edits).and_then(|()| self.reopen()).map_err(s3)?;
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
        Ok(AdvanceClockReply { now: self.clock.advance(request.seconds) })
    }

    fn list_data_keys(
        &mut self,
        _: &Caller,
        _: &ListDataKeys,
    ) -> Result<ListDataKeysReply, Failure> {
        Ok(ListDataKeysReply { data_keys: self.data_keys.all() })
    }
}

impl Kms for Reference {
    fn create_key(
        &mut self,
        caller: &Caller,
        request: &CreateKey,
    ) -> Result<CreateKeyReply, Failure> {
        let wanted = NewKey {
            key_spec: request.key_spec.clone(),
            key_usage: request.key_usage.clone(),
            origin: request.origin.clone(),
            policy: request.policy.clone(),
            description: request.description.clone(),
        };
        let key_metadata = self.on_kms(caller, |kms, caller| kms.create_key(caller, &wanted))?;
        Ok(CreateKeyReply { key_metadata })
    }

    fn describe_key(
        &mut self,
        caller: &Caller,
        request: &DescribeKey,
    ) -> Result<DescribeKeyReply, Failure> {
        let key_metadata =
            self.on_kms(caller, |kms, caller| kms.describe_key(caller, &request.key_id))?;
        Ok(DescribeKeyReply { key_metadata })
    }

    fn list_keys(&mut self, caller: &Caller, _: &ListKeys) -> Result<ListKeysReply, Failure> {
        let keys = self.on_kms(caller, |kms, caller| kms.list_keys(caller))?;
        Ok(ListKeysReply { keys })
    }

    fn enable_key(
        &mut self,
        caller: &Caller,
        request: &EnableKey,
    ) -> Result<EnableKeyReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.enable_key(caller, &request.key_id))?;
        Ok(EnableKeyReply {})
    }

    fn disable_key(
        &mut self,
        caller: &Caller,
        request: &DisableKey,
    ) -> Result<DisableKeyReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.disable_key(caller, &request.key_id))?;
        Ok(DisableKeyReply {})
    }

    fn generate_data_key(
        &mut self,
        caller: &Caller,
        request: &GenerateDataKey,
    ) -> Result<GenerateDataKeyReply, Failure> {
        let wanted = DataKeyRequest {
            key_id: request.key_id.clone(),
            key_spec: request.key_spec.clone(),
            number_of_bytes: request.number_of_bytes,
            context: request.encryption_context.clone(),
        };
        let data_key = self.on_kms(caller, |kms, caller| kms.generate_data_key(caller, &wanted))?;
        let plaintext = SecretBytes::new(data_key.plaintext.expose().to_vec());
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: data_key.blob.as_slice().into(),
            encryption_context: wanted.context,
            plaintext: plaintext.clone(),
        });
        Ok(GenerateDataKeyReply {
            plaintext,
            ciphertext_blob: data_key.blob.into(),
            key_id: data_key.key_arn,
            key_material_id: Some(data_key.material_id),
        })
    }

    fn decrypt(&mut self, caller: &Caller, request: &Decrypt) -> Result<DecryptReply, Failure> {
        let wanted = DecryptRequest {
            key_id: request.key_id.clone(),
            blob: request.ciphertext_blob.0.clone(),
            context: request.encryption_context.clone(),
        };
        let decrypted = self.on_kms(caller, |kms, caller| kms.decrypt(caller, &wanted))?;
        Ok(DecryptReply {
            plaintext: SecretBytes::new(decrypted.plaintext.expose().to_vec()),
            key_id: decrypted.key_arn,
            encryption_algorithm: "SYMMETRIC_DEFAULT".to_owned(),
            key_material_id: Some(decrypted.material_id),
        })
    }
}

/// The world, with bodies that stream.
struct ReferenceWorld(StoreAndKms<Reference>);

impl World for ReferenceWorld {
    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        self.0.perform(caller, operation)
    }

    fn put_stream(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        self.0.0.put(caller, request, body)
    }

    fn get_stream(
        &mut self,
        caller: &Caller,
        request: &GetObject,
        sink: &mut dyn Write,
    ) -> Result<GetObjectReply, Failure> {
        self.0.0.get(caller, request, sink)
    }
}
