//! The secrets of a world and what is made with them: wrapped keys, items of objects, control items
//! (spec/data-key.md, spec/sealed-object.md), all through the independent builder.

use super::random::{Random, undashed};
use sse_spec::{Algorithm, EncryptionContext, ObjectName};
use sse_vectors::builder::{
    self, ObjectParts, RecordFields, SealedPart, body, context, object, record, wrap,
};
use sse_vectors::oracle::{Object, Span};
use std::collections::BTreeMap;

/// Root key, service keys by version, key material by KMS key.
#[derive(Debug)]
pub(super) struct Vault {
    pub(super) root: [u8; 32],
    pub(super) service: BTreeMap<u32, [u8; 32]>,
    pub(super) materials: BTreeMap<String, Material>,
}

/// Material of a KMS key.
#[derive(Clone, Debug)]
pub(super) struct Material {
    pub(super) id: [u8; 32],
    pub(super) key: [u8; 32],
}

/// An object's item, its record authentic.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    /// The identity under which it opened.
    pub(super) name: ObjectName,
    pub(super) fields: RecordFields,
    pub(super) part: SealedPart,
    pub(super) message: Vec<u8>,
}

impl Opened {
    pub(super) fn describe(&self) -> Object {
        Object {
            algorithm: self.fields.algorithm,
            kms_key_id: self.fields.key_arn.clone(),
            context: self.fields.context.clone(),
            metadata: self.fields.metadata.clone(),
            size: self.part.size(),
            etag: self.part.etag.clone(),
        }
    }
}

impl Vault {
    pub(super) fn new(random: &mut Random) -> Self {
        let service = BTreeMap::from([(1, random.array())]);
        Self { root: random.array(), service, materials: BTreeMap::new() }
    }

    pub(super) fn material(random: &mut Random) -> Material {
        Material { id: random.array(), key: random.array() }
    }

    pub(super) fn wrap_for_kms(
        &self,
        key_id: &str,
        nonce: &[u8; 24],
        plaintext: &[u8],
        pairs: &EncryptionContext,
    ) -> Option<Vec<u8>> {
        let material = self.materials.get(key_id)?;
        let bytes = context::encode_map(pairs).ok()?;
        let id = undashed(key_id)?;
        wrap::kms_blob(&material.key, &id, &material.id, nonce, plaintext, &bytes).ok()
    }

    pub(super) fn unwrap_from_kms(
        &self,
        key_id: &str,
        blob: &[u8],
        pairs: &EncryptionContext,
    ) -> Option<Vec<u8>> {
        let material = self.materials.get(key_id)?;
        wrap::open_kms_blob(&material.key, blob, &context::encode_map(pairs).ok()?)
    }

    pub(super) fn wrap_for_service(
        &self,
        nonce: &[u8; 24],
        dek: &[u8; 32],
        name: &ObjectName,
    ) -> Option<Vec<u8>> {
        let (version, key) = self.service.last_key_value()?;
        wrap::service_blob(key, *version, nonce, dek, &name.bucket, &name.key).ok()
    }

    pub(super) fn unwrap_from_service(&self, blob: &[u8], name: &ObjectName) -> Option<[u8; 32]> {
        let key = self.service.get(&wrap::service_blob_version(blob)?)?;
        wrap::open_service_blob(key, blob, &name.bucket, &name.key)
    }

    /// Makes the item of an object.
    pub(super) fn seal(&self, parts: ObjectParts) -> Option<Vec<u8>> {
        builder::seal_object(&ObjectParts { root: self.root, ..parts })
            .ok()
            .map(|sealed| sealed.item)
    }

    /// Opens an item's record; `strict` also compares the body's length and header with it.
    pub(super) fn open(&self, name: &ObjectName, item: &[u8], strict: bool) -> Option<Opened> {
        let (message, bytes) = object::split(item)?;
        let parsed = record::parse_record(bytes)?;
        let part = record::open_sealed_part(&self.root, &name.bucket, &name.key, &parsed)?;
        if strict {
            builder::open_record(&self.root, &name.bucket, &name.key, item)?;
        }
        let (name, message) = (name.clone(), message.to_vec());
        Some(Opened { name, fields: parsed.fields, part, message })
    }

    pub(super) fn seal_control(
        &self,
        kind: &str,
        name: &str,
        nonce: &[u8; 24],
        contents: &[u8],
    ) -> Option<Vec<u8>> {
        builder::seal_control(&self.root, kind, name, nonce, contents).ok()
    }
}

/// Opens the bytes of a span of the body; the empty body is authenticated like any other.
pub(super) fn open_body(opened: &Opened, dek: &[u8; 32], span: Span) -> Option<Vec<u8>> {
    let context = body::body_context(0, &opened.name.bucket, &opened.name.key).ok()?;
    if span.start == 0 && span.end == opened.part.size() {
        return body::open(dek, &context, &opened.message).ok();
    }
    let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
    body::open_range(dek, &context, &opened.message, start, end).ok()
}

/// Opens a body without a look at its tags: GCM's cipher is a stream, so sealing what was sealed
/// gives the plaintext back. With `forgive_end` a last chunk that is damaged ends the body instead.
pub(super) fn open_body_loosely(
    opened: &Opened,
    dek: &[u8; 32],
    forgive_end: bool,
) -> Option<Vec<u8>> {
    let context = body::body_context(0, &opened.name.bucket, &opened.name.key).ok()?;
    let keys = body::derive(dek, &opened.part.parts.first()?.salt, &context)?;
    let chunks = opened.message.get(body::HEADER..)?;
    let mut out = Vec::new();
    for (index, chunk) in (0..).zip(chunks.chunks(body::SEALED_CHUNK)) {
        let nonce = body::chunk_nonce(&keys.base_nonce, index);
        if forgive_end {
            match builder::cipher::gcm_open(&keys.key, &nonce, &[], chunk) {
                Some(plain) => out.extend(plain),
                None => break,
            }
        } else {
            let length = chunk.len().checked_sub(16)?;
            let mut plain =
                builder::cipher::gcm_seal(&keys.key, &nonce, &[], chunk.get(..length)?)?;
            plain.truncate(length);
            out.extend(plain);
        }
    }
    Some(out)
}

/// The fields of a record.
pub(super) fn fields(object: &Object, blob: Vec<u8>) -> RecordFields {
    let own = object.algorithm == Algorithm::AwsKms;
    RecordFields {
        algorithm: object.algorithm,
        key_arn: object.kms_key_id.clone(),
        context: if own { object.context.clone() } else { EncryptionContext::new() },
        blob,
        metadata: object.metadata.clone(),
    }
}
