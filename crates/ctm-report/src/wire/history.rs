//! Snapshots, and the data coverage of days.

use super::{FactSource, ImportedUsage, Time, Usage};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Snapshots of the totals, and the data coverage of each day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct History {
    /// First day of `coverage`, in UTC.
    pub from: NaiveDate,
    /// Last day of `coverage`, in UTC.
    pub to: NaiveDate,
    /// A page of snapshots.
    pub items: Vec<Snapshot>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Number of snapshots on all pages.
    pub total: u64,
    /// The coverage of every UTC day. If there are more than 3,660 days, those without data are
    /// omitted.
    pub coverage: Vec<CoveredDay>,
    /// What other programs counted on these days, by first day; included in no sum.
    pub imported: Vec<ImportedUsage>,
}

/// A snapshot: the totals of all usage at a moment, as they were reported then.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Snapshot {
    /// Its number.
    pub id: i64,
    /// Time at which it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: Time,
    /// The data version that it was taken at.
    pub data_version: u64,
    /// The version of the price table that it was priced with.
    pub price_version: String,
    /// The total usage at that time.
    pub totals: Usage,
}

/// The data coverage of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoveredDay {
    /// The day, in UTC.
    pub date: NaiveDate,
    /// The source of the data.
    pub source: FactSource,
    /// Presence of its transcripts; null for a day without events.
    pub transcripts: Option<Presence>,
    /// Other programs that counted the day.
    pub programs: Vec<&'static str>,
}

/// Presence of transcripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// All of them.
    Present,
    /// Some of them.
    Partial,
    /// None: only the database covers the day.
    Gone,
}
