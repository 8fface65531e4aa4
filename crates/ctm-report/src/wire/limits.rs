//! Official limits.

use super::Time;
use chrono::NaiveDate;
use ctm_config::settings::ZoneSource;
use serde::Serialize;
use utoipa::ToSchema;

/// `GET /limits`: how much of the limits of a subscription was used, as Claude Code told
/// `ctm statusline`; nothing of it is guessed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Limits {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone in which these are days.
    pub tz: &'static str,
    /// What says the zone.
    pub tz_source: ZoneSource,
    /// The windows that go on now; null when nothing is known of any.
    pub current: Option<CurrentLimits>,
    /// Figures that were told, in order of time: of each window those that are above all before.
    pub samples: Vec<LimitSample>,
    /// When limits were reached, in order of time: once for each window.
    pub hits: Vec<LimitHit>,
}

/// The windows that go on now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentLimits {
    /// Label of the Claude home that was told of last; null when it is not known.
    pub source: Option<String>,
    /// The window of five hours; null when nothing is known of it.
    pub five_hour: Option<CurrentLimit>,
    /// The window of seven days; null when nothing is known of it.
    pub seven_day: Option<CurrentLimit>,
    /// Limits of single models and of spending, as far as Claude Code reports them.
    pub others: Vec<OtherLimit>,
}

impl CurrentLimits {
    /// Returns the current windows of the account of a home.
    #[must_use]
    pub fn of(current: &ctm_aggregate::limits::CurrentLimits<'_>, source: Option<String>) -> Self {
        let limit = |sample: &ctm_types::LimitSample| CurrentLimit {
            used_percentage: sample.used_percentage,
            resets_at: sample.resets_at_ms.map(super::Time::of),
            sampled_at: super::Time::of(sample.last_at_ms),
        };
        let other = |sample: &&ctm_types::LimitSample| OtherLimit {
            window: sample.window.name(),
            limit: limit(sample),
        };
        Self {
            source,
            five_hour: current.five_hour.map(limit),
            seven_day: current.seven_day.map(limit),
            others: current.others.iter().map(other).collect(),
        }
    }
}

/// The current window of a limit of a model or of spending.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OtherLimit {
    /// `seven_day_opus`, `seven_day_sonnet`, `seven_day_haiku`, `seven_day_fable`, `seven_day_mythos` or
    /// `spend_limit`.
    pub window: &'static str,
    /// How much of it is used.
    #[serde(flatten)]
    pub limit: CurrentLimit,
}

/// A window that goes on now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentLimit {
    /// The used part in percent; it can be above 100.
    pub used_percentage: f64,
    /// When the limit begins anew; null when it was not told.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
    /// When the figure was told last.
    #[schema(value_type = String, format = DateTime)]
    pub sampled_at: Time,
}

/// A figure that was told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitSample {
    /// Label of the Claude home; null when it is not known.
    pub source: Option<String>,
    /// `five_hour`, `seven_day`, or the window of a model or of spending.
    pub window: &'static str,
    /// The used part in percent; it can be above 100.
    pub used_percentage: f64,
    /// When the limit begins anew; null when it was not told.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
    /// When the figure was told first.
    #[schema(value_type = String, format = DateTime)]
    pub sampled_at: Time,
}

/// A limit that was reached.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitHit {
    /// Label of the Claude home; null when it is not known.
    pub source: Option<String>,
    /// `five_hour`, `seven_day`, or the window of a model or of spending.
    pub window: &'static str,
    /// When 100 % was told first.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// When the limit began anew; null when it was not told.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resets_at: Option<Time>,
}
