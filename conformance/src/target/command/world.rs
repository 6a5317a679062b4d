//! One world on a child; dropping it closes it.

use super::body::{Sending, sending};
use super::pool::Place;
use super::sink::Sink;
use crate::target::protocol::{Chunked, Errored};
use crate::target::{Failure, World};
use sse_spec::{
    Caller, GetObject, GetObjectReply, Operation, PutObject, PutObjectReply, Reply, UploadPart,
    UploadPartReply,
};
use std::io::{Read, Write};

/// One world on a child.
#[derive(Debug)]
pub(super) struct ChildWorld {
    place: Place,
    name: String,
}

impl ChildWorld {
    pub(super) fn new(place: Place, name: String) -> Self {
        Self { place, name }
    }

    /// Sends an operation whose body follows.
    fn chunked(
        &self,
        caller: &Caller,
        operation: Chunked<'_>,
        body: &mut dyn Read,
    ) -> Result<Reply, Failure> {
        let child = self.place.child();
        child.with(|line| line.perform_chunked(&self.name, caller, operation, body))
    }

    /// Sends an operation whole.
    fn whole(
        &self,
        caller: &Caller,
        operation: &Operation,
        mut sink: Sink<'_>,
    ) -> Result<Reply, Failure> {
        let child = self.place.child();
        let mut reply =
            child.with(|line| line.perform(&self.name, caller, operation, &mut sink))?;
        if let Reply::GetObject(got) = &mut reply {
            sink.finish(got)?;
        }
        Ok(reply)
    }
}

impl World for ChildWorld {
    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        match sending(operation)? {
            Sending::Whole(operation) => self.whole(caller, &operation, Sink::keep()),
            Sending::Chunked(operation, mut body) => self.chunked(caller, operation, &mut body),
        }
    }

    fn put_stream(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        match self.chunked(caller, Chunked::put(request), body)? {
            Reply::PutObject(reply) => Ok(reply),
            other => Err(Failure::wrong_reply("PutObject", &other)),
        }
    }

    fn upload_part_stream(
        &mut self,
        caller: &Caller,
        request: &UploadPart,
        body: &mut dyn Read,
    ) -> Result<UploadPartReply, Failure> {
        match self.chunked(caller, Chunked::part(request), body)? {
            Reply::UploadPart(reply) => Ok(reply),
            other => Err(Failure::wrong_reply("UploadPart", &other)),
        }
    }

    fn get_stream(
        &mut self,
        caller: &Caller,
        request: &GetObject,
        sink: &mut dyn Write,
    ) -> Result<GetObjectReply, Failure> {
        match self.whole(caller, &request.clone().into(), Sink::stream(sink))? {
            Reply::GetObject(reply) => Ok(reply),
            other => Err(Failure::wrong_reply("GetObject", &other)),
        }
    }
}

impl Drop for ChildWorld {
    fn drop(&mut self) {
        // A breach is counted where it happens; there is nobody here to tell of it.
        let _ = self.place.child().with(|line| line.close(&self.name));
    }
}

impl From<Errored> for super::line::Trouble {
    fn from(errored: Errored) -> Self {
        let Errored { message, detail } = errored;
        let detail = detail.map(|detail| format!("; {detail}")).unwrap_or_default();
        Self::Failed(Failure::Broken(format!("the implementation errored: {message}{detail}")))
    }
}
