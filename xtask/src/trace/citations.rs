//! Where sources and vectors name requirements.

use serde_json::Value;
use sse_spec::documents::Finding;

use super::{Mention, Role};
use crate::mask::Source;
use crate::tree::{Tree, finding};

/// Every mention in Rust, Python and the vectors' data, and every comment that is almost one.
pub(super) fn read(tree: &Tree) -> (Vec<Mention>, Vec<Finding>) {
    let (mut mentions, mut findings) = (Vec::new(), Vec::new());
    for (path, text) in tree.below("", ".rs") {
        let source = Source::read(path, text);
        for (line, comment) in &source.comments {
            let Some(rest) = comment.strip_prefix("// r[") else { continue };
            let role = production(path).filter(|_| !source.is_test(*line));
            push(path, *line, rest, role, &mut mentions, &mut findings);
        }
    }
    let script = "vectors/check.py";
    for (line, number) in tree.text(script).unwrap_or("").lines().zip(1..) {
        if let Some(rest) = line.trim().strip_prefix("# r[") {
            push(script, number, rest, None, &mut mentions, &mut findings);
        }
    }
    for (path, text) in tree.below("vectors/data/", ".json") {
        // What is no JSON is tidy's to report.
        let value = serde_json::from_str(text).unwrap_or(Value::Null);
        let mut ids = Vec::new();
        collect(&value, &mut ids);
        for id in ids {
            let quoted = format!("\"{id}\"");
            let line = text.lines().position(|line| line.contains(&quoted)).map_or(1, |at| at + 1);
            mentions.push(Mention { id, role: Role::Checked, path: path.to_owned(), line });
        }
    }
    (mentions, findings)
}

/// As what production code at a path cites; none where citing means nothing.
fn production(path: &str) -> Option<Role> {
    let elsewhere = ["conformance/src/", "spec/src/", "vectors/src/"];
    if path.starts_with("reference/src/") {
        Some(Role::CitedByReference)
    } else {
        elsewhere.iter().any(|p| path.starts_with(p)).then_some(Role::CitedElsewhere)
    }
}

/// Reads what follows `r[` in a comment.
fn push(
    path: &str,
    line: usize,
    rest: &str,
    cited: Option<Role>,
    mentions: &mut Vec<Mention>,
    findings: &mut Vec<Finding>,
) {
    let Some(inside) = rest.strip_suffix(']') else {
        findings.push(finding(path, line, "a citation stands alone on its line: `r[id]`"));
        return;
    };
    let (id, role) = match inside.strip_prefix("verify ") {
        Some(id) => (id, Role::Checked),
        None => (inside, cited.unwrap_or(Role::Named)),
    };
    mentions.push(Mention { id: id.to_owned(), role, path: path.to_owned(), line });
}

/// Every id in a list named `requirements`, at any depth.
fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, member) in map {
                match member {
                    Value::Array(list) if key == "requirements" => {
                        ids.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    other => collect(other, ids),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        _ => {}
    }
}
