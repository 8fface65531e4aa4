//! Transcripts: checkpoints, counted lines, issues.

use crate::dictionary::{Dictionary, json_numbers};
use crate::error::{AtPath, StorageError};
use crate::events::json_list;
use crate::forgotten::{is_sealed, sealed_name};
use crate::rows::{insert, next_id};
use crate::store::Store;
use crate::usage_days::DayUsage;
use crate::writer::{Tx, bump};
use ctm_types::{
    Agent, Batch, Checkpoint, FileIdentity, LineCounts, LineIssue, SkipReason, Start, TranscriptPath,
};
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A transcript that was read before: as much as says whether there is something new in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Which one.
    pub path: TranscriptPath,
    /// Identity at the time of reading.
    pub identity: FileIdentity,
    /// Size in bytes at the time of reading.
    pub size_bytes: u64,
    /// Time of last modification at the time of reading, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// Its checkpoint.
    pub offset_bytes: u64,
    /// Whether it is a subagent's, and its type is not known yet.
    pub agent_kind_missing: bool,
    /// Whether it was no longer there when it was looked for last.
    pub gone: bool,
}

/// Known files that are read at once, as one text: a row for each of them takes twice as long.
const FILES_AT_ONCE: i64 = 2_000;

/// Home, path, device, inode, size, time of modification, offset, whether it is gone, and whether its
/// agent's type is missing.
type KnownRow = (i64, String, i64, i64, i64, i64, i64, i64, i64);

/// The transcripts that the usage of a day stands on: those with lines that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFiles {
    /// UTC day, counted from 1970-01-01.
    pub utc_day: i64,
    /// Transcripts that are still there.
    pub there: u64,
    /// Transcripts that are no longer there.
    pub gone: u64,
}

impl Store {
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
        let mut tx = self.readers().begin().await?;
        let homes: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, root FROM home").fetch_all(&mut *tx).await?;
        let homes: HashMap<i64, Arc<str>> = homes.into_iter().map(|(id, root)| (id, root.into())).collect();
        let mut last = 0;
        loop {
            let (newest, files): (Option<i64>, String) = sqlx::query_as(
                "SELECT max(id), json_group_array(json_array(home_id, path, device, inode, size_bytes,
                            modified_ns, offset_bytes, gone, agent_kind_missing))
                 FROM (SELECT source_file.*, agent_id IS NOT NULL AND agent.kind IS NULL AS agent_kind_missing
                       FROM source_file LEFT JOIN agent ON agent.id = source_file.agent_id
                       WHERE source_file.id > ?1 ORDER BY source_file.id LIMIT ?2)",
            )
            .bind(last)
            .bind(FILES_AT_ONCE)
            .fetch_one(&mut *tx)
            .await?;
            let Some(newest) = newest else { return Ok(()) };
            last = newest;
            let files: Vec<KnownRow> =
                serde_json::from_str(&files).map_err(|error| sqlx::Error::Decode(error.into()))?;
            for file in files {
                if let Some(root) = homes.get(&file.0) {
                    take(known_file(Arc::clone(root), file));
                }
            }
        }
    }

    /// Returns how far these transcripts of a home, by their paths below it, were read; ones that were
    /// never read are left out.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn checkpoints(
        &self,
        root: &str,
        paths: &[&str],
    ) -> Result<HashMap<String, Checkpoint>, StorageError> {
        let sealed: HashMap<String, &str> = paths.iter().map(|path| (sealed_name(path), *path)).collect();
        let wanted: Vec<&str> = paths.iter().copied().chain(sealed.keys().map(String::as_str)).collect();
        let rows = sqlx::query(
            "SELECT path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash, tail_hash, cwd
             FROM source_file
             WHERE home_id = (SELECT id FROM home WHERE root = ?1)
               AND path IN (SELECT value FROM json_each(?2))",
        )
        .bind(root)
        .bind(json_list(&wanted))
        .fetch_all(&self.readers())
        .await
        .at(&self.path)?;
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
        root: &str,
        paths: &[&str],
        mut take: impl FnMut(String),
    ) -> Result<(), StorageError> {
        let readers = self.readers();
        let mut files = sqlx::query_scalar(
            "SELECT source_file.path FROM json_each(?2) AS wanted
             CROSS JOIN source_file ON source_file.path = wanted.value
             WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND gone = 0
             UNION ALL
             SELECT source_file.path FROM json_each(?2) AS wanted
             CROSS JOIN source_file
                 ON source_file.path > wanted.value || '/' AND source_file.path < wanted.value || '0'
             WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND gone = 0",
        )
        .bind(root)
        .bind(json_list(paths))
        .fetch(&readers);
        while let Some(path) = files.try_next().await.at(&self.path)? {
            take(path);
        }
        Ok(())
    }

    /// Returns how many transcripts each UTC day with usage stands on, in the order of the days.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn day_files(&self) -> Result<Vec<DayFiles>, StorageError> {
        self.all_day_files().await.at(&self.path)
    }

    async fn all_day_files(&self) -> sqlx::Result<Vec<DayFiles>> {
        let mut tx = self.readers().begin().await?;
        let gone: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM source_file WHERE gone").fetch_all(&mut *tx).await?;
        let all_gone: HashSet<i64> = gone.into_iter().collect();
        let mut days = Vec::new();
        self.each_day(&mut tx, &(i64::MIN..=i64::MAX), |utc_day, usage: DayUsage| {
            let files = usage.files().len() as u64;
            let gone = usage.files().filter(|file| all_gone.contains(file)).count() as u64;
            days.push(DayFiles { utc_day, there: files - gone, gone });
        })
        .await?;
        days.sort_by_key(|day| day.utc_day);
        Ok(days)
    }
}

