//! The operations of the part "Format" on the pure functions of the reference (spec/operations.md).

use sse_reference::data_key::{Identity, KmsBlob, ServiceBlob};
use sse_reference::encryption_context;
use sse_reference::key::parse_id;
use sse_reference::refusal::{Refused, Result};
use sse_reference::sealed_object::record::{Described, Protection, Record};
use sse_reference::sealed_object::{
    DerivedKeys, Span, open_body, open_record, seal_body, seal_record,
};
use sse_reference::secret::{Dek, RootKey, WrappingKey};
use sse_spec::{
    Algorithm, Bytes, Class, EncodeContext, EncodeContextReply, OpenObject, OpenObjectReply,
    SealObject, SealObjectReply, SealPart, SecretBytes, UnwrapBinding, UnwrapDataKey,
    UnwrapDataKeyReply, WrapBinding, WrapDataKey, WrapDataKeyReply,
};

const INVALID: Refused = Refused(Class::InvalidArgument);

pub(super) fn encode_context(request: &EncodeContext) -> Result<EncodeContextReply> {
    let pairs = request.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Ok(EncodeContextReply { bytes: encryption_context::encode(pairs)?.into() })
}

pub(super) fn wrap_data_key(request: &WrapDataKey) -> Result<WrapDataKeyReply> {
    let wrapping_key = WrappingKey::from_slice(request.wrapping_key.expose())?;
    let nonce = array(&request.nonce)?;
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

pub(super) fn seal_object(
    request: &SealObject,
    part: &SealPart,
    body: &[u8],
) -> Result<SealObjectReply> {
    let root = RootKey::from_slice(request.root_key.expose())?;
    let keys = DerivedKeys::from_root(&root)?;
    let identity = Identity::new(&request.bucket, &request.key)?;
    let dek = Dek::from_slice(request.data_key.expose())?;
    let protection = match (request.algorithm, &request.kms_key_id) {
        (Algorithm::Aes256, None) if request.context.is_empty() => Protection::SseS3,
        (Algorithm::AwsKms, Some(key_arn)) => {
            Protection::SseKms { key_arn: key_arn.clone(), context: request.context.clone() }
        }
        _ => return Err(INVALID),
    };
    let described = Described {
        protection,
        blob: request.blob.0.clone(),
        metadata: request.metadata.clone(),
        etag: request.etag.clone(),
    };
    let nonce = array(&request.record_nonce)?;
    let mut item = Vec::new();
    let mut plaintext = body;
    let body = seal_body(&identity, &dek, array(&part.salt)?, &mut plaintext, &mut item)?;
    seal_record(&keys.record, &identity, &nonce, &Record { described, body }, &mut item)?;
    Ok(SealObjectReply { item: item.into() })
}

pub(super) fn open_object(request: &OpenObject) -> Result<OpenObjectReply> {
    let root = RootKey::from_slice(request.root_key.expose())?;
    let keys = DerivedKeys::from_root(&root)?;
    let identity = Identity::new(&request.bucket, &request.key)?;
    let dek = Dek::from_slice(request.data_key.expose())?;
    let item = request.item.0.as_slice();
    let record = open_record(&keys.record, &identity, &item)?;
    let span = Span::of(request.range, record.body.size)?;
    let mut opener = open_body(&identity, &record, &dek, &item, span)?;
    let mut body = Vec::new();
    while let Some(part) = opener.next_part()? {
        body.extend(part);
    }
    let Described { protection, blob, metadata, etag } = record.described;
    let (algorithm, kms_key_id, context) = match protection {
        Protection::SseS3 => (Algorithm::Aes256, None, Default::default()),
        Protection::SseKms { key_arn, context } => (Algorithm::AwsKms, Some(key_arn), context),
    };
    Ok(OpenObjectReply {
        algorithm,
        kms_key_id,
        context,
        blob: blob.into(),
        metadata,
        etag,
        size: record.body.size,
        body: body.into(),
    })
}

fn array<const N: usize>(bytes: &Bytes) -> Result<[u8; N]> {
    bytes.0.as_slice().try_into().map_err(|_| INVALID)
}
