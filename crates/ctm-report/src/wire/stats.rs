//! Totals, days, models, projects and homes.

use super::{FactSource, ImportedUsage, Meta, Time, Usage, Usd};
use chrono::NaiveDate;
use ctm_aggregate::{Difference, UsageChange};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Totals of a period and of today.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Stats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The whole period.
    pub totals: Usage,
    /// Today, regardless of the period.
    pub today: Usage,
    /// The period of comparison.
    pub previous: Option<Previous>,
    /// The change from the period of comparison.
    pub change: Option<StatsChange>,
}

/// A period of comparison, with its usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Previous {
    /// The period.
    #[serde(flatten)]
    pub period: PreviousPeriod,
    /// Its usage.
    pub totals: Usage,
}

/// The days of a comparison: as much as has passed of the period that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct PreviousPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The minute of the last day at which it ends, where the period that is compared is not over; else null. Usage is
    /// summed by 15 minutes: a quarter of an hour that has begun by then counts whole, as the present one does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Time>,
    /// The first of its days of which usage is known, if that is not the first day; else null. A period that is
    /// known in part has amounts, and no change from it.
    pub known_from: Option<NaiveDate>,
}

/// Changes of a metric, one type each, because generic types describe themselves wrongly.
macro_rules! changes {
    ($($name:ident of $figure:ty, $text:literal;)*) => { $(
        #[doc = $text]
        #[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
        pub struct $name {
            /// The difference; null where one side is unknown.
            pub absolute: Option<$figure>,
            /// The difference as a fraction of the previous value; null where that is zero or unknown.
            pub relative: Option<f64>,
        }

        impl $name {
            const UNKNOWN: Self = Self { absolute: None, relative: None };

            fn of<T>(difference: Option<Difference<T>>, convert: impl FnOnce(T) -> $figure) -> Self {
                let relative = difference.as_ref().and_then(|difference| difference.relative);
                Self { absolute: difference.map(|difference| convert(difference.absolute)), relative }
            }
        }
    )* };
}

changes! {
    CountChange of i64, "The change of a count.";
    CostChange of Usd, "The change of an amount.";
    RateChange of f64, "The change of a rate.";
}

/// The change from one period to another.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatsChange {
    total_tokens: CountChange,
    input_tokens: CountChange,
    output_tokens: CountChange,
    cache_read_tokens: CountChange,
    cache_write_5m_tokens: CountChange,
    cache_write_1h_tokens: CountChange,
    web_searches: CountChange,
    responses: CountChange,
    sessions: CountChange,
    cost_usd: CostChange,
    cache_hit_rate: RateChange,
}

impl StatsChange {
    /// The change from a period that is known in part.
    pub const UNKNOWN: Self = Self {
        total_tokens: CountChange::UNKNOWN,
        input_tokens: CountChange::UNKNOWN,
        output_tokens: CountChange::UNKNOWN,
        cache_read_tokens: CountChange::UNKNOWN,
        cache_write_5m_tokens: CountChange::UNKNOWN,
        cache_write_1h_tokens: CountChange::UNKNOWN,
        web_searches: CountChange::UNKNOWN,
        responses: CountChange::UNKNOWN,
        sessions: CountChange::UNKNOWN,
        cost_usd: CostChange::UNKNOWN,
        cache_hit_rate: RateChange::UNKNOWN,
    };
}

impl From<UsageChange> for StatsChange {
    fn from(change: UsageChange) -> Self {
        let count = |difference| CountChange::of(Some(difference), |count| count);
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
            cost_usd: CostChange::of(change.cost, Usd),
            cache_hit_rate: RateChange::of(change.cache_hit_rate, |points| points),
        }
    }
}

/// Usage by day: every day of the period; days without usage are zero. If there are more than 3,660 days,
/// those without data are omitted.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DailyStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The days in order.
    pub days: Vec<Day>,
    /// Their sum.
    pub totals: Usage,
}

/// A day, or the week or month that begins on it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Day {
    /// The first day.
    pub date: NaiveDate,
    /// The source of its data.
    pub source: FactSource,
    /// Claude Code's own statistics of a day without events; included in no sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats_cache: Option<StatsCacheDay>,
    /// What other programs counted on the day; included in no sum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<ImportedUsage>,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// The usage by model, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<ModelShare>>,
}

/// A day as counted by Claude Code's own statistics: every copy of a response, in their own unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct StatsCacheDay {
    /// Tokens of all models, in `unit`.
    pub tokens: u64,
    /// The kinds of tokens in the figures: `input_output` or `all`.
    pub unit: String,
    /// Tokens by model.
    pub models: BTreeMap<String, u64>,
    /// Lines of users and assistants.
    pub messages: Option<u64>,
    /// Sessions that began.
    pub sessions: Option<u64>,
    /// Tool calls.
    pub tool_calls: Option<u64>,
}

/// A model's share of a day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelShare {
    /// The model as logged.
    pub model: String,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Usage by model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The models, the most expensive first.
    pub items: Vec<Model>,
    /// Their sum.
    pub totals: Usage,
    /// The period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// A model's usage and price.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Model {
    /// The model as logged.
    pub model: String,
    /// Display name; invisible characters are escaped as `\u{200b}`.
    pub label: String,
    /// The model of the price table whose price was applied; null without a price.
    pub priced_as: Option<String>,
    /// The price that applied to most of its cost.
    pub price: Option<Price>,
    /// The reason for the missing price, and the remedy.
    pub unpriced_reason: Option<String>,
    /// Its share of all tokens, 0 to 1.
    pub share_tokens: f64,
    /// Its share of the cost, 0 to 1; null where the cost is unknown or zero.
    pub share_cost: Option<f64>,
    /// Time of the first event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_at: Option<Time>,
    /// Time of the last event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its usage in the period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Usage>,
}

/// A price, in US dollars per million tokens, multipliers included.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Price {
    /// Input tokens outside the cache.
    pub input: Option<Usd>,
    /// Output tokens.
    pub output: Option<Usd>,
    /// Cache reads.
    pub cache_read: Option<Usd>,
    /// Cache writes for five minutes.
    pub cache_write_5m: Option<Usd>,
    /// Cache writes for an hour.
    pub cache_write_1h: Option<Usd>,
    /// First UTC day on which it is valid.
    pub from: Option<NaiveDate>,
    /// First UTC day on which it is no longer valid; null if it is still valid.
    pub until: Option<NaiveDate>,
    /// Source that publishes the price.
    pub source: String,
}

/// Usage by project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// A page of projects.
    pub items: Vec<Project>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of projects on all pages.
    pub total: usize,
    /// The sum over all pages.
    pub totals: Usage,
    /// The period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// A project's usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Project {
    /// The working directory.
    pub project: String,
    /// Its last component; invisible characters are escaped as `\u{200b}`.
    pub label: String,
    /// Time of the last event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// Daily cost of the last 90 days of the period up to today, for charts.
    pub spark: Vec<f64>,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its usage in the period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Usage>,
}

/// Usage by Claude home.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourceStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The homes, the most expensive first; homes without usage come last.
    pub items: Vec<Source>,
    /// Their sum.
    pub totals: Usage,
}

/// A Claude home, or all with the same label, with the usage of their original lines.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Source {
    /// Its label, which the parameter `home` accepts: from the settings, or its path.
    pub source: String,
    /// Its path; of several homes, that of the first.
    pub path: String,
    /// Number of homes with the label.
    pub homes: usize,
    /// `true` for a home that is currently read.
    pub is_read: bool,
    /// Time of the last event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// The usage.
    #[serde(flatten)]
    pub usage: Usage,
}
