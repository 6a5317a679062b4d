//! The objects that the vectors are made of, and the vectors of sealing (spec/sealed-object.md).

use super::draft::{Draft, draw, draw_uuid, map};
use super::{kms, service};
use crate::builder::perform::perform;
use sse_spec::{
    Algorithm, Body, EncryptionContext, Metadata, OpenObject, Range, Reply, SealObject, SealPart,
    SecretBytes,
};

const CIPHER: &str = "sealed-object.body.cipher";
const CONTEXT: &str = "sealed-object.body.context";
const LAYOUT: &str = "sealed-object.record.layout";
const AAD: &str = "sealed-object.record.additional-data";
const KEY: &str = "sealed-object.record.key";

pub(super) const BUCKET: &str = "bucket-a";
pub(super) const NAME: &str = "folder/report.txt";

fn base(label: &str, name: &str, blob: Vec<u8>, body: Body) -> SealObject {
    SealObject {
        bucket: BUCKET.to_owned(),
        key: name.to_owned(),
        algorithm: Algorithm::Aes256,
        kms_key_id: None,
        context: EncryptionContext::new(),
        blob: blob.into(),
        metadata: Metadata::new(),
        etag: hex::encode(draw::<16>(label, "etag")),
        data_key: SecretBytes::new(draw::<32>(label, "data_key").to_vec()),
        root_key: SecretBytes::new(draw::<32>("root", "root_key").to_vec()),
        record_nonce: draw::<24>(label, "record_nonce").to_vec().into(),
        parts: vec![part(label, 0, body)],
    }
}

/// One part, its salt drawn with the name `salt-` and its number.
pub(super) fn part(label: &str, part_number: u32, body: Body) -> SealPart {
    let salt = draw::<24>(label, &format!("salt-{part_number}"));
    SealPart { part_number, salt: salt.to_vec().into(), body }
}

/// An SSE-KMS object with one pair of the caller and one of metadata, its data key wrapped as
/// `data-key/kms-wrap` does under the same label.
pub(super) fn kms_object(label: &str, name: &str, body: Body) -> Option<SealObject> {
    let mut context = map(&[("department", "finance")]);
    context.insert(kms::ARN_KEY.to_owned(), format!("arn:aws:s3:::{BUCKET}/{name}"));
    let blob = kms::blob_of(kms::wrap(label, kms::dek(label), context))?;
    let key_id = draw_uuid(label, "key_id");
    Some(SealObject {
        algorithm: Algorithm::AwsKms,
        kms_key_id: Some(format!("arn:aws:kms:us-east-1:111122223333:key/{key_id}")),
        context: map(&[("department", "finance")]),
        metadata: map(&[("color", "blue")]),
        ..base(label, name, blob, body)
    })
}

/// An SSE-S3 object, its data key wrapped as `data-key/service-wrap` does under the same label.
pub(super) fn s3_object(label: &str, name: &str, body: Body) -> Option<SealObject> {
    let blob = kms::blob_of(service::wrap(label, 1, BUCKET, name))?;
    Some(base(label, name, blob, body))
}

pub(super) fn text(text: &str) -> Body {
    Body::Inline(text.as_bytes().into())
}

pub(super) fn pattern(len: u64) -> Body {
    Body::Pattern { seed: 1, len }
}

/// The item that a request makes.
pub(super) fn item_of(request: &SealObject) -> Option<Vec<u8>> {
    match perform(&request.clone().into()).ok()? {
        Reply::SealObject(reply) => Some(reply.item.0),
        _ => None,
    }
}

/// The request that opens `item` as the object of `request`.
pub(super) fn open(request: &SealObject, item: Vec<u8>, range: Option<Range>) -> OpenObject {
    OpenObject {
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        root_key: request.root_key.clone(),
        data_key: request.data_key.clone(),
        item: item.into(),
        range,
    }
}

pub(super) fn draft(
    slug: &str,
    requirements: &[&str],
    comment: &str,
    label: &str,
    request: SealObject,
) -> Draft {
    let comment = format!("{comment} Label `{label}`, the root key from label `root`.");
    Draft::new(&format!("sealed-object/{slug}"), requirements, comment, request)
}

pub(super) fn seals() -> Option<Vec<Draft>> {
    let mut out = small()?;
    let mut large = |slug: &str, len: u64, comment: &str| {
        let request = s3_object(slug, NAME, pattern(len))?;
        out.push(draft(slug, &[CIPHER], comment, slug, request).flag("limit"));
        Some(())
    };
    large("sse-s3-16384", 16384, "One full chunk, followed by an empty one.")?;
    large("sse-s3-40000", 40000, "Two full chunks and a short one.")?;
    Some(out)
}

fn small() -> Option<Vec<Draft>> {
    let kms_small = kms_object("sse-kms-small", NAME, text("attack at dawn"))?;
    let mut no_pairs = kms_object("sse-kms-bare", NAME, text("attack at dawn"))?;
    no_pairs.context = EncryptionContext::new();
    no_pairs.metadata = Metadata::new();
    let mut wide = kms_object("sse-kms-wide", "\u{e9}t\u{e9}/\u{1f600}", text("soleil"))?;
    wide.context = map(&[("z", "1"), ("a", "2"), ("\u{e9}", "3")]);
    wide.metadata = map(&[("title", "\u{e9}t\u{e9}"), ("empty", "")]);
    let mut etag = s3_object("sse-s3-etag", NAME, text("x"))?;
    etag.etag = "e".repeat(64);
    let one_byte = "A short tag of one byte is allowed as well.";
    let mut etag_1 = s3_object("sse-s3-etag-1", NAME, text("x"))?;
    etag_1.etag = "e".to_owned();
    let s3 = |label: &str, body| s3_object(label, NAME, body);
    Some(vec![
        draft(
            "sse-kms-small",
            &[LAYOUT, AAD, CONTEXT],
            "The worked example: an SSE-KMS object with one pair and one name of metadata.",
            "sse-kms-small",
            kms_small,
        ),
        draft("sse-kms-bare", &[LAYOUT], "No pairs, no metadata.", "sse-kms-bare", no_pairs),
        draft(
            "sse-kms-wide",
            &[LAYOUT, CONTEXT],
            "Key, pairs and metadata beyond ASCII; pairs and metadata in the order of bytes.",
            "sse-kms-wide",
            wide,
        ),
        draft(
            "sse-s3-small",
            &[LAYOUT, KEY, CIPHER],
            "An SSE-S3 object: no ARN, no pairs.",
            "sse-s3-small",
            s3("sse-s3-small", text("attack at dawn"))?,
        ),
        draft(
            "sse-s3-empty",
            &[CIPHER, "sealed-object.open.empty"],
            "An empty object has a body of one empty chunk.",
            "sse-s3-empty",
            s3("sse-s3-empty", text(""))?,
        )
        .flag("limit"),
        draft(
            "sse-kms-empty",
            &[CIPHER, "sealed-object.open.empty"],
            "The same under SSE-KMS.",
            "sse-kms-empty",
            kms_object("sse-kms-empty", NAME, text(""))?,
        )
        .flag("limit"),
        draft("sse-s3-1", &[CIPHER], "One byte.", "sse-s3-1", s3("sse-s3-1", text("x"))?),
        draft("sse-s3-etag", &[LAYOUT], "The longest entity tag.", "sse-s3-etag", etag)
            .flag("limit"),
        draft("sse-s3-etag-1", &[LAYOUT], one_byte, "sse-s3-etag-1", etag_1).flag("limit"),
    ])
}
