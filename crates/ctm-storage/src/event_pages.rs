//! Events in the order of time, page by page, so that no statement takes longer than some milliseconds.

use ctm_facts::ResolvedFilter;
use ctm_sqlite::sql::{Tx, all, values};

/// Events that are read at once.
const EVENTS_AT_ONCE: i64 = 4_000;

/// Selects the event at which a page ends.
const PAGE_END: &str = "SELECT at_ms, id FROM event INDEXED BY event_at
     WHERE (at_ms, id) > (?1, ?2) AND at_ms <= ?3 ORDER BY at_ms, id LIMIT 1 OFFSET ?4";

/// The pages of the events of a time.
#[derive(Debug)]
pub(crate) struct EventPages {
    /// Time and number of the last event of the page before; none after the last page.
    after: Option<(i64, i64)>,
    last_ms: i64,
}

impl EventPages {
    /// Creates the pages of the requested times.
    pub(crate) fn new(wanted: &ResolvedFilter) -> Self {
        let (first_ms, last_ms) = wanted.times_ms().into_inner();
        Self { after: Some((first_ms.0, i64::MIN)), last_ms: last_ms.0 }
    }

    /// Returns the times and numbers between which the next page is: after the first two, up to the other two. `None`
    /// after the last page.
    pub(crate) async fn next(&mut self, tx: &mut Tx<'_>) -> sqlx::Result<Option<[i64; 4]>> {
        let Some((at_ms, id)) = self.after else { return Ok(None) };
        let page = values![at_ms, id, self.last_ms, EVENTS_AT_ONCE];
        self.after = all(tx, PAGE_END, page).await?.pop();
        let (last_ms, last_id) = self.after.unwrap_or((self.last_ms, i64::MAX));
        Ok(Some([at_ms, id, last_ms, last_id]))
    }
}
