//! Runs cases in isolated worlds, in parallel, with results in the catalogue's order.

use crate::case::{Case, Ending};
use crate::session::{Arena, Budget};
use crate::target::Target;
use sse_spec::{Description, Level};
use std::borrow::Borrow;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Default seed of this version of the suite; a report names the seed that was used.
pub const SEED: u64 = 0x5353_455f_3030_3031;

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Worlds open at once; 0 = as many as the machine has cores.
    pub jobs: usize,
    /// How much the laws and the properties spend.
    pub budget: Budget,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: SEED, jobs: 0, budget: Budget::FULL }
    }
}

/// One case's result.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Index of the case in the list that was run.
    pub index: usize,
    /// How it ended.
    pub ending: Ending,
    /// The exchange, secrets redacted; kept where the case did not pass.
    pub transcript: String,
    /// A file of scenarios by which the failure can be replayed, where the case made one.
    pub scenario: Option<String>,
    /// How long it took.
    pub time: Duration,
}

impl CaseResult {
    /// Whether the case breaks conformance: SHOULD and MAY only do under `strict`.
    #[must_use]
    pub fn breaks(&self, case: &Case, strict: bool) -> bool {
        matches!(self.ending, Ending::Failed(_))
            && (strict || matches!(case.level(), Level::Must | Level::MustNot))
    }
}

/// Runs `cases` against `target`; `progress` is told after each how many are done.
#[must_use]
pub fn run<C: Borrow<Case> + Sync>(
    target: &dyn Target,
    cases: &[C],
    options: Options,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<CaseResult> {
    let description = target.describe();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let limit = match (options.jobs, description.limits.jobs as usize) {
        (0, 0) => cores,
        (0, limit) => cores.min(limit),
        (asked, 0) => asked,
        (asked, limit) => asked.min(limit),
    };
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(cases.len()));
    std::thread::scope(|scope| {
        for _ in 0..limit.clamp(1, cases.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { break };
                    let result = run_one(target, &description, case.borrow(), index, options);
                    if let Ok(mut results) = results.lock() {
                        results.push(result);
                    }
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|result| result.index);
    results
}

fn run_one(
    target: &dyn Target,
    description: &Description,
    case: &Case,
    index: usize,
    options: Options,
) -> CaseResult {
    let start = Instant::now();
    let arena = Arena {
        target,
        description,
        budget: options.budget,
        seed: options.seed,
        name: case.id.clone(),
        transcript: RefCell::new(String::new()),
        scenario: RefCell::new(None),
    };
    let ending = match case.needs.missing(description) {
        Some(reason) => Ending::Skipped(reason),
        // A panic of a target in process is the target's fault, never the suite's crash.
        None => catch_unwind(AssertUnwindSafe(|| (case.run)(&arena)))
            .unwrap_or_else(|_| Ending::Failed("the target panicked".into())),
    };
    let transcript = match ending {
        Ending::Passed => String::new(),
        _ => arena.transcript.into_inner(),
    };
    let scenario = arena.scenario.into_inner();
    CaseResult { index, ending, transcript, scenario, time: start.elapsed() }
}

/// Runs one case and keeps its exchange however it ends.
#[must_use]
pub fn replay(target: &dyn Target, case: &Case, options: Options) -> (Ending, String) {
    let description = target.describe();
    let arena = Arena {
        target,
        description: &description,
        budget: options.budget,
        seed: options.seed,
        name: case.id.clone(),
        transcript: RefCell::new(String::new()),
        scenario: RefCell::new(None),
    };
    let ending = match case.needs.missing(&description) {
        Some(reason) => Ending::Skipped(reason),
        None => (case.run)(&arena),
    };
    (ending, arena.transcript.into_inner())
}
