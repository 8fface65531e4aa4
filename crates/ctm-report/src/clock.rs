//! The time: the one place that asks for it, so that everything else can be given any.

use chrono::{DateTime, Utc};

/// A source of the time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that always shows the same time.
    Frozen(DateTime<Utc>),
}

impl Clock {
    /// Returns the machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::System
    }

    /// Returns a clock that always shows `now`.
    #[must_use]
    pub fn frozen(now: DateTime<Utc>) -> Self {
        Self::Frozen(now)
    }

    /// Returns the time in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Frozen(now) => *now,
        }
    }

    /// Returns the time in UTC epoch milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now().timestamp_millis()
    }
}
