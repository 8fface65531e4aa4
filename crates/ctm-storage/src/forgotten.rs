//! Facts that were forgotten: they are left out when they are read again.
//!
//! # Design
//!
//! A response that was forgotten leaves the hash of its key. Every copy of it that is read later has that
//! key, whether it comes from the same transcript, a rewritten one or a fork, and whichever process reads
//! it, and is left out before anything is absorbed. The same holds for prompts, failed calls and days of
//! a stats cache, by their ids. To keep the selection instead, such as a project, was rejected: the project of a
//! response follows from its earliest copy, and one copy cannot say whether it is that one; and what
//! is made tomorrow has to count.
//!
//! What was forgotten from a home is left out of that home alone: another home that logs it too still counts.
//!
//! A transcript of which nothing is left is *sealed*: its row keeps the checkpoint, so that it need not
//! be read again, but a hash takes the place of its path, which names the project and the session. The
//! checkpoint of a sealed transcript fits no file: one that changes is read from its first byte.

use crate::error::{AtPath, StorageError};
use crate::hashes::hash_of;
use crate::sql::{Tx, json_list, json_numbers};
use crate::store::Store;
use ctm_types::{Batch, TranscriptPath};
use foldhash::{HashMap, HashSet};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::borrow::Cow;

/// The folder that sealed transcripts are in, as their paths say; others are in `projects`.
pub const SEALED_FOLDER: &str = "#";

/// A decision to forget facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgetting {
    /// Its number.
    pub id: i64,
    /// When it was made, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// The first moment that was selected, in UTC epoch milliseconds; `None` without a bound.
    pub from_ms: Option<i64>,
    /// The moment before which the selection ended, in UTC epoch milliseconds; `None` without a bound.
    pub until_ms: Option<i64>,
    /// The Claude homes that were selected, as [`name_hash`] of their paths; empty for all.
    pub homes: Vec<String>,
    /// The projects that were selected, likewise.
    pub projects: Vec<String>,
    /// The sessions that were selected, likewise.
    pub sessions: Vec<String>,
    /// Responses that were removed.
    pub responses: u64,
    /// Tokens of these responses.
    pub tokens: u64,
}

/// Returns the hash by which a name is known that was forgotten: 16 hexadecimal digits.
#[must_use]
pub fn name_hash(name: &str) -> String {
    hex(hash_of(name))
}

fn hex(hash: i64) -> String {
    format!("{:016x}", hash.cast_unsigned())
}

/// Returns the path under which a transcript is known of which nothing is left.
#[must_use]
pub fn sealed(path: &TranscriptPath) -> TranscriptPath {
    TranscriptPath { root: path.root.clone(), relative: sealed_name(&path.relative).into() }
}

/// Returns whether a path is one that [`sealed`] returned.
#[must_use]
pub fn is_sealed(path: &TranscriptPath) -> bool {
    path.relative.starts_with(SEALED_FOLDER)
}

pub(crate) fn sealed_name(relative: &str) -> String {
    format!("{SEALED_FOLDER}/{}", name_hash(relative))
}

/// The id of a day of a home's stats cache; of its figures of all time without a day.
pub(crate) fn stats_cache_id(root: &str, date: &str) -> i64 {
    hash_of(&format!("stats-cache {root} {date}"))
}

/// Returns the number that rises when facts are forgotten or remembered; 0 before the first time.
pub(crate) async fn version(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT forgotten_version FROM state").fetch_one(connection).await
}

/// Ids that were forgotten, each with the home that it is left out of.
#[derive(Debug, Default)]
pub(crate) struct Forgotten(HashSet<(i64, i64)>);

impl Forgotten {
    /// Loads those among ids.
    pub(crate) async fn among(tx: &mut Tx<'_>, ids: HashSet<i64>) -> sqlx::Result<Self> {
        let ids: Vec<i64> = ids.into_iter().collect();
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT forgotten.id, home FROM json_each(?1) AS wanted
             CROSS JOIN forgotten ON forgotten.id = wanted.value",
        )
        .bind(json_numbers(&ids))
        .fetch_all(&mut **tx)
        .await?;
        Ok(Self(rows.into_iter().collect()))
    }

    /// Returns whether an id is left out of a home.
    pub(crate) fn has(&self, id: i64, home: i64) -> bool {
        self.0.contains(&(id, 0)) || self.0.contains(&(id, home))
    }
}

