//! `list`: the cases, one a line.

use super::select::{cases, matches_glob};
use super::{Source, Usage, print};
use sse_conformance::case::group_word;
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Only cases whose id matches this glob (`*` is any run of characters)
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let (cases, _) = cases(&arguments.source)?;
    let mut text = String::new();
    let glob = arguments.filter.as_deref().unwrap_or("*");
    let mut count = 0;
    for case in cases.iter().filter(|case| matches_glob(glob, &case.id)) {
        count += 1;
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{}",
            case.id,
            case.profile,
            group_word(case.group),
            case.requirements.join(",")
        );
    }
    if count == 0 {
        return Err(Usage(format!("no case matches `{glob}`")));
    }
    print(&text);
    Ok(0)
}
