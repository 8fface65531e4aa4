//! Removal of the selected facts, and their exclusion from then on.

use super::move_away::move_away;
use super::{REMOVE_NAMES, STANDING, bound, raise_version, run};
use crate::days::{self, EventOrder};
use crate::forgotten::{HOME, PROJECT, SESSION};
use crate::overlap;
use crate::store::Store;
use crate::telemetry;
use ctm_facts::forgetting::{EVERY_HOME, sealed_name, stats_cache_id};
use ctm_facts::{Resolved, Selection, hash_of};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Tx, all, execute, json_numbers, one, rows, values};
use ctm_types::{EpochMs, UsageRow, UtcDay};
use std::collections::BTreeSet;

impl Store {
    /// Removes the selected facts.
    pub(super) async fn remove(
        &self,
        tx: &mut Tx<'_>,
        selection: &Selection,
        selected: &Resolved,
        at_ms: EpochMs,
    ) -> sqlx::Result<i64> {
        const FORGET_FOLDERS: &str = "UPDATE source_file SET cwd = NULL, head_hash = ~head_hash
             WHERE cwd IN (SELECT value FROM json_each(?3)) AND cwd NOT IN (SELECT path FROM project)";
        let id = note(tx, selection, selected, at_ms).await?;
        let mut days: BTreeSet<UtcDay> = selected.usage.iter().map(|row| UtcDay::of(row.first_ms)).collect();
        let shared = telemetry::undo_shared(tx).await?;
        move_away(tx, &mut days).await?;
        execute(tx, REMOVE, values![]).await?;
        telemetry::join(tx, &shared).await?;
        leave_out(tx, selection, id).await?;
        run(tx, REMOVE_STATS, selection).await?;
        execute(tx, STANDING, values![]).await?;
        if selection.is_of_whole_homes() {
            execute(tx, REMOVE_FILES, values![]).await?;
        } else {
            seal(tx, selection).await?;
        }
        execute(tx, REMOVE_NAMES, values![]).await?;
        execute(tx, FORGET_FOLDERS, bound(selection)).await?;
        if !days.is_empty() {
            days::mark(tx, &days).await?;
            overlap::compute_marked(tx, &self.form, EventOrder::Day).await?;
        }
        raise_version(tx).await?;
        Ok(id)
    }
}

/// Stores the decision, and returns its number.
async fn note(
    tx: &mut Tx<'_>,
    selection: &Selection,
    selected: &Resolved,
    at_ms: EpochMs,
) -> sqlx::Result<i64> {
    const NOTE: &str =
        "INSERT INTO forgetting (at_ms, from_ms, until_ms, responses, tokens) VALUES (?1, ?2, ?3, ?4, ?5)
         RETURNING id";
    const NAMES: &str = "INSERT OR IGNORE INTO forgetting_name (forgetting_id, kind, name) VALUES (?, ?, ?)";
    let sum = |count: fn(&UsageRow) -> u64| selected.usage.iter().map(count).sum::<u64>().cast_signed();
    let mut values = values![at_ms.0, selection.from_ms.map(i64::from), selection.until_ms.map(i64::from)];
    values.add(sum(|row| row.responses)).add(sum(|row| row.tokens.total()));
    let (id,): (i64,) = one(tx, NOTE, values).await?;
    let kinds = [(HOME, &selection.homes), (PROJECT, &selection.projects), (SESSION, &selection.sessions)];
    let names: Vec<(&str, i64)> = kinds
        .into_iter()
        .flat_map(|(kind, names)| names.iter().map(move |name| (kind, hash_of(name))))
        .collect();
    write(tx, NAMES, &names, |row, (kind, name)| {
        row.add(id).add(*kind).add(name);
    })
    .await?;
    Ok(id)
}

/// Removes responses, lines of others, and facts of sessions; the excluded ids were stored before.
const REMOVE: &str = include_str!("../sql/forget/remove/remove_facts.sql");

/// Removes Claude Code's own figures: official limits, and its own statistics.
const REMOVE_STATS: &str = include_str!("../sql/forget/remove/remove_stats.sql");

const REMOVE_FILES: &str = include_str!("../sql/forget/remove/remove_files.sql");

/// Stores the ids that are excluded from now on.
async fn leave_out(tx: &mut Tx<'_>, selection: &Selection, forgetting: i64) -> sqlx::Result<()> {
    const STATEMENT: &str = "INSERT OR IGNORE INTO forgotten (id, home, forgetting_id) VALUES (?, ?, ?)";
    const LEAVE_OUT: &str = "INSERT OR IGNORE INTO forgotten (id, home, forgetting_id)
         SELECT left_out.id, scope.value, ?2 FROM left_out CROSS JOIN json_each(?1) AS scope";
    execute(tx, LEAVE_OUT, values![json_numbers(&selection.scope()), forgetting]).await?;
    let days: Vec<(String, String)> = all(tx, "SELECT root, date FROM removed_day", values![]).await?;
    let mut ids: Vec<i64> = days.iter().map(|(home, date)| stats_cache_id(home, date)).collect();
    if selection.is_of_whole_homes() {
        ids.extend(selection.homes.iter().map(|root| stats_cache_id(root, "")));
    }
    write(tx, STATEMENT, &ids, |row, id| {
        row.add(id).add(EVERY_HOME).add(forgetting);
    })
    .await?;
    Ok(())
}

/// Counts the lost lines of transcripts, and seals transcripts without remaining facts.
async fn seal(tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<()> {
    const COUNT_LOST: &str = include_str!("../sql/forget/remove/count_lost.sql");
    const BARE: &str = include_str!("../sql/forget/remove/bare.sql");
    const SEAL: &str = include_str!("../sql/forget/remove/seal.sql");
    execute(tx, COUNT_LOST, values![]).await?;
    for row in &rows(tx, BARE, bound(selection)).await? {
        let id: i64 = row.try_get("id")?;
        execute(tx, SEAL, values![id, sealed_name(row.try_get("path")?)]).await?;
        execute(tx, "DELETE FROM line_issue WHERE file_id = ?1", values![id]).await?;
    }
    Ok(())
}
