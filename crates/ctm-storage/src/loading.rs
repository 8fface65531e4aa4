//! Bulk loading into an empty database, without the indexes whose order is random.
//!
//! # Design
//!
//! Keys of responses and ids of tool calls have no order, and times only that of their transcript. Each commit
//! of a first read would therefore write nearly all pages of their indexes again: for a million responses,
//! twenty times the size of the database. A writer that has stored everything in the database knows its keys
//! ([`ctm_sqlite::keys`]) and needs none of these indexes. They are dropped by the first commit, if it is
//! large, and built at the end, each in one sorted pass.
//!
//! Missing indexes are the only sign of a load. Every writer that does not know all keys builds them before it
//! stores anything: the next one after a crash, and any other process meanwhile, after which the first one
//! continues with the indexes. Readers find everything without them, only later: a query of days reads all
//! events in the order of their rows ([`crate::days`]).
//!
//! Anything that looks up responses of other commits by key waits for the end: the categories of refusals, and
//! the sessions of shared responses. Days are not computed meanwhile, so all of them are marked.
//!
//! That end takes a fourth of a first read. As soon as it has settled these with the index of keys, only derived data
//! are missing, which take two processors: the other indexes are built while the days are summed on connections of their
//! own, and the log is moved into the database. Sums of before another writer's commit are dropped.
//!
//! One transaction for everything was rejected: readers would see nothing before its end, and a crash would
//! lose all of it.

use crate::connect::WRITER_CACHE_KIB;
use ctm_facts::FreshBatch;
use ctm_sqlite::sql::{Statements, Tx, execute, one, script, values};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;
use std::path::Path;

/// Minimum facts and transcripts of a first commit for a load.
const FACTS: usize = 4_000;
const FILES: usize = 1_000;

/// Returns whether a load is faster than ordinary commits.
pub(crate) fn is_worth_it(batches: &[FreshBatch<'_>]) -> bool {
    batches.len() >= FILES || batches.iter().map(|(_, batch)| batch.facts()).sum::<usize>() >= FACTS
}

/// The indexes, in the order in which they are built: when the last one is there, a load has ended.
const INDEXES: [[&str; 3]; 4] = [
    [
        "event_key",
        "DROP INDEX IF EXISTS event_key",
        "CREATE INDEX IF NOT EXISTS event_key ON event (key_hash)",
    ],
    [
        "event_request",
        "DROP INDEX IF EXISTS event_request",
        "CREATE INDEX IF NOT EXISTS event_request ON event (request) WHERE request IS NOT NULL",
    ],
    ["event_at", "DROP INDEX IF EXISTS event_at", "CREATE INDEX IF NOT EXISTS event_at ON event (at_ms)"],
    [
        "tool_call_id",
        "DROP INDEX IF EXISTS tool_call_id",
        "CREATE INDEX IF NOT EXISTS tool_call_id ON tool_call (id)",
    ],
];

/// Returns whether an object is an index that a load will build: the last index is missing as well.
pub(crate) fn is_built_later(object: &str, exists: impl Fn(&str) -> bool) -> bool {
    let mut named = INDEXES.iter().map(|[name, ..]| format!("index `{name}`"));
    named.clone().any(|index| index == object) && named.next_back().is_some_and(|last| !exists(&last))
}

/// Begins a load.
pub(crate) async fn begin(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    for [_, drop, _] in INDEXES {
        execute(tx, drop, values![]).await?;
    }
    Ok(())
}

/// Returns whether a load has begun and not ended.
pub(crate) async fn is_under_way(on: &mut impl Statements) -> sqlx::Result<bool> {
    const MISSING: &str = "SELECT count(*) < 4 FROM sqlite_schema
         WHERE name IN ('event_key', 'event_request', 'event_at', 'tool_call_id')";
    let (missing,): (bool,) = one(on, MISSING, values![]).await?;
    Ok(missing)
}

/// Builds the index of keys, by which the end of a load looks up responses. From here until [`restore`], sorting uses
/// little memory and files next to the database, or memory where no file can be created.
pub(crate) async fn build_keys(connection: &mut SqliteConnection, folder: &Path) -> sqlx::Result<()> {
    let folder = folder.to_string_lossy().replace('\'', "''");
    // SQLite's usual folder is often in memory, or read-only in a container.
    let in_files = format!(
        "PRAGMA shrink_memory; PRAGMA cache_size = -4096; \
         PRAGMA temp_store_directory = '{folder}'; PRAGMA temp_store = FILE"
    );
    let _ = script(connection, AssertSqlSafe(in_files)).await;
    let [[_, _, create], ..] = INDEXES;
    execute(connection, create, values![]).await.map(drop)
}

/// Omits the check of references during a load, which looks up seven rows for each response: a load stores only
/// references to rows that it has stored or found.
pub(crate) async fn omit_checks(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    execute(connection, "PRAGMA foreign_keys = OFF", values![]).await.map(drop)
}

/// Keeps temporary tables in memory, and checks references again.
pub(crate) async fn restore(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let in_memory = format!(
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = {WRITER_CACHE_KIB}"
    );
    script(connection, AssertSqlSafe(in_memory)).await
}

/// Builds the missing indexes.
pub(crate) async fn build(on: &mut impl Statements) -> sqlx::Result<()> {
    for [_, _, create] in INDEXES {
        execute(on, create, values![]).await?;
    }
    Ok(())
}
