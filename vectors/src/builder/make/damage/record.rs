//! Faults of the record (spec/sealed-object.md, Record).

use super::{Base, RECORD, STRICT};
use crate::builder::cipher::root_subkey;
use crate::builder::make::draft::Draft;
use crate::builder::make::records::{Opened, wrong_pairs};
use crate::builder::table::write_unchecked;

const DECODE: &str = "encryption-context.decode.strict";
const KEY: &str = "sealed-object.record.key";
const AAD: &str = "sealed-object.record.additional-data";

/// One bit of every field of the record.
pub(super) fn fields() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let fields = Opened::new(&base.request, &base.item)?.record.fields;
    let start = base.item.len() - 4 - record_length(&base.item)?;
    let arn = start + 6;
    let context = arn + 2 + fields.key_arn.as_ref()?.len();
    // One pair: count, two lengths, `department` and `finance`.
    let blob = context + 2 + 2 + 2 + 10 + 2 + 7;
    let metadata = blob + 2 + fields.blob.len();
    // One pair: count, two lengths, `color` and `blue`.
    let nonce = metadata + 2 + 2 + 2 + 5 + 2 + 4;
    let ciphertext = nonce + 24;
    let tag = base.item.len() - 4 - 16;
    let flips: &[(&str, &str, &str, &str, usize)] = &[
        ("magic", STRICT, "strict", "the record's magic", start),
        ("version", STRICT, "strict", "the record's version", start + 4),
        ("arn-length", RECORD, "strict", "the length of the key's ARN", arn + 1),
        ("arn", RECORD, "header", "the key's ARN", arn + 2),
        ("context-length", RECORD, "strict", "the length of the context", context + 1),
        ("context-count", RECORD, "strict", "the number of pairs", context + 3),
        ("context-key", RECORD, "header", "a pair's key", context + 6),
        ("context-value", RECORD, "header", "a pair's value", blob - 1),
        ("blob-length", RECORD, "strict", "the length of the wrapped data key", blob + 1),
        ("blob", RECORD, "header", "the wrapped data key", blob + 2),
        ("blob-end", RECORD, "header", "the end of the wrapped data key", metadata - 1),
        ("metadata-name", RECORD, "header", "a name of the metadata", metadata + 6),
        ("metadata-value", RECORD, "header", "a value of the metadata", nonce - 1),
        ("record-nonce", RECORD, "tag", "the record's nonce", nonce),
        ("record-nonce-end", RECORD, "tag", "the end of the record's nonce", nonce + 23),
        ("ciphertext-length", STRICT, "strict", "the ciphertext's length", ciphertext + 3),
        ("sealed-etag", RECORD, "tag", "the sealed entity tag", ciphertext + 6),
        ("sealed-count", RECORD, "tag", "the sealed number of parts", ciphertext + 39),
        ("sealed-number", RECORD, "tag", "the sealed number of the part", ciphertext + 41),
        ("sealed-size", RECORD, "tag", "the sealed length", ciphertext + 49),
        ("sealed-commitment", RECORD, "tag", "the sealed commitment", tag - 1),
        ("record-tag", RECORD, "tag", "the record's tag", tag),
        ("record-tag-end", RECORD, "tag", "the end of the record's tag", tag + 15),
    ];
    let mut out = Vec::new();
    for (slug, requirement, flag, what, at) in flips {
        let slug = format!("record-{slug}");
        out.push(base.flip(&slug, requirement, flag, what, *at)?);
    }
    out.extend(modes(&base, start + 5)?);
    Some(out)
}

/// Another mode where nothing else changes; an SSE-S3 record with ARN and pairs is refused anyway,
/// so that the object without them is changed as well.
fn modes(kms: &Base, at: usize) -> Option<Vec<Draft>> {
    let as_mode = |base: &Base, at: usize, mode: u8| {
        let mut item = base.item.clone();
        *item.get_mut(at)? = mode;
        Some(item)
    };
    let s3 = Base::s3()?;
    let s3_at = s3.item.len() - 4 - record_length(&s3.item)? + 5;
    let to_s3 = "The mode says SSE-S3.";
    let to_kms = "The mode says SSE-KMS; nothing else is changed.";
    let unknown = "The mode is one that does not exist.";
    Some(vec![
        kms.item("record-mode-s3", &[RECORD], "header", to_s3, as_mode(kms, at, 1)?),
        s3.item("record-mode-kms", &[RECORD, AAD], "header", to_kms, as_mode(&s3, s3_at, 2)?),
        kms.item("record-mode-unknown", &[STRICT], "strict", unknown, as_mode(kms, at, 3)?),
        kms.item("record-mode-0", &[STRICT], "strict", unknown, as_mode(kms, at, 0)?),
    ])
}

