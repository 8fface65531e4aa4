//! Check of the schema: the owner of a database file, and the result of the migrations.
//!
//! # Design
//!
//! Any program can store its data in an SQLite file, and anyone can add a trigger to one. A file is therefore
//! examined before anything is written to it: it must be new, or have the application id that a migration
//! sets, or, if it is older than that, the expected tables. Triggers and views are refused whenever a
//! database is opened, because they change the effect of statements; those of the journal ([`crate::triggers`]) are known by their text. A complete examination compares every
//! object with those that the migrations create in an empty database.

use crate::connect::{BUSY_TIMEOUT, check_regular, common, plain};
use crate::loading::is_built_later;
use crate::triggers;
use ctm_sqlite::error::{AtPath, StorageError, opening};
use ctm_sqlite::place::wait_for_former;
use ctm_sqlite::readers::{Access, Readers, open_to_read};
use ctm_sqlite::sql::{Statements, all, column, one, rows, values};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// Every migration: its version, what it does, and its statements.
///
/// Listed, because the macro that lists a folder compiles SQLite a second time, for the compiler.
const FILES: [(i64, &str, &str); 15] = [
    (20_261_128_000_000, "baseline", include_str!("../../../migrations/sqlite/20261128000000_baseline.sql")),
    (
        20_261_128_180_000,
        "personal_records",
        include_str!("../../../migrations/sqlite/20261128180000_personal_records.sql"),
    ),
    (
        20_261_129_000_000,
        "telemetry",
        include_str!("../../../migrations/sqlite/20261129000000_telemetry.sql"),
    ),
    (
        20_261_129_070_000,
        "cache_samples",
        include_str!("../../../migrations/sqlite/20261129070000_cache_samples.sql"),
    ),
    (
        20_261_129_111_500,
        "witness_speed",
        include_str!("../../../migrations/sqlite/20261129111500_witness_speed.sql"),
    ),
    (20_261_129_160_000, "budgets", include_str!("../../../migrations/sqlite/20261129160000_budgets.sql")),
    (
        20_261_129_220_000,
        "hook_events",
        include_str!("../../../migrations/sqlite/20261129220000_hook_events.sql"),
    ),
    (20_261_129_223_000, "machines", include_str!("../../../migrations/sqlite/20261129223000_machines.sql")),
    (
        20_261_130_021_500,
        "claims_of_days",
        include_str!("../../../migrations/sqlite/20261130021500_claims_of_days.sql"),
    ),
    (
        20_261_130_030_000,
        "machine_versions",
        include_str!("../../../migrations/sqlite/20261130030000_machine_versions.sql"),
    ),
    (
        20_261_130_053_000,
        "paired_responses",
        include_str!("../../../migrations/sqlite/20261130053000_paired_responses.sql"),
    ),
    (20_261_130_060_000, "hub", include_str!("../../../migrations/sqlite/20261130060000_hub.sql")),
    (20_261_130_061_000, "push", include_str!("../../../migrations/sqlite/20261130061000_push.sql")),
    (20_261_201_010_000, "seals", include_str!("../../../migrations/sqlite/20261201010000_seals.sql")),
    (20_261_201_020_000, "imports", include_str!("../../../migrations/sqlite/20261201020000_imports.sql")),
];

pub(crate) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let migration = |(version, description, statements): (i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, statements.into_sql_str(), false)
    };
    Migrator::with_migrations(FILES.map(migration).into())
});

/// The schema of before the first release that is converted to the baseline.
const LAST: i64 = 20_261_127_090_000;

/// An earlier schema, which is first converted into the last one.
pub(crate) const EARLIER: i64 = 20_261_125_000_000;

/// Returns whether databases of this version are converted.
pub(crate) fn is_converted(version: i64) -> bool {
    [LAST, EARLIER].contains(&version)
}

/// Returns whether a schema is older than the baseline; 0 is an empty database.
pub(crate) fn is_former(version: i64) -> bool {
    (1..baseline().version).contains(&version)
}

/// The application id in the header of a database of this program: `ctmd`, as set by the migration.
const APPLICATION_ID: i64 = 0x6374_6D64;

/// The owner of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// No program's yet: it has no tables, or only an empty list of migrations.
    Nobody,
    /// This program's.
    Us,
    /// Another program's.
    Others,
}

