//! Transcripts: checkpoints, counted lines, issues.

use crate::dictionary::Dictionary;
use crate::error::{AtPath, StorageError};
use crate::store::Store;
use crate::writer::Tx;
use ctm_types::{Batch, Checkpoint, FileIdentity, SkipReason, Start, TranscriptPath};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A transcript that was read before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Which one.
    pub path: TranscriptPath,
    /// How far it was read.
    pub checkpoint: Checkpoint,
    /// Whether it is a subagent's, and its type is not known yet.
    pub agent_kind_missing: bool,
}

/// What became of all lines that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// Transcripts that were read, and those of them that are gone.
    pub files: u64,
    /// Transcripts of `files` that are no longer there.
    pub files_gone: u64,
    /// Lines that were read.
    pub read: u64,
    /// Lines of them that are copies of responses.
    pub copies: u64,
    /// The others, by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Store {
    /// Returns all transcripts that were read before, gone ones included.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn known_files(&self) -> Result<Vec<KnownFile>, StorageError> {
        let rows = sqlx::query(
            "SELECT root, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash, tail_hash, cwd,
                    agent_id IS NOT NULL AND agent.kind IS NULL AS agent_kind_missing
             FROM source_file LEFT JOIN agent ON agent.id = source_file.agent_id",
        )
        .fetch_all(&self.readers)
        .await
        .at(&self.path)?;
        rows.iter().map(known_file).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns what became of all lines that were read.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn line_totals(&self) -> Result<LineTotals, StorageError> {
        let counts: (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(gone), 0), coalesce(sum(lines), 0), coalesce(sum(copies), 0)
             FROM source_file",
        )
        .fetch_one(&self.readers)
        .await
        .at(&self.path)?;
        let skipped: Vec<(String, i64)> =
            sqlx::query_as("SELECT reason, sum(lines) FROM skipped_line GROUP BY reason")
                .fetch_all(&self.readers)
                .await
                .at(&self.path)?;
        Ok(LineTotals {
            files: counts.0.unsigned_abs(),
            files_gone: counts.1.unsigned_abs(),
            read: counts.2.unsigned_abs(),
            copies: counts.3.unsigned_abs(),
            skipped: skipped.into_iter().map(|(reason, lines)| (reason, lines.unsigned_abs())).collect(),
        })
    }
}

fn known_file(row: &SqliteRow) -> sqlx::Result<KnownFile> {
    let unsigned = |column: &str| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    let text = |column: &str| row.try_get::<&str, _>(column).map(Arc::from);
    Ok(KnownFile {
        path: TranscriptPath { root: text("root")?, relative: text("path")? },
        checkpoint: Checkpoint {
            identity: FileIdentity { device: unsigned("device")?, inode: unsigned("inode")? },
            size_bytes: unsigned("size_bytes")?,
            modified_ns: row.try_get("modified_ns")?,
            offset_bytes: unsigned("offset_bytes")?,
            head_hash: unsigned("head_hash")?,
            tail_hash: unsigned("tail_hash")?,
            cwd: row.try_get("cwd")?,
        },
        agent_kind_missing: row.try_get("agent_kind_missing")?,
    })
}

/// Stores the checkpoint and the line counts of a batch and returns the file's number, or `None`
/// if the batch does not begin where the stored checkpoint is.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    dictionary: &mut Dictionary,
    batch: &Batch,
) -> sqlx::Result<Option<i64>> {
    let stored: Option<(i64, i64)> =
        sqlx::query_as("SELECT id, offset_bytes FROM source_file WHERE root = ?1 AND path = ?2")
            .bind(&*batch.file.root)
            .bind(&*batch.file.relative)
            .fetch_optional(&mut **tx)
            .await?;
    let id = match (batch.start, stored) {
        (Start::Checkpoint(offset), Some((id, at))) if at.cast_unsigned() == offset => id,
        (Start::Checkpoint(_), _) => return Ok(None),
        (Start::Beginning, Some((id, _))) => {
            forget_lines(tx, id).await?;
            id
        }
        (Start::Beginning, None) => insert(tx, &batch.file).await?,
    };
    dictionary.know_file(&batch.file.full(), id);
    update(tx, dictionary, id, batch).await?;
    count_lines(tx, id, batch).await?;
    Ok(Some(id))
}

