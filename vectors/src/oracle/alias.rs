//! Aliases: second names of keys (key/aliases.md).

use super::access::KeyRequest;
use super::bend::Life;
use super::key::{Management, management};
use super::limits::{check_alias, check_key_id, demand};
use super::state::account_of;
use super::{Key, Moment, Oracle, Side, refusal};
use serde_json::{Value, json};
use sse_spec::{
    Caller, Class, CreateAlias, CreateAliasReply, DeleteAlias, DeleteAliasReply, KeyState,
    ListAliases, ListAliasesReply, ListedAlias, Refusal, UpdateAlias, UpdateAliasReply,
};

const ALIASES_OF_A_KEY: usize = 50;

/// A request on an alias: the keys concerned, the one that the alias names in the end last.
struct Aliasing<'a> {
    name: &'static str,
    caller: &'a Caller,
    alias: &'a str,
    keys: Vec<Key>,
    parameters: Value,
}

impl Oracle {
    pub(super) fn create_alias(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CreateAlias,
    ) -> Result<CreateAliasReply, Refusal> {
        let alias = request.alias_name.as_str();
        let target = self.target(caller, alias, &request.target_key_id)?;
        let aliasing = Aliasing {
            name: "CreateAlias",
            caller,
            alias,
            keys: vec![target],
            parameters: json!({ "aliasName": alias, "targetKeyId": request.target_key_id }),
        };
        self.alias(moment, &aliasing, |oracle, target| {
            let taken = oracle.by_alias(alias, account_of(&caller.principal)).is_some();
            if taken && oracle.lives(Life::AliasTaken) {
                oracle.state.keys.values_mut().for_each(|key| key.aliases.retain(|it| it != alias));
            } else {
                demand(Side::Kms, !taken, Class::AliasExists)?;
            }
            oracle.name(alias, target)
        })?;
        Ok(CreateAliasReply {})
    }

    pub(super) fn update_alias(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &UpdateAlias,
    ) -> Result<UpdateAliasReply, Refusal> {
        let alias = request.alias_name.as_str();
        check_alias(alias)?;
        check_key_id(&request.target_key_id)?;
        let found = self.owner_of(caller, alias);
        if found.is_err() && self.lives(Life::UpdateMakes) {
            let target = self.target(caller, alias, &request.target_key_id)?;
            self.name(alias, &target.id)?;
            return Ok(UpdateAliasReply {});
        }
        let old = found?;
        let new = self.target(caller, alias, &request.target_key_id)?;
        let same = old.id == new.id;
        let aliasing = Aliasing {
            name: "UpdateAlias",
            caller,
            alias,
            keys: vec![old.clone(), new],
            parameters: json!({ "aliasName": alias, "targetKeyId": request.target_key_id }),
        };
        self.alias(moment, &aliasing, |oracle, target| {
            if same || oracle.lives(Life::UpdateUnkept) {
                return Ok(());
            }
            oracle.name(alias, target)?;
            if let Some(key) = oracle.state.keys.get_mut(&old.id) {
                key.aliases.remove(alias);
            }
            Ok(())
        })?;
        Ok(UpdateAliasReply {})
    }

    pub(super) fn delete_alias(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DeleteAlias,
    ) -> Result<DeleteAliasReply, Refusal> {
        let alias = request.alias_name.as_str();
        check_alias(alias)?;
        let target = self.owner_of(caller, alias)?;
        let aliasing = Aliasing {
            name: "DeleteAlias",
            caller,
            alias,
            keys: vec![target],
            parameters: json!({ "aliasName": alias }),
        };
        self.alias(moment, &aliasing, |oracle, target| {
            let (kept, disables) =
                (oracle.lives(Life::DeleteUnkept), oracle.lives(Life::DeleteDisables));
            if let Some(key) = oracle.state.keys.get_mut(target).filter(|_| !kept) {
                if disables {
                    key.state = KeyState::Disabled;
                }
                key.aliases.remove(alias);
            }
            Ok(())
        })?;
        Ok(DeleteAliasReply {})
    }

