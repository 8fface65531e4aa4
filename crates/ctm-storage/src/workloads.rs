//! Usage with prompts, thinking and tool calls.

use crate::cache::{Statements, add_page, earlier, events, follow_earlier, models};
use crate::event_pages::EventPages;
use crate::facets::{SUMS_AT_ONCE, conversation_names};
use crate::store::Store;
use crate::usage::{billings, resolve};
use ctm_facts::UsageFilter;
use ctm_facts::cache::CacheSums;
use ctm_facts::workloads::{WorkloadSums, WorkloadUsage};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Db, all, values};
use ctm_types::{Catalog, EpochMs, SessionId};
use std::collections::BTreeSet;

/// The columns of a workload, behind those of the lanes.
macro_rules! workload {
    () => {
        ", coalesce(thinking_tokens, -1),
         CASE WHEN part > 0 THEN 0 ELSE (SELECT count(*) FROM tool_call WHERE event_id = event.id) END,
         CASE WHEN part > 0 THEN 0 ELSE (
             SELECT count(*) FROM tool_call CROSS JOIN tool_error USING (id) WHERE event_id = event.id) END"
    };
}

const STATEMENTS: Statements = Statements { events: events!(workload!()), earlier: earlier!(workload!()) };

/// Selects the prompts up to a time.
const PROMPTS: &str = "SELECT session_id, at_ms FROM prompt WHERE at_ms <= ?1 ORDER BY at_ms";

impl Store {
    /// Calls `part` with parts of the usage that passes the filter, with its workload, by conversation, and with the models of
    /// all; they are of a limited size, and their sum is that of [`Store::usage`].
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn workload_usage(
        &self,
        filter: &UsageFilter,
        part: impl FnMut(&Catalog, WorkloadUsage) + Send,
    ) -> Result<(), StorageError> {
        self.each_workload_part(filter, part).await.at(&self.path)
    }

    async fn each_workload_part(
        &self,
        filter: &UsageFilter,
        mut part: impl FnMut(&Catalog, WorkloadUsage) + Send,
    ) -> sqlx::Result<()> {
        let mut tx = self.read().await?;
        let resolved = resolve(self, &mut tx, filter).await?;
        let catalog = Catalog { billings: billings(&mut tx).await?, ..Catalog::default() };
        let last_ms = resolved.times_ms().into_inner().1;
        let prompts: Vec<(Db<SessionId>, Db<EpochMs>)> = all(&mut tx, PROMPTS, values![last_ms.0]).await?;
        let prompts = prompts.into_iter().map(|(Db(session), Db(at_ms))| (session, at_ms));
        let lanes = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        let mut sums = WorkloadSums::new(lanes, prompts);
        follow_earlier(&mut tx, &resolved, &mut sums, &STATEMENTS).await?;
        let mut pages = EventPages::new(&resolved);
        let mut is_over = false;
        while !is_over {
            is_over = !add_page(&mut tx, &mut pages, &resolved, &mut sums, &STATEMENTS).await?;
            if is_over || sums.len() >= SUMS_AT_ONCE {
                let rows = sums.take();
                let conversations: BTreeSet<_> =
                    rows.iter().map(|(conversation, ..)| *conversation).collect();
                let conversations = conversation_names(&mut tx, &conversations).await?.into_iter().collect();
                part(&catalog, WorkloadUsage { rows, conversations });
            }
        }
        Ok(())
    }
}
