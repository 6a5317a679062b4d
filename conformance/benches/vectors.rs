//! What it costs to load and judge 5,000 byte-exact vectors, beside reading the same JSON alone.
//! `cargo bench --bench vectors`; `cargo xtask bench` prints it in its table.
#![expect(clippy::expect_used, reason = "a bench that cannot do its work has failed")]

use serde_json::Value;
use sse_conformance::case::{Area, Ending};
use sse_conformance::cases;
use sse_conformance::runner::{self, Options};
use sse_conformance::target::reference;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

const VECTORS: usize = 5_000;
/// An odd number, so that a median is a measurement.
const ROUNDS: usize = 11;

/// A folder with the embedded files of byte-exact vectors and nothing else.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sse-vectors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, _) in sse_vectors::byte_exact::files().expect("the embedded vectors") {
        let text = sse_vectors::corpus::files().iter().find(|(other, _)| *other == name);
        let (_, text) = text.expect("its text");
        std::fs::write(folder.join(name.replace('/', "-")), text).expect("a file");
    }
    folder
}

/// Loads the folder and judges every vector of it on the reference; returns how many there were.
fn judge(folder: &Path) -> usize {
    let mut cases = cases::catalogue_from(folder).expect("files of vectors");
    // What compares implementations with each other is no vector.
    cases.retain(|case| case.area == Area::Format && case.family != "cross");
    let options = Options { jobs: 1, ..Options::default() };
    let results = runner::run(&reference::target(), &cases, options, &|_| {});
    assert!(results.iter().all(|result| matches!(result.ending, Ending::Passed)), "all pass");
    results.len()
}

/// Reads the same JSON and does nothing with it; returns how many vectors there were.
fn read(folder: &Path) -> usize {
    let files = folder.read_dir().expect("the folder").map(|entry| entry.expect("a file").path());
    let value = |path| -> Value {
        serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
    };
    let values: Vec<Value> = files.map(value).collect();
    let count = |value: &Value| value.get("vectors").and_then(Value::as_array).map_or(0, Vec::len);
    black_box(&values).iter().map(count).sum()
}

/// Seconds that it takes for as many vectors as are asked for.
fn seconds(work: impl Fn() -> usize) -> f64 {
    let (start, mut done) = (Instant::now(), 0);
    while done < VECTORS {
        done += work();
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousand")]
    let share = VECTORS as f64 / done as f64;
    start.elapsed().as_secs_f64() * share
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() {
    let folder = folder();
    let (mut judged, mut parsed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        judged.push(seconds(|| judge(&folder)));
        parsed.push(seconds(|| read(&folder)));
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    let ratios = judged.iter().zip(&parsed).map(|(judged, parsed)| judged / parsed).collect();
    println!(
        "ratio\tload and judge {VECTORS} byte-exact vectors\treading their JSON alone\t{:.2}\t\t\
         NaN\t{:.0} ms\t{:.0} ms",
        median(ratios),
        median(judged) * 1e3,
        median(parsed) * 1e3,
    );
}
