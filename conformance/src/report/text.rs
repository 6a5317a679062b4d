//! The report that people read.

use super::{Finding, Report, causes, musts, terms};
use crate::case::{Area, Case, Ending, GROUPS, group_word};
use crate::runner::CaseResult;
use std::fmt::Write as _;

/// How many failures are shown whole.
const SHOWN: usize = 12;

/// Renders the report; time is left out of `insta` snapshots by passing zero.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    failures(report, &mut text);
    text.push_str(&causes::table(report, SHOWN));
    let (wrong_entries, expected_line) = report.expected_lines();
    text.push_str(&wrong_entries);
    for area in Area::ALL {
        let counts = report.counts(|case| case.area == area);
        let mut notes = terms::notes(&counts);
        if area == Area::AtRest && !report.target.offers(sse_spec::Capability::Fixup) {
            notes.push("keyed authentication not shown".into());
        }
        let finding = report.line(area);
        if finding == Finding::NotExamined {
            notes.push(report.unexamined());
        }
        if matches!(finding, Finding::NotRun | Finding::Elsewhere) {
            let _ = writeln!(text, "{:<20}{}", area.title(), finding.word());
            continue;
        }
        let _ = writeln!(text, "{:<20}{:<16}{}", area.title(), finding.word(), notes.join(", "));
    }
    text.push_str(&expected_line);
    groups(report, &mut text);
    footer(report, &mut text);
    text
}

fn failures(report: &Report<'_>, text: &mut String) {
    let notable = report
        .pairs()
        .filter(|(_, result)| !matches!(result.ending, Ending::Passed | Ending::Skipped(_)));
    let notable = notable.filter(|(case, result)| report.excuse(case, result).is_none());
    for (shown, (case, result)) in notable.enumerate() {
        if shown == SHOWN {
            let _ = writeln!(text, "... more: --report-json lists every one\n");
            break;
        }
        let _ = writeln!(text, "{} {}", ended(report, case, result), case.id);
        let _ = writeln!(text, "  shows    {}", case.comment);
        let _ = writeln!(text, "  because  {}", result.ending.reason().unwrap_or_default());
        let _ = writeln!(text, "  breaks   {}", case.requirements.join(", "));
        if report.lenient(case) {
            let since = report.terms.ages.since(case);
            let _ = writeln!(
                text,
                "  warning  proposed in {since}, required from the next minor version"
            );
        }
        let _ =
            writeln!(text, "  again    sse-conformance replay {}{}\n", report.terms.again, case.id);
    }
}

/// How a case ended that did not pass, in one word; what only SHOULD be is a warning.
fn ended(report: &Report<'_>, case: &Case, result: &CaseResult) -> String {
    match result.ending {
        Ending::Failed(_) if !report.breaks(case, result) => "WARNED".into(),
        _ => result.ending.word().to_uppercase(),
    }
}

fn groups(report: &Report<'_>, text: &mut String) {
    let words = GROUPS.iter().filter_map(|group| {
        let finding = report.group(*group)?;
        Some(format!("{} {}", group_word(*group), finding.word()))
    });
    let _ = writeln!(text, "core groups         {}", words.collect::<Vec<_>>().join(", "));
}

fn footer(report: &Report<'_>, text: &mut String) {
    let examined = report.requirements_examined();
    let musts = musts(&report.profiles);
    let seen = musts.iter().filter(|id| examined.contains(*id)).count();
    let _ = writeln!(
        text,
        "requirements        {seen} of {} MUST examined, {} broken",
        musts.len(),
        report.broken().len()
    );
    if let Some(protocol) = &report.protocol {
        let first = protocol.first.as_deref().unwrap_or_default();
        let _ = match protocol.breaks {
            0 => writeln!(text, "protocol            kept"),
            breaks => {
                writeln!(text, "protocol            BROKEN          {breaks} times; first: {first}")
            }
        };
    }
    text.push_str(&report.part_lines());
    let profiles: Vec<_> = report.profiles.iter().map(|profile| profile.word()).collect();
    let _ = writeln!(text, "profiles            {}", profiles.join(", "));
    let settle = report.target.settle;
    let eventual = settle != sse_spec::SettleTimes::default();
    let _ = writeln!(
        text,
        "target              {} {}{}",
        report.target.name,
        report.target.version,
        if eventual { ", eventual" } else { "" }
    );
    let _ = writeln!(
        text,
        "suite               {}, vectors {}, seed {:#x}",
        env!("CARGO_PKG_VERSION"),
        report.corpus_digest.get(..16).unwrap_or_default(),
        report.options.seed
    );
    if !report.time.is_zero() {
        let _ = writeln!(text, "time                {:.2} s", report.time.as_secs_f64());
    }
}
