//! The format operations (spec/operations.md, Format), answered by the builder, and the values on
//! the way to each answer.

use super::bytes::identity;
use super::cipher::xaes_derived_key;
use super::object::{self, ObjectParts, PartBody};
use super::record::{RecordFields, open_sealed_part, record_aad, record_key};
use super::table::sealed_part;
use super::{Error, Intermediates, context, named, parse_record, wrap};
use sse_spec::{
    EncodeContextReply, OpenObject, OpenObjectReply, Operation, Reply, SealObject, SealObjectReply,
    SealPart, SecretBytes, UnwrapBinding, UnwrapDataKey, UnwrapDataKeyReply, WrapBinding,
    WrapDataKey, WrapDataKeyReply,
};

/// Answers a format operation; another one is `Error::Invalid`.
///
/// # Errors
/// As the operation's document says.
pub fn perform(operation: &Operation) -> Result<Reply, Error> {
    match operation {
        Operation::EncodeContext(request) => {
            Ok(EncodeContextReply { bytes: context::encode(&request.pairs)?.into() }.into())
        }
        Operation::WrapDataKey(request) => {
            Ok(WrapDataKeyReply { blob: wrap_data_key(request)?.into() }.into())
        }
        Operation::UnwrapDataKey(request) => {
            let data_key = SecretBytes::new(unwrap_data_key(request)?);
            Ok(UnwrapDataKeyReply { data_key }.into())
        }
        Operation::SealObject(request) => {
            let sealed = object::seal_object(&parts(request)?)?;
            Ok(SealObjectReply { item: sealed.item.into() }.into())
        }
        Operation::OpenObject(request) => open(request),
        _ => Err(Error::Invalid),
    }
}

/// The values on the way to the answer of a valid operation, by name.
#[must_use]
pub fn explain(operation: &Operation) -> Intermediates {
    let values = match operation {
        Operation::WrapDataKey(request) => explain_wrap(request),
        Operation::UnwrapDataKey(request) => explain_unwrap(request),
        Operation::SealObject(request) => {
            parts(request).and_then(|parts| object::seal_object(&parts)).ok().map(|sealed| {
                let mut values = sealed.intermediates;
                values.extend(derived(&request.root_key, &request.record_nonce.0));
                values
            })
        }
        // A range is read with the values of the whole object, which its own vector shows.
        Operation::OpenObject(request) if request.range.is_none() => explain_open(request),
        _ => None,
    };
    values.unwrap_or_default()
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| Error::Invalid)
}

/// The 16 bytes of a UUID in its form with four dashes.
#[must_use]
pub fn uuid(text: &str) -> Option<[u8; 16]> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if lengths != [8, 4, 4, 4, 12] {
        return None;
    }
    hex::decode(text.replace('-', "")).ok()?.try_into().ok()
}

fn wrap_data_key(request: &WrapDataKey) -> Result<Vec<u8>, Error> {
    let wrapping_key = exactly(request.wrapping_key.expose())?;
    let nonce = exactly(&request.nonce.0)?;
    let plain = request.data_key.expose();
    match &request.binding {
        WrapBinding::Kms { key_id, key_material_id, context } => {
            let id = uuid(key_id).ok_or(Error::Invalid)?;
            let material = hex::decode(key_material_id).map_err(|_| Error::Invalid)?;
            let pairs = context::encode_map(context)?;
            wrap::kms_blob(&wrapping_key, &id, &exactly(&material)?, &nonce, plain, &pairs)
        }
        WrapBinding::Service { version, bucket, key } => {
            wrap::service_blob(&wrapping_key, *version, &nonce, plain, bucket, key)
        }
    }
}

fn unwrap_data_key(request: &UnwrapDataKey) -> Result<Vec<u8>, Error> {
    let wrapping_key = exactly(request.wrapping_key.expose())?;
    let blob = request.blob.0.as_slice();
    let opened = match &request.binding {
        UnwrapBinding::Kms { context } => {
            wrap::open_kms_blob(&wrapping_key, blob, &context::encode_map(context)?)
        }
        UnwrapBinding::Service { bucket, key } => {
            wrap::open_service_blob(&wrapping_key, blob, bucket, key).map(|dek| dek.to_vec())
        }
    };
    opened.ok_or(Error::Integrity)
}

fn parts(request: &SealObject) -> Result<ObjectParts, Error> {
    Ok(ObjectParts {
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
        root: exactly(request.root_key.expose())?,
        record_nonce: exactly(&request.record_nonce.0)?,
        parts: request.parts.iter().map(part_body).collect::<Result<_, Error>>()?,
    })
}

