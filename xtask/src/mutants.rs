//! `cargo xtask mutants`: small changes of the reference and of the oracle, one at a time, and
//! whether their judges notice (conformance/mutants/README.md).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::process::Command;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::setup::{TOOLS, cargo};
use crate::tree::{Tree, finding, root};

/// What is mutated, and who judges it: `conformance/mutants/NAME.toml` says how.
struct Lane {
    name: &'static str,
    /// What the path of a source file starts with; the first lane that fits has it.
    path: &'static str,
}

const LANES: [Lane; 3] = [
    Lane { name: "folder", path: "reference/src/disk/folder" },
    Lane { name: "suite", path: "reference/src/" },
    Lane { name: "oracle", path: "vectors/src/oracle" },
];

const FOLDER: &str = "conformance/mutants/";
const RESULTS: &str = "conformance/mutants/results/";
const EQUIVALENT: &str = "conformance/mutants/equivalent.json";

/// What became of the mutants of one source file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// SHA-256 of the source that was mutated, in hex.
    source: String,
    caught: usize,
    /// It ran for longer than its judges ever do, which is as good as caught.
    timeout: usize,
    /// It does not compile.
    unviable: usize,
    /// What no judge noticed: file, change and function.
    missed: Vec<String>,
}

/// A mutant that nothing can notice.
#[derive(Deserialize)]
struct Equivalent {
    mutant: String,
    reason: String,
}

/// Mutates these source files, and writes down what became of it.
pub(crate) fn run(files: &[&str]) -> Outcome {
    if let Some(stray) = files.iter().find(|file| !mutable(file)) {
        return Err(format!("{stray} is not mutated: {FOLDER}README.md says which files are"));
    }
    for (lane, files) in by_lane(files) {
        let ended = lane.mutate(&files, &[])?;
        for file in files {
            let failed = |error: &dyn fmt::Display| format!("{file}: {error}");
            let source = fs::read(root().join(file)).map_err(|error| failed(&error))?;
            let tally = Tally::of(file, hex::encode(Sha256::digest(source)), &ended);
            fs::create_dir_all(root().join(RESULTS)).map_err(|error| failed(&error))?;
            fs::write(root().join(result_path(file)), tally.to_string())
                .map_err(|error| failed(&error))?;
        }
    }
    check()
}

/// Mutates what has changed since a commit; every mutant must be caught, or be listed.
pub(crate) fn since(commit: &str) -> Outcome {
    let Some(diff) = diff(commit)? else { return Ok(Vec::new()) };
    let path = root().join(DIFF);
    fs::write(&path, &diff).map_err(|error| format!("{DIFF}: {error}"))?;
    let listed = equivalents(&Tree::load()?)?;
    let mut findings = Vec::new();
    for (lane, files) in by_lane(&changed(&diff)) {
        let ended = lane.mutate(&files, &["--in-diff", DIFF])?;
        let caught = ended.caught.len() + ended.timeout.len();
        println!("{}: {caught} caught, {} missed", lane.name, ended.missed.len());
        let missed = ended.missed.iter().map(|name| plain(name));
        findings.extend(missed.filter(|name| !listed.contains_key(name)).map(|name| unseen(&name)));
    }
    Ok(findings)
}

const DIFF: &str = "target/mutants.diff";

/// Whether anything that is mutated has changed since the commit before this one.
pub(crate) fn wanted() -> Result<bool, String> {
    Ok(diff(PREVIOUS)?.is_some())
}

/// The commit before this one, which continuous integration compares with.
pub(crate) const PREVIOUS: &str = "HEAD~1";

