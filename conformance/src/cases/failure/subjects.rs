//! The operations during which a call fails, each with what has to be there before it.

use super::view::operation;
use super::{Look, Stage};
use crate::case::{Group, Step};
use crate::laws::{Mode, put_request};
use crate::session::copy_request;
use serde_json::{Value, json};
use sse_spec::{FaultPoint, Operation, Reply};

/// What an operation writes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    Nothing,
    /// A body that it brings or copies.
    Body,
    /// An object out of what lies there.
    Object,
}

/// An operation.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) modes: &'static [Mode],
    /// Whether it is asked of KMS.
    pub(super) kms: bool,
    pub(super) group: Group,
    /// Whether it changes nothing.
    pub(super) reads: bool,
    pub(super) writes: Writes,
    /// Whether it asks KMS for a data key, where the mode is SSE-KMS.
    keyed: bool,
    pub(super) prepare: Prepare,
}

type Prepare = fn(&mut Stage<'_, '_>) -> Step<Operation>;

impl Subject {
    const fn of_store(name: &'static str, modes: &'static [Mode], prepare: Prepare) -> Self {
        let (kms, group, reads, keyed) = (false, Group::SseS3, false, false);
        Self { name, modes, kms, group, reads, writes: Writes::Nothing, keyed, prepare }
    }

    const fn of_kms(name: &'static str, group: Group, prepare: Prepare) -> Self {
        let subject = Self::of_store(name, &[Mode::Kms], prepare);
        Self { kms: true, group, ..subject }
    }

    const fn reading(self) -> Self {
        Self { reads: true, ..self }
    }

    const fn keyed(self) -> Self {
        Self { keyed: true, ..self }
    }

    const fn writing(self, writes: Writes) -> Self {
        Self { writes, ..self }
    }

    /// Whether the calls of a point are swept: those that there can be.
    pub(super) fn sweeps(&self, mode: Mode, point: FaultPoint) -> bool {
        match point {
            FaultPoint::Storage => true,
            FaultPoint::Kms => self.keyed && mode != Mode::S3,
            FaultPoint::Trail => self.kms || self.keyed && mode != Mode::S3,
        }
    }

    /// Whether the operation has to call the point: KMS for a data key, the trail for its entry,
    /// the storage for what it makes. A read may know the answer.
    pub(super) fn calls(&self, mode: Mode, point: FaultPoint) -> bool {
        // What a part or a completion asks of KMS, and when, is the store's affair.
        let asks = self.keyed && mode != Mode::S3 && !matches!(self.name, "part" | "complete");
        match point {
            FaultPoint::Kms => asks,
            FaultPoint::Trail => self.kms || asks,
            FaultPoint::Storage => !self.reads && self.group != Group::KmsCrypto,
        }
    }

    /// Ids of the requirements that a sweep of a point judges.
    pub(super) fn requirements(&self, point: FaultPoint, look: Look) -> [&'static str; 3] {
        match (look, point) {
            (Look::State, FaultPoint::Kms) => [
                "refusal.failure.no-data-key",
                "refusal.failure.garbage-data-key",
                "refusal.failure.old-or-new",
            ],
            (Look::State, FaultPoint::Storage) => [
                "refusal.failure.old-or-new",
                "refusal.failure.acknowledged",
                "refusal.failure.kind",
            ],
            (Look::State, FaultPoint::Trail) => [
                "audit.durable.refuses-unrecorded",
                "audit.durable.survives-restart",
                "refusal.failure.old-or-new",
            ],
            (Look::AtRest, _) => [
                "sse.at-rest.refused-no-plaintext",
                "sse.at-rest.no-plaintext-copy",
                "sse.at-rest.no-plaintext-part",
            ],
        }
    }
}

impl Stage<'_, '_> {
    /// What the blob of the stage holds, in hex.
    pub(super) fn held(&self) -> String {
        self.blob.as_ref().map(|(_, held)| held.clone()).unwrap_or_default()
    }

    /// An operation on the bucket.
    fn on_bucket(&self, name: &str, mut fields: Value) -> Step<Operation> {
        if let Some(fields) = fields.as_object_mut() {
            fields.entry("bucket").or_insert_with(|| self.setting.bucket.clone().into());
        }
        operation(json!({ name: fields }))
    }

    /// An operation on the key.
    fn on_key(&self, name: &str, mut fields: Value) -> Step<Operation> {
        if let Some(fields) = fields.as_object_mut() {
            fields.entry("key_id").or_insert_with(|| self.key().into());
        }
        operation(json!({ name: fields }))
    }

