//! `cargo xtask bench`: the ratios of every bench in one table, each beside the bound it keeps.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::setup::{PEERS, cargo, execute};
use crate::tree::root;

/// The benches that print ratios.
const BENCHES: [(&str, &str); 2] = [("sse-reference", "ratios"), ("sse-conformance", "vectors")];

/// Runs them, prints a row as soon as it is measured, and fails where a bound is not kept.
pub(crate) fn run() -> Result<(), String> {
    println!("{HEADER}");
    println!("{RULE}");
    let mut missed = Vec::new();
    for (package, bench) in BENCHES {
        let arguments = ["bench", "--offline", "--locked", "--quiet", "-p", package];
        let mut command = Command::new(cargo());
        command.args(arguments).args(["--bench", bench, "--", "--ratios"]).current_dir(root());
        let failed = |error: &dyn fmt::Display| format!("the bench {bench} of {package}: {error}");
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| failed(&error))?;
        for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
            let line = line.map_err(|error| failed(&error))?;
            let Some(row) = Row::read(&line) else { continue };
            println!("{row}");
            if !row.is_kept() {
                missed.push(row.name.to_owned());
            }
        }
        let status = child.wait().map_err(|error| failed(&error))?;
        if !status.success() {
            return Err(failed(&status));
        }
    }
    match missed.as_slice() {
        [] => Ok(()),
        missed => Err(format!("bounds not kept: {}", missed.join("; "))),
    }
}

/// Runs the same envelope job in other libraries and in the reference, in one run.
pub(crate) fn peers() -> Result<(), String> {
    let python = root().join(PEERS).join("bin/python");
    if !python.exists() {
        return Err(format!("{PEERS} is missing: run cargo xtask setup peers"));
    }
    println!("{HEADER}");
    println!("{RULE}");
    // The script runs the program that cargo names, so cargo runs the script.
    let arguments = ["bench", "--offline", "--locked", "--quiet", "-p", "sse-reference"];
    let arguments = arguments.iter().chain(&["--bench", "ratios", "--", "--peers"]);
    execute(Command::new(cargo()).args(arguments).arg(python).arg(root().join(SCRIPT)))
}

const SCRIPT: &str = "reference/benches/peers/peers.py";
const RULE: &str = "| --- | --- | ---: | --- | ---: | ---: |";
const HEADER: &str = "| what | beside | ratio | bound | rate | rate beside |";

/// One line that a bench prints.
struct Row<'a> {
    name: &'a str,
    base: &'a str,
    ratio: f64,
    /// `at least`, `at most`, or nothing.
    kind: &'a str,
    bound: f64,
    rates: [&'a str; 2],
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let fields: Vec<&str> = line.strip_prefix("ratio\t")?.split('\t').collect();
        let [name, base, ratio, kind, bound, rate, rate_beside] = fields.as_slice() else {
            return None;
        };
        let (ratio, bound) = (ratio.parse().ok()?, bound.parse().ok()?);
        Some(Self { name, base, ratio, kind, bound, rates: [rate, rate_beside] })
    }

    fn is_kept(&self) -> bool {
        match self.kind {
            "at least" => self.ratio >= self.bound,
            "at most" => self.ratio <= self.bound,
            _ => true,
        }
    }
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, base, ratio, kind, bound, rates: [rate, beside] } = self;
        let bound = if kind.is_empty() { "-".to_owned() } else { format!("{kind} {bound}") };
        write!(f, "| {name} | {base} | {ratio:.2} | {bound} | {rate} | {beside} |")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_judged_by_its_bound() {
        let row = |ratio, kind| format!("ratio\tseal\tbare\t{ratio}\t{kind}\t0.95\t1 GB/s\t1 GB/s");
        let kept = |ratio, kind| Row::read(&row(ratio, kind)).map(|row| row.is_kept());
        assert_eq!(kept("0.96", "at least"), Some(true));
        assert_eq!(kept("0.94", "at least"), Some(false));
        assert_eq!(kept("0.94", "at most"), Some(true));
        assert_eq!(kept("0.96", "at most"), Some(false));
        assert_eq!(kept("0.1", ""), Some(true));
        assert_eq!(kept("fast", "at least"), None);
        assert!(Row::read("seal: 1.0").is_none());
    }
}
