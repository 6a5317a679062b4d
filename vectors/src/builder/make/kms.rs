//! Vectors of the KMS blob (spec/data-key.md).

use super::draft::{Draft, draw, draw_uuid, flipped, map};
use crate::body::expand;
use crate::builder::cipher::xaes_seal;
use crate::builder::context::encode_map;
use crate::builder::wrap::{kms_aad, kms_header};
use sse_spec::{
    Body, Class, EncryptionContext, Operation, Reply, SecretBytes, UnwrapBinding, UnwrapDataKey,
    WrapBinding, WrapDataKey,
};

const LAYOUT: &str = "data-key.kms-wrap.layout";
const AAD: &str = "data-key.kms-wrap.additional-data";
const LENGTHS: &str = "sealed-object.seal.lengths";
const LIMIT: &str = "data-key.wrap.plaintext-limit";
const STRICT: &str = "data-key.unwrap.strict";
const AUTHENTIC: &str = "data-key.unwrap.authentic";
const BINDING: &str = "data-key.unwrap.binding";
const ADDED: &str = "encryption-context.object-arn.added";
const FROM_REQUEST: &str = "encryption-context.object-arn.from-request";

pub(super) const ARN_KEY: &str = "aws:s3:arn";

/// The context of the worked examples: the object's ARN and one pair of the caller.
pub(super) fn object_context() -> EncryptionContext {
    map(&[(ARN_KEY, "arn:aws:s3:::bucket-a/folder/report.txt"), ("department", "finance")])
}

pub(super) fn wrap(label: &str, data_key: Vec<u8>, context: EncryptionContext) -> WrapDataKey {
    WrapDataKey {
        wrapping_key: SecretBytes::new(draw::<32>(label, "wrapping_key").to_vec()),
        nonce: draw::<24>(label, "nonce").to_vec().into(),
        data_key: SecretBytes::new(data_key),
        binding: WrapBinding::Kms {
            key_id: draw_uuid(label, "key_id"),
            key_material_id: hex::encode(draw::<32>(label, "key_material_id")),
            context,
        },
    }
}

pub(super) fn dek(label: &str) -> Vec<u8> {
    draw::<32>(label, "data_key").to_vec()
}

fn pattern(len: u64) -> Option<Vec<u8>> {
    expand(&Body::Pattern { seed: 4096, len }).ok()
}

fn many(count: usize) -> EncryptionContext {
    (0..count).map(|index| (format!("key-{index:02}"), format!("{index}"))).collect()
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
    let wide = map(&[("projet", "\u{e9}t\u{e9}"), ("\u{1f600}", "\u{ff5e}"), ("Z", "z")]);
    let arn = map(&[(ARN_KEY, "arn:aws:s3:::bucket-a/folder/report.txt")]);
    Some(vec![
        draft(
            "kms-wrap-object-context",
            &[LAYOUT, AAD, ADDED],
            "The worked example: a data key bound to an object's ARN and to one pair.",
            "kms-a",
            wrap("kms-a", dek("kms-a"), object_context()),
        ),
        draft(
            "kms-wrap-arn-only",
            &[AAD, ADDED],
            "A caller without pairs: the object's ARN alone is bound.",
            "kms-b",
            wrap("kms-b", dek("kms-b"), arn),
        ),
        draft(
            "kms-wrap-no-context",
            &[AAD],
            "No pairs: the additional data ends in a count of 0.",
            "kms-c",
            wrap("kms-c", dek("kms-c"), map(&[])),
        )
        .flag("binding"),
        draft(
            "kms-wrap-non-ascii",
            &[AAD],
            "Pairs beyond ASCII.",
            "kms-d",
            wrap("kms-d", dek("kms-d"), wide),
        ),
        draft(
            "kms-wrap-64-pairs",
            &[AAD],
            "As many pairs as a context may have.",
            "kms-e",
            wrap("kms-e", dek("kms-e"), many(64)),
        )
        .flag("limit"),
        draft(
            "kms-wrap-1-byte",
            &[LIMIT, LAYOUT],
            "The shortest plaintext, as Encrypt may be given.",
            "kms-f",
            wrap("kms-f", vec![0x5a], object_context()),
        )
        .flag("limit"),
        draft(
            "kms-wrap-4096-bytes",
            &[LIMIT, LAYOUT],
            "The longest plaintext: the body pattern of seed 4096.",
            "kms-g",
            wrap("kms-g", pattern(4096)?, object_context()),
        )
        .flag("limit"),
    ])
}

