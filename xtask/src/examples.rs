//! The worked examples of the documents, pulled from the vectors so that text and file agree.

use serde_json::Value;
use sse_spec::documents::Finding;

use crate::tree::{Tree, finding};

/// Hex digits on one line of an example.
const WIDTH: usize = 64;
const OPEN: &str = "<!-- example ";
const CLOSE: &str = "<!-- /example -->";

/// The document with every example written anew; one that cannot be found keeps its text.
pub(crate) fn fill(tree: &Tree, path: &str, text: &str) -> (String, Vec<Finding>) {
    let (mut filled, mut findings) = (String::new(), Vec::new());
    let mut lines = text.split_inclusive('\n').zip(1..);
    while let Some((line, number)) = lines.next() {
        filled.push_str(line);
        let Some(name) = line.trim().strip_prefix(OPEN).and_then(|l| l.strip_suffix(" -->")) else {
            continue;
        };
        let old: String =
            lines.by_ref().map(|(line, _)| line).take_while(|line| line.trim() != CLOSE).collect();
        let closed = text.lines().skip(number).any(|line| line.trim() == CLOSE);
        match example(tree, name) {
            Ok(new) if closed && !old.contains(OPEN) => filled.push_str(&new),
            Ok(_) => findings.push(finding(path, number, "the example has no closing mark")),
            Err(message) => findings.push(finding(path, number, message)),
        }
        if findings.last().is_some_and(|last| last.line == number) {
            filled.push_str(&old);
        }
        if closed {
            filled.push_str(CLOSE);
            filled.push('\n');
        }
    }
    (filled, findings)
}

/// The fenced block for `file#id`.
fn example(tree: &Tree, name: &str) -> Result<String, String> {
    let (path, id) = name.split_once('#').ok_or("an example names its vector as file#id")?;
    let text = tree.text(path).ok_or(format!("no vector file `{path}`"))?;
    let file: Value = serde_json::from_str(text).map_err(|e| format!("`{path}`: {e}"))?;
    let vectors = file.get("vectors").and_then(Value::as_array).into_iter().flatten();
    let vector = vectors
        .into_iter()
        .find(|vector| vector.get("id").and_then(Value::as_str) == Some(id))
        .ok_or(format!("no vector `{id}` in `{path}`"))?;
    let mut block = String::from("```text\n");
    for part in ["input", "intermediate", "expect"] {
        if let Some(value) = vector.get(part) {
            flatten(part, value, &mut block);
        }
    }
    block.push_str("```\n");
    Ok(block)
}

/// Writes `name.sub = value` for each leaf; members are sorted, whatever order the file has.
fn flatten(name: &str, value: &Value, block: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            for (key, member) in members {
                flatten(&format!("{name}.{key}"), member, block);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{at}]"), item, block);
            }
        }
        Value::String(text) if is_hex(text) => {
            let digits: Vec<char> = text.chars().collect();
            let lines: Vec<String> = digits.chunks(WIDTH).map(|l| l.iter().collect()).collect();
            let gap = if lines.len() > 1 { "\n    " } else { " " };
            block.push_str(&format!("{name} ={gap}{}\n", lines.join("\n    ")));
        }
        other => block.push_str(&format!("{name} = {other}\n")),
    }
}

fn is_hex(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    !text.is_empty() && text.len().is_multiple_of(2) && text.chars().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, expected: &str, messages: &[&str]) {
        let long = "ab".repeat(33);
        let vectors = format!(
            r#"{{"vectors": [{{"id": "v1", "input": {{"b": "{long}", "a": [1, "x y"], "c": {{}}}},
            "intermediate": {{}}, "expect": {{"result": "valid"}}}}]}}"#
        );
        let tree = Tree::of(&[("vectors/data/a/b.json", &vectors)]);
        let (filled, findings) = fill(&tree, "spec/a.md", document);
        assert_eq!(filled, expected);
        let found: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(found, messages);
    }

    #[test]
    fn every_field_is_listed() {
        let line = "ab".repeat(32);
        let block = format!(
            "```text\ninput.a[0] = 1\ninput.a[1] = \"x y\"\ninput.b =\n    {line}\n    ab\n\
             input.c = {{}}\nintermediate = {{}}\nexpect.result = \"valid\"\n```\n"
        );
        let open = "A.\n<!-- example vectors/data/a/b.json#v1 -->\n";
        let expected = format!("{open}{block}<!-- /example -->\nB.\n");
        check(&format!("{open}<!-- /example -->\nB.\n"), &expected, &[]);
        check(&expected, &expected, &[]);
    }

    #[test]
    fn what_is_missing_is_found_and_the_text_kept() {
        let text = "\n<!-- example vectors/data/a/b.json#v2 -->\nold\n<!-- /example -->\n";
        check(text, text, &["spec/a.md:2: no vector `v2` in `vectors/data/a/b.json`"]);
        let text = "<!-- example vectors/data/a/c.json#v1 -->\n<!-- /example -->\n";
        check(text, text, &["spec/a.md:1: no vector file `vectors/data/a/c.json`"]);
        let text = "<!-- example vectors/data/a/b.json#v1 -->\nold\n";
        check(text, text, &["spec/a.md:1: the example has no closing mark"]);
    }
}
