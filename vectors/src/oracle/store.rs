//! Puts, gets, heads, deletes, lists: which mode an object gets, what a read may show (sse.md).

use super::bucket::NOT_OFFERED;
use super::key::MANAGED_ALIAS;
use super::kms::alias_of;
use super::limits::{check_metadata, check_object_key, context_fits, demand, key_id_fits};
use super::state::{Stored, account_of};
use super::{KmsRequest, Moment, Object, Oracle, Sent, Side, Use, refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sse_spec::{
    Algorithm, Caller, Class, ContextArgument, DeleteObject, DeleteObjectReply, Delivery,
    EncryptionContext, GetObject, GetObjectReply, HeadObject, HeadObjectReply, ListObjects,
    ListObjectsReply, ListedObject, Metadata, ObjectName, PutObject, PutObjectReply, Range,
    Refusal, SseHeaders, SseShown,
};

/// The pair that the store adds to the context of every object under SSE-KMS.
const ARN_PAIR: &str = "aws:s3:arn";

/// A legal put, or the legal beginning of an upload: what to ask of KMS, what will lie at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutPlan {
    /// The object.
    pub name: ObjectName,
    /// The mode.
    pub algorithm: Algorithm,
    /// The one GenerateDataKey request, under SSE-KMS; an identifier that names no key is for KMS
    /// to refuse.
    pub kms: Option<KmsRequest>,
    /// The version of the service key that wraps the data key, under SSE-S3.
    pub service_version: u32,
    /// The caller's own pairs.
    pub context: EncryptionContext,
    /// User metadata.
    pub metadata: Metadata,
    /// What bucket policies saw.
    pub sent: Sent,
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

/// What the headers of a write ask for.
pub(super) struct Asked {
    /// The algorithm as sent.
    text: Option<String>,
    algorithm: Option<Algorithm>,
    key: Option<String>,
    own: EncryptionContext,
}

/// What a write gets, by its headers and the bucket's default.
pub(super) struct Intent {
    algorithm: Algorithm,
    key: Option<String>,
    own: EncryptionContext,
    pub(super) sent: Sent,
}

fn refuse<T>(class: Class) -> Result<T, Refusal> {
    Err(refusal(Side::S3, class))
}

impl Oracle {
    pub(super) fn put(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &PutObject,
    ) -> Result<PutPlan, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        self.write(moment, caller, name, &request.sse, &request.metadata)
    }

    /// Steps 1 to 3 of a put and of the beginning of an upload.
    pub(super) fn write(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        name: ObjectName,
        headers: &SseHeaders,
        metadata: &Metadata,
    ) -> Result<PutPlan, Refusal> {
        check_object_key(&name.key)?;
        check_metadata(metadata)?;
        let asked = asked(headers, &name)?;
        let intent = self.intend(caller, &name.bucket, asked)?;
        self.may_object(caller, "s3:PutObject", &name, Some(&intent.sent))?;
        Ok(self.plan(moment, caller, name, intent, metadata.clone()))
    }

    /// The mode and the key of a write into an existing bucket.
    pub(super) fn intend(
        &self,
        caller: &Caller,
        bucket: &str,
        asked: Asked,
    ) -> Result<Intent, Refusal> {
        let default = self.bucket(bucket)?.encryption.as_ref();
        let by_default = default.filter(|rule| rule.algorithm == "aws:kms");
        let (algorithm, key) = match (asked.algorithm, by_default) {
            (Some(algorithm), _) => (algorithm, asked.key),
            (None, Some(rule)) => (Algorithm::AwsKms, rule.kms_key_id.clone()),
            (None, None) => (Algorithm::Aes256, None),
        };
        let account = account_of(&caller.principal);
        let kms_key = match (algorithm, &key) {
            (Algorithm::Aes256, _) => None,
            (Algorithm::AwsKms, Some(named)) if named != MANAGED_ALIAS => {
                let found = self.lookup(named, account).map(|key| key.arn());
                Some(found.unwrap_or_else(|_| named.clone()))
            }
            (Algorithm::AwsKms, _) => self.by_alias(MANAGED_ALIAS, account).map(|key| key.arn()),
        };
        let sent = Sent { algorithm: asked.text, kms_key };
        Ok(Intent { algorithm, key, own: asked.own, sent })
    }

    /// What has to be done for a write that is allowed.
    pub(super) fn plan(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        name: ObjectName,
        intent: Intent,
        metadata: Metadata,
    ) -> PutPlan {
        let Intent { algorithm, key, own, sent } = intent;
        let kms = (algorithm == Algorithm::AwsKms).then(|| {
            let managed = || self.first_use(moment, account_of(&caller.principal));
            let usage = Use::GenerateDataKey { length: 32, spec: Some("AES_256".to_owned()) };
            KmsRequest {
                alias: key.as_deref().and_then(alias_of).map(str::to_owned),
                named: key.clone(),
                ..through_store(
                    caller,
                    usage,
                    sent.kms_key.clone().unwrap_or_else(managed),
                    bound(&own, &name),
                )
            }
        });
        let service_version = self.state.service_version;
        PutPlan { name, algorithm, kms, service_version, context: own, metadata, sent }
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
            kms_key_id: kms_key_arn.clone(),
            context: plan.context.clone(),
            metadata: plan.metadata.clone(),
            size,
            etag: etag.clone(),
        };
        let place = (plan.name.bucket.clone(), plan.name.key.clone());
        self.state.objects.insert(place, Stored::Sound(object));
        PutObjectReply { etag, sse: shown_to_writer(plan, kms_key_arn) }
    }

    pub(super) fn get(&self, caller: &Caller, request: &GetObject) -> Result<GetPlan, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let object = self.read(caller, &name, &request.sse)?.clone();
        let span = span(request.range, object.size)?;
        Ok(get_plan(caller, name, object, span))
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
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let object = self.read(caller, &name, &request.sse)?;
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
        check_object_key(&request.key)?;
        self.bucket(&request.bucket)?;
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        self.may_object(caller, "s3:DeleteObject", &name, None)?;
        self.state.objects.remove(&(name.bucket, name.key));
        Ok(DeleteObjectReply {})
    }

    pub(super) fn list(
        &self,
        caller: &Caller,
        request: &ListObjects,
    ) -> Result<ListObjectsReply, Refusal> {
        self.bucket(&request.bucket)?;
        self.may_bucket(caller, "s3:ListBucket", &request.bucket, None, None)?;
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

    /// Steps 1 to 4 of a get and of a head.
    fn read(
        &self,
        caller: &Caller,
        name: &ObjectName,
        headers: &SseHeaders,
    ) -> Result<&Object, Refusal> {
        check_object_key(&name.key)?;
        demand(Side::S3, headers.is_empty(), Class::InvalidArgument)?;
        self.bucket(&name.bucket)?;
        self.may_object(caller, "s3:GetObject", name, None)?;
        self.sound(name)
    }

    pub(super) fn may_object(
        &self,
        caller: &Caller,
        action: &str,
        name: &ObjectName,
        sent: Option<&Sent>,
    ) -> Result<(), Refusal> {
        self.may_bucket(caller, action, &name.bucket, Some(&name.key), sent)
    }

    /// The object, if it exists and its record is authentic.
    pub(super) fn sound(&self, name: &ObjectName) -> Result<&Object, Refusal> {
        match self.state.objects.get(&(name.bucket.clone(), name.key.clone())) {
            None => refuse(Class::NoSuchKey),
            Some(Stored::Damaged) => refuse(Class::Integrity),
            Some(Stored::Sound(object)) => Ok(object),
        }
    }
}

