//! Faults of uploads in parts (spec/sse/multipart.md).

use super::super::{Fault, fault};

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    fault!(
        "upload-unknown-key-taken",
        UploadUnknownKeyTaken,
        "",
        "an upload under a key that does not exist takes the managed key instead",
        ["sse.multipart.key-not-found"]
    ),
    fault!(
        "upload-header-ignored",
        UploadHeaderIgnored,
        "",
        "an upload ignores the algorithm and the key of its creation",
        ["sse.multipart.header"]
    ),
    fault!(
        "upload-metadata-forgotten",
        UploadMetadataForgotten,
        "",
        "a completed upload has no user metadata",
        ["sse.multipart.metadata"]
    ),
    fault!(
        "upload-context-dropped",
        UploadContextDropped,
        "",
        "the caller's own pairs do not reach KMS on an upload",
        ["sse.put.context-bound"]
    ),
    fault!(
        "upload-as-root",
        UploadAsRoot,
        "",
        "an upload asks for its data key in the name of the account, not of the requester",
        ["sse.multipart.generate-data-key-permission"]
    ),
    fault!(
        "upload-under-service-key",
        UploadUnderServiceKey,
        "",
        "an upload under SSE-KMS really lies under the service key",
        [
            "sse.multipart.key-used",
            "sse.multipart.key-disabled",
            "sse.multipart.generate-data-key-permission",
        ]
    ),
    fault!(
        "upload-falls-back",
        UploadFallsBack,
        "",
        "an upload under a disabled key falls back to the service key",
        ["sse.multipart.key-disabled"]
    ),
    fault!(
        "default-at-completion",
        DefaultAtCompletion,
        "",
        "an upload without headers follows the default of the bucket at its completion",
        ["sse.multipart.default-at-creation"]
    ),
    fault!(
        "part-number-clamped",
        PartNumberClamped,
        "",
        "a part number out of range is moved into it",
        ["sse.multipart.part-number"]
    ),
    fault!(
        "part-header-ignored",
        PartHeaderIgnored,
        "",
        "a part that names an algorithm is accepted",
        ["sse.multipart.header-on-part"]
    ),
    fault!(
        "part-reply-silent",
        PartReplySilent,
        "",
        "the reply to a part shows `AES256` whatever the upload has",
        ["sse.multipart.part-reply"]
    ),
    fault!(
        "part-generates",
        PartGenerates,
        "",
        "every part asks KMS for one more data key",
        ["sse.multipart.one-data-key", "audit.store.multipart"]
    ),
    fault!(
        "first-part-stays",
        FirstPartStays,
        "",
        "a part that is sent again is acknowledged and the first one stays",
        ["sse.multipart.part-replaced"]
    ),
    fault!(
        "parts-as-they-came",
        PartsAsTheyCame,
        "",
        "a completion joins its parts in the order of their arrival",
        ["sse.multipart.round-trip"]
    ),
    fault!(
        "unlisted-part-joined",
        UnlistedJoined,
        "",
        "a completion joins parts that it does not list",
        ["sse.multipart.round-trip"]
    ),
    fault!(
        "last-part-dropped",
        LastPartDropped,
        "",
        "a completion of several parts leaves out the last one",
        ["sse.multipart.round-trip"]
    ),
    fault!(
        "missing-part-ignored",
        MissingPartIgnored,
        "",
        "a listed part that was never sent is left out",
        ["sse.multipart.invalid-part"]
    ),
    fault!(
        "part-etag-ignored",
        PartEtagIgnored,
        "",
        "a completion does not compare the entity tags that it lists",
        ["sse.multipart.invalid-part"]
    ),
    fault!(
        "part-order-ignored",
        PartOrderIgnored,
        "",
        "a list of parts out of order is sorted",
        ["sse.multipart.part-order"]
    ),
    fault!(
        "small-part-taken",
        SmallPartTaken,
        "",
        "a part before the last may have any size",
        ["sse.multipart.part-too-small"]
    ),
    fault!(
        "upload-of-any-key",
        UploadOfAnyKey,
        "",
        "a part or a completion may name another bucket or key than its upload has",
        ["sse.multipart.no-such-upload"]
    ),
    fault!(
        "upload-visible",
        UploadVisible,
        "",
        "an object appears when an upload begins, before it is completed",
        ["sse.multipart.invisible-until-complete"]
    ),
    fault!(
        "refused-completion-removes",
        RefusedCompletionRemoves,
        "",
        "a refused completion removes the object that was there",
        ["sse.multipart.refused-writes-nothing"]
    ),
    fault!(
        "refused-completion-leaves",
        RefusedCompletionLeaves,
        "",
        "a refused completion leaves an empty object",
        ["sse.multipart.refused-writes-nothing"]
    ),
    fault!(
        "abort-ignored",
        AbortIgnored,
        "",
        "an abort is acknowledged and the upload stays open",
        ["sse.multipart.no-such-upload", "sse.at-rest.abort-leaves-nothing"]
    ),
    fault!(
        "abort-removes-object",
        AbortRemovesObject,
        "",
        "an abort removes the object that its key had",
        ["sse.multipart.abort"]
    ),
    fault!(
        "abort-keeps-parts",
        AbortKeepsParts,
        "",
        "an abort leaves the items of the parts behind",
        ["sse.at-rest.abort-leaves-nothing"]
    ),
    fault!(
        "ended-upload-open",
        EndedUploadOpen,
        "",
        "a completed upload takes parts and completions as before",
        ["sse.multipart.ended"]
    ),
    fault!(
        "uploads-lost-by-restart",
        RestartLosesUploads,
        "",
        "open uploads are gone after a Restart",
        ["sse.multipart.survives-restart", "sse.multipart.round-trip"]
    ),
    fault!(
        "range-across-parts",
        RangeAcrossParts,
        "seaweedfs/seaweedfs#8216",
        "a range that crosses into the second part is one byte off behind the boundary",
        ["sse.multipart.range"]
    ),
    fault!(
        "get-decrypts-each-part",
        GetDecryptsEachPart,
        "",
        "a get of a completed upload asks KMS once for each part",
        ["sse.multipart.get-decrypts-once"]
    ),
    fault!(
        "upload-etag-plain",
        UploadEtagPlain,
        "",
        "the entity tag of a completed upload under SSE-S3 is the MD5 of its plaintext",
        ["sse.multipart.etag-form", "sse.multipart.etag-sse-s3"]
    ),
];
