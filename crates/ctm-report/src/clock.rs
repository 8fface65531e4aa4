//! The time: the only place that reads the system clock, so that everything else is testable.

use chrono::{DateTime, Utc};
use ctm_types::EpochMs;

/// A source of the time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system clock.
    System,
    /// A clock that is fixed at one time.
    Frozen(DateTime<Utc>),
}

impl Clock {
    /// Returns the system clock.
    #[must_use]
    pub fn system() -> Self {
        Self::System
    }

    /// Returns a clock that is fixed at `now`.
    #[must_use]
    pub fn frozen(now: DateTime<Utc>) -> Self {
        Self::Frozen(now)
    }

    /// Returns the time in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the only place that reads the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Frozen(now) => *now,
        }
    }

    /// Returns the time in UTC epoch milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> EpochMs {
        EpochMs(self.now().timestamp_millis())
    }
}
