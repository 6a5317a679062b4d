//! Keys: how they are found, made, described, enabled, disabled, scheduled for deletion, and given
//! a policy (key.md, key/deletion.md).

use super::access::KeyRequest;
use super::audit::Event;
use super::bend::{Bend, Count, Life};
use super::kms::alias_of;
use super::limits::{check_key_id, demand, is_key_id};
use super::policy::{Document, Kind, Malformed};
use super::state::{Material, Origin, Rotation, account_of};
use super::{DAY, Key, Moment, Oracle, Side, refusal};
use serde_json::{Value, json};
use sse_spec::{
    Caller, CancelKeyDeletion, CancelKeyDeletionReply, Class, CreateKey, CreateKeyReply,
    DescribeKey, DescribeKeyReply, DisableKey, DisableKeyReply, EnableKey, EnableKeyReply,
    GetKeyPolicy, GetKeyPolicyReply, KeyManager, KeyState, ListKeysReply, ListedKey, PutKeyPolicy,
    PutKeyPolicyReply, Refusal, ScheduleKeyDeletion, ScheduleKeyDeletionReply,
};
use std::collections::{BTreeMap, BTreeSet};

/// The alias under which the AWS managed key of S3 is known.
pub(super) const MANAGED_ALIAS: &str = "alias/aws/s3";
const DESCRIPTION_CHARS: usize = 8192;
/// Keys that exist elsewhere and not here, by specification, usage and origin; `*` stands for any
/// end (key.md, CreateKey).
const ELSEWHERE_SPECS: &[&str] = &["RSA_*", "ECC_*", "HMAC_*", "ML_DSA_*", "SM2*"];
const ELSEWHERE_USAGES: &[&str] = &["SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
const ELSEWHERE_ORIGINS: &[&str] = &["EXTERNAL", "EXTERNAL_KEY_STORE", "AWS_CLOUDHSM"];

/// A management operation on one key: whether it changes the key, and which refusal each state has
/// for it, in the order Enabled, Disabled, PendingDeletion (key.md, states and operations).
pub(super) struct Management {
    pub(super) name: &'static str,
    pub(super) read_only: bool,
    states: [Option<Class>; 3],
}

const fn row(name: &'static str, read_only: bool, states: [Option<Class>; 3]) -> Management {
    Management { name, read_only, states }
}

const DISABLED: Option<Class> = Some(Class::KeyDisabled);
const INVALID: Option<Class> = Some(Class::InvalidKeyState);

/// Every management operation.
static MANAGEMENT: &[Management] = &[
    row("DescribeKey", true, [None, None, None]),
    row("GetKeyPolicy", true, [None, None, None]),
    row("PutKeyPolicy", false, [None, None, None]),
    row("DeleteAlias", false, [None, None, None]),
    row("GetKeyRotationStatus", true, [None, None, None]),
    row("ListKeyRotations", true, [None, None, None]),
    row("CreateAlias", false, [None, None, INVALID]),
    row("UpdateAlias", false, [None, None, INVALID]),
    row("EnableKey", false, [None, None, INVALID]),
    row("DisableKey", false, [None, None, INVALID]),
    row("ScheduleKeyDeletion", false, [None, None, INVALID]),
    row("CancelKeyDeletion", false, [INVALID, INVALID, None]),
    row("EnableKeyRotation", false, [None, DISABLED, INVALID]),
    row("DisableKeyRotation", false, [None, DISABLED, INVALID]),
    row("RotateKeyOnDemand", false, [None, DISABLED, INVALID]),
];

/// One request of a management operation.
#[derive(Clone, Copy)]
pub(super) struct Managing<'a> {
    pub(super) name: &'static str,
    pub(super) caller: &'a Caller,
    pub(super) named: &'a str,
}

