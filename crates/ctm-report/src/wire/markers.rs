//! Markers and notes by day.

use super::{Note, Price};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Markers and notes of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Markers {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Time zone of the days of `markers`.
    pub tz: &'static str,
    /// Markers, the oldest first: at most one per day for first uses of
    /// models, one for first uses of versions, and one for each model with a changed price.
    pub markers: Vec<Marker>,
    /// Notes, the oldest day first.
    pub notes: Vec<Note>,
}

/// A changed price or first uses on a day: it follows from the facts and the price table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Marker {
    /// The day; in UTC if it is that of a price.
    pub date: NaiveDate,
    /// The kind.
    pub kind: MarkerKind,
    /// Names of the models or versions, in the order of their first use; at most 20.
    pub names: Vec<String>,
    /// Number of further names.
    pub more: usize,
    /// The changed price, in US dollars per million tokens; null for other kinds.
    pub price: Option<PriceChange>,
}

/// The kind of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// The price of a model changed that was used in the 30 days before.
    Price,
    /// Models were first used.
    Model,
    /// Versions of Claude Code were first used.
    Version,
}

/// A changed price.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PriceChange {
    /// The former price.
    pub before: Price,
    /// The new price.
    pub after: Price,
}
