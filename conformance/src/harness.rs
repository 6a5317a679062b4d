//! The suite as a test of your own crate, for `cargo test` and `cargo nextest`.
//!
//! In Cargo.toml of your implementation:
//!
//! ```toml
//! [dev-dependencies]
//! sse-conformance = { version = "0.1", default-features = false, features = ["harness"] }
//!
//! [[test]]
//! name = "conformance"
//! harness = false
//! ```
//!
//! and in `tests/conformance.rs`:
//!
//! ```no_run
//! # use sse_conformance::{sse_spec::Description, target::*};
//! # struct Mine;
//! # impl Target for Mine {
//! #     fn describe(&self) -> Description { std::process::exit(0) }
//! #     fn open(&self, _: &WorldConfig) -> Result<Box<dyn World>, Broken> {
//! #         std::process::exit(0)
//! #     }
//! # }
//! # fn my_target() -> Mine { Mine }
//! sse_conformance::harness!(my_target(), expected_failures: "tests/expected.toml");
//! # main();
//! ```
//!
//! Every case is a test of its id. A case that the target does not offer is ignored, with the
//! reason; a case that is expected to fail passes by failing, and fails by passing. The test
//! `verdict` fails where the whole says something that no case says: an entry that is unknown,
//! stale, expired or unused, or nothing that was seen at rest.

use crate::case::{Area, Case, Ending};
use crate::cases;
use crate::expected::{Date, Entry, Expected, fails, file};
use crate::proposed::Ages;
use crate::runner::{self, CaseResult, SEED};
use crate::session::Budget;
use crate::target::Target;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use sse_spec::{Description, Profile};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// Makes the `main` of a test with `harness = false` that runs the suite on a target.
///
/// Behind the target stand options, `name: value`, which are the methods of
/// [`Options`](crate::harness::Options): `expected_failures`, `profiles`, `without_at_rest`,
/// `strict`, `include_proposed`, `fail_fast`.
#[macro_export]
macro_rules! harness {
    ($target:expr $(, $option:ident: $value:expr)* $(,)?) => {
        /// Runs the conformance suite.
        pub(crate) fn main() -> ::std::process::ExitCode {
            let options = $crate::harness::Options::of(env!("CARGO_MANIFEST_DIR"));
            $crate::harness::main($target, options$(.$option($value))*)
        }
    };
}

/// How the suite is run as a test.
#[derive(Clone, Debug)]
pub struct Options {
    root: PathBuf,
    expected_failures: Option<PathBuf>,
    profiles: Vec<Profile>,
    without_at_rest: bool,
    strict: bool,
    include_proposed: bool,
    fail_fast: bool,
}

impl Options {
    /// Everything is judged; `root` is the folder of the crate.
    #[must_use]
    pub fn of(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            expected_failures: None,
            profiles: Profile::ALL.to_vec(),
            without_at_rest: false,
            strict: false,
            include_proposed: false,
            fail_fast: false,
        }
    }

    /// Expects the failures that this file lists, and no others; a relative path starts at the
    /// folder of the crate.
    #[must_use]
    pub fn expected_failures(mut self, path: impl AsRef<Path>) -> Self {
        self.expected_failures = Some(path.as_ref().to_path_buf());
        self
    }

    /// Judges these profiles only.
    #[must_use]
    pub fn profiles(mut self, profiles: impl IntoIterator<Item = Profile>) -> Self {
        self.profiles = profiles.into_iter().collect();
        self
    }

    /// Leaves out what lies at rest, on purpose.
    #[must_use]
    pub fn without_at_rest(mut self, without: bool) -> Self {
        self.without_at_rest = without;
        self
    }

    /// Counts SHOULD like MUST.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Counts proposed cases like required ones.
    #[must_use]
    pub fn include_proposed(mut self, include: bool) -> Self {
        self.include_proposed = include;
        self
    }

    /// Leaves out what has not started when a case fails, for those who ask only whether one does.
    #[must_use]
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.fail_fast = fail_fast;
        self
    }
}

/// Name of the test that judges the whole.
const VERDICT: &str = "verdict";

/// Runs the suite on `target` as a test; [`harness!`](crate::harness!) calls it.
#[must_use]
pub fn main(target: impl Target + 'static, options: Options) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let suite = match Suite::load(target, options, &arguments) {
        Ok(suite) => suite,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let limit = suite.shared.description.limits.jobs as usize;
    if limit > 0 {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        arguments.test_threads = Some(arguments.test_threads.unwrap_or_else(cores).min(limit));
    }
    // What is ignored has to be marked where it is listed or asked for; where it is merely run,
    // it is left unmarked, so that the reason can be shown.
    let marked = arguments.list || arguments.ignored || arguments.include_ignored;
    libtest_mimic::run(&arguments, suite.trials(marked)).exit_code()
}

/// What every test shares.
struct Shared {
    target: Box<dyn Target>,
    description: Description,
    options: Options,
    expected: Option<Expected>,
    /// Whether a case has failed.
    failed: AtomicBool,
}

struct Suite {
    shared: Arc<Shared>,
    cases: Vec<Case>,
    /// What is wrong with the whole; `None` where one case alone is run.
    verdict: Option<Vec<String>>,
}

