//! What a test or a benchmark outside the crate opens a store with.

use sse_reference::disk::Disk;
use sse_reference::environment::{Clock, EntityTags, MINIMUM_PART, Parts};
use sse_reference::policy::Caller;
use std::sync::Arc;

pub(crate) const BUCKET: &str = "bucket";
pub(crate) const ACCOUNT: &str = "111122223333";

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> sse_spec::Timestamp {
        1_709_210_096
    }
}

/// Entity tags are random: a digest would cost more than the cipher, and only the wire promises it.
pub(crate) fn parts(disk: impl Disk + 'static) -> Parts {
    Parts {
        disk: Arc::new(disk),
        clock: Arc::new(StoppedClock),
        random: Box::new(rand::rngs::SysRng),
        region: "us-east-1".to_owned(),
        accounts: vec![ACCOUNT.to_owned()],
        etag: EntityTags::Random,
        minimum_part: MINIMUM_PART,
    }
}

pub(crate) fn root_user() -> Caller {
    Caller::from_arn(&format!("arn:aws:iam::{ACCOUNT}:root"), true).unwrap()
}
