//! Requests to KMS, direct or through the store: asked of the oracle, carried out by the vault
//! (spec/kms.md, spec/data-key.md).

use super::super::random::dashed;
use super::super::switch::Switch;
use super::{MalleableWorld, s3};
use crate::target::Failure;
use sse_spec::{
    Class, DataKeyRecord, DecryptReply, EncryptionContext, GenerateDataKeyReply, KeyState,
    Operation, Refusal, Reply, SecretBytes,
};
use sse_vectors::builder::kms_blob_ids;
use sse_vectors::oracle::{Grant, KmsRequest, Side, Use, refusal};

/// What KMS gives for a request.
pub(super) struct Given {
    pub(super) plaintext: Vec<u8>,
    pub(super) blob: Vec<u8>,
    pub(super) key_arn: String,
}

impl MalleableWorld {
    /// A request that came to KMS itself.
    pub(super) fn direct(
        &mut self,
        request: KmsRequest,
        operation: &Operation,
    ) -> Result<Reply, Failure> {
        let blob = match operation {
            Operation::Decrypt(request) => request.ciphertext_blob.0.as_slice(),
            _ => &[],
        };
        let generates = matches!(request.usage, Use::GenerateDataKey { .. });
        let given = self.kms(request, blob).map_err(Failure::Refused)?;
        let plaintext = SecretBytes::new(given.plaintext);
        Ok(if generates {
            GenerateDataKeyReply {
                plaintext,
                ciphertext_blob: given.blob.into(),
                key_id: given.key_arn,
                key_material_id: None,
            }
            .into()
        } else {
            DecryptReply {
                plaintext,
                key_id: given.key_arn,
                encryption_algorithm: "SYMMETRIC_DEFAULT".to_owned(),
                key_material_id: None,
            }
            .into()
        })
    }

    /// One request to KMS from its lookup to its entry.
    pub(super) fn kms(&mut self, request: KmsRequest, blob: &[u8]) -> Result<Given, Refusal> {
        // A key that was made a moment ago by first use has no material yet.
        self.persist().map_err(|_| refusal(Side::Kms, Class::Unavailable))?;
        let request = self.bend(request, blob);
        let disabled = self.wake(&request);
        let granted = self.ask(|oracle, moment| oracle.ask(moment, &request));
        let outcome = granted.and_then(|grant| {
            let given = match &grant.request.usage {
                Use::GenerateDataKey { length, .. } => self.generate(&grant, *length),
                Use::Decrypt { made_by } if made_by.as_ref() == Some(&grant.key_id) => {
                    self.decrypt(&grant, blob)
                }
                Use::Decrypt { .. } => None,
            };
            let authentic = given.is_some();
            let concluded = self.ask(|oracle, moment| oracle.conclude(moment, &grant, authentic));
            self.after(&grant, given.as_ref());
            concluded.map_err(|refused| self.tell(refused, blob))?;
            given.ok_or_else(|| refusal(Side::Kms, Class::Integrity))
        });
        if let Some(key) = disabled.and_then(|id| self.oracle.state.keys.get_mut(&id)) {
            key.state = KeyState::Disabled;
        }
        outcome
    }

    /// What the request says of the blob, and what a bend makes of the request.
    fn bend(&self, mut request: KmsRequest, blob: &[u8]) -> KmsRequest {
        if let Use::Decrypt { made_by } = &mut request.usage {
            *made_by = kms_blob_ids(blob).map(|(id, _)| dashed(&id));
            if let (Some(named), Some(made_by)) = (&request.key_id, made_by)
                && !named.ends_with(made_by.as_str())
                && self.oracle.state.keys.keys().any(|id| named.ends_with(id.as_str()))
                && self.bent(Switch::KeyMismatch)
            {
                request.key_id = None;
            }
        }
        if request.through_store {
            if self.bent(Switch::ContextDropped) {
                request.context.retain(|key, _| key == "aws:s3:arn");
            }
            if self.bent(Switch::ContextWithoutArn) {
                request.context.remove("aws:s3:arn");
            }
        }
        request
    }

