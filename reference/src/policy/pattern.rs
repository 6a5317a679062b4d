//! Patterns: `*` for any run of characters and `?` for exactly one (spec/policy.md, operations).

/// Whether a pattern matches the whole of a text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on if the last star has to take one character more. Earlier stars need no second
    // chance: what the last one can reach, they cannot reach better.
    let mut retry = None;
    loop {
        let (mut pattern_left, mut text_left) = (pattern.clone(), text.clone());
        match (pattern_left.next(), text_left.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((pattern_left.clone(), text.clone()));
                pattern = pattern_left;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                (pattern, text) = (pattern_left, text_left);
            }
            _ => {
                let Some((after_star, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (after_star.clone(), from.clone());
            }
        }
    }
}

/// Whether each of the six parts of an ARN matches the pattern's part, so that a wildcard in one
/// part cannot reach into the next.
pub(super) fn matches_arn(pattern: &str, arn: &str) -> bool {
    let (patterns, parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    let whole = [patterns.clone().count(), parts.clone().count()] == [6, 6];
    whole && patterns.zip(parts).all(|(pattern, part)| matches(pattern, part))
}
