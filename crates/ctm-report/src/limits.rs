//! Reports on official limits.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::wire;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{DateRange, limits};
use ctm_types::{EpochMs, LimitSample};
use std::collections::BTreeMap;

/// Maximum number of samples in one response body.
const MOST_SAMPLES: usize = 20_000;

/// Number of days before the last one that are covered by default.
const USUAL_DAYS: Days = Days::new(29);

/// Maximum age of a sample that can matter now, in milliseconds: a month.
const LONGEST_MS: i64 = 31 * 86_400_000;

impl DatabaseReports {
    /// Returns the utilization of the official rate limits on these days; without an end until today, without
    /// a beginning for 30 days. Homes are identified by their paths; an empty list selects all.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or there are too many samples.
    pub async fn limits(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        tz: Tz,
        homes: &[String],
    ) -> Result<wire::Limits, ReportError> {
        let to = to.unwrap_or_else(|| self.reporter.today(tz).max(from.unwrap_or_default()));
        let from = from.unwrap_or_else(|| to.checked_sub_days(USUAL_DAYS).unwrap_or_default());
        let range = DateRange::new(from, to).unwrap_or(DateRange::day(to));
        let bounds = range.bounds_ms(tz);
        let all = self.store.limit_samples(&bounds, homes).await?;
        let is_asked = |sample: &&LimitSample| bounds.contains(&sample.first_at_ms);
        let samples: Vec<_> = limits::rises(&all).into_iter().filter(is_asked).collect();
        if samples.len() > MOST_SAMPLES {
            return Err(ReportError::TooLong { from, to, most: MOST_SAMPLES, parts: "figures" });
        }
        Ok(wire::Limits {
            from,
            to,
            tz: tz.name(),
            tz_source: self.reporter.zone_source(tz),
            current: self.current_limits(homes).await?,
            samples: samples.into_iter().map(|sample| self.limit_sample(sample)).collect(),
            hits: limits::hits(&all).into_iter().filter(is_asked).map(|hit| self.limit_hit(hit)).collect(),
            caches: self.prompt_caches(homes).await?,
            cache_misses: self.cache_misses(&bounds, homes).await?,
        })
    }

    /// Returns the current windows of limits; of some homes, or of all if none is
    /// named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn current_limits(&self, homes: &[String]) -> Result<Option<wire::CurrentLimits>, ReportError> {
        let samples = self.recent_limits(homes).await?;
        let current = limits::current(&samples, self.reporter.clock.now_ms());
        Ok(current.map(|current| wire::CurrentLimits::of(&current, self.source(current.home))))
    }

    /// Returns the current windows of limits of each home that reported one, by its label.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn limits_by_home(&self) -> Result<Vec<wire::CurrentLimits>, ReportError> {
        let mut by_home: BTreeMap<String, Vec<LimitSample>> = BTreeMap::new();
        for sample in self.recent_limits(&[]).await? {
            by_home.entry(sample.home.clone()).or_default().push(sample);
        }
        let now_ms = self.reporter.clock.now_ms();
        let current = by_home.values().filter_map(|samples| limits::current(samples, now_ms));
        Ok(current.map(|of| wire::CurrentLimits::of(&of, self.source(of.home))).collect())
    }

    /// Returns the samples that can belong to the current windows; of some homes, or of all if
    /// none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn recent_limits(&self, homes: &[String]) -> Result<Vec<LimitSample>, ReportError> {
        let from_ms = self.reporter.clock.now_ms().saturating_sub(LONGEST_MS);
        Ok(self.store.limit_samples(&(from_ms..EpochMs::MAX), homes).await?)
    }

    /// Returns a number that changes with every new sample of limits and prompt caches.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn limits_version(&self) -> Result<u64, ReportError> {
        Ok(self.store.limits_version().await?)
    }

    fn limit_sample(&self, sample: &LimitSample) -> wire::LimitSample {
        wire::LimitSample {
            source: self.source(&sample.home),
            window: sample.window.name(),
            used_percentage: sample.used_percentage,
            resets_at: sample.resets_at_ms.map(wire::Time::of),
            sampled_at: wire::Time::of(sample.first_at_ms),
        }
    }

    fn limit_hit(&self, hit: &LimitSample) -> wire::LimitHit {
        wire::LimitHit {
            source: self.source(&hit.home),
            window: hit.window.name(),
            at: wire::Time::of(hit.first_at_ms),
            resets_at: hit.resets_at_ms.map(wire::Time::of),
        }
    }

    pub(super) fn source(&self, home: &str) -> Option<String> {
        Some(home).filter(|home| !home.is_empty()).map(|home| self.reporter.homes.label(home))
    }
}
