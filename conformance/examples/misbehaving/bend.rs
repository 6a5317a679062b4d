//! How what the reference says, and what it hears, is bent.

use serde_json::{Value, json};
use std::io::{Read, Result, Stdout, Write, stdout};
use std::process::exit;
use std::time::Duration;

/// What the suite says, on its way to the reference.
pub(crate) struct Input<R> {
    inner: R,
    how: String,
    read: Vec<u8>,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(inner: R, how: &str) -> Self {
        Self { inner, how: how.to_owned(), read: Vec::new() }
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(buffer)?;
        let came = buffer.get(..count).unwrap_or_default();
        match self.how.as_str() {
            "stops-reading" if contains(came, b"PutObject") => forever(),
            "answers-before-the-end" => {
                self.read.extend_from_slice(came);
                if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = self.read.drain(..=end).collect();
                    early(&line);
                    self.read.clear();
                }
            }
            _ => {}
        }
        Ok(count)
    }
}

/// Refuses a body that has only been announced.
fn early(line: &[u8]) {
    let Ok(asked) = serde_json::from_slice::<Value>(line) else { return };
    if asked.pointer("/perform/PutObject/body/chunks").is_some() {
        let refusal = json!({ "class": "access-denied" });
        let answer = json!({ "seq": asked["seq"], "world": asked["world"], "refused": refusal });
        let _ = stdout().write_all(format!("{answer}\n").as_bytes());
    }
}

/// What the reference says, on its way to the suite.
pub(crate) struct Output {
    inner: Stdout,
    how: String,
    line: Vec<u8>,
}

impl Output {
    pub(crate) fn new(inner: Stdout, how: &str) -> Self {
        Self { inner, how: how.to_owned(), line: Vec::new() }
    }
}