/// The plan to read a span of an object.
pub(super) fn get_plan(caller: &Caller, name: ObjectName, object: Object, span: Span) -> GetPlan {
    let kms = object.kms_key_id.clone().map(|key_id| {
        let context = bound(&object.context, &name);
        through_store(caller, Use::Decrypt { made_by: None }, key_id, context)
    });
    GetPlan { name, object, kms, span }
}

/// The server-side encryption that the reply to a write shows.
pub(super) fn shown_to_writer(plan: &PutPlan, kms_key_id: Option<String>) -> SseShown {
    let context = plan.kms.as_ref().map(|request| request.context.clone());
    SseShown { algorithm: plan.algorithm.into(), kms_key_id, context }
}

/// A request that the store makes in the caller's name.
pub(super) fn through_store(
    caller: &Caller,
    usage: Use,
    key_id: String,
    context: EncryptionContext,
) -> KmsRequest {
    let (caller, key_id) = (caller.clone(), Some(key_id));
    KmsRequest { usage, key_id, alias: None, named: None, context, caller, through_store: true }
}

/// The caller's pairs with the pair of the object's ARN, built from the request.
pub(super) fn bound(own: &EncryptionContext, name: &ObjectName) -> EncryptionContext {
    let mut context = own.clone();
    context.insert(ARN_PAIR.to_owned(), arn(name));
    context
}

fn arn(name: &ObjectName) -> String {
    format!("arn:aws:s3:::{}/{}", name.bucket, name.key)
}

/// What the headers ask for, if they are well formed.
pub(super) fn asked(headers: &SseHeaders, name: &ObjectName) -> Result<Asked, Refusal> {
    let text = headers.algorithm.clone();
    let alone = headers.kms_key_id.is_none() && headers.context.is_none();
    let (algorithm, own) = match text.as_deref() {
        None if alone => (None, EncryptionContext::new()),
        Some("AES256") if alone => (Some(Algorithm::Aes256), EncryptionContext::new()),
        Some("aws:kms") => {
            let legal = headers.kms_key_id.as_deref().is_none_or(key_id_fits);
            demand(Side::S3, legal, Class::InvalidArgument)?;
            (Some(Algorithm::AwsKms), own_pairs(headers.context.as_ref(), name)?)
        }
        Some(other) if NOT_OFFERED.contains(&other) => return refuse(Class::UnsupportedOperation),
        _ => return refuse(Class::InvalidArgument),
    };
    Ok(Asked { text, algorithm, key: headers.kms_key_id.clone(), own })
}

/// The caller's own pairs, without the one of the object's ARN.
fn own_pairs(
    argument: Option<&ContextArgument>,
    name: &ObjectName,
) -> Result<EncryptionContext, Refusal> {
    let given = match argument {
        None => Some(EncryptionContext::new()),
        Some(ContextArgument::Pairs(pairs)) => Some(pairs.clone()),
        // Base64 of a UTF-8 JSON object from strings to strings.
        Some(ContextArgument::Raw(text)) => {
            STANDARD.decode(text).ok().and_then(|json| serde_json::from_slice(&json).ok())
        }
    };
    let Some(mut own) = given else { return refuse(Class::InvalidArgument) };
    let other = own.remove(ARN_PAIR).is_some_and(|value| value != arn(name));
    demand(Side::S3, !other && context_fits(&bound(&own, name)), Class::InvalidArgument)?;
    Ok(own)
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
