//! Acts: the closed list of steps that a sequence is drawn from, with small indices that shrink.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;

/// How many acts are drawn; a sequence that fails is shortened below that.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=24;

/// Who acts: the root principal, two users, the other account's root principal, a user there.
pub(super) type Who = u8;
/// A bucket and an object in it.
pub(super) type Place = (u8, u8);
/// A key: 0 to 2 by ARN, 3 to 5 the same by key id, 6 and 7 by alias name.
pub(super) type Named = u8;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Put { who: Who, at: Place, sse: Sse, body: u8, metadata: bool },
    Get { who: Who, at: Place, range: u8 },
    Head { who: Who, at: Place },
    Delete { who: Who, at: Place },
    List { who: Who, bucket: u8 },
    Copy { who: Who, from: Place, to: Place, sse: Sse, metadata: bool },
    PutDefault { who: Who, bucket: u8, sse: Sse },
    ShowDefault { who: Who, bucket: u8 },
    BucketPolicy { bucket: u8, policy: u8 },
    Begin { who: Who, at: Place, sse: Sse },
    Part { who: Who, upload: u8, number: u8, body: u8 },
    Complete { who: Who, upload: u8 },
    Abort { who: Who, upload: u8 },
    NewKey { who: Who, key: u8 },
    Manage { who: Who, key: u8, what: Manage },
    Describe { who: Who, key: Named },
    KeyPolicy { who: Who, key: u8, policy: u8 },
    CreateAlias { who: Who, alias: u8, key: u8 },
    UpdateAlias { who: Who, alias: u8, key: u8 },
    DeleteAlias { who: Who, alias: u8 },
    Generate { who: Who, key: Named, context: u8, plain: bool },
    Encrypt { who: Who, key: Named, context: u8 },
    Decrypt { who: Who, blob: u8, how: How },
    ReEncrypt { who: Who, blob: u8, how: How, key: Named, context: u8 },
    Identity { user: u8, policy: u8 },
    AdvanceClock { month: bool },
    Restart,
    RotateServiceKey,
}

/// The server-side encryption that a write asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sse {
    Nothing,
    S3,
    Kms { key: Named, context: u8 },
    Managed,
}

/// A management operation that takes a key and nothing else of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manage {
    Disable,
    Enable,
    GetKeyPolicy,
    RotationStatus,
    ScheduleWeek,
    ScheduleMonth,
    Cancel,
    Rotate,
}

/// How a blob is sent: with at most one thing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Right,
    KeyNamed,
    WrongContext,
    WrongKey,
}

/// Sequences: half of them without the acts whose entries or counts core leaves open, so that
/// their trail is compared whole.
pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop_oneof![vec(quiet(), LENGTH), vec(prop_oneof![3 => quiet(), 1 => loud()], LENGTH),]
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![6 => Just(0), 4 => 0..5_u8]
}

fn place() -> impl Strategy<Value = Place> {
    (prop_oneof![6 => Just(0), 1 => 0..2_u8], prop_oneof![3 => Just(0), 1 => 0..3_u8])
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![4 => 0..2_u8, 2 => 0..6_u8]
}

fn key() -> impl Strategy<Value = u8> {
    prop_oneof![4 => 0..2_u8, 1 => 0..3_u8]
}

fn quiet_sse() -> impl Strategy<Value = Sse> {
    prop_oneof![
        2 => Just(Sse::Nothing),
        1 => Just(Sse::S3),
        4 => (named(), 0..3_u8).prop_map(|(key, context)| Sse::Kms { key, context }),
    ]
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![3 => Just(How::Right), 1 => Just(How::KeyNamed), 1 => Just(How::WrongContext)]
}

fn manage() -> impl Strategy<Value = Manage> {
    prop_oneof![
        3 => Just(Manage::Disable),
        3 => Just(Manage::Enable),
        1 => Just(Manage::GetKeyPolicy),
        1 => Just(Manage::RotationStatus),
        1 => Just(Manage::ScheduleWeek),
        1 => Just(Manage::ScheduleMonth),
        2 => Just(Manage::Cancel),
    ]
}

