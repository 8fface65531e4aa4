//! The one coarse question that every report is folded from.

use crate::days::day_of_slot;
use crate::dictionary::{billing, json_numbers};
use crate::error::{AtPath, StorageError};
use crate::events::json_list;
use crate::store::Store;
use crate::usage_days::DayUsage;
use crate::writer::Tx;
use ctm_types::project::normalised;
use ctm_types::{Billing, Slot, UsageRow};
use sqlx::Row;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

/// Filter of events. Lists name alternatives; an empty one names all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct UsageFilter {
    /// The first slot.
    pub from: Option<Slot>,
    /// The slot before which events lie.
    pub until: Option<Slot>,
    /// Projects, by the name that reports show.
    pub projects: Vec<String>,
    /// Working directories of responses.
    pub folders: Vec<String>,
    /// Models, by name as logged.
    pub models: Vec<String>,
    /// Session ids.
    pub sessions: Vec<String>,
    /// Claude homes, by canonical path.
    pub homes: Vec<String>,
    /// Only usage of subagents, or only usage of main conversations.
    pub sidechain: Option<bool>,
    /// Responses that no list has, by number: those that are not billed.
    pub without: Vec<i64>,
}

/// Where usage was, in numbers: what a filter decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FactKey {
    pub(crate) slot: i64,
    pub(crate) session: i64,
    pub(crate) project: i64,
    pub(crate) folder: i64,
    pub(crate) home: i64,
    pub(crate) billing: i64,
    pub(crate) sidechain: bool,
}

impl FactKey {
    fn of(row: &UsageRow, sidechain: bool) -> Self {
        let UsageRow { session, project, folder, home, billing, .. } = *row;
        Self { slot: row.slot.0, session, project, folder, home, billing, sidechain }
    }
}

/// A filter in numbers; `None` takes all.
pub(crate) struct ResolvedFilter {
    from: i64,
    until: i64,
    projects: Option<HashSet<i64>>,
    folders: Option<HashSet<i64>>,
    billings: Option<HashSet<i64>>,
    sessions: Option<HashSet<i64>>,
    homes: Option<HashSet<i64>>,
    sidechain: Option<bool>,
    without: Vec<i64>,
}

impl ResolvedFilter {
    pub(crate) async fn of(store: &Store, tx: &mut Tx<'_>, filter: &UsageFilter) -> sqlx::Result<Self> {
        const BILLINGS: &str = "SELECT id FROM billing WHERE model IN (SELECT value FROM json_each(?1))";
        const SESSIONS: &str = "SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))";
        const HOMES: &str = "SELECT id FROM home WHERE root IN (SELECT value FROM json_each(?1))";
        Ok(Self {
            from: filter.from.map_or(i64::MIN, |slot| slot.0),
            until: filter.until.map_or(i64::MAX, |slot| slot.0),
            projects: projects(store, tx, &filter.projects).await?,
            folders: folders(tx, &filter.folders).await?,
            billings: numbers(tx, BILLINGS, &filter.models).await?,
            sessions: numbers(tx, SESSIONS, &filter.sessions).await?,
            homes: numbers(tx, HOMES, &filter.homes).await?,
            sidechain: filter.sidechain,
            without: filter.without.clone(),
        })
    }

    /// Returns UTC days outside of which nothing is wanted, counted from the epoch.
    pub(crate) fn days(&self) -> RangeInclusive<i64> {
        day_of_slot(self.from)..=day_of_slot(self.until)
    }

    /// Returns the first and the last millisecond that are wanted.
    pub(crate) fn times(&self) -> (i64, i64) {
        let end_ms = Slot(self.until).start_ms();
        (Slot(self.from).start_ms(), if self.until == i64::MAX { end_ms } else { end_ms.saturating_sub(1) })
    }

    /// Returns the numbers of the billings that are wanted.
    pub(crate) fn billings(&self) -> Option<Vec<i64>> {
        self.billings.as_ref().map(list)
    }

    /// Returns the numbers of the responses that no list has, as a statement takes them.
    pub(crate) fn without(&self) -> Option<String> {
        (!self.without.is_empty()).then(|| json_numbers(&self.without))
    }

    /// Returns the numbers of the homes that are wanted.
    pub(crate) fn homes(&self) -> Option<Vec<i64>> {
        self.homes.as_ref().map(list)
    }

    /// Returns the numbers of the conversations that are wanted.
    pub(crate) async fn conversations(&self, tx: &mut Tx<'_>) -> sqlx::Result<Option<Vec<i64>>> {
        let places = [&self.sessions, &self.projects, &self.folders];
        if places.iter().all(|wanted| wanted.is_none()) && self.sidechain.is_none() {
            return Ok(None);
        }
        let statement = match self.sessions {
            Some(_) => {
                "SELECT conversation.id FROM json_each(?1) AS wanted
                 CROSS JOIN conversation ON session_id = wanted.value
                 LEFT JOIN session ON session.id = session_id
                 WHERE (?2 IS NULL OR coalesce(start_project_id, project_id) IN (SELECT value FROM json_each(?2)))
                   AND (?3 IS NULL OR sidechain = ?3)
                   AND (?4 IS NULL OR project_id IN (SELECT value FROM json_each(?4)))"
            }
            None => {
                "SELECT conversation.id FROM conversation LEFT JOIN session ON session.id = session_id
                 WHERE ?1 IS NULL
                   AND (?2 IS NULL OR coalesce(start_project_id, project_id) IN (SELECT value FROM json_each(?2)))
                   AND (?3 IS NULL OR sidechain = ?3)
                   AND (?4 IS NULL OR project_id IN (SELECT value FROM json_each(?4)))"
            }
        };
        let json =
            |numbers: &Option<HashSet<i64>>| numbers.as_ref().map(|numbers| json_numbers(&list(numbers)));
        let conversations = sqlx::query_scalar(statement)
            .bind(json(&self.sessions))
            .bind(json(&self.projects))
            .bind(self.sidechain)
            .bind(json(&self.folders))
            .fetch_all(&mut **tx)
            .await?;
        Ok(Some(conversations))
    }

