//! Who may do what: one pure and total decision over the policies that bear on a request, with its
//! reason and the statements that determined it (spec/policy.md).
//!
//! It has no case for `aws/s3` and none for the store: what is special about them stands in their
//! documents and in the circumstances of the request.

mod caller;
mod condition;
mod document;
mod json;
mod pattern;

pub use caller::Caller;
pub(crate) use caller::is_principal_name;
pub use condition::Circumstances;
pub use document::{Document, DocumentKind, Malformed, PolicyRefused};

use crate::refusal::{Refused, Result};
use document::Effect;
use sse_spec::Class;

/// One action of a request on one resource.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// For what, such as `kms:Decrypt`.
    pub action: &'a str,
    /// On which ARN; `*` where the operation names no resource.
    pub resource: &'a str,
    /// Under which circumstances.
    pub circumstances: &'a Circumstances,
}

/// What a request is about, with the policy that is attached to it.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// A KMS key.
    Key {
        /// The account that owns it.
        account: &'a str,
        /// Its key policy.
        policy: &'a Document,
    },
    /// A bucket, or an object in it.
    Bucket {
        /// The account that owns it.
        account: &'a str,
        /// Its bucket policy, if it has one.
        policy: Option<&'a Document>,
    },
    /// What has no policy of its own: an alias, or what is yet to be made.
    Account {
        /// The account.
        account: &'a str,
    },
}

/// A decision, with what determined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// The statements behind the reason; none where the reason is that there are none.
    pub determining: Vec<StatementRef>,
}

/// Why a request is allowed or denied: the lines of the decisions of spec/policy.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A Deny applies.
    ExplicitDeny,
    /// Nothing allows it.
    DefaultDeny,
    /// The key policy allows it to the caller directly.
    KeyPolicy,
    /// The key policy delegates to the account, whose identity side allows it.
    Delegated,
    /// The bucket policy allows it to the caller directly.
    BucketPolicy,
    /// The identity side allows it.
    IdentityPolicy,
    /// Both the resource's policy and the identity side allow it to another account.
    CrossAccount,
    /// Root may always put its own bucket's policy in order.
    Owner,
}

/// A statement that determined a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRef {
    /// In which document it stands.
    pub source: Source,
    /// Its index there.
    pub index: usize,
}

/// A document that bears on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The policy of the key or bucket.
    Resource,
    /// The identity policy of this index.
    Identity(usize),
}

/// How a statement reaches the caller, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// By `*` or by the caller's own ARN.
    Direct,
    /// By the caller's account: delegation.
    Account,
    /// By being attached to the caller.
    Bearer,
}

/// The statements that apply to a request.
#[derive(Default)]
struct Applying {
    denies: Vec<StatementRef>,
    direct: Vec<StatementRef>,
    account: Vec<StatementRef>,
    identity: Vec<StatementRef>,
}

impl Decision {
    /// Turns a denial into a refusal.
    ///
    /// # Errors
    /// `access-denied` where the decision is one.
    pub fn enforce(&self) -> Result<()> {
        if self.allowed { Ok(()) } else { Err(Refused(Class::AccessDenied)) }
    }

    fn allow(reason: Reason, determining: &[&[StatementRef]]) -> Self {
        Self { allowed: true, reason, determining: determining.concat() }
    }

    fn deny(reason: Reason, determining: Vec<StatementRef>) -> Self {
        Self { allowed: false, reason, determining }
    }
}

