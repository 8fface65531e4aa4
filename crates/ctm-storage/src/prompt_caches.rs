//! Samples of prompt caches, kept permanently.
//!
//! # Design
//!
//! The state of a cache changes with every request, several times a minute. Only its last state between two misses is
//! kept, so that the rows of a session are as many as its misses, up to [`MOST_OF_A_SESSION`]. A changed state gets a
//! new id, by which a change is noticed.

use crate::store::Store;
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Row, Tx, execute, magnitude, number, optional, rows, values};
use ctm_types::{CacheSample, EpochMs, PromptCache};
use serde_json::json;
use std::ops::Range;

/// Maximum number of rows of a session; beyond that the oldest are deleted.
const MOST_OF_A_SESSION: i64 = 500;

/// A sample this much later than a new one, in milliseconds, is of a clock that was ahead, and does not hide it.
const AHEAD_MS: i64 = 86_400_000;

impl Store {
    /// Returns the samples that were last reported in a stretch of time, in UTC epoch milliseconds, in the order of
    /// their last report; of some homes, or of all where none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn cache_samples(
        &self,
        range_ms: &Range<EpochMs>,
        homes: &[String],
    ) -> Result<Vec<CacheSample>, StorageError> {
        const SAMPLES: &str =
            "SELECT * FROM cache_sample WHERE last_at_ms >= ?1 AND last_at_ms < ?2 ORDER BY last_at_ms, id";
        let rows = self.rows(SAMPLES, values![range_ms.start.0, range_ms.end.0]).await?;
        let samples: Vec<CacheSample> = rows.iter().map(sample).collect::<sqlx::Result<_>>().at(&self.path)?;
        let is_wanted = |sample: &CacheSample| homes.is_empty() || homes.contains(&sample.home);
        Ok(samples.into_iter().filter(is_wanted).collect())
    }
}

/// Stores a sample: an unchanged state extends the previous row, another one replaces it until the next miss.
pub(crate) async fn add(tx: &mut Tx<'_>, new: &CacheSample) -> sqlx::Result<()> {
    const NEWEST: &str = "SELECT * FROM cache_sample WHERE session = ?1 ORDER BY id DESC LIMIT 1";
    const EXTEND: &str = "UPDATE cache_sample SET last_at_ms = max(last_at_ms, ?2) WHERE id = ?1";
    let newest = rows(tx, NEWEST, values![&new.session]).await?;
    // A damaged row is left alone.
    let before = newest.first().and_then(|row| Some((row.try_get::<i64, _>("id").ok()?, sample(row).ok()?)));
    let Some((id, before)) = before else { return insert(tx, new).await };
    if before.is_repeated_by(new) {
        return execute(tx, EXTEND, values![id, new.last_at_ms.0]).await.map(|_| ());
    }
    if (1..AHEAD_MS).contains(&before.last_at_ms.since(new.last_at_ms)) {
        return Ok(());
    }
    if !before.has_misses_of(new) {
        return insert(tx, new).await;
    }
    // Before the row that it replaces is deleted, so that its id is a new one.
    insert(tx, &CacheSample { first_at_ms: before.first_at_ms.min(new.first_at_ms), ..new.clone() }).await?;
    execute(tx, "DELETE FROM cache_sample WHERE id = ?1", values![id]).await.map(|_| ())
}

async fn insert(tx: &mut Tx<'_>, sample: &CacheSample) -> sqlx::Result<()> {
    const INSERT: &str = include_str!("sql/prompt_caches/insert.sql");
    const LIMIT: &str = "DELETE FROM cache_sample WHERE session = ?1 AND id NOT IN
        (SELECT id FROM cache_sample WHERE session = ?1 ORDER BY id DESC LIMIT ?2)";
    let CacheSample { home, session, title, model, cache, first_at_ms, last_at_ms } = sample;
    let mut row = values![home, session, title, model, cache.expires_at_ms.map(i64::from)];
    row.add(cache.is_of_an_hour);
    let counts =
        [cache.recache_tokens, cache.requests, cache.misses, cache.expected_rebuilds, cache.written_tokens];
    for count in counts.into_iter().chain([cache.missed_tokens]) {
        row.add(count.map(u64::cast_signed));
    }
    row.add(cache.last_miss_at_ms.map(i64::from)).add(json!(cache.last_miss).to_string());
    row.add(json!(cache.miss_causes).to_string());
    row.add(first_at_ms.0).add(last_at_ms.0);
    execute(tx, INSERT, row).await?;
    execute(tx, LIMIT, values![session, MOST_OF_A_SESSION]).await.map(|_| ())
}

fn sample(row: &Row) -> sqlx::Result<CacheSample> {
    let count = |column| {
        let is_known = row.try_get::<Option<i64>, _>(column)?.is_some();
        is_known.then(|| magnitude(row, column)).transpose()
    };
    Ok(CacheSample {
        home: row.try_get("home")?,
        session: row.try_get("session")?,
        title: row.try_get("title")?,
        model: row.try_get("model")?,
        cache: PromptCache {
            expires_at_ms: optional(row, "expires_at_ms")?,
            is_of_an_hour: row.try_get::<i64, _>("of_an_hour")? == 1,
            recache_tokens: count("recache_tokens")?,
            requests: count("requests")?,
            misses: count("misses")?,
            expected_rebuilds: count("expected_rebuilds")?,
            written_tokens: count("written_tokens")?,
            missed_tokens: count("missed_tokens")?,
            last_miss_at_ms: optional(row, "last_miss_at_ms")?,
            // A damaged list is empty.
            last_miss: serde_json::from_str(row.try_get("last_miss")?).unwrap_or_default(),
            miss_causes: serde_json::from_str(row.try_get("miss_causes")?).unwrap_or_default(),
        },
        first_at_ms: number(row, "first_at_ms")?,
        last_at_ms: number(row, "last_at_ms")?,
    })
}
