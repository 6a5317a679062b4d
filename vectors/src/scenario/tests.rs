//! Tests of judging, of twins and of the static checks.

use super::*;
use serde_json::json;
use sse_spec::Class;

fn scenario(steps: Value) -> Scenario {
    serde_json::from_value(json!({
        "id": "sse/one", "requirements": ["sse.put.no-such-bucket"], "profile": "core",
        "group": "sse-s3", "comment": "c", "steps": steps,
    }))
    .unwrap()
}

fn delete(bucket: &str, key: &str) -> Value {
    json!({"perform": {"DeleteObject": {"bucket": bucket, "key": key}}, "expect": {"reply": {}}})
}

fn create(bucket: &str) -> Value {
    json!({"perform": {"CreateBucket": {"bucket": bucket}}, "expect": {"reply": {}}})
}

fn world() -> Symbols {
    Symbols::new("w", "1", None, "r", "root", 0)
}

fn refusal(class: Class, code: &str, status: u16) -> Refusal {
    Refusal { class, code: code.to_owned(), status, message: "free".to_owned() }
}

#[test]
fn twins_differ_in_one_pointer() {
    let a = scenario(json!([create("b"), delete("b", "k")]));
    let b = scenario(json!([create("b"), delete("c", "k")]));
    let pointer = "/perform/DeleteObject/bucket".to_owned();
    assert_eq!(twin_difference(&a, &b), Ok(Difference::Pointer { step: 1, pointer }));
    let two = scenario(json!([create("b"), delete("c", "l")]));
    assert!(twin_difference(&a, &two).unwrap_err().contains("/key"));
    let twice = scenario(json!([create("c"), delete("c", "k")]));
    assert_eq!(twin_difference(&a, &twice), Err("steps 0 and 1 differ".to_owned()));
    assert_eq!(twin_difference(&a, &a), Err("they do the same".to_owned()));
}

#[test]
fn twins_differ_in_the_caller_or_in_a_field_more() {
    let mut a = scenario(json!([delete("b", "k")]));
    let mut b = a.clone();
    b.steps[0].caller = "${other_root}".to_owned();
    let difference = twin_difference(&a, &b).unwrap();
    assert_eq!(difference, Difference::Pointer { step: 0, pointer: "/caller".to_owned() });
    assert!(b.needs_other_account() && !a.needs_other_account());
    b = a.clone();
    a.steps[0].perform = json!({"GetObject": {"bucket": "b", "key": "k"}});
    assert_eq!(twin_difference(&a, &b), Ok(Difference::Replaced { step: 0 }));
    b.steps[0].perform = json!({"GetObject": {"bucket": "b", "key": "k", "sse": {"a": 1}}});
    let pointer = "/perform/GetObject/sse".to_owned();
    assert_eq!(twin_difference(&b, &a), Ok(Difference::Pointer { step: 0, pointer }));
    let mut renamed = a.clone();
    renamed.steps[0].perform = json!({"GetObject": {"bucket": "b", "Key": "k"}});
    let pointer = "/perform/GetObject/key".to_owned();
    assert_eq!(twin_difference(&a, &renamed), Ok(Difference::Pointer { step: 0, pointer }));
    renamed.steps[0].perform = json!({"GetObject": {"bucket": "b", "Key": "l"}});
    assert!(twin_difference(&a, &renamed).unwrap_err().contains("/Key"));
}

#[test]
fn twins_differ_in_one_step_more() {
    let long = scenario(json!([create("b"), create("c"), delete("b", "k")]));
    let short = scenario(json!([create("b"), delete("b", "k")]));
    assert_eq!(twin_difference(&long, &short), Ok(Difference::Added { step: 1 }));
    assert_eq!(twin_difference(&short, &long), Ok(Difference::Added { step: 1 }));
    let other = scenario(json!([create("x"), delete("b", "k")]));
    assert!(twin_difference(&long, &other).is_err());
    let one = scenario(json!([create("b")]));
    assert!(twin_difference(&long, &one).is_err());
}

#[test]
fn twins_expect_the_same_until_they_differ() {
    let refused = json!({"refused": {"kinds": ["conflict"]}});
    let a = scenario(json!([create("b"), delete("b", "k"), create("d")]));
    let mut b = scenario(json!([create("b"), delete("c", "k"), create("d")]));
    b.steps[1].expect = serde_json::from_value(refused.clone()).unwrap();
    b.steps[2].expect = serde_json::from_value(refused.clone()).unwrap();
    assert!(twin_difference(&a, &b).is_ok());
    b.steps[0].expect = serde_json::from_value(refused).unwrap();
    assert!(twin_difference(&a, &b).unwrap_err().contains("step 0 expects"));
}

