//! Taking facts back.
//!
//! # Design
//!
//! What is selected is first written down in temporary tables, by the same statements whether it is
//! only shown or removed. Removing is one transaction: facts, names that nothing refers to any more,
//! checkpoints, sums of days, and the ids that are left out from then on ([`crate::forgotten`]).
//!
//! Projects, sessions and times select responses, by what their earliest copies say. Homes select lines:
//! a response that another home logs too stays, as if the selected home had never been read. The lines
//! of the other home say how much it consumed, and its transcripts are read again for the rest.
//!
//! References are not checked row by row: whether a transcript is referred to is a search through all events,
//! which for a thousand transcripts takes minutes. What refers to nothing is found by one statement a table.

use crate::days::{self, day_of_ms};
use crate::dictionary::{Dictionary, Referring, json_numbers};
use crate::error::{AtPath, StorageError};
use crate::events::{json_list, referring, response};
use crate::forgotten::{HOME, PROJECT, SESSION, sealed_name, stats_cache_id};
use crate::hashes::hash_of;
use crate::responses::superseded;
use crate::rows::insert;
use crate::store::Store;
use crate::writer::{Tx, bump};
use ctm_types::{Line, Response, TokenCounts, UsageEvent, UsageKey, UsageRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection, Row, Sqlite};
use std::collections::{BTreeMap, BTreeSet};

/// Which facts are meant: those that agree with all that is given. Lists name alternatives; an empty
/// one names all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Claude homes, by canonical path.
    pub homes: Vec<String>,
    /// Projects, by working directory.
    pub projects: Vec<String>,
    /// Session ids.
    pub sessions: Vec<String>,
    /// The first moment, in UTC epoch milliseconds.
    pub from_ms: Option<i64>,
    /// The moment before which it ends, in UTC epoch milliseconds.
    pub until_ms: Option<i64>,
}

impl Selection {
    /// Returns whether everything is meant that was read from the homes.
    fn is_of_whole_homes(&self) -> bool {
        let Self { homes, projects, sessions, from_ms, until_ms } = self;
        !homes.is_empty()
            && projects.is_empty()
            && sessions.is_empty()
            && from_ms.is_none()
            && until_ms.is_none()
    }

    /// Returns the homes that ids are left out of: 0 for every one.
    fn scope(&self) -> Vec<i64> {
        if self.homes.is_empty() { vec![0] } else { self.homes.iter().map(|home| hash_of(home)).collect() }
    }
}

/// What a selection means in the facts that are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// The usage of the responses, as [`Store::usage`] returns it.
    pub usage: Vec<UsageRow>,
    /// Responses that stay, because another home logs them too.
    pub logged_elsewhere: u64,
    /// Transcripts with lines that are selected.
    pub transcripts: u64,
    /// Prompts.
    pub prompts: u64,
    /// Figures of official limits.
    pub limit_samples: u64,
    /// Days of Claude Code's own statistics.
    pub stats_cache_days: u64,
}

