//! The data plane: modes and precedence, ranges, bucket defaults, copies, refusals in their order.

use super::super::Decision;
use super::bench::{get, kms, named, put};
use super::*;
use serde_json::{Value, json};

fn default(rule: Value) -> Value {
    json!({ "PutBucketEncryption": { "bucket": "one", "rules": [rule] } })
}

fn copy(from: &str, to: &str, sse: Value) -> Value {
    json!({ "CopyObject": {
        "source": { "bucket": "one", "key": from }, "bucket": "one", "key": to, "sse": sse
    } })
}

fn arn(key: &str) -> String {
    format!("arn:aws:kms:eu-central-1:111122223333:key/{key}")
}

#[test]
fn header_before_default_before_sse_s3() {
    let mut bench = Bench::new();
    let (head, rule) = (bench.key(), bench.key());
    let managed = bench.ok(ROOT, put("k", json!({ "algorithm": "aws:kms" })));
    let managed = managed["sse"]["kms_key_id"].as_str().unwrap().to_owned();
    let headers = [json!({}), json!({ "algorithm": "AES256" }), json!({ "algorithm": "aws:kms" })];
    let headers = headers.into_iter().chain([kms(&head)]);
    let defaults = [
        json!({ "algorithm": "AES256" }),
        json!({ "algorithm": "aws:kms" }),
        json!({ "algorithm": "aws:kms", "kms_key_id": rule }),
    ];
    let (head, rule) = (arn(&head), arn(&rule));
    let expected = [
        [None, Some(&managed), Some(&rule)],
        [None, None, None],
        [Some(&managed); 3],
        [Some(&head); 3],
    ];
    for (header, row) in headers.zip(expected) {
        for (default_rule, expected) in defaults.iter().zip(row) {
            bench.ok(ROOT, default(default_rule.clone()));
            let copy = copy("k", "c", header.clone());
            let upload = json!({ "bucket": "one", "key": "u", "sse": header });
            for write in
                [put("p", header.clone()), json!({ "CreateMultipartUpload": upload }), copy]
            {
                if header == json!({}) && write.get("CopyObject").is_some() {
                    bench.ok(ROOT, put("k", kms(&head)));
                }
                let shown = bench.ok(ROOT, write)["sse"].clone();
                let key = shown.get("kms_key_id").and_then(Value::as_str);
                assert_eq!(key, expected.map(String::as_str), "{header} {default_rule}");
                let algorithm = if expected.is_some() { "aws:kms" } else { "AES256" };
                assert_eq!(shown["algorithm"], algorithm);
            }
        }
    }
    for lone in [
        json!({ "kms_key_id": head }),
        json!({ "context": { "pairs": {} } }),
        json!({ "algorithm": "AES256", "kms_key_id": head }),
        json!({ "algorithm": "" }),
        json!({ "algorithm": "aws:kms", "kms_key_id": "" }),
        json!({ "algorithm": "aws:kms", "context": { "raw": "e30" } }),
        json!({ "algorithm": "aws:kms", "context": { "pairs": { "aws:s3:arn": "x" } } }),
    ] {
        assert_eq!(bench.no(ROOT, put("k", lone.clone())), "invalid-argument", "{lone}");
    }
    for name in ["aws:kms:dsse", "aws:fsx", "aws:backup"] {
        let refused = bench.no(ROOT, put("k", json!({ "algorithm": name })));
        assert_eq!(refused, "unsupported-operation");
    }
}

