//! Usage with prompts, thinking and tool calls.

use crate::cache::{Statements, add_events, earlier, events, models};
use crate::facets::conversation_names;
use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::UsageFilter;
use ctm_facts::cache::CacheSums;
use ctm_facts::workloads::{WorkloadSums, WorkloadUsage};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Db, Tx, all, values};
use ctm_types::{EpochMs, SessionId};
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
    /// Returns the usage that passes the filter with its workload, by conversation. Its sum is that of [`Store::usage`].
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn workload_usage(&self, filter: &UsageFilter) -> Result<WorkloadUsage, StorageError> {
        self.wanted_workload_usage(filter).await.at(&self.path)
    }

    async fn wanted_workload_usage(&self, filter: &UsageFilter) -> sqlx::Result<WorkloadUsage> {
        let mut tx = Tx::read(&self.readers()).await?;
        let resolved = resolve(self, &mut tx, filter).await?;
        let last_ms = resolved.times_ms().into_inner().1;
        let prompts: Vec<(Db<SessionId>, Db<EpochMs>)> = all(&mut tx, PROMPTS, values![last_ms.0]).await?;
        let prompts = prompts.into_iter().map(|(Db(session), Db(at_ms))| (session, at_ms));
        let lanes = CacheSums::new(&self.form, models(&mut tx).await?.into_iter().collect());
        let mut sums = WorkloadSums::new(lanes, prompts);
        add_events(&mut tx, &resolved, &mut sums, &STATEMENTS).await?;
        let rows = sums.into_rows();
        let conversations: BTreeSet<_> = rows.iter().map(|(conversation, ..)| *conversation).collect();
        let names = conversation_names(&mut tx, &conversations).await?;
        Ok(WorkloadUsage { rows, conversations: names.into_iter().collect() })
    }
}