pub(super) fn invalid_wraps() -> Option<Vec<Draft>> {
    let class = Class::InvalidArgument;
    let base = "data-key/kms-wrap-object-context";
    let with = |change: fn(&mut WrapDataKey)| {
        let mut request = wrap("kms-a", dek("kms-a"), object_context());
        change(&mut request);
        request
    };
    let case = |slug: &str, requirements: &[&str], comment: &str, change: fn(&mut WrapDataKey)| {
        draft(slug, requirements, comment, "kms-a", with(change)).flag("limit").refused(base, class)
    };
    Some(vec![
        case("kms-wrap-empty-plaintext", &[LIMIT], "No plaintext.", |request| {
            request.data_key = SecretBytes::new(Vec::new());
        }),
        draft(
            "kms-wrap-4097-bytes",
            &[LIMIT],
            "One byte more than the longest plaintext.",
            "kms-g",
            wrap("kms-g", pattern(4097)?, object_context()),
        )
        .flag("limit")
        .refused("data-key/kms-wrap-4096-bytes", class),
        case("kms-wrap-short-key", &[LAYOUT, LENGTHS], "A wrapping key of 31 bytes.", |request| {
            request.wrapping_key = SecretBytes::new(draw::<31>("kms-a", "wrapping_key").to_vec());
        }),
        case("kms-wrap-long-key", &[LAYOUT, LENGTHS], "A wrapping key of 33 bytes.", |request| {
            let mut key = draw::<32>("kms-a", "wrapping_key").to_vec();
            key.push(0);
            request.wrapping_key = SecretBytes::new(key);
        }),
        case(
            "kms-wrap-nonce-12",
            &[LAYOUT, LENGTHS],
            "A nonce of 12 bytes, as of AES-GCM.",
            |request| {
                request.nonce = draw::<12>("kms-a", "nonce").to_vec().into();
            },
        ),
        case("kms-wrap-nonce-25", &[LAYOUT, LENGTHS], "A nonce of 25 bytes.", |request| {
            request.nonce.0.push(0);
        }),
        draft(
            "kms-wrap-65-pairs",
            &["encryption-context.encode.pair-limit"],
            "One pair more than a context may have.",
            "kms-e",
            wrap("kms-e", dek("kms-e"), many(65)),
        )
        .flag("limit")
        .refused("data-key/kms-wrap-64-pairs", class),
    ])
}

/// The blob that a wrap makes.
pub(super) fn blob_of(request: WrapDataKey) -> Option<Vec<u8>> {
    match super::perform(&request.into()).ok()? {
        Reply::WrapDataKey(reply) => Some(reply.blob.0),
        _ => None,
    }
}

fn unwrap(label: &str, blob: Vec<u8>, context: EncryptionContext) -> UnwrapDataKey {
    UnwrapDataKey {
        wrapping_key: SecretBytes::new(draw::<32>(label, "wrapping_key").to_vec()),
        blob: blob.into(),
        binding: UnwrapBinding::Kms { context },
    }
}

pub(super) fn unwraps() -> Option<Vec<Draft>> {
    let blob = |label: &str, plain: Vec<u8>, context: EncryptionContext| {
        blob_of(wrap(label, plain, context.clone())).map(|blob| unwrap(label, blob, context))
    };
    Some(vec![
        draft(
            "kms-unwrap-object-context",
            &[AUTHENTIC, BINDING],
            "The worked example's blob opens.",
            "kms-a",
            blob("kms-a", dek("kms-a"), object_context())?,
        ),
        draft(
            "kms-unwrap-no-context",
            &[BINDING],
            "A blob that is bound to no pairs opens without pairs.",
            "kms-c",
            blob("kms-c", dek("kms-c"), map(&[]))?,
        ),
        draft(
            "kms-unwrap-1-byte",
            &[STRICT],
            "The shortest blob.",
            "kms-f",
            blob("kms-f", vec![0x5a], object_context())?,
        )
        .flag("limit"),
        draft(
            "kms-unwrap-4096-bytes",
            &[STRICT],
            "The longest blob.",
            "kms-g",
            blob("kms-g", pattern(4096)?, object_context())?,
        )
        .flag("limit"),
    ])
}

