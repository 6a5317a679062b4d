//! Every named fault, by the stem of the requirements that it breaks first.

mod audit;
mod data_key;
mod encryption_context;
mod key;
mod kms;
mod refusal;
mod sealed_object;
mod sse;

use super::fault::Fault;

/// One fault: the named switch of the malleable implementation.
macro_rules! fault {
    (
        $id:literal, $switch:ident, $incident:literal, $description:literal,
        [$($breaks:literal),+ $(,)?]
    ) => {
        $crate::zoo::fault::Fault {
            id: $id,
            description: $description,
            incident: $incident,
            breaks: &[$($breaks),+],
            make: |witness| {
                $crate::zoo::malleable::Malleable::bent(
                    $crate::zoo::switch::Switch::$switch,
                    witness,
                )
            },
        }
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
        sse::bucket_default::FAULTS,
        sse::copy::FAULTS,
        sse::multipart::FAULTS,
        sse::request::FAULTS,
        kms::FAULTS,
        key::FAULTS,
        audit::FAULTS,
        refusal::FAULTS,
    ]
    .concat()
}
