//! Faults in the bytes at rest (spec/sealed-object.md).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "digest-beside-object",
        DigestBeside,
        "minio/minio#6580",
        "the MD5 of the plaintext lies in clear beside the object",
        ["sse.at-rest.no-plaintext-digest", "sealed-object.record.digest-hidden"]
    ),
    fault!(
        "body-unauthenticated",
        BodyUnchecked,
        "seaweedfs/seaweedfs#8879",
        "the body is decrypted as a bare key stream and its tags are not checked",
        ["sse.tamper.refused"]
    ),
    fault!(
        "metadata-unauthenticated",
        MetadataBeside,
        "",
        "user metadata lies beside the record and nothing authenticates it",
        ["sse.tamper.metadata", "sse.tamper.head"]
    ),
    fault!(
        "identity-from-item",
        StoredIdentity,
        "minio/minio#6121",
        "bucket and key are read from the item, so that two objects can be exchanged at rest",
        ["sse.tamper.swap", "data-key.unwrap.binding"]
    ),
    fault!(
        "truncation-accepted",
        ShortBody,
        "",
        "a body that was cut off is taken for the end of a shorter object",
        ["sse.tamper.refused", "sse.get.never-partial"]
    ),
    fault!(
        "empty-object-unread",
        EmptyUnread,
        "",
        "a get of an empty object unwraps and authenticates nothing",
        ["sse.get.decrypt-once", "sealed-object.open.empty"]
    ),
];
