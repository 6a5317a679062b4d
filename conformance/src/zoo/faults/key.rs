//! Faults in the states of keys (spec/key.md).

pub(super) mod life;
pub(super) mod shown;

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "disabled-decrypts",
        DisabledDecrypts,
        "localstack/localstack#7782",
        "a Disabled key decrypts",
        ["key.disable.refuses-cryptography", "sse.get.key-disabled-refused"]
    ),
    fault!(
        "disabled-generates",
        DisabledGenerates,
        "localstack/localstack#7782",
        "a Disabled key makes data keys",
        ["key.disable.refuses-cryptography", "sse.put.key-disabled-refused"]
    ),
    fault!(
        "enable-forgets",
        EnableForgets,
        "",
        "EnableKey gives the key new material, and no earlier blob opens again",
        ["key.enable.restores", "sse.get.readable-again"]
    ),
    fault!(
        "asymmetric-key-taken",
        AsymmetricTaken,
        "",
        "CreateKey takes the words for an asymmetric key, and objects are put under it",
        ["key.create.symmetric-only", "key.create.asymmetric-refused"]
    ),
    fault!(
        "describe-stale",
        DescribeStale,
        "",
        "DescribeKey shows a Disabled key as Enabled",
        ["key.describe.state-shown"]
    ),
    fault!(
        "state-forgotten",
        StateForgotten,
        "",
        "after a Restart every key is Enabled",
        ["key.state.survives-restart"]
    ),
];