/// Returns the owner of a database.
pub(crate) async fn owner(on: &mut impl Statements) -> sqlx::Result<Owner> {
    const NUMBERS: &str =
        "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version";
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite#_%' ESCAPE '#'";
    let (application_id, user_version): (i64, i64) = one(on, NUMBERS, values![]).await?;
    let tables: Vec<String> = column(on, TABLES, values![]).await?;
    // Databases of before the number was given are known by their tables and their list of migrations.
    let has_oldest = ["_sqlx_migrations", "event", "source_file", "state"]
        .iter()
        .all(|oldest| tables.iter().any(|table| table == oldest));
    Ok(match application_id {
        APPLICATION_ID => Owner::Us,
        0 if has_oldest => Owner::Us,
        0 if user_version == 0 && tables.is_empty() => Owner::Nobody,
        0 if tables == ["_sqlx_migrations"] => {
            const MIGRATED: &str = "SELECT EXISTS (SELECT 1 FROM _sqlx_migrations)";
            let (migrated,): (i64,) = one(on, MIGRATED, values![]).await?;
            if migrated == 0 { Owner::Nobody } else { Owner::Others }
        }
        _ => Owner::Others,
    })
}

/// Checks that a database is a supported one of this program without additions, and returns the version of
/// its schema.
pub(crate) async fn check_ours(on: &mut impl Statements, path: &Path) -> Result<i64, StorageError> {
    let version = check_owner(on, path).await?;
    check_unaltered(on, path).await?;
    Ok(version)
}

/// Checks that a database is a supported one of this program, and returns the version of its schema.
pub(crate) async fn check_owner(on: &mut impl Statements, path: &Path) -> Result<i64, StorageError> {
    if owner(on).await.at(path)? != Owner::Us {
        return Err(StorageError::Foreign { path: path.to_owned() });
    }
    let version = version(on).await.at(path)?;
    check_version(version, path)?;
    Ok(version)
}

/// Returns the version of the schema of a database of this program, 0 where no migration is done yet.
pub(crate) async fn version(on: &mut impl Statements) -> sqlx::Result<i64> {
    let (version,) = one(on, "SELECT coalesce(max(version), 0) FROM _sqlx_migrations", values![]).await?;
    Ok(version)
}

/// Checks that a schema can be used, or be brought up to date.
fn check_version(version: i64, path: &Path) -> Result<(), StorageError> {
    if version > newest_version() {
        return Err(StorageError::Newer { path: path.to_owned(), version });
    }
    if is_former(version) && !is_converted(version) {
        return Err(StorageError::TooOld { path: path.to_owned(), version });
    }
    Ok(())
}

/// Checks that nothing in a database changes what statements do.
pub(crate) async fn check_unaltered(on: &mut impl Statements, path: &Path) -> Result<(), StorageError> {
    const OTHER: &str = "SELECT type || ' `' || name || '`', sql FROM sqlite_schema
         WHERE type IN ('trigger', 'view') ORDER BY 1";
    let others: Vec<(String, String)> = all(on, OTHER, values![]).await.at(path)?;
    let other = others.into_iter().find(|(_, sql)| !triggers::is_ours(sql));
    other.map_or(Ok(()), |(object, _)| Err(StorageError::Altered { path: path.to_owned(), object }))
}

/// Checks that a file may be written to: that it is new, empty or a database of this program that can be brought up to
/// date. The file is not changed in either case.
pub(crate) async fn check_before_writing(path: &Path) -> Result<(), StorageError> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    if !metadata.is_file() {
        let source = "it is not a regular file".into();
        return Err(StorageError::Open { path: path.to_owned(), source });
    }
    if metadata.len() == 0 {
        return Ok(());
    }
    // Without a log, the file is opened as immutable, so that no file is created next to it. Faults found in
    // that mode can be the effect of a concurrent change.
    let unchanging = if has_log(path) { None } else { owner_of(path, true).await.ok() };
    let (owner, version) = match unchanging {
        Some(found) => found,
        None => owner_of(path, false).await.at(path)?,
    };
    match owner {
        Owner::Nobody => Ok(()),
        Owner::Us => check_version(version, path),
        Owner::Others => Err(StorageError::Foreign { path: path.to_owned() }),
    }
}

/// Returns the owner of a database, and for one of this program the version of its schema.
async fn owner_of(path: &Path, is_immutable: bool) -> sqlx::Result<(Owner, i64)> {
    let options = common(path).read_only(true).immutable(is_immutable).busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let found = match owner(&mut connection).await {
        Ok(Owner::Us) => version(&mut connection).await.map(|version| (Owner::Us, version)),
        owner => owner.map(|owner| (owner, 0)),
    };
    connection.close().await?;
    found
}

/// Returns whether a database has a write-ahead log with anything in it.
pub(crate) fn has_log(path: &Path) -> bool {
    // SQLite keeps it next to the target of a link.
    let mut log = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Returns the migration that creates the first released schema.
pub(crate) fn baseline() -> &'static Migration {
    MIGRATIONS.iter().next().expect("there is a baseline")
}

