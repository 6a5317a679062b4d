//! Rotation, and the clock that brings what is due (rotation.md, key/deletion.md).

use super::bend::Turn;
use super::key::{Managing, new_material};
use super::limits::demand;
use super::state::{Deleted, Material, Origin, Rotation};
use super::{DAY, Key, Moment, Oracle, Side};
use sse_spec::{
    AdvanceClock, AdvanceClockReply, Caller, Class, DisableKeyRotation, DisableKeyRotationReply,
    EnableKeyRotation, EnableKeyRotationReply, GetKeyRotationStatus, GetKeyRotationStatusReply,
    KeyManager, KeyState, ListKeyRotations, ListKeyRotationsReply, ListedRotation, Refusal,
    RotateKeyOnDemand, RotateKeyOnDemandReply, Timestamp,
};

const ON_DEMAND: usize = 25;
/// Seconds before an automatic rotation in which none is made on demand.
const AHEAD: u64 = 1200;
/// The last second that a trail can write, 9999-12-31T23:59:59Z.
const LAST_SECOND: Timestamp = 253_402_300_799;

/// What the clock brings.
enum Due {
    Rotation,
    Deletion,
}

impl Oracle {
    pub(super) fn enable_key_rotation(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &EnableKeyRotation,
    ) -> Result<EnableKeyRotationReply, Refusal> {
        let days = request.rotation_period_in_days.unwrap_or(365);
        demand(Side::Kms, (90..=2560).contains(&days), Class::InvalidArgument)?;
        let managing = Managing { name: "EnableKeyRotation", caller, named: &request.key_id };
        let sent = ("rotationPeriodInDays", request.rotation_period_in_days);
        self.manage_with(moment, managing, sent, |oracle, now, key| {
            if oracle.turns(Turn::EnableUnkept) {
                return Ok(EnableKeyRotationReply {});
            }
            let set = key.rotation.filter(|_| oracle.turns(Turn::DateKept));
            let next = set.map_or(now + u64::from(days) * DAY, |set| set.next);
            key.rotation = Some(Rotation { days, next });
            Ok(EnableKeyRotationReply {})
        })
    }

    pub(super) fn disable_key_rotation(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &DisableKeyRotation,
    ) -> Result<DisableKeyRotationReply, Refusal> {
        let managing = Managing { name: "DisableKeyRotation", caller, named: &request.key_id };
        self.manage(moment, managing, |oracle, _, key| {
            if key.rotation.is_some() && oracle.turns(Turn::DisableUnkept) {
                return Ok(DisableKeyRotationReply {});
            }
            key.rotation = None;
            Ok(DisableKeyRotationReply {})
        })
    }

    pub(super) fn key_rotation_status(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &GetKeyRotationStatus,
    ) -> Result<GetKeyRotationStatusReply, Refusal> {
        let managing = Managing { name: "GetKeyRotationStatus", caller, named: &request.key_id };
        self.manage(moment, managing, |_, _, key| {
            let shown = key.rotation.filter(|_| key.state != KeyState::PendingDeletion);
            Ok(GetKeyRotationStatusReply {
                key_id: key.arn(),
                key_rotation_enabled: shown.is_some(),
                rotation_period_in_days: shown.map(|rotation| rotation.days),
                next_rotation_date: shown.map(|rotation| rotation.next),
                on_demand_rotation_start_date: None,
            })
        })
    }

    pub(super) fn rotate_key_on_demand(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &RotateKeyOnDemand,
    ) -> Result<RotateKeyOnDemandReply, Refusal> {
        let managing = Managing { name: "RotateKeyOnDemand", caller, named: &request.key_id };
        let id = self.manage(moment, managing, |oracle, now, key| {
            let off = key.rotation.is_none() && oracle.turns(Turn::NeedsAutomatic);
            demand(Side::Kms, !off, Class::InvalidKeyState)?;
            let made = key.materials.iter().filter(|made| made.origin == Origin::OnDemand).count();
            let free = made < ON_DEMAND || oracle.turns(Turn::Unlimited);
            demand(Side::Kms, free, Class::LimitExceeded)?;
            let soon = key.rotation.is_some_and(|rotation| rotation.next <= now + AHEAD);
            demand(Side::Kms, !soon || oracle.turns(Turn::NoConflict), Class::Conflict)?;
            Ok(key.id.clone())
        })?;
        let key_id = self.rotate(moment.draw, moment.now, &id, Origin::OnDemand);
        Ok(RotateKeyOnDemandReply { key_id })
    }

