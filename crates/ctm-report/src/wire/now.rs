//! The present state.

use super::{Block, BucketStart, Certainty, CurrentLimits, Meta, Previous, Time, Usage, Usd};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// The present state: active sessions, today by hour, and the current day, week, month and windows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Now {
    /// Today and the freshness.
    pub meta: Meta,
    /// Sessions with a response in the last 5 minutes, the most expensive at present first; none of a team, whose pace is unknown.
    pub sessions: Vec<ActiveSession>,
    /// US dollars per minute of all active sessions; null when the cost is unknown.
    pub usd_per_min: Option<f64>,
    /// How much of the usage `usd_per_min` covers.
    pub pace_certainty: Certainty,
    /// The hours of today.
    pub hours: Vec<HourOfToday>,
    /// Yesterday until the same time.
    pub previous: Option<Previous>,
    /// Today.
    pub day: CurrentSpan,
    /// The current week.
    pub week: CurrentSpan,
    /// The current month.
    pub month: CurrentSpan,
    /// The active block; null if there is none, and of projects: a block is that of homes.
    pub block: Option<Block>,
    /// The official limits; null when none is known, and of projects: a limit is that of an account.
    pub limits: Option<CurrentLimits>,
}

/// A session with a response in the last 5 minutes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActiveSession {
    /// Its id.
    pub id: String,
    /// The project of its last response.
    pub project: String,
    /// Display name of the project; invisible characters are escaped as `\u{200b}`.
    pub project_label: String,
    /// The model of its last response.
    pub model: String,
    /// Display name of the model; invisible characters are escaped as `\u{200b}`.
    pub model_label: String,
    /// Time of its last response.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Time,
    /// US dollars per minute in the last 10 minutes, or since its first response if that is later; null when the cost
    /// is unknown.
    pub usd_per_min: Option<f64>,
    /// How much of the usage `usd_per_min` covers.
    pub certainty: Certainty,
}

/// An hour of today.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HourOfToday {
    /// Its start, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub start_at: BucketStart,
    /// Cost; null when it is unknown.
    pub cost_usd: Option<Usd>,
    /// How much of the usage `cost_usd` covers.
    pub certainty: Certainty,
    /// Cost of the same hour of yesterday, until the present time of the day; null in hours to come, and where it is
    /// unknown.
    pub previous_cost_usd: Option<Usd>,
    /// How much of the usage `previous_cost_usd` covers.
    pub previous_certainty: Certainty,
}

/// The current day, week or month.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CurrentSpan {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The elapsed part of its time, from 0 to 1.
    pub elapsed: f64,
    /// Its usage.
    #[serde(flatten)]
    pub usage: Usage,
}
