//! Faults of the body, and bodies and records that do not belong together
//! (spec/sealed-object.md, Body).

use super::Base;
use crate::builder::body::{BodyKeys, body_context, chunk_nonce, derive, seal};
use crate::builder::cipher::gcm_seal;
use crate::builder::make::draft::{Draft, draw, flipped};
use crate::builder::make::objects::{item_of, kms_object, text};
use crate::builder::make::opens::{self, PLACE};
use crate::builder::make::records::Opened;
use crate::builder::object::{join, split};
use sse_spec::Range;

pub(super) const TRUNCATION: &str = "sealed-object.open.truncation";
const CHUNK: &str = "sealed-object.open.chunk";
const COMMITMENT: &str = "sealed-object.open.commitment";
const CIPHER: &str = "sealed-object.body.cipher";
const CONTEXT: &str = "sealed-object.body.context";
const EMPTY: &str = "sealed-object.open.empty";
const STRICT: &str = super::STRICT;

/// Faults of a body of one chunk: salt 0..24, commitment 24..56, 14 bytes, tag 70..86.
pub(super) fn small() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let (body, record) = split(&base.item)?;
    let with_body = |body: &[&[u8]]| join(&body.concat(), record).ok();
    let flips: &[(&str, &str, &str, &str, usize)] = &[
        ("salt", COMMITMENT, "commitment", "the body's salt", 0),
        ("commitment", COMMITMENT, "commitment", "the body's commitment", 24),
        ("commitment-end", COMMITMENT, "commitment", "the end of the body's commitment", 55),
        ("ciphertext", CHUNK, "chunk", "the body's ciphertext", 56),
        ("ciphertext-end", CHUNK, "chunk", "the end of the body's ciphertext", 69),
        ("tag", CHUNK, "chunk", "the chunk's tag", 70),
        ("tag-end", CHUNK, "chunk", "the end of the chunk's tag", 85),
    ];
    let mut out = Vec::new();
    for (slug, requirement, flag, what, at) in flips {
        out.push(base.flip(&format!("body-{slug}"), requirement, flag, what, *at)?);
    }
    let chunk = body.get(56..)?;
    let cases: [(&str, &str, Vec<u8>); 5] = [
        ("body-truncated", "The chunk's last byte missing.", with_body(&[body.get(..85)?])?),
        ("body-extended", "One byte 00 behind the chunk.", with_body(&[body, &[0]])?),
        ("body-no-chunk", "The only chunk missing.", with_body(&[body.get(..56)?])?),
        ("body-chunk-twice", "The only chunk twice.", with_body(&[body, chunk])?),
        ("body-first-byte", "The body's first byte missing.", with_body(&[body.get(1..)?])?),
    ];
    for (slug, comment, item) in cases {
        out.push(base.item(slug, &[TRUNCATION], "truncation", comment, item));
    }
    let empty = Base::empty()?;
    let tag = "the only chunk of an empty object, its tag";
    let mut draft = empty.flip("body-empty-tag", EMPTY, "chunk", tag, 56)?;
    draft.requirements.push(CHUNK.to_owned());
    out.push(draft);
    let (_, record) = split(&empty.item)?;
    let bare = join(empty.item.get(..56)?, record).ok()?;
    let comment = "An empty object without its only chunk.";
    out.push(empty.item("body-empty-no-chunk", &[EMPTY, TRUNCATION], "truncation", comment, bare));
    out.extend(splices(&base)?);
    Some(out)
}

/// Record and body of different puts.
fn splices(base: &Base) -> Option<Vec<Draft>> {
    let (body, record) = split(&base.item)?;
    let earlier = kms_object("sse-kms-earlier", PLACE.1, text("attack at noon"))?;
    let earlier = item_of(&earlier)?;
    let (earlier_body, earlier_record) = split(&earlier)?;
    // The same data key, salt and names: only the plaintext differs, so that no key tells.
    let mut same_keys = base.request.clone();
    same_keys.parts.first_mut()?.body = text("attack at noon!");
    let same_keys = item_of(&same_keys)?;
    let (longer_body, _) = split(&same_keys)?;
    let other = item_of(&kms_object("sse-kms-small", "folder/other.txt", text("attack at dawn"))?)?;
    let (other_body, other_record) = split(&other)?;
    let case = |slug: &str, requirements: &[&str], comment: &str, body: &[u8], record: &[u8]| {
        join(body, record).ok().map(|item| base.item(slug, requirements, "splice", comment, item))
    };
    Some(vec![
        case(
            "splice-earlier-body",
            &[COMMITMENT],
            "The record of this put with the body of an earlier one. Label `sse-kms-earlier`.",
            earlier_body,
            record,
        )?,
        case(
            "splice-earlier-record",
            &[COMMITMENT],
            "The body of this put with the record of an earlier one. Label `sse-kms-earlier`.",
            body,
            earlier_record,
        )?,
        case(
            "splice-same-keys",
            &[TRUNCATION],
            "The body of a longer plaintext under the same data key and salt.",
            longer_body,
            record,
        )?,
        case(
            "splice-other-object-body",
            &[CONTEXT, COMMITMENT],
            "The body of another object under the same data key and salt.",
            other_body,
            record,
        )?,
        case(
            "splice-other-object-record",
            &["sealed-object.open.identity"],
            "The record of another object under the same root key, nonce and data key.",
            body,
            other_record,
        )?,
    ])
}

