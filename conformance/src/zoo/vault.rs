//! The secrets of a world and what is made with them: wrapped keys, items of objects, control items
//! (spec/data-key.md, spec/sealed-object.md), all through the independent builder.

use super::random::{Random, undashed};
use sse_spec::{Algorithm, EncryptionContext, ObjectName};
use sse_vectors::builder::{
    self, Envelope, PartBody, PartEntry, RecordFields, SealedMessage, SealedPart, body, context,
    object, record, wrap,
};
use sse_vectors::oracle::{KeyUse, Object, Span};
use std::collections::BTreeMap;

/// Root key, service keys by version, the bytes of every material by its id.
#[derive(Clone, Debug)]
pub(super) struct Vault {
    pub(super) root: [u8; 32],
    pub(super) service: BTreeMap<u32, [u8; 32]>,
    pub(super) materials: BTreeMap<String, [u8; 32]>,
}

/// An object's item, its record authentic.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    /// The identity under which it opened.
    pub(super) name: ObjectName,
    pub(super) fields: RecordFields,
    pub(super) part: SealedPart,
    /// All messages, one after the other.
    pub(super) body: Vec<u8>,
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

    pub(super) fn wrap_for_kms(
        &self,
        with: &KeyUse,
        nonce: &[u8; 24],
        plaintext: &[u8],
        pairs: &EncryptionContext,
    ) -> Option<Vec<u8>> {
        let material = self.materials.get(&with.material_id)?;
        let bytes = context::encode_map(pairs).ok()?;
        let key_id = undashed(&with.key_id)?;
        let material_id = hex::decode(&with.material_id).ok()?.try_into().ok()?;
        wrap::kms_blob(material, &key_id, &material_id, nonce, plaintext, &bytes).ok()
    }

    pub(super) fn unwrap_from_kms(
        &self,
        with: &KeyUse,
        blob: &[u8],
        pairs: &EncryptionContext,
    ) -> Option<Vec<u8>> {
        let material = self.materials.get(&with.material_id)?;
        wrap::open_kms_blob(material, blob, &context::encode_map(pairs).ok()?)
    }

    pub(super) fn wrap_for_service(
        &self,
        version: u32,
        nonce: &[u8; 24],
        dek: &[u8; 32],
        name: &ObjectName,
    ) -> Option<Vec<u8>> {
        let key = self.service.get(&version)?;
        wrap::service_blob(key, version, nonce, dek, &name.bucket, &name.key).ok()
    }

    pub(super) fn unwrap_from_service(&self, blob: &[u8], name: &ObjectName) -> Option<[u8; 32]> {
        let key = self.service.get(&wrap::service_blob_version(blob)?)?;
        wrap::open_service_blob(key, blob, &name.bucket, &name.key)
    }

    /// Makes the item of an object out of sealed parts.
    pub(super) fn seal(
        &self,
        name: &ObjectName,
        object: &Object,
        blob: Vec<u8>,
        record_nonce: [u8; 24],
        parts: &[SealedMessage],
    ) -> Option<Vec<u8>> {
        let envelope = Envelope {
            bucket: name.bucket.clone(),
            key: name.key.clone(),
            fields: fields(object, blob),
            etag: object.etag.clone(),
            root: self.root,
            record_nonce,
        };
        builder::assemble(&envelope, parts).ok().map(|sealed| sealed.item)
    }

    /// Opens an item's record; `strict` also compares the body's length and headers with it.
    pub(super) fn open(&self, name: &ObjectName, item: &[u8], strict: bool) -> Option<Opened> {
        let (body, bytes) = object::split(item)?;
        let parsed = record::parse_record(bytes)?;
        let part = record::open_sealed_part(&self.root, &name.bucket, &name.key, &parsed)?;
        if strict {
            builder::open_record(&self.root, &name.bucket, &name.key, item)?;
        }
        let (name, body) = (name.clone(), body.to_vec());
        Some(Opened { name, fields: parsed.fields, part, body })
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

/// Seals one part under a data key.
pub(super) fn seal_part(
    dek: &[u8; 32],
    name: &ObjectName,
    number: u16,
    salt: [u8; 24],
    plaintext: Vec<u8>,
) -> Option<SealedMessage> {
    let part = PartBody { number, salt, plaintext };
    builder::seal_part(dek, &name.bucket, &name.key, &part).ok()
}

/// A sealed part out of its item, if its header is what data key, salt and identity give.
pub(super) fn read_part(
    dek: &[u8; 32],
    name: &ObjectName,
    number: u16,
    length: u64,
    message: Vec<u8>,
) -> Option<SealedMessage> {
    let salt: [u8; 24] = message.get(..24)?.try_into().ok()?;
    let context = body::body_context(number, &name.bucket, &name.key).ok()?;
    let commitment = body::derive(dek, &salt, &context)?.commitment;
    let entry = PartEntry { number, length, salt, commitment };
    message.starts_with(&entry.header()).then_some(SealedMessage { entry, message })
}

/// The plaintext of sealed parts.
pub(super) fn open_messages(
    dek: &[u8; 32],
    name: &ObjectName,
    parts: &[SealedMessage],
) -> Option<Vec<u8>> {
    let open = |part: &SealedMessage| {
        let context = body::body_context(part.entry.number, &name.bucket, &name.key).ok()?;
        body::open(dek, &context, &part.message).ok()
    };
    let opened = parts.iter().map(open).collect::<Option<Vec<_>>>()?;
    Some(opened.concat())
}

/// Opens the bytes of a span of the body; the empty body is authenticated like any other.
pub(super) fn open_body(opened: &Opened, dek: &[u8; 32], span: Span) -> Option<Vec<u8>> {
    let whole = span.start == 0 && span.end == opened.part.size();
    let span = (!whole).then_some((span.start, span.end));
    let ObjectName { bucket, key } = &opened.name;
    builder::open_parts(dek, bucket, key, &opened.part, &opened.body, span).ok()
}

/// Opens a body without a look at its tags: GCM's cipher is a stream, so sealing what was sealed
/// gives the plaintext back. With `forgive_end` a last chunk that is damaged ends the body instead.
pub(super) fn open_body_loosely(
    opened: &Opened,
    dek: &[u8; 32],
    forgive_end: bool,
) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), opened.body.as_slice());
    for entry in &opened.part.parts {
        let length = usize::try_from(body::sealed_length(entry.length)?).ok()?;
        let (message, tail) = rest.split_at(length.min(rest.len()));
        out.extend(open_message_loosely(opened, dek, entry, message, forgive_end)?);
        rest = tail;
    }
    Some(out)
}

fn open_message_loosely(
    opened: &Opened,
    dek: &[u8; 32],
    entry: &PartEntry,
    message: &[u8],
    forgive_end: bool,
) -> Option<Vec<u8>> {
    let ObjectName { bucket, key } = &opened.name;
    let context = body::body_context(entry.number, bucket, key).ok()?;
    let keys = body::derive(dek, &entry.salt, &context)?;
    let chunks = message.get(body::HEADER..)?;
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
fn fields(object: &Object, blob: Vec<u8>) -> RecordFields {
    let own = object.algorithm == Algorithm::AwsKms;
    RecordFields {
        algorithm: object.algorithm,
        key_arn: object.kms_key_id.clone(),
        context: if own { object.context.clone() } else { EncryptionContext::new() },
        blob,
        metadata: object.metadata.clone(),
    }
}
