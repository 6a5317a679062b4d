//! The switches of the bytes at rest: what lies beside an item, what a record does not bind, how a
//! body is made and opened; the steps that they bend stand in `world/bytes.rs`.

/// One bend of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteSwitch {
    /// The SHA-1 of the plaintext lies beside its object.
    Sha1,
    /// The SHA-256 of the plaintext lies beside its object.
    Sha256,
    /// The CRC32 of the plaintext lies beside its object.
    Crc32,
    /// The CRC32C of the plaintext lies beside its object.
    Crc32c,
    /// The CRC64NVME of the plaintext lies beside its object.
    Crc64,
    /// The data key lies in hex beside its object.
    KeyHex,
    /// The data key lies in Base64 beside its object.
    KeyBase64,
    /// The mode lies beside the record, unauthenticated.
    Mode,
    /// The key's ARN lies beside the record, unauthenticated.
    KeyName,
    /// The size lies beside the record, unauthenticated.
    Size,
    /// The entity tag lies beside the record, unauthenticated.
    Etag,
    /// Body and wrapped data key lie in items of their own, bound to no name.
    Apart,
    /// Parts are not bound to their numbers, nor the object to its parts.
    PartsUnnumbered,
    /// Under SSE-S3 one data key, and salts made of names.
    SaltOfName,
    /// Under SSE-S3 one data key, and salts made of the time.
    SaltOfTime,
    /// Under SSE-S3 one data key, and salts counted from the last Restart.
    SaltCounted,
    /// Under SSE-S3 data keys counted from the last Restart.
    KeyCounted,
    /// The plaintext of a part stays once its upload is aborted.
    AbortLeaves,
    /// A body cut at the end of a chunk is taken for the whole.
    ChunkCut,
    /// What follows the last chunk is taken as it is.
    TailTaken,
    /// What was decrypted of a body before its tags were checked is released.
    PrefixReleased,
    /// A checksum stands for the tags.
    Checksum,
    /// OpenObject does not compare the commitment.
    CommitmentIgnored,
    /// A body is spooled as it comes, and the spool taken away at its end.
    Spooled,
    /// A body whose record is damaged is refused with other words.
    CauseTold,
    /// Data keys are wrapped under the first version of the service key.
    FirstServiceKey,
    /// Policies, keys and settings of buckets lie as they are.
    Unsealed,
    /// Items of objects are kept where ReadAtRest does not look.
    Hidden,
}
