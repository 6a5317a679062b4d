//! `report`: JSON reports read again, compared, and put together.

use super::reports::Reports;
use super::{Usage, print};
use sse_conformance::report::diff::Difference;
use sse_conformance::report::stored::{Merged, Stored};
use sse_conformance::report::text;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what changed between two reports; exit code 1 if anything newly fails
    Diff {
        /// The earlier JSON report
        old: PathBuf,
        /// The later JSON report
        new: PathBuf,
    },
    /// Put the reports of all shards together and print the whole verdict
    Merge {
        /// The JSON report of each shard, in any order
        #[arg(value_name = "SHARD", required = true)]
        shards: Vec<PathBuf>,
        #[command(flatten)]
        reports: Reports,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    match &arguments.command {
        Command::Diff { old, new } => {
            let (old, new) = (read(old)?.1, read(new)?.1);
            let difference = Difference::between(&old, &new)?;
            print(&difference.render(&old, &new));
            Ok(difference.exit_code())
        }
        Command::Merge { shards, reports } => {
            let stored = shards.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
            let merged = Merged::of(stored)?;
            let report = merged.report();
            let files = reports.create()?;
            print(&text::render(&report));
            files.write(&report)?;
            Ok(report.exit_code())
        }
    }
}

fn read(path: &Path) -> Result<(String, Stored), Usage> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("report: cannot read `{name}`: {error}")))?;
    let stored = Stored::parse(&name, &text)?;
    Ok((name, stored))
}
