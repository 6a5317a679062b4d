//! The matcher's own vectors, and the proof that every matcher has accepting and refusing ones.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    source: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    comment: String,
    operation: String,
    pattern: Value,
    actual: Value,
    #[serde(default)]
    symbols: BTreeMap<String, Value>,
    #[serde(rename = "match")]
    matches: bool,
    #[serde(default)]
    pointer: Option<String>,
}

fn vectors() -> Vec<Vector> {
    let files = crate::corpus::files().iter().filter(|(name, _)| name.starts_with("matcher/"));
    files
        .flat_map(|(name, text)| {
            let file: File =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(file.schema, "matcher/1", "{name}");
            assert!(!file.source.is_empty(), "{name}");
            file.vectors
        })
        .collect()
}

fn symbols(vector: &Vector) -> Symbols {
    let root = "arn:aws:iam::111122223333:root";
    let mut symbols = Symbols::new("w", "111122223333", Some("444455556666"), "us-east-1", root, 0);
    for (name, value) in &vector.symbols {
        symbols.bind(name, value.clone());
    }
    symbols
}

#[test]
fn every_vector_is_judged_as_it_says() {
    let mut ids = BTreeSet::new();
    for vector in vectors() {
        assert!(ids.insert(vector.id.clone()), "{} is not unique", vector.id);
        assert!(!vector.comment.is_empty(), "{} has no comment", vector.id);
        let judged = matches(&vector.operation, &vector.pattern, &vector.actual, &symbols(&vector));
        match judged {
            Ok(()) => assert!(vector.matches, "{} matches", vector.id),
            Err(mismatch) => {
                assert!(!vector.matches, "{}: {mismatch}", vector.id);
                let pointer = vector.pointer.as_deref();
                assert_eq!(Some(mismatch.pointer.as_str()), pointer, "{}", vector.id);
            }
        }
        assert_eq!(vector.matches, vector.pointer.is_none(), "{}", vector.id);
    }
}

fn used(pattern: &Value, out: &mut BTreeSet<String>) {
    match pattern {
        Value::Object(fields) => {
            for (name, value) in fields {
                let kind = match name.as_str() {
                    "$any" => value.as_str(),
                    "$differs" => value["kind"].as_str(),
                    _ => None,
                };
                if name.starts_with('$') {
                    out.insert(name.clone());
                }
                out.extend(kind.filter(|_| name == "$any").map(|kind| format!("$any {kind}")));
                used(value, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, out)),
        _ => {}
    }
}

#[test]
fn every_matcher_has_accepting_and_refusing_vectors() {
    let mut want: BTreeSet<String> = [
        "$differs", "$bytes", "$body", "$concat", "$slice", "$prefix",
        // Matchers of whole replies and of lists.
        "$refusal", "$set", "$count",
    ]
    .map(str::to_owned)
    .into();
    want.extend(Kind::ALL.iter().map(|kind| format!("$any {}", kind.word())));
    for accepting in [true, false] {
        let mut found = BTreeSet::new();
        for vector in vectors().iter().filter(|vector| vector.matches == accepting) {
            used(&vector.pattern, &mut found);
        }
        let missing: Vec<&String> = want.difference(&found).collect();
        assert!(missing.is_empty(), "match {accepting}: none for {missing:?}");
    }
}

#[test]
fn no_matcher_accepts_everything() {
    let probes = [Value::Null, true.into(), "".into(), serde_json::json!([{}, {}, {}])];
    for vector in vectors() {
        let refused = |probe: &&Value| {
            matches(&vector.operation, &vector.pattern, probe, &symbols(&vector)).is_err()
        };
        assert!(probes.iter().filter(refused).count() > 1, "{} accepts everything", vector.id);
    }
}

#[test]
fn a_mismatch_shows_no_secret() {
    let pattern = serde_json::json!({"plaintext": "aa"});
    let actual = serde_json::json!({"plaintext": "c0ffee"});
    let vector = Symbols::new("w", "1", None, "r", "root", 0);
    let mismatch = matches("Decrypt", &pattern, &actual, &vector).unwrap_err();
    assert_eq!(mismatch.got, "[3 bytes not shown]");
    assert!(!mismatch.to_string().contains("aa"), "{mismatch}");
}
