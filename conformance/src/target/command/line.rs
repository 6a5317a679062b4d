//! The conversation with one child: requests numbered, answers checked against every rule.

use super::process::{Process, Stop};
use super::rule::{Break, Rule};
use super::sink::Sink;
use super::validator::Validator;
use super::{Settings, shown};
use crate::target::Failure;
use crate::target::protocol::{
    Answer, CHUNK, Chunked, Empty, LINE, Malformed, Opening, Performed, Request, Skipped, Starting,
    VERSION,
};
use sse_spec::{
    Bytes, Caller, Capability, Delivery, Description, Operation, Outcome, Reply, Timestamp,
};
use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a child may take to end.
const END: Duration = Duration::from_secs(5);
/// How long a child that hung up may take to show how it ended.
const STATUS: Duration = Duration::from_millis(200);

/// What became of a request that has no answer to give.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The child broke a rule and cannot be heard further.
    Broke(Break),
    /// The child kept the rules, and the operation failed.
    Failed(Failure),
}

impl From<Break> for Trouble {
    fn from(broken: Break) -> Self {
        Self::Broke(broken)
    }
}

/// A child that is spoken with.
#[derive(Debug)]
pub(super) struct Line {
    process: Process,
    /// The number of the next request.
    seq: u64,
    /// The message being sent, kept for its room.
    out: Vec<u8>,
    timeout: Duration,
    validator: Option<Arc<Validator>>,
}

/// The request that waits.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    seq: u64,
    world: Option<&'a str>,
}

impl Line {
    /// Starts a child and hears what it is.
    pub(super) fn start(
        settings: &Settings,
        validator: Option<Arc<Validator>>,
    ) -> Result<(Self, Description), Break> {
        let process = Process::start(&settings.words, LINE).map_err(|error| {
            let program = settings.words.first().map(String::as_str).unwrap_or_default();
            Break::new(Rule::Start, format!("`{program}` does not start: {error}"))
        })?;
        let timeout = settings.start_timeout;
        let mut line = Self { process, seq: 0, out: Vec::new(), timeout, validator };
        let described = line.introduce().map_err(|trouble| match trouble {
            Trouble::Broke(broken) if matches!(broken.rule, Rule::Deadline | Rule::Exit) => {
                Break { rule: Rule::Start, ..broken }
            }
            Trouble::Broke(broken) => broken,
            Trouble::Failed(failure) => Break::new(Rule::Start, format!("{failure:?}")),
        })?;
        line.timeout = settings.timeout;
        Ok((line, described))
    }

    fn introduce(&mut self) -> Result<Description, Trouble> {
        let waiting = self.begin(None)?;
        let start = Starting {
            protocols: Cow::Borrowed(&[VERSION]),
            suite: Cow::Borrowed(env!("CARGO_PKG_VERSION")),
        };
        self.say(&Request::Start { seq: waiting.seq, start })?;
        let deadline = self.deadline();
        match self.hear(waiting, deadline)? {
            (Answer::Started { started, .. }, at) => {
                if started.protocol != VERSION {
                    let what = format!("{VERSION} was offered, {} was chosen", started.protocol);
                    return Err(self.breach(Rule::Version, what, Some(at)).into());
                }
                if let Some(what) = uncarried(&started.description) {
                    return Err(self.breach(Rule::Description, what, Some(at)).into());
                }
                Ok(started.description)
            }
            (Answer::Errored { errored, .. }, at) => {
                let what = format!("the child cannot begin: {}", errored.message);
                Err(self.breach(Rule::Start, what, Some(at)).into())
            }
            (other, at) => Err(self.unasked(&other, "started", at).into()),
        }
    }

    /// Opens a world.
    pub(super) fn open(&mut self, world: &str, start: Timestamp) -> Result<(), Trouble> {
        let waiting = self.begin(Some(world))?;
        let open = Opening { start };
        self.say(&Request::Open { seq: waiting.seq, world: world.into(), open })?;
        let deadline = self.deadline();
        match self.hear(waiting, deadline)? {
            (Answer::Opened { .. }, _) => Ok(()),
            (Answer::Errored { errored, .. }, _) => Err(errored.into()),
            (other, at) => Err(self.unasked(&other, "opened", at).into()),
        }
    }

