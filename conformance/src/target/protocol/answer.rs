//! What the child says: one message of eight kinds.

use super::{Empty, Malformed, named, nameless, object, shaped};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sse_spec::{Bytes, Description, Refusal, Reply};
use std::fmt;

/// A message of the child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, deny_unknown_fields)]
pub enum Answer {
    /// The answer to `start`.
    Started {
        /// The number of the request.
        seq: u64,
        /// What was chosen, and what the target is.
        started: Box<Started>,
    },
    /// The answer to `open`.
    Opened {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// Nothing.
        opened: Empty,
    },
    /// The operation was performed.
    Reply {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// The operation's reply.
        reply: Box<Reply>,
    },
    /// The operation was refused.
    Refused {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// Why.
        refused: Refusal,
    },
    /// The operation is not offered.
    Skipped {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// Why.
        skipped: Skipped,
    },
    /// The implementation broke, or cannot begin.
    Errored {
        /// The number of the request.
        seq: u64,
        /// The world; absent in the answer to `start`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        world: Option<String>,
        /// How.
        errored: Errored,
    },
    /// Bytes of an object that stand before the reply.
    Chunk {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// 1 to 1,048,576 bytes.
        chunk: Bytes,
    },
    /// The answer to `close`.
    Closed {
        /// The number of the request.
        seq: u64,
        /// The world.
        world: String,
        /// Nothing.
        closed: Empty,
    },
}

/// What a child says of itself when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// The version chosen.
    pub protocol: u32,
    /// What the target is.
    pub description: Description,
}

/// Why an operation is not offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Text for people.
    pub reason: String,
    /// Where it is discussed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_url: Option<String>,
}

/// How an implementation broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Errored {
    /// Text for people.
    pub message: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The members that an answer may have.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Seq,
    World,
    Started,
    Opened,
    Reply,
    Refused,
    Skipped,
    Errored,
    Chunk,
    Closed,
}

/// The member that makes an answer what it is.
enum Kind {
    Started(Box<Started>),
    Opened(Empty),
    Reply(Box<Reply>),
    Refused(Refusal),
    Skipped(Skipped),
    Errored(Errored),
    Chunk(Bytes),
    Closed(Empty),
}

const KINDS: &str = "exactly one of `started`, `opened`, `reply`, `refused`, `skipped`, `errored`, \
                     `chunk` and `closed` has to be there";

/// Reads an answer by hand: a structure with every member would be moved about, and this is where
/// the time of a round trip goes.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Answer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
        let (mut seq, mut world, mut kind) = (None, None, None);
        while let Some(member) = map.next_key()? {
            match member {
                Member::Seq if seq.is_some() => return Err(A::Error::duplicate_field("seq")),
                Member::World if world.is_some() => return Err(A::Error::duplicate_field("world")),
                Member::Seq => seq = Some(map.next_value()?),
                Member::World => world = Some(map.next_value()?),
                _ if kind.is_some() => return Err(A::Error::custom(KINDS)),
                Member::Started => kind = Some(Kind::Started(map.next_value()?)),
                Member::Opened => kind = Some(Kind::Opened(map.next_value()?)),
                Member::Reply => kind = Some(Kind::Reply(map.next_value()?)),
                Member::Refused => kind = Some(Kind::Refused(map.next_value()?)),
                Member::Skipped => kind = Some(Kind::Skipped(map.next_value()?)),
                Member::Errored => kind = Some(Kind::Errored(map.next_value()?)),
                Member::Chunk => kind = Some(Kind::Chunk(map.next_value()?)),
                Member::Closed => kind = Some(Kind::Closed(map.next_value()?)),
            }
        }
        let seq = seq.ok_or_else(|| A::Error::missing_field("seq"))?;
        let kind = kind.ok_or_else(|| A::Error::custom(KINDS))?;
        answer(seq, world, kind).map_err(A::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

fn answer(seq: u64, world: Option<String>, kind: Kind) -> Result<Answer, Malformed> {
    Ok(match kind {
        Kind::Started(started) => {
            nameless(world.as_ref())?;
            Answer::Started { seq, started }
        }
        Kind::Opened(opened) => Answer::Opened { seq, world: named(world)?, opened },
        Kind::Reply(reply) => Answer::Reply { seq, world: named(world)?, reply },
        Kind::Refused(refused) => Answer::Refused { seq, world: named(world)?, refused },
        Kind::Skipped(skipped) => Answer::Skipped { seq, world: named(world)?, skipped },
        Kind::Errored(errored) => Answer::Errored { seq, world, errored },
        Kind::Chunk(chunk) => Answer::Chunk { seq, world: named(world)?, chunk },
        Kind::Closed(closed) => Answer::Closed { seq, world: named(world)?, closed },
    })
}

impl Answer {
    /// Parses a line, without its line feed.
    ///
    /// # Errors
    /// [`Malformed`] where the line is no answer.
    pub fn parse(line: &[u8]) -> Result<Self, Malformed> {
        let answer = object(line)?;
        shaped(line, &answer)?;
        Ok(answer)
    }

    /// The number of the request that is answered.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Self::Started { seq, .. }
            | Self::Opened { seq, .. }
            | Self::Reply { seq, .. }
            | Self::Refused { seq, .. }
            | Self::Skipped { seq, .. }
            | Self::Errored { seq, .. }
            | Self::Chunk { seq, .. }
            | Self::Closed { seq, .. } => *seq,
        }
    }

    /// The world that the answer names.
    #[must_use]
    pub fn world(&self) -> Option<&str> {
        match self {
            Self::Started { .. } => None,
            Self::Errored { world, .. } => world.as_deref(),
            Self::Opened { world, .. }
            | Self::Reply { world, .. }
            | Self::Refused { world, .. }
            | Self::Skipped { world, .. }
            | Self::Chunk { world, .. }
            | Self::Closed { world, .. } => Some(world),
        }
    }

    /// The member that makes the answer what it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Opened { .. } => "opened",
            Self::Reply { .. } => "reply",
            Self::Refused { .. } => "refused",
            Self::Skipped { .. } => "skipped",
            Self::Errored { .. } => "errored",
            Self::Chunk { .. } => "chunk",
            Self::Closed { .. } => "closed",
        }
    }
}
