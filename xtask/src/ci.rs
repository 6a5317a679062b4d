//! `cargo xtask ci`: every check, offline, in one order; the first failing step ends the run.

use std::process::Command;
use std::time::Instant;

use crate::setup::{cargo, execute, python};
use crate::{Outcome, mutants, report, spec, tidy, trace, vectors_command};

/// How one step is run.
enum Step {
    Own(fn() -> Outcome),
    Cargo(&'static [&'static str]),
    /// The lints on a scope: packages, targets and features.
    Clippy(&'static [&'static str]),
    /// A program of the checks' own Python, with its arguments.
    Python(&'static [&'static str]),
    Suite(&'static [&'static str]),
}

/// Rust first, then what is generated, then the suite's judgement of the reference.
const STEPS: &[(&str, Step)] = &[
    ("tidy", Step::Own(tidy::run)),
    ("fmt", Step::Cargo(&["fmt", "--all", "--check"])),
    ("clippy", Step::Clippy(&["--workspace", "--all-targets"])),
    // With optimisation like everything here: what is compiled once serves every step.
    ("test", Step::Cargo(&["test", "--release", "--offline", "--locked", "--workspace"])),
    // What a consumer of the suite compiles: without the program, and without its command line.
    ("library", Step::Clippy(&["-p", "sse-conformance", "--no-default-features"])),
    (
        "harness",
        Step::Clippy(&["-p", "sse-conformance", "--no-default-features", "--features", "harness"]),
    ),
    ("spec", Step::Own(|| spec::run(true))),
    ("vectors", Step::Own(|| vectors_command::run(true))),
    ("python", Step::Python(&["vectors/check.py"])),
    ("proof", Step::Python(&["spec/model/proof/prove.py"])),
    ("run", Step::Suite(&["run"])),
    // Each write waits for the disk here, so a part of the cases has to do.
    ("run in a folder", Step::Suite(&["run", "--target", "reference-in-folder", "--shard=1/8"])),
    // The same verdict on the implementation that was written from the text alone.
    ("adapter", Step::Suite(&["run", "--command", ADAPTER, "--peer", "reference"])),
    ("adapter tests", Step::Python(&["-m", "unittest", "discover", "-q", "-t", PACKAGE, TESTS])),
    ("adapter faults", Step::Own(adapter_faults)),
    ("template.py", Step::Suite(&["run", "--command", TEMPLATE_PY, FIRST])),
    ("template.mjs", Step::Suite(&["run", "--command", TEMPLATE_MJS, FIRST])),
    ("faults", Step::Suite(&["faults", "--json", trace::suite::MATRIX])),
    ("trace", Step::Own(|| trace::run(true))),
    ("mutants", Step::Own(mutants::check)),
    ("mutants of this change", Step::Own(|| mutants::since(mutants::PREVIOUS))),
];

const ADAPTER: &str = "target/venv/bin/python conformance/adapters/python/adapter.py";
const PACKAGE: &str = "conformance/adapters/python";
const TESTS: &str = "conformance/adapters/python/tests";
const CHECK_FAULTS: &str = "conformance/adapters/python/check_faults.py";
const TEMPLATE_PY: &str = "target/venv/bin/python conformance/adapters/templates/adapter.py";
const TEMPLATE_MJS: &str = "target/venv/bin/node conformance/adapters/templates/adapter.mjs";
/// What a newcomer's adapter passes first.
const FIRST: &str = "--filter=sse/round-trip-s3-*";

/// The suite's program, with the features of the whole workspace: it is compiled already.
const SUITE: [&str; 7] =
    ["run", "--offline", "--locked", "--release", "--bin", "sse-conformance", "--"];

/// Each faulty variant of the adapter is convicted; the program lies beside this one.
fn adapter_faults() -> Outcome {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("sse-conformance");
    execute(Command::new(python()).arg(CHECK_FAULTS).arg(program)).map(|()| vec![])
}

/// Runs the steps, and says how many passed.
pub(crate) fn run() -> Result<(), String> {
    for (passed, (name, step)) in STEPS.iter().enumerate() {
        println!("== {name}");
        let start = Instant::now();
        let clean = report(perform(step));
        println!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
        if !clean {
            println!("{passed} passed, 1 failed");
            return Err(format!("step `{name}` failed"));
        }
    }
    println!("{} passed, 0 failed", STEPS.len());
    Ok(())
}

fn perform(step: &Step) -> Outcome {
    match step {
        Step::Own(command) => command(),
        Step::Cargo(arguments) => execute(Command::new(cargo()).args(*arguments)).map(|()| vec![]),
        Step::Clippy(scope) => execute(
            Command::new(cargo())
                .args(["clippy", "--offline", "--locked"])
                .args(*scope)
                .args(["--", "-D", "warnings"]),
        )
        .map(|()| vec![]),
        Step::Suite(arguments) => {
            execute(Command::new(cargo()).args(SUITE).args(*arguments)).map(|()| vec![])
        }
        Step::Python(_) if !python().exists() => {
            Err("target/venv is missing: run cargo xtask setup".to_owned())
        }
        Step::Python(arguments) => {
            execute(Command::new(python()).args(*arguments)).map(|()| vec![])
        }
    }
}
