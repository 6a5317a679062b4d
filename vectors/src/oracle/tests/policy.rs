//! Policies on operations: documents, fixtures, both permissions of each operation, accounts.

use super::bench::{allow, generate, get, kms, named, put, statement};
use super::*;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/";

fn document(statements: Value) -> String {
    json!({ "Statement": statements }).to_string()
}

fn key_policy(key: &str, statements: Value) -> Value {
    json!({ "PutKeyPolicy": { "key_id": key, "policy": document(statements) } })
}

fn bucket_policy(statements: Value) -> Value {
    json!({ "PutBucketPolicy": { "bucket": "one", "policy": document(statements) } })
}

#[test]
fn a_key_policy_is_kept_as_it_was_put() {
    let mut bench = Bench::new();
    let key = bench.key();
    let text = format!(" {} ", document(json!([statement("Allow", ROOT, "kms:*", "*")])));
    bench.ok(ROOT, json!({ "PutKeyPolicy": { "key_id": key, "policy": text } }));
    assert_eq!(bench.ok(ROOT, named("GetKeyPolicy", &key))["policy"], json!(text));
    for (policy, expected) in [
        ("{}".to_owned(), "malformed-policy"),
        (" ".repeat(32_769), "limit-exceeded"),
        (document(json!([statement("Allow", ROOT, "kms:Get*", "*")])), "malformed-policy"),
        (
            document(json!([
                statement("Allow", ROOT, "kms:*", "*"),
                statement("Allow", "arn:aws:iam::111122223333:user/nobody", "kms:*", "*"),
            ])),
            "malformed-policy",
        ),
    ] {
        let put = json!({ "PutKeyPolicy": { "key_id": key, "policy": policy } });
        assert_eq!(bench.no(ROOT, put), expected, "{policy:.100}");
        let create = json!({ "CreateKey": { "policy": policy } });
        assert_eq!(bench.no(ROOT, create), expected, "{policy:.100}");
    }
    let outside = statement("Allow", "arn:aws:iam::777788889999:user/x", "kms:*", "*");
    bench.ok(ROOT, key_policy(&key, json!([statement("Allow", ROOT, "kms:*", "*"), outside])));
    let lost = document(json!([statement("Allow", ROOT, "kms:Get*", "*")]));
    let fields = json!({
        "key_id": key, "policy": lost, "bypass_policy_lockout_safety_check": true
    });
    bench.ok(ROOT, json!({ "PutKeyPolicy": fields }));
    assert_eq!(bench.no(ROOT, fields_of("PutKeyPolicy", &key)), "access-denied");
    assert_eq!(bench.no(ROOT, named("DescribeKey", &key)), "access-denied");
}

fn fields_of(operation: &str, key: &str) -> Value {
    let policy = document(json!([statement("Allow", ROOT, "kms:*", "*")]));
    json!({ operation: { "key_id": key, "policy": policy } })
}

#[test]
fn principals_are_the_hand_of_the_suite() {
    let mut bench = Bench::new();
    let create = |fields: Value| json!({ "CreatePrincipal": fields });
    let made = bench.ok("nobody", create(json!({ "account": "444455556666", "name": "a@b" })));
    assert_eq!(made["arn"], "arn:aws:iam::444455556666:user/a@b");
    for fields in [
        json!({ "account": "444455556666", "name": "a@b" }),
        json!({ "account": "777788889999", "name": "a" }),
        json!({ "name": "" }),
        json!({ "name": "a/b" }),
        json!({ "name": "x".repeat(65) }),
    ] {
        assert_eq!(bench.no(ROOT, create(fields.clone())), "invalid-argument", "{fields}");
    }
    let put = |principal: &str, policy: &Value| {
        let policy = policy.to_string();
        json!({ "PutIdentityPolicy": { "principal": principal, "name": "p", "policy": policy } })
    };
    let unknown = "arn:aws:iam::111122223333:user/x";
    assert_eq!(bench.no(ROOT, put(unknown, &allow("s3:*", "*"))), "no-such-principal");
    assert_eq!(bench.no(ROOT, put(ROOT, &allow("s3:*", "*"))), "no-such-principal");
    let user = made["arn"].as_str().unwrap();
    assert_eq!(bench.no(ROOT, put(user, &json!({}))), "malformed-policy");
    let delete = json!({ "DeleteIdentityPolicy": { "principal": user, "name": "p" } });
    bench.ok(ROOT, delete.clone());
    bench.ok(ROOT, put(user, &allow("kms:CreateKey", "*")));
    bench.ok(user, json!({ "CreateKey": {} }));
    assert_eq!(bench.no(user, json!({ "ListKeys": {} })), "access-denied");
    bench.ok(ROOT, delete);
    assert_eq!(bench.no(user, json!({ "CreateKey": {} })), "access-denied");
}