impl Write for Output {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        self.line.extend_from_slice(buffer);
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            let answer = serde_json::from_slice(&line)?;
            if let Some(bent) = bend(&self.how, answer, &line) {
                self.inner.write_all(&bent)?;
                self.inner.flush()?;
            }
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A line as it is sent; `None` where it was sent already.
fn bend(how: &str, mut answer: Value, line: &[u8]) -> Option<Vec<u8>> {
    if answer.get("started").is_some() {
        return Some(bend_start(how, answer));
    }
    let operation = answer["reply"].as_object().and_then(|reply| reply.keys().next().cloned());
    let operation = operation.unwrap_or_default();
    let put = operation == "PutObject";
    if let Some(bent) = newcomer(how, &operation, &mut answer, line) {
        return Some(bent);
    }
    match how {
        "exits-in-a-case" if put => exit(7),
        "ends-but-for-a-grandchild" if put => exit(0),
        "never-answers-and-is-noisy" => forever(),
        "talks-garbage" if put => return Some(b"hello, world\n".to_vec()),
        "ends-a-line-too-early" if put => {
            let half = line.get(..line.len() / 2).unwrap_or_default();
            return Some([half, b"\n"].concat());
        }
        "sends-an-array" if put => return Some(b"[]\n".to_vec()),
        "stalls-in-a-line" if put => {
            send(line.get(..line.len() / 2).unwrap_or_default());
            forever();
        }
        "drips" if put => drip(line),
        "one-gigabyte" if put => gigabyte(),
        "sends-no-utf8" if put => return Some(foreign(line)),
        "counts-ahead" if put => answer["seq"] = json!(answer["seq"].as_u64().unwrap_or(0) + 1),
        "answers-twice" if put => return Some([line, line].concat()),
        "names-another-world" if put => answer["world"] = json!("w000000000000"),
        "sends-a-number-for-a-text" if put => answer["reply"]["PutObject"]["etag"] = json!(7),
        "adds-a-member" if put => answer["extra"] = json!({}),
        "sends-two-kinds" if put => answer["closed"] = json!({}),
        "replies-to-another" if put => answer["reply"] = json!({ "DeleteObject": {} }),
        "opens-again" if put => {
            return Some(message(&answer, "opened", &json!({})));
        }
        "sends-a-chunk-of-a-put" if put => send(&message(&answer, "chunk", &json!("00"))),
        "refuses-after-a-chunk" if operation == "GetObject" => {
            send(&message(&answer, "chunk", &json!("00")));
            let refusal = json!({ "class": "integrity" });
            return Some(message(&answer, "refused", &refusal));
        }
        "sends-an-empty-chunk" if operation == "GetObject" => {
            send(&message(&answer, "chunk", &json!("")));
        }
        "sends-a-long-chunk" if operation == "GetObject" => {
            send(&message(&answer, "chunk", &json!("00".repeat((1 << 20) + 1))));
        }
        "replies-with-a-long-body" if operation == "GetObject" => {
            let long = json!("00".repeat((1 << 20) + 1));
            answer["reply"]["GetObject"]["delivery"] = json!({ "complete": long });
        }
        "breaks-by-itself" if put => {
            return Some(message(&answer, "errored", &json!({ "message": "no disk" })));
        }
        _ => return Some(line.to_vec()),
    }
    Some(format!("{answer}\n").into_bytes())
}

/// What the authors of adapters do wrong on their first day.
fn newcomer(how: &str, operation: &str, answer: &mut Value, line: &[u8]) -> Option<Vec<u8>> {
    if let ("opens-with-a-list", Some(opened)) = (how, answer.get_mut("opened")) {
        *opened = json!([]);
        return Some(format!("{answer}\n").into_bytes());
    }
    let reply = answer.pointer_mut(&format!("/reply/{operation}"));
    match (how, operation) {
        ("logs-to-standard-output", "PutObject") => {
            return Some([b"INFO stored an object\n", line].concat());
        }
        ("indents", "PutObject") => {
            return Some(format!("{answer:#}\n").into_bytes());
        }
        ("forgets-the-line-feed", "PutObject") => {
            send(line.trim_ascii_end());
            forever();
        }
        ("forgets-the-last-line-feed", "PutObject") => {
            send(line.trim_ascii_end());
            exit(0);
        }
        ("never-flushes", "PutObject") => forever(),
        ("is-talkative", "PutObject") => {
            (0..50).for_each(|number| eprintln!("note {number}"));
            exit(7);
        }
        ("lists-its-members", "PutObject") => reply?["sse"] = json!(["AES256"]),
        ("shows-a-number-as-algorithm", "GetObject") => reply?["sse"]["algorithm"] = json!(7),
        ("shows-another-algorithm", "PutObject") => reply?["sse"]["algorithm"] = json!("AES128"),
        ("shows-another-state", "DescribeKey") => {
            reply?["key_metadata"]["key_state"] = json!("Active");
        }
        ("shouts-its-hex", "GetObject") => {
            let hex = reply?.pointer_mut("/delivery/complete")?;
            *hex = json!(hex.as_str()?.to_uppercase());
        }
        ("sizes-the-range", "GetObject") => {
            let reply = reply?;
            let digits = reply.pointer("/delivery/complete")?.as_str()?.len();
            reply["size"] = json!(digits / 2);
        }
        ("skips-puts", "PutObject") => {
            let skipped = json!({ "reason": "no disk yet", "issue_url": "urn:issue:7" });
            return Some(message(answer, "skipped", &skipped));
        }
        ("is-a-store-without-kms", "PutObject") if reply?["sse"]["algorithm"] == "aws:kms" => {
            let refused = json!({ "class": "unsupported-operation" });
            return Some(message(answer, "refused", &refused));
        }
        _ => return None,
    }
    Some(format!("{answer}\n").into_bytes())
}

fn bend_start(how: &str, mut answer: Value) -> Vec<u8> {
    let started = &mut answer["started"];
    let description = &mut started["description"];
    match how {
        "chooses-version-two" => started["protocol"] = json!(2),
        "describes-a-colour" => description["colour"] = json!("red"),
        "is-a-store-without-kms" => description["role"] = json!("store"),
        "declares-fork" => description["capabilities"] = json!(["fork"]),
        "declares-twice" => description["capabilities"] = json!(["audit", "audit"]),
        "is-someone-else-each-time" => description["name"] = json!(std::process::id().to_string()),
        "cannot-begin" => {
            let errored = json!({ "message": "no disk" });
            answer = json!({ "seq": answer["seq"], "errored": errored });
        }
        _ => {}
    }
    format!("{answer}\n").into_bytes()
}

/// Another message in place of an answer.
fn message(answer: &Value, kind: &str, value: &Value) -> Vec<u8> {
    let message = json!({ "seq": answer["seq"], "world": answer["world"], kind: value });
    format!("{message}\n").into_bytes()
}

fn send(bytes: &[u8]) {
    let mut out = stdout();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        exit(6);
    }
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1000));
    }
}

/// One byte after the other, each well within the time.
fn drip(line: &[u8]) {
    for byte in line {
        send(&[*byte]);
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn gigabyte() {
    let piece = vec![b'a'; 1 << 20];
    for _ in 0..1 << 10 {
        send(&piece);
    }
    send(b"\n");
}

/// The line with a byte inside a text that is no UTF-8.
fn foreign(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    let at = line.windows(8).position(|window| window == b"\"etag\":\"").unwrap_or_default();
    line.insert(at + 8, 0xff);
    line
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
