//! Usage by what responses were made for.

use crate::days::usage_event;
use crate::dictionary::circumstance;
use crate::event_pages::EventPages;
use crate::machines::claimed_versions;
use crate::store::Store;
use crate::usage::{billings, resolve};
use ctm_facts::facets::{ConversationNames, FacetKey, FacetSums, FacetUsage, PullRequestLink, named_by};
use ctm_facts::{ResolvedFilter, UsageFilter};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Db, Row, Tx, all, json_numbers, number, rows, values};
use ctm_types::{Billing, BillingId, CircumstanceId, ConversationId, EpochMs, SessionId, TermId, UsageRow};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Number of sums from which on they are a part.
pub(crate) const SUMS_AT_ONCE: usize = 20_000;

/// Details that are only read on request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FacetDetails {
    /// The tools of each response.
    pub tools: bool,
    /// The pull request of each response.
    pub pull_requests: bool,
    /// The version of usage of other machines.
    pub versions: bool,
}

/// Selects the events between two of them: after the time ?1 and the number ?2, up to the time ?3 and the number ?4.
/// Details belong to the first part of a response.
macro_rules! events {
    ($tool:literal) => {
        concat!(
            "SELECT ",
            usage_event!(),
            ", coalesce(conversation_id, 0), coalesce(CASE WHEN part = 0 THEN circumstance_id ELSE (
                 SELECT first.circumstance_id FROM event AS first INDEXED BY event_key
                 WHERE first.key_hash = event.key_hash AND first.key = event.key AND first.part = 0) END, 0), ",
            $tool,
            " FROM event INDEXED BY event_at
              LEFT JOIN conversation ON conversation.id = conversation_id
              LEFT JOIN session ON session.id = session_id
              LEFT JOIN source_file ON source_file.id = origin_file_id
              WHERE (at_ms, event.id) > (?1, ?2) AND (at_ms, event.id) <= (?3, ?4)
                AND NOT EXISTS (SELECT 1 FROM machine_overlap WHERE event_id = event.id AND beaten)"
        )
    };
}

const EVENTS: &str = events!("0");

const EVENTS_WITH_TOOLS: &str = events!(
    "(SELECT CASE count(DISTINCT tool_id) WHEN 0 THEN 0 WHEN 1 THEN min(tool_id) ELSE -1 END FROM tool_call
      WHERE event_id = CASE WHEN part = 0 THEN event.id ELSE (
          SELECT first.id FROM event AS first INDEXED BY event_key
          WHERE first.key_hash = event.key_hash AND first.key = event.key AND first.part = 0) END)"
);

/// Usage by what responses were made for, in parts of a limited size, all of one state of the database.
#[derive(Debug)]
pub struct FacetParts {
    store: Store,
    tx: Tx<'static>,
    wanted: ResolvedFilter,
    statement: &'static str,
    sums: FacetSums,
    pull_requests: Arc<[PullRequestLink]>,
    billings: HashMap<BillingId, Billing>,
    pages: EventPages,
    /// Usage of other machines, until it is part of a result.
    claimed: Vec<(FacetKey, UsageRow)>,
}

impl Store {
    /// Begins to sum the events that pass the filter by UTC day, conversation and circumstance, and by the requested
    /// details. Of the usage of other machines, only the version is known, on request. The sum of all parts is that of [`Store::usage`].
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn facet_usage(
        &self,
        filter: &UsageFilter,
        details: FacetDetails,
    ) -> Result<FacetParts, StorageError> {
        FacetParts::new(self, filter, details).await.at(&self.path)
    }

    /// Returns the names of all branches, in any order.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn branch_names(&self) -> Result<Vec<String>, StorageError> {
        const NAMES: &str = "SELECT text FROM term WHERE id IN (SELECT branch_id FROM conversation)";
        self.column(NAMES, values![]).await
    }
}

impl FacetParts {
    async fn new(store: &Store, filter: &UsageFilter, details: FacetDetails) -> sqlx::Result<Self> {
        let mut tx = store.read().await?;
        let wanted = resolve(store, &mut tx, filter).await?;
        let mut claimed = Vec::new();
        if details.versions {
            claimed = store.claimed_versions_of(&mut tx, &wanted).await?;
        } else {
            let unknown = |row: &UsageRow| (FacetKey::UNKNOWN, *row);
            let take = |rows: &[UsageRow]| claimed.extend(rows.iter().map(unknown));
            store.each_claimed_usage_of(&mut tx, &wanted, take).await?;
        }
        let pull_requests = if details.pull_requests { pull_requests(&mut tx).await? } else { Vec::new() };
        Ok(Self {
            store: store.clone(),
            statement: if details.tools { EVENTS_WITH_TOOLS } else { EVENTS },
            sums: FacetSums::new(&pull_requests),
            pull_requests: pull_requests.into(),
            billings: billings(&mut tx).await?,
            claimed,
            tx,
            pages: EventPages::new(&wanted),
            wanted,
        })
    }

