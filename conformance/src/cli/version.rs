//! `--suite-version`: what this build judges by (conformance/VERSIONING.md).

use super::{Usage, print};
use sse_conformance::cases::catalogue;
use sse_conformance::proposed::{Ages, PROTOCOL, SUITE};
use sse_vectors::corpus;

pub(super) fn run() -> Result<u8, Usage> {
    let cases = catalogue()?;
    let proposed = cases.iter().filter(|case| Ages::default().proposed(case)).count();
    let requirements = sse_spec::documents::requirements().len();
    print(&format!(
        "suite         {SUITE}\n\
         vectors       {}\n\
         protocol      {PROTOCOL}\n\
         cases         {}, of which {proposed} proposed\n\
         requirements  {requirements}\n",
        corpus::digest(),
        cases.len(),
    ));
    Ok(0)
}