/// Returns the version of the newest migration.
pub(crate) fn newest_version() -> i64 {
    // Not of the migrations, whose checksums are computed first.
    FILES.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

/// Returns the differences between a database and one that the migrations create.
pub(crate) async fn differences(
    connection: &mut SqliteConnection,
    version: i64,
) -> sqlx::Result<Vec<String>> {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(false);
    let mut empty = SqliteConnection::connect_with(&options.disable_statement_logging()).await?;
    MIGRATIONS.run_to(version, &mut empty).await.map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    if triggers::are_needed(connection).await? {
        triggers::create(&mut empty).await?;
    }
    let made = objects(&mut empty).await?;
    empty.close().await?;
    let found = objects(connection).await?;
    let mut differences = Vec::new();
    for (object, sql) in &found {
        match made.get(object) {
            None => differences.push(format!("the {object} is not part of the schema")),
            Some(made) if made != sql => differences.push(format!("the {object} differs from the schema")),
            Some(_) => {}
        }
    }
    let is_missing = |object: &str| {
        !found.contains_key(object) && !is_built_later(object, |other| found.contains_key(other))
    };
    let missing = made.keys().filter(|object| is_missing(object));
    differences.extend(missing.map(|object| format!("the {object} is missing")));
    Ok(differences)
}

/// Returns all objects of a schema with their definitions, without spaces and quotes, which depend on the
/// version of SQLite.
async fn objects(connection: &mut SqliteConnection) -> sqlx::Result<BTreeMap<String, String>> {
    let objects: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite#_%' ESCAPE '#'",
    )
    .fetch_all(connection)
    .await?;
    let plain = |kind: &str, name: &str, sql: &str| {
        // The definition of the list of migrations belongs to the library.
        let sql = if name == "_sqlx_migrations" { "" } else { sql };
        let sql: String = sql.chars().filter(|char| !char.is_whitespace() && *char != '"').collect();
        (format!("{kind} `{name}`"), sql)
    };
    Ok(objects.iter().map(|(kind, name, sql)| plain(kind, name, sql)).collect())
}

/// Opens a file to examine it, without changing it.
pub(crate) async fn open_to_examine(path: &Path) -> Result<SqliteConnection, StorageError> {
    before_reading(path).await?;
    match try_open_to_examine(path, false).await {
        Err(error) if is_unwritable(&error) => {
            as_immutable(path, error, try_open_to_examine(path, true).await)
        }
        opened => opened,
    }
}

async fn try_open_to_examine(path: &Path, is_immutable: bool) -> Result<SqliteConnection, StorageError> {
    let options = plain(path).read_only(true).immutable(is_immutable).busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await.at(path)?;
    open_log(&mut connection).await.at(path)?;
    Ok(connection)
}

/// Opens a file for reading, with one connection. Also returns whether it is opened as immutable, because its folder is not writable,
/// which only a connection that changes nothing is.
pub(crate) async fn open_one_to_read(path: &Path, access: Access) -> Result<(Readers, bool), StorageError> {
    before_reading(path).await?;
    let opened = try_open_one_to_read(path, access).await;
    let (readers, access) = match opened {
        Err(error) if access == Access::Read && is_unwritable(&error) => {
            as_immutable(path, error, try_open_one_to_read(path, Access::Immutable).await)
        }
        opened => opened,
    }?;
    Ok((readers, access == Access::Immutable))
}

async fn try_open_one_to_read(path: &Path, access: Access) -> Result<(Readers, Access), StorageError> {
    let readers = Readers::one(open_to_read(path, access, BUSY_TIMEOUT).at(path)?);
    open_log(&mut readers.acquire().await.at(path)?).await.at(path)?;
    Ok((readers, access))
}

async fn before_reading(path: &Path) -> Result<(), StorageError> {
    check_regular(path).map_err(opening(path))?;
    wait_for_former(path).await
}

/// Runs the first statement of a connection, which opens the log.
async fn open_log(on: &mut impl Statements) -> sqlx::Result<()> {
    rows(on, "SELECT 1 FROM sqlite_schema LIMIT 1", values![]).await.map(drop)
}

/// Returns whether a file may have failed to open because its folder is not writable.
fn is_unwritable(error: &StorageError) -> bool {
    matches!(error, StorageError::Open { .. } | StorageError::ReadOnly { .. } | StorageError::Io { .. })
}

/// Returns what was opened as immutable after an attempt that failed.
fn as_immutable<T>(
    path: &Path,
    error: StorageError,
    opened: Result<T, StorageError>,
) -> Result<T, StorageError> {
    match opened {
        Ok(_) if has_log(path) => Err(StorageError::Log { path: path.to_owned() }),
        opened => opened.map_err(|_| error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_of_the_folder_are_migrations() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let mut files: Vec<_> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let named: Vec<_> =
            FILES.iter().map(|(version, description, _)| format!("{version}_{description}.sql")).collect();
        assert_eq!(files, named);
    }
}
