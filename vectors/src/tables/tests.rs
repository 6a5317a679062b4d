//! Tests of the table renderer, and that the committed scenarios are the rendered ones.

use super::*;
use serde_json::json;

fn table() -> Value {
    let refused = json!({
        "refused": {"kinds": ["not-found"]}, "requirements": ["sse.b.refused"], "profile": "core"
    });
    json!({
        "schema": "table/1",
        "stem": "sse",
        "family": "example",
        "group": "sse-s3",
        "sources": {"a": "First source", "b": "Second source"},
        "notes": {},
        "slug": "example-@{bucket}-@{size}",
        "comment": "A put into @{bucket} of @{size}.",
        "axes": [
            {"name": "bucket", "options": [
                {"name": "there", "comment": "a bucket", "steps": {"steps": [{
                    "perform": {"CreateBucket": {"bucket": "${bucket:b}"}},
                    "expect": {"reply": {}}
                }]}},
                {"name": "missing", "comment": "no bucket"}
            ]},
            {"name": "size", "options": [
                {"name": "none", "comment": "nothing", "values": {"body": "", "metadata": null}},
                {"name": "one", "comment": "one byte",
                 "values": {"body": "00", "metadata": {"a": "b"}}}
            ]}
        ],
        "steps": [
            {"axis": "bucket"},
            {"judged": true,
             "perform": {"PutObject": {"bucket": "${bucket:b}", "key": "k@{size.body}",
                "body": {"inline": "@{size.body}"}, "metadata": "@{size.metadata}"}},
             "expect": {"reply": {"etag": {"$any": "etag"}, "sse": {"algorithm": "AES256"}}},
             "bind": {"etag": "/etag"}}
        ],
        "outcomes": {
            "stored": {"requirements": ["sse.a.stored"], "profile": "core"},
            "refused": refused
        },
        "rows": [
            {"at": {"bucket": ["there"]}, "outcome": "stored", "source": "a"},
            {"at": {"bucket": ["missing"]}, "outcome": "refused", "source": "b"}
        ]
    })
}

fn rendered(table: &Value) -> Result<ScenarioFile, String> {
    render(&serde_json::from_value(table.clone()).unwrap())
}

#[test]
fn each_cell_becomes_a_scenario_with_its_source_and_its_twin() {
    let file = rendered(&table()).unwrap();
    let ids: Vec<&str> = file.scenarios.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "sse/example-there-none",
            "sse/example-there-one",
            "sse/example-missing-none",
            "sse/example-missing-one"
        ]
    );
    let [plain, with, refused, _] = file.scenarios.as_slice() else { panic!() };
    assert_eq!(plain.comment, "A put into a bucket of nothing. Source: First source.");
    assert_eq!(plain.steps[1].perform["PutObject"].get("metadata"), None);
    assert_eq!(with.steps[1].perform["PutObject"]["metadata"], json!({"a": "b"}));
    assert_eq!(with.steps[1].perform["PutObject"]["key"], "k00");
    assert_eq!(refused.twin.as_deref(), Some("sse/example-there-none"));
    assert_eq!(refused.requirements, ["sse.b.refused"]);
    assert!(refused.is_negative() && refused.steps[0].bind.is_empty());
    assert!(crate::scenario::check(&[("sse/example.json".to_owned(), file)]).is_empty());
}

#[test]
fn a_table_with_a_slip_is_refused_and_the_place_named() {
    type Slip = fn(&mut Value);
    let slips: [(&str, Slip); 9] = [
        ("missing/none: no row claims the cell", |table| {
            table["rows"].as_array_mut().unwrap().pop();
        }),
        ("there/none: the cell is claimed more than once", |table| {
            table["rows"][1]["at"] = json!({});
        }),
        ("no outcome `other`", |table| table["rows"][0]["outcome"] = json!("other")),
        ("no source `c`", |table| table["rows"][0]["source"] = json!("c")),
        ("axis `size` has no option `two`", |table| {
            let row = json!({"at": {"size": ["two"]}, "outcome": "stored", "source": "a"});
            table["rows"].as_array_mut().unwrap().push(row);
        }),
        ("no step is judged", |table| table["steps"][1]["judged"] = json!(false)),
        ("nothing fills `@{size.other}`", |table| {
            table["steps"][1]["perform"]["PutObject"]["key"] = json!("@{size.other}");
        }),
        ("no cell is its twin", |table| {
            table["rows"][0]["outcome"] = json!("refused");
        }),
        ("unknown field `extra`", |table| table["steps"][1]["extra"] = json!(1)),
    ];
    for (message, slip) in slips {
        let mut table = table();
        slip(&mut table);
        let error = rendered(&table).unwrap_err();
        assert!(error.contains(message), "{message}: {error}");
    }
}

#[test]
fn the_committed_files_are_the_rendered_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for (path, text) in generate().unwrap() {
        let committed = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
        assert!(committed == text, "{path} differs: run `cargo xtask vectors`");
    }
}
