//! Who asks, and whom a document may name: the ARNs of principals (spec/policy.md, structure).

use crate::refusal::{Refused, Result};
use sse_spec::Class;

const MAX_NAME: usize = 64;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    arn: String,
    account: String,
    root: bool,
    secure_transport: bool,
    through_store: bool,
}

impl Caller {
    /// Reads the ARN of a principal.
    ///
    /// # Errors
    /// `access-denied` for what is not the ARN of a root principal, a user or a role.
    pub fn from_arn(arn: &str, secure_transport: bool) -> Result<Self> {
        let (account, root) = match parse_arn(arn).ok_or(Refused(Class::AccessDenied))? {
            Named::Account(account) => (account, true),
            Named::Member(account) => (account, false),
        };
        Ok(Self {
            arn: arn.to_owned(),
            account: account.to_owned(),
            root,
            secure_transport,
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

    /// Whether it is the root principal of its account.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// Whether the request came over TLS.
    #[must_use]
    pub fn secure_transport(&self) -> bool {
        self.secure_transport
    }

    /// Whether the store asks on the principal's behalf.
    #[must_use]
    pub fn is_through_store(&self) -> bool {
        self.through_store
    }
}

/// Whom the ARN of a principal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// The root principal, which stands for the account.
    Account(&'a str),
    /// A user or role of the account.
    Member(&'a str),
}

/// Takes the ARN of a principal apart; `None` for every other text.
pub(super) fn parse_arn(arn: &str) -> Option<Named<'_>> {
    let (account, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    if !is_account(account) {
        return None;
    }
    if name == "root" {
        return Some(Named::Account(account));
    }
    let name = name.strip_prefix("user/").or_else(|| name.strip_prefix("role/"))?;
    is_principal_name(name).then_some(Named::Member(account))
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_principal_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(legal)
}
