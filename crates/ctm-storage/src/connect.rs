//! Options of every connection.

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;
use std::time::Duration;

/// Busy timeout of a statement.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Page cache of the writer, in KiB (negative means KiB to SQLite). A first read writes all over the indexes,
/// and the default of 2 MiB would read them again for every commit.
pub(crate) const WRITER_CACHE_KIB: &str = "-12288";

/// Options of every connection: schemas are not trusted.
pub(crate) fn common(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).pragma("trusted_schema", "OFF").disable_statement_logging()
}

/// Options to examine any file.
pub(crate) fn plain(path: &Path) -> SqliteConnectOptions {
    common(path).pragma("cell_size_check", "ON")
}

/// Refuses a database or write-ahead log that is not a regular file: opening a pipe would wait for its other
/// end, and a device is not a database.
pub(crate) fn check_regular(path: &Path) -> std::io::Result<()> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        if Path::new(&file).metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let which = if suffix.is_empty() { String::new() } else { format!("its `{suffix}` is ") };
            let reason = format!("{which}not a regular file");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason));
        }
    }
    Ok(())
}
