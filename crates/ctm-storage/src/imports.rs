//! Figures that other programs kept, beside the facts and in no sum of them.

use crate::store::Store;
use ctm_facts::imports::{
    ImportChange, ImportContent, ImportFigure, ImportGrain, ImportPeriod, ImportTokens, OtherProgram,
    StoredImport,
};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::{next_id, write};
use ctm_sqlite::sql::{Numbers, Row, Tx, all, bump, execute, json_list, magnitude, one, rows, values};
use ctm_types::{DaySpan, EpochMs, UtcDay};
use std::collections::{BTreeMap, HashMap};

impl Store {
    /// Stores the content of a file, by the digest of its bytes. It replaces figures of the same program on the same days.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn import_figures(
        &self,
        digest: &str,
        name: &str,
        content: &ImportContent,
        at: EpochMs,
    ) -> Result<ImportChange, StorageError> {
        self.change(async |tx| store(tx, digest, name, content, at).await).await
    }

    /// Returns the imported files in the order of their import, each with its figures.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn imports(&self) -> Result<Vec<StoredImport>, StorageError> {
        self.try_imports().await.at(&self.path)
    }

    async fn try_imports(&self) -> sqlx::Result<Vec<StoredImport>> {
        const FILES: &str = "SELECT id, digest, name, program, format, zone, other_agents, imported_at_ms FROM import_file ORDER BY id";
        const FIGURES: &str = include_str!("sql/imports/figures.sql");
        let mut tx = self.read().await?;
        let files = rows(&mut tx, FILES, values![]).await?;
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut figures: HashMap<i64, Vec<ImportFigure>> = HashMap::new();
        for row in &rows(&mut tx, FIGURES, values![]).await? {
            // A figure of an unknown grain is of no known days.
            let Some(figure) = figure(row)? else { continue };
            figures.entry(row.try_get("file_id")?).or_default().push(figure);
        }
        let mut imports = Vec::new();
        for row in &files {
            let Some(program) = OtherProgram::of_name(row.try_get("program")?) else { continue };
            imports.push(StoredImport {
                digest: row.try_get("digest")?,
                name: row.try_get("name")?,
                program,
                format: row.try_get("format")?,
                zone: row.try_get("zone")?,
                has_other_agents: row.try_get("other_agents")?,
                imported_at_ms: EpochMs(row.try_get("imported_at_ms")?),
                figures: figures.remove(&row.try_get::<i64, _>("id")?).unwrap_or_default(),
            });
        }
        Ok(imports)
    }

    /// Returns the first and the last day that a program counted by itself.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn import_span(&self) -> Result<Option<DaySpan>, StorageError> {
        const SPAN: &str = "SELECT min(first_day), max(first_day) FROM import_figure WHERE grain = 'day'";
        let (first, last): (Option<String>, Option<String>) = self.one(SPAN, values![]).await?;
        let day = |date: Option<String>| UtcDay::of_date(&date?);
        Ok(day(first).zip(day(last)).map(|(first, last)| DaySpan { first, last }))
    }

    /// Removes imported files by their digests, with their figures.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn remove_imports(&self, digests: &[&str]) -> Result<(), StorageError> {
        const REMOVE: &str = "DELETE FROM import_file WHERE digest IN (SELECT value FROM json_each(?1))";
        self.change(async |tx| {
            let removed = execute(tx, REMOVE, values![json_list(digests)]).await?;
            bump(tx, removed > 0).await.map(drop)
        })
        .await
    }
}

fn figure(row: &Row) -> sqlx::Result<Option<ImportFigure>> {
    let Some(grain) = ImportGrain::of_name(row.try_get("grain")?) else { return Ok(None) };
    let cost: Option<String> = row.try_get("cost")?;
    Ok(Some(ImportFigure {
        period: ImportPeriod { grain, first: row.try_get("first_day")?, last: row.try_get("last_day")? },
        model: row.try_get("model")?,
        tokens: ImportTokens {
            input: magnitude(row, "input")?,
            output: magnitude(row, "output")?,
            cache_read: magnitude(row, "cache_read")?,
            cache_write: magnitude(row, "cache_write")?,
        },
        cost: cost.and_then(|cost| cost.parse().ok()),
    }))
}

async fn store(
    tx: &mut Tx<'_>,
    digest: &str,
    name: &str,
    content: &ImportContent,
    at: EpochMs,
) -> sqlx::Result<ImportChange> {
    const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM import_file WHERE digest = ?1)";
    const FILE: &str = "INSERT INTO import_file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    const FIGURE: &str = "INSERT INTO import_figure VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (is_known,): (bool,) = one(tx, KNOWN, values![digest]).await?;
    if is_known {
        return Ok(ImportChange { is_new: false, replaced: 0 });
    }
    let replaced = replace(tx, content).await?;
    let id: i64 = next_id(tx, "SELECT coalesce(max(id), 0) FROM import_file").await?;
    let program = content.program.name();
    let mut file = values![id, digest, name, program, &content.format, content.zone];
    file.add(content.has_other_agents).id(at);
    execute(tx, FILE, file).await?;
    write(tx, FIGURE, &content.figures, |row, figure| {
        let ImportFigure { period, model, tokens, cost } = figure;
        row.number(id).add(period.grain.name()).add(&period.first).add(&period.last).add(model);
        row.counts([tokens.input, tokens.output, tokens.cache_read, tokens.cache_write]);
        row.add(cost.map(|cost| cost.to_string()));
    })
    .await?;
    bump(tx, true).await?;
    Ok(ImportChange { is_new: true, replaced })
}

/// Removes periods of the same program and grain that share a day with one of the content. Returns their number.
async fn replace(tx: &mut Tx<'_>, content: &ImportContent) -> sqlx::Result<u64> {
    const PERIODS: &str = include_str!("sql/imports/periods.sql");
    const REMOVE: &str = include_str!("sql/imports/replace.sql");
    let program = content.program.name();
    let stored: Vec<(i64, String, String, String)> = all(tx, PERIODS, values![program]).await?;
    let new = Spans::of(&content.figures);
    let shared: Vec<_> =
        stored.iter().filter(|(_, grain, first, last)| new.share_a_day(grain, first, last)).collect();
    execute(tx, REMOVE, values![json_list(&shared)]).await?;
    Ok(shared.len() as u64)
}

/// The periods of a file by grain and first day, each with the latest last day of it and of those before.
struct Spans<'f>(BTreeMap<(&'static str, &'f str), &'f str>);

impl<'f> Spans<'f> {
    fn of(figures: &'f [ImportFigure]) -> Self {
        let mut spans: BTreeMap<(&'static str, &'f str), &'f str> = BTreeMap::new();
        for ImportFigure { period, .. } in figures {
            let last = spans.entry((period.grain.name(), &period.first)).or_default();
            *last = (*last).max(&period.last);
        }
        let mut latest = ("", "");
        for ((grain, _), last) in &mut spans {
            if latest.0 != *grain {
                latest = (grain, "");
            }
            latest.1 = latest.1.max(last);
            *last = latest.1;
        }
        Self(spans)
    }

    /// Returns whether a period shares a day with one of these.
    fn share_a_day(&self, grain: &str, first: &str, last: &str) -> bool {
        let Some(grain) = ImportGrain::of_name(grain) else { return false };
        let until = (grain.name(), last);
        let latest = self.0.range((grain.name(), "")..=until).next_back();
        latest.is_some_and(|(_, latest)| *latest >= first)
    }
}
