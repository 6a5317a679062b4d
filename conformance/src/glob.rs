//! Globs over ids of cases: `*` stands for any run of characters, nothing else is special.

/// Whether `id` matches `glob`.
#[must_use]
pub fn matches(glob: &str, id: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = id.strip_prefix(first) else { return false };
    let mut last_part = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
        last_part = Some(part);
    }
    match last_part {
        None => rest.is_empty(),
        Some(part) => id.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run() {
        for (glob, id, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/b", true),
            ("*/b", "a/b", true),
            ("*b*", "abc", true),
            ("*", "", true),
            ("a*c", "abcd", false),
            ("a*d", "abcd", true),
        ] {
            assert_eq!(matches(glob, id), expected, "{glob} {id}");
        }
    }
}
