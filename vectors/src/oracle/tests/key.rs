//! Keys: the table of states, identifiers, deletion, what Decrypt and ReEncrypt make of a blob.

use super::bench::{decrypt, generate, get, kms, named, put};
use super::*;
use serde_json::{Value, json};

/// Every operation on a key and its outcome when the key is Enabled, Disabled, PendingDeletion
/// (AWS KMS Developer Guide, key-state).
const STATES: &[(&str, [&str; 3])] = &[
    ("GenerateDataKey", ["ok", "key-disabled", "invalid-key-state"]),
    ("GenerateDataKeyWithoutPlaintext", ["ok", "key-disabled", "invalid-key-state"]),
    ("Encrypt", ["ok", "key-disabled", "invalid-key-state"]),
    ("Decrypt", ["ok", "key-disabled", "invalid-key-state"]),
    ("ReEncrypt", ["ok", "key-disabled", "invalid-key-state"]),
    ("ReEncrypt to", ["ok", "key-disabled", "invalid-key-state"]),
    ("DescribeKey", ["ok", "ok", "ok"]),
    ("GetKeyPolicy", ["ok", "ok", "ok"]),
    ("PutKeyPolicy", ["ok", "ok", "ok"]),
    ("ListAliases", ["ok", "ok", "ok"]),
    ("GetKeyRotationStatus", ["ok", "ok", "ok"]),
    ("ListKeyRotations", ["ok", "ok", "ok"]),
    ("CreateAlias", ["ok", "ok", "invalid-key-state"]),
    ("UpdateAlias to", ["ok", "ok", "invalid-key-state"]),
    ("UpdateAlias from", ["ok", "ok", "ok"]),
    ("DeleteAlias", ["ok", "ok", "ok"]),
    ("EnableKey", ["ok", "ok", "invalid-key-state"]),
    ("DisableKey", ["ok", "ok", "invalid-key-state"]),
    ("ScheduleKeyDeletion", ["ok", "ok", "invalid-key-state"]),
    ("CancelKeyDeletion", ["invalid-key-state", "invalid-key-state", "ok"]),
    ("EnableKeyRotation", ["ok", "key-disabled", "invalid-key-state"]),
    ("DisableKeyRotation", ["ok", "key-disabled", "invalid-key-state"]),
    ("RotateKeyOnDemand", ["ok", "key-disabled", "invalid-key-state"]),
];

fn operation(row: &str, key: &str, other: &str, blobs: &[Value; 2]) -> Value {
    let name = row.split(' ').next().unwrap();
    let alias = |alias: &str, target: &str| {
        json!({ name: {
        "alias_name": alias, "target_key_id": target
    } })
    };
    match row {
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            json!({ name: { "key_id": key, "key_spec": "AES_256" } })
        }
        "Encrypt" => json!({ name: { "key_id": key, "plaintext": "00" } }),
        "Decrypt" => decrypt(&blobs[0]),
        "ReEncrypt" => {
            json!({ name: { "ciphertext_blob": blobs[0], "destination_key_id": other } })
        }
        "ReEncrypt to" => {
            json!({ name: { "ciphertext_blob": blobs[1], "destination_key_id": key } })
        }
        "PutKeyPolicy" => json!({ name: { "key_id": key, "policy": policy() } }),
        "CreateAlias" => alias("alias/new", key),
        "UpdateAlias to" => alias("alias/other", key),
        "UpdateAlias from" => alias("alias/own", other),
        "DeleteAlias" => json!({ name: { "alias_name": "alias/own" } }),
        _ => named(name, key),
    }
}

fn policy() -> String {
    json!({ "Statement": bench::statement("Allow", ROOT, "kms:*", "*") }).to_string()
}

#[test]
fn every_row_of_the_table_of_states() {
    for (row, expected) in STATES {
        for (state, expected) in expected.iter().enumerate() {
            let mut bench = Bench::new();
            let (key, other) = (bench.key(), bench.key());
            let blob = |bench: &mut Bench, key: &str| {
                bench.ok(ROOT, generate(key))["ciphertext_blob"].clone()
            };
            let blobs = [blob(&mut bench, &key), blob(&mut bench, &other)];
            for (alias, target) in [("alias/own", &key), ("alias/other", &other)] {
                let fields = json!({ "alias_name": alias, "target_key_id": target });
                bench.ok(ROOT, json!({ "CreateAlias": fields }));
            }
            match state {
                0 => {}
                1 => drop(bench.ok(ROOT, named("DisableKey", &key))),
                _ => drop(bench.ok(ROOT, named("ScheduleKeyDeletion", &key))),
            }
            let before = bench.oracle.state.clone();
            let asked = operation(row, &key, &other, &blobs);
            let outcome = bench.outcome(ROOT, asked);
            assert_eq!(outcome, *expected, "{row} in state {state}");
            let state = &bench.oracle.state;
            if outcome == "ok" {
                continue;
            }
            assert_eq!(state.keys, before.keys, "{row}: a refusal changes nothing");
            assert_eq!(state.trail.len(), before.trail.len() + 1, "{row}");
        }
    }
}

