//! Who may: gathers the policies and the facts of a request and has them decided (policy.md).

use super::policy::{Document, Fact, Facts, Kind, Law, Question, Verdict, decide};
use super::state::{account_of, root_of};
use super::{Key, Oracle, Sent, Side, refusal};
use sse_spec::{Caller, Class, EncryptionContext, Refusal};

/// A request on a key, as conditions see it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyRequest<'a> {
    /// The alias that named the key, with its prefix.
    pub(super) alias: Option<&'a str>,
    /// The whole context of a cryptographic request.
    pub(super) context: Option<&'a EncryptionContext>,
    /// Whether the store asks.
    pub(super) through_store: bool,
}

impl Oracle {
    /// Decides an action on a key.
    #[must_use]
    pub(super) fn key_verdict(
        &self,
        caller: &Caller,
        action: &str,
        key: &Key,
        request: KeyRequest<'_>,
    ) -> Verdict {
        let mut facts = self.kms_facts(caller);
        facts.context = request.context.cloned().unwrap_or_default();
        if let Some(alias) = request.alias {
            facts.single.insert(Fact::RequestAlias, alias.to_owned());
        }
        if request.through_store {
            let service = format!("s3.{}.amazonaws.com", self.region());
            facts.single.insert(Fact::ViaService, service);
        }
        // A policy that does not read can only come from a bent state, and closes its key.
        let policy = Document::read(Kind::Key, &key.policy).unwrap_or_else(|_| Document::closed());
        let law = Law::Key { account: &key.account, policy: &policy };
        let resource = key.arn();
        let principal = &caller.principal;
        let question = Question { principal, action, resource: &resource, facts: &facts };
        decide(&question, law, &self.identity(caller))
    }

    /// Demands an action on a key.
    pub(super) fn may_key(
        &self,
        caller: &Caller,
        action: &str,
        key: &Key,
        request: KeyRequest<'_>,
    ) -> Result<(), Refusal> {
        permitted(Side::Kms, &self.key_verdict(caller, action, key, request))
    }

    /// Demands an action of KMS that the identity side alone decides: on `*` or on an alias.
    pub(super) fn may_kms(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
    ) -> Result<(), Refusal> {
        let facts = self.kms_facts(caller);
        let principal = &caller.principal;
        let question = Question { principal, action, resource, facts: &facts };
        permitted(Side::Kms, &decide(&question, Law::Identity, &self.identity(caller)))
    }

    /// Demands an action on a bucket, or on one of its objects where `key` names one.
    pub(super) fn may_bucket(
        &self,
        caller: &Caller,
        action: &str,
        name: &str,
        key: Option<&str>,
        sent: Option<&Sent>,
    ) -> Result<(), Refusal> {
        let bucket = self.state.buckets.get(name);
        let mut facts = base_facts(caller);
        if let Some(sent) = sent {
            let values = [(Fact::Algorithm, &sent.algorithm), (Fact::KmsKey, &sent.kms_key)];
            for (fact, value) in values {
                facts.single.extend(value.clone().map(|value| (fact, value)));
            }
        }
        let resource = match key {
            Some(key) => format!("arn:aws:s3:::{name}/{key}"),
            None => format!("arn:aws:s3:::{name}"),
        };
        let policy = bucket.and_then(|bucket| bucket.policy.as_ref()).map(|text| {
            Document::read(Kind::Bucket(name), text).unwrap_or_else(|_| Document::closed())
        });
        let account = bucket.map_or("", |bucket| bucket.account.as_str());
        let law = Law::Bucket { account, policy: policy.as_ref() };
        let principal = &caller.principal;
        let question = Question { principal, action, resource: &resource, facts: &facts };
        permitted(Side::S3, &decide(&question, law, &self.identity(caller)))
    }

    /// Demands the making of a bucket, which the identity side alone decides.
    pub(super) fn may_make_bucket(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        let (facts, principal) = (base_facts(caller), &caller.principal);
        let resource = format!("arn:aws:s3:::{name}");
        let action = "s3:CreateBucket";
        let question = Question { principal, action, resource: &resource, facts: &facts };
        permitted(Side::S3, &decide(&question, Law::Identity, &self.identity(caller)))
    }

    /// The caller's identity policies; a root principal has none.
    fn identity(&self, caller: &Caller) -> Vec<(String, Document)> {
        let attached = self.state.principals.get(&caller.principal);
        let attached = attached.filter(|_| root_of(&caller.principal).is_none());
        let read = |text: &String| {
            Document::read(Kind::Identity, text).unwrap_or_else(|_| Document::closed())
        };
        let named = attached.into_iter().flatten();
        named.map(|(name, text)| (name.clone(), read(text))).collect()
    }

    fn kms_facts(&self, caller: &Caller) -> Facts {
        let mut facts = base_facts(caller);
        let account = account_of(&caller.principal).to_owned();
        facts.single.insert(Fact::CallerAccount, account);
        facts
    }
}

fn base_facts(caller: &Caller) -> Facts {
    let mut facts = Facts::default();
    facts.single.insert(Fact::PrincipalArn, caller.principal.clone());
    facts.single.insert(Fact::SecureTransport, caller.secure_transport.to_string());
    facts
}

fn permitted(side: Side, verdict: &Verdict) -> Result<(), Refusal> {
    if verdict.allowed { Ok(()) } else { Err(refusal(side, Class::AccessDenied)) }
}