    pub(super) fn list_aliases(
        &self,
        caller: &Caller,
        request: &ListAliases,
    ) -> Result<ListAliasesReply, Refusal> {
        let account = account_of(&caller.principal);
        let only = match &request.key_id {
            None => None,
            Some(named) => {
                check_key_id(named)?;
                Some(self.lookup_no_alias(named, account)?)
            }
        };
        self.may_kms(caller, "kms:ListAliases", "*")?;
        let mut aliases: Vec<ListedAlias> = Vec::new();
        for key in self.keys_of(account) {
            let other = only.as_ref().is_some_and(|only| only.id != key.id);
            if other && (key.aliases.is_empty() || !self.lives(Life::AliasesOfAll)) {
                continue;
            }
            let one = key.aliases.len() > 1 && self.lives(Life::OneAlias);
            let shown = if one { 1 } else { key.aliases.len() };
            aliases.extend(key.aliases.iter().take(shown).map(|alias| ListedAlias {
                alias_name: alias.clone(),
                alias_arn: self.alias_arn(account, alias),
                target_key_id: Some(key.id.clone()),
            }));
        }
        aliases.sort_by(|one, two| one.alias_name.cmp(&two.alias_name));
        Ok(ListAliasesReply { aliases })
    }

    /// Steps 1 and 2 for a new target.
    fn target(&self, caller: &Caller, alias: &str, named: &str) -> Result<Key, Refusal> {
        check_alias(alias)?;
        check_key_id(named)?;
        self.lookup_no_alias(named, account_of(&caller.principal))
    }

    /// Step 2 for an alias that has to exist.
    fn owner_of(&self, caller: &Caller, alias: &str) -> Result<Key, Refusal> {
        let found = self.by_alias(alias, account_of(&caller.principal));
        found.cloned().ok_or_else(|| refusal(Side::Kms, Class::KeyNotFound))
    }

    /// Steps 3 to 6: the permission on the alias and on each key, the state of the last key.
    fn alias(
        &mut self,
        moment: &mut Moment<'_>,
        aliasing: &Aliasing<'_>,
        act: impl FnOnce(&mut Self, &str) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Aliasing { name, caller, alias, keys, parameters } = aliasing;
        let (Some(row), Some(target)) = (Management::of(name), keys.last()) else {
            return Err(refusal(Side::Kms, Class::UnsupportedOperation));
        };
        let outcome = self
            .may_alias(name, caller, alias, keys)
            .and_then(|()| row.admits(self, target.state))
            .and_then(|()| act(self, &target.id));
        let event = management(name, caller, row.read_only, parameters.clone());
        self.record(moment, &event, &[target], outcome.as_ref().err());
        outcome
    }

    fn may_alias(
        &self,
        name: &str,
        caller: &Caller,
        alias: &str,
        keys: &[Key],
    ) -> Result<(), Refusal> {
        let action = format!("kms:{name}");
        let arn = self.alias_arn(account_of(&caller.principal), alias);
        self.may_kms(caller, &action, &arn)?;
        keys.iter().try_for_each(|key| self.may_key(caller, &action, key, KeyRequest::default()))
    }

    /// Gives an alias to a key.
    fn name(&mut self, alias: &str, target: &str) -> Result<(), Refusal> {
        let key = self.state.keys.get(target);
        let key = key.ok_or_else(|| refusal(Side::Kms, Class::KeyNotFound))?;
        let full = key.aliases.len() >= ALIASES_OF_A_KEY;
        let free = !full || self.lives(Life::AliasesUnlimited);
        demand(Side::Kms, free, Class::LimitExceeded)?;
        let unkept = self.lives(Life::AliasUnkept);
        if let Some(key) = self.state.keys.get_mut(target).filter(|_| !unkept) {
            key.aliases.insert(alias.to_owned());
        }
        Ok(())
    }

    fn alias_arn(&self, account: &str, alias: &str) -> String {
        format!("arn:aws:kms:{}:{account}:{alias}", self.region())
    }
}
