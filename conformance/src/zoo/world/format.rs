//! The operations of the format, which need no world (spec/operations.md, format).

use super::s3;
use crate::target::Failure;
use sse_spec::{
    Class, EncodeContextReply, OpenObject, OpenObjectReply, Operation, Reply, SealObject,
    SealObjectReply, SecretBytes, UnwrapBinding, UnwrapDataKey, UnwrapDataKeyReply, WrapBinding,
    WrapDataKey, WrapDataKeyReply,
};
use sse_vectors::builder::{self, ObjectParts, RecordFields, context, wrap};

pub(super) fn perform(operation: &Operation) -> Result<Reply, Failure> {
    match operation {
        Operation::EncodeContext(request) => {
            let bytes = context::encode(&request.pairs).map_err(|e| s3(e.class()))?;
            Ok(EncodeContextReply { bytes: bytes.into() }.into())
        }
        Operation::WrapDataKey(request) => wrap_data_key(request),
        Operation::UnwrapDataKey(request) => unwrap_data_key(request),
        Operation::SealObject(request) => seal_object(request),
        Operation::OpenObject(request) => open_object(request),
        _ => Err(Failure::Unsupported),
    }
}

fn invalid() -> Failure {
    s3(Class::InvalidArgument)
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| invalid())
}

fn wrap_data_key(request: &WrapDataKey) -> Result<Reply, Failure> {
    let wrapping_key = exactly(request.wrapping_key.expose())?;
    let nonce = exactly(&request.nonce.0)?;
    let plain = request.data_key.expose();
    let blob = match &request.binding {
        WrapBinding::Kms { key_id, key_material_id, context } => {
            let id = super::super::random::undashed(key_id).ok_or_else(invalid)?;
            let material = hex::decode(key_material_id).map_err(|_| invalid())?;
            let pairs = context::encode_map(context).map_err(|e| s3(e.class()))?;
            wrap::kms_blob(&wrapping_key, &id, &exactly(&material)?, &nonce, plain, &pairs)
        }
        WrapBinding::Service { version, bucket, key } => {
            wrap::service_blob(&wrapping_key, *version, &nonce, plain, bucket, key)
        }
    };
    let blob = blob.map_err(|e| s3(e.class()))?;
    Ok(WrapDataKeyReply { blob: blob.into() }.into())
}

fn unwrap_data_key(request: &UnwrapDataKey) -> Result<Reply, Failure> {
    let wrapping_key = exactly(request.wrapping_key.expose())?;
    let blob = request.blob.0.as_slice();
    let opened = match &request.binding {
        UnwrapBinding::Kms { context } => {
            let pairs = context::encode_map(context).map_err(|e| s3(e.class()))?;
            wrap::open_kms_blob(&wrapping_key, blob, &pairs)
        }
        UnwrapBinding::Service { bucket, key } => {
            wrap::open_service_blob(&wrapping_key, blob, bucket, key).map(|key| key.to_vec())
        }
    };
    let data_key = SecretBytes::new(opened.ok_or_else(|| s3(Class::Integrity))?);
    Ok(UnwrapDataKeyReply { data_key }.into())
}

fn seal_object(request: &SealObject) -> Result<Reply, Failure> {
    let parts = ObjectParts {
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        fields: RecordFields {
            algorithm: request.algorithm,
            key_arn: request.kms_key_id.clone(),
            context: request.context.clone(),
            blob: request.blob.0.clone(),
            metadata: request.metadata.clone(),
        },
        etag: request.etag.clone(),
        dek: exactly(request.data_key.expose())?,
        salt: exactly(&request.salt.0)?,
        root: exactly(request.root_key.expose())?,
        record_nonce: exactly(&request.record_nonce.0)?,
        plaintext: sse_vectors::body::expand(&request.body).map_err(Failure::Broken)?,
    };
    let sealed = builder::seal_object(&parts).map_err(|e| s3(e.class()))?;
    Ok(SealObjectReply { item: sealed.item.into() }.into())
}

fn open_object(request: &OpenObject) -> Result<Reply, Failure> {
    let opened = builder::open_object(
        &exactly(request.root_key.expose())?,
        &exactly(request.data_key.expose())?,
        &request.bucket,
        &request.key,
        &request.item.0,
        request.range,
    )
    .map_err(|e| s3(e.class()))?;
    let (fields, part) = (opened.record.fields, opened.record.part);
    Ok(OpenObjectReply {
        algorithm: fields.algorithm,
        kms_key_id: fields.key_arn,
        context: fields.context,
        blob: fields.blob.into(),
        metadata: fields.metadata,
        etag: part.etag,
        size: part.size,
        body: opened.body.into(),
    }
    .into())
}
