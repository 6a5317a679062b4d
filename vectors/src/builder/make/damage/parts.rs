//! Faults of objects with parts behind an untouched record: messages moved, cut, spliced
//! (spec/sealed-object.md, Open).

use super::Base;
use super::body::TRUNCATION;
use crate::builder::make::draft::{Draft, draw};
use crate::builder::make::objects::{item_of, open, text};
use crate::builder::make::parts::{gaps, three, two};
use crate::builder::object::{join, split};
use sse_spec::{Class, OpenObject, Range, SecretBytes};

pub(super) const MOVED: &str = "sealed-object.open.part-moved";
const COMMITMENT: &str = "sealed-object.open.commitment";
const CHUNK: &str = "sealed-object.open.chunk";
const ORDER: &str = "sealed-object.body.order";
const RANGE: &str = "sealed-object.open.range";
/// Salt, commitment, 7 bytes, tag.
const MESSAGE: usize = 56 + 7 + 16;

/// Slug, requirements, flag, comment, messages.
type Case<'a> = (&'a str, &'a [&'a str], &'a str, &'a str, Vec<u8>);

/// Messages of one object in other places, and cut at other places.
pub(super) fn moved() -> Option<Vec<Draft>> {
    let base = Base::two_parts()?;
    let (body, record) = split(&base.item)?;
    let (one, two) = body.split_at_checked(MESSAGE)?;
    let (head_1, chunk_1) = one.split_at_checked(56)?;
    let (head_2, chunk_2) = two.split_at_checked(56)?;
    let moved_edge = [one.get(..MESSAGE - 1)?, two, &[0]].concat();
    let cases: [Case<'_>; 11] = [
        ("swapped", &[MOVED], "part-moved", "The parts exchanged.", [two, one].concat()),
        ("first-twice", &[MOVED], "part-moved", "Part 1 in place of both.", [one, one].concat()),
        ("last-twice", &[MOVED], "part-moved", "Part 2 in place of both.", [two, two].concat()),
        ("dropped-last", &[TRUNCATION], "part-moved", "The last part missing.", one.to_vec()),
        ("dropped-first", &[TRUNCATION], "part-moved", "The first part missing.", two.to_vec()),
        ("repeated", &[TRUNCATION], "part-moved", "Part 2 once more.", [body, two].concat()),
        ("none", &[TRUNCATION], "truncation", "No part.", Vec::new()),
        (
            "gap",
            &[TRUNCATION, ORDER],
            "truncation",
            "A byte 00 between the parts.",
            [one, &[0], two].concat(),
        ),
        (
            "last-truncated",
            &[TRUNCATION],
            "truncation",
            "The last byte of the last part missing.",
            body.split_last()?.1.to_vec(),
        ),
        (
            "edge-moved",
            &[COMMITMENT],
            "truncation",
            "Part 1 a byte short, and a byte 00 behind part 2.",
            moved_edge,
        ),
        (
            "chunks-exchanged",
            &[CHUNK, MOVED],
            "part-moved",
            "The chunks of both parts exchanged behind their own salts and commitments.",
            [head_1, chunk_2, head_2, chunk_1].concat(),
        ),
    ];
    let mut out = Vec::new();
    for (slug, requirements, flag, comment, body) in cases {
        let item = join(&body, record).ok()?;
        out.push(base.item(&format!("parts-{slug}"), requirements, flag, comment, item));
    }
    for (slug, requirement, flag, what, at) in [
        ("salt-2", COMMITMENT, "commitment", "the salt of part 2", MESSAGE),
        ("commitment-2", COMMITMENT, "commitment", "the commitment of part 2", MESSAGE + 55),
        ("ciphertext-1", CHUNK, "chunk", "the ciphertext of part 1", 56),
        ("tag-1", CHUNK, "chunk", "the tag of part 1", MESSAGE - 1),
        ("ciphertext-2", CHUNK, "chunk", "the ciphertext of part 2", MESSAGE + 56),
        ("tag-2", CHUNK, "chunk", "the tag of part 2", 2 * MESSAGE - 1),
    ] {
        out.push(base.flip(&format!("parts-{slug}"), requirement, flag, what, at)?);
    }
    out.extend(empty_last()?);
    Some(out)
}

/// Faults of a last part without bytes.
fn empty_last() -> Option<Vec<Draft>> {
    let base = Base::new(three()?, "sealed-object/open-parts-three", None)?;
    let (body, record) = split(&base.item)?;
    let without = join(body.get(..body.len() - 56 - 16)?, record).ok()?;
    let bare = join(body.get(..body.len() - 16)?, record).ok()?;
    let comment = "The last part, which has no bytes, missing.";
    let no_chunk = "The only chunk of the last part, which has no bytes, missing.";
    let what = "the tag of the last part, which has no bytes";
    let dropped = &[TRUNCATION];
    Some(vec![
        base.item("parts-empty-dropped", dropped, "part-moved", comment, without),
        base.item("parts-empty-no-chunk", dropped, "truncation", no_chunk, bare),
        base.flip("parts-empty-tag", CHUNK, "chunk", what, body.len() - 1)?,
    ])
}