impl Management {
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        MANAGEMENT.iter().find(|row| row.name == name)
    }

    /// Step 4.
    pub(super) fn admits(&self, oracle: &Oracle, state: KeyState) -> Result<(), Refusal> {
        let [enabled, disabled, pending] = self.states;
        let refused = match state {
            KeyState::Enabled => enabled,
            KeyState::Disabled => disabled,
            KeyState::PendingDeletion => pending,
        };
        let admitted = oracle.admitted(self.name, state, refused.is_none());
        demand(Side::Kms, admitted, refused.unwrap_or(Class::InvalidKeyState))
    }
}

impl Oracle {
    /// Step 2: finds a key by any of the four identifiers.
    pub(super) fn lookup(&self, named: &str, account: &str) -> Result<Key, Refusal> {
        let prefix = format!("arn:aws:kms:{}:", self.region());
        let found = match named.strip_prefix(&prefix).and_then(|rest| rest.split_once(':')) {
            Some((owner, rest)) => match rest.strip_prefix("key/") {
                Some(id) => self.by_id(id, owner),
                None => {
                    let found = self.by_alias(rest, owner);
                    found.filter(|_| !self.lives(Life::AliasArnUnknown))
                }
            },
            None => self.by_id(named, account).or_else(|| self.by_alias(named, account)),
        };
        let taken = || self.keys_of(account).into_iter().find(|key| key.deletion.is_none());
        let found = found.or_else(|| taken().filter(|_| self.lives(Life::UnknownTaken)));
        found.cloned().ok_or_else(|| refusal(Side::Kms, Class::KeyNotFound))
    }

    /// Step 2 where a key id or a key ARN only is taken.
    pub(super) fn lookup_no_alias(&self, named: &str, account: &str) -> Result<Key, Refusal> {
        demand(Side::Kms, alias_of(named).is_none(), Class::KeyNotFound)?;
        self.lookup(named, account)
    }

    fn by_id(&self, id: &str, account: &str) -> Option<&Key> {
        let key = self.state.keys.get(id).filter(|_| is_key_id(id));
        key.filter(|key| key.account == account)
    }

    pub(super) fn by_alias(&self, alias: &str, account: &str) -> Option<&Key> {
        let found = self.keys_of(account).into_iter().find(|key| key.aliases.contains(alias));
        let anyone = || self.state.keys.values().find(|key| key.aliases.contains(alias));
        found.or_else(|| anyone().filter(|_| self.lives(Life::AliasOfAnyone)))
    }

    /// Finds or makes the managed key of an account; its making is the service's own act.
    pub(super) fn first_use(&mut self, moment: &mut Moment<'_>, account: &str) -> String {
        if let Some(key) = self.by_alias(MANAGED_ALIAS, account) {
            return key.arn();
        }
        let days = 365;
        let key = Key {
            manager: KeyManager::Aws,
            description: "Default key that protects my S3 objects when no other key is defined"
                .to_owned(),
            policy: managed_policy(account, self.region()),
            aliases: BTreeSet::from([MANAGED_ALIAS.to_owned()]),
            rotation: Some(Rotation { days, next: moment.now + u64::from(days) * DAY }),
            ..self.blank(moment, account)
        };
        let arn = key.arn();
        self.state.keys.insert(key.id.clone(), key);
        arn
    }

    /// A new Enabled key that nobody has heard of yet.
    fn blank(&self, moment: &mut Moment<'_>, account: &str) -> Key {
        Key {
            id: (moment.draw)(),
            account: account.to_owned(),
            region: self.region().to_owned(),
            manager: KeyManager::Customer,
            state: match self.lives(Life::BornDisabled) {
                true => KeyState::Disabled,
                false => KeyState::Enabled,
            },
            created: moment.now,
            description: String::new(),
            policy: default_policy(&format!("arn:aws:iam::{account}:root")),
            aliases: BTreeSet::new(),
            deletion: None,
            rotation: None,
            materials: vec![new_material(moment.draw, moment.now, Origin::First)],
            usage: BTreeMap::new(),
        }
    }

