//! The one matcher of replies: closed patterns, compared by every runner in the same way
//! (spec/decisions/vocabulary.md, patterns).
//!
//! A pattern is a literal, a symbol, or one of the closed list of matchers in [`Matcher`]. A field
//! that a pattern does not list has to be absent, unless the vocabulary leaves it open.

mod kind;
mod open;
pub(crate) mod sample;

pub use kind::Kind;
pub use open::is_open_parameter;

use crate::body;
use crate::symbols::Symbols;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sse_spec::{Body, Refusal};
use std::fmt;

/// Where and how a reply differs from its pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// JSON pointer into the reply.
    pub pointer: String,
    /// What the pattern wants.
    pub want: String,
    /// What the reply holds, shortened, secrets redacted.
    pub got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at `{}`: want {}, got {}", self.pointer, self.want, self.got)
    }
}

impl std::error::Error for Mismatch {}

/// The closed list of matchers.
#[derive(Clone, Debug, Deserialize)]
pub(crate) enum Matcher {
    /// `{"$any": kind}`: any value of the kind.
    #[serde(rename = "$any")]
    Any(Kind),
    /// `{"$differs": {"from": "${x}", "kind": kind}}`: any value of the kind but that one.
    #[serde(rename = "$differs")]
    Differs(Differs),
    /// `{"$bytes": n}`: hex of exactly n bytes.
    #[serde(rename = "$bytes")]
    Bytes(std::num::NonZeroUsize),
    /// `{"$body": body}`: hex of exactly this body.
    #[serde(rename = "$body")]
    Body(Value),
    /// `{"$concat": [bodies]}`: hex of these bodies one after the other, as parts make an object.
    #[serde(rename = "$concat")]
    Concat(Vec<Value>),
    /// `{"$slice": {"of": body, "first": n, "last": m}}`: hex of bytes n to m inclusive of a body,
    /// or of a list of bodies one after the other; n and m may be symbols.
    #[serde(rename = "$slice")]
    Slice(Slice),
    /// `{"$prefix": body}`: hex of a true prefix of a body, shorter than the body.
    #[serde(rename = "$prefix")]
    Prefix(Value),
    /// `{"$refusal": [kinds]}`: a refusal of one of the kinds.
    #[serde(rename = "$refusal")]
    Refusal(Vec<sse_spec::Kind>),
    /// `{"$set": [patterns]}`: an array whose elements match the patterns one to one in any order.
    #[serde(rename = "$set")]
    Set(Vec<Value>),
    /// `{"$count": {"of": pattern, "is": n}}`: an array of which exactly n elements match.
    #[serde(rename = "$count")]
    Count(Count),
}

/// Argument of `$differs`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differs {
    pub(crate) from: String,
    pub(crate) kind: Kind,
}

/// Argument of `$slice`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slice {
    pub(crate) of: Value,
    pub(crate) first: Value,
    pub(crate) last: Value,
}

impl Slice {
    /// The bytes that the slice stands for.
    ///
    /// # Errors
    /// A text for people where it is no slice inside its body, or holds an unknown symbol.
    pub(crate) fn expand(&self, symbols: &Symbols) -> Result<Vec<u8>, String> {
        let of = match symbols.resolve(&self.of)? {
            Value::Array(parts) => parts,
            body => vec![body],
        };
        let expand = |part: &Value| {
            let part =
                Body::deserialize(part).map_err(|error| format!("no legal body: {error}"))?;
            body::expand(&part)
        };
        let whole = of.iter().map(expand).collect::<Result<Vec<_>, _>>()?.concat();
        let place = |value: &Value| {
            let value = symbols.resolve(value)?;
            let place = value.as_u64().and_then(|place| usize::try_from(place).ok());
            place.ok_or_else(|| format!("{value} is no place in a body"))
        };
        let slice = whole.get(place(&self.first)?..=place(&self.last)?);
        slice
            .filter(|bytes| !bytes.is_empty())
            .map(<[u8]>::to_vec)
            .ok_or_else(|| "a slice inside its body".to_owned())
    }
}

/// Argument of `$count`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    pub(crate) of: Value,
    pub(crate) is: usize,
}

impl Matcher {
    /// The matcher in an object that has a field beginning with `$`; `None` for any other object.
    pub(crate) fn read(fields: &Map<String, Value>) -> Option<Result<Self, String>> {
        fields.keys().any(|name| name.starts_with('$')).then(|| {
            serde_json::from_value(Value::Object(fields.clone()))
                .map_err(|error| format!("no legal matcher: {error}"))
        })
    }
}

