//! Rotation of a key's material: the schedule, what falls due, and the operations
//! (spec/rotation.md).

use crate::audit::Parameters;
use crate::environment::Environment;
use crate::key::{Key, State, Verb};
use crate::kms::{Ask, Kms, check_days, seconds};
use crate::policy::Caller;
use crate::refusal::{Refused, Result};
use serde::{Deserialize, Serialize};
use sse_spec::{Class, GetKeyRotationStatusReply, ListedRotation, Timestamp};

const DEFAULT_PERIOD: u32 = 365;
const MAX_ON_DEMAND: usize = 25;
/// Seconds before an automatic rotation in which none is made on demand.
const QUIET_TIME: u64 = 1200;

/// Automatic rotation that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    period_in_days: u32,
    next: Timestamp,
}

/// A rotation that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotated {
    date: Timestamp,
    by: RotationType,
}

/// What led to a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum RotationType {
    Automatic,
    OnDemand,
}

/// What falls due on a key by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Rotation,
    Deletion,
}

impl Schedule {
    /// Rotation every so many days, counted from a time.
    #[must_use]
    pub fn from(start: Timestamp, period_in_days: u32) -> Self {
        // r[rotation.enable.next-date]
        Self { period_in_days, next: start.saturating_add(seconds(period_in_days)) }
    }

    /// That of `aws/s3`.
    #[must_use]
    pub fn yearly(created: Timestamp) -> Self {
        // r[rotation.aws-managed.schedule]
        Self::from(created, DEFAULT_PERIOD)
    }
}

impl Key {
    /// What falls due next on the key, and when.
    pub(crate) fn next_due(&self) -> Option<(Timestamp, Due)> {
        match self.state {
            State::Enabled => {
                // A date beyond the end of time is never reached.
                let reachable = self.rotation.filter(|schedule| schedule.next < Timestamp::MAX);
                reachable.map(|schedule| (schedule.next, Due::Rotation))
            }
            // r[rotation.state.not-rotated]
            State::Disabled => None,
            State::PendingDeletion { until } => Some((until, Due::Deletion)),
        }
    }

    /// Makes the rotation that was due at a time.
    pub(crate) fn rotate_automatically(
        &mut self,
        environment: &Environment,
        date: Timestamp,
    ) -> Result<()> {
        // r[rotation.automatic.schedule]
        self.rotation = self.rotation.map(|it| Schedule::from(date, it.period_in_days));
        self.rotate(environment, Rotated { date, by: RotationType::Automatic })
    }

    /// Enables the key. A rotation that fell due while it could not be made is due now, once.
    pub(crate) fn enable(&mut self, now: Timestamp) {
        // r[rotation.state.overdue]
        // r[rotation.state.overdue-once]
        self.rotation = self.rotation.map(|it| Schedule { next: it.next.max(now), ..it });
        self.state = State::Enabled;
    }

    fn rotate_on_demand(&mut self, environment: &Environment) -> Result<()> {
        let on_demand = |rotated: &Rotated| rotated.by == RotationType::OnDemand;
        let made = self.materials().filter_map(|material| material.rotated.as_ref());
        // r[rotation.on-demand.limit]
        if made.filter(|rotated| on_demand(rotated)).count() >= MAX_ON_DEMAND {
            return Err(Refused(Class::LimitExceeded));
        }
        let date = environment.now();
        // r[rotation.on-demand.conflict]
        if self.rotation.is_some_and(|it| it.next.saturating_sub(date) <= QUIET_TIME) {
            return Err(Refused(Class::Conflict));
        }
        // r[rotation.on-demand.without-automatic]
        // r[rotation.on-demand.keeps-schedule]
        // r[rotation.on-demand.complete]
        self.rotate(environment, Rotated { date, by: RotationType::OnDemand })
    }

    fn rotation_status(&self, region: &str) -> GetKeyRotationStatusReply {
        let schedule = match self.state {
            State::Enabled | State::Disabled => self.rotation,
            // r[rotation.state.pending-status]
            // r[rotation.state.cancel-restores]
            State::PendingDeletion { .. } => None,
        };
        // r[rotation.status.off]
        GetKeyRotationStatusReply {
            key_id: self.arn(region),
            key_rotation_enabled: schedule.is_some(),
            rotation_period_in_days: schedule.map(|it| it.period_in_days),
            next_rotation_date: schedule.map(|it| it.next),
            on_demand_rotation_start_date: None,
        }
    }