/// Acts that leave nothing open but by their outcome.
fn quiet() -> impl Strategy<Value = Act> {
    let data = prop_oneof![
        4 => (who(), place(), quiet_sse(), 0..4_u8, any::<bool>())
            .prop_map(|(who, at, sse, body, metadata)| Act::Put { who, at, sse, body, metadata }),
        4 => (who(), place(), 0..5_u8).prop_map(|(who, at, range)| Act::Get { who, at, range }),
        1 => (who(), place()).prop_map(|(who, at)| Act::Head { who, at }),
        1 => (who(), place()).prop_map(|(who, at)| Act::Delete { who, at }),
        1 => (who(), 0..2_u8).prop_map(|(who, bucket)| Act::List { who, bucket }),
        2 => (who(), place(), place(), quiet_sse(), any::<bool>())
            .prop_map(|(who, from, to, sse, metadata)| Act::Copy { who, from, to, sse, metadata }),
        2 => (who(), 0..2_u8, quiet_sse())
            .prop_map(|(who, bucket, sse)| Act::PutDefault { who, bucket, sse }),
        1 => (who(), 0..2_u8).prop_map(|(who, bucket)| Act::ShowDefault { who, bucket }),
        1 => (0..2_u8, 0..4_u8).prop_map(|(bucket, policy)| Act::BucketPolicy { bucket, policy }),
        1 => (who(), place()).prop_map(|(who, at)| Act::Begin { who, at, sse: Sse::S3 }),
        2 => (who(), 0..2_u8, 0..2_u8, 0..2_u8)
            .prop_map(|(who, upload, number, body)| Act::Part { who, upload, number, body }),
        1 => (who(), 0..2_u8).prop_map(|(who, upload)| Act::Complete { who, upload }),
        1 => (who(), 0..2_u8).prop_map(|(who, upload)| Act::Abort { who, upload }),
    ];
    let keys = prop_oneof![
        1 => (who(), key()).prop_map(|(who, key)| Act::NewKey { who, key }),
        3 => (who(), key(), manage()).prop_map(|(who, key, what)| Act::Manage { who, key, what }),
        3 => (who(), named()).prop_map(|(who, key)| Act::Describe { who, key }),
        2 => (who(), key(), 0..6_u8)
            .prop_map(|(who, key, policy)| Act::KeyPolicy { who, key, policy }),
        2 => (who(), 0..2_u8, key())
            .prop_map(|(who, alias, key)| Act::CreateAlias { who, alias, key }),
    ];
    let cryptography = prop_oneof![
        3 => (who(), named(), 0..3_u8, any::<bool>())
            .prop_map(|(who, key, context, plain)| Act::Generate { who, key, context, plain }),
        2 => (who(), named(), 0..3_u8)
            .prop_map(|(who, key, context)| Act::Encrypt { who, key, context }),
        4 => (who(), 0..4_u8, how()).prop_map(|(who, blob, how)| Act::Decrypt { who, blob, how }),
    ];
    let other = prop_oneof![
        4 => (0..3_u8, 0..6_u8).prop_map(|(user, policy)| Act::Identity { user, policy }),
        1 => Just(Act::AdvanceClock { month: false }),
        2 => Just(Act::Restart),
        1 => Just(Act::RotateServiceKey),
    ];
    prop_oneof![8 => data, 4 => keys, 4 => cryptography, 2 => other]
}

/// Acts whose entries or counts core leaves open, or that make such acts of others.
fn loud() -> impl Strategy<Value = Act> {
    let alias = || 6..8_u8;
    prop_oneof![
        (who(), place(), 0..4_u8).prop_map(|(who, at, body)| Act::Put {
            who,
            at,
            sse: Sse::Managed,
            body,
            metadata: false
        }),
        (who(), place(), alias()).prop_map(|(who, at, key)| Act::Put {
            who,
            at,
            sse: Sse::Kms { key, context: 0 },
            body: 0,
            metadata: false
        }),
        (who(), place(), named()).prop_map(|(who, at, key)| Act::Begin {
            who,
            at,
            sse: Sse::Kms { key, context: 1 }
        }),
        (who(), 0..2_u8, alias()).prop_map(|(who, bucket, key)| Act::PutDefault {
            who,
            bucket,
            sse: Sse::Kms { key, context: 0 }
        }),
        (who(), 0..2_u8).prop_map(|(who, bucket)| Act::PutDefault {
            who,
            bucket,
            sse: Sse::Managed
        }),
        (who(), key()).prop_map(|(who, key)| Act::Manage { who, key, what: Manage::Rotate }),
        (who(), alias()).prop_map(|(who, key)| Act::Describe { who, key }),
        (who(), 0..2_u8, key()).prop_map(|(who, alias, key)| Act::UpdateAlias { who, alias, key }),
        (who(), 0..2_u8).prop_map(|(who, alias)| Act::DeleteAlias { who, alias }),
        (who(), alias(), 0..3_u8).prop_map(|(who, key, context)| Act::Generate {
            who,
            key,
            context,
            plain: true
        }),
        (who(), 0..4_u8).prop_map(|(who, blob)| Act::Decrypt { who, blob, how: How::WrongKey }),
        (who(), 0..4_u8, how(), named(), 0..3_u8).prop_map(|(who, blob, how, key, context)| {
            Act::ReEncrypt { who, blob, how, key, context }
        }),
        Just(Act::AdvanceClock { month: true }),
    ]
}
