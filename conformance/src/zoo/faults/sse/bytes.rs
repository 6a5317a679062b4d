//! Faults of the bytes at rest: what lies beside an object, what nothing binds, what repeats
//! (spec/sse/at-rest.md, spec/sealed-object.md).

use super::super::{Fault, bent};
use crate::zoo::bytes::ByteSwitch;
use crate::zoo::switch::Switch;

pub(in crate::zoo) const FAULTS: &[Fault] = &[
    bent!(
        "sha1-beside",
        Switch::Bytes(ByteSwitch::Sha1),
        "minio/minio#6618",
        "the SHA-1 of the plaintext lies in clear beside the object",
        ["sse.at-rest.no-plaintext-digest"]
    ),
    bent!(
        "sha256-beside",
        Switch::Bytes(ByteSwitch::Sha256),
        "minio/minio#6618",
        "the SHA-256 of the plaintext lies in clear beside the object",
        ["sse.at-rest.no-plaintext-digest"]
    ),
    bent!(
        "crc32-beside",
        Switch::Bytes(ByteSwitch::Crc32),
        "",
        "the CRC32 of the plaintext lies in clear beside the object",
        ["sealed-object.record.digest-hidden"]
    ),
    bent!(
        "crc32c-beside",
        Switch::Bytes(ByteSwitch::Crc32c),
        "",
        "the CRC32C of the plaintext lies in clear beside the object",
        ["sealed-object.record.digest-hidden"]
    ),
    bent!(
        "crc64-beside",
        Switch::Bytes(ByteSwitch::Crc64),
        "",
        "the CRC64NVME of the plaintext lies in clear beside the object",
        ["sealed-object.record.digest-hidden"]
    ),
    bent!(
        "data-key-in-hex",
        Switch::Bytes(ByteSwitch::KeyHex),
        "",
        "the data key lies in hexadecimal beside the object that it encrypts",
        ["sse.at-rest.no-data-key-in-clear"]
    ),
    bent!(
        "data-key-in-base64",
        Switch::Bytes(ByteSwitch::KeyBase64),
        "",
        "the data key lies in Base64 beside the object that it encrypts",
        ["sse.at-rest.no-data-key-in-clear"]
    ),
    bent!(
        "mode-unbound",
        Switch::Bytes(ByteSwitch::Mode),
        "AWS CVE-2020-8912",
        "the mode lies beside the record and nothing authenticates it",
        ["sse.tamper.head"]
    ),
    bent!(
        "key-unbound",
        Switch::Bytes(ByteSwitch::KeyName),
        "",
        "the key's ARN lies beside the record and nothing authenticates it",
        ["sse.tamper.head"]
    ),
    bent!(
        "size-unbound",
        Switch::Bytes(ByteSwitch::Size),
        "",
        "the size lies beside the record and nothing authenticates it",
        ["sse.tamper.head"]
    ),
    bent!(
        "etag-unbound",
        Switch::Bytes(ByteSwitch::Etag),
        "",
        "the entity tag lies beside the record and nothing authenticates it",
        ["sse.tamper.metadata"]
    ),
    bent!(
        "data-key-unbound",
        Switch::Bytes(ByteSwitch::Apart),
        "minio/minio#6121",
        "body and wrapped data key lie in items of their own that are bound to no name",
        ["sse.tamper.swap"]
    ),
    bent!(
        "part-table-unbound",
        Switch::Bytes(ByteSwitch::PartsUnnumbered),
        "",
        "parts are not bound to their numbers, nor the object to its parts",
        ["sse.tamper.refused"]
    ),
    bent!(
        "salt-of-name",
        Switch::Bytes(ByteSwitch::SaltOfName),
        "",
        "SSE-S3 has one data key and makes each salt of the object's name",
        ["sse.at-rest.keystream"]
    ),
    bent!(
        "salt-of-time",
        Switch::Bytes(ByteSwitch::SaltOfTime),
        "",
        "SSE-S3 has one data key and makes each salt of the time",
        ["sse.at-rest.keystream"]
    ),
    bent!(
        "salt-counted",
        Switch::Bytes(ByteSwitch::SaltCounted),
        "",
        "SSE-S3 has one data key and counts its salts anew after a Restart",
        ["sse.at-rest.keystream"]
    ),
    bent!(
        "data-key-counted",
        Switch::Bytes(ByteSwitch::KeyCounted),
        "",
        "data keys under SSE-S3 come from a counter that a Restart sets back",
        ["sse.at-rest.keystream"]
    ),
    bent!(
        "abort-leaves-plaintext",
        Switch::Bytes(ByteSwitch::AbortLeaves),
        "",
        "the plaintext of a part stays in a temporary item once its upload is aborted",
        ["sse.at-rest.no-plaintext-part"]
    ),
    bent!(
        "chunk-cut-accepted",
        Switch::Bytes(ByteSwitch::ChunkCut),
        "",
        "a body that is cut at the end of a chunk is taken for the whole",
        ["sse.tamper.refused"]
    ),
    bent!(
        "tail-taken",
        Switch::Bytes(ByteSwitch::TailTaken),
        "",
        "what follows the last chunk of a body is passed on as it lies there",
        ["sse.tamper.refused"]
    ),
    bent!(
        "prefix-unauthenticated",
        Switch::Bytes(ByteSwitch::PrefixReleased),
        "",
        "what was decrypted before its tags were checked is released before the abort",
        ["sse.tamper.refused"]
    ),
    bent!(
        "checksum-for-tags",
        Switch::Bytes(ByteSwitch::Checksum),
        "AWS CVE-2020-8912",
        "a checksum without a key stands for the tags of the body",
        ["sse.tamper.refused"]
    ),
    bent!(
        "commitment-ignored",
        Switch::Bytes(ByteSwitch::CommitmentIgnored),
        "",
        "an item whose data key is not the committed one opens",
        ["sealed-object.open.commitment"]
    ),
    bent!(
        "control-items-unsealed",
        Switch::Bytes(ByteSwitch::Unsealed),
        "",
        "policies, keys and settings of buckets lie as they are, and who edits them permits",
        ["sse.tamper.no-widened-permission"]
    ),
    bent!(
        "spooled-as-it-comes",
        Switch::Bytes(ByteSwitch::Spooled),
        "",
        "a body is spooled in clear as it comes, and the spool stays where the process goes away",
        ["sse.at-rest.before-writing"]
    ),
    bent!(
        "cause-of-damage-told",
        Switch::Bytes(ByteSwitch::CauseTold),
        "",
        "a damaged record is refused in other words than a damaged body",
        ["refusal.integrity.opaque-object"]
    ),
    bent!(
        "first-service-key",
        Switch::Bytes(ByteSwitch::FirstServiceKey),
        "",
        "every put is wrapped under the first version of the service key",
        ["rotation.service-key.new-puts"]
    ),
    bent!(
        "hidden-copy",
        Switch::Bytes(ByteSwitch::Hidden),
        "",
        "a copy of each object lies where no item is shown, and comes back",
        ["sse.at-rest.items-complete"]
    ),
];
