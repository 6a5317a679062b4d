//! The judgement: what an operation may leave behind during which a call failed.

use super::subjects::{Subject, Writes};
use super::view::{View, body, operation, recorded, refused, view};
use super::{Look, Stage, attempt};
use crate::case::{Ending, Step};
use crate::laws::{Forbidden, Mode, Snapshot, breach, grown, search_items};
use crate::session::{Arena, unexpected};
use serde_json::json;
use sse_spec::{
    Capability, Delivery, FaultKind, FaultPoint, Kind, Operation, Outcome, Reply, Restart,
};
use std::collections::BTreeMap;

type Counts = BTreeMap<String, usize>;

/// What the operation does where nothing fails.
pub(super) struct Judge<'j> {
    subject: &'j Subject,
    look: Look,
    before: View,
    after: View,
    /// The entries that it leaves.
    entries: Counts,
    /// The bodies, where items at rest are looked at: the same in every trial.
    forbidden: Forbidden,
}

/// One failing call.
pub(super) struct Trial {
    what: String,
    point: FaultPoint,
    kind: FaultKind,
    /// The entries before it.
    entries: Counts,
    /// What a read gave before it.
    read: Option<Reply>,
}

impl<'j> Judge<'j> {
    pub(super) fn of(
        arena: &Arena<'_>,
        mode: Mode,
        subject: &'j Subject,
        look: Look,
    ) -> Step<Self> {
        let mut stage = Stage::new(arena, mode, "nothing fails")?;
        let asked = (subject.prepare)(&mut stage)?;
        let before = view(&mut stage, subject.kms)?;
        let at_rest = match look {
            Look::AtRest => Some(Snapshot::of(&stage.setting.session.items()?)),
            Look::State => None,
        };
        let earlier = recorded(&mut stage)?;
        let reply = stage.setting.session.must(asked)?;
        let later = recorded(&mut stage)?;
        if let (Some(at_rest), Writes::Body) = (at_rest, subject.writes) {
            grown(&at_rest, &stage.setting.session.items()?, stage.new.len())?;
        }
        let count = |name: &String| earlier.get(name).copied().unwrap_or_default();
        let entries = later.iter().map(|(name, all)| (name.clone(), all - count(name)));
        let entries = entries.filter(|(_, more)| *more > 0).collect();
        let after = view(&mut stage, subject.kms)?;
        epilogue(&mut stage, subject, Some(&reply), FaultKind::Unavailable)?;
        let mut forbidden = Forbidden::default();
        if look == Look::AtRest {
            forbidden.add("a body", &stage.old);
            forbidden.add("a body", &stage.new);
        }
        Ok(Self { subject, look, before, after, entries, forbidden })
    }

    pub(super) fn begin(
        &self,
        stage: &mut Stage<'_, '_>,
        asked: &Operation,
        what: String,
        point: FaultPoint,
        kind: FaultKind,
    ) -> Step<Trial> {
        let read = if self.subject.reads {
            Some(stage.setting.session.must(asked.clone())?)
        } else {
            None
        };
        Ok(Trial { what, point, kind, entries: recorded(stage)?, read })
    }

    pub(super) fn end(
        &self,
        stage: &mut Stage<'_, '_>,
        trial: &Trial,
        outcome: &Outcome,
    ) -> Step<()> {
        let restarts = stage.setting.session.description().offers(Capability::Restart);
        if self.look == Look::AtRest {
            search_items(&mut stage.setting.session, &self.forbidden)?;
            if restarts {
                stage.setting.session.must(Restart {})?;
                search_items(&mut stage.setting.session, &self.forbidden)?;
            }
            return Ok(());
        }
        let entries = recorded(stage)?;
        let reply = match outcome {
            Outcome::Replied(reply) => {
                self.recorded(trial, &trial.entries, &entries, &self.entries)?;
                self.read(stage, trial, reply)?;
                Some(&**reply)
            }
            Outcome::Refused(refusal) => {
                let kind = refusal.class.kind();
                let garbage = trial.kind == FaultKind::Garbage && kind == Kind::Integrity;
                if kind != Kind::Unavailable && !garbage {
                    return Err(self.told(trial, &format!("it was {}", refused(refusal))));
                }
                None
            }
        };
        let whole = self.state(stage, trial, reply.is_some())?;
        if restarts {
            stage.setting.session.must(Restart {})?;
            self.state(stage, trial, reply.is_some())?;
            let kept = recorded(stage)?;
            // What a refused request has recorded may be gone.
            let least = if reply.is_some() { &entries } else { &trial.entries };
            self.recorded(trial, &Counts::new(), &kept, least)?;
        }
        if whole { epilogue(stage, self.subject, reply, trial.kind) } else { Ok(()) }.map_err(
            |ending| match ending {
                Ending::Failed(what) => self.told(trial, &what),
                other => other,
            },
        )
    }

    fn told(&self, trial: &Trial, what: &str) -> Ending {
        breach(format!("`{}`, {}: {what}", self.subject.name, trial.what))
    }

    /// The trail has grown by at least so many entries.
    fn recorded(&self, trial: &Trial, from: &Counts, to: &Counts, least: &Counts) -> Step<()> {
        let count = |counts: &Counts, name: &String| counts.get(name).copied().unwrap_or_default();
        for (name, least) in least {
            let made = count(to, name).saturating_sub(count(from, name));
            if made < *least {
                let what = format!("of {least} entries `{name}` the trail shows {made}");
                return Err(self.told(trial, &what));
            }
        }
        Ok(())
    }

