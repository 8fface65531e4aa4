//! Names as numbers.

use crate::writer::Tx;
use ctm_types::Billing;
use std::collections::HashMap;
use std::sync::Arc;

/// The numbers of the names that were met so far. Names are never deleted, so that a number
/// once known stays right, even when another process writes.
///
/// A transaction that fails may leave numbers here that were never stored; the writer then
/// forgets the dictionary as a whole.
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

macro_rules! named {
    ($function:ident, $field:ident, $insert:literal, $select:literal) => {
        pub(crate) async fn $function(&mut self, tx: &mut Tx<'_>, name: &str) -> sqlx::Result<i64> {
            if let Some(id) = self.$field.get(name) {
                return Ok(*id);
            }
            sqlx::query($insert).bind(name).execute(&mut **tx).await?;
            let id = sqlx::query_scalar($select).bind(name).fetch_one(&mut **tx).await?;
            self.$field.insert(name.to_owned(), id);
            Ok(id)
        }
    };
}

impl Dictionary {
    named!(
        session,
        sessions,
        "INSERT INTO session (uuid) VALUES (?1) ON CONFLICT DO NOTHING",
        "SELECT id FROM session WHERE uuid = ?1"
    );
    named!(
        project,
        projects,
        "INSERT INTO project (path) VALUES (?1) ON CONFLICT DO NOTHING",
        "SELECT id FROM project WHERE path = ?1"
    );
    named!(
        term,
        terms,
        "INSERT INTO term (text) VALUES (?1) ON CONFLICT DO NOTHING",
        "SELECT id FROM term WHERE text = ?1"
    );
    named!(
        agent,
        agents,
        "INSERT INTO agent (name) VALUES (?1) ON CONFLICT DO NOTHING",
        "SELECT id FROM agent WHERE name = ?1"
    );

    pub(crate) async fn optional_term(
        &mut self,
        tx: &mut Tx<'_>,
        text: Option<&str>,
    ) -> sqlx::Result<Option<i64>> {
        match text {
            Some(text) => self.term(tx, text).await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn billing(&mut self, tx: &mut Tx<'_>, billing: &Billing) -> sqlx::Result<i64> {
        if let Some(id) = self.billings.get(billing) {
            return Ok(*id);
        }
        let Billing { model, speed, service_tier, inference_geo } = billing;
        let [speed, tier, geo] =
            [speed, service_tier, inference_geo].map(|term| term.as_deref().unwrap_or_default());
        sqlx::query(
            "INSERT INTO billing (model, speed, service_tier, inference_geo) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )
        .bind(model)
        .bind(speed)
        .bind(tier)
        .bind(geo)
        .execute(&mut **tx)
        .await?;
        let id = sqlx::query_scalar(
            "SELECT id FROM billing WHERE model = ?1 AND speed = ?2 AND service_tier = ?3 AND inference_geo = ?4",
        )
        .bind(model)
        .bind(speed)
        .bind(tier)
        .bind(geo)
        .fetch_one(&mut **tx)
        .await?;
        self.billings.insert(billing.clone(), id);
        Ok(id)
    }

    /// Remembers the number of a file, by its whole path.
    pub(crate) fn know_file(&mut self, path: &str, id: i64) {
        let path: Arc<str> = path.into();
        self.files.insert(path.clone(), id);
        self.paths.insert(id, path);
    }

    /// Returns the number of a file that was met.
    pub(crate) fn file(&self, path: &str) -> Option<i64> {
        self.files.get(path).copied()
    }

    /// Returns the whole path of a file.
    pub(crate) async fn path(&mut self, tx: &mut Tx<'_>, id: i64) -> sqlx::Result<Arc<str>> {
        if let Some(path) = self.paths.get(&id) {
            return Ok(path.clone());
        }
        let path: String = sqlx::query_scalar("SELECT root || '/' || path FROM source_file WHERE id = ?1")
            .bind(id)
            .fetch_one(&mut **tx)
            .await?;
        self.know_file(&path, id);
        Ok(path.into())
    }
}
