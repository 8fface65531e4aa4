//! Official limits.

use super::{PromptCache, ReportedMisses, Time};
use chrono::NaiveDate;
use ctm_aggregate::limits;
use ctm_config::settings::ZoneSource;
use serde::Serialize;
use utoipa::ToSchema;

/// Utilization of the subscription's rate limits, as Claude Code reported it to `ctm statusline`; nothing is
/// estimated.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Limits {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone in which these are days.
    pub tz: &'static str,
    /// The source of the zone.
    pub tz_source: ZoneSource,
    /// The current windows; null when none is known.
    pub current: Option<CurrentLimits>,
    /// Limit samples by time; of each window only the new maxima.
    pub samples: Vec<LimitSample>,
    /// Times at which limits were reached, once per window.
    pub hits: Vec<LimitHit>,
    /// Prompt caches of the sessions that reported one in the last hour, the latest report first; at most 20.
    pub caches: Vec<PromptCache>,
    /// Misses of prompt caches on these days.
    pub cache_misses: ReportedMisses,
}

/// The current windows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentLimits {
    /// Label of the Claude home with the latest report; null when it is unknown.
    pub source: Option<String>,
    /// The 5-hour window; null when unknown.
    pub five_hour: Option<CurrentLimit>,
    /// The 7-day window; null when unknown.
    pub seven_day: Option<CurrentLimit>,
    /// Limits of single models and of spending, if Claude Code reports them.
    pub others: Vec<OtherLimit>,
}

impl CurrentLimits {
    /// Returns the current windows of a home's account.
    #[must_use]
    pub fn of(current: &limits::CurrentLimits<'_>, source: Option<String>) -> Self {
        let limit = |limit: limits::CurrentLimit<'_>| CurrentLimit {
            used_percentage: limit.sample.used_percentage,
            resets_at: limit.sample.resets_at_ms.map(Time::of),
            sampled_at: Time::of(limit.sample.last_at_ms),
            percent_per_h: limit.pace.map(|pace| pace.percent_per_hour),
            runs_out_at: limit.pace.and_then(|pace| pace.runs_out_ms).map(Time::of),
        };
        let other = |other: &limits::CurrentLimit<'_>| OtherLimit {
            window: other.sample.window.name(),
            limit: limit(*other),
        };
        Self {
            source,
            five_hour: current.five_hour.map(limit),
            seven_day: current.seven_day.map(limit),
            others: current.others.iter().map(other).collect(),
        }
    }
}

/// The current window of a model or spending limit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OtherLimit {
    /// `seven_day_opus`, `seven_day_sonnet`, `seven_day_haiku`, `seven_day_fable`, `seven_day_mythos` or
    /// `spend_limit`.
    pub window: &'static str,
    /// Its utilization.
    #[serde(flatten)]
    pub limit: CurrentLimit,
}

/// The current window of a limit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentLimit {
    /// The used part in percent; it can be above 100.
    pub used_percentage: f64,
    /// Time at which the limit resets; null when it was not reported.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
    /// Time at which the value was last reported.
    #[schema(value_type = String, format = DateTime)]
    pub sampled_at: Time,
    /// The pace in percent per hour, from the samples of the last fifth of the window; null with too few of them.
    pub percent_per_h: Option<f64>,
    /// Time at which the limit is reached at this pace; null when it resets before, is reached already, or the pace is
    /// unknown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub runs_out_at: Option<Time>,
}

/// A limit sample: a reported value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitSample {
    /// Label of the Claude home; null when unknown.
    pub source: Option<String>,
    /// `five_hour`, `seven_day`, or the window of a model or spending limit.
    pub window: &'static str,
    /// The used part in percent; it can be above 100.
    pub used_percentage: f64,
    /// Time at which the limit resets; null when it was not reported.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
    /// Time at which the value was first reported.
    #[schema(value_type = String, format = DateTime)]
    pub sampled_at: Time,
}

/// A limit that reached 100 %.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitHit {
    /// Label of the Claude home; null when unknown.
    pub source: Option<String>,
    /// `five_hour`, `seven_day`, or the window of a model or spending limit.
    pub window: &'static str,
    /// Time at which 100 % was first reported.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Time at which the limit reset; null when it was not reported.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
}
