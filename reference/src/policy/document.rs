//! Policy documents: the strict parser of the language, and when a statement applies
//! (spec/policy.md, structure and operations).

use super::caller::{Caller, Named, is_account, parse_arn};
use super::condition::Condition;
use super::json::{At, Node};
use super::pattern::matches;
use super::{Reach, Request};
use crate::refusal::{Refused, Side};
use sse_spec::{Class, Refusal};
use std::fmt;

/// What a document is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind<'a> {
    /// A KMS key.
    Key,
    /// The bucket of this name.
    Bucket(&'a str),
    /// A principal.
    Identity,
}

/// A policy document that has been understood in every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    text: String,
    pub(super) statements: Vec<Statement>,
}

/// Where a document is not one of the language, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The first place that is not admitted, such as `Statement[1].Condition.StringEqual`; empty
    /// for the document as a whole.
    pub place: String,
    /// What is wrong there.
    pub reason: &'static str,
    class: Class,
}

/// Why a request that puts a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyRefused {
    /// The document is the reason.
    Malformed(Malformed),
    /// Anything else is.
    Refused(Refused),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// `None` in an identity policy, which speaks of whom it is attached to.
    principals: Option<Vec<Principal>>,
    actions: Selector,
    resources: Selector,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A string of `Principal`, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Principal {
    who: Who,
    place: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Anyone,
    Account(String),
    Member(String),
}

/// Patterns, and whether what they match is meant or everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Selector {
    patterns: Vec<String>,
    inverted: bool,
}

impl DocumentKind<'_> {
    /// The longest text, in bytes, and the class of what is longer.
    fn limit(self) -> (usize, Class) {
        match self {
            Self::Key => (32_768, Class::LimitExceeded),
            Self::Bucket(_) => (20_480, Class::MalformedPolicy),
            Self::Identity => (6_144, Class::MalformedPolicy),
        }
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Where it holds anything that the language of spec/policy.md does not admit for its kind.
    pub fn parse(text: &str, kind: DocumentKind<'_>) -> Result<Self, Malformed> {
        let (limit, class) = kind.limit();
        // r[policy.document.limits]
        if text.len() > limit {
            return Err(Malformed { class, ..Malformed::at("", "too long") });
        }
        // r[policy.document.malformed]
        // r[policy.document.unknown-refused]
        let not_json = |_| Malformed::at("", "not one JSON value");
        let node: Node = serde_json::from_str(text).map_err(not_json)?;
        let at = At::root(&node);
        let mut statements = None;
        for (name, at) in at.members()? {
            match name {
                "Version" if matches!(at.text()?, "2012-10-17" | "2008-10-17") => {}
                "Version" => return Err(at.malformed("an unknown version")),
                "Id" => drop(at.text()?),
                "Statement" => {
                    let each = at.one_or_more()?.into_iter();
                    let parsed = each.map(|at| Statement::parse(&at, kind));
                    statements = Some(parsed.collect::<Result<_, _>>()?);
                }
                _ => return Err(at.malformed("an unknown member")),
            }
        }
        let statements = statements.ok_or(at.malformed("no `Statement`"))?;
        Ok(Self { text: text.to_owned(), statements })
    }

    /// The text as it was put.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Demands that each user and role that the document names exists.
    ///
    /// # Errors
    /// At the first that does not.
    pub fn check_principals(&self, exists: impl Fn(&str) -> bool) -> Result<(), Malformed> {
        for principal in self.statements.iter().filter_map(|it| it.principals.as_ref()).flatten() {
            match &principal.who {
                Who::Member(arn) if !exists(arn) => {
                    return Err(Malformed::at(&principal.place, "a principal who does not exist"));
                }
                Who::Member(_) | Who::Account(_) | Who::Anyone => {}
            }
        }
        Ok(())
    }
}

impl Statement {
    fn parse(at: &At<'_>, kind: DocumentKind<'_>) -> Result<Self, Malformed> {
        let (mut effect, mut principals, mut conditions) = (None, None, Vec::new());
        let (mut actions, mut resources) = (None, None);
        for (name, at) in at.members()? {
            match name {
                "Sid" => drop(at.text()?),
                "Effect" => {
                    effect = Some(match at.text()? {
                        "Allow" => Effect::Allow,
                        "Deny" => Effect::Deny,
                        _ => return Err(at.malformed("neither `Allow` nor `Deny`")),
                    });
                }
                "Principal" if kind == DocumentKind::Identity => {
                    return Err(at.malformed("a principal in an identity policy"));
                }
                "Principal" => principals = Some(Principal::parse_all(&at)?),
                "Action" | "NotAction" if actions.is_none() => {
                    actions = Some(Selector::of_actions(&at, name == "NotAction")?);
                }
                "Resource" | "NotResource" if resources.is_none() => {
                    resources = Some(Selector::of_resources(&at, name == "NotResource", kind)?);
                }
                "Action" | "NotAction" => {
                    return Err(at.malformed("both `Action` and `NotAction`"));
                }
                "Resource" | "NotResource" => {
                    return Err(at.malformed("both `Resource` and `NotResource`"));
                }
                "Condition" => conditions = Condition::parse_all(&at)?,
                _ => return Err(at.malformed("an unknown member")),
            }
        }
        if principals.is_none() && kind != DocumentKind::Identity {
            return Err(at.malformed("no `Principal`"));
        }
        Ok(Self {
            effect: effect.ok_or(at.malformed("no `Effect`"))?,
            principals,
            actions: actions.ok_or(at.malformed("neither `Action` nor `NotAction`"))?,
            resources: resources.ok_or(at.malformed("neither `Resource` nor `NotResource`"))?,
            conditions,
        })
    }

