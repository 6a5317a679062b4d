//! Bodies on their way out: whole up to 1 MiB, else in chunks; patterns and files are expanded.

use crate::target::Failure;
use crate::target::protocol::{CHUNK, Chunked};
use sse_spec::{Body, Bytes, InjectFault, Operation, PutObject, SealObject, SealPart, UploadPart};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;

/// How an operation is sent.
pub(super) enum Sending<'a> {
    /// In one line.
    Whole(Cow<'a, Operation>),
    /// Its body follows.
    Chunked(Chunked<'a>, Box<dyn Read + 'a>),
}

/// Decides how an operation is sent.
pub(super) fn sending(operation: &Operation) -> Result<Sending<'_>, Failure> {
    let (body, chunked) = match operation {
        Operation::PutObject(put) => (&put.body, Chunked::put(put)),
        Operation::UploadPart(part) => (&part.body, Chunked::part(part)),
        other => return inlined(other).map(Sending::Whole),
    };
    Ok(match body {
        Body::Inline(bytes) if bytes.0.len() <= CHUNK => Sending::Whole(Cow::Borrowed(operation)),
        Body::Inline(bytes) => Sending::Chunked(chunked, Box::new(bytes.0.as_slice())),
        Body::File(path) => {
            let told =
                |error: std::io::Error| Failure::Broken(format!("`{}`: {error}", path.display()));
            let file = File::open(path).map_err(told)?;
            if file.metadata().map_err(told)?.len() > CHUNK as u64 {
                Sending::Chunked(chunked, Box::new(file))
            } else {
                Sending::Whole(inlined(operation)?)
            }
        }
        Body::Pattern { len, .. } if *len > CHUNK as u64 => {
            let bytes = sse_vectors::body::expand(body).map_err(Failure::Broken)?;
            Sending::Chunked(chunked, Box::new(std::io::Cursor::new(bytes)))
        }
        Body::Pattern { .. } => Sending::Whole(inlined(operation)?),
    })
}

/// The operation with every body in it.
fn inlined(operation: &Operation) -> Result<Cow<'_, Operation>, Failure> {
    Ok(match operation {
        Operation::PutObject(put) if !is_inline(&put.body) => {
            let put = PutObject { body: inline(&put.body)?, ..put.clone() };
            Cow::Owned(put.into())
        }
        Operation::UploadPart(part) if !is_inline(&part.body) => {
            let part = UploadPart { body: inline(&part.body)?, ..part.clone() };
            Cow::Owned(part.into())
        }
        Operation::SealObject(seal) if !seal.parts.iter().all(|part| is_inline(&part.body)) => {
            let parts = seal
                .parts
                .iter()
                .map(|part| Ok(SealPart { body: inline(&part.body)?, ..part.clone() }));
            let parts = parts.collect::<Result<_, Failure>>()?;
            Cow::Owned(SealObject { parts, ..seal.clone() }.into())
        }
        Operation::InjectFault(fault) => match inlined(&fault.operation)? {
            Cow::Borrowed(_) => Cow::Borrowed(operation),
            Cow::Owned(inner) => {
                let operation = Box::new(inner);
                Cow::Owned(InjectFault { operation, ..fault.clone() }.into())
            }
        },
        other => Cow::Borrowed(other),
    })
}

fn is_inline(body: &Body) -> bool {
    matches!(body, Body::Inline(_))
}

fn inline(body: &Body) -> Result<Body, Failure> {
    let bytes = sse_vectors::body::expand(body).map_err(Failure::Broken)?;
    Ok(Body::Inline(Bytes(bytes)))
}