fn part_body(part: &SealPart) -> Result<PartBody, Error> {
    Ok(PartBody {
        number: u16::try_from(part.part_number).map_err(|_| Error::Invalid)?,
        salt: exactly(&part.salt.0)?,
        plaintext: crate::body::expand(&part.body).map_err(|_| Error::Invalid)?,
    })
}

fn open(request: &OpenObject) -> Result<Reply, Error> {
    let root = exactly(request.root_key.expose())?;
    let dek = exactly(request.data_key.expose())?;
    let item = &request.item.0;
    let (bucket, key) = (&request.bucket, &request.key);
    let opened = object::open_object(&root, &dek, bucket, key, item, request.range)?;
    let fields = opened.record.fields;
    Ok(OpenObjectReply {
        algorithm: fields.algorithm.into(),
        kms_key_id: fields.key_arn,
        context: fields.context,
        blob: fields.blob.into(),
        metadata: fields.metadata,
        size: opened.record.part.size(),
        etag: opened.record.part.etag,
        body: opened.body.into(),
    }
    .into())
}

fn explain_wrap(request: &WrapDataKey) -> Option<Intermediates> {
    let key = exactly(request.wrapping_key.expose()).ok()?;
    let nonce = exactly(&request.nonce.0).ok()?;
    let gcm = xaes_derived_key(&key, &nonce)?;
    match &request.binding {
        WrapBinding::Kms { key_id, key_material_id, context } => {
            let material = exactly(&hex::decode(key_material_id).ok()?).ok()?;
            let header = wrap::kms_header(&uuid(key_id)?, &material);
            Some(kms_values(&header, &context::encode_map(context).ok()?, &gcm))
        }
        WrapBinding::Service { version, bucket, key } => {
            service_values(&wrap::service_header(*version), bucket, key, &gcm)
        }
    }
}

fn explain_unwrap(request: &UnwrapDataKey) -> Option<Intermediates> {
    let wrapping = exactly(request.wrapping_key.expose()).ok()?;
    let blob = &request.blob.0;
    let header_length = match &request.binding {
        UnwrapBinding::Kms { .. } => wrap::KMS_HEADER,
        UnwrapBinding::Service { .. } => wrap::SERVICE_HEADER,
    };
    let (header, rest) = blob.split_at_checked(header_length)?;
    let gcm = xaes_derived_key(&wrapping, &exactly(rest.get(..24)?).ok()?)?;
    match &request.binding {
        UnwrapBinding::Kms { context } => {
            Some(kms_values(header, &context::encode_map(context).ok()?, &gcm))
        }
        UnwrapBinding::Service { bucket, key } => service_values(header, bucket, key, &gcm),
    }
}

fn kms_values(header: &[u8], context: &[u8], gcm_key: &[u8]) -> Intermediates {
    let aad = wrap::kms_aad(header, context);
    named(&[("aad", &aad), ("context", context), ("derived_key", gcm_key)])
}

fn service_values(header: &[u8], bucket: &str, key: &str, gcm_key: &[u8]) -> Option<Intermediates> {
    let aad = wrap::service_aad(header, bucket, key).ok()?;
    let identity = identity(bucket, key).ok()?;
    Some(named(&[("aad", &aad), ("derived_key", gcm_key), ("identity", &identity)]))
}

/// The key that XAES-256-GCM derives for the record.
fn derived(root: &SecretBytes, nonce: &[u8]) -> Intermediates {
    let value = || {
        let root = exactly(root.expose()).ok()?;
        xaes_derived_key(&record_key(&root)?, &exactly(nonce).ok()?)
    };
    value().map(|key| named(&[("record_derived_key", &key)])).unwrap_or_default()
}

fn explain_open(request: &OpenObject) -> Option<Intermediates> {
    let root = exactly(request.root_key.expose()).ok()?;
    let dek = exactly(request.data_key.expose()).ok()?;
    let (bucket, key) = (&request.bucket, &request.key);
    let (_, record) = object::split(&request.item.0)?;
    let parsed = parse_record(record)?;
    let part = open_sealed_part(&root, bucket, key, &parsed)?;
    let mut values = named(&[
        ("record", record),
        ("record_aad", &record_aad(bucket, key, &parsed.clear).ok()?),
        ("record_clear", &parsed.clear),
        ("record_key", &record_key(&root)?),
        ("sealed_part", &sealed_part(&part).ok()?),
    ]);
    for entry in &part.parts {
        values.extend(object::part_values(&dek, bucket, key, entry.number, &entry.salt)?);
    }
    values.extend(derived(&request.root_key, &parsed.nonce));
    Some(values)
}