/// Judges what is written down: every mutant is caught, or listed with its reason.
pub(crate) fn check() -> Outcome {
    let tree = Tree::load()?;
    let mut listed = equivalents(&tree)?;
    let (mut findings, mut sum, mut measured, mut stale) = (Vec::new(), Tally::default(), 0, 0);
    let (mut files, mut excused) = (0, 0);
    for (path, text) in tree.files().filter(|(path, _)| mutable(path)) {
        files += 1;
        let result = result_path(path);
        let Some(written) = tree.text(&result) else { continue };
        let tally = Tally::read(written).ok_or_else(|| format!("{result} is not as written"))?;
        measured += 1;
        stale += usize::from(tally.source != hex::encode(Sha256::digest(text)));
        sum.caught += tally.caught;
        sum.timeout += tally.timeout;
        sum.unviable += tally.unviable;
        for mutant in tally.missed {
            match listed.get_mut(&mutant) {
                Some(used) => (*used, excused) = (true, excused + 1),
                None => findings.push(unseen(&mutant)),
            }
        }
    }
    for (mutant, _) in listed.iter().filter(|(_, used)| !**used) {
        findings.push(finding(EQUIVALENT, 1, format!("no result misses {mutant:?}")));
    }
    let viable = sum.caught + sum.timeout + excused + findings.len();
    println!(
        "mutants: {viable} viable, {} caught, {} of them by running on; {excused} equivalent; \
         {} do not compile; {measured} of {files} source files, {stale} of them changed since",
        sum.caught + sum.timeout,
        sum.timeout,
        sum.unviable
    );
    Ok(findings)
}

fn unseen(mutant: &str) -> sse_spec::documents::Finding {
    let path = mutant.split_once(": ").map_or(mutant, |(path, _)| path);
    finding(path, 1, format!("nothing notices the mutant {mutant:?}"))
}

/// The mutants that are listed, each with whether a result has named it.
fn equivalents(tree: &Tree) -> Result<BTreeMap<String, bool>, String> {
    let text = tree.text(EQUIVALENT).unwrap_or("[]");
    let listed: Vec<Equivalent> =
        serde_json::from_str(text).map_err(|error| format!("{EQUIVALENT}: {error}"))?;
    match listed.iter().find(|one| one.reason.trim().is_empty()) {
        Some(one) => Err(format!("{EQUIVALENT}: {:?} has no reason", one.mutant)),
        None => Ok(listed.into_iter().map(|one| (one.mutant, false)).collect()),
    }
}

/// What has changed since a commit among the files that are mutated; `None` where nothing has, or
/// where the commit is not there, as in a shallow clone.
fn diff(commit: &str) -> Result<Option<String>, String> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["diff", commit, "--", "reference/src", "vectors/src"]);
    let output = git.output().map_err(|error| format!("git did not start: {error}"))?;
    if !output.status.success() {
        println!("mutants: there is no {commit} to compare with");
        return Ok(None);
    }
    let diff = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((!changed(&diff).is_empty()).then_some(diff))
}

/// The files of a diff that are mutated.
fn changed(diff: &str) -> Vec<&str> {
    let files = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    files.filter(|file| mutable(file)).collect()
}

/// The lanes that have any of these files, with those that they have.
fn by_lane<'a>(files: &[&'a str]) -> Vec<(&'static Lane, Vec<&'a str>)> {
    let of = |lane: &'static Lane| {
        let files = files
            .iter()
            .copied()
            .filter(|file| lane_of(file).is_some_and(|other| other.name == lane.name));
        (lane, files.collect::<Vec<_>>())
    };
    LANES.iter().map(of).filter(|(_, files)| !files.is_empty()).collect()
}

fn lane_of(path: &str) -> Option<&'static Lane> {
    LANES.iter().find(|lane| path.starts_with(lane.path))
}

fn mutable(path: &str) -> bool {
    let test = path.contains("/tests/") || path.ends_with("/tests.rs");
    path.ends_with(".rs") && !test && lane_of(path).is_some()
}

/// Where the result of a source file lies.
fn result_path(file: &str) -> String {
    format!("{RESULTS}{}.txt", file.trim_end_matches(".rs").replace('/', "."))
}

/// The name of a mutant without line and column, which change with every other edit.
fn plain(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(path), Some(change)) => format!("{path}:{change}"),
        _ => name.to_owned(),
    }
}

/// The lists of names that the mutation tester leaves behind.
#[derive(Default)]
struct Ended {
    caught: Vec<String>,
    missed: Vec<String>,
    timeout: Vec<String>,
    unviable: Vec<String>,
}