fn known_file(root: Arc<str>, row: KnownRow) -> KnownFile {
    let (_, path, device, inode, size_bytes, modified_ns, offset_bytes, gone, agent_kind_missing) = row;
    KnownFile {
        path: TranscriptPath { root, relative: path.into() },
        identity: FileIdentity { device: device.cast_unsigned(), inode: inode.cast_unsigned() },
        size_bytes: size_bytes.cast_unsigned(),
        modified_ns,
        offset_bytes: offset_bytes.cast_unsigned(),
        agent_kind_missing: agent_kind_missing != 0,
        gone: gone != 0,
    }
}

fn checkpoint(row: &SqliteRow) -> sqlx::Result<Checkpoint> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    Ok(Checkpoint {
        identity: FileIdentity { device: unsigned("device")?, inode: unsigned("inode")? },
        size_bytes: unsigned("size_bytes")?,
        modified_ns: row.try_get("modified_ns")?,
        offset_bytes: unsigned("offset_bytes")?,
        head_hash: unsigned("head_hash")?,
        tail_hash: unsigned("tail_hash")?,
        cwd: row.try_get("cwd")?,
    })
}

/// The outcome of a last line that is a copy of a response.
pub(crate) const COPY: &str = "copy";

/// A file that batches read on, and what they add to it.
struct Progress<'a> {
    id: i64,
    last: &'a Batch,
    lines: LineCounts,
    /// Whether what was known of its lines is forgotten: it was read from its beginning again.
    anew: bool,
}

/// A file that is stored.
struct Stored {
    id: i64,
    offset_bytes: u64,
    gone: bool,
}

/// The batches that are stored, with the numbers of their files, and the others.
#[derive(Default)]
pub(crate) struct Placed<'a> {
    pub(crate) fresh: Vec<(i64, &'a Batch)>,
    pub(crate) stale: Vec<TranscriptPath>,
    /// Whether there are files again that were gone.
    pub(crate) came_back: bool,
    files: BTreeMap<&'a TranscriptPath, Progress<'a>>,
    next_id: i64,
}

impl<'a> Placed<'a> {
    /// Places a batch whose file is stored like this, if it is.
    fn place(&mut self, batch: &'a Batch, stored: Option<&Stored>) {
        let met = self.files.get_mut(&batch.file);
        let offset =
            met.as_ref().map(|met| met.last.next.offset_bytes).or(stored.map(|stored| stored.offset_bytes));
        let id = match (batch.start, met) {
            (Start::Checkpoint(begin), _) if offset != Some(begin) => {
                return self.stale.push(batch.file.clone());
            }
            (Start::Checkpoint(_), Some(met)) => {
                met.last = batch;
                met.lines.add(&batch.lines);
                met.id
            }
            (start, met) => {
                let known = met.map(|met| met.id).or(stored.map(|stored| stored.id));
                let id = known.unwrap_or(self.next_id);
                self.next_id += i64::from(known.is_none());
                let anew = start == Start::Beginning && stored.is_some();
                self.files
                    .insert(&batch.file, Progress { id, last: batch, lines: batch.lines.clone(), anew });
                id
            }
        };
        self.came_back |= stored.is_some_and(|stored| stored.gone);
        self.fresh.push((id, batch));
    }
}

