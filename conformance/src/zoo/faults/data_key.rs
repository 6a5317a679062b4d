//! Faults in how data keys are made, wrapped and kept apart (spec/data-key.md).

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault!(
        "one-data-key",
        OneDataKey,
        "ceph/ceph#67246",
        "SSE-S3 encrypts every object under one data key and one salt",
        ["sse.put.fresh-data-key", "data-key.generate.random", "sealed-object.body.salt-fresh"]
    ),
    fault!(
        "overwrite-reuses-data-key",
        OverwriteReuses,
        "rustfs/rustfs#4576",
        "an overwrite under SSE-S3 takes data key and salt of the object it replaces",
        [
            "sse.put.fresh-data-key",
            "sealed-object.body.salt-fresh",
            "sse.at-rest.fresh-overwrite",
            "sse.at-rest.keystream",
        ]
    ),
    fault!(
        "constant-random-source",
        ConstantRandom,
        "rustfs/rustfs#3520",
        "the random source returns the same bytes again and again",
        [
            "sse.put.fresh-data-key",
            "data-key.generate.random",
            "data-key.wrap.nonce",
            "kms.generate-data-key.random",
        ]
    ),
    fault!(
        "data-key-beside-object",
        DataKeyBeside,
        "",
        "the data key lies in clear beside the object that it encrypts",
        ["sse.at-rest.no-data-key-in-clear"]
    ),
];