impl Selected {
    /// Returns whether there is nothing to take back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// ?1 and ?2 are the first and the last millisecond, ?3, ?4 and ?5 projects, sessions and homes as lists or
/// NULL for all, ?6 whether there are no bounds in time, ?7 whether all of the homes is meant.
const SELECT: [&str; 16] = [
    "CREATE TEMP TABLE chosen_file (id INTEGER PRIMARY KEY)",
    "INSERT INTO chosen_file SELECT source_file.id FROM source_file JOIN home ON home.id = home_id
     WHERE ?5 IS NULL OR root IN (SELECT value FROM json_each(?5))",
    // Sessions that belong to the selection as a whole, with what only a session has.
    "CREATE TEMP TABLE chosen_session (id INTEGER PRIMARY KEY)",
    "INSERT INTO chosen_session SELECT id FROM session
     WHERE (?4 IS NULL OR uuid IN (SELECT value FROM json_each(?4)))
       AND (?3 IS NULL OR 1 = (SELECT min(path IN (SELECT value FROM json_each(?3)))
                               FROM conversation JOIN project ON project.id = project_id
                               WHERE session_id = session.id
                                 AND EXISTS (SELECT 1 FROM event WHERE conversation_id = conversation.id)))",
    // Responses with lines that are selected; others may log them too.
    "CREATE TEMP TABLE chosen (event_id INTEGER PRIMARY KEY, is_shared INTEGER NOT NULL)",
    "INSERT INTO chosen
     SELECT event.id,
            winner_file_id NOT IN chosen_file OR origin_file_id NOT IN chosen_file
            OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id NOT IN chosen_file)
     FROM event JOIN conversation ON conversation.id = conversation_id
     WHERE part = 0 AND at_ms BETWEEN ?1 AND ?2
       AND (?3 IS NULL OR project_id IN
            (SELECT id FROM project WHERE path IN (SELECT value FROM json_each(?3))))
       AND (?4 IS NULL OR session_id IN
            (SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?4))))
       AND (winner_file_id IN chosen_file OR origin_file_id IN chosen_file
            OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id IN chosen_file))",
    // All parts of those that no one else logs.
    "CREATE TEMP TABLE removed (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed
     SELECT part.id FROM chosen
     CROSS JOIN event ON event.id = event_id
     CROSS JOIN event AS part ON part.key_hash = event.key_hash AND part.key = event.key
     WHERE NOT is_shared",
    "CREATE TEMP TABLE removed_prompt (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed_prompt SELECT id FROM prompt
     WHERE at_ms BETWEEN ?1 AND ?2 AND file_id IN chosen_file AND session_id IN chosen_session",
    "CREATE TEMP TABLE removed_sample (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed_sample SELECT id FROM limit_sample
     WHERE first_at_ms >= ?1 AND last_at_ms <= ?2
       AND (?5 IS NULL OR home IN (SELECT value FROM json_each(?5)))
       AND (?4 IS NULL OR session IN (SELECT value FROM json_each(?4)))
       AND (?3 IS NULL OR session IN (SELECT uuid FROM session WHERE id IN chosen_session))",
    // Claude Code's own statistics know neither projects nor sessions. Their days are in UTC; that noon is
    // within the same day in nearly every zone.
    "CREATE TEMP TABLE removed_day (root TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY (root, date)) WITHOUT ROWID",
    "INSERT INTO removed_day
     SELECT root, date FROM (SELECT root, date FROM stats_cache_activity
                             UNION SELECT root, date FROM stats_cache_tokens)
     WHERE ?3 IS NULL AND ?4 IS NULL AND (?5 IS NULL OR root IN (SELECT value FROM json_each(?5)))
       AND (?6 OR unixepoch(date, '+12 hours') * 1000 BETWEEN ?1 AND ?2)",
    // Lines that are selected, by transcript: those that the transcript's own counts have.
    "CREATE TEMP TABLE lost (file_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL)",
    "INSERT INTO lost
     SELECT file_id, sum(line_offset < offset_bytes)
     FROM (SELECT winner_file_id AS file_id, winner_offset_bytes AS line_offset
           FROM chosen CROSS JOIN event ON event.id = event_id
           UNION ALL
           SELECT file_id, superseded.offset_bytes FROM chosen CROSS JOIN superseded USING (event_id)
           UNION ALL
           SELECT origin_file_id, 9e18 FROM chosen CROSS JOIN event ON event.id = event_id
           UNION ALL
           SELECT file_id, 9e18 FROM removed_prompt CROSS JOIN prompt USING (id)
           UNION ALL
           SELECT id, 9e18 FROM chosen_file WHERE ?7)
     JOIN source_file ON source_file.id = file_id
     WHERE file_id IN chosen_file GROUP BY file_id",
];

/// What the removed events say: where, when, how much.
type Removed = (i64, i64, i64, i64, i64, i64, bool, i64, i64, i64, i64, i64, i64);

