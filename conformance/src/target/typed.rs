//! Typed facades: one method per operation, each `Unsupported` until it is written.
//!
//! Most Rust implementers write [`Store`], [`Kms`] or both and wrap them in [`StoreAndKms`].

use super::{Failure, World};
use sse_spec::*;

macro_rules! facade {
    ($(#[$doc:meta])* $trait:ident { $($method:ident $name:ident $reply:ident,)+ }) => {
        $(#[$doc])*
        pub trait $trait: Send {
            $(
                #[doc = concat!("Performs `", stringify!($name), "`.")]
                ///
                /// # Errors
                /// [`Failure`], [`Failure::Unsupported`] by default.
                fn $method(&mut self, caller: &Caller, request: &$name) -> Result<$reply, Failure> {
                    let _ = (caller, request);
                    Err(Failure::Unsupported(String::new()))
                }
            )+
        }

        impl<T: $trait + ?Sized> $trait for Box<T> {
            $(fn $method(&mut self, caller: &Caller, request: &$name) -> Result<$reply, Failure> {
                (**self).$method(caller, request)
            })+
        }
    };
}

facade! {
    /// The data plane, the fixtures, the formats and the laboratory of a store.
    Store {
        create_bucket CreateBucket CreateBucketReply,
        put_object PutObject PutObjectReply,
        get_object GetObject GetObjectReply,
        head_object HeadObject HeadObjectReply,
        copy_object CopyObject CopyObjectReply,
        delete_object DeleteObject DeleteObjectReply,
        list_objects ListObjects ListObjectsReply,
        put_bucket_encryption PutBucketEncryption PutBucketEncryptionReply,
        get_bucket_encryption GetBucketEncryption GetBucketEncryptionReply,
        delete_bucket_encryption DeleteBucketEncryption DeleteBucketEncryptionReply,
        put_bucket_policy PutBucketPolicy PutBucketPolicyReply,
        get_bucket_policy GetBucketPolicy GetBucketPolicyReply,
        delete_bucket_policy DeleteBucketPolicy DeleteBucketPolicyReply,
        create_multipart_upload CreateMultipartUpload CreateMultipartUploadReply,
        upload_part UploadPart UploadPartReply,
        complete_multipart_upload CompleteMultipartUpload CompleteMultipartUploadReply,
        abort_multipart_upload AbortMultipartUpload AbortMultipartUploadReply,
        create_principal CreatePrincipal CreatePrincipalReply,
        put_identity_policy PutIdentityPolicy PutIdentityPolicyReply,
        delete_identity_policy DeleteIdentityPolicy DeleteIdentityPolicyReply,
        lookup_events LookupEvents LookupEventsReply,
        get_key_usage GetKeyUsage GetKeyUsageReply,
        encode_context EncodeContext EncodeContextReply,
        wrap_data_key WrapDataKey WrapDataKeyReply,
        unwrap_data_key UnwrapDataKey UnwrapDataKeyReply,
        seal_object SealObject SealObjectReply,
        open_object OpenObject OpenObjectReply,
        read_at_rest ReadAtRest ReadAtRestReply,
        write_at_rest WriteAtRest WriteAtRestReply,
        restart Restart RestartReply,
        advance_clock AdvanceClock AdvanceClockReply,
        inject_fault InjectFault InjectFaultReply,
        rotate_service_key RotateServiceKey RotateServiceKeyReply,
        list_data_keys ListDataKeys ListDataKeysReply,
    }
}

facade! {
    /// The operations of a KMS.
    Kms {
        create_key CreateKey CreateKeyReply,
        describe_key DescribeKey DescribeKeyReply,
        list_keys ListKeys ListKeysReply,
        enable_key EnableKey EnableKeyReply,
        disable_key DisableKey DisableKeyReply,
        schedule_key_deletion ScheduleKeyDeletion ScheduleKeyDeletionReply,
        cancel_key_deletion CancelKeyDeletion CancelKeyDeletionReply,
        create_alias CreateAlias CreateAliasReply,
        update_alias UpdateAlias UpdateAliasReply,
        delete_alias DeleteAlias DeleteAliasReply,
        list_aliases ListAliases ListAliasesReply,
        put_key_policy PutKeyPolicy PutKeyPolicyReply,
        get_key_policy GetKeyPolicy GetKeyPolicyReply,
        enable_key_rotation EnableKeyRotation EnableKeyRotationReply,
        disable_key_rotation DisableKeyRotation DisableKeyRotationReply,
        get_key_rotation_status GetKeyRotationStatus GetKeyRotationStatusReply,
        rotate_key_on_demand RotateKeyOnDemand RotateKeyOnDemandReply,
        list_key_rotations ListKeyRotations ListKeyRotationsReply,
        generate_data_key GenerateDataKey GenerateDataKeyReply,
        generate_data_key_without_plaintext
            GenerateDataKeyWithoutPlaintext GenerateDataKeyWithoutPlaintextReply,
        encrypt Encrypt EncryptReply,
        decrypt Decrypt DecryptReply,
        re_encrypt ReEncrypt ReEncryptReply,
    }
}

/// Makes a world of a type that is both a [`Store`] and a [`Kms`].
#[derive(Clone, Debug)]
pub struct StoreAndKms<T>(pub T);

macro_rules! world {
    ($($method:ident $name:ident,)+) => {
        impl<T: Store + Kms> World for StoreAndKms<T> {
            fn perform(
                &mut self,
                caller: &Caller,
                operation: &Operation,
            ) -> Result<Reply, Failure> {
                match operation {
                    $(Operation::$name(request) => {
                        self.0.$method(caller, request).map(Reply::$name)
                    })+
                }
            }
        }
    };
}

world! {
    create_bucket CreateBucket,
    put_object PutObject,
    get_object GetObject,
    head_object HeadObject,
    copy_object CopyObject,
    delete_object DeleteObject,
    list_objects ListObjects,
    put_bucket_encryption PutBucketEncryption,
    get_bucket_encryption GetBucketEncryption,
    delete_bucket_encryption DeleteBucketEncryption,
    put_bucket_policy PutBucketPolicy,
    get_bucket_policy GetBucketPolicy,
    delete_bucket_policy DeleteBucketPolicy,
    create_multipart_upload CreateMultipartUpload,
    upload_part UploadPart,
    complete_multipart_upload CompleteMultipartUpload,
    abort_multipart_upload AbortMultipartUpload,
    create_key CreateKey,
    describe_key DescribeKey,
    list_keys ListKeys,
    enable_key EnableKey,
    disable_key DisableKey,
    schedule_key_deletion ScheduleKeyDeletion,
    cancel_key_deletion CancelKeyDeletion,
    create_alias CreateAlias,
    update_alias UpdateAlias,
    delete_alias DeleteAlias,
    list_aliases ListAliases,
    put_key_policy PutKeyPolicy,
    get_key_policy GetKeyPolicy,
    enable_key_rotation EnableKeyRotation,
    disable_key_rotation DisableKeyRotation,
    get_key_rotation_status GetKeyRotationStatus,
    rotate_key_on_demand RotateKeyOnDemand,
    list_key_rotations ListKeyRotations,
    generate_data_key GenerateDataKey,
    generate_data_key_without_plaintext GenerateDataKeyWithoutPlaintext,
    encrypt Encrypt,
    decrypt Decrypt,
    re_encrypt ReEncrypt,
    create_principal CreatePrincipal,
    put_identity_policy PutIdentityPolicy,
    delete_identity_policy DeleteIdentityPolicy,
    lookup_events LookupEvents,
    get_key_usage GetKeyUsage,
    encode_context EncodeContext,
    wrap_data_key WrapDataKey,
    unwrap_data_key UnwrapDataKey,
    seal_object SealObject,
    open_object OpenObject,
    read_at_rest ReadAtRest,
    write_at_rest WriteAtRest,
    restart Restart,
    advance_clock AdvanceClock,
    inject_fault InjectFault,
    rotate_service_key RotateServiceKey,
    list_data_keys ListDataKeys,
}