#[test]
fn a_step_is_judged_by_kind_and_by_code_only_where_asked() {
    let step: Step = serde_json::from_value(json!({
        "perform": {"DeleteObject": {"bucket": "b", "key": "k"}},
        "expect": {"refused": {
            "kinds": ["not-found"],
            "aws": {"code": "NoSuchBucket", "status": 404},
        }},
    }))
    .unwrap();
    let judge = |got: &Refusal, codes| step.judge(Err(got), &world(), codes);
    let good = refusal(Class::NoSuchBucket, "NoSuchBucket", 404);
    assert_eq!(judge(&good, true), Ok(Next::Continue));
    let other_code = refusal(Class::NoSuchKey, "Gone", 404);
    assert_eq!(judge(&other_code, false), Ok(Next::Continue));
    assert!(judge(&other_code, true).is_err());
    assert!(judge(&refusal(Class::NoSuchBucket, "NoSuchBucket", 400), true).is_err());
    assert!(judge(&refusal(Class::AccessDenied, "NoSuchBucket", 404), false).is_err());
    assert!(step.judge(Ok(&json!({})), &world(), false).is_err());
}

#[test]
fn a_refusal_ends_a_scenario_that_accepts_either() {
    let mut step: Step = serde_json::from_value(delete("b", "k")).unwrap();
    let denied = refusal(Class::AccessDenied, "", 0);
    assert!(step.judge(Err(&denied), &world(), false).is_err());
    let expect = json!({"reply": {}, "refused": {"kinds": ["denied"]}});
    step.expect = serde_json::from_value(expect).unwrap();
    assert_eq!(step.judge(Err(&denied), &world(), false), Ok(Next::End));
    assert_eq!(step.judge(Ok(&json!({})), &world(), false), Ok(Next::Continue));
    assert!(step.judge(Ok(&json!({"x": 1})), &world(), false).is_err());
}

#[test]
fn a_refusal_is_compared_with_an_earlier_one() {
    let step: Step = serde_json::from_value(json!({
        "perform": {"DeleteObject": {"bucket": "b", "key": "k"}},
        "expect": {"refused": {"kinds": ["integrity"], "same_as": "${first}"}},
    }))
    .unwrap();
    let mut symbols = world();
    symbols
        .bind("first", json!({"class": "integrity", "code": "C", "status": 400, "message": "a"}));
    let judge = |got: &Refusal| step.judge(Err(got), &symbols, false);
    assert_eq!(judge(&refusal(Class::Integrity, "C", 400)), Ok(Next::Continue));
    assert!(judge(&refusal(Class::Integrity, "D", 400)).is_err());
    assert!(judge(&refusal(Class::DamagedStore, "C", 400)).is_err());
}

fn findings(change: impl FnOnce(&mut ScenarioFile)) -> String {
    let step = json!({
        "perform": {"CreateKey": {}},
        "expect": {"reply": {"key_metadata": {
            "key_id": {"$any": "key-id"}, "arn": {"$any": "key-arn"}, "account_id": "${account}",
            "key_manager": "CUSTOMER", "key_state": "Enabled", "enabled": true,
            "key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS",
            "creation_date": {"$any": "timestamp"}, "description": "",
        }}},
        "bind": {"k1": "/key_metadata/arn"},
    });
    let disable = json!({"perform": {"DisableKey": {"key_id": "${k1}"}}, "expect": {"reply": {}}});
    let mut file = ScenarioFile {
        schema: Schema::Scenario1,
        stem: "sse".to_owned(),
        family: "f".to_owned(),
        source: "s".to_owned(),
        notes: BTreeMap::new(),
        scenarios: vec![scenario(json!([step, disable]))],
    };
    change(&mut file);
    check(&[("sse/f.json".to_owned(), file)]).join("\n")
}

#[test]
fn a_legal_file_has_no_finding() {
    assert_eq!(findings(|_| {}), "");
}

