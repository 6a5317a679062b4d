//! Principals and their policies: the suite's hand, not authorized (policy.md, fixtures).

use super::limits::demand;
use super::policy::{Document, Kind};
use super::state::{account_of, is_principal_name};
use super::{Oracle, Side, refusal};
use sse_spec::{
    Caller, Class, CreatePrincipal, CreatePrincipalReply, DeleteIdentityPolicy,
    DeleteIdentityPolicyReply, PutIdentityPolicy, PutIdentityPolicyReply, Refusal,
};
use std::collections::BTreeMap;

impl Oracle {
    pub(super) fn create_principal(
        &mut self,
        caller: &Caller,
        request: &CreatePrincipal,
    ) -> Result<CreatePrincipalReply, Refusal> {
        let own = account_of(&caller.principal);
        let account = request.account.as_deref().unwrap_or(own);
        let known = self.setting.accounts.iter().any(|of_the_world| of_the_world == account);
        let arn = format!("arn:aws:iam::{account}:user/{}", request.name);
        let fresh = !self.state.principals.contains_key(&arn);
        let legal = known && is_principal_name(&request.name) && fresh;
        demand(Side::S3, legal, Class::InvalidArgument)?;
        self.state.principals.insert(arn.clone(), BTreeMap::new());
        Ok(CreatePrincipalReply { arn })
    }

    pub(super) fn put_identity_policy(
        &mut self,
        request: &PutIdentityPolicy,
    ) -> Result<PutIdentityPolicyReply, Refusal> {
        let read = Document::read(Kind::Identity, &request.policy);
        demand(Side::S3, read.is_ok(), Class::MalformedPolicy)?;
        let policies = self.policies_of(&request.principal)?;
        policies.insert(request.name.clone(), request.policy.clone());
        Ok(PutIdentityPolicyReply {})
    }

    pub(super) fn delete_identity_policy(
        &mut self,
        request: &DeleteIdentityPolicy,
    ) -> Result<DeleteIdentityPolicyReply, Refusal> {
        self.policies_of(&request.principal)?.remove(&request.name);
        Ok(DeleteIdentityPolicyReply {})
    }

    fn policies_of(&mut self, principal: &str) -> Result<&mut BTreeMap<String, String>, Refusal> {
        let found = self.state.principals.get_mut(principal);
        found.ok_or_else(|| refusal(Side::S3, Class::NoSuchPrincipal))
    }
}
