//! Samples as lines of JSON.

use ctm_types::limits::{LAST_MS, MAX_USED_PERCENTAGE};
use ctm_types::{CacheSample, EpochMs, LimitSample, LimitWindow, PromptCache};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest count that is accepted.
const MOST_COUNTED: u64 = 1_000_000_000_000;

/// What is stored of a session's description.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::cli) struct Samples {
    pub(super) limits: Vec<LimitSample>,
    pub(super) caches: Vec<CacheSample>,
}

impl Samples {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns these samples, followed by others.
    pub(super) fn and(mut self, others: &Self) -> Self {
        self.limits.extend_from_slice(&others.limits);
        self.caches.extend_from_slice(&others.caches);
        self
    }

    /// Returns the samples as lines.
    pub(super) fn to_lines(&self) -> Vec<u8> {
        let limits = self.limits.iter().map(|sample| Entry::Limit(LimitEntry::of(sample)));
        let entries = limits.chain(self.caches.iter().map(|sample| Entry::Cache(CacheEntry::of(sample))));
        let line = |entry| serde_json::to_vec(&entry).expect("texts and numbers are always JSON");
        entries.flat_map(|entry| [line(entry), b"\n".to_vec()].concat()).collect()
    }

    /// Returns the samples of all valid lines.
    pub(super) fn of_lines(text: &[u8]) -> Self {
        let mut samples = Self::default();
        let mut dropped = 0;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(Entry::Limit(entry)) if entry.is_possible() => samples.limits.extend(entry.sample()),
                Ok(Entry::Cache(entry)) if entry.is_possible() => samples.caches.push(entry.sample()),
                _ => dropped += 1,
            }
        }
        if dropped > 0 {
            tracing::warn!("invalid spooled samples are dropped: {dropped}");
        }
        samples
    }
}

/// A sample: a line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Limit(LimitEntry),
    Cache(CacheEntry),
}

#[derive(Serialize, Deserialize)]
struct LimitEntry {
    home: String,
    session: String,
    window: String,
    used_percentage: f64,
    resets_at_ms: Option<i64>,
    at_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct CacheEntry {
    home: String,
    session: String,
    title: Option<String>,
    model: Option<String>,
    expires_at_ms: Option<i64>,
    is_of_an_hour: bool,
    recache_tokens: Option<u64>,
    requests: Option<u64>,
    misses: Option<u64>,
    expected_rebuilds: Option<u64>,
    written_tokens: Option<u64>,
    missed_tokens: Option<u64>,
    last_miss_at_ms: Option<i64>,
    last_miss: Vec<String>,
    miss_causes: BTreeMap<String, u64>,
    at_ms: i64,
}

fn is_time(at_ms: &i64) -> bool {
    (0..=LAST_MS.0).contains(at_ms)
}

impl LimitEntry {
    fn of(sample: &LimitSample) -> Self {
        Self {
            home: sample.home.clone(),
            session: sample.session.clone(),
            window: sample.window.name().to_owned(),
            used_percentage: sample.used_percentage,
            resets_at_ms: sample.resets_at_ms.map(i64::from),
            at_ms: sample.last_at_ms.0,
        }
    }

    fn is_possible(&self) -> bool {
        LimitWindow::by_name(&self.window).is_some()
            && (0.0..=MAX_USED_PERCENTAGE).contains(&self.used_percentage)
            && is_time(&self.at_ms)
            && self.resets_at_ms.as_ref().is_none_or(is_time)
    }