    /// What a read gave is what it gave before, or a true beginning of it.
    fn read(&self, stage: &mut Stage<'_, '_>, trial: &Trial, reply: &Reply) -> Step<()> {
        let wrong = || Err(self.told(trial, "the reply is another than before"));
        match (reply, &trial.read) {
            (_, None) => opens(stage, reply).map_err(|what| match what {
                Ending::Failed(what) => self.told(trial, &what),
                other => other,
            }),
            (Reply::GetObject(now), Some(Reply::GetObject(before))) => {
                match (&now.delivery, &before.delivery) {
                    (Delivery::Aborted { prefix, .. }, Delivery::Complete(whole))
                        if whole.0.starts_with(&prefix.0) =>
                    {
                        Ok(())
                    }
                    _ if now == before => Ok(()),
                    _ => wrong(),
                }
            }
            (reply, Some(before)) if reply == before => Ok(()),
            _ => wrong(),
        }
    }

    /// What is shown is the old or, of what was acknowledged, the new; whether all of it can be
    /// read.
    fn state(&self, stage: &mut Stage<'_, '_>, trial: &Trial, acknowledged: bool) -> Step<bool> {
        let now = view(stage, self.subject.kms)?;
        if now == self.after || !acknowledged && now == self.before {
            return Ok(true);
        }
        // A data key of other bytes cannot be told at a put, nor what a completion only joins.
        let joined = self.subject.writes == Writes::Object;
        let unseen = trial.kind == FaultKind::Garbage && (trial.point == FaultPoint::Kms || joined);
        let lost = format!("refused as {:?}", Kind::Integrity);
        let unreadable =
            |of: &str, shown: &str| unseen && of.starts_with("the object") && shown == lost;
        let expected = if acknowledged { &self.after } else { &self.before };
        let differs = |(of, shown): &(&String, &String)| {
            expected.get(*of) != Some(shown) && !unreadable(of, shown)
        };
        match now.iter().find(differs) {
            None => Ok(false),
            Some((of, shown)) => {
                let ending = if acknowledged { "acknowledged" } else { "refused" };
                let expected = expected.get(of).map(String::as_str).unwrap_or_default();
                let what = format!("it was {ending}, and {of} is `{shown}`, not `{expected}`");
                Err(self.told(trial, &what))
            }
        }
    }
}

/// A blob that KMS handed out holds what it is said to hold.
fn opens(stage: &mut Stage<'_, '_>, reply: &Reply) -> Step<()> {
    let (blob, held) = match reply {
        Reply::GenerateDataKey(reply) => {
            (hex::encode(&reply.ciphertext_blob.0), hex::encode(reply.plaintext.expose()))
        }
        Reply::Encrypt(reply) => (hex::encode(&reply.ciphertext_blob.0), stage.held()),
        Reply::ReEncrypt(reply) => (hex::encode(&reply.ciphertext_blob.0), stage.held()),
        _ => return Ok(()),
    };
    let decrypt = operation(json!({"Decrypt": {"ciphertext_blob": blob}}))?;
    match attempt(stage, &decrypt)? {
        Ok(Reply::Decrypt(reply)) if hex::encode(reply.plaintext.expose()) == held => Ok(()),
        _ => Err(breach("the blob of its reply does not hold what it should".into())),
    }
}

/// What has to be possible with an upload afterwards.
fn epilogue(
    stage: &mut Stage<'_, '_>,
    subject: &Subject,
    reply: Option<&Reply>,
    kind: FaultKind,
) -> Step<()> {
    let Some(upload) = stage.upload.clone() else {
        // The upload that was begun can be used.
        let Some(Reply::CreateMultipartUpload(created)) = reply else { return Ok(()) };
        let (bucket, key) = (stage.setting.bucket.clone(), "new".to_owned());
        let upload = crate::session::Upload { bucket, key, id: created.upload_id.clone() };
        if kind == FaultKind::Garbage {
            return Ok(());
        }
        let part = stage.setting.session.part(&upload, 1, stage.new.clone())?;
        stage.setting.session.complete(&upload, &[part])?;
        return holds(stage, &["the new body"], false);
    };
    if subject.name == "abort" {
        return Ok(());
    }
    let mut listed = stage.parts.clone();
    if subject.writes == Writes::Object {
        if reply.is_some() || kind != FaultKind::Unavailable {
            return Ok(());
        }
        // What was refused because a part did not answer goes well when it is tried again.
        let _ = attempt(stage, &upload.completion(&listed).into())?;
        return holds(stage, &["the new body"], false);
    }
    let may_be = match (reply, kind) {
        (Some(_), _) => &["the new body"][..],
        (None, FaultKind::Timeout) => &["the old body", "the new body"],
        (None, _) => &["the old body"],
    };
    if let (Some(Reply::UploadPart(sent)), Some(part)) = (reply, listed.first_mut()) {
        part.etag.clone_from(&sent.etag);
    }
    let bearable = kind == FaultKind::Garbage && reply.is_some()
        || kind == FaultKind::Timeout && reply.is_none();
    match attempt(stage, &upload.completion(&listed).into())? {
        Ok(_) => holds(stage, may_be, bearable),
        Err(_) if bearable => Ok(()),
        Err(refusal) => Err(breach(format!("the upload cannot be completed: {:?}", refusal.class))),
    }
}

/// The object that an upload has made holds one of these bodies.
fn holds(stage: &mut Stage<'_, '_>, bodies: &[&str], unreadable: bool) -> Step<()> {
    let bucket = stage.setting.bucket.clone();
    match stage.setting.session.get(&bucket, "new") {
        Ok(reply) => match &reply.delivery {
            Delivery::Complete(bytes) if bodies.contains(&body(stage, &bytes.0)) => Ok(()),
            _ => Err(breach(format!("the completed upload is not {}", bodies.join(" or ")))),
        },
        Err(crate::target::Failure::Refused(_)) if unreadable => Ok(()),
        Err(failure) => Err(unexpected("GetObject", &failure)),
    }
}
