//! `replay`: one case again, or the scenarios of a file, with the full exchange.

use super::child::{BROKEN, ChildArguments, not_started};
use super::select::{cases, target};
use super::{Source, Usage, print};
use sse_conformance::case::{Case, Ending};
use sse_conformance::cases::scenario_cases;
use sse_conformance::runner::{Options, replay};
use sse_conformance::target::Target;
use std::fmt::Write as _;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// What to judge: `reference`, `reference-in-folder`, `malleable` or `fault:ID`
    #[arg(long, default_value = "reference")]
    target: String,
    #[command(flatten)]
    child: ChildArguments,
    /// Id of a case (`list` prints them), or path of a file of scenarios, which ends in `.json`
    #[arg(value_name = "CASE")]
    case: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let cases = chosen_cases(arguments)?;
    let chosen = match arguments.child.choose(1, || target(&arguments.target))? {
        Ok(chosen) => chosen,
        Err(broken) => return Ok(not_started(&broken)),
    };
    let options = Options { budget: chosen.budget(), ..Options::default() };
    let codes: Vec<u8> = cases.iter().map(|case| one(chosen.target(), case, options)).collect();
    let protocol = chosen.finish().filter(|protocol| protocol.breaks > 0);
    if let Some(first) = protocol.and_then(|protocol| protocol.first) {
        print(&format!("the protocol was broken: {first}\n"));
        return Ok(BROKEN);
    }
    Ok(codes.into_iter().max_by_key(severity).unwrap_or(4))
}

/// The scenarios of a file, or one case of the catalogue.
fn chosen_cases(arguments: &Arguments) -> Result<Vec<Case>, Usage> {
    let name = arguments.case.as_str();
    let path = Path::new(name);
    // No id of a case ends so: a path that does not exist is a path all the same.
    if path.extension().is_some_and(|extension| extension == "json") {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Usage(format!("scenarios: cannot read `{name}`: {error}")))?;
        let scenarios = scenario_cases(name, &text)?;
        if scenarios.is_empty() {
            return Err(Usage(format!("scenarios: `{name}` holds none")));
        }
        return Ok(scenarios);
    }
    let (cases, _) = cases(&arguments.source)?;
    let case = cases.into_iter().find(|case| case.id == name);
    let case = case.ok_or_else(|| Usage(format!("unknown case `{name}`; `list` prints them")))?;
    Ok(vec![case])
}

/// Runs and prints one case; its exit code.
fn one(target: &dyn Target, case: &Case, options: Options) -> u8 {
    let (ending, transcript) = replay(target, case, options);
    let mut text = format!("{}\n{}\n\n{transcript}\n", case.id, case.comment);
    let _ = match ending.reason() {
        Some(reason) => writeln!(text, "{}: {reason}\n", ending.word()),
        None => writeln!(text, "{}\n", ending.word()),
    };
    print(&text);
    match ending {
        Ending::Passed => 0,
        Ending::Failed(_) | Ending::Inconclusive(_) => 1,
        Ending::Unusable(_) => 2,
        Ending::Skipped(_) => 4,
    }
}

/// Of several codes the gravest counts: an unusable file before a failure, a failure before a
/// pass, and a pass before nothing at all.
fn severity(code: &u8) -> u8 {
    match code {
        4 => 0,
        other => 1 + other,
    }
}

#[cfg(test)]
mod tests {
    use super::severity;

    #[test]
    fn the_gravest_code_counts() {
        for (codes, expected) in [([0, 4], 0), ([0, 1], 1), ([1, 2], 2), ([4, 4], 4)] {
            assert_eq!(codes.into_iter().max_by_key(severity), Some(expected));
        }
    }
}
