//! Faults in what is bound to a data key (spec/encryption-context.md).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "context-ignored",
        ContextIgnored,
        "faiscadev/fakecloud#1909",
        "KMS binds no encryption context, so that any context decrypts",
        ["kms.decrypt.context-match", "data-key.unwrap.binding"]
    ),
    fault!(
        "context-missing-forgiven",
        ContextMissing,
        "",
        "Decrypt accepts a context that lacks pairs of the one that was bound",
        ["kms.decrypt.context-match", "data-key.unwrap.binding"]
    ),
    fault!(
        "context-additional-forgiven",
        ContextAdditional,
        "",
        "Decrypt accepts a context with more pairs than were bound",
        ["kms.decrypt.context-match", "data-key.unwrap.binding"]
    ),
    fault!(
        "context-case-folded",
        ContextFolded,
        "",
        "KMS folds the case of the context before it binds and compares it",
        ["kms.decrypt.context-match", "data-key.unwrap.binding"]
    ),
    fault!(
        "context-arn-not-added",
        ContextWithoutArn,
        "",
        "the store does not bind the object's ARN",
        ["sse.put.context-arn-added", "encryption-context.object-arn.added"]
    ),
    fault!(
        "context-of-caller-dropped",
        ContextDropped,
        "",
        "the store does not pass the caller's own pairs to KMS",
        ["sse.put.context-bound"]
    ),
];
