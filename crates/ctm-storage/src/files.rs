//! Transcripts: checkpoints, counted lines, issues.

use crate::days::ALL_DAYS;
use crate::dictionary::Dictionary;
use crate::store::Store;
use ctm_facts::days::DayUsage;
use ctm_facts::files::{KnownRow, issues_to_keep, outcome, skipped_lines};
use ctm_facts::forgetting::sealed_name;
use ctm_facts::{
    DayFiles, FreshBatch, KnownFile, Placed, PresenceChange, Progress, SimilarHomes, StoredFile, is_sealed,
};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::{next_id, write};
use ctm_sqlite::sql::{
    Db, Numbers, Row, Tx, Writing, all, bump, count, execute, json_list, json_numbers, numbers, one, values,
};
use ctm_types::{Agent, AgentId, Batch, Checkpoint, FileId, FileIdentity, HomeId, TranscriptPath};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Known files that are read at once, as one text: a row for each of them takes twice as long.
const FILES_AT_ONCE: i64 = 2_000;

impl Store {
    /// Returns the homes that have transcripts with the same paths: pairs of which one is a copy of the other, or the
    /// same home in two places.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn homes_with_same_transcripts(&self) -> Result<Vec<SimilarHomes>, StorageError> {
        const SIMILAR: &str = include_str!("sql/files/similar.sql");
        let rows: Vec<(String, String, i64)> = self.all(SIMILAR, values![]).await?;
        let similar = |(one, other, files): (_, _, i64)| SimilarHomes {
            homes: [one, other],
            transcripts: files.unsigned_abs(),
        };
        Ok(rows.into_iter().map(similar).collect())
    }

    /// Hands all transcripts that were read before over to `take`, gone ones included, in the order in
    /// which they were read first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn known_files(&self, take: impl FnMut(KnownFile)) -> Result<(), StorageError> {
        self.try_known_files(take).await.at(&self.path)
    }

    async fn try_known_files(&self, mut take: impl FnMut(KnownFile)) -> sqlx::Result<()> {
        const HOMES: &str = "SELECT id, root FROM home";
        const FILES: &str = include_str!("sql/files/files.sql");
        let mut tx = self.read().await?;
        let homes: Vec<(Db<HomeId>, String)> = all(&mut tx, HOMES, values![]).await?;
        let homes: HashMap<HomeId, Arc<str>> =
            homes.into_iter().map(|(Db(id), home)| (id, home.into())).collect();
        let mut last = 0;
        loop {
            let (newest, files): (Option<i64>, String) =
                one(&mut tx, FILES, values![last, FILES_AT_ONCE]).await?;
            let Some(newest) = newest else { return Ok(()) };
            last = newest;
            let files: Vec<KnownRow> =
                serde_json::from_str(&files).map_err(|error| sqlx::Error::Decode(error.into()))?;
            for file in files {
                if let Some(home) = homes.get(&file.home) {
                    take(file.below(Arc::clone(home)));
                }
            }
        }
    }

    /// Returns the checkpoints of transcripts of a home, by their paths below it; transcripts that were never
    /// read are omitted.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn checkpoints(
        &self,
        home: &str,
        paths: &[&str],
    ) -> Result<HashMap<String, Checkpoint>, StorageError> {
        const CHECKPOINTS: &str = include_str!("sql/files/checkpoints.sql");
        let sealed: HashMap<String, &str> = paths.iter().map(|path| (sealed_name(path), *path)).collect();
        let wanted: Vec<&str> = paths.iter().copied().chain(sealed.keys().map(String::as_str)).collect();
        let rows = self.rows(CHECKPOINTS, values![home, json_list(&wanted)]).await?;
        let checkpoints = rows.iter().map(|row| {
            let path: String = row.try_get("path")?;
            let path = sealed.get(&path).map_or(path.clone(), |path| (*path).to_owned());
            Ok((path, checkpoint(row)?))
        });
        checkpoints.collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Hands the transcripts of a home that are at these paths or below them, and not gone, over to
    /// `take`, each by its path below the home; in no order, and maybe more than once.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn files_below(
        &self,
        home: &str,
        paths: &[&str],
        mut take: impl FnMut(String),
    ) -> Result<(), StorageError> {
        const BELOW: &str = include_str!("sql/files/below.sql");
        let read = async {
            let mut tx = self.read().await?;
            tx.each(BELOW, values![home, json_list(paths)], |row| row.try_get(0).map(&mut take)).await
        };
        read.await.at(&self.path)
    }

    /// Returns the number of transcripts that each UTC day with usage depends on, in the order of the days.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn day_files(&self) -> Result<Vec<DayFiles>, StorageError> {
        self.all_day_files().await.at(&self.path)
    }

    async fn all_day_files(&self) -> sqlx::Result<Vec<DayFiles>> {
        let mut tx = self.read().await?;
        let all_gone: HashSet<FileId> =
            numbers(&mut tx, "SELECT id FROM source_file WHERE gone", values![]).await?;
        let mut days = Vec::new();
        self.each_day(&mut tx, &ALL_DAYS, |utc_day, usage: DayUsage| {
            let files = usage.files().len() as u64;
            let gone = usage.files().filter(|file| all_gone.contains(file)).count() as u64;
            days.push(DayFiles { utc_day, there: files - gone, gone });
        })
        .await?;
        days.sort_by_key(|day| day.utc_day);
        Ok(days)
    }
}

