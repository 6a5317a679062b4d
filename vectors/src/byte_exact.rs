//! Byte-exact vectors as strict serde types: one format operation, one exact reply or one class of
//! refusal (spec/encryption-context.md, spec/data-key.md, spec/sealed-object.md).

mod accumulated;

pub use crate::scenario::Note;
pub use accumulated::{Accumulated, AccumulatedFile, AccumulatedSchema, drawn_pairs};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_spec::{Bytes, Class, Operation};
use std::collections::BTreeMap;

/// One file of byte-exact vectors, `data/<stem>/<family>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    /// The form of the file.
    pub schema: Schema,
    /// Stem of the document whose requirements the file checks.
    pub stem: String,
    /// Name of the format operation that every vector performs.
    pub operation: String,
    /// Where the expectations come from, and how the vectors' bytes are drawn.
    pub source: String,
    /// What each flag means.
    pub notes: BTreeMap<String, Note>,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

/// The form of a file of byte-exact vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The first and only one.
    #[serde(rename = "byte-exact/1")]
    ByteExact1,
}

/// One operation with its exact outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Stable id, `stem/slug`.
    pub id: String,
    /// The requirements that the vector checks.
    pub requirements: Vec<String>,
    /// What is special here, for people.
    pub comment: String,
    /// Flags, each explained in the file's notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// For an invalid vector the valid one from whose input it differs in one JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// The fields of the operation's request.
    pub input: Value,
    /// Values on the way to the reply, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub intermediate: BTreeMap<String, Bytes>,
    /// How the operation has to end.
    pub expect: Expect,
}

/// How an operation has to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "lowercase", deny_unknown_fields)]
pub enum Expect {
    /// With exactly this reply.
    Valid {
        /// The fields of the operation's reply.
        reply: Value,
    },
    /// With a refusal.
    Invalid {
        /// Its class; profile `core` compares the kind.
        refusal: Class,
    },
}

impl VectorFile {
    /// Parses a file strictly.
    ///
    /// # Errors
    /// A text that names the file, line and column.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
    }
}

impl Vector {
    /// The request that the vector makes, as the vocabulary's type.
    ///
    /// # Errors
    /// A text that names the vector and what is wrong with its input.
    pub fn request(&self, operation: &str) -> Result<Operation, String> {
        serde_json::from_value(json!({ operation: self.input }))
            .map_err(|error| format!("{}: {error}", self.id))
    }
}

/// The byte-exact files among vector files, with their names; other schemas are passed over.
///
/// # Errors
/// A text that names file, line and column.
pub fn vector_files<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<(String, VectorFile)>, String> {
    let mut out = Vec::new();
    for (name, text) in files {
        if form(name, text)?.starts_with("byte-exact/") {
            out.push((name.to_owned(), VectorFile::parse(name, text)?));
        }
    }
    Ok(out)
}

/// Every embedded byte-exact file with its name.
///
/// # Errors
/// A text that names file, line and column.
pub fn files() -> Result<Vec<(String, VectorFile)>, String> {
    vector_files(crate::corpus::files().iter().copied())
}

/// Every embedded file of accumulated vectors with its name.
///
/// # Errors
/// A text that names file, line and column.
pub fn accumulated_files() -> Result<Vec<(String, AccumulatedFile)>, String> {
    let mut out = Vec::new();
    for (name, text) in crate::corpus::files() {
        if form(name, text)?.starts_with("accumulated/") {
            let file = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            out.push(((*name).to_owned(), file));
        }
    }
    Ok(out)
}

fn form(name: &str, text: &str) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Form {
        schema: String,
    }
    let form: Form = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    Ok(form.schema)
}

/// JSON pointers of the smallest values in which two inputs differ; a member on one side only, and
/// a list of another length, is one.
#[must_use]
pub fn differences(a: &Value, b: &Value) -> Vec<String> {
    let mut out = Vec::new();
    collect(Some(a), Some(b), String::new(), &mut out);
    out
}

fn collect(a: Option<&Value>, b: Option<&Value>, at: String, out: &mut Vec<String>) {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let step = name.replace('~', "~0").replace('/', "~1");
                collect(a.get(name), b.get(name), format!("{at}/{step}"), out);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                collect(Some(a), Some(b), format!("{at}/{index}"), out);
            }
        }
        _ if a != b => out.push(at),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
