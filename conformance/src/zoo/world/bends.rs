//! What the bends of KMS do inside a world: to requests and what is given for them, after an
//! operation, at a Restart (spec/kms.md, spec/key.md, spec/rotation.md).

use super::super::kms::KmsSwitch;
use super::super::switch::Switch;
use super::MalleableWorld;
use super::kms::Given;
use crate::target::Failure;
use sha2::{Digest, Sha256};
use sse_spec::{
    Class, DecryptReply, KeyManager, KeyState, ObjectName, Operation, Reply, SecretBytes,
};
use sse_vectors::builder::kms_blob_ids;
use sse_vectors::oracle::bend::Bent;
use sse_vectors::oracle::{Deleted, Grant, Key, KeyUse, KmsRequest, Rotation, Use};
use std::collections::{BTreeMap, BTreeSet};

/// What the bends of KMS remember between operations.
#[derive(Debug, Default)]
pub(super) struct KmsMemory {
    /// The alias of the put of each object.
    aliases: BTreeMap<ObjectName, String>,
    /// The key that each alias named first.
    first: BTreeMap<String, String>,
}

impl MalleableWorld {
    fn kms_bent(&self, switch: KmsSwitch) -> bool {
        self.bent(Switch::Kms(switch))
    }

    /// Bends the oracle, where the switch is one of its bends.
    pub(super) fn bend_oracle(&mut self) {
        if let Some(Switch::Oracle(bend)) = self.options.switch {
            self.durable.oracle.bent = Some(Bent::new(bend, self.options.witness.shared()));
        }
    }

    /// What a bend makes of a granted request; `sent` is the blob, or what to encrypt.
    pub(super) fn bend_grant(&self, mut grant: Grant, sent: &[u8]) -> Grant {
        match (&mut grant.request.usage, &mut grant.seal) {
            (Use::GenerateDataKey { length, spec: Some(spec) }, _)
                if spec == "AES_128" && self.kms_bent(KmsSwitch::ShortSpecLong) =>
            {
                *length = 32;
            }
            (Use::GenerateDataKeyWithoutPlaintext { .. }, Some(seal))
                if !seal.context.is_empty() && self.kms_bent(KmsSwitch::SisterUnbound) =>
            {
                seal.context.clear();
            }
            (Use::GenerateDataKeyWithoutPlaintext { length, .. }, _)
                if *length != 32 && self.kms_bent(KmsSwitch::SisterLength) =>
            {
                *length = 32;
            }
            (Use::ReEncrypt { context, .. }, Some(seal)) => {
                if let (Some(open), Some(made)) = (&mut grant.open, self.memory.contexts.get(sent))
                    && open.context != *made
                    && self.kms_bent(KmsSwitch::SourceUnbound)
                {
                    open.context.clone_from(made);
                }
                let source = &grant.request.context;
                if context.is_empty()
                    && !source.is_empty()
                    && self.kms_bent(KmsSwitch::ContextInherited)
                {
                    seal.context.clone_from(source);
                }
                if !context.is_empty() && self.kms_bent(KmsSwitch::DestinationUnbound) {
                    seal.context.clear();
                }
            }
            _ => {}
        }
        grant
    }

    /// What a bend makes of what is given for a direct request.
    pub(super) fn bend_given(&self, grant: &Grant, mut given: Given) -> Given {
        if grant.request.through_store {
            return given;
        }
        match &grant.request.usage {
            Use::GenerateDataKey { .. } if self.kms_bent(KmsSwitch::OtherKeySealed) => {
                given.plaintext.iter_mut().for_each(|byte| *byte ^= 0x5a);
            }
            Use::Decrypt { .. }
                if given.plaintext.len() > 32 && self.kms_bent(KmsSwitch::PlaintextCut) =>
            {
                given.plaintext.truncate(32);
            }
            _ => {}
        }
        given
    }

