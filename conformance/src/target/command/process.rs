//! A child process and its pipes: one loop of `poll` with a deadline, no threads.
//!
//! Our ends do not block, so a child that writes while it is written to never makes a deadlock;
//! standard error is drained whenever anything is waited for.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::collections::VecDeque;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How much of standard error is kept.
const NOTES: usize = 64 << 10;
/// How much of it is read at once.
const NOTE: usize = 8 << 10;
/// How much of standard output is read at once; what a pipe holds.
const PIECE: usize = 64 << 10;
/// Buffers larger than this are given back after use.
const KEPT: usize = 4 << 20;
/// How often a child that says nothing is asked whether it still runs.
const LOOK: Duration = Duration::from_millis(50);
/// How long a killed child may take to be gone.
const KILLED: Duration = Duration::from_secs(5);

/// Why the child was not heard, or did not listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The time is over.
    Deadline,
    /// The line is longer than allowed.
    TooLong,
    /// The child has closed its standard output or its standard input, or has ended.
    Ended,
    /// The operating system does not play along.
    System(std::io::ErrorKind),
}

impl From<Errno> for Stop {
    fn from(error: Errno) -> Self {
        Self::System(error.kind())
    }
}

/// A running child.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// `None` once standard input has ended.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// `None` once the child has closed it.
    stderr: Option<ChildStderr>,
    /// What was read; a line at a time is taken out of it.
    input: Vec<u8>,
    /// Where the next line begins.
    next: usize,
    /// Up to where no line feed was found.
    scanned: usize,
    /// The longest line allowed.
    longest: usize,
    notes: VecDeque<u8>,
    closed: bool,
}