#[test]
fn states_follow_the_transitions() {
    let mut bench = Bench::new();
    let key = bench.key();
    let described =
        |bench: &mut Bench| bench.ok(ROOT, named("DescribeKey", &key))["key_metadata"].clone();
    bench.ok(ROOT, named("DisableKey", &key));
    assert_eq!(described(&mut bench)["key_state"], "Disabled");
    bench.ok(
        ROOT,
        json!({ "ScheduleKeyDeletion": {
        "key_id": key, "pending_window_in_days": 7
    } }),
    );
    let shown = described(&mut bench);
    assert_eq!(shown["deletion_date"], json!(bench.now + 7 * 86_400));
    assert_eq!(
        (&shown["key_state"], &shown["enabled"]),
        (&json!("PendingDeletion"), &json!(false))
    );
    bench.ok(ROOT, named("CancelKeyDeletion", &key));
    let shown = described(&mut bench);
    assert_eq!((&shown["key_state"], shown.get("deletion_date")), (&json!("Disabled"), None));
    bench.advance(31 * 86_400);
    bench.ok(ROOT, named("EnableKey", &key));
    assert_eq!(described(&mut bench)["enabled"], json!(true));
    for days in [6, 31] {
        let fields = json!({ "key_id": key, "pending_window_in_days": days });
        assert_eq!(bench.no(ROOT, json!({ "ScheduleKeyDeletion": fields })), "invalid-argument");
    }
}

#[test]
fn a_deleted_key_is_gone_and_its_traces_stay() {
    let mut bench = Bench::new();
    let key = bench.key();
    let fields = json!({ "alias_name": "alias/a", "target_key_id": key });
    bench.ok(ROOT, json!({ "CreateAlias": fields }));
    bench.ok(ROOT, put("k", kms("alias/a")));
    let blob = bench.ok(ROOT, generate(&key))["ciphertext_blob"].clone();
    bench.ok(ROOT, named("ScheduleKeyDeletion", &key));
    assert_eq!(bench.no(ROOT, get("k")), "invalid-key-state");
    bench.advance(30 * 86_400 - 1);
    assert_eq!(bench.no(ROOT, generate(&key)), "invalid-key-state");
    bench.advance(1);
    for operation in [
        generate(&key),
        named("DescribeKey", &key),
        named("DescribeKey", "alias/a"),
        named("CancelKeyDeletion", &key),
        json!({ "DeleteAlias": { "alias_name": "alias/a" } }),
        decrypt(&blob),
        get("k"),
    ] {
        assert_eq!(bench.no(ROOT, operation.clone()), "key-not-found", "{operation}");
    }
    bench.ok(ROOT, json!({ "HeadObject": { "bucket": "one", "key": "k" } }));
    assert_eq!(bench.ok(ROOT, json!({ "ListKeys": {} }))["keys"], json!([]));
    assert_eq!(bench.ok(ROOT, json!({ "ListAliases": {} }))["aliases"], json!([]));
    let usage = bench.ok(ROOT, json!({ "GetKeyUsage": {} }));
    assert_eq!((&usage["keys"], &usage["requests"][0]["count"]), (&json!([]), &json!(2)));
    let last = bench.entries(ROOT).pop().unwrap();
    assert_eq!((&last["eventName"], &last["readOnly"]), (&json!("DeleteKey"), &json!(false)));
    assert_eq!(last["userIdentity"]["invokedBy"], "AWS Internal");
}

