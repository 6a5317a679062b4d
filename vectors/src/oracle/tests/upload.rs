//! Uploads in parts: what the creation fixes, parts, completion, abort, and their refusals.

use super::bench::{get, kms, named, put};
use super::*;
use serde_json::{Value, json};

fn create(sse: Value) -> Value {
    let metadata = json!({ "colour": "red" });
    let fields = json!({ "bucket": "one", "key": "u", "sse": sse, "metadata": metadata });
    json!({ "CreateMultipartUpload": fields })
}

fn part(id: &Value, number: u32, len: u64) -> Value {
    let body = json!({ "pattern": { "seed": 1, "len": len } });
    json!({ "UploadPart": {
        "bucket": "one", "key": "u", "upload_id": id, "part_number": number, "body": body
    } })
}

fn complete(id: &Value, parts: &[u32]) -> Value {
    let parts: Vec<_> = parts
        .iter()
        .map(|number| json!({ "part_number": number, "etag": format!("part-{number}") }))
        .collect();
    json!({ "CompleteMultipartUpload": {
        "bucket": "one", "key": "u", "upload_id": id, "parts": parts
    } })
}

fn abort(id: &Value) -> Value {
    json!({ "AbortMultipartUpload": { "bucket": "one", "key": "u", "upload_id": id } })
}

fn open(bench: &mut Bench, sse: Value) -> Value {
    bench.ok(ROOT, create(sse))["upload_id"].clone()
}

#[test]
fn an_upload_becomes_an_object() {
    let mut bench = Bench::new();
    let key = bench.key();
    let id = open(&mut bench, kms(&key));
    let rule = json!({ "bucket": "one", "rules": [{ "algorithm": "AES256" }] });
    bench.ok(ROOT, json!({ "PutBucketEncryption": rule }));
    bench.ok(ROOT, put("u", json!({})));
    for (number, len) in [(1, 20), (3, 4), (2, 3), (2, 10)] {
        let reply = bench.ok(ROOT, part(&id, number, len));
        assert!(reply["sse"].get("context").is_none());
        assert_eq!(reply["sse"]["algorithm"], "aws:kms");
    }
    bench.ok(ROOT, json!({ "DeleteObject": { "bucket": "one", "key": "u" } }));
    let reply = bench.ok(ROOT, complete(&id, &[1, 2, 3]));
    assert!(reply["sse"].get("context").is_none());
    let shown = bench.ok(ROOT, get("u"));
    assert_eq!((&shown["size"], &shown["metadata"]["colour"]), (&json!(34), &json!("red")));
    assert_eq!(shown["sse"]["algorithm"], "aws:kms");
    let expected = [("CreateKey", 1), ("GenerateDataKey", 1), ("Decrypt", 4 + 1 + 1)];
    let names = bench.names(0);
    for (name, count) in expected {
        assert_eq!(names.iter().filter(|other| *other == name).count(), count, "{name}");
    }
    for operation in [part(&id, 1, 1), complete(&id, &[1]), abort(&id)] {
        assert_eq!(bench.no(ROOT, operation), "no-such-upload");
    }
}

#[test]
fn parts_and_completions_are_checked() {
    let mut bench = Bench::new();
    let id = open(&mut bench, json!({}));
    for number in [0, 10_001] {
        assert_eq!(bench.no(ROOT, part(&id, number, 1)), "invalid-argument");
    }
    let mut headed = part(&id, 1, 1);
    headed["UploadPart"]["sse"] = json!({ "algorithm": "AES256" });
    assert_eq!(bench.no(ROOT, headed), "invalid-argument");
    for (number, len) in [(1, 10), (2, 9), (3, 0), (10_000, 1)] {
        bench.ok(ROOT, part(&id, number, len));
    }
    for (parts, expected) in [
        (vec![], "malformed-xml"),
        (vec![2, 1], "invalid-part-order"),
        (vec![1, 1], "invalid-part-order"),
        (vec![1, 4], "invalid-part"),
        (vec![0], "invalid-part"),
        (vec![1, 2, 3], "entity-too-small"),
        (vec![3, 10_000], "entity-too-small"),
    ] {
        assert_eq!(bench.no(ROOT, complete(&id, &parts)), expected, "{parts:?}");
    }
    let mut other = complete(&id, &[1]);
    other["CompleteMultipartUpload"]["parts"][0]["etag"] = json!("x");
    assert_eq!(bench.no(ROOT, other), "invalid-part");
    assert_eq!(bench.no(ROOT, get("u")), "no-such-key");
    bench.ok(ROOT, complete(&id, &[1, 2]));
    assert_eq!(bench.ok(ROOT, get("u"))["size"], json!(19));
}

#[test]
fn an_upload_is_open_for_its_own_name_only() {
    let mut bench = Bench::new();
    let id = open(&mut bench, json!({}));
    bench.ok(ROOT, part(&id, 1, 1));
    for (operation, name) in [
        (part(&id, 1, 1), "UploadPart"),
        (complete(&id, &[1]), "CompleteMultipartUpload"),
        (abort(&id), "AbortMultipartUpload"),
    ] {
        let mut other = operation.clone();
        other[name]["key"] = json!("v");
        assert_eq!(bench.no(ROOT, other), "no-such-upload");
        let mut other = operation.clone();
        other[name]["bucket"] = json!("none");
        assert_eq!(bench.no(ROOT, other), "no-such-bucket");
        assert_eq!(bench.no(OTHER, operation), "access-denied");
    }
    bench.ok(ROOT, abort(&id));
    assert_eq!(bench.no(ROOT, complete(&id, &[1])), "no-such-upload");
    assert_eq!(bench.no(ROOT, part(&json!("none"), 1, 1)), "no-such-upload");
}

#[test]
fn an_upload_needs_its_key() {
    let mut bench = Bench::new();
    let key = bench.key();
    let id = open(&mut bench, kms(&key));
    bench.ok(ROOT, part(&id, 1, 1));
    bench.ok(ROOT, named("DisableKey", &key));
    assert_eq!(bench.no(ROOT, part(&id, 2, 1)), "key-disabled");
    assert_eq!(bench.no(ROOT, complete(&id, &[1])), "key-disabled");
    assert_eq!(bench.no(ROOT, create(kms(&key))), "key-disabled");
    bench.ok(ROOT, named("EnableKey", &key));
    bench.ok(ROOT, complete(&id, &[1]));
}
