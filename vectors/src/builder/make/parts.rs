//! Vectors of objects with several parts: sealed, opened whole, and opened by a range that meets
//! the parts' boundaries (spec/sealed-object.md, Record).

use super::draft::Draft;
use super::objects::{NAME, draft, item_of, kms_object, open, part, pattern, s3_object, text};
use sse_spec::{Body, Range, SealObject};

const TABLE: &str = "sealed-object.parts.table";
const NUMBERS: &str = "sealed-object.parts.numbers";
const CONTEXT: &str = "sealed-object.body.context";
const CIPHER: &str = "sealed-object.body.cipher";
const ORDER: &str = "sealed-object.body.order";
const RANGE: &str = "sealed-object.open.range";

/// A request whose parts have these numbers and bodies.
fn with_parts(
    label: &str,
    request: Option<SealObject>,
    parts: &[(u32, Body)],
) -> Option<SealObject> {
    let mut request = request?;
    request.etag = format!("{}-{}", request.etag, parts.len());
    request.parts = parts.iter().map(|(number, body)| part(label, *number, body.clone())).collect();
    Some(request)
}

fn s3(label: &str, parts: &[(u32, Body)]) -> Option<SealObject> {
    with_parts(label, s3_object(label, NAME, text("")), parts)
}

fn kms(label: &str, parts: &[(u32, Body)]) -> Option<SealObject> {
    with_parts(label, kms_object(label, NAME, text("")), parts)
}

/// Two parts of 7 bytes each, so that they can stand for one another.
pub(super) fn two() -> Option<SealObject> {
    kms("parts-two", &[(1, text("attack ")), (2, text("at dawn"))])
}

/// Two parts, and a last one without bytes.
pub(super) fn three() -> Option<SealObject> {
    s3("parts-three", &[(1, text("alpha")), (2, text("bravo!")), (3, text(""))])
}

/// Parts of 3, 3 and 5 bytes with the numbers 2, 5 and 10000.
pub(super) fn gaps() -> Option<SealObject> {
    s3("parts-gaps", &[(2, text("one")), (5, text("two")), (10_000, text("three"))])
}

/// An upload of one part.
pub(super) fn one() -> Option<SealObject> {
    kms("parts-one", &[(1, text("attack at dawn"))])
}

/// An upload of one part without bytes.
pub(super) fn empty() -> Option<SealObject> {
    s3("parts-empty", &[(1, text(""))])
}

/// A part without bytes between two others.
fn hollow() -> Option<SealObject> {
    s3("parts-hollow", &[(1, text("ab")), (2, text("")), (3, text("cd"))])
}

/// A part of exactly one chunk, and one of a byte more.
pub(super) fn edge() -> Option<SealObject> {
    s3("parts-edge", &[(1, pattern(16384)), (2, Body::Pattern { seed: 2, len: 16385 })])
}

pub(super) fn seals() -> Option<Vec<Draft>> {
    let case = |slug: &str, requirements: &[&str], comment: &str, request: SealObject| {
        draft(slug, requirements, comment, slug, request)
    };
    Some(vec![
        case(
            "parts-two",
            &[TABLE, CONTEXT, ORDER],
            "Two parts of an upload: one data key, two messages, two entries of the table.",
            two()?,
        ),
        case(
            "parts-three",
            &[TABLE, CIPHER],
            "Three parts, the last one without bytes: a message of one empty chunk.",
            three()?,
        ),
        case(
            "parts-gaps",
            &[NUMBERS, CONTEXT],
            "Numbers 2, 5 and 10000: ascending is enough, and the highest number there is.",
            gaps()?,
        )
        .flag("limit"),
        case(
            "parts-one",
            &[NUMBERS, CONTEXT],
            "An upload of one part keeps the number 1; it is no object put whole.",
            one()?,
        ),
        case("parts-empty", &[NUMBERS, CIPHER], "An upload of one part without bytes.", empty()?)
            .flag("limit"),
        case("parts-hollow", &[TABLE, ORDER], "A part without bytes in the middle.", hollow()?),
        case(
            "parts-edge",
            &[CIPHER, ORDER],
            "Part 1 fills one chunk and ends in an empty one; part 2 has a byte more.",
            edge()?,
        )
        .flag("limit"),
    ])
}

