//! Responses that another home logs too, which are moved to its lines.

use crate::dictionary::{Dictionary, Referring};
use crate::events::{referring, response};
use crate::responses::superseded;
use crate::sql::{Db, Tx, json_numbers, number};
use ctm_types::{FileId, LoggedLine, Response, UtcDay};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

/// Moves responses that a home logged first, or whose line of that home counted, to the lines of others
/// that log them too; their transcripts are to be read again.
pub(super) async fn move_away(tx: &mut Tx<'_>, days: &mut BTreeSet<UtcDay>) -> sqlx::Result<()> {
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
    let mut files = forget_details(tx).await?;
    for (row, refers) in rows.iter().zip(&referring) {
        let of = response(row, &dictionary, *refers)?;
        let lines = lines_that_stay(tx, row, *refers, &of).await?;
        files.extend(lines.iter().map(|(file, _)| *file));
        let moved = Moved::to(row, *refers, &of, &lines)?;
        days.extend([of.attribution.at_ms, moved.at_ms].map(UtcDay::of_ms));
        moved.store(tx, row).await?;
    }
    let files: Vec<FileId> = files.into_iter().collect();
    sqlx::query(
        "UPDATE source_file SET device = ~device, inode = ~inode
         WHERE gone = 0 AND id IN (SELECT value FROM json_each(?1))",
    )
    .bind(json_numbers(&files))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes what is joined over all lines of responses that another home logs too, where a line that stays can be
/// read again. Returns the transcripts of these lines.
async fn forget_details(tx: &mut Tx<'_>) -> sqlx::Result<BTreeSet<FileId>> {
    let staying: Vec<(i64, Db<FileId>)> = sqlx::query_as(
        "WITH detailed AS (
             SELECT event.* FROM chosen CROSS JOIN event ON event.id = event_id
             WHERE is_shared AND coalesce(circumstance_id, thinking_tokens, cache_missed_tokens) IS NOT NULL)
         SELECT event_id, file_id
         FROM (SELECT id AS event_id, winner_file_id AS file_id FROM detailed
               UNION SELECT id, origin_file_id FROM detailed
               UNION SELECT event_id, file_id FROM detailed CROSS JOIN superseded ON event_id = detailed.id)
         JOIN source_file ON source_file.id = file_id
         WHERE gone = 0 AND file_id NOT IN chosen_file",
    )
    .fetch_all(&mut **tx)
    .await?;
    let (events, files): (Vec<i64>, BTreeSet<FileId>) =
        staying.into_iter().map(|(event, Db(file))| (event, file)).unzip();
    sqlx::query(
        "UPDATE event SET circumstance_id = NULL, thinking_tokens = NULL, cache_missed_tokens = NULL
         WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(json_numbers(&events))
    .execute(&mut **tx)
    .await?;
    Ok(files)
}

/// Returns the lines of a response that are not selected, each with the number of its file.
async fn lines_that_stay(
    tx: &mut Tx<'_>,
    row: &SqliteRow,
    refers: Referring,
    of: &Response,
) -> sqlx::Result<Vec<(FileId, LoggedLine)>> {
    let rows = sqlx::query(
        "SELECT root, path, gone, superseded.* FROM superseded
         JOIN source_file ON source_file.id = file_id
         JOIN home ON home.id = home_id
         WHERE event_id = ?1 AND file_id NOT IN chosen_file",
    )
    .bind(row.try_get::<i64, _>("id")?)
    .fetch_all(&mut **tx)
    .await?;
    let mut lines: Vec<(FileId, LoggedLine)> = rows
        .iter()
        .map(|row| Ok((number(row, "file_id")?, superseded(row, of)?.0)))
        .collect::<sqlx::Result<_>>()?;
    if !row.try_get::<bool, _>("winner_leaves")? {
        lines.push((refers.winner_file, of.winner.clone()));
    }
    if lines.is_empty() {
        // The first line is of a transcript that was rewritten since: it is all that is left.
        let at_ms = of.attribution.at_ms;
        lines.push((refers.origin_file, LoggedLine { locus: of.origin.clone(), at_ms, ..of.winner.clone() }));
    }
    Ok(lines)
}

/// Where a response is after it was moved.
struct Moved<'a> {
    at_ms: i64,
    origin: (FileId, u64),
    winner: &'a (FileId, LoggedLine),
    is_new_winner: bool,
}

impl<'a> Moved<'a> {
    fn to(
        row: &SqliteRow,
        refers: Referring,
        of: &Response,
        lines: &'a [(FileId, LoggedLine)],
    ) -> sqlx::Result<Self> {
        const SOME: &str = "there is a line that stays";
        let winner = lines.iter().max_by(|(_, one), (_, other)| one.rank().cmp(&other.rank())).expect(SOME);
        let (at_ms, origin) = if row.try_get("origin_leaves")? {
            let age = |(_, line): &&(FileId, LoggedLine)| (line.at_ms, line.locus.clone());
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
                .bind(Db(*file))
                .bind(line.locus.offset_bytes.cast_signed())
                .execute(&mut **tx)
                .await?;
        }
        sqlx::query(
            "UPDATE event SET at_ms = ?3, origin_file_id = ?4, origin_offset_bytes = ?5, winner_file_id = ?6,
                 winner_offset_bytes = ?7, winner_after_ms = ?8, winner_more_output = ?9 - output, final = ?10,
                 winner_sidechain = ?11, winner_in_own_file = ?12, winner_embedded = ?13
             WHERE key_hash = ?1 AND key = ?2",
        )
        .bind(key_hash)
        .bind(key)
        .bind(self.at_ms)
        .bind(Db(self.origin.0))
        .bind(self.origin.1.cast_signed())
        .bind(Db(*file))
        .bind(line.locus.offset_bytes.cast_signed())
        .bind(line.at_ms - self.at_ms)
        .bind(line.output.cast_signed())
        .bind(line.is_final)
        .bind(line.sidechain)
        .bind(line.in_own_file)
        .bind(line.embedded)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