    fn sample(self) -> Option<LimitSample> {
        Some(LimitSample {
            home: self.home,
            session: self.session,
            window: LimitWindow::by_name(&self.window)?,
            used_percentage: self.used_percentage,
            resets_at_ms: self.resets_at_ms.map(EpochMs),
            first_at_ms: EpochMs(self.at_ms),
            last_at_ms: EpochMs(self.at_ms),
        })
    }
}

impl CacheEntry {
    fn of(sample: &CacheSample) -> Self {
        let CacheSample { home, session, title, model, cache, last_at_ms, .. } = sample.clone();
        Self {
            home,
            session,
            title,
            model,
            expires_at_ms: cache.expires_at_ms.map(i64::from),
            is_of_an_hour: cache.is_of_an_hour,
            recache_tokens: cache.recache_tokens,
            requests: cache.requests,
            misses: cache.misses,
            expected_rebuilds: cache.expected_rebuilds,
            written_tokens: cache.written_tokens,
            missed_tokens: cache.missed_tokens,
            last_miss_at_ms: cache.last_miss_at_ms.map(i64::from),
            last_miss: cache.last_miss,
            miss_causes: cache.miss_causes,
            at_ms: last_at_ms.0,
        }
    }

    fn is_possible(&self) -> bool {
        let counts = [self.recache_tokens, self.requests, self.misses, self.expected_rebuilds];
        let counts = counts.into_iter().chain([self.written_tokens, self.missed_tokens]).flatten();
        let times = [Some(self.at_ms), self.expires_at_ms, self.last_miss_at_ms];
        !self.session.is_empty()
            && counts.chain(self.miss_causes.values().copied()).all(|count| count <= MOST_COUNTED)
            && times.iter().flatten().all(is_time)
    }

    fn sample(self) -> CacheSample {
        CacheSample {
            home: self.home,
            session: self.session,
            title: self.title,
            model: self.model,
            cache: PromptCache {
                expires_at_ms: self.expires_at_ms.map(EpochMs),
                is_of_an_hour: self.is_of_an_hour,
                recache_tokens: self.recache_tokens,
                requests: self.requests,
                misses: self.misses,
                expected_rebuilds: self.expected_rebuilds,
                written_tokens: self.written_tokens,
                missed_tokens: self.missed_tokens,
                last_miss_at_ms: self.last_miss_at_ms.map(EpochMs),
                last_miss: self.last_miss,
                miss_causes: self.miss_causes,
            },
            first_at_ms: EpochMs(self.at_ms),
            last_at_ms: EpochMs(self.at_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_the_same_as_lines_and_invalid_lines_are_dropped() {
        let at_ms = EpochMs(5);
        let limit = LimitSample {
            home: "/h".to_owned(),
            session: "s".to_owned(),
            window: LimitWindow::Spend,
            used_percentage: 104.5,
            resets_at_ms: Some(EpochMs(9)),
            first_at_ms: at_ms,
            last_at_ms: at_ms,
        };
        let cache = CacheSample {
            home: "/h".to_owned(),
            session: "s".to_owned(),
            title: Some("t\n".to_owned()),
            model: Some("m".to_owned()),
            cache: PromptCache {
                requests: Some(4),
                misses: Some(2),
                last_miss: vec!["a".to_owned()],
                miss_causes: [("a".to_owned(), 2)].into(),
                ..PromptCache::default()
            },
            first_at_ms: at_ms,
            last_at_ms: at_ms,
        };
        let samples = Samples { limits: vec![limit], caches: vec![cache] };
        let mut lines = samples.to_lines();
        let text = String::from_utf8(lines.clone()).unwrap();
        for (valid, invalid) in [
            ("spend_limit", "spend"),
            ("104.5", "-1"),
            ("104.5", "\"NaN\""),
            ("\"at_ms\":5", "\"at_ms\":-5"),
            ("\"session\":\"s\",\"title\"", "\"session\":\"\",\"title\""),
            ("\"requests\":4", "\"requests\":-4"),
            ("\"requests\":4", "\"requests\":9e99"),
            ("{\"a\":2}", "{\"a\":1000000000001}"),
            ("[\"a\"]", "[7]"),
        ] {
            assert!(text.contains(valid), "{valid}");
            let line = text.lines().find(|line| line.contains(valid)).unwrap().replace(valid, invalid);
            lines.extend_from_slice(format!("{line}\n").as_bytes());
        }
        assert_eq!(Samples::of_lines(&lines), samples);
    }
}
