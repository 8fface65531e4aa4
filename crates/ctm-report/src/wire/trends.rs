//! Usage over time, by the hours of the week, and by tool.

use super::{Certainty, Meta, PreviousPeriod, Time, Usd};
use chrono::NaiveDate;
use ctm_aggregate::Figure;
use serde::{Serialize, Serializer};
use std::fmt;
use utoipa::ToSchema;

/// The start of a bucket: a time or a day, sent as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketStart {
    /// Of an hour.
    Hour(Time),
    /// Of a day, week or month.
    Day(NaiveDate),
}

impl From<ctm_aggregate::BucketStart> for BucketStart {
    fn from(start: ctm_aggregate::BucketStart) -> Self {
        match start {
            ctm_aggregate::BucketStart::Hour(at_ms) => Self::Hour(Time::of(at_ms)),
            ctm_aggregate::BucketStart::Day(date) => Self::Day(date),
        }
    }
}

impl fmt::Display for BucketStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(time) => time.fmt(f),
            Self::Day(date) => date.fmt(f),
        }
    }
}

impl Serialize for BucketStart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A metric over time, in columns for charts. All lists of values have the length of `buckets`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The metric of the values.
    pub metric: &'static str,
    /// Length of a bucket: `hour`, `day`, `week` or `month`.
    pub bucket: &'static str,
    /// Split of the series: `none`, `model`, `project` or `kind`.
    pub group: &'static str,
    /// Start of each bucket: a day `YYYY-MM-DD` of the zone, the first of a week or
    /// month; for hours the time in UTC. A period with more than 10,000 buckets only has those with
    /// usage.
    #[schema(value_type = Vec<String>)]
    pub buckets: Vec<BucketStart>,
    /// The series, highest cost first.
    pub series: Vec<TrendSeries>,
    /// The total of each bucket; null where it is unknown, as before the first day with usage.
    pub totals: Vec<Option<Number>>,
    /// The totals of the period of comparison, bucket by bucket: weeks lie on weeks, months on months, and hours on
    /// the hour that clocks show. Null where buckets without usage are omitted; a bucket is null where there is
    /// nothing to compare with.
    pub previous: Option<Vec<Option<Number>>>,
    /// The buckets of `previous` whose amount is a lower bound, by index; empty for counts and rates.
    pub previous_at_least: Vec<usize>,
    /// The period of comparison; null as `previous` is.
    pub previous_period: Option<PreviousPeriod>,
    /// The buckets that are not complete, by index: a week or month that the period cuts off, and what is not over yet.
    pub partial: Vec<usize>,
    /// The buckets whose amount is a lower bound, by index; empty for counts and rates.
    pub at_least: Vec<usize>,
    /// How much of the usage `statistics.total` covers; `exact` for metrics other than cost.
    pub certainty: Certainty,
    /// Statistics of `totals`.
    pub statistics: TrendStatistics,
}

/// A series of a trend.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendSeries {
    /// The model, project or kind of tokens; null for the total, and for the series of the rest.
    pub key: Option<String>,
    /// Display name; invisible characters are escaped as `\u{200b}`. Empty without a key.
    pub label: String,
    /// The value of each bucket; null where it is unknown.
    pub values: Vec<Option<Number>>,
    /// The buckets whose amount is a lower bound, by index; empty for counts and rates.
    pub at_least: Vec<usize>,
    /// The value over all buckets.
    pub total: Option<Number>,
    /// How much of the usage `total` covers; `exact` for metrics other than cost.
    pub certainty: Certainty,
}

/// Statistics of the values of a trend; null if there are no values. Buckets that are not complete count only in the
/// total and as the largest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct TrendStatistics {
    /// The smallest value of a complete bucket.
    pub min: Option<Number>,
    /// The largest value.
    pub max: Option<Number>,
    /// The mean of the complete buckets.
    pub avg: Option<f64>,
    /// The value over all buckets.
    pub total: Option<Number>,
}

/// A count, an amount or a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// A count.
    Count(u64),
    /// An amount of US dollars.
    Usd(Usd),
    /// A rate, from 0 to 1.
    Rate(f64),
}

impl From<Figure> for Number {
    fn from(figure: Figure) -> Self {
        match figure {
            Figure::Count(count) => Self::Count(count),
            Figure::Usd(amount) => Self::Usd(Usd(amount)),
            Figure::Rate(rate) => Self::Rate(rate),
        }
    }
}

/// Usage by weekday and hour in the local time of the zone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActivityStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The metric of the values.
    pub metric: &'static str,
    /// Seven weekdays, Monday first, of 24 hours each.
    pub grid: Vec<Vec<Option<Number>>>,
    /// The hours whose amount is a lower bound, each as 24 times its weekday plus its hour; empty for counts and rates.
    pub at_least: Vec<usize>,
    /// The hour with the highest value; null without usage.
    pub peak: Option<Peak>,
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Peak {
    /// 0 is Monday.
    #[schema(maximum = 6)]
    pub weekday: usize,
    /// 0 to 23.
    #[schema(maximum = 23)]
    pub hour: usize,
}

/// Calls, errors and sessions of each tool.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ToolStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// The tools, the most called first.
    pub items: Vec<ToolUsage>,
    /// Calls of all tools.
    pub calls: u64,
    /// Calls of all tools that failed.
    pub errors: u64,
    /// The period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousTools>,
}

/// The tool calls of a period of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct PreviousTools {
    /// The period.
    #[serde(flatten)]
    pub period: PreviousPeriod,
    /// Calls of all tools.
    pub calls: u64,
    /// Calls of all tools that failed.
    pub errors: u64,
}

/// Usage of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ToolUsage {
    /// Its name, as logged.
    pub tool: String,
    /// The MCP server that provides it; null for Claude Code's own tools.
    pub mcp_server: Option<String>,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// The share of failed calls, 0 to 1.
    pub error_rate: f64,
    /// Sessions in which it was called.
    pub sessions: u64,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// Its calls in the period of comparison, if one is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_calls: Option<u64>,
}
