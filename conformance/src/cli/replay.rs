//! `replay`: one case again with the full exchange.

use super::select::{cases, target};
use super::{Source, Usage, print};
use sse_conformance::case::Ending;
use sse_conformance::runner::{Options, replay};
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// What to judge: `reference`, `malleable` or `fault:ID`
    #[arg(long, default_value = "reference")]
    target: String,
    /// Id of a case; `list` prints them
    #[arg(value_name = "CASE")]
    case: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let target = target(&arguments.target)?;
    let (cases, _) = cases(&arguments.source)?;
    let id = arguments.case.as_str();
    let case = cases.iter().find(|case| case.id == id);
    let case = case.ok_or_else(|| Usage(format!("unknown case `{id}`; `list` prints them")))?;
    let (ending, transcript) = replay(target.as_ref(), case, Options::default());
    let mut text = format!("{id}\n{}\n\n{transcript}\n", case.comment);
    let _ = match ending.reason() {
        Some(reason) => writeln!(text, "{}: {reason}", ending.word()),
        None => writeln!(text, "{}", ending.word()),
    };
    print(&text);
    Ok(match ending {
        Ending::Passed => 0,
        Ending::Failed(_) | Ending::Inconclusive(_) => 1,
        Ending::Unusable(_) => 2,
        Ending::Skipped(_) => 4,
    })
}
