//! A JSON report read again, and the shards of one run put together to its whole verdict.

use super::{Protocol, Report, Terms};
use crate::case::{Area, Breadth, Case, Ending, GROUPS, Group, Needs, group_word};
use crate::expected::Expected;
use crate::runner::{CaseResult, Options};
use crate::shard::Shard;
use serde::Deserialize;
use serde_json::Value;
use sse_spec::{Description, Profile};
use std::time::Duration;

/// What is read of a report; fields that say what can be worked out are passed over.
#[derive(Debug, Deserialize)]
pub struct Stored {
    /// Version of the suite that wrote it.
    pub suite_version: String,
    /// Digest of the vectors.
    pub corpus_digest: String,
    seed: u64,
    strict: bool,
    include_proposed: bool,
    without_at_rest: bool,
    filtered: bool,
    profiles: Vec<Profile>,
    shard: Option<Shard>,
    /// What was judged.
    pub target: Description,
    expected_failures: Option<Expected>,
    protocol: Option<Protocol>,
    #[serde(default)]
    again: String,
    milliseconds: u64,
    /// The cases with their endings.
    pub cases: Vec<StoredCase>,
}

/// One case of a report.
#[derive(Debug, Deserialize)]
pub struct StoredCase {
    /// Its id.
    pub id: String,
    position: usize,
    comment: String,
    requirements: Vec<String>,
    profile: Profile,
    area: String,
    group: String,
    family: String,
    ending: String,
    /// Whether it was proposed, and its failure a warning.
    #[serde(default)]
    pub proposed: bool,
    /// Whether it made the verdict red.
    pub breaks: bool,
    milliseconds: u64,
    reason: Option<String>,
    transcript: Option<String>,
    /// The reason of the entry that expects the failure.
    pub expected: Option<String>,
}

impl Stored {
    /// Reads a report that messages call `name`.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| format!("report: `{name}`: {error}");
        let value: Value = serde_json::from_str(text).map_err(wrong)?;
        let schema = value.get("schema").and_then(Value::as_str).unwrap_or("no schema");
        if schema != "report/1" {
            return Err(format!("report: `{name}`: `{schema}` is not `report/1`"));
        }
        serde_json::from_str(text).map_err(wrong)
    }

    /// Which part of a run it is, as people read it; `None` where it is whole.
    #[must_use]
    pub fn shard(&self) -> Option<&Shard> {
        self.shard.as_ref()
    }

    /// The seed, as people read it.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl StoredCase {
    /// How it ended.
    ///
    /// # Errors
    /// What is no ending.
    pub fn ending(&self) -> Result<Ending, String> {
        let reason = self.reason.clone().unwrap_or_default();
        Ok(match self.ending.as_str() {
            "passed" => Ending::Passed,
            "failed" => Ending::Failed(reason),
            "inconclusive" => Ending::Inconclusive(reason),
            "skipped" => Ending::Skipped(reason),
            "unusable" => Ending::Unusable(reason),
            other => return Err(format!("`{}`: `{other}` is no ending", self.id)),
        })
    }

    fn case(&self) -> Result<Case, String> {
        let area = Area::ALL.into_iter().find(|area| area.title() == self.area);
        let group = GROUPS.into_iter().find(|group: &Group| group_word(*group) == self.group);
        let unknown = |what: &str| format!("`{}`: unknown {what}", self.id);
        Ok(Case {
            id: self.id.clone(),
            comment: self.comment.clone(),
            requirements: self.requirements.clone(),
            profile: self.profile,
            area: area.ok_or_else(|| unknown("area"))?,
            group: group.ok_or_else(|| unknown("group"))?,
            breadth: Breadth::Broad,
            family: self.family.clone(),
            twin: None,
            needs: Needs::default(),
            run: Box::new(|_| Ending::Unusable("a case of a report cannot be run".into())),
        })
    }

    fn result(&self, index: usize) -> Result<CaseResult, String> {
        Ok(CaseResult {
            index,
            ending: self.ending()?,
            transcript: self.transcript.clone().unwrap_or_default(),
            scenario: None,
            time: Duration::from_millis(self.milliseconds),
        })
    }
}

/// The whole of which several reports are the shards.
#[derive(Debug)]
pub struct Merged {
    first: Stored,
    cases: Vec<Case>,
    results: Vec<CaseResult>,
}

