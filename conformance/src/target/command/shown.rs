//! A child's bytes as they may be shown: short, no secret, nothing that moves a cursor.

/// The longest run of hex digits that is shown.
const DIGITS: usize = 32;
/// How much of a line is shown.
const SHOWN: usize = 200;
/// How much of a line is looked at.
const WINDOW: usize = 64 << 10;

/// A line, shortened to 200 bytes, secrets redacted.
#[must_use]
pub(super) fn line(bytes: &[u8]) -> String {
    let window = bytes.get(..WINDOW).unwrap_or(bytes);
    let text = redacted(&String::from_utf8_lossy(window), window.len() < bytes.len());
    let mut shown = String::new();
    for character in text.chars() {
        let escaped: String = match character {
            '\t' => " ".into(),
            control if control.is_control() => control.escape_default().collect(),
            other => other.into(),
        };
        if shown.len() + escaped.len() > SHOWN - 3 {
            return shown + "...";
        }
        shown.push_str(&escaped);
    }
    shown
}

/// What a child wrote for people, secrets redacted; lines stay lines.
#[must_use]
pub(super) fn notes(bytes: &[u8]) -> String {
    let plain = |character: char| match character {
        '\n' | '\t' => character,
        control if control.is_control() => '\u{fffd}',
        other => other,
    };
    redacted(&String::from_utf8_lossy(bytes), false).chars().map(plain).collect()
}

/// Takes away the values of secret members and every long run of hex digits; `cut` says that the
/// text goes on, so that a run at its end counts as long.
fn redacted(text: &str, cut: bool) -> String {
    let mut kept = String::with_capacity(text.len().min(4 * SHOWN));
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (taken, shown) = if run > DIGITS || (run > 0 && run == rest.len() && cut) {
            (run, format!("[{run} hex digits]"))
        } else if run > 0 {
            (run, rest.get(..run).unwrap_or_default().to_owned())
        } else if let Some(len) = secret(rest) {
            (len, format!("{}:\"[secret]\"", rest.split(':').next().unwrap_or_default().trim()))
        } else {
            (first.len_utf8(), first.into())
        };
        kept.push_str(&shown);
        rest = rest.get(taken..).unwrap_or_default();
    }
    kept
}

/// The length of a secret member with its value, where one begins here.
fn secret(text: &str) -> Option<usize> {
    let text_of_name = text.strip_prefix('"')?;
    let named = |name: &&str| text_of_name.strip_prefix(*name).is_some_and(|t| t.starts_with('"'));
    let name = sse_spec::SECRETS.iter().find(|name| named(name))?;
    let colon = skip_space(text, name.len() + 2);
    text.get(colon..)?.strip_prefix(':')?;
    let start = skip_space(text, colon + 1);
    let value = text.get(start..)?.strip_prefix('"')?;
    // A value without an end goes on to the end of the text.
    let len = value.find('"').map_or(value.len(), |end| end + 1);
    Some(start + 1 + len)
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_holds_no_long_hex() {
        assert_eq!(line(b"{\"a\": 1}"), "{\"a\": 1}");
        let digits = "ab".repeat(16);
        assert_eq!(line(digits.as_bytes()), digits);
        assert_eq!(line(format!("{digits}0").as_bytes()), "[33 hex digits]");
        let long = line("xy ".repeat(500).as_bytes());
        assert!(long.len() <= 200 && long.ends_with("..."), "{long}");
        let huge = vec![b'a'; 1 << 20];
        assert_eq!(line(&huge), "[65536 hex digits]");
        assert!(line(&"\u{e9}".repeat(300).into_bytes()).len() <= 200);
    }

    #[test]
    fn a_secret_is_not_shown_however_short() {
        for text in [
            r#"{"plaintext":"cafe","key_id":"k"}"#,
            r#"{"plaintext" : "cafe","key_id":"k"}"#,
            r#"{"data_key":"cafe","#,
            r#"{"root_key":"cafe"#,
        ] {
            let shown = line(text.as_bytes());
            assert!(!shown.contains("cafe") && shown.contains("[secret]"), "{shown}");
        }
        assert!(line(br#"{"plaintext":"cafe","key_id":"k"}"#).ends_with(r#","key_id":"k"}"#));
    }

    #[test]
    fn controls_and_foreign_bytes_are_harmless() {
        assert_eq!(line(b"\x1b[2J\xff\n"), "\\u{1b}[2J\u{fffd}\\n");
        assert_eq!(notes(b"a\n\x1b[2Jb\n"), "a\n\u{fffd}[2Jb\n");
    }
}
