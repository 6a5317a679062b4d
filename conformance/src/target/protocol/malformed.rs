//! Why a line is not a message, in words that name the place: a path of members, not a column.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Deserializer, Track};

/// Why a line is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is not one JSON object in UTF-8.
    Json(String),
    /// It lacks a member, has one too many, or one of the wrong type.
    Members(String),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(why) | Self::Members(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Malformed {}

/// Parses a line that has to be one JSON object.
pub(super) fn object<'de, T: Deserialize<'de>>(line: &'de [u8]) -> Result<T, Malformed> {
    let json = |why: &str| Err(Malformed::Json(why.to_owned()));
    match line.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        None => return json("an empty line"),
        // What is printed for people goes astray so.
        Some(_) => return json("it is no object; write notes to standard error"),
    }
    // Once for the whole line, not once for each text in it.
    let text = std::str::from_utf8(line).map_err(|error| Malformed::Json(error.to_string()))?;
    serde_json::from_str(text).map_err(|error| {
        let told = without_place(&error);
        match error.classify() {
            Category::Data => Malformed::Members(placed::<T>(text).unwrap_or(told)),
            Category::Eof => Malformed::Json(
                "the object does not end on its line; a message is one line, so do not indent it"
                    .into(),
            ),
            _ => Malformed::Json(format!("{told} at column {}", error.column())),
        }
    })
}

/// What is wrong, behind the path of members that lead to it. Paths are only kept track of where
/// something is wrong: this reads the line again.
fn placed<'de, T: Deserialize<'de>>(text: &'de str) -> Option<String> {
    let (mut track, mut json) = (Track::new(), serde_json::Deserializer::from_str(text));
    let error = T::deserialize(Deserializer::new(&mut json, &mut track)).err()?;
    let what = plain(&without_place(&error));
    Some(match track.path().to_string().as_str() {
        "." => what,
        path => format!("{path}: {what}"),
    })
}

/// An error without line and column.
fn without_place(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.rsplit_once(" at line ").map_or(told.clone(), |(what, _)| what.to_owned())
}

/// What was expected and what was found, in the words of JSON; a text that was found is not
/// repeated, since it may be a secret.
fn plain(told: &str) -> String {
    let wrong = ["invalid type: ", "invalid value: "];
    let wrong = wrong.iter().find_map(|prefix| told.strip_prefix(prefix));
    let Some((found, expected)) = wrong.and_then(|rest| rest.rsplit_once(", expected ")) else {
        return told.to_owned();
    };
    let found = match found {
        text if text.starts_with("string ") => "a string",
        "map" => "an object",
        "sequence" => "a list",
        "null" | "unit value" => "null",
        other => other,
    };
    let expected = match expected {
        "a map" => "an object",
        "a sequence" => "a list",
        shape if shape.starts_with("struct ") => "an object",
        shape if shape.starts_with("enum ") => "one of its forms",
        other => other,
    };
    format!("expected {expected}, found {found}")
}

/// Checks that a line is written as the message in it is: serde takes a list for any structure.
/// Most lines hold no list at all.
pub(super) fn shaped(line: &[u8], message: &impl Serialize) -> Result<(), Malformed> {
    if !line.contains(&b'[') {
        return Ok(());
    }
    let json = |error: serde_json::Error| Malformed::Json(error.to_string());
    let written = serde_json::from_slice(line).map_err(json)?;
    let read = serde_json::to_value(message).map_err(json)?;
    alike(&written, &read, &mut Vec::new()).map_err(Malformed::Members)
}

/// Compares kinds; what was left out, or is null, is no kind.
fn alike(written: &Value, read: &Value, path: &mut Vec<String>) -> Result<(), String> {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => written
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value, read.get(name)?)))
            .try_for_each(|(name, value, read)| within(name, value, read, path)),
        (Value::Array(written), Value::Array(read)) => (0..)
            .zip(written.iter().zip(read))
            .try_for_each(|(at, (value, read))| within(format!("[{at}]"), value, read, path)),
        (Value::Null, _) => Ok(()),
        (written, read) if kind(written) == kind(read) => Ok(()),
        (written, read) => {
            let path = path.join(".").replace(".[", "[");
            Err(format!("{path}: expected {}, found {}", kind(read), kind(written)))
        }
    }
}

fn within(
    place: String,
    written: &Value,
    read: &Value,
    path: &mut Vec<String>,
) -> Result<(), String> {
    path.push(place);
    alike(written, read, path)?;
    path.pop();
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
