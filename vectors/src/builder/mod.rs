//! The independent builder of bytes, right or deliberately wrong, from primitives alone.
//!
//! It realises spec/encryption-context.md, spec/data-key.md and spec/sealed-object.md and shares no
//! code with any implementation that the vectors judge.

pub mod body;
pub mod bytes;
pub mod cipher;
pub mod context;
pub mod control;
mod make;
pub mod object;
pub mod perform;
pub mod record;
pub mod table;
pub mod wrap;

pub use control::{open_control, seal_control};
pub use make::generate;
pub use object::{
    Envelope, ObjectParts, OpenedObject, OpenedRecord, PartBody, SealedMessage, SealedObject,
    assemble, open_object, open_parts, open_record, seal_object, seal_part,
};
pub use perform::perform;
pub use record::{ParsedRecord, RecordFields, parse_record};
pub use table::{PartEntry, SealedPart};
pub use wrap::{kms_blob, kms_blob_ids, open_kms_blob, open_service_blob, service_blob};

use std::collections::BTreeMap;

/// Why the builder refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// What was given is outside a limit.
    Invalid,
    /// Bytes do not authenticate, or nobody can have written them.
    Integrity,
    /// A range holds no byte of the object.
    Range,
}

impl Error {
    /// The refusal's class.
    #[must_use]
    pub fn class(self) -> sse_spec::Class {
        match self {
            Self::Invalid => sse_spec::Class::InvalidArgument,
            Self::Integrity => sse_spec::Class::Integrity,
            Self::Range => sse_spec::Class::InvalidRange,
        }
    }
}

/// Values on the way to a result, by name.
pub type Intermediates = BTreeMap<String, sse_spec::Bytes>;

fn named(values: &[(&str, &[u8])]) -> Intermediates {
    values.iter().map(|(name, bytes)| ((*name).to_owned(), (*bytes).into())).collect()
}

#[cfg(test)]
mod tests;
