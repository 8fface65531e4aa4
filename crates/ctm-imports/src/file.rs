//! A file of any program.

use crate::ccusage::{self, CcusageRow};
use crate::claude_monitor::{self, WarehouseRecord};
use crate::error::ImportFileError;
use crate::toktrack::{self, ToktrackDay};
use ctm_facts::imports::{ImportContent, ImportGrain, OtherProgram};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use std::collections::BTreeMap;

/// The largest file, in bytes: a warehouse has a record for each response of a year.
pub const MOST_BYTES: u64 = 256 << 20;

/// The fields of all programs.
#[derive(Deserialize)]
struct AnyFile {
    /// ccusage: reports, of which a file has one.
    daily: Option<Vec<CcusageRow>>,
    weekly: Option<Vec<CcusageRow>>,
    monthly: Option<Vec<CcusageRow>>,
    /// `ccusage claude session`, and `ccusage session` up to version 18.
    sessions: Option<Vec<CcusageRow>>,
    /// `ccusage session` since version 19.
    session: Option<Vec<CcusageRow>>,
    /// `daily --instances`: days by project.
    projects: Option<BTreeMap<String, Vec<CcusageRow>>>,
    blocks: Option<IgnoredAny>,
    /// claude-monitor.
    schema_version: Option<String>,
    records: Option<Vec<WarehouseRecord>>,
    entries: Option<Vec<WarehouseRecord>>,
    view: Option<String>,
    /// toktrack.
    cli: Option<String>,
    version: Option<u64>,
    summaries: Option<Vec<ToktrackDay>>,
}

/// Reads a file: its program, and its figures. `wanted` is the program that must have written it, if any.
///
/// # Errors
///
/// Fails when the file is not of a program that is known, or is not of the wanted one, and when a figure is impossible.
pub fn read(text: &[u8], wanted: Option<OtherProgram>) -> Result<ImportContent, ImportFileError> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let file: AnyFile = serde_json::from_slice(text).map_err(|source| match source.classify() {
        Category::Eof => ImportFileError::Truncated { source },
        _ => ImportFileError::Json { source },
    })?;
    let content = file.content()?;
    match wanted {
        Some(wanted) if wanted != content.program => {
            Err(ImportFileError::DifferentProgram { found: content.program, wanted })
        }
        _ => Ok(content),
    }
}

impl AnyFile {
    fn content(self) -> Result<ImportContent, ImportFileError> {
        if let (Some(cli), Some(summaries)) = (self.cli, self.summaries) {
            return toktrack::content(&cli, self.version, &summaries);
        }
        if let Some(format) = self.schema_version {
            return match (self.records, self.entries) {
                (Some(records), _) => claude_monitor::content(format, "records", &records),
                (None, Some(entries)) => claude_monitor::content(format, "entries", &entries),
                (None, None) => Err(claude_monitor::unsuitable(self.view.as_deref())),
            };
        }
        let projects: Option<Vec<CcusageRow>> = self.projects.map(|of| of.into_values().flatten().collect());
        let reports = [
            ("daily", ImportGrain::Day, self.daily),
            ("projects", ImportGrain::Day, projects),
            ("weekly", ImportGrain::Week, self.weekly),
            ("monthly", ImportGrain::Month, self.monthly),
            ("sessions", ImportGrain::Sessions, self.sessions),
            ("session", ImportGrain::Sessions, self.session),
        ];
        let report = reports.into_iter().find_map(|(field, grain, rows)| Some((field, grain, rows?)));
        match (report, self.blocks) {
            (Some((field, grain, rows)), _) => ccusage::content(field, grain, &rows),
            (None, Some(_)) => Err(ccusage::blocks()),
            (None, None) => Err(ImportFileError::Unknown),
        }
    }
}