    /// Closes a world.
    pub(super) fn close(&mut self, world: &str) -> Result<(), Trouble> {
        let waiting = self.begin(Some(world))?;
        self.say(&Request::Close { seq: waiting.seq, world: world.into(), close: Empty {} })?;
        let deadline = self.deadline();
        match self.hear(waiting, deadline)? {
            (Answer::Closed { .. }, _) => Ok(()),
            (other, at) => Err(self.unasked(&other, "closed", at).into()),
        }
    }

    /// Performs an operation that is sent whole.
    pub(super) fn perform(
        &mut self,
        world: &str,
        caller: &Caller,
        operation: &Operation,
        sink: &mut Sink<'_>,
    ) -> Result<Reply, Trouble> {
        let waiting = self.begin(Some(world))?;
        self.say(&Request::Perform {
            seq: waiting.seq,
            world: world.into(),
            caller: Cow::Borrowed(caller),
            perform: Box::new(Performed::Whole(Cow::Borrowed(operation))),
        })?;
        let inner = match operation {
            Operation::InjectFault(fault) => Some(fault.operation.name()),
            _ => None,
        };
        self.answered(waiting, operation.name(), inner, sink)
    }

    /// Performs an operation whose body follows; a reader that fails is a client that went away.
    pub(super) fn perform_chunked(
        &mut self,
        world: &str,
        caller: &Caller,
        operation: Chunked<'_>,
        body: &mut dyn Read,
    ) -> Result<Reply, Trouble> {
        let waiting = self.begin(Some(world))?;
        let (seq, name) = (waiting.seq, operation.name());
        self.say(&Request::Perform {
            seq,
            world: world.into(),
            caller: Cow::Borrowed(caller),
            perform: Box::new(Performed::Chunked(operation)),
        })?;
        let mut piece = Bytes(Vec::new());
        loop {
            let read = fill(body, &mut piece.0);
            self.heard_nothing()?;
            let world = Cow::Borrowed(world);
            let last = match read {
                // What was read before the reader failed is sent as well.
                _ if !piece.0.is_empty() => {
                    let chunk = Cow::Borrowed(&piece);
                    self.say(&Request::Chunk { seq, world: world.clone(), chunk })?;
                    read.is_err().then_some(Request::Gone { seq, world, gone: Empty {} })
                }
                Err(_) => Some(Request::Gone { seq, world, gone: Empty {} }),
                Ok(()) => Some(Request::End { seq, world, end: Empty {} }),
            };
            if let Some(last) = last {
                self.heard_nothing()?;
                self.say(&last)?;
                break;
            }
        }
        self.answered(waiting, name, None, &mut Sink::keep())
    }

    /// Nothing is answered before a body has ended.
    fn heard_nothing(&mut self) -> Result<(), Break> {
        self.process.listen().map_err(|stop| self.stopped(stop))?;
        match self.process.pending().is_empty() {
            true => Ok(()),
            false => Err(self.early(Rule::Chunks, "the child answers before the body has ended")),
        }
    }