fn checkpoint(row: &Row) -> sqlx::Result<Checkpoint> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Checkpoint {
        identity: FileIdentity { device: unsigned("device")?, inode: unsigned("inode")? },
        size_bytes: count(row, "size_bytes")?,
        modified_ns: row.try_get("modified_ns")?,
        offset_bytes: count(row, "offset_bytes")?,
        head_hash: unsigned("head_hash")?,
        tail_hash: unsigned("tail_hash")?,
        cwd: row.try_get("cwd")?,
    })
}

/// Stores the checkpoints and line counts of the batches that begin where the stored checkpoint
/// is; the others are stale.
pub(crate) async fn store<'a>(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    batches: &'a [Batch],
) -> sqlx::Result<Placed<'a>> {
    let homes: BTreeSet<&str> = batches.iter().map(|batch| &*batch.file.home).collect();
    dictionary.learn_homes(tx, &homes).await?;
    let stored = stored_files(tx, dictionary, &homes, batches).await?;
    let next_id = next_id(tx, "SELECT coalesce(max(id), 0) FROM source_file").await?;
    let placed = Placed::place(batches, |file| stored.get(file).copied(), next_id);
    // A sealed transcript has no references, and gets another path as soon as it has one.
    for (path, file) in placed.files.iter().filter(|(path, _)| !is_sealed(path)) {
        dictionary.know_file((*path).clone(), file.id);
    }
    let anew: Vec<FileId> = placed.files.values().filter(|file| file.anew).map(|file| file.id).collect();
    if !anew.is_empty() {
        forget_lines(tx, &anew).await?;
    }
    let files: Vec<&Progress<'_>> = placed.files.values().collect();
    let agents: Vec<&Agent> = files.iter().filter_map(|file| file.last.agent.as_ref()).collect();
    dictionary.learn_agents(tx, &agents).await?;
    upsert(tx, dictionary, &files).await?;
    count_lines(tx, &files).await?;
    note_issues(tx, &placed.fresh).await?;
    Ok(placed)
}

/// Returns the files of the batches that are stored.
async fn stored_files(
    tx: &mut Tx<'_>,
    dictionary: &Dictionary,
    homes: &BTreeSet<&str>,
    batches: &[Batch],
) -> sqlx::Result<HashMap<TranscriptPath, StoredFile>> {
    const STORED: &str = "SELECT id, path, offset_bytes, gone FROM source_file
         WHERE home_id = ?1 AND path IN (SELECT value FROM json_each(?2))";
    let mut stored = HashMap::new();
    for &home in homes {
        let of_home = batches.iter().filter(|batch| &*batch.file.home == home);
        let paths: Vec<&str> = of_home.map(|batch| &*batch.file.relative).collect();
        let values = values![Db(dictionary.home(home)?), json_list(&paths)];
        let rows: Vec<(Db<FileId>, String, i64, bool)> = all(tx, STORED, values).await?;
        stored.extend(rows.into_iter().map(|(Db(id), path, offset, gone)| {
            let path = TranscriptPath { home: home.into(), relative: path.into() };
            (path, StoredFile { id, offset_bytes: offset.cast_unsigned(), gone })
        }));
    }
    Ok(stored)
}

