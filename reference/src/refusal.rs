//! How the reference refuses: one class, and its fixed code and status on the S3 and the KMS side
//! (spec/refusal.md).

use sse_spec::{Class, Refusal};
use std::{fmt, io};

/// A request was refused. It holds its class and nothing else, so that it cannot hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub Class);

/// What every operation of the reference returns.
pub type Result<T, E = Refused> = std::result::Result<T, E>;

/// Which API answers a refused request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The store: buckets and objects, and every KMS refusal that comes through it.
    S3,
    /// The key management service.
    Kms,
}

impl Refused {
    /// The refusal as one side of the service words it.
    ///
    /// All text is fixed by the class, so that two causes of one class cannot be told apart.
    #[must_use]
    pub fn on(self, side: Side) -> Refusal {
        let (s3, s3_status, kms) = wording(self.0);
        // r[refusal.code.s3]
        // r[refusal.code.s3-status]
        // r[refusal.class.through-store]
        // r[refusal.code.key-not-found-through-store]
        // r[refusal.code.key-state-through-store]
        // r[refusal.code.denied-through-store]
        // r[refusal.code.kms]
        let (code, status) = match side {
            Side::S3 => (s3, s3_status),
            Side::Kms => (kms, kms_status(self.0)),
        };
        // r[refusal.message.no-secrets]
        // r[refusal.integrity.opaque]
        // r[refusal.integrity.opaque-object]
        let message = format!("{:?}", self.0);
        Refusal { class: self.0, code: code.to_owned(), status, message }
    }
}

// r[refusal.code.kms-status]
fn kms_status(class: Class) -> u16 {
    if class == Class::Unavailable { 500 } else { 400 }
}

/// The table of spec/refusal.md: S3 code, S3 status, KMS code. An empty code does not occur.
fn wording(class: Class) -> (&'static str, u16, &'static str) {
    // r[refusal.class.closed]
    // r[refusal.class.kind]
    match class {
        Class::AccessDenied => ("AccessDenied", 403, "AccessDeniedException"),
        Class::NoSuchBucket => ("NoSuchBucket", 404, ""),
        Class::NoSuchKey => ("NoSuchKey", 404, ""),
        Class::NoSuchUpload => ("NoSuchUpload", 404, ""),
        Class::NoSuchBucketPolicy => ("NoSuchBucketPolicy", 404, ""),
        Class::KeyNotFound => ("KMS.NotFoundException", 400, "NotFoundException"),
        Class::NoSuchPrincipal => ("NoSuchEntity", 404, ""),
        Class::BucketExists => ("BucketAlreadyExists", 409, ""),
        Class::AliasExists => ("", 400, "AlreadyExistsException"),
        Class::Conflict => ("OperationAborted", 409, "ConflictException"),
        Class::InvalidArgument => ("InvalidArgument", 400, "ValidationException"),
        Class::InvalidRequest => ("InvalidRequest", 400, ""),
        Class::InvalidRange => ("InvalidRange", 416, ""),
        Class::InvalidBucketName => ("InvalidBucketName", 400, ""),
        Class::KeyTooLong => ("KeyTooLongError", 400, ""),
        Class::InvalidPart => ("InvalidPart", 400, ""),
        Class::InvalidPartOrder => ("InvalidPartOrder", 400, ""),
        Class::EntityTooSmall => ("EntityTooSmall", 400, ""),
        Class::EntityTooLarge => ("EntityTooLarge", 400, ""),
        Class::MalformedXml => ("MalformedXML", 400, ""),
        Class::MalformedPolicy => ("MalformedPolicy", 400, "MalformedPolicyDocumentException"),
        Class::UnsupportedOperation => ("NotImplemented", 501, "UnsupportedOperationException"),
        Class::IncorrectKey => ("KMS.IncorrectKeyException", 400, "IncorrectKeyException"),
        Class::InvalidKeyUsage => ("KMS.InvalidKeyUsageException", 400, "InvalidKeyUsageException"),
        Class::KeyDisabled => ("KMS.DisabledException", 400, "DisabledException"),
        Class::InvalidKeyState => ("KMS.KMSInvalidStateException", 400, "KMSInvalidStateException"),
        Class::Integrity => ("InternalError", 500, "InvalidCiphertextException"),
        Class::DamagedStore => ("InternalError", 500, ""),
        Class::LimitExceeded => ("", 400, "LimitExceededException"),
        Class::Throttled => ("SlowDown", 503, "ThrottlingException"),
        Class::Unavailable => ("ServiceUnavailable", 503, "KMSInternalException"),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {:?}", self.0)
    }
}

impl std::error::Error for Refused {}

/// A disk that fails is a part that does not answer, unless it says itself what is refused.
// r[sse.durability.failing-disk]
impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        // r[refusal.failure.kind]
        error.downcast().unwrap_or(Self(Class::Unavailable))
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        Self::other(refused)
    }
}
