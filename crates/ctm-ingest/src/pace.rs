//! Polling interval of the complete listing.
//!
//! A look at everything costs a question to the system for every transcript, whether anything changed or
//! not. So it is paid for with a pause: with file events it only makes up for events that were lost.

use std::time::Duration;
use tokio::time::Instant;

/// A look is followed by a pause of so many times its length: looks take two hundredths of the time.
const PAUSE: u32 = 50;

/// The same for a look that something asks for: events were lost, or say that a folder of folders moved.
const SHORT_PAUSE: u32 = 4;

/// A pause is no longer than so many poll intervals: the first look after a start finds nothing in the
/// system's memory, and takes far longer than the next ones.
const INTERVALS: u32 = 10;

/// Time of the next complete listing.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    /// When it is looked at in any case.
    next: Instant,
    /// Before that it is not looked at, even when something asks for it.
    earliest: Instant,
}

impl Pace {
    /// Returns the pace of looks that are an interval apart, or more where they take long. The first is
    /// due at once.
    pub(crate) fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, next: now, earliest: now }
    }

    /// Returns when everything is looked at next.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Has everything looked at as soon as it may be. Returns whether it may be now.
    pub(crate) fn hurry(&mut self, now: Instant) -> bool {
        self.next = self.next.min(self.earliest);
        self.earliest <= now
    }

    /// Begins the pause after a look, which took so long.
    pub(crate) fn looked(&mut self, took: Duration, now: Instant) {
        let most = self.interval.saturating_mul(INTERVALS);
        let pause = |times: u32| took.saturating_mul(times).min(most);
        self.earliest = now + pause(SHORT_PAUSE);
        self.next = now + pause(PAUSE).max(self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_look_is_followed_by_a_pause_that_it_pays_for() {
        let start = Instant::now();
        // Milliseconds that a look takes, seconds until the next one, and until one that something asks for.
        for (took_ms, in_any_case, at_once) in [(0, 30, 0), (500, 30, 2), (1_000, 50, 4), (600_000, 300, 300)]
        {
            let mut pace = Pace::new(30 * SECOND, start);
            assert!(pace.next() == start && pace.hurry(start));
            pace.looked(Duration::from_millis(took_ms), start);
            assert_eq!(pace.next(), start + in_any_case * SECOND, "{took_ms}");
            assert_eq!(pace.hurry(start), at_once == 0, "{took_ms}");
            assert_eq!(pace.next(), start + at_once * SECOND, "{took_ms}");
            assert!(pace.hurry(pace.next()));
        }
    }
}
