//! The language of policies: documents, conditions and the decision (policy.md).

mod condition;
mod decide;
mod json;
mod read;
#[cfg(test)]
mod tests;

pub use condition::{Fact, Facts};
pub(super) use decide::decide_bent;
pub use decide::{Law, Question, Reason, StatementRef, Verdict, decide};

use condition::Condition;

/// What a document is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A KMS key.
    Key,
    /// The bucket of this name.
    Bucket(&'a str),
    /// A principal.
    Identity,
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is longer than its kind may be.
    TooLong,
    /// Something in it is not of the language; the place, such as `Statement[1].Effect`.
    At(String),
}

/// A document that is of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    allow: bool,
    /// Whom it speaks of; an identity policy speaks of whom it is attached to.
    principals: Option<Vec<Who>>,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

/// One element of `Principal`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Anyone,
    Account(String),
    Exactly(String),
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Patterns {
    /// Whether it means everything but what the patterns match.
    not: bool,
    patterns: Vec<String>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing in it that is not of the language.
    pub fn read(kind: Kind<'_>, text: &str) -> Result<Self, Malformed> {
        read::document(kind, text)
    }

    /// The document that denies everybody everything: what a damaged one is taken for.
    pub(super) fn closed() -> Self {
        let everything = || Patterns { not: false, patterns: vec!["*".to_owned()] };
        let statement = Statement {
            allow: false,
            principals: None,
            actions: everything(),
            resources: everything(),
            conditions: Vec::new(),
        };
        Self { statements: vec![statement] }
    }

    /// The users and roles that the document names, by ARN.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let who = self.statements.iter().filter_map(|statement| statement.principals.as_ref());
        who.flatten().filter_map(|who| match who {
            Who::Exactly(arn) => Some(arn.as_str()),
            Who::Anyone | Who::Account(_) => None,
        })
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run and `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // `open[i]`: whether the first `i` characters of the pattern match what was read so far.
    let mut open = vec![true];
    for character in &pattern {
        let before = open.last() == Some(&true);
        open.push(before && *character == '*');
    }
    for read in text.chars() {
        let mut next = vec![false];
        for (index, character) in pattern.iter().enumerate() {
            let at = |place: usize| open.get(place) == Some(&true);
            let matched = match character {
                '*' => at(index) || at(index + 1) || next.last() == Some(&true),
                '?' => at(index),
                other => *other == read && at(index),
            };
            next.push(matched);
        }
        open = next;
    }
    open.last() == Some(&true)
}
