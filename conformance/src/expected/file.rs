//! The file of expected failures: TOML, one `[[expected]]` an entry, read strictly.

use super::{Date, Entry};
use std::fmt::Write as _;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: [&str; 4] = ["case", "reason", "issue", "expires"];

/// Reads a file.
///
/// # Errors
/// One line that names the file, and where it can be read the line and the entry.
pub fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("expected failures: cannot read `{name}`: {error}"))?;
    parse(&name, &text)
}

/// Reads the text of a file that messages call `name`.
///
/// # Errors
/// One line that names file, line and entry.
pub fn parse(name: &str, text: &str) -> Result<Vec<Entry>, String> {
    let wrong = |fault: Fault| format!("expected failures: `{name}` {}", fault.at(text));
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().trim_end().replace('\n', ", ");
        wrong(Fault { at, entry: None, message })
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        if key.get_ref() != "expected" {
            let message = format!("unknown key `{}`, there is `[[expected]]`", key.get_ref());
            return Err(wrong(Fault { at: key.span().start, entry: None, message }));
        }
        let Some(tables) = value.get_ref().as_array() else {
            let message = "`expected` is no list of tables: write `[[expected]]`".to_owned();
            return Err(wrong(Fault { at: value.span().start, entry: None, message }));
        };
        for (index, value) in tables.iter().enumerate() {
            entries.push(entry(index + 1, value, text, &entries).map_err(wrong)?);
        }
    }
    Ok(entries)
}

/// What is wrong, and where: an offset, and the number and case of an entry.
struct Fault {
    at: usize,
    entry: Option<String>,
    message: String,
}

impl Fault {
    fn at(&self, text: &str) -> String {
        let line = line(text, self.at);
        // A text that is no TOML has no entries yet: the headers up to the fault are counted.
        let entry = self.entry.clone().unwrap_or_else(|| {
            let before = text.lines().take(line);
            let count = before.filter(|line| line.trim_start().starts_with("[[")).count();
            if count == 0 { String::new() } else { format!(", entry {count}") }
        });
        format!("line {line}{entry}: {}", self.message)
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn entry(
    number: usize,
    value: &Spanned<DeValue<'_>>,
    text: &str,
    before: &[Entry],
) -> Result<Entry, Fault> {
    let mut place = format!(", entry {number}");
    let fault = |place: &str, at: usize, message: String| Fault {
        at,
        entry: Some(place.to_owned()),
        message,
    };
    let start = value.span().start;
    let Some(table) = value.get_ref().as_table() else {
        return Err(fault(&place, start, "it is no table: write `[[expected]]`".into()));
    };
    if let Some(case) = table.get("case").and_then(|case| case.get_ref().as_str()) {
        let _ = write!(place, " (`{case}`)");
    }
    let unknown = table.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref()));
    if let Some(key) = unknown {
        let message = format!("unknown key `{}`, there are {}", key.get_ref(), KEYS.join(", "));
        return Err(fault(&place, key.span().start, message));
    }
    let text_of = |key: &str| -> Result<Option<String>, Fault> {
        let Some(value) = table.get(key) else { return Ok(None) };
        match value.get_ref().as_str() {
            None => Err(fault(&place, value.span().start, format!("`{key}` is no string"))),
            Some(text) if text.trim().is_empty() => {
                Err(fault(&place, value.span().start, format!("`{key}` is empty")))
            }
            Some(text) => Ok(Some(text.to_owned())),
        }
    };
    let missing = |key: &str| fault(&place, start, format!("`{key}` is missing"));
    let case = text_of("case")?.ok_or_else(|| missing("case"))?;
    let reason = text_of("reason")?.ok_or_else(|| missing("reason"))?;
    if let Some(twice) = before.iter().find(|entry| entry.case == case) {
        let message = format!("the same case stands in line {}", twice.line);
        return Err(fault(&place, start, message));
    }
    let expires = match table.get("expires") {
        None => None,
        Some(value) => Some(date(value).ok_or_else(|| {
            let message = "`expires` is no date such as 2026-12-31, without quotes".into();
            fault(&place, value.span().start, message)
        })?),
    };
    let issue = text_of("issue")?;
    Ok(Entry { case, reason, issue, expires, line: line(text, start), matches: 0 })
}

fn date(value: &Spanned<DeValue<'_>>) -> Option<Date> {
    let DeValue::Datetime(written) = value.get_ref() else { return None };
    let date = written.date.filter(|_| written.time.is_none() && written.offset.is_none())?;
    Some(Date { year: date.year, month: date.month, day: date.day })
}

/// Writes a file that holds these entries; `head` is its first line.
#[must_use]
pub fn render(head: &str, entries: &[Entry]) -> String {
    let mut text = format!("# {head}\n");
    for entry in entries {
        let _ = write!(text, "\n[[expected]]\ncase = {}\n", quoted(&entry.case));
        let _ = writeln!(text, "reason = {}", quoted(&entry.reason));
        if let Some(issue) = &entry.issue {
            let _ = writeln!(text, "issue = {}", quoted(issue));
        }
        if let Some(expires) = entry.expires {
            let _ = writeln!(text, "expires = {expires}");
        }
    }
    text
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            other if other.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}
