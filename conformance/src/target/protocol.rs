//! The messages of the subprocess protocol as serde types (conformance/PROTOCOL.md).

mod answer;
mod malformed;
mod performed;
mod request;
#[cfg(feature = "schema")]
pub mod schema;

pub use answer::{Answer, Errored, Skipped, Started};
pub use malformed::Malformed;
pub use request::{
    Chunked, ChunkedBody, Opening, Performed, PutObjectInChunks, Request, Starting,
    UploadPartInChunks,
};

use malformed::{object, shaped};
use serde::{Deserialize, Serialize};

/// The version of the protocol that this suite speaks.
pub const VERSION: u32 = crate::proposed::PROTOCOL;
/// The longest line in bytes, without its line feed.
pub const LINE: usize = 64 << 20;
/// The longest chunk, and the longest body that stands in a request or a reply.
pub const CHUNK: usize = 1 << 20;

/// An object without members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Reads a member that is there; `null` is no value of it.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The one message that the members given make.
fn one<T>(found: impl IntoIterator<Item = Option<T>>, kinds: &str) -> Result<T, Malformed> {
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(message), None) => Ok(message),
        _ => Err(Malformed::Members(format!("exactly one of {kinds} has to be there"))),
    }
}

/// The world of a message that has to name one.
fn named(world: Option<String>) -> Result<String, Malformed> {
    world.ok_or_else(|| Malformed::Members("missing field `world`".into()))
}

/// A message that names no world.
fn nameless(world: Option<&String>) -> Result<(), Malformed> {
    match world {
        None => Ok(()),
        Some(_) => Err(Malformed::Members("`world` does not belong here".into())),
    }
}
