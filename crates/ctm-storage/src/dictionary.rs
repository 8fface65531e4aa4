//! Names as numbers.

use crate::events::json_list;
use crate::writer::Tx;
use ctm_types::{Agent, Billing};
use sqlx::{QueryBuilder, Sqlite};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The numbers of the names that were met so far. Names are never deleted, so that a number
/// once known stays right, even when another process writes.
///
/// Names are learned many at a time, before the rows that need them are written. A transaction
/// that fails may leave numbers here that were never stored; the writer then forgets the
/// dictionary as a whole.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    sessions: HashMap<String, i64>,
    projects: HashMap<String, i64>,
    terms: HashMap<String, i64>,
    agents: HashMap<String, i64>,
    billings: HashMap<Billing, i64>,
    files: HashMap<Arc<str>, i64>,
    paths: HashMap<i64, Arc<str>>,
}

/// Names that are about to be needed.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) sessions: BTreeSet<&'a str>,
    pub(crate) projects: BTreeSet<&'a str>,
    /// Branches, versions, tools.
    pub(crate) terms: BTreeSet<&'a str>,
    pub(crate) agents: BTreeSet<&'a str>,
    pub(crate) billings: BTreeSet<&'a Billing>,
}

const LEARNED: &str = "names are learned before they are needed";

impl Dictionary {
    /// Finds or makes the numbers of all names that are not known yet.
    pub(crate) async fn learn(&mut self, tx: &mut Tx<'_>, names: &Names<'_>) -> sqlx::Result<()> {
        const SESSIONS: [&str; 2] = [
            "INSERT INTO session (uuid) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT uuid, id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))",
        ];
        const PROJECTS: [&str; 2] = [
            "INSERT INTO project (path) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT path, id FROM project WHERE path IN (SELECT value FROM json_each(?1))",
        ];
        const TERMS: [&str; 2] = [
            "INSERT INTO term (text) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT text, id FROM term WHERE text IN (SELECT value FROM json_each(?1))",
        ];
        const AGENTS: [&str; 2] = [
            "INSERT INTO agent (name) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT name, id FROM agent WHERE name IN (SELECT value FROM json_each(?1))",
        ];
        learn_names(tx, &mut self.sessions, &names.sessions, SESSIONS).await?;
        learn_names(tx, &mut self.projects, &names.projects, PROJECTS).await?;
        learn_names(tx, &mut self.terms, &names.terms, TERMS).await?;
        learn_names(tx, &mut self.agents, &names.agents, AGENTS).await?;
        for billing in &names.billings {
            self.learn_billing(tx, billing).await?;
        }
        Ok(())
    }

    /// Learns agents, and stores the kinds that are known now.
    pub(crate) async fn learn_agents(&mut self, tx: &mut Tx<'_>, agents: &[&Agent]) -> sqlx::Result<()> {
        for agents in agents.chunks(1_000) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO agent (name, kind) ");
            query.push_values(agents, |mut row, agent| {
                row.push_bind(&agent.id).push_bind(&agent.kind);
            });
            query.push(" ON CONFLICT DO UPDATE SET kind = coalesce(excluded.kind, kind)");
            query.build().execute(&mut **tx).await?;
        }
        let names =
            Names { agents: agents.iter().map(|agent| agent.id.as_str()).collect(), ..Names::default() };
        self.learn(tx, &names).await
    }

    async fn learn_billing(&mut self, tx: &mut Tx<'_>, billing: &Billing) -> sqlx::Result<()> {
        if self.billings.contains_key(billing) {
            return Ok(());
        }
        let Billing { model, speed, service_tier, inference_geo } = billing;
        let [speed, tier, geo] =
            [speed, service_tier, inference_geo].map(|term| term.as_deref().unwrap_or_default());
        // Setting a column to itself makes the statement return the row that was there.
        let id = sqlx::query_scalar(
            "INSERT INTO billing (model, speed, service_tier, inference_geo) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET model = excluded.model RETURNING id",
        )
        .bind(model)
        .bind(speed)
        .bind(tier)
        .bind(geo)
        .fetch_one(&mut **tx)
        .await?;
        self.billings.insert(billing.clone(), id);
        Ok(())
    }

    pub(crate) fn session(&self, name: &str) -> i64 {
        *self.sessions.get(name).expect(LEARNED)
    }

    pub(crate) fn project(&self, name: &str) -> i64 {
        *self.projects.get(name).expect(LEARNED)
    }

    pub(crate) fn term(&self, name: &str) -> i64 {
        *self.terms.get(name).expect(LEARNED)
    }

    pub(crate) fn agent(&self, name: &str) -> i64 {
        *self.agents.get(name).expect(LEARNED)
    }

    pub(crate) fn billing(&self, billing: &Billing) -> i64 {
        *self.billings.get(billing).expect(LEARNED)
    }

    pub(crate) fn file(&self, path: &str) -> i64 {
        *self.files.get(path).expect("the files of stored and of new copies are known")
    }

    /// Remembers the number of a file, by its whole path.
    pub(crate) fn know_file(&mut self, path: &str, id: i64) {
        if !self.paths.contains_key(&id) {
            let path: Arc<str> = path.into();
            self.files.insert(Arc::clone(&path), id);
            self.paths.insert(id, path);
        }
    }

    /// Returns the whole path of a file.
    pub(crate) async fn path(&mut self, tx: &mut Tx<'_>, id: i64) -> sqlx::Result<Arc<str>> {
        if let Some(path) = self.paths.get(&id) {
            return Ok(Arc::clone(path));
        }
        let path: String = sqlx::query_scalar("SELECT root || '/' || path FROM source_file WHERE id = ?1")
            .bind(id)
            .fetch_one(&mut **tx)
            .await?;
        self.know_file(&path, id);
        Ok(path.into())
    }
}

async fn learn_names(
    tx: &mut Tx<'_>,
    known: &mut HashMap<String, i64>,
    names: &BTreeSet<&str>,
    [insert, select]: [&'static str; 2],
) -> sqlx::Result<()> {
    let new: Vec<&str> = names.iter().filter(|name| !known.contains_key(**name)).copied().collect();
    if new.is_empty() {
        return Ok(());
    }
    let list = json_list(&new);
    sqlx::query(insert).bind(&list).execute(&mut **tx).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(select).bind(&list).fetch_all(&mut **tx).await?;
    known.extend(rows);
    Ok(())
}