/// Batches without what was forgotten.
pub(crate) struct Kept<'a> {
    pub(crate) batches: Cow<'a, [Batch]>,
    /// Paths of the transcripts that are sealed, by the path in their batches.
    paths: HashMap<TranscriptPath, TranscriptPath>,
}

impl<'a> Kept<'a> {
    /// Returns the batches as they are.
    pub(crate) fn all(batches: &'a [Batch]) -> Self {
        Self { batches: batches.into(), paths: HashMap::default() }
    }

    /// Leaves out what was forgotten, and seals transcripts that hold no other fact.
    pub(crate) async fn of(tx: &mut Tx<'_>, batches: &'a [Batch]) -> sqlx::Result<Self> {
        let forgotten = Forgotten::among(tx, batches.iter().flat_map(ids).collect()).await?;
        let mut kept: Vec<Batch> = batches.iter().map(|batch| without(batch, &forgotten)).collect();
        let withheld = withheld_projects(tx, &kept).await?;
        for batch in &mut kept {
            if batch.next.cwd.as_ref().is_some_and(|cwd| withheld.contains(cwd)) {
                batch.next.cwd = None;
                batch.next.head_hash = !batch.next.head_hash;
            }
        }
        let known = sessions_with_facts(tx, &kept).await?;
        for batch in &mut kept {
            batch.starts.retain(|start| known.contains(&start.session));
            batch.sessions.names.retain(|(session, _), _| known.contains(session));
            batch.sessions.cost_states.retain(|session, _| known.contains(session));
            if batch.copies.is_empty() && batch.prompts.is_empty() {
                batch.worktrees.clear();
            }
        }
        let files: HashSet<&TranscriptPath> = batches.iter().map(|batch| &batch.file).collect();
        let with_facts: HashSet<TranscriptPath> = kept
            .iter()
            .filter(|batch| {
                !(batch.copies.is_empty() && batch.prompts.is_empty() && batch.sessions.is_empty())
            })
            .map(|batch| batch.file.clone())
            .collect();
        let lessened: HashSet<&TranscriptPath> = batches
            .iter()
            .zip(&kept)
            .filter(|(batch, kept)| batch != kept)
            .map(|(batch, _)| &batch.file)
            .collect();
        let of_sealed: HashMap<TranscriptPath, &TranscriptPath> =
            files.iter().map(|file| (sealed(file), *file)).collect();
        let stored = stored_among(tx, files.iter().copied().chain(of_sealed.keys())).await?;
        let mut paths = HashMap::default();
        for (sealed, file) in of_sealed {
            if with_facts.contains(file) {
                if stored.contains(&sealed) {
                    unseal(tx, &sealed, file).await?;
                }
            } else if stored.contains(&sealed) || (lessened.contains(file) && !stored.contains(file)) {
                paths.insert(sealed, file.clone());
            }
        }
        for (sealed, file) in &paths {
            kept.iter_mut().filter(|batch| batch.file == *file).for_each(|batch| seal(batch, sealed));
        }
        Ok(Self { batches: kept.into(), paths })
    }

    /// Returns the paths of transcripts, whichever of them are sealed.
    pub(crate) fn paths(&self, files: Vec<TranscriptPath>) -> Vec<TranscriptPath> {
        files.into_iter().map(|file| self.paths.get(&file).cloned().unwrap_or(file)).collect()
    }
}

/// The ids of a batch that may have been forgotten.
fn ids(batch: &Batch) -> impl Iterator<Item = i64> {
    let copies = batch.copies.iter().map(|copy| copy.key.as_str());
    let prompts = batch.prompts.iter().map(|prompt| prompt.uuid.as_str());
    let errors = batch.tool_errors.iter().map(|error| error.id.as_str());
    let records = batch.sessions.records.iter().map(|record| record.id.as_str());
    copies.chain(prompts).chain(errors).chain(records).map(hash_of)
}