    /// The nonce of a blob, where a bend makes it of the plaintext.
    pub(super) fn convergent(&self, plaintext: &[u8], nonce: [u8; 24]) -> [u8; 24] {
        if !self.kms_bent(KmsSwitch::Convergent) {
            return nonce;
        }
        let digest: [u8; 32] = Sha256::digest(plaintext).into();
        let [head @ .., _, _, _, _, _, _, _, _] = digest;
        head
    }

    /// The blob that was made, where a bend forgives the difference from it in the tag.
    pub(super) fn forgiven(&self, with: &KeyUse, blob: &[u8]) -> Option<Vec<u8>> {
        if !self.set(Switch::Kms(KmsSwitch::TagUnchecked)) {
            return None;
        }
        let near = |made: &Vec<u8>| {
            let body = made.len().saturating_sub(16);
            made.len() == blob.len() && made != blob && made.get(..body) == blob.get(..body)
        };
        let mut made = self.memory.contexts.iter();
        let (made, _) = made.find(|(made, context)| near(made) && **context == with.context)?;
        self.witness().reach();
        Some(made.clone())
    }

    /// What a bend answers to a Decrypt of bytes that are no blob.
    pub(super) fn echoed(&self, operation: &Operation, failure: &Failure) -> Option<Reply> {
        let (Operation::Decrypt(request), Failure::Refused(refused)) = (operation, failure) else {
            return None;
        };
        let blob = &request.ciphertext_blob.0;
        let ours = refused.class != Class::Integrity || kms_blob_ids(blob).is_some();
        if ours || !self.kms_bent(KmsSwitch::NoBlobEchoed) {
            return None;
        }
        let reply = DecryptReply {
            plaintext: SecretBytes::new(blob.clone()),
            key_id: request.key_id.clone().unwrap_or_default(),
            encryption_algorithm: "SYMMETRIC_DEFAULT".to_owned(),
            key_material_id: None,
        };
        Some(reply.into())
    }

    /// What a bend makes of the key of a put that names an alias.
    pub(super) fn bend_alias(&mut self, name: &ObjectName, request: &KmsRequest) -> KmsRequest {
        let mut request = request.clone();
        let (Some(alias), Some(key)) = (&request.alias, &request.key_id) else { return request };
        let memory = &mut self.memory.kms;
        memory.aliases.insert(name.clone(), alias.clone());
        let first = memory.first.entry(alias.clone()).or_insert_with(|| key.clone()).clone();
        if first != *key && self.kms_bent(KmsSwitch::AliasAtFirstPut) {
            request.key_id = Some(first);
        }
        request
    }

    /// What a bend makes of the key of a get.
    pub(super) fn bend_kms_read(&self, name: &ObjectName, request: &mut KmsRequest) {
        let Some(alias) = self.memory.kms.aliases.get(name) else { return };
        let mut keys = self.durable.oracle.state.keys.values();
        let now = keys.find(|key| key.aliases.contains(alias)).map(|key| key.arn());
        if now != request.key_id && self.kms_bent(KmsSwitch::AliasAtRead) {
            request.key_id = Some(now.unwrap_or_else(|| alias.clone()));
        }
    }