    pub(super) fn create_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CreateKey,
    ) -> Result<CreateKeyReply, Refusal> {
        for (word, only, elsewhere) in [
            (&request.key_spec, "SYMMETRIC_DEFAULT", ELSEWHERE_SPECS),
            (&request.key_usage, "ENCRYPT_DECRYPT", ELSEWHERE_USAGES),
            (&request.origin, "AWS_KMS", ELSEWHERE_ORIGINS),
        ] {
            let Some(word) = word.as_deref().filter(|word| *word != only) else { continue };
            let known = elsewhere.iter().any(|known| match known.strip_suffix('*') {
                Some(start) => word.starts_with(start),
                None => word == *known,
            });
            let class = if known { Class::UnsupportedOperation } else { Class::InvalidArgument };
            return Err(refusal(Side::Kms, class));
        }
        let description = request.description.clone().unwrap_or_default();
        let fits = description.chars().count() <= DESCRIPTION_CHARS;
        demand(Side::Kms, fits, Class::InvalidArgument)?;
        let document = request.policy.as_deref().map(read_key_policy).transpose()?;
        self.may_kms(caller, "kms:CreateKey", "*")?;
        let account = account_of(&caller.principal);
        let twin = self.keys_of(account).into_iter().find(|key| key.description == description);
        if let Some(key) = twin.filter(|_| self.lives(Life::CreateRepeats)) {
            return Ok(CreateKeyReply { key_metadata: key.metadata() });
        }
        let mut key = Key { description, ..self.blank(moment, account_of(&caller.principal)) };
        if let (Some(document), Some(text)) = (document, &request.policy) {
            key.policy.clone_from(text);
            let bypass = request.bypass_policy_lockout_safety_check;
            self.fit_policy(caller, &key, &document, bypass)?;
        } else if self.lives(Life::BornOpen) {
            key.policy = default_policy("*");
        }
        let reply = CreateKeyReply { key_metadata: key.metadata() };
        self.state.keys.insert(key.id.clone(), key.clone());
        let event = management("CreateKey", caller, false, Value::Null);
        self.record(moment, &event, &[&key], None);
        Ok(reply)
    }

    /// What a key policy has to fulfil beyond its language; `key` has it already.
    fn fit_policy(
        &self,
        caller: &Caller,
        key: &Key,
        document: &Document,
        bypass: bool,
    ) -> Result<(), Refusal> {
        let of_the_world = |arn: &str| self.setting.accounts.iter().any(|a| a == account_of(arn));
        let missing = |arn: &str| of_the_world(arn) && !self.state.principals.contains_key(arn);
        let strange = document.named().any(missing) && !self.lives(Life::StrangersNamed);
        demand(Side::Kms, !strange, Class::MalformedPolicy)?;
        let kept = bypass
            || self.lives(Life::LockoutUnchecked)
            || self.key_verdict(caller, "kms:PutKeyPolicy", key, KeyRequest::default()).allowed;
        demand(Side::Kms, kept, Class::MalformedPolicy)
    }

    pub(super) fn describe_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DescribeKey,
    ) -> Result<DescribeKeyReply, Refusal> {
        check_key_id(&request.key_id)?;
        let managing = Managing { name: "DescribeKey", caller, named: &request.key_id };
        let mut key = self.lookup(&request.key_id, account_of(&caller.principal))?;
        if let Some(other) = self.keys_of(&key.account).into_iter().find(|it| it.id != key.id)
            && request.key_id == key.arn()
            && self.lives(Life::ArnOfAnother)
        {
            key = other.clone();
        }
        let parameters = json!({ "keyId": request.key_id });
        self.manage_found(moment, managing, &key, parameters, |_, _, key| {
            Ok(DescribeKeyReply { key_metadata: key.metadata() })
        })
    }

    pub(super) fn enable_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &EnableKey,
    ) -> Result<EnableKeyReply, Refusal> {
        let managing = Managing { name: "EnableKey", caller, named: &request.key_id };
        let id = self.manage(moment, managing, |_, _, key| {
            key.state = KeyState::Enabled;
            Ok(key.id.clone())
        })?;
        self.catch_up(moment, &id);
        Ok(EnableKeyReply {})
    }

    pub(super) fn disable_key(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DisableKey,
    ) -> Result<DisableKeyReply, Refusal> {
        let managing = Managing { name: "DisableKey", caller, named: &request.key_id };
        self.manage(moment, managing, |_, _, key| {
            key.state = KeyState::Disabled;
            Ok(DisableKeyReply {})
        })
    }

    pub(super) fn schedule_key_deletion(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &ScheduleKeyDeletion,
    ) -> Result<ScheduleKeyDeletionReply, Refusal> {
        let days = request.pending_window_in_days.unwrap_or(30);
        demand(Side::Kms, (7..=30).contains(&days), Class::InvalidArgument)?;
        let managing = Managing { name: "ScheduleKeyDeletion", caller, named: &request.key_id };
        let sent = ("pendingWindowInDays", request.pending_window_in_days);
        self.manage_with(moment, managing, sent, |oracle, now, key| {
            let deletion_date = now + u64::from(days) * DAY;
            if !oracle.lives(Life::ScheduleWaits) {
                key.state = KeyState::PendingDeletion;
                key.deletion = Some(deletion_date);
            }
            Ok(ScheduleKeyDeletionReply {
                key_id: key.arn(),
                deletion_date,
                key_state: KeyState::PendingDeletion.into(),
                pending_window_in_days: Some(days),
            })
        })
    }

    pub(super) fn cancel_key_deletion(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &CancelKeyDeletion,
    ) -> Result<CancelKeyDeletionReply, Refusal> {
        let managing = Managing { name: "CancelKeyDeletion", caller, named: &request.key_id };
        self.manage(moment, managing, |oracle, _, key| {
            let enables = oracle.lives(Life::CancelEnables);
            key.state = if enables { KeyState::Enabled } else { KeyState::Disabled };
            if !oracle.lives(Life::DateKept) {
                key.deletion = None;
            }
            Ok(CancelKeyDeletionReply { key_id: key.arn() })
        })
    }

    pub(super) fn put_key_policy(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &PutKeyPolicy,
    ) -> Result<PutKeyPolicyReply, Refusal> {
        let document = match read_key_policy(&request.policy) {
            Err(_) if self.lives(Life::MalformedTaken) => return Ok(PutKeyPolicyReply {}),
            read => read?,
        };
        let managing = Managing { name: "PutKeyPolicy", caller, named: &request.key_id };
        let bypass = request.bypass_policy_lockout_safety_check;
        self.manage(moment, managing, |oracle, _, key| {
            let old = std::mem::replace(&mut key.policy, request.policy.clone());
            oracle.fit_policy(caller, key, &document, bypass)?;
            if old != key.policy && oracle.lives(Life::PolicyStale) {
                key.policy = old;
            }
            Ok(PutKeyPolicyReply {})
        })
    }

    pub(super) fn get_key_policy(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &GetKeyPolicy,
    ) -> Result<GetKeyPolicyReply, Refusal> {
        let managing = Managing { name: "GetKeyPolicy", caller, named: &request.key_id };
        let shown = |key: &mut Key| Ok(GetKeyPolicyReply { policy: key.policy.clone() });
        self.manage(moment, managing, |_, _, key| shown(key))
    }

    /// A management request whose entry shows the key alone.
    pub(super) fn manage<T>(
        &mut self,
        moment: &mut Moment<'_>,
        managing: Managing<'_>,
        act: impl FnOnce(&Self, u64, &mut Key) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.manage_with(moment, managing, ("", None), act)
    }

    /// A management request by key id or ARN, with one number that its entry shows where it was
    /// sent.
    pub(super) fn manage_with<T>(
        &mut self,
        moment: &mut Moment<'_>,
        managing: Managing<'_>,
        sent: (&str, Option<u32>),
        act: impl FnOnce(&Self, u64, &mut Key) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        check_key_id(managing.named)?;
        let account = account_of(&managing.caller.principal);
        let key = self.lookup_no_alias(managing.named, account)?;
        let mut parameters = json!({ "keyId": managing.named });
        if let (Some(fields), (name, Some(number))) = (parameters.as_object_mut(), sent) {
            fields.insert(name.to_owned(), json!(number));
        }
        self.manage_found(moment, managing, &key, parameters, act)
    }

    /// Steps 3 to 6 of a management request: `act` changes a copy, which counts if it is not
    /// refused.
    fn manage_found<T>(
        &mut self,
        moment: &mut Moment<'_>,
        managing: Managing<'_>,
        key: &Key,
        parameters: Value,
        act: impl FnOnce(&Self, u64, &mut Key) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let Managing { name, caller, named } = managing;
        let Some(row) = Management::of(name) else {
            return Err(refusal(Side::Kms, Class::UnsupportedOperation));
        };
        let asked = KeyRequest { alias: alias_of(named), ..KeyRequest::default() };
        let mut changed = key.clone();
        let outcome = self
            .may_key(caller, &format!("kms:{name}"), key, asked)
            .and_then(|()| row.admits(self, key.state))
            .and_then(|()| act(self, moment.now, &mut changed));
        if outcome.is_ok() && !row.read_only {
            self.state.keys.insert(key.id.clone(), changed);
        }
        let event = management(name, caller, row.read_only, parameters);
        self.record(moment, &event, &[key], outcome.as_ref().err());
        if outcome.is_ok() && self.bends(Bend::Count(Count::Management)) {
            self.count(&key.id, name);
        }
        outcome
    }

    pub(super) fn list_keys(&self, caller: &Caller) -> Result<ListKeysReply, Refusal> {
        self.may_kms(caller, "kms:ListKeys", "*")?;
        let listed = |key: &Key| ListedKey { key_id: key.id.clone(), key_arn: key.arn() };
        let account = account_of(&caller.principal);
        let mut keys = self.keys_of(account);
        let all = self.state.keys.values();
        if all.clone().any(|key| key.account != account) && self.lives(Life::ListsAll) {
            keys = all.collect();
        }
        let unusable = keys.iter().any(|key| key.state != KeyState::Enabled);
        if unusable && self.lives(Life::ListsEnabled) {
            keys.retain(|key| key.state == KeyState::Enabled);
        }
        Ok(ListKeysReply { keys: keys.into_iter().map(listed).collect() })
    }
}

