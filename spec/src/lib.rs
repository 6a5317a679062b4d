//! The words of the specification as Rust types; the normative text lies beside this crate's `src`.
//!
//! This crate holds words, never answers: no canonical bytes, no state transition, no default, no
//! policy parsing. So nothing that has to be independent can share a bug through it.

mod at_rest;
mod audit;
mod bytes;
mod description;
#[cfg(feature = "documents")]
pub mod documents;
mod operation;
mod refusal;
mod reply;
mod requirement;
mod words;

pub use at_rest::{DataKeyRecord, Edit, FaultKind, FaultPoint, Item, Tag};
pub use audit::{AuditEntry, Resource, UserIdentity};
pub use bytes::{Bytes, SECRETS, SecretBytes};
pub use description::{Capability, Description, Limits, Role, SettleTimes};
pub use operation::*;
pub use refusal::{Class, Kind, Refusal};
pub use reply::*;
pub use requirement::{CheckKind, Level, Profile, Provenance};
pub use words::{
    Algorithm, Body, Caller, ContextArgument, EncryptionContext, KeyManager, KeyState, Metadata,
    ObjectName, Range, SseHeaders, SseShown, Timestamp,
};
