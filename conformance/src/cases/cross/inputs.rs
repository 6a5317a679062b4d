//! What is wrapped and sealed across implementations, generated.

use proptest::array::{uniform24, uniform32};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use sse_spec::{
    Algorithm, Body, Bytes, EncryptionContext, Metadata, OpenObject, OpenObjectReply, Range,
    SealObject, SealPart, SecretBytes, UnwrapBinding, UnwrapDataKey, WrapBinding, WrapDataKey,
};
use sse_vectors::body;

/// Pairs with distinct keys, in the order of drawing.
pub(super) fn contexts() -> impl Strategy<Value = Vec<(String, String)>> {
    map(8).prop_map(|pairs| pairs.into_iter().rev().collect())
}

fn map(most: usize) -> impl Strategy<Value = EncryptionContext> {
    btree_map(
        "[A-Za-z\u{e0}-\u{17f}][ -~\u{e0}-\u{17f}]{0,20}",
        "[ -~\u{3b1}-\u{3c9}]{0,30}",
        0..most,
    )
}

/// A data key and what it is wrapped with and bound to.
#[derive(Clone, Debug)]
pub(super) struct Wrapping {
    wrapping_key: [u8; 32],
    nonce: [u8; 24],
    data_key: Vec<u8>,
    binding: Binding,
}

#[derive(Clone, Debug)]
enum Binding {
    Kms { key_id: [u8; 16], material: [u8; 32], context: EncryptionContext },
    Service { version: u32, bucket: String, key: String },
}

/// Wraps of both kinds; the service key wraps 32 bytes, KMS 1 to 4096.
pub(super) fn wrappings() -> impl Strategy<Value = Wrapping> {
    let kms = (any::<[u8; 16]>(), uniform32(any::<u8>()), map(6))
        .prop_map(|(key_id, material, context)| Binding::Kms { key_id, material, context });
    let service = (1..=u32::MAX, bucket(), key())
        .prop_map(|(version, bucket, key)| Binding::Service { version, bucket, key });
    let bound = prop_oneof![
        (kms, vec(any::<u8>(), 1..200_usize)),
        (service, vec(any::<u8>(), 32..=32_usize)),
    ];
    (uniform32(any::<u8>()), uniform24(any::<u8>()), bound).prop_map(
        |(wrapping_key, nonce, (binding, data_key))| Wrapping {
            wrapping_key,
            nonce,
            data_key,
            binding,
        },
    )
}

fn bucket() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9-]{1,20}[a-z0-9]"
}

fn key() -> impl Strategy<Value = String> {
    "[!-~\u{e0}-\u{17f}]{1,40}"
}

/// A UUID in its form with four dashes.
fn uuid(bytes: &[u8; 16]) -> String {
    let mut text = hex::encode(bytes);
    for place in [8, 13, 18, 23] {
        text.insert(place, '-');
    }
    text
}

impl Wrapping {
    pub(super) fn data_key(&self) -> SecretBytes {
        SecretBytes::new(self.data_key.clone())
    }

    pub(super) fn wrap(&self) -> WrapDataKey {
        let binding = match &self.binding {
            Binding::Kms { key_id, material, context } => WrapBinding::Kms {
                key_id: uuid(key_id),
                key_material_id: hex::encode(material),
                context: context.clone(),
            },
            Binding::Service { version, bucket, key } => {
                let (bucket, key) = (bucket.clone(), key.clone());
                WrapBinding::Service { version: *version, bucket, key }
            }
        };
        WrapDataKey {
            wrapping_key: SecretBytes::new(self.wrapping_key.to_vec()),
            nonce: self.nonce.as_slice().into(),
            data_key: self.data_key(),
            binding,
        }
    }

    pub(super) fn unwrap(&self, blob: Bytes) -> UnwrapDataKey {
        let binding = match &self.binding {
            Binding::Kms { context, .. } => UnwrapBinding::Kms { context: context.clone() },
            Binding::Service { bucket, key, .. } => {
                UnwrapBinding::Service { bucket: bucket.clone(), key: key.clone() }
            }
        };
        UnwrapDataKey { wrapping_key: SecretBytes::new(self.wrapping_key.to_vec()), blob, binding }
    }
}

/// An object and everything it is sealed with.
#[derive(Clone, Debug)]
pub(super) struct Sealing {
    bucket: String,
    key: String,
    /// The key's ARN and the caller's pairs under SSE-KMS.
    kms: Option<(String, EncryptionContext)>,
    blob: Vec<u8>,
    metadata: Metadata,
    etag: String,
    data_key: [u8; 32],
    root_key: [u8; 32],
    record_nonce: [u8; 24],
    /// Number, salt, seed and length of each part.
    parts: Vec<(u16, [u8; 24], u64, u64)>,
    first: u64,
    span: u64,
}

