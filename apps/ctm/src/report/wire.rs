//! Answers as they are sent: JSON in the shapes of the REST interface.
//!
//! Counts are whole numbers. Amounts are JSON numbers written from the exact decimal, or null
//! where nothing could be priced. Times are RFC 3339 in UTC, days are days of the answer's zone.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use ctm_aggregate::{Amounts, Change as Difference, UsageChange};
use ctm_types::PicoUsd;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount of US dollars as an exact JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usd(pub PicoUsd);

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Returns a time in UTC epoch milliseconds as RFC 3339 text.
#[must_use]
pub fn time(at_ms: i64) -> String {
    instant(DateTime::from_timestamp_millis(at_ms).unwrap_or_default())
}

/// Returns a time as RFC 3339 text.
#[must_use]
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Usage {
    /// Prompt tokens beside the cache.
    pub input_tokens: u64,
    /// Tokens that the model wrote.
    pub output_tokens: u64,
    /// Prompt tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Tokens of all kinds.
    pub total_tokens: u64,
    /// What that costs at API list prices; null when nothing of it could be priced.
    pub cost_usd: Option<Usd>,
    /// Web searches, which are part of the cost.
    pub web_searches: u64,
    /// Responses, each counted once.
    pub responses: u64,
    /// Sessions.
    pub sessions: u64,
    /// Cache reads in all prompt tokens, 0 to 1; null without prompt tokens.
    pub cache_hit_rate: Option<f64>,
    /// Tokens that the cost leaves out.
    pub unpriced_tokens: u64,
    /// Responses without a final record, whose output may be incomplete.
    pub unfinalised_responses: u64,
}

impl Usage {
    /// Returns the sum of `amounts` of so many sessions.
    #[must_use]
    pub fn of(amounts: &Amounts, sessions: u64) -> Self {
        let tokens = amounts.tokens;
        Self {
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cache_read_tokens: tokens.cache_read,
            cache_write_5m_tokens: tokens.cache_write_5m,
            cache_write_1h_tokens: tokens.cache_write_1h,
            total_tokens: tokens.total(),
            cost_usd: amounts.cost_usd().map(Usd),
            web_searches: amounts.web_searches,
            responses: amounts.responses,
            sessions,
            cache_hit_rate: amounts.cache_hit_rate(),
            unpriced_tokens: amounts.unpriced_tokens,
            unfinalised_responses: amounts.unfinalised,
        }
    }
}

impl From<&ctm_aggregate::Usage> for Usage {
    fn from(usage: &ctm_aggregate::Usage) -> Self {
        Self::of(&usage.amounts, usage.session_count())
    }
}

/// A row of a report.
pub trait UsageRow {
    /// Returns what was used.
    fn usage(&self) -> &Usage;
}

macro_rules! usage_rows {
    ($($row:ty),*) => { $(impl UsageRow for $row {
        fn usage(&self) -> &Usage {
            &self.usage
        }
    })* };
}

usage_rows!(Day, Model, Project, Session);

/// What an answer covers, and how fresh it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meta {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone of the days.
    pub tz: &'static str,
    /// When the answer was made.
    pub generated_at: String,
    /// Rises with every change of the stored facts.
    pub data_version: u64,
    /// Version of the price table.
    pub price_version: String,
    /// Where the figures come from: `events`, which is the transcripts.
    pub source: &'static str,
    /// Models that have no price.
    pub unpriced_models: Vec<String>,
    /// The person's own discount, which is in no other figure.
    pub discount: Option<Discount>,
}

/// What is left of list prices after a discount.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Discount {
    /// What list prices are multiplied by, as a decimal text such as `0.85`.
    pub multiplier: String,
    /// The cost of everything that the answer covers, after the discount.
    pub cost_usd: Option<Usd>,
}

/// `GET /stats`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stats {
    /// What it covers.
    pub meta: Meta,
    /// The whole period.
    pub totals: Usage,
    /// Today, whatever the period.
    pub today: Usage,
    /// The period that it is compared with.
    pub previous: Option<Previous>,
    /// The change from that.
    pub change: Option<StatsChange>,
}

/// A period to compare with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Previous {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Its usage.
    pub totals: Usage,
}

/// A change of one figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change<T> {
    /// By how much; null where one side is unknown.
    pub absolute: Option<T>,
    /// As a part of what was before; null where that is zero or unknown.
    pub relative: Option<f64>,
}

impl<T> Change<T> {
    fn of<U>(difference: Option<Difference<U>>, convert: impl FnOnce(U) -> T) -> Self {
        let relative = difference.as_ref().and_then(|difference| difference.relative);
        Self { absolute: difference.map(|difference| convert(difference.absolute)), relative }
    }
}

/// The change from one period to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatsChange {
    total_tokens: Change<i64>,
    input_tokens: Change<i64>,
    output_tokens: Change<i64>,
    cache_read_tokens: Change<i64>,
    cache_write_5m_tokens: Change<i64>,
    cache_write_1h_tokens: Change<i64>,
    web_searches: Change<i64>,
    responses: Change<i64>,
    sessions: Change<i64>,
    cost_usd: Change<Usd>,
    cache_hit_rate: Change<f64>,
}

