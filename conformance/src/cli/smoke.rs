//! `smoke`: tries an adapter, one line a step.

use super::child::{BROKEN, Times};
use super::{Usage, print};
use sse_conformance::target::command::{Smoked, smoke};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The program that speaks the protocol (PROTOCOL.md)
    #[arg(long, value_name = "LINE")]
    command: String,
    #[command(flatten)]
    times: Times,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let settings = arguments.times.settings(&arguments.command)?;
    Ok(match smoke(&settings, &mut |line| print(&format!("{line}\n")))? {
        Smoked::Well => 0,
        Smoked::Otherwise => 1,
        Smoked::Broken => BROKEN,
    })
}
