//! The data plane: which mode an object gets, what a read may show (sse.md).

use super::audit::own_account;
use super::kms::fits;
use super::state::{Stored, account_of, root_of};
use super::{Bucket, KmsRequest, Moment, Object, Oracle, Side, Use, refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sse_spec::{
    Algorithm, Caller, Class, ContextArgument, CreateBucket, CreateBucketReply, DeleteObject,
    DeleteObjectReply, Delivery, EncryptionContext, GetObject, GetObjectReply, HeadObject,
    HeadObjectReply, ListObjects, ListObjectsReply, ListedObject, Metadata, ObjectName, PutObject,
    PutObjectReply, Range, Refusal, SseHeaders, SseShown,
};

/// The pair that the store adds to the context of every object under SSE-KMS.
const ARN_PAIR: &str = "aws:s3:arn";
/// Members of the published enumeration that this version does not offer.
const NOT_OFFERED: &[&str] = &["aws:kms:dsse", "aws:fsx", "aws:backup"];

/// A legal put: what to ask of KMS, and what will lie at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutPlan {
    /// The object.
    pub name: ObjectName,
    /// The mode.
    pub algorithm: Algorithm,
    /// The one GenerateDataKey request, under SSE-KMS.
    pub kms: Option<KmsRequest>,
    /// The caller's own pairs.
    pub context: EncryptionContext,
    /// User metadata.
    pub metadata: Metadata,
}

/// A legal get: what to ask of KMS, and which bytes to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPlan {
    /// The object.
    pub name: ObjectName,
    /// Its description.
    pub object: Object,
    /// The one Decrypt request, under SSE-KMS; `made_by` is for who can read the blob.
    pub kms: Option<KmsRequest>,
    /// Which bytes.
    pub span: Span,
}

/// Bytes `start..end` of a plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Position of the first byte.
    pub start: u64,
    /// Position after the last byte.
    pub end: u64,
}

fn refuse<T>(class: Class) -> Result<T, Refusal> {
    Err(refusal(Side::S3, class))
}

impl Oracle {
    pub(super) fn create_bucket(
        &mut self,
        caller: &Caller,
        request: &CreateBucket,
    ) -> Result<CreateBucketReply, Refusal> {
        if !bucket_name_is_legal(&request.bucket) {
            return refuse(Class::InvalidBucketName);
        }
        let account = own_account(Side::S3, caller)?.to_owned();
        if self.state.buckets.contains_key(&request.bucket) {
            return refuse(Class::BucketExists);
        }
        self.state.buckets.insert(request.bucket.clone(), Bucket { account });
        Ok(CreateBucketReply {})
    }

    pub(super) fn put(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &PutObject,
    ) -> Result<PutPlan, Refusal> {
        check_key(&request.key)?;
        if !fits(&request.metadata) {
            return refuse(Class::InvalidArgument);
        }
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let (algorithm, context) = mode(&request.sse, &name)?;
        self.enter(caller, &request.bucket)?;
        let kms = match algorithm {
            Algorithm::Aes256 => None,
            Algorithm::AwsKms => {
                let account = account_of(&caller.principal);
                let key_id = match &request.sse.kms_key_id {
                    Some(named) if named != "alias/aws/s3" => named.clone(),
                    _ => self.first_use(moment, account),
                };
                // The store names the key by its ARN, whatever form the request used.
                let key_id = match self.lookup(&key_id, account) {
                    Ok(key) => key.arn(),
                    Err(refused) => return refuse(refused.class),
                };
                let length = 32;
                let usage = Use::GenerateDataKey { length, spec: Some("AES_256".to_owned()) };
                Some(through_store(caller, usage, key_id, bound(&context, &name)))
            }
        };
        Ok(PutPlan { name, algorithm, kms, context, metadata: request.metadata.clone() })
    }

    /// Says that the plan of a put was carried out: the object exists from here on.
    pub fn stored(
        &mut self,
        plan: &PutPlan,
        kms_key_arn: Option<String>,
        size: u64,
        etag: String,
    ) -> PutObjectReply {
        let object = Object {
            algorithm: plan.algorithm,
            kms_key_id: kms_key_arn,
            context: plan.context.clone(),
            metadata: plan.metadata.clone(),
            size,
            etag: etag.clone(),
        };
        let context = plan.kms.as_ref().map(|request| request.context.clone());
        let sse = SseShown { context, ..object.shown() };
        let place = (plan.name.bucket.clone(), plan.name.key.clone());
        self.state.objects.insert(place, Stored::Sound(object));
        PutObjectReply { etag, sse }
    }

    pub(super) fn get(&self, caller: &Caller, request: &GetObject) -> Result<GetPlan, Refusal> {
        check_key(&request.key)?;
        if !request.sse.is_empty() {
            return refuse(Class::InvalidArgument);
        }
        let object = self.find(caller, &request.bucket, &request.key)?.clone();
        let span = span(request.range, object.size)?;
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let kms = object.kms_key_id.clone().map(|key_id| {
            let context = bound(&object.context, &name);
            through_store(caller, Use::Decrypt { made_by: None }, key_id, context)
        });
        Ok(GetPlan { name, object, kms, span })
    }

    /// The reply to a get whose plan was carried out.
    #[must_use]
    pub fn got(plan: &GetPlan, bytes: Vec<u8>) -> GetObjectReply {
        GetObjectReply {
            delivery: Delivery::Complete(bytes.into()),
            size: plan.object.size,
            etag: plan.object.etag.clone(),
            metadata: plan.object.metadata.clone(),
            sse: plan.object.shown(),
        }
    }

