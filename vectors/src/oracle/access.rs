//! Who may: gathers the policies and the facts of a request and has them decided (policy.md).

use super::bend::{Bend, Life, Rule, Test};
use super::policy::{Document, Fact, Facts, Kind, Law, Question, Verdict, decide_bent};
use super::state::{account_of, root_of};
use super::{Bucket, Key, Oracle, Sent, Side, refusal};
use sse_spec::{Caller, Class, EncryptionContext, KeyManager, Refusal};

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
        self.bend_managed(&question, law, key).unwrap_or_else(|| self.decided(&question, law))
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
        permitted(Side::Kms, &self.decided(&question, Law::Identity))
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
            let kms_key = self.bend_sent_key(bucket, sent);
            let values = [(Fact::Algorithm, &sent.algorithm), (Fact::KmsKey, &kms_key)];
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
        permitted(Side::S3, &self.decided(&question, law))
    }

    /// The key of a write as conditions see it; a bend shows that of the bucket's default.
    fn bend_sent_key(&self, bucket: Option<&Bucket>, sent: &Sent) -> Option<String> {
        let rule = bucket.and_then(|bucket| bucket.encryption.as_ref());
        let default = rule.and_then(|rule| rule.kms_key_id.as_ref());
        let default = default.filter(|default| sent.kms_key.as_ref() != Some(*default));
        let shown = default.filter(|_| self.bends(Bend::Test(Test::HeaderKeyOfDefault)));
        shown.or(sent.kms_key.as_ref()).cloned()
    }

    /// Demands the making of a bucket, which the identity side alone decides.
    pub(super) fn may_make_bucket(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        let (facts, principal) = (base_facts(caller), &caller.principal);
        let resource = format!("arn:aws:s3:::{name}");
        let action = "s3:CreateBucket";
        let question = Question { principal, action, resource: &resource, facts: &facts };
        permitted(Side::S3, &self.decided(&question, Law::Identity))
    }

    /// The decision, under the bend that is set.
    fn decided(&self, question: &Question<'_>, law: Law<'_>) -> Verdict {
        let identity = self.identity(question.principal);
        let decide = |q: &Question<'_>| decide_bent(q, law, &identity, self.bent.as_ref());
        let verdict = decide(question);
        let sister = "kms:GenerateDataKeyWithoutPlaintext";
        if verdict.allowed || question.action != sister || self.bent.is_none() {
            return verdict;
        }
        let other = decide(&Question { action: "kms:GenerateDataKey", ..question.clone() });
        let taken = other.allowed && self.bends(Bend::Rule(Rule::SisterAction));
        if taken { other } else { verdict }
    }

    /// What a bend decides about an AWS managed key.
    fn bend_managed(&self, question: &Question<'_>, law: Law<'_>, key: &Key) -> Option<Verdict> {
        if key.manager != KeyManager::Aws || self.bent.is_none() {
            return None;
        }
        let verdict = self.decided(question, law);
        let same = key.account == account_of(question.principal);
        let service = question.facts.single.contains_key(&Fact::ViaService);
        let uses = ["Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey"];
        let name = question.action.trim_start_matches("kms:");
        let uses = uses.iter().any(|prefix| name.starts_with(prefix));
        let life = match (same, uses, service) {
            _ if verdict.allowed => return Some(verdict),
            (true, true, false) => Life::ManagedDirect,
            (false, true, true) => Life::ManagedAcross,
            (true, false, _) => Life::ManagedManaged,
            _ => return Some(verdict),
        };
        Some(Verdict { allowed: self.lives(life), ..verdict })
    }

    /// The caller's identity policies; a root principal has none.
    fn identity(&self, principal: &str) -> Vec<(String, Document)> {
        let attached = self.state.principals.get(principal);
        let attached = attached.filter(|_| root_of(principal).is_none());
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