/// Objects under both modes, whole and of one to three parts, around the edges of chunks.
pub(super) fn sealings() -> impl Strategy<Value = Sealing> {
    let length = || prop_oneof![Just(0), 1..40_u64, 16_380..16_390_u64, 32_766..32_770_u64];
    let salted = || (uniform24(any::<u8>()), any::<u64>(), length());
    let whole = salted().prop_map(|(salt, seed, length)| vec![(0, salt, seed, length)]);
    let parts = vec((1..3_000_u16, salted()), 1..4_usize).prop_map(|drawn| {
        let mut number = 0;
        let next = |(step, (salt, seed, length)): (u16, _)| {
            number += step;
            (number, salt, seed, length)
        };
        drawn.into_iter().map(next).collect::<Vec<_>>()
    });
    let kms = option::of(("arn:aws:kms:us-east-1:[0-9]{12}:key/[a-f0-9-]{36}", map(4)));
    let metadata = btree_map("[a-z][a-z0-9-]{0,12}", "[!-~]{0,30}", 0..4_usize);
    let record = (kms, vec(any::<u8>(), 1..120_usize), metadata, "[0-9a-f]{1,64}");
    let keys = (uniform32(any::<u8>()), uniform32(any::<u8>()), uniform24(any::<u8>()));
    let names = (bucket(), key());
    (names, record, keys, prop_oneof![whole, parts], any::<u64>(), 0..20_000_u64).prop_map(
        |((bucket, key), (kms, blob, metadata, etag), keys, parts, first, span)| Sealing {
            bucket,
            key,
            kms,
            blob,
            metadata,
            etag,
            data_key: keys.0,
            root_key: keys.1,
            record_nonce: keys.2,
            parts,
            first,
            span,
        },
    )
}

impl Sealing {
    fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.3).sum()
    }

    /// The plaintext of all parts.
    pub(super) fn body(&self) -> Result<Vec<u8>, String> {
        let part = |(_, _, seed, len): &(u16, [u8; 24], u64, u64)| {
            body::expand(&Body::Pattern { seed: *seed, len: *len })
        };
        Ok(self.parts.iter().map(part).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// A range that begins inside the object; none where the object is empty.
    pub(super) fn range(&self) -> Option<Range> {
        let first = self.first.checked_rem(self.size())?;
        Some(Range::FromTo { first, last: first + self.span })
    }

    /// What a read of `range` has to give.
    pub(super) fn expected<'b>(&self, body: &'b [u8], range: Option<Range>) -> &'b [u8] {
        let Some(Range::FromTo { first, last }) = range else { return body };
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
        body.get(place(first)..place(last.saturating_add(1))).unwrap_or_default()
    }

    pub(super) fn seal(&self) -> SealObject {
        let part = |(number, salt, seed, len): &(u16, [u8; 24], u64, u64)| SealPart {
            part_number: u32::from(*number),
            salt: salt.as_slice().into(),
            body: Body::Pattern { seed: *seed, len: *len },
        };
        SealObject {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            algorithm: self.algorithm(),
            kms_key_id: self.kms.as_ref().map(|(arn, _)| arn.clone()),
            context: self.context(),
            blob: self.blob.clone().into(),
            metadata: self.metadata.clone(),
            etag: self.etag.clone(),
            data_key: SecretBytes::new(self.data_key.to_vec()),
            root_key: SecretBytes::new(self.root_key.to_vec()),
            record_nonce: self.record_nonce.as_slice().into(),
            parts: self.parts.iter().map(part).collect(),
        }
    }

    pub(super) fn open(&self, item: Bytes, range: Option<Range>) -> OpenObject {
        OpenObject {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            root_key: SecretBytes::new(self.root_key.to_vec()),
            data_key: SecretBytes::new(self.data_key.to_vec()),
            item,
            range,
        }
    }

    fn algorithm(&self) -> Algorithm {
        if self.kms.is_some() { Algorithm::AwsKms } else { Algorithm::Aes256 }
    }

    fn context(&self) -> EncryptionContext {
        self.kms.as_ref().map(|(_, context)| context.clone()).unwrap_or_default()
    }

    /// Whether an opened object is the sealed one.
    pub(super) fn compare(&self, opened: &OpenObjectReply, body: &[u8]) -> Result<(), String> {
        body::compare(body, &opened.body.0)
            .map_err(|error| format!("the body differs: {error}"))?;
        let fields = [
            ("algorithm", opened.algorithm == self.algorithm()),
            ("kms_key_id", opened.kms_key_id.as_ref() == self.kms.as_ref().map(|(arn, _)| arn)),
            ("context", opened.context == self.context()),
            ("blob", opened.blob.0 == self.blob),
            ("metadata", opened.metadata == self.metadata),
            ("etag", opened.etag == self.etag),
            ("size", opened.size == self.size()),
        ];
        match fields.iter().find(|(_, same)| !same) {
            None => Ok(()),
            Some((field, _)) => Err(format!("`{field}` came out other than it went in")),
        }
    }
}
