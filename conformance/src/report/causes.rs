//! Failures by their cause: what to mend first.

use super::Report;
use crate::case::{Case, Ending};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many causes are shown.
const SHOWN: usize = 10;
/// How much of a reason is shown.
const WIDTH: usize = 110;

/// Cases that ended alike.
struct Cause<'r> {
    word: &'static str,
    reason: String,
    count: usize,
    first: &'r Case,
}

/// A table of what ended how often for the same reason, the most frequent first; the step and
/// other numbers of a reason do not distinguish. Empty where at most `few` cases did not pass,
/// which are shown one by one.
pub(super) fn table(report: &Report<'_>, few: usize) -> String {
    let mut causes: BTreeMap<(&str, String), Cause<'_>> = BTreeMap::new();
    for (case, result) in report.pairs() {
        let (word, Some(reason)) = (result.ending.word(), result.ending.reason()) else { continue };
        if report.excuse(case, result).is_some() {
            continue;
        }
        let reason = without_numbers(reason);
        let cause = causes.entry((word, reason.clone()));
        cause.or_insert(Cause { word, reason, count: 0, first: case }).count += 1;
    }
    let skipped = Ending::Skipped(String::new()).word();
    let judged = causes.values().filter(|cause| cause.word != skipped);
    if judged.map(|cause| cause.count).sum::<usize>() <= few {
        return String::new();
    }
    let mut causes: Vec<Cause<'_>> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
    let mut text = String::from("by cause\n");
    for cause in causes.iter().take(SHOWN) {
        let Cause { word, reason, count, first } = cause;
        let _ = writeln!(text, "{count:>6} {word:<12} {}", clipped(reason));
        let _ = writeln!(text, "{:>19} first: {}", "", first.id);
    }
    if let Some(rest) = causes.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let count: usize = rest.iter().map(|cause| cause.count).sum();
        let _ = writeln!(text, "{count:>6} for {} other causes", rest.len());
    }
    text.push('\n');
    text
}

/// Each run of digits becomes `N`, and each name in backticks that holds one becomes `...`.
fn without_numbers(reason: &str) -> String {
    let mut text = String::with_capacity(reason.len());
    for (place, piece) in reason.split('`').enumerate() {
        if place > 0 {
            text.push('`');
        }
        match place % 2 == 1 && piece.contains(|c: char| c.is_ascii_digit()) {
            true => text.push_str("..."),
            false => push_without_numbers(piece, &mut text),
        }
    }
    text
}

fn push_without_numbers(piece: &str, text: &mut String) {
    for c in piece.chars() {
        match c {
            '0'..='9' if text.ends_with('N') => {}
            '0'..='9' => text.push('N'),
            other => text.push(other),
        }
    }
}

fn clipped(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}...", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_distinguish() {
        assert_eq!(without_numbers("step 12 (`A`): got 3"), "step N (`A`): got N");
        let item = "in item `object/w1d-b/6f30`, 16 bytes";
        assert_eq!(without_numbers(item), "in item `...`, N bytes");
    }
}
