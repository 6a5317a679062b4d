//! Faults in what lies at rest on one way of writing only (spec/sse/at-rest.md).

use super::super::{Fault, fault};

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    fault!(
        "copy-in-clear",
        CopyClear,
        "rustfs/rustfs#1278",
        "copies lie at rest in clear under an algorithm in name only",
        ["sse.at-rest.no-plaintext-copy"]
    ),
    fault!(
        "recopy-in-clear",
        RecopyClear,
        "",
        "a copy over an object that exists lies at rest in clear",
        ["sse.at-rest.no-plaintext-copy"]
    ),
    fault!(
        "overwrite-in-clear",
        OverwriteClear,
        "",
        "an overwrite lies at rest in clear",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "put-over-copy-in-clear",
        PutOverCopyClear,
        "",
        "a put over an object that a copy made lies at rest in clear",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "default-in-clear",
        DefaultClear,
        "",
        "a body that only the default of its bucket encrypts lies at rest in clear",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "restarted-in-clear",
        RestartedClear,
        "",
        "puts after a Restart lie at rest in clear",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "small-kms-in-clear",
        SmallKmsClear,
        "",
        "bodies of less than 256 bytes under SSE-KMS lie at rest in clear",
        ["sse.at-rest.no-plaintext"]
    ),
    fault!(
        "completed-in-clear",
        CompletedClear,
        "rustfs/rustfs#1397",
        "a completed upload lies at rest in clear",
        ["sse.at-rest.no-plaintext-part"]
    ),
    fault!(
        "parts-in-clear",
        PartsClear,
        "",
        "parts lie at rest in clear until the completion encrypts them",
        ["sse.at-rest.no-plaintext-part"]
    ),
    fault!(
        "small-part-in-clear",
        SmallPartClear,
        "",
        "a last part below the smallest size lies at rest in clear until the completion",
        ["sse.at-rest.no-plaintext-part"]
    ),
    fault!(
        "resent-part-in-clear",
        ResentPartClear,
        "",
        "a part that is sent again lies at rest in clear until the completion",
        ["sse.at-rest.no-plaintext-part"]
    ),
    fault!(
        "part-spool-left",
        PartSpoolLeft,
        "",
        "a refused part leaves its plaintext in a spool item",
        ["sse.at-rest.refused-no-plaintext", "sse.at-rest.before-writing-part"]
    ),
    fault!(
        "resent-part-salt",
        ResentPartSalt,
        "ceph/ceph#69336",
        "a part that is sent again is encrypted with the keystream of the part it replaces",
        ["sse.at-rest.keystream-parts", "sse.at-rest.fresh-part"]
    ),
    fault!(
        "parts-one-stream",
        PartsOneStream,
        "seaweedfs/seaweedfs#9224",
        "all parts of an upload are encrypted with one keystream",
        ["sse.at-rest.keystream-parts"]
    ),
    fault!(
        "part-digest-beside",
        PartDigestBeside,
        "minio/minio#6618",
        "the MD5 of each part lies in clear beside it",
        ["sse.at-rest.no-plaintext-digest"]
    ),
    fault!(
        "copy-digest-beside",
        CopyDigestBeside,
        "",
        "the MD5 of the plaintext lies in clear beside a copy",
        ["sse.at-rest.no-plaintext-digest"]
    ),
    fault!(
        "upload-digest-beside",
        UploadDigestBeside,
        "",
        "the MD5 of the plaintext lies in clear beside a completed upload",
        ["sse.at-rest.no-plaintext-digest"]
    ),
    fault!(
        "upload-key-beside",
        UploadKeyBeside,
        "",
        "the data key of an open upload lies in clear beside its parts",
        ["sse.at-rest.no-data-key-in-clear"]
    ),
    fault!(
        "upload-unauthenticated",
        UploadUnchecked,
        "",
        "the tags of a completed upload of several parts are not checked",
        ["sse.tamper.refused"]
    ),
    fault!(
        "range-unauthenticated",
        RangeUnchecked,
        "",
        "a range is decrypted as a bare key stream and its tags are not checked",
        ["sse.tamper.refused"]
    ),
    fault!(
        "context-lost-by-restart",
        RestartLosesContext,
        "",
        "the encryption context of an object is gone after a Restart",
        ["sse.at-rest.survives-restart"]
    ),
    fault!(
        "half-put-spooled",
        HalfPutSpooled,
        "",
        "what came of a put that broke off stays in a spool item",
        ["sse.at-rest.before-writing"]
    ),
    fault!(
        "half-part-spooled",
        HalfPartSpooled,
        "",
        "what came of a part that broke off stays in a spool item",
        ["sse.at-rest.before-writing-part"]
    ),
    fault!(
        "chunks-alike",
        ChunksAlike,
        "",
        "every chunk of a body is encrypted with one keystream, and nothing is authenticated",
        ["sse.at-rest.keystream-within", "sse.tamper.refused"]
    ),
];