fn record_length(item: &[u8]) -> Option<usize> {
    let (_, record) = crate::builder::object::split(item)?;
    Some(record.len())
}

/// The record length and what stands around the record.
pub(super) fn lengths() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let item = &base.item;
    let rest = item.get(..item.len() - 4)?;
    let length = u32::try_from(record_length(item)?).ok()?;
    let whole = u32::try_from(item.len() - 4).ok()?;
    let cases: &[(&str, &str, u32)] = &[
        ("zero", "The record length is 0.", 0),
        ("short", "The record length is one less.", length - 1),
        ("long", "The record length is one more: a byte of the body is taken for it.", length + 1),
        ("whole", "The record length takes the whole body in.", whole),
        ("beyond", "The record length is one more than there are bytes.", whole + 1),
        ("1048577", "The record length is above its limit.", 1_048_577),
        ("huge", "The record length is 2^32 - 1.", u32::MAX),
    ];
    let mut out = Vec::new();
    for (slug, comment, length) in cases {
        let changed = [rest, &length.to_be_bytes()].concat();
        let slug = format!("record-length-{slug}");
        out.push(base.item(&slug, &[STRICT], "limit", comment, changed));
    }
    let (body, record) = crate::builder::object::split(item)?;
    let trailing = [item.as_slice(), &[0]].concat();
    let padded = crate::builder::object::join(body, &[record, &[0]].concat()).ok()?;
    let truncated = item.split_last()?.1.to_vec();
    let bare = crate::builder::object::join(&[], record).ok()?;
    let no_record = body.to_vec();
    let three = item.get(..3)?.to_vec();
    out.extend([
        base.item("item-empty", &[STRICT], "strict", "No bytes.", Vec::new()),
        base.item("item-3-bytes", &[STRICT], "strict", "Shorter than a record length.", three),
        base.item("item-trailing", &[STRICT], "truncation", "A byte 00 at the end.", trailing),
        base.item("item-truncated", &[STRICT], "truncation", "The last byte missing.", truncated),
        base.item("record-padded", &[STRICT], "strict", "A byte 00 behind the tag.", padded),
        base.item("item-no-body", &[STRICT], "truncation", "A record without a body.", bare),
        base.item("item-no-record", &[STRICT], "truncation", "A body without record.", no_record),
    ]);
    Some(out)
}

/// Records with the right tag that no sealer writes.
pub(super) fn resealed() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let opened = Opened::new(&base.request, &base.item)?;
    let mut out = Vec::new();
    for (slug, what, bytes) in wrong_pairs()? {
        let comment = format!("The context {what}, under a right tag.");
        let clear = opened.raw_clear(
            2,
            opened.record.fields.key_arn.as_ref()?.as_bytes(),
            &bytes,
            &opened.record.fields.blob,
            &[0, 0],
        )?;
        let slug = format!("sealed-context-{slug}");
        let item = opened.with_clear(&clear)?;
        out.push(base.item(&slug, &[DECODE, STRICT], "strict", &comment, item));
    }
    out.extend(other_clear_fields(&base, &opened)?);
    out.extend(other_sealed_fields(&base, &opened)?);
    out.extend(other_record_keys(&base, &opened)?);
    Some(out)
}