    pub(crate) fn takes(&self, place: &FactKey) -> bool {
        let among = |wanted: &Option<HashSet<i64>>, number| {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(&number))
        };
        (self.from..self.until).contains(&place.slot)
            && among(&self.projects, place.project)
            && among(&self.folders, place.folder)
            && among(&self.billings, place.billing)
            && among(&self.sessions, place.session)
            && among(&self.homes, place.home)
            && self.sidechain.is_none_or(|wanted| wanted == place.sidechain)
    }
}

fn list(numbers: &HashSet<i64>) -> Vec<i64> {
    numbers.iter().copied().collect()
}

/// Returns the folders of these projects; `None` when none is given.
async fn projects(store: &Store, tx: &mut Tx<'_>, names: &[String]) -> sqlx::Result<Option<HashSet<i64>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let folders = store.names_of_folders(tx).await?;
    Ok(Some(folders.into_iter().filter(|(_, name)| names.contains(name)).map(|(folder, _)| folder).collect()))
}

/// Returns the numbers of folders, in whatever form they are named; `None` when none is given.
async fn folders(tx: &mut Tx<'_>, names: &[String]) -> sqlx::Result<Option<HashSet<i64>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let names: HashSet<String> = names.iter().map(|name| normalised(name)).collect();
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, path FROM project").fetch_all(&mut **tx).await?;
    Ok(Some(
        rows.into_iter().filter(|(_, path)| names.contains(&normalised(path))).map(|(id, _)| id).collect(),
    ))
}

/// Returns the numbers of names; `None` when no name is given.
async fn numbers(
    tx: &mut Tx<'_>,
    statement: &'static str,
    names: &[String],
) -> sqlx::Result<Option<HashSet<i64>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let numbers: Vec<i64> = sqlx::query_scalar(statement).bind(json_list(names)).fetch_all(&mut **tx).await?;
    Ok(Some(numbers.into_iter().collect()))
}

impl Store {
    /// Returns the events that pass the filter, summed by slot, session, project, home, billing and
    /// context band: how many of the thresholds that the store was opened with an event's prompt
    /// exceeds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        self.wanted_usage(filter).await.at(&self.path)
    }

    async fn wanted_usage(&self, filter: &UsageFilter) -> sqlx::Result<Vec<UsageRow>> {
        let mut tx = self.readers().begin().await?;
        let wanted = ResolvedFilter::of(self, &mut tx, filter).await?;
        self.usage_of(&mut tx, &wanted).await
    }

    /// Returns the sums that are wanted.
    pub(crate) async fn usage_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
    ) -> sqlx::Result<Vec<UsageRow>> {
        let mut usage = Vec::new();
        self.each_day(tx, &wanted.days(), |day, of_day: DayUsage| {
            let rows =
                of_day.rows(day).filter(|(row, sidechain)| wanted.takes(&FactKey::of(row, *sidechain)));
            usage.extend(rows.map(|(row, _)| row));
        })
        .await?;
        Ok(usage)
    }

    /// Returns all session ids, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_names(&self) -> Result<HashMap<i64, String>, StorageError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, uuid FROM session").fetch_all(&self.readers()).await.at(&self.path)?;
        Ok(rows.into_iter().collect())
    }

    /// Returns what projects are called, by the number of the folder that a session was started in.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn project_names(&self) -> Result<HashMap<i64, String>, StorageError> {
        self.try_project_names().await.at(&self.path)
    }

    async fn try_project_names(&self) -> sqlx::Result<HashMap<i64, String>> {
        let mut tx = self.readers().begin().await?;
        self.names_of_folders(&mut tx).await
    }

    /// Returns the canonical paths of all Claude homes, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn home_names(&self) -> Result<HashMap<i64, String>, StorageError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, root FROM home").fetch_all(&self.readers()).await.at(&self.path)?;
        Ok(rows.into_iter().collect())
    }

    /// Returns all models and terms that were ever billed, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn billings(&self) -> Result<HashMap<i64, Billing>, StorageError> {
        let rows = sqlx::query("SELECT id, model, speed, service_tier, inference_geo, refusal FROM billing")
            .fetch_all(&self.readers())
            .await
            .at(&self.path)?;
        let billings = rows.iter().map(|row| Ok((row.try_get("id")?, billing(row)?)));
        billings.collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns the times of the first and of the last event, in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn time_span(&self) -> Result<Option<(i64, i64)>, StorageError> {
        // Apart from each other, so that each is one step in the index.
        let span: (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT (SELECT min(at_ms) FROM event), (SELECT max(at_ms) FROM event)")
                .fetch_one(&self.readers())
                .await
                .at(&self.path)?;
        Ok(span.0.zip(span.1))
    }
}
