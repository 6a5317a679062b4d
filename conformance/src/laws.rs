//! The laws: they look at what lies at rest and know nobody's format (threat-model.md).

pub mod at_rest;
pub mod freshness;
pub mod keystream;
pub mod tamper;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod tests;
mod windows;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, Session};
use sse_spec::{
    Capability, ContextArgument, EncryptionRule, Item, Metadata, Profile, PutBucketEncryption,
    PutObject, SseHeaders,
};
use sse_vectors::scenario::Settle;
pub(crate) use windows::{Forbidden, Snapshot};

/// How encryption comes about in a law's case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A header asks for SSE-S3.
    S3,
    /// A header asks for SSE-KMS.
    Kms,
    /// The bucket's default is SSE-KMS and no header says anything.
    Default,
}

impl Mode {
    pub(crate) const BOTH: [Self; 2] = [Self::S3, Self::Kms];
    pub(crate) const ALL: [Self; 3] = [Self::S3, Self::Kms, Self::Default];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::S3 => "sse-s3",
            Self::Kms => "sse-kms",
            Self::Default => "bucket-default",
        }
    }

    pub(crate) fn group(self) -> Group {
        match self {
            Self::S3 => Group::SseS3,
            Self::Kms => Group::SseKms,
            Self::Default => Group::BucketDefault,
        }
    }

    /// The headers that ask for the mode; a customer key where the target has a KMS to make one.
    pub(crate) fn headers(self, session: &mut Session<'_, '_>, has_kms: bool) -> Step<SseHeaders> {
        Ok(match self {
            Self::S3 => SseHeaders { algorithm: Some("AES256".into()), ..SseHeaders::default() },
            Self::Kms => {
                let kms_key_id = if has_kms { Some(session.key()?.arn) } else { None };
                let pairs = [("department".to_owned(), "law".to_owned())].into();
                SseHeaders {
                    algorithm: Some("aws:kms".into()),
                    kms_key_id,
                    context: Some(ContextArgument::Pairs(pairs)),
                }
            }
            Self::Default => SseHeaders::default(),
        })
    }
}

/// A world with a bucket, and what a write into it has to ask for.
pub(crate) struct Setting<'s, 'a> {
    pub(crate) session: Session<'s, 'a>,
    pub(crate) bucket: String,
    pub(crate) sse: SseHeaders,
    /// The customer key that encrypts, where the mode and the target have one.
    pub(crate) key: Option<String>,
}

impl<'s, 'a> Setting<'s, 'a> {
    pub(crate) fn new(arena: &'s Arena<'a>, mode: Mode) -> Step<Self> {
        Self::part_of(arena, mode, "law")
    }

    /// The same where a case opens several worlds.
    pub(crate) fn part_of(arena: &'s Arena<'a>, mode: Mode, part: &str) -> Step<Self> {
        let mut session = arena.open(part)?;
        let bucket = session.bucket()?;
        let has_kms = arena.description.role.is_kms();
        let sse = mode.headers(&mut session, has_kms)?;
        let mut key = sse.kms_key_id.clone();
        if mode == Mode::Default {
            key = if has_kms { Some(session.key()?.arn) } else { None };
            let rule = EncryptionRule { algorithm: "aws:kms".into(), kms_key_id: key.clone() };
            session.must(PutBucketEncryption { bucket: bucket.clone(), rules: vec![rule] })?;
            session.settle(Settle::Bucket);
        }
        Ok(Self { session, bucket, sse, key })
    }

    /// Puts a body.
    pub(crate) fn put(&mut self, key: &str, body: &[u8]) -> Step<()> {
        let request = put_request(&self.bucket, key, body.to_vec(), &self.sse);
        self.session.put(&request).map(|_| ())
    }

    /// Copies an object.
    pub(crate) fn copy(&mut self, from: &str, to: &str) -> Step<()> {
        self.session.copy(&self.bucket, from, to, &self.sse).map(|_| ())
    }

    /// Begins an upload.
    pub(crate) fn begin(&mut self, key: &str) -> Step<crate::session::Upload> {
        self.session.begin(&self.bucket, key, &self.sse)
    }
}

/// Describes one law's case.
pub(crate) struct Law {
    pub(crate) family: &'static str,
    pub(crate) name: &'static str,
    pub(crate) comment: &'static str,
    pub(crate) requirements: &'static [&'static str],
    pub(crate) capabilities: &'static [Capability],
    pub(crate) breadth: Breadth,
    pub(crate) check: fn(&Arena<'_>, Mode) -> Step<()>,
}

impl Law {
    /// One case for each mode that a header asks for.
    pub(crate) fn cases(self) -> Vec<Case> {
        Mode::BOTH.into_iter().map(|mode| self.case(mode)).collect()
    }

    /// One case for each mode, and one for the bucket's default.
    pub(crate) fn cases_everywhere(self) -> Vec<Case> {
        Mode::ALL.into_iter().map(|mode| self.case(mode)).collect()
    }

    pub(crate) fn case(&self, mode: Mode) -> Case {
        let check = self.check;
        Case {
            id: format!("{}/{}-{}", self.family, self.name, mode.word()),
            comment: self.comment.into(),
            requirements: self.requirements.iter().map(|id| (*id).into()).collect(),
            profile: Profile::Core,
            area: Area::AtRest,
            group: mode.group(),
            breadth: self.breadth,
            family: self.family.into(),
            twin: None,
            needs: Needs {
                store: true,
                capabilities: self.capabilities.to_vec(),
                ..Needs::default()
            },
            run: Box::new(move |arena| ending(check(arena, mode))),
        }
    }
}

/// Every law's cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    [at_rest::cases(), freshness::cases(), keystream::cases(), tamper::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// A request to put `body` with metadata.
pub(crate) fn put_request(bucket: &str, key: &str, body: Vec<u8>, sse: &SseHeaders) -> PutObject {
    PutObject {
        bucket: bucket.into(),
        key: key.into(),
        body: sse_spec::Body::Inline(body.into()),
        sse: sse.clone(),
        metadata: Metadata::from([("colour".to_owned(), "vermilion".to_owned())]),
    }
}

/// The ending of a law that found a breach.
pub(crate) fn breach(text: String) -> Ending {
    Ending::Failed(text)
}

/// No forbidden window lies at rest.
pub(crate) fn search_items(session: &mut Session<'_, '_>, forbidden: &Forbidden) -> Step<()> {
    at_rest::search(&session.items()?, &Snapshot::default(), forbidden)
}

/// The vacuity guard: a write of n random bytes shows at rest as n bytes that were not there.
pub(crate) fn grown(before: &Snapshot, after: &[Item], len: usize) -> Step<()> {
    let new = before.new_bytes(after);
    if new < len {
        return Err(Ending::Inconclusive(format!(
            "a write of {len} random bytes shows {new} new bytes at rest: the body is not among \
             the items shown"
        )));
    }
    Ok(())
}