impl Store {
    /// Returns what a selection means, and changes nothing.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn selected(&self, selection: &Selection) -> Result<Selected, StorageError> {
        let look = async {
            let mut connection = self.connect_to_forget().await?;
            let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
            let selected = self.select(&mut tx, selection).await?;
            tx.rollback().await?;
            connection.close().await?;
            Ok(selected)
        };
        look.await.at(&self.path)
    }

    /// Removes what is selected, with everything that refers to it and all names that nothing else has,
    /// and keeps it from being read again. Returns the number of the decision, unless nothing is
    /// selected, and what was removed.
    ///
    /// The bytes that held it are overwritten; those of earlier states may still be in unused parts of
    /// the file until [`Store::erase`].
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn forget(
        &self,
        selection: &Selection,
        at_ms: i64,
    ) -> Result<(Option<i64>, Selected), StorageError> {
        let forget = async {
            let mut connection = self.connect_to_forget().await?;
            let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
            let selected = self.select(&mut tx, selection).await?;
            if selected.is_empty() {
                return Ok((None, selected));
            }
            let id = self.remove(&mut tx, selection, &selected, at_ms).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok((Some(id), selected))
        };
        forget.await.at(&self.path)
    }

    /// Lets what was taken back be read again: by these decisions, or by all where none is named. Returns
    /// how many decisions there were. Transcripts have to be read from their first byte afterwards.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn remember(&self, ids: &[i64]) -> Result<u64, StorageError> {
        let remember = async {
            let mut connection = self.connect_to_forget().await?;
            let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
            let ids = (!ids.is_empty()).then(|| json_numbers(ids));
            let mut decisions = 0;
            for statement in [
                "DELETE FROM forgotten
                 WHERE ?1 IS NULL OR forgetting_id IN (SELECT value FROM json_each(?1))",
                "DELETE FROM forgetting_name
                 WHERE ?1 IS NULL OR forgetting_id IN (SELECT value FROM json_each(?1))",
                "DELETE FROM forgetting WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))",
            ] {
                decisions = sqlx::query(statement).bind(&ids).execute(&mut *tx).await?.rows_affected();
            }
            run(&mut tx, &STANDING).await?;
            run(&mut tx, &UNSEAL).await?;
            raise_version(&mut tx).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok(decisions)
        };
        remember.await.at(&self.path)
    }

    /// Removes names that nothing refers to any more, writes the database anew and empties its log, so that the
    /// file holds nothing but what it knows. Others may have it open meanwhile.
    ///
    /// # Errors
    ///
    /// Fails when the disk is full or another process reads an old state for long; the database knows
    /// the same then, but its file may still hold what was removed.
    pub async fn erase(&self) -> Result<(), StorageError> {
        let erase = async {
            let mut connection = self.connect_to_forget().await?;
            // Responses that were moved have their own names only since they were read again.
            let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
            if run(&mut tx, &REMOVE_NAMES).await? > 0 {
                raise_version(&mut tx).await?;
            }
            tx.commit().await?;
            sqlx::query("PRAGMA temp_store = FILE").execute(&mut connection).await?;
            sqlx::query("VACUUM").execute(&mut connection).await?;
            let busy: bool =
                sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok(busy)
        };
        match erase.await.at(&self.path)? {
            false => Ok(()),
            true => Err(StorageError::Locked { path: self.path.to_path_buf() }),
        }
    }

    async fn connect_to_forget(&self) -> sqlx::Result<SqliteConnection> {
        let options = self
            .write_options()
            .foreign_keys(false)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY");
        SqliteConnection::connect_with(&options).await
    }

    /// Writes down what is selected, and returns what it comes to.
    async fn select(&self, tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<Selected> {
        for statement in SELECT {
            bound(statement, selection).execute(&mut **tx).await?;
        }
        let mut count = async |statement: &'static str| {
            sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut **tx).await.map(i64::unsigned_abs)
        };
        let selected = Selected {
            usage: Vec::new(),
            logged_elsewhere: count("SELECT count(*) FROM chosen WHERE is_shared").await?,
            transcripts: count("SELECT count(*) FROM lost").await?,
            prompts: count("SELECT count(*) FROM removed_prompt").await?,
            limit_samples: count("SELECT count(*) FROM removed_sample").await?,
            stats_cache_days: count("SELECT count(*) FROM removed_day").await?,
        };
        Ok(Selected { usage: self.removed_usage(tx).await?, ..selected })
    }

    async fn removed_usage(&self, tx: &mut Tx<'_>) -> sqlx::Result<Vec<UsageRow>> {
        let events: Vec<Removed> = sqlx::query_as(
            "SELECT at_ms, session_id, project_id, home_id, billing_id, part, final, input, output, cache_read,
                    cache_write_5m, cache_write_1h, web_searches
             FROM removed
             CROSS JOIN event ON event.id = removed.id
             CROSS JOIN conversation ON conversation.id = conversation_id
             CROSS JOIN source_file ON source_file.id = origin_file_id",
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut rows: BTreeMap<_, UsageRow> = BTreeMap::new();
        for (at_ms, session, project, home, billing, part, is_final, input, output, read, w5m, w1h, searches) in
            events
        {
            let [input, output, cache_read, cache_write_5m, cache_write_1h, web_searches] =
                [input, output, read, w5m, w1h, searches].map(i64::cast_unsigned);
            let tokens = TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h };
            let event = UsageEvent { at_ms, tokens, web_searches, is_first: part == 0, is_final };
            let context_band = self.form.context_band(tokens.prompt());
            let key = UsageKey { session, project, home, billing, context_band };
            let row = UsageRow::of(&event, &key);
            rows.entry((row.slot, key)).and_modify(|row| row.add(&event)).or_insert(row);
        }
        Ok(rows.into_values().collect())
    }

    /// Removes what is written down as selected.
    async fn remove(
        &self,
        tx: &mut Tx<'_>,
        selection: &Selection,
        selected: &Selected,
        at_ms: i64,
    ) -> sqlx::Result<i64> {
        let id = note(tx, selection, selected, at_ms).await?;
        let mut days: BTreeSet<i64> = selected.usage.iter().map(|row| day_of_ms(row.first_ms)).collect();
        move_away(tx, &mut days).await?;
        run(tx, &REMOVE).await?;
        leave_out(tx, selection, id).await?;
        for statement in REMOVE_STATS {
            bound(statement, selection).execute(&mut **tx).await?;
        }
        run(tx, &STANDING).await?;
        if selection.is_of_whole_homes() {
            run(tx, &REMOVE_FILES).await?;
        } else {
            seal(tx, selection).await?;
        }
        run(tx, &REMOVE_NAMES).await?;
        bound(
            "UPDATE source_file SET cwd = NULL, head_hash = ~head_hash
             WHERE cwd IN (SELECT value FROM json_each(?3)) AND cwd NOT IN (SELECT path FROM project)",
            selection,
        )
        .execute(&mut **tx)
        .await?;
        if !days.is_empty() {
            days::mark(tx, &days).await?;
            days::compute_marked(tx, &self.form).await?;
        }
        raise_version(tx).await?;
        Ok(id)
    }
}

