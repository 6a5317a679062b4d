//! Since which version a case is there; a case is proposed, and its failure a warning, as long as
//! the suite is of the minor version that brought it (conformance/VERSIONING.md).

use crate::case::Case;
use crate::glob;

/// Cases that came after the first version: id or glob, and the version that brought them.
pub const SINCE: &[(&str, &str)] = &[];

/// The version of every case that [`SINCE`] does not list.
pub const FIRST: &str = "0.1.0";

/// The version of this suite.
pub const SUITE: &str = env!("CARGO_PKG_VERSION");

/// The version of the protocol for other languages (conformance/PROTOCOL.md).
pub const PROTOCOL: u32 = 1;

/// Since when each case is there, and which of them are proposed.
#[derive(Clone, Copy, Debug)]
pub struct Ages<'a> {
    /// As [`SINCE`].
    pub since: &'a [(&'a str, &'a str)],
    /// The suite's version.
    pub suite: &'a str,
}

impl Default for Ages<'_> {
    fn default() -> Self {
        Self { since: SINCE, suite: SUITE }
    }
}

impl<'a> Ages<'a> {
    /// The version that brought a case.
    #[must_use]
    pub fn since(&self, case: &Case) -> &'a str {
        let listed = self.since.iter().find(|(id, _)| glob::matches(id, &case.id));
        listed.map_or(FIRST, |(_, version)| version)
    }

    /// Whether a case is still proposed: it came with this minor version. The cases of the first
    /// version were never proposed.
    #[must_use]
    pub fn proposed(&self, case: &Case) -> bool {
        let since = self.since(case);
        since != FIRST && minor(since) == minor(self.suite)
    }
}

/// A version without its last number.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

#[cfg(test)]
mod tests {
    use super::{Ages, SINCE, minor};

    #[test]
    fn the_list_speaks_of_cases_that_exist() {
        let cases = crate::cases::catalogue().expect("the embedded vectors are well-formed");
        for (id, version) in SINCE {
            let known = cases.iter().any(|case| crate::glob::matches(id, &case.id));
            assert!(known, "no case matches `{id}`");
            assert_eq!(version.split('.').count(), 3, "`{version}` is no version");
        }
    }

    #[test]
    fn a_case_is_proposed_for_one_minor_version() {
        let cases = crate::cases::catalogue().expect("the embedded vectors are well-formed");
        let case = &cases[0];
        let since = [(case.id.as_str(), "0.2.1")];
        for (suite, proposed) in [("0.2.1", true), ("0.2.9", true), ("0.3.0", false)] {
            assert_eq!(Ages { since: &since, suite }.proposed(case), proposed, "{suite}");
        }
        let ages = Ages { since: &since, suite: "0.2.1" };
        assert_eq!((ages.since(case), ages.since(&cases[1])), ("0.2.1", "0.1.0"));
        assert!(!Ages { since: &[], suite: "0.1.3" }.proposed(case));
        assert_eq!(minor("1.2.3"), "1.2");
    }
}
