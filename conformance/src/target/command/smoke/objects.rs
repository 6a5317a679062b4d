//! The steps of a target that has a data plane.

use super::{Ended, Seen, Trouble, Walk, Wrong, refused, told};
use crate::session::json_line;
use crate::target::Failure;
use crate::target::protocol::{CHUNK, Chunked};
use sse_spec::{
    Algorithm, Body, Bytes, Class, CreateBucket, Delivery, GetObject, HeadObject, Kind, Metadata,
    PutObject, Range, Reply, SseHeaders,
};
use std::io::{Error, ErrorKind, Read};

/// A body that does not fit into one message.
const LONG: u64 = CHUNK as u64 + 12_345;

/// What is said of a store without a KMS that declines SSE-KMS (operations.md, Description).
const OWED: &str = "`store` promises it under a key of its own, so `run` fails cases of SSE-KMS";

impl Walk<'_> {
    pub(super) fn objects(&mut self) -> Result<(), Ended> {
        self.step("CreateBucket", "a reply in either world", |walk| {
            for world in [0, 1] {
                let bucket = walk.bucket(world);
                walk.perform(world, &CreateBucket { bucket }.into())?;
            }
            Ok("in either world, in turn".into())
        })?;
        self.protected("s3", Algorithm::Aes256)?;
        self.protected("kms", Algorithm::AwsKms)?;
        self.ranges()?;
        self.step("refused GetObject", "a refusal of kind `not-found`", |walk| {
            let refusal = refused(walk.perform(0, &walk.read("absent", None).into()), "GetObject")?;
            match refusal.class.kind() {
                Kind::NotFound => Ok("an object that does not exist".into()),
                _ => Err(told(&Failure::Refused(refusal)).into()),
            }
        })?;
        self.chunked()
    }

    /// Puts, gets and heads an object of one mode.
    fn protected(&mut self, key: &str, algorithm: Algorithm) -> Result<(), Ended> {
        let word = algorithm.word();
        let owed = algorithm == Algorithm::AwsKms && !self.description.role.is_kms();
        let mut stored = true;
        let expected = format!("a reply that shows {word}");
        self.step(&format!("PutObject {word}"), &expected, |walk| {
            match walk.put(key, algorithm) {
                Err(Wrong::Trouble(Trouble::Failed(
                    declined @ (Failure::Refused(_) | Failure::Unsupported(_)),
                ))) if owed => {
                    stored = false;
                    Ok(format!("{}; {OWED}", told(&declined)))
                }
                put => put,
            }
        })?;
        if !stored {
            return Ok(());
        }
        self.step(&format!("GetObject {word}"), "the 1000 bytes that were put", |walk| {
            walk.get(key, None, &bytes(1000), 1000)
        })?;
        self.step(&format!("HeadObject {word}"), "the size 1000", |walk| walk.head(key))
    }

    fn ranges(&mut self) -> Result<(), Ended> {
        let whole = bytes(1000);
        for (name, range, expected) in [
            ("GetObject 100-199", Range::FromTo { first: 100, last: 199 }, whole.get(100..200)),
            ("GetObject 900-", Range::From { first: 900 }, whole.get(900..)),
            ("GetObject -10", Range::Last { length: 10 }, whole.get(990..)),
        ] {
            let expected = expected.unwrap_or_default().to_vec();
            let text = format!("{} bytes of the object, and its size 1000", expected.len());
            self.step(name, &text, |walk| walk.get("s3", Some(range), &expected, 1000))?;
        }
        Ok(())
    }

    fn chunked(&mut self) -> Result<(), Ended> {
        self.step("chunks, end", "a reply to a body in two chunks", |walk| {
            walk.put_chunks("long", &mut bytes(LONG).as_slice())?;
            Ok(format!("a body of {LONG} bytes"))
        })?;
        self.step("chunks of an answer", "all bytes, the last MiB in the reply", |walk| {
            walk.get("long", None, &bytes(LONG), LONG)
        })?;
        self.step("end at once", "a reply to an empty body", |walk| {
            walk.put_chunks("empty", &mut std::io::empty())?;
            walk.get("empty", None, &[], 0)
        })?;
        self.step("gone", "a refusal of class `invalid-request`, and no object", |walk| {
            let mut half = Half(bytes(CHUNK as u64).into());
            let put = walk.write("half");
            let refusal =
                refused(walk.perform_chunked(Chunked::put(&put), &mut half), "PutObject")?;
            if refusal.class != Class::InvalidRequest {
                return Err(told(&Failure::Refused(refusal)).into());
            }
            refused(walk.perform(0, &walk.read("half", None).into()), "GetObject")?;
            Ok("refused, and nothing was stored".into())
        })
    }

    fn bucket(&self, world: usize) -> String {
        format!("{}-{}", self.bucket, world + 1)
    }

    fn read(&self, key: &str, range: Option<Range>) -> GetObject {
        let (bucket, key) = (self.bucket(0), key.to_owned());
        GetObject { bucket, key, range, sse: SseHeaders::default() }
    }

    fn write(&self, key: &str) -> PutObject {
        PutObject {
            bucket: self.bucket(0),
            key: key.to_owned(),
            body: Body::Inline(Bytes::default()),
            sse: SseHeaders::default(),
            metadata: Metadata::from([("colour".to_owned(), "vermilion".to_owned())]),
        }
    }

    fn put(&mut self, key: &str, algorithm: Algorithm) -> Seen {
        // Without a key the store uses the one that the service manages.
        let kms_key_id = self.key.clone().filter(|_| algorithm == Algorithm::AwsKms);
        let sse = SseHeaders { algorithm: Some(algorithm.into()), kms_key_id, context: None };
        let body = Body::Inline(bytes(1000).into());
        let put = PutObject { body, sse, ..self.write(key) };
        match self.perform(0, &put.into())? {
            Reply::PutObject(reply) if reply.sse.algorithm == algorithm => {
                Ok("1000 bytes inline".into())
            }
            other => Err(format!("got {}", json_line(&other)).into()),
        }
    }

    fn head(&mut self, key: &str) -> Seen {
        let (bucket, key) = (self.bucket(0), key.to_owned());
        let head = HeadObject { bucket, key, sse: SseHeaders::default() };
        match self.perform(0, &head.into())? {
            Reply::HeadObject(head) if head.size == 1000 => Ok("1000 bytes".into()),
            other => Err(format!("got {}", json_line(&other)).into()),
        }
    }

    fn put_chunks(&mut self, key: &str, body: &mut dyn Read) -> Result<(), Wrong> {
        let put = self.write(key);
        self.perform_chunked(Chunked::put(&put), body)?;
        Ok(())
    }

    /// Gets an object of `size` bytes, or a range of it.
    fn get(&mut self, key: &str, range: Option<Range>, expected: &[u8], size: u64) -> Seen {
        let Reply::GetObject(got) = self.perform(0, &self.read(key, range).into())? else {
            return Err("another reply".into());
        };
        match got.delivery {
            Delivery::Complete(bytes) => {
                sse_vectors::body::compare(expected, &bytes.0)?;
                match got.size {
                    whole if whole == size => Ok(format!("{} bytes", expected.len())),
                    other => Err(format!("`size` is {other}, the object's is {size}").into()),
                }
            }
            Delivery::Aborted { refusal, .. } => {
                Err(format!("aborted: {}", json_line(&refusal)).into())
            }
        }
    }
}

/// Bytes that any mistake in hex or order shows in.
fn bytes(len: u64) -> Vec<u8> {
    let body = Body::Pattern { seed: 7, len };
    sse_vectors::body::expand(&body).unwrap_or_default()
}

/// A body whose client goes away.
struct Half(std::collections::VecDeque<u8>);

impl Read for Half {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(Error::from(ErrorKind::ConnectionAborted)),
            read => read,
        }
    }
}