#[test]
fn a_default_is_set_shown_and_removed() {
    let mut bench = Bench::new();
    let show = json!({ "GetBucketEncryption": { "bucket": "one" } });
    let initial = json!([{ "algorithm": "AES256" }]);
    assert_eq!(bench.ok(ROOT, show.clone())["rules"], initial);
    for (rules, expected) in [
        (json!([]), "malformed-xml"),
        (json!([{ "algorithm": "AES256" }, { "algorithm": "AES256" }]), "malformed-xml"),
        (json!([{ "algorithm": "AES" }]), "malformed-xml"),
        (json!([{ "algorithm": "AES256", "kms_key_id": "x" }]), "invalid-argument"),
        (json!([{ "algorithm": "aws:kms:dsse" }]), "unsupported-operation"),
        (json!([{ "algorithm": "aws:kms", "kms_key_id": "no-such-key" }]), "ok"),
    ] {
        let put = json!({ "PutBucketEncryption": { "bucket": "one", "rules": rules } });
        assert_eq!(bench.outcome(ROOT, put), expected, "{rules}");
    }
    let rules = json!([{ "algorithm": "aws:kms", "kms_key_id": "no-such-key" }]);
    assert_eq!(bench.ok(ROOT, show.clone())["rules"], rules);
    let refused = bench.run(ROOT, &put("k", json!({}))).unwrap_err();
    assert_eq!(refused.code, "KMS.NotFoundException");
    let delete = json!({ "DeleteBucketEncryption": { "bucket": "one" } });
    bench.ok(ROOT, delete.clone());
    bench.ok(ROOT, delete);
    assert_eq!(bench.ok(ROOT, show)["rules"], initial);
    bench.ok(ROOT, put("k", json!({})));
    for operation in ["GetBucketEncryption", "DeleteBucketEncryption", "GetBucketPolicy"] {
        let elsewhere = json!({ operation: { "bucket": "none" } });
        assert_eq!(bench.no(ROOT, elsewhere), "no-such-bucket");
        assert_eq!(bench.no(OTHER, json!({ operation: { "bucket": "one" } })), "access-denied");
    }
}

#[test]
fn ranges_follow_the_standard() {
    let mut bench = Bench::new();
    bench.ok(ROOT, put("k", json!({})));
    let mut span = |range: Value| {
        let get = json!({ "bucket": "one", "key": "k", "range": range });
        let operation = serde_json::from_value(json!({ "GetObject": get })).unwrap();
        match bench
            .with(|oracle, moment| oracle.decide(moment, &sse_spec::Caller::new(ROOT), &operation))
        {
            Decision::Get(plan) => Some((plan.span.start, plan.span.end)),
            Decision::Refused(refused) => {
                assert_eq!(refused.class, sse_spec::Class::InvalidRange);
                None
            }
            other => panic!("{other:?}"),
        }
    };
    let between = |first: u64, last: u64| json!({ "from_to": { "first": first, "last": last } });
    assert_eq!(span(between(2, 3)), Some((2, 4)));
    assert_eq!(span(between(4, u64::MAX)), Some((4, 5)));
    assert_eq!(span(between(3, 2)), None);
    assert_eq!(span(json!({ "from": { "first": 5 } })), None);
    assert_eq!(span(json!({ "last": { "length": 3 } })), Some((2, 5)));
    assert_eq!(span(json!({ "last": { "length": 30 } })), Some((0, 5)));
    assert_eq!(span(json!({ "last": { "length": 0 } })), None);
}

#[test]
fn metadata_has_limits() {
    let mut bench = Bench::new();
    let with = |metadata: Value| {
        let mut put = put("k", json!({}));
        put["PutObject"]["metadata"] = metadata;
        put
    };
    bench.ok(ROOT, with(json!({ "a": "x".repeat(2047) })));
    let many: serde_json::Map<_, _> = (0..65).map(|n| (n.to_string(), json!(""))).collect();
    for metadata in [json!({ "a": "x".repeat(2048) }), json!({ "": "x" }), Value::Object(many)] {
        assert_eq!(bench.no(ROOT, with(metadata)), "invalid-argument");
    }
}

