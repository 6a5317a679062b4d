//! `faults`: tries the zoo and prints the kill matrix.

use super::select::cases;
use super::{Source, Usage, print};
use sse_conformance::matrix::{FlipTrial, Judgement, Reach, Trial, try_fault, try_flip};
use sse_conformance::runner::Options;
use sse_conformance::session::Budget;
use sse_conformance::zoo;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Only this fault
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// Try every fault on every case, not only on those that cite what it breaks
    #[arg(long)]
    all_cases: bool,
    /// Write the matrix as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Try the flipped cells only
    #[arg(long, conflicts_with = "only")]
    flips_only: bool,
    /// Write the flipped cells as JSON to this file
    #[arg(long, value_name = "FILE")]
    flips_json: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let (cases, _) = cases(&arguments.source)?;
    let options = Options { budget: Budget::MATRIX, ..Options::default() };
    if arguments.flips_only {
        return flips(arguments, &cases, options);
    }
    let mut faults = zoo::faults();
    if let Some(only) = &arguments.only {
        faults.retain(|fault| fault.id == only);
        if faults.is_empty() {
            return Err(Usage(format!("unknown fault `{only}`")));
        }
    }
    let reach = if arguments.all_cases { Reach::Whole } else { Reach::Cited };
    let mut trials = Vec::new();
    for fault in &faults {
        let trial = try_fault(fault, &cases, reach, options);
        print(&row(&trial, arguments.only.is_some()));
        trials.push(trial);
    }
    let convicted = trials.iter().filter(|t| t.judgement == Judgement::Convicted).count();
    print(&format!("\n{convicted} of {} faults convicted for the right reason\n", trials.len()));
    write(arguments.json.as_ref(), trials.iter().map(Trial::to_json).collect())?;
    let flipped = if arguments.only.is_none() { flips(arguments, &cases, options)? } else { 0 };
    Ok(u8::from(convicted != trials.len()).max(flipped))
}

/// Tries every flipped cell; names those that no case convicts.
fn flips(
    arguments: &Arguments,
    cases: &[sse_conformance::case::Case],
    options: Options,
) -> Result<u8, Usage> {
    let all = zoo::flips();
    let trials: Vec<FlipTrial> = all.iter().map(|flip| try_flip(flip, cases, options)).collect();
    let convicted = trials.iter().filter(|trial| trial.by.is_some()).count();
    for trial in trials.iter().filter(|trial| trial.by.is_none()) {
        let reached = if trial.reached { "reached" } else { "never reached" };
        print(&format!("{:<50} ESCAPED, {reached}\n", trial.id));
    }
    let seconds: f64 = trials.iter().map(|trial| trial.time.as_secs_f64()).sum();
    let count = trials.len();
    print(&format!("{convicted} of {count} flipped cells convicted, {seconds:.0} s\n"));
    write(arguments.flips_json.as_ref(), trials.iter().map(FlipTrial::to_json).collect())?;
    Ok(u8::from(convicted != count))
}

fn write(path: Option<&PathBuf>, rows: Vec<serde_json::Value>) -> Result<(), Usage> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(&rows).map_err(|error| Usage(error.to_string()))?;
    std::fs::write(path, text + "\n")
        .map_err(|error| Usage(format!("cannot write `{}`: {error}", path.display())))
}

fn row(trial: &Trial, whole: bool) -> String {
    let word = match &trial.judgement {
        Judgement::Convicted => "convicted".to_owned(),
        Judgement::Escaped(reason) => format!("ESCAPED: {reason}"),
        Judgement::Invalid(reason) => format!("INVALID: {reason}"),
    };
    let seconds = trial.time.as_secs_f64();
    let mut text = format!("{:<34} {word}  {seconds:.1} s\n", trial.fault);
    let of: Vec<&str> = trial.convicted_of().into_iter().collect();
    let _ =
        writeln!(text, "    of   {}", if of.is_empty() { "nothing".into() } else { of.join(", ") });
    let shown = if whole { usize::MAX } else { 3 };
    let names: Vec<&str> = trial.failed.iter().map(|c| c.case.as_str()).take(shown).collect();
    let more = trial.failed.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(text, "    by   {}{more}", names.join(", "));
    if whole {
        let _ = writeln!(text, "    does {}", trial.description);
        for conviction in &trial.failed {
            let _ = writeln!(text, "    {}\n        {}", conviction.case, conviction.reason);
        }
    }
    text
}
