//! Symbols of a scenario: names in `${..}` that stand for what a world or an earlier reply gave
//! (spec/decisions/vocabulary.md, symbols).

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The names that every world gives, beside `bucket:NAME`; `damaged:NAME` stands for the
/// bytes bound to a name with the lowest bit of the last byte turned, and `NAME+N` and `NAME-N`
/// for the number bound to a name, moved by N. `part` is a length that every part of a multipart
/// upload may have.
pub const WORLD_NAMES: &[&str] =
    &["account", "other_account", "region", "root", "other_root", "part"];

/// Length of a part where the target names no smallest one: more than one chunk of the format.
const PART: u64 = 20_000;

/// What the symbols of one world stand for.
#[derive(Clone, Debug)]
pub struct Symbols {
    world_id: String,
    names: BTreeMap<String, Value>,
}

impl Symbols {
    /// The symbols that a world gives: its accounts, its Region and their root principals.
    #[must_use]
    pub fn new(
        world_id: &str,
        account: &str,
        other_account: Option<&str>,
        region: &str,
        root_arn: &str,
        part_bytes: u64,
    ) -> Self {
        let mut symbols = Self { world_id: world_id.to_owned(), names: BTreeMap::new() };
        symbols.bind("part", part_bytes.max(PART).into());
        symbols.bind("account", account.into());
        symbols.bind("region", region.into());
        symbols.bind("root", root_arn.into());
        if let Some(other) = other_account {
            symbols.bind("other_account", other.into());
            symbols.bind("other_root", format!("arn:aws:iam::{other}:root").into());
        }
        symbols
    }

    /// Lets `name` stand for `value` from now on.
    pub fn bind(&mut self, name: &str, value: Value) {
        self.names.insert(name.to_owned(), value);
    }

    /// Replaces every symbol in `value`, at any depth.
    ///
    /// A string that is exactly one symbol takes the type of what the symbol stands for; inside a
    /// longer string its text is put in. Names of fields hold no symbols.
    ///
    /// # Errors
    /// A text that names the unknown symbol, or the one that has no text.
    pub fn resolve(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.resolve_text(text)?,
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.resolve(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => Value::Object(self.resolve_fields(fields)?),
            other => other.clone(),
        })
    }

    fn resolve_fields(&self, fields: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let resolve = |(name, value): (&String, &Value)| {
            if name.contains("${") {
                return Err(format!("the name of a field holds a symbol: `{name}`"));
            }
            Ok((name.clone(), self.resolve(value)?))
        };
        fields.iter().map(resolve).collect()
    }

    fn resolve_text(&self, text: &str) -> Result<Value, String> {
        if let Some(name) = sole_symbol(text) {
            return self.lookup(name);
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| format!("a symbol has no end in `{text}`"))?;
            out.push_str(before);
            match self.lookup(name)? {
                Value::String(value) => out.push_str(&value),
                Value::Number(value) => out.push_str(&value.to_string()),
                Value::Bool(value) => out.push_str(&value.to_string()),
                _ => return Err(format!("`${{{name}}}` has no text to stand in `{text}`")),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }

    fn lookup(&self, name: &str) -> Result<Value, String> {
        if let Some(bucket) = name.strip_prefix("bucket:").filter(|bucket| is_bucket_name(bucket)) {
            return Ok(Value::String(format!("{}-{bucket}", self.world_id)));
        }
        if let Some(name) = name.strip_prefix("damaged:") {
            let whole = self.text(name).ok_or_else(|| unknown(name))?;
            return damaged(whole).map(Value::String).ok_or_else(|| format!("`{name}` is no hex"));
        }
        self.names.get(name).cloned().or_else(|| self.moved(name)).ok_or_else(|| unknown(name))
    }

    /// The number that `NAME+N` or `NAME-N` stands for.
    fn moved(&self, name: &str) -> Option<Value> {
        let at = name.rfind(['+', '-'])?;
        let (name, by) = name.split_at_checked(at)?;
        let value = self.names.get(name)?.as_u64()?;
        let distance: u64 = by.get(1..)?.parse().ok()?;
        let moved = if by.starts_with('+') {
            value.checked_add(distance)
        } else {
            value.checked_sub(distance)
        };
        moved.map(Value::from)
    }

    /// The text that `name` stands for, if it does.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.names.get(name).and_then(Value::as_str)
    }
}

/// The name in a string that is exactly one symbol.
pub(crate) fn sole_symbol(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

fn unknown(name: &str) -> String {
    format!("unknown symbol `${{{name}}}`")
}

/// The bytes in `whole` with the lowest bit of the last one turned, in hex.
fn damaged(whole: &str) -> Option<String> {
    let mut bytes = hex::decode(whole).ok()?;
    *bytes.last_mut()? ^= 1;
    Some(hex::encode(bytes))
}

fn is_bucket_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn symbols() -> Symbols {
        let root = "arn:aws:iam::111122223333:root";
        let mut symbols = Symbols::new("w1", "111122223333", None, "us-east-1", root, 0);
        symbols.bind("n", json!(3));
        symbols.bind("list", json!([1, 2]));
        symbols.bind("blob", json!("ab"));
        symbols
    }

    #[test]
    fn a_sole_symbol_keeps_its_type_and_an_inner_one_gives_its_text() {
        let given =
            json!({"a": "${n}", "b": "x${n}${blob}00", "c": ["${list}"], "d": "${bucket:b1}"});
        let want = json!({"a": 3, "b": "x3ab00", "c": [[1, 2]], "d": "w1-b1"});
        assert_eq!(symbols().resolve(&given), Ok(want));
        assert_eq!(symbols().resolve(&json!("${blob}${blob}")), Ok(json!("abab")));
        assert_eq!(symbols().resolve(&json!("00${damaged:blob}")), Ok(json!("00aa")));
        assert_eq!(symbols().resolve(&json!(["${n+2}", "x${n-3}"])), Ok(json!([5, "x0"])));
        assert_eq!(
            symbols().resolve(&json!("${root} ${account} ${region}")),
            Ok(json!("arn:aws:iam::111122223333:root 111122223333 us-east-1"))
        );
    }

    #[test]
    fn what_is_not_a_known_symbol_is_an_error_that_names_it() {
        for (text, part) in [
            ("${k9}", "`${k9}`"),
            ("x${other_account}", "`${other_account}`"),
            ("${damaged:k9}", "`${k9}`"),
            ("${n-4}", "`${n-4}`"),
            ("${n+x}", "`${n+x}`"),
            ("${blob+1}", "`${blob+1}`"),
            ("${damaged:root}", "no hex"),
            ("${bucket:B/1}", "`${bucket:B/1}`"),
            ("x${list}", "`${list}`"),
            ("x${n", "no end"),
        ] {
            let error = symbols().resolve(&json!(text)).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(symbols().resolve(&json!({"${n}": 1})).is_err());
    }

    #[test]
    fn a_second_account_has_a_root_of_its_own() {
        let symbols = Symbols::new("w", "1", Some("444455556666"), "r", "root", 50_000);
        assert_eq!(symbols.resolve(&json!(["${part}", "${part-1}"])), Ok(json!([50_000, 49_999])));
        assert_eq!(
            symbols.resolve(&json!("${other_root}")),
            Ok(json!("arn:aws:iam::444455556666:root"))
        );
    }
}