/// Messages and records of different uploads.
pub(super) fn spliced() -> Option<Vec<Draft>> {
    let base = Base::two_parts()?;
    let (body, record) = split(&base.item)?;
    let (one, two_message) = body.split_at_checked(MESSAGE)?;
    let mut other = two()?;
    other.data_key = SecretBytes::new(draw::<32>("parts-other", "data_key").to_vec());
    let other = item_of(&other)?;
    let (other_body, other_record) = split(&other)?;
    let mut again = two()?;
    let salt = draw::<24>("parts-again", "salt-2").to_vec();
    let last = again.parts.last_mut()?;
    (last.salt, last.body) = (salt.into(), text("at noon"));
    let again = item_of(&again)?;
    let (again_body, again_record) = split(&again)?;
    let mut elsewhere = two()?;
    elsewhere.key = "folder/other.txt".to_owned();
    let elsewhere = item_of(&elsewhere)?;
    let (elsewhere_body, _) = split(&elsewhere)?;
    let cases: [(&str, &str, Vec<u8>); 6] = [
        (
            "other-upload",
            "Part 2 of another upload of the same name, with the same salt. Label `parts-other` \
             for its data key.",
            join(&[one, other_body.get(MESSAGE..)?].concat(), record).ok()?,
        ),
        ("other-upload-all", "Both parts of that upload.", join(other_body, record).ok()?),
        ("other-upload-record", "The record of that upload.", join(body, other_record).ok()?),
        (
            "sent-again",
            "Part 2 as it was sent again, under the same data key with a new salt. Label \
             `parts-again` for the salt.",
            join(&[one, again_body.get(MESSAGE..)?].concat(), record).ok()?,
        ),
        (
            "sent-before",
            "The record of the second sending with part 2 of the first.",
            join(&[again_body.get(..MESSAGE)?, two_message].concat(), again_record).ok()?,
        ),
        (
            "other-object",
            "Part 2 of another object under the same data key and salt.",
            join(&[one, elsewhere_body.get(MESSAGE..)?].concat(), record).ok()?,
        ),
    ];
    let mut out = Vec::new();
    for (slug, comment, item) in cases {
        out.push(base.item(&format!("parts-{slug}"), &[COMMITMENT], "splice", comment, item));
    }
    Some(out)
}

/// Ranges that meet damage, and ranges that hold no byte. The messages end at 75, 150 and 227.
pub(super) fn ranges() -> Option<Vec<Draft>> {
    let across = Some(Range::FromTo { first: 5, last: 6 });
    let across = Base::new(gaps()?, "sealed-object/parts-range-across-2", across)?;
    let before = Some(Range::FromTo { first: 2, last: 2 });
    let before = Base::new(gaps()?, "sealed-object/parts-range-before-1", before)?;
    let far = Some(Range::FromTo { first: 7, last: 9 });
    let far = Base::new(gaps()?, "sealed-object/parts-range-inside-3", far)?;
    let mut out = vec![
        across.flip(
            "parts-range-tag-5",
            CHUNK,
            "chunk",
            "the tag of the range's first part",
            149,
        )?,
        across.flip("parts-range-tag-last", CHUNK, "chunk", "the tag of its second part", 226)?,
        before.flip("parts-range-byte", CHUNK, "chunk", "another byte of the chunk", 56)?,
        far.flip("parts-range-salt", COMMITMENT, "commitment", "the salt of the part", 150)?,
    ];
    let (_, record) = split(&far.item)?;
    let body = far.item.get(..227)?;
    let (head, tail) = body.split_at_checked(150)?;
    let swapped = [head.get(75..)?, head.get(..75)?, tail].concat();
    out.push(across.item(
        "parts-range-swapped",
        &[MOVED, RANGE],
        "part-moved",
        "The first two parts exchanged; the range needs the second one.",
        join(&swapped, record).ok()?,
    ));
    let request = gaps()?;
    let item = far.item.clone();
    let case = |slug: &str, comment: &str, twin: &str, range: Range| {
        let request: OpenObject = open(&request, item.clone(), Some(range));
        let id = format!("sealed-object/parts-range-{slug}");
        Draft::new(&id, &[RANGE, "sse.get.range-unsatisfiable"], comment, request)
            .flag("range")
            .refused(&format!("sealed-object/parts-range-{twin}"), Class::InvalidRange)
    };
    let at_end = "Starts behind the last byte of the last part.";
    let far_behind = "Starts at the largest position there is.";
    out.extend([
        case("at-end", at_end, "from-last", Range::From { first: 11 }),
        case("far-behind", far_behind, "from-last", Range::From { first: u64::MAX }),
        case("suffix-0", "The last 0 bytes.", "suffix-at", Range::Last { length: 0 }),
    ]);
    Some(out)
}
