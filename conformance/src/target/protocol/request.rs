//! What the suite says: one message of eight kinds.

use super::{Empty, Malformed, given, named, nameless, object, one, shaped};
use serde::{Deserialize, Serialize};
use sse_spec::{Bytes, Caller, Metadata, Operation, PutObject, SseHeaders, Timestamp, UploadPart};
use std::borrow::Cow;

/// A message of the suite; what it holds may be borrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, deny_unknown_fields)]
pub enum Request<'a> {
    /// The first message.
    Start {
        /// Numbers the requests from 0.
        seq: u64,
        /// What the suite speaks.
        start: Starting<'a>,
    },
    /// Opens a world.
    Open {
        /// Numbers the requests from 0.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// How.
        open: Opening,
    },
    /// Performs an operation.
    Perform {
        /// Numbers the requests from 0.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// Who performs it.
        caller: Cow<'a, Caller>,
        /// The operation.
        perform: Box<Performed<'a>>,
    },
    /// Bytes of the body of the request before.
    Chunk {
        /// The number of that request.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// 1 to 1,048,576 bytes.
        chunk: Cow<'a, Bytes>,
    },
    /// The body is complete.
    End {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// Nothing.
        end: Empty,
    },
    /// The client went away in the middle of the body.
    Gone {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// Nothing.
        gone: Empty,
    },
    /// The world is not used again.
    Close {
        /// Numbers the requests from 0.
        seq: u64,
        /// The world.
        world: Cow<'a, str>,
        /// Nothing.
        close: Empty,
    },
    /// The last message.
    Shutdown {
        /// Numbers the requests from 0.
        seq: u64,
        /// Nothing.
        shutdown: Empty,
    },
}

/// What the suite speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Starting<'a> {
    /// The versions of the protocol.
    pub protocols: Cow<'a, [u32]>,
    /// The suite's version.
    pub suite: Cow<'a, str>,
}

/// How a world is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Where its clock stands.
    pub start: Timestamp,
}

/// An operation as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Performed<'a> {
    /// With a body that follows.
    Chunked(Chunked<'a>),
    /// Whole.
    Whole(Cow<'a, Operation>),
}

/// An operation whose body follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Chunked<'a> {
    /// Stores an object whole.
    PutObject(PutObjectInChunks<'a>),
    /// Uploads one part.
    UploadPart(UploadPartInChunks<'a>),
}

/// The word that a body follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChunkedBody {
    /// It follows in messages of its own.
    Chunks(Empty),
}

/// PutObject whose body follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutObjectInChunks<'a> {
    /// Name of the bucket.
    pub bucket: Cow<'a, str>,
    /// Key of the object.
    pub key: Cow<'a, str>,
    /// The word that the body follows.
    pub body: ChunkedBody,
    /// The server-side encryption asked for.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: Cow<'a, SseHeaders>,
    /// User metadata.
    #[serde(default)]
    pub metadata: Cow<'a, Metadata>,
}

/// UploadPart whose body follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UploadPartInChunks<'a> {
    /// Name of the bucket.
    pub bucket: Cow<'a, str>,
    /// Key of the object.
    pub key: Cow<'a, str>,
    /// Id of the upload.
    pub upload_id: Cow<'a, str>,
    /// 1 to 10000.
    pub part_number: u32,
    /// The word that the body follows.
    pub body: ChunkedBody,
    /// Headers that do not belong on a part.
    #[serde(default, skip_serializing_if = "SseHeaders::is_empty")]
    pub sse: Cow<'a, SseHeaders>,
}

impl<'a> Chunked<'a> {
    /// A put whose body follows; `request.body` is ignored.
    #[must_use]
    pub fn put(request: &'a PutObject) -> Self {
        Self::PutObject(PutObjectInChunks {
            bucket: Cow::Borrowed(&request.bucket),
            key: Cow::Borrowed(&request.key),
            body: ChunkedBody::Chunks(Empty {}),
            sse: Cow::Borrowed(&request.sse),
            metadata: Cow::Borrowed(&request.metadata),
        })
    }

