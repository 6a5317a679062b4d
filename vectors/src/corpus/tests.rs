//! Tests of the embedded corpus: complete, legal, and citing requirements that exist.

use super::*;
use crate::scenario::check;
use std::collections::BTreeSet;

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

#[test]
fn the_index_holds_every_file() {
    let found = files_from_dir(&data()).unwrap();
    let paths: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        render_index(&paths),
        include_str!("../index.rs"),
        "src/index.rs is stale: run `cargo xtask vectors`"
    );
    let texts = found.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    assert_eq!(digest_of(texts), digest());
}

#[test]
fn the_digest_tells_names_from_contents() {
    assert_ne!(digest_of([("a", "bc")]), digest_of([("ab", "c")]));
    assert_ne!(digest_of([("a", "b")]), digest_of([("a", "c")]));
}

#[test]
fn every_scenario_is_legal() {
    let files = scenario_files(files().iter().copied()).unwrap();
    let findings = check(&files);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert_eq!(scenarios().unwrap(), scenarios_from_dir(&data()).unwrap());
}

#[test]
fn every_cited_requirement_exists() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let mut known = BTreeSet::new();
    let mut folders = vec![spec];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let ids = text.lines().filter_map(|line| line.strip_prefix("r[")?.split_once(']'));
            known.extend(ids.map(|(id, _)| id.to_owned()));
        }
    }
    let mut unknown = Vec::new();
    for (_, scenario) in scenarios().unwrap() {
        let reasons = scenario.steps.iter().filter_map(|step| step.expect.refused.as_ref());
        let reasons: Vec<String> =
            reasons.flat_map(|refused| refused.because.values().cloned()).collect();
        let cited = scenario.requirements.iter().chain(&reasons);
        let missing = cited.filter(|id| !known.contains(*id));
        unknown.extend(missing.map(|id| format!("{}: {id}", scenario.id)));
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn an_illegal_file_is_named_with_its_place() {
    let text = "{\"schema\": \"scenario/1\",\n \"stem\": 1}";
    let error = scenario_files([("sse/x.json", text)]).unwrap_err();
    assert!(error.starts_with("sse/x.json: "), "{error}");
    assert!(error.contains("line 2"), "{error}");
}