/// Binds a selection to a statement.
fn bound<'q>(
    statement: &'static str,
    selection: &Selection,
) -> sqlx::query::Query<'q, Sqlite, SqliteArguments> {
    let list = |names: &[String]| (!names.is_empty()).then(|| json_list(names));
    sqlx::query(statement)
        .bind(selection.from_ms.unwrap_or(i64::MIN))
        .bind(selection.until_ms.map_or(i64::MAX, |until_ms| until_ms.saturating_sub(1)))
        .bind(list(&selection.projects))
        .bind(list(&selection.sessions))
        .bind(list(&selection.homes))
        .bind(selection.from_ms.is_none() && selection.until_ms.is_none())
        .bind(selection.is_of_whole_homes())
}

/// Runs statements, and returns how many rows they changed.
async fn run(tx: &mut Tx<'_>, statements: &[&'static str]) -> sqlx::Result<u64> {
    let mut changed = 0;
    for statement in statements {
        changed += sqlx::query(*statement).execute(&mut **tx).await?.rows_affected();
    }
    Ok(changed)
}

async fn raise_version(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    run(tx, &["UPDATE state SET forgotten_version = forgotten_version + 1"]).await?;
    bump(tx, true).await?;
    Ok(())
}

/// Stores the decision, and returns its number.
async fn note(
    tx: &mut Tx<'_>,
    selection: &Selection,
    selected: &Selected,
    at_ms: i64,
) -> sqlx::Result<i64> {
    const NAMES: [&str; 2] = ["INSERT OR IGNORE INTO forgetting_name (forgetting_id, kind, name)", ""];
    let sum = |count: fn(&UsageRow) -> u64| selected.usage.iter().map(count).sum::<u64>().cast_signed();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO forgetting (at_ms, from_ms, until_ms, responses, tokens) VALUES (?1, ?2, ?3, ?4, ?5)
         RETURNING id",
    )
    .bind(at_ms)
    .bind(selection.from_ms)
    .bind(selection.until_ms)
    .bind(sum(|row| row.responses))
    .bind(sum(|row| row.tokens.total()))
    .fetch_one(&mut **tx)
    .await?;
    let kinds = [(HOME, &selection.homes), (PROJECT, &selection.projects), (SESSION, &selection.sessions)];
    let names: Vec<(&str, i64)> = kinds
        .into_iter()
        .flat_map(|(kind, names)| names.iter().map(move |name| (kind, hash_of(name))))
        .collect();
    insert(tx, NAMES, 3, &names, |row, (kind, name)| {
        row.add(id).add(*kind).add(name);
    })
    .await?;
    Ok(id)
}

