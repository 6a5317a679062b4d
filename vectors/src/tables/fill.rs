//! Puts the values of a cell's options into the holes of a table's steps.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the holes of one cell stand for, by `AXIS.NAME`.
#[derive(Debug, Default)]
pub(super) struct Holes(BTreeMap<String, Value>);

impl Holes {
    pub(super) fn add(&mut self, axis: &str, values: &Map<String, Value>) {
        for (name, value) in values {
            self.0.insert(format!("{axis}.{name}"), value.clone());
        }
    }

    pub(super) fn add_text(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), text.into());
    }

    /// Fills every hole in `value`, at any depth; a field whose hole holds `null` is left out.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill_text(text)?,
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let mut out = Map::new();
                for (name, inner) in fields {
                    let filled = self.fill(inner)?;
                    if inner.is_null() || !filled.is_null() {
                        out.insert(name.clone(), filled);
                    }
                }
                Value::Object(out)
            }
            other => other.clone(),
        })
    }

    /// A string that is one hole takes the value's type; inside a longer string its text is put.
    pub(super) fn fill_text(&self, text: &str) -> Result<Value, String> {
        let sole = text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = sole.filter(|name| !name.contains('}')) {
            // A value may hold holes of other axes.
            return self.fill(self.get(name)?);
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("@{") {
            let (name, after) = after.split_once('}').ok_or("a hole has no end")?;
            out.push_str(before);
            match self.fill(self.get(name)?)? {
                Value::String(text) => out.push_str(&text),
                Value::Number(number) => out.push_str(&number.to_string()),
                other => return Err(format!("`@{{{name}}}` is {other}, no text")),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }

    fn get(&self, name: &str) -> Result<&Value, String> {
        self.0.get(name).ok_or_else(|| format!("nothing fills `@{{{name}}}`"))
    }
}
