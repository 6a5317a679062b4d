//! A small store for the laws' own tests: honest in many containers, faulty in many ways.
//!
//! Its cipher is a stream of SHA-256 with an authenticator; strong enough for laws that know no
//! format, and short enough that every fault is one line.

mod containers;
mod store;
mod world;

pub(crate) use containers::Container;

use crate::case::{Case, Ending};
use crate::runner::{Options, replay};
use crate::session::Budget;
use crate::target::{Broken, Target, World, WorldConfig};
use sse_spec::{Capability, Description, Limits, Role, SettleTimes};
use std::sync::{Arc, Mutex};
use store::Store;

/// What the store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// One keystream for everything.
    OneStream,
    /// One keystream for all that has one name.
    StreamPerName,
    /// One keystream for all parts of an upload with one number.
    StreamPerPart,
    /// One keystream for all parts of an upload.
    StreamPerUpload,
    /// One keystream for all copies in a bucket.
    CopyStream,
    /// A copy is the ciphertext of its source.
    CopyVerbatim,
    /// Keystreams are counted, and a Restart begins anew.
    Rewound,
    /// The keystream begins anew every 4096 bytes.
    ChunksAlike,
    /// The keystream begins anew every 16 bytes.
    BlocksAlike,
    /// Parts lie in clear while their upload is open.
    PartsClear,
    /// Completed uploads lie in clear.
    CompletedClear,
    /// Copies lie in clear, in Base64.
    CopiesClear,
    /// What the bucket's default would encrypt lies in clear.
    DefaultClear,
    /// A refused part, copy or overwrite stays in clear.
    RefusedStays,
    /// Parts stay after an abort, as items of the upload.
    AbortKeeps,
    /// Ciphertext of parts stays after an abort, as an item of the object.
    AbortHides,
    /// The data key of a part lies beside it.
    KeyBeside,
    /// The SHA-256 of a body lies in its record.
    DigestStored,
    /// Parts are not authenticated once they make an object.
    PartsUnchecked,
    /// A part is not bound to its number, nor the object to its parts.
    PartsUnbound,
    /// Parts are not authenticated while their upload is open.
    OpenUnchecked,
    /// A copy decrypts its source without a look at the authenticator.
    CopyUnchecked,
    /// A read during or after an overwrite may mix old and new.
    Torn,
    /// A read of a disabled key's object succeeds.
    DisabledRead,
    /// A deleted object can be read.
    Undeleted,
    /// The record of one put and the body of another.
    CrossedPuts,
    /// A put leaves two entries in the trail.
    CountedTwice,
    /// A rotation loses the old material.
    RotationLoses,
    /// Neither of two parts of one number completes.
    PartLost,
}

/// The store as a target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bench {
    pub(crate) container: Container,
    pub(crate) fault: Fault,
    pub(crate) part_bytes: u64,
}

impl Bench {
    pub(crate) fn honest(container: Container) -> Self {
        Self { container, fault: Fault::None, part_bytes: 0 }
    }

    pub(crate) fn faulty(fault: Fault) -> Self {
        Self { container: Container::Plain, fault, part_bytes: 0 }
    }

    /// How one case of the catalogue ends on this store.
    pub(crate) fn judge(&self, case: &Case) -> Ending {
        let budget = Budget { keystream_bytes: 20_000, ..Budget::MATRIX };
        let options = Options { budget, ..Options::default() };
        replay(self, case, options).0
    }
}

pub(crate) const ACCOUNT: &str = "111122223333";

impl Target for Bench {
    fn describe(&self) -> Description {
        let capabilities = vec![
            Capability::ReadAtRest,
            Capability::WriteAtRest,
            Capability::Fixup,
            Capability::Restart,
            Capability::ListDataKeys,
            Capability::Audit,
            Capability::Fork,
        ];
        Description {
            name: "bench".into(),
            version: "0".into(),
            role: Role::StoreAndKms,
            capabilities,
            account: ACCOUNT.into(),
            other_account: None,
            region: "us-east-1".into(),
            limits: Limits { part_bytes: self.part_bytes, ..Limits::default() },
            settle: SettleTimes::default(),
        }
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        let store = Store::new(*self, &config.id);
        Ok(Box::new(world::BenchWorld(Arc::new(Mutex::new(store)))))
    }
}
