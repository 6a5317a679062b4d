//! Requests to KMS, direct or through the store: asked of the oracle, carried out by the vault
//! (spec/kms.md, spec/data-key.md).

use super::super::kms::KmsSwitch;
use super::super::random::dashed;
use super::super::switch::Switch;
use super::{MalleableWorld, s3};
use crate::target::Failure;
use sse_spec::{
    Class, DataKeyRecord, DecryptReply, EncryptReply, EncryptionContext, FaultKind, FaultPoint,
    GenerateDataKeyReply, GenerateDataKeyWithoutPlaintextReply, KeyState, Operation,
    ReEncryptReply, Refusal, Reply, SecretBytes,
};
use sse_vectors::builder::kms_blob_ids;
use sse_vectors::oracle::{Grant, KeyUse, KmsRequest, MadeBy, Side, Use, refusal};

/// What KMS gives for a request.
pub(super) struct Given {
    pub(super) plaintext: Vec<u8>,
    /// The new blob; of a Decrypt the one that was sent.
    pub(super) blob: Vec<u8>,
    /// The key that opened a blob.
    opened: Option<KeyUse>,
    /// The key that sealed one.
    sealed: Option<KeyUse>,
}

impl Given {
    /// ARN of the key that the reply names: the sealing one, else the opening one.
    pub(super) fn key_arn(&self) -> String {
        let named = self.sealed.as_ref().or(self.opened.as_ref());
        named.map(|named| named.key_arn.clone()).unwrap_or_default()
    }
}

impl MalleableWorld {
    /// A request that came to KMS itself.
    pub(super) fn direct(
        &mut self,
        request: KmsRequest,
        operation: &Operation,
    ) -> Result<Reply, Failure> {
        let sent = match operation {
            Operation::Decrypt(request) => request.ciphertext_blob.0.as_slice(),
            Operation::ReEncrypt(request) => request.ciphertext_blob.0.as_slice(),
            Operation::Encrypt(request) => request.plaintext.expose(),
            _ => &[],
        };
        let given = match self.kms(request, sent).map_err(Failure::Refused) {
            Ok(given) => given,
            Err(failure) => return self.echoed(operation, &failure).ok_or(failure),
        };
        let material = |part: &Option<KeyUse>| part.as_ref().map(|part| part.material_id.clone());
        let (opened, sealed) = (material(&given.opened), material(&given.sealed));
        let source_key_id = given.opened.as_ref().map(|part| part.key_arn.clone());
        let key_id = given.key_arn();
        let plaintext = SecretBytes::new(given.plaintext);
        let ciphertext_blob = given.blob.into();
        let encryption_algorithm = "SYMMETRIC_DEFAULT".to_owned();
        Ok(match operation {
            Operation::GenerateDataKey(_) => {
                let key_material_id = sealed;
                GenerateDataKeyReply { plaintext, ciphertext_blob, key_id, key_material_id }.into()
            }
            Operation::GenerateDataKeyWithoutPlaintext(_) => {
                let key_material_id = sealed;
                GenerateDataKeyWithoutPlaintextReply { ciphertext_blob, key_id, key_material_id }
                    .into()
            }
            Operation::Encrypt(_) => {
                EncryptReply { ciphertext_blob, key_id, encryption_algorithm }.into()
            }
            Operation::Decrypt(_) => {
                let key_material_id = opened;
                DecryptReply { plaintext, key_id, encryption_algorithm, key_material_id }.into()
            }
            Operation::ReEncrypt(_) => ReEncryptReply {
                ciphertext_blob,
                source_key_id: source_key_id.unwrap_or_default(),
                key_id,
                source_key_material_id: opened,
                destination_key_material_id: sealed,
            }
            .into(),
            _ => return Err(Failure::Unsupported(String::new())),
        })
    }

    /// One request to KMS from its lookup to its entry; `sent` is the blob, or what to encrypt.
    pub(super) fn kms(&mut self, request: KmsRequest, sent: &[u8]) -> Result<Given, Refusal> {
        // A key that was made a moment ago by first use has no material yet.
        self.persist().map_err(|_| refusal(Side::Kms, Class::Unavailable))?;
        let request = self.bend(request, sent);
        let disabled = self.wake(&request);
        let granted = self.ask(|oracle, moment| oracle.ask(moment, &request));
        let outcome = granted.and_then(|grant| {
            let grant = self.bend_grant(grant, sent);
            let given = self.carry_out(&grant, sent);
            let given = given.map(|given| self.bend_given(&grant, given));
            let authentic = given.is_some();
            let concluded = self.ask(|oracle, moment| oracle.conclude(moment, &grant, authentic));
            self.after(&grant, given.as_ref());
            self.commit_if_armed()?;
            concluded.map_err(|refused| self.tell(refused, sent))?;
            given.ok_or_else(|| refusal(Side::Kms, Class::Integrity))
        });
        if let Some(key) = disabled.and_then(|id| self.durable.oracle.state.keys.get_mut(&id)) {
            key.state = KeyState::Disabled;
        }
        outcome
    }

