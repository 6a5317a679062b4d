//! Vectors of sealing that are refused, one fault each (spec/sealed-object.md, Seal).

use super::draft::Draft;
use super::objects::{part, text};
use super::{opens, parts};
use sse_spec::{Algorithm, Bytes, Class, SealObject, SealPart, SecretBytes};

const LENGTHS: &str = "sealed-object.seal.lengths";
const MODE: &str = "sealed-object.seal.mode-fields";
const PARTS: &str = "sealed-object.seal.parts";
const NUMBERS: &str = "sealed-object.parts.numbers";
const LAYOUT: &str = "sealed-object.record.layout";

type Change = fn(&mut SealObject);

pub(super) fn all() -> Option<Vec<Draft>> {
    let mut out = modes()?;
    out.extend(lengths()?);
    out.extend(limits()?);
    out.extend(numbers()?);
    Some(out)
}

fn refused(
    slug: &str,
    requirements: &[&str],
    flag: &str,
    comment: &str,
    request: SealObject,
    twin: &str,
) -> Draft {
    Draft::new(&format!("sealed-object/seal-{slug}"), requirements, comment, request)
        .flag(flag)
        .refused(&format!("sealed-object/{twin}"), Class::InvalidArgument)
}

/// Fields that the mode demands or does not have.
fn modes() -> Option<Vec<Draft>> {
    let kms: [(&str, &str, Change); 3] = [
        ("kms-no-arn", "SSE-KMS without a key.", |request| request.kms_key_id = None),
        ("kms-empty-arn", "SSE-KMS with an empty key ARN.", |request| {
            request.kms_key_id = Some(String::new());
        }),
        ("kms-as-s3", "SSE-S3 with a key ARN and a pair.", |request| {
            request.algorithm = Algorithm::Aes256;
        }),
    ];
    let s3: [(&str, &str, Change); 3] = [
        ("s3-arn", "SSE-S3 with a key ARN.", |request| {
            let arn = "arn:aws:kms:us-east-1:111122223333:key/63c7b291-6798-c57e-16cf-002c92e99b09";
            request.kms_key_id = Some(arn.to_owned());
        }),
        ("s3-pairs", "SSE-S3 with a pair.", |request| {
            request.context.insert("department".to_owned(), "finance".to_owned());
        }),
        ("s3-as-kms", "SSE-KMS without a key, nothing else of it.", |request| {
            request.algorithm = Algorithm::AwsKms;
        }),
    ];
    let mut out = Vec::new();
    for (slug, comment, change) in kms {
        let mut request = opens::small_kms()?;
        change(&mut request);
        out.push(refused(slug, &[MODE], "mode", comment, request, "sse-kms-small"));
    }
    for (slug, comment, change) in s3 {
        let mut request = opens::small_s3()?;
        change(&mut request);
        out.push(refused(slug, &[MODE], "mode", comment, request, "sse-s3-small"));
    }
    Some(out)
}

/// Keys, nonces and salts one byte short or long, or of the length of another cipher.
fn lengths() -> Option<Vec<Draft>> {
    let cases: [(&str, &str, Change); 10] = [
        ("data-key-31", "A data key of 31 bytes.", |it| it.data_key = shorter(&it.data_key)),
        ("data-key-33", "A data key of 33 bytes.", |it| it.data_key = longer(&it.data_key)),
        ("data-key-0", "No data key.", |it| it.data_key = SecretBytes::new(Vec::new())),
        ("root-key-31", "A root key of 31 bytes.", |it| it.root_key = shorter(&it.root_key)),
        ("root-key-33", "A root key of 33 bytes.", |it| it.root_key = longer(&it.root_key)),
        ("nonce-12", "A record nonce of 12 bytes, as of AES-GCM.", |it| {
            it.record_nonce.0.truncate(12);
        }),
        ("nonce-25", "A record nonce of 25 bytes.", |it| it.record_nonce.0.push(0)),
        ("salt-23", "A salt of 23 bytes.", |it| salt(it, |salt| salt.0.truncate(23))),
        ("salt-25", "A salt of 25 bytes.", |it| salt(it, |salt| salt.0.push(0))),
        ("salt-0", "No salt.", |it| salt(it, |salt| salt.0.clear())),
    ];
    let mut out = Vec::new();
    for (slug, comment, change) in cases {
        let mut request = opens::small_kms()?;
        change(&mut request);
        out.push(refused(slug, &[LENGTHS], "limit", comment, request, "sse-kms-small"));
    }
    let mut request = parts::two()?;
    request.parts.last_mut()?.salt.0.push(0);
    let comment = "The salt of the second part has 25 bytes.";
    out.push(refused("salt-25-part-2", &[LENGTHS], "limit", comment, request, "parts-two"));
    Some(out)
}