impl Lane {
    /// Runs the mutation tester on these files.
    fn mutate(&self, files: &[&str], more: &[&str]) -> Result<Ended, String> {
        let program = root().join(TOOLS).join("bin/cargo-mutants");
        if !program.exists() {
            return Err(format!("{TOOLS} is missing: run cargo xtask setup mutants"));
        }
        let out = format!("target/mutants-{}", self.name);
        let mut command = Command::new(program);
        command.arg("mutants").args(["--config", &format!("{FOLDER}{}.toml", self.name)]);
        command.args(["--output", &out, "--no-shuffle", "--colors", "never"]).args(more);
        command.env("CARGO", cargo()).current_dir(root());
        files.iter().for_each(|file| _ = command.args(["--file", file]));
        let status = command.status().map_err(|error| format!("cargo-mutants: {error}"))?;
        // 2 where a mutant was missed, 3 where one ran on.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            return Err(format!("cargo-mutants on the lane {}: {status}", self.name));
        }
        let list = |name: &str| {
            let text = fs::read_to_string(root().join(&out).join("mutants.out").join(name));
            text.unwrap_or_default().lines().map(str::to_owned).collect()
        };
        Ok(Ended {
            caught: list("caught.txt"),
            missed: list("missed.txt"),
            timeout: list("timeout.txt"),
            unviable: list("unviable.txt"),
        })
    }
}

impl Tally {
    /// What became of the mutants of `file`.
    fn of(file: &str, source: String, ended: &Ended) -> Self {
        let of = |names: &[String]| {
            let start = format!("{file}:");
            names.iter().filter(|name| name.starts_with(&start)).map(|name| plain(name)).collect()
        };
        let count = |names: &[String]| -> usize { Vec::<String>::len(&of(names)) };
        Self {
            source,
            caught: count(&ended.caught),
            timeout: count(&ended.timeout),
            unviable: count(&ended.unviable),
            missed: of(&ended.missed),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut tally = Self::default();
        for line in text.lines() {
            let (word, rest) = line.split_once(' ')?;
            match word {
                "sha256" => rest.clone_into(&mut tally.source),
                "caught" => tally.caught = rest.parse().ok()?,
                "timeout" => tally.timeout = rest.parse().ok()?,
                "unviable" => tally.unviable = rest.parse().ok()?,
                "missed" => tally.missed.push(rest.to_owned()),
                _ => return None,
            }
        }
        Some(tally)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sha256 {}\ncaught {}", self.source, self.caught)?;
        writeln!(f, "timeout {}\nunviable {}", self.timeout, self.unviable)?;
        self.missed.iter().try_for_each(|mutant| writeln!(f, "missed {mutant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_as_it_was_written() {
        let ended = Ended {
            caught: vec!["reference/src/key.rs:1:2: replace a with b in c".into()],
            missed: vec![
                "reference/src/key.rs:30:4: replace - with + in Key::f".into(),
                "reference/src/key/state.rs:30:4: replace - with + in f".into(),
            ],
            ..Ended::default()
        };
        let tally = Tally::of("reference/src/key.rs", "00".into(), &ended);
        assert_eq!((tally.caught, tally.timeout, tally.unviable), (1, 0, 0));
        assert_eq!(tally.missed, ["reference/src/key.rs: replace - with + in Key::f"]);
        assert_eq!(Tally::read(&tally.to_string()), Some(tally));
        assert_eq!(Tally::read("caught many\n"), None);
    }

    #[test]
    fn a_file_is_in_the_first_lane_that_fits() {
        let lane = |path| lane_of(path).map(|lane| lane.name);
        assert_eq!(lane("reference/src/disk/folder/names.rs"), Some("folder"));
        assert_eq!(lane("reference/src/disk.rs"), Some("suite"));
        assert_eq!(lane("vectors/src/oracle/policy.rs"), Some("oracle"));
        assert_eq!(lane("vectors/src/builder/body.rs"), None);
        assert!(!mutable("reference/src/tests/sse.rs") && !mutable("reference/src/tests.rs"));
    }

    #[test]
    fn a_diff_names_what_is_mutated() {
        let diff = "+++ b/reference/src/key.rs\n+fn f()\n+++ b/vectors/src/corpus.rs\n";
        assert_eq!(changed(diff), ["reference/src/key.rs"]);
    }
}
