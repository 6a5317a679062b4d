//! What tests of the program share: starting it, and folders of their own.

use std::path::PathBuf;
use std::process::Command;

/// What the program did.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// What it printed, without the time it took.
    pub(crate) text: String,
    /// What it told on standard error.
    pub(crate) told: String,
}

/// Runs the program to its end.
pub(crate) fn program(arguments: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(arguments)
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let lasting = text.lines().filter(|line| !line.starts_with("time "));
    Done {
        code: output.status.code(),
        text: lasting.map(|line| format!("{}\n", line.trim_end())).collect(),
        told: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// An empty folder for one test.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}
