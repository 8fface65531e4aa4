//! The only place in this crate that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time, in UTC epoch milliseconds.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
