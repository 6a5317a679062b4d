//! Random documents and requests of small alphabets, so that they meet often.

use super::question::Asked;
use super::{About, Attached};
use crate::policy::{Caller, DocumentKind};
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:iam::111122223333:role/alice",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:iam::444455556666:root",
];
const KEYS: &[&str] =
    &["arn:aws:kms:us-east-1:111122223333:key/k1", "arn:aws:kms:us-east-1:111122223333:key/k2"];
const OBJECTS: &[&str] = &[
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/a",
    "arn:aws:s3:::b/folder/report",
    "arn:aws:s3:::b/x:y",
    "arn:aws:s3:::b/new\nline",
    "arn:aws:s3:::b/a$b",
];
const KMS_ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:DescribeKey",
    "kms:PutKeyPolicy",
];
const S3_ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:PutObject", "s3:PutBucketPolicy"];
const KMS_PATTERNS: &[&str] = &[
    "*",
    "kms:*",
    "kms:*",
    "kms:Decrypt",
    "kms:De*",
    "kms:Decryp?",
    "kms:?n*",
    "kms:*DataKey",
    "kms:ReEncrypt*",
    "kms:PutKeyPolicy",
    "s3:*",
];
const ODD_KMS_PATTERNS: &[&str] = &["KMS:dECRYPT", "k?s:*", "*:De*"];
const S3_PATTERNS: &[&str] = &[
    "*",
    "s3:*",
    "s3:*",
    "s3:Get*",
    "s3:?etObject",
    "s3:PutObject",
    "s3:*Object",
    "s3:PutBucketPolicy",
    "kms:*",
];
const ODD_S3_PATTERNS: &[&str] = &["S3:putobject", "s?:*", "*:Put*"];
const KEY_PATTERNS: &[&str] = &[
    "*",
    "*",
    "arn:aws:kms:*:111122223333:key/*",
    "arn:aws:kms:us-east-1:111122223333:key/k1",
    "arn:aws:kms:us-east-1:111122223333:key/?1",
    "arn:aws:kms:us-*-1:111122223333:key/*",
    "arn:aws:kms:*:444455556666:*",
    "arn:aws:s3:::b/*",
];
const ODD_KEY_PATTERNS: &[&str] = &[
    "arn:aws:kms:*",
    "arn:aws:kms:*:key/k1",
    "*:key/k2",
    "*key/*",
    "arn:aws:kms?us-east-1:111122223333:key/k1",
    "alias/a",
];
const OBJECT_PATTERNS: &[&str] = &[
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::b/folder/*",
    "arn:aws:s3:::b/*/report",
    "arn:aws:s3:::b/x*y",
];
const ODD_OBJECT_PATTERNS: &[&str] = &["arn:aws:s3:::b/a$b"];
/// Beside those that a bucket policy admits.
const WIDE_PATTERNS: &[&str] = &["*", "arn:aws:s3:::*"];
const ODD_WIDE_PATTERNS: &[&str] =
    &["arn:aws:s3:*", "arn:aws:s3:*:b/x:y", "arn:aws:s3:*:b/x:y", "arn:*/a", "b/a"];

const STRING_TESTS: &[&str] =
    &["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"];
const CONTEXT_VALUES: &[&str] = &[
    "IT",
    "it",
    "HR",
    "true",
    "a$b",
    "x\ny",
    "\u{e9}",
    "\u{e9}",
    "\u{c9}",
    "\u{c9}",
    "arn:aws:s3:::b/a",
    "x:aws:s3:::b",
];
const PATTERNS: &[&str] =
    &["I?", "*", "x*y", "H*", "arn:aws:*", "arn:aws:s3:::b*", "*:*:*:*:*:*", "*:aws:s3:::b"];