/// Slug, requirement, flag, offset of the byte whose lowest bit is flipped, what lies there.
const FLIPS: &[(&str, &str, &str, usize, &str)] = &[
    ("magic", STRICT, "strict", 0, "the magic"),
    ("version", STRICT, "strict", 3, "the version"),
    ("key-id", AUTHENTIC, "header", 4, "the key id"),
    ("key-id-end", AUTHENTIC, "header", 19, "the last byte of the key id"),
    ("material-id", AUTHENTIC, "header", 20, "the key material id"),
    ("material-id-end", AUTHENTIC, "header", 51, "the last byte of the key material id"),
    ("nonce", AUTHENTIC, "tag", 52, "the nonce"),
    ("nonce-end", AUTHENTIC, "tag", 75, "the last byte of the nonce"),
    ("ciphertext", AUTHENTIC, "tag", 76, "the ciphertext"),
    ("tag", AUTHENTIC, "tag", 108, "the tag"),
    ("tag-end", AUTHENTIC, "tag", 123, "the last byte of the tag"),
];

pub(super) fn invalid_unwraps() -> Option<Vec<Draft>> {
    let good = blob_of(wrap("kms-a", dek("kms-a"), object_context()))?;
    let case = |slug: &str, requirements: &[&str], flag: &str, comment: &str, blob: Vec<u8>| {
        let request = unwrap("kms-a", blob, object_context());
        draft(&format!("kms-unwrap-{slug}"), requirements, comment, "kms-a", request)
            .flag(flag)
            .refused("data-key/kms-unwrap-object-context", Class::Integrity)
    };
    let mut out = Vec::new();
    for (slug, requirement, flag, at, what) in FLIPS {
        let comment = format!("One bit of {what} is flipped.");
        out.push(case(slug, &[requirement], flag, &comment, flipped(&good, *at)?));
    }
    let longer = [good.as_slice(), &[0]].concat();
    let longest = [good.get(..76)?, &[0; 4097 + 16]].concat();
    out.extend([
        case("empty", &[STRICT], "strict", "No bytes.", Vec::new()),
        case("header-only", &[STRICT], "strict", "Only the header.", good.get(..52)?.to_vec()),
        case(
            "no-ciphertext",
            &[STRICT],
            "strict",
            "Header, nonce and tag without ciphertext.",
            [good.get(..76)?, good.get(108..)?].concat(),
        ),
        case("truncated", &[STRICT], "truncation", "Last byte missing.", good.get(..123)?.to_vec()),
        case("extended", &[STRICT], "truncation", "One byte 00 behind the tag.", longer),
        case("too-long", &[STRICT], "limit", "Longer than the longest blob.", longest),
    ]);
    out.extend(resealed()?);
    out.extend(other_bindings(&good)?);
    out.push(service_blob_as_kms()?);
    for length in [31, 33] {
        let mut request = unwrap("kms-a", good.clone(), object_context());
        let mut key = request.wrapping_key.expose().to_vec();
        key.resize(length, 0);
        request.wrapping_key = SecretBytes::new(key);
        let comment = format!("A wrapping key of {length} bytes.");
        let draft =
            draft(&format!("kms-unwrap-key-{length}"), &[LENGTHS], &comment, "kms-a", request);
        let twin = "data-key/kms-unwrap-object-context";
        out.push(draft.flag("limit").refused(twin, Class::InvalidArgument));
    }
    Some(out)
}

