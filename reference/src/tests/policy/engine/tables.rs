//! The documents of the enumerated scenarios, each with every request of its scenario and every
//! circumstance that the request can have there.

use super::question::Asked;
use super::{About, Attached, OWNER};
use crate::policy::{Caller, Document, DocumentKind};
use serde_json::Value;

const OTHER: &str = "444455556666";
const HEADER: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/// The documents of one scenario.
#[derive(Default)]
struct Documents {
    key: Vec<Attached>,
    bucket: Vec<Attached>,
    identity: Vec<Attached>,
}

/// What stands for a symbol of a scenario.
fn symbol(name: &str) -> String {
    match name {
        "account" => OWNER.to_owned(),
        "other_account" => OTHER.to_owned(),
        "region" => "us-east-1".to_owned(),
        "root" => format!("arn:aws:iam::{OWNER}:root"),
        "other_root" => format!("arn:aws:iam::{OTHER}:root"),
        "anna" => format!("arn:aws:iam::{OWNER}:user/anna"),
        "k1" | "k2" | "ko" | "theirs" => format!("arn:aws:kms:us-east-1:{OWNER}:key/{name}"),
        other => other.trim_start_matches("bucket:").to_owned(),
    }
}

fn resolved(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |whole, part| match part.split_once('}') {
        Some((name, rest)) => whole + &symbol(name) + rest,
        None => whole + part,
    })
}

/// Hands every case of every scenario with a document to the closure, and counts them.
pub(super) fn cases(mut judge: impl FnMut(&Asked, &About, &[Attached])) -> usize {
    let mut count = 0;
    for (_, text) in sse_vectors::corpus::files() {
        let file: Value = serde_json::from_str(text).unwrap();
        for scenario in file["scenarios"].as_array().into_iter().flatten() {
            let steps: Value = serde_json::from_str(&resolved(&scenario["steps"].to_string()))
                .expect("symbols hold nothing that JSON escapes");
            let steps = steps.as_array().unwrap();
            let documents = Documents::of(steps);
            for step in steps {
                for asked in requests(step) {
                    for (about, identity) in documents.about(&asked) {
                        judge(&asked, &about, &identity);
                        count += 1;
                    }
                }
            }
        }
    }
    count
}

fn operation(step: &Value) -> (&str, &Value) {
    let (name, parameters) = step["perform"].as_object().unwrap().iter().next().unwrap();
    (name, parameters)
}

impl Documents {
    fn of(steps: &[Value]) -> Self {
        let mut documents = Self::default();
        for step in steps {
            let (name, parameters) = operation(step);
            let Some(text) = parameters.get("policy").and_then(Value::as_str) else { continue };
            let (list, kind) = match name {
                "PutIdentityPolicy" => (&mut documents.identity, DocumentKind::Identity),
                "PutBucketPolicy" => {
                    let bucket = if parameters["bucket"] == "b2" { "b2" } else { "b1" };
                    (&mut documents.bucket, DocumentKind::Bucket(bucket))
                }
                _ => (&mut documents.key, DocumentKind::Key),
            };
            // Some are refused on purpose. A resource in capitals matches nothing here; the engine
            // does not read it at all.
            if Document::parse(text, kind).is_ok() && !text.contains("\"ARN:AWS:") {
                list.push(Attached { text: text.to_owned(), kind });
            }
        }
        documents
    }

    /// Every document of the right kind with no, each and all identity policies.
    fn about(&self, asked: &Asked) -> Vec<(About, Vec<Attached>)> {
        let mut abouts: Vec<_> = if asked.action.starts_with("s3:") {
            self.bucket.iter().map(|it| About::Bucket(Some(it.clone()))).collect()
        } else {
            let default = format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{OWNER}"}},
                "Action":"kms:*","Resource":"*"}}}}"#
            );
            let default = Attached { text: default, kind: DocumentKind::Key };
            let own = self.key.iter().cloned();
            own.chain([default]).map(About::Key).collect()
        };
        if asked.action.starts_with("s3:") {
            abouts.push(About::Bucket(None));
        }
        let none = self.key.is_empty() && self.bucket.is_empty() && self.identity.is_empty();
        let mut sides: Vec<_> = self.identity.iter().map(|it| vec![it.clone()]).collect();
        sides.extend([Vec::new(), self.identity.clone()]);
        let all = abouts
            .iter()
            .flat_map(|about| sides.iter().map(move |identity| (about.clone(), identity.clone())));
        if none { Vec::new() } else { all.collect() }
    }
}

/// The requests that a step is decided by, in every circumstance that its scenario could give.
fn requests(step: &Value) -> Vec<Asked> {
    let (name, parameters) = operation(step);
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let caller = step.get("caller").and_then(Value::as_str).map_or(symbol("root"), str::to_owned);
    let secure = step.get("secure_transport") != Some(&Value::Bool(false));
    let Ok(caller) = Caller::from_arn(&caller, secure) else { return Vec::new() };
    let mut all = Vec::new();
    let mut add = |action: &str, resource: &str, values: &[(&str, &str)]| {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let (action, resource) = (action.to_owned(), resource.to_owned());
        all.push(Asked { caller: caller.clone(), action, resource, values: values.collect() });
    };
    let account = caller.account().to_owned();
    let bucket = format!("arn:aws:s3:::{}", text("bucket").unwrap_or_default());
    let object = format!("{bucket}/{}", text("key").unwrap_or_default());
    let sse = |member: &str| parameters.pointer(&format!("/sse/{member}")).and_then(Value::as_str);
    let s3 = match name {
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" | "CopyObject" => {
            "s3:PutObject".to_owned()
        }
        "HeadObject" => "s3:GetObject".to_owned(),
        "ListObjects" => "s3:ListBucket".to_owned(),
        "PutBucketEncryption" | "DeleteBucketEncryption" => "s3:PutEncryptionConfiguration".into(),
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration".to_owned(),
        name => format!("s3:{name}"),
    };
    if text("bucket").is_none() {
        let key = text("key_id").unwrap_or("*");
        if key.starts_with("arn:aws:kms:") {
            add(&format!("kms:{name}"), key, &[("kms:CallerAccount", &account)]);
        }
        return all;
    }
    if s3 != "s3:PutObject" {
        add(&s3, if text("key").is_some() { &object } else { &bucket }, &[]);
    } else {
        // Whatever the default of the bucket is.
        for key in [sse("kms_key_id"), Some(&symbol("k1")), Some(&symbol("k2")), None] {
            let header = sse("algorithm").map(|it| (HEADER, it));
            let values: Vec<_> = header.into_iter().chain(key.map(|it| (KEY_ID, it))).collect();
            add(&s3, &object, &values);
        }
    }
    if let Some(source) = parameters.get("source") {
        let text = |name: &str| source.get(name).and_then(Value::as_str).unwrap_or_default();
        add("s3:GetObject", &format!("arn:aws:s3:::{}/{}", text("bucket"), text("key")), &[]);
    }
    for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
        let through = [
            ("kms:CallerAccount", account.as_str()),
            ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
            ("kms:EncryptionContext:aws:s3:arn", &object),
            ("kms:EncryptionContextKeys", "aws:s3:arn"),
        ];
        add(action, &symbol("k1"), &through);
    }
    all
}
