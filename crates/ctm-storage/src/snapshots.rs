//! Snapshots of the totals: no facts, and the one thing here that is ever deleted.

use crate::error::{AtPath, StorageError};
use crate::store::Store;
use ctm_types::{PicoUsd, TokenCounts, UsageSnapshot};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};
use std::ops::Range;

impl Store {
    /// Returns snapshots that were taken in a stretch of time, in UTC epoch milliseconds, each
    /// with its number: those after the number `after` in the order that is asked for, at most
    /// `limit`; and how many were taken in that time in all.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn snapshots(
        &self,
        taken_ms: &Range<i64>,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
    ) -> Result<(Vec<(i64, UsageSnapshot)>, u64), StorageError> {
        self.page_of_snapshots(taken_ms, after, limit, newest_first).await.at(&self.path)
    }

    async fn page_of_snapshots(
        &self,
        taken_ms: &Range<i64>,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
    ) -> sqlx::Result<(Vec<(i64, UsageSnapshot)>, u64)> {
        const OLDEST_FIRST: &str =
            "SELECT * FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2 AND id > ?3
                                    ORDER BY id LIMIT ?4";
        const NEWEST_FIRST: &str =
            "SELECT * FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2 AND id < ?3
                                    ORDER BY id DESC LIMIT ?4";
        let (statement, end) = if newest_first { (NEWEST_FIRST, i64::MAX) } else { (OLDEST_FIRST, i64::MIN) };
        // In one transaction, so that none is taken between the page and the count.
        let mut tx = self.readers().begin().await?;
        let rows = sqlx::query(statement)
            .bind(taken_ms.start)
            .bind(taken_ms.end)
            .bind(after.unwrap_or(end))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *tx)
            .await?;
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2")
                .bind(taken_ms.start)
                .bind(taken_ms.end)
                .fetch_one(&mut *tx)
                .await?;
        Ok((rows.iter().map(snapshot).collect::<sqlx::Result<_>>()?, count.unsigned_abs()))
    }

    /// Returns when the last snapshots were taken, in UTC epoch milliseconds: the last one first, as
    /// many as `limit` at most.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn last_snapshot_times(&self, limit: usize) -> Result<Vec<i64>, StorageError> {
        sqlx::query_scalar("SELECT taken_at_ms FROM snapshot ORDER BY id DESC LIMIT ?1")
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.readers())
            .await
            .at(&self.path)
    }

    /// Returns the newest snapshot.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn last_snapshot(&self) -> Result<Option<UsageSnapshot>, StorageError> {
        let (newest, _) = self.snapshots(&(i64::MIN..i64::MAX), None, 1, true).await?;
        Ok(newest.into_iter().next().map(|(_, snapshot)| snapshot))
    }
}

/// Stores a snapshot, and deletes those that were taken before a time.
pub(crate) async fn add(
    connection: &mut SqliteConnection,
    snapshot: &UsageSnapshot,
    keep_from_ms: i64,
) -> sqlx::Result<()> {
    let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = snapshot.tokens;
    let mut insert = sqlx::query(
        "INSERT INTO snapshot (taken_at_ms, price_version, cost, cache_saving, data_version, input, output, cache_read,
                               cache_write_5m, cache_write_1h, web_searches, responses, sessions, unfinalised,
                               unpriced_tokens)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(snapshot.taken_at_ms)
    .bind(&snapshot.price_version)
    .bind(snapshot.cost.map(|cost| cost.to_string()))
    .bind(snapshot.cache_saving.to_string());
    for count in [
        snapshot.data_version,
        input,
        output,
        cache_read,
        cache_write_5m,
        cache_write_1h,
        snapshot.web_searches,
        snapshot.responses,
        snapshot.sessions,
        snapshot.unfinalised,
        snapshot.unpriced_tokens,
    ] {
        insert = insert.bind(count.cast_signed());
    }
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    insert.execute(&mut *tx).await?;
    let prune = sqlx::query("DELETE FROM snapshot WHERE taken_at_ms < ?1").bind(keep_from_ms);
    prune.execute(&mut *tx).await?;
    tx.commit().await
}

fn snapshot(row: &SqliteRow) -> sqlx::Result<(i64, UsageSnapshot)> {
    let count = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    // What is no amount is not known; one such snapshot keeps no other from being shown.
    let amount = |column: &str| -> sqlx::Result<Option<PicoUsd>> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    let snapshot = UsageSnapshot {
        taken_at_ms: row.try_get("taken_at_ms")?,
        data_version: count("data_version")?,
        price_version: row.try_get("price_version")?,
        tokens: TokenCounts {
            input: count("input")?,
            output: count("output")?,
            cache_read: count("cache_read")?,
            cache_write_5m: count("cache_write_5m")?,
            cache_write_1h: count("cache_write_1h")?,
        },
        web_searches: count("web_searches")?,
        responses: count("responses")?,
        sessions: count("sessions")?,
        unfinalised: count("unfinalised")?,
        unpriced_tokens: count("unpriced_tokens")?,
        cost: amount("cost")?,
        cache_saving: amount("cache_saving")?.unwrap_or_default(),
    };
    Ok((row.try_get("id")?, snapshot))
}
