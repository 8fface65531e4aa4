//! The accounts of everything that was read.

use crate::store::Store;
use ctm_facts::{CleanUp, EmbeddedCopies, IssueAt, LineIssues, LineTotals, OldFiles};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{all, magnitude, number, rows, values};
use ctm_types::{HomeId, IssueKind, SkipReason};
use std::collections::{BTreeMap, HashMap};

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
        const SUPERSEDED: &str = "SELECT home_id, count(*) FROM superseded JOIN source_file ON source_file.id = file_id GROUP BY home_id";
        const RESPONSES: &str =
            "SELECT home_id, count(*) FROM event JOIN source_file ON source_file.id = winner_file_id
             WHERE part = 0 GROUP BY home_id";
        const SKIPPED: &str = include_str!("sql/audit/skipped.sql");
        const TOTALS: &str = include_str!("sql/audit/totals.sql");
        let mut tx = self.read().await?;
        let superseded: HashMap<i64, i64> = all(&mut tx, SUPERSEDED, values![]).await?.into_iter().collect();
        let responses: HashMap<i64, i64> = all(&mut tx, RESPONSES, values![]).await?.into_iter().collect();
        let of = |counts: &HashMap<i64, i64>, HomeId(home): HomeId| {
            counts.get(&home).copied().unwrap_or_default().unsigned_abs()
        };
        let mut skipped: HashMap<HomeId, BTreeMap<String, u64>> = HashMap::new();
        for row in &rows(&mut tx, SKIPPED, values![]).await? {
            let of_home = skipped.entry(number(row, "home_id")?).or_default();
            of_home.insert(row.try_get("reason")?, magnitude(row, "lines")?);
        }
        let totals = rows(&mut tx, TOTALS, values![]).await?;
        let totals = totals.iter().map(|row| {
            let home: HomeId = number(row, "home_id")?;
            let totals = LineTotals {
                home: row.try_get("root")?,
                files: magnitude(row, "files")?,
                files_gone: magnitude(row, "gone")?,
                read: magnitude(row, "read")?,
                copies: magnitude(row, "copies")?,
                superseded: of(&superseded, home),
                forgotten: magnitude(row, "forgotten")?,
                skipped: skipped.remove(&home).unwrap_or_default(),
            };
            Ok(totals.with_lines_no_longer_there(of(&responses, home)))
        });
        totals.collect()
    }

    /// Returns the number of lines with problems, by kind, and the first `limit` of them, of
    /// which at most [`ctm_types::LineIssue::KEPT`] are of the same transcript.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn line_issues(&self, limit: u32) -> Result<LineIssues, StorageError> {
        const LINES: &str = "SELECT root || '/' || path, line_issue.offset_bytes, kind
             FROM line_issue JOIN source_file ON source_file.id = file_id JOIN home ON home.id = home_id
             ORDER BY file_id, line_issue.offset_bytes, kind LIMIT ?1";
        let counts = self.issue_counts().await.at(&self.path)?;
        let lines: Vec<(String, i64, String)> = self.all(LINES, values![limit]).await?;
        let issue = |(path, offset_bytes, kind): (_, i64, _)| IssueAt {
            path,
            offset_bytes: offset_bytes.unsigned_abs(),
            kind,
        };
        Ok(LineIssues { counts, first: lines.into_iter().map(issue).collect() })
    }

    async fn issue_counts(&self) -> sqlx::Result<BTreeMap<String, u64>> {
        const SKIPPED: &str = "SELECT reason, sum(lines) FROM skipped_line GROUP BY reason";
        /// In the order of [`IssueKind::FLAWS`].
        const FLAWED: &str = "SELECT coalesce(sum(recovered), 0), coalesce(sum(bad_counts), 0),
                    coalesce(sum(iterations_below_total), 0), coalesce(sum(zones_assumed), 0) FROM source_file";
        let mut tx = self.read().await?;
        let skipped: Vec<(String, i64)> = all(&mut tx, SKIPPED, values![]).await?;
        let flawed = ctm_sqlite::sql::one::<(i64, i64, i64, i64)>(&mut tx, FLAWED, values![]).await?;
        let flawed: [i64; IssueKind::FLAWS.len()] = flawed.into();
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
    pub async fn embedded_copies(&self) -> Result<EmbeddedCopies, StorageError> {
        const COUNTS: &str = "SELECT (SELECT count(*) FROM event WHERE part = 0 AND winner_embedded),
                                     (SELECT count(*) FROM superseded WHERE embedded)";
        let (winners, superseded): (i64, i64) = self.one(COUNTS, values![]).await?;
        Ok(EmbeddedCopies { winners: winners.unsigned_abs(), superseded: superseded.unsigned_abs() })
    }

    /// Returns the existing transcripts of a home that a clean-up deletes, with the paths of at most `most_pending` of
    /// those that are stored to a pending line.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn due_files(
        &self,
        home: &str,
        clean_up: &CleanUp,
        most_pending: usize,
    ) -> Result<OldFiles, StorageError> {
        const DUE: &str = include_str!("sql/audit/due.sql");
        let CleanUp { before_ns, desktop_before_ns, is_of_desktop } = *clean_up;
        let values = values![home, before_ns, desktop_before_ns, is_of_desktop];
        let rows: Vec<(String, Option<String>, i64)> = self.all(DUE, values).await?;
        let mut old = OldFiles::default();
        for (class, path, files) in rows {
            let files = files.unsigned_abs();
            match class.as_str() {
                "kept" => {
                    old.kept = files;
                    continue;
                }
                "stored" => old.stored = files,
                "pending" => {
                    old.pending += files;
                    old.pending_paths.extend(path.filter(|_| old.pending_paths.len() < most_pending));
                }
                _ => {}
            }
            old.there += files;
        }
        Ok(old)
    }
}
