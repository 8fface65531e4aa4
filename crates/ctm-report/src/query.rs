//! Query of a report: period, zone and filter.

use super::page::PageQuery;
use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, DateRange, HourOfWeek, Metric, RangePreset, Shift, Split, Step};
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
    /// The preceding period: the month before a month, and else as many days.
    #[default]
    Previous,
    /// The same days of the week, in the latest weeks before the period.
    SameWeekdays,
    /// The same days a year earlier.
    Year,
}

impl Compare {
    /// Returns the distance to the days to compare a period with; `None` without a comparison, and of all time.
    #[must_use]
    pub fn shift(self, period: Period, range: DateRange) -> Option<Shift> {
        match (self, period) {
            (Self::None, _) | (_, Period::ALL) => None,
            (Self::Previous, Period::Preset(preset)) => Some(Shift::to_previous(range, Some(preset))),
            (Self::Previous, Period::Between { .. }) => Some(Shift::to_previous(range, None)),
            (Self::SameWeekdays, _) => Some(Shift::to_same_weekdays(range)),
            (Self::Year, _) => Some(Shift::YEAR),
        }
    }
}

/// A query of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The days.
    pub period: Period,
    /// The zone in which they are days.
    pub tz: Tz,
    /// The filter by project, model, session and others; its times, if any, narrow the period.
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
            && !self.is_of_times()
    }

    /// Returns a filter for all usage of the requested homes, regardless of other filters.
    pub(super) fn account(&self) -> UsageFilter {
        UsageFilter { homes: self.filter.homes.clone(), ..UsageFilter::default() }
    }

    /// Returns the filter for a span of time, in UTC epoch milliseconds; `i64::MIN` and `i64::MAX`
    /// leave it open.
    pub(super) fn between_ms(&self, start_ms: EpochMs, end_ms: EpochMs) -> UsageFilter {
        let from = Some(start_ms).filter(|start| *start > EpochMs::MIN).map(Slot::after);
        let until = Some(end_ms).filter(|end| *end < EpochMs::MAX).map(Slot::after);
        UsageFilter {
            from: from.max(self.filter.from),
            until: until.into_iter().chain(self.filter.until).min(),
            ..self.filter.clone()
        }
    }

    /// Returns whether only a part of the days is requested, by time.
    pub(super) fn is_of_times(&self) -> bool {
        self.filter.from.is_some() || self.filter.until.is_some()
    }
}

/// What is requested of the sessions of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionQuery {
    /// The page of the list.
    pub page: PageQuery,
    /// The period of comparison.
    pub compare: Compare,
    /// Only usage in this hour of the week.
    pub hour_of_week: Option<HourOfWeek>,
    /// Only these sessions.
    pub sought: SoughtSessions,
}

impl From<PageQuery> for SessionQuery {
    fn from(page: PageQuery) -> Self {
        Self { page, compare: Compare::None, hour_of_week: None, sought: SoughtSessions::default() }
    }
}

/// The sessions to select from those of a period; by default all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoughtSessions {
    /// Words in lower case; each has to occur in the project or the branch, or begin the id.
    words: Vec<String>,
    /// Only active sessions, or only others.
    pub active: Option<bool>,
}

impl SoughtSessions {
    /// Selects the sessions with all words of a text.
    #[must_use]
    pub fn new(text: &str, active: Option<bool>) -> Self {
        Self { words: text.to_lowercase().split_whitespace().map(str::to_owned).collect(), active }
    }

    /// Returns whether sessions are selected by words.
    pub(super) fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Returns whether a session has all words, in its names or at the beginning of its id.
    pub(super) fn has_all_words(&self, id: &str, names: &[Option<&str>]) -> bool {
        let text =
            names.iter().map(|name| name.unwrap_or_default()).collect::<Vec<_>>().join("\n").to_lowercase();
        let id = id.to_lowercase();
        self.words.iter().all(|word| id.starts_with(word) || text.contains(word))
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
pub const METRICS: [(&str, Metric); 11] = [
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
    ("cache_saving_usd", Metric::CacheSaving),
];

/// The lengths of buckets by their names on the wire.
pub const STEPS: [(&str, Step); 4] = [
    ("hour", Step::Hour),
    ("day", Step::Calendar(Bucket::Day)),
    ("week", Step::Calendar(Bucket::Week(Weekday::Mon))),
    ("month", Step::Calendar(Bucket::Month)),
];

/// The periods of comparison by their names on the wire.
pub const COMPARED: [(&str, Compare); 4] = [
    ("none", Compare::None),
    ("previous", Compare::Previous),
    ("same-weekdays", Compare::SameWeekdays),
    ("year", Compare::Year),
];

/// The days that a week can begin on by their names on the wire.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// The splits of trends by their names on the wire.
pub const SPLITS: [(&str, Split); 4] =
    [("none", Split::Nothing), ("model", Split::Model), ("project", Split::Project), ("kind", Split::Kind)];

/// Returns the name of the length of a bucket, whatever day weeks begin on.
pub(super) fn name_of_step(step: Step) -> &'static str {
    name_of(&STEPS, &step.with_week_start(Weekday::Mon))
}

/// Returns the name of a value in one of the tables above.
pub(super) fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}
