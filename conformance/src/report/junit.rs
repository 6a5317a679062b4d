//! The report as JUnit XML: one test suite a family, one test case a case.

use super::{Protocol, Report};
use crate::case::Ending;
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
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            escaped(family),
            pairs.len(),
            pairs.iter().filter(|(case, result)| result.breaks(case, report.strict)).count(),
            pairs.iter().filter(|(_, r)| matches!(r.ending, Ending::Skipped(_))).count(),
        );
        for (case, result) in pairs {
            let _ = write!(
                xml,
                "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
                escaped(family),
                escaped(&case.id),
                result.time.as_secs_f64()
            );
            match (&result.ending, result.ending.reason()) {
                (Ending::Passed, _) | (_, None) => {}
                (Ending::Skipped(_), Some(reason)) => {
                    let _ = write!(xml, "<skipped message=\"{}\"/>", escaped(reason));
                }
                (Ending::Failed(_), Some(reason)) if result.breaks(case, report.strict) => {
                    element(&mut xml, "failure", reason, &result.transcript);
                }
                (Ending::Failed(_), Some(reason)) => {
                    let _ = write!(xml, "<system-out>warning: {}</system-out>", escaped(reason));
                }
                (_, Some(reason)) => element(&mut xml, "error", reason, &result.transcript),
            }
            xml.push_str("</testcase>\n");
        }
        xml.push_str("  </testsuite>\n");
    }
    if let Some(protocol) = &report.protocol {
        protocol_suite(&mut xml, protocol);
    }
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
        element(xml, "failure", &message, "");
    }
    xml.push_str("</testcase>\n  </testsuite>\n");
}

fn element(xml: &mut String, name: &str, message: &str, text: &str) {
    let _ = write!(xml, "<{name} message=\"{}\">{}</{name}>", escaped(message), escaped(text));
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
