//! Makes the scenarios of a table: one for each cell, with the twin of each refusal.

use super::fill::Holes;
use super::{Choice, Outcome, Row, Table};
use crate::scenario::{Scenario, ScenarioFile, Schema, needed, twin_difference};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One combination of options with what its row says.
struct Cell<'a> {
    options: Vec<&'a Choice>,
    outcome: &'a Outcome,
    row: &'a Row,
}

/// The scenario file that a table stands for.
///
/// # Errors
/// A text that names the cell and what is wrong with it.
pub fn render(table: &Table) -> Result<ScenarioFile, String> {
    let mut cells = Vec::new();
    for options in combinations(table) {
        if let Some(cell) = claim(table, options)? {
            cells.push(cell);
        }
    }
    every_row_claims(table, &cells)?;
    let mut scenarios = Vec::new();
    for cell in &cells {
        let named = |error| format!("{}: {error}", name(cell));
        scenarios.push(scenario(table, cell).map_err(named)?);
    }
    let twins = cells
        .iter()
        .enumerate()
        .map(|(index, cell)| twin(index, cell, &cells, &scenarios))
        .collect::<Result<Vec<_>, _>>()?;
    for (scenario, twin) in scenarios.iter_mut().zip(twins) {
        scenario.twin = twin;
    }
    Ok(ScenarioFile {
        schema: Schema::Scenario1,
        stem: table.stem.clone(),
        family: table.family.clone(),
        source: table.sources.values().cloned().collect::<Vec<_>>().join("; "),
        notes: table.notes.clone(),
        scenarios,
    })
}

fn combinations(table: &Table) -> Vec<Vec<&Choice>> {
    let mut all: Vec<Vec<&Choice>> = vec![Vec::new()];
    for axis in &table.axes {
        let mut longer = Vec::new();
        for options in all {
            for option in &axis.options {
                longer.push(options.iter().copied().chain([option]).collect());
            }
        }
        all = longer;
    }
    all
}

fn covers(table: &Table, at: &BTreeMap<String, Vec<String>>, options: &[&Choice]) -> bool {
    table
        .axes
        .iter()
        .zip(options)
        .all(|(axis, option)| at.get(&axis.name).is_none_or(|names| names.contains(&option.name)))
}

/// The one row that claims a combination; `None` where it is impossible.
fn claim<'a>(table: &'a Table, options: Vec<&'a Choice>) -> Result<Option<Cell<'a>>, String> {
    let label = options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>().join("/");
    let rows: Vec<&Row> =
        table.rows.iter().filter(|row| covers(table, &row.at, &options)).collect();
    let impossible = table.impossible.iter().any(|one| covers(table, &one.at, &options));
    match (rows.as_slice(), impossible) {
        ([], true) => Ok(None),
        ([row], false) => {
            let outcome = table.outcomes.get(&row.outcome);
            let outcome =
                outcome.ok_or_else(|| format!("{label}: no outcome `{}`", row.outcome))?;
            if !table.sources.contains_key(&row.source) {
                return Err(format!("{label}: no source `{}`", row.source));
            }
            Ok(Some(Cell { options, outcome, row }))
        }
        ([], false) => Err(format!("{label}: no row claims the cell")),
        _ => Err(format!("{label}: the cell is claimed more than once")),
    }
}

