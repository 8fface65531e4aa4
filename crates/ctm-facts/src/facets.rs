//! Usage by what responses were made for: skills, subagents, tools, versions, branches, pull requests.
//!
//! # Design
//!
//! The packed days know no details of responses, and most reports need none. So this is summed from the events of
//! the requested time, by conversation and circumstance: their names are looked up afterwards, once each.
//! Every event is in exactly one sum, with all of its tokens: sums by any name add up to the total, and a
//! response is never counted in full for a session of which it is a part.
//!
//! There are nearly as many sums as responses where sessions are short, so they are handed over in parts.

use crate::days::{DayEvent, DayForm, DayUsage, KeptDay};
use crate::{FactKey, ResolvedFilter};
use ctm_types::{
    Circumstance, CircumstanceId, ConversationId, EpochMs, SessionId, Slot, TermId, UsageKey, UsageRow,
    UtcDay,
};
use foldhash::HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The tools that a response calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Called {
    /// None.
    Nothing,
    /// One tool, once or more.
    One(TermId),
    /// Several tools.
    Several,
}

impl Called {
    /// Reads a column: the number of the tool, 0 for none, -1 for several.
    fn of(column: i64) -> Self {
        match column {
            0 => Self::Nothing,
            -1 => Self::Several,
            tool => Self::One(TermId(tool)),
        }
    }
}

/// Everything that a response can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FacetKey {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its circumstance; 0 for none.
    pub circumstance: CircumstanceId,
    /// Its tools.
    pub called: Called,
    /// Its pull request, as an index of the links.
    pub pull_request: Option<usize>,
}

impl FacetKey {
    /// The key of usage of which nothing is known.
    pub const UNKNOWN: Self = Self {
        conversation: ConversationId(0),
        circumstance: CircumstanceId(0),
        called: Called::Nothing,
        pull_request: None,
    };
}

/// Names of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationNames {
    /// Git branch.
    pub branch: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// Entrypoint, such as `cli`.
    pub entrypoint: Option<String>,
    /// Type of the subagent.
    pub agent_kind: Option<String>,
}

/// A pull request that a session is linked to, from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestLink {
    /// The session.
    pub session: SessionId,
    /// Time of the first link, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Repository and number, such as `owner/name#12`.
    pub name: String,
    /// Its address.
    pub url: Option<String>,
}

/// A part of the usage by everything that a response can be grouped by, with the names.
#[derive(Debug, Clone, Default)]
pub struct FacetUsage {
    /// The sums, each of one UTC day; the slot is that of the first event. Those with the same key in other parts are
    /// of other events.
    pub rows: Vec<(FacetKey, UsageRow)>,
    /// Names of the conversations.
    pub conversations: HashMap<ConversationId, ConversationNames>,
    /// Names of the circumstances.
    pub circumstances: HashMap<CircumstanceId, Circumstance>,
    /// Names of the tools.
    pub tools: HashMap<TermId, String>,
    /// The pull requests.
    pub pull_requests: Arc<[PullRequestLink]>,
}

/// Sums of events by facets.
#[derive(Debug, Default)]
pub struct FacetSums {
    rows: HashMap<(FacetKey, UtcDay, UsageKey), UsageRow>,
    /// The links of each session by time, as times and indexes.
    links: HashMap<SessionId, Vec<(EpochMs, usize)>>,
}

impl FacetSums {
    /// Creates empty sums; responses are assigned to these pull requests.
    #[must_use]
    pub fn new(pull_requests: &[PullRequestLink]) -> Self {
        let mut links: HashMap<SessionId, Vec<(EpochMs, usize)>> = HashMap::default();
        for (index, link) in pull_requests.iter().enumerate() {
            links.entry(link.session).or_default().push((link.at_ms, index));
        }
        for links in links.values_mut() {
            links.sort_unstable();
            // Of several at one time, the first one holds, also for what is after it.
            links.dedup_by_key(|(at_ms, _)| *at_ms);
        }
        Self { rows: HashMap::default(), links }
    }

    /// Adds an event that the filter takes. Its columns are those of [`DayUsage`], then conversation, circumstance and
    /// tool; missing ones are 0.
    pub fn add(&mut self, columns: &[i64], form: &DayForm, filter: &ResolvedFilter) {
        let Some((usage, &[conversation, circumstance, tool])) = columns.split_last_chunk() else { return };
        let Some(event): Option<DayEvent> = DayUsage::event(usage) else { return };
        let (key, event) = event.usage(form);
        let UsageKey { session, project, folder, home, billing, sidechain, .. } = key;
        let slot = Slot::of(event.at_ms);
        if !filter.takes(&FactKey { slot, session, project, folder, home, billing, sidechain }) {
            return;
        }
        let facets = FacetKey {
            conversation: ConversationId(conversation),
            circumstance: CircumstanceId(circumstance),
            called: Called::of(tool),
            pull_request: self.pull_request_of(session, event.at_ms),
        };
        self.rows
            .entry((facets, UtcDay::of(event.at_ms), key))
            .and_modify(|row| row.add(&event))
            .or_insert_with(|| UsageRow::of(&event, &key));
    }

    /// Returns the first pull request that a session is linked to after a time; if there is none, the last one before.
    fn pull_request_of(&self, session: SessionId, at_ms: EpochMs) -> Option<usize> {
        let links = self.links.get(&session)?;
        let next = links.partition_point(|(linked_ms, _)| *linked_ms < at_ms);
        links.get(next).or(links.last()).map(|(_, index)| *index)
    }

    /// Returns the number of sums.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the sums, in the order of their keys.
    #[must_use]
    pub fn take(&mut self) -> Vec<(FacetKey, UsageRow)> {
        let mut rows: Vec<_> = self.rows.drain().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows.into_iter().map(|((facets, ..), row)| (facets, row)).collect()
    }
}

/// Returns the conversations, circumstances and tools of rows.
#[must_use]
pub fn named_by(
    rows: &[(FacetKey, UsageRow)],
) -> (BTreeSet<ConversationId>, BTreeSet<CircumstanceId>, BTreeSet<TermId>) {
    let keys = || rows.iter().map(|(key, _)| key);
    let tools = keys().filter_map(|key| match key.called {
        Called::One(tool) => Some(tool),
        Called::Nothing | Called::Several => None,
    });
    (
        keys().map(|key| key.conversation).collect(),
        keys().map(|key| key.circumstance).collect(),
        tools.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_belongs_to_the_next_pull_request_of_its_session_or_the_last_one() {
        let link = |session, at_ms, name: &str| PullRequestLink {
            session: SessionId(session),
            at_ms: EpochMs(at_ms),
            name: name.to_owned(),
            url: None,
        };
        let links = [link(1, 200, "b"), link(1, 100, "a"), link(2, 50, "c"), link(2, 50, "d")];
        let sums = FacetSums::new(&links);
        let check = |session, at_ms, expected: Option<&str>| {
            let index = sums.pull_request_of(SessionId(session), EpochMs(at_ms));
            assert_eq!(index.map(|index| &*links[index].name), expected, "{session} {at_ms}");
        };
        check(1, 0, Some("a"));
        check(1, 100, Some("a"));
        check(1, 101, Some("b"));
        check(1, 201, Some("b"));
        check(2, 49, Some("c"));
        check(2, 51, Some("c"));
        check(3, 0, None);
    }
}