pub(super) fn management<'a>(
    name: &'a str,
    caller: &'a Caller,
    read_only: bool,
    parameters: Value,
) -> Event<'a> {
    Event { name, caller, through_store: false, read_only, parameters }
}

/// A material with a new id: two UUIDs have as many digits as one material id.
pub(super) fn new_material(
    draw: &mut dyn FnMut() -> String,
    made: u64,
    origin: Origin,
) -> Material {
    Material { id: format!("{}{}", draw(), draw()).replace('-', ""), made, origin }
}

fn read_key_policy(text: &str) -> Result<Document, Refusal> {
    Document::read(Kind::Key, text).map_err(|malformed| {
        let class = match malformed {
            Malformed::TooLong => Class::LimitExceeded,
            Malformed::At(_) => Class::MalformedPolicy,
        };
        refusal(Side::Kms, class)
    })
}

/// The policy of a key that was made without one.
fn default_policy(principal: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "AWS": principal },
        "Action": "kms:*",
        "Resource": "*",
    }] })
    .to_string()
}

/// The policy of `aws/s3` (policy.md, the AWS managed key).
fn managed_policy(account: &str, region: &str) -> String {
    let through_store =
        ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
    json!({ "Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": through_store,
            "Resource": "*",
            "Condition": { "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": format!("s3.{region}.amazonaws.com"),
            } },
        },
        {
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
            "Resource": "*",
        },
    ] })
    .to_string()
}
