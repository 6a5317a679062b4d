//! Tests of the accounting: the plain one accounts for every scenario, a fault of the trail or of
//! the counts does not.

use crate::case::{Case, Ending};
use crate::cases::catalogue;
use crate::runner::{Options, run};
use crate::target::Target;
use crate::zoo::{Malleable, Witness, faults};

fn cases() -> Vec<Case> {
    let mut cases = catalogue().unwrap();
    cases.retain(|case| case.family == "accounting");
    cases
}

fn failed(target: &dyn Target, cases: &[Case]) -> Vec<String> {
    let results = run(target, cases, Options::default(), &|_| {});
    let reason = |ending: &Ending| match ending {
        Ending::Passed | Ending::Skipped(_) => None,
        other => Some(format!("{other:?}")),
    };
    results.iter().filter_map(|result| reason(&result.ending)).collect()
}

#[test]
fn the_plain_one_accounts_for_every_scenario() {
    let cases = cases();
    assert!(cases.len() > 20, "{}", cases.len());
    assert_eq!(failed(&Malleable::new(), &cases), Vec::<String>::new());
}

#[test]
fn faults_of_trail_and_counts_fail() {
    let cases = cases();
    for id in ["usage-uncounted", "refusal-unrecorded", "recorded-twice", "put-generates-twice"] {
        let fault = faults().into_iter().find(|fault| fault.id == id).unwrap();
        let target = (fault.make)(&Witness::default());
        assert!(failed(&*target, &cases).len() > 2, "{id}");
    }
}
