//! A value that a pattern accepts, so that patterns and scenarios are checked without a target:
//! the sample has to be a reply of the vocabulary, and the pattern has to match it.

use super::{Kind, Matcher};
use crate::body;
use crate::symbols::Symbols;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sse_spec::Body;

const UUIDS: [&str; 2] =
    ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];

/// A value that `pattern` accepts in a reply to `operation`.
///
/// # Errors
/// A text for people where the pattern is illegal or holds an unknown symbol.
pub(crate) fn sample(operation: &str, pattern: &Value, symbols: &Symbols) -> Result<Value, String> {
    let mut value = of(pattern, symbols)?;
    if operation == "LookupEvents" {
        let events = value.get_mut("events").and_then(Value::as_array_mut);
        for event in events.into_iter().flatten().filter_map(Value::as_object_mut) {
            fill(event);
        }
    }
    Ok(value)
}

fn of(pattern: &Value, symbols: &Symbols) -> Result<Value, String> {
    match pattern {
        Value::Object(fields) => match Matcher::read(fields) {
            Some(matcher) => of_matcher(&matcher?, symbols),
            None => {
                let mut out = Map::new();
                for (name, pattern) in fields {
                    out.insert(name.clone(), of(pattern, symbols)?);
                }
                Ok(Value::Object(out))
            }
        },
        Value::Array(patterns) => {
            patterns.iter().map(|pattern| of(pattern, symbols)).collect::<Result<_, _>>()
        }
        literal => symbols.resolve(literal),
    }
}

fn of_matcher(matcher: &Matcher, symbols: &Symbols) -> Result<Value, String> {
    let bytes = |body: &Value| {
        let body = symbols.resolve(body)?;
        let body = Body::deserialize(&body).map_err(|error| error.to_string())?;
        body::expand(&body)
    };
    Ok(match matcher {
        Matcher::Any(kind) => of_kind(*kind, 0, symbols),
        Matcher::Differs(differs) => {
            let from = symbols.resolve(&Value::String(differs.from.clone()))?;
            let first = of_kind(differs.kind, 0, symbols);
            if first == from { of_kind(differs.kind, 1, symbols) } else { first }
        }
        Matcher::Bytes(len) => Value::String("00".repeat(len.get())),
        Matcher::Body(body) => Value::String(hex::encode(bytes(body)?)),
        Matcher::Concat(parts) => {
            let parts: Result<Vec<_>, _> = parts.iter().map(bytes).collect();
            Value::String(hex::encode(parts?.concat()))
        }
        Matcher::Slice(slice) => Value::String(hex::encode(slice.expand(symbols)?)),
        Matcher::Prefix(_) => Value::String(String::new()),
        Matcher::Refusal(kinds) => {
            let class = sse_spec::Class::ALL.iter().find(|class| kinds.contains(&class.kind()));
            json!({"class": class.ok_or("no kind of refusal")?})
        }
        Matcher::Set(patterns) => {
            patterns.iter().map(|pattern| of(pattern, symbols)).collect::<Result<_, _>>()?
        }
        Matcher::Count(count) => Value::Array(vec![of(&count.of, symbols)?; count.is]),
    })
}

fn of_kind(kind: Kind, which: usize, symbols: &Symbols) -> Value {
    let uuid = UUIDS.get(which).copied().unwrap_or_default();
    let world = |name: &str| symbols.text(name).unwrap_or_default().to_owned();
    match kind {
        Kind::KeyArn => {
            json!(format!("arn:aws:kms:{}:{}:key/{uuid}", world("region"), world("account")))
        }
        Kind::KeyId | Kind::Uuid => json!(uuid),
        Kind::Blob | Kind::Hex => json!(format!("{which:02x}")),
        Kind::Hex64 => json!(format!("{which:064x}")),
        Kind::Date => json!(format!("2025-01-01T00:00:0{which}Z")),
        Kind::Timestamp | Kind::Integer => json!(which),
        Kind::Etag | Kind::Text | Kind::String => json!(format!("text {which}")),
    }
}

/// Adds the open fields without which an entry is no entry.
fn fill(event: &mut Map<String, Value>) {
    for (name, value) in [
        ("eventID", json!(UUIDS[0])),
        ("eventTime", json!("2025-01-01T00:00:00Z")),
        ("eventSource", json!("kms.amazonaws.com")),
        ("awsRegion", json!("us-east-1")),
        ("readOnly", json!(true)),
        ("requestParameters", Value::Null),
        ("responseElements", Value::Null),
    ] {
        event.entry(name).or_insert(value);
    }
    if let Some(identity) = event.get_mut("userIdentity").and_then(Value::as_object_mut) {
        identity.entry("accountId").or_insert(json!("111122223333"));
    }
}
