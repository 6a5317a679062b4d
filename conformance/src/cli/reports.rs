//! The files that a report is written to.

use super::Usage;
use sse_conformance::report::{Report, json, junit};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Reports {
    /// Write the report as JSON to this file
    #[arg(long, value_name = "FILE")]
    report_json: Option<PathBuf>,
    /// Write the report as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    report_junit: Option<PathBuf>,
}

/// The files, open before there is anything to write.
pub(super) struct Files<'a> {
    json: Option<(&'a Path, File)>,
    junit: Option<(&'a Path, File)>,
}

impl Reports {
    /// Creates the files: a report that cannot be written is found out before the run.
    pub(super) fn create(&self) -> Result<Files<'_>, Usage> {
        Ok(Files {
            json: self.report_json.as_deref().map(create).transpose()?,
            junit: self.report_junit.as_deref().map(create).transpose()?,
        })
    }
}

impl Files<'_> {
    /// Writes the report to each.
    pub(super) fn write(self, report: &Report<'_>) -> Result<(), Usage> {
        if let Some((path, file)) = self.json {
            let rendered = serde_json::to_string_pretty(&json::render(report));
            write(path, file, &(rendered.map_err(|error| Usage(error.to_string()))? + "\n"))?;
        }
        match self.junit {
            Some((path, file)) => write(path, file, &junit::render(report)),
            None => Ok(()),
        }
    }
}

fn create(path: &Path) -> Result<(&Path, File), Usage> {
    match File::create(path) {
        Ok(file) => Ok((path, file)),
        Err(error) => Err(cannot_write(path, &error)),
    }
}

fn write(path: &Path, mut file: File, text: &str) -> Result<(), Usage> {
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// The one line on a file that cannot be written.
pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Usage {
    Usage(format!("report: cannot write `{}`: {error}", path.display()))
}
