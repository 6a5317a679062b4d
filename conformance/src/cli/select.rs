//! What is run against what: the catalogue, filtered, and the embedded targets by name.

use super::{Source, Usage};
use sse_conformance::case::Case;
use sse_conformance::cases::{catalogue, catalogue_from};
use sse_conformance::target::{Target, reference};
use sse_conformance::zoo::{self, Witness};
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

/// A target by its name: `reference`, `malleable` or `fault:ID`.
pub(super) fn target(name: &str) -> Result<Box<dyn Target>, Usage> {
    match name.strip_prefix("fault:") {
        Some(id) => match zoo::faults().into_iter().find(|fault| fault.id == id) {
            Some(fault) => Ok((fault.make)(&Witness::default())),
            None => Err(Usage(format!("unknown fault `{id}`; `faults` lists them"))),
        },
        None if name == "reference" => Ok(Box::new(reference::target())),
        None if name == "malleable" => Ok(Box::new(zoo::Malleable::new())),
        None => Err(Usage(format!(
            "unknown target `{name}`; there are `reference`, `malleable` and `fault:ID`"
        ))),
    }
}

/// Whether `id` matches a glob in which `*` stands for any run of characters.
pub(super) fn matches_glob(glob: &str, id: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = id.strip_prefix(first) else { return false };
    let mut last_part = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        last_part = Some(part);
    }
    match last_part {
        None => rest.is_empty(),
        Some(part) => id.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::matches_glob;

    #[test]
    fn a_star_stands_for_any_run() {
        for (glob, id, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/b", true),
            ("*/b", "a/b", true),
            ("*b*", "abc", true),
            ("*", "", true),
            ("a*c", "abcd", false),
            ("a*d", "abcd", true),
        ] {
            assert_eq!(matches_glob(glob, id), expected, "{glob} {id}");
        }
    }
}
