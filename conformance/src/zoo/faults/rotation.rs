//! Faults in rotation (spec/rotation.md).

use super::{Fault, bent};
use crate::zoo::kms::KmsSwitch;
use crate::zoo::switch::Switch;
use sse_spec::KeyState;
use sse_vectors::oracle::bend::{Bend, StateCell, Turn};

const fn turn(turn: Turn) -> Switch {
    Switch::Oracle(Bend::Turn(turn))
}

const fn kms(switch: KmsSwitch) -> Switch {
    Switch::Kms(switch)
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
        kms(KmsSwitch::ScheduleForgotten),
        "",
        "a Restart switches automatic rotation off",
        ["rotation.automatic.survives-restart"]
    ),
    bent!(
        "old-material-forgotten",
        kms(KmsSwitch::MaterialForgotten),
        "",
        "a Restart keeps the current material only",
        ["rotation.effect.survives-restart"]
    ),
    bent!(
        "rotation-makes-key",
        turn(Turn::NewKey),
        "",
        "a rotation moves the aliases of the key to a new one",
        ["rotation.effect.same-key"]
    ),
    bent!(
        "on-demand-moves-date",
        turn(Turn::MovesDate),
        "",
        "a rotation on demand moves the next automatic one",
        ["rotation.on-demand.keeps-schedule"]
    ),
    bent!(
        "rotation-late",
        turn(Turn::Late),
        "",
        "automatic rotations come two days late",
        ["rotation.automatic.due", "rotation.automatic.schedule"]
    ),
    bent!(
        "rotation-once-a-move",
        turn(Turn::OncePerMove),
        "",
        "one move of the clock over several dates makes one rotation",
        ["rotation.automatic.schedule"]
    ),
    bent!(
        "missed-rotations-repeated",
        turn(Turn::EachMissed),
        "",
        "EnableKey makes up each rotation that the key missed",
        ["rotation.state.overdue-once"]
    ),
    bent!(
        "rotation-date-kept",
        turn(Turn::DateKept),
        "",
        "a second EnableKeyRotation leaves the next date",
        ["rotation.enable.next-date"]
    ),
    bent!(
        "rotation-latest-first",
        turn(Turn::LatestFirst),
        "",
        "of several rotations and deletions that are due the latest is made first",
        ["rotation.automatic.order"]
    ),
    bent!(
        "on-demand-beside-date",
        turn(Turn::NoConflict),
        "",
        "RotateKeyOnDemand rotates a key in the minutes before its date",
        ["rotation.on-demand.conflict"]
    ),
    bent!(
        "on-demand-unlimited",
        turn(Turn::Unlimited),
        "",
        "a key is rotated on demand as often as asked",
        ["rotation.on-demand.limit"]
    ),
    bent!(
        "managed-key-unrotated",
        turn(Turn::ManagedUnrotated),
        "",
        "the `aws/s3` key is not rotated",
        ["rotation.aws-managed.schedule"]
    ),
    bent!(
        "managed-key-status-off",
        kms(KmsSwitch::ManagedStatusOff),
        "",
        "the rotation of the `aws/s3` key is shown as off",
        ["rotation.aws-managed.status"]
    ),
    bent!(
        "born-rotating",
        kms(KmsSwitch::BornRotating),
        "",
        "new keys are rotated automatically",
        ["rotation.status.default-off"]
    ),
    bent!(
        "disable-stops-rotation",
        kms(KmsSwitch::DisableStopsRotation),
        "",
        "DisableKey switches automatic rotation off",
        ["rotation.state.disabled-status"]
    ),
    bent!(
        "cancel-stops-rotation",
        kms(KmsSwitch::CancelStopsRotation),
        "",
        "CancelKeyDeletion leaves automatic rotation off",
        ["rotation.state.cancel-restores"]
    ),
    bent!(
        "pending-status-shown",
        kms(KmsSwitch::PendingStatusShown),
        "",
        "the rotation of a key in PendingDeletion is shown as on",
        ["rotation.state.pending-status"]
    ),
    bent!(
        "default-period-shown",
        kms(KmsSwitch::DefaultPeriodShown),
        "",
        "the rotation period is shown as 365 days, whatever was set",
        ["rotation.enable.period-shown"]
    ),
    bent!(
        "off-period-shown",
        kms(KmsSwitch::OffPeriodShown),
        "",
        "a period is shown where rotation is off",
        ["rotation.status.off"]
    ),
    bent!(
        "rotation-period-clamped",
        kms(KmsSwitch::PeriodClamped),
        "",
        "a rotation period outside of the limits is brought within them",
        ["rotation.enable.period-limits"]
    ),
    bent!(
        "on-demand-under-way",
        kms(KmsSwitch::OnDemandUnderWay),
        "",
        "a rotation on demand is shown as under way after it was made",
        ["rotation.on-demand.complete"]
    ),
    bent!(
        "first-material-current",
        kms(KmsSwitch::FirstMaterialShown),
        "",
        "DescribeKey shows the first material as the current one",
        ["rotation.effect.current-shown"]
    ),
    bent!(
        "material-upper-case",
        kms(KmsSwitch::MaterialUpperCase),
        "",
        "material ids are shown in upper case",
        ["rotation.effect.material-shown"]
    ),
    bent!(
        "decrypt-shows-current",
        kms(KmsSwitch::DecryptShowsCurrent),
        "",
        "Decrypt shows the current material, whatever the blob names",
        ["rotation.effect.old-material-shown"]
    ),
    bent!(
        "newest-rotation-first",
        kms(KmsSwitch::NewestFirst),
        "",
        "ListKeyRotations shows the newest rotation first",
        ["rotation.list.form"]
    ),
    bent!(
        "first-material-listed",
        kms(KmsSwitch::FirstListed),
        "",
        "ListKeyRotations shows the first material as a rotation",
        ["rotation.list.new-key"]
    ),
    bent!(
        "first-material-unlisted",
        kms(KmsSwitch::FirstUnlisted),
        "",
        "ListKeyRotations shows the first material in no form",
        ["rotation.list.all-material"]
    ),
    bent!(
        "all-material-current",
        kms(KmsSwitch::AllCurrent),
        "",
        "ListKeyRotations shows every material as the current one",
        ["rotation.list.one-current"]
    ),
    bent!(
        "listing-forgiven",
        kms(KmsSwitch::ListingForgiven),
        "",
        "an unknown `include_key_material` is taken for none",
        ["rotation.list.invalid"]
    ),
    bent!(
        "service-rotation-tags",
        Switch::ServiceRotationTags,
        "",
        "a rotation of the service key renews the entity tags of objects",
        ["rotation.service-key.no-trace-in-replies"]
    ),
];