#[test]
fn identifiers_are_looked_up_in_their_account() {
    let mut bench = Bench::new();
    let key = bench.key();
    let fields = json!({ "alias_name": "alias/a", "target_key_id": key });
    bench.ok(ROOT, json!({ "CreateAlias": fields }));
    let arn = |rest: &str| format!("arn:aws:kms:eu-central-1:111122223333:{rest}");
    let of_key = arn(&format!("key/{key}"));
    for named in [key.as_str(), &of_key, "alias/a", &arn("alias/a")] {
        assert_eq!(bench.ok(ROOT, generate(named))["key_id"], json!(of_key));
    }
    for named in [
        "x",
        &key.to_uppercase().replace("8", "A"),
        "alias/b",
        &arn("x"),
        &arn("key/alias/a"),
        &of_key.replace("central", "north"),
        &of_key.replace("1111", "4444"),
        &of_key.replace("111122223333", ""),
        "arn:aws:kms",
    ] {
        assert_eq!(bench.no(ROOT, generate(named)), "key-not-found", "{named}");
    }
    for named in ["", &"x".repeat(2049)] {
        assert_eq!(bench.no(ROOT, generate(named)), "invalid-argument");
    }
    for alias in ["alias/a", &arn("alias/a")] {
        assert_eq!(bench.no(ROOT, named("EnableKey", alias)), "key-not-found");
        assert_eq!(bench.no(ROOT, named("GetKeyRotationStatus", alias)), "key-not-found");
    }
    assert_eq!(bench.no(OTHER, generate(&key)), "key-not-found");
    assert_eq!(bench.no(OTHER, generate(&of_key)), "access-denied");
}

#[test]
fn a_blob_is_judged_row_by_row() {
    let mut bench = Bench::new();
    let (one, two) = (bench.key(), bench.key());
    let blob = |key: &str, material: &str| {
        let text = json!({ "key": key, "material": material, "context": {} }).to_string();
        json!(hex::encode(text))
    };
    let good = bench.ok(ROOT, generate(&one))["ciphertext_blob"].clone();
    let (damaged, unknown) = (json!("00"), "00000000-0000-4000-8000-999999999999");
    let lost = blob(unknown, "m");
    let strange = blob(&one, "m");
    for (blob, named, expected) in [
        (&good, None, "ok"),
        (&good, Some(&one), "ok"),
        (&good, Some(&two), "incorrect-key"),
        (&damaged, None, "integrity"),
        (&damaged, Some(&one), "integrity"),
        (&lost, None, "key-not-found"),
        (&lost, Some(&one), "incorrect-key"),
        (&strange, None, "integrity"),
        (&strange, Some(&one), "integrity"),
        (&strange, Some(&two), "incorrect-key"),
    ] {
        let before = bench.oracle.state.trail.len();
        let asked = json!({ "Decrypt": { "ciphertext_blob": blob, "key_id": named } });
        assert_eq!(bench.outcome(ROOT, asked), expected, "{blob} {named:?}");
        let asked = json!({ "ReEncrypt": {
            "ciphertext_blob": blob, "source_key_id": named, "destination_key_id": two
        } });
        assert_eq!(bench.outcome(ROOT, asked), expected, "{blob} {named:?}");
        let resolves = named.is_some() || !matches!(blob, b if *b == damaged || *b == lost);
        let entries = bench.oracle.state.trail.len() - before;
        assert_eq!(entries, if resolves { 2 } else { 0 }, "{blob} {named:?}");
    }
    let wrong =
        json!({ "Decrypt": { "ciphertext_blob": good, "encryption_context": { "a": "b" } } });
    assert_eq!(bench.no(ROOT, wrong), "integrity");
}

#[test]
fn parameters_come_first() {
    let mut bench = Bench::new();
    let blob = "00".repeat(6145);
    for operation in [
        json!({ "GenerateDataKey": { "key_id": "x" } }),
        json!({ "GenerateDataKey": { "key_id": "x", "number_of_bytes": 1025 } }),
        json!({ "GenerateDataKeyWithoutPlaintext": { "key_id": "x", "key_spec": "AES_512" } }),
        json!({ "Encrypt": { "key_id": "x", "plaintext": "" } }),
        json!({ "Encrypt": { "key_id": "x", "plaintext": "00".repeat(4097) } }),
        json!({ "Decrypt": { "ciphertext_blob": "" } }),
        json!({ "Decrypt": { "ciphertext_blob": blob } }),
        json!({ "ReEncrypt": { "ciphertext_blob": "", "destination_key_id": "x" } }),
        json!({ "ReEncrypt": { "ciphertext_blob": "00", "destination_key_id": "" } }),
        json!({ "CreateKey": { "description": "x".repeat(8193) } }),
        json!({ "EnableKeyRotation": { "key_id": "x", "rotation_period_in_days": 89 } }),
        json!({ "EnableKeyRotation": { "key_id": "x", "rotation_period_in_days": 2561 } }),
        json!({ "ListKeyRotations": { "key_id": "x", "include_key_material": "ALL" } }),
    ] {
        assert_eq!(bench.no("nobody", operation.clone()), "invalid-argument", "{operation}");
    }
    assert_eq!(bench.oracle.state.trail.len(), 0);
    let other = json!({ "CreateKey": { "key_spec": "RSA_2048" } });
    assert_eq!(bench.no(ROOT, other), "unsupported-operation");
}
