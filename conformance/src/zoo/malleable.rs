//! The malleable implementation as a target: conformant while no switch is set.

use super::fault::Witness;
use super::switch::Switch;
use super::world::MalleableWorld;
use crate::target::{Broken, Target, World, WorldConfig};
use sse_spec::{Capability, Description, Limits, Role, SettleTimes};
use sse_vectors::oracle::Setting;

/// Region in which every world lives.
const REGION: &str = "eu-central-1";
const ACCOUNT: &str = "111122223333";
const OTHER_ACCOUNT: &str = "444455556666";
/// Smallest part of an upload but the last: small, so that cases stay quick.
pub(super) const PART_BYTES: u64 = 20_000;

/// How items lie at rest; every form is honest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Container {
    /// As they are.
    #[default]
    Plain,
    /// Each of them twice.
    Replicas,
    /// Each of them behind its length and filled up with zeros.
    Padded,
}

/// A store and KMS made of the oracle and the builder of `sse-vectors`.
#[derive(Clone, Debug, Default)]
pub struct Malleable {
    pub(super) switch: Option<Switch>,
    pub(super) container: Container,
    /// Whether refusals carry other texts.
    pub(super) wordy: bool,
    /// Whether ReadAtRest shows nothing.
    pub(super) hidden: bool,
    pub(super) witness: Witness,
}

impl Malleable {
    /// The conformant one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the oracle of every world is told.
    pub(super) fn setting(&self) -> Setting {
        let small = self.switch == Some(Switch::SmallPartTaken);
        Setting {
            region: REGION.to_owned(),
            accounts: vec![ACCOUNT.to_owned(), OTHER_ACCOUNT.to_owned()],
            part_bytes: if small { 1 } else { PART_BYTES },
        }
    }

    /// One with a switch set.
    pub(super) fn bent(switch: Switch, witness: &Witness) -> Box<dyn Target> {
        Box::new(Self { switch: Some(switch), witness: witness.clone(), ..Self::default() })
    }
}

impl Target for Malleable {
    fn describe(&self) -> Description {
        Description {
            name: "malleable".to_owned(),
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
            ],
            account: ACCOUNT.to_owned(),
            other_account: Some(OTHER_ACCOUNT.to_owned()),
            region: REGION.to_owned(),
            limits: Limits { part_bytes: PART_BYTES, ..Limits::default() },
            settle: SettleTimes::default(),
        }
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        Ok(Box::new(MalleableWorld::open(self.clone(), config)?))
    }
}
