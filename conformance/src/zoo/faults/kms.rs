//! Faults in what KMS does with a request (spec/kms.md).

pub(super) mod crypto;

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "one-kms-data-key",
        OneKmsDataKey,
        "",
        "GenerateDataKey returns the same data key again and again",
        ["kms.generate-data-key.random", "data-key.generate.random"]
    ),
    fault!(
        "key-mismatch-ignored",
        KeyMismatch,
        "floci-io/floci#1893",
        "Decrypt does not compare the key that it is given with the blob's",
        ["kms.decrypt.incorrect-key"]
    ),
    fault!(
        "usage-uncounted",
        Uncounted,
        "",
        "cryptographic requests are not counted",
        ["kms.usage.by-operation"]
    ),
];
