//! Buckets: their making, default encryption and policy (sse/bucket-default.md, policy.md).

use super::limits::{bucket_name_is_legal, demand};
use super::policy::{Document, Kind};
use super::state::account_of;
use super::{Bucket, Oracle, Side, refusal};
use sse_spec::{
    Caller, Class, CreateBucket, CreateBucketReply, DeleteBucketEncryption,
    DeleteBucketEncryptionReply, DeleteBucketPolicy, DeleteBucketPolicyReply, EncryptionRule,
    GetBucketEncryption, GetBucketEncryptionReply, GetBucketPolicy, GetBucketPolicyReply,
    PutBucketEncryption, PutBucketEncryptionReply, PutBucketPolicy, PutBucketPolicyReply, Refusal,
};

/// Members of the published enumeration that this version does not offer.
pub(super) const NOT_OFFERED: &[&str] = &["aws:kms:dsse", "aws:fsx", "aws:backup"];

impl Oracle {
    pub(super) fn create_bucket(
        &mut self,
        caller: &Caller,
        request: &CreateBucket,
    ) -> Result<CreateBucketReply, Refusal> {
        let name = request.bucket.as_str();
        demand(Side::S3, bucket_name_is_legal(name), Class::InvalidBucketName)?;
        self.may_make_bucket(caller, name)?;
        demand(Side::S3, !self.state.buckets.contains_key(name), Class::BucketExists)?;
        let account = account_of(&caller.principal).to_owned();
        let bucket = Bucket { account, encryption: None, policy: None };
        self.state.buckets.insert(name.to_owned(), bucket);
        Ok(CreateBucketReply {})
    }

    pub(super) fn put_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &PutBucketEncryption,
    ) -> Result<PutBucketEncryptionReply, Refusal> {
        let rule = one_rule(&request.rules)?;
        let name = request.bucket.as_str();
        self.enter(caller, name, "s3:PutEncryptionConfiguration")?.encryption = Some(rule.clone());
        Ok(PutBucketEncryptionReply {})
    }

    pub(super) fn get_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &GetBucketEncryption,
    ) -> Result<GetBucketEncryptionReply, Refusal> {
        let bucket = self.enter(caller, &request.bucket, "s3:GetEncryptionConfiguration")?;
        let initial = || EncryptionRule { algorithm: "AES256".to_owned(), kms_key_id: None };
        let rule = bucket.encryption.clone().unwrap_or_else(initial);
        Ok(GetBucketEncryptionReply { rules: vec![rule] })
    }

    pub(super) fn delete_bucket_encryption(
        &mut self,
        caller: &Caller,
        request: &DeleteBucketEncryption,
    ) -> Result<DeleteBucketEncryptionReply, Refusal> {
        let name = request.bucket.as_str();
        self.enter(caller, name, "s3:PutEncryptionConfiguration")?.encryption = None;
        Ok(DeleteBucketEncryptionReply {})
    }

    pub(super) fn put_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &PutBucketPolicy,
    ) -> Result<PutBucketPolicyReply, Refusal> {
        let name = request.bucket.as_str();
        let read = Document::read(Kind::Bucket(name), &request.policy);
        demand(Side::S3, read.is_ok(), Class::MalformedPolicy)?;
        self.enter(caller, name, "s3:PutBucketPolicy")?.policy = Some(request.policy.clone());
        Ok(PutBucketPolicyReply {})
    }

    pub(super) fn get_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &GetBucketPolicy,
    ) -> Result<GetBucketPolicyReply, Refusal> {
        let bucket = self.enter(caller, &request.bucket, "s3:GetBucketPolicy")?;
        match &bucket.policy {
            Some(policy) => Ok(GetBucketPolicyReply { policy: policy.clone() }),
            None => Err(refusal(Side::S3, Class::NoSuchBucketPolicy)),
        }
    }

    pub(super) fn delete_bucket_policy(
        &mut self,
        caller: &Caller,
        request: &DeleteBucketPolicy,
    ) -> Result<DeleteBucketPolicyReply, Refusal> {
        self.enter(caller, &request.bucket, "s3:DeleteBucketPolicy")?.policy = None;
        Ok(DeleteBucketPolicyReply {})
    }

    /// The bucket, if it exists.
    pub(super) fn bucket(&self, name: &str) -> Result<&Bucket, Refusal> {
        self.state.buckets.get(name).ok_or_else(|| refusal(Side::S3, Class::NoSuchBucket))
    }

    /// The bucket, if it exists and the caller may do this with it.
    fn enter(&mut self, caller: &Caller, name: &str, action: &str) -> Result<&mut Bucket, Refusal> {
        self.bucket(name)?;
        self.may_bucket(caller, action, name, None, None)?;
        let found = self.state.buckets.get_mut(name);
        found.ok_or_else(|| refusal(Side::S3, Class::NoSuchBucket))
    }
}

/// The one rule of a default, if it is legal.
fn one_rule(rules: &[EncryptionRule]) -> Result<&EncryptionRule, Refusal> {
    let class = match rules {
        [rule] => match (rule.algorithm.as_str(), &rule.kms_key_id) {
            ("AES256", None) | ("aws:kms", _) => return Ok(rule),
            ("AES256", Some(_)) => Class::InvalidArgument,
            (other, _) if NOT_OFFERED.contains(&other) => Class::UnsupportedOperation,
            _ => Class::MalformedXml,
        },
        _ => Class::MalformedXml,
    };
    Err(refusal(Side::S3, class))
}
