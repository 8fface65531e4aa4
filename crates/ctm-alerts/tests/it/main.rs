//! Tests of alert rules over time.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod properties;
mod year;

use ctm_alerts::{AlertRule, Watched};

/// Returns a rule without quiet hours and cooldown.
fn rule(name: &str, watched: Watched) -> AlertRule {
    AlertRule { name: name.to_owned(), watched, quiet: None, cooldown_minutes: 0 }
}
