//! Copies: a read and a write in one request (sse/copy.md).

use super::limits::{check_metadata, check_object_key, demand};
use super::store::{GetPlan, PutPlan, Span, asked, get_plan};
use super::{Moment, Oracle, Side};
use sse_spec::{Caller, Class, CopyObject, CopyObjectReply, ObjectName, Refusal};

/// A legal copy: first what to read, then what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyPlan {
    /// The read of the source, whole.
    pub source: GetPlan,
    /// The write of the copy.
    pub destination: PutPlan,
}

impl Oracle {
    pub(super) fn copy(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CopyObject,
    ) -> Result<CopyPlan, Refusal> {
        let source = request.source.clone();
        let name = ObjectName { bucket: request.bucket.clone(), key: request.key.clone() };
        check_object_key(&source.key)?;
        check_object_key(&name.key)?;
        request.replace_metadata.as_ref().map_or(Ok(()), check_metadata)?;
        let asked = asked(&request.sse, &name)?;
        self.bucket(&source.bucket)?;
        let intent = self.intend(caller, &name.bucket, asked)?;
        self.may_object(caller, "s3:GetObject", &source, None)?;
        self.may_object(caller, "s3:PutObject", &name, Some(&intent.sent))?;
        let object = self.sound(&source)?.clone();
        let changes = request.replace_metadata.is_some() || !request.sse.is_empty();
        demand(Side::S3, changes || source != name, Class::InvalidRequest)?;
        let metadata = request.replace_metadata.clone().unwrap_or(object.metadata.clone());
        let destination = self.plan(moment, caller, name, intent, metadata);
        let span = Span { start: 0, end: object.size };
        Ok(CopyPlan { source: get_plan(caller, source, object, span), destination })
    }

    /// Says that the plan of a copy was carried out: the copy exists from here on.
    pub fn copied(
        &mut self,
        plan: &CopyPlan,
        kms_key_arn: Option<String>,
        etag: String,
    ) -> CopyObjectReply {
        let size = plan.source.object.size;
        let reply = self.stored(&plan.destination, kms_key_arn, size, etag);
        CopyObjectReply { etag: reply.etag, sse: reply.sse }
    }
}
