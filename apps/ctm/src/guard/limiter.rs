//! Rate limiter by address.
//!
//! # Design
//!
//! The generic cell rate algorithm: of an address nothing is kept but the moment at which all that
//! it did is forgotten. A limiter can be asked without being charged, because of logins only
//! those that fail count. Known crates charge with the question, which is why none is used.

use crate::networks::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses that are kept; who has that many may as well be forgotten.
const MOST_ADDRESSES: usize = 10_000;

/// Lets every address do something once in a while, and a few times at once.
#[derive(Debug)]
pub(super) struct Limiter {
    every: Duration,
    at_once: u32,
    forgotten_at: Mutex<HashMap<IpAddr, Instant>>,
}

impl Limiter {
    /// Lets something happen once in every `every`, and as much as `at_once` times together.
    pub(super) fn new(every: Duration, at_once: u32) -> Self {
        Self { every, at_once, forgotten_at: Mutex::default() }
    }

    /// Returns how long an address has to wait, if it has to.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let forgotten_at = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.wait_until(forgotten_at.get(&network(address)).copied(), now)
    }

    /// Counts once more, or returns how long the address has to wait.
    pub(super) fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut forgotten_at = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(address);
        match self.wait_until(forgotten_at.get(&network).copied(), now) {
            Some(wait) => Err(wait),
            None => {
                self.count(&mut forgotten_at, network, now);
                Ok(())
            }
        }
    }

    fn wait_until(&self, forgotten_at: Option<Instant>, now: Instant) -> Option<Duration> {
        let counted = forgotten_at?.saturating_duration_since(now);
        let wait = (counted + self.every).saturating_sub(self.every * self.at_once);
        Some(wait).filter(|wait| !wait.is_zero())
    }

    fn count(&self, forgotten_at: &mut HashMap<IpAddr, Instant>, network: IpAddr, now: Instant) {
        if forgotten_at.len() >= MOST_ADDRESSES && !forgotten_at.contains_key(&network) {
            forgotten_at.retain(|_, at| *at > now);
            if forgotten_at.len() >= MOST_ADDRESSES {
                forgotten_at.clear();
            }
        }
        let at = forgotten_at.entry(network).or_insert(now);
        *at = (*at).max(now) + self.every;
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
    fn a_burst_passes_and_then_one_in_every_while() {
        let limiter = Limiter::new(SECOND, 3);
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
    fn who_asks_is_not_charged() {
        let limiter = Limiter::new(SECOND, 2);
        let (peer, now) = (address("192.0.2.1"), Instant::now());
        assert_eq!([limiter.wait(peer, now), limiter.wait(peer, now)], [None; 2]);
        assert_eq!([limiter.take(peer, now), limiter.take(peer, now)], [Ok(()); 2]);
        assert_eq!([limiter.wait(peer, now), limiter.wait(peer, now)], [Some(SECOND); 2]);
    }

    #[test]
    fn addresses_do_not_count_for_each_other_but_those_of_one_network_do() {
        let limiter = Limiter::new(SECOND, 1);
        let now = Instant::now();
        let take = |peer: &str| limiter.take(address(peer), now).is_ok();
        assert!(take("192.0.2.1") && take("192.0.2.2") && take("2001:db8::1") && take("2001:db8:0:1::1"));
        assert!(!take("::ffff:192.0.2.1") && !take("2001:db8::2"));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(SECOND, 1);
        let start = Instant::now();
        for number in 0..30_000_u32 {
            assert_eq!(limiter.take(IpAddr::from(number.to_be_bytes()), start), Ok(()));
        }
        assert!(limiter.forgotten_at.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
