//! Reports on tools.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Compare, Query};
use super::wire;
use ctm_facts::CatalogNames;
use ctm_types::ToolUsage;

impl DatabaseReports {
    /// Returns the calls, errors and sessions of each tool.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn tools(&self, query: &Query, compare: Compare) -> Result<wire::ToolStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let tools = self.machine_store()?.tool_usage(&query.between_ms(bounds.start, bounds.end)).await?;
        let base = gathered.known_base(self.reporter.base(query, compare, gathered.range));
        let before = match &base {
            Some(base) => {
                let start_ms = base.days.bounds_ms(query.tz).start;
                let filter = query.between_ms(start_ms, base.end_ms(query.tz));
                Some(self.machine_store()?.tool_usage(&filter).await?)
            }
            None => None,
        };
        let item = |tool: &ToolUsage| {
            let calls_before = |before: &Vec<ToolUsage>| {
                before.iter().find(|other| other.tool == tool.tool).map_or(0, |other| other.calls)
            };
            wire::ToolUsage { previous_calls: before.as_ref().map(calls_before), ..tool_item(tool) }
        };
        let (calls, errors) = sums(&tools);
        Ok(wire::ToolStats {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            calls,
            errors,
            items: tools.iter().map(item).collect(),
            previous: base.as_ref().zip(before.as_ref()).map(|(base, before)| {
                let (calls, errors) = sums(before);
                wire::PreviousTools { period: gathered.previous_period(base), calls, errors }
            }),
        })
    }
}

/// Returns the calls of tools, and how many failed.
fn sums(tools: &[ToolUsage]) -> (u64, u64) {
    let sum = |of: fn(&ToolUsage) -> u64| tools.iter().map(of).fold(0, u64::saturating_add);
    (sum(|tool| tool.calls), sum(|tool| tool.errors))
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
        previous_calls: None,
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