/// Compares `actual`, the inner value of a reply to `operation`, with `pattern`.
///
/// # Errors
/// The first [`Mismatch`] in the order of the pattern. An illegal pattern matches nothing.
pub fn matches(
    operation: &str,
    pattern: &Value,
    actual: &Value,
    symbols: &Symbols,
) -> Result<(), Mismatch> {
    Comparison { operation, symbols }.value(pattern, actual, "")
}

struct Comparison<'a> {
    operation: &'a str,
    symbols: &'a Symbols,
}

impl Comparison<'_> {
    fn value(&self, pattern: &Value, actual: &Value, at: &str) -> Result<(), Mismatch> {
        match pattern {
            Value::Object(fields) => match Matcher::read(fields) {
                Some(Ok(matcher)) => self.matcher(&matcher, actual, at),
                Some(Err(error)) => Err(mismatch(at, error, actual)),
                None => self.fields(fields, actual, at),
            },
            Value::Array(patterns) => self.elements(patterns, actual, at),
            literal => match self.symbols.resolve(literal) {
                Ok(want) if want == *actual => Ok(()),
                Ok(want) => Err(mismatch(at, show(&want, at), actual)),
                Err(error) => Err(mismatch(at, error, actual)),
            },
        }
    }

    fn fields(
        &self,
        patterns: &Map<String, Value>,
        actual: &Value,
        at: &str,
    ) -> Result<(), Mismatch> {
        let Value::Object(fields) = actual else {
            return Err(mismatch(at, "an object", actual));
        };
        for (name, pattern) in patterns {
            let at = below(at, name);
            match fields.get(name) {
                Some(value) => self.value(pattern, value, &at)?,
                // An open field whose absence is demanded.
                None if pattern.is_null() && open::is_open(self.operation, &at) => {}
                None => return Err(absent(&at, "a value")),
            }
        }
        for (name, value) in fields.iter().filter(|(name, _)| !patterns.contains_key(*name)) {
            let at = below(at, name);
            if !open::is_open(self.operation, &at) {
                return Err(mismatch(&at, "no such field", value));
            }
        }
        Ok(())
    }

    fn elements(&self, patterns: &[Value], actual: &Value, at: &str) -> Result<(), Mismatch> {
        let items = array(actual, at)?;
        if items.len() != patterns.len() {
            return Err(mismatch(at, format!("an array of {}", patterns.len()), actual));
        }
        for (index, (pattern, item)) in patterns.iter().zip(items).enumerate() {
            self.value(pattern, item, &format!("{at}/{index}"))?;
        }
        Ok(())
    }

    fn matcher(&self, matcher: &Matcher, actual: &Value, at: &str) -> Result<(), Mismatch> {
        let holds = |holds: bool, want: String| {
            if holds { Ok(()) } else { Err(mismatch(at, want, actual)) }
        };
        match matcher {
            Matcher::Any(kind) => {
                holds(kind.accepts(actual, self.symbols), format!("any {}", kind.word()))
            }
            Matcher::Differs(differs) => {
                let from = self.symbols.resolve(&Value::String(differs.from.clone()));
                let from = from.map_err(|error| mismatch(at, error, actual))?;
                holds(
                    differs.kind.accepts(actual, self.symbols) && from != *actual,
                    format!("a {} other than `{}`", differs.kind.word(), differs.from),
                )
            }
            Matcher::Bytes(len) => holds(
                kind::bytes(actual).is_some_and(|bytes| bytes.len() == len.get()),
                format!("{len} bytes in hex"),
            ),
            Matcher::Body(want) => {
                let want = self.body(want).map_err(|error| mismatch(at, error, actual))?;
                self.bytes(&want, actual, at)
            }
            Matcher::Concat(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.body(part)).collect();
                let want = parts.map_err(|error| mismatch(at, error, actual))?.concat();
                self.bytes(&want, actual, at)
            }
            Matcher::Slice(slice) => {
                let want = slice.expand(self.symbols);
                self.bytes(&want.map_err(|error| mismatch(at, error, actual))?, actual, at)
            }
            Matcher::Prefix(want) => {
                let want = self.body(want).map_err(|error| mismatch(at, error, actual))?;
                let got = kind::bytes(actual);
                holds(
                    got.is_some_and(|got| got.len() < want.len() && want.starts_with(&got)),
                    format!("hex of a true prefix of {} bytes", want.len()),
                )
            }
            Matcher::Refusal(kinds) => holds(
                Refusal::deserialize(actual).is_ok_and(|got| kinds.contains(&got.class.kind())),
                format!("a refusal of kind {kinds:?}"),
            ),
            Matcher::Set(patterns) => self.set(patterns, actual, at),
            Matcher::Count(count) => self.count(count, actual, at),
        }
    }

    fn body(&self, body: &Value) -> Result<Vec<u8>, String> {
        let body = self.symbols.resolve(body)?;
        let body = Body::deserialize(&body).map_err(|error| format!("no legal body: {error}"))?;
        body::expand(&body)
    }

    fn bytes(&self, want: &[u8], actual: &Value, at: &str) -> Result<(), Mismatch> {
        let got = kind::bytes(actual).ok_or_else(|| mismatch(at, "bytes in hex", actual))?;
        body::compare(want, &got).map_err(|difference| Mismatch {
            pointer: at.to_owned(),
            want: format!("the {} bytes of the body", want.len()),
            got: difference,
        })
    }

    fn set(&self, patterns: &[Value], actual: &Value, at: &str) -> Result<(), Mismatch> {
        let items = array(actual, at)?;
        if items.len() != patterns.len() {
            return Err(mismatch(at, format!("a set of {}", patterns.len()), actual));
        }
        let fits = |pattern: usize, item: usize| match (patterns.get(pattern), items.get(item)) {
            (Some(pattern), Some(value)) => {
                self.value(pattern, value, &format!("{at}/{item}")).is_ok()
            }
            _ => false,
        };
        let mut owners = vec![None; items.len()];
        for pattern in 0..patterns.len() {
            if !assign(pattern, &fits, &mut owners, &mut vec![false; items.len()]) {
                let want = format!("an element of its own for pattern {pattern} of the set");
                return Err(mismatch(at, want, actual));
            }
        }
        Ok(())
    }

    fn count(&self, count: &Count, actual: &Value, at: &str) -> Result<(), Mismatch> {
        let items = array(actual, at)?;
        let fits = |(index, item): &(usize, &Value)| {
            self.value(&count.of, item, &format!("{at}/{index}")).is_ok()
        };
        let found = items.iter().enumerate().filter(fits).count();
        if found == count.is {
            return Ok(());
        }
        Err(Mismatch {
            pointer: at.to_owned(),
            want: format!("exactly {} elements that match {}", count.is, show(&count.of, at)),
            got: format!("{found} of {}", items.len()),
        })
    }
}

