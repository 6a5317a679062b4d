//! The report that machines read; its schema is conformance/schemas/report.schema.json.

use super::Report;
use crate::case::{Area, GROUPS, group_word};
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
    let cases: Vec<Value> = report
        .pairs()
        .map(|(case, result)| {
            let mut entry = json!({
                "id": case.id,
                "requirements": case.requirements,
                "profile": case.profile,
                "area": case.area.title(),
                "group": group_word(case.group),
                "ending": result.ending.word(),
                "breaks": result.breaks(case, report.strict),
                "milliseconds": u64::try_from(result.time.as_millis()).unwrap_or(u64::MAX),
            });
            if let (Some(reason), Some(entry)) = (result.ending.reason(), entry.as_object_mut()) {
                entry.insert("reason".into(), json!(reason));
                entry.insert("transcript".into(), json!(result.transcript));
            }
            entry
        })
        .collect();
    let mut rendered = json!({
        "schema": "report/1",
        "suite_version": env!("CARGO_PKG_VERSION"),
        "corpus_digest": report.corpus_digest,
        "seed": report.options.seed,
        "strict": report.strict,
        "without_at_rest": report.without_at_rest,
        "filtered": report.filtered,
        "profiles": report.profiles,
        "target": report.target,
        "verdict": lines,
        "core_groups": groups,
        "broken_requirements": report.broken(),
        "exit_code": report.exit_code(),
        "cases": cases,
    });
    if let (Some(protocol), Some(members)) = (&report.protocol, rendered.as_object_mut()) {
        let mut entry = json!({ "breaks": protocol.breaks });
        if let (Some(first), Some(entry)) = (&protocol.first, entry.as_object_mut()) {
            entry.insert("first".into(), json!(first));
        }
        members.insert("protocol".into(), entry);
    }
    rendered
}
