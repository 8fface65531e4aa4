//! Removing what is selected, and noting what is left out from then on.

use super::move_away::move_away;
use super::{REMOVE_NAMES, STANDING, bound, raise_version, run};
use crate::days;
use crate::forgotten::{HOME, PROJECT, SESSION};
use crate::rows::insert;
use crate::sql::{Tx, all, execute, json_numbers, one, rows, values};
use crate::store::Store;
use ctm_facts::forgetting::{EVERY_HOME, sealed_name, stats_cache_id};
use ctm_facts::{Selected, Selection, hash_of};
use ctm_types::{EpochMs, UsageRow, UtcDay};
use sqlx::Row;
use std::collections::BTreeSet;

impl Store {
    /// Removes what is written down as selected.
    pub(super) async fn remove(
        &self,
        tx: &mut Tx<'_>,
        selection: &Selection,
        selected: &Selected,
        at_ms: EpochMs,
    ) -> sqlx::Result<i64> {
        const FORGET_FOLDERS: &str = "UPDATE source_file SET cwd = NULL, head_hash = ~head_hash
             WHERE cwd IN (SELECT value FROM json_each(?3)) AND cwd NOT IN (SELECT path FROM project)";
        let id = note(tx, selection, selected, at_ms).await?;
        let mut days: BTreeSet<UtcDay> = selected.usage.iter().map(|row| UtcDay::of(row.first_ms)).collect();
        move_away(tx, &mut days).await?;
        run(tx, &REMOVE).await?;
        leave_out(tx, selection, id).await?;
        for statement in REMOVE_STATS {
            execute(tx, statement, bound(selection)).await?;
        }
        run(tx, &STANDING).await?;
        if selection.is_of_whole_homes() {
            run(tx, &REMOVE_FILES).await?;
        } else {
            seal(tx, selection).await?;
        }
        run(tx, &REMOVE_NAMES).await?;
        execute(tx, FORGET_FOLDERS, bound(selection)).await?;
        if !days.is_empty() {
            days::mark(tx, &days).await?;
            days::compute_marked(tx, &self.form).await?;
        }
        raise_version(tx).await?;
        Ok(id)
    }
}

/// Stores the decision, and returns its number.
async fn note(
    tx: &mut Tx<'_>,
    selection: &Selection,
    selected: &Selected,
    at_ms: EpochMs,
) -> sqlx::Result<i64> {
    const NOTE: &str =
        "INSERT INTO forgetting (at_ms, from_ms, until_ms, responses, tokens) VALUES (?1, ?2, ?3, ?4, ?5)
         RETURNING id";
    const NAMES: [&str; 2] = ["INSERT OR IGNORE INTO forgetting_name (forgetting_id, kind, name)", ""];
    let sum = |count: fn(&UsageRow) -> u64| selected.usage.iter().map(count).sum::<u64>().cast_signed();
    let mut values = values![at_ms.0, selection.from_ms.map(i64::from), selection.until_ms.map(i64::from)];
    values.add(sum(|row| row.responses)).add(sum(|row| row.tokens.total()));
    let (id,): (i64,) = one(tx, NOTE, values).await?;
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

/// Removes responses, lines of others, and what only sessions have; what is left out from now on is
/// written down before.
const REMOVE: [&str; 25] = [
    "CREATE TEMP TABLE left_out (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO left_out SELECT key_hash FROM chosen CROSS JOIN event ON event.id = event_id",
    "INSERT OR IGNORE INTO left_out SELECT id FROM removed_prompt",
    "INSERT OR IGNORE INTO left_out SELECT id FROM removed_record",
    "DELETE FROM superseded WHERE event_id IN removed",
    "DELETE FROM superseded
     WHERE file_id IN chosen_file AND event_id IN (SELECT event_id FROM chosen WHERE is_shared)",
    "DELETE FROM claim WHERE event_id IN removed",
    "DELETE FROM claim
     WHERE file_id IN chosen_file AND event_id IN (SELECT event_id FROM chosen WHERE is_shared)",
    // A call may be one of another response too.
    "CREATE TEMP TABLE removed_call (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO removed_call SELECT id FROM tool_call WHERE event_id IN removed",
    "DELETE FROM tool_call WHERE event_id IN removed",
    "INSERT OR IGNORE INTO left_out
     SELECT id FROM tool_error WHERE id IN removed_call AND id NOT IN (SELECT id FROM tool_call)",
    "DELETE FROM tool_error WHERE id IN left_out",
    "DELETE FROM call_searches WHERE id IN removed_call AND id NOT IN (SELECT id FROM tool_call)",
    "CREATE TEMP TABLE removed_request (id INTEGER PRIMARY KEY)",
    "INSERT OR IGNORE INTO removed_request SELECT request FROM refused WHERE event_id IN removed",
    "DELETE FROM refused WHERE event_id IN removed",
    "DELETE FROM refusal WHERE request IN removed_request AND request NOT IN (SELECT request FROM refused)",
    "DELETE FROM event WHERE id IN removed",
    "DELETE FROM prompt_claim WHERE prompt_id IN removed_prompt",
    "DELETE FROM prompt WHERE id IN removed_prompt",
    "DELETE FROM session_record WHERE id IN removed_record",
    "DELETE FROM session_name WHERE session_id IN emptied_session AND file_id IN chosen_file",
    "DELETE FROM cost_state_model WHERE session_id IN (SELECT session_id FROM cost_state
         WHERE session_id IN emptied_session AND file_id IN chosen_file)",
    "DELETE FROM cost_state WHERE session_id IN emptied_session AND file_id IN chosen_file",
];

