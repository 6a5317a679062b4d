//! The journal of a change of several items: what is still to be done once it was begun
//! (spec/sse/durability.md, structure).

use super::names::Names;
use crate::refusal::{Refused, Result};
use sse_spec::Class;

/// The file of the journal; it is there while a change is under way.
pub(super) const PATH: &str = "journal";

/// One step of a change, on files that are already durable where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Moves a staged file to where it belongs, unless that was done before.
    Put { staged: String, path: String },
    /// Removes a file, unless that was done before.
    Remove { path: String },
}

impl Step {
    /// Where it leaves or removes a file.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Put { path, .. } | Self::Remove { path } => path,
        }
    }
}

/// The bytes of a journal. They are sealed, so that a torn or an edited one is never redone.
pub(super) fn write(names: &Names, steps: &[Step]) -> Result<Vec<u8>> {
    let line = |step: &Step| match step {
        Step::Put { staged, path } => format!("put {staged} {path}\n"),
        Step::Remove { path } => format!("remove {path}\n"),
    };
    names.seal(PATH, steps.iter().map(line).collect::<String>().as_bytes())
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `integrity` for anything else.
pub(super) fn read(names: &Names, bytes: &[u8]) -> Result<Vec<Step>> {
    let text = names.open(PATH, bytes)?;
    let text = std::str::from_utf8(text.expose()).map_err(|_| Refused(Class::Integrity))?;
    let step = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        ["put", staged, path] => Ok(Step::Put { staged: staged.into(), path: path.into() }),
        ["remove", path] => Ok(Step::Remove { path: path.into() }),
        _ => Err(Refused(Class::Integrity)),
    };
    text.lines().map(step).collect()
}
