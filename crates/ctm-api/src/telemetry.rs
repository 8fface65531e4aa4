//! Telemetry that the server received, beside what is stored of it.

use ctm_report::wire;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use utoipa::ToSchema;

/// What was received since the server started, while it is counted.
#[derive(Debug, Default)]
pub struct Received {
    /// Log records.
    pub records: AtomicU64,
    /// Reports of requests that were stored, or were known.
    pub reports: AtomicU64,
    /// Reports of requests without their id.
    pub without_request: AtomicU64,
    /// Rejected records.
    pub rejected: AtomicU64,
    /// Metrics.
    pub metrics: AtomicU64,
    /// Requests that were refused as a whole.
    pub refused: AtomicU64,
}

/// What was received since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceivedCounts {
    /// Log records, of which most report something else than a request.
    pub records: u64,
    /// Reports of requests.
    pub reports: u64,
    /// Reports without the id of their request, which cannot be joined with a response.
    pub without_request: u64,
    /// Rejected records.
    pub rejected: u64,
    /// Metrics, of which nothing is kept.
    pub metrics: u64,
    /// Requests that were refused as a whole.
    pub refused: u64,
}

/// Telemetry, stored and received.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TelemetryAnswer {
    /// What is stored.
    #[serde(flatten)]
    pub stored: wire::Telemetry,
    /// What was received since the server started.
    pub received: ReceivedCounts,
}

impl Received {
    /// Returns the present counts.
    #[must_use]
    pub fn counts(&self) -> ReceivedCounts {
        let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ReceivedCounts {
            records: now(&self.records),
            reports: now(&self.reports),
            without_request: now(&self.without_request),
            rejected: now(&self.rejected),
            metrics: now(&self.metrics),
            refused: now(&self.refused),
        }
    }
}
