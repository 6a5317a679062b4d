//! The policy language: conditions, patterns, and what is no document (spec/policy.md,
//! spec/policy/condition.md).

use super::*;
use crate::policy::Malformed;

/// Whether a Deny under the condition applies, in the circumstances that the words give.
fn holds(condition: &str, circumstances: &str) -> bool {
    let policy = document(&format!("Allow * *; Deny * * {condition}"), DocumentKind::Key);
    let caller = Caller::from_arn(&arn("alice"), circumstances != "insecure").unwrap();
    let mut given = Circumstances::of(&caller);
    let mut context = EncryptionContext::new();
    for (key, value) in circumstances.split(' ').filter_map(|word| word.split_once('=')) {
        match key.split_once(':') {
            None => drop(context.insert(key.to_owned(), value.to_owned())),
            Some(_) => given = given.with(key, value),
        }
    }
    let circumstances = &given.with_context(&context);
    let request = Request { caller: &caller, action: "kms:Decrypt", resource: KEY, circumstances };
    let key = Resource::Key { account: "111122223333", policy: &policy };
    !decide(&request, &key, &[]).allowed
}

const DEPT: &str = "kms:EncryptionContext:Dept";
const KEYS: &str = "kms:EncryptionContextKeys";
const VIA: &str = "kms:ViaService";

