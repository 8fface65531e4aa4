//! Snapshots of the totals. They are not facts, and the only rows that are deleted by age.

use crate::store::Store;
use ctm_facts::{SnapshotPage, Snapshots, StoredSnapshot, TimeOrder};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Db, Numbers, Row, Writing, count, execute, number, one, rows, tokens, values};
use ctm_types::{EpochMs, PicoUsd, UsageSnapshot};
use std::ops::Range;

impl Store {
    /// Returns a page of the snapshots that were taken in a stretch of time, in UTC epoch milliseconds; and how many
    /// were taken in that time in all.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn snapshots(
        &self,
        taken_ms: &Range<EpochMs>,
        page: &SnapshotPage,
    ) -> Result<Snapshots, StorageError> {
        const OLDEST_FIRST: &str =
            "SELECT * FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2 AND id > ?3
                                    ORDER BY id LIMIT ?4";
        const NEWEST_FIRST: &str =
            "SELECT * FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2 AND id < ?3
                                    ORDER BY id DESC LIMIT ?4";
        const COUNT: &str = "SELECT count(*) FROM snapshot WHERE taken_at_ms >= ?1 AND taken_at_ms < ?2";
        let Range { start, end } = *taken_ms;
        let (statement, edge) = match page.order {
            TimeOrder::OldestFirst => (OLDEST_FIRST, i64::MIN),
            TimeOrder::NewestFirst => (NEWEST_FIRST, i64::MAX),
        };
        let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
        let read = async {
            // In one transaction, so that none is taken between the page and the count.
            let mut tx = self.read().await?;
            let values = values![start.0, end.0, page.after.unwrap_or(edge), limit];
            let rows = rows(&mut tx, statement, values).await?;
            let (total,): (i64,) = one(&mut tx, COUNT, values![start.0, end.0]).await?;
            let page = rows.iter().map(snapshot).collect::<sqlx::Result<_>>()?;
            Ok(Snapshots { page, total: total.unsigned_abs() })
        };
        read.await.at(&self.path)
    }

    /// Returns when the last snapshots were taken, in UTC epoch milliseconds: the last one first, as
    /// many as `limit` at most.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn last_snapshot_times(&self, limit: usize) -> Result<Vec<EpochMs>, StorageError> {
        const TIMES: &str = "SELECT taken_at_ms FROM snapshot ORDER BY id DESC LIMIT ?1";
        let times: Vec<Db<EpochMs>> =
            self.column(TIMES, values![i64::try_from(limit).unwrap_or(i64::MAX)]).await?;
        Ok(times.into_iter().map(|Db(at_ms)| at_ms).collect())
    }

    /// Returns the newest snapshot.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn last_snapshot(&self) -> Result<Option<UsageSnapshot>, StorageError> {
        let page = SnapshotPage { after: None, limit: 1, order: TimeOrder::NewestFirst };
        let newest = self.snapshots(&(EpochMs::MIN..EpochMs::MAX), &page).await?;
        Ok(newest.page.into_iter().next().map(|stored| stored.snapshot))
    }
}

/// Stores a snapshot, and deletes those before a time.
pub(crate) async fn add(
    connection: &mut Writing,
    snapshot: &UsageSnapshot,
    keep_from_ms: EpochMs,
) -> sqlx::Result<()> {
    const INSERT: &str = include_str!("sql/snapshots/insert.sql");
    let of = snapshot;
    let mut values = values![of.taken_at_ms.0, &of.price_version];
    values.add(of.cost.map(|cost| cost.to_string())).add(of.cache_saving.to_string());
    values.counts([of.data_version]).tokens(&of.tokens);
    values.counts([of.web_searches, of.responses, of.sessions, of.unfinalised, of.unpriced_tokens]);
    let mut tx = connection.begin().await?;
    execute(&mut tx, INSERT, values).await?;
    execute(&mut tx, "DELETE FROM snapshot WHERE taken_at_ms < ?1", values![keep_from_ms.0]).await?;
    tx.commit().await
}

fn snapshot(row: &Row) -> sqlx::Result<StoredSnapshot> {
    // An invalid amount is unknown; such a snapshot does not prevent others from being shown.
    let amount = |column: &str| -> sqlx::Result<Option<PicoUsd>> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    let snapshot = UsageSnapshot {
        taken_at_ms: number(row, "taken_at_ms")?,
        data_version: count(row, "data_version")?,
        price_version: row.try_get("price_version")?,
        tokens: tokens(row)?,
        web_searches: count(row, "web_searches")?,
        responses: count(row, "responses")?,
        sessions: count(row, "sessions")?,
        unfinalised: count(row, "unfinalised")?,
        unpriced_tokens: count(row, "unpriced_tokens")?,
        cost: amount("cost")?,
        cache_saving: amount("cache_saving")?.unwrap_or_default(),
    };
    Ok(StoredSnapshot { id: row.try_get("id")?, snapshot })
}
