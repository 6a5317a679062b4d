//! The one seam through which a decision of the oracle is bent: a closed list of bends, at most one
//! of them set, and a count of how often it changed something.

use sse_spec::KeyState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One bend of the oracle's decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// One cell of the table of operations and states answers the other way.
    Cell(StateCell),
    /// The same for every cryptographic operation but those of the store.
    DirectOnly(KeyState),
    /// One cell of the decision about a key answers the other way.
    Decision(DecisionCell),
    /// One rule of the decision is another.
    Rule(Rule),
    /// One condition of the language is read otherwise.
    Test(Test),
    /// Keys are made, found or changed otherwise.
    Life(Life),
    /// Rotations act otherwise.
    Turn(Turn),
    /// Requests are counted otherwise.
    Count(Count),
}

/// An operation on a key in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCell {
    /// The operation; of a ReEncrypt `ReEncryptFrom` or `ReEncryptTo`.
    pub operation: &'static str,
    /// The state.
    pub state: KeyState,
}

/// What the two sides say to a principal that is no root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionCell {
    /// The key policy.
    pub key: Side,
    /// The identity policies; they never say [`Side::Account`].
    pub identity: Side,
    /// Whether caller and key are of one account.
    pub same: bool,
}

/// What one side says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A Deny applies.
    Deny,
    /// An Allow means the caller.
    Direct,
    /// An Allow means his account.
    Account,
    /// Nothing applies.
    Nothing,
}

/// Rules of the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A Deny of a key policy does not count.
    KeyDenyIgnored,
    /// A Deny of an identity policy does not count for keys.
    IdentityDenyIgnored,
    /// A Deny of a bucket policy does not count.
    BucketDenyIgnored,
    /// A Deny does not count where the key policy allows the caller himself.
    AllowBeatsDeny,
    /// A Deny does not count across accounts.
    CrossDenyIgnored,
    /// An Allow for the account is one for each of its principals.
    DelegationGrants,
    /// An identity policy is enough within the account.
    IdentityAlone,
    /// An Allow for the account means its root alone.
    DelegationOff,
    /// Nothing is allowed across accounts.
    CrossNever,
    /// The key policy is enough across accounts.
    CrossKeyAlone,
    /// An identity policy is enough across accounts.
    CrossIdentityAlone,
    /// What the store asks is allowed.
    StoreTrusted,
    /// What nobody speaks of is allowed within the account.
    DefaultAllow,
    /// The root principal may not decrypt.
    RootRefused,
    /// Reads of objects need no permission of S3.
    ReadsFree,
    /// A bucket policy is enough across accounts.
    BucketPolicyCross,
    /// An identity policy is enough for the bucket of another account.
    BucketIdentityCross,
    /// An identity policy is never enough for a bucket.
    BucketIdentityShort,
    /// Only the first principal of a list counts.
    FirstPrincipal,
    /// An action also stands for those that it begins.
    ActionPrefix,
    /// A wildcard inside of an action is a letter.
    ActionLiteral,
    /// `NotAction` is read as `Action`.
    NotActionForgotten,
    /// Resources do not count.
    ResourceIgnored,
    /// A ReEncrypt does not need `kms:ReEncryptFrom`.
    FromFree,
    /// A ReEncrypt does not need `kms:ReEncryptTo`.
    ToFree,
    /// `kms:GenerateDataKey` is enough for its sister without plaintext.
    SisterAction,
    /// Every action on a key can be allowed across accounts.
    CrossAnything,
    /// A bucket policy binds the owner of its bucket in everything.
    OwnerBound,
    /// A direct Allow of a key policy needs an identity policy as well.
    DirectNeedsIdentity,
    /// The root principal of a key's account is always allowed.
    RootAlways,
}

/// Conditions, and what they see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Conditions do not count.
    Ignored,
    /// An operator holds where the key is absent.
    AbsentHolds,
    /// A negated operator fails where the key is absent.
    NegatedAbsentFails,
    /// A negated operator holds where one of several values differs.
    NegatedAny,
    /// `IfExists` does not count.
    IfExistsForgotten,
    /// One condition of several is enough.
    OneOfAll,
    /// Only the first value of a list counts.
    FirstValue,
    /// Values are compared without regard to case.
    CaseFolded,
    /// `Null` with `false` always holds.
    NullForgotten,
    /// `ForAllValues` is read as `ForAnyValue`.
    AllAsAny,
    /// `ForAnyValue` is read as `ForAllValues`.
    AnyAsAll,
    /// Names in the encryption context are compared with regard to case.
    PairCase,
    /// `kms:ViaService` is never there.
    ViaServiceUnseen,
    /// `kms:ViaService` is always there.
    ViaServiceAlways,
    /// `kms:CallerAccount` is never there.
    CallerAccountUnseen,
    /// `kms:RequestAlias` is never there.
    RequestAliasUnseen,
    /// `aws:SecureTransport` is always true.
    TransportTrusted,
    /// `ArnLike` matches as one text.
    ArnAsText,
    /// Wildcards under `ArnLike` are letters.
    ArnLiteral,
    /// The algorithm is seen where none was sent.
    HeaderDefaultSeen,
    /// The key of a write is not seen.
    HeaderKeyUnseen,
    /// Of a write the key of the bucket's default is seen.
    HeaderKeyOfDefault,
}

