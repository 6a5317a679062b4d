//! The KMS of the reference as a target.

use super::Reference;
use crate::target::{Failure, Kms};
use sse_reference::key::NewKey;
use sse_reference::kms::{
    ALGORITHM, DataKeyRequest, DecryptRequest, EncryptRequest, NewPolicy, ReEncryptRequest,
};
use sse_reference::secret::SecretBuffer;
use sse_spec::*;

impl Kms for Reference {
    fn create_key(
        &mut self,
        caller: &Caller,
        request: &CreateKey,
    ) -> Result<CreateKeyReply, Failure> {
        let wanted = NewKey {
            key_spec: request.key_spec.clone(),
            key_usage: request.key_usage.clone(),
            origin: request.origin.clone(),
            policy: request.policy.clone(),
            bypass_policy_lockout_safety_check: request.bypass_policy_lockout_safety_check,
            description: request.description.clone(),
        };
        let key_metadata = self.on_kms(caller, |kms, caller| kms.create_key(caller, &wanted))?;
        Ok(CreateKeyReply { key_metadata })
    }

    fn describe_key(
        &mut self,
        caller: &Caller,
        request: &DescribeKey,
    ) -> Result<DescribeKeyReply, Failure> {
        let key_metadata =
            self.on_kms(caller, |kms, caller| kms.describe_key(caller, &request.key_id))?;
        Ok(DescribeKeyReply { key_metadata })
    }

    fn list_keys(&mut self, caller: &Caller, _: &ListKeys) -> Result<ListKeysReply, Failure> {
        let keys = self.on_kms(caller, |kms, caller| kms.list_keys(caller))?;
        Ok(ListKeysReply { keys })
    }