/// Condition keys, and what a policy may ask of them beside what the request has.
const CONDITION_KEYS: &[(&str, &[&str])] = &[
    ("aws:PrincipalArn", &["arn:aws:iam::*:user/a*", "arn:*:role/*", "arn:aws:iam::*:role/*"]),
    ("aws:SecureTransport", &["true", "false"]),
    ("kms:CallerAccount", &["111122223333", "444455556666"]),
    ("KMS:viaservice", &["s3.us-east-1.amazonaws.com", "s3.*"]),
    ("kms:RequestAlias", &["alias/a", "alias/*"]),
    ("kms:EncryptionContext:Dept", CONTEXT_VALUES),
    ("kms:EncryptionContext:DEPT", CONTEXT_VALUES),
    ("kms:EncryptionContext:dEPT", CONTEXT_VALUES),
    ("kms:EncryptionContextKeys", &["Dept", "DEPT", "a", "D*"]),
    ("s3:x-amz-server-side-encryption", &["AES256", "aws:kms", "aws:*"]),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", KEYS),
];

/// A seeded source of cases.
pub(super) struct Generator(ChaCha20Rng);

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A request, what it is about, and the identity policies of its caller.
    pub(super) fn case(&mut self) -> (Asked, About, Vec<Attached>) {
        let (asked, about) = match self.0.random_range(0..20_u32) {
            0 => (self.asked("kms:CreateKey", "*"), About::Account),
            1..12 => {
                let (action, resource) = (self.pick(KMS_ACTIONS), self.pick(KEYS));
                let asked = self.asked(action, resource);
                let policy = self.document(&asked, DocumentKind::Key);
                (asked, About::Key(policy))
            }
            _ => {
                let (action, resource) = (self.pick(S3_ACTIONS), self.pick(OBJECTS));
                let asked = self.asked(action, resource);
                let some = self.chance(80);
                let policy = some.then(|| self.document(&asked, DocumentKind::Bucket("b")));
                (asked, About::Bucket(policy))
            }
        };
        let count = self.0.random_range(0..3_u32);
        let identity = (0..count).map(|_| self.document(&asked, DocumentKind::Identity)).collect();
        (asked, about, identity)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.0.random_range(0..list.len())]
    }

    fn asked(&mut self, action: &str, resource: &str) -> Asked {
        let secure = self.chance(70);
        let caller = Caller::from_arn(self.pick(CALLERS), secure).unwrap();
        let mut values = Vec::new();
        let mut add = |key: &str, value: &str| values.push((key.to_owned(), value.to_owned()));
        if action.starts_with("kms:") {
            add("kms:CallerAccount", caller.account());
            if self.chance(40) {
                add("kms:ViaService", "s3.us-east-1.amazonaws.com");
            }
            if self.chance(40) {
                add("kms:RequestAlias", self.pick(&["alias/a", "alias/b"]));
            }
            for name in ["a", "Dept", "DEPT"] {
                if self.chance(45) {
                    add(&format!("kms:EncryptionContext:{name}"), self.pick(CONTEXT_VALUES));
                    add("kms:EncryptionContextKeys", name);
                }
            }
        } else if action == "s3:PutObject" {
            if self.chance(60) {
                add("s3:x-amz-server-side-encryption", self.pick(&["AES256", "aws:kms"]));
            }
            if self.chance(60) {
                add("s3:x-amz-server-side-encryption-aws-kms-key-id", self.pick(KEYS));
            }
        }
        Asked { caller, action: action.to_owned(), resource: resource.to_owned(), values }
    }

    fn document(&mut self, asked: &Asked, kind: DocumentKind<'static>) -> Attached {
        let count = self.pick(&[1, 1, 2, 3]);
        let statements: Vec<_> = (0..count).map(|_| self.statement(asked, kind)).collect();
        let mut document = match statements.as_slice() {
            [one] if self.chance(50) => json!({ "Statement": one }),
            list => json!({ "Statement": list }),
        };
        if let Some(version) = self.pick(&[None, Some("2008-10-17"), Some("2012-10-17")]) {
            document["Version"] = json!(version);
        }
        Attached { text: document.to_string(), kind }
    }

    fn statement(&mut self, asked: &Asked, kind: DocumentKind<'_>) -> Value {
        let on_kms = asked.action.starts_with("kms:");
        let mut statement =
            json!({ "Effect": self.pick(&["Allow", "Allow", "Allow", "Deny", "Deny"]) });
        if kind != DocumentKind::Identity {
            statement["Principal"] = self.principal(asked);
        }
        let action = if self.chance(85) { "Action" } else { "NotAction" };
        statement[action] = match on_kms {
            true => self.patterns(KMS_PATTERNS, ODD_KMS_PATTERNS),
            false => self.patterns(S3_PATTERNS, ODD_S3_PATTERNS),
        };
        let resource = if self.chance(85) { "Resource" } else { "NotResource" };
        let wide = kind == DocumentKind::Identity && self.chance(40);
        statement[resource] = match on_kms {
            true => self.patterns(KEY_PATTERNS, ODD_KEY_PATTERNS),
            false if wide => self.patterns(WIDE_PATTERNS, ODD_WIDE_PATTERNS),
            false => self.patterns(OBJECT_PATTERNS, ODD_OBJECT_PATTERNS),
        };
        for _ in 0..self.pick(&[0_usize, 0, 0, 1, 1, 2]) {
            self.add_condition(&mut statement, asked);
        }
        statement
    }

    /// Patterns that the engine can read, but for a few.
    fn patterns(&mut self, plain: &[&str], odd: &[&str]) -> Value {
        if self.chance(90) { self.strings(plain) } else { self.strings(odd) }
    }

    /// One string or a list of up to three.
    fn strings(&mut self, alphabet: &[&str]) -> Value {
        match self.0.random_range(0..8_u32) {
            count @ 2..4 => json!((0..count).map(|_| self.pick(alphabet)).collect::<Vec<_>>()),
            _ => json!(self.pick(alphabet)),
        }
    }

    fn principal(&mut self, asked: &Asked) -> Value {
        if self.chance(20) {
            return json!("*");
        }
        let account = asked.caller.account().to_owned();
        let root = format!("arn:aws:iam::{account}:root");
        let caller = asked.caller.arn().to_owned();
        let mut alphabet = vec!["*", &account, &root, &root, &caller, &caller];
        alphabet.extend(CALLERS);
        json!({ "AWS": self.strings(&alphabet) })
    }

    fn add_condition(&mut self, statement: &mut Value, asked: &Asked) {
        let (key, wanted) = self.pick(CONDITION_KEYS);
        let present = asked.values.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key));
        let mut present: Vec<_> = present.map(|(_, value)| value.as_str()).collect();
        if key == "aws:PrincipalArn" {
            present.push(asked.caller.arn());
        }
        let mut alphabet = [present.as_slice(), &present, wanted].concat();
        let is_set = key == "kms:EncryptionContextKeys";
        let suffix = self.pick(&["", "", "IfExists"]);
        let context = key.starts_with("kms:EncryptionContext:");
        let operator = match self.0.random_range(0..10_u32) {
            0 | 1 => "Null".to_owned(),
            _ if is_set => {
                let prefix = self.pick(&["ForAnyValue", "ForAllValues"]);
                format!("{prefix}:{}{suffix}", self.pick(STRING_TESTS))
            }
            2 | 3 => format!("ArnLike{suffix}"),
            4 => format!("Bool{suffix}"),
            5 | 6 if context => format!("StringEqualsIgnoreCase{suffix}"),
            _ if key == "aws:SecureTransport" && self.chance(60) => format!("Bool{suffix}"),
            _ => format!("{}{suffix}", self.pick(STRING_TESTS)),
        };
        if operator == "Null" || operator.starts_with("Bool") {
            alphabet = vec!["true", "false", "true", "false", "TRUE", "False"];
        } else if operator.starts_with("ArnLike") && self.chance(30) {
            alphabet = vec!["*:*:*:*:*:*", "*:aws:s3:::b"];
        } else if operator.contains("Like") {
            alphabet.extend(PATTERNS);
        } else if context && operator.starts_with("StringEqualsIgnoreCase") {
            alphabet = vec!["\u{e9}", "\u{c9}", "it"];
        }
        statement["Condition"][operator][key] = self.strings(&alphabet);
    }
}
