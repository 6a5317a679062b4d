//! The reference as a target: the vocabulary of spec/operations.md in the words of its own API.

mod data;
mod format;
mod kms;
mod laboratory;
mod points;
mod rest;

use super::{Broken, Failure, StoreAndKms, Target, World, WorldConfig};
use laboratory::{DataKeyLog, WorldClock};
use points::{FailingDisk, FailingKms, Points};
use rest::{InFolder, Rest};
use sse_reference::disk::Memory;
use sse_reference::environment::{EntityTags, Parts};
use sse_reference::policy::{Caller as Principal, PolicyRefused};
use sse_reference::refusal::{Refused, Side};
use sse_reference::secret::RootKey;
use sse_reference::{encryption_context, sse, store};
use sse_spec::*;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const ACCOUNT: &str = "111122223333";
const OTHER_ACCOUNT: &str = "444455556666";
const REGION: &str = "us-east-1";
/// Less than the 5 MiB of AWS, so that uploads in parts are quick; more than one chunk.
const SMALLEST_PART: u64 = 20_000;

/// The reference as an embedded target, with items in memory.
#[must_use]
pub fn target() -> impl Target {
    ReferenceTarget { in_folder: false }
}

/// The same with each world in a temporary folder of its own, which is removed with the world.
#[must_use]
pub fn target_in_folder() -> impl Target {
    ReferenceTarget { in_folder: true }
}

#[derive(Clone, Copy, Debug)]
struct ReferenceTarget {
    in_folder: bool,
}

impl ReferenceTarget {
    fn rest(self) -> Result<Rest, Broken> {
        let in_folder = |error: io::Error| Broken(format!("a temporary folder: {error}"));
        Ok(match self.in_folder {
            false => Rest::Memory(Arc::new(Memory::default())),
            true => Rest::Folder(InFolder::new().map_err(in_folder)?),
        })
    }
}

impl Target for ReferenceTarget {
    fn describe(&self) -> Description {
        Description {
            name: if self.in_folder { "sse-reference in a folder" } else { "sse-reference" }
                .to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            role: Role::StoreAndKms,
            capabilities: vec![
                Capability::Principals,
                Capability::Audit,
                Capability::Usage,
                Capability::Format,
                Capability::ReadAtRest,
                Capability::WriteAtRest,
                Capability::Fixup,
                Capability::Clock,
                Capability::RotateServiceKey,
                Capability::InjectFault,
                Capability::Restart,
                Capability::ListDataKeys,
                Capability::Fork,
            ],
            account: ACCOUNT.to_owned(),
            other_account: Some(OTHER_ACCOUNT.to_owned()),
            region: REGION.to_owned(),
            limits: Limits { part_bytes: SMALLEST_PART, ..Limits::default() },
            settle: SettleTimes::default(),
        }
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        let root = RootKey::draw(&mut rand::rngs::SysRng);
        let mut world = Reference {
            rest: self.rest()?,
            clock: Arc::new(WorldClock::at(config.start)),
            root: root.map_err(|refused| Broken(refused.to_string()))?,
            store: None,
            data_keys: DataKeyLog::default(),
            points: Points::default(),
        };
        world.reopen().map_err(|refused| Broken(refused.to_string()))?;
        Ok(Box::new(ReferenceWorld(Arc::new(Mutex::new(StoreAndKms(world))))))
    }
}

type Store = store::Store<FailingKms>;

/// One world of the reference: the disk, clock and root key that outlive a restart, and the store
/// that does not.
struct Reference {
    rest: Rest,
    clock: Arc<WorldClock>,
    root: RootKey,
    /// `None` where the items at rest did not open.
    store: Option<Store>,
    data_keys: DataKeyLog,
    points: Points,
}

impl Reference {
    /// Loses the store with everything in memory.
    fn close(&mut self) {
        self.store = None;
        self.points.disarm();
    }

    /// Loses the store with everything in memory, and opens it from disk and root key.
    fn reopen(&mut self) -> Result<(), Refused> {
        self.close();
        let disk = self.rest.open(&self.root)?;
        let parts = Parts {
            disk: Arc::new(FailingDisk { disk, points: self.points.clone() }),
            clock: self.clock.clone(),
            random: Box::new(rand::rngs::SysRng),
            region: REGION.to_owned(),
            accounts: vec![ACCOUNT.to_owned(), OTHER_ACCOUNT.to_owned()],
            etag: EntityTags::Md5,
            minimum_part: SMALLEST_PART,
        };
        let points = self.points.clone();
        let kms = |environment: &_| FailingKms::open(environment, points);
        self.store = Some(Store::open_with(parts, &self.root, kms)?);
        Ok(())
    }

