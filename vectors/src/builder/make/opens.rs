//! Vectors of opening an item, whole or a range of it (spec/sealed-object.md).

use super::draft::Draft;
use super::objects::{BUCKET, NAME, item_of, kms_object, open, pattern, s3_object, text};
use sse_spec::{EncryptionContext, Metadata, Range, SealObject};

const IDENTITY: &str = "sealed-object.open.identity";
const RECORD: &str = "sealed-object.open.record-first";
const RANGE: &str = "sealed-object.open.range";
const EMPTY: &str = "sealed-object.open.empty";

fn draft(
    slug: &str,
    requirements: &[&str],
    comment: &str,
    request: &SealObject,
    range: Option<Range>,
) -> Option<Draft> {
    let item = item_of(request)?;
    let request = open(request, item, range);
    Some(Draft::new(&format!("sealed-object/{slug}"), requirements, comment, request))
}

/// The object of the boundary vectors: bucket `a`, key `bc`.
pub(super) fn boundary() -> Option<SealObject> {
    let mut request = s3_object("open-boundary", NAME, text("boundary"))?;
    request.bucket = "a".to_owned();
    request.key = "bc".to_owned();
    Some(request)
}

pub(super) fn small_kms() -> Option<SealObject> {
    kms_object("sse-kms-small", NAME, text("attack at dawn"))
}

pub(super) fn small_s3() -> Option<SealObject> {
    s3_object("sse-s3-small", NAME, text("attack at dawn"))
}

pub(super) fn empty_s3() -> Option<SealObject> {
    s3_object("sse-s3-empty", NAME, text(""))
}

pub(super) fn whole() -> Option<Vec<Draft>> {
    let mut bare = kms_object("sse-kms-bare", NAME, text("attack at dawn"))?;
    bare.context = EncryptionContext::new();
    bare.metadata = Metadata::new();
    let identity = "Bucket `a` and key `bc`; see the item of `ab` and `c` among the invalid ones. \
        Label `open-boundary`.";
    Some(vec![
        draft(
            "open-kms-small",
            &[IDENTITY, RECORD],
            "The item of `sealed-object/sse-kms-small` opens.",
            &small_kms()?,
            None,
        )?,
        draft(
            "open-s3-small",
            &[RECORD],
            "The item of `sealed-object/sse-s3-small` opens.",
            &small_s3()?,
            None,
        )?,
        draft(
            "open-kms-bare",
            &[RECORD],
            "The item of `sealed-object/sse-kms-bare` opens: no pairs, no metadata.",
            &bare,
            None,
        )?,
        draft(
            "open-s3-empty",
            &[EMPTY],
            "The item of `sealed-object/sse-s3-empty` opens.",
            &empty_s3()?,
            None,
        )?,
        draft("open-boundary", &[IDENTITY], identity, &boundary()?, None)?.flag("identity"),
    ])
}

pub(super) fn two_chunks() -> Option<SealObject> {
    s3_object("open-16385", NAME, pattern(16385))
}

pub(super) fn three_chunks() -> Option<SealObject> {
    s3_object("open-32769", NAME, pattern(32769))
}

pub(super) fn full_chunk() -> Option<SealObject> {
    s3_object("sse-s3-16384", NAME, pattern(16384))
}

pub(super) fn ranges() -> Option<Vec<Draft>> {
    let small = small_s3()?;
    let of_small = |slug: &str, comment: &str, range: Range| {
        draft(&format!("range-{slug}"), &[RANGE], comment, &small, Some(range))
            .map(|draft| draft.flag("range"))
    };
    let from_to = |first, last| Range::FromTo { first, last };
    let mut out = vec![
        of_small("first-byte", "The first of 14 bytes.", from_to(0, 0))?,
        of_small("middle", "Bytes 7 to 8, both included: `at`.", from_to(7, 8))?,
        of_small("last-byte", "The last byte by its position.", from_to(13, 13))?,
        of_small("whole", "Every byte, as a range.", from_to(0, 13))?,
        of_small("clamped", "An end behind the object is moved to its end.", from_to(10, 14))?,
        of_small("clamped-far", "The largest end there is.", from_to(10, u64::MAX))?,
        of_small("from-start", "From 0 to the end.", Range::From { first: 0 })?,
        of_small("from-last", "From the last byte.", Range::From { first: 13 })?,
        of_small("suffix", "The last 4 bytes: `dawn`.", Range::Last { length: 4 })?,
        of_small("suffix-1", "The last byte as a suffix.", Range::Last { length: 1 })?,
        of_small("suffix-longer", "A suffix longer than the object.", Range::Last { length: 15 })?,
    ];
    let mut large = |slug: &str, comment: &str, object: &SealObject, range: Range| {
        let requirements = &[RANGE, "sealed-object.body.cipher"];
        let slug = format!("range-{slug}");
        out.push(draft(&slug, requirements, comment, object, Some(range))?.flag("range"));
        Some(())
    };
    large(
        "chunk-edge",
        "Bytes 16380 to 16384 of 16385: the last four of chunk 0 and the only one of chunk 1. \
         Label `open-16385`.",
        &two_chunks()?,
        from_to(16380, 16384),
    )?;
    large(
        "before-empty-chunk",
        "The last byte of 16384, behind which only an empty chunk follows. Label `sse-s3-16384`.",
        &full_chunk()?,
        Range::Last { length: 1 },
    )?;
    large(
        "middle-chunk",
        "One byte of the middle chunk of three. Label `open-32769`.",
        &three_chunks()?,
        from_to(16384, 16384),
    )?;
    Some(out)
}

/// The names of the request's object, for those who seal it once more.
pub(super) const PLACE: (&str, &str) = (BUCKET, NAME);
