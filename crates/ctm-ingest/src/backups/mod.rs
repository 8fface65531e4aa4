//! Backups of a database: where they are, and how one becomes the database.
//!
//! - [`list`] and [`make`]: the backups beside a database;
//! - [`CheckedBackup`]: a restore, from the check to the exchange of the files;
//! - [`Partial`]: a copy that is being written.
//!
//! # Design
//!
//! Only files beside the database are offered to clients: those in its backup folder, and databases that a restore or
//! `ctm db forget` kept. A client names one of the list, and no path.

mod partial;
mod restore;

pub use partial::Partial;
pub use restore::CheckedBackup;

use crate::error::IngestError;
use chrono::{DateTime, Utc};
use ctm_storage::Store;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of backups in the backup folder of a database.
pub const MOST_BACKUPS: usize = 50;

/// Prefixes of the endings of databases that were kept beside the present one.
const KEPT: [&str; 2] = [".replaced-", ".before-forget-"];

/// A backup of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Name of the file, which no other backup of the database has.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Time of its last change.
    pub modified: DateTime<Utc>,
}

/// Returns the backup folder of a database, which may not exist.
#[must_use]
pub fn folder(database: &Path) -> PathBuf {
    with_suffix(database, ".backups")
}

/// Returns a path with a suffix, as for the log of a database.
#[must_use]
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the backups of a database, the latest first.
///
/// # Errors
///
/// Fails when a folder cannot be listed.
pub fn list(database: &Path) -> Result<Vec<BackupFile>, IngestError> {
    let parent = database.parent().filter(|parent| !parent.as_os_str().is_empty());
    let own = database.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_kept = |name: &str| {
        let ending = name.strip_prefix(&own);
        ending.is_some_and(|ending| KEPT.iter().any(|kept| ending.starts_with(kept)) && !is_log(ending))
    };
    let mut files = files_in(&folder(database), |name| name.ends_with(".db"))?;
    files.extend(files_in(parent.unwrap_or(Path::new(".")), is_kept)?);
    files.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| b.name.cmp(&a.name)));
    Ok(files)
}

fn is_log(name: &str) -> bool {
    ["-wal", "-shm", "-journal"].iter().any(|log| name.ends_with(log))
}

/// Returns the regular files of a folder with such names; none if there is no folder.
fn files_in(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<BackupFile>, IngestError> {
    let backup = |entry: DirEntry| {
        let name = entry.file_name().into_string().ok().filter(|name| is_wanted(name))?;
        // A link is not followed: it can lead anywhere.
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let modified = metadata.modified().ok()?.into();
        Some(BackupFile { name, path: entry.path(), size_bytes: metadata.len(), modified })
    };
    match folder.read_dir() {
        Ok(entries) => Ok(entries.flatten().filter_map(backup).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(IngestError::io(format!("list the folder `{}`", folder.display()))(error)),
    }
}

/// Returns the path of a new backup in the backup folder of a database.
#[must_use]
pub fn new_file(database: &Path, now: DateTime<Utc>) -> PathBuf {
    unused(now, |time| folder(database).join(format!("ctm-{time}.db")))
}

/// Returns the first unused path for a time: a clock that was set back can give the same time again.
fn unused(now: DateTime<Utc>, path: impl Fn(&str) -> PathBuf) -> PathBuf {
    let now = now.format("%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(now.clone()).chain((2..).map(|number| format!("{now}-{number}")));
    names.map(|name| path(&name)).find(|path| !path.exists()).unwrap_or_else(|| path(&now))
}

/// Copies an open database to its backup folder.
///
/// # Errors
///
/// Fails when the database cannot be read, or the folder is full or cannot be written to.
pub async fn make(store: &Store, now: DateTime<Utc>) -> Result<(), IngestError> {
    let folder = folder(store.path());
    create_folder(&folder)?;
    let write = || IngestError::io(format!("write to `{}`", folder.display()));
    if files_in(&folder, |_| true)?.len() >= MOST_BACKUPS {
        let full = format!("it contains {MOST_BACKUPS} backups; remove one");
        return Err(write()(io::Error::new(io::ErrorKind::StorageFull, full)));
    }
    let file = new_file(store.path(), now);
    let partial = Partial::beside(&file).map_err(write())?;
    store.copy_to(&partial.database()).await?;
    partial.put(&file, false).map_err(write())
}

/// Creates the backup folder, accessible to its owner only.
///
/// # Errors
///
/// Fails when it cannot be created.
pub fn create_folder(folder: &Path) -> Result<(), IngestError> {
    let mut made = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
    let created = made.recursive(true).create(folder);
    created.map_err(IngestError::io(format!("create the folder `{}`", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_the_files_of_the_folder_and_kept_databases() {
        let parent = tempfile::tempdir().unwrap();
        let database = parent.path().join("ctm.db");
        assert_eq!(list(&database).unwrap(), []);
        create_folder(&folder(&database)).unwrap();
        let names = ["a.db", "note.txt"].map(|name| folder(&database).join(name));
        let kept = ["", ".replaced-1", ".replaced-1-wal", ".before-forget-2", ".other"];
        for file in names.into_iter().chain(kept.map(|ending| with_suffix(&database, ending))) {
            fs::write(file, "x").unwrap();
        }
        let mut found: Vec<_> = list(&database).unwrap().into_iter().map(|file| file.name).collect();
        found.sort();
        assert_eq!(found, ["a.db", "ctm.db.before-forget-2", "ctm.db.replaced-1"]);
    }

    #[test]
    fn no_two_backups_have_one_name() {
        let parent = tempfile::tempdir().unwrap();
        let database = parent.path().join("ctm.db");
        create_folder(&folder(&database)).unwrap();
        let now = "2026-03-11T09:00:00Z".parse().unwrap();
        let first = new_file(&database, now);
        fs::write(&first, "x").unwrap();
        let second = new_file(&database, now);
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!([name(&first), name(&second)], ["ctm-20260311T090000Z.db", "ctm-20260311T090000Z-2.db"]);
    }
}
