//! The schema of the protocol, by which every line is checked where that is asked for.

use jsonschema::Validator as Schema;
use serde_json::{Value, json};

/// `schemas/protocol.schema.json`.
const SCHEMA: &str = include_str!("../../../schemas/protocol.schema.json");

/// The schema of either direction.
#[derive(Debug)]
pub struct Validator {
    request: Schema,
    answer: Schema,
}

impl Validator {
    /// Reads the schema.
    ///
    /// # Errors
    /// A text for people where the embedded schema is none.
    pub fn new() -> Result<Self, String> {
        let whole: Value = serde_json::from_str(SCHEMA).map_err(|error| error.to_string())?;
        let one = |name: &str| {
            let schema = json!({
                "$schema": whole.get("$schema"),
                "$defs": whole.get("$defs"),
                "$ref": format!("#/$defs/{name}"),
            });
            jsonschema::validator_for(&schema).map_err(|error| error.to_string())
        };
        Ok(Self { request: one("Request")?, answer: one("Answer")? })
    }

    /// Checks a line of the suite.
    ///
    /// # Errors
    /// Where it does not fit.
    pub fn request(&self, line: &[u8]) -> Result<(), String> {
        check(&self.request, line)
    }

    /// Checks a line of a child.
    ///
    /// # Errors
    /// Where it does not fit.
    pub fn answer(&self, line: &[u8]) -> Result<(), String> {
        check(&self.answer, line)
    }
}

/// What does not fit is named by its place: a message of the validator would show the value.
fn check(schema: &Schema, line: &[u8]) -> Result<(), String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    match schema.iter_errors(&value).next() {
        None => Ok(()),
        Some(error) => Err(format!(
            "it does not fit the schema at `{}` of the line, `{}` of the schema",
            error.instance_path(),
            error.schema_path(),
        )),
    }
}
