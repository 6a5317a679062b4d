//! `explain`: one requirement with its cases and faults, or one case with its requirements.

use super::select::{cases, matching};
use super::{Source, Usage, print};
use sse_conformance::case::group_word;
use sse_conformance::zoo;
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Id of a requirement, for example `sse.get.round-trip`, or of a case, which has a slash
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
    let text = match arguments.id.contains('/') {
        true => of_case(arguments)?,
        false => of_requirement(arguments)?,
    };
    print(&text);
    Ok(0)
}

/// What a case shows, checks and needs.
fn of_case(arguments: &Arguments) -> Result<String, Usage> {
    let id = arguments.id.as_str();
    let (cases, _) = cases(&arguments.source)?;
    let case = matching(cases, id)?.into_iter().find(|case| case.id == id);
    let case = case.ok_or_else(|| Usage(format!("unknown case `{id}`; `list` prints them")))?;
    let (group, area) = (group_word(case.group), case.area.title());
    let mut text = format!("{id}  {}, {group}, {area}\n\n  {}\n", case.profile, case.comment);
    let _ = writeln!(text, "\nchecks");
    let known = sse_spec::documents::requirements().iter();
    let checked = known.filter(|known| case.requirements.contains(&known.id));
    list(&mut text, checked.map(|it| (it.id.clone(), it.sentence.clone())));
    let needs = case.needs.words();
    let needs = if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") };
    let _ = writeln!(text, "\nneeds   {needs}");
    if let Some(twin) = &case.twin {
        let _ = writeln!(text, "twin    {twin}, which is allowed and differs in one point");
    }
    let _ = writeln!(text, "again   sse-conformance replay {id}");
    let _ = writeln!(text, "\nfaults that break what it checks; `faults --only ID` tries one");
    let breaks = |it: &&str| case.requirements.iter().any(|id| id == it);
    let faults = zoo::faults().into_iter().filter(|fault| fault.breaks.iter().any(breaks));
    list(&mut text, faults.map(|fault| (fault.id.to_owned(), fault.description.to_owned())));
    Ok(text)
}

/// A requirement with the cases that check it.
fn of_requirement(arguments: &Arguments) -> Result<String, Usage> {
    let id = arguments.id.as_str();
    let known = sse_spec::documents::requirements();
    let requirement = known.iter().find(|requirement| requirement.id == id).ok_or_else(|| {
        let stem = id.split('.').next().unwrap_or_default();
        let near = known.iter().filter(|other| other.stem == stem).take(5);
        let near: Vec<&str> = near.map(|other| other.id.as_str()).collect();
        let hint =
            if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
        Usage(format!("unknown requirement `{id}`{hint}"))
    })?;
    let mut text = String::new();
    let _ = writeln!(text, "{id}  {} {}", requirement.profile, requirement.level);
    let _ = writeln!(text, "\n  {}\n", requirement.sentence);
    let _ = writeln!(text, "where   spec/{} line {}", requirement.document, requirement.line);
    let _ = writeln!(text, "source  {}, {}", requirement.provenance, requirement.source);
    let (cases, _) = cases(&arguments.source)?;
    let _ = writeln!(text, "\ncases");
    let cited = cases.iter().filter(|case| case.requirements.iter().any(|cited| cited == id));
    list(&mut text, cited.map(|case| (case.id.clone(), case.comment.clone())));
    let _ = writeln!(text, "\nfaults that break it");
    let faults = zoo::faults().into_iter().filter(|fault| fault.breaks.contains(&id));
    list(&mut text, faults.map(|fault| (fault.id.to_owned(), fault.description.to_owned())));
    Ok(text)
}

fn list(text: &mut String, rows: impl Iterator<Item = (String, String)>) {
    let mut any = false;
    for (id, comment) in rows {
        any = true;
        let _ = writeln!(text, "  {id}\n      {comment}");
    }
    if !any {
        let _ = writeln!(text, "  none");
    }
}
