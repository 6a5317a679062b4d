//! The decision: a total function of a question, a law and the identity policies (policy.md).

use super::{Document, Facts, Patterns, Statement, Who, matches};
use crate::oracle::state::{account_of, is_principal, root_of};
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// ARN of who asks.
    pub principal: &'a str,
    /// The action, such as `kms:Decrypt`.
    pub action: &'a str,
    /// ARN of the resource; `*` where the operation names none.
    pub resource: &'a str,
    /// What conditions see.
    pub facts: &'a Facts,
}

/// Which policies decide, beside those of the principal.
#[derive(Clone, Copy, Debug)]
pub enum Law<'a> {
    /// None.
    Identity,
    /// That of a key.
    Key {
        /// The key's account.
        account: &'a str,
        /// The key policy.
        policy: &'a Document,
    },
    /// That of a bucket.
    Bucket {
        /// The bucket's account.
        account: &'a str,
        /// The bucket policy.
        policy: Option<&'a Document>,
    },
}

/// Why it was decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A Deny applies.
    ExplicitDeny,
    /// Nothing allows it.
    DefaultDeny,
    /// The key policy allows the caller directly.
    KeyPolicy,
    /// The key policy trusts the account, and the identity side allows.
    Delegated,
    /// Both accounts allow.
    CrossAccount,
    /// The bucket policy allows the caller directly.
    BucketPolicy,
    /// The identity side allows.
    IdentityPolicy,
    /// The root principal of the bucket's account keeps the bucket policy in hand.
    Owner,
}

/// A statement that determined a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRef {
    /// Name of the identity policy; none for the policy of the resource.
    pub identity_policy: Option<String>,
    /// Its place in the document, from 0.
    pub index: usize,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// By which statements.
    pub determining: Vec<StatementRef>,
}

/// The actions on a key that another account can be allowed.
const ACROSS_ACCOUNTS: &[&str] = &[
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:DescribeKey",
    "kms:GetKeyRotationStatus",
];
/// The actions on a bucket that no bucket policy takes from its owner.
const KEPT: &[&str] = &["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// The statements that apply, by what they do.
#[derive(Default)]
struct Applying {
    deny: Vec<StatementRef>,
    /// Allows of the resource's policy that mean the caller himself.
    direct: Vec<StatementRef>,
    /// Allows of the resource's policy that mean his account.
    account: Vec<StatementRef>,
    /// Allows of the identity policies.
    identity: Vec<StatementRef>,
}

/// Decides a question; `identity` holds the caller's identity policies by name.
#[must_use]
pub fn decide(question: &Question<'_>, law: Law<'_>, identity: &[(String, Document)]) -> Verdict {
    if root_of(question.principal).is_none() && !is_principal(question.principal) {
        return denied(Reason::DefaultDeny, Vec::new());
    }
    let root = root_of(question.principal).is_some();
    let own = account_of(question.principal);
    let (account, policy) = match law {
        Law::Identity => (own, None),
        Law::Key { account, policy } => (account, Some(policy)),
        Law::Bucket { account, policy } => (account, policy),
    };
    let same = own == account;
    if matches!(law, Law::Bucket { .. }) && same && root && KEPT.contains(&question.action) {
        return Verdict { allowed: true, reason: Reason::Owner, determining: Vec::new() };
    }
    let applying = collect(question, policy, if root { &[] } else { identity });
    let Applying { deny, direct, account, identity } = applying;
    if !deny.is_empty() {
        return denied(Reason::ExplicitDeny, deny);
    }
    let shared = !matches!(law, Law::Key { .. }) || ACROSS_ACCOUNTS.contains(&question.action);
    let identity_allows = root || !identity.is_empty();
    let resource_allows = !direct.is_empty() || !account.is_empty();
    let (reason, determining) = match law {
        _ if !same && shared && resource_allows && identity_allows => {
            (Reason::CrossAccount, [direct, account, identity].concat())
        }
        _ if !same => return denied(Reason::DefaultDeny, Vec::new()),
        Law::Key { .. } if !direct.is_empty() => (Reason::KeyPolicy, direct),
        Law::Key { .. } if !account.is_empty() && identity_allows => {
            (Reason::Delegated, [account, identity].concat())
        }
        Law::Bucket { .. } if !direct.is_empty() => (Reason::BucketPolicy, direct),
        Law::Bucket { .. } | Law::Identity if identity_allows => (Reason::IdentityPolicy, identity),
        _ => return denied(Reason::DefaultDeny, Vec::new()),
    };
    Verdict { allowed: true, reason, determining }
}

fn denied(reason: Reason, determining: Vec<StatementRef>) -> Verdict {
    Verdict { allowed: false, reason, determining }
}

fn collect(
    question: &Question<'_>,
    policy: Option<&Document>,
    identity: &[(String, Document)],
) -> Applying {
    let mut applying = Applying::default();
    let resource = policy.map(|document| (None, document));
    let attached = identity.iter().map(|(name, document)| (Some(name), document));
    for (name, document) in resource.into_iter().chain(attached) {
        for (index, statement) in document.statements.iter().enumerate() {
            let Some(directly) = statement.applies(question) else { continue };
            let list = match (statement.allow, name, directly) {
                (false, ..) => &mut applying.deny,
                (true, Some(_), _) => &mut applying.identity,
                (true, None, true) => &mut applying.direct,
                (true, None, false) => &mut applying.account,
            };
            list.push(StatementRef { identity_policy: name.cloned(), index });
        }
    }
    applying
}

impl Statement {
    /// Whether the statement applies, and then whether to the caller himself.
    fn applies(&self, question: &Question<'_>) -> Option<bool> {
        let directly = match &self.principals {
            None => true,
            Some(who) => who.iter().filter_map(|who| who.means(question.principal)).max()?,
        };
        let action = question.action.to_ascii_lowercase();
        let applies = self.actions.hold(|pattern| matches(&pattern.to_ascii_lowercase(), &action))
            && self.resources.hold(|pattern| matches(pattern, question.resource))
            && self.conditions.iter().all(|condition| condition.holds(question.facts));
        applies.then_some(directly)
    }
}

impl Who {
    /// Whether it means a principal, and then whether himself or his account.
    fn means(&self, principal: &str) -> Option<bool> {
        match self {
            Self::Anyone => Some(true),
            Self::Exactly(arn) => (arn == principal).then_some(true),
            Self::Account(account) => {
                (account == account_of(principal)).then_some(root_of(principal).is_some())
            }
        }
    }
}

impl Patterns {
    fn hold(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern)) != self.not
    }
}
