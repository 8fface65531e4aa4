//! Facts that were forgotten: the rows behind [`ctm_facts::forgetting`].

use crate::store::Store;
use ctm_facts::forgetting::{
    Forgetting, Forgotten, ForgottenId, Kept, Trimmed, digits, ids, sealed, sealed_name,
};
use ctm_facts::hash_of;
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{
    Statements, Tx, all, column, execute, json_list, json_numbers, magnitude, number, one, optional, values,
};
use ctm_types::{Batch, TranscriptPath};
use foldhash::{HashMap, HashSet};

const VERSION: &str = "SELECT forgotten_version FROM state";

/// Returns the number that rises when facts are forgotten or remembered; 0 before the first time.
pub(crate) async fn version(on: &mut impl Statements) -> sqlx::Result<i64> {
    let (version,) = one(on, VERSION, values![]).await?;
    Ok(version)
}

/// Loads those among ids that were forgotten.
pub(crate) async fn among(tx: &mut Tx<'_>, ids: HashSet<i64>) -> sqlx::Result<Forgotten> {
    const AMONG: &str = "SELECT forgotten.id, home FROM json_each(?1) AS wanted
                         CROSS JOIN forgotten ON forgotten.id = wanted.value";
    let ids: Vec<i64> = ids.into_iter().collect();
    let forgotten: Vec<(i64, i64)> = all(tx, AMONG, values![json_numbers(&ids)]).await?;
    Ok(forgotten.into_iter().map(|(id, home)| ForgottenId { id, home }).collect())
}

/// Removes forgotten facts, and seals transcripts without other facts.
pub(crate) async fn keep<'a>(tx: &mut Tx<'_>, batches: &'a [Batch]) -> sqlx::Result<Kept<'a>> {
    const SESSIONS: &str = "SELECT uuid FROM session WHERE uuid IN (SELECT value FROM json_each(?1))";
    const UNSEAL: &str = "UPDATE source_file SET path = ?3
         WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND path = ?2";
    let mut trimmed = Trimmed::of(batches, &among(tx, ids(batches)).await?);
    let withheld = withheld_projects(tx, &trimmed).await?;
    trimmed.withhold(&withheld);
    let named: Vec<String> = trimmed.named_sessions().into_iter().collect();
    trimmed.leave_out_sessions(column(tx, SESSIONS, values![json_list(&named)]).await?);
    let files = batches.iter().flat_map(|batch| [batch.file.clone(), sealed(&batch.file)]);
    let stored = stored_among(tx, files.collect()).await?;
    let kept = Kept::of(batches, trimmed, &stored);
    for file in &kept.unsealed {
        let sealed = sealed_name(&file.relative);
        execute(tx, UNSEAL, values![&*file.home, sealed, &*file.relative]).await?;
    }
    Ok(kept)
}

/// Returns the working directories of checkpoints that are projects that were forgotten, and nothing
/// else is known of.
async fn withheld_projects(tx: &mut Tx<'_>, batches: &Trimmed) -> sqlx::Result<HashSet<String>> {
    const FORGOTTEN: &str = "SELECT DISTINCT name FROM forgetting_name WHERE kind = 'project'";
    const KNOWN: &str = "SELECT path FROM project WHERE path IN (SELECT value FROM json_each(?1))";
    let forgotten: Vec<i64> = column(tx, FORGOTTEN, values![]).await?;
    let mut withheld = batches.withheld_projects(&forgotten);
    if !withheld.is_empty() {
        let names: Vec<&String> = withheld.iter().collect();
        let known: Vec<String> = column(tx, KNOWN, values![json_list(&names)]).await?;
        withheld.retain(|project| !known.contains(project));
    }
    Ok(withheld)
}

/// Returns the transcripts that have a row.
async fn stored_among(
    tx: &mut Tx<'_>,
    files: HashSet<TranscriptPath>,
) -> sqlx::Result<HashSet<TranscriptPath>> {
    const STORED: &str = "SELECT path FROM source_file
         WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND path IN (SELECT value FROM json_each(?2))";
    let mut by_home: HashMap<&str, Vec<&str>> = HashMap::default();
    for file in &files {
        by_home.entry(&file.home).or_default().push(&file.relative);
    }
    let mut stored = HashSet::default();
    for (home, paths) in by_home {
        let found: Vec<String> = column(tx, STORED, values![home, json_list(&paths)]).await?;
        let path = |path: String| TranscriptPath { home: home.into(), relative: path.into() };
        stored.extend(found.into_iter().map(path));
    }
    Ok(stored)
}

impl Store {
    /// Returns the number that increases when facts are forgotten or remembered, which invalidates cached
    /// checkpoints; 0 before the first time.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgotten_version(&self) -> Result<i64, StorageError> {
        self.one(VERSION, values![]).await.map(|(version,)| version)
    }

    /// Returns what was forgotten and not remembered since, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgettings(&self) -> Result<Vec<Forgetting>, StorageError> {
        const NAMES: &str = "SELECT forgetting_id, kind, name FROM forgetting_name ORDER BY name";
        const FORGETTINGS: &str =
            "SELECT id, at_ms, from_ms, until_ms, responses, tokens FROM forgetting ORDER BY id";
        let read = async {
            let mut tx = self.read().await?;
            let names: Vec<(i64, String, i64)> = all(&mut tx, NAMES, values![]).await?;
            let of_kind = |id: i64, kind: &str| {
                let of = names.iter().filter(|(of, known, _)| *of == id && known == kind);
                of.map(|(.., hash)| digits(*hash)).collect()
            };
            let rows = ctm_sqlite::sql::rows(&mut tx, FORGETTINGS, values![]).await?;
            let forgettings = rows.iter().map(|row| {
                let id = row.try_get("id")?;
                Ok(Forgetting {
                    id,
                    at_ms: number(row, "at_ms")?,
                    from_ms: optional(row, "from_ms")?,
                    until_ms: optional(row, "until_ms")?,
                    homes: of_kind(id, HOME),
                    projects: of_kind(id, PROJECT),
                    sessions: of_kind(id, SESSION),
                    responses: magnitude(row, "responses")?,
                    tokens: magnitude(row, "tokens")?,
                })
            });
            forgettings.collect::<sqlx::Result<_>>()
        };
        read.await.at(&self.path)
    }

    /// Returns the run that forgot a response, by its key.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgetting_of_response(&self, key: &str) -> Result<Option<Forgetting>, StorageError> {
        self.forgetting_of("SELECT forgetting_id FROM forgotten WHERE id = ?1", key).await
    }

    /// Returns the run that forgot a session by its id.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgetting_of_session(&self, id: &str) -> Result<Option<Forgetting>, StorageError> {
        const NAMED: &str = "SELECT forgetting_id FROM forgetting_name WHERE kind = 'session' AND name = ?1";
        self.forgetting_of(NAMED, id).await
    }

    async fn forgetting_of(
        &self,
        statement: &'static str,
        name: &str,
    ) -> Result<Option<Forgetting>, StorageError> {
        let ids: Vec<i64> = self.column(statement, values![hash_of(name)]).await?;
        let id = ids.first();
        Ok(self.forgettings().await?.into_iter().find(|forgetting| Some(&forgetting.id) == id))
    }
}

/// Kinds of names in `forgetting_name`.
pub(crate) const HOME: &str = "home";
pub(crate) const PROJECT: &str = "project";
pub(crate) const SESSION: &str = "session";