    /// Ends the child as the protocol has it.
    pub(super) fn shutdown(&mut self) -> Result<(), Trouble> {
        let waiting = self.begin(None)?;
        self.say(&Request::Shutdown { seq: waiting.seq, shutdown: Empty {} })?;
        self.process.hang_up();
        match self.process.wait_for_end(Instant::now() + END) {
            Ok(_) if !self.process.pending().is_empty() => {
                Err(self.early(Rule::Seq, "the child goes on after `shutdown`").into())
            }
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let what = format!("the child ended after `shutdown` with {status}");
                Err(self.breach(Rule::Exit, what, None).into())
            }
            Err(Stop::Deadline) => {
                let what = format!("the child runs {} s after `shutdown`", END.as_secs());
                Err(self.breach(Rule::Exit, what, None).into())
            }
            Err(stop) => Err(self.stopped(stop).into()),
        }
    }

    /// The next request's number; what is there before the request is sent answers nothing.
    fn begin<'w>(&mut self, world: Option<&'w str>) -> Result<Waiting<'w>, Break> {
        if !self.process.pending().is_empty() {
            return Err(self.early(Rule::Seq, "no request waits for this"));
        }
        let seq = self.seq;
        self.seq += 1;
        Ok(Waiting { seq, world })
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Sends one message in one line.
    fn say(&mut self, request: &Request<'_>) -> Result<(), Trouble> {
        self.out.clear();
        if self.out.capacity() > 4 * CHUNK {
            self.out = Vec::new();
        }
        let own = |what: String| Trouble::Failed(Failure::Broken(what));
        serde_json::to_writer(&mut self.out, request).map_err(|error| own(error.to_string()))?;
        if self.out.len() > LINE {
            let length = self.out.len();
            return Err(own(format!("the request is a line of {length} bytes, which is too long")));
        }
        if let Some(validator) = &self.validator {
            validator.request(&self.out).map_err(|why| own(format!("the suite's line: {why}")))?;
        }
        self.out.push(b'\n');
        let deadline = self.deadline();
        let sent = self.process.send(&self.out, deadline);
        sent.map_err(|stop| self.stopped(stop).into())
    }

    /// Hears one answer to the request that waits.
    fn hear(
        &mut self,
        waiting: Waiting<'_>,
        deadline: Instant,
    ) -> Result<(Answer, Range<usize>), Break> {
        let at = self.process.receive(deadline).map_err(|stop| self.stopped(stop))?;
        let bytes = self.process.line(at.clone());
        let parsed = Answer::parse(bytes).and_then(|answer| {
            let checked = self.validator.as_ref().map_or(Ok(()), |schema| schema.answer(bytes));
            checked.map(|()| answer).map_err(Malformed::Members)
        });
        let (rule, what) = match parsed {
            Err(Malformed::Json(why)) => (Rule::Json, why),
            Err(Malformed::Members(why)) => (Rule::Members, why),
            Ok(answer) if answer.seq() != waiting.seq => {
                (Rule::Seq, format!("{} waits, {} is answered", waiting.seq, answer.seq()))
            }
            Ok(answer) if answer.world() != waiting.world => {
                let name = |world: Option<&str>| match world {
                    Some(world) => format!("world `{world}`"),
                    None => "no world".to_owned(),
                };
                let (expected, named) = (name(waiting.world), name(answer.world()));
                (Rule::World, format!("{expected} waits, {named} is named"))
            }
            Ok(answer) => return Ok((answer, at)),
        };
        Err(self.breach(rule, what, Some(at)))
    }

    /// Hears the answer to an operation, with the chunks that go ahead of it.
    fn answered(
        &mut self,
        waiting: Waiting<'_>,
        operation: &str,
        inner: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<Reply, Trouble> {
        let start = Instant::now();
        loop {
            // A long body may take its time, a child that drips may not.
            let more = u32::try_from(sink.taken() / CHUNK as u64).unwrap_or(u32::MAX);
            let deadline = start + self.timeout.saturating_mul(more.saturating_add(1));
            let (answer, at) = self.hear(waiting, deadline)?;
            let late = sink.begun();
            match answer {
                Answer::Chunk { chunk, .. } => {
                    if let Some((rule, what)) = refused_chunk(operation, &chunk, sink) {
                        return Err(self.breach(rule, what, Some(at)).into());
                    }
                    sink.take(chunk);
                }
                Answer::Reply { reply, .. } => {
                    if let Some((rule, what)) = refused_reply(operation, inner, &reply) {
                        return Err(self.breach(rule, what, Some(at)).into());
                    }
                    return Ok(*reply);
                }
                Answer::Refused { .. } | Answer::Skipped { .. } if late => {
                    let what = format!("`{}` after a chunk", answer.kind());
                    return Err(self.breach(Rule::Chunks, what, Some(at)).into());
                }
                Answer::Refused { refused, .. } => {
                    return Err(Trouble::Failed(Failure::Refused(refused)));
                }
                Answer::Skipped { skipped, .. } => {
                    let Skipped { reason, issue_url } = skipped;
                    let discussed = issue_url.map(|url| format!(" ({url})")).unwrap_or_default();
                    let failure = Failure::Unsupported(format!("{reason}{discussed}"));
                    return Err(Trouble::Failed(failure));
                }
                Answer::Errored { errored, .. } => return Err(errored.into()),
                other => return Err(self.unasked(&other, "reply", at).into()),
            }
        }
    }

    /// A breach by a line, or by none.
    fn breach(&mut self, rule: Rule, what: impl Into<String>, line: Option<Range<usize>>) -> Break {
        let line = line.map(|at| shown::line(self.process.line(at)));
        let stderr = shown::notes(self.process.notes());
        Break { rule, what: what.into(), line, stderr }
    }

    /// A breach by what came although nothing was asked.
    fn early(&mut self, rule: Rule, what: &str) -> Break {
        let pending = self.process.pending();
        let line = pending.split(|byte| *byte == b'\n').next().map(shown::line);
        Break { line, ..self.breach(rule, what, None) }
    }

    fn unasked(&mut self, answer: &Answer, expected: &str, at: Range<usize>) -> Break {
        let what = format!("`{expected}` was expected, not `{}`", answer.kind());
        self.breach(Rule::Operation, what, Some(at))
    }

    /// A breach by silence.
    fn stopped(&mut self, stop: Stop) -> Break {
        let (rule, what) = match stop {
            Stop::Deadline => {
                let seconds = self.timeout.as_secs_f64();
                let flush = "; is standard output flushed after each message?";
                let hint = self.unfinished().unwrap_or(flush);
                (Rule::Deadline, format!("nothing within {seconds} s{hint}"))
            }
            Stop::TooLong => (Rule::Length, format!("a line of more than {LINE} bytes")),
            Stop::Ended => match self.process.wait_for_end(Instant::now() + STATUS) {
                Ok(status) => {
                    let hint = self.unfinished().unwrap_or_default();
                    (Rule::Exit, format!("the child ended too early: {status}{hint}"))
                }
                Err(_) => (Rule::Exit, "the child closed its standard input or output".into()),
            },
            Stop::System(error) => (Rule::Exit, format!("the child cannot be heard: {error}")),
        };
        match self.process.pending().is_empty() {
            true => self.breach(rule, what, None),
            false => self.early(rule, &what),
        }
    }

    /// What is said of a line that does not come to its end, where one was begun.
    fn unfinished(&self) -> Option<&'static str> {
        match self.process.pending() {
            [] => None,
            answer if Answer::parse(answer).is_ok() => {
                Some("; an answer is there, and the line feed that ends it is not")
            }
            _ => Some("; a line was begun and not ended"),
        }
    }
}