/// Slug, requirements, flag, what is wrong, the body.
type Committed<'a> = (&'a str, &'a [&'a str], &'a str, &'a str, Vec<u8>);

/// Wrong bodies whose salt and commitment the record names, under a right tag.
pub(super) fn committed() -> Option<Vec<Draft>> {
    let base = Base::kms()?;
    let opened = Opened::new(&base.request, &base.item)?;
    let dek: [u8; 32] = base.request.data_key.expose().try_into().ok()?;
    let other: [u8; 32] = draw("sse-s3-small", "data_key");
    let (salt, plain) = (opened.part.parts.first()?.salt, b"attack at dawn");
    let context = body_context(0, PLACE.0, PLACE.1).ok()?;
    let keys = derive(&dek, &salt, &context)?;
    let made = |key: &[u8; 32], context: &[u8]| seal(key, &salt, context, plain).ok();
    let part_1 = made(&dek, &body_context(1, PLACE.0, PLACE.1).ok()?)?;
    let other_name = made(&dek, &body_context(0, PLACE.0, "folder/other.txt").ok()?)?;
    let bare = made(&dek, &[])?;
    let under_other = made(&other, &context)?;
    let wrong_nonce = one_chunk(&keys, &salt, &chunk_nonce(&keys.base_nonce, 1), &[], plain)?;
    let wrong_aad = one_chunk(&keys, &salt, &keys.base_nonce, &context, plain)?;
    let lie = flipped(&opened.body, 24)?;
    let cases: [Committed<'_>; 7] = [
        ("other-data-key", &[COMMITMENT], "commitment", "A body under another DEK", under_other),
        ("lie", &[COMMITMENT], "commitment", "Right chunks, one bit of the commitment", lie),
        ("part-1", &[CONTEXT], "identity", "A body with part number 1", part_1),
        ("other-name", &[CONTEXT], "identity", "A body of another key", other_name),
        ("no-context", &[CONTEXT], "identity", "A body with an empty context", bare),
        ("index", &[CIPHER, CHUNK], "chunk-order", "Chunk 0 sealed as chunk 1", wrong_nonce),
        ("aad", &[CIPHER, CHUNK], "chunk", "A chunk with additional data", wrong_aad),
    ];
    let mut out = Vec::new();
    for (slug, requirements, flag, what, body) in cases {
        let comment = format!("{what}; the record names salt and commitment as they stand.");
        let item = opened.with_body(&body)?;
        out.push(base.item(&format!("committed-{slug}"), requirements, flag, &comment, item));
    }
    Some(out)
}

fn one_chunk(
    keys: &BodyKeys,
    salt: &[u8; 24],
    nonce: &[u8; 12],
    aad: &[u8],
    plain: &[u8],
) -> Option<Vec<u8>> {
    let chunk = gcm_seal(&keys.key, nonce, aad, plain)?;
    Some([salt.as_slice(), &keys.commitment, &chunk].concat())
}

/// Faults that need more than one chunk.
pub(super) fn large() -> Option<Vec<Draft>> {
    let edge = Some(Range::FromTo { first: 16380, last: 16384 });
    let two = Base::new(opens::two_chunks()?, "sealed-object/range-chunk-edge", edge)?;
    let middle = Some(Range::FromTo { first: 16384, last: 16384 });
    let three = Base::new(opens::three_chunks()?, "sealed-object/range-middle-chunk", middle)?;
    let last = Some(Range::Last { length: 1 });
    let full = Base::new(opens::full_chunk()?, "sealed-object/range-before-empty-chunk", last)?;
    let (body, record) = split(&three.item)?;
    let (head, chunks) = body.split_at_checked(56)?;
    let (first, rest) = chunks.split_at_checked(16400)?;
    let (second, third) = rest.split_at_checked(16400)?;
    let swapped = join(&[head, second, first, third].concat(), record).ok()?;
    let (full_body, full_record) = split(&full.item)?;
    let dropped = join(full_body.get(..56 + 16400)?, full_record).ok()?;
    let chunk_1 = "the last chunk of two";
    let chunk_of_3 = "the middle chunk of three";
    Some(vec![
        two.flip("body-last-chunk", CHUNK, "chunk", chunk_1, 56 + 16400)?,
        three.flip("body-middle-chunk", CHUNK, "chunk", chunk_of_3, 56 + 16400 + 9)?,
        three.item(
            "body-chunks-swapped",
            &[CHUNK, CIPHER],
            "chunk-order",
            "The first two of three chunks exchanged.",
            swapped,
        ),
        full.item(
            "body-final-chunk-dropped",
            &[TRUNCATION, STRICT],
            "truncation",
            "The empty last chunk missing, cut at the edge of a chunk.",
            dropped,
        ),
    ])
}
