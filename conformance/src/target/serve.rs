//! The other end of the protocol: serves any [`Target`] on standard input and output, so that an
//! implementation in Rust can be judged as a child (PROTOCOL.md).

mod exchange;

use super::protocol::{Answer, Empty, Errored, Performed, Request, Skipped, Started, VERSION};
use super::{Failure, Target, World, WorldConfig};
use exchange::{Arriving, Departing, In, Out, invalid};
use sse_spec::{
    Body, Bytes, Caller, Capability, Class, Delivery, GetObject, Operation, PutObject, Refusal,
    Reply, UploadPart,
};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// Serves `target` until it is told to shut down.
///
/// # Errors
/// Where the suite is gone, or sends what is no request.
pub fn serve(target: &dyn Target, input: impl BufRead, output: impl Write) -> std::io::Result<()> {
    let mut server =
        Server { target, input: In::new(input), output: Out::new(output), worlds: BTreeMap::new() };
    while let Some(request) = server.input.next()? {
        if let Request::Shutdown { .. } = request {
            return Ok(());
        }
        server.answer(request)?;
    }
    Err(invalid("the requests ended without `shutdown`"))
}

struct Server<'t, I, O> {
    target: &'t dyn Target,
    input: In<I>,
    output: Out<O>,
    worlds: BTreeMap<String, Box<dyn World>>,
}

/// The request that is answered.
struct Asked<'a> {
    seq: u64,
    world: &'a str,
}

impl<I: BufRead, O: Write> Server<'_, I, O> {
    fn answer(&mut self, request: Request<'static>) -> std::io::Result<()> {
        match request {
            Request::Start { seq, start } => {
                let answer = self.started(seq, &start.protocols);
                self.output.say(&answer)
            }
            Request::Open { seq, world, open } => {
                let world = world.into_owned();
                let config = WorldConfig { id: world.clone(), start: open.start, kms: None };
                let answer = match self.target.open(&config) {
                    Ok(opened) => {
                        self.worlds.insert(world.clone(), opened);
                        Answer::Opened { seq, world, opened: Empty {} }
                    }
                    Err(broken) => errored(seq, Some(world), broken.0),
                };
                self.output.say(&answer)
            }
            Request::Perform { seq, world, caller, perform } => {
                let asked = Asked { seq, world: &world };
                match *perform {
                    Performed::Chunked(chunked) => self.put(&asked, &caller, chunked.into()),
                    Performed::Whole(operation) => match operation.as_ref() {
                        Operation::GetObject(get) => self.get(&asked, &caller, get),
                        operation => self.whole(&asked, &caller, operation),
                    },
                }
            }
            Request::Close { seq, world, .. } => {
                let world = world.into_owned();
                self.worlds.remove(&world);
                self.output.say(&Answer::Closed { seq, world, closed: Empty {} })
            }
            Request::Chunk { .. } | Request::End { .. } | Request::Gone { .. } => {
                Err(invalid("a body that belongs to no request"))
            }
            Request::Shutdown { .. } => Ok(()),
        }
    }

    fn started(&self, seq: u64, protocols: &[u32]) -> Answer {
        if !protocols.contains(&VERSION) {
            return errored(seq, None, format!("only protocol {VERSION} is spoken here"));
        }
        let mut description = self.target.describe();
        // Neither can be had over a line.
        let carried = |one: &Capability| !matches!(one, Capability::Fork | Capability::SuppliedKms);
        description.capabilities.retain(carried);
        let started = Box::new(Started { protocol: VERSION, description });
        Answer::Started { seq, started }
    }

    fn whole(
        &mut self,
        asked: &Asked<'_>,
        caller: &Caller,
        operation: &Operation,
    ) -> std::io::Result<()> {
        let result = match self.worlds.get_mut(asked.world) {
            Some(world) => world.perform(caller, operation),
            None => Err(unknown(asked.world)),
        };
        self.output.say(&answer(asked, result))
    }

    /// Sends what is longer than a reply holds ahead of it.
    fn get(&mut self, asked: &Asked<'_>, caller: &Caller, get: &GetObject) -> std::io::Result<()> {
        let mut sink = Departing::new(&mut self.output, asked.seq, asked.world);
        let result = match self.worlds.get_mut(asked.world) {
            Some(world) => world.get_stream(caller, get, &mut sink),
            None => Err(unknown(asked.world)),
        };
        let (sent, last) = sink.finish()?;
        let result = match result {
            Ok(mut reply) => {
                let (Delivery::Complete(bytes) | Delivery::Aborted { prefix: bytes, .. }) =
                    &mut reply.delivery;
                *bytes = Bytes(last);
                Ok(reply.into())
            }
            Err(Failure::Refused(refusal)) if sent => {
                Err(Failure::Broken(format!("refused after bytes were released: {refusal:?}")))
            }
            Err(failure) => Err(failure),
        };
        self.output.say(&answer(asked, result))
    }

    /// Takes a body from the messages that follow.
    fn put(&mut self, asked: &Asked<'_>, caller: &Caller, put: Put) -> std::io::Result<()> {
        let mut body = Arriving::new(&mut self.input, asked.seq, asked.world);
        let result = match self.worlds.get_mut(asked.world) {
            Some(world) => match put {
                Put::Object(put) => world.put_stream(caller, &put, &mut body).map(Reply::from),
                Put::Part(part) => {
                    world.upload_part_stream(caller, &part, &mut body).map(Reply::from)
                }
            },
            None => Err(unknown(asked.world)),
        };
        let gone = body.drain()?;
        let result = match result {
            Err(Failure::Broken(message)) if gone => Err(Failure::Refused(Refusal {
                class: Class::InvalidRequest,
                code: "IncompleteBody".into(),
                status: 400,
                message,
            })),
            result => result,
        };
        self.output.say(&answer(asked, result))
    }
}

/// An operation whose body follows.
enum Put {
    Object(PutObject),
    Part(UploadPart),
}

impl From<super::protocol::Chunked<'_>> for Put {
    fn from(chunked: super::protocol::Chunked<'_>) -> Self {
        use super::protocol::Chunked;
        let body = Body::Inline(Bytes::default());
        match chunked {
            Chunked::PutObject(put) => Self::Object(PutObject {
                bucket: put.bucket.into_owned(),
                key: put.key.into_owned(),
                body,
                sse: put.sse.into_owned(),
                metadata: put.metadata.into_owned(),
            }),
            Chunked::UploadPart(part) => Self::Part(UploadPart {
                bucket: part.bucket.into_owned(),
                key: part.key.into_owned(),
                upload_id: part.upload_id.into_owned(),
                part_number: part.part_number,
                body,
                sse: part.sse.into_owned(),
            }),
        }
    }
}

fn unknown(world: &str) -> Failure {
    Failure::Broken(format!("world `{world}` is not open"))
}

fn errored(seq: u64, world: Option<String>, message: String) -> Answer {
    Answer::Errored { seq, world, errored: Errored { message, detail: None } }
}

fn answer(asked: &Asked<'_>, result: Result<Reply, Failure>) -> Answer {
    let (seq, world) = (asked.seq, asked.world.to_owned());
    match result {
        Ok(reply) => Answer::Reply { seq, world, reply: Box::new(reply) },
        Err(Failure::Refused(refused)) => Answer::Refused { seq, world, refused },
        Err(Failure::Unsupported(reason)) => {
            let reason = if reason.is_empty() { "not offered".into() } else { reason };
            Answer::Skipped { seq, world, skipped: Skipped { reason, issue_url: None } }
        }
        Err(Failure::Broken(message)) => errored(seq, Some(world), message),
    }
}
