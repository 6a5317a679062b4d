//! The exchange as people read it: the protocol's JSON, secrets redacted, long bytes shortened.

use crate::target::Failure;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sse_spec::{Caller, Operation, Reply, SECRETS};

/// Strings of more hex digits are shortened; a key material's id is shown whole.
const DIGITS: usize = 64;
/// How much of a message is shown.
const SHOWN: usize = 4000;

/// A request and what became of it, each on a line.
pub(super) fn lines(
    caller: &Caller,
    operation: &Operation,
    result: &Result<Reply, Failure>,
) -> String {
    let asked = json_line(&json!({ "caller": caller, "perform": operation }));
    let answered = match result {
        Ok(reply) => json_line(&json!({ "reply": reply })),
        Err(Failure::Refused(refused)) => json_line(&json!({ "refused": refused })),
        Err(Failure::Unsupported(reason)) => json_line(&json!({ "skipped": { "reason": reason } })),
        // No message says this: the target made no sense, or broke the protocol.
        Err(Failure::Broken(why)) => return format!("> {asked}\n! {}\n", clipped(why.clone())),
    };
    format!("> {asked}\n< {answered}\n")
}

/// A part of the protocol on one line of bounded length.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(mut value) => {
            shorten(&mut value);
            clipped(value.to_string())
        }
        Err(error) => format!("no JSON: {error}"),
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if SECRETS.contains(&name.as_str()) => {
                        "[secret]".clone_into(text);
                    }
                    other => shorten(other),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(shorten),
        Value::String(text) => {
            if let Some(short) = short(text) {
                *text = short;
            }
        }
        _ => {}
    }
}

/// Long bytes by their beginning, their length and their digest.
fn short(digits: &str) -> Option<String> {
    let bytes = Some(digits).filter(|digits| digits.len() > DIGITS).map(hex::decode)?.ok()?;
    let digest = hex::encode(Sha256::digest(&bytes));
    let (head, digest) = (digits.get(..DIGITS / 2)?, digest.get(..DIGITS / 4)?);
    Some(format!("{head}... ({} bytes, SHA-256 {digest}...)", bytes.len()))
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
