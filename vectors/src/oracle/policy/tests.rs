//! The table of decisions and the table of documents; a statement stands on one line:
//! `Allow WHO ACTIONS RESOURCES if OPERATOR KEY VALUES`, lists with commas, `!` for Not.

use super::*;
use serde_json::{Map, Value, json};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1";
const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:";
const OTHER_KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/2";
const VIA: &str = "s3.eu-central-1.amazonaws.com";
const OWN: &str = "111122223333";

fn arn(who: &str) -> String {
    match who {
        "root" => "arn:aws:iam::111122223333:root".to_owned(),
        "alice" | "bob" => format!("arn:aws:iam::111122223333:user/{who}"),
        "theirs" => "arn:aws:iam::444455556666:root".to_owned(),
        "carol" => "arn:aws:iam::444455556666:user/carol".to_owned(),
        other => other.to_owned(),
    }
}

fn list(text: &str, each: impl Fn(&str) -> String) -> Value {
    text.split(',').map(|item| json!(each(item))).collect()
}

fn statement(line: &str, identity: bool) -> Value {
    let mut parts = line.split(" if ");
    let head: Vec<&str> = parts.next().unwrap().split(' ').collect();
    let (effect, rest) = head.split_first().unwrap();
    let mut members = Map::from_iter([("Effect".to_owned(), json!(effect))]);
    let rest = if identity {
        rest
    } else {
        members.insert("Principal".to_owned(), json!({ "AWS": list(rest[0], arn) }));
        &rest[1..]
    };
    for (name, text) in ["Action", "Resource"].iter().zip(rest) {
        let (name, text) = match text.strip_prefix('!') {
            Some(text) => (format!("Not{name}"), text),
            None => ((*name).to_owned(), *text),
        };
        members.insert(name, list(text, str::to_owned));
    }
    let mut conditions = Map::new();
    for part in parts {
        let [operator, key, values] = part.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!() };
        let keys = conditions.entry(operator).or_insert(json!({}));
        keys.as_object_mut().unwrap().insert(key.to_owned(), list(values, str::to_owned));
    }
    if !conditions.is_empty() {
        members.insert("Condition".to_owned(), Value::Object(conditions));
    }
    Value::Object(members)
}

