//! Who exists in the world, and which identity policies they have: the suite's fixtures, which need
//! no permission (spec/policy.md, fixtures).

use crate::disk::{Place, Scope};
use crate::environment::Environment;
use crate::policy::{
    self, Caller, Decision, Document, DocumentKind, PolicyRefused, is_principal_name,
};
use crate::refusal::{Refused, Result};
use crate::sse::KeyService;
use crate::store::{OpenError, Store};
use sse_spec::Class;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The identity policies of one principal, by name.
type Policies = BTreeMap<String, Document>;

/// The principals of the world by ARN. Root principals are not among them: they have no policies.
#[derive(Debug, Default)]
pub(crate) struct Iam(Mutex<BTreeMap<String, Policies>>);

impl Iam {
    /// Reads what lies at rest.
    pub(crate) fn load(&self, environment: &Environment) -> Result<(), OpenError> {
        let damaged = Refused(Class::Integrity);
        environment.open_controls(Scope::Principals, |place, contents| {
            let texts: BTreeMap<String, String> =
                serde_json::from_slice(contents.expose()).map_err(|_| damaged)?;
            let mut policies = Policies::new();
            for (name, text) in texts {
                let document = Document::parse(&text, DocumentKind::Identity);
                policies.insert(name, document.map_err(|_| damaged)?);
            }
            self.principals().insert(place.name(), policies);
            Ok(())
        })
    }

    /// Whether a user or role exists.
    pub(crate) fn exists(&self, arn: &str) -> bool {
        self.principals().contains_key(arn)
    }

    /// Reads the identity policies of a principal; of an unknown one there are none.
    pub(crate) fn policies<R>(&self, arn: &str, read: impl FnOnce(&[&Document]) -> R) -> R {
        let principals = self.principals();
        let policies: Vec<_> = principals.get(arn).into_iter().flat_map(BTreeMap::values).collect();
        read(&policies)
    }

    /// Decides a request by the resource's policy and the caller's identity policies.
    pub(crate) fn decide(
        &self,
        request: &policy::Request<'_>,
        resource: &policy::Resource<'_>,
    ) -> Decision {
        let by = |identity: &[&Document]| policy::decide(request, resource, identity);
        self.policies(request.caller.arn(), by)
    }

    fn principals(&self) -> MutexGuard<'_, BTreeMap<String, Policies>> {
        // A thread that panicked cannot have left half a change: every change is one insertion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: KeyService> Store<K> {
    /// Makes a user, in the caller's account where none is given, and returns its ARN.
    ///
    /// # Errors
    /// `invalid-argument` for a wrong or taken name and for an account that is not of the world.
    pub fn create_principal(
        &mut self,
        caller: &Caller,
        account: Option<&str>,
        name: &str,
    ) -> Result<String> {
        let account = account.unwrap_or(caller.account());
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        let of_the_world = self.environment.accounts.iter().any(|other| other == account);
        if !of_the_world || !is_principal_name(name) || self.environment.iam.exists(&arn) {
            return Err(Refused(Class::InvalidArgument));
        }
        self.write_principal(&arn, Policies::new())?;
        Ok(arn)
    }

    /// Gives a principal a policy, in the stead of one of the same name.
    ///
    /// # Errors
    /// `malformed-policy`, `no-such-principal`, `unavailable`.
    pub fn put_identity_policy(
        &mut self,
        principal: &str,
        name: &str,
        policy: &str,
    ) -> Result<(), PolicyRefused> {
        let document = Document::parse(policy, DocumentKind::Identity)?;
        let mut policies = self.policies_of(principal)?;
        policies.insert(name.to_owned(), document);
        Ok(self.write_principal(principal, policies)?)
    }

    /// Takes a policy from a principal; what is not there is as good as taken.
    ///
    /// # Errors
    /// `no-such-principal`, `unavailable`.
    pub fn delete_identity_policy(&mut self, principal: &str, name: &str) -> Result<()> {
        let mut policies = self.policies_of(principal)?;
        policies.remove(name);
        self.write_principal(principal, policies)
    }

    fn policies_of(&self, principal: &str) -> Result<Policies> {
        let policies = self.environment.iam.principals().get(principal).cloned();
        policies.ok_or(Refused(Class::NoSuchPrincipal))
    }

    fn write_principal(&self, arn: &str, policies: Policies) -> Result<()> {
        let texts: BTreeMap<_, _> =
            policies.iter().map(|(name, document)| (name, document.text())).collect();
        let contents = serde_json::to_vec(&texts).map_err(|_| Refused(Class::InvalidArgument))?;
        let place = Place::Principal(arn.to_owned());
        let change = self.environment.seal_control(place, &contents)?;
        self.environment.disk.commit(vec![change])?;
        // r[policy.document.latest]
        // r[policy.document.survives-restart]
        self.environment.iam.principals().insert(arn.to_owned(), policies);
        Ok(())
    }
}
