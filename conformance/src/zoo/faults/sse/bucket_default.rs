//! Faults around the default of a bucket (spec/sse/bucket-default.md).

use super::super::{Fault, fault};

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    fault!(
        "default-ignored-on-put",
        DefaultIgnoredOnPut,
        "",
        "a put without headers takes SSE-S3 although the bucket has another default",
        ["sse.bucket-default.applied", "sse.bucket-default.managed-key"]
    ),
    fault!(
        "default-ignored-on-copy",
        DefaultIgnoredOnCopy,
        "",
        "a copy without headers takes SSE-S3 although the destination has another default",
        ["sse.copy.destination-default"]
    ),
    fault!(
        "default-ignored-on-upload",
        DefaultIgnoredOnUpload,
        "ceph tracker 59218",
        "an upload without headers takes SSE-S3 although the bucket has another default",
        ["sse.multipart.default"]
    ),
    fault!(
        "default-beats-header",
        DefaultBeatsHeader,
        "",
        "on a put the default of the bucket overrides the algorithm and the key of the request",
        ["sse.bucket-default.header-sse-s3", "sse.bucket-default.header-key"]
    ),
    fault!(
        "default-beats-aes256",
        DefaultBeatsAes256,
        "",
        "an explicit `AES256` is taken for no header at all",
        ["sse.bucket-default.header-sse-s3"]
    ),
    fault!(
        "default-beats-copy-header",
        DefaultBeatsCopyHeader,
        "",
        "on a copy the default of the bucket overrides the algorithm and the key of the request",
        ["sse.copy.header"]
    ),
    fault!(
        "default-beats-upload-header",
        DefaultBeatsUploadHeader,
        "",
        "on an upload the default of the bucket overrides the algorithm and the key of the request",
        ["sse.multipart.header"]
    ),
    fault!(
        "default-key-inherited",
        DefaultKeyInherited,
        "rustfs/rustfs#7511",
        "an explicit `AES256` inherits the key of the default and is refused for naming both",
        ["sse.bucket-default.header-sse-s3"]
    ),
    fault!(
        "bare-kms-takes-default-key",
        BareTakesDefaultKey,
        "",
        "a write with `aws:kms` and no key takes the key of the default, not `aws/s3`",
        ["sse.bucket-default.header-without-key"]
    ),
    fault!(
        "default-falls-back",
        DefaultFallsBack,
        "",
        "a write under a default whose key is disabled falls back to SSE-S3",
        ["sse.bucket-default.key-unusable"]
    ),
    fault!(
        "default-resolved-early",
        DefaultResolvedEarly,
        "",
        "an alias in a default is resolved once, when the default is set",
        ["sse.bucket-default.applied"]
    ),
    fault!(
        "default-key-checked",
        DefaultKeyChecked,
        "",
        "a default that names a key which does not exist yet is refused",
        ["sse.bucket-default.key-not-validated"]
    ),
    fault!(
        "default-removal-ignored",
        DefaultRemovalIgnored,
        "",
        "DeleteBucketEncryption is acknowledged and the default stays",
        ["sse.bucket-default.removed"]
    ),
    fault!(
        "first-rule-taken",
        FirstRuleTaken,
        "",
        "a default of several rules is accepted and its first rule taken",
        ["sse.bucket-default.one-rule"]
    ),
    fault!(
        "any-rule-taken",
        AnyRule,
        "",
        "a default with an unknown algorithm is accepted as `AES256`",
        ["sse.bucket-default.invalid-algorithm"]
    ),
    fault!(
        "rule-key-dropped",
        RuleKeyDropped,
        "",
        "a default of `AES256` with a key is accepted without the key",
        ["sse.bucket-default.key-with-aes256"]
    ),
    fault!(
        "reads-show-default",
        ReadsShowDefault,
        "",
        "get and head show what the default says now, not what the object has",
        ["sse.bucket-default.objects-untouched", "sse.get.mode-shown"]
    ),
    fault!(
        "policy-sees-default",
        PolicySeesDefault,
        "",
        "a bucket policy sees the default of the bucket as if the request had sent it",
        ["policy.header.default-not-seen"]
    ),
    fault!(
        "refused-default-applied",
        RefusedDefaultApplied,
        "",
        "a refused PutBucketEncryption removes the default that was there",
        ["refusal.effect.none"]
    ),
    fault!(
        "default-shown-initial",
        DefaultShownInitial,
        "",
        "GetBucketEncryption shows `AES256` whatever was set",
        ["sse.bucket-default.shown"]
    ),
];
