//! Faults in rotation (spec/rotation.md).

use super::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_spec::KeyState;
use sse_vectors::oracle::bend::{Bend, StateCell, Turn};

const fn turn(turn: Turn) -> Switch {
    Switch::Oracle(Bend::Turn(turn))
}

pub(in crate::zoo::faults) const FAULTS: &[Fault] = &[
    bent!(
        "rotation-forgets",
        turn(Turn::Forgets),
        "",
        "a rotation forgets the old material",
        ["rotation.effect.old-blobs", "rotation.effect.old-objects"]
    ),
    bent!(
        "second-rotation-forgets",
        turn(Turn::KeepsOne),
        "",
        "the second rotation forgets the first material",
        ["rotation.effect.old-blobs", "rotation.effect.old-objects"]
    ),
    bent!(
        "rotation-unused",
        turn(Turn::Unused),
        "",
        "new blobs keep using the first material",
        ["rotation.effect.new-material"]
    ),
    bent!(
        "rotation-counts",
        turn(Turn::Counts),
        "",
        "a rotation encrypts again and counts as a use",
        ["rotation.effect.re-encrypts-nothing"]
    ),
    bent!(
        "rotation-renews-date",
        turn(Turn::Renews),
        "",
        "a rotation renews the creation date of the key",
        ["rotation.effect.same-key"]
    ),
    bent!(
        "rotation-enable-unkept",
        turn(Turn::EnableUnkept),
        "",
        "EnableKeyRotation is acknowledged and has no effect",
        ["rotation.enable.shown"]
    ),
    bent!(
        "rotation-disable-unkept",
        turn(Turn::DisableUnkept),
        "",
        "DisableKeyRotation is acknowledged and has no effect",
        ["rotation.disable.shown"]
    ),
    bent!(
        "on-demand-mistyped",
        turn(Turn::Mistyped),
        "",
        "rotations on demand are listed as automatic",
        ["rotation.on-demand.listed"]
    ),
    bent!(
        "on-demand-needs-automatic",
        turn(Turn::NeedsAutomatic),
        "",
        "RotateKeyOnDemand refuses a key without automatic rotation",
        ["rotation.on-demand.without-automatic"]
    ),
    bent!(
        "rotation-early",
        turn(Turn::Early),
        "",
        "automatic rotations come a day early",
        ["rotation.automatic.not-early"]
    ),
    bent!(
        "disabled-rotates",
        turn(Turn::DisabledRotates),
        "",
        "a Disabled key rotates",
        ["rotation.state.not-rotated"]
    ),
    bent!(
        "missed-rotation-lost",
        turn(Turn::Missed),
        "",
        "a rotation that was missed while the key was Disabled is never made up",
        ["rotation.state.overdue"]
    ),
    bent!(
        "disabled-rotates-on-demand",
        Switch::Oracle(Bend::Cell(StateCell {
            operation: "RotateKeyOnDemand",
            state: KeyState::Disabled
        })),
        "",
        "RotateKeyOnDemand rotates a Disabled key",
        ["rotation.state.refused"]
    ),
    bent!(
        "rotation-schedule-forgotten",
        Switch::Kms(KmsSwitch::ScheduleForgotten),
        "",
        "a Restart switches automatic rotation off",
        ["rotation.automatic.survives-restart"]
    ),
    bent!(
        "old-material-forgotten",
        Switch::Kms(KmsSwitch::MaterialForgotten),
        "",
        "a Restart keeps the current material only",
        ["rotation.effect.survives-restart"]
    ),
];
