//! The schema, and the identity of a tenant.

use crate::error;
use ctm_facts::StorageError;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, SqlSafeStr, raw_sql};
use std::path::Path;

/// Every migration: its version, what it does, and its statements.
const FILES: [(i64, &str, &str); 2] = [
    (20_261_201_040_000, "team", include_str!("../../../migrations/postgres/20261201040000_team.sql")),
    (
        20_261_201_120_000,
        "row security",
        include_str!("../../../migrations/postgres/20261201120000_row_security.sql"),
    ),
];

/// Attempts to migrate: several servers may start at once on an empty database, and all but one of them fail.
const ATTEMPTS: usize = 5;

fn migrator() -> Migrator {
    let migrations = FILES.iter().map(|(version, description, statements)| {
        Migration::new(
            *version,
            (*description).into(),
            MigrationType::Simple,
            statements.into_sql_str(),
            false,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // An advisory lock is of one connection, which a pooler shares, and of one node.
    migrator.set_locking(false);
    migrator
}

/// Brings a database to the newest schema.
pub(crate) async fn migrate(options: &PgConnectOptions, path: &Path) -> Result<(), StorageError> {
    let mut attempt = 1;
    loop {
        let connection = PgConnection::connect_with(options).await;
        let connection = connection.map_err(|error| error::of(path, error))?;
        match try_to_migrate(connection).await {
            Ok(()) => return Ok(()),
            Err(MigrateError::VersionMissing(version)) => {
                return Err(StorageError::Newer { path: path.to_owned(), version });
            }
            Err(error) if attempt == ATTEMPTS || matches!(error, MigrateError::VersionMismatch(_)) => {
                return Err(StorageError::Schema { path: path.to_owned(), source: error.into() });
            }
            Err(_) => attempt += 1,
        }
    }
}

/// Applies the migrations that are missing, in one transaction.
///
/// The migrator prepares its statements by names. A pooler gives the connection to others after the transaction, who prepare by the same
/// names: so none is left.
async fn try_to_migrate(mut connection: PgConnection) -> Result<(), MigrateError> {
    const FORGET: &str = "DEALLOCATE ALL";
    let mut tx = connection.begin().await?;
    raw_sql(FORGET).execute(&mut *tx).await?;
    migrator().run(&mut *tx).await?;
    raw_sql(FORGET).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(connection.close().await?)
}