    /// Whether the statement applies to a request, and how it reaches the caller.
    pub(super) fn applies_to(&self, request: &Request<'_>) -> Option<Reach> {
        let reach = match &self.principals {
            None => Reach::Bearer,
            Some(principals) => {
                principals.iter().filter_map(|it| it.who.reach(request.caller)).min()?
            }
        };
        let action = request.action.to_ascii_lowercase();
        let applies = self.actions.selects(&action)
            && self.resources.selects(request.resource)
            // r[policy.condition.all-keys]
            && self.conditions.iter().all(|condition| condition.holds(request.circumstances));
        applies.then_some(reach)
    }
}

impl Principal {
    fn parse_all(at: &At<'_>) -> Result<Vec<Self>, Malformed> {
        if let Ok(text) = at.text() {
            return match text {
                "*" => Ok(vec![Self { who: Who::Anyone, place: at.place.clone() }]),
                _ => Err(at.malformed("neither `*` nor an object")),
            };
        }
        let mut principals = Vec::new();
        for (name, at) in at.members()? {
            if name != "AWS" {
                return Err(at.malformed("a kind of principal that is not of the subset"));
            }
            for (text, at) in at.texts()? {
                let who = Who::parse(text).ok_or(at.malformed("not a principal"))?;
                principals.push(Self { who, place: at.place });
            }
        }
        if principals.is_empty() { Err(at.malformed("no `AWS`")) } else { Ok(principals) }
    }
}

impl Who {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Anyone),
            _ if is_account(text) => Some(Self::Account(text.to_owned())),
            _ => parse_arn(text).map(|named| match named {
                Named::Account(account) => Self::Account(account.to_owned()),
                Named::Member(_) => Self::Member(text.to_owned()),
            }),
        }
    }

    /// How a principal element reaches the caller, if it does.
    fn reach(&self, caller: &Caller) -> Option<Reach> {
        match self {
            Self::Anyone => Some(Reach::Direct),
            Self::Member(arn) => (arn == caller.arn()).then_some(Reach::Direct),
            Self::Account(account) if account == caller.account() => {
                Some(if caller.is_root() { Reach::Direct } else { Reach::Account })
            }
            Self::Account(_) => None,
        }
    }
}

impl Selector {
    fn of_actions(at: &At<'_>, inverted: bool) -> Result<Self, Malformed> {
        let mut patterns = Vec::new();
        for (text, at) in at.texts()? {
            let parts = text.split_once(':');
            let named = parts.is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
            if text != "*" && !named {
                return Err(at.malformed("not an action"));
            }
            patterns.push(text.to_ascii_lowercase());
        }
        Ok(Self { patterns, inverted })
    }

    fn of_resources(
        at: &At<'_>,
        inverted: bool,
        kind: DocumentKind<'_>,
    ) -> Result<Self, Malformed> {
        let mut patterns = Vec::new();
        for (text, at) in at.texts()? {
            let legal = match kind {
                DocumentKind::Key | DocumentKind::Identity => !text.is_empty(),
                DocumentKind::Bucket(bucket) => {
                    let below = text.strip_prefix(&format!("arn:aws:s3:::{bucket}"));
                    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
                }
            };
            if !legal {
                return Err(at.malformed("not a resource of this document"));
            }
            patterns.push(text.to_owned());
        }
        Ok(Self { patterns, inverted })
    }

    fn selects(&self, text: &str) -> bool {
        // r[policy.statement.action-wildcard]
        // r[policy.statement.not-action]
        // r[policy.statement.resource-pattern]
        self.patterns.iter().any(|pattern| matches(pattern, text)) != self.inverted
    }
}

impl Malformed {
    pub(crate) fn at(place: &str, reason: &'static str) -> Self {
        Self { place: place.to_owned(), reason, class: Class::MalformedPolicy }
    }
}

impl PolicyRefused {
    /// The refusal as one side of the service words it; the message names the place.
    #[must_use]
    pub fn on(&self, side: Side) -> Refusal {
        match self {
            Self::Malformed(malformed) => {
                Refusal { message: malformed.to_string(), ..Refused(malformed.class).on(side) }
            }
            Self::Refused(refused) => refused.on(side),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "the document" } else { &self.place };
        write!(f, "malformed policy at `{place}`: {}", self.reason)
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.class)
    }
}

impl From<PolicyRefused> for Refused {
    fn from(refused: PolicyRefused) -> Self {
        match refused {
            PolicyRefused::Malformed(malformed) => malformed.into(),
            PolicyRefused::Refused(refused) => refused,
        }
    }
}

impl From<Malformed> for PolicyRefused {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Refused> for PolicyRefused {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
