//! Vectors of the service blob (spec/data-key.md).

use super::draft::{Draft, draw, flipped};
use super::kms::{blob_of, dek, object_context, wrap as kms_wrap};
use crate::builder::cipher::xaes_seal;
use crate::builder::wrap::{service_aad, service_header};
use sse_spec::{
    Class, Operation, SecretBytes, UnwrapBinding, UnwrapDataKey, WrapBinding, WrapDataKey,
};

const LAYOUT: &str = "data-key.service-wrap.layout";
const AAD: &str = "data-key.service-wrap.additional-data";
const LENGTHS: &str = "sealed-object.seal.lengths";
const LIMIT: &str = "data-key.wrap.plaintext-limit";
const DEK: &str = "data-key.generate.length";
const STRICT: &str = "data-key.unwrap.strict";
const AUTHENTIC: &str = "data-key.unwrap.authentic";
const BINDING: &str = "data-key.unwrap.binding";
const VERSION: &str = "data-key.unwrap.service-version";
const TWIN: &str = "data-key/service-unwrap-simple";
const BUCKET: &str = "bucket-a";
const KEY: &str = "folder/report.txt";

pub(super) fn wrap(label: &str, version: u32, bucket: &str, key: &str) -> WrapDataKey {
    WrapDataKey {
        wrapping_key: SecretBytes::new(draw::<32>(label, "wrapping_key").to_vec()),
        nonce: draw::<24>(label, "nonce").to_vec().into(),
        data_key: SecretBytes::new(dek(label)),
        binding: WrapBinding::Service { version, bucket: bucket.to_owned(), key: key.to_owned() },
    }
}

fn unwrap(label: &str, blob: Vec<u8>, bucket: &str, key: &str) -> UnwrapDataKey {
    UnwrapDataKey {
        wrapping_key: SecretBytes::new(draw::<32>(label, "wrapping_key").to_vec()),
        blob: blob.into(),
        binding: UnwrapBinding::Service { bucket: bucket.to_owned(), key: key.to_owned() },
    }
}

fn draft(
    slug: &str,
    requirements: &[&str],
    comment: &str,
    label: &str,
    request: impl Into<Operation>,
) -> Draft {
    let comment = format!("{comment} Label `{label}`.");
    Draft::new(&format!("data-key/{slug}"), requirements, comment, request)
}

pub(super) fn wraps() -> Option<Vec<Draft>> {
    let long = "k".repeat(1024);
    Some(vec![
        draft(
            "service-wrap-simple",
            &[LAYOUT, AAD],
            "The worked example: a data key under the first service key.",
            "service-a",
            wrap("service-a", 1, BUCKET, KEY),
        ),
        draft(
            "service-wrap-later-version",
            &[LAYOUT],
            "A version that needs all four bytes.",
            "service-b",
            wrap("service-b", 0x0102_0304, BUCKET, KEY),
        ),
        draft(
            "service-wrap-non-ascii",
            &[AAD],
            "A key beyond ASCII: lengths count bytes.",
            "service-c",
            wrap("service-c", 1, BUCKET, "\u{e9}t\u{e9}/\u{1f600}"),
        ),
        draft(
            "service-wrap-boundary",
            &[AAD],
            "Bucket `a` and key `bc`; see the blob of `ab` and `c` among the invalid ones.",
            "service-d",
            wrap("service-d", 1, "a", "bc"),
        ),
        draft(
            "service-wrap-long-key",
            &[AAD],
            "A key of 1024 bytes.",
            "service-e",
            wrap("service-e", 2, BUCKET, &long),
        ),
    ])
}

