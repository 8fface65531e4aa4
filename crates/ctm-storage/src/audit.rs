//! The accounts of everything that was read.

use crate::error::{AtPath, StorageError};
use crate::store::Store;
use ctm_types::{IssueKind, SkipReason};
use std::collections::BTreeMap;

/// The accounts of the lines of a Claude home: `read` is `copies` and all `skipped`.
///
/// Lines that were read and that their transcript, rewritten since, no longer has are among them as long as
/// something stands on them: the response that one counts for stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// The home: its canonical path.
    pub root: String,
    /// Transcripts that were read.
    pub files: u64,
    /// Transcripts of `files` that are no longer there.
    pub files_gone: u64,
    /// Lines that were read.
    pub read: u64,
    /// Lines of them that are copies of responses.
    pub copies: u64,
    /// Lines of `copies` that do not count, because another copy does.
    pub superseded: u64,
    /// Lines of `copies` whose response was forgotten.
    pub forgotten: u64,
    /// The others, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// A line with a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueAt {
    /// The transcript: its whole path.
    pub path: String,
    /// Offset of the line in bytes.
    pub offset_bytes: u64,
    /// What is the matter with it, by the name of its [`ctm_types::IssueKind`].
    pub kind: String,
}

impl Store {
    /// Returns the accounts of all lines that were read, by home.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn line_totals(&self) -> Result<Vec<LineTotals>, StorageError> {
        self.try_line_totals().await.at(&self.path)
    }

    async fn try_line_totals(&self) -> sqlx::Result<Vec<LineTotals>> {
        let mut tx = self.readers().begin().await?;
        let counts: Vec<(i64, String, i64, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT home.id, root, count(*), sum(gone), sum(lines) + count(tail),
                    sum(copies) + count(*) FILTER (WHERE tail = 'copy'), sum(forgotten)
             FROM source_file JOIN home ON home.id = home_id GROUP BY home.id ORDER BY root",
        )
        .fetch_all(&mut *tx)
        .await?;
        let superseded: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT home_id, count(*) FROM superseded JOIN source_file ON source_file.id = file_id GROUP BY home_id",
        )
        .fetch_all(&mut *tx)
        .await?;
        let responses: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT home_id, count(*) FROM event JOIN source_file ON source_file.id = winner_file_id
             WHERE part = 0 GROUP BY home_id",
        )
        .fetch_all(&mut *tx)
        .await?;
        let skipped: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT home_id, reason, sum(skipped) FROM (
                 SELECT home_id, reason, skipped_line.lines AS skipped
                 FROM skipped_line JOIN source_file ON source_file.id = file_id
                 UNION ALL SELECT home_id, tail, 1 FROM source_file WHERE tail <> 'copy'
             ) GROUP BY home_id, reason",
        )
        .fetch_all(&mut *tx)
        .await?;
        let of_home = |rows: &[(i64, i64)], home: i64| {
            let lines = rows.iter().find(|(of, _)| *of == home);
            lines.map_or(0, |(_, lines)| lines.unsigned_abs())
        };
        let totals = counts.into_iter().map(|(home, root, files, gone, read, copies, forgotten)| {
            let superseded = of_home(&superseded, home);
            let (read, copies, forgotten) =
                (read.unsigned_abs(), copies.unsigned_abs(), forgotten.unsigned_abs());
            // Each of these stands on a line of its own.
            let lines = of_home(&responses, home) + superseded + forgotten;
            let no_longer_there = lines.saturating_sub(copies);
            LineTotals {
                root,
                files: files.unsigned_abs(),
                files_gone: gone.unsigned_abs(),
                read: read + no_longer_there,
                copies: copies + no_longer_there,
                superseded,
                forgotten,
                skipped: skipped
                    .iter()
                    .filter(|(of, ..)| *of == home)
                    .map(|(_, reason, lines)| (reason.clone(), lines.unsigned_abs()))
                    .collect(),
            }
        });
        Ok(totals.collect())
    }

    /// Returns the number of lines with problems, by kind, and the first `limit` of them, of
    /// which at most [`ctm_types::LineIssue::KEPT`] are of the same transcript.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn line_issues(
        &self,
        limit: u32,
    ) -> Result<(BTreeMap<String, u64>, Vec<IssueAt>), StorageError> {
        let counts = self.issue_counts().await.at(&self.path)?;
        let lines: Vec<(String, i64, String)> = sqlx::query_as(
            "SELECT root || '/' || path, line_issue.offset_bytes, kind
             FROM line_issue JOIN source_file ON source_file.id = file_id JOIN home ON home.id = home_id
             ORDER BY file_id, line_issue.offset_bytes, kind LIMIT ?1",
        )
        .bind(limit)
        .fetch_all(&self.readers())
        .await
        .at(&self.path)?;
        let lines = lines.into_iter().map(|(path, offset_bytes, kind)| IssueAt {
            path,
            offset_bytes: offset_bytes.unsigned_abs(),
            kind,
        });
        Ok((counts, lines.collect()))
    }

    async fn issue_counts(&self) -> sqlx::Result<BTreeMap<String, u64>> {
        let mut tx = self.readers().begin().await?;
        let skipped: Vec<(String, i64)> =
            sqlx::query_as("SELECT reason, sum(lines) FROM skipped_line GROUP BY reason")
                .fetch_all(&mut *tx)
                .await?;
        let flawed: [i64; IssueKind::FLAWS.len()] = sqlx::query_as::<_, (i64, i64, i64, i64)>(
            "SELECT coalesce(sum(recovered), 0), coalesce(sum(bad_counts), 0),
                    coalesce(sum(iterations_below_total), 0), coalesce(sum(zones_assumed), 0) FROM source_file",
        )
        .fetch_one(&mut *tx)
        .await?
        .into();
        let is_issue =
            |name: &str| SkipReason::ALL.iter().any(|reason| reason.is_issue() && reason.name() == name);
        let skipped = skipped.into_iter().filter(|(reason, _)| is_issue(reason));
        let flawed = IssueKind::FLAWS.iter().zip(flawed).map(|(kind, lines)| (kind.name().to_owned(), lines));
        let counts = skipped.chain(flawed).filter(|(_, lines)| *lines > 0);
        Ok(counts.map(|(kind, lines)| (kind, lines.unsigned_abs())).collect())
    }

    /// Returns how many responses count by a copy that a progress record embeds, and how many other
    /// embedded copies there are.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn embedded_copies(&self) -> Result<(u64, u64), StorageError> {
        let counts: (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM event WHERE part = 0 AND winner_embedded),
                    (SELECT count(*) FROM superseded WHERE embedded)",
        )
        .fetch_one(&self.readers())
        .await
        .at(&self.path)?;
        Ok((counts.0.unsigned_abs(), counts.1.unsigned_abs()))
    }

    /// Returns how many transcripts of a home are there and were modified before a time, in
    /// nanoseconds since the epoch, and how many of them are stored to their end.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn files_older_than(
        &self,
        root: &str,
        modified_before_ns: i64,
    ) -> Result<(u64, u64), StorageError> {
        let counts: (i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(offset_bytes = size_bytes OR tail IS NOT NULL), 0)
             FROM source_file JOIN home ON home.id = home_id
             WHERE root = ?1 AND gone = 0 AND modified_ns < ?2",
        )
        .bind(root)
        .bind(modified_before_ns)
        .fetch_one(&self.readers())
        .await
        .at(&self.path)?;
        Ok((counts.0.unsigned_abs(), counts.1.unsigned_abs()))
    }
}
