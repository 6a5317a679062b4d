//! Faults of copies (spec/sse/copy.md).

use super::super::{Fault, fault};

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    fault!(
        "copy-keeps-mode",
        CopyKeepsMode,
        "",
        "a copy without headers keeps the mode and the key of its source",
        ["sse.copy.destination-default"]
    ),
    fault!(
        "copy-default-of-source",
        CopyDefaultOfSource,
        "",
        "a copy without headers takes the default of the source's bucket",
        ["sse.copy.destination-default"]
    ),
    fault!(
        "copy-header-ignored",
        CopyHeaderIgnored,
        "localstack/localstack#4951",
        "a copy ignores the algorithm and the key of its request",
        ["sse.copy.header"]
    ),
    fault!(
        "self-copy-accepted",
        SelfCopyAccepted,
        "",
        "a copy of an object onto itself that changes nothing is accepted",
        ["sse.copy.onto-itself-illegal"]
    ),
    fault!(
        "self-copy-keeps-mode",
        SelfCopyKeepsMode,
        "minio/minio#5625",
        "a copy of an object onto itself with an algorithm leaves the object in its old mode",
        ["sse.copy.onto-itself-encrypts-anew"]
    ),
    fault!(
        "copy-drops-metadata",
        CopyDropsMetadata,
        "",
        "a copy has no user metadata unless its request gives some",
        ["sse.copy.metadata"]
    ),
    fault!(
        "copy-keeps-metadata",
        CopyKeepsMetadata,
        "",
        "a copy keeps the user metadata of its source although its request replaces them",
        ["sse.copy.metadata"]
    ),
    fault!(
        "copy-keeps-context",
        CopyKeepsContext,
        "",
        "a copy binds the encryption context of its source beside its own",
        ["sse.copy.source-context-left"]
    ),
    fault!(
        "copy-without-arn",
        CopyWithoutArn,
        "",
        "the object's ARN is not bound on a copy",
        ["sse.copy.destination-arn", "audit.store.copy-destination", "sse.put.context-arn-added"]
    ),
    fault!(
        "copy-under-source-arn",
        CopyUnderSourceArn,
        "",
        "a copy binds the ARN of its source instead of its own",
        ["sse.copy.destination-arn", "audit.store.copy-destination", "sse.put.context-arn-added"]
    ),
    fault!(
        "copy-shares-data-key",
        CopySharesDataKey,
        "",
        "a copy under SSE-S3 wraps the data key of its source again",
        ["sse.copy.fresh-data-key"]
    ),
    fault!(
        "copy-verbatim",
        CopyVerbatim,
        "",
        "a copy under SSE-S3 is the item of its source under another name",
        ["sse.copy.fresh-data-key", "sse.tamper.swap"]
    ),
    fault!(
        "copy-skips-decrypt",
        CopySkipsDecrypt,
        "",
        "a copy takes the data key of its source from memory and does not ask KMS",
        [
            "sse.copy.decrypt-once",
            "sse.copy.decrypt-permission",
            "sse.copy.source-key-unusable",
            "audit.store.copy-source",
        ]
    ),
    fault!(
        "copy-reads-as-root",
        CopyReadsAsRoot,
        "",
        "a copy decrypts its source in the name of the account, not of the requester",
        ["sse.copy.decrypt-permission", "audit.entry.names-caller"]
    ),
    fault!(
        "copy-writes-as-root",
        CopyAsRoot,
        "",
        "a copy asks for its data key in the name of the account, not of the requester",
        ["sse.copy.generate-data-key-permission", "audit.entry.names-caller"]
    ),
    fault!(
        "copy-source-unasked",
        CopySourceUnasked,
        "",
        "a copy asks for no permission on its source",
        ["sse.copy.source-permission"]
    ),
    fault!(
        "copy-under-service-key",
        CopyUnderServiceKey,
        "",
        "a copy under SSE-KMS really lies under the service key",
        ["sse.copy.generate-data-key-once", "audit.store.copy-destination"]
    ),
    fault!(
        "copy-first-part",
        CopyFirstPart,
        "",
        "a copy of a completed upload holds its first part only",
        ["sse.copy.round-trip"]
    ),
    fault!(
        "copy-source-unchecked",
        CopyUnchecked,
        "",
        "a copy decrypts its source as a bare key stream and does not check its tags",
        ["sse.tamper.copy-source"]
    ),
    fault!(
        "refused-copy-removes",
        RefusedCopyRemoves,
        "",
        "a refused copy removes the object at its destination",
        ["sse.copy.refused-writes-nothing"]
    ),
    fault!(
        "refused-copy-leaves",
        RefusedCopyLeaves,
        "",
        "a refused copy leaves an empty object at its destination",
        ["sse.copy.refused-writes-nothing"]
    ),
    fault!(
        "copy-spool-left",
        CopySpoolLeft,
        "",
        "a copy that is refused at its own key leaves the plaintext of its source in a spool item",
        ["sse.at-rest.no-plaintext-copy"]
    ),
    fault!(
        "copy-unknown-key-taken",
        CopyUnknownKeyTaken,
        "",
        "a copy under a key that does not exist takes the managed key instead",
        ["sse.copy.key-not-found"]
    ),
    fault!(
        "copy-uncounted",
        CopyUncounted,
        "",
        "the requests that a copy makes to KMS are not counted",
        ["sse.copy.decrypt-once", "sse.copy.generate-data-key-once"]
    ),
];