impl Process {
    /// Starts a program in a process group of its own.
    pub(super) fn start(words: &[String], longest: usize) -> std::io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let process = Self {
            child,
            group,
            stdin: Some(stdin),
            stdout,
            stderr: Some(stderr),
            input: Vec::new(),
            next: 0,
            scanned: 0,
            longest,
            notes: VecDeque::new(),
            closed: false,
        };
        // From here on dropping ends the child.
        process.stdin.as_ref().map_or(Ok(()), |end| ioctl_fionbio(end, true))?;
        process.stderr.as_ref().map_or(Ok(()), |end| ioctl_fionbio(end, true))?;
        ioctl_fionbio(&process.stdout, true)?;
        Ok(process)
    }

    /// Writes a line whole, and reads whatever the child says meanwhile.
    pub(super) fn send(&mut self, line: &[u8], deadline: Instant) -> Result<(), Stop> {
        let mut rest = line;
        loop {
            let Some(stdin) = &self.stdin else { return Err(Stop::Ended) };
            match write(stdin, rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(Errno::AGAIN) => self.wait(true, deadline)?,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => return Err(Stop::Ended),
                Err(error) => return Err(error.into()),
            }
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Waits for a line; it stays where [`Process::line`] finds it until the next is taken.
    pub(super) fn receive(&mut self, deadline: Instant) -> Result<Range<usize>, Stop> {
        loop {
            if let Some(line) = self.take()? {
                return Ok(line);
            }
            if self.closed {
                return Err(Stop::Ended);
            }
            self.wait(false, deadline)?;
        }
    }

    /// The bytes of a line that was received.
    pub(super) fn line(&self, at: Range<usize>) -> &[u8] {
        self.input.get(at).unwrap_or_default()
    }

    /// Reads what lies in the pipe, without waiting.
    pub(super) fn listen(&mut self) -> Result<(), Stop> {
        if self.closed { Ok(()) } else { self.hear().map(|_| ()) }
    }

    /// What has arrived beyond the lines that were taken.
    pub(super) fn pending(&self) -> &[u8] {
        self.input.get(self.next..).unwrap_or_default()
    }

    /// The last of standard error.
    pub(super) fn notes(&mut self) -> &[u8] {
        // What lies in the pipe already belongs to what broke; a child may never stop writing.
        for _ in 0..NOTES / NOTE {
            if !self.hear_notes().is_ok_and(|more| more) {
                break;
            }
        }
        self.notes.make_contiguous()
    }

    /// Ends standard input.
    pub(super) fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Waits until the child has ended by itself; what it says meanwhile is kept.
    pub(super) fn wait_for_end(&mut self, deadline: Instant) -> Result<ExitStatus, Stop> {
        loop {
            if self.has_ended() {
                // What the child wrote before it ended lies in the pipe, however much it is.
                while !self.closed && self.hear()? {
                    self.bounded()?;
                }
                let status = self.kill();
                return status.ok_or(Stop::Deadline);
            }
            if Instant::now() >= deadline {
                return Err(Stop::Deadline);
            }
            self.bounded()?;
            self.rest(Duration::from_millis(2))?;
        }
    }

    /// Whether the child has ended; it is not reaped, so that its group's number stays its own.
    pub(super) fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let Some(pid) = self.group else { return true };
        !matches!(waitid(WaitId::Pid(pid), options), Ok(None) | Err(Errno::INTR))
    }

    /// Ends the whole group and reaps the child.
    pub(super) fn kill(&mut self) -> Option<ExitStatus> {
        self.stdin = None;
        if let Some(group) = self.group.take() {
            // It fails where nobody is left, which is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let deadline = Instant::now() + KILLED;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => return None,
            }
        }
    }

    /// Takes the next line that has arrived whole.
    fn take(&mut self) -> Result<Option<Range<usize>>, Stop> {
        let from = self.scanned.max(self.next);
        let feed = self.input.get(from..).and_then(|rest| rest.iter().position(|b| *b == b'\n'));
        match feed {
            Some(at) => {
                let line = self.next..from + at;
                if line.len() > self.longest {
                    return Err(Stop::TooLong);
                }
                self.next = line.end + 1;
                self.scanned = self.next;
                Ok(Some(line))
            }
            None => {
                self.scanned = self.input.len();
                self.bounded().map(|()| None)
            }
        }
    }

    fn bounded(&self) -> Result<(), Stop> {
        let waiting = self.input.len().saturating_sub(self.next);
        if waiting > self.longest + PIECE { Err(Stop::TooLong) } else { Ok(()) }
    }

    /// Waits until something moves: standard output, standard error, and standard input where
    /// `writing`. Nothing is done where the child only takes its time; the deadline counts on.
    fn wait(&mut self, writing: bool, deadline: Instant) -> Result<(), Stop> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Stop::Deadline);
        }
        self.bounded()?;
        let (readable, quiet) = self.poll(writing, left.min(LOOK))?;
        if readable {
            self.hear()?;
        } else if quiet && self.has_ended() && !self.hear()? {
            // A grandchild may hold the pipe open; the child itself will say no more.
            return Err(Stop::Ended);
        }
        Ok(())
    }

    /// Waits a little for anything that is said.
    fn rest(&mut self, time: Duration) -> Result<(), Stop> {
        if self.closed && self.stderr.is_none() {
            std::thread::sleep(time);
            return Ok(());
        }
        let (readable, _) = self.poll(false, time)?;
        if readable { self.hear().map(|_| ()) } else { Ok(()) }
    }

    /// Polls once, and drains standard error; whether standard output can be read, and whether
    /// nothing moved at all.
    fn poll(&mut self, writing: bool, time: Duration) -> Result<(bool, bool), Stop> {
        let time = Timespec::try_from(time).map_err(|_| Stop::Deadline)?;
        let (mut output, mut notes, mut moved) = (false, false, 0);
        {
            let mut ends = Vec::with_capacity(3);
            if !self.closed {
                ends.push(PollFd::from_borrowed_fd(self.stdout.as_fd(), PollFlags::IN));
            }
            if let Some(stderr) = &self.stderr {
                ends.push(PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::IN));
            }
            if let (true, Some(stdin)) = (writing, &self.stdin) {
                ends.push(PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::OUT));
            }
            match poll(&mut ends, Some(&time)) {
                Ok(count) => moved = count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let mut ready = ends.iter().map(|end| !end.revents().is_empty());
            if !self.closed {
                output = ready.next().unwrap_or_default();
            }
            if self.stderr.is_some() {
                notes = ready.next().unwrap_or_default();
            }
        }
        if notes {
            self.hear_notes()?;
        }
        Ok((output, moved == 0))
    }

    /// Reads standard output once; whether anything came.
    fn hear(&mut self) -> Result<bool, Stop> {
        if self.next == self.input.len() {
            self.input.clear();
            (self.next, self.scanned) = (0, 0);
            if self.input.capacity() > KEPT {
                self.input = Vec::new();
            }
        } else if self.next > 0 && self.input.capacity() - self.input.len() < PIECE {
            self.input.drain(..self.next);
            self.scanned = self.scanned.saturating_sub(self.next);
            self.next = 0;
        }
        self.input.reserve(PIECE);
        match read(&self.stdout, rustix::buffer::spare_capacity(&mut self.input)) {
            Ok(0) => {
                self.closed = true;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads standard error once; whether anything came.
    fn hear_notes(&mut self) -> Result<bool, Stop> {
        let Some(stderr) = &self.stderr else { return Ok(false) };
        let mut piece = [0; NOTE];
        match read(stderr, &mut piece) {
            Ok(0) => {
                self.stderr = None;
                Ok(false)
            }
            Ok(count) => {
                let excess = (self.notes.len() + count).saturating_sub(NOTES);
                self.notes.drain(..excess.min(self.notes.len()));
                self.notes.extend(piece.iter().take(count));
                Ok(true)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
