//! The catalogue: cases from vectors, laws, properties and the user's own files.

mod blobs;
mod corpus;
mod cross;
mod failure;
mod format;
mod races;
mod reference;
mod round_trip;
pub(crate) mod scenario;

pub use corpus::{CorpusError, corpus_cases};
pub use cross::cross_cases;

use crate::accounting;
use crate::case::Case;
use crate::laws;
use crate::sequence;
use sse_vectors::byte_exact;
use sse_vectors::corpus as vectors;
use sse_vectors::scenario::ScenarioFile;
use std::path::Path;

/// Every case of the suite, in a stable order.
///
/// # Errors
/// What is wrong with the vectors that this build embeds.
pub fn catalogue() -> Result<Vec<Case>, String> {
    assemble(vectors::files().iter().copied())
}

/// One case of the suite by its id, without the cost of all: of the vectors, only files that hold
/// the id are read.
///
/// # Errors
/// What is wrong with the vectors that this build embeds.
pub fn named(id: &str) -> Result<Option<Case>, String> {
    // A case of accounting is named after its file and not by it.
    let word = if id.starts_with("accounting/") { id.rsplit('/').next() } else { Some(id) };
    let word = format!("\"{}\"", word.unwrap_or(id));
    let files = vectors::files().iter().copied();
    let cases = assemble(files.filter(|(_, text)| text.contains(&word)))?;
    Ok(cases.into_iter().find(|case| case.id == id))
}

/// The cases of one file of scenarios, `text`, in the form of `vectors/data`; `name` is what
/// messages call it.
///
/// # Errors
/// What is wrong with the file, naming its place.
pub fn scenario_cases(name: &str, text: &str) -> Result<Vec<Case>, String> {
    let file = ScenarioFile::parse(name, text)?;
    Ok(file.scenarios.into_iter().map(|one| scenario::case(name, one)).collect())
}

/// The same with the vectors of a folder instead of the embedded ones.
///
/// # Errors
/// What is wrong with the vectors, naming file and place.
pub fn catalogue_from(folder: &Path) -> Result<Vec<Case>, String> {
    let files = vectors::files_from_dir(folder)?;
    if files.is_empty() {
        return Err(format!("vectors: `{}` holds no JSON file", folder.display()));
    }
    assemble(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn assemble<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let mut accounts = Vec::new();
    for (path, file) in vectors::scenario_files(files.clone())? {
        accounts.extend(accounting::case(&file));
        cases.extend(file.scenarios.into_iter().map(|scenario| scenario::case(&path, scenario)));
    }
    cases.extend(blobs::cases());
    cases.extend(round_trip::cases());
    cases.extend(races::cases());
    cases.extend(failure::cases());
    cases.extend(reference::cases());
    cases.extend(sequence::cases());
    cases.extend(accounts);
    cases.extend(laws::cases());
    for (path, file) in byte_exact::vector_files(files)? {
        cases.extend(format::cases(&path, file));
    }
    cases.extend(cross::cases());
    Ok(cases)
}