    fn list_rotations(&self, all_material: bool) -> Vec<ListedRotation> {
        // r[rotation.list.new-key]
        // r[rotation.list.all-material]
        let listed = self.materials().filter(|it| all_material || it.rotated.is_some());
        // r[rotation.list.form]
        // r[rotation.list.one-current]
        let shown = listed.map(|material| ListedRotation {
            key_material_id: Some(hex::encode(material.id)),
            rotation_date: material.rotated.map(|rotated| rotated.date),
            rotation_type: material.rotated.map(|rotated| match rotated.by {
                RotationType::Automatic => "AUTOMATIC".to_owned(),
                RotationType::OnDemand => "ON_DEMAND".to_owned(),
            }),
            key_material_state: Some(
                if material.id == self.current.id { "CURRENT" } else { "NON_CURRENT" }.to_owned(),
            ),
        });
        shown.collect()
    }
}

impl Kms {
    /// Turns automatic rotation on, every 365 days where no period is given.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn enable_key_rotation(
        &mut self,
        caller: &Caller,
        key_id: &str,
        period_in_days: Option<u32>,
    ) -> Result<()> {
        // r[rotation.enable.period-limits]
        let period = check_days(period_in_days, DEFAULT_PERIOD, 90..=2560);
        let ask = Ask {
            recorded: Parameters::of_key(key_id).with("rotationPeriodInDays", period_in_days),
            ..Ask::manage(Verb::EnableKeyRotation, key_id).and_check(period.map(drop))
        };
        self.perform(caller, ask, |kms, found| {
            found.key.rotation = Some(Schedule::from(kms.environment.now(), period?));
            Ok(())
        })
    }

    /// Turns automatic rotation off.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn disable_key_rotation(&mut self, caller: &Caller, key_id: &str) -> Result<()> {
        self.perform(caller, Ask::manage(Verb::DisableKeyRotation, key_id), |_, found| {
            // r[rotation.disable.shown]
            found.key.rotation = None;
            Ok(())
        })
    }

    /// Shows whether automatic rotation is on.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn key_rotation_status(
        &mut self,
        caller: &Caller,
        key_id: &str,
    ) -> Result<GetKeyRotationStatusReply> {
        self.perform(caller, Ask::manage(Verb::GetKeyRotationStatus, key_id), |kms, found| {
            // r[rotation.enable.shown]
            // r[rotation.enable.period-shown]
            // r[rotation.aws-managed.status]
            Ok(found.key.rotation_status(&kms.environment.region))
        })
    }

    /// Rotates now, and returns the key's ARN.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn rotate_key_on_demand(&mut self, caller: &Caller, key_id: &str) -> Result<String> {
        self.perform(caller, Ask::manage(Verb::RotateKeyOnDemand, key_id), |kms, found| {
            found.key.rotate_on_demand(&kms.environment)?;
            // r[rotation.on-demand.arn-in-reply]
            Ok(found.key.arn(&kms.environment.region))
        })
    }

    /// Lists the rotations of a key, oldest first; `ALL_KEY_MATERIAL` includes the first material.
    ///
    /// # Errors
    /// In the order of [`Kms`]'s checks.
    pub fn list_key_rotations(
        &mut self,
        caller: &Caller,
        key_id: &str,
        include_key_material: Option<&str>,
    ) -> Result<Vec<ListedRotation>> {
        let all_material = match include_key_material {
            None | Some("ROTATIONS_ONLY") => Ok(false),
            Some("ALL_KEY_MATERIAL") => Ok(true),
            // r[rotation.list.invalid]
            Some(_) => Err(Refused(Class::InvalidArgument)),
        };
        let ask = Ask::manage(Verb::ListKeyRotations, key_id).and_check(all_material.map(drop));
        self.perform(caller, ask, |_, found| {
            // r[rotation.on-demand.listed]
            // r[rotation.automatic.due]
            Ok(found.key.list_rotations(all_material?))
        })
    }
}
