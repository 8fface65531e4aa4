//! Query of a report: period, zone and filter.

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, DateRange, Metric, RangePreset, Split, Step};
use ctm_facts::UsageFilter;
use ctm_types::{EpochMs, Slot};

/// The requested days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days relative to today.
    Preset(RangePreset),
    /// From one day to another, both included; a missing end is the first or last day of usage.
    Between {
        /// First day.
        from: Option<NaiveDate>,
        /// Last day.
        to: Option<NaiveDate>,
    },
}

impl Period {
    /// All time.
    pub const ALL: Self = Self::Preset(RangePreset::All);

    /// Returns the days, given today and the days with usage.
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
    /// No comparison.
    None,
    /// The preceding period of the same length.
    #[default]
    Previous,
    /// The same days a year earlier.
    Year,
}

impl Compare {
    /// Returns the days to compare a period with; `None` before the first
    /// usage, or before the first representable day.
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

/// A query of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The days.
    pub period: Period,
    /// The zone in which they are days.
    pub tz: Tz,
    /// The filter by project, model, session and others; its times are set from the period.
    pub filter: UsageFilter,
}

impl Query {
    /// Everything, in UTC days.
    #[must_use]
    pub fn all() -> Self {
        Self { period: Period::ALL, tz: Tz::UTC, filter: UsageFilter::default() }
    }

    /// Returns whether Claude Code's own statistics can answer it: they only distinguish days and models.
    pub(super) fn suits_stats_cache(&self) -> bool {
        let filter = &self.filter;
        filter.projects.is_empty()
            && filter.folders.is_empty()
            && filter.sessions.is_empty()
            && filter.sidechain.is_none()
    }

    /// Returns a filter for all usage of the requested homes, regardless of other filters.
    pub(super) fn account(&self) -> UsageFilter {
        UsageFilter { homes: self.filter.homes.clone(), ..UsageFilter::default() }
    }

    /// Returns the filter for a span of time, in UTC epoch milliseconds; `i64::MIN` and `i64::MAX`
    /// leave it open.
    pub(super) fn between_ms(&self, start_ms: EpochMs, end_ms: EpochMs) -> UsageFilter {
        UsageFilter {
            from: Some(start_ms).filter(|start| *start > EpochMs::MIN).map(Slot::after),
            until: Some(end_ms).filter(|end| *end < EpochMs::MAX).map(Slot::after),
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

/// The metrics by their names on the wire.
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

/// The lengths of buckets by their names on the wire.
pub const STEPS: [(&str, Step); 4] = [
    ("hour", Step::Hour),
    ("day", Step::Calendar(Bucket::Day)),
    ("week", Step::Calendar(Bucket::Week(Weekday::Mon))),
    ("month", Step::Calendar(Bucket::Month)),
];

/// The splits of trends by their names on the wire.
pub const SPLITS: [(&str, Split); 4] =
    [("none", Split::Nothing), ("model", Split::Model), ("project", Split::Project), ("kind", Split::Kind)];

/// Returns the name of a value in one of the tables above.
pub(super) fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}
