//! Outlines of responses: what is compared when many are sorted.

use crate::responses::{chosen, selection};
use crate::store::Store;
use crate::usage::{conversations, resolve};
use ctm_facts::{Outline, OutlinePart, ResponseFilter, UsageFilter};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Row, all, count, number, tokens, values};
use std::collections::HashMap;

/// Selects the first parts of the selection.
macro_rules! first_parts {
    ($events:literal) => {
        concat!(
            "SELECT event.id, key_hash, at_ms, billing_id, input, output, cache_read, cache_write_5m,
                    cache_write_1h, web_searches FROM ",
            $events,
            " WHERE ",
            selection!()
        )
    };
}

/// By time.
const BY_TIME: &str = first_parts!("event INDEXED BY event_at");

/// All responses of some conversations.
const BY_CONVERSATION: &str = first_parts!(
    "json_each(?3) AS wanted CROSS JOIN event INDEXED BY event_in_conversation ON conversation_id = wanted.value"
);

/// Selects the parts behind the first ones.
const FURTHER: &str =
    "SELECT key_hash, billing_id, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches
     FROM event INDEXED BY event_at WHERE part > 0 AND at_ms BETWEEN ?1 AND ?2 ORDER BY part";

/// Selects the web searches of tool calls by event.
const SEARCHES: &str =
    "SELECT event_id, sum(searches) FROM call_searches CROSS JOIN tool_call USING (id) GROUP BY event_id";

impl Store {
    /// Calls `visit` with the outline of every response that passes both filters, in any order.
    ///
    /// Only the outlines of responses with several parts are held in memory.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn each_outline(
        &self,
        filter: &UsageFilter,
        only: &ResponseFilter,
        visit: impl FnMut(Outline),
    ) -> Result<(), StorageError> {
        self.visit_outlines(filter, only, visit).await.at(&self.path)
    }

    async fn visit_outlines(
        &self,
        filter: &UsageFilter,
        only: &ResponseFilter,
        mut visit: impl FnMut(Outline),
    ) -> sqlx::Result<()> {
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let spoken = conversations(&mut tx, &wanted).await?;
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let mut further: HashMap<i64, Vec<OutlinePart>> = HashMap::new();
        tx.each(FURTHER, values![from_ms.0, to_ms.0], |row| {
            further.entry(row.try_get("key_hash")?).or_default().push(part(row)?);
            Ok(())
        })
        .await?;
        let searches: Vec<(i64, i64)> = all(&mut tx, SEARCHES, values![]).await?;
        let searches: HashMap<i64, u64> =
            searches.into_iter().map(|(event, searches)| (event, searches.unsigned_abs())).collect();
        let statement = if filter.sessions.is_empty() { BY_TIME } else { BY_CONVERSATION };
        tx.each(statement, chosen(from_ms, to_ms, spoken.as_ref(), &wanted, only), |row| {
            let id: i64 = row.try_get("id")?;
            let mut first = part(row)?;
            let more = searches.get(&id).copied().unwrap_or(0);
            first.web_searches = first.web_searches.saturating_add(more);
            let key_hash: i64 = row.try_get("key_hash")?;
            let further = further.get(&key_hash);
            let parts = [first].into_iter().chain(further.into_iter().flatten().copied()).collect();
            visit(Outline { id: id.into(), at_ms: number(row, "at_ms")?, parts });
            Ok(())
        })
        .await
    }
}

fn part(row: &Row) -> sqlx::Result<OutlinePart> {
    Ok(OutlinePart {
        billing: number(row, "billing_id")?,
        tokens: tokens(row)?,
        web_searches: count(row, "web_searches")?,
    })
}
