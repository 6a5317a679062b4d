//! The workshop of this repository: `cargo xtask COMMAND`; ARCHITECTURE.md says when to use which.

mod bench;
mod ci;
mod documents;
mod examples;
mod mask;
mod mutants;
mod setup;
mod spec;
mod tidy;
mod trace;
mod tree;
mod vectors_command;

use std::process::ExitCode;

use sse_spec::documents::Finding;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup             download what the checks need (nothing but setup downloads)
  setup mutants     install the mutation tester
  setup peers       download the libraries that bench peers compares with
  ci                run every check, offline
  bench             print the ratios of every bench, and which bound is not kept
  bench peers       the same envelope job in other libraries; needs setup peers
  mutants FILE...   mutate source files, and write down what their judges do not notice;
                    needs setup mutants
  mutants --since C mutate what has changed since a commit
  mutants --check   check that everything unnoticed is listed with its reason
  tidy              check the house rules
  spec [--check]    regenerate the index, the lock, the examples and the protocol's schema
  vectors [--check] regenerate the vectors that the builder makes
  trace [--check]   regenerate spec/coverage.md and check that no requirement is left alone";

/// What a command hands back: every finding at once, or why it could not look at all.
type Outcome = Result<Vec<Finding>, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["setup"] => setup::run().map(|()| Vec::new()),
        ["setup", "mutants"] => setup::mutants().map(|()| Vec::new()),
        ["setup", "peers"] => setup::peers().map(|()| Vec::new()),
        ["bench", "peers"] => bench::peers().map(|()| Vec::new()),
        ["bench"] => bench::run().map(|()| Vec::new()),
        ["ci"] => ci::run().map(|()| Vec::new()),
        ["mutants", "--check"] => mutants::check(),
        ["mutants", "--since", commit] => mutants::since(commit),
        ["mutants", files @ ..] if !files.is_empty() => mutants::run(files),
        ["tidy"] => tidy::run(),
        ["spec"] => spec::run(false),
        ["spec", "--check"] => spec::run(true),
        ["vectors"] => vectors_command::run(false),
        ["vectors", "--check"] => vectors_command::run(true),
        ["trace"] => trace::run(false),
        ["trace", "--check"] => trace::run(true),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if report(outcome) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the findings; true when there are none.
fn report(outcome: Outcome) -> bool {
    match outcome {
        Ok(findings) => {
            for finding in &findings {
                eprintln!("{finding}");
            }
            findings.is_empty()
        }
        Err(message) => {
            eprintln!("xtask: {message}");
            false
        }
    }
}