#[test]
fn store_and_kms_both_have_to_allow() {
    let mut bench = Bench::new();
    let key = bench.key();
    bench.ok(ROOT, put("k", kms(&key)));
    let arn = format!("{KEY}{key}");
    let both = |action: &str| {
        json!({ "Statement": [
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
        { "Effect": "Allow", "Action": action, "Resource": arn },
    ] })
    };
    let store = bench.user("store", &allow("s3:*", "*"));
    let keys = bench.user("keys", &allow("kms:*", "*"));
    let writer = bench.user("writer", &both("kms:GenerateDataKey"));
    let reader = bench.user("reader", &both("kms:Decrypt"));
    for (who, expected) in [
        (store.as_str(), ["denied", "denied", "ok", "ok", "denied"]),
        (&keys, ["denied", "denied", "denied", "denied", "denied"]),
        (&writer, ["ok", "denied", "ok", "ok", "denied"]),
        (&reader, ["denied", "ok", "ok", "ok", "denied"]),
        (ROOT, ["ok", "ok", "ok", "ok", "ok"]),
    ] {
        let copy = json!({ "CopyObject": {
            "source": { "bucket": "one", "key": "k" }, "bucket": "one", "key": "c", "sse": kms(&key)
        } });
        let found = [
            bench.outcome(who, put("k", kms(&key))),
            bench.outcome(who, get("k")),
            bench.outcome(who, put("s", json!({}))),
            bench.outcome(who, put("a", json!({ "algorithm": "aws:kms" }))),
            bench.outcome(who, copy),
        ];
        let found = found.map(|found| found.replace("access-denied", "denied"));
        assert_eq!(found, expected, "{who}");
    }
    let refused = bench.run(&store, &get("k")).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.status), ("AccessDenied", 403));
}

#[test]
fn the_managed_key_serves_its_account_through_the_store_only() {
    let mut bench = Bench::new();
    let managed = json!({ "algorithm": "aws:kms" });
    let user = bench.user("u", &allow("s3:*", "*"));
    let key = bench.ok(&user, put("k", managed.clone()))["sse"]["kms_key_id"].clone();
    let key = key.as_str().unwrap();
    bench.ok(&user, get("k"));
    for operation in [generate(key), named("DisableKey", key), named("ScheduleKeyDeletion", key)] {
        assert_eq!(bench.no(ROOT, operation), "access-denied");
    }
    let own = json!({ "alias_name": "alias/x", "target_key_id": key });
    assert_eq!(bench.no(ROOT, json!({ "CreateAlias": own })), "access-denied");
    assert_eq!(bench.no(ROOT, fields_of("PutKeyPolicy", key)), "access-denied");
    bench.ok(ROOT, named("GetKeyPolicy", key));
    let shown = bench.ok(ROOT, named("DescribeKey", "alias/aws/s3"))["key_metadata"].clone();
    assert_eq!((&shown["arn"], &shown["key_manager"]), (&json!(key), &json!("AWS")));
    let all = json!([statement("Allow", OTHER, "s3:*", "arn:aws:s3:::one/*")]);
    bench.ok(ROOT, bucket_policy(all));
    assert_eq!(bench.no(OTHER, put("k", kms(key))), "access-denied");
    assert_eq!(bench.no(OTHER, get("k")), "access-denied");
    let theirs = bench.ok(OTHER, put("t", managed))["sse"]["kms_key_id"].clone();
    assert!(theirs.as_str().unwrap().contains("444455556666"));
}

#[test]
fn another_account_needs_both_sides() {
    let mut bench = Bench::new();
    let key = bench.key();
    let arn = format!("{KEY}{key}");
    assert_eq!(bench.no(OTHER, generate(&arn)), "access-denied");
    let own = statement("Allow", ROOT, "kms:*", "*");
    bench.ok(ROOT, key_policy(&key, json!([own, statement("Allow", OTHER, "kms:*", "*")])));
    bench.ok(OTHER, generate(&arn));
    bench.ok(OTHER, named("GetKeyRotationStatus", &arn));
    assert_eq!(bench.no(OTHER, named("DisableKey", &arn)), "access-denied");
    let made = json!({ "CreatePrincipal": { "account": "444455556666", "name": "c" } });
    let user = bench.ok(OTHER, made)["arn"].as_str().unwrap().to_owned();
    assert_eq!(bench.no(&user, generate(&arn)), "access-denied");
    let policy = allow("kms:GenerateDataKey", &arn).to_string();
    let put = json!({ "principal": user, "name": "p", "policy": policy });
    bench.ok(OTHER, json!({ "PutIdentityPolicy": put }));
    bench.ok(&user, generate(&arn));
    assert_eq!(bench.ok(OTHER, json!({ "GetKeyUsage": {} }))["keys"], json!([]));
}

