//! The words of a requirement line: level, profile, provenance, kind of check (spec/README.md).

use serde::{Deserialize, Serialize};

macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every word, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word as it is written.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|candidate| candidate.word() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

word! {
    /// Strength of a requirement (BCP 14).
    Level {
        /// Absolute.
        Must = "MUST",
        /// Absolute prohibition.
        MustNot = "MUST-NOT",
        /// Ignored only for a stated reason.
        Should = "SHOULD",
        /// Done only for a stated reason.
        ShouldNot = "SHOULD-NOT",
        /// A free choice.
        May = "MAY",
    }
}

word! {
    /// To whom a requirement applies.
    Profile {
        /// Every implementation of either mode.
        Core = "core",
        /// Implementers of this project's byte format.
        Format = "format",
        /// Exact codes, headers, limits of AWS.
        Aws = "aws",
        /// Targets that offer the laboratory.
        Laboratory = "laboratory",
        /// The reference implementation.
        Reference = "reference",
    }
}

word! {
    /// What a requirement stands on.
    Provenance {
        /// AWS's documentation says it.
        Documented = "documented",
        /// AWS's machine-readable API model says it.
        Model = "model",
        /// Recorded from the real service.
        Observed = "observed",
        /// Reported by a third party.
        ThirdParty = "third-party",
        /// A published standard says it.
        Standard = "standard",
        /// This project's choice or inference.
        Project = "project",
    }
}

word! {
    /// How a requirement that no test can see is checked.
    CheckKind {
        /// True by construction of types.
        ByType = "by-type",
        /// Checked by people.
        Review = "review",
    }
}
