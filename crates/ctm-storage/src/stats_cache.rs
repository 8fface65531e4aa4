//! Claude Code's own statistics, stored separately from events.

use crate::forgotten::among;
use crate::store::Store;
use ctm_facts::forgetting::{EVERY_HOME, stats_cache_id};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Numbers, Row, Writing, all, bump, count, execute, rows, values};
use ctm_types::{
    DaySpan, StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens, StoredStatsCache, TokenUnit,
    UtcDay,
};
use std::collections::HashMap;

impl Store {
    /// Returns when the stats cache of each home that is stored had been modified, in nanoseconds
    /// since the epoch.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stats_caches(&self) -> Result<HashMap<String, i64>, StorageError> {
        let modified: Vec<(String, i64)> =
            self.all("SELECT root, modified_ns FROM stats_cache", values![]).await?;
        Ok(modified.into_iter().collect())
    }

    /// Returns the first and the last day with tokens in a stats cache.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stats_cache_span(&self) -> Result<Option<DaySpan>, StorageError> {
        const SPAN: &str = "SELECT min(date), max(date) FROM stats_cache_tokens";
        let (first, last): (Option<String>, Option<String>) = self.one(SPAN, values![]).await?;
        let day = |date: Option<String>| UtcDay::of_date(&date?);
        Ok(day(first).zip(day(last)).map(|(first, last)| DaySpan { first, last }))
    }

    /// Returns the content of each home's stats cache, with all days that it ever contained.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stored_stats_caches(&self) -> Result<Vec<StoredStatsCache>, StorageError> {
        self.try_stored_stats_caches().await.at(&self.path)
    }

    async fn try_stored_stats_caches(&self) -> sqlx::Result<Vec<StoredStatsCache>> {
        const HEADS: &str =
            "SELECT root, version, last_computed_date, token_unit FROM stats_cache ORDER BY root";
        const ACTIVITY: &str = "SELECT date, messages, sessions, tool_calls FROM stats_cache_activity WHERE root = ?1 ORDER BY date";
        const TOKENS: &str = "SELECT date, model, tokens, token_unit FROM stats_cache_tokens WHERE root = ?1 ORDER BY date, model";
        const MODELS: &str =
            "SELECT model, input, output, cache_read, cache_write FROM stats_cache_model WHERE root = ?1
             ORDER BY model";
        let mut tx = self.read().await?;
        let heads: Vec<(String, Option<i64>, Option<String>, String)> =
            all(&mut tx, HEADS, values![]).await?;
        let mut stored = Vec::new();
        for (home, version, last_computed_date, unit) in heads {
            // Figures in an unknown unit are meaningless.
            let Some(token_unit) = TokenUnit::of_name(&unit) else { continue };
            let figures = rows(&mut tx, TOKENS, values![&home]).await?;
            let figures = figures.iter().map(tokens).collect::<sqlx::Result<Vec<_>>>()?;
            let (tokens, units) = figures.into_iter().flatten().unzip();
            let activity = rows(&mut tx, ACTIVITY, values![&home]).await?;
            let models = rows(&mut tx, MODELS, values![&home]).await?;
            let cache = StatsCache {
                version: version.map(i64::cast_unsigned),
                last_computed_date,
                token_unit,
                activity: activity.iter().map(of_day).collect::<sqlx::Result<_>>()?,
                tokens,
                models: models.iter().map(model).collect::<sqlx::Result<_>>()?,
            };
            stored.push(StoredStatsCache { home, units, cache });
        }
        Ok(stored)
    }
}

/// Reads the tokens of a model on a day, unless their unit is unknown.
fn tokens(row: &Row) -> sqlx::Result<Option<(StatsCacheTokens, TokenUnit)>> {
    let figure = StatsCacheTokens {
        date: row.try_get("date")?,
        model: row.try_get("model")?,
        tokens: count(row, "tokens")?,
    };
    Ok(TokenUnit::of_name(row.try_get("token_unit")?).map(|unit| (figure, unit)))
}

fn of_day(row: &Row) -> sqlx::Result<StatsCacheActivity> {
    Ok(StatsCacheActivity {
        date: row.try_get("date")?,
        messages: count(row, "messages")?,
        sessions: count(row, "sessions")?,
        tool_calls: count(row, "tool_calls")?,
    })
}

fn model(row: &Row) -> sqlx::Result<StatsCacheModel> {
    Ok(StatsCacheModel {
        model: row.try_get("model")?,
        input: count(row, "input")?,
        output: count(row, "output")?,
        cache_read: count(row, "cache_read")?,
        cache_write: count(row, "cache_write")?,
    })
}

/// Stores a stats cache: days that it no longer contains are kept as they were last seen, and forgotten ones
/// are excluded.
pub(crate) async fn store(
    connection: &mut Writing,
    home: &str,
    modified_ns: i64,
    cache: &StatsCache,
) -> sqlx::Result<()> {
    const HEAD: &str =
        "INSERT OR REPLACE INTO stats_cache (root, modified_ns, version, last_computed_date, token_unit)
         VALUES (?1, ?2, ?3, ?4, ?5)";
    const ACTIVITY: &str =
        "INSERT OR REPLACE INTO stats_cache_activity (root, date, messages, sessions, tool_calls)
         VALUES (?1, ?2, ?3, ?4, ?5)";
    const TOKENS: &str = "INSERT OR REPLACE INTO stats_cache_tokens (root, date, model, token_unit, tokens)
                          VALUES (?1, ?2, ?3, ?4, ?5)";
    const MODEL: &str =
        "INSERT OR REPLACE INTO stats_cache_model (root, model, input, output, cache_read, cache_write)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut tx = connection.begin().await?;
    let dates = cache.activity.iter().map(|day| &day.date).chain(cache.tokens.iter().map(|day| &day.date));
    let ids = dates.map(|date| stats_cache_id(home, date)).chain([stats_cache_id(home, "")]);
    let forgotten = among(&mut tx, ids.collect()).await?;
    let counts = |date: &str| !forgotten.has(stats_cache_id(home, date), EVERY_HOME);
    let unit = cache.token_unit.name();
    let mut head = values![home, modified_ns, cache.version.map(u64::cast_signed)];
    head.add(&cache.last_computed_date).add(unit);
    execute(&mut tx, HEAD, head).await?;
    for day in cache.activity.iter().filter(|day| counts(&day.date)) {
        let mut values = values![home, &day.date];
        values.counts([day.messages, day.sessions, day.tool_calls]);
        execute(&mut tx, ACTIVITY, values).await?;
    }
    for day in cache.tokens.iter().filter(|day| counts(&day.date)) {
        let mut values = values![home, &day.date, &day.model, unit];
        values.counts([day.tokens]);
        execute(&mut tx, TOKENS, values).await?;
    }
    for model in cache.models.iter().filter(|_| counts("")) {
        let mut values = values![home, &model.model];
        values.counts([model.input, model.output, model.cache_read, model.cache_write]);
        execute(&mut tx, MODEL, values).await?;
    }
    // Reports show it.
    bump(&mut tx, true).await?;
    tx.commit().await
}