/// Gives `pattern` an element, moving earlier patterns to others where need be (an augmenting
/// path), since a greedy choice could refuse a multiset that matches.
fn assign(
    pattern: usize,
    fits: &dyn Fn(usize, usize) -> bool,
    owners: &mut Vec<Option<usize>>,
    tried: &mut Vec<bool>,
) -> bool {
    for item in 0..owners.len() {
        if tried.get(item) != Some(&false) || !fits(pattern, item) {
            continue;
        }
        if let Some(mark) = tried.get_mut(item) {
            *mark = true;
        }
        let owner = owners.get(item).copied().flatten();
        if owner.is_none_or(|owner| assign(owner, fits, owners, tried)) {
            if let Some(place) = owners.get_mut(item) {
                *place = Some(pattern);
            }
            return true;
        }
    }
    false
}

fn array<'a>(actual: &'a Value, at: &str) -> Result<&'a Vec<Value>, Mismatch> {
    actual.as_array().ok_or_else(|| mismatch(at, "an array", actual))
}

fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn absent(at: &str, want: &str) -> Mismatch {
    Mismatch { pointer: at.to_owned(), want: want.to_owned(), got: "no such field".to_owned() }
}

fn mismatch(at: &str, want: impl Into<String>, actual: &Value) -> Mismatch {
    Mismatch { pointer: at.to_owned(), want: want.into(), got: show(actual, at) }
}

/// A short text of a value, for people; what may be a secret or a body is never shown.
fn show(value: &Value, at: &str) -> String {
    const SHOWN: usize = 160;
    const SECRET: &[&str] = &["plaintext", "data_key", "complete", "prefix", "body"];
    if at.split('/').any(|name| SECRET.contains(&name)) {
        let len = value.as_str().map_or(0, str::len) / 2;
        return format!("[{len} bytes not shown]");
    }
    match value {
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(fields) => {
            format!("an object with {}", fields.keys().cloned().collect::<Vec<_>>().join(", "))
        }
        other => {
            let text = other.to_string();
            if text.chars().count() <= SHOWN {
                return text;
            }
            format!("{}..", text.chars().take(SHOWN).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests;
