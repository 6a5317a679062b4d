//! Tests of the requirement grammar: each slip gives exactly its finding, at its line.

use super::*;

const GOOD: &str = r#"r[sse.put.encrypted] core MUST documented "AWS S3 User Guide, UsingEncryption"
A store MUST encrypt every object body.
"#;

fn findings(text: &str) -> Vec<String> {
    parse("sse.md", text).1.iter().map(ToString::to_string).collect()
}

/// Checks one header with a sentence that has one MUST.
fn check_header(header: &str, expected: &[&str]) {
    let text = format!("# Title\n\n{header}\nA store MUST encrypt.\n");
    let expected: Vec<_> = expected.iter().map(|e| format!("spec/sse.md:3: {e}")).collect();
    assert_eq!(findings(&text), expected, "{header}");
    assert_eq!(parse("sse.md", &text).0.len(), usize::from(expected.is_empty()), "{header}");
}

/// Checks one sentence under a header of level MUST.
fn check_sentence(sentence: &str, expected: &[&str]) {
    let text = format!("r[sse.a.b] core MUST project \"x\"\n{sentence}\n");
    let expected: Vec<_> = expected.iter().map(|e| format!("spec/sse.md:2: {e}")).collect();
    assert_eq!(findings(&text), expected, "{sentence}");
}

#[test]
fn a_requirement_is_read_whole() {
    let (requirements, findings) = parse("sse.md", GOOD);
    assert_eq!(findings, []);
    let expected = Requirement {
        id: "sse.put.encrypted".to_owned(),
        stem: "sse".to_owned(),
        profile: Profile::Core,
        level: Level::Must,
        provenance: Provenance::Documented,
        source: "AWS S3 User Guide, UsingEncryption".to_owned(),
        kind: None,
        sentence: "A store MUST encrypt every object body.".to_owned(),
        document: "sse.md",
        line: 1,
    };
    assert_eq!(requirements, [expected]);
}

#[test]
fn kind_and_two_word_levels_are_read() {
    let text = "r[sse.a-b.c.d] aws MUST-NOT model \"m\" by-type\nIt MUST NOT print.\n";
    let (requirements, findings) = parse("sse.md", text);
    assert_eq!(findings, []);
    assert_eq!(requirements[0].kind, Some(CheckKind::ByType));
    assert_eq!(requirements[0].level, Level::MustNot);
}

#[test]
fn headers_are_checked() {
    check_header("r[sse.a.b] core MUST project \"x\" review", &[]);
    let bad = "bad id `sse.A.b`: write stem.topic.point in lower case";
    check_header("r[sse.A.b] core MUST project \"x\"", &[bad]);
    let bad = "bad id `sse.a`: write stem.topic.point in lower case";
    check_header("r[sse.a] core MUST project \"x\"", &[bad]);
    check_header("r[kms.a.b] core MUST project \"x\"", &["id `kms.a.b` does not begin with `sse`"]);
    check_header("r[sse.a.b] corps MUST project \"x\"", &["unknown profile `corps`"]);
    check_header("r[sse.a.b] core must project \"x\"", &["unknown level `must`"]);
    check_header("r[sse.a.b] core MUST rumour \"x\"", &["unknown provenance `rumour`"]);
    check_header("r[sse.a.b] core MUST project \"x\" odd", &["unknown kind `odd`"]);
    check_header("r[sse.a.b] core MUST project x \"x\"", &["stray word `x` before the source"]);
    check_header("r[sse.a.b] core MUST project", &["`sse.a.b` names no source in double quotes"]);
    check_header(
        "r[sse.a.b] core MUST project \" \"",
        &["`sse.a.b` names no source in double quotes"],
    );
}

#[test]
fn every_slip_of_a_header_is_reported_at_once() {
    let bad = "bad id `x`: write stem.topic.point in lower case";
    check_header(
        "r[x] y Z w",
        &[
            bad,
            "unknown profile `y`",
            "unknown level `Z`",
            "unknown provenance `w`",
            "`x` names no source in double quotes",
        ],
    );
}

