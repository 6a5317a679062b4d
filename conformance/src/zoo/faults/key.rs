//! Faults in the states of keys (spec/key.md).

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