impl From<UsageChange> for StatsChange {
    fn from(change: UsageChange) -> Self {
        let count = |difference| Change::of(Some(difference), |count| count);
        Self {
            total_tokens: count(change.total_tokens),
            input_tokens: count(change.input),
            output_tokens: count(change.output),
            cache_read_tokens: count(change.cache_read),
            cache_write_5m_tokens: count(change.cache_write_5m),
            cache_write_1h_tokens: count(change.cache_write_1h),
            web_searches: count(change.web_searches),
            responses: count(change.responses),
            sessions: count(change.sessions),
            cost_usd: Change::of(change.cost, Usd),
            cache_hit_rate: Change::of(change.cache_hit_rate, |points| points),
        }
    }
}

/// `GET /stats/daily`: every day of the period, days without use as zeros (or left out, if the
/// period is longer than ten years).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DailyStats {
    /// What it covers.
    pub meta: Meta,
    /// The days in order.
    pub days: Vec<Day>,
    /// Their sum.
    pub totals: Usage,
}

/// A day, or the week or month that begins on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Day {
    /// The first day.
    pub date: NaiveDate,
    /// What was used.
    #[serde(flatten)]
    pub usage: Usage,
    /// The same by model, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<ModelShare>>,
}

/// A model's part of a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelShare {
    /// The model as logged.
    pub model: String,
    /// What was used.
    #[serde(flatten)]
    pub usage: Usage,
}

/// `GET /stats/models`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelStats {
    /// What it covers.
    pub meta: Meta,
    /// The models, the dearest first.
    pub items: Vec<Model>,
    /// Their sum.
    pub totals: Usage,
}

/// A model's usage and price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// The model as logged.
    pub model: String,
    /// A name for people.
    pub label: String,
    /// The model of the price table that it was priced as; null without a price.
    pub priced_as: Option<String>,
    /// The price that most of its cost was computed at.
    pub price: Option<Price>,
    /// Why it has no price, and what to do about that.
    pub unpriced_reason: Option<String>,
    /// Its part of all tokens, 0 to 1.
    pub share_tokens: f64,
    /// Its part of the cost, 0 to 1; null where that is unknown or zero.
    pub share_cost: Option<f64>,
    /// Time of the first event.
    pub first_at: Option<String>,
    /// Time of the last event.
    pub last_at: Option<String>,
    /// What was used.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A price, in US dollars per million tokens, multipliers included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// Of prompt tokens beside the cache.
    pub input: Option<Usd>,
    /// Of output tokens.
    pub output: Option<Usd>,
    /// Of cache reads.
    pub cache_read: Option<Usd>,
    /// Of cache writes for five minutes.
    pub cache_write_5m: Option<Usd>,
    /// Of cache writes for an hour.
    pub cache_write_1h: Option<Usd>,
    /// First UTC day.
    pub from: Option<NaiveDate>,
    /// First UTC day after it.
    pub until: Option<NaiveDate>,
    /// Where the price is published.
    pub source: String,
}

/// `GET /stats/projects`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectStats {
    /// What it covers.
    pub meta: Meta,
    /// A page of projects.
    pub items: Vec<Project>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Projects on all pages.
    pub total: usize,
    /// The sum over all pages.
    pub totals: Usage,
}

/// A project's usage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Project {
    /// The working directory.
    pub project: String,
    /// Its last component.
    pub label: String,
    /// Time of the last event.
    pub last_at: Option<String>,
    /// Cost by day, of the last 90 days of the period, for drawing.
    pub spark: Vec<f64>,
    /// What was used.
    #[serde(flatten)]
    pub usage: Usage,
}

/// `GET /sessions`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sessions {
    /// What it covers.
    pub meta: Meta,
    /// A page of sessions.
    pub items: Vec<Session>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Sessions on all pages.
    pub total: usize,
    /// The sum over all pages.
    pub totals: Usage,
}

/// A session's usage in the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The project that it used most tokens on.
    pub project: String,
    /// The git branch of its last response.
    pub branch: Option<String>,
    /// Time of its first event in the period.
    pub started_at: Option<String>,
    /// Time of its last event in the period.
    pub ended_at: Option<String>,
    /// Seconds between them.
    pub duration_s: i64,
    /// Models, those with most tokens first.
    pub models: Vec<String>,
    /// Subagents that answered in it.
    pub subagents: u64,
    /// Prompts that a person typed.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub tool_errors: u64,
    /// Whether it answered in the last five minutes.
    pub active: bool,
    /// What was used.
    #[serde(flatten)]
    pub usage: Usage,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_json_numbers() {
        let check = |text: &str, expected: &str| {
            let json = serde_json::to_string(&Usd(text.parse().unwrap())).unwrap();
            assert_eq!(json, expected);
        };
        check("33.4159737", "33.4159737");
        check("0.000000000001", "0.000000000001");
        check("-0", "0");
        check("12000000", "12000000");
    }

    #[test]
    fn times_are_utc_with_milliseconds() {
        assert_eq!(time(1_773_136_800_000), "2026-03-10T10:00:00.000Z");
    }
}