#[test]
fn evidence_limits_strength() {
    check_header("r[sse.a.b] aws MUST observed \"x\"", &[]);
    let weak = "`sse.a.b`: an aws MUST needs documented, model or observed";
    check_header("r[sse.a.b] aws MUST project \"x\"", &[weak]);
    check_header("r[sse.a.b] aws MUST standard \"x\"", &[weak]);
    let hearsay = "`sse.a.b`: third-party evidence gives at most SHOULD";
    check_header("r[sse.a.b] aws MUST third-party \"x\"", &[hearsay]);
    check_header("r[sse.a.b] core MUST third-party \"x\"", &[hearsay]);
    let soft = "r[sse.a.b] aws SHOULD third-party \"x\"\nIt SHOULD do so.\n";
    assert_eq!(findings(soft), [""; 0]);
}

#[test]
fn sentences_are_checked() {
    check_sentence("It MUST do so.", &[]);
    check_sentence(
        "It MUST not do so.",
        &[
            "the sentence of `sse.a.b` lacks `MUST`",
            "stray keyword `MUST not` in the sentence of `sse.a.b`",
        ],
    );
    check_sentence("It does so.", &["the sentence of `sse.a.b` lacks `MUST`"]);
    check_sentence("It MUST do and MUST say so.", &["the sentence of `sse.a.b` repeats `MUST`"]);
    check_sentence(
        "It MUST do what it MAY do.",
        &["stray keyword `MAY` in the sentence of `sse.a.b`"],
    );
    check_sentence("It MUST do so", &["the sentence of `sse.a.b` does not end in a full stop"]);
    check_sentence("It MUST do so. It is good.", &["`sse.a.b` has more than one sentence"]);
}

#[test]
fn the_sentence_stands_alone_on_the_next_line() {
    let header = "r[sse.a.b] core MUST project \"x\"";
    let none = ["spec/sse.md:1: `sse.a.b` has no sentence on the next line"];
    assert_eq!(findings(&format!("{header}\n\nIt does so.\n")), none);
    assert_eq!(findings(header), none);
    assert_eq!(
        findings(&format!("{header}\nIt MUST do so.\nAnd more.\n")),
        ["spec/sse.md:3: a blank line must follow the sentence of a requirement",]
    );
}

#[test]
fn duplicates_are_found() {
    let text = format!("{GOOD}\n{GOOD}");
    assert_eq!(findings(&text), ["spec/sse.md:4: duplicate id `sse.put.encrypted`"]);
    assert_eq!(parse("sse.md", &text).0.len(), 1);
}

#[test]
fn keywords_outside_requirements_are_found() {
    let text = "# Title\n\nStores MUST do so.\nThey MAY NOT.\nIt SHALL, as REQUIRED_BY none.\n";
    assert_eq!(
        findings(text),
        [
            "spec/sse.md:3: stray keyword `MUST` outside a requirement",
            "spec/sse.md:4: stray keyword `MAY NOT` outside a requirement",
            "spec/sse.md:5: stray keyword `SHALL` outside a requirement",
        ]
    );
}

#[test]
fn only_the_conventions_quote_keywords_and_headers() {
    let quote = "`MUST` counts.\n\n```text\nr[stem.topic.point] core MUST project \"x\"\n```\n";
    let readme = format!("# A\n\n## Conventions\n\n{quote}\n## Order\n\n`MUST`\n");
    let found: Vec<_> = parse("README.md", &readme).1.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["spec/README.md:13: stray keyword `MUST` outside a requirement"]);
    assert_eq!(findings("## Conventions\n\n`MUST`\n").len(), 1);
}

#[test]
fn embedded_documents_are_well_formed_and_sorted() {
    assert!(documents().is_sorted_by(|a, b| a.0 < b.0));
    for (name, text) in documents() {
        assert_eq!(parse(name, text).1, [], "{name}");
    }
    assert!(requirements().iter().all(|r| !r.id.is_empty()));
}
