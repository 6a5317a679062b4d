//! Running the program against a child of `examples/`, and looking for what is left of it.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The program of an example; cargo builds the examples with the tests of a package.
pub(crate) fn example(name: &str) -> String {
    let deps = std::env::current_exe().expect("the path of this test");
    let profile = deps.parent().and_then(|deps| deps.parent()).expect("the folder of the profile");
    let path = profile.join("examples").join(name);
    assert!(path.exists(), "{} is not built: cargo build --examples", path.display());
    path.to_string_lossy().into_owned()
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("children").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

/// What the program said and did.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) time: Duration,
    /// Processes of the children's groups that still run.
    pub(crate) left: Vec<String>,
    /// How many children were started.
    pub(crate) children: usize,
}

impl Ran {
    pub(crate) fn all(&self) -> String {
        format!("{:?} after {:?}\n{}{}", self.code, self.time, self.out, self.err)
    }
}

/// Runs the program against a misbehaving child; `how` may be an empty string for one that
/// behaves.
pub(crate) fn misbehaving(how: &str, arguments: &[&str]) -> Ran {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let folder = scratch(&format!("{}-{how}-{run}", env!("CARGO_CRATE_NAME")));
    let pids = folder.join("pids");
    let command = format!("'{}' '{how}' '{}'", example("misbehaving"), pids.display());
    let mut program = Command::new(env!("CARGO_BIN_EXE_sse-conformance"));
    let (first, rest) = arguments.split_first().expect("a command");
    program.arg(first).args(["--command", &command]).args(rest);
    ran(&mut program, &pids)
}

pub(crate) fn ran(program: &mut Command, pids: &std::path::Path) -> Ran {
    let start = Instant::now();
    let Output { status, stdout, stderr } = program.output().expect("the program starts");
    let time = start.elapsed();
    let pids = std::fs::read_to_string(pids).unwrap_or_default();
    Ran {
        code: status.code(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
        time,
        left: left(&pids.lines().collect::<Vec<_>>()),
        children: pids.lines().count(),
    }
}

/// The processes that belong to one of the groups and are no zombies; a killed one may take a
/// moment to go.
fn left(groups: &[&str]) -> Vec<String> {
    let end = Instant::now() + Duration::from_secs(2);
    loop {
        let found = members(groups);
        if found.is_empty() || Instant::now() > end {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(target_os = "linux")]
fn members(groups: &[&str]) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("a list of processes");
    let stats = processes.filter_map(|entry| {
        // The name in brackets may hold anything; behind it: state, parent, group.
        let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (head, tail) = stat.rsplit_once(") ")?;
        let mut words = tail.split(' ');
        let (state, group) = (words.next()?, words.nth(1)?);
        (state != "Z" && groups.contains(&group)).then(|| head.to_owned())
    });
    stats.collect()
}

#[cfg(not(target_os = "linux"))]
fn members(groups: &[&str]) -> Vec<String> {
    let listed = Command::new("ps").args(["-A", "-o", "pgid=,stat="]).output().expect("ps starts");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let rows = listed.lines().filter(|row| {
        let mut words = row.split_whitespace();
        words.next().is_some_and(|group| groups.contains(&group))
            && words.next().is_some_and(|state| !state.starts_with('Z'))
    });
    rows.map(str::to_owned).collect()
}