    /// Returns all models and price terms of the same state. Another query would wait for another connection, of which
    /// there are few, while this one is held.
    #[must_use]
    pub fn billings(&self) -> &HashMap<BillingId, Billing> {
        &self.billings
    }

    /// Returns the pull requests of all sessions, if they are requested.
    #[must_use]
    pub fn pull_requests(&self) -> &Arc<[PullRequestLink]> {
        &self.pull_requests
    }

    /// Returns the next part, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn next(&mut self) -> Result<Option<FacetUsage>, StorageError> {
        self.read_part().await.at(&self.store.path)
    }

    async fn read_part(&mut self) -> sqlx::Result<Option<FacetUsage>> {
        let Self { store, tx, wanted, sums, .. } = self;
        while sums.len() < SUMS_AT_ONCE
            && let Some(page) = self.pages.next(tx).await?
        {
            each_row(tx, self.statement, page, |columns| sums.add(columns, &store.form, wanted)).await?;
        }
        let mut rows = sums.take();
        if rows.is_empty() {
            rows.append(&mut self.claimed);
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let (conversations, circumstances, tools) = named_by(&rows);
        let named = conversation_names(tx, &conversations).await?.into_iter();
        let named = named.chain(claimed_versions(tx, &conversations).await?);
        Ok(Some(FacetUsage {
            rows,
            conversations: named.collect(),
            circumstances: circumstance_names(tx, &circumstances).await?.into_iter().collect(),
            tools: tool_names(tx, &tools).await?.into_iter().collect(),
            pull_requests: Arc::clone(&self.pull_requests),
        }))
    }
}

/// Returns the pull requests of all sessions.
async fn pull_requests(tx: &mut Tx<'_>) -> sqlx::Result<Vec<PullRequestLink>> {
    type Link = (Db<SessionId>, Db<EpochMs>, String, i64, Option<String>);
    let links: Vec<Link> = all(tx, include_str!("sql/facets/pull_requests.sql"), values![]).await?;
    let link = |(Db(session), Db(at_ms), repository, number, url): Link| PullRequestLink {
        session,
        at_ms,
        name: format!("{repository}#{number}"),
        url,
    };
    Ok(links.into_iter().map(link).collect())
}

pub(crate) async fn conversation_names(
    tx: &mut Tx<'_>,
    wanted: &BTreeSet<ConversationId>,
) -> sqlx::Result<Vec<(ConversationId, ConversationNames)>> {
    const NAMES: &str = include_str!("sql/facets/conversations.sql");
    let of = |row: &Row| -> sqlx::Result<_> {
        let names = ConversationNames {
            branch: row.try_get("branch")?,
            version: row.try_get("version")?,
            entrypoint: row.try_get("entrypoint")?,
            agent_kind: row.try_get("agent_kind")?,
        };
        Ok((number(row, "id")?, names))
    };
    let wanted: Vec<ConversationId> = wanted.iter().copied().collect();
    rows(tx, NAMES, values![json_numbers(&wanted)]).await?.iter().map(of).collect()
}

async fn circumstance_names(
    tx: &mut Tx<'_>,
    wanted: &BTreeSet<CircumstanceId>,
) -> sqlx::Result<Vec<(CircumstanceId, ctm_types::Circumstance)>> {
    const NAMES: &str = "SELECT circumstance.* FROM json_each(?1) AS wanted
         CROSS JOIN circumstance ON circumstance.id = wanted.value";
    let wanted: Vec<CircumstanceId> = wanted.iter().copied().collect();
    let found = rows(tx, NAMES, values![json_numbers(&wanted)]).await?;
    found.iter().map(|row| Ok((number(row, "id")?, circumstance(row)?))).collect()
}

async fn tool_names(tx: &mut Tx<'_>, wanted: &BTreeSet<TermId>) -> sqlx::Result<Vec<(TermId, String)>> {
    const NAMES: &str = "SELECT id, text FROM term WHERE id IN (SELECT value FROM json_each(?1))";
    let wanted: Vec<TermId> = wanted.iter().copied().collect();
    let names: Vec<(Db<TermId>, String)> = all(tx, NAMES, values![json_numbers(&wanted)]).await?;
    Ok(names.into_iter().map(|(Db(id), name)| (id, name)).collect())
}
