//! `run`: judges a target and prints the verdict.

use super::child::{ChildArguments, not_started};
use super::judging::Judging;
use super::reports::{Reports, cannot_write};
use super::select::{cases, matching, profile, target};
use super::{Source, Usage, print};
use indicatif::{ProgressBar, ProgressStyle};
use sse_conformance::case::{Area, Case};
use sse_conformance::cases::{corpus_cases, cross_cases};
use sse_conformance::report::{Report, text};
use sse_conformance::runner::{self, Options, SEED};
use sse_spec::Profile;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// What to judge: `reference`, `reference-in-folder`, `malleable` or `fault:ID`
    #[arg(long, default_value = "reference")]
    target: String,
    #[command(flatten)]
    child: ChildArguments,
    /// Also send every file of this folder through both modes and back
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Also let this target open what the judged one seals, and the other way round: `reference`
    /// or `malleable`
    #[arg(long, value_name = "TARGET")]
    peer: Option<String>,
    /// Only cases whose id matches this glob (`*` is any run of characters)
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// Judge this profile only; may be given several times, and means all where it is not given
    #[arg(long = "profile", value_name = "PROFILE", value_parser = profile)]
    profiles: Vec<Profile>,
    /// Leave out a line of the verdict on purpose; the report says so
    #[arg(long, value_name = "LINE", value_parser = ["at-rest"])]
    without: Option<String>,
    /// Count SHOULD like MUST
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    judging: Judging,
    /// Seed of everything that is drawn: a number or `random`
    #[arg(long, value_parser = seed)]
    seed: Option<u64>,
    /// Worlds open at once; 0 takes the number of cores
    #[arg(long, default_value_t = 0)]
    jobs: usize,
    #[command(flatten)]
    reports: Reports,
    /// Write each generated scenario that fails as a file of this folder, ready for `replay`
    #[arg(long, value_name = "DIR")]
    save_failing: Option<PathBuf>,
}

fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None if text == "random" => return Ok(random_seed()),
        None => text.parse(),
    };
    parsed.map_err(|_| "a number, a hexadecimal number after 0x, or `random`".into())
}

/// Any seed that differs from run to run will do; the report names it.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let (mut cases, corpus_digest) = candidates(arguments)?;
    let mut terms = arguments.judging.terms(&cases)?;
    terms.again = again(arguments);
    if !arguments.profiles.is_empty() {
        cases.retain(|case| arguments.profiles.contains(&case.profile));
    }
    let all = cases.len();
    if let Some(glob) = &arguments.filter {
        cases = match matching(cases, glob) {
            Ok(cases) => cases,
            Err(none) => {
                eprintln!("{none}");
                Vec::new()
            }
        };
    }
    let filtered = cases.len() < all;
    let without_at_rest = arguments.without.is_some();
    if without_at_rest {
        cases.retain(|case| case.area != Area::AtRest);
    }
    arguments.judging.take_shard(&mut cases, &mut terms);
    // A report that cannot be written is found out before the run, not after it.
    let files = arguments.reports.create()?;
    if let Some(folder) = &arguments.save_failing {
        std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    }
    let seed = arguments.seed.unwrap_or(SEED);
    let chosen = arguments.child.choose(arguments.jobs, || target(&arguments.target))?;
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(broken) => return Ok(not_started(&broken)),
    };
    let options = Options { seed, jobs: arguments.jobs, budget: chosen.budget() };
    let bar = progress(cases.len());
    let start = Instant::now();
    let results = runner::run(chosen.target(), &cases, options, &|done| {
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let protocol = chosen.finish();
    let mut report = Report {
        target: chosen.target().describe(),
        cases: &cases,
        results,
        protocol,
        options,
        strict: arguments.strict,
        without_at_rest,
        filtered,
        profiles: if arguments.profiles.is_empty() {
            Profile::ALL.to_vec()
        } else {
            arguments.profiles.clone()
        },
        corpus_digest,
        terms,
        time: start.elapsed(),
    };
    arguments.judging.write(&mut report)?;
    print(&text::render(&report));
    files.write(&report)?;
    if let Some(folder) = &arguments.save_failing {
        save(folder, &report)?;
    }
    Ok(report.exit_code())
}

/// Writes the scenarios of failed cases, each into a file that is named after its case.
fn save(folder: &Path, report: &Report<'_>) -> Result<(), Usage> {
    for result in &report.results {
        let (Some(text), Some(case)) = (&result.scenario, report.cases.get(result.index)) else {
            continue;
        };
        let path = folder.join(format!("{}.json", case.id.replace('/', "-")));
        std::fs::write(&path, format!("{text}\n")).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(())
}

/// Every case that may be run: the catalogue, and what the arguments add to it.
fn candidates(arguments: &Arguments) -> Result<(Vec<Case>, String), Usage> {
    let (mut cases, corpus_digest) = cases(&arguments.source)?;
    if let Some(folder) = &arguments.corpus {
        cases.extend(corpus_cases(folder).map_err(|error| Usage(error.to_string()))?);
    }
    if let Some(name) = &arguments.peer {
        let peer = cross_cases(name, target(name)?.as_ref());
        cases.extend(peer.map_err(|error| Usage(format!("--peer: {error}")))?);
    }
    Ok((cases, corpus_digest))
}

/// The arguments by which `replay` judges the same target, each followed by a space.
fn again(arguments: &Arguments) -> String {
    match &arguments.child.command {
        Some(line) => {
            let quoted = shlex::try_quote(line).map_or_else(|_| line.clone(), Into::into);
            format!("--command {quoted} ")
        }
        None if arguments.target == "reference" => String::new(),
        None => format!("--target {} ", arguments.target),
    }
}

/// A bar on a terminal, nothing where the output is piped.
fn progress(len: usize) -> ProgressBar {
    let bar = ProgressBar::new(len as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} cases") {
        bar.set_style(style);
    }
    bar
}