    pub(super) fn list_key_rotations(
        &mut self,
        moment: &mut Moment<'_>,
        caller: &Caller,
        request: &ListKeyRotations,
    ) -> Result<ListKeyRotationsReply, Refusal> {
        let all = match request.include_key_material.as_deref() {
            Some("ALL_KEY_MATERIAL") => true,
            None | Some("ROTATIONS_ONLY") => false,
            Some(_) => return Err(super::refusal(Side::Kms, Class::InvalidArgument)),
        };
        let managing = Managing { name: "ListKeyRotations", caller, named: &request.key_id };
        self.manage(moment, managing, |oracle, _, key| {
            let demanded = key.materials.iter().any(|made| made.origin == Origin::OnDemand);
            let mistyped = demanded && oracle.turns(Turn::Mistyped);
            let shown = |made: &&Material| all || made.origin != Origin::First;
            let listed = |made: &Material| {
                let mut shown = listed(made, key.current());
                if mistyped && shown.rotation_type.is_some() {
                    shown.rotation_type = Some("AUTOMATIC".to_owned());
                }
                shown
            };
            let rotations = key.materials.iter().filter(shown).map(listed).collect();
            Ok(ListKeyRotationsReply { rotations })
        })
    }

    /// Moves the clock: every due event runs, in the order of dates and then of key ids.
    pub(super) fn advance_clock(
        &mut self,
        moment: &mut Moment<'_>,
        request: &AdvanceClock,
    ) -> Result<AdvanceClockReply, Refusal> {
        let now = moment.now.checked_add(request.seconds).filter(|now| *now <= LAST_SECOND);
        let now = now.ok_or_else(|| super::refusal(Side::S3, Class::InvalidArgument))?;
        self.advance(&mut Moment { now, draw: moment.draw });
        Ok(AdvanceClockReply { now })
    }

    /// Runs every event that is due by the moment's time.
    pub fn advance(&mut self, moment: &mut Moment<'_>) {
        loop {
            let due = self.state.keys.values().filter_map(|key| {
                let (at, what) = self.next_event(key, moment.now)?;
                Some((at, key.id.clone(), what))
            });
            let mut due: Vec<_> = due.filter(|(at, ..)| *at <= moment.now).collect();
            due.sort_by(|(at, id, _), (other, id2, _)| (at, id).cmp(&(other, id2)));
            if due.len() > 1 && self.turns(Turn::LatestFirst) {
                due.reverse();
            }
            let Some((at, id, what)) = due.into_iter().next() else { return };
            match what {
                Due::Rotation => {
                    let once = at < moment.now && self.turns(Turn::OncePerMove);
                    let at = if once { moment.now } else { at };
                    self.rotate(moment.draw, at, &id, Origin::Automatic);
                }
                Due::Deletion => self.delete_key(moment.draw, at, &id),
            }
        }
    }

    /// The one rotation that a key missed while it was Disabled.
    pub(super) fn catch_up(&mut self, moment: &mut Moment<'_>, id: &str) {
        let rotation = self.state.keys.get(id).and_then(|key| key.rotation);
        let due = rotation.is_some_and(|rotation| rotation.next <= moment.now);
        if due && self.turns(Turn::Missed) {
            if let Some(rotation) = self.state.keys.get_mut(id).and_then(|k| k.rotation.as_mut()) {
                rotation.next = moment.now + u64::from(rotation.days) * DAY;
            }
            return;
        }
        if due {
            let missed = rotation.filter(|_| self.turns(Turn::EachMissed));
            let at = missed.map_or(moment.now, |rotation| rotation.next);
            self.rotate(moment.draw, at, id, Origin::Automatic);
            if missed.is_some() {
                self.catch_up(moment, id);
            }
        }
    }

