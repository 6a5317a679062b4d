//! A case: what it checks, what it needs, how it is run and how it ends (README.md).

use crate::session::Arena;
use sse_spec::{Capability, Description, Level, Profile};

/// One case of the catalogue.
pub struct Case {
    /// Stable slug, `family/name`; never renumbered.
    pub id: String,
    /// What the case shows, in one sentence.
    pub comment: String,
    /// Ids of the requirements it checks.
    pub requirements: Vec<String>,
    /// Profile of the verdict it belongs to.
    pub profile: Profile,
    /// Which of the three verdict lines it counts for.
    pub area: Area,
    /// The core group it counts for.
    pub group: Group,
    /// Whether it cites one to three requirements or looks at behaviour as a whole.
    pub breadth: Breadth,
    /// The family: the file of its vector, or the law.
    pub family: String,
    /// The positive case that this negative case differs from in one point.
    pub twin: Option<String>,
    /// What the target has to be and to offer.
    pub needs: Needs,
    /// Runs the case in worlds of its own.
    pub run: Box<dyn Fn(&Arena<'_>) -> Ending + Send + Sync>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Case {
    /// The strongest level among the requirements cited; unknown ids count as MUST.
    #[must_use]
    pub fn level(&self) -> Level {
        let level_of = |id: &String| {
            let known = sse_spec::documents::requirements().iter().find(|known| known.id == *id);
            known.map_or(Level::Must, |requirement| requirement.level)
        };
        self.requirements.iter().map(level_of).min().unwrap_or(Level::Must)
    }
}

/// The three lines of the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// What replies show.
    Api,
    /// What lies at rest.
    AtRest,
    /// This project's byte format.
    Format,
}

impl Area {
    /// The three, in the order of the verdict.
    pub const ALL: [Self; 3] = [Self::Api, Self::AtRest, Self::Format];

    /// The line's title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Api => "API behaviour",
            Self::AtRest => "encryption at rest",
            Self::Format => "format",
        }
    }
}

pub use sse_vectors::scenario::Group;

/// The core groups, in the order of the report.
pub const GROUPS: [Group; 8] = [
    Group::SseS3,
    Group::SseKms,
    Group::BucketDefault,
    Group::KmsCrypto,
    Group::KeyLifecycle,
    Group::Rotation,
    Group::Policy,
    Group::Audit,
];

/// A group as it is written.
#[must_use]
pub fn group_word(group: Group) -> &'static str {
    match group {
        Group::SseS3 => "sse-s3",
        Group::SseKms => "sse-kms",
        Group::BucketDefault => "bucket-default",
        Group::KmsCrypto => "kms-crypto",
        Group::KeyLifecycle => "key-lifecycle",
        Group::Rotation => "rotation",
        Group::Policy => "policy",
        Group::Audit => "audit",
    }
}

/// How much a case looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// One to three requirements.
    Focused,
    /// Behaviour as a whole: a property, a law.
    Broad,
}

/// No case puts an object of more bytes, where the smallest part leaves it the choice.
const OBJECT_BYTES: u64 = 1 << 20;
/// No case makes an object of more than this many parts of the smallest length.
const OBJECT_PARTS: u64 = 4;

/// What a case needs of a target.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// The data plane.
    pub store: bool,
    /// The operations of KMS.
    pub kms: bool,
    /// A second account.
    pub other_account: bool,
    /// A declared smallest part: without one no part is too small.
    pub smallest_part: bool,
    /// Capabilities beyond the role.
    pub capabilities: Vec<Capability>,
}

impl Needs {
    /// The needs, each in the words of a description.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let plane = match (self.store, self.kms) {
            (true, true) => Some("role `store+kms`"),
            (true, false) => Some("role `store` or `store+kms`"),
            (false, true) => Some("role `kms` or `store+kms`"),
            (false, false) => None,
        };
        let account = self.other_account.then_some("`other_account`");
        let part = self.smallest_part.then_some("`part_bytes`");
        let words = [plane, account, part].into_iter().flatten().map(str::to_owned);
        words
            .chain(self.capabilities.iter().map(|one| format!("`{}`", capability_word(*one))))
            .collect()
    }

    /// Why a target cannot be judged by the case; `None` where it can.
    #[must_use]
    pub fn missing(&self, target: &Description) -> Option<String> {
        if self.store && !target.role.is_store() {
            return Some("the target has no data plane".into());
        }
        if self.kms && !target.role.is_kms() {
            return Some("the target has no KMS".into());
        }
        if self.other_account && target.other_account.is_none() {
            return Some("the target has no second account".into());
        }
        let limits = &target.limits;
        if self.smallest_part && limits.part_bytes == 0 {
            return Some("the target declares no smallest part (`part_bytes`)".into());
        }
        let needed = OBJECT_BYTES.max(limits.part_bytes.saturating_mul(OBJECT_PARTS));
        if self.store && (1..needed).contains(&limits.object_bytes) {
            return Some(format!("the target's largest object is below {needed} bytes"));
        }
        let missing = self.capabilities.iter().find(|needed| !target.offers(**needed))?;
        Some(format!("the target does not declare `{}`", capability_word(*missing)))
    }
}

/// A capability as it is written in a description.
#[must_use]
pub fn capability_word(capability: Capability) -> String {
    match serde_json::to_value(capability) {
        Ok(serde_json::Value::String(word)) => word,
        _ => format!("{capability:?}"),
    }
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The target did what is demanded.
    Passed,
    /// The target did not.
    Failed(String),
    /// The case could not show anything: what it looks at was not there to be seen.
    Inconclusive(String),
    /// The target does not offer what the case needs.
    Skipped(String),
    /// Something outside the target failed: a file of the user, for example.
    Unusable(String),
}

impl Ending {
    /// One word for reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Inconclusive(_) => "inconclusive",
            Self::Skipped(_) => "skipped",
            Self::Unusable(_) => "unusable",
        }
    }

    /// The reason, where there is one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(reason)
            | Self::Inconclusive(reason)
            | Self::Skipped(reason)
            | Self::Unusable(reason) => Some(reason),
        }
    }
}

/// Ends a case early with `?`.
pub type Step<T> = Result<T, Ending>;

/// Turns the result of a case's body into its ending.
#[must_use]
pub fn ending(result: Step<()>) -> Ending {
    match result {
        Ok(()) => Ending::Passed,
        Err(ending) => ending,
    }
}