/// Returns a batch without what was forgotten, and counts the lines that are left out.
fn without(batch: &Batch, forgotten: &Forgotten) -> Batch {
    let home = hash_of(&batch.file.root);
    let is_out = |id: &str| forgotten.has(hash_of(id), home);
    let mut kept = batch.clone();
    kept.copies.retain(|copy| !is_out(copy.key.as_str()));
    kept.prompts.retain(|prompt| !is_out(&prompt.uuid));
    kept.tool_errors.retain(|error| !is_out(&error.id));
    kept.sessions.records.retain(|record| !is_out(&record.id));
    // A last line without its line feed is counted apart, and not at all where it is left out.
    let is_tail = |copy: &ctm_types::LoggedCopy| copy.locus.offset_bytes >= batch.next.offset_bytes;
    if batch.tail.copies > 0 && !kept.copies.iter().any(is_tail) {
        kept.tail = ctm_types::LineCounts::default();
    }
    let counted = |copy: &&ctm_types::LoggedCopy| copy.locus.offset_bytes < batch.next.offset_bytes;
    let [all, left] =
        [&batch.copies, &kept.copies].map(|copies| copies.iter().filter(counted).count() as u64);
    kept.lines.forgotten = all - left;
    kept
}

/// Returns the working directories of checkpoints that are projects that were forgotten, and nothing
/// else is known of.
async fn withheld_projects(tx: &mut Tx<'_>, batches: &[Batch]) -> sqlx::Result<HashSet<String>> {
    let hashes: Vec<i64> =
        sqlx::query_scalar("SELECT DISTINCT name FROM forgetting_name WHERE kind = 'project'")
            .fetch_all(&mut **tx)
            .await?;
    let mut withheld: HashSet<String> = batches
        .iter()
        .filter_map(|batch| batch.next.cwd.clone())
        .filter(|cwd| hashes.contains(&hash_of(cwd)))
        .collect();
    for copy in batches.iter().flat_map(|batch| &batch.copies) {
        withheld.remove(&copy.attribution.conversation.folder);
    }
    if !withheld.is_empty() {
        let names: Vec<&String> = withheld.iter().collect();
        let known: Vec<String> =
            sqlx::query_scalar("SELECT path FROM project WHERE path IN (SELECT value FROM json_each(?1))")
                .bind(json_list(&names))
                .fetch_all(&mut **tx)
                .await?;
        for project in &known {
            withheld.remove(project);
        }
    }
    Ok(withheld)
}

/// Returns the sessions that batches name and something is known of: the names of others may be what was
/// forgotten.
async fn sessions_with_facts(tx: &mut Tx<'_>, batches: &[Batch]) -> sqlx::Result<HashSet<String>> {
    let starts = batches.iter().flat_map(|batch| &batch.starts).map(|start| start.session.as_str());
    let facts = || batches.iter().map(|batch| &batch.sessions);
    let named_so = facts().flat_map(|facts| facts.names.keys()).map(|(session, _)| session.as_str());
    let summed = facts().flat_map(|facts| facts.cost_states.keys()).map(String::as_str);
    let named: HashSet<&str> = starts.chain(named_so).chain(summed).collect();
    let named: Vec<&str> = named.into_iter().collect();
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT uuid FROM session WHERE uuid IN (SELECT value FROM json_each(?1))")
            .bind(json_list(&named))
            .fetch_all(&mut **tx)
            .await?;
    let of_copies = batches
        .iter()
        .flat_map(|batch| &batch.copies)
        .map(|copy| copy.attribution.conversation.session.clone());
    let of_prompts = batches.iter().flat_map(|batch| &batch.prompts).map(|prompt| prompt.session.clone());
    let of_records = facts().flat_map(|facts| &facts.records).map(|record| record.session.clone());
    Ok(stored.into_iter().chain(of_copies).chain(of_prompts).chain(of_records).collect())
}

/// Returns those of the transcripts that have a row.
async fn stored_among(
    tx: &mut Tx<'_>,
    files: impl Iterator<Item = &TranscriptPath>,
) -> sqlx::Result<HashSet<TranscriptPath>> {
    let mut by_root: HashMap<&str, Vec<&str>> = HashMap::default();
    for file in files {
        by_root.entry(&file.root).or_default().push(&file.relative);
    }
    let mut stored = HashSet::default();
    for (root, paths) in by_root {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT path FROM source_file
             WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND path IN (SELECT value FROM json_each(?2))",
        )
        .bind(root)
        .bind(json_list(&paths))
        .fetch_all(&mut **tx)
        .await?;
        let path = |path: String| TranscriptPath { root: root.into(), relative: path.into() };
        stored.extend(rows.into_iter().map(path));
    }
    Ok(stored)
}