/// Operator, condition key, values; for each circumstances whether it holds.
type ConditionRow = (&'static str, &'static str, &'static str, &'static [(&'static str, bool)]);

const CONDITION_ROWS: &[ConditionRow] = &[
    (
        "StringEquals",
        DEPT,
        "IT|HR",
        &[("Dept=IT", true), ("Dept=HR", true), ("Dept=it", false), ("", false)],
    ),
    (
        "StringNotEquals",
        DEPT,
        "IT|HR",
        &[("Dept=IT", false), ("Dept=HR", false), ("Dept=it", true), ("", true)],
    ),
    ("StringEqualsIgnoreCase", DEPT, "IT", &[("Dept=it", true), ("Dept=I", false), ("", false)]),
    (
        "StringLike",
        DEPT,
        "I?|H*",
        &[("Dept=IT", true), ("Dept=H", true), ("Dept=I", false), ("Dept=ITT", false), ("", false)],
    ),
    ("StringNotLike", DEPT, "I?|H*", &[("Dept=IT", false), ("Dept=X", true), ("", true)]),
    ("StringEqualsIfExists", DEPT, "IT", &[("Dept=IT", true), ("Dept=HR", false), ("", true)]),
    ("StringNotEqualsIfExists", DEPT, "IT", &[("Dept=IT", false), ("Dept=HR", true), ("", true)]),
    ("StringLikeIfExists", DEPT, "I*", &[("Dept=IT", true), ("Dept=HR", false), ("", true)]),
    ("Null", DEPT, "true", &[("", true), ("Dept=IT", false)]),
    ("Null", DEPT, "FALSE", &[("", false), ("Dept=IT", true)]),
    ("Null", DEPT, "true|false", &[("", true), ("Dept=IT", true)]),
    ("Null", KEYS, "true", &[("", true), ("Dept=IT", false)]),
    // Names of keys in any case; the pair that is spelled as in the policy counts.
    ("StringEquals", "KMS:encryptioncontext:dEPT", "IT", &[("Dept=IT", true), ("Dep=IT", false)]),
    (
        "StringEquals",
        DEPT,
        "IT",
        &[
            ("DEPT=HR Dept=IT dept=HR", true),
            ("DEPT=IT Dept=HR dept=IT", false),
            ("DEPT=IT dept=HR", true),
            ("DEPT=HR dept=IT", false),
        ],
    ),
    // Sets.
    (
        "ForAnyValue:StringEquals",
        KEYS,
        "a|b",
        &[("a=1 c=1", true), ("c=1", false), ("", false), ("A=1", false)],
    ),
    (
        "ForAllValues:StringEquals",
        KEYS,
        "a|b",
        &[("a=1 b=1", true), ("a=1 c=1", false), ("", true)],
    ),
    ("ForAnyValue:StringNotEquals", KEYS, "a", &[("a=1 b=1", true), ("a=1", false), ("", false)]),
    (
        "ForAllValues:StringNotEquals",
        KEYS,
        "a",
        &[("b=1 c=1", true), ("a=1 b=1", false), ("", true)],
    ),
    ("ForAnyValue:StringLike", KEYS, "x*", &[("xy=1", true), ("y=1", false)]),
    ("ForAnyValue:StringEqualsIfExists", KEYS, "a", &[("", true), ("a=1", true), ("b=1", false)]),
    ("ForAllValues:StringEqualsIfExists", KEYS, "a", &[("", true), ("b=1", false)]),
    // ARNs part by part, booleans, the rest of the keys.
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/a*", &[("", true)]),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/alice", &[("", true)]),
    ("ArnLike", "aws:PrincipalArn", "arn:*", &[("", false)]),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:*:user/alice", &[("", false)]),
    ("ArnLike", "aws:PrincipalArn", "*:*:*:*:*:*", &[("", true)]),
    ("StringLike", "aws:PrincipalArn", "arn:*", &[("", true)]),
    (
        "ArnLike",
        VIA,
        "a:b:c:d:e:f:?",
        &[("kms:ViaService=a:b:c:d:e:f:g", true), ("kms:ViaService=a:b:c:d:e", false), ("", false)],
    ),
    ("Bool", "aws:SecureTransport", "False", &[("insecure", true), ("", false)]),
    ("Bool", "aws:securetransport", "true", &[("insecure", false), ("", true)]),
    ("BoolIfExists", "kms:RequestAlias", "true", &[("", true), ("kms:RequestAlias=x", false)]),
    (
        "StringEquals",
        "s3:x-amz-server-side-encryption",
        "aws:kms",
        &[("s3:x-amz-server-side-encryption=aws:kms", true), ("", false)],
    ),
];

// r[verify policy.condition.present]
// r[verify policy.condition.differing]
// r[verify policy.condition.absent]
// r[verify policy.condition.negated-absent]
// r[verify policy.condition.negated-values]
// r[verify policy.condition.all-keys]
// r[verify policy.condition.null]
// r[verify policy.condition.if-exists]
// r[verify policy.condition.for-any-value]
// r[verify policy.condition.for-all-values]
// r[verify policy.condition.context-name-case]
// r[verify policy.condition.principal-arn]
// r[verify policy.condition.secure-transport]
#[test]
fn conditions_hold_as_their_tables_say() {
    for (operator, key, values, cases) in CONDITION_ROWS {
        for (circumstances, expected) in *cases {
            let condition = format!("{operator} {key}={values}");
            assert_eq!(
                holds(&condition, circumstances),
                *expected,
                "{condition} | {circumstances}"
            );
        }
    }
    // Keys of one operator and operators are joined by and.
    let both = "StringEquals kms:EncryptionContext:a=1 StringEquals kms:EncryptionContext:b=1";
    let mixed = "StringEquals kms:EncryptionContext:a=1 StringNotEquals kms:EncryptionContext:b=2";
    for (circumstances, expected) in [("a=1 b=1", true), ("a=1 b=2", false), ("a=2 b=1", false)] {
        assert_eq!(holds(both, circumstances), expected);
        assert_eq!(holds(mixed, circumstances), expected);
    }
}

fn malformed(text: &str, kind: DocumentKind<'_>) -> Malformed {
    Document::parse(text, kind).expect_err(text)
}

/// A document of one statement that is right but for what stands in the place of a member.
fn with(member: &str, value: &str) -> String {
    let members = [
        ("Effect", r#""Effect":"Allow""#),
        ("Principal", r#""Principal":"*""#),
        ("Action", r#""Action":"kms:*""#),
        ("Resource", r#""Resource":"*""#),
    ];
    let kept = members.iter().filter(|(name, _)| *name != member).map(|(_, text)| *text);
    let members: Vec<_> = kept.chain([value]).filter(|text| !text.is_empty()).collect();
    format!(r#"{{"Statement":[{{{}}}]}}"#, members.join(","))
}

/// The member replaced, what stands in its place, and the place that the refusal names.
const MALFORMED_ROWS: &[(&str, &str, &str)] = &[
    ("Effect", r#""Effect":"allow""#, "Effect"),
    ("Effect", r#""Effect":["Allow"]"#, "Effect"),
    ("Effect", "", ""),
    ("Principal", "", ""),
    ("Principal", r#""Principal":"arn:aws:iam::111122223333:root""#, "Principal"),
    ("Principal", r#""Principal":{}"#, "Principal"),
    ("Principal", r#""Principal":{"AWS":[]}"#, "Principal.AWS"),
    ("Principal", r#""Principal":{"Service":"s3.amazonaws.com"}"#, "Principal.Service"),
    ("Principal", r#""Principal":{"AWS":"*","AWS":"*"}"#, "Principal.AWS"),
    (
        "Principal",
        r#""Principal":{"AWS":["*","arn:aws:iam::111122223333:user/*"]}"#,
        "Principal.AWS[1]",
    ),
    ("Principal", r#""Principal":{"AWS":"11112222333"}"#, "Principal.AWS"),
    ("Principal", r#""Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}"#, "Principal.AWS"),
    ("Principal", r#""NotPrincipal":{"AWS":"*"}"#, "NotPrincipal"),
    ("Action", "", ""),
    ("Action", r#""Action":"Decrypt""#, "Action"),
    ("Action", r#""Action":["kms:*","kms:"]"#, "Action[1]"),
    ("Action", r#""Action":":Decrypt""#, "Action"),
    ("Action", r#""Action":[]"#, "Action"),
    ("Action", r#""Action":[["kms:*"]]"#, "Action[0]"),
    ("Action", r#""Action":true"#, "Action"),
    ("Action", r#""Action":"kms:*","NotAction":"kms:*""#, "NotAction"),
    ("Action", r#""action":"kms:*""#, "action"),
    ("Resource", "", ""),
    ("Resource", r#""Resource":"""#, "Resource"),
    ("Resource", r#""Resource":"*","NotResource":"*""#, "NotResource"),
    ("Resource", r#""Resource":"${aws:username}""#, "Resource"),
    ("Resource", r#""Resource":"\u0024{x}""#, "Resource"),
    ("", r#""Sid":1"#, "Sid"),
    ("", r#""Sid":"a","Sid":"a""#, "Sid"),
    ("", r#""Condition":{}"#, "Condition"),
    ("", r#""Condition":[]"#, "Condition"),
    ("", r#""Condition":{"StringEqual":{}}"#, "Condition.StringEqual"),
    ("", r#""Condition":{"stringequals":{}}"#, "Condition.stringequals"),
    ("", r#""Condition":{"StringEquals":{}}"#, "Condition.StringEquals"),
    ("", r#""Condition":{"NullIfExists":{}}"#, "Condition.NullIfExists"),
    ("", r#""Condition":{"ForAnyValue:Bool":{}}"#, "Condition.ForAnyValue:Bool"),
    ("", r#""Condition":{"ForSome:StringLike":{}}"#, "Condition.ForSome:StringLike"),
    ("", r#""Condition":{"NumericEquals":{}}"#, "Condition.NumericEquals"),
    (
        "",
        r#""Condition":{"StringEquals":{"kms:KeyAlias":"a"}}"#,
        "Condition.StringEquals.kms:KeyAlias",
    ),
    (
        "",
        r#""Condition":{"StringEquals":{"kms:EncryptionContext:":"a"}}"#,
        "Condition.StringEquals.kms:EncryptionContext:",
    ),
    (
        "",
        r#""Condition":{"StringEquals":{"kms:EncryptionContextKeys":"a"}}"#,
        "Condition.StringEquals.kms:EncryptionContextKeys",
    ),
    (
        "",
        r#""Condition":{"ForAnyValue:StringEquals":{"kms:ViaService":"a"}}"#,
        "Condition.ForAnyValue:StringEquals.kms:ViaService",
    ),
    (
        "",
        r#""Condition":{"StringEquals":{"kms:ViaService":[]}}"#,
        "Condition.StringEquals.kms:ViaService",
    ),
    (
        "",
        r#""Condition":{"Bool":{"aws:SecureTransport":false}}"#,
        "Condition.Bool.aws:SecureTransport",
    ),
    (
        "",
        r#""Condition":{"Bool":{"aws:SecureTransport":["true","no"]}}"#,
        "Condition.Bool.aws:SecureTransport[1]",
    ),
    ("", r#""Condition":{"Null":{"kms:ViaService":"yes"}}"#, "Condition.Null.kms:ViaService"),
];

// r[verify policy.document.malformed]
// r[verify policy.document.unknown-refused]
#[test]
fn a_refused_document_names_the_place() {
    Document::parse(&with("", ""), DocumentKind::Key).unwrap();
    for (member, value, place) in MALFORMED_ROWS.iter().copied() {
        let text = with(member, value);
        let dot = if place.is_empty() { "" } else { "." };
        let expected = format!("Statement[0]{dot}{place}");
        assert_eq!(malformed(&text, DocumentKind::Key).place, expected, "{text}");
    }
    let whole = with("", "");
    let good = whole.trim_start_matches(r#"{"Statement":["#).trim_end_matches("]}");
    let rows = [
        (String::new(), ""),
        ("[]".to_owned(), ""),
        (format!("{whole}x"), ""),
        ("{}".to_owned(), ""),
        (r#"{"Statement":[]}"#.to_owned(), "Statement"),
        (format!(r#"{{"Statement":[{good},{{}}]}}"#), "Statement[1]"),
        (format!(r#"{{"Version":"2020-01-01","Statement":{good}}}"#), "Version"),
        (format!(r#"{{"Id":1,"Statement":{good}}}"#), "Id"),
        (format!(r#"{{"Extra":"","Statement":{good}}}"#), "Extra"),
        (format!(r#"{{"Statement":{good},"Statement":{good}}}"#), "Statement"),
        ("[".repeat(10_000), ""),
    ];
    for (text, place) in rows {
        assert_eq!(malformed(&text, DocumentKind::Key).place, place, "{text}");
    }
    for version in ["2012-10-17", "2008-10-17"] {
        let text = format!(r#"{{"Id":"i","Version":"{version}","Statement":{good}}}"#);
        assert_eq!(Document::parse(&text, DocumentKind::Key).unwrap().text(), text);
    }
}

// r[verify policy.document.limits]
#[test]
fn each_kind_of_document_has_its_rules() {
    let bucket = DocumentKind::Bucket("bucket");
    let on = |resource: &str| with("Resource", &format!(r#""Resource":["{resource}"]"#));
    for resource in ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a"] {
        Document::parse(&on(resource), bucket).unwrap();
    }
    for resource in ["*", "arn:aws:s3:::bucket*", "arn:aws:s3:::bucket2/a", "arn:aws:s3:::b"] {
        assert_eq!(malformed(&on(resource), bucket).place, "Statement[0].Resource[0]");
    }
    assert_eq!(malformed(&with("", ""), DocumentKind::Identity).place, "Statement[0].Principal");
    Document::parse(&with("Principal", ""), DocumentKind::Identity).unwrap();

    let on_bucket = on("arn:aws:s3:::bucket");
    let limits = [
        (DocumentKind::Key, with("", ""), 32_768, Class::LimitExceeded),
        (bucket, on_bucket, 20_480, Class::MalformedPolicy),
        (DocumentKind::Identity, with("Principal", ""), 6_144, Class::MalformedPolicy),
    ];
    for (kind, text, limit, class) in limits {
        let padded = format!("{text}{}", " ".repeat(limit - text.len()));
        Document::parse(&padded, kind).unwrap();
        assert_eq!(Refused::from(malformed(&format!("{padded} "), kind)), Refused(class));
    }
}

#[test]
fn patterns_backtrack() {
    let long = format!("{}b", "a".repeat(5_000));
    for (pattern, text, expected) in [
        ("*ab*ab", "xxabyabzab", true),
        ("*a?c", "abcabc", true),
        ("a*", "a", true),
        ("", "", true),
        ("?", "", false),
        ("*", "", true),
        ("?", "ä", true),
        ("*a*a*a*a*a*c", &long, false),
    ] {
        let condition = format!("StringLike kms:RequestAlias={pattern}");
        if pattern.is_empty() || text.is_empty() {
            continue;
        }
        assert_eq!(holds(&condition, &format!("kms:RequestAlias={text}")), expected, "{pattern}");
    }
}
