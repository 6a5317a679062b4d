//! Conditions: what of a request they see, and when they hold (policy/condition.md).

use super::matches;
use crate::oracle::bend::{Bend, Test as Bent};
use sse_spec::EncryptionContext;
use std::collections::BTreeMap;

/// A property of a request with one value at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// `aws:PrincipalArn`.
    PrincipalArn,
    /// `aws:SecureTransport`.
    SecureTransport,
    /// `kms:CallerAccount`.
    CallerAccount,
    /// `kms:ViaService`.
    ViaService,
    /// `kms:RequestAlias`.
    RequestAlias,
    /// `s3:x-amz-server-side-encryption`.
    Algorithm,
    /// `s3:x-amz-server-side-encryption-aws-kms-key-id`.
    KmsKey,
}

/// The condition keys with one value, in lower case.
const KEYS: &[(&str, Fact)] = &[
    ("aws:principalarn", Fact::PrincipalArn),
    ("aws:securetransport", Fact::SecureTransport),
    ("kms:calleraccount", Fact::CallerAccount),
    ("kms:viaservice", Fact::ViaService),
    ("kms:requestalias", Fact::RequestAlias),
    ("s3:x-amz-server-side-encryption", Fact::Algorithm),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Fact::KmsKey),
];
const CONTEXT_KEYS: &str = "kms:encryptioncontextkeys";
const CONTEXT: &str = "kms:encryptioncontext:";

/// What conditions see of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The properties that the request has.
    pub single: BTreeMap<Fact, String>,
    /// The whole encryption context of a cryptographic request.
    pub context: EncryptionContext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equals,
    EqualsIgnoreCase,
    Like,
    ArnLike,
    Bool,
    Null,
}

/// The operators: name, test, whether negated, whether on strings.
const OPERATORS: &[(&str, Test, bool, bool)] = &[
    ("StringEquals", Test::Equals, false, true),
    ("StringNotEquals", Test::Equals, true, true),
    ("StringEqualsIgnoreCase", Test::EqualsIgnoreCase, false, true),
    ("StringLike", Test::Like, false, true),
    ("StringNotLike", Test::Like, true, true),
    ("ArnLike", Test::ArnLike, false, false),
    ("Bool", Test::Bool, false, false),
    ("Null", Test::Null, false, false),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Any,
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Fact(Fact),
    /// A pair of the encryption context, its name as the policy spells it.
    Pair(String),
    /// The names of all pairs.
    PairNames,
}

/// One operator on one condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    test: Test,
    negated: bool,
    set: Option<Set>,
    if_exists: bool,
    key: Key,
    values: Vec<String>,
}

/// What of a condition is not of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Operator,
    Key,
}

impl Condition {
    pub(super) fn read(operator: &str, key: &str, values: Vec<String>) -> Result<Self, Fault> {
        let (set, rest) =
            match (operator.strip_prefix("ForAnyValue:"), operator.strip_prefix("ForAllValues:")) {
                (Some(rest), _) => (Some(Set::Any), rest),
                (_, Some(rest)) => (Some(Set::All), rest),
                (None, None) => (None, operator),
            };
        let (if_exists, name) = match rest.strip_suffix("IfExists") {
            Some(name) => (true, name),
            None => (false, rest),
        };
        let known = OPERATORS.iter().find(|(known, ..)| *known == name);
        let (_, test, negated, strings) = *known.ok_or(Fault::Operator)?;
        if set.is_some() && !strings || if_exists && test == Test::Null {
            return Err(Fault::Operator);
        }
        let key = read_key(key).ok_or(Fault::Key)?;
        let many = key == Key::PairNames;
        let truths = matches!(test, Test::Bool | Test::Null);
        let truth = |value: &String| ["true", "false"].contains(&&*value.to_ascii_lowercase());
        if many != set.is_some() && test != Test::Null || truths && !values.iter().all(truth) {
            return Err(Fault::Key);
        }
        Ok(Self { test, negated, set, if_exists, key, values })
    }