impl Merged {
    /// Puts shards together; each report comes with the name that messages call it.
    ///
    /// # Errors
    /// One line that says why they are not the shards of one run.
    pub fn of(reports: Vec<(String, Stored)>) -> Result<Self, String> {
        let of = agree(&reports)?;
        let mut places: Vec<_> = reports
            .iter()
            .flat_map(|(name, report)| report.cases.iter().map(move |case| (name, case)))
            .collect();
        places.sort_by_key(|(_, case)| case.position);
        for (index, (name, case)) in places.iter().enumerate() {
            if case.position != index {
                return Err(format!("report: `{name}`: `{}` is out of its place", case.id));
            }
        }
        if places.len() != of.cases {
            let (held, all) = (places.len(), of.cases);
            return Err(format!("report: the shards hold {held} cases of {all}"));
        }
        let place = |name: &str, error: String| format!("report: `{name}`: {error}");
        let cases = places.iter().map(|(name, one)| one.case().map_err(|e| place(name, e)));
        let cases = cases.collect::<Result<Vec<_>, _>>()?;
        let results = places.iter().enumerate();
        let results =
            results.map(|(index, (name, one))| one.result(index).map_err(|e| place(name, e)));
        let results = results.collect::<Result<Vec<_>, _>>()?;
        let time = reports.iter().map(|(_, report)| report.milliseconds).sum();
        let latest = reports.iter().filter_map(|(_, report)| report.expected_failures.as_ref());
        let latest = latest.map(|expected| expected.date).max();
        let protocols = reports.iter().filter_map(|(_, report)| report.protocol.clone());
        let protocol = protocols.reduce(|all, one| Protocol {
            breaks: all.breaks + one.breaks,
            first: all.first.or(one.first),
        });
        let mut reports = reports.into_iter().map(|(_, report)| report);
        let mut first = reports.next().ok_or("report: there is none")?;
        first.milliseconds = time;
        first.protocol = protocol;
        if let (Some(expected), Some(date)) = (&mut first.expected_failures, latest) {
            expected.date = date;
        }
        Ok(Self { first, cases, results })
    }

    /// The report that one whole run would have made; its time is that of all shards.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        let first = &self.first;
        Report {
            target: first.target.clone(),
            cases: &self.cases,
            results: self.results.clone(),
            protocol: first.protocol.clone(),
            options: Options { seed: first.seed, ..Options::default() },
            strict: first.strict,
            without_at_rest: first.without_at_rest,
            filtered: first.filtered,
            profiles: first.profiles.clone(),
            corpus_digest: first.corpus_digest.clone(),
            terms: Terms {
                expected: first.expected_failures.clone(),
                include_proposed: first.include_proposed,
                again: first.again.clone(),
                ..Terms::default()
            },
            time: Duration::from_millis(first.milliseconds),
        }
    }
}

/// Checks that the reports are all the shards of one run, each once; any of them, for its count.
fn agree(reports: &[(String, Stored)]) -> Result<Shard, String> {
    let Some((first_name, first)) = reports.first() else { return Err("report: none".into()) };
    let mut seen = Vec::new();
    for (name, report) in reports {
        let Some(shard) = report.shard else {
            return Err(format!("report: `{name}` is no shard, but a whole run"));
        };
        if report.suite_version != env!("CARGO_PKG_VERSION") {
            let (theirs, ours) = (&report.suite_version, env!("CARGO_PKG_VERSION"));
            return Err(format!("report: `{name}` is of suite {theirs}, this is {ours}"));
        }
        if let Some(what) = difference(first, report) {
            return Err(format!("report: `{name}` and `{first_name}` differ in {what}"));
        }
        if let Some((other, _)) = seen.iter().find(|(_, number)| *number == shard.number) {
            return Err(format!("report: `{name}` and `{other}` are both shard {shard}"));
        }
        if let Some(stray) = report.cases.iter().find(|case| !shard.holds(&case.id)) {
            return Err(format!("report: `{name}`: `{}` is not of shard {shard}", stray.id));
        }
        seen.push((name, shard.number));
    }
    let shard = first.shard.ok_or("report: no shard")?;
    match (1..=shard.of).find(|number| !seen.iter().any(|(_, one)| one == number)) {
        Some(missing) => Err(format!("report: shard {missing}/{} is missing", shard.of)),
        None => Ok(shard),
    }
}

/// In what two shards differ that has to be the same.
fn difference(one: &Stored, other: &Stored) -> Option<&'static str> {
    let shards = |report: &Stored| report.shard.map(|shard| (shard.of, shard.cases));
    let entries = |report: &Stored| {
        let expected = report.expected_failures.as_ref();
        expected.map(|expected| (expected.file.clone(), expected.entries.clone()))
    };
    let pairs = [
        (one.corpus_digest == other.corpus_digest, "the vectors' digest"),
        (one.target == other.target, "the target's description"),
        (one.seed == other.seed, "the seed"),
        (shards(one) == shards(other), "the number of shards or of cases"),
        (one.profiles == other.profiles, "the profiles"),
        (one.filtered == other.filtered, "whether there was a filter"),
        (one.strict == other.strict, "`--strict`"),
        (one.include_proposed == other.include_proposed, "`--include-proposed`"),
        (one.without_at_rest == other.without_at_rest, "`--without at-rest`"),
        (entries(one) == entries(other), "the expected failures"),
    ];
    pairs.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
}
