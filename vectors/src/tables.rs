//! Tables of expected outcomes, written by hand with a source for each cell, and the scenarios
//! that they stand for (spec/decisions/vocabulary.md, tables).
//!
//! A table has axes, each with options; a cell is one option of every axis. Every combination is
//! claimed by exactly one row, which names the outcome and its source. The scenarios are made from
//! the rows alone; no oracle is asked, so that the oracle can be tested against them.

mod fill;
mod render;

pub use render::render;

use crate::scenario::{Group, Note, ScenarioFile};
use serde::Deserialize;
use serde_json::{Map, Value};
use sse_spec::Profile;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// One file below `tables/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The form of the file.
    pub schema: Schema,
    /// Stem of the document whose requirements the table checks.
    pub stem: String,
    /// Name of the scenario file that it becomes.
    pub family: String,
    /// Group of the verdict.
    pub group: Group,
    /// Public sources, by the short name that the rows use.
    pub sources: BTreeMap<String, String>,
    /// What each flag means.
    pub notes: BTreeMap<String, Note>,
    /// Slug of a scenario's id, with `@{AXIS}` for the name of the option.
    pub slug: String,
    /// Comment of a scenario, with `@{AXIS}` for the comment of the option.
    pub comment: String,
    /// The axes, in the order in which rows name their options.
    pub axes: Vec<Axis>,
    /// The steps: a scenario's step, or `{"axis": NAME, "part": PART}` for steps of an option.
    pub steps: Vec<Value>,
    /// How the judged step can end.
    pub outcomes: BTreeMap<String, Outcome>,
    /// The cells.
    pub rows: Vec<Row>,
    /// Combinations that cannot be: options as in a row, and the reason.
    #[serde(default)]
    pub impossible: Vec<Impossible>,
}

/// The form of a table file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Schema {
    /// The first and only one.
    #[serde(rename = "table/1")]
    Table1,
}

/// One axis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Its options, in order.
    pub options: Vec<Choice>,
}

/// One option of an axis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name, a part of a slug.
    pub name: String,
    /// What it means, a part of a sentence.
    pub comment: String,
    /// What `@{AXIS.NAME}` stands for; a field whose value is `null` is left out.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// Steps that `{"axis": .., "part": ..}` stands for.
    #[serde(default)]
    pub steps: BTreeMap<String, Vec<Value>>,
}

/// How the judged step can end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The refusals that are accepted; absent where the step's own reply is expected.
    #[serde(default)]
    pub refused: Option<Value>,
    /// Values that `@{outcome.NAME}` stands for in the steps.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// The requirements that the scenario checks.
    pub requirements: Vec<String>,
    /// Profile of the strongest of them.
    pub profile: Profile,
    /// Flags of the scenario.
    #[serde(default)]
    pub flags: Vec<String>,
}

/// Cells with one outcome: for each axis the names of its options, or none for all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Options by axis; an axis that is not named stands for all of its options.
    pub at: BTreeMap<String, Vec<String>>,
    /// Name of the outcome.
    pub outcome: String,
    /// Short name of the source.
    pub source: String,
    /// Requirements in place of the outcome's.
    #[serde(default)]
    pub requirements: Option<Vec<String>>,
    /// Profile in place of the outcome's.
    #[serde(default)]
    pub profile: Option<Profile>,
}

/// Combinations that are not cells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impossible {
    /// Options by axis, as in a row.
    pub at: BTreeMap<String, Vec<String>>,
    /// Why.
    pub reason: String,
}

/// Every scenario file that a table of the folder `tables/` stands for: its path below `data/` and
/// its text.
///
/// # Errors
/// A text that names the table and what is wrong with it.
pub fn generate() -> Result<Vec<(String, String)>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables");
    let mut out = Vec::new();
    for (name, text) in crate::corpus::files_from_dir(&folder)? {
        let table: Table =
            serde_json::from_str(&text).map_err(|error| format!("tables/{name}: {error}"))?;
        let file = render(&table).map_err(|error| format!("tables/{name}: {error}"))?;
        let text = lines(&file).map_err(|error| error.to_string())?;
        out.push((format!("{}/{}.json", table.stem, table.family), text));
    }
    Ok(out)
}

/// A scenario file with each field of a scenario, and each of its steps, on a line of its own.
fn lines(file: &ScenarioFile) -> serde_json::Result<String> {
    let text = |value: &Value| serde_json::to_string(value);
    let mut out = String::from("{");
    let fields = serde_json::to_value(file)?;
    let fields = fields.as_object().into_iter().flatten();
    for (name, value) in fields.filter(|(name, _)| *name != "scenarios") {
        let _ = write!(out, "\n \"{name}\": {},", text(value)?);
    }
    out.push_str("\n \"scenarios\": [");
    for (index, scenario) in file.scenarios.iter().enumerate() {
        out.push_str(if index == 0 { "\n  {" } else { ",\n  {" });
        let fields = serde_json::to_value(scenario)?;
        let fields = fields.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| *name != "steps") {
            let _ = write!(out, "\n   \"{name}\": {},", text(value)?);
        }
        let steps = scenario.steps.iter().map(serde_json::to_string);
        let steps = steps.collect::<serde_json::Result<Vec<_>>>()?.join(",\n    ");
        let _ = write!(out, "\n   \"steps\": [\n    {steps}\n   ]\n  }}");
    }
    out.push_str("\n ]\n}\n");
    Ok(out)
}

#[cfg(test)]
mod tests;
