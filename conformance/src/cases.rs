//! The catalogue: cases from vectors, laws, properties and the user's own files.

mod corpus;
mod format;
mod round_trip;
mod scenario;

pub use corpus::{CorpusError, corpus_cases};

use crate::case::Case;
use crate::laws;
use std::path::Path;

/// Every case of the suite, in a stable order.
///
/// # Errors
/// What is wrong with the vectors that this build embeds.
pub fn catalogue() -> Result<Vec<Case>, String> {
    let scenarios = sse_vectors::corpus::scenarios()?;
    let files = sse_vectors::corpus::byte_exact()?;
    Ok(assemble(scenarios, files))
}

/// The same with the vectors of a folder instead of the embedded ones.
///
/// # Errors
/// What is wrong with the vectors, naming file and place.
pub fn catalogue_from(folder: &Path) -> Result<Vec<Case>, String> {
    let scenarios = sse_vectors::corpus::scenarios_from_dir(folder)?;
    let files = sse_vectors::corpus::byte_exact_from_dir(folder)?;
    Ok(assemble(scenarios, files))
}

fn assemble(
    scenarios: Vec<(String, sse_vectors::scenario::Scenario)>,
    files: Vec<(String, sse_vectors::byte_exact::VectorFile)>,
) -> Vec<Case> {
    let mut cases: Vec<Case> =
        scenarios.into_iter().map(|(file, scenario)| scenario::case(&file, scenario)).collect();
    cases.extend(round_trip::cases());
    cases.extend(laws::cases());
    cases.extend(files.into_iter().flat_map(|(path, file)| format::cases(&path, file)));
    cases
}
