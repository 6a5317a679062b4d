//! The key management service as the store sees it: what a store needs of a KMS, and no more
//! (spec/sse.md, which key).

use crate::kms::{DataKey, DataKeyRequest, DecryptRequest, Decrypted, Kms};
use crate::policy::Caller;
use crate::refusal::Result;

/// A key management service that a store can be opened with.
pub trait KeyService {
    /// Makes a data key and returns it in both forms.
    ///
    /// # Errors
    /// What the service refuses.
    fn generate_data_key(&mut self, caller: &Caller, request: &DataKeyRequest) -> Result<DataKey>;

    /// Decrypts a wrapped data key.
    ///
    /// # Errors
    /// What the service refuses.
    fn decrypt(&mut self, caller: &Caller, request: &DecryptRequest) -> Result<Decrypted>;

    /// The ARN of the key `aws/s3` of the caller's account, which is made where it is missing.
    ///
    /// # Errors
    /// `unavailable` where it has to be made and cannot.
    fn aws_managed_key(&mut self, caller: &Caller) -> Result<String>;

    /// The ARN of the key that an identifier names, for a policy's eyes: neither a request nor a
    /// use of the key. `None` where it names none.
    fn key_arn(&self, caller: &Caller, named: &str) -> Option<String>;
}

impl KeyService for Kms {
    fn generate_data_key(&mut self, caller: &Caller, request: &DataKeyRequest) -> Result<DataKey> {
        Self::generate_data_key(self, caller, request)
    }

    fn decrypt(&mut self, caller: &Caller, request: &DecryptRequest) -> Result<Decrypted> {
        Self::decrypt(self, caller, request)
    }

    fn aws_managed_key(&mut self, caller: &Caller) -> Result<String> {
        Self::aws_managed_key(self, caller)
    }

    fn key_arn(&self, caller: &Caller, named: &str) -> Option<String> {
        Self::key_arn(self, caller, named)
    }
}
