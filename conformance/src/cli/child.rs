//! Targets in a child process, as arguments: `--command` and what belongs to it.

use super::Usage;
use sse_conformance::report::Protocol;
use sse_conformance::session::Budget;
use sse_conformance::target::Target;
use sse_conformance::target::command::{Break, Command, Settings};
use std::time::Duration;

/// The exit code of a run whose target did not start or broke the protocol.
pub(super) const BROKEN: u8 = 3;

#[derive(Debug, clap::Args)]
pub(super) struct ChildArguments {
    /// Judge the program of this command line, which speaks the protocol (PROTOCOL.md)
    #[arg(long, value_name = "LINE", conflicts_with = "target")]
    pub(super) command: Option<String>,
    /// Children that run at once; as many as there are jobs where it is not given
    #[arg(long, value_name = "N", requires = "command", value_parser = number_of_children())]
    children: Option<u32>,
    #[command(flatten)]
    times: Times,
}

/// How long a child is waited for, and how strictly it is heard.
#[derive(Debug, clap::Args)]
pub(super) struct Times {
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value = "30", requires = "command")]
    #[arg(value_parser = seconds)]
    timeout: Duration,
    /// Seconds that the answer to `start` may take
    #[arg(long, value_name = "SECONDS", default_value = "60", requires = "command")]
    #[arg(value_parser = seconds)]
    start_timeout: Duration,
    /// Check every line in both directions against the schema as well
    #[arg(long, requires = "command")]
    validate_protocol: bool,
}

fn number_of_children() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=1024)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "a number of seconds from 0.001 to 86400".to_owned();
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.001..=86_400.0).contains(&number) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(number).map_err(|_| wrong())
}

impl Times {
    /// The settings of one child.
    pub(super) fn settings(&self, command: &str) -> Result<Settings, Usage> {
        Ok(Settings {
            timeout: self.timeout,
            start_timeout: self.start_timeout,
            validate: self.validate_protocol,
            ..Settings::new(command)?
        })
    }
}

/// What is judged: an embedded target, or children.
pub(super) enum Chosen {
    Embedded(Box<dyn Target>),
    Command(Box<Command>),
}

impl ChildArguments {
    /// Starts the first child, where there is a command; otherwise the embedded target is made.
    pub(super) fn choose(
        &self,
        jobs: usize,
        embedded: impl FnOnce() -> Result<Box<dyn Target>, Usage>,
    ) -> Result<Result<Chosen, Break>, Usage> {
        let Some(command) = &self.command else {
            return embedded().map(|target| Ok(Chosen::Embedded(target)));
        };
        let jobs = match jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        };
        let children = self.children.map_or(jobs, |children| children as usize);
        let settings = Settings { children, ..self.times.settings(command)? };
        Ok(Command::start(settings).map(|command| Chosen::Command(Box::new(command))))
    }
}

impl Chosen {
    pub(super) fn target(&self) -> &dyn Target {
        match self {
            Self::Embedded(target) => target.as_ref(),
            Self::Command(command) => command.as_ref(),
        }
    }

    /// Over a child process every operation costs a round trip.
    pub(super) fn budget(&self) -> Budget {
        match self {
            Self::Embedded(_) => Budget::FULL,
            Self::Command(_) => Budget::SAMPLED,
        }
    }

    /// Ends the children and tells how they kept the protocol; what the first that did not wrote
    /// to its standard error is repeated on ours.
    pub(super) fn finish(&self) -> Option<Protocol> {
        let Self::Command(command) = self else { return None };
        command.finish();
        let (breaks, first) = command.breaks();
        if let Some(first) = first.as_ref().filter(|first| !first.stderr.is_empty()) {
            eprintln!("standard error of the first child that broke a rule:\n{}", first.stderr);
        }
        Some(Protocol { breaks, first: first.map(|first| first.cause()) })
    }
}

/// Tells that a target did not start.
pub(super) fn not_started(broken: &Break) -> u8 {
    eprintln!("error: the target did not start: {}", broken.cause());
    if !broken.stderr.is_empty() {
        eprintln!("its standard error:\n{}", broken.stderr);
    }
    BROKEN
}