fn every_row_claims(table: &Table, cells: &[Cell<'_>]) -> Result<(), String> {
    for (index, row) in table.rows.iter().enumerate() {
        for (axis, names) in &row.at {
            let known = table.axes.iter().find(|known| known.name == *axis);
            let known = known.ok_or_else(|| format!("row {index}: no axis `{axis}`"))?;
            for name in names {
                if !known.options.iter().any(|option| option.name == *name) {
                    return Err(format!("row {index}: axis `{axis}` has no option `{name}`"));
                }
            }
        }
        if !cells.iter().any(|cell| std::ptr::eq(cell.row, row)) {
            return Err(format!("row {index} claims no cell"));
        }
    }
    Ok(())
}

fn name(cell: &Cell<'_>) -> String {
    cell.options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>().join("/")
}

fn scenario(table: &Table, cell: &Cell<'_>) -> Result<Scenario, String> {
    let mut holes = Holes::default();
    let (mut names, mut comments) = (Holes::default(), Holes::default());
    for (axis, option) in table.axes.iter().zip(&cell.options) {
        holes.add(&axis.name, &option.values);
        names.add_text(&axis.name, &option.name);
        comments.add_text(&axis.name, &option.comment);
    }
    holes.add("outcome", &cell.outcome.values);
    let slug = names.fill_text(&table.slug)?;
    let slug = slug.as_str().unwrap_or_default();
    let source = table.sources.get(&cell.row.source).map(String::as_str).unwrap_or_default();
    let comment = comments.fill_text(&table.comment)?;
    let comment = format!("{} Source: {source}.", comment.as_str().unwrap_or_default());
    let steps = steps(table, cell, &holes)?;
    let requirements = cell.row.requirements.as_ref().unwrap_or(&cell.outcome.requirements);
    let value = json!({
        "id": format!("{}/{slug}", table.stem),
        "requirements": requirements,
        "profile": cell.row.profile.unwrap_or(cell.outcome.profile),
        "group": table.group,
        "flags": cell.outcome.flags,
        "comment": comment,
        "steps": steps,
    });
    let mut scenario: Scenario =
        serde_json::from_value(value).map_err(|error| error.to_string())?;
    scenario.needs = needed(&scenario).into_iter().collect();
    Ok(scenario)
}

/// The steps of a cell, every hole filled and the judged step's end put in.
fn steps(table: &Table, cell: &Cell<'_>, holes: &Holes) -> Result<Vec<Value>, String> {
    let mut out = Vec::new();
    let mut judged = false;
    for step in &table.steps {
        for step in spliced(table, cell, step)? {
            let mut step = holes.fill(&step)?;
            let fields = step.as_object_mut().ok_or("a step is no object")?;
            let is_refused = cell.outcome.refused.is_some();
            match fields.remove("when").as_ref().and_then(Value::as_str) {
                Some("reply") if is_refused => continue,
                Some("refused") if !is_refused => continue,
                Some("reply" | "refused") | None => {}
                Some(other) => return Err(format!("`when` is `{other}`")),
            }
            if fields.remove("judged") == Some(Value::Bool(true)) {
                if std::mem::replace(&mut judged, true) {
                    return Err("two steps are judged".to_owned());
                }
                judge(fields, cell.outcome, holes)?;
            }
            out.push(step);
        }
    }
    if judged { Ok(out) } else { Err("no step is judged".to_owned()) }
}

/// A step as it is, or the steps of an option that it stands for.
fn spliced(table: &Table, cell: &Cell<'_>, step: &Value) -> Result<Vec<Value>, String> {
    let Some(axis) = step.get("axis").and_then(Value::as_str) else {
        return Ok(vec![step.clone()]);
    };
    let part = step.get("part").and_then(Value::as_str).unwrap_or("steps");
    let option = table.axes.iter().zip(&cell.options).find(|(known, _)| known.name == axis);
    let (_, option) = option.ok_or_else(|| format!("no axis `{axis}`"))?;
    Ok(option.steps.get(part).cloned().unwrap_or_default())
}

fn judge(step: &mut Map<String, Value>, outcome: &Outcome, holes: &Holes) -> Result<(), String> {
    let Some(refused) = &outcome.refused else { return Ok(()) };
    step.insert("expect".to_owned(), json!({ "refused": holes.fill(refused)? }));
    // A refusal has nothing of what a reply gives.
    step.remove("bind");
    Ok(())
}

/// For a cell that ends in a refusal, a cell that differs in one option and one place, and does
/// not.
fn twin(
    index: usize,
    cell: &Cell<'_>,
    cells: &[Cell<'_>],
    scenarios: &[Scenario],
) -> Result<Option<String>, String> {
    let own = scenarios.get(index).ok_or("no scenario")?;
    if !own.is_negative() {
        return Ok(None);
    }
    let differs_once = |other: &Cell<'_>| {
        let pairs = cell.options.iter().zip(&other.options);
        pairs.filter(|(a, b)| a.name != b.name).count() == 1
    };
    let near = cells.iter().zip(scenarios).filter(|(other, _)| differs_once(other));
    let mut near = near.filter(|(_, scenario)| !scenario.is_negative());
    let twin = near.find(|(_, scenario)| twin_difference(own, scenario).is_ok());
    match twin {
        Some((_, scenario)) => Ok(Some(scenario.id.clone())),
        None => Err(format!("{}: no cell is its twin", name(cell))),
    }
}
