//! Entries and counts: what each request leaves, what it never holds, who sees it.

use super::bench::{generate, get, kms, named, put, statement};
use super::*;
use serde_json::{Value, json};

/// The last entry without what differs each time.
fn last(bench: &mut Bench) -> Value {
    let mut entry = bench.entries(ROOT).pop().unwrap();
    for field in ["eventID", "eventTime"] {
        assert!(entry.as_object_mut().unwrap().remove(field).is_some());
    }
    entry
}

#[test]
fn an_entry_in_full() {
    let mut bench = Bench::new();
    let key = bench.key();
    assert_eq!(bench.entries(ROOT)[0]["eventTime"], "2001-09-09T01:46:40Z");
    assert_eq!(last(&mut bench)["requestParameters"], Value::Null);
    let mut headers = kms(&key);
    headers["context"] = json!({ "pairs": { "dept": "a" } });
    bench.ok(ROOT, put("k", headers));
    let arn = format!("arn:aws:kms:eu-central-1:111122223333:key/{key}");
    let context = json!({ "aws:s3:arn": "arn:aws:s3:::one/k", "dept": "a" });
    let mut expected = json!({
        "eventSource": "kms.amazonaws.com",
        "eventName": "GenerateDataKey",
        "awsRegion": "eu-central-1",
        "userIdentity": {
            "arn": ROOT, "accountId": "111122223333", "invokedBy": "s3.amazonaws.com"
        },
        "readOnly": true,
        "requestParameters": {
            "keyId": key, "keySpec": "AES_256", "encryptionContext": context
        },
        "responseElements": null,
        "resources": [{ "ARN": arn, "accountId": "111122223333", "type": "AWS::KMS::Key" }],
    });
    assert_eq!(last(&mut bench), expected);
    bench.ok(ROOT, get("k"));
    expected["eventName"] = json!("Decrypt");
    let algorithm = "SYMMETRIC_DEFAULT";
    expected["requestParameters"] =
        json!({ "keyId": arn, "encryptionAlgorithm": algorithm, "encryptionContext": context });
    assert_eq!(last(&mut bench), expected);
    bench.ok(ROOT, named("DisableKey", &key));
    let entry = last(&mut bench);
    assert_eq!(
        (&entry["readOnly"], &entry["requestParameters"]),
        (&json!(false), &json!({ "keyId": key }))
    );
    assert_eq!(bench.no(ROOT, generate(&key)), "key-disabled");
    let entry = last(&mut bench);
    assert_eq!(entry["errorCode"], "DisabledException");
    assert_eq!(entry["requestParameters"], json!({ "keyId": key, "keySpec": "AES_256" }));
}

#[test]
fn each_operation_shows_its_own_parameters() {
    let mut bench = Bench::new();
    let (key, other) = (bench.key(), bench.key());
    let blob = bench.ok(ROOT, generate(&key))["ciphertext_blob"].clone();
    let algorithm = "SYMMETRIC_DEFAULT";
    for (operation, parameters) in [
        (
            json!({ "Encrypt": {
                "key_id": key, "plaintext": "00", "encryption_context": { "a": "b" }
            } }),
            json!({
                "keyId": key, "encryptionAlgorithm": algorithm, "encryptionContext": { "a": "b" }
            }),
        ),
        (
            json!({ "GenerateDataKeyWithoutPlaintext": { "key_id": key, "number_of_bytes": 9 } }),
            json!({ "keyId": key, "numberOfBytes": 9 }),
        ),
        (
            json!({ "ReEncrypt": {
                "ciphertext_blob": blob,
                "source_key_id": key,
                "destination_key_id": other,
                "destination_encryption_context": { "c": "d" },
            } }),
            json!({
                "sourceKeyId": key,
                "sourceEncryptionAlgorithm": algorithm,
                "destinationKeyId": other,
                "destinationEncryptionAlgorithm": algorithm,
                "destinationEncryptionContext": { "c": "d" },
            }),
        ),
        (
            json!({ "CreateAlias": { "alias_name": "alias/a", "target_key_id": key } }),
            json!({ "aliasName": "alias/a", "targetKeyId": key }),
        ),
        (json!({ "DeleteAlias": { "alias_name": "alias/a" } }), json!({ "aliasName": "alias/a" })),
        (
            json!({ "EnableKeyRotation": { "key_id": key, "rotation_period_in_days": 90 } }),
            json!({ "keyId": key, "rotationPeriodInDays": 90 }),
        ),
        (named("EnableKeyRotation", &key), json!({ "keyId": key })),
        (named("ScheduleKeyDeletion", &key), json!({ "keyId": key })),
    ] {
        bench.ok(ROOT, operation.clone());
        let entry = last(&mut bench);
        assert_eq!(entry["requestParameters"], parameters, "{operation}");
        assert_eq!(entry["eventName"], json!(operation.as_object().unwrap().keys().next()));
    }
}

