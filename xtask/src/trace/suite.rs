//! What the suite itself says of requirements: its cases check them, its faults are convicted.

use serde::Deserialize;
use sse_conformance::cases::catalogue;

use super::{Mention, Role};
use crate::tree::root;

/// Where `ci` has the kill matrix written.
pub(crate) const MATRIX: &str = "target/kill-matrix.json";

/// One fault of the kill matrix; what else the matrix says is not needed here.
#[derive(Deserialize)]
struct Trial {
    fault: String,
    convicted_of: Vec<String>,
}

/// The suite's mentions, by the name of the case or the fault.
pub(super) fn mentions() -> Result<Vec<Mention>, String> {
    let of = |role| {
        move |(name, ids): (String, Vec<String>)| {
            ids.into_iter().map(move |id| Mention { id, role, path: name.clone(), line: 1 })
        }
    };
    let checked = checked_by_cases()?.into_iter().flat_map(of(Role::Checked));
    let matrix = std::fs::read_to_string(root().join(MATRIX)).map_err(|_| {
        format!(
            "no kill matrix: run cargo run --release -p sse-conformance -- faults --json {MATRIX}"
        )
    })?;
    Ok(checked.chain(convicted(&matrix)?.into_iter().flat_map(of(Role::Convicted))).collect())
}

/// Each case of the catalogue with the requirements it cites.
fn checked_by_cases() -> Result<Vec<(String, Vec<String>)>, String> {
    let cases = catalogue()?.into_iter();
    Ok(cases.map(|case| (format!("case {}", case.id), case.requirements)).collect())
}

/// Each fault with the requirements that its conviction shows to be enforced.
fn convicted(matrix: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let trials: Vec<Trial> = serde_json::from_str(matrix).map_err(|e| format!("{MATRIX}: {e}"))?;
    Ok(trials.into_iter().map(|t| (format!("fault {}", t.fault), t.convicted_of)).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kill_matrix_is_read() {
        let matrix = r#"[{"fault": "f", "breaks": ["a", "b"], "convicted_of": ["a"]}]"#;
        let expected = vec![("fault f".to_owned(), vec!["a".to_owned()])];
        assert_eq!(super::convicted(matrix), Ok(expected));
        assert!(super::convicted("{}").is_err());
    }
}
