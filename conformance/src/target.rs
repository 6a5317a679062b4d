//! What is judged: a target opens worlds, a world performs operations (operations.md).

#[cfg(feature = "cli")]
pub mod command;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod reference;
mod serve;
mod typed;

pub use serve::serve;
pub use typed::{Kms, Store, StoreAndKms};

use sse_spec::{
    Body, Caller, Delivery, Description, GetObject, GetObjectReply, Operation, PutObject,
    PutObjectReply, Refusal, Reply, Timestamp, UploadPart, UploadPartReply,
};
use std::io::{Read, Write};
use std::sync::Arc;

/// An implementation under test.
pub trait Target: Send + Sync {
    /// What the target says of itself; constant.
    fn describe(&self) -> Description;

    /// Opens a world that shares nothing with any other.
    ///
    /// # Errors
    /// [`Broken`] where the target cannot start.
    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken>;
}

impl<T: Target + ?Sized> Target for Box<T> {
    fn describe(&self) -> Description {
        (**self).describe()
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        (**self).open(config)
    }
}

/// How a world is to be opened.
#[derive(Clone)]
pub struct WorldConfig {
    /// Name of the world, unique in the run; lower-case letters, digits and hyphens.
    pub id: String,
    /// Where the world's clock stands; a target without a clock of its own ignores it.
    pub start: Timestamp,
    /// A KMS that the suite supplies, where the target declares `supplied-kms`.
    pub kms: Option<Arc<dyn SuppliedKms>>,
}

impl std::fmt::Debug for WorldConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldConfig")
            .field("id", &self.id)
            .field("start", &self.start)
            .field("kms", &self.kms.is_some())
            .finish()
    }
}

/// A KMS that the suite supplies to a store.
pub trait SuppliedKms: Send + Sync {
    /// Performs one operation of the KMS part for `caller`.
    ///
    /// # Errors
    /// As [`World::perform`].
    fn perform(&self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure>;
}

/// One isolated world of a target.
pub trait World: Send {
    /// Performs one operation.
    ///
    /// # Errors
    /// [`Failure::Refused`] where the target refuses, [`Failure::Unsupported`] where it does not
    /// offer the operation, [`Failure::Broken`] where it stopped making sense.
    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure>;

    /// Puts an object whose body is read from `body`; `request.body` is ignored.
    ///
    /// The default reads the body whole and calls [`World::perform`].
    ///
    /// # Errors
    /// As [`World::perform`].
    fn put_stream(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).map_err(|error| Failure::Broken(error.to_string()))?;
        put_bytes(self, caller, request, bytes)
    }

    /// Uploads a part whose body is read from `body`; `request.body` is ignored.
    ///
    /// The default reads the body whole and calls [`World::perform`].
    ///
    /// # Errors
    /// As [`World::perform`].
    fn upload_part_stream(
        &mut self,
        caller: &Caller,
        request: &UploadPart,
        body: &mut dyn Read,
    ) -> Result<UploadPartReply, Failure> {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).map_err(|error| Failure::Broken(error.to_string()))?;
        part_of_bytes(self, caller, request, bytes)
    }

    /// Gets an object and writes the bytes to `sink`; the reply's delivery then holds no bytes.
    ///
    /// The default calls [`World::perform`].
    ///
    /// # Errors
    /// As [`World::perform`].
    fn get_stream(
        &mut self,
        caller: &Caller,
        request: &GetObject,
        sink: &mut dyn Write,
    ) -> Result<GetObjectReply, Failure> {
        let mut reply = match self.perform(caller, &request.clone().into())? {
            Reply::GetObject(reply) => reply,
            other => return Err(Failure::wrong_reply("GetObject", &other)),
        };
        let bytes = match &mut reply.delivery {
            Delivery::Complete(bytes) | Delivery::Aborted { prefix: bytes, .. } => bytes,
        };
        sink.write_all(&bytes.0).map_err(|error| Failure::Broken(error.to_string()))?;
        bytes.0.clear();
        Ok(reply)
    }

    /// A second handle on the same world, used from another thread at the same time; `None` where
    /// the target has none. A target that has one declares the capability `fork`.
    fn fork(&self) -> Option<Box<dyn World>> {
        None
    }
}

/// Puts an object with these bytes as its body.
pub(crate) fn put_bytes<W: World + ?Sized>(
    world: &mut W,
    caller: &Caller,
    request: &PutObject,
    bytes: Vec<u8>,
) -> Result<PutObjectReply, Failure> {
    let request = PutObject { body: Body::Inline(bytes.into()), ..request.clone() };
    match world.perform(caller, &request.into())? {
        Reply::PutObject(reply) => Ok(reply),
        other => Err(Failure::wrong_reply("PutObject", &other)),
    }
}

/// Uploads a part with these bytes as its body.
pub(crate) fn part_of_bytes<W: World + ?Sized>(
    world: &mut W,
    caller: &Caller,
    request: &UploadPart,
    bytes: Vec<u8>,
) -> Result<UploadPartReply, Failure> {
    let request = UploadPart { body: Body::Inline(bytes.into()), ..request.clone() };
    match world.perform(caller, &request.into())? {
        Reply::UploadPart(reply) => Ok(reply),
        other => Err(Failure::wrong_reply("UploadPart", &other)),
    }
}

/// Why an operation did not reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The target refused; that may be what is expected.
    Refused(Refusal),
    /// The target does not offer the operation; why, for people, and empty where it does not say.
    Unsupported(String),
    /// The target stopped making sense: it crashed, hung or answered nonsense.
    Broken(String),
}

impl Failure {
    /// The failure of a target that answers one operation with another's reply.
    #[must_use]
    pub fn wrong_reply(operation: &str, reply: &Reply) -> Self {
        Self::Broken(format!("`{operation}` was answered with a reply to `{}`", reply.operation()))
    }
}

/// A target that could not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}
