//! `explain`: one requirement with its cases and faults.

use super::select::cases;
use super::{Source, Usage, print};
use sse_conformance::zoo;
use std::fmt::Write as _;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Id of a requirement, for example `sse.get.round-trip`
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Usage> {
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
    print(&text);
    Ok(0)
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