/// Forgets the lines of files that are read again from their beginning: the positions of superseded ones, and
/// the line counts. The responses themselves stay.
async fn forget_lines(tx: &mut Tx<'_>, files: &[FileId]) -> sqlx::Result<()> {
    for statement in [
        "DELETE FROM superseded WHERE file_id IN (SELECT value FROM json_each(?1))",
        "DELETE FROM skipped_line WHERE file_id IN (SELECT value FROM json_each(?1))",
        "DELETE FROM line_issue WHERE file_id IN (SELECT value FROM json_each(?1))",
        "UPDATE source_file SET lines = 0, copies = 0, forgotten = 0, recovered = 0, bad_counts = 0,
                                iterations_below_total = 0, zones_assumed = 0, tail = NULL
         WHERE id IN (SELECT value FROM json_each(?1))",
    ] {
        execute(tx, statement, values![json_numbers(files)]).await?;
    }
    Ok(())
}

async fn upsert(tx: &mut Tx<'_>, dictionary: &Dictionary, files: &[&Progress<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/files/upsert.sql");
    let refers = |file: &Progress<'_>| {
        let agent = file.last.agent.as_ref().map(|agent| dictionary.agent(&agent.id));
        Ok((dictionary.home(&file.last.file.home)?, agent.transpose()?))
    };
    let refers: Vec<(HomeId, Option<AgentId>)> =
        files.iter().map(|file| refers(file)).collect::<sqlx::Result<_>>()?;
    let rows: Vec<_> = files.iter().zip(refers).collect();
    write(tx, STATEMENT, &rows, |row, (file, (home, agent))| {
        let next = &file.last.next;
        row.id(file.id).id(*home).add(&*file.last.file.relative);
        row.counts([next.identity.device, next.identity.inode, next.size_bytes]).add(next.modified_ns);
        row.counts([next.offset_bytes, next.head_hash, next.tail_hash]).add(&next.cwd).optional_id(*agent);
        row.counts([file.lines.read, file.lines.copies, file.lines.forgotten]).counts(file.lines.flawed);
        row.add(0).add(outcome(&file.last.tail));
    })
    .await?;
    Ok(())
}

async fn count_lines(tx: &mut Tx<'_>, files: &[&Progress<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = "INSERT INTO skipped_line (file_id, reason, lines) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET lines = lines + excluded.lines";
    write(tx, STATEMENT, &skipped_lines(files), |row, skipped| {
        row.id(skipped.file).add(skipped.reason.name()).counts([skipped.lines]);
    })
    .await?;
    Ok(())
}

/// Notes the first lines of each file with problems.
async fn note_issues(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = "INSERT OR IGNORE INTO line_issue (file_id, offset_bytes, kind) VALUES (?, ?, ?)";
    const NOTED: &str = "SELECT file_id, count(*) FROM line_issue WHERE file_id IN (SELECT value FROM json_each(?1)) GROUP BY file_id";
    let with_issues = fresh.iter().filter(|(_, batch)| !batch.issues.is_empty());
    let files: Vec<FileId> = with_issues.map(|(id, _)| *id).collect();
    if files.is_empty() {
        return Ok(());
    }
    let noted: Vec<(Db<FileId>, i64)> = all(tx, NOTED, values![json_numbers(&files)]).await?;
    let noted =
        noted.into_iter().map(|(Db(file), lines)| (file, usize::try_from(lines).unwrap_or(usize::MAX)));
    write(tx, STATEMENT, &issues_to_keep(fresh, &noted.collect()), |row, (id, issue)| {
        row.id(*id).counts([issue.offset_bytes]).add(issue.kind.name());
    })
    .await?;
    Ok(())
}

pub(crate) async fn mark(connection: &mut Writing, changes: &[PresenceChange]) -> sqlx::Result<()> {
    const MARK: &str = "UPDATE source_file SET gone = ?3
         WHERE home_id = (SELECT id FROM home WHERE root = ?1)
           AND path IN (SELECT value FROM json_each(?2)) AND gone <> ?3";
    let mut by_home: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for PresenceChange { path, gone } in changes {
        let of_home = by_home.entry((&path.home, *gone)).or_default();
        of_home.extend([path.relative.to_string(), sealed_name(&path.relative)]);
    }
    let mut tx = connection.begin().await?;
    let mut changed = 0;
    for ((home, gone), paths) in by_home {
        changed += execute(&mut tx, MARK, values![home, json_list(&paths), gone]).await?;
    }
    bump(&mut tx, changed > 0).await?;
    tx.commit().await
}