/// Moves responses that a home told first, or whose line of that home counted, to the lines of others
/// that log them too; their transcripts are to be read again.
async fn move_away(tx: &mut Tx<'_>, days: &mut BTreeSet<i64>) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "SELECT event.*, winner_file_id IN chosen_file AS winner_leaves, origin_file_id IN chosen_file AS origin_leaves
         FROM chosen CROSS JOIN event ON event.id = event_id
         WHERE is_shared AND (winner_file_id IN chosen_file OR origin_file_id IN chosen_file)",
    )
    .fetch_all(&mut **tx)
    .await?;
    let referring: Vec<Referring> = rows.iter().map(referring).collect::<sqlx::Result<_>>()?;
    let mut dictionary = Dictionary::default();
    dictionary.recall(tx, &referring).await?;
    let mut files = BTreeSet::new();
    for (row, refers) in rows.iter().zip(&referring) {
        let of = response(row, &dictionary, *refers)?;
        let lines = lines_that_stay(tx, row, *refers, &of).await?;
        files.extend(lines.iter().map(|(file, _)| *file));
        let moved = Moved::to(row, *refers, &of, &lines)?;
        days.extend([of.attribution.at_ms, moved.at_ms].map(day_of_ms));
        moved.store(tx, row).await?;
    }
    let files: Vec<i64> = files.into_iter().collect();
    sqlx::query(
        "UPDATE source_file SET device = ~device, inode = ~inode
         WHERE gone = 0 AND id IN (SELECT value FROM json_each(?1))",
    )
    .bind(json_numbers(&files))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Returns the lines of a response that are not selected, each with the number of its file.
async fn lines_that_stay(
    tx: &mut Tx<'_>,
    row: &SqliteRow,
    refers: Referring,
    of: &Response,
) -> sqlx::Result<Vec<(i64, Line)>> {
    let rows = sqlx::query(
        "SELECT root || '/' || path AS whole_path, gone, superseded.* FROM superseded
         JOIN source_file ON source_file.id = file_id
         JOIN home ON home.id = home_id
         WHERE event_id = ?1 AND file_id NOT IN chosen_file",
    )
    .bind(row.try_get::<i64, _>("id")?)
    .fetch_all(&mut **tx)
    .await?;
    let mut lines: Vec<(i64, Line)> = rows
        .iter()
        .map(|row| Ok((row.try_get("file_id")?, superseded(row, of)?.0)))
        .collect::<sqlx::Result<_>>()?;
    if !row.try_get::<bool, _>("winner_leaves")? {
        lines.push((refers.winner_file, of.winner.clone()));
    }
    if lines.is_empty() {
        // The first line is of a transcript that was rewritten since: it is all that is left.
        let at_ms = of.attribution.at_ms;
        lines.push((refers.origin_file, Line { locus: of.origin.clone(), at_ms, ..of.winner.clone() }));
    }
    Ok(lines)
}

/// Where a response is after it was moved.
struct Moved<'a> {
    at_ms: i64,
    origin: (i64, u64),
    winner: &'a (i64, Line),
    is_new_winner: bool,
}

impl<'a> Moved<'a> {
    fn to(row: &SqliteRow, refers: Referring, of: &Response, lines: &'a [(i64, Line)]) -> sqlx::Result<Self> {
        const SOME: &str = "there is a line that stays";
        let winner = lines.iter().max_by(|(_, one), (_, other)| one.rank().cmp(&other.rank())).expect(SOME);
        let (at_ms, origin) = if row.try_get("origin_leaves")? {
            let age = |(_, line): &&(i64, Line)| (line.at_ms, line.locus.clone());
            let (file, line) = lines.iter().min_by_key(age).expect(SOME);
            (line.at_ms, (*file, line.locus.offset_bytes))
        } else {
            (of.attribution.at_ms, (refers.origin_file, of.origin.offset_bytes))
        };
        Ok(Self { at_ms, origin, winner, is_new_winner: row.try_get("winner_leaves")? })
    }