#[test]
fn a_copy_takes_bytes_and_metadata_and_nothing_else() {
    let mut bench = Bench::new();
    let key = bench.key();
    let mut source = put("k", kms(&key));
    source["PutObject"]["metadata"] = json!({ "colour": "red" });
    source["PutObject"]["sse"]["context"] = json!({ "pairs": { "dept": "a" } });
    bench.ok(ROOT, source);
    let head = |key: &str| json!({ "HeadObject": { "bucket": "one", "key": key } });
    assert_eq!(bench.ok(ROOT, copy("k", "c", json!({})))["sse"], json!({ "algorithm": "AES256" }));
    assert_eq!(bench.ok(ROOT, head("c"))["metadata"], json!({ "colour": "red" }));
    let shown = bench.ok(ROOT, copy("k", "c", kms(&key)))["sse"].clone();
    assert_eq!(shown["context"], json!({ "aws:s3:arn": "arn:aws:s3:::one/c" }));
    let mut replacing = copy("k", "c", json!({}));
    replacing["CopyObject"]["replace_metadata"] = json!({});
    bench.ok(ROOT, replacing.clone());
    assert_eq!(bench.ok(ROOT, head("c"))["metadata"], json!({}));
    assert_eq!(bench.ok(ROOT, head("c"))["size"], json!(5));
    assert_eq!(bench.no(ROOT, copy("k", "k", json!({}))), "invalid-request");
    replacing["CopyObject"]["key"] = json!("k");
    bench.ok(ROOT, replacing);
    bench.ok(ROOT, copy("k", "k", json!({ "algorithm": "AES256" })));
}

#[test]
fn a_copy_is_refused_by_the_first_check_that_fails() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    bench.ok(ROOT, put("k", kms(&one)));
    let elsewhere = |source: &str, destination: &str| {
        json!({ "CopyObject": {
        "source": { "bucket": source, "key": "none" }, "bucket": destination, "key": "c"
    } })
    };
    assert_eq!(bench.no(ROOT, elsewhere("none", "one")), "no-such-bucket");
    assert_eq!(bench.no(ROOT, elsewhere("one", "none")), "no-such-bucket");
    assert_eq!(bench.no(OTHER, elsewhere("one", "one")), "access-denied");
    assert_eq!(bench.no(ROOT, elsewhere("one", "one")), "no-such-key");
    let bad = json!({ "algorithm": "AES" });
    assert_eq!(bench.no(ROOT, copy("none", "none", bad)), "invalid-argument");
    bench.ok(ROOT, put("c", json!({})));
    bench.ok(ROOT, named("DisableKey", &two));
    let from = bench.oracle.state.trail.len();
    assert_eq!(bench.no(ROOT, copy("k", "c", kms(&two))), "key-disabled");
    assert_eq!(bench.names(from), ["Decrypt", "GenerateDataKey"]);
    let from = bench.oracle.state.trail.len();
    assert_eq!(bench.no(ROOT, copy("k", "c", kms("alias/none"))), "key-not-found");
    assert_eq!(bench.names(from), ["Decrypt"]);
    bench.ok(ROOT, named("DisableKey", &one));
    let from = bench.oracle.state.trail.len();
    assert_eq!(bench.no(ROOT, copy("k", "c", kms(&two))), "key-disabled");
    assert_eq!(bench.names(from), ["Decrypt"]);
    let shown = bench.ok(ROOT, get("c"))["sse"].clone();
    assert_eq!(shown, json!({ "algorithm": "AES256" }));
}

#[test]
fn a_bucket_has_a_legal_and_new_name() {
    let mut bench = Bench::new();
    let create = |name: &str| json!({ "CreateBucket": { "bucket": name } });
    for name in ["ab", "Abc", "-ab", "ab-", "a..b", "a_b", &"a".repeat(64)] {
        assert_eq!(bench.no(ROOT, create(name)), "invalid-bucket-name", "{name}");
    }
    assert_eq!(bench.no(OTHER, create("one")), "bucket-exists");
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    assert_eq!(bench.no(nobody, create("two")), "access-denied");
    bench.ok(OTHER, create("two"));
}
