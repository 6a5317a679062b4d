//! The points at which a call of the reference fails once: a disk and a KMS around its own
//! (spec/operations.md, laboratory).

use sse_reference::disk::{Change, Disk, Draft, Place, Scope};
use sse_reference::environment::Environment;
use sse_reference::kms::{DataKey, DataKeyRequest, DecryptRequest, Decrypted, Kms};
use sse_reference::policy::Caller;
use sse_reference::random::Random;
use sse_reference::refusal::{Refused, Result};
use sse_reference::sealed_object::Item;
use sse_reference::secret::SecretBuffer;
use sse_reference::sse::KeyService;
use sse_reference::store::OpenError;
use sse_spec::{Class, FaultKind, FaultPoint};
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// At most one armed fault, which disk, KMS and laboratory share.
#[derive(Clone, Debug, Default)]
pub(super) struct Points(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    armed: Option<(FaultPoint, u32, FaultKind)>,
    fired: bool,
}

impl Points {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the `nth` call to `point` fails.
    pub(super) fn arm(&self, point: FaultPoint, nth: u32, kind: FaultKind) {
        *self.state() = State { armed: Some((point, nth, kind)), fired: false };
    }

    /// No call fails from now on; whether one has failed.
    pub(super) fn disarm(&self) -> bool {
        std::mem::take(&mut *self.state()).fired
    }

    /// Whether a call has failed.
    pub(super) fn fired(&self) -> bool {
        self.state().fired
    }

    /// A call: how it fails, if it does.
    fn hit(&self, called: FaultPoint) -> Option<FaultKind> {
        let mut state = self.state();
        let (_, left, kind) = state.armed.as_mut().filter(|(point, ..)| *point == called)?;
        *left = left.checked_sub(1)?;
        if *left > 0 {
            return None;
        }
        let kind = *kind;
        state.fired = true;
        Some(kind)
    }

    /// A call that gives no bytes, or none that could be other ones.
    fn call(&self) -> io::Result<()> {
        match self.hit(FaultPoint::Storage) {
            None => Ok(()),
            Some(_) => Err(failure()),
        }
    }

    /// Commits changes, first to the trail where an entry is among them.
    fn commit(
        &self,
        changes: Vec<Change>,
        commit: impl FnOnce(Vec<Change>) -> io::Result<()>,
    ) -> io::Result<()> {
        let entry = |change: &Change| matches!(change, Change::Write(Place::Trail(_), _));
        let recorded = changes.iter().any(entry);
        let trail = if recorded { self.hit(FaultPoint::Trail) } else { None };
        match trail.or_else(|| self.hit(FaultPoint::Storage)) {
            None => commit(changes),
            Some(FaultKind::Timeout) => commit(changes).and(Err(failure())),
            Some(_) => Err(failure()),
        }
    }
}

fn failure() -> io::Error {
    io::Error::other("a fault was injected")
}

/// Random bytes in the place of what was asked for.
fn other_bytes(length: usize) -> Result<SecretBuffer> {
    let mut bytes = SecretBuffer::zeroed(length);
    rand::rngs::SysRng.fill(bytes.expose_mut())?;
    Ok(bytes)
}

/// A disk of which a call may fail.
pub(super) struct FailingDisk {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) points: Points,
}

impl Disk for FailingDisk {
    fn is_empty(&self) -> io::Result<bool> {
        self.points.call()?;
        self.disk.is_empty()
    }

    fn list(&self, scope: Scope<'_>) -> io::Result<Vec<Place>> {
        self.points.call()?;
        self.disk.list(scope)
    }

    fn open(&self, place: &Place) -> io::Result<Option<Box<dyn Item>>> {
        self.points.call()?;
        let item = self.disk.open(place)?;
        let points = self.points.clone();
        Ok(item.map(|item| Box::new(FailingItem { item, points }) as Box<dyn Item>))
    }

    fn create(&self, place: &Place) -> io::Result<Box<dyn Draft + '_>> {
        self.points.call()?;
        Ok(Box::new(FailingDraft { draft: self.disk.create(place)?, points: &self.points }))
    }

    fn commit(&self, changes: Vec<Change>) -> io::Result<()> {
        self.points.commit(changes, |changes| self.disk.commit(changes))
    }
}

struct FailingItem {
    item: Box<dyn Item>,
    points: Points,
}

impl Item for FailingItem {
    fn length(&self) -> u64 {
        self.item.length()
    }

    fn read(&self, from: u64, to: u64) -> Result<Box<dyn BufRead + '_>> {
        match self.points.hit(FaultPoint::Storage) {
            None => self.item.read(from, to),
            Some(FaultKind::Garbage) => {
                let length = usize::try_from(to.saturating_sub(from)).unwrap_or_default();
                Ok(Box::new(io::Cursor::new(other_bytes(length)?.expose().to_vec())))
            }
            Some(_) => Err(Refused(Class::Unavailable)),
        }
    }
}

struct FailingDraft<'a> {
    draft: Box<dyn Draft + 'a>,
    points: &'a Points,
}

impl Write for FailingDraft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.points.call()?;
        self.draft.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

impl Draft for FailingDraft<'_> {
    fn commit(self: Box<Self>, changes: Vec<Change>) -> io::Result<()> {
        let Self { draft, points } = *self;
        points.commit(changes, |changes| draft.commit(changes))
    }
}

/// A KMS of which an answer to the store may fail.
#[derive(Debug)]
pub(super) struct FailingKms {
    pub(super) kms: Kms,
    points: Points,
}

impl FailingKms {
    pub(super) fn open(environment: &Arc<Environment>, points: Points) -> Result<Self, OpenError> {
        Ok(Self { kms: Kms::open(environment)?, points })
    }

    /// One request: refused before it, or after it; whether its answer is to be other bytes.
    fn ask<T>(&mut self, request: impl FnOnce(&mut Kms) -> Result<T>) -> Result<(T, bool)> {
        let kind = self.points.hit(FaultPoint::Kms);
        if kind == Some(FaultKind::Unavailable) {
            return Err(Refused(Class::Unavailable));
        }
        let answer = request(&mut self.kms)?;
        match kind {
            Some(FaultKind::Timeout) => Err(Refused(Class::Unavailable)),
            _ => Ok((answer, kind.is_some())),
        }
    }
}

impl KeyService for FailingKms {
    fn generate_data_key(&mut self, caller: &Caller, request: &DataKeyRequest) -> Result<DataKey> {
        let (mut key, garbage) = self.ask(|kms| kms.generate_data_key(caller, request))?;
        if garbage {
            // Of the right length, so that nothing shows at a put.
            key.plaintext = other_bytes(key.plaintext.expose().len())?;
        }
        Ok(key)
    }

    fn decrypt(&mut self, caller: &Caller, request: &DecryptRequest) -> Result<Decrypted> {
        let (mut decrypted, garbage) = self.ask(|kms| kms.decrypt(caller, request))?;
        if garbage {
            decrypted.plaintext = other_bytes(decrypted.plaintext.expose().len())?;
        }
        Ok(decrypted)
    }

    fn aws_managed_key(&mut self, caller: &Caller) -> Result<String> {
        self.kms.aws_managed_key(caller)
    }

    fn key_arn(&self, caller: &Caller, named: &str) -> Option<String> {
        self.kms.key_arn(caller, named)
    }
}
