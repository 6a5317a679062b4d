//! Where there is no Unix there are no children: starting one is refused.

use std::ops::Range;
use std::process::ExitStatus;
use std::time::Instant;

/// As on Unix.
#[expect(dead_code, reason = "what cannot run cannot stop")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Deadline,
    TooLong,
    Ended,
    System(std::io::ErrorKind),
}

/// A child that cannot be.
#[derive(Debug)]
pub(super) enum Process {}

impl Process {
    pub(super) fn start(_: &[String], _: usize) -> std::io::Result<Self> {
        Err(std::io::Error::other("children are run on Unix only"))
    }

    pub(super) fn send(&mut self, _: &[u8], _: Instant) -> Result<(), Stop> {
        match *self {}
    }

    pub(super) fn receive(&mut self, _: Instant) -> Result<Range<usize>, Stop> {
        match *self {}
    }

    pub(super) fn line(&self, _: Range<usize>) -> &[u8] {
        match *self {}
    }

    pub(super) fn listen(&mut self) -> Result<(), Stop> {
        match *self {}
    }

    pub(super) fn pending(&self) -> &[u8] {
        match *self {}
    }

    pub(super) fn notes(&mut self) -> &[u8] {
        match *self {}
    }

    pub(super) fn hang_up(&mut self) {
        match *self {}
    }

    pub(super) fn wait_for_end(&mut self, _: Instant) -> Result<ExitStatus, Stop> {
        match *self {}
    }
}
