//! The JSON report fits its schema, `schemas/report.schema.json`, in every kind of run.
#![cfg(feature = "cli")]
#![expect(clippy::expect_used, reason = "a test that cannot read its files has failed")]

use serde_json::{Map, Value};
use std::path::PathBuf;
use std::process::Command;

/// The keywords that the schema uses; one that is not here would pass unread.
const KEYWORDS: [&str; 14] = [
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "type",
    "const",
    "enum",
    "minimum",
    "required",
    "properties",
    "propertyNames",
    "additionalProperties",
    "items",
];

/// What is wrong with `value` under `schema`, a part of `root`.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(words) = schema.as_object() else {
        let legal = *schema == Value::Bool(true);
        return if legal { Vec::new() } else { vec![format!("{at}: not allowed")] };
    };
    let mut found: Vec<String> = words
        .keys()
        .filter(|word| !KEYWORDS.contains(&word.as_str()))
        .map(|word| format!("{at}: the schema uses `{word}`, which this test does not read"))
        .collect();
    if let Some(Value::String(reference)) = words.get("$ref") {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        found.extend(match target {
            Some(target) => faults(root, target, value, at),
            None => vec![format!("{at}: `{reference}` leads nowhere")],
        });
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        _ => false,
    };
    if words.get("type").and_then(Value::as_str).is_some_and(|kind| !is(kind)) {
        found.push(format!("{at}: {value} has the wrong type"));
    }
    if words.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at}: {value} is not the constant"));
    }
    if words.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        found.push(format!("{at}: {value} is none of the values"));
    }
    let least = words.get("minimum").and_then(Value::as_u64);
    if least.is_some_and(|least| value.as_u64().is_none_or(|value| value < least)) {
        found.push(format!("{at}: {value} is too small"));
    }
    if let (Some(items), Some(elements)) = (words.get("items"), value.as_array()) {
        for (index, element) in elements.iter().enumerate() {
            found.extend(faults(root, items, element, &format!("{at}/{index}")));
        }
    }
    if let Some(fields) = value.as_object() {
        found.extend(field_faults(root, words, fields, at));
    }
    found
}

fn field_faults(
    root: &Value,
    words: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for name in words.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap_or_default()) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    let known = words.get("properties").and_then(Value::as_object);
    for (name, value) in fields {
        let place = format!("{at}/{name}");
        if let Some(names) = words.get("propertyNames") {
            found.extend(faults(root, names, &Value::String(name.clone()), &place));
        }
        let schema = known.and_then(|known| known.get(name));
        if let Some(schema) = schema.or_else(|| words.get("additionalProperties")) {
            found.extend(faults(root, schema, value, &place));
        }
    }
    found
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../schemas/report.schema.json")).expect("the schema is JSON")
}

fn report(name: &str, arguments: &[&str]) -> Value {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(["run", "--report-json"])
        .arg(&file)
        .args(arguments)
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = std::fs::read_to_string(&file).expect(&told);
    serde_json::from_str(&text).expect("the report is JSON")
}

const EXPECTED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/report-expected.toml");

#[test]
fn reports_fit_the_schema() {
    let entry = |case: &str, more: &str| {
        format!("[[expected]]\ncase = \"{case}\"\nreason = \"known\"\n{more}\n")
    };
    let file = entry("blob/*", "expires = 2000-01-01") + &entry("no/such", "issue = \"here\"");
    std::fs::write(EXPECTED, file).expect("a file");
    for (name, arguments) in [
        ("filtered", &["--filter", "blob/*"][..]),
        ("faulty", &["--target", "fault:body-in-clear", "--filter", "at-rest/no-*"]),
        ("without", &["--filter", "sse/*", "--without", "at-rest", "--strict"]),
        ("empty", &["--filter", "no-such-case"]),
        ("shard", &["--filter", "race/*", "--shard", "1/3"]),
        ("expected", &["--filter", "blob/*", "--expected-failures", EXPECTED]),
    ] {
        let report = report(name, arguments);
        assert_eq!(faults(&schema(), &schema(), &report, ""), Vec::<String>::new(), "{name}");
    }
}

/// The check itself finds what is wrong.
#[test]
fn a_wrong_report_is_found() {
    let good = report("good", &["--filter", "blob/*"]);
    for (pointer, wrong) in [
        ("/exit_code", Value::from(5)),
        ("/seed", Value::from(-1)),
        ("/verdict/format", Value::from("fine")),
        ("/cases/0/ending", Value::from("broken")),
        ("/cases/0/milliseconds", Value::from("1")),
        ("/core_groups", serde_json::json!({"colour": "conformant"})),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("the report has it") = wrong;
        assert!(!faults(&schema(), &schema(), &bad, "").is_empty(), "{pointer}");
    }
    let mut bad = good;
    let fields = bad.as_object_mut().expect("an object");
    fields.insert("colour".into(), Value::Null);
    fields.remove("seed");
    assert_eq!(faults(&schema(), &schema(), &bad, "").len(), 2);
}
