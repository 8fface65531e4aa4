//! Runs of hooks.

use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::UsageFilter;
use ctm_facts::hooks::{HookSums, HookUsage, RESPONSE_BEFORE_MS};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Db, all, json_numbers, values};
use ctm_types::TermId;
use std::collections::HashMap;

impl Store {
    /// Returns the runs of hooks that pass the filter, by program and event. A run has the model and the folder of
    /// the last response of its conversation, that of the session or of a subagent, in the hour before it.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hook_usage(&self, filter: &UsageFilter) -> Result<Vec<HookUsage>, StorageError> {
        self.wanted_hook_usage(filter).await.at(&self.path)
    }

    async fn wanted_hook_usage(&self, filter: &UsageFilter) -> sqlx::Result<Vec<HookUsage>> {
        const RUNS: &str = include_str!("sql/hooks/runs.sql");
        const NAMES: &str = "SELECT id, text FROM term WHERE id IN (SELECT value FROM json_each(?1))";
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let (first_ms, last_ms) = wanted.times_ms().into_inner();
        let mut sums = HookSums::default();
        let times = [first_ms.0, last_ms.0, RESPONSE_BEFORE_MS];
        each_row(&mut tx, RUNS, times, |columns| sums.add(columns, &wanted)).await?;
        let names: Vec<(Db<TermId>, String)> =
            all(&mut tx, NAMES, values![json_numbers(&sums.names())]).await?;
        let names: HashMap<TermId, String> = names.into_iter().map(|(Db(id), name)| (id, name)).collect();
        Ok(sums.named(&names))
    }
}
