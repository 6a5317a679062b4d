//! Aliases: second names of keys, each in the record of the key that it names
//! (spec/key/aliases.md).
//!
//! A key's aliases are part of its record, so that an alias names exactly one key, moves in one
//! durable step, and is gone with its key.

use crate::audit::Parameters;
use crate::key::{Key, Verb, format_id};
use crate::kms::{Ask, By, Kms, Use, check_key_name};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use sse_spec::{Class, ListedAlias};

/// What every alias name begins with.
pub(crate) const PREFIX: &str = "alias/";
/// The alias of an account's `aws/s3`.
pub(crate) const AWS_S3: &str = "alias/aws/s3";
const RESERVED: &str = "alias/aws/";
const MAX_NAME: usize = 256;
const MAX_ALIASES: usize = 50;

impl Kms {
    /// Names a key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks; `alias-exists`, `limit-exceeded`.
    pub fn create_alias(&mut self, caller: &Caller, name: &str, target: &str) -> Result<()> {
        let target_key = Use::of(Verb::CreateAlias, By::KeyIdOrArn(target));
        let ask = Ask {
            parameters: check_name(name).and(check_key_name(target)),
            recorded: Parameters::of_alias(name).with("targetKeyId", Some(target)),
            alias: Some(name),
            ..Ask::on(target_key)
        };
        self.perform(caller, ask, |kms, found| {
            // r[key.create-alias.exists]
            if kms.by_alias(caller.account(), name).is_some() {
                return Err(Refused(Class::AliasExists));
            }
            // r[key.create-alias.names-key]
            found.key.add_alias(name)
        })
    }

    /// Gives a name to another key.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks; `limit-exceeded`.
    pub fn update_alias(&mut self, caller: &Caller, name: &str, target: &str) -> Result<()> {
        // r[key.update-alias.unknown]
        let old_key = Use::of(Verb::UpdateAliasFrom, By::Alias(name));
        let ask = Ask {
            parameters: check_name(name).and(check_key_name(target)),
            recorded: Parameters::of_alias(name).with("targetKeyId", Some(target)),
            alias: Some(name),
            other: Some(Use::of(Verb::UpdateAliasTo, By::KeyIdOrArn(target))),
            ..Ask::on(old_key)
        };
        self.perform(caller, ask, |_, found| match &mut found.other {
            // r[key.update-alias.names-new-key]
            // r[rotation.manual.new-puts]
            Some(new) if new.id != found.key.id => {
                found.key.aliases.remove(name);
                // r[key.update-alias.limit]
                new.add_alias(name)
            }
            // r[key.update-alias.same-key]
            _ => Ok(()),
        })
    }

    /// Removes a name.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn delete_alias(&mut self, caller: &Caller, name: &str) -> Result<()> {
        let ask = Ask {
            parameters: check_name(name),
            recorded: Parameters::of_alias(name),
            alias: Some(name),
            // r[key.delete-alias.unknown]
            ..Ask::on(Use::of(Verb::DeleteAlias, By::Alias(name)))
        };
        self.perform(caller, ask, |_, found| {
            // r[key.delete-alias.gone]
            // r[key.delete-alias.key-kept]
            found.key.aliases.remove(name);
            Ok(())
        })
    }

    /// The aliases of the caller's account, or those of one key.
    ///
    /// # Errors
    /// `invalid-argument`, `key-not-found`, `access-denied`.
    pub fn list_aliases(
        &mut self,
        caller: &Caller,
        key_id: Option<&str>,
    ) -> Result<Vec<ListedAlias>> {
        self.run_due_events()?;
        let of_key = match key_id {
            Some(name) => {
                check_key_name(name)?;
                Some(self.find(caller, By::KeyIdOrArn(name))?.id)
            }
            None => None,
        };
        self.authorize_account(caller, "kms:ListAliases", "*")?;
        let mut aliases = Vec::new();
        // r[key.list-aliases.complete]
        // r[key.list-aliases.of-key]
        // r[key.list-aliases.foreign-key]
        for key in self.keys.values().filter(|key| key.account == caller.account()) {
            if of_key.is_none_or(|wanted| wanted == key.id) {
                // r[key.list-aliases.arn]
                aliases.extend(key.aliases.iter().map(|name| ListedAlias {
                    alias_name: name.clone(),
                    alias_arn: self.alias_arn(&key.account, name),
                    target_key_id: Some(format_id(&key.id)),
                }));
            }
        }
        aliases.sort_by(|left, right| left.alias_name.cmp(&right.alias_name));
        Ok(aliases)
    }
}

impl Key {
    fn add_alias(&mut self, name: &str) -> Result<()> {
        // r[key.create-alias.limit]
        if self.aliases.len() >= MAX_ALIASES {
            return Err(Refused(Class::LimitExceeded));
        }
        self.aliases.insert(name.to_owned());
        Ok(())
    }
}

fn check_name(name: &str) -> Result<()> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    // r[key.create-alias.name]
    let rest = name.strip_prefix(PREFIX).filter(|rest| rest.bytes().all(legal));
    let named = rest.is_some_and(|rest| !rest.is_empty());
    // r[key.create-alias.reserved]
    // r[kms.order.parameters-class]
    // r[key.create-alias.case]
    let fits = name.len() <= MAX_NAME && !name.starts_with(RESERVED);
    if named && fits { Ok(()) } else { Err(Refused(Class::InvalidArgument)) }
}
