//! Conditions: the circumstances of a request, and what each operator makes of them
//! (spec/policy.md, request context and conditions).

use super::caller::Caller;
use super::document::Malformed;
use super::json::At;
use super::pattern::{matches, matches_arn};
use sse_spec::EncryptionContext;
use std::collections::BTreeMap;

const CONTEXT_PAIR: &str = "kms:EncryptionContext:";
const CONTEXT_KEYS: &str = "kms:EncryptionContextKeys";
const SINGLE_VALUED: &[&str] = &[
    "aws:PrincipalArn",
    "aws:SecureTransport",
    "kms:CallerAccount",
    "kms:ViaService",
    "kms:RequestAlias",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// The values of the condition keys that are present in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances(BTreeMap<String, Vec<String>>);

impl Circumstances {
    /// What is present in every request.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self::default()
            .with("aws:PrincipalArn", caller.arn())
            // r[policy.condition.secure-transport]
            .with("aws:SecureTransport", caller.secure_transport().to_string())
    }

    /// Adds a value of a condition key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.entry(key.to_owned()).or_default().push(value.into());
        self
    }

    /// Adds the pairs of an encryption context, and the set of their names.
    #[must_use]
    pub fn with_context(self, context: &EncryptionContext) -> Self {
        context.iter().fold(self, |circumstances, (name, value)| {
            let pair = format!("{CONTEXT_PAIR}{name}");
            circumstances.with(&pair, value).with(CONTEXT_KEYS, name)
        })
    }

    /// The values of a condition key; none where it is absent.
    ///
    /// Names compare without regard to case, and two pairs of a context may differ in case only:
    /// the pair that is spelled as in the policy comes first, then the order of bytes.
    fn values(&self, key: &str) -> &[String] {
        let alike = || self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(key));
        // r[policy.condition.context-name-case]
        self.0.get(key).or_else(|| alike().map(|(_, values)| values)).map_or(&[], Vec::as_slice)
    }
}

/// One operator on one condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    operator: Operator,
    key: String,
    wanted: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operator {
    quantifier: Quantifier,
    test: Test,
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// No prefix: the key has one value.
    Single,
    ForAnyValue,
    ForAllValues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equals,
    NotEquals,
    EqualsIgnoreCase,
    Like,
    NotLike,
    ArnLike,
    Bool,
    Null,
}

impl Condition {
    /// Reads the member `Condition` of a statement.
    pub(super) fn parse_all(at: &At<'_>) -> Result<Vec<Self>, Malformed> {
        let mut conditions = Vec::new();
        for (name, at) in at.members()? {
            let operator = Operator::parse(name).ok_or(at.malformed("an unknown operator"))?;
            let keys = at.members()?;
            if keys.is_empty() {
                return Err(at.malformed("no condition key"));
            }
            for (name, at) in keys {
                conditions.push(Self::parse(operator, name, &at)?);
            }
        }
        if conditions.is_empty() { Err(at.malformed("no operator")) } else { Ok(conditions) }
    }

    fn parse(operator: Operator, name: &str, at: &At<'_>) -> Result<Self, Malformed> {
        let key = canonical_key(name).ok_or(at.malformed("an unknown condition key"))?;
        let single = operator.quantifier == Quantifier::Single;
        if key == CONTEXT_KEYS && single && operator.test != Test::Null {
            return Err(at.malformed("a set of values without a set operator"));
        }
        if key != CONTEXT_KEYS && !single {
            return Err(at.malformed("a set operator on a single value"));
        }
        let mut wanted = Vec::new();
        for (text, at) in at.texts()? {
            let two_valued = matches!(operator.test, Test::Bool | Test::Null);
            let is_bool = ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
            if two_valued && !is_bool {
                return Err(at.malformed("neither `true` nor `false`"));
            }
            wanted.push(text.to_owned());
        }
        Ok(Self { operator, key, wanted })
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, circumstances: &Circumstances) -> bool {
        let values = circumstances.values(&self.key);
        let Operator { quantifier, test, if_exists } = self.operator;
        if test == Test::Null {
            // r[policy.condition.null]
            let absent = values.is_empty().to_string();
            return self.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&absent));
        }
        // r[policy.condition.if-exists]
        if values.is_empty() && if_exists {
            return true;
        }
        match quantifier {
            // r[policy.condition.absent]
            // r[policy.condition.negated-absent]
            Quantifier::Single if values.is_empty() => test.is_negated(),
            // r[policy.condition.for-any-value]
            Quantifier::Single | Quantifier::ForAnyValue => {
                values.iter().any(|value| test.admits(value, &self.wanted))
            }
            // r[policy.condition.for-all-values]
            Quantifier::ForAllValues => values.iter().all(|value| test.admits(value, &self.wanted)),
        }
    }
}

/// The condition key of this name as this document spells it; of a pair's name the case is kept.
fn canonical_key(name: &str) -> Option<String> {
    let known = SINGLE_VALUED.iter().chain(&[CONTEXT_KEYS]);
    if let Some(key) = known.into_iter().find(|key| key.eq_ignore_ascii_case(name)) {
        return Some((*key).to_owned());
    }
    let (prefix, pair) = name.split_at_checked(CONTEXT_PAIR.len())?;
    let is_pair = prefix.eq_ignore_ascii_case(CONTEXT_PAIR) && !pair.is_empty();
    is_pair.then(|| format!("{CONTEXT_PAIR}{pair}"))
}

impl Operator {
    fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAnyValue", name)) => (Quantifier::ForAnyValue, name),
            Some(("ForAllValues", name)) => (Quantifier::ForAllValues, name),
            Some(_) => return None,
            None => (Quantifier::Single, name),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let test = match name {
            "StringEquals" => Test::Equals,
            "StringNotEquals" => Test::NotEquals,
            "StringEqualsIgnoreCase" => Test::EqualsIgnoreCase,
            "StringLike" => Test::Like,
            "StringNotLike" => Test::NotLike,
            "ArnLike" => Test::ArnLike,
            "Bool" => Test::Bool,
            "Null" => Test::Null,
            _ => return None,
        };
        let on_strings = !matches!(test, Test::ArnLike | Test::Bool | Test::Null);
        let legal =
            (on_strings || quantifier == Quantifier::Single) && !(test == Test::Null && if_exists);
        legal.then_some(Self { quantifier, test, if_exists })
    }
}

impl Test {
    fn is_negated(self) -> bool {
        matches!(self, Self::NotEquals | Self::NotLike)
    }

    /// Whether a value of the request passes beside the values of the policy.
    fn admits(self, value: &str, wanted: &[String]) -> bool {
        let fits = |wanted: &String| match self {
            Self::Equals | Self::NotEquals => wanted == value,
            Self::EqualsIgnoreCase | Self::Bool => wanted.eq_ignore_ascii_case(value),
            Self::Like | Self::NotLike => matches(wanted, value),
            // r[policy.condition.principal-arn]
            Self::ArnLike => matches_arn(wanted, value),
            // Asks for presence, which the caller has decided.
            Self::Null => false,
        };
        // r[policy.condition.present]
        // r[policy.condition.differing]
        // r[policy.condition.negated-values]
        wanted.iter().any(fits) != self.is_negated()
    }
}