fn other_clear_fields(base: &Base, opened: &Opened) -> Option<Vec<Draft>> {
    let fields = &opened.record.fields;
    let (arn, blob) = (fields.key_arn.as_ref()?.as_bytes(), fields.blob.as_slice());
    let pair = crate::builder::context::encode_map(&fields.context).ok()?;
    let none: &[u8] = &[0, 0];
    let descending = [0, 2, 0, 1, b'b', 0, 0, 0, 1, b'a', 0, 0];
    let long_arn = [arn, &[b'x'; 2049]].concat();
    let no_arn = opened.raw_clear(2, &[], &pair, blob, none);
    let cases: [(&str, &str, Option<Vec<u8>>); 8] = [
        ("mode-kms-no-arn", "SSE-KMS with an empty ARN", no_arn),
        ("mode-s3-arn", "SSE-S3 with an ARN", opened.raw_clear(1, arn, none, blob, none)),
        ("mode-s3-pairs", "SSE-S3 with a pair", opened.raw_clear(1, &[], &pair, blob, none)),
        ("mode-3", "A mode that does not exist", opened.raw_clear(3, arn, &pair, blob, none)),
        ("no-blob", "No wrapped data key", opened.raw_clear(2, arn, &pair, &[], none)),
        ("long-arn", "An ARN above its limit", opened.raw_clear(2, &long_arn, none, blob, none)),
        ("arn-not-utf8", "An ARN of byte FF", opened.raw_clear(2, b"\xff", none, blob, none)),
        (
            "metadata-descending",
            "Metadata that is not ascending",
            opened.raw_clear(2, arn, &pair, blob, &descending),
        ),
    ];
    let mut out = Vec::new();
    for (slug, what, clear) in cases {
        let comment = format!("{what}, under a right tag.");
        let slug = format!("sealed-{slug}");
        let item = opened.with_clear(&clear?)?;
        out.push(base.item(&slug, &[STRICT], "strict", &comment, item));
    }
    Some(out)
}

fn other_sealed_fields(base: &Base, opened: &Opened) -> Option<Vec<Draft>> {
    let right = write_unchecked(&opened.part).ok()?;
    let raw = |length: u64, etag: &[u8]| {
        let entry = opened.part.parts.first()?;
        let mut out = Vec::new();
        crate::builder::bytes::lp16(&mut out, etag).ok()?;
        out.extend_from_slice(&[0, 1, 0, 0]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend(entry.header());
        Some(out)
    };
    let (size, etag) = (opened.part.size(), opened.part.etag.as_bytes());
    let cases: [(&str, &str, &str, Option<Vec<u8>>); 9] = [
        ("size-less", super::body::TRUNCATION, "A length one less", raw(size - 1, etag)),
        ("size-more", super::body::TRUNCATION, "A length one more", raw(size + 1, etag)),
        ("size-2-52", STRICT, "A length of 2^52", raw(1 << 52, etag)),
        ("size-max", STRICT, "A length of 2^64 - 1", raw(u64::MAX, etag)),
        ("no-etag", STRICT, "An empty entity tag", raw(size, &[])),
        ("long-etag", STRICT, "An entity tag of 65 bytes", raw(size, &[b'e'; 65])),
        ("etag-not-utf8", STRICT, "An entity tag of byte FF", raw(size, &[0xff])),
        ("part-trailing", STRICT, "A byte behind the table", Some([&right[..], &[0]].concat())),
        ("part-short", STRICT, "A table one byte short", Some(right.split_last()?.1.to_vec())),
    ];
    let mut out = Vec::new();
    for (slug, requirement, what, plain) in cases {
        let comment = format!("{what} in the sealed part, under a right tag.");
        let slug = format!("sealed-{slug}");
        let item = opened.with_part(&plain?)?;
        out.push(base.item(&slug, &[requirement], "strict", &comment, item));
    }
    Some(out)
}

fn other_record_keys(base: &Base, opened: &Opened) -> Option<Vec<Draft>> {
    let root: [u8; 32] = base.request.root_key.expose().try_into().ok()?;
    let dek: [u8; 32] = base.request.data_key.expose().try_into().ok()?;
    let control = opened.under(&root_subkey(&root, "control")?)?;
    let undivided = opened.under(&root)?;
    let under_dek = opened.under(&dek)?;
    let flag = "key-separation";
    let forged = opened.legal_clear(|fields| {
        fields.metadata.insert("color".to_owned(), "red".to_owned());
    })?;
    let ciphertext = u32::try_from(opened.record.sealed.len() - 16).ok()?;
    let forged = crate::builder::object::join(
        &opened.body,
        &[
            forged.as_slice(),
            &opened.record.nonce,
            &ciphertext.to_be_bytes(),
            &opened.record.sealed,
        ]
        .concat(),
    );
    Some(vec![
        base.item("record-key-control", &[KEY], flag, "Sealed under the control key.", control),
        base.item("record-key-root", &[KEY], flag, "Sealed under the root key itself.", undivided),
        base.item("record-key-data-key", &[KEY], flag, "Sealed under the data key.", under_dek),
        base.item(
            "record-clear-replaced",
            &[AAD, RECORD],
            "header",
            "The sealed part of this object behind clear fields with other metadata.",
            forged.ok()?,
        ),
    ])
}
