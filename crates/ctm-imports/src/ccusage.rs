//! Reports of ccusage as JSON, of versions 17 to 20: days, weeks, months and sessions.
//!
//! Version 19 changed the reports of all agents: a row has a `period` in place of a date. None of them names the zone of its days. The time of a
//! session's beginning is only known to `ccusage claude session` of version 20; without it, a session counts on the day of its end.

use crate::cost::cost;
use crate::error::ImportFileError;
use chrono::{Days, Months, NaiveDate};
use ctm_facts::imports::{
    ImportContent, ImportFigures, ImportFlaw, ImportGrain, ImportPeriod, ImportTokens, OtherProgram,
};
use serde::Deserialize;

/// What it calls Claude Code, and all agents together.
const CLAUDE: &str = "claude";
const ALL_AGENTS: &str = "all";

/// A row of a report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CcusageRow {
    date: Option<String>,
    week: Option<String>,
    month: Option<String>,
    period: Option<String>,
    agent: Option<String>,
    metadata: Option<CcusageMetadata>,
    first_activity: Option<String>,
    last_activity: Option<String>,
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_tokens: u64,
    cache_read_tokens: u64,
    total_cost: Option<f64>,
    #[serde(default)]
    models_used: Vec<String>,
    #[serde(default)]
    model_breakdowns: Vec<CcusageModel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CcusageMetadata {
    #[serde(default)]
    agents: Vec<String>,
    last_activity: Option<String>,
}

/// A model of a row.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CcusageModel {
    model_name: String,
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_tokens: u64,
    cache_read_tokens: u64,
    cost: Option<f64>,
}

/// Returns the figures of the rows of a report.
pub(crate) fn content(
    field: &str,
    grain: ImportGrain,
    rows: &[CcusageRow],
) -> Result<ImportContent, ImportFileError> {
    let mut figures = ImportFigures::default();
    let of_claude = || rows.iter().enumerate().filter(|(_, row)| row.is_of_claude());
    for (index, row) in of_claude() {
        row.add_to(&mut figures, grain, &|| format!("`{field}[{index}]`"))?;
    }
    Ok(ImportContent {
        program: OtherProgram::Ccusage,
        format: None,
        zone: None,
        has_other_agents: of_claude().any(|(_, row)| row.has_other_agents()),
        figures: figures.finish(),
        undated: 0,
    })
}

/// Returns the error for a report of blocks.
pub(crate) fn blocks() -> ImportFileError {
    ImportFileError::Unsuitable {
        what: "blocks of five hours are no days".to_owned(),
        remedy: "import the output of `ccusage daily --json`",
    }
}

impl CcusageRow {
    /// Returns whether the row includes Claude Code.
    fn is_of_claude(&self) -> bool {
        self.agent.as_deref().is_none_or(|agent| [CLAUDE, ALL_AGENTS].contains(&agent))
    }

    /// Returns whether the row states that it includes other agents.
    fn has_other_agents(&self) -> bool {
        let agents = self.metadata.iter().flat_map(|metadata| &metadata.agents);
        let mut others = agents.filter(|agent| *agent != CLAUDE);
        others.next().is_some()
    }

    fn add_to(
        &self,
        figures: &mut ImportFigures,
        grain: ImportGrain,
        place: &dyn Fn() -> String,
    ) -> Result<(), ImportFileError> {
        let flawed = |flaw| ImportFileError::Figure { place: place(), flaw };
        let period = self.period(grain).map_err(flawed)?;
        if self.model_breakdowns.is_empty() {
            let tokens = ImportTokens {
                input: self.input_tokens,
                output: self.output_tokens,
                cache_read: self.cache_read_tokens,
                cache_write: self.cache_creation_tokens,
            };
            let model = if let [model] = &self.models_used[..] { model } else { "" };
            return figures.add(period, model, tokens, cost(self.total_cost, place)?).map_err(flawed);
        }
        for model in &self.model_breakdowns {
            let tokens = ImportTokens {
                input: model.input_tokens,
                output: model.output_tokens,
                cache_read: model.cache_read_tokens,
                cache_write: model.cache_creation_tokens,
            };
            let cost = cost(model.cost, place)?;
            figures.add(period.clone(), &model.model_name, tokens, cost).map_err(flawed)?;
        }
        Ok(())
    }

    fn period(&self, grain: ImportGrain) -> Result<ImportPeriod, ImportFlaw> {
        let text = |own: &Option<String>| own.clone().or_else(|| self.period.clone()).unwrap_or_default();
        let (first, last) = match grain {
            ImportGrain::Day => {
                let date = text(&self.date);
                (date.clone(), date)
            }
            ImportGrain::Week => {
                let first = text(&self.week);
                let last = after(&first, |day| day.checked_add_days(Days::new(6)))?;
                (first, last)
            }
            ImportGrain::Month => {
                let first = format!("{}-01", text(&self.month));
                let last = after(&first, |day| day.checked_add_months(Months::new(1))?.pred_opt())?;
                (first, last)
            }
            ImportGrain::Sessions => {
                let of_metadata = self.metadata.as_ref().and_then(|metadata| metadata.last_activity.as_ref());
                let last = self.last_activity.as_ref().or(of_metadata).map_or("", String::as_str);
                let first = self.first_activity.as_deref().unwrap_or(last);
                (date_of(first), date_of(last))
            }
        };
        Ok(ImportPeriod { grain, first, last })
    }
}

/// Returns the date of a time.
fn date_of(time: &str) -> String {
    time.split('T').next().unwrap_or_default().to_owned()
}

/// Returns the day that another one leads to.
fn after(date: &str, step: impl FnOnce(NaiveDate) -> Option<NaiveDate>) -> Result<String, ImportFlaw> {
    let flaw = || ImportFlaw::Day(date.chars().take(40).collect());
    let day: NaiveDate = date.parse().map_err(|_| flaw())?;
    step(day).map(|day| day.to_string()).ok_or_else(flaw)
}