    /// Whether it holds for a request, read as a bend reads it.
    pub(super) fn holds_under(&self, bend: Option<Bend>, facts: &Facts) -> bool {
        let Some(Bend::Test(bent)) = bend else { return self.holds(facts) };
        let mut other = self.clone();
        let present = self.seen(facts);
        match (bent, self.test) {
            (Bent::AbsentHolds, test) if present.is_empty() && test != Test::Null => return true,
            (Bent::NegatedAbsentFails, _) if present.is_empty() && self.negated => return false,
            (Bent::NegatedAny, _) if self.negated && !present.is_empty() && self.set.is_none() => {
                let one = |pattern: &String| present.iter().any(|v| !self.test.matches(pattern, v));
                return self.values.iter().any(one);
            }
            (Bent::NullForgotten, Test::Null) => {
                return self.holds(facts) || self.values.iter().any(|value| value == "false");
            }
            (Bent::CaseFolded, Test::Equals) => other.test = Test::EqualsIgnoreCase,
            (Bent::ArnAsText, Test::ArnLike) => other.test = Test::Like,
            (Bent::ArnLiteral, Test::ArnLike) => other.test = Test::Equals,
            (Bent::IfExistsForgotten, _) => other.if_exists = false,
            (Bent::FirstValue, _) => other.values.truncate(1),
            (Bent::AllAsAny, _) if self.set == Some(Set::All) => other.set = Some(Set::Any),
            (Bent::AnyAsAll, _) if self.set == Some(Set::Any) => other.set = Some(Set::All),
            (Bent::PairCase, _) => {
                if let Key::Pair(name) = &self.key
                    && !facts.context.contains_key(name)
                {
                    return other.holds(&Facts::default());
                }
            }
            _ => {}
        }
        other.holds(facts)
    }

    /// Whether it holds for a request.
    fn holds(&self, facts: &Facts) -> bool {
        let present = self.seen(facts);
        if self.test == Test::Null {
            let absent = if present.is_empty() { "true" } else { "false" };
            return self.values.iter().any(|value| value.eq_ignore_ascii_case(absent));
        }
        match self.set {
            _ if present.is_empty() && self.if_exists => true,
            Some(Set::Any) => present.iter().any(|value| self.fits(value)),
            Some(Set::All) => present.iter().all(|value| self.fits(value)),
            None => present.first().map_or(self.negated, |value| self.fits(value)),
        }
    }

    /// The values of the condition key in a request.
    fn seen<'a>(&self, facts: &'a Facts) -> Vec<&'a str> {
        match &self.key {
            Key::Fact(fact) => facts.single.get(fact).map(String::as_str).into_iter().collect(),
            Key::PairNames => facts.context.keys().map(String::as_str).collect(),
            Key::Pair(name) => {
                let folded =
                    || facts.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                let found = facts.context.get_key_value(name).or_else(folded);
                found.map(|(_, value)| value.as_str()).into_iter().collect()
            }
        }
    }

    fn fits(&self, value: &str) -> bool {
        self.values.iter().any(|pattern| self.test.matches(pattern, value)) != self.negated
    }
}

impl Test {
    fn matches(self, pattern: &str, value: &str) -> bool {
        match self {
            Self::Equals => pattern == value,
            Self::EqualsIgnoreCase | Self::Bool => pattern.eq_ignore_ascii_case(value),
            Self::Like => matches(pattern, value),
            Self::ArnLike => {
                let (pattern, value): (Vec<_>, Vec<_>) =
                    (pattern.splitn(6, ':').collect(), value.splitn(6, ':').collect());
                pattern.len() == 6
                    && value.len() == 6
                    && pattern.iter().zip(&value).all(|(pattern, part)| matches(pattern, part))
            }
            Self::Null => false,
        }
    }
}

fn read_key(name: &str) -> Option<Key> {
    let lower = name.to_ascii_lowercase();
    if lower == CONTEXT_KEYS {
        return Some(Key::PairNames);
    }
    if lower.starts_with(CONTEXT) {
        let pair = name.get(CONTEXT.len()..).filter(|pair| !pair.is_empty())?;
        return Some(Key::Pair(pair.to_owned()));
    }
    KEYS.iter().find(|(known, _)| *known == lower).map(|(_, fact)| Key::Fact(*fact))
}
