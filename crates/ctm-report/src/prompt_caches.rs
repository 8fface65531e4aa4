//! Reports on prompt caches.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::wire;
use ctm_aggregate::prompt_caches::{self, CURRENT_MS, ReportedMisses};
use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Billing, CacheSample, EpochMs, PicoUsd, PromptCache, TokenCounts};
use std::collections::HashMap;
use std::ops::Range;

/// Maximum number of caches in one response body.
const MOST_CACHES: usize = 20;

impl DatabaseReports {
    /// Returns the caches of sessions that were reported in the last hour, the last one first; of some homes, or of all
    /// if none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn prompt_caches(&self, homes: &[String]) -> Result<Vec<wire::PromptCache>, ReportError> {
        let now_ms = self.reporter.clock.now_ms();
        let recent = now_ms.saturating_sub(CURRENT_MS)..now_ms.saturating_add(1);
        let samples = self.store.cache_samples(&recent, homes).await?;
        let mut current = prompt_caches::current(&samples, now_ms);
        current.truncate(MOST_CACHES);
        let sessions: Vec<&str> = current.iter().map(|sample| &*sample.session).collect();
        let titles = self.reporter.titles_of(&sessions).await?;
        Ok(current.into_iter().map(|sample| self.prompt_cache(sample, titles.as_ref(), now_ms)).collect())
    }

    /// Returns the misses of a stretch of time, in UTC epoch milliseconds.
    pub(super) async fn cache_misses(
        &self,
        range_ms: &Range<EpochMs>,
        homes: &[String],
    ) -> Result<wire::ReportedMisses, ReportError> {
        // The last miss of a session is reported until the next one.
        let samples = self.store.cache_samples(&(range_ms.start..EpochMs::MAX), homes).await?;
        let ReportedMisses { misses, unexplained, causes } = prompt_caches::misses(&samples, range_ms);
        Ok(wire::ReportedMisses { misses, unexplained, causes: counted(causes) })
    }

    fn prompt_cache(
        &self,
        sample: &CacheSample,
        titles: Option<&HashMap<String, String>>,
        now_ms: EpochMs,
    ) -> wire::PromptCache {
        let CacheSample { home, session, title, model, cache, last_at_ms, .. } = sample;
        let cold_cost = cold_cost(&self.reporter.prices, model.as_deref(), cache, now_ms);
        wire::PromptCache {
            source: self.source(home),
            session: session.clone(),
            session_title: titles.and_then(|titles| titles.get(session).or(title.as_ref())).cloned(),
            model: model.clone(),
            ttl_minutes: if cache.is_of_an_hour { 60 } else { 5 },
            expires_at: cache.expires_at_ms.map(wire::Time::of),
            recache_tokens: cache.recache_tokens,
            cold_cost_usd: cold_cost.map(wire::Usd),
            requests: cache.requests,
            misses: cache.misses,
            expected_rebuilds: cache.expected_rebuilds,
            missed_tokens: cache.missed_tokens,
            last_miss_at: cache.last_miss_at_ms.map(wire::Time::of),
            last_miss_causes: cache.last_miss.clone(),
            miss_causes: counted(cache.miss_causes.iter().map(|(cause, misses)| (&**cause, *misses))),
            sampled_at: wire::Time::of(*last_at_ms),
        }
    }
}

fn counted<'a>(causes: impl IntoIterator<Item = (&'a str, u64)>) -> Vec<wire::MissCause> {
    let cause = |(cause, misses): (&str, u64)| wire::MissCause { cause: cause.to_owned(), misses };
    causes.into_iter().map(cause).collect()
}

/// Returns the cost of writing a prompt cache again once it has expired; `None` without a price.
#[must_use]
pub fn cold_cost(
    prices: &PriceBook,
    model: Option<&str>,
    cache: &PromptCache,
    now_ms: EpochMs,
) -> Option<PicoUsd> {
    let written = cache.recache_tokens?;
    // The id may have a suffix for the context window.
    let model = model?.split('[').next().unwrap_or_default().to_owned();
    let tokens = if cache.is_of_an_hour {
        TokenCounts { cache_write_1h: written, ..TokenCounts::default() }
    } else {
        TokenCounts { cache_write_5m: written, ..TokenCounts::default() }
    };
    let billing = Billing { model, speed: None, service_tier: None, inference_geo: None, refusal: None };
    let quote = prices.quote(&billing, Some(now_ms), prices.context_band(written));
    matches!(quote, Quote::Priced(_)).then(|| quote.cost(&tokens, 0).amount)
}