pub(super) fn opens() -> Option<Vec<Draft>> {
    let whole = |slug: &str, requirements: &[&str], comment: &str, request: SealObject| {
        let id = format!("sealed-object/open-{slug}");
        let comment = format!("{comment} The item of `sealed-object/{slug}`.");
        let request = open(&request, item_of(&request)?, None);
        Some(Draft::new(&id, requirements, comment, request))
    };
    let mut out = vec![
        whole("parts-two", &[TABLE, CONTEXT], "Two parts open as one object.", two()?)?,
        whole("parts-three", &[TABLE], "The empty last part adds nothing.", three()?)?,
        whole("parts-gaps", &[NUMBERS], "Gaps between the numbers mean nothing.", gaps()?)?,
        whole("parts-one", &[NUMBERS], "One part with the number 1.", one()?)?,
        whole(
            "parts-empty",
            &[NUMBERS, "sealed-object.open.empty"],
            "An object of one empty part is empty.",
            empty()?,
        )?
        .flag("limit"),
        whole("parts-hollow", &[TABLE, ORDER], "The empty middle part adds nothing.", hollow()?)?,
        whole("parts-edge", &[CIPHER, ORDER], "Four chunks in two messages.", edge()?)?
            .flag("limit"),
    ];
    out.extend(ranges()?);
    Some(out)
}

/// Slug, what is read, and the range; of the 11 bytes `onetwothree`, whose parts end at 3 and 6.
const RANGES: &[(&str, &str, Range)] = &[
    ("inside-1", "Inside part 2: `ne`.", Range::FromTo { first: 1, last: 2 }),
    ("inside-2", "Inside part 5: `w`.", Range::FromTo { first: 4, last: 4 }),
    ("inside-3", "Inside part 10000: `hre`.", Range::FromTo { first: 7, last: 9 }),
    ("part-1", "Exactly part 2.", Range::FromTo { first: 0, last: 2 }),
    ("part-2", "Exactly part 5.", Range::FromTo { first: 3, last: 5 }),
    ("part-3", "Exactly part 10000.", Range::FromTo { first: 6, last: 10 }),
    ("before-1", "The byte before the first boundary.", Range::FromTo { first: 2, last: 2 }),
    ("behind-1", "The byte behind the first boundary.", Range::FromTo { first: 3, last: 3 }),
    ("before-2", "The byte before the second boundary.", Range::FromTo { first: 5, last: 5 }),
    ("behind-2", "The byte behind the second boundary.", Range::FromTo { first: 6, last: 6 }),
    ("across-1", "Both bytes at the first boundary.", Range::FromTo { first: 2, last: 3 }),
    ("across-2", "Both bytes at the second boundary.", Range::FromTo { first: 5, last: 6 }),
    ("across-both", "Across two boundaries.", Range::FromTo { first: 2, last: 6 }),
    ("all", "Every byte, as a range.", Range::FromTo { first: 0, last: 10 }),
    ("clamped", "Across a boundary and beyond the end.", Range::FromTo { first: 5, last: 11 }),
    ("from-before", "From the byte before the first boundary.", Range::From { first: 2 }),
    ("from-at", "From the first boundary.", Range::From { first: 3 }),
    ("from-behind", "From the byte behind the first boundary.", Range::From { first: 4 }),
    ("from-last", "From the last byte.", Range::From { first: 10 }),
    ("suffix-inside", "A suffix inside the last part.", Range::Last { length: 4 }),
    ("suffix-at", "A suffix that is the last part.", Range::Last { length: 5 }),
    ("suffix-across", "A suffix across the second boundary.", Range::Last { length: 6 }),
    ("suffix-across-both", "A suffix across both boundaries.", Range::Last { length: 9 }),
    ("suffix-longer", "A suffix longer than the object.", Range::Last { length: 12 }),
];

fn ranges() -> Option<Vec<Draft>> {
    let case = |slug: &str, label: &str, comment: &str, request: &SealObject, range: Range| {
        let id = format!("sealed-object/parts-range-{slug}");
        let comment = format!("{comment} The item of `sealed-object/{label}`.");
        let request = open(request, item_of(request)?, Some(range));
        Some(Draft::new(&id, &[RANGE], comment, request).flag("range"))
    };
    let (gaps, hollow, edge) = (gaps()?, hollow()?, edge()?);
    let mut out = Vec::new();
    for (slug, comment, range) in RANGES {
        out.push(case(slug, "parts-gaps", comment, &gaps, *range)?);
    }
    let from_to = |first, last| Range::FromTo { first, last };
    let over = "Across a part without bytes.";
    out.push(case("across-empty", "parts-hollow", over, &hollow, from_to(1, 2))?);
    let from = "From behind a part without bytes.";
    out.push(case("behind-empty", "parts-hollow", from, &hollow, Range::From { first: 2 })?);
    let chunk = "The last byte of a full chunk and the first byte of the next part.";
    out.push(case("across-chunk", "parts-edge", chunk, &edge, from_to(16383, 16384))?);
    // 16384 bytes of part 1 and a chunk of part 2.
    let inner = "The last byte of a chunk and the only one of the next, both in part 2.";
    out.push(case("chunk-of-part-2", "parts-edge", inner, &edge, from_to(32767, 32768))?);
    Some(out)
}
