//! Prompt caches of sessions, as Claude Code described them to its status line.

use ctm_types::{CacheSample, EpochMs};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A cache is current for this long after its last report, in milliseconds: no cache lives longer without a request.
pub const CURRENT_MS: i64 = 3_600_000;

/// Misses of prompt caches in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedMisses<'a> {
    /// The misses with a known time.
    pub misses: u64,
    /// Misses without a known cause.
    pub unexplained: u64,
    /// Misses by cause, the most frequent first; a miss can have several causes.
    pub causes: Vec<(&'a str, u64)>,
}

/// Returns the last sample of each session that is current at `now_ms`, in UTC epoch milliseconds, the last one first;
/// of samples in the order of their last report.
///
/// A sample dated in the future comes from a wrong clock, and is not current.
#[must_use]
pub fn current(samples: &[CacheSample], now_ms: EpochMs) -> Vec<&CacheSample> {
    let is_current = |sample: &&CacheSample| (0..CURRENT_MS).contains(&now_ms.since(sample.last_at_ms));
    let mut seen = BTreeSet::new();
    let latest = samples.iter().rev().filter(is_current);
    latest.filter(|sample| seen.insert(&*sample.session)).collect()
}

/// Returns the misses of a stretch of time, in UTC epoch milliseconds. A miss that several samples report counts once.
#[must_use]
pub fn misses<'a>(samples: &'a [CacheSample], range_ms: &Range<EpochMs>) -> ReportedMisses<'a> {
    let timed = samples.iter().filter_map(|sample| {
        let at_ms = sample.cache.last_miss_at_ms.filter(|at_ms| range_ms.contains(at_ms))?;
        Some(((&*sample.session, at_ms), &sample.cache.last_miss))
    });
    let timed: BTreeMap<_, _> = timed.collect();
    let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
    for of_miss in timed.values() {
        let distinct: BTreeSet<&str> = of_miss.iter().map(String::as_str).collect();
        distinct.into_iter().for_each(|cause| *causes.entry(cause).or_default() += 1);
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, misses)| std::cmp::Reverse(*misses));
    let unexplained = timed.values().filter(|causes| causes.is_empty()).count() as u64;
    ReportedMisses { misses: timed.len() as u64, unexplained, causes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::PromptCache;

    fn sample(session: &str, last_miss: &[&str], miss_at_ms: i64, last_at_ms: i64) -> CacheSample {
        CacheSample {
            home: String::new(),
            session: session.to_owned(),
            title: None,
            model: None,
            cache: PromptCache {
                last_miss_at_ms: Some(EpochMs(miss_at_ms)),
                last_miss: last_miss.iter().map(|cause| (*cause).to_owned()).collect(),
                ..PromptCache::default()
            },
            first_at_ms: EpochMs(0),
            last_at_ms: EpochMs(last_at_ms),
        }
    }

    #[test]
    fn the_last_sample_of_a_session_is_current_for_an_hour() {
        let samples = [
            sample("old", &[], 1, 1),
            sample("a", &[], 1, 10),
            sample("b", &[], 1, 20),
            sample("a", &[], 5, 30),
            sample("ahead", &[], 1, CURRENT_MS + 3),
        ];
        let at = |now_ms| {
            let current = current(&samples, EpochMs(now_ms)).into_iter();
            current.map(|of| (&*of.session, of.last_at_ms.0)).collect::<Vec<_>>()
        };
        assert_eq!(at(CURRENT_MS + 1), [("a", 30), ("b", 20)]);
        assert_eq!(at(CURRENT_MS + 25), [("ahead", CURRENT_MS + 3), ("a", 30)]);
        assert_eq!(at(0), []);
    }

    #[test]
    fn a_miss_counts_once_and_for_each_of_its_causes() {
        let samples = [
            sample("a", &["tools_changed", "ttl_expired_5m", "tools_changed"], 10, 20),
            // The same miss, after a request without one.
            sample("a", &["tools_changed", "ttl_expired_5m"], 10, 30),
            sample("b", &["ttl_expired_5m"], 10, 30),
            sample("b", &[], 40, 40),
            sample("b", &["later"], 100, 100),
        ];
        let expected = ReportedMisses {
            misses: 3,
            unexplained: 1,
            causes: vec![("ttl_expired_5m", 2), ("tools_changed", 1)],
        };
        assert_eq!(misses(&samples, &(EpochMs(5)..EpochMs(100))), expected);
        assert_eq!(misses(&samples, &(EpochMs(0)..EpochMs(5))), ReportedMisses::default());
    }
}
