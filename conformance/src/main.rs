//! The program `sse-conformance`: judges a target, explains, replays, and tries the zoo.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