impl Suite {
    fn load(
        target: impl Target + 'static,
        options: Options,
        arguments: &Arguments,
    ) -> Result<Self, String> {
        // One process a case is how `cargo nextest` works: it must not read the whole catalogue.
        let only = arguments.filter.as_deref().filter(|_| arguments.exact && !arguments.list);
        let alone = only.filter(|name| *name != VERDICT).map(cases::named).transpose()?.flatten();
        let whole = alone.is_none();
        let mut cases = alone.map_or_else(cases::catalogue, |case| Ok(vec![case]))?;
        let expected = match &options.expected_failures {
            None => None,
            Some(path) => {
                let entries = file::read(&options.root.join(path))?;
                let today = Date::at(SystemTime::now());
                Some(Expected::new(&path.display().to_string(), today, entries, &cases))
            }
        };
        cases.retain(|case| options.profiles.contains(&case.profile));
        cases.retain(|case| !(options.without_at_rest && case.area == Area::AtRest));
        let description = target.describe();
        let (target, failed) = (Box::new(target), AtomicBool::new(false));
        let shared = Shared { target, description, options, expected, failed };
        let verdict = whole.then(|| shared.wrong(&cases));
        Ok(Self { shared: Arc::new(shared), cases, verdict })
    }

    fn trials(self, marked: bool) -> Vec<Trial> {
        let trial = |case: Case| {
            let shared = Arc::clone(&self.shared);
            let missing = case.needs.missing(&shared.description).is_some();
            Trial::ignorable_test(case.id.clone(), move || shared.run_unless_failed(&case))
                .with_ignored_flag(marked && missing)
        };
        let mut trials: Vec<Trial> = self.cases.into_iter().map(trial).collect();
        if let Some(wrong) = self.verdict {
            trials.push(Trial::test(VERDICT, move || match wrong.as_slice() {
                [] => Ok(()),
                wrong => Err(Failed::from(wrong.join("\n"))),
            }));
        }
        trials
    }
}

impl Shared {
    /// What the whole says that no case says, known without a run.
    fn wrong(&self, cases: &[Case]) -> Vec<String> {
        let mut wrong = Vec::new();
        // Whether a case passes is said by its own test; here it counts as one that fails.
        let results = cases.iter().enumerate().map(|(index, case)| {
            let missing = case.needs.missing(&self.description);
            let ending = missing.map_or(Ending::Failed(String::new()), Ending::Skipped);
            let (transcript, scenario, time) = (String::new(), None, Duration::ZERO);
            CaseResult { index, ending, transcript, scenario, time }
        });
        let results: Vec<CaseResult> = results.collect();
        if let Some(expected) = &self.expected {
            let judged = expected.judge(cases.iter().zip(&results));
            let judged = judged.into_iter().filter(|judged| judged.state.is_wrong());
            wrong.extend(
                judged.map(|one| format!("{} entry: {} {one}", one.state.word(), expected.file)),
            );
        }
        let runs = |area: Option<Area>| {
            let mut pairs = cases.iter().zip(&results);
            pairs.any(|(case, result)| {
                area.is_none_or(|area| case.area == area) && fails(&result.ending)
            })
        };
        if !runs(None) {
            wrong.push("nothing ran: the target offers what no case needs".into());
        } else if !self.options.without_at_rest && !runs(Some(Area::AtRest)) {
            let title = Area::AtRest.title();
            wrong.push(format!(
                "{title}: NOT EXAMINED, since no case that looks at rest can be run; \
                 `without_at_rest: true` leaves it out on purpose"
            ));
        }
        wrong
    }

    /// Runs one case as a test.
    fn run_unless_failed(&self, case: &Case) -> Result<Completion, Failed> {
        if self.options.fail_fast && self.failed.load(Ordering::Relaxed) {
            return Ok(Completion::ignored_with("another case has failed"));
        }
        self.run(case).inspect_err(|_| self.failed.store(true, Ordering::Relaxed))
    }

    fn run(&self, case: &Case) -> Result<Completion, Failed> {
        let options = runner::Options { seed: SEED, jobs: 1, budget: Budget::FULL };
        let results = runner::run(self.target.as_ref(), &[case], options, &|_| {});
        let Some(result) = results.first() else { return Err("the case did not run".into()) };
        let entry = self.expected.as_ref().and_then(|expected| expected.of(&case.id));
        let reason = result.ending.reason().unwrap_or_default();
        match (&result.ending, entry) {
            (Ending::Passed, None) => Ok(Completion::Completed),
            (Ending::Passed, Some(entry)) => Err(self.unexpected_pass(entry).into()),
            (Ending::Skipped(reason), _) => Ok(Completion::ignored_with(reason)),
            (ending, Some(_)) if fails(ending) => Ok(Completion::Completed),
            (ending, _) if fails(ending) && !self.spoils(case, result) => {
                eprintln!("warning: {}: {reason}", case.id);
                Ok(Completion::Completed)
            }
            _ => Err(told(case, result).into()),
        }
    }

    /// Whether a case that did not pass fails its test.
    fn spoils(&self, case: &Case, result: &CaseResult) -> bool {
        let Options { strict, include_proposed, .. } = self.options;
        let lenient = !strict && !include_proposed && Ages::default().proposed(case);
        let inconclusive = matches!(result.ending, Ending::Inconclusive(_));
        !lenient && (inconclusive || result.breaks(case, strict))
    }

    fn unexpected_pass(&self, entry: &Entry) -> String {
        let file = self.expected.as_ref().map_or("", |expected| expected.file.as_str());
        format!("unexpected pass: {file} line {} expects a failure: {}", entry.line, entry.reason)
    }
}

/// A failure as people read it.
fn told(case: &Case, result: &CaseResult) -> String {
    let reason = result.ending.reason().unwrap_or_default();
    let mut text = format!("{}: {reason}\n\n", result.ending.word());
    let _ = writeln!(text, "shows   {}", case.comment);
    let _ = writeln!(text, "breaks  {}\n\n{}", case.requirements.join(", "), result.transcript);
    text
}