/// Blobs that no wrapper makes, under a right tag.
fn resealed() -> Option<Vec<Draft>> {
    let (key, nonce) = (draw("kms-a", "wrapping_key"), draw::<24>("kms-a", "nonce"));
    let right = kms_header(&draw("kms-a", "key_id"), &draw("kms-a", "key_material_id"));
    let context = encode_map(&object_context()).ok()?;
    let case = |slug: &str, flag: &str, what: &str, header: &[u8], plain: &[u8]| {
        let sealed = xaes_seal(&key, &nonce, &kms_aad(header, &context), plain)?;
        let request = unwrap("kms-a", [header, &nonce, &sealed].concat(), object_context());
        let comment = format!("{what}, under a right tag.");
        let draft =
            draft(&format!("kms-unwrap-sealed-{slug}"), &[STRICT], &comment, "kms-a", request);
        let twin = "data-key/kms-unwrap-object-context";
        Some(draft.flag(flag).refused(twin, Class::Integrity))
    };
    let (dek, mut other_magic, mut version_2) = (dek("kms-a"), right.clone(), right.clone());
    *other_magic.first_mut()? = b's';
    *version_2.get_mut(3)? = 2;
    Some(vec![
        case("magic", "strict", "Another magic", &other_magic, &dek)?,
        case("version-2", "strict", "Version 2", &version_2, &dek)?,
        case("empty", "limit", "No plaintext", &right, &[])?,
        case("4097-bytes", "limit", "A plaintext above its limit", &right, &pattern(4097)?)?,
    ])
}

/// The right blob under another key or context.
fn other_bindings(good: &[u8]) -> Option<Vec<Draft>> {
    let case = |slug: &str, requirements: &[&str], comment: &str, context: EncryptionContext| {
        let request = unwrap("kms-a", good.to_vec(), context);
        draft(&format!("kms-unwrap-{slug}"), requirements, comment, "kms-a", request)
            .flag("binding")
            .refused("data-key/kms-unwrap-object-context", Class::Integrity)
    };
    let arn = (ARN_KEY, "arn:aws:s3:::bucket-a/folder/report.txt");
    let other_arn = (ARN_KEY, "arn:aws:s3:::bucket-a/folder/report.tx");
    let department = ("department", "finance");
    let mut wrong_key = unwrap("kms-a", good.to_vec(), object_context());
    wrong_key.wrapping_key = SecretBytes::new(draw::<32>("kms-b", "wrapping_key").to_vec());
    let comment = "The wrapping key of another KMS key.";
    Some(vec![
        draft("kms-unwrap-wrong-key", &[AUTHENTIC], comment, "kms-a", wrong_key)
            .flag("wrong-key")
            .refused("data-key/kms-unwrap-object-context", Class::Integrity),
        case("context-missing", &[BINDING], "A pair is missing.", map(&[arn])),
        case("context-no-arn", &[BINDING, ADDED], "The ARN is missing.", map(&[department])),
        case(
            "context-extra",
            &[BINDING],
            "A pair too many.",
            map(&[arn, department, ("extra", "")]),
        ),
        case(
            "context-value-case",
            &[BINDING, "encryption-context.encode.case"],
            "A value in other case.",
            map(&[arn, ("department", "Finance")]),
        ),
        case("context-value", &[BINDING], "Another value.", map(&[arn, ("department", "sales")])),
        case(
            "context-other-object",
            &[BINDING, FROM_REQUEST],
            "The ARN of another object, as a store builds it whose record was moved there.",
            map(&[other_arn, department]),
        ),
    ])
}

/// A service blob in place of a KMS blob, under the same key.
fn service_blob_as_kms() -> Option<Draft> {
    let blob = crate::builder::wrap::service_blob(
        &draw("kms-a", "wrapping_key"),
        1,
        &draw("kms-a", "nonce"),
        &dek("kms-a"),
        "bucket-a",
        "folder/report.txt",
    );
    let request = unwrap("kms-a", blob.ok()?, object_context());
    let comment = "A service blob under the same wrapping key is no KMS blob.";
    Some(
        draft("kms-unwrap-service-blob", &[STRICT], comment, "kms-a", request)
            .flag("strict")
            .refused("data-key/kms-unwrap-object-context", Class::Integrity),
    )
}
