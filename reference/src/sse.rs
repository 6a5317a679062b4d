//! Objects under SSE-S3 and SSE-KMS: the requests of the store and its replies, and what its
//! operations have in common (spec/sse.md).

mod bucket;
mod copy;
mod get;
mod key_service;
mod mode;
mod multipart;
mod part;
mod put;

pub use bucket::{Bucket, BucketDefault};
pub use copy::CopyRequest;
pub use get::{GetRequest, Got, Head};
pub use key_service::KeyService;
pub use multipart::{Completion, NewUpload, Upload};
pub use part::PartRequest;
pub use put::{Put, PutRequest};

use crate::cipher::EntityDigest;
use crate::data_key::Identity;
use crate::encryption_context;
use crate::environment::{EntityTags, Environment};
use crate::refusal::{Refused, Result};
use crate::sealed_object::record::Protection;
use sse_spec::{Algorithm, Class, Metadata, SseShown};
use std::io::{self, Read};

/// Length in bytes of the longest key of an object.
const MAX_KEY_LENGTH: usize = 1024;
const MAX_METADATA: usize = 2048;

/// The headers of server-side encryption, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseHeaders {
    /// `x-amz-server-side-encryption`.
    pub algorithm: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key_id: Option<String>,
    /// `x-amz-server-side-encryption-context`: Base64 of a JSON object of strings.
    pub context: Option<String>,
}

impl SseHeaders {
    /// Refuses any header, where a request has no use for one.
    fn refuse(&self) -> Result<()> {
        // r[sse.get.request-header-refused]
        // r[sse.multipart.header-on-part]
        if *self == Self::default() { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
    }
}

fn object_name(bucket: &str, key: &str) -> Result<Identity> {
    // r[sse.name.key-limit]
    // r[sse.name.key-class]
    if key.len() > MAX_KEY_LENGTH {
        return Err(Refused(Class::KeyTooLong));
    }
    if key.is_empty() {
        return Err(Refused(Class::InvalidArgument));
    }
    Identity::new(bucket, key)
}

fn check_metadata(metadata: &Metadata) -> Result<()> {
    // r[sse.metadata.limit]
    let bytes: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_METADATA {
        return Err(Refused(Class::InvalidArgument));
    }
    // The encoding of the record has its own limits: the number of names, and none that is empty.
    encryption_context::encode_map(metadata).map(drop)
}

fn shown(protection: &Protection) -> SseShown {
    // r[sse.put.reply-no-key-id]
    // r[sse.put.reply-key-arn]
    // r[sse.multipart.part-reply]
    let (algorithm, kms_key_id) = match protection {
        Protection::SseS3 => (Algorithm::Aes256, None),
        Protection::SseKms { key_arn, .. } => (Algorithm::AwsKms, Some(key_arn.clone())),
    };
    // r[sse.get.context-not-returned]
    SseShown { algorithm: algorithm.into(), kms_key_id, context: None }
}

/// Makes an entity tag out of what is read: its MD5 under SSE-S3, else random bytes that were drawn
/// before. The digest is not computed where it does not become the tag.
struct Tagging<'a> {
    body: &'a mut dyn Read,
    digest: Option<EntityDigest>,
    random: [u8; 16],
}

impl<'a> Tagging<'a> {
    fn new(
        environment: &Environment,
        protection: &Protection,
        body: &'a mut dyn Read,
        random: [u8; 16],
    ) -> Self {
        let digest = tag_is_digest(environment, protection).then(EntityDigest::default);
        Self { body, digest, random }
    }

    /// 32 hexadecimal digits.
    fn tag(self) -> String {
        hex::encode(self.digest.map_or(self.random, EntityDigest::finish))
    }
}

fn tag_is_digest(environment: &Environment, protection: &Protection) -> bool {
    // r[sse.put.sse-s3-etag]
    // r[sse.put.kms-etag-not-md5]
    *protection == Protection::SseS3 && environment.etag == EntityTags::Md5
}

impl Read for Tagging<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        if let Some(digest) = &mut self.digest {
            digest.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}