    async fn store(&self, tx: &mut Tx<'_>, row: &SqliteRow) -> sqlx::Result<()> {
        let (id, key_hash): (i64, i64) = (row.try_get("id")?, row.try_get("key_hash")?);
        let key: &str = row.try_get("key")?;
        let (file, line) = self.winner;
        if self.is_new_winner {
            // Which part consumed what is not known of a line that did not count.
            sqlx::query(
                "UPDATE event SET input = ?2, output = ?3, cache_read = ?4, cache_write_5m = ?5, cache_write_1h = ?6
                 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event AS part
                                               WHERE part.key_hash = ?7 AND part.key = ?8 AND part.part > 0)",
            )
            .bind(id)
            .bind(line.tokens.input.cast_signed())
            .bind(line.tokens.output.cast_signed())
            .bind(line.tokens.cache_read.cast_signed())
            .bind(line.tokens.cache_write_5m.cast_signed())
            .bind(line.tokens.cache_write_1h.cast_signed())
            .bind(key_hash)
            .bind(key)
            .execute(&mut **tx)
            .await?;
            sqlx::query("DELETE FROM superseded WHERE event_id = ?1 AND file_id = ?2 AND offset_bytes = ?3")
                .bind(id)
                .bind(file)
                .bind(line.locus.offset_bytes.cast_signed())
                .execute(&mut **tx)
                .await?;
        }
        sqlx::query(
            "UPDATE event SET at_ms = ?3, origin_file_id = ?4, origin_offset_bytes = ?5, winner_file_id = ?6,
                 winner_offset_bytes = ?7, winner_after_ms = ?8, winner_more_output = ?9 - output, final = ?10,
                 winner_sidechain = ?11, winner_in_own_file = ?12
             WHERE key_hash = ?1 AND key = ?2",
        )
        .bind(key_hash)
        .bind(key)
        .bind(self.at_ms)
        .bind(self.origin.0)
        .bind(self.origin.1.cast_signed())
        .bind(file)
        .bind(line.locus.offset_bytes.cast_signed())
        .bind(line.at_ms - self.at_ms)
        .bind(line.output.cast_signed())
        .bind(line.is_final)
        .bind(line.sidechain)
        .bind(line.in_own_file)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// Removes responses, lines of others, and what only sessions have; what is left out from now on is
/// written down before.
const REMOVE: [&str; 13] = [
    "CREATE TEMP TABLE left_out (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO left_out SELECT key_hash FROM chosen CROSS JOIN event ON event.id = event_id",
    "DELETE FROM embedded_response WHERE id IN (SELECT key_hash FROM event WHERE event.id IN removed)",
    "INSERT OR IGNORE INTO left_out SELECT id FROM removed_prompt",
    "DELETE FROM superseded WHERE event_id IN removed",
    "DELETE FROM superseded
     WHERE file_id IN chosen_file AND event_id IN (SELECT event_id FROM chosen WHERE is_shared)",
    // A call may be one of another response too.
    "CREATE TEMP TABLE removed_call (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO removed_call SELECT id FROM tool_call WHERE event_id IN removed",
    "DELETE FROM tool_call WHERE event_id IN removed",
    "INSERT OR IGNORE INTO left_out
     SELECT id FROM tool_error WHERE id IN removed_call AND id NOT IN (SELECT id FROM tool_call)",
    "DELETE FROM tool_error WHERE id IN left_out",
    "DELETE FROM event WHERE id IN removed",
    "DELETE FROM prompt WHERE id IN removed_prompt",
];

/// Removes what Claude Code told of itself: official limits, and its own statistics.
const REMOVE_STATS: [&str; 5] = [
    "DELETE FROM limit_sample WHERE id IN removed_sample",
    "DELETE FROM stats_cache_activity WHERE (root, date) IN removed_day",
    "DELETE FROM stats_cache_tokens WHERE (root, date) IN removed_day",
    "DELETE FROM stats_cache_model WHERE ?7 AND root IN (SELECT value FROM json_each(?5))",
    "DELETE FROM stats_cache WHERE ?7 AND root IN (SELECT value FROM json_each(?5))",
];

/// Writes down the transcripts that something stands on.
const STANDING: [&str; 5] = [
    "CREATE TEMP TABLE standing (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO standing SELECT winner_file_id FROM event",
    "INSERT OR IGNORE INTO standing SELECT origin_file_id FROM event",
    "INSERT OR IGNORE INTO standing SELECT file_id FROM superseded",
    "INSERT OR IGNORE INTO standing SELECT file_id FROM prompt",
];

const REMOVE_FILES: [&str; 3] = [
    "DELETE FROM skipped_line WHERE file_id IN chosen_file AND file_id NOT IN standing",
    "DELETE FROM line_issue WHERE file_id IN chosen_file AND file_id NOT IN standing",
    "DELETE FROM source_file WHERE id IN chosen_file AND id NOT IN standing",
];

/// Removes the rows of sealed transcripts: those that are there are read anew.
const UNSEAL: [&str; 3] = [
    "DELETE FROM skipped_line WHERE file_id IN (SELECT id FROM source_file
                                                WHERE path LIKE '#%' AND id NOT IN standing)",
    "DELETE FROM source_file WHERE path LIKE '#%' AND id NOT IN standing",
    "UPDATE stats_cache SET modified_ns = -1",
];

