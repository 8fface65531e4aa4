//! Responses that another home logs too, which are moved to its lines.

use crate::dictionary::Dictionary;
use crate::events::{referring, response};
use crate::responses::superseded;
use ctm_facts::Referring;
use ctm_facts::moving::{LineIn, MovedResponse};
use ctm_sqlite::sql::{Db, Numbers, Row, Tx, all, execute, json_numbers, number, rows, values};
use ctm_types::{FileId, LoggedLine, Response, UtcDay};
use std::collections::BTreeSet;

/// Moves responses that a home logged first, or with a winning line in that home, to the lines of other homes
/// that log them too; their transcripts are read again.
pub(super) async fn move_away(tx: &mut Tx<'_>, days: &mut BTreeSet<UtcDay>) -> sqlx::Result<()> {
    const SHARED: &str = include_str!("../sql/forget/move_away/shared.sql");
    const READ_AGAIN: &str = "UPDATE source_file SET device = ~device, inode = ~inode
         WHERE gone = 0 AND id IN (SELECT value FROM json_each(?1))";
    let shared = rows(tx, SHARED, values![]).await?;
    let referring: Vec<Referring> = shared.iter().map(referring).collect::<sqlx::Result<_>>()?;
    let mut dictionary = Dictionary::default();
    dictionary.recall(tx, &referring).await?;
    let mut files = forget_details(tx).await?;
    for (row, refers) in shared.iter().zip(&referring) {
        let of = response(row, &dictionary, *refers)?;
        let lines = lines_that_stay(tx, row, *refers, &of).await?;
        let origin_stays = !row.try_get::<bool, _>("origin_leaves")?;
        let moved = MovedResponse::to(&of, refers.origin_file, origin_stays, &lines);
        files.extend(lines.iter().map(|line| line.file).chain([moved.winner.file]));
        days.extend([of.attribution.at_ms, moved.at_ms].map(UtcDay::of));
        store(tx, row, &moved).await?;
    }
    let files: Vec<FileId> = files.into_iter().collect();
    execute(tx, READ_AGAIN, values![json_numbers(&files)]).await?;
    Ok(())
}

/// Removes the details that are joined over all lines of responses that another home logs too, if a remaining
/// line can be read again. Returns the transcripts of these lines.
async fn forget_details(tx: &mut Tx<'_>) -> sqlx::Result<BTreeSet<FileId>> {
    const STAYING: &str = include_str!("../sql/forget/move_away/staying.sql");
    const FORGET: &str =
        "UPDATE event SET circumstance_id = NULL, thinking_tokens = NULL, cache_missed_tokens = NULL
         WHERE id IN (SELECT value FROM json_each(?1))";
    let staying: Vec<(i64, Db<FileId>)> = all(tx, STAYING, values![]).await?;
    let (events, files): (Vec<i64>, BTreeSet<FileId>) =
        staying.into_iter().map(|(event, Db(file))| (event, file)).unzip();
    execute(tx, FORGET, values![json_numbers(&events)]).await?;
    Ok(files)
}

/// Returns the lines of a response that are not selected.
async fn lines_that_stay(
    tx: &mut Tx<'_>,
    row: &Row,
    refers: Referring,
    of: &Response,
) -> sqlx::Result<Vec<LineIn>> {
    const OTHERS: &str = include_str!("../sql/forget/move_away/others.sql");
    let id: i64 = row.try_get("id")?;
    let others = rows(tx, OTHERS, values![id]).await?;
    let line = |row: &Row| Ok(LineIn { file: number(row, "file_id")?, line: superseded(row)?.line });
    let mut lines: Vec<LineIn> = others.iter().map(line).collect::<sqlx::Result<_>>()?;
    if !row.try_get::<bool, _>("winner_leaves")? {
        lines.push(LineIn { file: refers.winner_file, line: of.winner.clone() });
    }
    Ok(lines)
}

async fn store(tx: &mut Tx<'_>, row: &Row, moved: &MovedResponse) -> sqlx::Result<()> {
    // The parts of a superseded line are not stored.
    const CONSUME: &str = include_str!("../sql/forget/move_away/consume.sql");
    const COUNTS: &str = "DELETE FROM superseded WHERE event_id = ?1 AND file_id = ?2 AND offset_bytes = ?3";
    const MOVE: &str = include_str!("../sql/forget/move_away/move.sql");
    let (id, key_hash): (i64, i64) = (row.try_get("id")?, row.try_get("key_hash")?);
    let key: &str = row.try_get("key")?;
    let LineIn { file, line } = &moved.winner;
    let LoggedLine { locus, at_ms, is_final, output, embedded, sidechain, in_own_file, tokens } = line;
    let offset_bytes = locus.offset_bytes.cast_signed();
    if row.try_get("winner_leaves")? {
        let mut consumed = values![id, key_hash, key];
        consumed.tokens(tokens);
        execute(tx, CONSUME, consumed).await?;
        execute(tx, COUNTS, values![id, Db(*file), offset_bytes]).await?;
    }
    let mut values = values![key_hash, key, moved.at_ms.0, Db(moved.origin_file)];
    values.counts([moved.origin_offset_bytes]).id(*file).add(offset_bytes);
    values.add(at_ms.since(moved.at_ms)).counts([*output]);
    values.add(*is_final).add(*sidechain).add(*in_own_file).add(*embedded);
    execute(tx, MOVE, values).await?;
    Ok(())
}
