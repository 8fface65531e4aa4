//! Sums for reports.
//!
//! All of a question is read in one transaction that sees one state: sums, marks and responses of the same moment.

use crate::connection::{TeamStore, Tx, statement};
use crate::days;
use crate::machines::distinct_name;
use crate::names::{project_id, session_id};
use ctm_facts::days::{DayUsage, KeptDay};
use ctm_facts::{CatalogNames, FactKey, ResolvedFilter, StorageError, UsageFilter};
use ctm_types::{
    Billing, BillingId, Catalog, EpochMs, FolderId, HomeId, ProjectId, SessionId, UsageRow, UtcDay,
};
use futures_util::TryStreamExt;
use sqlx::Row as _;
use std::collections::HashMap;

impl TeamStore {
    /// Returns the number that rises when the usage changes.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn data_version(&self) -> Result<u64, StorageError> {
        const SUM: &str = "SELECT coalesce(sum(version), 0)::bigint FROM machine WHERE tenant = $1";
        let rows = self.rows(statement(SUM).bind(self.tenant.0)).await?;
        let sum = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        self.at(sum).map(i64::unsigned_abs)
    }

    /// Returns the times of the first and of the last response, in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn time_span(&self) -> Result<Option<(EpochMs, EpochMs)>, StorageError> {
        // Two look-ups in the index for each machine.
        const SPAN: &str = "SELECT min(first), max(last) FROM machine
            CROSS JOIN LATERAL (SELECT min(at_ms) AS first, max(at_ms) AS last FROM response
                WHERE response.tenant = machine.tenant AND response.machine = machine.id) AS of_machine
            WHERE tenant = $1";
        let rows = self.rows(statement(SPAN).bind(self.tenant.0)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let time = |column: usize| row.try_get::<Option<i64>, _>(column).map(|at_ms| at_ms.map(EpochMs));
        Ok(self.at(time(0))?.zip(self.at(time(1))?))
    }

    /// Returns the usage that passes the filter.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageRow>, StorageError> {
        let mut usage = Vec::new();
        self.each_usage(filter, |rows| usage.extend_from_slice(rows)).await?;
        Ok(usage)
    }

    /// Passes the same usage to `take` in parts, each of a machine and a day.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn each_usage(
        &self,
        filter: &UsageFilter,
        mut take: impl FnMut(&[UsageRow]) + Send,
    ) -> Result<(), StorageError> {
        let read = async {
            let mut tx = self.reading().await?;
            let wanted = self.resolve(&mut tx, filter).await?;
            let mut rows = Vec::new();
            let mut pass = |day, usage: DayUsage| {
                rows.clear();
                rows.extend(usage.rows(day).filter(|row| wanted.takes(&FactKey::from(row))));
                take(&rows);
            };
            for (machine, day) in self.each_sum(&mut tx, &wanted, &mut pass).await? {
                if let Some(usage) = days::of_events(&mut tx, self.tenant, &self.form, machine, day).await? {
                    pass(day, usage);
                }
            }
            tx.commit().await
        };
        self.at(read.await)
    }

    /// Passes the stored sums of days to `pass`. Returns the days of machines that are marked, or whose sums are of another form or
    /// damaged.
    async fn each_sum(
        &self,
        tx: &mut Tx,
        wanted: &ResolvedFilter,
        pass: &mut impl FnMut(UtcDay, DayUsage),
    ) -> sqlx::Result<Vec<(i32, UtcDay)>> {
        const MARKS: &str = "SELECT machine, day FROM day_to_sum
            WHERE tenant = $1 AND day BETWEEN $2 AND $3 AND ($4::int[] IS NULL OR machine = ANY($4))";
        const SUMS: &str = "SELECT machine, day, form, usage FROM usage_day
            WHERE tenant = $1 AND day BETWEEN $2 AND $3 AND ($4::int[] IS NULL OR machine = ANY($4))
              AND NOT EXISTS (SELECT FROM day_to_sum WHERE day_to_sum.tenant = usage_day.tenant
                  AND day_to_sum.machine = usage_day.machine AND day_to_sum.day = usage_day.day)";
        let (first, last) = wanted.days().into_inner();
        let machines: Option<Vec<i32>> = wanted
            .homes
            .as_ref()
            .map(|homes| homes.iter().filter_map(|home| i32::try_from(home.0).ok()).collect());
        let of = |text| statement(text).bind(self.tenant.0).bind(first.0).bind(last.0).bind(machines.clone());
        let mut anew = Vec::new();
        for row in of(MARKS).fetch_all(&mut **tx).await? {
            anew.push((row.try_get("machine")?, UtcDay(row.try_get("day")?)));
        }
        let mut sums = of(SUMS).fetch(&mut **tx);
        while let Some(row) = sums.try_next().await? {
            let (machine, day): (i32, _) = (row.try_get("machine")?, UtcDay(row.try_get("day")?));
            let (form, usage): (&str, &[u8]) = (row.try_get("form")?, row.try_get("usage")?);
            match DayUsage::unpack(day, usage).filter(|_| form == self.form.name()) {
                Some(usage) => pass(day, usage),
                None => anew.push((machine, day)),
            }
        }
        Ok(anew)
    }

    /// Looks up the names of a filter. Claims have no working directory, and single responses no number.
    async fn resolve(&self, tx: &mut Tx, filter: &UsageFilter) -> sqlx::Result<ResolvedFilter> {
        let billings = match filter.models.is_empty() {
            true => HashMap::new(),
            false => self.stored_billings(tx).await?,
        };
        let homes = if filter.homes.is_empty() { HashMap::new() } else { self.homes(tx).await? };
        Ok(ResolvedFilter {
            from: filter.from,
            until: filter.until,
            projects: filter.projects_among(filter.projects.iter().map(|name| (project_id(name), &**name))),
            folders: filter.folders_among::<&str>([]),
            billings: filter.billings_among(billings.iter().map(|(id, of)| (*id, &*of.model))),
            sessions: filter.sessions_among(filter.sessions.iter().map(|name| (session_id(name), &**name))),
            homes: filter.homes_among(homes.iter().map(|(id, name)| (*id, &**name))),
            sidechain: filter.sidechain,
            without: Vec::new(),
            unlogged: false,
        })
    }

    /// Returns the names of machines, as those of homes.
    async fn homes(&self, tx: &mut Tx) -> sqlx::Result<HashMap<HomeId, String>> {
        const LIST: &str = concat!(
            "SELECT id, 'machine:' || ",
            distinct_name!(),
            " AS name FROM machine WHERE tenant = $1 AND NOT removed"
        );
        let rows = statement(LIST).bind(self.tenant.0).fetch_all(&mut **tx).await?;
        rows.iter()
            .map(|row| Ok((HomeId(row.try_get::<i32, _>("id")?.into()), row.try_get("name")?)))
            .collect()
    }

    async fn stored_billings(&self, tx: &mut Tx) -> sqlx::Result<HashMap<BillingId, Billing>> {
        const LIST: &str =
            "SELECT DISTINCT ON (id) id, model, speed, service_tier, inference_geo, refusal FROM billing
            WHERE tenant = $1 ORDER BY id";
        let rows = statement(LIST).bind(self.tenant.0).fetch_all(&mut **tx).await?;
        rows.iter()
            .map(|row| {
                let billing = Billing {
                    model: row.try_get("model")?,
                    speed: row.try_get("speed")?,
                    service_tier: row.try_get("service_tier")?,
                    inference_geo: row.try_get("inference_geo")?,
                    refusal: row.try_get("refusal")?,
                };
                Ok((BillingId(row.try_get("id")?), billing))
            })
            .collect()
    }

    /// Returns all models and price terms that were ever billed, by number.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn billings(&self) -> Result<HashMap<BillingId, Billing>, StorageError> {
        let read = async { self.stored_billings(&mut self.reading().await?).await };
        self.at(read.await)
    }

    /// Returns the names behind the numbers of usage.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn catalog(&self, names: CatalogNames) -> Result<Catalog, StorageError> {
        const PROJECTS: &str =
            "SELECT DISTINCT project_id, project FROM conversation WHERE tenant = $1 AND project IS NOT NULL";
        const SESSIONS: &str =
            "SELECT DISTINCT session_id, session FROM conversation WHERE tenant = $1 AND session IS NOT NULL";
        let read = async {
            let mut tx = self.reading().await?;
            let mut catalog = Catalog {
                billings: self.stored_billings(&mut tx).await?,
                homes: self.homes(&mut tx).await?,
                ..Catalog::default()
            };
            if names >= CatalogNames::Projects {
                catalog.projects = self.texts(&mut tx, PROJECTS, ProjectId).await?;
            }
            if names >= CatalogNames::SessionsAndProjects {
                catalog.sessions = self.texts(&mut tx, SESSIONS, SessionId).await?;
            }
            tx.commit().await?;
            Ok(catalog)
        };
        self.at(read.await)
    }

    async fn texts<Id: Eq + std::hash::Hash>(
        &self,
        tx: &mut Tx,
        list: &'static str,
        id: fn(i64) -> Id,
    ) -> sqlx::Result<HashMap<Id, String>> {
        let rows = statement(list).bind(self.tenant.0).fetch_all(&mut **tx).await?;
        rows.iter().map(|row| Ok((id(row.try_get(0)?), row.try_get(1)?))).collect()
    }

    /// Returns the working directories: none, as no machine discloses any.
    #[must_use]
    pub fn folders(&self) -> HashMap<FolderId, String> {
        HashMap::new()
    }
}
