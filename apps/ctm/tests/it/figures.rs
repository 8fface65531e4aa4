//! Answers with exact amounts, and what has to be in them.

use ctm_corpus::{Answer, ExpectedUsage};
use ctm_types::{PicoUsd, TokenCounts};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Any report: its rows, and their sum over all pages.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) meta: Meta,
    #[serde(alias = "days")]
    pub(crate) items: Vec<Row>,
    pub(crate) totals: Row,
    #[serde(default)]
    pub(crate) next_cursor: Option<String>,
}

/// Period and zone of a report.
#[derive(Debug, Deserialize)]
pub(crate) struct Meta {
    pub(crate) data_version: u64,
}

/// A row of any report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    id: Option<String>,
    date: Option<String>,
    model: Option<String>,
    project: Option<String>,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_5m_tokens: u64,
    cache_write_1h_tokens: u64,
    pub(crate) total_tokens: u64,
    #[serde(deserialize_with = "exact")]
    pub(crate) cost_usd: Option<PicoUsd>,
    web_searches: u64,
    pub(crate) responses: u64,
    pub(crate) sessions: u64,
    pub(crate) unpriced_tokens: u64,
    unfinalised_responses: u64,
}

/// Reads an amount as it is written: a floating-point number would round it.
pub(crate) fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PicoUsd>, D::Error> {
    match Box::<RawValue>::deserialize(deserializer)?.get() {
        "null" => Ok(None),
        text => text.parse().map(Some).map_err(D::Error::custom),
    }
}

impl Row {
    /// Name of the row.
    pub(crate) fn name(&self) -> &str {
        let names = [&self.id, &self.date, &self.model, &self.project];
        names.into_iter().flatten().next().unwrap()
    }

    /// The counts of which the totals are the sum: all but the sessions.
    pub(crate) fn tally(&self) -> ExpectedUsage {
        ExpectedUsage {
            tokens: TokenCounts {
                input: self.input_tokens,
                output: self.output_tokens,
                cache_read: self.cache_read_tokens,
                cache_write_5m: self.cache_write_5m_tokens,
                cache_write_1h: self.cache_write_1h_tokens,
            },
            responses: self.responses,
            unfinalised: self.unfinalised_responses,
            web_searches: self.web_searches,
        }
    }

    /// The amount, where nothing priced is zero.
    pub(crate) fn cost(&self) -> PicoUsd {
        self.cost_usd.unwrap_or_default()
    }
}

impl Report {
    /// Reads a report from JSON.
    #[track_caller]
    pub(crate) fn parse(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
    }

    /// Checks that the rows add up to the totals, and each to its own.
    #[track_caller]
    pub(crate) fn check_sum(&self) {
        let mut tally = ExpectedUsage::default();
        for row in &self.items {
            tally += row.tally();
        }
        assert_eq!(tally, self.totals.tally());
        assert_eq!(self.items.iter().map(Row::cost).sum::<PicoUsd>(), self.totals.cost());
        let unpriced: u64 = self.items.iter().map(|row| row.unpriced_tokens).sum();
        assert_eq!(unpriced, self.totals.unpriced_tokens);
        for row in self.items.iter().chain([&self.totals]) {
            assert_eq!(row.tally().tokens.total(), row.total_tokens);
        }
    }

    /// Returns the rows that are not empty, by name.
    fn used(&self) -> BTreeMap<String, ExpectedUsage> {
        let rows = self.items.iter().filter(|row| row.tally() != ExpectedUsage::default());
        rows.map(|row| (row.name().to_owned(), row.tally())).collect()
    }
}

/// Everything that can be counted, by everything that it can be grouped by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    totals: ExpectedUsage,
    days: BTreeMap<String, ExpectedUsage>,
    models: BTreeMap<String, ExpectedUsage>,
    projects: BTreeMap<String, ExpectedUsage>,
    sessions: BTreeMap<String, ExpectedUsage>,
}

impl Figures {
    /// The reports that [`Figures::of`] asks for.
    pub(crate) const REPORTS: [&str; 4] = ["daily", "models", "projects", "sessions"];

    /// Puts together what the reports on everything say; they have to agree with each other.
    #[track_caller]
    pub(crate) fn of(report: impl FnMut(&'static str) -> String) -> Self {
        let reports = Self::REPORTS.map(report).map(|json| Report::parse(&json));
        for report in &reports {
            report.check_sum();
            assert_eq!(report.totals, reports[0].totals);
        }
        let [days, models, projects, sessions] = reports.each_ref().map(Report::used);
        Self { totals: reports[0].totals.tally(), days, models, projects, sessions }
    }

    /// The sum that all groupings have.
    pub(crate) fn totals(&self) -> ExpectedUsage {
        self.totals
    }
}

impl From<&Answer> for Figures {
    fn from(answer: &Answer) -> Self {
        Self {
            totals: answer.totals,
            days: answer.by_day_utc.clone(),
            models: answer.by_model.clone(),
            projects: answer.by_project.clone(),
            sessions: answer.by_session.clone(),
        }
    }
}