/// Stores the checkpoints and line counts of the batches that begin where the stored checkpoint
/// is; the others are stale.
pub(crate) async fn store<'a>(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    batches: &'a [Batch],
) -> sqlx::Result<Placed<'a>> {
    let roots: BTreeSet<&str> = batches.iter().map(|batch| &*batch.file.root).collect();
    dictionary.learn_homes(tx, &roots).await?;
    let stored = stored_files(tx, dictionary, &roots, batches).await?;
    let next_id = next_id(tx, "SELECT coalesce(max(id), 0) FROM source_file").await?;
    let mut placed = Placed { next_id, ..Placed::default() };
    for batch in batches {
        placed.place(batch, stored.get(&batch.file));
    }
    // Nothing refers to one that is sealed, and its path is another one as soon as something does.
    for (path, file) in placed.files.iter().filter(|(path, _)| !is_sealed(path)) {
        dictionary.know_file(&path.full(), file.id);
    }
    let anew: Vec<i64> = placed.files.values().filter(|file| file.anew).map(|file| file.id).collect();
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
    roots: &BTreeSet<&str>,
    batches: &[Batch],
) -> sqlx::Result<HashMap<TranscriptPath, Stored>> {
    let mut stored = HashMap::new();
    for &root in roots {
        let of_root = batches.iter().filter(|batch| &*batch.file.root == root);
        let paths: Vec<&str> = of_root.map(|batch| &*batch.file.relative).collect();
        let rows: Vec<(i64, String, i64, bool)> = sqlx::query_as(
            "SELECT id, path, offset_bytes, gone FROM source_file
             WHERE home_id = ?1 AND path IN (SELECT value FROM json_each(?2))",
        )
        .bind(dictionary.home(root)?)
        .bind(json_list(&paths))
        .fetch_all(&mut **tx)
        .await?;
        stored.extend(rows.into_iter().map(|(id, path, offset, gone)| {
            let path = TranscriptPath { root: root.into(), relative: path.into() };
            (path, Stored { id, offset_bytes: offset.cast_unsigned(), gone })
        }));
    }
    Ok(stored)
}

/// Forgets what is known of the lines of files that are read again from their beginning: where
/// lines are that do not count, and how many lines there were. The responses themselves stay.
async fn forget_lines(tx: &mut Tx<'_>, files: &[i64]) -> sqlx::Result<()> {
    for statement in [
        "DELETE FROM superseded WHERE file_id IN (SELECT value FROM json_each(?1))",
        "DELETE FROM skipped_line WHERE file_id IN (SELECT value FROM json_each(?1))",
        "DELETE FROM line_issue WHERE file_id IN (SELECT value FROM json_each(?1))",
        "UPDATE source_file SET lines = 0, copies = 0, forgotten = 0, recovered = 0, bad_counts = 0,
                                iterations_below_total = 0, zones_assumed = 0, tail = NULL
         WHERE id IN (SELECT value FROM json_each(?1))",
    ] {
        sqlx::query(statement).bind(json_numbers(files)).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn upsert(tx: &mut Tx<'_>, dictionary: &Dictionary, files: &[&Progress<'_>]) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO source_file (id, home_id, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash,
                                  tail_hash, cwd, agent_id, lines, copies, forgotten, recovered, bad_counts,
                                  iterations_below_total, zones_assumed, gone, tail)",
        "ON CONFLICT (id) DO UPDATE SET
             device = excluded.device, inode = excluded.inode, size_bytes = excluded.size_bytes,
             modified_ns = excluded.modified_ns, offset_bytes = excluded.offset_bytes,
             head_hash = excluded.head_hash, tail_hash = excluded.tail_hash, cwd = excluded.cwd,
             agent_id = excluded.agent_id, lines = lines + excluded.lines,
             copies = copies + excluded.copies, forgotten = forgotten + excluded.forgotten,
             recovered = recovered + excluded.recovered,
             bad_counts = bad_counts + excluded.bad_counts,
             iterations_below_total = iterations_below_total + excluded.iterations_below_total,
             zones_assumed = zones_assumed + excluded.zones_assumed, gone = 0, tail = excluded.tail",
    ];
    let refers = |file: &Progress<'_>| {
        let agent = file.last.agent.as_ref().map(|agent| dictionary.agent(&agent.id));
        Ok((dictionary.home(&file.last.file.root)?, agent.transpose()?))
    };
    let refers: Vec<(i64, Option<i64>)> =
        files.iter().map(|file| refers(file)).collect::<sqlx::Result<_>>()?;
    let rows: Vec<_> = files.iter().zip(refers).collect();
    insert(tx, STATEMENT, 21, &rows, |row, (file, (home, agent))| {
        let next = &file.last.next;
        row.add(file.id)
            .add(home)
            .add(&*file.last.file.relative)
            .add(next.identity.device.cast_signed())
            .add(next.identity.inode.cast_signed())
            .add(next.size_bytes.cast_signed())
            .add(next.modified_ns)
            .add(next.offset_bytes.cast_signed())
            .add(next.head_hash.cast_signed())
            .add(next.tail_hash.cast_signed())
            .add(&next.cwd)
            .add(agent)
            .add(file.lines.read.cast_signed())
            .add(file.lines.copies.cast_signed())
            .add(file.lines.forgotten.cast_signed());
        for lines in file.lines.flawed {
            row.add(lines.cast_signed());
        }
        row.add(0).add(outcome(&file.last.tail));
    })
    .await?;
    Ok(())
}