    /// Begins an upload and sends a first part.
    fn uploading(&mut self, body: Vec<u8>) -> Step<crate::session::Upload> {
        let upload = self.setting.begin("new")?;
        self.parts = vec![self.setting.session.part(&upload, 1, body)?];
        self.upload = Some(upload.clone());
        Ok(upload)
    }

    /// Encrypts something.
    fn encrypted(&mut self) -> Step<String> {
        let held = HELD.to_owned();
        let asked = self.on_key("Encrypt", json!({ "plaintext": held }))?;
        let Reply::Encrypt(reply) = self.setting.session.must(asked)? else {
            return Ok(String::new());
        };
        let blob = hex::encode(&reply.ciphertext_blob.0);
        self.blob = Some((blob.clone(), held));
        Ok(blob)
    }
}

const HELD: &str = "00112233445566778899aabbccddeeff";
const BOTH: &[Mode] = &Mode::BOTH;
const ALL: &[Mode] = &Mode::ALL;
const ONE: &[Mode] = &[Mode::S3];

pub(super) fn subjects() -> impl Iterator<Item = &'static Subject> {
    OBJECTS.iter().chain(BUCKETS).chain(KEYS).chain(CRYPTOGRAPHY)
}

static OBJECTS: &[Subject] = &[
    Subject::of_store("put", ALL, |stage| {
        let Stage { setting, new, .. } = stage;
        Ok(put_request(&setting.bucket, "new", new.clone(), &setting.sse).into())
    })
    .keyed()
    .writing(Writes::Body),
    Subject::of_store("overwrite", ALL, |stage| {
        let Stage { setting, new, .. } = stage;
        Ok(put_request(&setting.bucket, "old", new.clone(), &setting.sse).into())
    })
    .keyed()
    .writing(Writes::Body),
    Subject::of_store("copy", ALL, |stage| {
        let Stage { setting, new, .. } = stage;
        // As long as the body by which the growth is measured.
        setting.put("old", &new.clone())?;
        Ok(copy_request(&setting.bucket, "old", "new", &setting.sse).into())
    })
    .keyed()
    .writing(Writes::Body),
    Subject::of_store("get", BOTH, |stage| stage.on_bucket("GetObject", json!({"key": "old"})))
        .keyed()
        .reading(),
    Subject::of_store("range", BOTH, |stage| {
        let range = json!({"from_to": {"first": 16_000, "last": 16_900}});
        stage.on_bucket("GetObject", json!({"key": "old", "range": range}))
    })
    .keyed()
    .reading(),
    Subject::of_store("head", BOTH, |stage| stage.on_bucket("HeadObject", json!({"key": "old"})))
        .reading(),
    Subject::of_store("list", ONE, |stage| stage.on_bucket("ListObjects", json!({}))).reading(),
    Subject::of_store("delete", BOTH, |stage| {
        stage.on_bucket("DeleteObject", json!({"key": "old"}))
    }),
    Subject::of_store("create-upload", ALL, |stage| {
        let sse = serde_json::to_value(&stage.setting.sse).unwrap_or_default();
        stage.on_bucket("CreateMultipartUpload", json!({"key": "new", "sse": sse}))
    })
    .keyed(),
    Subject::of_store("part", ALL, |stage| {
        let (old, new) = (stage.old.clone(), stage.new.clone());
        Ok(stage.uploading(old)?.part(1, new).into())
    })
    .keyed()
    .writing(Writes::Body),
    Subject::of_store("complete", ALL, |stage| {
        let new = stage.new.clone();
        let upload = stage.uploading(new)?;
        Ok(upload.completion(&stage.parts).into())
    })
    .keyed()
    .writing(Writes::Object),
    Subject::of_store("abort", ONE, |stage| {
        let new = stage.new.clone();
        Ok(stage.uploading(new)?.abortion().into())
    }),
];

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny",
    "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::BUCKET/denied"}}"#;

fn policy(stage: &Stage<'_, '_>) -> Step<Operation> {
    let policy = POLICY.replace("BUCKET", &stage.setting.bucket);
    stage.on_bucket("PutBucketPolicy", json!({ "policy": policy }))
}

fn default(stage: &Stage<'_, '_>) -> Step<Operation> {
    let rules = json!([{"algorithm": "aws:kms"}]);
    stage.on_bucket("PutBucketEncryption", json!({ "rules": rules }))
}