/// Why a description cannot be carried by this protocol.
fn uncarried(description: &Description) -> Option<String> {
    let all = &description.capabilities;
    all.iter().enumerate().find_map(|(index, capability)| {
        let word = crate::case::capability_word(*capability);
        if matches!(capability, Capability::Fork | Capability::SuppliedKms) {
            Some(format!("`{word}` cannot be offered here"))
        } else if all.iter().take(index).any(|before| before == capability) {
            Some(format!("`{word}` is there twice"))
        } else {
            None
        }
    })
}

fn refused_chunk(operation: &str, chunk: &Bytes, sink: &Sink<'_>) -> Option<(Rule, String)> {
    if operation != "GetObject" {
        Some((Rule::Chunks, format!("`{operation}` is not answered in chunks")))
    } else if chunk.0.is_empty() {
        Some((Rule::Chunks, "an empty chunk".into()))
    } else if chunk.0.len() > CHUNK {
        Some((Rule::Length, format!("a chunk of {} bytes", chunk.0.len())))
    } else if sink.taken() + chunk.0.len() as u64 > sink.most() {
        Some((Rule::Length, format!("a body of more than {} bytes", sink.most())))
    } else {
        None
    }
}

fn refused_reply(operation: &str, inner: Option<&str>, reply: &Reply) -> Option<(Rule, String)> {
    let differs = |operation: &str, reply: &Reply| {
        let got = reply.operation();
        let what = || format!("a reply to `{operation}` was expected, not to `{got}`");
        (got != operation).then(|| (Rule::Operation, what()))
    };
    let found = differs(operation, reply);
    match (reply, inner) {
        (Reply::GetObject(got), _) => found.or_else(|| {
            let (Delivery::Complete(bytes) | Delivery::Aborted { prefix: bytes, .. }) =
                &got.delivery;
            let len = bytes.0.len();
            (len > CHUNK).then(|| (Rule::Length, format!("{len} bytes in a reply")))
        }),
        (Reply::InjectFault(fault), Some(inner)) => found.or_else(|| match &fault.outcome {
            Outcome::Replied(reply) => differs(inner, reply),
            Outcome::Refused(_) => None,
        }),
        _ => found,
    }
}

/// Reads as much of a body as one chunk holds; nothing is read where the body has ended.
fn fill(body: &mut dyn Read, piece: &mut Vec<u8>) -> std::io::Result<()> {
    piece.clear();
    body.take(CHUNK as u64).read_to_end(piece).map(|_| ())
}
