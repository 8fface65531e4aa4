//! How many sessions and subagents are active at once.

use super::{BucketStart, Meta, Time};
use serde::Serialize;
use utoipa::ToSchema;

/// For how long how many sessions and subagents are active at once. The times of `items` add up to those of the period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConcurrencyStats {
    /// The period, the filter and the freshness.
    pub meta: Meta,
    /// Length of a bucket.
    pub bucket: &'static str,
    /// For how long a session is active from each of its responses on, in minutes.
    pub active_minutes: u64,
    /// The buckets, the earliest first.
    pub items: Vec<ConcurrencyItem>,
    /// Sessions of the period: one is active while it or one of its subagents is.
    pub sessions: AtOnce,
    /// Subagents of the period.
    pub subagents: AtOnce,
}

/// The time of a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConcurrencyItem {
    /// Start of the bucket: a time of an hour, else a day.
    #[schema(value_type = String)]
    pub start: BucketStart,
    /// Sessions: one is active while it or one of its subagents is.
    pub sessions: AtOnce,
    /// Subagents.
    pub subagents: AtOnce,
}

/// Time by how many are active at once, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AtOnce {
    /// The most at once.
    pub peak: u64,
    /// Since when there were as many first; null without any.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub peak_at: Option<Time>,
    /// `total_ms` divided by `active_ms`; null without any.
    pub mean: Option<f64>,
    /// Time with at least one.
    pub active_ms: u64,
    /// Time with exactly one.
    pub one_ms: u64,
    /// Time with exactly two.
    pub two_ms: u64,
    /// Time with three or more.
    pub more_ms: u64,
    /// Sum of the times of each.
    pub total_ms: u64,
}
