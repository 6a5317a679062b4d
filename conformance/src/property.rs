//! Properties over generated inputs: seeded, shrinking, without files.

use crate::case::{Ending, Step};
use crate::session::{Arena, short_digest};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// Checks `property` on inputs drawn from `inputs` by the arena's seed, and shrinks a failure.
///
/// # Errors
/// The ending of the smallest failing input, with that input.
pub(crate) fn check<S: Strategy>(
    arena: &Arena<'_>,
    inputs: &S,
    property: impl Fn(S::Value) -> Step<()>,
) -> Step<()> {
    const SHRINK_STEPS: u32 = 200;
    let config = Config {
        cases: arena.budget.property_cases,
        max_shrink_iters: SHRINK_STEPS,
        failure_persistence: None,
        ..Config::default()
    };
    let mut seed = [0; 32];
    let text = format!("{} {}", arena.seed, arena.name);
    let digest = short_digest(&text);
    for (byte, from) in seed.iter_mut().zip(digest.bytes().cycle()) {
        *byte = from;
    }
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let last = RefCell::new(None);
    let result = runner.run(inputs, |input| {
        property(input).map_err(|ending| {
            let reason = ending.reason().unwrap_or_default().to_owned();
            last.replace(Some(ending));
            TestCaseError::fail(reason)
        })
    });
    match (result, last.into_inner()) {
        (Ok(()), _) => Ok(()),
        (Err(TestError::Fail(_, input)), Some(Ending::Failed(reason))) => {
            Err(Ending::Failed(format!("{reason}; smallest input found: {input:?}")))
        }
        (Err(_), Some(ending)) => Err(ending),
        (Err(error), None) => Err(Ending::Failed(format!("the target panicked: {error}"))),
    }
}
