//! Samples of the status line: of official rate limits, kept permanently, and of [prompt caches](crate::prompt_caches).

use crate::prompt_caches;
use crate::store::Store;
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Row, Tx, Writing, execute, number, optional, values};
use ctm_types::limits::MAX_USED_PERCENTAGE;
use ctm_types::{CacheSample, EpochMs, LimitSample, LimitWindow};
use std::ops::Range;
use std::time::Duration;

impl Store {
    /// Upserts samples in one transaction: an unchanged value extends the previous row, a new value inserts one.
    ///
    /// Waits at most `patience` for other processes that write to the database.
    ///
    /// # Errors
    ///
    /// Fails when the database stays locked for so long, or is full, damaged or gone; then nothing
    /// was stored.
    pub async fn add_samples(
        &self,
        limits: &[LimitSample],
        caches: &[CacheSample],
        patience: Duration,
    ) -> Result<(), StorageError> {
        let add = async {
            let options = self.write_options().busy_timeout(patience);
            let mut connection = Writing::connect(&options).await?;
            let mut tx = connection.begin().await?;
            for sample in limits {
                add(&mut tx, sample).await?;
            }
            for sample in caches {
                prompt_caches::add(&mut tx, sample).await?;
            }
            tx.commit().await?;
            connection.close().await
        };
        add.await.at(&self.path)
    }

    /// Returns the samples of a stretch of time, in UTC epoch milliseconds, in the order of their first
    /// report; of some homes, or of all where none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn limit_samples(
        &self,
        range_ms: &Range<EpochMs>,
        homes: &[String],
    ) -> Result<Vec<LimitSample>, StorageError> {
        const SAMPLES: &str =
            "SELECT * FROM limit_sample WHERE first_at_ms < ?2 AND last_at_ms >= ?1 ORDER BY first_at_ms, id";
        let rows = self.rows(SAMPLES, values![range_ms.start.0, range_ms.end.0]).await?;
        let samples: Vec<Option<LimitSample>> =
            rows.iter().map(sample).collect::<sqlx::Result<_>>().at(&self.path)?;
        let is_wanted = |sample: &LimitSample| homes.is_empty() || homes.contains(&sample.home);
        Ok(samples.into_iter().flatten().filter(is_wanted).collect())
    }

    /// Returns a number that changes with every new sample; 0 without samples.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn limits_version(&self) -> Result<u64, StorageError> {
        const NEWEST: &str = "SELECT (SELECT coalesce(max(id), 0) FROM limit_sample),
                                     (SELECT coalesce(max(id), 0) FROM cache_sample)";
        let (limit, cache): (i64, i64) = self.one(NEWEST, values![]).await?;
        Ok(limit.unsigned_abs().wrapping_add(cache.unsigned_abs()))
    }
}

async fn add(tx: &mut Tx<'_>, sample: &LimitSample) -> sqlx::Result<()> {
    const REPEAT: &str = include_str!("sql/limits/repeat.sql");
    const INSERT: &str = include_str!("sql/limits/insert.sql");
    let LimitSample { home, session, window, used_percentage, resets_at_ms, first_at_ms, last_at_ms } =
        sample;
    let known = || {
        let (hours, name) = (window.hours(), window.name());
        values![last_at_ms.0, session, hours, home, *used_percentage, resets_at_ms.map(i64::from), name]
    };
    if execute(tx, REPEAT, known()).await? == 0 {
        let mut new = known();
        new.add(first_at_ms.0);
        execute(tx, INSERT, new).await?;
    }
    Ok(())
}

/// Reads a sample; `None` for an unknown window or an invalid number.
fn sample(row: &Row) -> sqlx::Result<Option<LimitSample>> {
    let used_percentage: f64 = row.try_get("used_percentage")?;
    let window = LimitWindow::by_name(row.try_get("name")?);
    let Some(window) = window.filter(|_| !used_percentage.is_nan()) else { return Ok(None) };
    Ok(Some(LimitSample {
        home: row.try_get("home")?,
        session: row.try_get("session")?,
        window,
        // Earlier versions stored whatever they were given.
        used_percentage: used_percentage.clamp(0.0, MAX_USED_PERCENTAGE),
        resets_at_ms: optional(row, "resets_at_ms")?,
        first_at_ms: number(row, "first_at_ms")?,
        last_at_ms: number(row, "last_at_ms")?,
    }))
}