    /// A part whose body follows; `request.body` is ignored.
    #[must_use]
    pub fn part(request: &'a UploadPart) -> Self {
        Self::UploadPart(UploadPartInChunks {
            bucket: Cow::Borrowed(&request.bucket),
            key: Cow::Borrowed(&request.key),
            upload_id: Cow::Borrowed(&request.upload_id),
            part_number: request.part_number,
            body: ChunkedBody::Chunks(Empty {}),
            sse: Cow::Borrowed(&request.sse),
        })
    }

    /// The operation's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PutObject(_) => "PutObject",
            Self::UploadPart(_) => "UploadPart",
        }
    }
}

/// Every member that a request may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    seq: u64,
    #[serde(default, deserialize_with = "given")]
    world: Option<String>,
    #[serde(default, deserialize_with = "given")]
    caller: Option<Caller>,
    #[serde(default, deserialize_with = "given")]
    start: Option<Starting<'static>>,
    #[serde(default, deserialize_with = "given")]
    open: Option<Opening>,
    #[serde(default, deserialize_with = "given")]
    perform: Option<Box<Performed<'static>>>,
    #[serde(default, deserialize_with = "given")]
    chunk: Option<Bytes>,
    #[serde(default, deserialize_with = "given")]
    end: Option<Empty>,
    #[serde(default, deserialize_with = "given")]
    gone: Option<Empty>,
    #[serde(default, deserialize_with = "given")]
    close: Option<Empty>,
    #[serde(default, deserialize_with = "given")]
    shutdown: Option<Empty>,
}

/// The member that makes a request what it is.
enum Kind {
    Start(Starting<'static>),
    Open(Opening),
    Perform(Box<Performed<'static>>),
    Chunk(Bytes),
    End(Empty),
    Gone(Empty),
    Close(Empty),
    Shutdown(Empty),
}

const KINDS: &str = "`start`, `open`, `perform`, `chunk`, `end`, `gone`, `close` and `shutdown`";

impl Request<'static> {
    /// Parses a line, without its line feed.
    ///
    /// # Errors
    /// [`Malformed`] where the line is no request.
    pub fn parse(line: &[u8]) -> Result<Self, Malformed> {
        let members: Members = object(line)?;
        let (seq, world, caller) = (members.seq, members.world, members.caller);
        let kind = one(
            [
                members.start.map(Kind::Start),
                members.open.map(Kind::Open),
                members.perform.map(Kind::Perform),
                members.chunk.map(Kind::Chunk),
                members.end.map(Kind::End),
                members.gone.map(Kind::Gone),
                members.close.map(Kind::Close),
                members.shutdown.map(Kind::Shutdown),
            ],
            KINDS,
        )?;
        if caller.is_some() && !matches!(kind, Kind::Perform(_)) {
            return Err(Malformed::Members("`caller` does not belong here".into()));
        }
        if matches!(kind, Kind::Start(_) | Kind::Shutdown(_)) {
            nameless(world.as_ref())?;
        }
        let world = || named(world).map(Cow::Owned);
        let request = match kind {
            Kind::Start(start) => Self::Start { seq, start },
            Kind::Open(open) => Self::Open { seq, world: world()?, open },
            Kind::Perform(perform) => {
                let caller =
                    caller.ok_or_else(|| Malformed::Members("missing field `caller`".into()))?;
                Self::Perform { seq, world: world()?, caller: Cow::Owned(caller), perform }
            }
            Kind::Chunk(chunk) => Self::Chunk { seq, world: world()?, chunk: Cow::Owned(chunk) },
            Kind::End(end) => Self::End { seq, world: world()?, end },
            Kind::Gone(gone) => Self::Gone { seq, world: world()?, gone },
            Kind::Close(close) => Self::Close { seq, world: world()?, close },
            Kind::Shutdown(shutdown) => Self::Shutdown { seq, shutdown },
        };
        shaped(line, &request)?;
        Ok(request)
    }
}
