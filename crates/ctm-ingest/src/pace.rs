//! Polling interval of the complete listing.
//!
//! A complete listing costs a system call for every transcript, whether anything changed or
//! not. So it is followed by a pause: with file events it only makes up for lost events.

use std::time::Duration;
use tokio::time::Instant;

/// Pause after a listing, as a multiple of its duration: listings take a two-hundredth of the time.
const PAUSE: u32 = 50;

/// The same for a requested listing: events were lost, or report that a folder of folders was moved.
const SHORT_PAUSE: u32 = 4;

/// Maximum pause as a multiple of the poll interval: the first listing after a start finds nothing in the
/// system's cache, and takes far longer than the next ones.
const INTERVALS: u32 = 10;

/// Time of the next complete listing.
#[derive(Debug)]
pub(crate) struct ListingSchedule {
    interval: Duration,
    /// Time of the next listing in any case.
    next: Instant,
    /// Earliest time of the next listing, even when one is requested.
    earliest: Instant,
}

impl ListingSchedule {
    /// Creates the pace of listings at an interval, or a longer one if they take long. The first is
    /// due at once.
    pub(crate) fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, next: now, earliest: now }
    }

    /// Returns the time of the next listing.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Requests a listing as soon as possible. Returns whether it is possible now.
    pub(crate) fn hurry(&mut self, now: Instant) -> bool {
        self.next = self.next.min(self.earliest);
        self.earliest <= now
    }

    /// Begins the pause after a listing of this duration.
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
        // Milliseconds that a listing takes, seconds until the next one, and until a requested one.
        for (took_ms, in_any_case, at_once) in [(0, 30, 0), (500, 30, 2), (1_000, 50, 4), (600_000, 300, 300)]
        {
            let mut pace = ListingSchedule::new(30 * SECOND, start);
            assert!(pace.next() == start && pace.hurry(start));
            pace.looked(Duration::from_millis(took_ms), start);
            assert_eq!(pace.next(), start + in_any_case * SECOND, "{took_ms}");
            assert_eq!(pace.hurry(start), at_once == 0, "{took_ms}");
            assert_eq!(pace.next(), start + at_once * SECOND, "{took_ms}");
            assert!(pace.hurry(pace.next()));
        }
    }
}
