//! The one coarse question that every report is folded from.

use crate::dictionary::billing;
use crate::starts::folders;
use crate::store::Store;
use ctm_facts::days::DayUsage;
use ctm_facts::{FactKey, ResolvedFilter, UsageFilter};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{Db, Statements, Tx, all, json_list, json_numbers, number, numbers, rows, values};
use ctm_types::{Billing, BillingId, ConversationId, EpochMs, HomeId, ProjectId, SessionId, UsageRow};
use std::collections::HashMap;

/// Selects the canonical paths of homes, and the names of those of other machines.
const HOMES: &str = include_str!("sql/machines/homes.sql");

/// Returns all models and price terms that were ever billed, by number.
pub(crate) async fn billings(on: &mut impl Statements) -> sqlx::Result<HashMap<BillingId, Billing>> {
    const BILLINGS: &str = "SELECT id, model, speed, service_tier, inference_geo, refusal FROM billing
        UNION ALL SELECT -id, model, speed, service_tier, inference_geo, refusal FROM machine_billing";
    let rows = rows(on, BILLINGS, values![]).await?;
    rows.iter().map(|row| Ok((number(row, "id")?, billing(row)?))).collect()
}

/// Looks up the names of a filter.
pub(crate) async fn resolve(
    store: &Store,
    tx: &mut Tx<'_>,
    filter: &UsageFilter,
) -> sqlx::Result<ResolvedFilter> {
    const MODELS: &str = "SELECT id, model FROM billing WHERE model IN (SELECT value FROM json_each(?1))
        UNION ALL SELECT -id, model FROM machine_billing WHERE model IN (SELECT value FROM json_each(?1))";
    const SESSIONS: &str = "SELECT id, uuid FROM session WHERE uuid IN (SELECT value FROM json_each(?1))
        UNION ALL SELECT -id, hash FROM machine_session WHERE hash IN (SELECT value FROM json_each(?1))";
    let projects =
        if filter.projects.is_empty() { HashMap::new() } else { store.names_of_projects(tx).await? };
    let folders = if filter.folders.is_empty() { Vec::new() } else { folders(tx).await? };
    Ok(ResolvedFilter {
        from: filter.from,
        until: filter.until,
        projects: filter.projects_among(projects),
        folders: filter.folders_among(folders),
        billings: filter.billings_among(named(tx, MODELS, &filter.models).await?),
        sessions: filter.sessions_among(named(tx, SESSIONS, &filter.sessions).await?),
        homes: filter.homes_among(homes(tx, &filter.homes).await?),
        sidechain: filter.sidechain,
        without: filter.without.clone(),
        unlogged: filter.unlogged,
    })
}

/// Returns the rows with these names; none when no name is given.
async fn named<Id: From<i64> + Send + Unpin>(
    tx: &mut Tx<'_>,
    statement: &'static str,
    names: &[String],
) -> sqlx::Result<Vec<(Id, String)>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Db<Id>, String)> = all(tx, statement, values![json_list(names)]).await?;
    Ok(rows.into_iter().map(|(Db(id), name)| (id, name)).collect())
}

/// Returns the homes to look for names among, those of other machines included; none when no name is given.
async fn homes(tx: &mut Tx<'_>, names: &[String]) -> sqlx::Result<Vec<(HomeId, String)>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Db<HomeId>, String)> = all(tx, HOMES, values![]).await?;
    Ok(rows.into_iter().map(|(Db(id), name)| (id, name)).collect())
}

/// Returns the numbers of the conversations that a filter takes; `None` for all.
pub(crate) async fn conversations(
    tx: &mut Tx<'_>,
    filter: &ResolvedFilter,
) -> sqlx::Result<Option<Vec<ConversationId>>> {
    const OF_SESSIONS: &str = include_str!("sql/usage/conversations_of_sessions.sql");
    const OF_ALL: &str = include_str!("sql/usage/conversations_of_all.sql");
    if filter.takes_all_conversations() {
        return Ok(None);
    }
    let statement = if filter.sessions.is_some() { OF_SESSIONS } else { OF_ALL };
    let [sessions, projects] = [ids(filter.sessions.as_ref()), ids(filter.projects.as_ref())];
    let values = values![sessions, projects, filter.sidechain, ids(filter.folders.as_ref())];
    numbers(tx, statement, values).await.map(Some)
}

/// Writes ids as a list that a statement takes; NULL for all.
pub(crate) fn ids<'i, Id: Copy + Into<i64> + 'i>(
    ids: Option<impl IntoIterator<Item = &'i Id>>,
) -> Option<String> {
    ids.map(|ids| json_numbers(&ids.into_iter().copied().collect::<Vec<Id>>()))
}

