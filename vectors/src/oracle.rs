//! The oracle of outcomes: decides every operation without cryptography (spec/kms.md, spec/key.md,
//! spec/rotation.md, spec/policy.md, spec/audit.md, spec/sse.md).
//!
//! It turns an operation into a refusal, a complete reply, or a plan that says which requests to
//! KMS are due, with which key, material and context. Bytes are somebody else's: whoever carries
//! the plan out says how the cryptography ended, and the oracle then records and counts. Ids and
//! times come as arguments, so that the oracle is deterministic. No test expectation is generated
//! from it; the vectors' cells are data with a source each, and the oracle has to reproduce them.

mod access;
mod alias;
mod audit;
pub mod bend;
mod bucket;
mod copy;
mod fixture;
mod key;
mod kms;
mod limits;
mod multipart;
pub mod policy;
mod refuse;
mod rotation;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use copy::CopyPlan;
pub use kms::{Grant, KeyUse, KmsRequest, MadeBy, Use};
pub use multipart::{CompletePlan, PartPlan};
pub use refuse::{Side, refusal};
pub use state::{
    Bucket, Deleted, Key, Material, Object, Origin, Part, Rotation, Sent, State, Stored, Upload,
    root_of,
};
pub use store::{GetPlan, PutPlan, Span};

use sse_spec::{Caller, Operation, Plane, Refusal, Reply, RotateServiceKeyReply, Timestamp};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// What never changes in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Region of every key.
    pub region: String,
    /// The accounts of the world, 12 digits each.
    pub accounts: Vec<String>,
    /// Smallest part of an upload but the last, in bytes.
    pub part_bytes: u64,
}

/// When an operation is decided, and where its fresh ids come from.
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// Draws a UUID that was never drawn before.
    pub draw: &'a mut dyn FnMut() -> String,
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// What the oracle says of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It is refused; nothing changed but the trail.
    Refused(Refusal),
    /// It is done.
    Replied(Box<Reply>),
    /// A put is legal; [`Oracle::stored`] ends it.
    Put(Box<PutPlan>),
    /// A get is legal; [`Oracle::got`] ends it.
    Get(Box<GetPlan>),
    /// A copy is legal; [`Oracle::copied`] ends it.
    Copy(Box<CopyPlan>),
    /// The beginning of an upload is legal; [`Oracle::upload_created`] ends it.
    CreateUpload(Box<PutPlan>),
    /// A part is legal; [`Oracle::part_stored`] ends it.
    Part(Box<PartPlan>),
    /// A completion is legal; [`Oracle::completed`] ends it.
    Complete(Box<CompletePlan>),
    /// A cryptographic request to KMS has legal parameters; [`Oracle::ask`] decides it further.
    Kms(Box<KmsRequest>),
    /// The operation is no matter of this oracle.
    NotOffered,
}

impl<R: Into<Reply>> From<Result<R, Refusal>> for Decision {
    fn from(result: Result<R, Refusal>) -> Self {
        match result {
            Ok(reply) => Self::Replied(Box::new(reply.into())),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

/// A plan in its place, or the refusal.
fn planned<P>(plan: Result<P, Refusal>, decision: impl FnOnce(Box<P>) -> Decision) -> Decision {
    match plan {
        Ok(plan) => decision(Box::new(plan)),
        Err(refusal) => Decision::Refused(refusal),
    }
}

/// The oracle: a state and the decisions on it.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// Everything that outlives an operation; open to who rebuilds it from items at rest.
    pub state: State,
    /// What is bent; nothing, but in the zoo of the suite.
    pub bent: Option<bend::Bent>,
    setting: Setting,
}

impl Oracle {
    /// An oracle over an empty state.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self { state: State::default(), bent: None, setting }
    }

    /// An oracle over a state that existed before.
    #[must_use]
    pub fn resume(setting: Setting, state: State) -> Self {
        Self { state, bent: None, setting }
    }

    /// The Region of every key.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.setting.region
    }

    /// Decides one operation.
    pub fn decide(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        operation: &Operation,
    ) -> Decision {
        match operation.plane() {
            Plane::Data => self.decide_data(moment, caller, operation),
            Plane::Kms => match Self::parameters(caller, operation) {
                Some(request) => planned(request, Decision::Kms),
                None => self.decide_key(moment, caller, operation),
            },
            Plane::Fixture => self.decide_fixture(moment, caller, operation),
            Plane::Laboratory => match operation {
                Operation::AdvanceClock(request) => self.advance_clock(moment, request).into(),
                Operation::RotateServiceKey(_) => {
                    self.rotate_service_key();
                    Decision::Replied(Box::new(RotateServiceKeyReply {}.into()))
                }
                _ => Decision::NotOffered,
            },
            Plane::Format => Decision::NotOffered,
        }
    }