static BUCKETS: &[Subject] = &[
    Subject::of_store("create-bucket", ONE, |stage| {
        let name = format!("{}-2", stage.setting.bucket);
        stage.on_bucket("CreateBucket", json!({ "bucket": name }))
    }),
    Subject::of_store("put-bucket-encryption", ONE, |stage| default(stage)),
    Subject::of_store("delete-bucket-encryption", ONE, |stage| {
        let set = default(stage)?;
        stage.setting.session.must(set)?;
        stage.on_bucket("DeleteBucketEncryption", json!({}))
    }),
    Subject::of_store("put-bucket-policy", ONE, |stage| policy(stage)),
    Subject::of_store("delete-bucket-policy", ONE, |stage| {
        let set = policy(stage)?;
        stage.setting.session.must(set)?;
        stage.on_bucket("DeleteBucketPolicy", json!({}))
    }),
];

/// Performs something on the key before the operation itself.
fn after(stage: &mut Stage<'_, '_>, first: &str, fields: Value, then: &str) -> Step<Operation> {
    let first = stage.on_key(first, fields)?;
    stage.setting.session.must(first)?;
    stage.on_key(then, json!({}))
}

fn alias(stage: &Stage<'_, '_>) -> Step<Operation> {
    let (name, target) = ("alias/failing", stage.key());
    operation(json!({"CreateAlias": {"alias_name": name, "target_key_id": target}}))
}

static KEYS: &[Subject] = &[
    Subject::of_kms("create-key", Group::KeyLifecycle, |_| operation(json!({"CreateKey": {}}))),
    Subject::of_kms("describe-key", Group::KeyLifecycle, |stage| {
        stage.on_key("DescribeKey", json!({}))
    })
    .reading(),
    Subject::of_kms("disable-key", Group::KeyLifecycle, |stage| {
        stage.on_key("DisableKey", json!({}))
    }),
    Subject::of_kms("enable-key", Group::KeyLifecycle, |stage| {
        after(stage, "DisableKey", json!({}), "EnableKey")
    }),
    Subject::of_kms("schedule-deletion", Group::KeyLifecycle, |stage| {
        stage.on_key("ScheduleKeyDeletion", json!({}))
    }),
    Subject::of_kms("cancel-deletion", Group::KeyLifecycle, |stage| {
        after(stage, "ScheduleKeyDeletion", json!({}), "CancelKeyDeletion")
    }),
    Subject::of_kms("create-alias", Group::KeyLifecycle, |stage| alias(stage)),
    Subject::of_kms("update-alias", Group::KeyLifecycle, |stage| {
        let made = alias(stage)?;
        stage.setting.session.must(made)?;
        let target = stage.setting.session.key()?.arn;
        let fields = json!({"alias_name": "alias/failing", "target_key_id": target});
        operation(json!({ "UpdateAlias": fields }))
    }),
    Subject::of_kms("delete-alias", Group::KeyLifecycle, |stage| {
        let made = alias(stage)?;
        stage.setting.session.must(made)?;
        operation(json!({"DeleteAlias": {"alias_name": "alias/failing"}}))
    }),
    Subject::of_kms("put-key-policy", Group::Policy, |stage| {
        let root = stage.setting.session.caller.principal.clone();
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*",
        }});
        stage.on_key("PutKeyPolicy", json!({ "policy": policy.to_string() }))
    }),
    Subject::of_kms("enable-rotation", Group::Rotation, |stage| {
        stage.on_key("EnableKeyRotation", json!({}))
    }),
    Subject::of_kms("disable-rotation", Group::Rotation, |stage| {
        after(stage, "EnableKeyRotation", json!({}), "DisableKeyRotation")
    }),
    Subject::of_kms("rotate-on-demand", Group::Rotation, |stage| {
        stage.on_key("RotateKeyOnDemand", json!({}))
    }),
];

static CRYPTOGRAPHY: &[Subject] = &[
    Subject::of_kms("generate-data-key", Group::KmsCrypto, |stage| {
        stage.on_key("GenerateDataKey", json!({"key_spec": "AES_256"}))
    }),
    Subject::of_kms("encrypt", Group::KmsCrypto, |stage| {
        stage.encrypted()?;
        stage.on_key("Encrypt", json!({ "plaintext": HELD }))
    }),
    Subject::of_kms("decrypt", Group::KmsCrypto, |stage| {
        let blob = stage.encrypted()?;
        operation(json!({"Decrypt": {"ciphertext_blob": blob}}))
    })
    .reading(),
    Subject::of_kms("re-encrypt", Group::KmsCrypto, |stage| {
        let blob = stage.encrypted()?;
        let to = stage.setting.session.key()?.arn;
        operation(json!({"ReEncrypt": {"ciphertext_blob": blob, "destination_key_id": to}}))
    }),
];
