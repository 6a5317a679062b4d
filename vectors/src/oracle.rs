//! The oracle of outcomes: decides every operation without cryptography (kms.md, sse.md, key.md).
//!
//! It turns an operation into a refusal, a complete reply, or a plan that says which requests to
//! KMS are due, with which key and context. Bytes are somebody else's: whoever carries the plan out
//! says how the cryptography ended, and the oracle then records and counts. Ids and times come as
//! arguments, so that the oracle is deterministic. No test expectation is generated from it; the
//! vectors' cells are data with a source each, and the oracle has to reproduce them.

mod audit;
mod kms;
mod refuse;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use kms::{Grant, KmsRequest, Use};
pub use refuse::{Side, refusal};
pub use state::{Bucket, Key, Object, State, Stored, root_of};
pub use store::{GetPlan, PutPlan, Span};

use sse_spec::{Caller, Operation, Refusal, Reply, Timestamp};

/// The one Region and the name that the store has in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Region of every key.
    pub region: String,
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
    /// A put is legal; the plan says what has to be done.
    Put(Box<PutPlan>),
    /// A get is legal; the plan says what has to be done.
    Get(Box<GetPlan>),
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

/// The oracle: a state and the decisions on it.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// Everything that outlives an operation; open to who rebuilds it from items at rest.
    pub state: State,
    setting: Setting,
}

impl Oracle {
    /// An oracle over an empty state.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self { state: State::default(), setting }
    }

    /// An oracle over a state that existed before.
    #[must_use]
    pub fn resume(setting: Setting, state: State) -> Self {
        Self { state, setting }
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
        match operation {
            Operation::CreateBucket(request) => self.create_bucket(caller, request).into(),
            Operation::PutObject(request) => match self.put(moment, caller, request) {
                Ok(plan) => Decision::Put(Box::new(plan)),
                Err(refusal) => Decision::Refused(refusal),
            },
            Operation::GetObject(request) => match self.get(caller, request) {
                Ok(plan) => Decision::Get(Box::new(plan)),
                Err(refusal) => Decision::Refused(refusal),
            },
            Operation::HeadObject(request) => self.head(caller, request).into(),
            Operation::DeleteObject(request) => self.delete(caller, request).into(),
            Operation::ListObjects(request) => self.list(caller, request).into(),
            Operation::CreateKey(request) => self.create_key(moment, caller, request).into(),
            Operation::DescribeKey(request) => self.describe_key(moment, caller, request).into(),
            Operation::ListKeys(_) => self.list_keys(caller).into(),
            Operation::ListAliases(request) => self.list_aliases(caller, request).into(),
            Operation::EnableKey(request) => self.enable_key(moment, caller, request).into(),
            Operation::DisableKey(request) => self.disable_key(moment, caller, request).into(),
            Operation::GenerateDataKey(request) => {
                match Self::generate_parameters(caller, request) {
                    Ok(request) => Decision::Kms(Box::new(request)),
                    Err(refusal) => Decision::Refused(refusal),
                }
            }
            Operation::Decrypt(request) => match Self::decrypt_parameters(caller, request) {
                Ok(request) => Decision::Kms(Box::new(request)),
                Err(refusal) => Decision::Refused(refusal),
            },
            Operation::LookupEvents(_) => self.lookup_events(caller).into(),
            Operation::GetKeyUsage(_) => self.key_usage(moment.now, caller).into(),
            _ => Decision::NotOffered,
        }
    }
}