pub(super) fn invalid_wraps() -> Option<Vec<Draft>> {
    let case = |slug: &str, requirements: &[&str], comment: &str, change: fn(&mut WrapDataKey)| {
        let mut request = wrap("service-a", 1, BUCKET, KEY);
        change(&mut request);
        draft(&format!("service-wrap-{slug}"), requirements, comment, "service-a", request)
            .flag("limit")
            .refused("data-key/service-wrap-simple", Class::InvalidArgument)
    };
    Some(vec![
        case("short-data-key", &[LIMIT, DEK], "A data key of 31 bytes.", |request| {
            request.data_key = SecretBytes::new(draw::<31>("service-a", "data_key").to_vec());
        }),
        case("long-data-key", &[LIMIT, DEK], "A data key of 33 bytes.", |request| {
            let mut key = dek("service-a");
            key.push(0);
            request.data_key = SecretBytes::new(key);
        }),
        case("empty-data-key", &[LIMIT, DEK], "No data key.", |request| {
            request.data_key = SecretBytes::new(Vec::new());
        }),
        case("short-key", &[LAYOUT, LENGTHS], "A service key of 31 bytes.", |request| {
            let short = draw::<31>("service-a", "wrapping_key");
            request.wrapping_key = SecretBytes::new(short.to_vec());
        }),
        case("nonce-12", &[LAYOUT, LENGTHS], "A nonce of 12 bytes, as of AES-GCM.", |request| {
            request.nonce = draw::<12>("service-a", "nonce").to_vec().into();
        }),
        case("wrapping-key-33", &[LAYOUT, LENGTHS], "A service key of 33 bytes.", |request| {
            let key = [request.wrapping_key.expose(), &[0]].concat();
            request.wrapping_key = SecretBytes::new(key);
        }),
        case("nonce-25", &[LAYOUT, LENGTHS], "A nonce of 25 bytes.", |request| {
            request.nonce.0.push(0);
        }),
        case("version-0", &[LAYOUT], "Versions count from 1.", |request| {
            request.binding =
                WrapBinding::Service { version: 0, bucket: BUCKET.to_owned(), key: KEY.to_owned() };
        }),
    ])
}

pub(super) fn unwraps() -> Option<Vec<Draft>> {
    let blob = |label: &str, version: u32, bucket: &str, key: &str| {
        blob_of(wrap(label, version, bucket, key)).map(|blob| unwrap(label, blob, bucket, key))
    };
    Some(vec![
        draft(
            "service-unwrap-simple",
            &[AUTHENTIC, BINDING],
            "The worked example's blob opens.",
            "service-a",
            blob("service-a", 1, BUCKET, KEY)?,
        ),
        draft(
            "service-unwrap-later-version",
            &[VERSION],
            "A blob of a later version opens under that version's key.",
            "service-b",
            blob("service-b", 0x0102_0304, BUCKET, KEY)?,
        ),
        draft(
            "service-unwrap-boundary",
            &[BINDING],
            "Bucket `a` and key `bc`.",
            "service-d",
            blob("service-d", 1, "a", "bc")?,
        ),
    ])
}

/// Slug, requirement, flag, offset of the byte whose lowest bit is flipped, what lies there.
const FLIPS: &[(&str, &str, &str, usize, &str)] = &[
    ("magic", STRICT, "strict", 2, "the magic"),
    ("format-version", STRICT, "strict", 3, "the version of the layout"),
    ("nonce", AUTHENTIC, "tag", 8, "the nonce"),
    ("nonce-end", AUTHENTIC, "tag", 31, "the last byte of the nonce"),
    ("ciphertext", AUTHENTIC, "tag", 32, "the ciphertext"),
    ("ciphertext-end", AUTHENTIC, "tag", 63, "the last byte of the ciphertext"),
    ("tag", AUTHENTIC, "tag", 64, "the tag"),
    ("tag-end", AUTHENTIC, "tag", 79, "the last byte of the tag"),
];

fn damaged(slug: &str, requirement: &str, flag: &str, comment: &str, blob: Vec<u8>) -> Draft {
    let request = unwrap("service-a", blob, BUCKET, KEY);
    draft(&format!("service-unwrap-{slug}"), &[requirement], comment, "service-a", request)
        .flag(flag)
        .refused(TWIN, Class::Integrity)
}

