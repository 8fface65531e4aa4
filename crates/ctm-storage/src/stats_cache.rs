//! Claude Code's own statistics, kept apart from events.

use crate::error::{AtPath, StorageError};
use crate::forgotten::{Forgotten, stats_cache_id};
use crate::sql::bump;
use crate::store::Store;
use ctm_types::{
    StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens, StoredStatsCache, TokenUnit,
};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::collections::HashMap;

impl Store {
    /// Returns when the stats cache of each home that is stored had been modified, in nanoseconds
    /// since the epoch.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stats_caches(&self) -> Result<HashMap<String, i64>, StorageError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT root, modified_ns FROM stats_cache")
            .fetch_all(&self.readers())
            .await
            .at(&self.path)?;
        Ok(rows.into_iter().collect())
    }

    /// Returns the first and the last day, `YYYY-MM-DD`, with tokens in a stats cache.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stats_cache_span(&self) -> Result<Option<(String, String)>, StorageError> {
        let span: (Option<String>, Option<String>) =
            sqlx::query_as("SELECT min(date), max(date) FROM stats_cache_tokens")
                .fetch_one(&self.readers())
                .await
                .at(&self.path)?;
        Ok(span.0.zip(span.1))
    }

    /// Returns what the stats cache of each home said, with all days that it ever said.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stored_stats_caches(&self) -> Result<Vec<StoredStatsCache>, StorageError> {
        self.try_stored_stats_caches().await.at(&self.path)
    }

    async fn try_stored_stats_caches(&self) -> sqlx::Result<Vec<StoredStatsCache>> {
        let mut tx = self.readers().begin().await?;
        let heads: Vec<(String, Option<i64>, Option<String>, String)> = sqlx::query_as(
            "SELECT root, version, last_computed_date, token_unit FROM stats_cache ORDER BY root",
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut stored = Vec::new();
        for (root, version, last_computed_date, unit) in heads {
            // Figures in a unit that is not known say nothing.
            let Some(unit) = TokenUnit::of_name(&unit) else { continue };
            let activity = sqlx::query_as::<_, (String, i64, i64, i64)>(
                "SELECT date, messages, sessions, tool_calls FROM stats_cache_activity WHERE root = ?1 ORDER BY date",
            )
            .bind(&root)
            .fetch_all(&mut *tx)
            .await?;
            let tokens = sqlx::query_as::<_, (String, String, i64, String)>(
                "SELECT date, model, tokens, token_unit FROM stats_cache_tokens WHERE root = ?1 ORDER BY date, model",
            )
            .bind(&root)
            .fetch_all(&mut *tx)
            .await?;
            let tokens: Vec<(StatsCacheTokens, TokenUnit)> = tokens
                .into_iter()
                .filter_map(|(date, model, tokens, unit)| {
                    let figure = StatsCacheTokens { date, model, tokens: tokens.cast_unsigned() };
                    Some((figure, TokenUnit::of_name(&unit)?))
                })
                .collect();
            let models = sqlx::query_as::<_, (String, i64, i64, i64, i64)>(
                "SELECT model, input, output, cache_read, cache_write FROM stats_cache_model WHERE root = ?1
                 ORDER BY model",
            )
            .bind(&root)
            .fetch_all(&mut *tx)
            .await?;
            stored.push(StoredStatsCache {
                root,
                units: tokens.iter().map(|(_, unit)| *unit).collect(),
                cache: StatsCache {
                    version: version.map(i64::cast_unsigned),
                    last_computed_date,
                    token_unit: unit,
                    activity: activity
                        .into_iter()
                        .map(|(date, messages, sessions, tool_calls)| StatsCacheActivity {
                            date,
                            messages: messages.cast_unsigned(),
                            sessions: sessions.cast_unsigned(),
                            tool_calls: tool_calls.cast_unsigned(),
                        })
                        .collect(),
                    tokens: tokens.into_iter().map(|(figure, _)| figure).collect(),
                    models: models
                        .into_iter()
                        .map(|(model, input, output, cache_read, cache_write)| StatsCacheModel {
                            model,
                            input: input.cast_unsigned(),
                            output: output.cast_unsigned(),
                            cache_read: cache_read.cast_unsigned(),
                            cache_write: cache_write.cast_unsigned(),
                        })
                        .collect(),
                },
            });
        }
        Ok(stored)
    }
}

/// Stores a stats cache: days that it no longer has are kept as they were last seen, and what was forgotten
/// is left out.
pub(crate) async fn store(
    connection: &mut SqliteConnection,
    root: &str,
    modified_ns: i64,
    cache: &StatsCache,
) -> sqlx::Result<()> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let dates = cache.activity.iter().map(|day| &day.date).chain(cache.tokens.iter().map(|day| &day.date));
    let ids = dates.map(|date| stats_cache_id(root, date)).chain([stats_cache_id(root, "")]);
    let forgotten = Forgotten::among(&mut tx, ids.collect()).await?;
    let counts = |date: &str| !forgotten.has(stats_cache_id(root, date), 0);
    sqlx::query(
        "INSERT OR REPLACE INTO stats_cache (root, modified_ns, version, last_computed_date, token_unit)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(root)
    .bind(modified_ns)
    .bind(cache.version.map(u64::cast_signed))
    .bind(&cache.last_computed_date)
    .bind(cache.token_unit.name())
    .execute(&mut *tx)
    .await?;
    for day in cache.activity.iter().filter(|day| counts(&day.date)) {
        sqlx::query(
            "INSERT OR REPLACE INTO stats_cache_activity (root, date, messages, sessions, tool_calls)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(root)
        .bind(&day.date)
        .bind(day.messages.cast_signed())
        .bind(day.sessions.cast_signed())
        .bind(day.tool_calls.cast_signed())
        .execute(&mut *tx)
        .await?;
    }
    for day in cache.tokens.iter().filter(|day| counts(&day.date)) {
        sqlx::query(
            "INSERT OR REPLACE INTO stats_cache_tokens (root, date, model, tokens, token_unit)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(root)
        .bind(&day.date)
        .bind(&day.model)
        .bind(day.tokens.cast_signed())
        .bind(cache.token_unit.name())
        .execute(&mut *tx)
        .await?;
    }
    for model in cache.models.iter().filter(|_| counts("")) {
        sqlx::query(
            "INSERT OR REPLACE INTO stats_cache_model (root, model, input, output, cache_read, cache_write)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(root)
        .bind(&model.model)
        .bind(model.input.cast_signed())
        .bind(model.output.cast_signed())
        .bind(model.cache_read.cast_signed())
        .bind(model.cache_write.cast_signed())
        .execute(&mut *tx)
        .await?;
    }
    // Reports show it.
    bump(&mut tx, true).await?;
    tx.commit().await
}
