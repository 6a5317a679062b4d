//! The decision: a total function of a question, a law and the identity policies (policy.md).

use super::{Document, Fact, Facts, Patterns, Statement, Who, matches};
use crate::oracle::bend::{Bend, Bent, DecisionCell, Rule, Side, Test};
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
    under(None, question, law, identity)
}

/// Decides under a bend, which is reached where it changes the answer.
pub(in crate::oracle) fn decide_bent(
    question: &Question<'_>,
    law: Law<'_>,
    identity: &[(String, Document)],
    bent: Option<&Bent>,
) -> Verdict {
    let honest = decide(question, law, identity);
    let Some(bent) = bent else { return honest };
    let facts = match bent.bend() {
        Bend::Test(test) => facts(test, question.facts, law),
        _ => question.facts.clone(),
    };
    let verdict = under(Some(bent.bend()), &Question { facts: &facts, ..*question }, law, identity);
    if verdict.allowed != honest.allowed {
        bent.reach();
    }
    verdict
}

fn under(
    bend: Option<Bend>,
    question: &Question<'_>,
    law: Law<'_>,
    identity: &[(String, Document)],
) -> Verdict {
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
    let rule = |rule| bend == Some(Bend::Rule(rule));
    let kept = KEPT.contains(&question.action) && !rule(Rule::OwnerBound);
    if matches!(law, Law::Bucket { .. }) && same && root && kept {
        return Verdict { allowed: true, reason: Reason::Owner, determining: Vec::new() };
    }
    let mut applying = collect(bend, question, policy, if root { &[] } else { identity });
    match bend {
        Some(Bend::Rule(rule)) => applying.bend(rule, question, law, same),
        Some(Bend::Decision(cell)) if matches!(law, Law::Key { .. }) && !root => {
            applying.flip(cell, same);
        }
        _ => {}
    }
    let Applying { deny, direct, account, identity } = applying;
    if !deny.is_empty() {
        return denied(Reason::ExplicitDeny, deny);
    }
    let shared = !matches!(law, Law::Key { .. })
        || ACROSS_ACCOUNTS.contains(&question.action)
        || rule(Rule::CrossAnything);
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
    bend: Option<Bend>,
    question: &Question<'_>,
    policy: Option<&Document>,
    identity: &[(String, Document)],
) -> Applying {
    let mut applying = Applying::default();
    let resource = policy.map(|document| (None, document));
    let attached = identity.iter().map(|(name, document)| (Some(name), document));
    for (name, document) in resource.into_iter().chain(attached) {
        for (index, statement) in document.statements.iter().enumerate() {
            let Some(directly) = statement.applies(bend, question) else { continue };
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

/// What conditions see under a bend.
fn facts(test: Test, honest: &Facts, law: Law<'_>) -> Facts {
    let mut facts = honest.clone();
    let single = &mut facts.single;
    match (test, law) {
        (Test::ViaServiceUnseen, _) => drop(single.remove(&Fact::ViaService)),
        (Test::ViaServiceAlways, Law::Key { .. }) => {
            single.insert(Fact::ViaService, "s3.eu-central-1.amazonaws.com".to_owned());
        }
        (Test::CallerAccountUnseen, _) => drop(single.remove(&Fact::CallerAccount)),
        (Test::RequestAliasUnseen, _) => drop(single.remove(&Fact::RequestAlias)),
        (Test::TransportTrusted, _) => {
            single.insert(Fact::SecureTransport, "true".to_owned());
        }
        (Test::HeaderDefaultSeen, Law::Bucket { .. }) => {
            single.entry(Fact::Algorithm).or_insert_with(|| "AES256".to_owned());
        }
        (Test::HeaderKeyUnseen, _) => drop(single.remove(&Fact::KmsKey)),
        _ => {}
    }
    facts
}

impl Applying {
    /// What a rule makes of the statements that apply.
    fn bend(&mut self, rule: Rule, question: &Question<'_>, law: Law<'_>, same: bool) {
        let (key, bucket) = (matches!(law, Law::Key { .. }), matches!(law, Law::Bucket { .. }));
        let root = root_of(question.principal).is_some();
        let attached = |deny: &StatementRef| deny.identity_policy.is_some();
        let allow = || vec![StatementRef { identity_policy: None, index: 0 }];
        let silent = self.direct.is_empty() && self.account.is_empty() && self.identity.is_empty();
        let action = question.action;
        match rule {
            Rule::KeyDenyIgnored if key => self.deny.retain(attached),
            Rule::IdentityDenyIgnored if key => self.deny.retain(|deny| !attached(deny)),
            Rule::BucketIdentityCross if bucket && !same => self.direct = allow(),
            Rule::BucketDenyIgnored if bucket => self.deny.retain(attached),
            Rule::AllowBeatsDeny if key && !self.direct.is_empty() => self.deny.clear(),
            Rule::CrossDenyIgnored if !same => self.deny.clear(),
            Rule::DelegationGrants if key && same => self.direct.append(&mut self.account),
            Rule::IdentityAlone if key && same => self.direct.extend(self.identity.clone()),
            Rule::DelegationOff if key && same && !root => self.account.clear(),
            Rule::CrossNever if key && !same => {
                self.direct.clear();
                self.account.clear();
            }
            Rule::CrossKeyAlone if key && !same => self.identity = allow(),
            Rule::CrossIdentityAlone if key && !same => self.direct = allow(),
            Rule::StoreTrusted if question.facts.single.contains_key(&Fact::ViaService) => {
                *self = Self { direct: allow(), identity: allow(), ..Self::default() };
            }
            Rule::DefaultAllow if same && silent => {
                (self.direct, self.identity) = (allow(), allow());
            }
            Rule::RootRefused if key && same && root && action == "kms:Decrypt" => {
                self.direct.clear();
            }
            Rule::ReadsFree if bucket && action == "s3:GetObject" => {
                *self = Self { direct: allow(), identity: allow(), ..Self::default() };
            }
            Rule::BucketPolicyCross if bucket && !same => self.identity = allow(),
            Rule::DirectNeedsIdentity if key && !root => self.account.append(&mut self.direct),
            Rule::RootAlways if key && same && root => self.direct = allow(),
            Rule::BucketIdentityShort if bucket && same && !root => self.identity.clear(),
            Rule::FromFree if action == "kms:ReEncryptFrom" => self.direct = allow(),
            Rule::ToFree if action == "kms:ReEncryptTo" => self.direct = allow(),
            _ => {}
        }
    }

    /// Turns the answer about, if the two sides are those of the cell.
    fn flip(&mut self, cell: DecisionCell, same: bool) {
        let from = |attached: bool, list: &[StatementRef]| {
            list.iter().any(|one| one.identity_policy.is_some() == attached)
        };
        let key = match () {
            () if from(false, &self.deny) => Side::Deny,
            () if !self.direct.is_empty() => Side::Direct,
            () if !self.account.is_empty() => Side::Account,
            () => Side::Nothing,
        };
        let identity = match () {
            () if from(true, &self.deny) => Side::Deny,
            () if !self.identity.is_empty() => Side::Direct,
            () => Side::Nothing,
        };
        if cell != (DecisionCell { key, identity, same }) {
            return;
        }
        let both = key == Side::Direct || key == Side::Account;
        let allowed = match identity {
            Side::Deny => false,
            Side::Nothing => same && key == Side::Direct,
            _ => both,
        };
        let one = || vec![StatementRef { identity_policy: None, index: 0 }];
        *self = match allowed {
            true => Self { deny: one(), ..Self::default() },
            false => Self { direct: one(), identity: one(), ..Self::default() },
        };
    }
}

impl Statement {
    /// Whether the statement applies, and then whether to the caller himself.
    fn applies(&self, bend: Option<Bend>, question: &Question<'_>) -> Option<bool> {
        let rule = |rule| bend == Some(Bend::Rule(rule));
        let count = if rule(Rule::FirstPrincipal) { 1 } else { usize::MAX };
        let directly = match &self.principals {
            None => true,
            Some(who) => {
                who.iter().take(count).filter_map(|who| who.means(question.principal)).max()?
            }
        };
        let action = question.action.to_ascii_lowercase();
        let named = |pattern: &str| {
            let pattern = pattern.to_ascii_lowercase();
            match bend {
                Some(Bend::Rule(Rule::ActionPrefix)) => matches(&format!("{pattern}*"), &action),
                Some(Bend::Rule(Rule::ActionLiteral)) if !pattern.ends_with(":*") => {
                    pattern == "*" || pattern == action
                }
                _ => matches(&pattern, &action),
            }
        };
        let turned = self.actions.not && rule(Rule::NotActionForgotten);
        let mut holding = self.conditions.iter().map(|one| one.holds_under(bend, question.facts));
        let conditions = match bend {
            Some(Bend::Test(Test::Ignored)) => true,
            Some(Bend::Test(Test::OneOfAll)) if !self.conditions.is_empty() => {
                holding.any(|holds| holds)
            }
            _ => holding.all(|holds| holds),
        };
        let resource = rule(Rule::ResourceIgnored)
            || self.resources.hold(|pattern| matches(pattern, question.resource));
        let applies = self.actions.hold(named) != turned && resource && conditions;
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
