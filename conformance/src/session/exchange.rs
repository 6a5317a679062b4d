//! The exchange as people read it: the protocol's JSON, secrets redacted, long bytes shortened.

use crate::target::Failure;
use ciborium::Value as Shown;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sse_spec::{Caller, Operation, Refusal, Reply, SECRETS};

/// More bytes than these are shortened.
const LONGEST: usize = 32;
/// How much of a message is shown.
const SHOWN: usize = 4000;

/// A request as the protocol has it.
#[derive(Serialize)]
struct Asked<'a> {
    caller: &'a Caller,
    perform: &'a Operation,
}

/// An answer as the protocol has it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answered<'a> {
    Reply(&'a Reply),
    Refused(&'a Refusal),
    Skipped { reason: &'a str },
}

/// A request and what became of it, each on a line.
pub(super) fn lines(
    caller: &Caller,
    operation: &Operation,
    result: &Result<Reply, Failure>,
) -> String {
    let asked = json_line(&Asked { caller, perform: operation });
    let answered = match result {
        Ok(reply) => json_line(&Answered::Reply(reply)),
        Err(Failure::Refused(refused)) => json_line(&Answered::Refused(refused)),
        Err(Failure::Unsupported(reason)) => json_line(&Answered::Skipped { reason }),
        // No message says this: the target made no sense, or broke the protocol.
        Err(Failure::Broken(why)) => return format!("> {asked}\n! {}\n", clipped(why.clone())),
    };
    format!("> {asked}\n< {answered}\n")
}

/// A part of the protocol on one line of bounded length.
///
/// The value is taken in a form that has bytes as they are: every message of a run comes through
/// here, and nearly all its bytes are long ones of which only the beginning is shown.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    match Shown::serialized(value) {
        Ok(value) => clipped(shown(value, false).to_string()),
        Err(error) => format!("no JSON: {error}"),
    }
}

/// The value in JSON, with its long bytes shortened and its secrets left out.
fn shown(value: Shown, secret: bool) -> Value {
    match value {
        Shown::Text(_) | Shown::Bytes(_) if secret => "[secret]".into(),
        Shown::Text(text) => text.into(),
        Shown::Bytes(bytes) => short(&bytes).into(),
        Shown::Bool(truth) => truth.into(),
        Shown::Integer(number) => u64::try_from(number)
            .map(Value::from)
            .or_else(|_| i64::try_from(number).map(Value::from))
            .unwrap_or_default(),
        Shown::Array(elements) => {
            elements.into_iter().map(|element| shown(element, false)).collect()
        }
        Shown::Map(members) => {
            let member = |(name, value): (Shown, Shown)| {
                let name = name.into_text().unwrap_or_default();
                let secret = SECRETS.contains(&name.as_str());
                (name, shown(value, secret))
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        // The vocabulary has no other: no fractions and no tags.
        _ => Value::Null,
    }
}

/// Bytes in hex; long ones by their beginning, their length and their digest.
fn short(bytes: &[u8]) -> String {
    match bytes.get(..LONGEST / 2) {
        Some(head) if bytes.len() > LONGEST => {
            let (head, digest) = (hex::encode(head), hex::encode(Sha256::digest(bytes)));
            let digest = digest.get(..LONGEST / 2).unwrap_or_default();
            format!("{head}... ({} bytes, SHA-256 {digest}...)", bytes.len())
        }
        _ => hex::encode(bytes),
    }
}

fn clipped(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((at, _)) => format!("{}... ({} bytes)", &text.get(..at).unwrap_or(""), text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sse_spec::{Body, Metadata, PutObject, SecretBytes, SseHeaders, WrapBinding, WrapDataKey};

    #[test]
    fn a_request_is_the_one_of_the_protocol() {
        let put = |body: Vec<u8>| -> Operation {
            let (bucket, key) = ("b".to_owned(), "k".to_owned());
            let body = Body::Inline(body.into());
            PutObject { bucket, key, body, sse: SseHeaders::default(), metadata: Metadata::new() }
                .into()
        };
        let told = lines(&Caller::new("p"), &put(vec![7; 32]), &Err(Failure::Broken("no".into())));
        let digits = "07".repeat(32);
        assert_eq!(
            told,
            format!(
                "> {{\"caller\":{{\"principal\":\"p\",\"secure_transport\":true}},\"perform\":\
                 {{\"PutObject\":{{\"body\":{{\"inline\":\"{digits}\"}},\"bucket\":\"b\",\
                 \"key\":\"k\",\"metadata\":{{}}}}}}}}\n! no\n"
            )
        );
        let told = lines(&Caller::new("p"), &put(vec![7; 33]), &Err(Failure::Broken("no".into())));
        let digits = "07".repeat(16);
        assert!(told.contains(&format!("\"{digits}... (33 bytes, SHA-256 ")), "{told}");
    }

    #[test]
    fn bytes_are_shown_from_a_form_that_keeps_them() {
        let (bucket, key) = ("b".to_owned(), "k".to_owned());
        let body = Body::Inline(vec![7; 100].into());
        let (sse, metadata) = (SseHeaders::default(), Metadata::new());
        let put: Operation = PutObject { bucket, key, body, sse, metadata }.into();
        let kept = Shown::serialized(&put).unwrap();
        assert!(format!("{kept:?}").contains("Bytes("));
        assert_eq!(kept.deserialized::<Operation>().unwrap(), put);
    }

    #[test]
    fn secrets_are_a_fixed_word_and_lines_have_a_bound() {
        let secret = || SecretBytes::new(vec![0xca; 32]);
        let binding = WrapBinding::Service { version: 1, bucket: "b".into(), key: "k".into() };
        let (nonce, wrapping_key, data_key) = (vec![0; 24].into(), secret(), secret());
        let wrap = WrapDataKey { wrapping_key, nonce, data_key, binding };
        let told = json_line(&Operation::from(wrap));
        assert!(!told.contains("caca") && told.matches("[secret]").count() == 2, "{told}");
        assert!(json_line(&"x".repeat(5000)).len() < 4100);
    }
}
