//! Faults of requests on the store: who asks, what is bound, shown and counted (spec/sse.md).

use super::super::{Fault, fault};

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    fault!(
        "put-as-root",
        PutAsRoot,
        "",
        "a put asks for its data key in the name of the account, not of the requester",
        ["sse.authorization.generate-data-key", "audit.entry.names-caller"]
    ),
    fault!(
        "get-as-root",
        GetAsRoot,
        "",
        "a get decrypts in the name of the account, not of the requester",
        ["sse.authorization.decrypt", "audit.entry.names-caller"]
    ),
    fault!(
        "overwrite-context-dropped",
        OverwriteContextDropped,
        "",
        "the caller's own pairs do not reach KMS on an overwrite",
        ["sse.put.context-bound"]
    ),
    fault!(
        "overwrite-without-arn",
        OverwriteWithoutArn,
        "",
        "the object's ARN is not bound on an overwrite",
        ["sse.put.context-arn-added"]
    ),
    fault!(
        "overwrite-keeps-metadata",
        OverwriteKeepsMetadata,
        "",
        "an overwrite keeps the user metadata of the object that it replaces",
        ["sse.get.metadata"]
    ),
    fault!(
        "short-data-key",
        ShortDataKey,
        "",
        "a write asks KMS for a data key of 128 bits and uses it twice over",
        ["sse.put.data-key-256-bit", "data-key.generate.length"]
    ),
    fault!(
        "empty-put-unkeyed",
        EmptyPutUnkeyed,
        "",
        "a put of an empty body under SSE-KMS does not ask KMS",
        ["sse.put.generate-data-key-once"]
    ),
    fault!(
        "put-falls-back",
        PutFallsBack,
        "",
        "a put under a disabled key falls back to the service key",
        ["sse.put.key-disabled-refused"]
    ),
    fault!(
        "bucket-made-by-put",
        BucketMadeByPut,
        "",
        "a put to a bucket that does not exist makes the bucket",
        ["sse.put.no-such-bucket"]
    ),
    fault!(
        "refused-put-leaves",
        RefusedPutLeaves,
        "",
        "a refused put leaves an empty object",
        ["sse.put.refused-writes-nothing"]
    ),
    fault!(
        "broken-context-dropped",
        BrokenContextDropped,
        "",
        "an encryption context that does not read is taken for none",
        ["sse.put.context-malformed"]
    ),
    fault!(
        "key-echoed",
        KeyEchoed,
        "",
        "the reply to a put names the key as the request did, not by its ARN",
        ["sse.put.reply-key-arn"]
    ),
    fault!(
        "kms-etag-md5",
        KmsEtagMd5,
        "",
        "the entity tag of an object under SSE-KMS is the MD5 of its plaintext",
        ["sse.put.kms-etag-not-md5"]
    ),
    fault!(
        "s3-etag-random",
        S3EtagRandom,
        "",
        "the entity tag of an object under SSE-S3 is random",
        ["sse.put.sse-s3-etag"]
    ),
    fault!(
        "metadata-folded",
        MetadataFolded,
        "",
        "the values of user metadata lose their case",
        ["sse.get.metadata"]
    ),
    fault!(
        "range-across-chunks",
        RangeAcrossChunks,
        "seaweedfs/seaweedfs#8216",
        "a range that crosses 16 KiB is one byte off behind them",
        ["sse.get.range"]
    ),
    fault!(
        "range-forgiven",
        RangeForgiven,
        "",
        "a range that starts behind the end gives the whole object",
        ["sse.get.range-unsatisfiable"]
    ),
    fault!(
        "head-without-key",
        HeadWithoutKey,
        "",
        "a head does not show the key",
        ["sse.head.matches-get"]
    ),
    fault!(
        "head-size-stored",
        HeadSizeStored,
        "",
        "a head shows the size of the body at rest",
        ["sse.head.matches-get"]
    ),
    fault!(
        "empty-unlisted",
        EmptyUnlisted,
        "",
        "a list leaves empty objects out",
        ["sse.list.complete"]
    ),
    fault!(
        "list-asks-kms",
        ListAsks,
        "",
        "a list asks KMS once for each object",
        ["sse.list.no-kms-request"]
    ),
    fault!(
        "delete-asks-kms",
        DeleteAsks,
        "",
        "a delete asks KMS for a data key",
        ["sse.delete.no-kms-request"]
    ),
    fault!(
        "head-counted",
        HeadCounted,
        "",
        "a head counts as a Decrypt of the key",
        ["sse.head.no-kms-request"]
    ),
    fault!(
        "service-use-counted",
        ServiceUseCounted,
        "",
        "a put under SSE-S3 counts as a use of a KMS key",
        ["sse.put.sse-s3-no-kms-request"]
    ),
    fault!(
        "store-uncounted",
        StoreUncounted,
        "",
        "requests that the store passes on are not counted",
        ["kms.usage.by-operation", "sse.put.generate-data-key-once", "sse.get.decrypt-once"]
    ),
    fault!(
        "store-reads-count-twice",
        StoreReadsCountTwice,
        "",
        "a Decrypt that the store asks for counts twice",
        ["kms.usage.by-operation", "sse.get.decrypt-once"]
    ),
    fault!(
        "service-rotation-loses",
        ServiceRotationLoses,
        "",
        "a rotation of the service key loses the objects before it",
        ["rotation.service-key.old-objects"]
    ),
    fault!(
        "service-rotation-recorded",
        ServiceRotationRecorded,
        "",
        "a rotation of the service key leaves an entry in the trail",
        ["rotation.service-key.no-trace-in-kms"]
    ),
    fault!(
        "store-counted-elsewhere",
        StoreCountedElsewhere,
        "",
        "requests that the store passes on are counted for another key",
        ["kms.usage.by-key", "kms.usage.by-operation"]
    ),
    fault!(
        "management-counted",
        ManagementCounted,
        "",
        "a management operation on a key counts as a use of it",
        ["kms.usage.management-free", "kms.usage.no-management"]
    ),
    fault!(
        "root-list-denied",
        RootListDenied,
        "",
        "a list by the root principal is denied unless a policy allows it",
        ["sse.authorization.root-permitted"]
    ),
    fault!(
        "sse-s3-needs-kms",
        ServiceKeyNeedsKms,
        "",
        "a put or a get under SSE-S3 by a user asks for a permission of KMS",
        ["sse.authorization.sse-s3-iam-only"]
    ),
    fault!(
        "empty-get-shows-s3",
        EmptyShownS3,
        "",
        "a get of an empty object shows `AES256` whatever it has",
        ["sse.get.empty-object", "sse.get.mode-shown"]
    ),
    fault!(
        "get-shows-s3",
        GetShowsS3,
        "",
        "a get shows `AES256` whatever the object has",
        ["sse.get.mode-shown", "sse.head.matches-get"]
    ),
    fault!(
        "chunk-multiple-cut",
        ChunkMultipleCut,
        "",
        "a get of a body of whole chunks of 16 KiB loses the last byte",
        ["sse.get.round-trip"]
    ),
    fault!(
        "alias-arn-unknown",
        AliasArnUnknown,
        "",
        "a put does not find the key that the ARN of an alias names",
        ["sse.key.identifier-forms"]
    ),
    fault!(
        "kms-by-default",
        KmsByDefault,
        "",
        "a put without headers takes `aws/s3` where the bucket has no default of its own",
        ["sse.put.default-sse-s3", "sse.bucket-default.removed"]
    ),
    fault!(
        "overwrite-stays-old",
        OverwriteStaysOld,
        "",
        "an overwrite is acknowledged and the old object stays",
        ["sse.put.overwrite-replaces"]
    ),
];
