//! Rate limits: of clients by their network, and of a single connection.
//!
//! # Design
//!
//! The generic cell rate algorithm: the only state of a client is the time at which its allowance is full
//! again. A limit can be checked without being charged, because only failed logins count. Known crates always
//! charge, so none is used.

use ctm_config::networks::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum number of networks with a stored state. Beyond it, idle networks are removed, or all of them.
const MAX_NETWORKS: usize = 10_000;

/// A permitted number of events per time.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    every: Duration,
    burst: u32,
}

impl RateLimit {
    /// Allows one event per `every`, and up to `burst` at once.
    #[must_use]
    pub const fn new(every: Duration, burst: u32) -> Self {
        Self { every, burst }
    }
}

/// The events of a client, measured against a rate.
#[derive(Debug, Clone, Copy)]
pub struct Gcra {
    /// Time at which the allowance is full again.
    full_at: Instant,
}

impl Gcra {
    /// Creates a limiter without events.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Returns the wait for the next event, if it is not allowed now.
    fn wait(self, rate: RateLimit, now: Instant) -> Option<Duration> {
        let counted = self.full_at.saturating_duration_since(now);
        let wait = (counted + rate.every).saturating_sub(rate.every * rate.burst);
        Some(wait).filter(|wait| !wait.is_zero())
    }

    /// Counts an event.
    ///
    /// # Errors
    ///
    /// Fails with the time until the next event is allowed, and counts nothing.
    pub fn take(&mut self, rate: RateLimit, now: Instant) -> Result<(), Duration> {
        match self.wait(rate, now) {
            Some(wait) => Err(wait),
            None => {
                self.full_at = self.full_at.max(now) + rate.every;
                Ok(())
            }
        }
    }
}

/// A rate limit per network.
#[derive(Debug)]
pub struct RateLimiter {
    rate: RateLimit,
    networks: Mutex<HashMap<IpAddr, Gcra>>,
}

impl RateLimiter {
    /// Creates a limiter without events.
    #[must_use]
    pub fn new(rate: RateLimit) -> Self {
        Self { rate, networks: Mutex::default() }
    }

    /// Returns the wait for the next event of an address, if it is not allowed now.
    #[must_use]
    pub fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        self.networks().get(&network(address))?.wait(self.rate, now)
    }

    /// Counts an event of an address.
    ///
    /// # Errors
    ///
    /// Fails with the time until the next event is allowed, and counts nothing.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut networks = self.networks();
        let network = network(address);
        if networks.len() >= MAX_NETWORKS && !networks.contains_key(&network) {
            networks.retain(|_, gcra| gcra.full_at > now);
            if networks.len() >= MAX_NETWORKS {
                networks.clear();
            }
        }
        networks.entry(network).or_insert_with(|| Gcra::new(now)).take(self.rate, now)
    }

    fn networks(&self) -> MutexGuard<'_, HashMap<IpAddr, Gcra>> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_event_in_every_period() {
        let limiter = RateLimiter::new(RateLimit::new(SECOND, 3));
        let (peer, start) = (address("192.0.2.1"), Instant::now());
        let take = |after_ms: u64| limiter.take(peer, start + Duration::from_millis(after_ms));
        assert_eq!([take(0), take(0), take(0)], [Ok(()); 3]);
        assert_eq!([take(0), take(0)], [Err(SECOND); 2]);
        assert_eq!(take(900), Err(SECOND / 10));
        assert_eq!([take(1_000), take(1_000)], [Ok(()), Err(SECOND)]);
        assert_eq!([take(60_000), take(60_000), take(60_000)], [Ok(()); 3]);
        assert!(take(60_000).is_err());
    }

    #[test]
    fn a_limit_that_is_not_used_is_not_saved_up() {
        let rate = RateLimit::new(SECOND / 20, 40);
        let start = Instant::now();
        let mut gcra = Gcra::new(start);
        let mut allowed =
            |after, events: usize| (0..events).filter(|_| gcra.take(rate, start + after).is_ok()).count();
        assert_eq!(
            [allowed(Duration::ZERO, 41), allowed(SECOND, 21), allowed(3_600 * SECOND, 100)],
            [40, 20, 40]
        );
    }

    #[test]
    fn a_check_is_not_charged() {
        let limiter = RateLimiter::new(RateLimit::new(SECOND, 2));
        let (peer, now) = (address("192.0.2.1"), Instant::now());
        assert_eq!([limiter.wait(peer, now), limiter.wait(peer, now)], [None; 2]);
        assert_eq!([limiter.take(peer, now), limiter.take(peer, now)], [Ok(()); 2]);
        assert_eq!([limiter.wait(peer, now), limiter.wait(peer, now)], [Some(SECOND); 2]);
    }

    #[test]
    fn addresses_of_one_network_share_a_limit_and_others_do_not() {
        let limiter = RateLimiter::new(RateLimit::new(SECOND, 1));
        let now = Instant::now();
        let take = |peer: &str| limiter.take(address(peer), now).is_ok();
        assert!(take("192.0.2.1") && take("192.0.2.2") && take("2001:db8::1") && take("2001:db8:0:1::1"));
        assert!(!take("::ffff:192.0.2.1") && !take("2001:db8::2"));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = RateLimiter::new(RateLimit::new(SECOND, 1));
        let start = Instant::now();
        for number in 0..30_000_u32 {
            assert_eq!(limiter.take(IpAddr::from(number.to_be_bytes()), start), Ok(()));
        }
        assert!(limiter.networks.lock().unwrap().len() <= MAX_NETWORKS);
    }
}
