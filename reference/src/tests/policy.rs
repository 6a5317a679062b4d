//! The decision for keys, buckets and accounts, row by row (spec/policy.md).

mod engine;
mod language;

use super::*;
use crate::policy::{
    Circumstances, Document, DocumentKind, Reason, Request, Resource, Source, decide,
};
use Reason::*;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/7880b4b1-03d8-41bb-886c-dc30d4f8b087";
const OBJECT: &str = "arn:aws:s3:::bucket/folder/report";

/// The ARN that a short name in a row stands for.
fn arn(name: &str) -> String {
    match name {
        "*" => "*".to_owned(),
        "root" => "arn:aws:iam::111122223333:root".to_owned(),
        "other" => "arn:aws:iam::444455556666:root".to_owned(),
        "eve" => "arn:aws:iam::444455556666:user/eve".to_owned(),
        "111122223333" | "444455556666" => name.to_owned(),
        name => format!("arn:aws:iam::111122223333:user/{name}"),
    }
}

fn caller(name: &str) -> Caller {
    Caller::from_arn(&arn(name), true).unwrap()
}

/// Reads `EFFECT PRINCIPAL ACTION [@RESOURCE] [OPERATOR KEY=VALUE|VALUE]...`; `-` is no principal,
/// and `!` before action or resource is its negated element.
fn statement(text: &str) -> Value {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap();
    let (effect, principal, action) = (next(), next(), next());
    let mut statement = json!({ "Effect": effect, "Resource": "*" });
    if principal != "-" {
        statement["Principal"] = json!({ "AWS": arn(principal) });
    }
    match action.strip_prefix('!') {
        Some(action) => statement["NotAction"] = json!(action),
        None => statement["Action"] = json!(action),
    }
    while let Some(word) = words.next() {
        if let Some(resource) = word.strip_prefix('@') {
            statement["Resource"] = json!(resource);
        } else if let Some(resource) = word.strip_prefix("!@") {
            statement.as_object_mut().unwrap().remove("Resource");
            statement["NotResource"] = json!(resource);
        } else {
            let (key, values) = words.next().unwrap().split_once('=').unwrap();
            statement["Condition"][word][key] = values.split('|').collect();
        }
    }
    statement
}

fn document(statements: &str, kind: DocumentKind<'_>) -> Document {
    let statements: Vec<_> = statements.split("; ").map(statement).collect();
    Document::parse(&json!({ "Statement": statements }).to_string(), kind).unwrap()
}

fn identity_of(statements: &str) -> Vec<Document> {
    let some = (!statements.is_empty()).then_some(statements);
    some.map(|it| document(it, DocumentKind::Identity)).into_iter().collect()
}

/// What a statement that determined a decision is called in a row: `k0`, `i1`.
fn names(determining: &[crate::policy::StatementRef]) -> String {
    let name = |it: &crate::policy::StatementRef| match it.source {
        Source::Resource => format!("k{}", it.index),
        Source::Identity(_) => format!("i{}", it.index),
    };
    determining.iter().map(name).collect::<Vec<_>>().join(" ")
}