    pub(super) fn head(
        &self,
        caller: &Caller,
        request: &HeadObject,
    ) -> Result<HeadObjectReply, Refusal> {
        check_key(&request.key)?;
        if !request.sse.is_empty() {
            return refuse(Class::InvalidArgument);
        }
        let object = self.find(caller, &request.bucket, &request.key)?;
        Ok(HeadObjectReply {
            size: object.size,
            etag: object.etag.clone(),
            metadata: object.metadata.clone(),
            sse: object.shown(),
        })
    }

    pub(super) fn delete(
        &mut self,
        caller: &Caller,
        request: &DeleteObject,
    ) -> Result<DeleteObjectReply, Refusal> {
        check_key(&request.key)?;
        self.enter(caller, &request.bucket)?;
        self.state.objects.remove(&(request.bucket.clone(), request.key.clone()));
        Ok(DeleteObjectReply {})
    }

    pub(super) fn list(
        &self,
        caller: &Caller,
        request: &ListObjects,
    ) -> Result<ListObjectsReply, Refusal> {
        self.enter(caller, &request.bucket)?;
        let prefix = request.prefix.as_deref().unwrap_or_default();
        let mut objects = Vec::new();
        for ((bucket, key), stored) in &self.state.objects {
            if *bucket != request.bucket || !key.starts_with(prefix) {
                continue;
            }
            let Stored::Sound(object) = stored else { return refuse(Class::Integrity) };
            let (size, etag) = (object.size, object.etag.clone());
            objects.push(ListedObject { key: key.clone(), size, etag });
        }
        Ok(ListObjectsReply { objects })
    }

    /// The bucket exists and the caller may act in it.
    fn enter(&self, caller: &Caller, bucket: &str) -> Result<(), Refusal> {
        match self.state.buckets.get(bucket) {
            None => refuse(Class::NoSuchBucket),
            Some(bucket) if root_of(&caller.principal) == Some(bucket.account.as_str()) => Ok(()),
            Some(_) => refuse(Class::AccessDenied),
        }
    }

    fn find(&self, caller: &Caller, bucket: &str, key: &str) -> Result<&Object, Refusal> {
        self.enter(caller, bucket)?;
        match self.state.objects.get(&(bucket.to_owned(), key.to_owned())) {
            None => refuse(Class::NoSuchKey),
            Some(Stored::Damaged) => refuse(Class::Integrity),
            Some(Stored::Sound(object)) => Ok(object),
        }
    }
}

fn through_store(
    caller: &Caller,
    usage: Use,
    key_id: String,
    context: EncryptionContext,
) -> KmsRequest {
    let caller = caller.clone();
    KmsRequest { usage, key_id: Some(key_id), context, caller, through_store: true }
}

/// The caller's pairs with the pair of the object's ARN, built from the request.
fn bound(own: &EncryptionContext, name: &ObjectName) -> EncryptionContext {
    let mut context = own.clone();
    context.insert(ARN_PAIR.to_owned(), arn(name));
    context
}

fn arn(name: &ObjectName) -> String {
    format!("arn:aws:s3:::{}/{}", name.bucket, name.key)
}

/// The mode that the headers ask for, and the caller's own pairs.
fn mode(
    headers: &SseHeaders,
    name: &ObjectName,
) -> Result<(Algorithm, EncryptionContext), Refusal> {
    match headers.algorithm.as_deref() {
        None | Some("AES256") if headers.kms_key_id.is_none() && headers.context.is_none() => {
            Ok((Algorithm::Aes256, EncryptionContext::new()))
        }
        Some("aws:kms") => {
            let named = headers.kms_key_id.as_ref();
            if named.is_some_and(|id| id.is_empty() || id.chars().count() > 2048) {
                return refuse(Class::InvalidArgument);
            }
            let mut own = match &headers.context {
                None => EncryptionContext::new(),
                Some(ContextArgument::Pairs(pairs)) => pairs.clone(),
                Some(ContextArgument::Raw(text)) => {
                    parse(text).ok_or_else(|| refusal(Side::S3, Class::InvalidArgument))?
                }
            };
            if own.remove(ARN_PAIR).is_some_and(|value| value != arn(name))
                || !fits(&bound(&own, name))
            {
                return refuse(Class::InvalidArgument);
            }
            Ok((Algorithm::AwsKms, own))
        }
        Some(other) if NOT_OFFERED.contains(&other) => refuse(Class::UnsupportedOperation),
        _ => refuse(Class::InvalidArgument),
    }
}

/// Base64 of a UTF-8 JSON object from strings to strings.
fn parse(text: &str) -> Option<EncryptionContext> {
    serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
}

fn check_key(key: &str) -> Result<(), Refusal> {
    match key.len() {
        0 => refuse(Class::InvalidArgument),
        1..=1024 => Ok(()),
        _ => refuse(Class::KeyTooLong),
    }
}

fn bucket_name_is_legal(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = name.bytes().next().is_some_and(inner) && name.bytes().last().is_some_and(inner);
    (3..=63).contains(&name.len())
        && ends
        && name.bytes().all(|byte| inner(byte) || matches!(byte, b'-' | b'.'))
        && !name.contains("..")
}

/// The bytes that a range asks for (RFC 9110, section 14.1.2).
fn span(range: Option<Range>, size: u64) -> Result<Span, Refusal> {
    let (start, end) = match range {
        None => return Ok(Span { start: 0, end: size }),
        Some(Range::FromTo { first, last }) if first <= last => {
            (first, last.saturating_add(1).min(size))
        }
        Some(Range::FromTo { .. }) => return refuse(Class::InvalidRange),
        Some(Range::From { first }) => (first, size),
        Some(Range::Last { length }) => (size.saturating_sub(length), size),
    };
    if start >= end { refuse(Class::InvalidRange) } else { Ok(Span { start, end }) }
}