impl Store {
    /// Returns the events that pass the filter, summed by slot, session, project, home, billing and
    /// context band: how many of the thresholds that the store was opened with an event's prompt
    /// exceeds. What counts as other machines claim it is theirs. Requests without a response are rows of their own, if
    /// requested.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        let mut usage = Vec::new();
        self.each_usage(filter, |rows| usage.extend_from_slice(rows)).await?;
        Ok(usage)
    }

    /// Passes the same rows to `take` in parts: those of a UTC day together, the days in no order, and then those of other
    /// machines in the same way.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn each_usage(
        &self,
        filter: &UsageFilter,
        take: impl FnMut(&[UsageRow]) + Send,
    ) -> Result<(), StorageError> {
        self.each_wanted_usage(filter, take).await.at(&self.path)
    }

    async fn each_wanted_usage(
        &self,
        filter: &UsageFilter,
        mut take: impl FnMut(&[UsageRow]) + Send,
    ) -> sqlx::Result<()> {
        let mut tx = self.read().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        self.each_usage_of(&mut tx, &wanted, &mut take).await?;
        self.each_claimed_usage_of(&mut tx, &wanted, &mut take).await?;
        if wanted.unlogged {
            let unlogged = self.unlogged_of(&mut tx, &wanted).await?;
            take(&unlogged.into_iter().map(|request| request.usage).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Returns the selected sums of events.
    pub(crate) async fn usage_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
    ) -> sqlx::Result<Vec<UsageRow>> {
        let mut usage = Vec::new();
        self.each_usage_of(tx, wanted, |rows| usage.extend_from_slice(rows)).await?;
        Ok(usage)
    }

    /// Passes the selected sums of events to `take`, those of a UTC day together.
    async fn each_usage_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
        mut take: impl FnMut(&[UsageRow]) + Send,
    ) -> sqlx::Result<()> {
        let mut rows = Vec::new();
        self.each_day(tx, &wanted.days(), |day, of_day: DayUsage| {
            rows.clear();
            rows.extend(of_day.rows(day).filter(|row| wanted.takes(&FactKey::from(row))));
            take(&rows);
        })
        .await
    }

    /// Returns all session ids, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_names(&self) -> Result<HashMap<SessionId, String>, StorageError> {
        const SESSIONS: &str = "SELECT id, uuid FROM session UNION ALL SELECT -id, hash FROM machine_session";
        let rows: Vec<(Db<SessionId>, String)> = self.all(SESSIONS, values![]).await?;
        Ok(rows.into_iter().map(|(Db(id), name)| (id, name)).collect())
    }

    /// Returns what projects are called, by the number of the folder that a session was started in.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn project_names(&self) -> Result<HashMap<ProjectId, String>, StorageError> {
        let names = async { self.names_of_projects(&mut self.read().await?).await };
        names.await.at(&self.path)
    }

    /// Returns what projects are called, those of other machines included; what these do not disclose is `(unknown)`.
    async fn names_of_projects(&self, tx: &mut Tx<'_>) -> sqlx::Result<HashMap<ProjectId, String>> {
        const OF_MACHINES: &str = "SELECT -id, name FROM machine_project
            UNION ALL SELECT 0, '(unknown)' WHERE EXISTS (SELECT 1 FROM machine)";
        let mut names = self.names_of_folders(tx).await?;
        let others: Vec<(Db<ProjectId>, String)> = all(tx, OF_MACHINES, values![]).await?;
        names.extend(others.into_iter().map(|(Db(id), name)| (id, name)));
        Ok(names)
    }

    /// Returns the canonical paths of all Claude homes, and `machine:` with its name for each other machine, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn home_names(&self) -> Result<HashMap<HomeId, String>, StorageError> {
        let rows: Vec<(Db<HomeId>, String)> = self.all(HOMES, values![]).await?;
        Ok(rows.into_iter().map(|(Db(id), home)| (id, home)).collect())
    }

    /// Returns all models and terms that were ever billed, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn billings(&self) -> Result<HashMap<BillingId, Billing>, StorageError> {
        let mut tx = self.read().await.at(&self.path)?;
        billings(&mut tx).await.at(&self.path)
    }

    /// Returns the times of the first and of the last event or claim that counts, in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn time_span(&self) -> Result<Option<(EpochMs, EpochMs)>, StorageError> {
        // Separate queries, each of which is one step in an index.
        const SPAN: &str = "SELECT (SELECT min(at_ms) FROM event), (SELECT max(at_ms) FROM event),
            (SELECT min(at_ms) FROM machine_claim WHERE counts), (SELECT max(at_ms) FROM machine_claim WHERE counts)";
        type Time = Option<Db<EpochMs>>;
        let (first, last, first_claim, last_claim): (Time, Time, Time, Time) =
            self.one(SPAN, values![]).await?;
        let first = first.into_iter().chain(first_claim).map(|Db(at)| at).min();
        let last = last.into_iter().chain(last_claim).map(|Db(at)| at).max();
        Ok(first.zip(last))
    }
}