type Row = (&'static str, &'static str, &'static str, &'static str, Reason, &'static str);

const DECRYPT: &str = "kms:Decrypt";
const GET: &str = "s3:GetObject";

/// Key policy, identity policy, caller, action; reason, the statements behind it.
const KEY_ROWS: &[Row] = &[
    // Same account.
    ("Allow bob kms:*", "", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow bob kms:*", "Allow - kms:*", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow other kms:*", "Allow - kms:*", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:*", "", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:*", "Allow - kms:Encrypt", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:Encrypt", "Allow - kms:*", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:*", "Allow - kms:Decrypt", "alice", DECRYPT, Delegated, "k0 i0"),
    ("Allow 111122223333 kms:*", "Allow - kms:Decrypt", "alice", DECRYPT, Delegated, "k0 i0"),
    (
        "Allow root kms:*; Allow root *",
        "Allow - *; Deny - s3:*",
        "alice",
        DECRYPT,
        Delegated,
        "k0 k1 i0",
    ),
    ("Allow alice kms:Decrypt", "", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow alice kms:Decrypt", "Allow - kms:*", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow root kms:*; Allow alice kms:*", "", "alice", DECRYPT, KeyPolicy, "k1"),
    ("Allow * kms:Decrypt", "", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow Alice kms:Decrypt", "", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow alice kms:Decrypt", "", "alice", "kms:DescribeKey", DefaultDeny, ""),
    // Root.
    ("Allow root kms:*", "", "root", DECRYPT, KeyPolicy, "k0"),
    ("Allow alice kms:*", "", "root", DECRYPT, DefaultDeny, ""),
    ("Allow alice kms:*", "Allow - *", "root", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:*", "Deny - *", "root", DECRYPT, KeyPolicy, "k0"),
    ("Allow root kms:*; Deny root kms:Decrypt", "", "root", DECRYPT, ExplicitDeny, "k1"),
    // Deny wins, wherever it stands and whomever it names.
    ("Deny alice kms:Decrypt; Allow alice *", "Allow - *", "alice", DECRYPT, ExplicitDeny, "k0"),
    ("Deny root kms:Decrypt; Allow alice *", "", "alice", DECRYPT, ExplicitDeny, "k0"),
    ("Deny * kms:Decrypt; Allow alice *", "", "alice", DECRYPT, ExplicitDeny, "k0"),
    ("Allow alice *", "Allow - *; Deny - kms:Decrypt", "alice", DECRYPT, ExplicitDeny, "i1"),
    ("Deny * *; Allow * *", "Deny - *", "alice", DECRYPT, ExplicitDeny, "k0 i0"),
    ("Deny bob kms:Decrypt; Allow alice *", "", "alice", DECRYPT, KeyPolicy, "k1"),
    ("Deny alice kms:Encrypt; Allow alice *", "", "alice", DECRYPT, KeyPolicy, "k1"),
    ("Deny * !kms:Decrypt; Allow * *", "", "alice", DECRYPT, KeyPolicy, "k1"),
    ("Deny * !kms:Decrypt; Allow * *", "", "alice", "kms:Encrypt", ExplicitDeny, "k0"),
    ("Deny other *; Allow * *", "", "alice", DECRYPT, KeyPolicy, "k1"),
    // Actions and resources.
    ("Allow alice KMS:dECRYPT", "", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow alice kms:De*", "", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow alice kms:Decryp?", "", "alice", DECRYPT, KeyPolicy, "k0"),
    ("Allow alice kms:Decrypt?", "", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow alice kms:ReEncrypt*", "", "alice", "kms:ReEncryptFrom", KeyPolicy, "k0"),
    (
        "Allow alice kms:GenerateDataKey",
        "",
        "alice",
        "kms:GenerateDataKeyWithoutPlaintext",
        DefaultDeny,
        "",
    ),
    ("Allow alice !kms:Encrypt", "", "alice", DECRYPT, KeyPolicy, "k0"),
    (
        "Allow alice kms:* @arn:aws:kms:*:key/7880b4b1-03d8-41bb-886c-dc30d4f8b087",
        "",
        "alice",
        DECRYPT,
        KeyPolicy,
        "k0",
    ),
    ("Allow alice kms:* @arn:aws:kms:*:key/other", "", "alice", DECRYPT, DefaultDeny, ""),
    (
        "Allow root *",
        "Allow - kms:* @arn:aws:kms:*:111122223333:key/*",
        "alice",
        DECRYPT,
        Delegated,
        "k0 i0",
    ),
    (
        "Allow root *",
        "Allow - kms:* @7880b4b1-03d8-41bb-886c-dc30d4f8b087",
        "alice",
        DECRYPT,
        DefaultDeny,
        "",
    ),
    ("Allow root *", "Allow - kms:* @alias/a", "alice", DECRYPT, DefaultDeny, ""),
    ("Allow root *", "Allow - kms:* !@arn:aws:s3:::*", "alice", DECRYPT, Delegated, "k0 i0"),
    ("Allow root *", "Allow - kms:* !@arn:aws:kms:*", "alice", DECRYPT, DefaultDeny, ""),
    // Another account: both sides, and the listed actions only.
    ("Allow eve kms:*", "Allow - kms:*", "eve", DECRYPT, CrossAccount, "k0 i0"),
    ("Allow other kms:*", "Allow - kms:*", "eve", DECRYPT, CrossAccount, "k0 i0"),
    ("Allow * kms:*", "Allow - kms:*", "eve", DECRYPT, CrossAccount, "k0 i0"),
    ("Allow eve kms:*", "", "eve", DECRYPT, DefaultDeny, ""),
    ("Allow * kms:*", "", "eve", DECRYPT, DefaultDeny, ""),
    ("Allow root kms:*", "Allow - kms:*", "eve", DECRYPT, DefaultDeny, ""),
    ("Allow other kms:*", "", "other", DECRYPT, CrossAccount, "k0"),
    ("Allow eve kms:*", "", "other", DECRYPT, DefaultDeny, ""),
    ("Allow eve kms:*", "Allow - kms:*", "eve", "kms:GetKeyRotationStatus", CrossAccount, "k0 i0"),
    ("Allow eve kms:*", "Allow - kms:*", "eve", "kms:ReEncryptTo", CrossAccount, "k0 i0"),
    ("Allow eve kms:*", "Allow - kms:*", "eve", "kms:PutKeyPolicy", DefaultDeny, ""),
    ("Allow eve kms:*", "Allow - kms:*", "eve", "kms:GetKeyPolicy", DefaultDeny, ""),
    ("Allow other kms:*", "", "other", "kms:ScheduleKeyDeletion", DefaultDeny, ""),
    ("Allow eve kms:*", "Allow - *; Deny - kms:De*", "eve", DECRYPT, ExplicitDeny, "i1"),
    ("Allow eve kms:*; Deny other *", "Allow - *", "eve", DECRYPT, ExplicitDeny, "k1"),
    // Conditions take part.
    (
        "Allow alice kms:* StringEquals kms:CallerAccount=111122223333",
        "",
        "alice",
        DECRYPT,
        KeyPolicy,
        "k0",
    ),
    (
        "Allow alice kms:* StringEquals kms:CallerAccount=444455556666",
        "",
        "alice",
        DECRYPT,
        DefaultDeny,
        "",
    ),
    (
        "Allow * kms:*; Deny * kms:* StringNotEquals kms:CallerAccount=444455556666",
        "",
        "alice",
        DECRYPT,
        ExplicitDeny,
        "k1",
    ),
];

/// Bucket policy, identity policy, caller, action; reason, the statements behind it.
const BUCKET_ROWS: &[Row] = &[
    ("", "", "alice", GET, DefaultDeny, ""),
    ("", "Allow - s3:GetObject", "alice", GET, IdentityPolicy, "i0"),
    ("", "Allow - s3:GetObject @arn:aws:s3:::bucket/folder/*", "alice", GET, IdentityPolicy, "i0"),
    ("", "Allow - s3:GetObject @arn:aws:s3:::bucket", "alice", GET, DefaultDeny, ""),
    ("Allow alice s3:*", "", "alice", GET, BucketPolicy, "k0"),
    ("Allow * s3:*", "", "alice", GET, BucketPolicy, "k0"),
    ("Allow root s3:*", "", "alice", GET, DefaultDeny, ""),
    ("Allow root s3:*", "Allow - s3:*", "alice", GET, IdentityPolicy, "i0"),
    ("Allow bob s3:*", "Allow - s3:*", "alice", GET, IdentityPolicy, "i0"),
    ("Deny alice s3:*", "Allow - s3:*", "alice", GET, ExplicitDeny, "k0"),
    ("Allow alice s3:*", "Deny - s3:Get*", "alice", GET, ExplicitDeny, "i0"),
    ("", "", "root", GET, IdentityPolicy, ""),
    ("Deny * s3:*", "", "root", GET, ExplicitDeny, "k0"),
    ("Deny * s3:*", "", "root", "s3:PutBucketPolicy", Owner, ""),
    ("Deny * s3:*", "", "root", "s3:DeleteBucketPolicy", Owner, ""),
    ("Deny * s3:*", "", "root", "s3:PutEncryptionConfiguration", ExplicitDeny, "k0"),
    ("Deny * s3:*", "Allow - *", "alice", "s3:PutBucketPolicy", ExplicitDeny, "k0"),
    ("", "Allow - s3:*", "eve", GET, DefaultDeny, ""),
    ("Allow eve s3:*", "", "eve", GET, DefaultDeny, ""),
    ("Allow eve s3:*", "Allow - s3:*", "eve", GET, CrossAccount, "k0 i0"),
    ("Allow other s3:*", "Allow - s3:*", "eve", GET, CrossAccount, "k0 i0"),
    ("Allow other s3:*", "", "other", GET, CrossAccount, "k0"),
    ("", "", "other", "s3:PutBucketPolicy", DefaultDeny, ""),
];

// r[verify policy.decision.reference]
// r[verify policy.key.neither]
// r[verify policy.key.iam-without-delegation]
// r[verify policy.key.delegation-without-iam]
// r[verify policy.key.delegation-no-grant]
// r[verify policy.key.delegation-with-iam]
// r[verify policy.key.deny-in-key-policy]
// r[verify policy.key.deny-in-identity-policy]
// r[verify policy.key.direct-allow]
// r[verify policy.key.root-not-named]
// r[verify policy.cross-account.both]
// r[verify policy.cross-account.key-policy-only]
// r[verify policy.cross-account.iam-only]
// r[verify policy.cross-account.operations]
// r[verify policy.statement.action-wildcard]
// r[verify policy.statement.not-action]
#[test]
fn the_decision_for_keys() {
    let rows = KEY_ROWS.iter().copied();
    assert!(rows.len() >= 60);
    for (key, identity, who, action, reason, determining) in rows {
        let row = format!("{key} | {identity} | {who} | {action}");
        let caller = caller(who);
        let circumstances = Circumstances::of(&caller).with("kms:CallerAccount", caller.account());
        let request =
            Request { caller: &caller, action, resource: KEY, circumstances: &circumstances };
        let policy = document(key, DocumentKind::Key);
        let resource = Resource::Key { account: "111122223333", policy: &policy };
        let identity = identity_of(identity);
        let decision = decide(&request, &resource, &identity.iter().collect::<Vec<_>>());
        assert_eq!(decision.reason, reason, "{row}");
        assert_eq!(names(&decision.determining), determining, "{row}");
        let denied = matches!(reason, DefaultDeny | ExplicitDeny);
        assert_eq!(refused(decision.enforce()), denied.then_some(Class::AccessDenied), "{row}");
    }
}

// r[verify policy.bucket.identity-allow]
// r[verify policy.bucket.deny]
// r[verify policy.bucket.one-side]
// r[verify policy.bucket.owner-root]
// r[verify policy.statement.resource-pattern]
#[test]
fn the_decision_for_buckets_and_accounts() {
    const ALL: &str = "@arn:aws:s3:::bucket/*";
    let rows = BUCKET_ROWS.iter().copied();
    for (bucket, identity, who, action, reason, determining) in rows {
        let row = format!("{bucket} | {identity} | {who} | {action}");
        let caller = caller(who);
        let circumstances = Circumstances::of(&caller);
        let request =
            Request { caller: &caller, action, resource: OBJECT, circumstances: &circumstances };
        let on_bucket = |statement| format!("{statement} {ALL}");
        let policy = (!bucket.is_empty())
            .then(|| document(&on_bucket(bucket), DocumentKind::Bucket("bucket")));
        let resource = Resource::Bucket { account: "111122223333", policy: policy.as_ref() };
        let identity = identity_of(identity);
        let decision = decide(&request, &resource, &identity.iter().collect::<Vec<_>>());
        assert_eq!(decision.reason, reason, "{row}");
        assert_eq!(names(&decision.determining), determining, "{row}");
    }
    let rows = [
        ("", "root", IdentityPolicy),
        ("", "other", DefaultDeny),
        ("", "alice", DefaultDeny),
        ("Allow - kms:CreateKey", "alice", IdentityPolicy),
        ("Allow - kms:CreateKey @arn:aws:kms:*", "alice", DefaultDeny),
        ("Allow - *; Deny - kms:Create*", "alice", ExplicitDeny),
        ("Allow - *", "eve", DefaultDeny),
    ];
    for (identity, who, reason) in rows {
        let caller = caller(who);
        let circumstances = Circumstances::of(&caller);
        let action = "kms:CreateKey";
        let request =
            Request { caller: &caller, action, resource: "*", circumstances: &circumstances };
        let identity = identity_of(identity);
        let account = Resource::Account { account: "111122223333" };
        let decision = decide(&request, &account, &identity.iter().collect::<Vec<_>>());
        assert_eq!(decision.reason, reason, "{who}");
    }
}
