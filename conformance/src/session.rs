//! One case's session with one world: performs operations, keeps the exchange, resolves symbols.

mod exchange;
mod objects;

pub(crate) use exchange::json_line;
pub use objects::{Upload, copy_request};

use crate::case::{Ending, Step};
use crate::target::{Failure, Target, World, WorldConfig};
use sha2::Digest as _;
use sse_spec::{
    Body, Bytes, Caller, CreateBucket, CreateKey, Delivery, Description, Edit, GetObject,
    GetObjectReply, HeadObject, HeadObjectReply, Item, KeyMetadata, Operation, PutObject,
    PutObjectReply, ReadAtRest, Reply, SseHeaders, WriteAtRest,
};
use sse_vectors::scenario::Settle;
use sse_vectors::symbols::Symbols;
use std::cell::RefCell;
use std::time::Duration;

/// What every case of a run shares.
pub struct Arena<'a> {
    /// The target.
    pub target: &'a dyn Target,
    /// What it says of itself.
    pub description: &'a Description,
    /// How much is spent.
    pub budget: Budget,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// The case's name, unique in the run.
    pub name: String,
    /// The exchange so far, one line an operation, secrets redacted.
    pub transcript: RefCell<String>,
    /// A file of scenarios by which a failure can be replayed, where the case made one.
    pub scenario: RefCell<Option<String>>,
}

impl std::fmt::Debug for Arena<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arena").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How much the laws and the properties spend.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bits flipped in each byte of a small item: 1 to 8.
    pub bits_per_byte: usize,
    /// Edits of a large item.
    pub sampled_edits: usize,
    /// Generated inputs of a property.
    pub property_cases: u32,
    /// Length of the bodies of one repeated byte in the keystream law.
    pub keystream_bytes: u64,
    /// How often two threads race.
    pub races: u32,
    /// Whether a body may unwind through the target, as where its process goes away.
    pub unwinds: bool,
}

impl Budget {
    /// In process: every bit of a small item.
    pub const FULL: Self = Self {
        bits_per_byte: 8,
        sampled_edits: 64,
        property_cases: 48,
        keystream_bytes: 40_000,
        races: 64,
        unwinds: true,
    };
    /// Over a child process, where every operation costs a round trip.
    pub const SAMPLED: Self = Self {
        bits_per_byte: 1,
        sampled_edits: 32,
        property_cases: 16,
        keystream_bytes: 40_000,
        races: 16,
        // A child that waits for the rest of a body would wait for ever.
        unwinds: false,
    };
    /// In the kill matrix, where every fault pays it.
    pub const MATRIX: Self = Self {
        bits_per_byte: 1,
        sampled_edits: 12,
        property_cases: 4,
        keystream_bytes: 20_000,
        races: 16,
        unwinds: true,
    };
}

impl<'a> Arena<'a> {
    /// Opens a world; `part` distinguishes several worlds of one case.
    ///
    /// # Errors
    /// The case's ending where the target does not open.
    pub fn open(&self, part: &str) -> Step<Session<'_, 'a>> {
        let digest = short_digest(&format!("{} {part}", self.name));
        let id = format!("w{digest}");
        let config = WorldConfig { id: id.clone(), start: START, kms: None };
        let world = self
            .target
            .open(&config)
            .map_err(|broken| Ending::Failed(format!("the world did not open: {broken}")))?;
        let root = format!("arn:aws:iam::{}:root", self.description.account);
        let symbols = Symbols::new(
            &id,
            &self.description.account,
            self.description.other_account.as_deref(),
            &self.description.region,
            &root,
            self.description.limits.part_bytes,
        );
        Ok(Session { arena: self, world, symbols, caller: Caller::new(root), id })
    }
}

/// How long a target may take until a change of this kind is seen.
#[must_use]
pub fn settle_time(description: &Description, what: Settle) -> Duration {
    let times = description.settle;
    Duration::from_millis(match what {
        Settle::Policy => times.policy,
        Settle::KeyState => times.key_state,
        Settle::Rotation => times.rotation,
        Settle::Bucket => times.bucket,
        Settle::Audit => times.audit,
    })
}

/// 2026-01-01T00:00:00Z, where every world's clock starts.
pub(crate) const START: u64 = 1_767_225_600;

/// One world and what is known of it.
pub struct Session<'s, 'a> {
    arena: &'s Arena<'a>,
    /// The world.
    pub world: Box<dyn World>,
    /// Names bound so far.
    pub symbols: Symbols,
    /// The root principal of the account.
    pub caller: Caller,
    /// The world's name.
    pub id: String,
}

impl std::fmt::Debug for Session<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Session<'_, '_> {
    /// Performs an operation and notes the exchange.
    ///
    /// # Errors
    /// The target's failure.
    pub fn perform(&mut self, caller: &Caller, operation: &Operation) -> Result<Reply, Failure> {
        let result = self.world.perform(caller, operation);
        let lines = exchange::lines(caller, operation, &result);
        self.arena.transcript.borrow_mut().push_str(&lines);
        match result {
            Ok(reply) if reply.operation() != operation.name() => {
                Err(Failure::wrong_reply(operation.name(), &reply))
            }
            other => other,
        }
    }

    /// Performs an operation of the set-up; a failure ends the case.
    ///
    /// # Errors
    /// The case's ending.
    pub fn must(&mut self, operation: impl Into<Operation>) -> Step<Reply> {
        let operation = operation.into();
        let caller = self.caller.clone();
        self.perform(&caller, &operation).map_err(|failure| unexpected(operation.name(), &failure))
    }

