//! Query of a report: period, zone and filter.

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, DateRange, Metric, RangePreset, Split, Step};
use ctm_storage::UsageFilter;
use ctm_types::Slot;

/// The requested days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days relative to today.
    Preset(RangePreset),
    /// From one day to another, both included; a missing end is the end of use.
    Between {
        /// First day.
        from: Option<NaiveDate>,
        /// Last day.
        to: Option<NaiveDate>,
    },
}

impl Period {
    /// Everything there is.
    pub const ALL: Self = Self::Preset(RangePreset::All);

    /// Returns the days, given today and the days of which there is use.
    #[must_use]
    pub fn resolve(self, today: NaiveDate, used: Option<DateRange>) -> DateRange {
        match self {
            Self::Preset(preset) => preset.resolve(today, used),
            Self::Between { from, to } => {
                let all = RangePreset::All.resolve(today, used);
                let from = from.unwrap_or_else(|| to.map_or(all.from(), |to| all.from().min(to)));
                let to = to.unwrap_or_else(|| all.to().max(from));
                DateRange::new(from, to).unwrap_or(DateRange::day(from))
            }
        }
    }
}

/// The period of comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compare {
    /// Nothing.
    None,
    /// The period of the same length before it.
    #[default]
    Previous,
    /// The same days a year earlier.
    Year,
}

impl Compare {
    /// Returns the days that a period's days are compared with; before the first use there is
    /// nothing to compare with, nor before the first day that a time can have.
    #[must_use]
    pub fn base(self, period: Period, range: DateRange) -> Option<DateRange> {
        let base = match self {
            Self::None => None,
            _ if period == Period::ALL => None,
            Self::Previous => Some(range.previous()),
            Self::Year => Some(range.year_earlier()),
        };
        base.filter(|base| base.to() >= NaiveDate::default())
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which days.
    pub period: Period,
    /// The zone in which they are days.
    pub tz: Tz,
    /// Which projects, models, sessions; its times are set from the period.
    pub filter: UsageFilter,
}

impl Query {
    /// Everything there is, in days of UTC.
    #[must_use]
    pub fn all() -> Self {
        Self { period: Period::ALL, tz: Tz::UTC, filter: UsageFilter::default() }
    }

    /// Returns whether Claude Code's own statistics can answer: they know days and models alone.
    pub(super) fn suits_stats_cache(&self) -> bool {
        let filter = &self.filter;
        filter.projects.is_empty()
            && filter.folders.is_empty()
            && filter.sessions.is_empty()
            && filter.sidechain.is_none()
    }

    /// Returns a filter for all usage of the accounts that are asked for, whatever else is.
    pub(super) fn account(&self) -> UsageFilter {
        UsageFilter { homes: self.filter.homes.clone(), ..UsageFilter::default() }
    }

    /// Returns the filter for a stretch of time, in UTC epoch milliseconds; `i64::MIN` and `i64::MAX`
    /// leave it open.
    pub(super) fn between_ms(&self, start_ms: i64, end_ms: i64) -> UsageFilter {
        UsageFilter {
            from: Some(start_ms).filter(|start| *start > i64::MIN).map(Slot::from_ms),
            until: Some(end_ms).filter(|end| *end < i64::MAX).map(Slot::from_ms),
            ..self.filter.clone()
        }
    }
}

/// Options of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendQuery {
    /// The metric.
    pub metric: Metric,
    /// Length of a bucket.
    pub step: Step,
    /// The split.
    pub split: Split,
    /// Maximum number of series, besides one for the rest.
    pub most_series: usize,
    /// The period of comparison.
    pub compare: Compare,
}

/// The metrics by the names that they have in questions and answers.
pub const METRICS: [(&str, Metric); 10] = [
    ("cost_usd", Metric::Cost),
    ("total_tokens", Metric::TotalTokens),
    ("input_tokens", Metric::Input),
    ("output_tokens", Metric::Output),
    ("cache_read_tokens", Metric::CacheRead),
    ("cache_write_5m_tokens", Metric::CacheWrite5m),
    ("cache_write_1h_tokens", Metric::CacheWrite1h),
    ("responses", Metric::Responses),
    ("sessions", Metric::Sessions),
    ("cache_hit_rate", Metric::CacheHitRate),
];

/// The lengths of buckets by the names that they have in questions and answers.
pub const STEPS: [(&str, Step); 4] = [
    ("hour", Step::Hour),
    ("day", Step::Calendar(Bucket::Day)),
    ("week", Step::Calendar(Bucket::Week(Weekday::Mon))),
    ("month", Step::Calendar(Bucket::Month)),
];

/// Splits of trends, by their names on the wire.
pub const SPLITS: [(&str, Split); 4] =
    [("none", Split::Nothing), ("model", Split::Model), ("project", Split::Project), ("kind", Split::Kind)];

/// Returns the name of a value in one of the tables above.
pub(super) fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}
