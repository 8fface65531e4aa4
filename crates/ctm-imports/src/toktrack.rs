//! The cache of toktrack: `~/.toktrack/cache/claude-code_daily.json`.
//!
//! Its days are those of the zone of the machine that it ran on, which the file does not name. Figures of reasoning, which Claude Code
//! does not log apart, are output.

use crate::cost::cost;
use crate::error::ImportFileError;
use ctm_facts::imports::{ImportContent, ImportFigures, ImportPeriod, ImportTokens, OtherProgram};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What it calls Claude Code.
const CLAUDE_CODE: &str = "claude-code";

/// A day.
#[derive(Deserialize)]
pub(crate) struct ToktrackDay {
    date: String,
    models: BTreeMap<String, ToktrackModel>,
}

#[derive(Deserialize)]
struct ToktrackModel {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_creation_tokens: u64,
    #[serde(default)]
    thinking_tokens: u64,
    cost_usd: Option<f64>,
}

pub(crate) fn content(
    cli: &str,
    version: Option<u64>,
    summaries: &[ToktrackDay],
) -> Result<ImportContent, ImportFileError> {
    if cli != CLAUDE_CODE {
        return Err(ImportFileError::Unsuitable {
            what: format!("it has the figures of `{}`", cli.chars().take(40).collect::<String>()),
            remedy: "those of Claude Code are in `~/.toktrack/cache/claude-code_daily.json`",
        });
    }
    let mut figures = ImportFigures::default();
    for (index, day) in summaries.iter().enumerate() {
        for (name, model) in &day.models {
            let place = || format!("`summaries[{index}].models` of `{name}`");
            let tokens = ImportTokens {
                input: model.input_tokens,
                output: model.output_tokens.saturating_add(model.thinking_tokens),
                cache_read: model.cache_read_tokens,
                cache_write: model.cache_creation_tokens,
            };
            let cost = cost(model.cost_usd, place)?;
            let added = figures.add(ImportPeriod::day(&day.date), name, tokens, cost);
            added.map_err(ImportFileError::at(place))?;
        }
    }
    Ok(ImportContent {
        program: OtherProgram::Toktrack,
        format: version.map(|version| version.to_string()),
        zone: None,
        has_other_agents: false,
        figures: figures.finish(),
        undated: 0,
    })
}