#[test]
fn each_fault_of_a_file_is_found() {
    type Change = fn(&mut ScenarioFile);
    let cases: &[(&str, Change)] = &[
        ("agree with the path", |file| file.family = "g".to_owned()),
        ("not unique", |file| file.scenarios.push(file.scenarios[0].clone())),
        ("has no note", |file| file.scenarios[0].flags.push("x".to_owned())),
        ("no requirement", |file| file.scenarios[0].requirements.clear()),
        ("no comment", |file| file.scenarios[0].comment.clear()),
        ("no step", |file| file.scenarios[0].steps.clear()),
        ("not `stem/slug`", |file| file.scenarios[0].id = "kms/one".to_owned()),
        ("unknown symbol `${k1}`", |file| file.scenarios[0].steps[0].bind.clear()),
        ("nothing at `/x`", |file| {
            file.scenarios[0].steps[1].bind.insert("y".to_owned(), "/x".to_owned());
        }),
        ("is bound twice", |file| {
            file.scenarios[0].steps[1].bind.insert("root".to_owned(), String::new());
        }),
        ("unknown field `key`", |file| {
            file.scenarios[0].steps[1].perform = json!({"DisableKey": {"key": "${k1}"}});
        }),
        ("the pattern is no reply", |file| {
            file.scenarios[0].steps[1].expect.reply = Some(json!({"x": 1}));
        }),
        ("neither a reply", |file| file.scenarios[0].steps[1].expect.reply = None),
        ("needs lacks Restart", |file| {
            file.scenarios[0].steps[1].perform = json!({"Restart": {}});
        }),
        ("a refusal without a twin", |file| {
            file.scenarios[0].steps[1].expect =
                serde_json::from_value(json!({"refused": {"kinds": ["denied"]}})).unwrap();
        }),
        ("each of several kinds", |file| {
            file.scenarios[0].steps[1].expect =
                serde_json::from_value(json!({"refused": {"kinds": ["denied", "invalid"]}}))
                    .unwrap();
        }),
        ("`sse/none` does not exist", |file| {
            file.scenarios[0].twin = Some("sse/none".to_owned());
        }),
    ];
    for (want, change) in cases {
        let found = findings(change);
        assert!(found.contains(want), "{want}: {found}");
    }
}

#[test]
fn the_parts_of_the_vocabulary_follow_from_the_steps() {
    for (name, plane) in [
        ("CreateBucket", Plane::Data),
        ("AbortMultipartUpload", Plane::Data),
        ("CreateKey", Plane::Kms),
        ("ReEncrypt", Plane::Kms),
        ("LookupEvents", Plane::Fixture),
        ("OpenObject", Plane::Format),
        ("ReadAtRest", Plane::Laboratory),
        ("ListDataKeys", Plane::Laboratory),
    ] {
        assert_eq!(check::plane(name), Some(plane), "{name}");
    }
    let fault = json!({"perform": {"InjectFault": {"point": "kms", "nth": 1, "kind": "timeout",
        "operation": {"DeleteObject": {"bucket": "b", "key": "k"}}}}, "expect": {"reply": {}}});
    let planes = scenario(json!([fault])).planes();
    assert_eq!(planes, [Plane::Data, Plane::Laboratory].into());
}

/// The lists of steps that the decision on the vocabulary shows, after what they only need.
fn decision() -> Vec<Scenario> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/decisions/vocabulary.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```json").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks
        .map(|block| {
            let given = json!([
                {"perform": {"RotateKeyOnDemand": {"key_id": "a"}}, "expect": {"reply":
                    {"key_id": {"$any": "key-arn"}}}, "bind": {"k1": "/key_id", "id1": "/key_id"}},
                {"perform": {"RotateKeyOnDemand": {"key_id": "b"}}, "expect": {"reply":
                    {"key_id": {"$differs": {"from": "${k1}", "kind": "key-arn"}}}},
                    "bind": {"k2": "/key_id", "id2": "/key_id"}},
            ]);
            let mut scenario = scenario(given);
            scenario.steps.extend(serde_json::from_str::<Vec<Step>>(block).unwrap());
            scenario
        })
        .collect()
}

#[test]
fn the_ten_hard_scenarios_fit_the_types() {
    let scenarios = decision();
    assert_eq!(scenarios.len(), 10);
    for (index, scenario) in scenarios.into_iter().enumerate() {
        let found = findings(|file| file.scenarios = vec![scenario]);
        let faults: Vec<&str> = found
            .lines()
            .filter(|fault| !fault.contains("needs lacks") && !fault.contains("without a twin"))
            .collect();
        assert!(faults.is_empty(), "{}: {}", index + 1, faults.join("\n"));
    }
}
