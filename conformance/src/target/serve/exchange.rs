//! Lines in and out, and bodies as messages.

use crate::target::protocol::{Answer, CHUNK, LINE, Request};
use sse_spec::Bytes;
use std::io::{BufRead, Error, ErrorKind, Read, Result, Write};

pub(super) fn invalid(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, why.into())
}

/// Requests, one a line.
pub(super) struct In<I> {
    input: I,
    line: Vec<u8>,
}

impl<I: BufRead> In<I> {
    pub(super) fn new(input: I) -> Self {
        Self { input, line: Vec::new() }
    }

    /// The next request; `None` where there are no more.
    pub(super) fn next(&mut self) -> Result<Option<Request<'static>>> {
        self.line.clear();
        if self.line.capacity() > 4 * CHUNK {
            self.line = Vec::new();
        }
        let bound = LINE as u64 + 1;
        let count = self.input.by_ref().take(bound).read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(None),
            Some(b'\n') => {
                let parsed = Request::parse(&self.line);
                parsed.map(Some).map_err(|why| invalid(why.to_string()))
            }
            Some(_) => Err(invalid(format!("a line without an end after {count} bytes"))),
        }
    }
}

/// Answers, one a line.
pub(super) struct Out<O> {
    output: O,
    line: Vec<u8>,
}

impl<O: Write> Out<O> {
    pub(super) fn new(output: O) -> Self {
        Self { output, line: Vec::new() }
    }

    /// Sends an answer.
    pub(super) fn say(&mut self, answer: &Answer) -> Result<()> {
        self.line.clear();
        if self.line.capacity() > 4 * CHUNK {
            self.line = Vec::new();
        }
        serde_json::to_writer(&mut self.line, answer)?;
        self.line.push(b'\n');
        self.output.write_all(&self.line)?;
        self.output.flush()
    }
}

/// A body that arrives in messages; `gone` is an error of the reader.
pub(super) struct Arriving<'a, I> {
    input: &'a mut In<I>,
    seq: u64,
    world: &'a str,
    chunk: Vec<u8>,
    at: usize,
    /// Whether the body has ended, and whether the client went away.
    ended: Option<bool>,
}

impl<'a, I: BufRead> Arriving<'a, I> {
    pub(super) fn new(input: &'a mut In<I>, seq: u64, world: &'a str) -> Self {
        Self { input, seq, world, chunk: Vec::new(), at: 0, ended: None }
    }

    /// Reads what nobody wanted; whether the client went away.
    pub(super) fn drain(mut self) -> Result<bool> {
        loop {
            if let Some(gone) = self.ended {
                return Ok(gone);
            }
            self.advance()?;
        }
    }

    /// Takes the next message of the body.
    fn advance(&mut self) -> Result<()> {
        let request = self.input.next()?.ok_or(ErrorKind::UnexpectedEof)?;
        let (seq, world) = match &request {
            Request::Chunk { seq, world, .. }
            | Request::End { seq, world, .. }
            | Request::Gone { seq, world, .. } => (*seq, world),
            _ => return Err(invalid("a request in the middle of a body")),
        };
        if seq != self.seq || world != self.world {
            return Err(invalid("a body of another request"));
        }
        match request {
            Request::Chunk { chunk, .. } => {
                (self.chunk, self.at) = (chunk.into_owned().0, 0);
            }
            Request::Gone { .. } => self.ended = Some(true),
            _ => self.ended = Some(false),
        }
        Ok(())
    }
}

impl<I: BufRead> Read for Arriving<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let rest = self.chunk.get(self.at..).unwrap_or_default();
            if !rest.is_empty() || buffer.is_empty() {
                let count = rest.len().min(buffer.len());
                let (to, from) = (buffer.get_mut(..count), rest.get(..count));
                if let (Some(to), Some(from)) = (to, from) {
                    to.copy_from_slice(from);
                }
                self.at += count;
                return Ok(count);
            }
            match self.ended {
                Some(false) => return Ok(0),
                Some(true) => {
                    return Err(Error::new(ErrorKind::ConnectionAborted, "the client went away"));
                }
                None => self.advance()?,
            }
        }
    }
}

/// An object that departs: all but the last MiB in messages of its own.
pub(super) struct Departing<'a, O> {
    output: &'a mut Out<O>,
    seq: u64,
    world: &'a str,
    held: Vec<u8>,
    sent: bool,
    error: Option<Error>,
}

impl<'a, O: Write> Departing<'a, O> {
    pub(super) fn new(output: &'a mut Out<O>, seq: u64, world: &'a str) -> Self {
        Self { output, seq, world, held: Vec::new(), sent: false, error: None }
    }

    /// Whether a message was sent, and the bytes that belong into the reply.
    pub(super) fn finish(self) -> Result<(bool, Vec<u8>)> {
        match self.error {
            None => Ok((self.sent, self.held)),
            Some(error) => Err(error),
        }
    }

    fn send(&mut self) -> Result<()> {
        let rest = self.held.split_off(CHUNK.min(self.held.len()));
        let chunk = Bytes(std::mem::replace(&mut self.held, rest));
        self.sent = true;
        self.output.say(&Answer::Chunk { seq: self.seq, world: self.world.into(), chunk })
    }
}

impl<O: Write> Write for Departing<'_, O> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        // No more is held than one chunk and what makes it one too long.
        let count = buffer.len().min(CHUNK);
        self.held.extend_from_slice(buffer.get(..count).unwrap_or_default());
        while self.held.len() > CHUNK {
            if let Err(error) = self.send() {
                let told = Error::new(error.kind(), "the suite is gone");
                self.error = Some(error);
                return Err(told);
            }
        }
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
