//! Identity of the open file: a database can be moved, deleted or replaced while it is open.
//!
//! # Design
//!
//! SQLite keeps using the file that it opened, but finds its log (`-wal`, `-shm`) by the path. A program that
//! opens another file at that path reads it with the wrong log, which damages it. Therefore the identity of
//! the open file is compared with that of the path before every use, a file that was moved is released
//! together with its log, and no file is opened next to a log that is in use for another file.
//!
//! The database is never opened here while this process has it open: closing any handle of a file drops
//! all POSIX locks that the process holds on it, SQLite's included.

use ctm_facts::StorageError;
use ctm_types::FileIdentity;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Maximum wait for a program that still uses the log of a former file: longer than the detection by `ctm
/// serve`.
const FORMER_TIMEOUT: Duration = Duration::from_secs(5);

/// Polling interval.
const FORMER_PAUSE: Duration = Duration::from_millis(50);

/// Returns the identity of the file at a path.
///
/// # Errors
///
/// Fails when the file cannot be examined.
pub fn identity_at(path: &Path) -> io::Result<FileIdentity> {
    path.metadata().map(|metadata| identity(&metadata))
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    FileIdentity { device: metadata.dev(), inode: metadata.ino() }
}

/// Returns the same for every file: the platform allows no open file to be moved.
#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> FileIdentity {
    FileIdentity { device: 0, inode: 0 }
}

/// Returns whether a file is the one at a path. A path that cannot be examined proves nothing.
pub fn is_at(file: FileIdentity, path: &Path) -> bool {
    match identity_at(path) {
        Ok(found) => found == file,
        Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

/// The log of an open database: its files at the time of opening.
#[derive(Debug)]
pub struct Log {
    database: Option<FileIdentity>,
    files: Vec<(PathBuf, FileIdentity)>,
}

impl Log {
    /// Returns the log of the database at a path, which this process has just opened.
    pub fn of(database: &Path) -> Self {
        let file = |suffix| {
            let path = beside(database, suffix);
            Some((path.clone(), identity_at(&path).ok()?))
        };
        let files = ["-wal", "-shm"].into_iter().filter_map(file).collect();
        Self { database: identity_at(database).ok(), files }
    }

    /// Deletes the files if they are still in place and their database is not. The log of another database is
    /// kept, and so is that of a database that reappeared: other processes may use it.
    pub fn delete(self, database: &Path) {
        if self.database.is_none_or(|id| is_at(id, database)) {
            return;
        }
        for (path, file) in self.files {
            if identity_at(&path).is_ok_and(|found| found == file) {
                // It is empty, so that nothing is lost where it cannot be deleted.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// Returns the folder of a database.
pub fn folder_of(database: &Path) -> PathBuf {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// Returns the path of a file of the log. SQLite takes links off the path of the database first.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.canonicalize().map_or_else(|_| OsString::from(database), OsString::from);
    path.push(suffix);
    path.into()
}

/// Waits until no program uses the log of a file that was at this path before.
///
/// To be called before this process opens the database.
///
/// # Errors
///
/// Fails when a program continues to use it.
pub async fn wait_for_former(database: &Path) -> Result<(), StorageError> {
    let mut waited = Duration::ZERO;
    while is_log_of_former(database).unwrap_or(false) {
        if waited >= FORMER_TIMEOUT {
            return Err(StorageError::Displaced { path: database.to_owned() });
        }
        tokio::time::sleep(FORMER_PAUSE).await;
        waited += FORMER_PAUSE;
    }
    Ok(())
}

/// Returns whether the log at a path is in use and the database is not: a connection holds both while it is
/// open, so the log belongs to another file.
#[cfg(unix)]
fn is_log_of_former(database: &Path) -> io::Result<bool> {
    /// Bytes of `-shm` that each connection locks: the "deadman switch".
    const SHM_IN_USE: (u64, u64) = (128, 1);
    /// Bytes of the database that each connection locks: the "shared range".
    const DATABASE_IN_USE: (u64, u64) = (0x4000_0002, 510);
    Ok(is_locked(&beside(database, "-shm"), SHM_IN_USE)? && !is_locked(database, DATABASE_IN_USE)?)
}

/// Returns `false`: the platform allows no open file to be moved.
#[cfg(not(unix))]
fn is_log_of_former(_database: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Returns whether another process has locked bytes of a file.
#[cfg(unix)]
fn is_locked(path: &Path, (start, length): (u64, u64)) -> io::Result<bool> {
    use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let lock =
        Flock { start, length, pid: None, typ: FlockType::WriteLock, offset_type: FlockOffsetType::Set };
    Ok(fcntl_getlk(&file, &lock)?.is_some())
}
