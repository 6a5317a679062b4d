//! The points at which a call fails once, and the state to which an operation goes back that could
//! not write (spec/operations.md, laboratory).

use super::super::switch::Switch;
use super::super::vault::Opened;
use super::{Durable, MalleableWorld, s3};
use crate::target::{Failure, World as _};
use sse_spec::{
    Caller, Class, FaultKind, FaultPoint, InjectFault, InjectFaultReply, Item, ObjectName,
    Operation, Outcome, Plane, Refusal, Reply, Tag,
};
use sse_vectors::oracle::{Side, refusal};
use std::collections::BTreeMap;

/// The armed fault.
#[derive(Debug, Default)]
pub(super) struct Points {
    armed: Option<Armed>,
    fired: bool,
}

#[derive(Debug)]
struct Armed {
    point: FaultPoint,
    /// How many calls are left, the failing one included.
    left: u32,
    kind: FaultKind,
    /// What the last write that did not fail has left.
    saved: Durable,
}

impl MalleableWorld {
    /// Performs an operation while one call fails.
    pub(super) fn inject(
        &mut self,
        caller: &Caller,
        request: &InjectFault,
    ) -> Result<Reply, Failure> {
        let &InjectFault { point, nth, kind, ref operation } = request;
        if nth == 0 || matches!(**operation, Operation::InjectFault(_)) {
            return Err(s3(Class::InvalidArgument));
        }
        let armed = Armed { point, left: nth, kind, saved: self.durable.clone() };
        self.points = Points { armed: Some(armed), fired: false };
        let outcome = self.perform(caller, operation);
        let fired = std::mem::take(&mut self.points).fired;
        let outcome = match outcome {
            Ok(reply) => Outcome::Replied(Box::new(reply)),
            Err(Failure::Refused(refused)) => Outcome::Refused(refused),
            Err(other) => return Err(other),
        };
        Ok(InjectFaultReply { fired, outcome }.into())
    }

    /// A call to a point: how it fails, if it does.
    pub(super) fn hit(&mut self, point: FaultPoint) -> Option<FaultKind> {
        let armed = self.points.armed.as_mut().filter(|armed| armed.point == point)?;
        armed.left = armed.left.checked_sub(1)?;
        if armed.left > 0 {
            return None;
        }
        self.points.fired = true;
        Some(armed.kind)
    }

    /// A read of items: whether it gives other bytes.
    pub(super) fn read_fails(&mut self) -> Result<bool, Failure> {
        match self.hit(FaultPoint::Storage) {
            None => Ok(false),
            Some(FaultKind::Garbage) => Ok(true),
            Some(_) if self.bent(Switch::FailureAsMissing) => Err(s3(Class::NoSuchKey)),
            Some(_) => Err(s3(Class::Unavailable)),
        }
    }

    /// Every copy of an object whose record is authentic, read from the storage.
    pub(super) fn stored(&mut self, name: &ObjectName) -> Result<Vec<Opened>, Failure> {
        let garbage = self.read_fails()?;
        Ok(if garbage { Vec::new() } else { self.candidates(name) })
    }

    /// Makes everything since the last call durable: one write of the trail, where there is an
    /// entry, and one of the storage. Where a write fails, nothing of it has happened; after a
    /// timeout all of it.
    pub(super) fn commit(&mut self, side: Side) -> Result<(), Failure> {
        self.persist()?;
        let Some(armed) = &self.points.armed else { return Ok(()) };
        if self.durable.disk == armed.saved.disk {
            return Ok(());
        }
        let is_entry = |(_, item): &(&String, &Item)| item.tag == Tag::Trail;
        let entries = |disk: &BTreeMap<String, Item>| disk.iter().filter(is_entry).count();
        let recorded = entries(&self.durable.disk) > entries(&armed.saved.disk);
        let mut failing = if recorded { self.hit(FaultPoint::Trail) } else { None };
        if failing.is_some() && self.bent(Switch::UnwrittenUnrecorded) {
            failing = None;
            self.unrecord()?;
        }
        failing = failing.or_else(|| self.hit(FaultPoint::Storage));
        match failing {
            None => self.save(),
            Some(FaultKind::Timeout) => self.save(),
            Some(_) => self.go_back(),
        }
        if failing.is_none() {
            Ok(())
        } else {
            Err(Failure::Refused(refusal(side, Class::Unavailable)))
        }
    }

    /// The same in the middle of an operation, where it makes a difference.
    pub(super) fn commit_if_armed(&mut self) -> Result<(), Refusal> {
        if self.points.armed.is_none() {
            return Ok(());
        }
        self.commit(Side::Kms).map_err(|_| refusal(Side::Kms, Class::Unavailable))
    }

    fn save(&mut self) {
        if let Some(armed) = &mut self.points.armed {
            armed.saved = self.durable.clone();
        }
    }

    /// Goes back to what is durable, once a call has failed.
    pub(super) fn go_back(&mut self) {
        let Some(armed) = self.points.armed.as_ref().filter(|_| self.points.fired) else { return };
        self.durable = armed.saved.clone();
    }

    /// Forgets the entries that were not written.
    fn unrecord(&mut self) -> Result<(), Failure> {
        let Some(armed) = &self.points.armed else { return Ok(()) };
        let known = armed.saved.oracle.state.trail.len();
        self.durable.oracle.state.trail.truncate(known);
        self.persist()
    }

    /// Writes what an operation has left, and says how it ends where that fails.
    pub(super) fn conclude(
        &mut self,
        operation: &Operation,
        outcome: Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let side = if operation.plane() == Plane::Kms { Side::Kms } else { Side::S3 };
        let outcome = match self.commit(side) {
            Err(_) if outcome.is_ok() && self.acknowledged(operation) => outcome,
            Err(failure) => Err(failure),
            Ok(()) => outcome,
        };
        if outcome.is_err() && self.points.fired {
            self.leave(operation)?;
        }
        outcome
    }

    /// Whether a bend acknowledges what was not written.
    fn acknowledged(&self, operation: &Operation) -> bool {
        match operation {
            Operation::DeleteObject(_) => self.bent(Switch::DeleteUnwritten),
            Operation::CompleteMultipartUpload(_) => self.bent(Switch::CompletionUnwritten),
            Operation::PutBucketEncryption(_) | Operation::PutBucketPolicy(_) => {
                self.bent(Switch::SettingUnwritten)
            }
            Operation::DisableKey(_) | Operation::ScheduleKeyDeletion(_) => {
                self.bent(Switch::KeyUnwritten)
            }
            _ => false,
        }
    }

    /// What a bend leaves of a put that failed.
    fn leave(&mut self, operation: &Operation) -> Result<(), Failure> {
        let Operation::PutObject(request) = operation else { return Ok(()) };
        let (bucket, key) = (request.bucket.as_str(), request.key.as_str());
        let body = sse_vectors::body::expand(&request.body).map_err(Failure::Broken)?;
        // What a bend leaves behind is written by calls of its own, and these do not fail.
        let armed = self.points.armed.take();
        if self.bent(Switch::HalfWritten) {
            self.plant(bucket, key, body.get(..body.len() / 2).unwrap_or_default());
        }
        let place = (bucket.to_owned(), key.to_owned());
        if self.durable.oracle.state.objects.contains_key(&place)
            && self.bent(Switch::FailureRemoves)
        {
            self.durable.oracle.state.objects.remove(&place);
            self.erase(bucket, key);
        }
        if self.bent(Switch::FailureSpools) {
            self.beside("spool", bucket, key, body);
        }
        self.points.armed = armed;
        self.persist()
    }
}
