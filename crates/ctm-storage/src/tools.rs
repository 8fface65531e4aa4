//! Tool calls, and which of them failed.

use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::UsageFilter;
use ctm_facts::days::{DayTools, ToolTotals};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Db, all, json_numbers, values};
use ctm_types::{TermId, ToolUsage};

impl Store {
    /// Returns how often each tool was called by the responses that pass the filter, the most often
    /// first, then by name. A call has the time, the place and the model of its response, of the
    /// first part if it has several.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn tool_usage(&self, filter: &UsageFilter) -> Result<Vec<ToolUsage>, StorageError> {
        self.wanted_tool_usage(filter).await.at(&self.path)
    }

    /// Returns the tools of MCP servers, in the order in which they were first stored.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn mcp_tools(&self) -> Result<Vec<String>, StorageError> {
        // The texts that begin with `mcp__`, by their index: the backtick follows the underscore.
        const TOOLS: &str = "SELECT text FROM term WHERE text >= 'mcp__' AND text < 'mcp_`' ORDER BY id";
        self.column(TOOLS, values![]).await
    }

    async fn wanted_tool_usage(&self, filter: &UsageFilter) -> sqlx::Result<Vec<ToolUsage>> {
        const NAMES: &str = "SELECT id, text FROM term WHERE id IN (SELECT value FROM json_each(?1))";
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let mut totals = ToolTotals::default();
        self.each_day(&mut tx, &wanted.days(), |day, tools: DayTools| {
            totals.add(day, &tools, |place| wanted.takes(place));
        })
        .await?;
        let names: Vec<(Db<TermId>, String)> =
            all(&mut tx, NAMES, values![json_numbers(&totals.tools())]).await?;
        Ok(totals.named(names.into_iter().map(|(Db(id), tool)| (id, tool)).collect()))
    }
}
