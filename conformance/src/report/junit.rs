//! The report as JUnit XML: one test suite a family, one test case a case.

use super::{Protocol, Report};
use crate::case::{Case, Ending};
use crate::expected::State;
use crate::runner::CaseResult;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Renders the report.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut families: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for pair in report.pairs() {
        families.entry(pair.0.family.as_str()).or_default().push(pair);
    }
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (family, pairs) in families {
        let elements: Vec<_> =
            pairs.iter().map(|(case, result)| element(report, case, result)).collect();
        let count =
            |name| elements.iter().filter(|e| e.as_ref().is_some_and(|e| e.0 == name)).count();
        open_suite(&mut xml, family, pairs.len(), count("failure"), count("skipped"));
        for ((case, result), element) in pairs.iter().zip(&elements) {
            let _ = write!(
                xml,
                "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
                escaped(family),
                escaped(&case.id),
                result.time.as_secs_f64()
            );
            let inside = element.as_ref().map_or("", |(_, inside)| inside.as_str());
            let _ = writeln!(xml, "{inside}</testcase>");
        }
        xml.push_str("  </testsuite>\n");
    }
    if let Some(protocol) = &report.protocol {
        protocol_suite(&mut xml, protocol);
    }
    entries(report, &mut xml);
    xml.push_str("</testsuites>\n");
    xml
}

/// The protocol as a suite of its own: one test case, which fails where a rule was broken.
fn protocol_suite(xml: &mut String, protocol: &Protocol) {
    let broken = u8::from(protocol.breaks > 0);
    let _ = write!(
        xml,
        "  <testsuite name=\"protocol\" tests=\"1\" failures=\"{broken}\" skipped=\"0\">\n    \
         <testcase classname=\"protocol\" name=\"protocol/rules\" time=\"0.000\">",
    );
    if broken > 0 {
        let first = protocol.first.as_deref().unwrap_or_default();
        let message = format!("BROKEN {} times; first: {first}", protocol.breaks);
        xml.push_str(&filled("failure", &message, ""));
    }
    xml.push_str("</testcase>\n  </testsuite>\n");
}

fn open_suite(xml: &mut String, name: &str, tests: usize, failures: usize, skipped: usize) {
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">",
        escaped(name),
    );
}

/// The element that says how a case ended, and its name; none where it passed.
fn element(
    report: &Report<'_>,
    case: &Case,
    result: &CaseResult,
) -> Option<(&'static str, String)> {
    if let Some(entry) = report.unexpected_pass(case, result) {
        let message = format!("unexpected pass: {}", entry.reason);
        return Some(("failure", filled("failure", &message, "")));
    }
    let reason = result.ending.reason()?;
    if let Some(entry) = report.excuse(case, result) {
        let message = format!("expected failure: {}: {reason}", entry.reason);
        return Some(("skipped", format!("<skipped message=\"{}\"/>", escaped(&message))));
    }
    Some(match &result.ending {
        Ending::Skipped(_) => ("skipped", format!("<skipped message=\"{}\"/>", escaped(reason))),
        Ending::Failed(_) if report.breaks(case, result) => {
            ("failure", filled("failure", reason, &result.transcript))
        }
        Ending::Failed(_) | Ending::Inconclusive(_) if !report.spoils(case, result) => {
            ("system-out", format!("<system-out>warning: {}</system-out>", escaped(reason)))
        }
        _ => ("error", filled("error", reason, &result.transcript)),
    })
}

/// The entries of the file of expected failures that are wrong in themselves, as a suite.
fn entries(report: &Report<'_>, xml: &mut String) {
    let mut wrong = report.wrong_entries();
    wrong.retain(|judged| !matches!(judged.state, State::UnexpectedPass(..)));
    if wrong.is_empty() {
        return;
    }
    open_suite(xml, "expected failures", wrong.len(), wrong.len(), 0);
    for judged in wrong {
        let message = format!("{} entry, {judged}", judged.state.word());
        let _ = writeln!(
            xml,
            "    <testcase classname=\"expected failures\" name=\"{}\">{}</testcase>",
            escaped(&judged.entry.case),
            filled("failure", &message, "")
        );
    }
    xml.push_str("  </testsuite>\n");
}

fn filled(name: &str, message: &str, text: &str) -> String {
    format!("<{name} message=\"{}\">{}</{name}>", escaped(message), escaped(text))
}

/// Escapes markup and drops what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' | '\r' => escaped.push(' '),
            other if other.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(escaped("a<b>&\"c\"\n\u{1}"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;\u{fffd}");
    }
}
