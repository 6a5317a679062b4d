//! The operations of the part "Format" on the pure functions of the reference (spec/operations.md).

use sse_reference::data_key::{Identity, KmsBlob, ServiceBlob};
use sse_reference::encryption_context;
use sse_reference::key::parse_id;
use sse_reference::refusal::{Refused, Result};
use sse_reference::sealed_object::record::{Described, Protection};
use sse_reference::sealed_object::{self, DerivedKeys, Item, Part, fixed};
use sse_reference::secret::{Dek, RootKey, WrappingKey};
use sse_spec::{
    Algorithm, Class, EncodeContext, EncodeContextReply, OpenObject, OpenObjectReply, SealObject,
    SealObjectReply, SecretBytes, UnwrapBinding, UnwrapDataKey, UnwrapDataKeyReply, WrapBinding,
    WrapDataKey, WrapDataKeyReply,
};

const INVALID: Refused = Refused(Class::InvalidArgument);

pub(super) fn encode_context(request: &EncodeContext) -> Result<EncodeContextReply> {
    let pairs = request.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Ok(EncodeContextReply { bytes: encryption_context::encode(pairs)?.into() })
}

pub(super) fn wrap_data_key(request: &WrapDataKey) -> Result<WrapDataKeyReply> {
    let wrapping_key = WrappingKey::from_slice(request.wrapping_key.expose())?;
    let nonce = fixed(&request.nonce.0)?;
    let data_key = request.data_key.expose();
    let blob = match &request.binding {
        WrapBinding::Kms { key_id, key_material_id, context } => {
            let mut material_id = [0; 32];
            hex::decode_to_slice(key_material_id, &mut material_id).map_err(|_| INVALID)?;
            let ids = (parse_id(key_id).ok_or(INVALID)?, material_id);
            KmsBlob::wrap(&wrapping_key, ids, nonce, context, data_key)?.bytes()
        }
        WrapBinding::Service { version, bucket, key } => {
            let identity = Identity::new(bucket, key)?;
            let dek = Dek::from_slice(data_key)?;
            ServiceBlob::wrap(&wrapping_key, *version, nonce, &identity, &dek)?.bytes()
        }
    };
    Ok(WrapDataKeyReply { blob: blob.into() })
}

pub(super) fn unwrap_data_key(request: &UnwrapDataKey) -> Result<UnwrapDataKeyReply> {
    let wrapping_key = WrappingKey::from_slice(request.wrapping_key.expose())?;
    let blob = &request.blob.0;
    let data_key = match &request.binding {
        UnwrapBinding::Kms { context } => {
            KmsBlob::parse(blob)?.unwrap(&wrapping_key, context)?.expose().to_vec()
        }
        UnwrapBinding::Service { bucket, key } => {
            let identity = Identity::new(bucket, key)?;
            ServiceBlob::parse(blob)?.unwrap(&wrapping_key, &identity)?.expose().to_vec()
        }
    };
    Ok(UnwrapDataKeyReply { data_key: SecretBytes::new(data_key) })
}

/// Seals an object; `bodies` are the bytes of the parts, in their order.
pub(super) fn seal_object(request: &SealObject, bodies: &[Vec<u8>]) -> Result<SealObjectReply> {
    let keys = DerivedKeys::from_root(&RootKey::from_slice(request.root_key.expose())?)?;
    let identity = Identity::new(&request.bucket, &request.key)?;
    let dek = Dek::from_slice(request.data_key.expose())?;
    let key_arn = request.kms_key_id.as_deref().unwrap_or_default();
    let described = Described {
        protection: Protection::new(request.algorithm, key_arn, request.context.clone())?,
        blob: request.blob.0.clone(),
        metadata: request.metadata.clone(),
        etag: request.etag.clone(),
    };
    let nonce = fixed(&request.record_nonce.0)?;
    let mut plaintexts: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    let parts = request.parts.iter().zip(&mut plaintexts).map(|(part, plaintext)| {
        let number = u16::try_from(part.part_number).map_err(|_| INVALID)?;
        Ok(Part { number, salt: fixed(&part.salt.0)?, plaintext })
    });
    let parts: Vec<Part<'_>> = parts.collect::<Result<_>>()?;
    let mut item = Vec::new();
    sealed_object::seal_object(
        &keys.record,
        &identity,
        (&dek, &nonce),
        described,
        parts,
        &mut item,
    )?;
    Ok(SealObjectReply { item: item.into() })
}

pub(super) fn open_object(request: &OpenObject) -> Result<OpenObjectReply> {
    let keys = DerivedKeys::from_root(&RootKey::from_slice(request.root_key.expose())?)?;
    let identity = Identity::new(&request.bucket, &request.key)?;
    let dek = Dek::from_slice(request.data_key.expose())?;
    let item = request.item.0.as_slice();
    let mut body = Vec::new();
    let from = (&item as &dyn Item, request.range);
    let record = sealed_object::open_object(&keys.record, &identity, &dek, from, &mut body)?;
    let Described { protection, blob, metadata, etag } = record.described;
    let (algorithm, kms_key_id, context) = match protection {
        Protection::SseS3 => (Algorithm::Aes256, None, Default::default()),
        Protection::SseKms { key_arn, context } => (Algorithm::AwsKms, Some(key_arn), context),
    };
    Ok(OpenObjectReply {
        algorithm: algorithm.into(),
        kms_key_id,
        context,
        blob: blob.into(),
        metadata,
        etag,
        size: record.parts.size(),
        body: body.into(),
    })
}
