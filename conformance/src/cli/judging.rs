//! On what terms `run` judges: expected failures, shards, proposed cases.

use super::Usage;
use sse_conformance::case::Case;
use sse_conformance::expected::{Date, Entry, Expected, file};
use sse_conformance::proposed::SUITE;
use sse_conformance::report::{Report, Terms};
use sse_conformance::shard::Shard;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Debug, clap::Args)]
pub(super) struct Judging {
    /// Expect the failures that this TOML file lists, and no others; exit code 0 if that holds
    #[arg(long, value_name = "FILE")]
    expected_failures: Option<PathBuf>,
    /// Write what fails now to this file, so that it is expected from now on
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    write_expected_failures: Option<PathBuf>,
    /// Run one of N parts of the cases, for example 1/4; `report merge` puts the parts together
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Count proposed cases like required ones
    #[arg(long)]
    include_proposed: bool,
}

impl Judging {
    /// The terms; `catalogue` is all there is, before any filter.
    pub(super) fn terms(&self, catalogue: &[Case]) -> Result<Terms, Usage> {
        let mut terms = Terms { include_proposed: self.include_proposed, ..Terms::default() };
        if let Some(path) = &self.expected_failures {
            let (entries, name) = (file::read(path)?, path.display().to_string());
            let today = Date::at(SystemTime::now());
            terms.expected = Some(Expected::new(&name, today, entries, catalogue));
        }
        if let Some(path) = &self.write_expected_failures {
            // Nothing is lost where the run does not come to an end.
            let opened = OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|error| cannot_write(path, &error))?;
        }
        Ok(terms)
    }

    /// Takes away the cases of the other shards.
    pub(super) fn take_shard(&self, cases: &mut Vec<Case>, terms: &mut Terms) {
        let Some(shard) = self.shard else { return };
        terms.shard = Some(Shard { cases: cases.len(), ..shard });
        let whole = std::mem::take(cases).into_iter().enumerate();
        for (position, case) in whole.filter(|(_, case)| shard.holds(&case.id)) {
            terms.positions.push(position);
            cases.push(case);
        }
    }

    /// Writes the failures of a run as a file of expected failures, and judges the run by it.
    /// Entries that already held keep their reason, issue and last day.
    pub(super) fn write(&self, report: &mut Report<'_>) -> Result<(), Usage> {
        let Some(path) = &self.write_expected_failures else { return Ok(()) };
        if matches!(report.exit_code(), 2 | 4) {
            return Ok(());
        }
        let today = Date::at(SystemTime::now());
        let baseline = format!("baseline of suite {SUITE}, {today}");
        let failing = report.pairs().filter(|(case, result)| report.spoils(case, result));
        let mut entries: Vec<Entry> = failing
            .map(|(case, result)| {
                let kept = report.excuse(case, result);
                Entry {
                    case: case.id.clone(),
                    reason: kept.map_or(&baseline, |entry| &entry.reason).clone(),
                    issue: kept.and_then(|entry| entry.issue.clone()),
                    expires: kept.and_then(|entry| entry.expires),
                    line: 0,
                    matches: 1,
                }
            })
            .collect();
        entries.sort_by(|one, other| one.case.cmp(&other.case));
        let (name, version) = (&report.target.name, &report.target.version);
        let head =
            format!("Expected failures of {name} {version}, written by `sse-conformance run`.");
        let text = file::render(&head, &entries);
        std::fs::write(path, &text).map_err(|error| cannot_write(path, &error))?;
        let file_name = path.display().to_string();
        // Read back, so that a file is judged and not what was meant to be in it.
        let entries = file::parse(&file_name, &text)?;
        report.terms.expected = Some(Expected::new(&file_name, today, entries, report.cases));
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Usage {
    Usage(format!("expected failures: cannot write `{}`: {error}", path.display()))
}
