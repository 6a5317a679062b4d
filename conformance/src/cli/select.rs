//! What is run against what: the catalogue, filtered, and the embedded targets by name.

use super::{Source, Usage};
use sse_conformance::case::Case;
use sse_conformance::cases::{catalogue, catalogue_from};
use sse_conformance::glob::matches as matches_glob;
use sse_conformance::target::{Target, reference};
use sse_conformance::zoo::{self, Witness};
use sse_spec::Profile;
use sse_vectors::corpus;

/// The catalogue and the digest of its vectors.
pub(super) fn cases(source: &Source) -> Result<(Vec<Case>, String), Usage> {
    match &source.vectors {
        None => Ok((catalogue()?, corpus::digest())),
        Some(folder) => {
            let files = corpus::files_from_dir(folder)?;
            let digest = corpus::digest_of(files.iter().map(|(name, text)| (&**name, &**text)));
            Ok((catalogue_from(folder)?, digest))
        }
    }
}

/// The cases that a glob matches.
///
/// # Errors
/// There is none, and perhaps there is with other words around it.
pub(super) fn matching(mut cases: Vec<Case>, glob: &str) -> Result<Vec<Case>, Usage> {
    let wider = format!("*{glob}*");
    let more = cases.iter().filter(|case| matches_glob(&wider, &case.id)).count();
    cases.retain(|case| matches_glob(glob, &case.id));
    match (cases.is_empty(), more) {
        (false, _) => Ok(cases),
        (true, 0) => Err(Usage(format!("no case matches `{glob}`; `list` prints them"))),
        (true, more) => Err(Usage(format!("no case matches `{glob}`; `{wider}` matches {more}"))),
    }
}

/// A profile by its word, as an argument.
pub(super) fn profile(text: &str) -> Result<Profile, String> {
    let words = || Profile::ALL.iter().map(|profile| profile.word()).collect::<Vec<_>>();
    Profile::from_word(text).ok_or_else(|| format!("one of {}", words().join(", ")))
}

/// A target by its name: `reference`, `reference-in-folder`, `malleable` or `fault:ID`.
pub(super) fn target(name: &str) -> Result<Box<dyn Target>, Usage> {
    match name.strip_prefix("fault:") {
        Some(id) => match zoo::faults().into_iter().find(|fault| fault.id == id) {
            Some(fault) => Ok((fault.make)(&Witness::default())),
            None => Err(Usage(format!("unknown fault `{id}`; `faults` lists them"))),
        },
        None if name == "reference" => Ok(Box::new(reference::target())),
        None if name == "reference-in-folder" => Ok(Box::new(reference::target_in_folder())),
        None if name == "malleable" => Ok(Box::new(zoo::Malleable::new())),
        None => Err(Usage(format!(
            "unknown target `{name}`; there are `reference`, `reference-in-folder`, \
             `malleable` and `fault:ID`"
        ))),
    }
}
