//! The switches: every way in which the malleable implementation can be bent, one at a time.

use super::bytes::ByteSwitch;
use super::kms::KmsSwitch;
use sse_vectors::oracle::bend::Bend;

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
    /// CreateKey takes the words for an asymmetric key, and the key serves objects.
    AsymmetricTaken,
    /// DescribeKey shows every key as Enabled.
    DescribeStale,
    /// After a Restart every key is Enabled.
    StateForgotten,
    /// A get that fails after its checks returns the stored bytes.
    FailsOpen,
    /// A put under an unknown key takes `aws/s3` instead.
    UnknownKeyTaken,
    /// A copy under an unknown key takes `aws/s3` instead.
    CopyUnknownKeyTaken,
    /// An upload under an unknown key takes `aws/s3` instead.
    UploadUnknownKeyTaken,
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
    // Store: requests on the store, by the document that they bend.
    /// A put without headers takes SSE-S3, whatever the default.
    DefaultIgnoredOnPut,
    /// A copy without headers takes SSE-S3, whatever the default.
    DefaultIgnoredOnCopy,
    /// An upload without headers takes SSE-S3, whatever the default.
    DefaultIgnoredOnUpload,
    /// On a put the default of the bucket beats the headers.
    DefaultBeatsHeader,
    /// On a put the default of the bucket beats `AES256` only.
    DefaultBeatsAes256,
    /// On a copy the default of the bucket beats the headers.
    DefaultBeatsCopyHeader,
    /// On an upload the default of the bucket beats the headers.
    DefaultBeatsUploadHeader,
    /// `AES256` inherits the key of the default, and is refused for it.
    DefaultKeyInherited,
    /// `aws:kms` without a key takes the key of the default.
    BareTakesDefaultKey,
    /// A default with a Disabled key falls back to SSE-S3.
    DefaultFallsBack,
    /// An alias in a default is resolved when the default is set.
    DefaultResolvedEarly,
    /// A default with an unknown key is refused.
    DefaultKeyChecked,
    /// DeleteBucketEncryption changes nothing.
    DefaultRemovalIgnored,
    /// Of several rules the first is taken.
    FirstRuleTaken,
    /// A rule with an unknown algorithm is taken for `AES256`.
    AnyRule,
    /// The key of an `AES256` rule is dropped.
    RuleKeyDropped,
    /// Reads show the default of the bucket.
    ReadsShowDefault,
    /// Bucket policies see the default as headers.
    PolicySeesDefault,
    /// A refused default removes the old one.
    RefusedDefaultApplied,
    /// A copy without headers keeps mode and key of its source.
    CopyKeepsMode,
    /// A copy takes the default of the source's bucket.
    CopyDefaultOfSource,
    /// A copy ignores its headers.
    CopyHeaderIgnored,
    /// A copy onto itself that changes nothing is accepted.
    SelfCopyAccepted,
    /// A copy onto itself keeps mode and key.
    SelfCopyKeepsMode,
    /// A copy loses the metadata of its source.
    CopyDropsMetadata,
    /// A copy keeps metadata that its request replaces.
    CopyKeepsMetadata,
    /// A copy binds the context of its source as well.
    CopyKeepsContext,
    /// A copy binds no object ARN.
    CopyWithoutArn,
    /// A copy binds the ARN of its source.
    CopyUnderSourceArn,
    /// A copy under SSE-S3 takes the data key of its source.
    CopySharesDataKey,
    /// A copy under SSE-S3 is the ciphertext of its source.
    CopyVerbatim,
    /// A copy takes the source's data key from memory.
    CopySkipsDecrypt,
    /// A copy decrypts its source as the root principal.
    CopyReadsAsRoot,
    /// A copy asks for its data key as the root principal.
    CopyAsRoot,
    /// A copy does not ask for s3:GetObject on its source.
    CopySourceUnasked,
    /// A copy under SSE-KMS really lies under the service key.
    CopyUnderServiceKey,
    /// A copy of a completed upload is its first part.
    CopyFirstPart,
    /// A copy does not check the tags of its source.
    CopyUnchecked,
    /// A refused copy removes what was there.
    RefusedCopyRemoves,
    /// A refused copy leaves an empty object.
    RefusedCopyLeaves,
    /// A copy refused at its second key leaves a spool.
    CopySpoolLeft,
    /// What a copy asks of KMS is not counted.
    CopyUncounted,
    /// An upload ignores its headers.
    UploadHeaderIgnored,
    /// A completed upload has no metadata.
    UploadMetadataForgotten,
    /// An upload binds no pair of its creation.
    UploadContextDropped,
    /// An upload asks for its data key as the root principal.
    UploadAsRoot,
    /// An upload under SSE-KMS really lies under the service key.
    UploadUnderServiceKey,
    /// An upload under a Disabled key falls back to the service key.
    UploadFallsBack,
    /// An upload follows the default of its completion.
    DefaultAtCompletion,
    /// A part number out of range is moved into it.
    PartNumberClamped,
    /// The headers of a part are ignored.
    PartHeaderIgnored,
    /// The reply to a part shows `AES256`.
    PartReplySilent,
    /// Every part asks KMS for a data key.
    PartGenerates,
    /// A part sent again does not replace the first one.
    FirstPartStays,
    /// Parts are joined in the order of their arrival.
    PartsAsTheyCame,
    /// Parts that are not listed are joined as well.
    UnlistedJoined,
    /// The last part is left out.
    LastPartDropped,
    /// A listed part that is missing is left out.
    MissingPartIgnored,
    /// The entity tag of a listed part is not compared.
    PartEtagIgnored,
    /// A list of parts is sorted.
    PartOrderIgnored,
    /// No part is too small.
    SmallPartTaken,
    /// An upload serves requests that name another object.
    UploadOfAnyKey,
    /// An open upload is an empty object.
    UploadVisible,
    /// A refused completion removes what was there.
    RefusedCompletionRemoves,
    /// A refused completion leaves an empty object.
    RefusedCompletionLeaves,
    /// An aborted upload stays open.
    AbortIgnored,
    /// An abort removes the object.
    AbortRemovesObject,
    /// An abort leaves the items of the parts.
    AbortKeepsParts,
    /// A completed upload stays open.
    EndedUploadOpen,
    /// A Restart loses every open upload.
    RestartLosesUploads,
    /// A range is wrong behind the end of the first part.
    RangeAcrossParts,
    /// A get asks KMS once for each part.
    GetDecryptsEachPart,
    /// The entity tag of an upload is that of a put.
    UploadEtagPlain,
    /// Copies lie in clear.
    CopyClear,
    /// Copies over an existing object lie in clear.
    RecopyClear,
    /// Overwrites lie in clear.
    OverwriteClear,
    /// A put over a copy lies in clear.
    PutOverCopyClear,
    /// What the default of a bucket encrypts lies in clear.
    DefaultClear,
    /// Puts after a Restart lie in clear.
    RestartedClear,
    /// Bodies of less than 256 bytes under SSE-KMS lie in clear.
    SmallKmsClear,
    /// Completed uploads lie in clear.
    CompletedClear,
    /// Parts lie in clear until their upload is completed.
    PartsClear,
    /// Small last parts lie in clear.
    SmallPartClear,
    /// A part sent again lies in clear.
    ResentPartClear,
    /// A refused part leaves its plaintext.
    PartSpoolLeft,
    /// A part sent again takes the salt of the first one.
    ResentPartSalt,
    /// All parts of an upload share one keystream.
    PartsOneStream,
    /// The MD5 of a part lies beside it.
    PartDigestBeside,
    /// The MD5 of a copy lies beside it.
    CopyDigestBeside,
    /// The MD5 of a completed upload lies beside it.
    UploadDigestBeside,
    /// The data key of an upload lies beside its parts.
    UploadKeyBeside,
    /// Tags of completed uploads are not checked.
    UploadUnchecked,
    /// Tags are not checked for a range.
    RangeUnchecked,
    /// A Restart loses the context of every object.
    RestartLosesContext,
    /// A put asks for its data key as the root principal.
    PutAsRoot,
    /// A get decrypts as the root principal.
    GetAsRoot,
    /// An overwrite binds no pair of its request.
    OverwriteContextDropped,
    /// An overwrite binds no object ARN.
    OverwriteWithoutArn,
    /// An overwrite keeps the old metadata.
    OverwriteKeepsMetadata,
    /// A put asks for a data key of 128 bits.
    ShortDataKey,
    /// An empty put does not ask KMS.
    EmptyPutUnkeyed,
    /// A put under a Disabled key falls back to the service key.
    PutFallsBack,
    /// A put makes the bucket that it names.
    BucketMadeByPut,
    /// A refused put leaves an empty object.
    RefusedPutLeaves,
    /// A context that does not read is dropped.
    BrokenContextDropped,
    /// The reply to a put echoes the key as it was named.
    KeyEchoed,
    /// The entity tag under SSE-KMS is the MD5.
    KmsEtagMd5,
    /// The entity tag under SSE-S3 is random.
    S3EtagRandom,
    /// Values of metadata are folded.
    MetadataFolded,
    /// A range is wrong behind the first chunk.
    RangeAcrossChunks,
    /// A range behind the end gives the whole object.
    RangeForgiven,
    /// A head shows no key.
    HeadWithoutKey,
    /// A head shows the size at rest.
    HeadSizeStored,
    /// A list leaves empty objects out.
    EmptyUnlisted,
    /// A list asks KMS for each object.
    ListAsks,
    /// A delete asks KMS.
    DeleteAsks,
    /// A head counts as a Decrypt.
    HeadCounted,
    /// A put under SSE-S3 counts as a use of a key.
    ServiceUseCounted,
    /// Requests that the store passes on are not counted.
    StoreUncounted,
    /// Decrypts of the store count twice.
    StoreReadsCountTwice,
    /// A rotation of the service key loses the old one.
    ServiceRotationLoses,
    /// A rotation of the service key leaves an entry.
    ServiceRotationRecorded,
    /// A denied get says that there is no object.
    DeniedAsMissing,
    /// A get of nothing says that it is denied.
    MissingAsDenied,
    /// A copy says denied where the key is Disabled.
    DisabledAsDenied,
    /// A put under an unknown key is refused as invalid.
    UnknownAsInvalid,
    /// A copy refused by KMS carries the bare code of KMS.
    CopyCodeBare,
    /// A bucket without a policy is said to be denied.
    NoPolicyAsDenied,
    /// Every 404 is a 400.
    StatusUniform,
    /// A refused Decrypt repeats the blob.
    RefusalTellsBlob,
    /// Data keys of the store are recorded as Encrypt.
    EventRenamed,
    /// Entries of refusals carry no code.
    ErrorUncoded,
    /// Entries of the store name no key.
    KeyUnnamed,
    /// No entry is read-only.
    NothingReadOnly,
    /// Only the root principal is recorded.
    UsersUnrecorded,
    /// Every entry names the first caller of the world.
    FirstCallerNamed,
    /// The Decrypt of a copy is not recorded.
    CopyReadUnrecorded,
    /// The GenerateDataKey of a copy is not recorded.
    CopyWriteUnrecorded,
    /// The GenerateDataKey of a copy is recorded with the source's ARN.
    CopyRecordsSource,
    /// Changes of a key's state are not recorded.
    StateUnrecorded,
    /// The entry of a Decrypt holds the blob.
    BlobRecorded,
    /// A put under SSE-S3 leaves an entry.
    ServiceUseRecorded,
    /// Requests of the store count for another key.
    StoreCountedElsewhere,
    /// Management operations count as uses.
    ManagementCounted,
    /// What came of a put that broke off stays.
    HalfPutSpooled,
    /// What came of a part that broke off stays.
    HalfPartSpooled,
    /// Every chunk has one keystream.
    ChunksAlike,
    /// A list by the root principal is denied.
    RootListDenied,
    /// A get under SSE-S3 asks for a permission of KMS.
    ServiceKeyNeedsKms,
    /// GetBucketEncryption shows `AES256`.
    DefaultShownInitial,
    /// A copy of nothing says that it is denied.
    MissingSourceAsDenied,
    /// A get of an empty object shows `AES256`.
    EmptyShownS3,
    /// A get shows `AES256`.
    GetShowsS3,
    /// The last byte of a body of whole chunks is lost.
    ChunkMultipleCut,
    /// A put does not know the ARN of an alias.
    AliasArnUnknown,
    /// A put does not know `alias/aws/s3`.
    ManagedAliasUnknown,
    /// A put takes the `aws/s3` key of the bucket's owner.
    ManagedOfOwner,
    /// A rotation of the service key renews entity tags.
    ServiceRotationTags,
    /// The Decrypt of a part is not recorded.
    PartReadUnrecorded,
    /// Entries of the store name the store as their source.
    SourceOfStore,
    /// A put without headers takes `aws/s3`.
    KmsByDefault,
    /// An overwrite is acknowledged and the old object stays.
    OverwriteStaysOld,
    // Failures: what becomes of an operation during which a part below fails.
    /// A put whose data key KMS did not give lies in clear.
    OutageClear,
    /// A put whose data key KMS did not give lies under a key of zeros.
    OutageZeroKey,
    /// A put whose data key KMS did not give lies under the service key.
    OutageUnderServiceKey,
    /// A get takes the data key from memory where KMS does not answer.
    OutageCached,
    /// A body that does not authenticate is decrypted all the same.
    GarbageUnnoticed,
    /// A put that could not be written leaves half of its body as an object.
    HalfWritten,
    /// A put that could not be written removes what was there.
    FailureRemoves,
    /// The plaintext stays where it could not be written encrypted.
    FailureSpools,
    /// A delete that could not be written is acknowledged.
    DeleteUnwritten,
    /// A change of a key that could not be written is acknowledged.
    KeyUnwritten,
    /// A bucket's setting that could not be written is acknowledged.
    SettingUnwritten,
    /// A completion that could not be written is acknowledged.
    CompletionUnwritten,
    /// A read of a storage that does not answer says that there is no object.
    FailureAsMissing,
    /// An entry that cannot be written is left out.
    UnwrittenUnrecorded,
    /// The policy of `aws/s3` is shown as that of a customer key.
    ManagedPolicyOther,
    /// The bytes at rest are others.
    Bytes(ByteSwitch),
    // KMS: what bends the oracle's decisions, and what bends KMS around them.
    /// A decision of the oracle is another.
    Oracle(Bend),
    /// A step of KMS outside of the oracle is another.
    Kms(KmsSwitch),
}
