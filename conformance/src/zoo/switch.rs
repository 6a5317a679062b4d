//! The switches: every way in which the malleable implementation can be bent, one at a time.

/// One bend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// The body lies at rest as it came.
    BodyClear,
    /// The body lies at rest in hexadecimal.
    BodyHex,
    /// The body lies at rest in Base64.
    BodyBase64,
    /// Bodies longer than one chunk lie at rest as they came.
    LargeBodyClear,
    /// A get of an empty object neither unwraps nor authenticates anything.
    EmptyUnread,
    /// The data key lies beside its object.
    DataKeyBeside,
    /// The MD5 of the plaintext lies beside its object.
    DigestBeside,
    /// The plaintext stays in a spool item when a put is refused.
    SpoolLeft,
    /// SSE-S3 has one data key and one salt for all objects.
    OneDataKey,
    /// GenerateDataKey returns the same data key again and again.
    OneKmsDataKey,
    /// An overwrite takes data key and salt of what it overwrites.
    OverwriteReuses,
    /// The random source returns the same bytes.
    ConstantRandom,
    /// Tags of the body are not checked.
    BodyUnchecked,
    /// User metadata lies beside the record, unauthenticated.
    MetadataBeside,
    /// The identity comes from the stored item.
    StoredIdentity,
    /// A shortened body is taken for a shorter object.
    ShortBody,
    /// The encryption context is not bound.
    ContextIgnored,
    /// Missing pairs of the encryption context are forgiven.
    ContextMissing,
    /// Additional pairs of the encryption context are forgiven.
    ContextAdditional,
    /// The case of the encryption context is folded.
    ContextFolded,
    /// The caller's own pairs never reach KMS.
    ContextDropped,
    /// The store does not add the pair of the object's ARN.
    ContextWithoutArn,
    /// The key named to Decrypt is not compared with the blob's.
    KeyMismatch,
    /// A Disabled key decrypts.
    DisabledDecrypts,
    /// A Disabled key makes data keys.
    DisabledGenerates,
    /// EnableKey gives the key new material and forgets the old one.
    EnableForgets,
    /// DescribeKey shows every key as Enabled.
    DescribeStale,
    /// After a Restart every key is Enabled.
    StateForgotten,
    /// A get that fails after its checks returns the stored bytes.
    FailsOpen,
    /// A put under an unknown key takes `aws/s3` instead.
    UnknownKeyTaken,
    /// A put with `aws:kms` and no key is refused.
    ManagedKeyRefused,
    /// Replies about SSE-S3 name a key.
    ServiceKeyShown,
    /// Replies about SSE-KMS name the key by its id.
    KeyIdShown,
    /// A get takes the data key from memory and does not ask KMS.
    DataKeyCached,
    /// A head asks KMS for a data key.
    HeadGenerates,
    /// A put asks KMS twice.
    PutGeneratesTwice,
    /// An object under SSE-KMS really lies under the service key.
    UnderServiceKey,
    /// The trail leaves refused requests out.
    RefusalUnrecorded,
    /// The trail leaves the store's successful requests out.
    SuccessUnrecorded,
    /// The trail has every entry twice.
    RecordedTwice,
    /// The trail names the store instead of the requester.
    RecordedAsStore,
    /// The trail leaves the encryption context out.
    RecordedBare,
    /// The trail holds the data key.
    RecordedSecret,
    /// The trail starts anew with a Restart.
    TrailForgotten,
    /// Usage stays at zero.
    Uncounted,
    /// An unknown algorithm is taken for SSE-S3.
    AnyAlgorithm,
    /// A get shows the encryption context.
    ContextShown,
    /// The last byte of a range is left out.
    RangeShort,
    /// A get ignores the headers of a write.
    HeaderIgnored,
    /// The root principal of another account is taken for the own one.
    AnyRoot,
    /// A wrong context and a damaged blob are refused with different codes.
    CauseTold,
    /// A refused put removes what was there.
    RefusedPutRemoves,
    /// A deleted object stays listed and readable.
    DeleteKeeps,
}
