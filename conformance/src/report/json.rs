//! The report that machines read; its schema is conformance/schemas/report.schema.json.

use super::Report;
use crate::case::{Area, Case, GROUPS, group_word};
use crate::runner::CaseResult;
use serde_json::{Map, Value, json};

/// Renders the report.
#[must_use]
pub fn render(report: &Report<'_>) -> Value {
    let lines: Map<String, Value> = Area::ALL
        .iter()
        .map(|area| (area.title().to_owned(), json!(report.line(*area).word())))
        .collect();
    let groups: Map<String, Value> = GROUPS
        .iter()
        .filter_map(|group| {
            Some((group_word(*group).to_owned(), json!(report.group(*group)?.word())))
        })
        .collect();
    let cases: Vec<Value> =
        report.pairs().map(|(case, result)| entry(report, case, result)).collect();
    let terms = &report.terms;
    let mut value = json!({
        "schema": "report/1",
        "suite_version": env!("CARGO_PKG_VERSION"),
        "corpus_digest": report.corpus_digest,
        "seed": report.options.seed,
        "strict": report.strict,
        "include_proposed": terms.include_proposed,
        "without_at_rest": report.without_at_rest,
        "filtered": report.filtered,
        "profiles": report.profiles,
        "target": report.target,
        "verdict": lines,
        "core_groups": groups,
        "broken_requirements": report.broken(),
        "exit_code": report.exit_code(),
        "milliseconds": milliseconds(report.time),
        "again": terms.again,
        "cases": cases,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(terms.shard.map(|shard| ("shard".to_owned(), json!(shard))));
        fields.extend(expected(report).map(|file| ("expected_failures".to_owned(), file)));
        fields.extend(report.protocol.as_ref().map(|kept| ("protocol".to_owned(), json!(kept))));
    }
    value
}

fn entry(report: &Report<'_>, case: &Case, result: &CaseResult) -> Value {
    let mut entry = json!({
        "id": case.id,
        "position": report.terms.position(result.index),
        "comment": case.comment,
        "requirements": case.requirements,
        "profile": case.profile,
        "area": case.area.title(),
        "group": group_word(case.group),
        "family": case.family,
        "since": report.terms.ages.since(case),
        "proposed": report.terms.ages.proposed(case),
        "ending": result.ending.word(),
        "breaks": report.breaks(case, result),
        "milliseconds": milliseconds(result.time),
    });
    let Some(fields) = entry.as_object_mut() else { return entry };
    if let Some(reason) = result.ending.reason() {
        fields.insert("reason".into(), json!(reason));
        fields.insert("transcript".into(), json!(result.transcript));
    }
    if let Some(excuse) = report.excuse(case, result) {
        fields.insert("expected".into(), json!(excuse.reason));
    }
    entry
}

/// The file of expected failures with what became of each entry.
fn expected(report: &Report<'_>) -> Option<Value> {
    let expected = report.terms.expected.as_ref()?;
    let entries = report.entries().into_iter().map(|judged| {
        let mut entry = json!(judged.entry);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("state".into(), json!(judged.state.word()));
        }
        entry
    });
    Some(json!({
        "file": expected.file,
        "date": expected.date,
        "holds": report.wrong_entries().is_empty(),
        "entries": entries.collect::<Vec<_>>(),
    }))
}

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
