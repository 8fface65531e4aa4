//! Usage by what responses were made for: skills, subagents, tools, versions, branches, pull requests.
//!
//! # Design
//!
//! A response counts once in each report, with its own usage: never the whole session in which a skill was
//! used. So every report adds up to the total, with an item for the responses without a name.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Query, name_of};
use super::reporter::{Gathered, Reporter};
use super::wire::{self, ByItem, ByKind, ByStats, Usage};
use ctm_aggregate::Base;
use ctm_aggregate::facets::{FacetAmounts, KeyedRow, by_key};
use ctm_config::settings::TicketPattern;
use ctm_facts::facets::{Called, FacetKey, FacetUsage};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_storage::FacetDetails;
use ctm_types::{Catalog, ConversationId, UsageRow};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// What responses are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByWhat {
    /// Skills.
    Skill,
    /// Plugins.
    Plugin,
    /// Types of subagents.
    Agent,
    /// MCP servers.
    Mcp,
    /// Tools: the one that a response calls.
    Tool,
    /// Requested effort.
    Effort,
    /// Entrypoints, such as the command line or an editor.
    Entrypoint,
    /// Versions of Claude Code.
    Version,
    /// Git branches.
    Branch,
    /// Tickets in the names of branches.
    Ticket,
    /// Pull requests.
    PullRequest,
}

/// What responses are grouped by, by names.
pub const BY: [(&str, ByWhat); 11] = [
    ("skill", ByWhat::Skill),
    ("plugin", ByWhat::Plugin),
    ("agent", ByWhat::Agent),
    ("mcp", ByWhat::Mcp),
    ("tool", ByWhat::Tool),
    ("effort", ByWhat::Effort),
    ("entrypoint", ByWhat::Entrypoint),
    ("version", ByWhat::Version),
    ("branch", ByWhat::Branch),
    ("ticket", ByWhat::Ticket),
    ("pr", ByWhat::PullRequest),
];

/// The first version of Claude Code that attributes each response to an MCP server by itself.
const RELIABLE_MCP: [u64; 3] = [2, 1, 222];

/// The key of an item: named ones are before all others.
pub(super) type ByKey = (ByKind, String);

/// The tickets of conversations.
type Tickets<'u> = HashMap<ConversationId, &'u str>;

/// The usage of each key.
pub(super) type BySums = BTreeMap<ByKey, FacetAmounts>;

impl ByWhat {
    /// Returns the key of a row.
    fn key(self, of: &FacetUsage, key: &FacetKey, row: &UsageRow, tickets: &Tickets<'_>) -> ByKey {
        let circumstance = of.circumstances.get(&key.circumstance);
        let conversation = of.conversations.get(&key.conversation);
        let name = match self {
            Self::Skill => circumstance.and_then(|circumstance| circumstance.skill.as_ref()),
            Self::Plugin => circumstance.and_then(|circumstance| circumstance.plugin.as_ref()),
            Self::Mcp => circumstance.and_then(|circumstance| circumstance.mcp_server.as_ref()),
            Self::Effort => circumstance.and_then(|circumstance| circumstance.effort.as_ref()),
            Self::Entrypoint => conversation.and_then(|conversation| conversation.entrypoint.as_ref()),
            Self::Version => conversation.and_then(|conversation| conversation.version.as_ref()),
            Self::Branch => conversation.and_then(|conversation| conversation.branch.as_ref()),
            Self::Ticket => {
                let ticket = tickets.get(&key.conversation);
                return ticket
                    .map_or((ByKind::None, String::new()), |name| (ByKind::Named, (*name).to_owned()));
            }
            Self::PullRequest => {
                key.pull_request.and_then(|index| of.pull_requests.get(index)).map(|link| &link.name)
            }
            Self::Agent if !row.sidechain => return (ByKind::Main, String::new()),
            Self::Agent => conversation
                .and_then(|conversation| conversation.agent_kind.as_ref())
                .or_else(|| circumstance.and_then(|circumstance| circumstance.agent.as_ref())),
            Self::Tool => match key.called {
                Called::Nothing => None,
                Called::One(tool) => of.tools.get(&tool),
                Called::Several => return (ByKind::Several, String::new()),
            },
        };
        name.map_or((ByKind::None, String::new()), |name| (ByKind::Named, name.clone()))
    }

    /// Returns whether the key of a row rests on unreliable data.
    fn is_unreliable(self, of: &FacetUsage, key: &FacetKey) -> bool {
        let version = || of.conversations.get(&key.conversation)?.version.as_deref();
        let is_attributed = of
            .circumstances
            .get(&key.circumstance)
            .is_some_and(|circumstance| circumstance.mcp_server.is_some());
        self == Self::Mcp
            && is_attributed
            && version().and_then(numbers).is_none_or(|version| version < RELIABLE_MCP)
    }
}

