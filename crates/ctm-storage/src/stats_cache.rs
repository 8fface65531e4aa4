//! Claude Code's own statistics, kept apart from events.

use crate::error::{AtPath, StorageError};
use crate::store::Store;
use ctm_types::StatsCache;
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
            .fetch_all(&self.readers)
            .await
            .at(&self.path)?;
        Ok(rows.into_iter().collect())
    }
}

/// Stores a stats cache: days that it no longer has are kept as they were last seen.
pub(crate) async fn store(
    connection: &mut SqliteConnection,
    root: &str,
    modified_ns: i64,
    cache: &StatsCache,
) -> sqlx::Result<()> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
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
    for day in &cache.activity {
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
    for day in &cache.tokens {
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
    for model in &cache.models {
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
    tx.commit().await
}
