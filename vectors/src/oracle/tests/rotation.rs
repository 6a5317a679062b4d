//! Rotation: histories of a key's material, and the clock.

use super::bench::{decrypt, generate, named};
use super::*;
use serde_json::{Value, json};

const DAY: u64 = 86_400;

fn enable(key: &str, days: u32) -> Value {
    json!({ "EnableKeyRotation": { "key_id": key, "rotation_period_in_days": days } })
}

fn rotations(bench: &mut Bench, key: &str) -> Vec<(u64, String)> {
    let reply = bench.ok(ROOT, named("ListKeyRotations", key));
    let listed = reply["rotations"].as_array().unwrap().iter();
    listed
        .map(|entry| {
            let kind = entry["rotation_type"].as_str().unwrap().to_owned();
            (entry["rotation_date"].as_u64().unwrap(), kind)
        })
        .collect()
}

fn status(bench: &mut Bench, key: &str) -> Value {
    let mut reply = bench.ok(ROOT, named("GetKeyRotationStatus", key));
    reply.as_object_mut().unwrap().remove("key_id");
    reply
}

#[test]
fn old_material_stays_and_new_material_is_used() {
    let mut bench = Bench::new();
    let key = bench.key();
    let mut made = vec![bench.ok(ROOT, generate(&key))];
    for _ in 0..3 {
        let reply = bench.ok(ROOT, named("RotateKeyOnDemand", &key));
        assert!(reply["key_id"].as_str().unwrap().starts_with("arn:aws:kms:"));
        made.push(bench.ok(ROOT, generate(&key)));
    }
    let mut ids: Vec<_> = made.iter().map(|reply| reply["key_material_id"].to_string()).collect();
    for reply in &made {
        let opened = bench.ok(ROOT, decrypt(&reply["ciphertext_blob"]));
        assert_eq!(opened["key_material_id"], reply["key_material_id"]);
        assert_eq!(reply["key_material_id"].as_str().unwrap().len(), 64);
    }
    let current = bench.ok(ROOT, named("DescribeKey", &key));
    let current = current["key_metadata"]["current_key_material_id"].to_string();
    assert_eq!(ids.last().unwrap(), &current);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let moved = bench.ok(
        ROOT,
        json!({ "ReEncrypt": {
        "ciphertext_blob": made[0]["ciphertext_blob"], "destination_key_id": key
    } }),
    );
    assert_eq!(moved["source_key_material_id"], made[0]["key_material_id"]);
    assert_eq!(moved["destination_key_material_id"].to_string(), current);
}

#[test]
fn the_clock_rotates_at_each_date() {
    let mut bench = Bench::new();
    let key = bench.key();
    let start = bench.now;
    assert_eq!(status(&mut bench, &key), json!({ "key_rotation_enabled": false }));
    bench.ok(ROOT, enable(&key, 90));
    assert_eq!(
        status(&mut bench, &key),
        json!({
            "key_rotation_enabled": true,
            "rotation_period_in_days": 90,
            "next_rotation_date": start + 90 * DAY,
        })
    );
    bench.advance(90 * DAY - 1);
    assert_eq!(rotations(&mut bench, &key), []);
    assert_eq!(bench.no(ROOT, named("RotateKeyOnDemand", &key)), "conflict");
    bench.advance(1 + 180 * DAY);
    let dates: Vec<_> = (1..4).map(|n| (start + n * 90 * DAY, "AUTOMATIC".to_owned())).collect();
    assert_eq!(rotations(&mut bench, &key), dates);
    assert_eq!(status(&mut bench, &key)["next_rotation_date"], json!(start + 360 * DAY));
    bench.ok(ROOT, enable(&key, 100));
    assert_eq!(status(&mut bench, &key)["next_rotation_date"], json!(bench.now + 100 * DAY));
    bench.ok(ROOT, named("DisableKeyRotation", &key));
    bench.ok(ROOT, named("DisableKeyRotation", &key));
    bench.advance(1000 * DAY);
    assert_eq!(rotations(&mut bench, &key).len(), 3);
    assert_eq!(bench.names(0).iter().filter(|name| *name == "RotateKey").count(), 3);
}

#[test]
fn on_demand_has_a_limit_and_keeps_the_schedule() {
    let mut bench = Bench::new();
    let key = bench.key();
    bench.ok(ROOT, enable(&key, 365));
    bench.advance(365 * DAY);
    let before = status(&mut bench, &key);
    for _ in 0..25 {
        bench.ok(ROOT, named("RotateKeyOnDemand", &key));
    }
    assert_eq!(bench.no(ROOT, named("RotateKeyOnDemand", &key)), "limit-exceeded");
    assert_eq!(status(&mut bench, &key), before);
    let kinds: Vec<_> = rotations(&mut bench, &key).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "ON_DEMAND").count(), 25);
    let all = json!({ "key_id": key, "include_key_material": "ALL_KEY_MATERIAL" });
    let all = bench.ok(ROOT, json!({ "ListKeyRotations": all }))["rotations"].clone();
    let all = all.as_array().unwrap();
    assert_eq!((all.len(), all[0].get("rotation_date")), (27, None));
    let current: Vec<_> =
        all.iter().filter(|entry| entry["key_material_state"] == "CURRENT").collect();
    assert_eq!(current, [all.last().unwrap()]);
}