/// Removes Claude Code's own figures: official limits, and its own statistics.
const REMOVE_STATS: [&str; 5] = [
    "DELETE FROM limit_sample WHERE id IN removed_sample",
    "DELETE FROM stats_cache_activity WHERE (root, date) IN removed_day",
    "DELETE FROM stats_cache_tokens WHERE (root, date) IN removed_day",
    "DELETE FROM stats_cache_model WHERE ?7 AND root IN (SELECT value FROM json_each(?5))",
    "DELETE FROM stats_cache WHERE ?7 AND root IN (SELECT value FROM json_each(?5))",
];

const REMOVE_FILES: [&str; 3] = [
    "DELETE FROM skipped_line WHERE file_id IN chosen_file AND file_id NOT IN standing",
    "DELETE FROM line_issue WHERE file_id IN chosen_file AND file_id NOT IN standing",
    "DELETE FROM source_file WHERE id IN chosen_file AND id NOT IN standing",
];

/// Stores the ids that are left out from now on.
async fn leave_out(tx: &mut Tx<'_>, selection: &Selection, forgetting: i64) -> sqlx::Result<()> {
    const STATEMENT: [&str; 2] = ["INSERT OR IGNORE INTO forgotten (id, home, forgetting_id)", ""];
    const LEAVE_OUT: &str = "INSERT OR IGNORE INTO forgotten (id, home, forgetting_id)
         SELECT left_out.id, scope.value, ?2 FROM left_out CROSS JOIN json_each(?1) AS scope";
    execute(tx, LEAVE_OUT, values![json_numbers(&selection.scope()), forgetting]).await?;
    let days: Vec<(String, String)> = all(tx, "SELECT root, date FROM removed_day", values![]).await?;
    let mut ids: Vec<i64> = days.iter().map(|(root, date)| stats_cache_id(root, date)).collect();
    if selection.is_of_whole_homes() {
        ids.extend(selection.homes.iter().map(|root| stats_cache_id(root, "")));
    }
    insert(tx, STATEMENT, 3, &ids, |row, id| {
        row.add(id).add(EVERY_HOME).add(forgetting);
    })
    .await?;
    Ok(())
}

/// Counts the lines that transcripts lost, and seals those of which nothing is left.
async fn seal(tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<()> {
    const BARE: &str = "SELECT id, path FROM source_file
         WHERE id NOT IN standing AND path NOT LIKE '#%'
           AND (id IN (SELECT file_id FROM lost)
                OR (id IN chosen_file AND cwd IN (SELECT value FROM json_each(?3))))";
    const SEAL: &str = "UPDATE source_file
         SET path = ?2, cwd = NULL, agent_id = NULL,
             head_hash = CASE WHEN cwd IS NULL THEN head_hash ELSE ~head_hash END
         WHERE id = ?1";
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
    for row in &rows(tx, BARE, bound(selection)).await? {
        let id: i64 = row.try_get("id")?;
        execute(tx, SEAL, values![id, sealed_name(row.try_get("path")?)]).await?;
        execute(tx, "DELETE FROM line_issue WHERE file_id = ?1", values![id]).await?;
    }
    Ok(())
}
