//! The identity of the machine whose facts a database contains.
//!
//! # Design
//!
//! The identity is generated once, at random, and stored in a file next to the database: it identifies the
//! owner of the database folder, such as a user of a machine or a volume of a container, and moves with that
//! folder. In the database itself it would be copied with every restored backup, and a name of hardware or
//! host would reveal too much and can change.

use crate::error::{AtPath, StorageError, opening};
use sqlx::sqlite::SqliteConnection;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file next to the database.
const FILE: &str = "machine-id";

/// Hexadecimal digits of an identity.
const DIGITS: usize = 32;

/// Returns the identity of the machine whose facts the database at a path contains: 32 hexadecimal digits;
/// `None` if no database was created there yet, or the file is invalid.
#[must_use]
pub fn machine_id(database: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file(database)).ok()?;
    let id = text.trim();
    (id.len() == DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

/// Generates the identity if there is none yet.
pub(crate) async fn keep_machine_id(
    connection: &mut SqliteConnection,
    database: &Path,
) -> Result<(), StorageError> {
    let path = file(database);
    if path.exists() {
        return Ok(());
    }
    let id: String =
        sqlx::query_scalar("SELECT lower(hex(randomblob(16)))").fetch_one(connection).await.at(database)?;
    match create(&path, &id) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        created => created.map_err(opening(&path)),
    }
}

fn create(path: &Path, id: &str) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.write(true).create_new(true).open(path)?.write_all(format!("{id}\n").as_bytes())
}

fn file(database: &Path) -> PathBuf {
    database.with_file_name(FILE)
}
