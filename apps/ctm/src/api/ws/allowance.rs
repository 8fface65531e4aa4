//! Rate limit of the messages of a client.

use std::time::Duration;
use tokio::time::Instant;

/// Cost of a message: twenty a second are allowed.
const COST: Duration = Duration::from_millis(50);

/// Burst: forty messages at once.
const CREDIT: Duration = Duration::from_secs(2);

/// A debt that grows with every message and shrinks with time.
#[derive(Debug)]
pub(super) struct Allowance {
    paid_at: Instant,
}

impl Allowance {
    /// Begins without debt.
    pub(super) fn new(now: Instant) -> Self {
        Self { paid_at: now }
    }

    /// Charges a message, and returns whether it is allowed.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        self.paid_at = self.paid_at.max(now) + COST;
        self.paid_at <= now + CREDIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many of `messages` at once are allowed.
    fn allowed(allowance: &mut Allowance, now: Instant, messages: usize) -> usize {
        (0..messages).filter(|_| allowance.allows(now)).count()
    }

    #[test]
    fn forty_at_once_and_twenty_a_second_are_allowed() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert_eq!(allowed(&mut allowance, start, 40), 40);
        assert_eq!(allowed(&mut allowance, start + Duration::from_secs(1), 20), 20);
        assert_eq!(allowed(&mut allowance, start + Duration::from_secs(1), 1), 0);
    }

    #[test]
    fn what_is_not_used_is_not_saved_up() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert_eq!(allowed(&mut allowance, start + Duration::from_secs(3_600), 100), 40);
    }
}
