//! What changed between two JSON reports of one target.

use super::stored::{Stored, StoredCase};
use crate::case::Ending;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The differences, each a line without its indentation.
#[derive(Debug, Default)]
pub struct Difference {
    failing: Vec<String>,
    passing: Vec<String>,
    new: Vec<String>,
    vanished: Vec<String>,
    changed: Vec<String>,
    same: usize,
}

impl Difference {
    /// Compares two reports.
    ///
    /// # Errors
    /// A case whose ending is none.
    pub fn between(old: &Stored, new: &Stored) -> Result<Self, String> {
        let index = |report: &'_ Stored| -> BTreeMap<String, usize> {
            let ids = report.cases.iter().enumerate();
            ids.map(|(index, case)| (case.id.clone(), index)).collect()
        };
        let (olds, news) = (index(old), index(new));
        let mut difference = Self::default();
        for (id, at) in &news {
            let Some(case) = new.cases.get(*at) else { continue };
            let before = olds.get(id).and_then(|at| old.cases.get(*at));
            difference.note(before, case)?;
        }
        for (id, at) in &olds {
            let gone = old.cases.get(*at).filter(|_| !news.contains_key(id));
            difference.vanished.extend(gone.map(|case| format!("{id}  {}", word(case))));
        }
        Ok(difference)
    }

    fn note(&mut self, before: Option<&StoredCase>, case: &StoredCase) -> Result<(), String> {
        let id = &case.id;
        let is_red = red(case)?;
        let Some(before) = before else {
            self.new.push(format!("{id}  {}", word(case)));
            if is_red {
                self.failing.push(format!("{id}  new -> {}", told(case)));
            }
            return Ok(());
        };
        let line = format!("{id}  {} -> {}", word(before), told(case));
        match (red(before)?, is_red) {
            (false, true) => self.failing.push(line),
            (true, false) if case.ending()? == Ending::Passed => self.passing.push(line),
            _ if word(before) != word(case) => self.changed.push(line),
            _ => self.same += 1,
        }
        Ok(())
    }

    /// 1 where anything newly fails, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.failing.is_empty())
    }

    /// The differences as people read them.
    #[must_use]
    pub fn render(&self, old: &Stored, new: &Stored) -> String {
        let mut text = String::new();
        for (title, report) in [("old", old), ("new", new)] {
            let _ = writeln!(text, "{title:<18}{}", head(report));
        }
        for (title, lines) in [
            ("newly failing", &self.failing),
            ("newly passing", &self.passing),
            ("changed endings", &self.changed),
            ("new cases", &self.new),
            ("vanished cases", &self.vanished),
        ] {
            let _ = writeln!(text, "{title:<18}{}", lines.len());
            for line in lines {
                let _ = writeln!(text, "    {line}");
            }
        }
        let _ = writeln!(text, "unchanged         {}", self.same);
        text
    }
}

/// What a report is of.
fn head(report: &Stored) -> String {
    format!(
        "{} {}, suite {}, vectors {}, seed {:#x}, {} cases{}",
        report.target.name,
        report.target.version,
        report.suite_version,
        report.corpus_digest.get(..16).unwrap_or_default(),
        report.seed(),
        report.cases.len(),
        report.shard().map_or(String::new(), |shard| format!(", shard {shard}")),
    )
}

/// Whether a case kept its run from being conformant.
fn red(case: &StoredCase) -> Result<bool, String> {
    Ok(match case.ending()? {
        Ending::Failed(_) => case.breaks,
        Ending::Inconclusive(_) => !case.proposed,
        Ending::Unusable(_) => true,
        Ending::Passed | Ending::Skipped(_) => false,
    })
}

/// An ending in one word; one that only warns is told apart.
fn word(case: &StoredCase) -> &'static str {
    match case.ending() {
        Ok(Ending::Failed(_)) if !case.breaks => "warned",
        Ok(ending) => ending.word(),
        Err(_) => "?",
    }
}

/// An ending with its reason.
fn told(case: &StoredCase) -> String {
    let ending = case.ending();
    let reason = ending.as_ref().ok().and_then(Ending::reason);
    let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
    let expected = case.expected.as_ref();
    let expected = expected.map_or(String::new(), |why| format!(" (expected: {why})"));
    format!("{}{reason}{expected}", word(case))
}