    fn decide_data(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        operation: &Operation,
    ) -> Decision {
        use Operation as Op;
        match operation {
            Op::CreateBucket(request) => self.create_bucket(caller, request).into(),
            Op::PutObject(request) => planned(self.put(moment, caller, request), Decision::Put),
            Op::GetObject(request) => planned(self.get(caller, request), Decision::Get),
            Op::HeadObject(request) => self.head(caller, request).into(),
            Op::CopyObject(request) => planned(self.copy(moment, caller, request), Decision::Copy),
            Op::DeleteObject(request) => self.delete(caller, request).into(),
            Op::ListObjects(request) => self.list(caller, request).into(),
            Op::PutBucketEncryption(request) => self.put_bucket_encryption(caller, request).into(),
            Op::GetBucketEncryption(request) => self.get_bucket_encryption(caller, request).into(),
            Op::DeleteBucketEncryption(request) => {
                self.delete_bucket_encryption(caller, request).into()
            }
            Op::PutBucketPolicy(request) => self.put_bucket_policy(caller, request).into(),
            Op::GetBucketPolicy(request) => self.get_bucket_policy(caller, request).into(),
            Op::DeleteBucketPolicy(request) => self.delete_bucket_policy(caller, request).into(),
            Op::CreateMultipartUpload(request) => {
                planned(self.create_upload(moment, caller, request), Decision::CreateUpload)
            }
            Op::UploadPart(request) => planned(self.upload_part(caller, request), Decision::Part),
            Op::CompleteMultipartUpload(request) => {
                planned(self.complete(caller, request), Decision::Complete)
            }
            Op::AbortMultipartUpload(request) => self.abort(caller, request).into(),
            _ => Decision::NotOffered,
        }
    }

    fn decide_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        operation: &Operation,
    ) -> Decision {
        use Operation as Op;
        match operation {
            Op::CreateKey(request) => self.create_key(moment, caller, request).into(),
            Op::DescribeKey(request) => self.describe_key(moment, caller, request).into(),
            Op::ListKeys(_) => self.list_keys(caller).into(),
            Op::EnableKey(request) => self.enable_key(moment, caller, request).into(),
            Op::DisableKey(request) => self.disable_key(moment, caller, request).into(),
            Op::ScheduleKeyDeletion(request) => {
                self.schedule_key_deletion(moment, caller, request).into()
            }
            Op::CancelKeyDeletion(request) => {
                self.cancel_key_deletion(moment, caller, request).into()
            }
            Op::CreateAlias(request) => self.create_alias(moment, caller, request).into(),
            Op::UpdateAlias(request) => self.update_alias(moment, caller, request).into(),
            Op::DeleteAlias(request) => self.delete_alias(moment, caller, request).into(),
            Op::ListAliases(request) => self.list_aliases(caller, request).into(),
            Op::PutKeyPolicy(request) => self.put_key_policy(moment, caller, request).into(),
            Op::GetKeyPolicy(request) => self.get_key_policy(moment, caller, request).into(),
            Op::EnableKeyRotation(request) => {
                self.enable_key_rotation(moment, caller, request).into()
            }
            Op::DisableKeyRotation(request) => {
                self.disable_key_rotation(moment, caller, request).into()
            }
            Op::GetKeyRotationStatus(request) => {
                self.key_rotation_status(moment, caller, request).into()
            }
            Op::RotateKeyOnDemand(request) => {
                self.rotate_key_on_demand(moment, caller, request).into()
            }
            Op::ListKeyRotations(request) => {
                self.list_key_rotations(moment, caller, request).into()
            }
            _ => Decision::NotOffered,
        }
    }

    fn decide_fixture(
        &mut self,
        moment: &Moment<'_>,
        caller: &Caller,
        operation: &Operation,
    ) -> Decision {
        match operation {
            Operation::CreatePrincipal(request) => self.create_principal(caller, request).into(),
            Operation::PutIdentityPolicy(request) => self.put_identity_policy(request).into(),
            Operation::DeleteIdentityPolicy(request) => self.delete_identity_policy(request).into(),
            Operation::LookupEvents(_) => {
                Decision::Replied(Box::new(self.lookup_events(caller).into()))
            }
            Operation::GetKeyUsage(_) => {
                Decision::Replied(Box::new(self.key_usage(moment.now, caller).into()))
            }
            _ => Decision::NotOffered,
        }
    }
}
