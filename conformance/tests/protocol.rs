//! The messages of the protocol: what the types refuse the schema refuses too, and the transcript
//! of PROTOCOL.md is made of messages.
#![cfg(feature = "cli")]

use sse_conformance::target::command::Validator;
use sse_conformance::target::protocol::{Answer, Request};

const REPLY: &str =
    r#"{"seq":1,"world":"w","reply":{"PutObject":{"etag":"e","sse":{"algorithm":"AES256"}}}}"#;
const PERFORM: &str = concat!(
    r#"{"seq":1,"world":"w","caller":{"principal":"p"},"#,
    r#""perform":{"PutObject":{"bucket":"b","key":"k","body":{"inline":"00"}}}}"#,
);
const START: &str = concat!(
    r#"{"seq":0,"started":{"protocol":1,"description":{"name":"n","version":"v","role":"store","#,
    r#""capabilities":["audit"],"account":"111122223333","region":"r"}}}"#,
);
const GET: &str = concat!(
    r#"{"seq":1,"world":"w","reply":{"GetObject":{"delivery":{"complete":"00"},"size":1,"#,
    r#""etag":"e","sse":{"algorithm":"AES256"}}}}"#,
);

/// Each legal line with changes that make it illegal: what is replaced, and by what.
const ANSWERS: &[(&str, &[(&str, &str)])] = &[
    (
        REPLY,
        &[
            (r#""seq":1,"#, ""),
            (r#""seq":1"#, r#""seq":"1""#),
            (r#""seq":1"#, r#""seq":-1"#),
            (r#""seq":1"#, r#""seq":1.5"#),
            (r#""seq":1"#, r#""seq":18446744073709551616"#),
            (r#""seq":1"#, r#""seq":null"#),
            (r#""world":"w","#, ""),
            (r#""world":"w""#, r#""world":null"#),
            (r#""world":"w""#, r#""world":7"#),
            (r#""world":"w""#, r#""world":"w","extra":1"#),
            (r#""world":"w""#, r#""world":"w","closed":{}"#),
            (r#""world":"w""#, r#""world":"w","refused":null"#),
            (r#""PutObject""#, r#""PutObjects""#),
            (r#""PutObject""#, r#""CreateBucket":{},"PutObject""#),
            (r#""reply""#, r#""replies""#),
            (r#""etag":"e""#, r#""etag":7"#),
            (r#""etag":"e","#, ""),
            (r#""etag":"e""#, r#""etag":"e","colour":"red""#),
            (r#""AES256""#, "256"),
            (r#"{"algorithm":"AES256"}"#, r#"["AES256"]"#),
            (r#""AES256""#, r#""AES256","kms_key_id":7"#),
        ],
    ),
    (
        GET,
        &[
            (r#""complete":"00""#, r#""complete":"0""#),
            (r#""complete":"00""#, r#""complete":"zz""#),
            (r#""complete":"00""#, r#""complete":0"#),
            (r#""complete":"00""#, r#""complete":"0A""#),
            (r#""complete":"00""#, r#""whole":"00""#),
            (r#""complete":"00""#, r#""aborted":{"prefix":"00"}"#),
            (r#""size":1"#, r#""size":-1"#),
            (r#""size":1"#, r#""size":1,"metadata":{"a":1}"#),
        ],
    ),
    (
        START,
        &[
            (r#""protocol":1"#, r#""protocol":4294967296"#),
            (r#""protocol":1,"#, ""),
            (r#""seq":0"#, r#""seq":0,"world":"w""#),
            (r#""role":"store""#, r#""role":"shop""#),
            (r#""audit""#, r#""colours""#),
            (r#""name":"n","#, ""),
            (r#""region":"r""#, r#""region":"r","colour":"red""#),
            (r#""region":"r""#, r#""region":"r","limits":{"jobs":-1}"#),
            (r#""region":"r""#, r#""region":"r","settle":{"policy":"1"}"#),
        ],
    ),
    (
        r#"{"seq":1,"world":"w","refused":{"class":"no-such-key","status":404}}"#,
        &[
            ("no-such-key", "no-key"),
            (r#""class":"no-such-key","#, ""),
            ("404", "70000"),
            ("404", r#""404""#),
            (r#""status""#, r#""statu""#),
        ],
    ),
    (
        r#"{"seq":1,"world":"w","chunk":"00"}"#,
        &[(r#""00""#, r#""0""#), (r#""00""#, "0"), (r#""00""#, "[0]"), (r#""world":"w","#, "")],
    ),
    (
        r#"{"seq":1,"world":"w","skipped":{"reason":"r"}}"#,
        &[(r#""reason":"r""#, ""), (r#""reason""#, r#""why""#), (r#""r""#, "7")],
    ),
    (
        r#"{"seq":1,"errored":{"message":"m"}}"#,
        &[
            (r#""message":"m""#, ""),
            (r#""seq":1"#, r#""seq":1,"world":null"#),
            (r#""m""#, r#""m","detail":7"#),
        ],
    ),
    (r#"{"seq":1,"world":"w","opened":{}}"#, &[("{}", "{\"a\":1}"), ("{}", "null"), ("{}", "[]")]),
    (r#"{"seq":1,"world":"w","reply":{"DeleteObject":{}}}"#, &[("{}", "[]")]),
    (
        concat!(
            r#"{"seq":1,"world":"w","reply":{"ReadAtRest":{"items":[{"id":"i","tag":"upload","#,
            r#""bytes":"00"}]}}}"#,
        ),
        &[
            (r#""upload""#, r#"{"upload":null}"#),
            (r#"{"id":"i","tag":"upload","bytes":"00"}"#, r#"["i","upload","00"]"#),
        ],
    ),
    (r#"{"seq":1,"world":"w","closed":{}}"#, &[("{}", "true"), (r#","closed":{}"#, "")]),
];

const REQUESTS: &[(&str, &[(&str, &str)])] = &[
    (
        PERFORM,
        &[
            (r#""caller":{"principal":"p"},"#, ""),
            (r#""principal":"p""#, ""),
            (r#""principal":"p""#, r#""principal":"p","secure_transport":"yes""#),
            (r#""world":"w","#, ""),
            (r#""inline":"00""#, r#""pattern":{"seed":1,"len":1}"#),
            (r#""inline":"00""#, r#""file":"/f""#),
            (r#""inline":"00""#, r#""chunks":null"#),
            (r#""inline":"00""#, r#""chunks":{},"inline":"00""#),
            (r#""inline":"00""#, r#""inline":"0""#),
            (r#""PutObject""#, r#""GetObject""#),
            (r#""PutObject""#, r#""Put""#),
            (r#""bucket":"b","#, ""),
            (r#""key":"k""#, r#""key":"k","colour":"red""#),
            (r#""perform""#, r#""end":{},"perform""#),
        ],
    ),
    (
        r#"{"seq":0,"start":{"protocols":[1],"suite":"0"}}"#,
        &[("[1]", "1"), (r#","suite":"0""#, ""), (r#""seq":0"#, r#""seq":0,"world":"w""#)],
    ),
    (
        r#"{"seq":1,"world":"w","open":{"start":0}}"#,
        &[
            (r#""start":0"#, r#""start":-1"#),
            (r#""world":"w""#, r#""world":"w","caller":{"principal":"p"}"#),
        ],
    ),
    (r#"{"seq":1,"world":"w","chunk":"00"}"#, &[(r#""00""#, r#""0""#), (r#""00""#, "null")]),
    (r#"{"seq":1,"world":"w","end":{}}"#, &[("{}", "7"), ("{}", "[]"), (r#""world":"w","#, "")]),
    (r#"{"seq":1,"world":"w","gone":{}}"#, &[("{}", "1")]),
    (r#"{"seq":1,"world":"w","close":{}}"#, &[("close", "closed")]),
    (r#"{"seq":1,"shutdown":{}}"#, &[(r#""seq":1"#, r#""seq":1,"world":"w""#)]),
];

#[test]
fn what_the_types_refuse_the_schema_refuses() {
    let schema = Validator::new().expect("the schema");
    for (good, changes) in ANSWERS {
        Answer::parse(good.as_bytes()).expect(good);
        schema.answer(good.as_bytes()).expect(good);
        for (from, to) in *changes {
            assert!(good.contains(from), "{from} is not in {good}");
            let bad = good.replacen(from, to, 1);
            assert!(Answer::parse(bad.as_bytes()).is_err(), "the types take {bad}");
            assert!(schema.answer(bad.as_bytes()).is_err(), "the schema takes {bad}");
        }
    }
    for (good, changes) in REQUESTS {
        Request::parse(good.as_bytes()).expect(good);
        schema.request(good.as_bytes()).expect(good);
        for (from, to) in *changes {
            assert!(good.contains(from), "{from} is not in {good}");
            let bad = good.replacen(from, to, 1);
            assert!(Request::parse(bad.as_bytes()).is_err(), "the types take {bad}");
            assert!(schema.request(bad.as_bytes()).is_err(), "the schema takes {bad}");
        }
    }
}

#[test]
fn what_is_no_object_is_no_message() {
    for line in ["", "[]", "null", "7", "{", "{}x", "{} {}", "\u{feff}{}"] {
        assert!(Answer::parse(line.as_bytes()).is_err(), "{line}");
        assert!(Request::parse(line.as_bytes()).is_err(), "{line}");
    }
}

/// Every line of the recorded exchange is a message of its direction.
#[test]
fn the_transcript_is_made_of_messages() {
    let schema = Validator::new().expect("the schema");
    let document = include_str!("../PROTOCOL.md");
    let block = document.split("## A transcript").nth(1).and_then(|rest| rest.split("```").nth(1));
    let (mut requests, mut answers) = (Vec::new(), Vec::new());
    for line in block.expect("a transcript").lines().filter(|line| !line.is_empty()) {
        if let Some(line) = line.strip_prefix("> ") {
            schema.request(line.as_bytes()).expect(line);
            let request = Request::parse(line.as_bytes()).expect(line);
            // What is said is what was understood, but for members that may be left out.
            let again = serde_json::to_string(&request).expect("JSON");
            assert_eq!(Request::parse(again.as_bytes()).expect(&again), request);
            requests.push(line);
        } else {
            let line = line.strip_prefix("< ").expect("a direction");
            schema.answer(line.as_bytes()).expect(line);
            let answer = Answer::parse(line.as_bytes()).expect(line);
            let again = serde_json::to_string(&answer).expect("JSON");
            assert_eq!(Answer::parse(again.as_bytes()).expect(&again), answer);
            answers.push(answer.kind());
        }
    }
    for kind in ["start", "open", "perform", "chunk", "end", "gone", "close", "shutdown"] {
        let member = format!("\"{kind}\":");
        assert!(requests.iter().any(|line| line.contains(&member)), "no `{kind}`");
    }
    for kind in ["started", "opened", "reply", "refused", "skipped", "chunk", "closed"] {
        assert!(answers.contains(&kind), "no `{kind}`");
    }
}

/// A member that holds a secret is known by its name wherever no type says it.
#[test]
fn the_members_that_are_secrets_are_listed() {
    fn secret(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        if let Some(properties) = schema.get("properties").and_then(|it| it.as_object()) {
            for (name, property) in properties {
                if property.to_string().contains("/SecretBytes\"") {
                    found.insert(name.clone());
                }
            }
        }
        match schema {
            serde_json::Value::Object(it) => it.values().for_each(|part| secret(part, found)),
            serde_json::Value::Array(it) => it.iter().for_each(|part| secret(part, found)),
            _ => {}
        }
    }
    let schema = include_str!("../schemas/protocol.schema.json");
    let schema = serde_json::from_str(schema).expect("the schema");
    let mut found = std::collections::BTreeSet::new();
    secret(&schema, &mut found);
    assert_eq!(found, sse_spec::SECRETS.map(str::to_owned).into());
}