#[test]
fn a_bucket_policy_sees_the_header_and_the_effective_key() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    let mut deny = statement("Deny", "*", "s3:PutObject", "arn:aws:s3:::one/*");
    deny["Condition"] = json!({ "Null": { "s3:x-amz-server-side-encryption": "true" } });
    bench.ok(ROOT, bucket_policy(json!([deny])));
    let default = |key: &str| {
        json!({ "PutBucketEncryption": {
        "bucket": "one", "rules": [{ "algorithm": "aws:kms", "kms_key_id": key }]
    } })
    };
    bench.ok(ROOT, default(&one));
    assert_eq!(bench.no(ROOT, put("k", json!({}))), "access-denied");
    bench.ok(ROOT, put("k", json!({ "algorithm": "AES256" })));
    let upload = json!({ "bucket": "one", "key": "u", "sse": { "algorithm": "AES256" } });
    let id = bench.ok(ROOT, json!({ "CreateMultipartUpload": upload }))["upload_id"].clone();
    let part = json!({
        "bucket": "one", "key": "u", "upload_id": id, "part_number": 1, "body": { "inline": "" }
    });
    bench.ok(ROOT, json!({ "UploadPart": part }));
    let name = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    deny["Condition"] = json!({ "StringNotEquals": { name: format!("{KEY}{one}") } });
    bench.ok(ROOT, bucket_policy(json!([deny])));
    bench.ok(ROOT, put("k", json!({})));
    bench.ok(ROOT, put("k", kms(&one)));
    assert_eq!(bench.no(ROOT, put("k", kms(&two))), "access-denied");
    assert_eq!(bench.no(ROOT, put("k", kms("alias/none"))), "access-denied");
    assert_eq!(bench.no(ROOT, put("k", json!({ "algorithm": "AES256" }))), "access-denied");
    bench.ok(ROOT, default(&two));
    assert_eq!(bench.no(ROOT, put("k", json!({}))), "access-denied");
    bench.ok(ROOT, json!({ "GetObject": { "bucket": "one", "key": "k" } }));
}

#[test]
fn the_owner_keeps_the_bucket_policy_in_hand() {
    let mut bench = Bench::new();
    let bucket = json!({ "bucket": "one" });
    assert_eq!(bench.no(ROOT, json!({ "GetBucketPolicy": bucket })), "no-such-bucket-policy");
    let closed = json!([
        statement("Deny", "*", "*", "arn:aws:s3:::one"),
        statement("Deny", "*", "s3:*", "arn:aws:s3:::one/*"),
    ]);
    bench.ok(ROOT, bucket_policy(closed.clone()));
    assert_eq!(bench.no(ROOT, put("k", json!({}))), "access-denied");
    assert_eq!(bench.no(ROOT, json!({ "ListObjects": bucket })), "access-denied");
    let shown = bench.ok(ROOT, json!({ "GetBucketPolicy": bucket }))["policy"].clone();
    assert_eq!(shown, json!(document(closed)));
    assert_eq!(bench.no(OTHER, json!({ "DeleteBucketPolicy": bucket })), "access-denied");
    bench.ok(ROOT, json!({ "DeleteBucketPolicy": bucket }));
    bench.ok(ROOT, json!({ "DeleteBucketPolicy": bucket }));
    bench.ok(ROOT, put("k", json!({})));
    let elsewhere = json!([statement("Allow", "*", "s3:*", "arn:aws:s3:::two/*")]);
    assert_eq!(bench.no(ROOT, bucket_policy(elsewhere)), "malformed-policy");
}

#[test]
fn conditions_see_the_request() {
    let mut bench = Bench::new();
    let key = bench.key();
    let named = json!({ "alias_name": "alias/a", "target_key_id": key });
    bench.ok(ROOT, json!({ "CreateAlias": named }));
    let user = bench.user("u", &allow("s3:*", "*"));
    let cases = [
        (json!({ "StringEquals": { "kms:RequestAlias": "alias/a" } }), generate("alias/a"), "ok"),
        (json!({ "StringEquals": { "kms:RequestAlias": "alias/a" } }), generate(&key), "no"),
        (
            json!({ "StringEquals": { "kms:RequestAlias": "alias/a" } }),
            put("k", kms("alias/a")),
            "ok",
        ),
        (json!({ "StringEquals": { "kms:RequestAlias": "alias/a" } }), put("k", kms(&key)), "no"),
        (json!({ "Null": { "kms:ViaService": "false" } }), put("k", kms(&key)), "ok"),
        (json!({ "Null": { "kms:ViaService": "false" } }), generate(&key), "no"),
        (
            json!({ "StringEquals": { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::one/k" } }),
            put("k", kms(&key)),
            "ok",
        ),
        (
            json!({ "StringEquals": { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::one/k" } }),
            put("l", kms(&key)),
            "no",
        ),
        (json!({ "Null": { "kms:EncryptionContextKeys": "true" } }), generate(&key), "ok"),
    ];
    for (condition, operation, expected) in cases {
        let mut direct = statement("Allow", &user, "kms:GenerateDataKey", "*");
        direct["Condition"] = condition;
        let own = statement("Allow", ROOT, "kms:*", "*");
        bench.ok(ROOT, key_policy(&key, json!([own, direct])));
        let arn = operation.to_string().replace(&format!("\"{key}\""), &format!("\"{KEY}{key}\""));
        let operation = serde_json::from_str(&arn).unwrap();
        let found = bench.outcome(&user, operation).replace("access-denied", "no");
        assert_eq!(found, expected, "{direct}");
    }
}