    /// Gives a key new material, and records it; returns the key's ARN.
    fn rotate(
        &mut self,
        draw: &mut dyn FnMut() -> String,
        at: Timestamp,
        id: &str,
        origin: Origin,
    ) -> String {
        let material = new_material(draw, at, origin);
        self.bend_rotation(draw, id, at);
        let Some(key) = self.state.keys.get_mut(id) else { return String::new() };
        key.materials.push(material);
        if let (Origin::Automatic, Some(rotation)) = (origin, &mut key.rotation) {
            rotation.next = at + u64::from(rotation.days) * DAY;
        }
        let key = key.clone();
        self.record_service_event(draw, at, "RotateKey", &key);
        key.arn()
    }

    /// What a bend does to a key that is about to get new material.
    fn bend_rotation(&mut self, draw: &mut dyn FnMut() -> String, id: &str, at: Timestamp) {
        let Some(mut key) = self.state.keys.get(id).cloned() else { return };
        if self.turns(Turn::Forgets) {
            key.materials.clear();
        } else if key.materials.len() > 1 && self.turns(Turn::KeepsOne) {
            key.materials = key.materials.split_off(key.materials.len() - 1);
        } else if self.turns(Turn::Counts) {
            *key.usage.entry("ReEncrypt".to_owned()).or_default() += 1;
        } else if key.created != at && self.turns(Turn::Renews) {
            key.created = at;
        } else if let Some(rotation) = &mut key.rotation
            && rotation.next > at
            && self.turns(Turn::MovesDate)
        {
            rotation.next = at + u64::from(rotation.days) * DAY;
        } else if !key.aliases.is_empty() && self.turns(Turn::NewKey) {
            let mut other = Key { id: draw(), rotation: None, ..key.clone() };
            other.materials.truncate(1);
            self.state.keys.insert(other.id.clone(), other);
            key.aliases.clear();
        }
        self.state.keys.insert(id.to_owned(), key);
    }

    /// What the clock brings a key next, and when; a bend brings it earlier, later or not at all.
    fn next_event(&self, key: &Key, now: Timestamp) -> Option<(Timestamp, Due)> {
        let early = |at: Timestamp, turn| {
            let early = at > now && at - DAY <= now && self.turns(turn);
            if early { at - DAY } else { at }
        };
        let managed = key.manager == KeyManager::Aws;
        match next_event(key) {
            Some((_, Due::Rotation)) if managed && self.turns(Turn::ManagedUnrotated) => None,
            Some((_, Due::Deletion)) if self.turns(Turn::NeverDeletes) => None,
            Some((at, Due::Rotation)) if at <= now && self.turns(Turn::Late) => {
                Some((at + 2 * DAY, Due::Rotation))
            }
            Some((at, Due::Rotation)) => Some((early(at, Turn::Early), Due::Rotation)),
            Some((at, Due::Deletion)) => Some((early(at, Turn::DeletesEarly), Due::Deletion)),
            None => {
                let next = key.rotation.filter(|rotation| rotation.next <= now)?.next;
                self.turns(Turn::DisabledRotates).then_some((next, Due::Rotation))
            }
        }
    }

    fn delete_key(&mut self, draw: &mut dyn FnMut() -> String, at: Timestamp, id: &str) {
        let Some(key) = self.state.keys.remove(id) else { return };
        self.record_service_event(draw, at, "DeleteKey", &key);
        let deleted = Deleted { arn: key.arn(), account: key.account, usage: key.usage };
        self.state.deleted.insert(key.id, deleted);
    }

    /// Makes a new version of the service key; nothing shows it.
    pub fn rotate_service_key(&mut self) {
        self.state.service_version = self.state.service_version.saturating_add(1);
    }
}

/// What the clock brings a key next, and when.
fn next_event(key: &Key) -> Option<(Timestamp, Due)> {
    match key.state {
        KeyState::Enabled => Some((key.rotation?.next, Due::Rotation)),
        KeyState::Disabled => None,
        KeyState::PendingDeletion => Some((key.deletion?, Due::Deletion)),
    }
}

fn listed(made: &Material, current: &str) -> ListedRotation {
    let rotation_type = match made.origin {
        Origin::First => None,
        Origin::Automatic => Some("AUTOMATIC"),
        Origin::OnDemand => Some("ON_DEMAND"),
    };
    let state = if made.id == current { "CURRENT" } else { "NON_CURRENT" };
    ListedRotation {
        key_material_id: Some(made.id.clone()),
        rotation_date: rotation_type.map(|_| made.made),
        rotation_type: rotation_type.map(str::to_owned),
        key_material_state: Some(state.to_owned()),
    }
}