    /// What a bend does after an operation that the oracle has done.
    pub(super) fn follow_kms(&mut self, operation: &Operation, reply: &Reply) {
        match (operation, reply) {
            (Operation::CancelKeyDeletion(request), _) => {
                if self.kms_bent(KmsSwitch::CancelForgets) {
                    self.forget_material(&request.key_id);
                }
                self.set_rotation(KmsSwitch::CancelStopsRotation, &request.key_id, None);
            }
            (Operation::DisableKey(request), _) => {
                self.set_rotation(KmsSwitch::DisableStopsRotation, &request.key_id, None);
            }
            (_, Reply::CreateKey(reply)) => {
                let next = self.durable.now + 365 * 86_400;
                let rotation = Some(Rotation { days: 365, next });
                let id = &reply.key_metadata.key_id;
                self.set_rotation(KmsSwitch::BornRotating, id, rotation);
            }
            (Operation::AdvanceClock(_), _)
                if !self.durable.oracle.state.deleted.is_empty()
                    && self.kms_bent(KmsSwitch::DeletionForgetsTrail) =>
            {
                let state = &mut self.durable.oracle.state;
                let gone: Vec<_> = state.deleted.values().map(|key| &key.arn).collect();
                state.trail.retain(|entry| {
                    let kept = entry.event_name == "DeleteKey";
                    kept || !entry.resources.iter().any(|of| gone.contains(&&of.arn))
                });
            }
            (Operation::HeadObject(_), Reply::HeadObject(shown)) => {
                let id = shown.sse.kms_key_id.as_ref().and_then(|arn| arn.rsplit('/').next());
                let Some(id) = id.filter(|_| self.kms_bent(KmsSwitch::HeadCounts)) else { return };
                if let Some(key) = self.durable.oracle.state.keys.get_mut(id) {
                    *key.usage.entry("Decrypt".to_owned()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// What a bend makes of the rotation of a key.
    fn set_rotation(&mut self, switch: KmsSwitch, named: &str, rotation: Option<Rotation>) {
        let id = named.rsplit('/').next().unwrap_or_default();
        let bent =
            self.durable.oracle.state.keys.get(id).is_some_and(|key| key.rotation != rotation)
                && self.kms_bent(switch);
        if let Some(key) = self.durable.oracle.state.keys.get_mut(id).filter(|_| bent) {
            key.rotation = rotation;
        }
    }

    /// What a bend loses with a Restart.
    pub(super) fn forget_kms(&mut self) {
        let Some(Switch::Kms(switch)) = self.options.switch else { return };
        let state = &mut self.durable.oracle.state;
        let mut changed = false;
        if switch == KmsSwitch::IdentitiesForgotten {
            changed = state.principals.values().any(|policies| !policies.is_empty());
            state.principals.values_mut().for_each(BTreeMap::clear);
        }
        if switch == KmsSwitch::DeletedReturn {
            changed = !state.deleted.is_empty();
            let gone = std::mem::take(&mut state.deleted);
            state.keys.extend(gone.into_iter().map(|(id, key)| (id.clone(), returned(id, key))));
        }
        for key in state.keys.values_mut() {
            let before = key.clone();
            match switch {
                KmsSwitch::AliasesForgotten => key.aliases.clear(),
                KmsSwitch::CountsForgotten => key.usage.clear(),
                KmsSwitch::PoliciesForgotten => {
                    key.policy = default_policy(&key.account);
                }
                KmsSwitch::ScheduleForgotten => key.rotation = None,
                KmsSwitch::MaterialForgotten => {
                    key.materials = key.materials.split_off(key.materials.len().saturating_sub(1));
                }
                KmsSwitch::DeletionForgotten if key.deletion.is_some() => {
                    (key.deletion, key.state) = (None, KeyState::Disabled);
                }
                _ => {}
            }
            changed |= before != *key;
        }
        if changed {
            self.witness().reach();
        }
    }
}

/// The policy of a key that was made without one.
fn default_policy(account: &str) -> String {
    format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},
        "Action":"kms:*","Resource":"*"}}}}"#
    )
}

/// A deleted key as it comes back: everything but its material.
fn returned(id: String, deleted: Deleted) -> Key {
    let region = deleted.arn.split(':').nth(3).unwrap_or_default().to_owned();
    Key {
        id,
        region,
        manager: KeyManager::Customer,
        state: KeyState::Enabled,
        created: 0,
        description: String::new(),
        policy: default_policy(&deleted.account),
        account: deleted.account,
        aliases: BTreeSet::new(),
        deletion: None,
        rotation: None,
        materials: Vec::new(),
        usage: deleted.usage,
    }
}
