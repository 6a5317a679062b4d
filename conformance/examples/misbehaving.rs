//! A child that breaks one rule of the protocol, for the tests of the suite.
//!
//! It is the reference served, with what it says bent: `misbehaving HOW FILE`. The number of the
//! process is added to FILE, so that a test can see whether anything is left of it.
#![expect(clippy::indexing_slicing, reason = "a JSON value is indexed without a panic")]

#[path = "misbehaving/bend.rs"]
mod bend;

use sse_conformance::target::{reference, serve};
use std::io::{BufReader, Write as _, stderr, stdin, stdout};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let how = arguments.next().unwrap_or_default();
    if let Some(file) = arguments.next() {
        note(&file);
    }
    match how.as_str() {
        "exits-at-once" => return ExitCode::from(7),
        "starts-slowly" => sleep(),
        "never-answers-and-is-noisy" => noise(),
        "is-noisy" => {
            std::thread::spawn(noise);
        }
        "leaves-a-grandchild" | "ends-but-for-a-grandchild" => {
            let sleeper = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn();
            if sleeper.is_err() {
                return ExitCode::from(9);
            }
        }
        _ => {}
    }
    let input = BufReader::new(bend::Input::new(stdin().lock(), &how));
    let served = serve(&reference::target(), input, bend::Output::new(stdout(), &how));
    match how.as_str() {
        "ignores-shutdown" => sleep(),
        "ends-with-one" => return ExitCode::FAILURE,
        "talks-after-shutdown" => {
            let _ = stdout().write_all(b"goodbye\n");
        }
        _ => {}
    }
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(8) }
}

/// Adds the number of this process to a file.
fn note(file: &str) {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
    if let Ok(mut opened) = opened {
        let _ = writeln!(opened, "{}", std::process::id());
    }
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(1000));
}

/// Writes to standard error without an end.
fn noise() {
    let words = [b'.'; 4096];
    while stderr().write_all(&words).is_ok() {}
}
