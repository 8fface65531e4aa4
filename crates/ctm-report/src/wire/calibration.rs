//! What one percent of an official limit buys.

use super::{Time, Usd};
use chrono::NaiveDate;
use ctm_config::settings::ZoneSource;
use serde::Serialize;
use utoipa::ToSchema;

/// What one percent of each official limit buys: reported percentages, joined with the usage of the same Claude home at the same
/// time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitCalibrations {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The zone in which these are days.
    pub tz: &'static str,
    /// The source of the zone.
    pub tz_source: ZoneSource,
    /// Version of the price table.
    pub price_version: String,
    /// Number of observations from which on a rate is known.
    pub fewest_observations: usize,
    /// The limits with a report, of 5 hours and of 7 days.
    pub limits: Vec<LimitCalibration>,
}

/// What one percent of a limit buys.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitCalibration {
    /// Label of the Claude home; null when unknown.
    pub source: Option<String>,
    /// `five_hour` or `seven_day`.
    pub window: &'static str,
    /// Number of windows with a report.
    pub windows: usize,
    /// Number of observations: rises of at least 1 % between two reports.
    pub observations: usize,
    /// Observations whose usage has no known cost, and which are in no rate.
    pub unpriced_observations: usize,
    /// The rates, the earliest first; empty with too few observations.
    pub rates: Vec<LimitRate>,
    /// Percent that the usage here does not explain, in all: at least as much was used elsewhere; null without a rate.
    pub elsewhere_percent: Option<f64>,
    /// Number of observations that the usage here does not explain.
    pub elsewhere_observations: usize,
    /// The latest of them, the earliest first; at most 20.
    pub elsewhere: Vec<ElsewhereUse>,
    /// Windows that were reset before their end, the earliest first.
    pub early_resets: Vec<EarlyReset>,
}

/// What one percent buys over a stretch of time in which the rate does not change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LimitRate {
    /// Time of its first report.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Time of its last report.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// Number of its observations.
    pub observations: usize,
    /// Cost of one percent at list prices: the median of the observations.
    pub usd_per_percent: Usd,
    /// A quarter of the observations is below.
    pub usd_lower: Usd,
    /// A quarter of the observations is above.
    pub usd_upper: Usd,
    /// Tokens of one percent: the median of the observations.
    pub tokens_per_percent: u64,
    /// A quarter of the observations is below.
    pub tokens_lower: u64,
    /// A quarter of the observations is above.
    pub tokens_upper: u64,
    /// Difference to the cost of one percent before, as a part of it: -0.18 is 18 % less; null for the first rate.
    pub change: Option<f64>,
    /// Probability of such a difference without a change; null for the first rate.
    pub p_value: Option<f64>,
}

/// A rise that the usage here does not explain.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ElsewhereUse {
    /// Time of the report before.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Time of the report after.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// The rise in percent.
    pub percent: f64,
    /// The part of the rise that the usage here does not explain, in percent.
    pub unexplained_percent: f64,
}

/// A window that was reset before its end.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EarlyReset {
    /// Time of the first report after it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Time at which the window should have ended.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Time,
    /// Utilization before, in percent.
    pub used_before: f64,
    /// Utilization after, in percent.
    pub used_after: f64,
}