fn document(kind: Kind<'_>, lines: &str) -> Document {
    let identity = kind == Kind::Identity;
    let statements: Vec<Value> = lines.split(" ; ").map(|line| statement(line, identity)).collect();
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Document::read(kind, &text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// `via`, `tls=false`, `alias=...`, `sse=...`, `sse-key=...`; anything else is a pair of the
/// context.
fn facts(principal: &str, text: &str) -> Facts {
    let mut facts = Facts::default();
    let account = principal.split(':').nth(4).unwrap_or_default();
    facts.single.insert(Fact::PrincipalArn, principal.to_owned());
    facts.single.insert(Fact::CallerAccount, account.to_owned());
    facts.single.insert(Fact::SecureTransport, "true".to_owned());
    for item in text.split(' ').filter(|item| !item.is_empty()) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let fact = match name {
            "via" => Fact::ViaService,
            "tls" => Fact::SecureTransport,
            "alias" => Fact::RequestAlias,
            "sse" => Fact::Algorithm,
            "sse-key" => Fact::KmsKey,
            pair => {
                facts.context.insert(pair.to_owned(), value.to_owned());
                continue;
            }
        };
        let value = if name == "via" { VIA } else { value };
        facts.single.insert(fact, value.to_owned());
    }
    facts
}

fn verdict(
    law: &str,
    (who, action, seen): (&str, &str, &str),
    policy: &str,
    identity: &str,
) -> Verdict {
    let (principal, bucket) = (arn(who), law.starts_with("bucket"));
    let kind = if bucket { Kind::Bucket("b") } else { Kind::Key };
    let policy = (!policy.is_empty()).then(|| document(kind, policy));
    let nothing = Document { statements: Vec::new() };
    let law = match law {
        "key" => Law::Key { account: OWN, policy: policy.as_ref().unwrap_or(&nothing) },
        "none" => Law::Identity,
        _ => Law::Bucket { account: OWN, policy: policy.as_ref() },
    };
    let identity: Vec<_> = (!identity.is_empty())
        .then(|| ("p".to_owned(), document(Kind::Identity, identity)))
        .into_iter()
        .collect();
    let resource = match (bucket, law) {
        (true, _) => "arn:aws:s3:::b/dir/k",
        (false, Law::Identity) => "*",
        _ => KEY,
    };
    let facts = facts(&principal, seen);
    decide(&Question { principal: &principal, action, resource, facts: &facts }, law, &identity)
}

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The fields between a separator; those that are left out are empty.
fn split<const N: usize>(text: &str, separator: char) -> [&str; N] {
    let mut fields = text.splitn(N, separator);
    std::array::from_fn(|_| fields.next().unwrap_or_default())
}

fn columns<const N: usize>(row: &str) -> [&str; N] {
    split::<N>(row, '|').map(str::trim)
}

#[test]
fn the_table_of_decisions_holds() {
    let rows: Vec<_> = rows(include_str!("tests/decisions.txt")).collect();
    assert!(rows.len() >= 100);
    for row in rows {
        let row = row.replace("ARN:", ARN).replace("VIA", VIA);
        let [reason, request, policy, identity] = columns(&row);
        let [law, who, action, seen] = split(request, ' ');
        let found = verdict(law, (who, action, seen), policy, identity);
        assert_eq!(serde_json::to_value(found.reason).unwrap(), reason, "{row}");
        let denied = ["explicit-deny", "default-deny"].contains(&reason);
        assert_eq!(found.allowed, !denied, "{row}");
        let root_alone = who == "root" && reason == "identity-policy";
        let by_nobody = ["default-deny", "owner"].contains(&reason) || root_alone;
        assert_eq!(found.determining.is_empty(), by_nobody, "{row}");
    }
}

#[test]
fn a_decision_names_the_statements_that_determined_it() {
    let policy = "Allow bob kms:* * ; Allow root kms:* *";
    let found =
        verdict("key", ("alice", "kms:Decrypt", ""), policy, "Allow s3:* * ; Allow kms:* *");
    let own = |index| StatementRef { identity_policy: Some("p".to_owned()), index };
    let of_key = StatementRef { identity_policy: None, index: 1 };
    assert_eq!(found.determining, [of_key, own(1)]);
    let found =
        verdict("key", ("alice", "kms:Decrypt", ""), policy, "Deny kms:Dec* * ; Deny kms:* *");
    assert_eq!(found.determining, [own(0), own(1)]);
}

fn text(kind: Kind<'_>, change: &str) -> String {
    if change.starts_with(['{', '[']) || change.is_empty() && kind == Kind::Key {
        return change.to_owned();
    }
    let resource = if matches!(kind, Kind::Bucket(_)) { "arn:aws:s3:::b/*" } else { "*" };
    let mut members = vec![
        ("Effect", r#""Allow""#.to_owned()),
        ("Principal", r#""*""#.to_owned()),
        ("Action", r#""kms:*""#.to_owned()),
        ("Resource", format!("{resource:?}")),
    ];
    if let Some(gone) = change.strip_prefix('-') {
        members.retain(|(name, _)| *name != gone);
    } else if let Some((name, value)) = change.split_once('=') {
        members.retain(|(other, _)| *other != name);
        members.push((name, value.to_owned()));
    }
    let members: Vec<_> = members.iter().map(|(n, v)| format!("{n:?}:{v}")).collect();
    format!(r#"{{"Statement":{{{}}}}}"#, members.join(","))
}

#[test]
fn the_table_of_documents_holds() {
    for row in rows(include_str!("tests/documents.txt")) {
        let [place, kind, change] = columns(row);
        let kind = match kind {
            "key" => Kind::Key,
            "bucket" => Kind::Bucket("b"),
            _ => Kind::Identity,
        };
        let text = text(kind, change);
        let found = Document::read(kind, &text);
        assert_eq!(found, Err(Malformed::At(place.to_owned())), "{text}");
    }
    for (kind, change) in [
        (Kind::Key, r#"Sid="""#),
        (Kind::Key, r#"Principal={"AWS":["*","111122223333","arn:aws:iam::111122223333:role/r"]}"#),
        (Kind::Key, r#"Condition={"StringLikeIfExists":{"KMS:viaservice":["x"]}}"#),
        (Kind::Bucket("b"), r#"Resource=["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#),
        (Kind::Identity, "-Principal"),
    ] {
        Document::read(kind, &text(kind, change)).unwrap();
    }
}

#[test]
fn a_document_may_be_as_long_as_its_limit() {
    for (kind, limit) in [(Kind::Key, 32_768), (Kind::Bucket("b"), 20_480), (Kind::Identity, 6_144)]
    {
        let change = if kind == Kind::Identity { "-Principal" } else { "Sid=\"\"" };
        let text = text(kind, change);
        let room = " ".repeat(limit - text.len());
        assert!(Document::read(kind, &(text.clone() + &room)).is_ok());
        assert_eq!(Document::read(kind, &(text + &room + " ")), Err(Malformed::TooLong));
    }
}

#[test]
fn patterns_match_whole_texts() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("?", "", false),
        ("a*c", "abcbc", true),
        ("a*c", "abcb", false),
        ("**a", "bca", true),
        ("*a*", "bcd", false),
        ("?é", "éé", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
    assert!(!matches(KEY, OTHER_KEY));
}
