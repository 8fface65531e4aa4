//! How many sessions and subagents are active at once.

use crate::days::place;
use crate::event_pages::EventPages;
use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::concurrency::ConcurrencySums;
use ctm_facts::{ResolvedFilter, UsageFilter};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::Tx;
use ctm_types::{Concurrency, EpochMs, Slot};

/// Number of sums from which on they are a part.
const SUMS_AT_ONCE: usize = 20_000;

/// Selects the events between two of them, in order: after the time ?1 and the number ?2, up to the time ?3 and the
/// number ?4.
const EVENTS: &str = concat!(
    "SELECT ",
    place!(),
    ", coalesce(conversation.agent_id, 0)
      FROM event INDEXED BY event_at
      LEFT JOIN conversation ON conversation.id = conversation_id
      LEFT JOIN session ON session.id = session_id
      LEFT JOIN source_file ON source_file.id = origin_file_id
      WHERE (at_ms, event.id) > (?1, ?2) AND (at_ms, event.id) <= (?3, ?4) ORDER BY at_ms, event.id"
);

/// Sums by slot in parts of a limited size, all of one state of the database.
#[derive(Debug)]
pub struct ConcurrencyParts {
    store: Store,
    tx: Tx<'static>,
    wanted: ResolvedFilter,
    sums: ConcurrencySums,
    pages: EventPages,
}

impl Store {
    /// Begins to sum the time in which the sessions and subagents of events that pass the filter are active at once.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn concurrency(&self, filter: &UsageFilter) -> Result<ConcurrencyParts, StorageError> {
        ConcurrencyParts::new(self, filter).await.at(&self.path)
    }
}

impl ConcurrencyParts {
    async fn new(store: &Store, filter: &UsageFilter) -> sqlx::Result<Self> {
        let mut tx = store.read().await?;
        let mut wanted = resolve(store, &mut tx, filter).await?;
        let end_ms = wanted.until.map_or(EpochMs::MAX, Slot::start);
        let sums = ConcurrencySums::new(wanted.from, end_ms);
        // A session can still be active from a response of the slot before.
        wanted.from = wanted.from.map(|from| Slot(from.0.saturating_sub(1)));
        Ok(Self { store: store.clone(), tx, sums, pages: EventPages::new(&wanted), wanted })
    }

    /// Returns the next part, or `None` after the last one. A slot can be in several parts; they add up.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<(Slot, Concurrency)>>, StorageError> {
        self.read_part().await.at(&self.store.path)
    }

    async fn read_part(&mut self) -> sqlx::Result<Option<Vec<(Slot, Concurrency)>>> {
        let Self { tx, wanted, sums, pages, .. } = self;
        while sums.len() < SUMS_AT_ONCE {
            let Some(page) = pages.next(tx).await? else {
                sums.finish();
                break;
            };
            each_row(tx, EVENTS, page, |columns| sums.add(columns, wanted)).await?;
        }
        Ok(Some(sums.take()).filter(|rows| !rows.is_empty()))
    }
}
