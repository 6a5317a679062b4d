//! What every byte-exact vector has to be, checked over the embedded files.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn all() -> Vec<(String, VectorFile)> {
    let files = files().unwrap();
    assert!(files.len() >= 12, "{}", files.len());
    files
}

#[test]
fn every_input_is_a_request_and_every_reply_a_reply() {
    let mut count = 0;
    for (name, file) in all() {
        for vector in &file.vectors {
            let request = vector.request(&file.operation).unwrap();
            assert_eq!(request.name(), file.operation);
            assert_eq!(request.plane(), sse_spec::Plane::Format, "{name}");
            if let Expect::Valid { reply } = &vector.expect {
                let reply = serde_json::json!({ &file.operation: reply });
                let parsed: sse_spec::Reply = serde_json::from_value(reply.clone()).unwrap();
                assert_eq!(serde_json::to_value(parsed).unwrap(), reply, "{}", vector.id);
            }
            count += 1;
        }
    }
    assert!(count >= 120, "{count}");
}

#[test]
fn ids_are_unique_and_name_their_stem() {
    let mut ids = BTreeSet::new();
    for (name, file) in all() {
        assert!(name.starts_with(&format!("{}/", file.stem)), "{name}");
        for vector in &file.vectors {
            assert!(vector.id.starts_with(&format!("{}/", file.stem)), "{}", vector.id);
            assert!(ids.insert(vector.id.clone()), "{} twice", vector.id);
            assert!(!vector.comment.is_empty() && !vector.requirements.is_empty());
        }
    }
}

#[test]
fn every_invalid_vector_differs_from_its_valid_twin_in_one_pointer() {
    let mut valid = BTreeMap::new();
    for (_, file) in all() {
        for vector in file.vectors {
            if matches!(vector.expect, Expect::Valid { .. }) {
                assert_eq!(vector.twin, None, "{}", vector.id);
                valid.insert(vector.id, (file.operation.clone(), vector.input));
            }
        }
    }
    for (_, file) in all() {
        for vector in file.vectors {
            if matches!(vector.expect, Expect::Invalid { .. }) {
                let twin = vector.twin.unwrap_or_else(|| panic!("{} has no twin", vector.id));
                let (operation, input) = &valid[&twin];
                assert_eq!(*operation, file.operation, "{}", vector.id);
                let places = differences(input, &vector.input);
                assert_eq!(places.len(), 1, "{}: {places:?}", vector.id);
            }
        }
    }
}

#[test]
fn flags_and_notes_agree() {
    for (name, file) in all() {
        let used: BTreeSet<_> = file.vectors.iter().flat_map(|vector| &vector.flags).collect();
        let noted: BTreeSet<_> = file.notes.keys().collect();
        assert_eq!(used, noted, "{name}");
    }
}

#[test]
fn drawn_contexts_vary_and_never_repeat_a_key() {
    let mut sizes = BTreeSet::new();
    for index in 0..200 {
        let pairs = drawn_pairs("test", index);
        let keys: BTreeSet<_> = pairs.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), pairs.len());
        sizes.insert(pairs.len());
    }
    assert_eq!(sizes, (0..5).collect());
    assert_eq!(accumulated_files().unwrap().len(), 1);
}

#[test]
fn differences_are_the_smallest_pointers() {
    let a = json!({"a": [1, 2], "b": {"c/d": 1}, "e": 1});
    let b = json!({"a": [1, 3], "b": {"c/d": 2}, "f": 1});
    assert_eq!(differences(&a, &b), ["/a/1", "/b/c~1d", "/e", "/f"]);
    assert_eq!(differences(&json!([1]), &json!([1, 2])), [""]);
    assert!(differences(&a, &a).is_empty());
}

#[test]
fn an_unknown_field_is_refused() {
    let text = r#"{"schema": "byte-exact/1", "stem": "a", "operation": "EncodeContext",
        "source": "", "notes": {}, "vectors": [], "more": 1}"#;
    assert!(VectorFile::parse("a", text).unwrap_err().contains("unknown field"));
    let expect = r#"{"result": "invalid", "refusal": "integrity", "reply": {}}"#;
    assert!(serde_json::from_str::<Expect>(expect).is_err());
}