    /// What the target says of itself.
    #[must_use]
    pub fn description(&self) -> &Description {
        self.arena.description
    }

    /// Waits until a change that was acknowledged is seen; no time passes for a target that
    /// declares none.
    pub fn settle(&self, what: Settle) {
        let time = settle_time(self.arena.description, what);
        if !time.is_zero() {
            std::thread::sleep(time);
        }
    }

    /// Makes a bucket with a name of this world.
    ///
    /// # Errors
    /// The case's ending.
    pub fn bucket(&mut self) -> Step<String> {
        let bucket = format!("{}-b", self.id);
        self.must(CreateBucket { bucket: bucket.clone() })?;
        Ok(bucket)
    }

    /// Makes a customer key.
    ///
    /// # Errors
    /// The case's ending.
    pub fn key(&mut self) -> Step<KeyMetadata> {
        let request = CreateKey {
            policy: None,
            description: None,
            key_spec: None,
            key_usage: None,
            origin: None,
            bypass_policy_lockout_safety_check: false,
        };
        match self.must(request)? {
            Reply::CreateKey(reply) => Ok(reply.key_metadata),
            other => Err(wrong("CreateKey", &other)),
        }
    }

    /// Puts an object.
    ///
    /// # Errors
    /// The case's ending.
    pub fn put(&mut self, request: &PutObject) -> Step<PutObjectReply> {
        match self.must(request.clone())? {
            Reply::PutObject(reply) => Ok(reply),
            other => Err(wrong("PutObject", &other)),
        }
    }

    /// Gets an object whole; the failure is the caller's to judge.
    ///
    /// # Errors
    /// The target's failure.
    pub fn get(&mut self, bucket: &str, key: &str) -> Result<GetObjectReply, Failure> {
        let request = GetObject {
            bucket: bucket.into(),
            key: key.into(),
            range: None,
            sse: SseHeaders::default(),
        };
        let caller = self.caller.clone();
        match self.perform(&caller, &request.into())? {
            Reply::GetObject(reply) => Ok(reply),
            other => Err(Failure::wrong_reply("GetObject", &other)),
        }
    }

    /// Shows an object's head; the failure is the caller's to judge.
    ///
    /// # Errors
    /// The target's failure.
    pub fn head(&mut self, bucket: &str, key: &str) -> Result<HeadObjectReply, Failure> {
        let request =
            HeadObject { bucket: bucket.into(), key: key.into(), sse: SseHeaders::default() };
        let caller = self.caller.clone();
        match self.perform(&caller, &request.into())? {
            Reply::HeadObject(reply) => Ok(reply),
            other => Err(Failure::wrong_reply("HeadObject", &other)),
        }
    }

    /// Reads the items at rest.
    ///
    /// # Errors
    /// The case's ending.
    pub fn items(&mut self) -> Step<Vec<Item>> {
        match self.must(ReadAtRest {})? {
            Reply::ReadAtRest(reply) => Ok(reply.items),
            other => Err(wrong("ReadAtRest", &other)),
        }
    }

    /// Edits the items at rest; the failure is the caller's to judge.
    ///
    /// # Errors
    /// The target's failure.
    pub fn edit(&mut self, edits: Vec<Edit>, fixup: bool) -> Result<(), Failure> {
        let caller = self.caller.clone();
        self.perform(&caller, &WriteAtRest { edits, fixup }.into()).map(|_| ())
    }
}

/// The bytes of a delivery that ended well.
#[must_use]
pub fn complete(reply: &GetObjectReply) -> Option<&Bytes> {
    match &reply.delivery {
        Delivery::Complete(bytes) => Some(bytes),
        Delivery::Aborted { .. } => None,
    }
}

/// `len` bytes that no other seed makes.
///
/// # Errors
/// The case's ending where the body cannot be made.
pub fn pattern(seed: u64, len: u64) -> Step<Vec<u8>> {
    sse_vectors::body::expand(&Body::Pattern { seed, len }).map_err(Ending::Unusable)
}

/// What is said of a target that skips what it promised (operations.md, Description), with the
/// reason that it gives.
pub(crate) fn not_offered(reason: &str) -> String {
    let promised = "not offered, though the role or a capability promises it";
    match reason.is_empty() {
        true => promised.to_owned(),
        false => format!("{promised}; the target says: {reason}"),
    }
}

/// The ending of a case whose set-up the target did not perform.
#[must_use]
pub fn unexpected(operation: &str, failure: &Failure) -> Ending {
    match failure {
        Failure::Refused(refusal) => {
            Ending::Failed(format!("`{operation}` was refused: {}", json_line(refusal)))
        }
        Failure::Unsupported(reason) => {
            Ending::Failed(format!("`{operation}`: {}", not_offered(reason)))
        }
        Failure::Broken(why) => Ending::Failed(format!("the target broke at `{operation}`: {why}")),
    }
}

fn wrong(operation: &str, reply: &Reply) -> Ending {
    unexpected(operation, &Failure::wrong_reply(operation, reply))
}

/// The first 12 hex digits of a text's SHA-256: a short name without surprises.
pub(crate) fn short_digest(text: &str) -> String {
    hex::encode(sha2::Sha256::digest(text.as_bytes())).chars().take(12).collect()
}