#[test]
fn re_encrypt_is_one_entry_of_two_keys() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    let blob = bench.ok(ROOT, generate(&one))["ciphertext_blob"].clone();
    let move_to = |key: &str| {
        json!({ "ReEncrypt": {
        "ciphertext_blob": blob, "destination_key_id": key
    } })
    };
    let ids = |entry: &Value| {
        let resources = entry["resources"].as_array().unwrap().iter();
        resources
            .map(|r| r["ARN"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    bench.ok(ROOT, move_to(&two));
    assert_eq!(ids(&last(&mut bench)), [one.clone(), two.clone()]);
    bench.ok(ROOT, move_to(&one));
    assert_eq!(ids(&last(&mut bench)), std::slice::from_ref(&one));
    bench.ok(ROOT, named("DisableKey", &two));
    assert_eq!(bench.no(ROOT, move_to(&two)), "key-disabled");
    assert_eq!(ids(&last(&mut bench)), [one.clone(), two.clone()]);
    let usage = bench.ok(ROOT, json!({ "GetKeyUsage": {} }))["requests"].clone();
    let arn = |key: &str| format!("arn:aws:kms:eu-central-1:111122223333:key/{key}");
    assert_eq!(
        usage,
        json!([
            { "key_id": arn(&one), "operation": "GenerateDataKey", "count": 1 },
            { "key_id": arn(&one), "operation": "ReEncrypt", "count": 2 },
            { "key_id": arn(&two), "operation": "ReEncrypt", "count": 1 },
        ])
    );
}

#[test]
fn an_update_of_an_alias_names_its_new_key() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    let alias = |name: &str, key: &str| {
        json!({ name: {
        "alias_name": "alias/a", "target_key_id": key
    } })
    };
    bench.ok(ROOT, alias("CreateAlias", &one));
    bench.ok(ROOT, alias("UpdateAlias", &two));
    let resources = last(&mut bench)["resources"].clone();
    assert_eq!(resources.as_array().unwrap().len(), 1);
    assert!(resources[0]["ARN"].as_str().unwrap().ends_with(&two));
}

#[test]
fn a_denial_stays_with_the_account_that_asked() {
    let mut bench = Bench::new();
    let key = bench.key();
    let arn = format!("arn:aws:kms:eu-central-1:111122223333:key/{key}");
    assert_eq!(bench.no(OTHER, generate(&arn)), "access-denied");
    assert_eq!(bench.entries(ROOT).len(), 1);
    let denied = bench.entries(OTHER);
    assert_eq!((denied.len(), &denied[0]["errorCode"]), (1, &json!("AccessDenied")));
    let policy = json!({ "Statement": [
        statement("Allow", ROOT, "kms:*", "*"), statement("Allow", OTHER, "kms:*", "*")
    ] });
    let fields = json!({ "key_id": key, "policy": policy.to_string() });
    bench.ok(ROOT, json!({ "PutKeyPolicy": fields }));
    bench.ok(OTHER, generate(&arn));
    bench.ok(ROOT, named("DisableKey", &key));
    assert_eq!(bench.no(OTHER, generate(&arn)), "key-disabled");
    let names = |entries: Vec<Value>| {
        entries.iter().map(|e| e["eventName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(bench.entries(OTHER)), ["GenerateDataKey"; 3]);
    let own = ["CreateKey", "PutKeyPolicy", "GenerateDataKey", "DisableKey", "GenerateDataKey"];
    assert_eq!(names(bench.entries(ROOT)), own);
    let usage = bench.ok(ROOT, json!({ "GetKeyUsage": {} }));
    assert_eq!(usage["requests"][0]["count"], json!(1));
    bench.advance(5);
    let usage = bench.ok(ROOT, json!({ "GetKeyUsage": {} }));
    assert_eq!(usage["keys"][0]["seconds"], json!(5));
}

#[test]
fn what_resolves_to_no_key_leaves_no_entry() {
    let mut bench = Bench::new();
    bench.ok(ROOT, put("k", json!({})));
    bench.ok(ROOT, get("k"));
    bench.ok(ROOT, json!({ "ListKeys": {} }));
    assert_eq!(bench.no(ROOT, generate("alias/none")), "key-not-found");
    assert_eq!(bench.no(ROOT, put("k", kms("alias/none"))), "key-not-found");
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    assert_eq!(bench.no(nobody, json!({ "CreateKey": {} })), "access-denied");
    assert_eq!(bench.oracle.state.trail, []);
}
