//! Databases that are being written, until they are whole and get their name.
//!
//! # Design
//!
//! A copy is written in a folder of its own beside the file that it becomes, so that giving it its
//! name is one step, and what SQLite makes beside it is in there too. Who writes holds a lock in the
//! folder. A process that is killed leaves its folder behind without one, and the next that copies to
//! the same place removes it.

use crate::error::AppError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, TempPath};

/// How the names of such folders begin.
const PREFIX: &str = ".ctm-partial-";

/// The file that is locked, and the database.
const LOCK: &str = "lock";
const DATABASE: &str = "ctm.db";

/// A database that is being written.
pub(super) struct Partial {
    /// Before the folder, which goes with everything in it.
    _lock: File,
    folder: TempDir,
}

impl Partial {
    /// Reserves a file for a database that is to become `file`: empty, and readable by its owner alone.
    pub(super) fn beside(file: &Path) -> Result<Self, AppError> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        remove_left(parent);
        let make = || {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let lock = create_private(&folder.path().join(LOCK))?;
            lock.lock()?;
            create_private(&folder.path().join(DATABASE))?;
            Ok(Self { _lock: lock, folder })
        };
        make().map_err(AppError::io(format!("write to `{}`", parent.display())))
    }

    /// Returns the path of the database.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }

    /// Gives the database its name; a file that has it already is replaced, or kept.
    pub(super) fn put(self, file: &Path, replace: bool) -> io::Result<()> {
        let database = TempPath::try_from_path(self.database())?;
        let named = if replace { database.persist(file) } else { database.persist_noclobber(file) };
        named.map_err(|error| error.error)
    }
}

/// Removes what processes left that were killed.
fn remove_left(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for folder in folders.map(|entry| entry.path()).filter(|path| path.is_dir() && !path.is_symlink()) {
        let lock = File::options().write(true).open(folder.join(LOCK));
        // Where no lock is yet, somebody is about to make it.
        if lock.is_ok_and(|lock| lock.try_lock().is_ok())
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            tracing::warn!("cannot remove `{}`, which was left behind: {error}", folder.display());
        }
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_another_writes_stays() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("b.db");
        let other = parent.path().join("somebody.else");
        fs::create_dir(&other).unwrap();
        // As a process leaves it that is killed: the lock is gone with it.
        let killed = Partial::beside(&file).unwrap();
        let left = killed.folder.keep();
        drop(killed._lock);
        let written = Partial::beside(&file).unwrap();
        assert!(!left.exists() && other.exists());
        let next = Partial::beside(&file).unwrap();
        assert!(written.database().exists());
        written.put(&file, false).unwrap();
        let refused = next.put(&file, false).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(parent.path()), ["b.db", "somebody.else"]);
    }
}
