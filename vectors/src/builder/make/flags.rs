//! What each flag of the byte-exact vectors means (spec/threat-model.md).

use crate::byte_exact::Note;

const GCM: &str = "https://csrc.nist.gov/pubs/sp/800/38/d/final";
const CHUNKED: &str = "https://c2sp.org/chunked-encryption";
const SWAP: &str = "https://github.com/minio/minio/issues/6121";
const HEADER: &str = "https://nvd.nist.gov/vuln/detail/CVE-2020-8912";
const PUT: &str = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html";
const CONTEXT: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html";

/// Class of the fault, what is done wrong, what follows, public reports; by flag.
const NOTES: &[(&str, [&str; 4])] = &[
    (
        "binding",
        [
            "integrity",
            "The bytes open under another encryption context than the one they were made with.",
            "A wrapped key serves an object, or a caller, that it was not made for.",
            CONTEXT,
        ],
    ),
    (
        "chunk",
        [
            "integrity",
            "A chunk is released although its tag does not verify.",
            "Whoever writes the disk chooses bits of the plaintext.",
            HEADER,
        ],
    ),
    (
        "chunk-order",
        [
            "integrity",
            "Chunks are authenticated without their position.",
            "Whoever writes the disk rearranges the plaintext.",
            CHUNKED,
        ],
    ),
    (
        "commitment",
        [
            "integrity",
            "The commitment is not compared with the one derived from the data key.",
            "One body opens under two keys, each giving another plaintext.",
            CHUNKED,
        ],
    ),
    (
        "canonical",
        [
            "correctness",
            "One set of pairs gets different bytes, or two sets get the same bytes.",
            "A wrapped key does not open elsewhere, or opens under another context.",
            CONTEXT,
        ],
    ),
    (
        "header",
        [
            "integrity",
            "A field that stands in clear is used without being authenticated.",
            "Whoever writes the disk changes mode, key, context or metadata of an object.",
            HEADER,
        ],
    ),
    (
        "identity",
        [
            "integrity",
            "Bucket and key are not bound, or are read from the stored bytes.",
            "Whoever writes the disk serves one object under the name of another.",
            SWAP,
        ],
    ),
    (
        "key-separation",
        [
            "confidentiality",
            "One key serves two purposes.",
            "What is authentic for one purpose is taken for the other.",
            "https://www.rfc-editor.org/rfc/rfc5869",
        ],
    ),
    (
        "limit",
        [
            "correctness",
            "A limit is not enforced, or is off by one.",
            "Bytes are made that others refuse, or memory is taken at an attacker's word.",
            CHUNKED,
        ],
    ),
    (
        "mode",
        [
            "correctness",
            "A key or a context is taken that the mode does not have, or one that it needs is not \
             missed.",
            "The record says something else than what protects the object.",
            PUT,
        ],
    ),
    (
        "part-moved",
        [
            "integrity",
            "Parts are authenticated without their number or their place.",
            "Whoever writes the disk rearranges, repeats or drops whole parts.",
            CHUNKED,
        ],
    ),
    (
        "part-table",
        [
            "correctness",
            "A list of parts is accepted that no table holds, or is cut to fewer bits.",
            "Two parts share a number, or a part is taken for an object put whole.",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html",
        ],
    ),
    (
        "range",
        [
            "correctness",
            "A range is cut in the wrong place, or its end is not clamped.",
            "The caller gets other bytes than asked for.",
            "https://www.rfc-editor.org/rfc/rfc9110#section-14",
        ],
    ),
    (
        "splice",
        [
            "integrity",
            "Body and record are each authenticated, but not to each other.",
            "Whoever writes the disk combines the record of one put with the body of another.",
            SWAP,
        ],
    ),
    (
        "strict",
        [
            "correctness",
            "Bytes are accepted that no writer can have written.",
            "Two readers understand one item differently.",
            HEADER,
        ],
    ),
    (
        "tag",
        [
            "integrity",
            "The authentication tag is not verified, or only in part.",
            "Whoever writes the disk chooses bits of the plaintext.",
            GCM,
        ],
    ),
    (
        "truncation",
        [
            "integrity",
            "Missing or additional bytes at an end are not noticed.",
            "The caller takes a part of an object for the whole.",
            CHUNKED,
        ],
    ),
    (
        "wrong-key",
        [
            "integrity",
            "Bytes open under a key that did not make them.",
            "The key does not protect what it is said to protect.",
            GCM,
        ],
    ),
];

/// The note of a flag.
pub(super) fn note(flag: &str) -> Option<Note> {
    let (_, [bug_class, description, effect, link]) =
        NOTES.iter().find(|(name, _)| *name == flag)?;
    Some(Note {
        bug_class: (*bug_class).to_owned(),
        description: (*description).to_owned(),
        effect: (*effect).to_owned(),
        links: vec![(*link).to_owned()],
    })
}