    fn store(&mut self) -> Result<&mut Store, Refused> {
        self.store.as_mut().ok_or(Refused(Class::DamagedStore))
    }

    /// Performs an operation of the store.
    fn on_store<T>(
        &mut self,
        caller: &Caller,
        operation: impl FnOnce(&mut Store, &Principal) -> Result<T, Refused>,
    ) -> Result<T, Failure> {
        let store = self.store();
        store.and_then(|store| operation(store, &principal(caller)?)).map_err(s3)
    }

    /// Performs an operation of the KMS.
    fn on_kms<T, E: Into<PolicyRefused>>(
        &mut self,
        caller: &Caller,
        operation: impl FnOnce(&mut sse_reference::kms::Kms, &Principal) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let refused = |refused: PolicyRefused| Failure::Refused(refused.on(Side::Kms));
        let principal = principal(caller).map_err(|denied| refused(denied.into()))?;
        let store = self.store().map_err(|damaged| refused(damaged.into()))?;
        operation(&mut store.kms().kms, &principal).map_err(|error| refused(error.into()))
    }
}

fn s3(refused: Refused) -> Failure {
    Failure::Refused(refused.on(Side::S3))
}

fn principal(caller: &Caller) -> Result<Principal, Refused> {
    Principal::from_arn(&caller.principal, caller.secure_transport)
}

/// The headers as they would stand on the wire.
fn headers(sse: &SseHeaders) -> Result<sse::SseHeaders, Failure> {
    let context = match &sse.context {
        None => None,
        Some(ContextArgument::Raw(header)) => Some(header.clone()),
        Some(ContextArgument::Pairs(pairs)) => {
            Some(encryption_context::to_header(pairs).map_err(s3)?)
        }
    };
    Ok(sse::SseHeaders {
        algorithm: sse.algorithm.clone(),
        kms_key_id: sse.kms_key_id.clone(),
        context,
    })
}

fn expand(body: &Body) -> Result<Vec<u8>, Failure> {
    sse_vectors::body::expand(body).map_err(Failure::Broken)
}

/// A handle on the world, with bodies that stream; every handle shares the one store.
struct ReferenceWorld(Arc<Mutex<StoreAndKms<Reference>>>);

impl ReferenceWorld {
    fn lock(&self) -> MutexGuard<'_, StoreAndKms<Reference>> {
        // A panic in another thread is reported there; what it left is judged like anything else.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Performs an operation while one call fails.
fn inject(
    world: &mut StoreAndKms<Reference>,
    caller: &Caller,
    request: &InjectFault,
) -> Result<Reply, Failure> {
    let &InjectFault { point, nth, kind, ref operation } = request;
    if world.0.store.is_none() {
        return Err(s3(Refused(Class::DamagedStore)));
    }
    if nth == 0 || matches!(**operation, Operation::InjectFault(_)) {
        return Err(s3(Refused(Class::InvalidArgument)));
    }
    let points = world.0.points.clone();
    points.arm(point, nth, kind);
    let outcome = world.perform(caller, operation);
    let fired = points.disarm();
    let outcome = match outcome {
        Ok(reply) => Outcome::Replied(Box::new(reply)),
        Err(Failure::Refused(refused)) => Outcome::Refused(refused),
        Err(other) => return Err(other),
    };
    Ok(InjectFaultReply { fired, outcome }.into())
}

impl World for ReferenceWorld {
    fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        let mut world = self.lock();
        match operation {
            Operation::InjectFault(request) => inject(&mut world, caller, request),
            _ => world.perform(caller, operation),
        }
    }

    fn put_stream(
        &mut self,
        caller: &Caller,
        request: &PutObject,
        body: &mut dyn Read,
    ) -> Result<PutObjectReply, Failure> {
        self.lock().0.put(caller, request, body)
    }

    fn get_stream(
        &mut self,
        caller: &Caller,
        request: &GetObject,
        sink: &mut dyn Write,
    ) -> Result<GetObjectReply, Failure> {
        self.lock().0.get(caller, request, sink)
    }

    fn fork(&self) -> Option<Box<dyn World>> {
        Some(Box::new(Self(Arc::clone(&self.0))))
    }
}
