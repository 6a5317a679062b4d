//! Faults in what a store does under its two modes (spec/sse.md).

pub(super) mod at_rest;
pub(super) mod bucket_default;
pub(super) mod bytes;
pub(super) mod copy;
pub(super) mod multipart;
pub(super) mod request;

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "body-in-clear",
        BodyClear,
        "rustfs/rustfs#1397",
        "replies name an algorithm and the body lies at rest as it came",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "body-in-hex",
        BodyHex,
        "",
        "the body lies at rest in hexadecimal",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "body-in-base64",
        BodyBase64,
        "",
        "the body lies at rest in Base64",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "large-body-in-clear",
        LargeBodyClear,
        "rustfs/rustfs#1278",
        "bodies longer than 16 KiB take a path without encryption",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "spool-left-behind",
        SpoolLeft,
        "",
        "a refused put leaves the plaintext in a spool item",
        ["sse.put.refused-writes-nothing", "sse.at-rest.before-writing"]
    ),
    fault!(
        "refused-put-removes",
        RefusedPutRemoves,
        "",
        "a refused put removes the object that was there",
        ["sse.put.refused-writes-nothing"]
    ),
    fault!(
        "any-algorithm",
        AnyAlgorithm,
        "",
        "an unknown algorithm is taken for SSE-S3",
        ["sse.put.invalid-algorithm"]
    ),
    fault!(
        "unknown-key-taken",
        UnknownKeyTaken,
        "localstack/localstack#7177",
        "a put under a key that does not exist takes the managed key instead",
        ["sse.put.key-not-found"]
    ),
    fault!(
        "managed-key-refused",
        ManagedKeyRefused,
        "ceph/s3-tests test_s3.py",
        "a put with `aws:kms` and no key is refused",
        ["sse.put.kms-default-key", "key.aws-managed.created-on-first-use"]
    ),
    fault!(
        "service-key-shown",
        ServiceKeyShown,
        "",
        "replies about an object under SSE-S3 name a key",
        ["sse.put.reply-no-key-id", "sse.service-key.invisible"]
    ),
    fault!(
        "key-id-shown",
        KeyIdShown,
        "",
        "replies about an object under SSE-KMS name the key by its id, not by its ARN",
        ["sse.put.reply-key-arn"]
    ),
    fault!(
        "under-service-key",
        UnderServiceKey,
        "",
        "an object under SSE-KMS really lies under the service key and KMS is never asked",
        ["sse.put.generate-data-key-once", "sse.get.decrypt-once", "sse.get.key-disabled-refused"]
    ),
    fault!(
        "data-key-cached",
        DataKeyCached,
        "",
        "a get takes the data key from memory, so that a disabled key stops nothing",
        ["sse.get.decrypt-once", "sse.get.key-disabled-refused"]
    ),
    fault!(
        "put-generates-twice",
        PutGeneratesTwice,
        "",
        "a put asks KMS for two data keys",
        ["sse.put.generate-data-key-once"]
    ),
    fault!(
        "head-generates",
        HeadGenerates,
        "",
        "a head asks KMS for a data key",
        ["sse.head.no-kms-request"]
    ),
    fault!(
        "fails-open",
        FailsOpen,
        "faiscadev/fakecloud#742",
        "a get that cannot decrypt returns the stored bytes",
        ["sse.tamper.refused", "sse.get.key-disabled-refused"]
    ),
    fault!(
        "context-shown",
        ContextShown,
        "",
        "a get returns the encryption context",
        ["sse.get.context-not-returned"]
    ),
    fault!(
        "range-short",
        RangeShort,
        "seaweedfs/seaweedfs#8216",
        "the last byte of a range is left out",
        ["sse.get.range"]
    ),
    fault!(
        "header-on-get-ignored",
        HeaderIgnored,
        "",
        "a get with an algorithm is answered as if it had none",
        ["sse.get.request-header-refused"]
    ),
    fault!(
        "delete-keeps",
        DeleteKeeps,
        "",
        "a deleted object stays readable and listed",
        ["sse.delete.gone"]
    ),
    fault!(
        "any-root-allowed",
        AnyRoot,
        "",
        "the root principal of another account may act in this one",
        ["sse.authorization.default-deny", "kms.authorization.default-deny"]
    ),
];