pub(super) fn invalid_unwraps() -> Option<Vec<Draft>> {
    let good = blob_of(wrap("service-a", 1, BUCKET, KEY))?;
    let mut out = Vec::new();
    for (slug, requirement, flag, at, what) in FLIPS {
        let comment = format!("One bit of {what} is flipped.");
        out.push(damaged(slug, requirement, flag, &comment, flipped(&good, *at)?));
    }
    let mut named_2 = good.clone();
    *named_2.get_mut(7)? = 2;
    let mut named_0 = good.clone();
    *named_0.get_mut(7)? = 0;
    let mut huge = good.clone();
    *huge.get_mut(4)? = 0xff;
    let longer = [good.as_slice(), &[0]].concat();
    let kms = blob_of(kms_wrap("service-a", dek("service-a"), object_context()))?;
    out.extend([
        damaged("version-2", VERSION, "header", "The blob names version 2.", named_2),
        damaged("version-huge", VERSION, "header", "The blob names a version above 2^31.", huge),
        damaged("version-0", STRICT, "strict", "The blob names version 0.", named_0),
        damaged("empty", STRICT, "strict", "No bytes.", Vec::new()),
        damaged("truncated", STRICT, "truncation", "Last byte missing.", good.get(..79)?.to_vec()),
        damaged("extended", STRICT, "truncation", "One byte 00 behind the tag.", longer),
        damaged("kms-blob", STRICT, "strict", "A KMS blob under the same key.", kms),
    ]);
    out.extend(resealed()?);
    out.extend(other_bindings(&good)?);
    for length in [31, 33] {
        let mut request = unwrap("service-a", good.clone(), BUCKET, KEY);
        let mut key = request.wrapping_key.expose().to_vec();
        key.resize(length, 0);
        request.wrapping_key = SecretBytes::new(key);
        let (slug, comment) =
            (format!("service-unwrap-key-{length}"), format!("A service key of {length} bytes."));
        let draft = draft(&slug, &[LENGTHS], &comment, "service-a", request);
        out.push(draft.flag("limit").refused(TWIN, Class::InvalidArgument));
    }
    Some(out)
}

/// Blobs that no wrapper makes, under a right tag.
fn resealed() -> Option<Vec<Draft>> {
    let (key, nonce) = (draw("service-a", "wrapping_key"), draw::<24>("service-a", "nonce"));
    let case = |slug: &str, what: &str, header: &[u8], dek: &[u8]| {
        let aad = service_aad(header, BUCKET, KEY).ok()?;
        let sealed = xaes_seal(&key, &nonce, &aad, dek)?;
        let blob = [header, &nonce, &sealed].concat();
        let comment = format!("{what}, under a right tag.");
        Some(damaged(&format!("sealed-{slug}"), STRICT, "strict", &comment, blob))
    };
    let (dek, right) = (dek("service-a"), service_header(1));
    let (mut other_magic, mut layout_2) = (right.clone(), right.clone());
    *other_magic.first_mut()? = b's';
    *layout_2.get_mut(3)? = 2;
    Some(vec![
        case("magic", "Another magic", &other_magic, &dek)?,
        case("format-version-2", "Version 2 of the layout", &layout_2, &dek)?,
        case("version-0", "Version 0 of the service key", &service_header(0), &dek)?,
        case("31-bytes", "A data key of 31 bytes", &right, dek.get(..31)?)?,
        case("33-bytes", "A data key of 33 bytes", &right, &[dek.as_slice(), &[0]].concat())?,
    ])
}

/// The right blob under another identity or key.
fn other_bindings(good: &[u8]) -> Option<Vec<Draft>> {
    let elsewhere = |slug: &str, comment: &str, bucket: &str, key: &str| {
        let request = unwrap("service-a", good.to_vec(), bucket, key);
        draft(slug, &[BINDING, AAD], comment, "service-a", request)
            .flag("identity")
            .refused(TWIN, Class::Integrity)
    };
    let mut wrong_key = unwrap("service-a", good.to_vec(), BUCKET, KEY);
    wrong_key.wrapping_key = SecretBytes::new(draw::<32>("service-b", "wrapping_key").to_vec());
    let shifted = blob_of(wrap("service-d", 1, "ab", "c"))?;
    let swapped = blob_of(wrap("service-a", 1, BUCKET, "folder/report.tx"))?;
    Some(vec![
        draft(
            "service-unwrap-wrong-key",
            &[AUTHENTIC],
            "The key of another version.",
            "service-a",
            wrong_key,
        )
        .flag("wrong-key")
        .refused(TWIN, Class::Integrity),
        elsewhere("service-unwrap-other-bucket", "Asked for in another bucket.", "bucket-b", KEY),
        elsewhere("service-unwrap-other-key", "Asked for under another key.", BUCKET, "folder/x"),
        elsewhere("service-unwrap-key-case", "A key in other case.", BUCKET, "folder/Report.txt"),
        damaged(
            "other-object",
            BINDING,
            "identity",
            "The blob of another object, wrapped with the same service key, nonce and data key.",
            swapped,
        ),
        draft(
            "service-unwrap-boundary-shift",
            &[BINDING, AAD],
            "The blob of bucket `ab` and key `c`, asked for as bucket `a` and key `bc`.",
            "service-d",
            unwrap("service-d", shifted, "a", "bc"),
        )
        .flag("identity")
        .refused("data-key/service-unwrap-boundary", Class::Integrity),
    ])
}