/// Lives of keys and aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// The named key is compared with the blob's ARN as text.
    KeyAsText,
    /// Decrypt demands a key.
    KeyDemanded,
    /// Aliases are looked up in every account.
    AliasOfAnyone,
    /// Aliases are not found by their ARN.
    AliasArnUnknown,
    /// What is not found is the first key of the account.
    UnknownTaken,
    /// CancelKeyDeletion leaves the key Enabled.
    CancelEnables,
    /// CancelKeyDeletion leaves the deletion date.
    DateKept,
    /// ScheduleKeyDeletion leaves the state until the date.
    ScheduleWaits,
    /// New keys are Disabled.
    BornDisabled,
    /// The default key policy speaks of everybody.
    BornOpen,
    /// DescribeKey by ARN shows another key of the account.
    ArnOfAnother,
    /// CreateKey with the description of a key returns that key.
    CreateRepeats,
    /// CreateAlias has no effect.
    AliasUnkept,
    /// CreateAlias takes an alias from its key.
    AliasTaken,
    /// UpdateAlias has no effect.
    UpdateUnkept,
    /// UpdateAlias makes an alias that is not there.
    UpdateMakes,
    /// DeleteAlias has no effect.
    DeleteUnkept,
    /// DeleteAlias disables the key.
    DeleteDisables,
    /// ListKeys shows the keys of every account.
    ListsAll,
    /// ListKeys shows Enabled keys only.
    ListsEnabled,
    /// ListAliases does not look at the key that it is given.
    AliasesOfAll,
    /// ListAliases shows one alias of each key.
    OneAlias,
    /// The `aws/s3` key is used directly as through the store.
    ManagedDirect,
    /// The `aws/s3` key is used through the store from other accounts.
    ManagedAcross,
    /// The `aws/s3` key is managed like a customer's.
    ManagedManaged,
    /// PutKeyPolicy has no effect.
    PolicyStale,
    /// A policy that is malformed is taken for no change.
    MalformedTaken,
    /// A policy may lock its author out.
    LockoutUnchecked,
    /// A policy may name principals that do not exist.
    StrangersNamed,
    /// A key has any number of aliases.
    AliasesUnlimited,
}

/// Rotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A rotation forgets the old material.
    Forgets,
    /// A rotation keeps the last old material only.
    KeepsOne,
    /// New blobs keep using the first material.
    Unused,
    /// A rotation counts as a use.
    Counts,
    /// A rotation renews the creation date.
    Renews,
    /// A rotation moves the aliases to a new key.
    NewKey,
    /// EnableKeyRotation has no effect.
    EnableUnkept,
    /// DisableKeyRotation has no effect.
    DisableUnkept,
    /// Rotations on demand are listed as automatic.
    Mistyped,
    /// Rotation on demand needs automatic rotation.
    NeedsAutomatic,
    /// A rotation on demand moves the next date.
    MovesDate,
    /// Rotations come a day early.
    Early,
    /// A Disabled key rotates.
    DisabledRotates,
    /// A rotation that was missed is never made up.
    Missed,
    /// A deletion comes a day early.
    DeletesEarly,
    /// Rotations come two days late.
    Late,
    /// One move of the clock makes one rotation, at its end.
    OncePerMove,
    /// A Disabled key makes up every rotation that it missed.
    EachMissed,
    /// EnableKeyRotation leaves the next date where one is set.
    DateKept,
    /// Nothing keeps a rotation on demand from the next date.
    NoConflict,
    /// Rotations on demand have no limit.
    Unlimited,
    /// The key of S3 is not rotated.
    ManagedUnrotated,
    /// No key is ever deleted.
    NeverDeletes,
    /// Of what is due the latest comes first.
    LatestFirst,
}

/// Counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A request counts for every key of the account.
    EveryKey,
    /// A refused cryptographic request counts.
    Refused,
    /// A management request counts.
    Management,
    /// Disabled keys are not listed.
    DisabledUnlisted,
    /// Decrypt counts through the store only.
    StoreOnly,
}

/// The bend that is set, and how often it changed something.
#[derive(Clone, Debug)]
pub struct Bent {
    bend: Bend,
    reached: Arc<AtomicU64>,
}

impl Bent {
    /// A bend that counts in `reached`.
    #[must_use]
    pub fn new(bend: Bend, reached: Arc<AtomicU64>) -> Self {
        Self { bend, reached }
    }

    pub(super) fn bend(&self) -> Bend {
        self.bend
    }

    pub(super) fn reach(&self) {
        self.reached.fetch_add(1, Ordering::Relaxed);
    }
}

impl super::Oracle {
    /// Whether the bend is set; whoever asks has found that it changes something.
    pub(super) fn bends(&self, bend: Bend) -> bool {
        let set = self.bent.as_ref().filter(|bent| bent.bend == bend);
        set.inspect(|bent| bent.reach()).is_some()
    }

    pub(super) fn lives(&self, life: Life) -> bool {
        self.bends(Bend::Life(life))
    }

    pub(super) fn turns(&self, turn: Turn) -> bool {
        self.bends(Bend::Turn(turn))
    }

    /// The answer of a cell: whether an operation is admitted in a state.
    pub(super) fn admitted(&self, operation: &'static str, state: KeyState, admits: bool) -> bool {
        admits != self.bends(Bend::Cell(StateCell { operation, state }))
    }
}
