//! Refusals with their codes, transcribed from the table of refusal.md.

use sse_spec::{Class, Refusal};

/// Which wire answers: the same class has another code on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// S3, fixtures and the laboratory.
    S3,
    /// KMS.
    Kms,
}

/// The refusal of a class on one side.
#[must_use]
pub fn refusal(side: Side, class: Class) -> Refusal {
    let (code, status) = match side {
        Side::S3 => s3(class),
        Side::Kms => kms(class),
    };
    Refusal { class, code: code.to_owned(), status, message: String::new() }
}

fn s3(class: Class) -> (&'static str, u16) {
    match class {
        Class::AccessDenied => ("AccessDenied", 403),
        Class::NoSuchBucket => ("NoSuchBucket", 404),
        Class::NoSuchKey => ("NoSuchKey", 404),
        Class::NoSuchUpload => ("NoSuchUpload", 404),
        Class::NoSuchBucketPolicy => ("NoSuchBucketPolicy", 404),
        Class::KeyNotFound => ("KMS.NotFoundException", 400),
        Class::NoSuchPrincipal => ("NoSuchEntity", 404),
        Class::BucketExists => ("BucketAlreadyExists", 409),
        Class::Conflict => ("OperationAborted", 409),
        Class::InvalidArgument => ("InvalidArgument", 400),
        Class::InvalidRequest => ("InvalidRequest", 400),
        Class::InvalidRange => ("InvalidRange", 416),
        Class::InvalidBucketName => ("InvalidBucketName", 400),
        Class::KeyTooLong => ("KeyTooLongError", 400),
        Class::InvalidPart => ("InvalidPart", 400),
        Class::InvalidPartOrder => ("InvalidPartOrder", 400),
        Class::EntityTooSmall => ("EntityTooSmall", 400),
        Class::EntityTooLarge => ("EntityTooLarge", 400),
        Class::MalformedXml => ("MalformedXML", 400),
        Class::MalformedPolicy => ("MalformedPolicy", 400),
        Class::UnsupportedOperation => ("NotImplemented", 501),
        Class::IncorrectKey => ("KMS.IncorrectKeyException", 400),
        Class::InvalidKeyUsage => ("KMS.InvalidKeyUsageException", 400),
        Class::KeyDisabled => ("KMS.DisabledException", 400),
        Class::InvalidKeyState => ("KMS.KMSInvalidStateException", 400),
        Class::Integrity | Class::DamagedStore => ("InternalError", 500),
        Class::Throttled => ("SlowDown", 503),
        Class::Unavailable => ("ServiceUnavailable", 503),
        Class::AliasExists | Class::LimitExceeded => ("", 400),
    }
}

fn kms(class: Class) -> (&'static str, u16) {
    match class {
        Class::AccessDenied => ("AccessDeniedException", 400),
        Class::KeyNotFound => ("NotFoundException", 400),
        Class::AliasExists => ("AlreadyExistsException", 400),
        Class::Conflict => ("ConflictException", 400),
        Class::InvalidArgument => ("ValidationException", 400),
        Class::MalformedPolicy => ("MalformedPolicyDocumentException", 400),
        Class::UnsupportedOperation => ("UnsupportedOperationException", 400),
        Class::IncorrectKey => ("IncorrectKeyException", 400),
        Class::InvalidKeyUsage => ("InvalidKeyUsageException", 400),
        Class::KeyDisabled => ("DisabledException", 400),
        Class::InvalidKeyState => ("KMSInvalidStateException", 400),
        Class::Integrity => ("InvalidCiphertextException", 400),
        Class::LimitExceeded => ("LimitExceededException", 400),
        Class::Throttled => ("ThrottlingException", 400),
        Class::Unavailable => ("KMSInternalException", 500),
        _ => ("", 400),
    }
}
