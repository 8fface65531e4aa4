//! The warehouse of claude-monitor, `~/.claude-monitor/warehouse/usage.json`, and its report `--view entries --output json`.
//!
//! Both have a record for each response, with its day in UTC.

use crate::cost::cost;
use crate::error::ImportFileError;
use ctm_facts::imports::{ImportContent, ImportFigures, ImportPeriod, ImportTokens, OtherProgram};
use serde::Deserialize;

/// A response.
#[derive(Deserialize)]
pub(crate) struct WarehouseRecord {
    day: String,
    model: String,
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_tokens: u64,
    cache_read_tokens: u64,
    cost_usd: Option<f64>,
}

pub(crate) fn content(
    format: String,
    field: &str,
    entries: &[WarehouseRecord],
) -> Result<ImportContent, ImportFileError> {
    let mut figures = ImportFigures::default();
    for (index, entry) in entries.iter().enumerate() {
        let place = || format!("`{field}[{index}]`");
        let tokens = ImportTokens {
            input: entry.input_tokens,
            output: entry.output_tokens,
            cache_read: entry.cache_read_tokens,
            cache_write: entry.cache_creation_tokens,
        };
        let cost = cost(entry.cost_usd, place)?;
        let added = figures.add(ImportPeriod::day(&entry.day), &entry.model, tokens, cost);
        added.map_err(ImportFileError::at(place))?;
    }
    Ok(ImportContent {
        program: OtherProgram::ClaudeMonitor,
        format: Some(format),
        zone: Some("UTC"),
        has_other_agents: false,
        figures: figures.finish(),
        undated: 0,
    })
}

/// Returns the error for a file without days.
pub(crate) fn unsuitable(view: Option<&str>) -> ImportFileError {
    let what = match view {
        Some(view) => format!("the view `{}` has no days", view.chars().take(40).collect::<String>()),
        None => "it has no days".to_owned(),
    };
    let remedy = "import `~/.claude-monitor/warehouse/usage.json`, or the output of \
                  `claude-monitor --view entries --output json`";
    ImportFileError::Unsuitable { what, remedy }
}
