//! The steps of a target that has a KMS.

use super::{Ended, Walk, refused, told};
use crate::target::Failure;
use sse_spec::{
    CreateKey, Decrypt, DescribeKey, Encrypt, EncryptionContext, Kind, Reply, SecretBytes,
};

impl Walk<'_> {
    pub(super) fn keys(&mut self) -> Result<(), Ended> {
        self.step("CreateKey", "a reply", |walk| {
            let request = CreateKey {
                policy: None,
                description: None,
                key_spec: None,
                key_usage: None,
                origin: None,
                bypass_policy_lockout_safety_check: false,
            };
            match walk.perform(0, &request.into())? {
                Reply::CreateKey(made) => {
                    walk.key = Some(made.key_metadata.arn);
                    Ok("a key".into())
                }
                other => Err(format!("a reply to `{}`", other.operation()).into()),
            }
        })?;
        self.step("Encrypt, Decrypt", "the same bytes come back", |walk| {
            let Some(key_id) = walk.key.clone() else { return Err("no key was made".into()) };
            let plaintext = SecretBytes::new((0..16).collect());
            let context = EncryptionContext::from([("colour".to_owned(), "\u{e9}".to_owned())]);
            let encrypt = Encrypt {
                key_id,
                plaintext: plaintext.clone(),
                encryption_context: context.clone(),
            };
            let Reply::Encrypt(made) = walk.perform(0, &encrypt.into())? else {
                return Err("another reply".into());
            };
            let decrypt = Decrypt {
                ciphertext_blob: made.ciphertext_blob,
                key_id: None,
                encryption_context: context,
            };
            match walk.perform(0, &decrypt.into())? {
                Reply::Decrypt(opened) if opened.plaintext == plaintext => Ok("16 bytes".into()),
                _ => Err("other bytes came back".into()),
            }
        })?;
        self.step("refused DescribeKey", "a refusal of kind `not-found`", |walk| {
            let describe = DescribeKey { key_id: "00000000-0000-4000-8000-000000000000".into() };
            let refusal = refused(walk.perform(0, &describe.into()), "DescribeKey")?;
            match refusal.class.kind() {
                Kind::NotFound => Ok("a key that does not exist".into()),
                _ => Err(told(&Failure::Refused(refusal)).into()),
            }
        })
    }
}
