//! The laws: they look at what lies at rest and know nobody's format (threat-model.md).

pub mod at_rest;
pub mod freshness;
pub mod tamper;

mod windows;

use crate::case::{Area, Breadth, Case, Ending, Group, Needs, Step, ending};
use crate::session::{Arena, Session};
use sse_spec::{Capability, ContextArgument, Metadata, Profile, PutObject, SseHeaders};

/// The mode a law is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    S3,
    Kms,
}

impl Mode {
    pub(crate) const BOTH: [Self; 2] = [Self::S3, Self::Kms];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::S3 => "sse-s3",
            Self::Kms => "sse-kms",
        }
    }

    fn group(self) -> Group {
        match self {
            Self::S3 => Group::SseS3,
            Self::Kms => Group::SseKms,
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
        })
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
    /// One case for each mode.
    pub(crate) fn cases(self) -> Vec<Case> {
        Mode::BOTH.into_iter().map(|mode| self.case(mode)).collect()
    }

    fn case(&self, mode: Mode) -> Case {
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
    [at_rest::cases(), freshness::cases(), tamper::cases()].into_iter().flatten().collect()
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
