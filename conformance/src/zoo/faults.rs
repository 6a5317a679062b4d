//! Every named fault, by the stem of the requirements that it breaks first.

mod audit;
mod data_key;
mod encryption_context;
mod failure;
mod key;
mod kms;
mod policy;
mod refusal;
mod rotation;
mod sealed_object;
mod sse;

use super::fault::Fault;

/// One fault: a switch of the malleable implementation, of whichever kind.
macro_rules! bent {
    (
        $id:literal, $switch:expr, $incident:literal, $description:literal,
        [$($breaks:literal),+ $(,)?]
    ) => {
        $crate::zoo::fault::Fault {
            id: $id,
            description: $description,
            incident: $incident,
            breaks: &[$($breaks),+],
            make: |witness| $crate::zoo::malleable::Malleable::bent($switch, witness),
        }
    };
}
use bent;

/// One fault: the switch of this name.
macro_rules! fault {
    ($id:literal, $switch:ident, $($rest:tt)+) => {
        $crate::zoo::faults::bent!($id, $crate::zoo::switch::Switch::$switch, $($rest)+)
    };
}
use fault;

/// Every named fault.
#[must_use]
pub fn faults() -> Vec<Fault> {
    [
        encryption_context::FAULTS,
        data_key::FAULTS,
        sealed_object::FAULTS,
        sse::FAULTS,
        sse::at_rest::FAULTS,
        sse::bytes::FAULTS,
        sse::bucket_default::FAULTS,
        sse::copy::FAULTS,
        sse::multipart::FAULTS,
        sse::request::FAULTS,
        kms::FAULTS,
        key::FAULTS,
        key::life::FAULTS,
        key::shown::FAULTS,
        kms::crypto::FAULTS,
        rotation::FAULTS,
        policy::FAULTS,
        policy::condition::FAULTS,
        audit::FAULTS,
        audit::kms::FAULTS,
        refusal::FAULTS,
        failure::FAULTS,
    ]
    .concat()
}
