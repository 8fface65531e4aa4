//! Reports on tools.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::Query;
use super::wire;
use ctm_facts::CatalogNames;
use ctm_types::ToolUsage;

impl DatabaseReports {
    /// Returns the calls, errors and sessions of each tool.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn tools(&self, query: &Query) -> Result<wire::ToolStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let tools = self.store.tool_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        Ok(wire::ToolStats {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            calls: tools.iter().fold(0, |sum: u64, tool| sum.saturating_add(tool.calls)),
            errors: tools.iter().fold(0, |sum: u64, tool| sum.saturating_add(tool.errors)),
            items: tools.iter().map(tool_item).collect(),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for showing only")]
pub(super) fn tool_item(tool: &ToolUsage) -> wire::ToolUsage {
    wire::ToolUsage {
        tool: tool.tool.clone(),
        mcp_server: mcp_server(&tool.tool).map(str::to_owned),
        calls: tool.calls,
        errors: tool.errors,
        error_rate: if tool.calls == 0 { 0.0 } else { tool.errors as f64 / tool.calls as f64 },
        sessions: tool.sessions,
        last_at: (tool.calls > 0).then(|| wire::Time::of(tool.last_ms)),
    }
}

/// Returns the MCP server of a tool: Claude Code names its tools `mcp__<server>__<tool>`.
fn mcp_server(tool: &str) -> Option<&str> {
    let (server, _) = tool.strip_prefix("mcp__")?.split_once("__")?;
    (!server.is_empty()).then_some(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_mcp_servers_have_their_server() {
        let check = |tool: &str, expected: Option<&str>| assert_eq!(mcp_server(tool), expected, "{tool}");
        check("Bash", None);
        check("mcp__github__create_issue", Some("github"));
        check("mcp__claude_ai_Linear__list__all", Some("claude_ai_Linear"));
        check("mcp__", None);
        check("mcp____x", None);
    }
}
