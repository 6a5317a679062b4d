//! The policies that sequences use; each is decided alike by every reading that core judges: no
//! key policy allows a user directly, since AWS alone documents what follows.

use serde_json::{Value, json};

/// How many policies of each kind there are.
pub(super) const KEY_POLICIES: u8 = 6;
pub(super) const IDENTITY_POLICIES: u8 = 6;
pub(super) const BUCKET_POLICIES: u8 = 4;

/// The identity policy that allows everything.
pub(super) const ADMINISTRATOR: u8 = 1;
/// The bucket policy that looks at headers.
pub(super) const DEMANDS_KMS: u8 = 2;

fn text(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A key policy of the account whose root principal the symbol `root` names; `other` is the other
/// account's.
pub(super) fn key_policy(index: u8, root: &str, other: Option<&str>) -> String {
    let delegate = |action: Value| {
        let principal = json!({ "AWS": root });
        json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*" })
    };
    let deny = |action: Value, condition: Value| {
        let mut statement =
            json!({ "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*" });
        if let (Some(fields), true) = (statement.as_object_mut(), condition.is_object()) {
            fields.insert("Condition".to_owned(), condition);
        }
        statement
    };
    let all = delegate(json!("kms:*"));
    match (index % KEY_POLICIES, other) {
        (1, _) => text(&[delegate(json!([
            "kms:Describe*",
            "kms:Get*",
            "kms:List*",
            "kms:Put*",
            "kms:Enable*",
            "kms:Disable*",
            "kms:Create*",
            "kms:Update*",
            "kms:Delete*",
            "kms:Schedule*",
            "kms:Cancel*",
            "kms:Rotate*"
        ]))]),
        (2, _) => text(&[all, deny(json!("kms:Decrypt"), Value::Null)]),
        (3, Some(other)) => {
            let share = json!({
                "Effect": "Allow",
                "Principal": { "AWS": other },
                "Action": [
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"
                ],
                "Resource": "*"
            });
            text(&[all, share])
        }
        (4, _) => {
            let actions = json!(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]);
            let condition = json!({ "StringEquals": { "kms:EncryptionContext:dept": "b" } });
            text(&[all, deny(actions, condition)])
        }
        (5, _) => {
            let actions = json!(["kms:Decrypt", "kms:GenerateDataKey"]);
            text(&[all, deny(actions, json!({ "Null": { "kms:ViaService": "true" } }))])
        }
        _ => text(&[all]),
    }
}

/// An identity policy; none for the index 0.
pub(super) fn identity_policy(index: u8) -> Option<String> {
    let statement = |effect: &str, action: Value| {
        let resource = "*";
        json!({ "Effect": effect, "Action": action, "Resource": resource })
    };
    let allow = |action: Value| statement("Allow", action);
    Some(match index % IDENTITY_POLICIES {
        0 => return None,
        1 => text(&[allow(json!("*"))]),
        2 => text(&[allow(json!("s3:*"))]),
        3 => text(&[allow(json!(["s3:*", "kms:GenerateDataKey"]))]),
        4 => text(&[allow(json!(["s3:*", "kms:Decrypt", "kms:DescribeKey"]))]),
        _ => {
            text(&[allow(json!("*")), statement("Deny", json!(["kms:Decrypt", "kms:ReEncryptTo"]))])
        }
    })
}

/// A bucket policy; none for the index 0.
pub(super) fn bucket_policy(index: u8, bucket: &str) -> Option<String> {
    let objects = format!("arn:aws:s3:::{bucket}/*");
    let everyone = json!("*");
    let deny = |action: &str| {
        let resource = &objects;
        json!({
            "Effect": "Deny", "Principal": everyone, "Action": action, "Resource": resource
        })
    };
    Some(match index % BUCKET_POLICIES {
        0 => return None,
        1 => text(&[deny("s3:GetObject")]),
        DEMANDS_KMS => {
            let mut statement = deny("s3:PutObject");
            if let Some(fields) = statement.as_object_mut() {
                let condition =
                    json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": "aws:kms" } });
                fields.insert("Condition".to_owned(), condition);
            }
            text(&[statement])
        }
        _ => text(&[deny("s3:DeleteObject")]),
    })
}