    /// Enables a Disabled key for one request, where a bend does not look at its state.
    fn wake(&mut self, request: &KmsRequest) -> Option<String> {
        let switch = match request.usage {
            Use::GenerateDataKey { .. } => Switch::DisabledGenerates,
            Use::Decrypt { .. } => Switch::DisabledDecrypts,
        };
        if !self.set(switch) {
            return None;
        }
        let id = match (&request.key_id, &request.usage) {
            (Some(named), _) => named.rsplit('/').next().map(str::to_owned),
            (None, Use::Decrypt { made_by }) => made_by.clone(),
            (None, Use::GenerateDataKey { .. }) => None,
        }?;
        let key = self.oracle.state.keys.get_mut(&id)?;
        if key.state != KeyState::Disabled {
            return None;
        }
        key.state = KeyState::Enabled;
        self.witness().reach();
        Some(id)
    }

    fn generate(&mut self, grant: &Grant, length: u32) -> Option<Given> {
        let length = usize::try_from(length).ok()?;
        let constant = self.bent(Switch::OneKmsDataKey) || self.bent(Switch::ConstantRandom);
        let plaintext = if constant { vec![0x5a; length] } else { self.random.bytes(length) };
        let nonce = self.fresh();
        let binding = self.binding(&grant.context);
        let blob = self.vault.wrap_for_kms(&grant.key_id, &nonce, &plaintext, &binding)?;
        self.memory.contexts.insert(blob.clone(), grant.context.clone());
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: blob.clone().into(),
            encryption_context: grant.context.clone(),
            plaintext: SecretBytes::new(plaintext.clone()),
        });
        Some(Given { plaintext, blob, key_arn: grant.key_arn.clone() })
    }

    fn decrypt(&mut self, grant: &Grant, blob: &[u8]) -> Option<Given> {
        let made = self.memory.contexts.get(blob);
        let within = |inner: &EncryptionContext, outer: &EncryptionContext| {
            inner.len() < outer.len() && inner.iter().all(|(k, v)| outer.get(k) == Some(v))
        };
        let forgiven = made.filter(|made| {
            within(&grant.context, made) && self.bent(Switch::ContextMissing)
                || within(made, &grant.context) && self.bent(Switch::ContextAdditional)
        });
        let binding = self.binding(forgiven.unwrap_or(&grant.context));
        let plaintext = self.vault.unwrap_from_kms(&grant.key_id, blob, &binding)?;
        Some(Given { plaintext, blob: blob.to_vec(), key_arn: grant.key_arn.clone() })
    }

    /// The pairs that enter a wrap.
    fn binding(&self, context: &EncryptionContext) -> EncryptionContext {
        if self.bent(Switch::ContextIgnored) {
            return EncryptionContext::new();
        }
        if self.bent(Switch::ContextFolded) {
            let fold =
                |(key, value): (&String, &String)| (key.to_lowercase(), value.to_lowercase());
            return context.iter().map(fold).collect();
        }
        context.clone()
    }

    /// What a bend does to counts and entry of a concluded request.
    fn after(&mut self, grant: &Grant, given: Option<&Given>) {
        if self.bent(Switch::Uncounted)
            && let Some(key) = self.oracle.state.keys.get_mut(&grant.key_id)
        {
            key.usage.clear();
        }
        if let Some(given) = given
            && self.bent(Switch::RecordedSecret)
            && let Some(entry) = self.oracle.state.trail.last_mut()
            && let Some(parameters) = entry.request_parameters.as_object_mut()
        {
            parameters.insert("plaintext".to_owned(), hex::encode(&given.plaintext).into());
        }
    }

    /// The refusal of a blob that did not open; a bend tells whether the context was to blame.
    fn tell(&self, refused: Refusal, blob: &[u8]) -> Refusal {
        let own = self.data_keys.iter().any(|record| record.ciphertext_blob.0 == blob);
        if refused.class == Class::Integrity && own && self.bent(Switch::CauseTold) {
            return Refusal { code: "EncryptionContextMismatch".to_owned(), ..refused };
        }
        refused
    }

    /// A request that the store passes on: refused with the codes of S3.
    pub(super) fn kms_for_store(
        &mut self,
        request: KmsRequest,
        blob: &[u8],
    ) -> Result<Given, Failure> {
        self.kms(request, blob).map_err(|refused| s3(refused.class))
    }
}
