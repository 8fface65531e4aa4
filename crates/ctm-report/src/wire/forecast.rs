//! Forecasts.

use super::{Certainty, Meta, Time, Usd};
use chrono::NaiveDate;
use ctm_types::PicoUsd;
use serde::Serialize;
use utoipa::ToSchema;

/// What the active block and the current day, week and month will use.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Forecasts {
    /// The usage that the forecasts rest on, and its freshness.
    pub meta: Meta,
    /// The periods: `block` while one is active, `day`, `week` and `month`.
    pub items: Vec<PeriodForecast>,
}

/// What a period will use.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PeriodForecast {
    /// `block`, `day`, `week` or `month`.
    pub period: &'static str,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// End, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Time,
    /// How much of the usage the costs cover.
    pub certainty: Certainty,
    /// The cost at the end of the period.
    pub cost: CostForecast,
    /// The tokens at the end of the period.
    pub tokens: TokenForecast,
}

/// The cost at the end of a period. In the long run, four of five intervals contain it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CostForecast {
    /// Cost so far, in US dollars.
    #[schema(value_type = f64)]
    pub used_usd: Usd,
    /// Low end of the interval; null if there is no forecast.
    #[schema(value_type = Option<f64>)]
    pub low_usd: Option<Usd>,
    /// Median; null if there is no forecast.
    #[schema(value_type = Option<f64>)]
    pub median_usd: Option<Usd>,
    /// High end of the interval; null if there is no forecast.
    #[schema(value_type = Option<f64>)]
    pub high_usd: Option<Usd>,
    /// Number of earlier stretches that it rests on, at most 28. There is no forecast from fewer than nine, before the first usage
    /// of the period, or within half an hour of the first response of a block.
    pub stretches: u64,
}

impl Default for CostForecast {
    fn default() -> Self {
        Self { used_usd: Usd(PicoUsd::ZERO), low_usd: None, median_usd: None, high_usd: None, stretches: 0 }
    }
}

/// The tokens of all kinds at the end of a period. In the long run, four of five intervals contain them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenForecast {
    /// Tokens so far.
    pub used: u64,
    /// Low end of the interval; null if there is no forecast.
    pub low: Option<u64>,
    /// Median; null if there is no forecast.
    pub median: Option<u64>,
    /// High end of the interval; null if there is no forecast.
    pub high: Option<u64>,
    /// Number of earlier stretches that it rests on, as for the cost.
    pub stretches: u64,
}