/// Takes out of a batch what names its transcript, and makes its checkpoint one that fits no file.
fn seal(batch: &mut Batch, sealed: &TranscriptPath) {
    batch.file = sealed.clone();
    batch.agent = None;
    batch.issues.clear();
    if batch.next.cwd.take().is_some() {
        batch.next.head_hash = !batch.next.head_hash;
    }
}

async fn unseal(tx: &mut Tx<'_>, sealed: &TranscriptPath, file: &TranscriptPath) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE source_file SET path = ?3
         WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND path = ?2",
    )
    .bind(&*file.root)
    .bind(&*sealed.relative)
    .bind(&*file.relative)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Returns the number that rises when facts are forgotten or remembered, which is when what a
    /// process knows of checkpoints no longer holds; 0 before the first time.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgotten_version(&self) -> Result<i64, StorageError> {
        let stored = async { version(&mut *self.readers().acquire().await?).await };
        stored.await.at(&self.path)
    }

    /// Returns what was forgotten and not remembered since, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgettings(&self) -> Result<Vec<Forgetting>, StorageError> {
        self.all_forgettings().await.at(&self.path)
    }

    async fn all_forgettings(&self) -> sqlx::Result<Vec<Forgetting>> {
        let mut tx = self.readers().begin().await?;
        let rows =
            sqlx::query("SELECT id, at_ms, from_ms, until_ms, responses, tokens FROM forgetting ORDER BY id")
                .fetch_all(&mut *tx)
                .await?;
        let names: Vec<(i64, String, i64)> =
            sqlx::query_as("SELECT forgetting_id, kind, name FROM forgetting_name ORDER BY name")
                .fetch_all(&mut *tx)
                .await?;
        let of_kind = |id: i64, kind: &str| {
            let of = names.iter().filter(|(of, known, _)| *of == id && known == kind);
            of.map(|(.., hash)| hex(*hash)).collect()
        };
        let forgetting = |row: &SqliteRow| {
            let id = row.try_get("id")?;
            Ok(Forgetting {
                id,
                at_ms: row.try_get("at_ms")?,
                from_ms: row.try_get("from_ms")?,
                until_ms: row.try_get("until_ms")?,
                homes: of_kind(id, HOME),
                projects: of_kind(id, PROJECT),
                sessions: of_kind(id, SESSION),
                responses: row.try_get::<i64, _>("responses")?.unsigned_abs(),
                tokens: row.try_get::<i64, _>("tokens")?.unsigned_abs(),
            })
        };
        rows.iter().map(forgetting).collect()
    }

    /// Returns by which decision a response was forgotten, by its key.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn forgetting_of_response(&self, key: &str) -> Result<Option<Forgetting>, StorageError> {
        self.forgetting_of("SELECT forgetting_id FROM forgotten WHERE id = ?1", key).await
    }

    /// Returns by which decision a session was forgotten, if it was selected by its id.
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
        let id: Option<i64> = sqlx::query_scalar(statement)
            .bind(hash_of(name))
            .fetch_optional(&self.readers())
            .await
            .at(&self.path)?;
        Ok(self.forgettings().await?.into_iter().find(|forgetting| Some(forgetting.id) == id))
    }
}

/// Kinds of names in `forgetting_name`.
pub(crate) const HOME: &str = "home";
pub(crate) const PROJECT: &str = "project";
pub(crate) const SESSION: &str = "session";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_path_reveals_only_its_home() {
        let path = TranscriptPath { root: "/h".into(), relative: "projects/-secret/s.jsonl".into() };
        let sealed = sealed(&path);
        assert!(is_sealed(&sealed) && !is_sealed(&path));
        assert_eq!((&*sealed.root, sealed.relative.len()), ("/h", 18));
        assert!(!sealed.relative.contains("secret"));
    }
}