async fn insert(tx: &mut Tx<'_>, file: &TranscriptPath) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO source_file (root, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash,
                                  tail_hash, lines, copies, gone)
         VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING id",
    )
    .bind(&*file.root)
    .bind(&*file.relative)
    .fetch_one(&mut **tx)
    .await
}

/// Forgets what is known of the lines of a file that is read again from its beginning: where
/// copies are and how many lines there were. The responses themselves stay.
async fn forget_lines(tx: &mut Tx<'_>, id: i64) -> sqlx::Result<()> {
    for statement in [
        "DELETE FROM copy WHERE file_id = ?1",
        "DELETE FROM skipped_line WHERE file_id = ?1",
        "DELETE FROM line_issue WHERE file_id = ?1",
        "UPDATE source_file SET lines = 0, copies = 0 WHERE id = ?1",
    ] {
        sqlx::query(statement).bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn update(tx: &mut Tx<'_>, dictionary: &mut Dictionary, id: i64, batch: &Batch) -> sqlx::Result<()> {
    let agent_id = match &batch.agent {
        Some(agent) => {
            let agent_id = dictionary.agent(tx, &agent.id).await?;
            sqlx::query("UPDATE agent SET kind = coalesce(?2, kind) WHERE id = ?1")
                .bind(agent_id)
                .bind(&agent.kind)
                .execute(&mut **tx)
                .await?;
            Some(agent_id)
        }
        None => None,
    };
    let next = &batch.next;
    sqlx::query(
        "UPDATE source_file
         SET device = ?2, inode = ?3, size_bytes = ?4, modified_ns = ?5, offset_bytes = ?6, head_hash = ?7,
             tail_hash = ?8, cwd = ?9, agent_id = ?10, lines = lines + ?11, copies = copies + ?12, gone = 0
         WHERE id = ?1",
    )
    .bind(id)
    .bind(next.identity.device.cast_signed())
    .bind(next.identity.inode.cast_signed())
    .bind(next.size_bytes.cast_signed())
    .bind(next.modified_ns)
    .bind(next.offset_bytes.cast_signed())
    .bind(next.head_hash.cast_signed())
    .bind(next.tail_hash.cast_signed())
    .bind(&next.cwd)
    .bind(agent_id)
    .bind(batch.lines.read.cast_signed())
    .bind(batch.lines.copies.cast_signed())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn count_lines(tx: &mut Tx<'_>, id: i64, batch: &Batch) -> sqlx::Result<()> {
    for reason in SkipReason::ALL {
        let lines = batch.lines.skipped(reason);
        if lines > 0 {
            sqlx::query(
                "INSERT INTO skipped_line (file_id, reason, lines) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET lines = lines + excluded.lines",
            )
            .bind(id)
            .bind(reason.name())
            .bind(lines.cast_signed())
            .execute(&mut **tx)
            .await?;
        }
    }
    for issue in &batch.issues {
        sqlx::query(
            "INSERT INTO line_issue (file_id, offset_bytes, kind) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(issue.offset_bytes.cast_signed())
        .bind(issue.kind.name())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

pub(crate) async fn mark_gone(
    connection: &mut SqliteConnection,
    root: &str,
    present: &BTreeSet<Arc<str>>,
) -> sqlx::Result<()> {
    let files: Vec<(i64, String, bool)> =
        sqlx::query_as("SELECT id, path, gone FROM source_file WHERE root = ?1")
            .bind(root)
            .fetch_all(&mut *connection)
            .await?;
    for (id, path, was_gone) in files {
        let gone = !present.contains(path.as_str());
        if gone != was_gone {
            sqlx::query("UPDATE source_file SET gone = ?2 WHERE id = ?1")
                .bind(id)
                .bind(gone)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}
