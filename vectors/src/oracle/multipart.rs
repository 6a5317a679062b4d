//! Uploads in parts, from their creation to their completion or abort (sse/multipart.md).

use super::limits::{check_object_key, demand};
use super::state::{Part, Stored};
use super::store::{bound, shown_to_writer, through_store};
use super::{KmsRequest, Moment, Object, Oracle, PutPlan, Sent, Side, Upload, Use, refusal};
use sse_spec::{
    AbortMultipartUpload, AbortMultipartUploadReply, Caller, Class, CompleteMultipartUpload,
    CompleteMultipartUploadReply, CompletedPart, CreateMultipartUpload, CreateMultipartUploadReply,
    ObjectName, Refusal, SseShown, UploadPart, UploadPartReply,
};

const PARTS: u32 = 10_000;

/// A legal part: what to ask of KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPlan {
    /// Id of the upload.
    pub upload_id: String,
    /// The upload.
    pub upload: Upload,
    /// Number of the part.
    pub number: u32,
    /// The one Decrypt request, under SSE-KMS; `made_by` is for who can read the blob.
    pub kms: Option<KmsRequest>,
}

/// A legal completion: what to ask of KMS, and what the object is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletePlan {
    /// Id of the upload.
    pub upload_id: String,
    /// The upload.
    pub upload: Upload,
    /// The listed parts, ascending by number.
    pub parts: Vec<(u32, Part)>,
    /// Size of the object.
    pub size: u64,
    /// The one Decrypt request, under SSE-KMS; `made_by` is for who can read the blob.
    pub kms: Option<KmsRequest>,
}

impl Oracle {
    pub(super) fn create_upload(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CreateMultipartUpload,
    ) -> Result<PutPlan, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        self.write(moment, caller, name, &request.sse, &request.metadata)
    }

    /// Says that the data key of an upload exists: the upload is open from here on.
    pub fn upload_created(
        &mut self,
        moment: &mut Moment<'_>,
        plan: &PutPlan,
        kms_key_arn: Option<String>,
    ) -> CreateMultipartUploadReply {
        let upload_id = (moment.draw)();
        let upload = Upload {
            name: plan.name.clone(),
            algorithm: plan.algorithm,
            kms_key_id: kms_key_arn.clone(),
            context: plan.context.clone(),
            metadata: plan.metadata.clone(),
            sent: plan.sent.clone(),
            parts: std::collections::BTreeMap::new(),
        };
        self.state.uploads.insert(upload_id.clone(), upload);
        CreateMultipartUploadReply { upload_id, sse: shown_to_writer(plan, kms_key_arn) }
    }

    pub(super) fn upload_part(
        &self,
        caller: &Caller,
        request: &UploadPart,
    ) -> Result<PartPlan, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        let number = request.part_number;
        check_object_key(&name.key)?;
        let legal = request.sse.is_empty() && (1..=PARTS).contains(&number);
        demand(Side::S3, legal, Class::InvalidArgument)?;
        let upload = self.open_upload(caller, "s3:PutObject", &name, &request.upload_id)?.clone();
        let kms = unwrap(caller, &upload);
        Ok(PartPlan { upload_id: request.upload_id.clone(), upload, number, kms })
    }

    /// Says that a part was stored; an earlier one of its number is gone.
    pub fn part_stored(&mut self, plan: &PartPlan, size: u64, etag: String) -> UploadPartReply {
        if let Some(upload) = self.state.uploads.get_mut(&plan.upload_id) {
            upload.parts.insert(plan.number, Part { size, etag: etag.clone() });
        }
        UploadPartReply { etag, sse: shown(&plan.upload) }
    }

    pub(super) fn complete(
        &self,
        caller: &Caller,
        request: &CompleteMultipartUpload,
    ) -> Result<CompletePlan, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        check_object_key(&name.key)?;
        demand(Side::S3, !request.parts.is_empty(), Class::MalformedXml)?;
        let ascending = request.parts.is_sorted_by(|one, two| one.part_number < two.part_number);
        demand(Side::S3, ascending, Class::InvalidPartOrder)?;
        let upload = self.open_upload(caller, "s3:PutObject", &name, &request.upload_id)?.clone();
        let parts = listed(&upload, &request.parts)?;
        let size = parts.iter().map(|(_, part)| part.size).sum();
        let before_last = parts.len().saturating_sub(1);
        let small = |(_, part): &(u32, Part)| part.size < self.setting.part_bytes;
        let too_small = parts.iter().take(before_last).any(small);
        demand(Side::S3, !too_small, Class::EntityTooSmall)?;
        let kms = unwrap(caller, &upload);
        Ok(CompletePlan { upload_id: request.upload_id.clone(), upload, parts, size, kms })
    }

    /// Says that an object was made of the listed parts; the upload is over.
    pub fn completed(&mut self, plan: &CompletePlan, etag: String) -> CompleteMultipartUploadReply {
        let Upload { name, algorithm, kms_key_id, context, metadata, .. } = plan.upload.clone();
        let object = Object {
            algorithm,
            kms_key_id,
            context,
            metadata,
            size: plan.size,
            etag: etag.clone(),
        };
        self.state.uploads.remove(&plan.upload_id);
        self.state.objects.insert((name.bucket, name.key), Stored::Sound(object));
        CompleteMultipartUploadReply { etag, sse: shown(&plan.upload) }
    }

    pub(super) fn abort(
        &mut self,
        caller: &Caller,
        request: &AbortMultipartUpload,
    ) -> Result<AbortMultipartUploadReply, Refusal> {
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        check_object_key(&name.key)?;
        self.open_upload(caller, "s3:AbortMultipartUpload", &name, &request.upload_id)?;
        self.state.uploads.remove(&request.upload_id);
        Ok(AbortMultipartUploadReply {})
    }

    /// Steps 2 to 4 of a request on an upload.
    fn open_upload(
        &self,
        caller: &Caller,
        action: &str,
        name: &ObjectName,
        id: &str,
    ) -> Result<&Upload, Refusal> {
        self.bucket(&name.bucket)?;
        let found = self.state.uploads.get(id).filter(|upload| upload.name == *name);
        // Only s3:PutObject sees the headers; an upload that is not there sent none.
        let nothing = Sent::default();
        let sent = found.map_or(&nothing, |upload| &upload.sent);
        let sent = Some(sent).filter(|_| action == "s3:PutObject");
        self.may_object(caller, action, name, sent)?;
        found.ok_or_else(|| refusal(Side::S3, Class::NoSuchUpload))
    }
}

/// The listed parts, if each is there with its entity tag.
fn listed(upload: &Upload, parts: &[CompletedPart]) -> Result<Vec<(u32, Part)>, Refusal> {
    let found = |listed: &CompletedPart| {
        let part = upload.parts.get(&listed.part_number);
        let part = part.filter(|part| part.etag == listed.etag);
        part.map(|part| (listed.part_number, part.clone()))
    };
    let parts = parts.iter().map(found).collect::<Option<Vec<_>>>();
    parts.ok_or_else(|| refusal(Side::S3, Class::InvalidPart))
}

/// The request for the data key of an upload.
fn unwrap(caller: &Caller, upload: &Upload) -> Option<KmsRequest> {
    let key_id = upload.kms_key_id.clone()?;
    let context = bound(&upload.context, &upload.name);
    Some(through_store(caller, Use::Decrypt { made_by: None }, key_id, context))
}

fn shown(upload: &Upload) -> SseShown {
    let kms_key_id = upload.kms_key_id.clone();
    SseShown { algorithm: upload.algorithm.into(), kms_key_id, context: None }
}
