//! Who may do what. In this version the root principal of an account may do everything in its
//! account, and nobody else anything (spec/sse.md and spec/kms.md, who may ask).

use crate::refusal::{Refused, Result};
use sse_spec::Class;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    arn: String,
    account: String,
    root: bool,
    through_store: bool,
}

impl Caller {
    /// Reads the ARN of a principal, `arn:aws:iam::ACCOUNT:root` or another name in its place.
    ///
    /// # Errors
    /// `access-denied` for what is not the ARN of a principal: nobody is allowed nothing.
    pub fn from_arn(arn: &str) -> Result<Self> {
        let denied = Refused(Class::AccessDenied);
        let mut parts = arn.splitn(6, ':');
        let mut next = || parts.next().ok_or(denied);
        let (scheme, partition, service, region) = (next()?, next()?, next()?, next()?);
        let (account, name) = (next()?, next()?);
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_principal = scheme == "arn"
            && partition == "aws"
            && matches!(service, "iam" | "sts")
            && region.is_empty();
        if !is_account || !is_principal || name.is_empty() {
            return Err(denied);
        }
        Ok(Self {
            arn: arn.to_owned(),
            account: account.to_owned(),
            root: service == "iam" && name == "root",
            through_store: false,
        })
    }

    /// The same principal, for whom the store asks.
    #[must_use]
    pub fn through_store(&self) -> Self {
        // r[kms.authorization.through-store]
        Self { through_store: true, ..self.clone() }
    }

    /// The principal's ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The principal's account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether the store asks on the principal's behalf.
    #[must_use]
    pub fn is_through_store(&self) -> bool {
        self.through_store
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A bucket, its objects, or a customer key of an account.
    Owned {
        /// The account.
        account: &'a str,
    },
    /// The key `aws/s3` of an account.
    AwsManagedKey {
        /// The account.
        account: &'a str,
    },
}

/// A decision, with the reason that determined it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The request may go on.
    Allowed(Allowed),
    /// The request is refused.
    Denied(Denied),
}

/// Why a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// The root principal of the account that owns the resource asks.
    AccountRoot,
    /// The store asks for the root principal of the account whose key `aws/s3` is.
    ThroughStore,
    /// Who may do everything in the account may describe its key `aws/s3`.
    DescribesAwsManagedKey,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No policy allows it.
    Default,
    /// The resource belongs to another account.
    OtherAccount,
    /// The key `aws/s3` is used through the store only, and managed by nobody.
    AwsManagedKey,
}

impl Decision {
    /// Turns a denial into a refusal.
    ///
    /// # Errors
    /// `access-denied` where the decision is one.
    pub fn enforce(self) -> Result<()> {
        match self {
            Self::Allowed(_) => Ok(()),
            Self::Denied(_) => Err(Refused(Class::AccessDenied)),
        }
    }
}

/// Decides a request, purely: whether `caller` may do `action`, in IAM's words, to the resource.
#[must_use]
pub fn decide(caller: &Caller, action: &str, resource: Resource<'_>) -> Decision {
    let (Resource::Owned { account } | Resource::AwsManagedKey { account }) = resource;
    if caller.account != account {
        return Decision::Denied(Denied::OtherAccount);
    }
    // r[sse.authorization.default-deny]
    // r[kms.authorization.default-deny]
    if !caller.root {
        return Decision::Denied(Denied::Default);
    }
    match (resource, action) {
        // r[sse.authorization.root-permitted]
        // r[kms.authorization.root-permitted]
        (Resource::Owned { .. }, _) => Decision::Allowed(Allowed::AccountRoot),
        (Resource::AwsManagedKey { .. }, "kms:DescribeKey") => {
            Decision::Allowed(Allowed::DescribesAwsManagedKey)
        }
        (Resource::AwsManagedKey { .. }, "kms:GenerateDataKey" | "kms:Decrypt")
            if caller.through_store =>
        {
            Decision::Allowed(Allowed::ThroughStore)
        }
        // r[key.aws-managed.not-usable-directly]
        // r[key.aws-managed.not-disabled]
        (Resource::AwsManagedKey { .. }, _) => Decision::Denied(Denied::AwsManagedKey),
    }
}