/// Decides a request, purely and totally, by the resource's policy and the caller's identity
/// policies.
#[must_use]
pub fn decide(request: &Request<'_>, resource: &Resource<'_>, identity: &[&Document]) -> Decision {
    let (account, policy) = match *resource {
        Resource::Key { account, policy } => (account, Some(policy)),
        Resource::Bucket { account, policy } => (account, policy),
        Resource::Account { account } => (account, None),
    };
    let own = account == request.caller.account();
    let root = request.caller.is_root();
    // r[policy.bucket.owner-root]
    if matches!(resource, Resource::Bucket { .. }) && own && root && tends_policy(request.action) {
        return Decision::allow(Reason::Owner, &[]);
    }
    // A root principal has no identity policies: its identity side allows all and denies nothing.
    let identity = if root { &[] } else { identity };
    let applying = Applying::gather(request, policy, identity);
    // r[policy.key.deny-in-key-policy]
    // r[policy.key.deny-in-identity-policy]
    // r[policy.bucket.deny]
    if !applying.denies.is_empty() {
        return Decision::deny(Reason::ExplicitDeny, applying.denies);
    }
    let Applying { direct, account, identity, .. } = applying;
    let identity_allows = root || !identity.is_empty();
    let named = !direct.is_empty() || !account.is_empty();
    // r[policy.decision.reference]
    match resource {
        // r[policy.cross-account.operations]
        Resource::Key { .. } if !own && !crosses_accounts(request.action) => {}
        // r[policy.cross-account.both]
        Resource::Key { .. } | Resource::Bucket { .. } if !own => {
            if named && identity_allows {
                return Decision::allow(Reason::CrossAccount, &[&direct, &account, &identity]);
            }
        }
        // r[policy.key.direct-allow]
        Resource::Key { .. } if !direct.is_empty() => {
            return Decision::allow(Reason::KeyPolicy, &[&direct]);
        }
        // r[policy.key.delegation-with-iam]
        Resource::Key { .. } if !account.is_empty() && identity_allows => {
            return Decision::allow(Reason::Delegated, &[&account, &identity]);
        }
        Resource::Key { .. } => {}
        Resource::Bucket { .. } if !direct.is_empty() => {
            return Decision::allow(Reason::BucketPolicy, &[&direct]);
        }
        // r[policy.bucket.identity-allow]
        // r[sse.authorization.root-permitted]
        Resource::Bucket { .. } | Resource::Account { .. } if own && identity_allows => {
            return Decision::allow(Reason::IdentityPolicy, &[&identity]);
        }
        Resource::Bucket { .. } | Resource::Account { .. } => {}
    }
    // r[policy.key.neither]
    // r[policy.key.iam-without-delegation]
    // r[policy.key.delegation-without-iam]
    // r[policy.key.delegation-no-grant]
    // r[policy.key.root-not-named]
    // r[policy.cross-account.key-policy-only]
    // r[policy.cross-account.iam-only]
    // r[policy.bucket.one-side]
    // r[kms.authorization.default-deny]
    // r[sse.authorization.default-deny]
    Decision::deny(Reason::DefaultDeny, Vec::new())
}

impl Applying {
    fn gather(request: &Request<'_>, policy: Option<&Document>, identity: &[&Document]) -> Self {
        let identity = identity.iter().enumerate();
        let identity = identity.map(|(index, document)| (Source::Identity(index), *document));
        let mut applying = Self::default();
        for (source, document) in
            policy.map(|it| (Source::Resource, it)).into_iter().chain(identity)
        {
            for (index, statement) in document.statements.iter().enumerate() {
                let Some(reach) = statement.applies_to(request) else { continue };
                let list = match (statement.effect, reach) {
                    (Effect::Deny, _) => &mut applying.denies,
                    (Effect::Allow, Reach::Direct) => &mut applying.direct,
                    (Effect::Allow, Reach::Account) => &mut applying.account,
                    (Effect::Allow, Reach::Bearer) => &mut applying.identity,
                };
                list.push(StatementRef { source, index });
            }
        }
        applying
    }
}

fn tends_policy(action: &str) -> bool {
    matches!(action, "s3:GetBucketPolicy" | "s3:PutBucketPolicy" | "s3:DeleteBucketPolicy")
}

fn crosses_accounts(action: &str) -> bool {
    matches!(
        action,
        "kms:GenerateDataKey"
            | "kms:GenerateDataKeyWithoutPlaintext"
            | "kms:Encrypt"
            | "kms:Decrypt"
            | "kms:ReEncryptFrom"
            | "kms:ReEncryptTo"
            | "kms:DescribeKey"
            | "kms:GetKeyRotationStatus"
    )
}
