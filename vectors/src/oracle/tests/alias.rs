//! Aliases: names, uniqueness, the limit, what a change does not touch.

use super::bench::{allow, generate, get, kms, named, put};
use super::*;
use serde_json::{Value, json};

fn create(alias: &str, key: &str) -> Value {
    json!({ "CreateAlias": { "alias_name": alias, "target_key_id": key } })
}

fn update(alias: &str, key: &str) -> Value {
    json!({ "UpdateAlias": { "alias_name": alias, "target_key_id": key } })
}

fn delete(alias: &str) -> Value {
    json!({ "DeleteAlias": { "alias_name": alias } })
}

#[test]
fn names_have_a_form() {
    let mut bench = Bench::new();
    let key = bench.key();
    let long = format!("alias/{}", "x".repeat(250));
    for alias in ["alias/a", "alias/A", "alias/x/y_z-0", "alias/aws", long.as_str()] {
        bench.ok(ROOT, create(alias, &key));
    }
    let longer = format!("{long}x");
    let arn = "arn:aws:kms:eu-central-1:111122223333:alias/a";
    for alias in ["", "a", "alias/", "alias/a.b", "alias/ä", "alias/aws/s3", arn, &longer] {
        assert_eq!(bench.no(ROOT, create(alias, &key)), "invalid-argument", "{alias}");
        assert_eq!(bench.no(ROOT, update(alias, &key)), "invalid-argument", "{alias}");
        assert_eq!(bench.no(ROOT, delete(alias)), "invalid-argument", "{alias}");
    }
    assert_eq!(bench.no(ROOT, create("alias/a", &key)), "alias-exists");
    assert_eq!(bench.no(ROOT, update("alias/b", &key)), "key-not-found");
    assert_eq!(bench.no(ROOT, delete("alias/b")), "key-not-found");
    assert_eq!(bench.no(ROOT, create("alias/b", "alias/a")), "key-not-found");
}

#[test]
fn an_account_has_its_own_names() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    bench.ok(ROOT, create("alias/a", &one));
    let theirs = bench.ok(OTHER, json!({ "CreateKey": {} }))["key_metadata"].clone();
    bench.ok(OTHER, create("alias/a", theirs["key_id"].as_str().unwrap()));
    assert_eq!(bench.ok(OTHER, generate("alias/a"))["key_id"], theirs["arn"]);
    let foreign = theirs["arn"].as_str().unwrap();
    assert_eq!(bench.no(ROOT, create("alias/b", foreign)), "access-denied");
    assert_eq!(bench.no(ROOT, update("alias/a", foreign)), "access-denied");
    bench.ok(ROOT, create("alias/b", &two));
    let listed = bench.ok(ROOT, json!({ "ListAliases": {} }))["aliases"].clone();
    let names: Vec<_> =
        listed.as_array().unwrap().iter().map(|a| a["alias_name"].clone()).collect();
    assert_eq!(names, ["alias/a", "alias/b"]);
    let of_two = bench.ok(ROOT, json!({ "ListAliases": { "key_id": two } }))["aliases"].clone();
    assert_eq!(
        of_two,
        json!([{
            "alias_name": "alias/b",
            "alias_arn": "arn:aws:kms:eu-central-1:111122223333:alias/b",
            "target_key_id": two,
        }])
    );
    let of_foreign = bench.ok(ROOT, json!({ "ListAliases": { "key_id": foreign } }));
    assert_eq!(of_foreign["aliases"], json!([]));
    let unknown = json!({ "ListAliases": { "key_id": "x" } });
    assert_eq!(bench.no(ROOT, unknown), "key-not-found");
}

#[test]
fn fifty_aliases_are_the_limit() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    for number in 0..50 {
        bench.ok(ROOT, create(&format!("alias/{number}"), &one));
    }
    bench.ok(ROOT, create("alias/x", &two));
    assert_eq!(bench.no(ROOT, create("alias/y", &one)), "limit-exceeded");
    assert_eq!(bench.no(ROOT, update("alias/x", &one)), "limit-exceeded");
    assert_eq!(bench.ok(ROOT, named("DescribeKey", "alias/x"))["key_metadata"]["key_id"], two);
    bench.ok(ROOT, update("alias/1", &one));
    bench.ok(ROOT, delete("alias/1"));
    bench.ok(ROOT, update("alias/x", &one));
}

#[test]
fn a_stored_object_keeps_its_key() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    bench.ok(ROOT, create("alias/a", &one));
    let first = bench.ok(ROOT, put("k", kms("alias/a")))["sse"]["kms_key_id"].clone();
    bench.ok(ROOT, update("alias/a", &two));
    assert_eq!(bench.ok(ROOT, get("k"))["sse"]["kms_key_id"], first);
    let second = bench.ok(ROOT, put("k2", kms("alias/a")))["sse"]["kms_key_id"].clone();
    assert!(second.as_str().unwrap().ends_with(&two));
    bench.ok(ROOT, delete("alias/a"));
    bench.ok(ROOT, named("DisableKey", &one));
    bench.ok(ROOT, get("k2"));
    assert_eq!(bench.no(ROOT, get("k")), "key-disabled");
    assert_eq!(bench.no(ROOT, put("k", kms("alias/a"))), "key-not-found");
}

#[test]
fn alias_and_key_both_need_a_permission() {
    let mut bench = Bench::new();
    let key = bench.key();
    let of_key = format!("arn:aws:kms:eu-central-1:111122223333:key/{key}");
    let of_alias = "arn:aws:kms:eu-central-1:111122223333:alias/a";
    let one = bench.user("one", &allow("kms:*", &of_key));
    let two = bench.user("two", &allow("kms:*", of_alias));
    let both = bench.user(
        "both",
        &json!({ "Statement": {
        "Effect": "Allow", "Action": "kms:*", "Resource": [of_key, of_alias]
    } }),
    );
    assert_eq!(bench.no(&one, create("alias/a", &key)), "access-denied");
    assert_eq!(bench.no(&two, create("alias/a", &key)), "access-denied");
    bench.ok(&both, create("alias/a", &key));
    assert_eq!(bench.no(&one, delete("alias/a")), "access-denied");
    bench.ok(&both, delete("alias/a"));
}
