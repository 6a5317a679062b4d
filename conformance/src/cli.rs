//! The command line: arguments, exit codes, where output goes (README.md).

mod child;
mod explain;
mod faults;
mod judging;
mod list;
mod replay;
mod report;
mod reports;
mod run;
mod select;
mod smoke;
mod version;

use clap::{Parser, Subcommand};
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes: 0 conformant, or every failure is expected; 1 not conformant or not examined,
/// 2 usage or configuration, 3 the target did not start or broke the protocol, 4 nothing ran.
#[derive(Debug, Parser)]
#[command(version, about = "Judges S3 server-side encryption at rest", after_help = AFTER)]
#[command(arg_required_else_help = true)]
struct Cli {
    /// Print the versions of suite, vectors and protocol, and how much there is
    #[arg(long, exclusive = true)]
    suite_version: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER: &str = "\
Exit codes: 0 conformant, or every failure is expected; 1 not conformant, inconclusive or not \
examined; 2 usage or configuration; 3 the target did not start or broke the protocol; 4 nothing \
ran.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a target and print the verdict
    Run(Box<run::Arguments>),
    /// Read JSON reports again: what changed between two, or shards put together
    Report(report::Arguments),
    /// List the cases
    List(list::Arguments),
    /// Print a requirement with the cases that check it, or a case with what it checks and needs
    Explain(explain::Arguments),
    /// Run one case again and print the full exchange, secrets redacted
    Replay(replay::Arguments),
    /// Try an adapter: walk through every kind of message of the protocol
    Smoke(smoke::Arguments),
    /// Try every faulty implementation of the zoo and print which case convicts it
    Faults(faults::Arguments),
}

/// What every command that needs the catalogue takes.
#[derive(Debug, clap::Args)]
struct Source {
    /// Use the vectors of this folder instead of the embedded ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<PathBuf>,
}

/// A wrong argument or an unusable file: one line, exit code 2.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Usage {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = cli.command.filter(|_| !cli.suite_version) else {
        return code(version::run());
    };
    let result = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Smoke(arguments) => smoke::run(&arguments),
        Command::Faults(arguments) => faults::run(&arguments),
    };
    code(result)
}

/// The exit code of a command, after its error, if there is one.
fn code(result: Result<u8, Usage>) -> ExitCode {
    match result {
        Ok(code) => ExitCode::from(code),
        Err(usage) => {
            eprintln!("error: {usage}");
            ExitCode::from(2)
        }
    }
}

/// Prints to standard output; a closed pipe is no error of ours.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