#[test]
fn twenty_minutes_before_the_date_nothing_is_made_on_demand() {
    let mut bench = Bench::new();
    let key = bench.key();
    bench.ok(ROOT, enable(&key, 90));
    bench.advance(90 * DAY - 1201);
    bench.ok(ROOT, named("RotateKeyOnDemand", &key));
    bench.advance(1);
    assert_eq!(bench.no(ROOT, named("RotateKeyOnDemand", &key)), "conflict");
}

#[test]
fn a_disabled_key_catches_up_once() {
    let mut bench = Bench::new();
    let key = bench.key();
    bench.ok(ROOT, enable(&key, 90));
    let before = status(&mut bench, &key);
    bench.ok(ROOT, named("DisableKey", &key));
    bench.advance(300 * DAY);
    assert_eq!((status(&mut bench, &key), rotations(&mut bench, &key)), (before, vec![]));
    bench.ok(ROOT, named("EnableKey", &key));
    let (now, kind) = (bench.now, "AUTOMATIC".to_owned());
    assert_eq!(rotations(&mut bench, &key), [(now, kind)]);
    assert_eq!(status(&mut bench, &key)["next_rotation_date"], json!(now + 90 * DAY));
    let names = bench.names(0);
    let at = names.iter().position(|name| name == "EnableKey").unwrap();
    assert_eq!(names[at + 1], "RotateKey");
}

#[test]
fn a_key_in_pending_deletion_shows_nothing_and_keeps_its_setting() {
    let mut bench = Bench::new();
    let key = bench.key();
    bench.ok(ROOT, enable(&key, 90));
    let before = status(&mut bench, &key);
    bench.advance(80 * DAY);
    bench.ok(ROOT, named("ScheduleKeyDeletion", &key));
    assert_eq!(status(&mut bench, &key), json!({ "key_rotation_enabled": false }));
    bench.advance(20 * DAY);
    bench.ok(ROOT, named("CancelKeyDeletion", &key));
    assert_eq!((status(&mut bench, &key), rotations(&mut bench, &key)), (before, vec![]));
}

#[test]
fn events_of_all_keys_run_in_the_order_of_time() {
    let mut bench = Bench::new();
    let (one, two, three) = (bench.key(), bench.key(), bench.key());
    bench.ok(ROOT, enable(&two, 90));
    bench.ok(ROOT, enable(&one, 90));
    bench.advance(65 * DAY);
    bench.ok(ROOT, named("ScheduleKeyDeletion", &three));
    let from = bench.oracle.state.trail.len();
    bench.advance(200 * DAY);
    let arns: Vec<_> = bench.oracle.state.trail[from..]
        .iter()
        .map(|entry| {
            (entry.event_name.as_str(), entry.resources[0].arn.rsplit('/').next().unwrap())
        })
        .collect();
    let expected = [
        ("RotateKey", one.as_str()),
        ("RotateKey", &two),
        ("DeleteKey", &three),
        ("RotateKey", &one),
        ("RotateKey", &two),
    ];
    assert_eq!(arns, expected);
    let beyond = json!({ "AdvanceClock": { "seconds": u64::MAX } });
    assert_eq!(bench.no(ROOT, beyond), "invalid-argument");
}

#[test]
fn the_managed_key_rotates_every_year() {
    let mut bench = Bench::new();
    bench.ok(ROOT, bench::put("k", json!({ "algorithm": "aws:kms" })));
    let key = bench.ok(ROOT, named("DescribeKey", "alias/aws/s3"))["key_metadata"].clone();
    let key = key["key_id"].as_str().unwrap().to_owned();
    let start = bench.now;
    bench.advance(800 * DAY);
    let dates: Vec<_> = (1..3).map(|n| (start + n * 365 * DAY, "AUTOMATIC".to_owned())).collect();
    assert_eq!(rotations(&mut bench, &key), dates);
    assert_eq!(status(&mut bench, &key)["rotation_period_in_days"], 365);
    bench.ok(ROOT, bench::get("k"));
    assert_eq!(bench.no(ROOT, named("RotateKeyOnDemand", &key)), "access-denied");
    assert_eq!(bench.no(ROOT, named("DisableKeyRotation", &key)), "access-denied");
}

#[test]
fn the_service_key_rotates_without_a_trace() {
    let mut bench = Bench::new();
    bench.ok(ROOT, bench::put("k", json!({})));
    let (before, trail) = (bench.ok(ROOT, bench::get("k")), bench.entries(ROOT));
    bench.ok(ROOT, json!({ "RotateServiceKey": {} }));
    assert_eq!(bench.oracle.state.service_version, 2);
    assert_eq!((bench.ok(ROOT, bench::get("k")), bench.entries(ROOT)), (before, trail));
}