    fn enable_key(
        &mut self,
        caller: &Caller,
        request: &EnableKey,
    ) -> Result<EnableKeyReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.enable_key(caller, &request.key_id))?;
        Ok(EnableKeyReply {})
    }

    fn disable_key(
        &mut self,
        caller: &Caller,
        request: &DisableKey,
    ) -> Result<DisableKeyReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.disable_key(caller, &request.key_id))?;
        Ok(DisableKeyReply {})
    }

    fn generate_data_key(
        &mut self,
        caller: &Caller,
        request: &GenerateDataKey,
    ) -> Result<GenerateDataKeyReply, Failure> {
        let wanted = DataKeyRequest {
            key_id: request.key_id.clone(),
            key_spec: request.key_spec.clone(),
            number_of_bytes: request.number_of_bytes,
            context: request.encryption_context.clone(),
        };
        let data_key = self.on_kms(caller, |kms, caller| kms.generate_data_key(caller, &wanted))?;
        let plaintext = SecretBytes::new(data_key.plaintext.expose().to_vec());
        self.data_keys.push(DataKeyRecord {
            ciphertext_blob: data_key.blob.as_slice().into(),
            encryption_context: wanted.context,
            plaintext: plaintext.clone(),
        });
        Ok(GenerateDataKeyReply {
            plaintext,
            ciphertext_blob: data_key.blob.into(),
            key_id: data_key.key_arn,
            key_material_id: Some(data_key.material_id),
        })
    }

    fn decrypt(&mut self, caller: &Caller, request: &Decrypt) -> Result<DecryptReply, Failure> {
        let wanted = DecryptRequest {
            key_id: request.key_id.clone(),
            blob: request.ciphertext_blob.0.clone(),
            context: request.encryption_context.clone(),
        };
        let decrypted = self.on_kms(caller, |kms, caller| kms.decrypt(caller, &wanted))?;
        Ok(DecryptReply {
            plaintext: SecretBytes::new(decrypted.plaintext.expose().to_vec()),
            key_id: decrypted.key_arn,
            encryption_algorithm: ALGORITHM.to_owned(),
            key_material_id: Some(decrypted.material_id),
        })
    }

    fn schedule_key_deletion(
        &mut self,
        caller: &Caller,
        request: &ScheduleKeyDeletion,
    ) -> Result<ScheduleKeyDeletionReply, Failure> {
        let days = request.pending_window_in_days;
        self.on_kms(caller, |kms, caller| kms.schedule_key_deletion(caller, &request.key_id, days))
    }

    fn cancel_key_deletion(
        &mut self,
        caller: &Caller,
        request: &CancelKeyDeletion,
    ) -> Result<CancelKeyDeletionReply, Failure> {
        let key_id =
            self.on_kms(caller, |kms, caller| kms.cancel_key_deletion(caller, &request.key_id))?;
        Ok(CancelKeyDeletionReply { key_id })
    }

    fn create_alias(
        &mut self,
        caller: &Caller,
        request: &CreateAlias,
    ) -> Result<CreateAliasReply, Failure> {
        let (name, target) = (&request.alias_name, &request.target_key_id);
        self.on_kms(caller, |kms, caller| kms.create_alias(caller, name, target))?;
        Ok(CreateAliasReply {})
    }

    fn update_alias(
        &mut self,
        caller: &Caller,
        request: &UpdateAlias,
    ) -> Result<UpdateAliasReply, Failure> {
        let (name, target) = (&request.alias_name, &request.target_key_id);
        self.on_kms(caller, |kms, caller| kms.update_alias(caller, name, target))?;
        Ok(UpdateAliasReply {})
    }

    fn delete_alias(
        &mut self,
        caller: &Caller,
        request: &DeleteAlias,
    ) -> Result<DeleteAliasReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.delete_alias(caller, &request.alias_name))?;
        Ok(DeleteAliasReply {})
    }

    fn list_aliases(
        &mut self,
        caller: &Caller,
        request: &ListAliases,
    ) -> Result<ListAliasesReply, Failure> {
        let key_id = request.key_id.as_deref();
        let aliases = self.on_kms(caller, |kms, caller| kms.list_aliases(caller, key_id))?;
        Ok(ListAliasesReply { aliases })
    }

    fn put_key_policy(
        &mut self,
        caller: &Caller,
        request: &PutKeyPolicy,
    ) -> Result<PutKeyPolicyReply, Failure> {
        let wanted = NewPolicy {
            key_id: request.key_id.clone(),
            policy: request.policy.clone(),
            bypass_policy_lockout_safety_check: request.bypass_policy_lockout_safety_check,
        };
        self.on_kms(caller, |kms, caller| kms.put_key_policy(caller, &wanted))?;
        Ok(PutKeyPolicyReply {})
    }

    fn get_key_policy(
        &mut self,
        caller: &Caller,
        request: &GetKeyPolicy,
    ) -> Result<GetKeyPolicyReply, Failure> {
        let policy = self.on_kms(caller, |kms, caller| kms.key_policy(caller, &request.key_id))?;
        Ok(GetKeyPolicyReply { policy })
    }

    fn enable_key_rotation(
        &mut self,
        caller: &Caller,
        request: &EnableKeyRotation,
    ) -> Result<EnableKeyRotationReply, Failure> {
        let days = request.rotation_period_in_days;
        self.on_kms(caller, |kms, caller| kms.enable_key_rotation(caller, &request.key_id, days))?;
        Ok(EnableKeyRotationReply {})
    }

    fn disable_key_rotation(
        &mut self,
        caller: &Caller,
        request: &DisableKeyRotation,
    ) -> Result<DisableKeyRotationReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.disable_key_rotation(caller, &request.key_id))?;
        Ok(DisableKeyRotationReply {})
    }

    fn get_key_rotation_status(
        &mut self,
        caller: &Caller,
        request: &GetKeyRotationStatus,
    ) -> Result<GetKeyRotationStatusReply, Failure> {
        self.on_kms(caller, |kms, caller| kms.key_rotation_status(caller, &request.key_id))
    }

    fn rotate_key_on_demand(
        &mut self,
        caller: &Caller,
        request: &RotateKeyOnDemand,
    ) -> Result<RotateKeyOnDemandReply, Failure> {
        let key_id =
            self.on_kms(caller, |kms, caller| kms.rotate_key_on_demand(caller, &request.key_id))?;
        Ok(RotateKeyOnDemandReply { key_id })
    }

    fn list_key_rotations(
        &mut self,
        caller: &Caller,
        request: &ListKeyRotations,
    ) -> Result<ListKeyRotationsReply, Failure> {
        let which = request.include_key_material.as_deref();
        let rotations = self
            .on_kms(caller, |kms, caller| kms.list_key_rotations(caller, &request.key_id, which))?;
        Ok(ListKeyRotationsReply { rotations })
    }

    fn generate_data_key_without_plaintext(
        &mut self,
        caller: &Caller,
        request: &GenerateDataKeyWithoutPlaintext,
    ) -> Result<GenerateDataKeyWithoutPlaintextReply, Failure> {
        let wanted = DataKeyRequest {
            key_id: request.key_id.clone(),
            key_spec: request.key_spec.clone(),
            number_of_bytes: request.number_of_bytes,
            context: request.encryption_context.clone(),
        };
        let wrapped = self.on_kms(caller, |kms, caller| {
            kms.generate_data_key_without_plaintext(caller, &wanted)
        })?;
        Ok(GenerateDataKeyWithoutPlaintextReply {
            ciphertext_blob: wrapped.blob.into(),
            key_id: wrapped.key_arn,
            key_material_id: Some(wrapped.material_id),
        })
    }

    fn encrypt(&mut self, caller: &Caller, request: &Encrypt) -> Result<EncryptReply, Failure> {
        let mut plaintext = SecretBuffer::zeroed(request.plaintext.expose().len());
        plaintext.expose_mut().copy_from_slice(request.plaintext.expose());
        let wanted = EncryptRequest {
            key_id: request.key_id.clone(),
            plaintext,
            context: request.encryption_context.clone(),
        };
        let encrypted = self.on_kms(caller, |kms, caller| kms.encrypt(caller, &wanted))?;
        Ok(EncryptReply {
            ciphertext_blob: encrypted.blob.into(),
            key_id: encrypted.key_arn,
            encryption_algorithm: ALGORITHM.to_owned(),
        })
    }

    fn re_encrypt(
        &mut self,
        caller: &Caller,
        request: &ReEncrypt,
    ) -> Result<ReEncryptReply, Failure> {
        let wanted = ReEncryptRequest {
            source: DecryptRequest {
                key_id: request.source_key_id.clone(),
                blob: request.ciphertext_blob.0.clone(),
                context: request.source_encryption_context.clone(),
            },
            destination_key_id: request.destination_key_id.clone(),
            destination_context: request.destination_encryption_context.clone(),
        };
        let moved = self.on_kms(caller, |kms, caller| kms.re_encrypt(caller, &wanted))?;
        Ok(ReEncryptReply {
            ciphertext_blob: moved.encrypted.blob.into(),
            source_key_id: moved.source_key_arn,
            key_id: moved.encrypted.key_arn,
            source_key_material_id: Some(moved.source_material_id),
            destination_key_material_id: Some(moved.encrypted.material_id),
        })
    }
}