/// Returns the outcome of a line that is counted alone, if there is one.
fn outcome(line: &LineCounts) -> Option<&'static str> {
    let skipped = || SkipReason::ALL.into_iter().find(|reason| line.skipped(*reason) > 0);
    if line.copies > 0 { Some(COPY) } else { skipped().map(SkipReason::name) }
}

async fn count_lines(tx: &mut Tx<'_>, files: &[&Progress<'_>]) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = [
        "INSERT INTO skipped_line (file_id, reason, lines)",
        "ON CONFLICT DO UPDATE SET lines = lines + excluded.lines",
    ];
    let skipped: Vec<(i64, SkipReason, u64)> = files
        .iter()
        .flat_map(|file| SkipReason::ALL.map(|reason| (file.id, reason, file.lines.skipped(reason))))
        .filter(|(_, _, lines)| *lines > 0)
        .collect();
    insert(tx, STATEMENT, 3, &skipped, |row, (id, reason, lines)| {
        row.add(id).add(reason.name()).add(lines.cast_signed());
    })
    .await?;
    Ok(())
}

/// Notes the first lines of each file with problems.
async fn note_issues(tx: &mut Tx<'_>, fresh: &[(i64, &Batch)]) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO line_issue (file_id, offset_bytes, kind)", ""];
    let with_issues = || fresh.iter().filter(|(_, batch)| !batch.issues.is_empty());
    let files: Vec<i64> = with_issues().map(|(id, _)| *id).collect();
    if files.is_empty() {
        return Ok(());
    }
    let noted: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT file_id, count(*) FROM line_issue WHERE file_id IN (SELECT value FROM json_each(?1)) GROUP BY file_id",
    )
    .bind(json_numbers(&files))
    .fetch_all(&mut **tx)
    .await?;
    let mut noted: HashMap<i64, i64> = noted.into_iter().collect();
    let mut issues = Vec::new();
    for (id, batch) in with_issues() {
        let noted = noted.entry(*id).or_default();
        let room = LineIssue::KEPT.saturating_sub(usize::try_from(*noted).unwrap_or(usize::MAX));
        let taken = &batch.issues[..batch.issues.len().min(room)];
        *noted += taken.len() as i64;
        issues.extend(taken.iter().map(|issue| (*id, issue)));
    }
    insert(tx, STATEMENT, 3, &issues, |row, (id, issue)| {
        row.add(id).add(issue.offset_bytes.cast_signed()).add(issue.kind.name());
    })
    .await?;
    Ok(())
}

pub(crate) async fn mark_gone(
    connection: &mut SqliteConnection,
    files: &[(TranscriptPath, bool)],
) -> sqlx::Result<()> {
    let mut by_home: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for (path, gone) in files {
        let of_home = by_home.entry((&path.root, *gone)).or_default();
        of_home.extend([path.relative.to_string(), sealed_name(&path.relative)]);
    }
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut changed = 0;
    for ((root, gone), paths) in by_home {
        let result = sqlx::query(
            "UPDATE source_file SET gone = ?3
             WHERE home_id = (SELECT id FROM home WHERE root = ?1)
               AND path IN (SELECT value FROM json_each(?2)) AND gone <> ?3",
        )
        .bind(root)
        .bind(json_list(&paths))
        .bind(gone)
        .execute(&mut *tx)
        .await?;
        changed += result.rows_affected();
    }
    bump(&mut tx, changed > 0).await?;
    tx.commit().await
}