/// Removes names that nothing refers to.
const REMOVE_NAMES: [&str; 7] = [
    "DELETE FROM conversation WHERE id NOT IN (SELECT conversation_id FROM event)",
    "DELETE FROM session WHERE id NOT IN (SELECT session_id FROM conversation UNION ALL SELECT session_id FROM prompt)",
    "DELETE FROM project WHERE id NOT IN (SELECT project_id FROM conversation)",
    "DELETE FROM agent WHERE id NOT IN (SELECT agent_id FROM conversation WHERE agent_id IS NOT NULL
                                        UNION ALL SELECT agent_id FROM source_file WHERE agent_id IS NOT NULL)",
    "DELETE FROM term WHERE id NOT IN (SELECT branch_id FROM conversation WHERE branch_id IS NOT NULL
                                       UNION ALL SELECT version_id FROM conversation WHERE version_id IS NOT NULL
                                       UNION ALL SELECT tool_id FROM tool_call)",
    "DELETE FROM billing WHERE id NOT IN (SELECT billing_id FROM event)",
    "DELETE FROM home WHERE id NOT IN (SELECT home_id FROM source_file)",
];

/// Stores the ids that are left out from now on.
async fn leave_out(tx: &mut Tx<'_>, selection: &Selection, forgetting: i64) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO forgotten (id, home, forgetting_id)", ""];
    sqlx::query(
        "INSERT OR IGNORE INTO forgotten (id, home, forgetting_id)
         SELECT left_out.id, scope.value, ?2 FROM left_out CROSS JOIN json_each(?1) AS scope",
    )
    .bind(json_numbers(&selection.scope()))
    .bind(forgetting)
    .execute(&mut **tx)
    .await?;
    let days: Vec<(String, String)> =
        sqlx::query_as("SELECT root, date FROM removed_day").fetch_all(&mut **tx).await?;
    let mut ids: Vec<i64> = days.iter().map(|(root, date)| stats_cache_id(root, date)).collect();
    if selection.is_of_whole_homes() {
        ids.extend(selection.homes.iter().map(|root| stats_cache_id(root, "")));
    }
    insert(tx, STATEMENT, 3, &ids, |row, id| {
        row.add(id).add(0).add(forgetting);
    })
    .await?;
    Ok(())
}

/// Counts the lines that transcripts lost, and seals those of which nothing is left.
async fn seal(tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<()> {
    // What a transcript had that was rewritten since is not among its lines.
    run(
        tx,
        &[
            "CREATE TEMP TABLE left_over (file_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL)",
            "INSERT INTO left_over SELECT file_id, count(*) FROM superseded GROUP BY file_id",
            "UPDATE source_file
             SET forgotten = max(0, min(forgotten + (SELECT lines FROM lost WHERE file_id = source_file.id),
                     copies - coalesce((SELECT lines FROM left_over WHERE file_id = source_file.id), 0)))
             WHERE id IN (SELECT file_id FROM lost)",
        ],
    )
    .await?;
    let bare = bound(
        "SELECT id, path FROM source_file
         WHERE id NOT IN standing AND path NOT LIKE '#%'
           AND (id IN (SELECT file_id FROM lost)
                OR (id IN chosen_file AND cwd IN (SELECT value FROM json_each(?3))))",
        selection,
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in &bare {
        let id: i64 = row.try_get("id")?;
        sqlx::query(
            "UPDATE source_file
             SET path = ?2, cwd = NULL, agent_id = NULL,
                 head_hash = CASE WHEN cwd IS NULL THEN head_hash ELSE ~head_hash END
             WHERE id = ?1",
        )
        .bind(id)
        .bind(sealed_name(row.try_get("path")?))
        .execute(&mut **tx)
        .await?;
        sqlx::query("DELETE FROM line_issue WHERE file_id = ?1").bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}