fn salt(request: &mut SealObject, change: fn(&mut Bytes)) {
    if let Some(part) = request.parts.first_mut() {
        change(&mut part.salt);
    }
}

fn shorter(key: &SecretBytes) -> SecretBytes {
    let mut bytes = key.expose().to_vec();
    bytes.pop();
    SecretBytes::new(bytes)
}

fn longer(key: &SecretBytes) -> SecretBytes {
    SecretBytes::new([key.expose(), &[0]].concat())
}

/// Fields of the record outside their limits.
fn limits() -> Option<Vec<Draft>> {
    let cases: [(&str, &str, Change); 5] = [
        ("etag-0", "No entity tag.", |request| request.etag.clear()),
        ("etag-65", "An entity tag of 65 bytes.", |request| request.etag = "e".repeat(65)),
        ("blob-0", "No wrapped data key.", |request| request.blob.0.clear()),
        ("blob-6145", "A wrapped data key above its limit.", |request| {
            request.blob.0.resize(6145, 0);
        }),
        ("arn-2049", "A key ARN above its limit.", |request| {
            request.kms_key_id = Some("a".repeat(2049));
        }),
    ];
    let mut out = Vec::new();
    for (slug, comment, change) in cases {
        let mut request = opens::small_kms()?;
        change(&mut request);
        out.push(refused(slug, &[LAYOUT], "limit", comment, request, "sse-kms-small"));
    }
    Some(out)
}

/// Lists of parts that no table holds.
fn numbers() -> Option<Vec<Draft>> {
    let mut out = Vec::new();
    let mut list = |slug: &str, comment: &str, change: &dyn Fn(&mut Vec<SealPart>)| {
        let mut request = parts::two()?;
        change(&mut request.parts);
        let requirements = &[PARTS, NUMBERS];
        out.push(refused(slug, requirements, "part-table", comment, request, "parts-two"));
        Some(())
    };
    let again = part("parts-two", 2, text("again"));
    list("parts-none", "A list without parts.", &Vec::clear)?;
    list("parts-again", "A third part with the number 2.", &|parts| parts.push(again.clone()))?;
    for (slug, comment, at, number) in [
        ("parts-zero-first", "Number 0 beside another part.", 0, 0),
        ("parts-zero-last", "Number 0 behind another part.", 1, 0),
        ("parts-equal", "Two parts with the number 2.", 0, 2),
        ("parts-descending", "Part 3 before part 2.", 0, 3),
        ("parts-10001", "A number above 10000.", 1, 10_001),
        ("parts-65535", "The largest number of 16 bits.", 1, 65_535),
        ("parts-65536", "A number that is 0 in 16 bits.", 1, 65_536),
        ("parts-65538", "A number that is 2 in 16 bits.", 1, 65_538),
    ] {
        list(slug, comment, &|parts| {
            if let Some(part) = parts.get_mut(at) {
                part.part_number = number;
            }
        })?;
    }
    for (slug, comment, number) in [
        ("part-10001", "The only part has a number above 10000.", 10_001),
        ("part-65536", "The only part has a number that is 0 in 16 bits.", 65_536),
    ] {
        let mut request = parts::one()?;
        request.parts.first_mut()?.part_number = number;
        let requirements = &[PARTS, NUMBERS];
        out.push(refused(slug, requirements, "part-table", comment, request, "parts-one"));
    }
    Some(out)
}
