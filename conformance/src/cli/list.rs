//! `list`: the cases, one a line.

use super::select::{cases, matching, profile};
use super::{Source, Usage, print};
use sse_conformance::case::{GROUPS, Group, group_word};
use sse_spec::Profile;
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Only cases whose id matches this glob (`*` is any run of characters)
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// Only cases of this profile; may be given several times
    #[arg(long = "profile", value_name = "PROFILE", value_parser = profile)]
    profiles: Vec<Profile>,
    /// Only cases of this core group; may be given several times
    #[arg(long = "group", value_name = "GROUP", value_parser = group)]
    groups: Vec<Group>,
}

fn group(text: &str) -> Result<Group, String> {
    let words = || GROUPS.map(group_word).join(", ");
    let found = GROUPS.into_iter().find(|group| group_word(*group) == text);
    found.ok_or_else(|| format!("one of {}", words()))
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let (mut cases, _) = cases(&arguments.source)?;
    let Arguments { filter, profiles, groups, .. } = arguments;
    cases.retain(|case| profiles.is_empty() || profiles.contains(&case.profile));
    cases.retain(|case| groups.is_empty() || groups.contains(&case.group));
    let mut text = String::from("case\tprofile\tgroup\trequirements\n");
    for case in matching(cases, filter.as_deref().unwrap_or("*"))? {
        let (group, requirements) = (group_word(case.group), case.requirements.join(","));
        let _ = writeln!(text, "{}\t{}\t{group}\t{requirements}", case.id, case.profile);
    }
    print(&text);
    Ok(0)
}