/// Returns the numbers of a version.
pub(super) fn numbers(version: &str) -> Option<[u64; 3]> {
    let release = version.split(['-', '+']).next()?;
    let numbers: Vec<u64> = release.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

impl DatabaseReports {
    /// Returns the usage by what responses were made for; at most `limit` named items, and the rest.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn by(&self, query: &Query, by: ByWhat, limit: usize) -> Result<ByStats, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let bounds = gathered.range.bounds_ms(query.tz);
        let sums = self.facet_sums(&query.between_ms(bounds.start, bounds.end), &[by]).await?;
        let sums = sums.into_iter().flat_map(|(_, sums)| sums);
        let (named, others): (Vec<_>, Vec<_>) = sums.partition(|((kind, _), _)| *kind == ByKind::Named);
        let mut named = named;
        named.sort_by_cached_key(|((_, name), of)| {
            let amounts = &of.usage.amounts;
            (Reverse(amounts.cost), Reverse(amounts.tokens.total()), name.clone())
        });
        let rest = named.split_off(limit.min(named.len()));
        let mut sum = FacetAmounts::default();
        rest.iter().for_each(|(_, of)| sum.add(of));
        let mut total = sum.clone();
        named.iter().chain(&others).for_each(|(_, of)| total.add(of));
        Ok(ByStats {
            meta: self.reporter.meta(query, &gathered, &ledger),
            by: name_of(&BY, &by),
            items: named.into_iter().chain(others).map(item).collect(),
            rest_count: rest.len(),
            rest: (!rest.is_empty()).then(|| shared(&sum)),
            totals: wire::SharedUsage { usage: (&ledger.total()).into(), ..shared(&total) },
        })
    }

    /// Returns the usage of each key, by each of `by`.
    async fn facet_sums(
        &self,
        filter: &UsageFilter,
        by: &[ByWhat],
    ) -> Result<Vec<(ByWhat, BySums)>, ReportError> {
        if by.is_empty() {
            return Ok(Vec::new());
        }
        let details = FacetDetails {
            tools: by.contains(&ByWhat::Tool),
            pull_requests: by.contains(&ByWhat::PullRequest),
            versions: by.contains(&ByWhat::Version),
        };
        let mut parts = self.machine_store()?.facet_usage(filter, details).await?;
        let catalog = Catalog { billings: parts.billings().clone(), ..Catalog::default() };
        let mut all: Vec<_> = by.iter().map(|by| (*by, BySums::new())).collect();
        while let Some(usage) = parts.next().await? {
            for (by, of) in &mut all {
                for (key, amounts) in sums(&usage, *by, &catalog, &self.reporter) {
                    of.entry(key).or_default().add(&amounts);
                }
            }
        }
        Ok(all)
    }

    /// Returns the usage by each of `by` in a base and in the period after it.
    pub(super) async fn facets_since(
        &self,
        query: &Query,
        gathered: &Gathered,
        base: &Base,
        by: &[ByWhat],
    ) -> Result<Vec<(ByWhat, [BySums; 2])>, ReportError> {
        let bounds = gathered.range.bounds_ms(query.tz);
        let start_ms = base.days.bounds_ms(query.tz).start;
        let before = query.between_ms(start_ms, base.end_ms(query.tz));
        let before = self.facet_sums(&before, by).await?;
        let now = self.facet_sums(&query.between_ms(bounds.start, bounds.end), by).await?;
        let pair = |((by, before), (_, now))| (by, [before, now]);
        Ok(before.into_iter().zip(now).map(pair).collect())
    }
}

/// Sums usage by its keys.
fn sums(usage: &FacetUsage, by: ByWhat, catalog: &Catalog, reporter: &Reporter) -> BySums {
    let tickets = if by == ByWhat::Ticket { tickets(usage, &reporter.ticket) } else { Tickets::new() };
    let keyed = |(key, row): &(FacetKey, UsageRow)| KeyedRow {
        key: by.key(usage, key, row, &tickets),
        is_unreliable: by.is_unreliable(usage, key),
    };
    let keys: Vec<KeyedRow<ByKey>> = usage.rows.iter().map(keyed).collect();
    let rows: Vec<UsageRow> = usage.rows.iter().map(|(_, row)| *row).collect();
    by_key(&rows, &keys, catalog, &reporter.prices)
}

/// Returns the ticket of each conversation whose branch names one.
fn tickets<'u>(usage: &'u FacetUsage, pattern: &TicketPattern) -> Tickets<'u> {
    let named = usage.conversations.iter();
    named
        .filter_map(|(conversation, names)| {
            Some((*conversation, pattern.ticket_of(names.branch.as_deref()?)?))
        })
        .collect()
}

fn shared(of: &FacetAmounts) -> wire::SharedUsage {
    wire::SharedUsage { usage: (&of.usage).into(), subagents: Usage::of_subagents(&of.usage) }
}

fn item(((kind, name), of): (ByKey, FacetAmounts)) -> ByItem {
    ByItem {
        key: (kind == ByKind::Named).then_some(name),
        kind,
        usage: (&of.usage).into(),
        subagents: Usage::of_subagents(&of.usage),
        unreliable_responses: of.unreliable.responses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let check = |version: &str, expected: Option<bool>| {
            assert_eq!(numbers(version).map(|version| version >= RELIABLE_MCP), expected, "{version}");
        };
        check("2.1.222", Some(true));
        check("2.1.221", Some(false));
        check("2.1.1000", Some(true));
        check("10.0.0", Some(true));
        check("2.1.222-beta.1", Some(true));
        check("2.1", None);
        check("unknown", None);
    }
}