    /// What the request says of the blob, and what a bend makes of the request.
    fn bend(&self, mut request: KmsRequest, blob: &[u8]) -> KmsRequest {
        if let Use::Decrypt { made_by } | Use::ReEncrypt { made_by, .. } = &mut request.usage {
            *made_by = kms_blob_ids(blob).map(|(key, material)| MadeBy {
                key_id: dashed(&key),
                material_id: hex::encode(material),
            });
            if let (Some(named), Some(made_by)) = (&request.key_id, made_by)
                && !named.ends_with(made_by.key_id.as_str())
                && self.durable.oracle.state.keys.keys().any(|id| named.ends_with(id.as_str()))
                && self.bent(Switch::KeyMismatch)
            {
                request.key_id = None;
            }
        }
        if let (Use::ReEncrypt { made_by: Some(made_by), .. }, Some(named)) =
            (&request.usage, &request.key_id)
            && !named.ends_with(made_by.key_id.as_str())
            && self.durable.oracle.state.keys.contains_key(&made_by.key_id)
            && self.bent(Switch::Kms(KmsSwitch::SourceKeyIgnored))
        {
            request.key_id = None;
        }
        if request.through_store {
            if let (Use::Decrypt { .. }, Some(made), true) =
                (&request.usage, self.memory.contexts.get(blob), self.context_is_bent())
            {
                request.context.clone_from(made);
            }
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
            _ => return None,
        };
        if !self.set(switch) {
            return None;
        }
        let id = match (&request.key_id, request.usage.made_by()) {
            (Some(named), _) => named.rsplit('/').next().map(str::to_owned),
            (None, made_by) => made_by.map(|made_by| made_by.key_id.clone()),
        }?;
        let key = self.durable.oracle.state.keys.get_mut(&id)?;
        if key.state != KeyState::Disabled {
            return None;
        }
        key.state = KeyState::Enabled;
        self.witness().reach();
        Some(id)
    }

    /// The cryptography of a granted request: the plaintext, opened, drawn or sent, and its blob.
    fn carry_out(&mut self, grant: &Grant, sent: &[u8]) -> Option<Given> {
        let plaintext = match (&grant.request.usage, &grant.open) {
            (
                Use::GenerateDataKey { length, .. }
                | Use::GenerateDataKeyWithoutPlaintext { length, .. },
                _,
            ) => self.draw_data_key(*length, grant.request.usage.name())?,
            (_, Some(open)) => self.unseal(open, sent)?,
            (_, None) => sent.to_vec(),
        };
        let blob = match &grant.seal {
            None => sent.to_vec(),
            Some(seal) => self.seal(seal, &plaintext)?,
        };
        if matches!(
            grant.request.usage,
            Use::GenerateDataKey { .. } | Use::GenerateDataKeyWithoutPlaintext { .. }
        ) {
            self.data_keys.push(DataKeyRecord {
                ciphertext_blob: blob.clone().into(),
                encryption_context: grant.request.context.clone(),
                plaintext: SecretBytes::new(plaintext.clone()),
            });
        }
        Some(Given { plaintext, blob, opened: grant.open.clone(), sealed: grant.seal.clone() })
    }

    fn draw_data_key(&mut self, length: u32, operation: &str) -> Option<Vec<u8>> {
        let length = usize::try_from(length).ok()?;
        let sister = operation == "GenerateDataKeyWithoutPlaintext";
        let constant = self.bent(Switch::OneKmsDataKey)
            || self.bent(Switch::ConstantRandom)
            || sister && self.bent(Switch::Kms(KmsSwitch::SisterRepeats));
        Some(if constant { vec![0x5a; length] } else { self.random.bytes(length) })
    }

    fn seal(&mut self, with: &KeyUse, plaintext: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.fresh();
        let nonce = self.convergent(plaintext, nonce);
        let binding = self.binding(&with.context);
        let blob = self.durable.vault.wrap_for_kms(with, &nonce, plaintext, &binding)?;
        self.memory.contexts.insert(blob.clone(), with.context.clone());
        Some(blob)
    }

    fn unseal(&mut self, with: &KeyUse, blob: &[u8]) -> Option<Vec<u8>> {
        let made = self.memory.contexts.get(blob);
        let within = |inner: &EncryptionContext, outer: &EncryptionContext| {
            inner.len() < outer.len() && inner.iter().all(|(k, v)| outer.get(k) == Some(v))
        };
        let forgiven = made.filter(|made| {
            within(&with.context, made) && self.bent(Switch::ContextMissing)
                || within(made, &with.context) && self.bent(Switch::ContextAdditional)
        });
        let binding = self.binding(forgiven.unwrap_or(&with.context));
        let forgiven = self.forgiven(with, blob);
        self.durable.vault.unwrap_from_kms(with, forgiven.as_deref().unwrap_or(blob), &binding)
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
        if self.bent(Switch::Uncounted) {
            for id in grant.key_ids() {
                if let Some(key) = self.durable.oracle.state.keys.get_mut(id) {
                    key.usage.clear();
                }
            }
        }
        self.miscount(grant, given.is_some());
        if let Some(given) = given
            && self.bent(Switch::RecordedSecret)
            && let Some(entry) = self.durable.oracle.state.trail.last_mut()
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
        let kind = self.hit(FaultPoint::Kms);
        if kind == Some(FaultKind::Unavailable) {
            return Err(s3(Class::Unavailable));
        }
        let given = self.kms(request, blob).map_err(|refused| s3(refused.class));
        match kind {
            Some(FaultKind::Timeout) => Err(s3(Class::Unavailable)),
            // Of the right length, so that nothing shows at a put.
            Some(FaultKind::Garbage) => given.map(|given| Given {
                plaintext: self.random.bytes(given.plaintext.len()),
                ..given
            }),
            _ => given,
        }
    }
}
