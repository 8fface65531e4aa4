//! Databases that are being written, until they are complete and renamed.
//!
//! # Design
//!
//! A copy is written in its own folder next to its destination, so that renaming it
//! is atomic, and the files that SQLite creates are in that folder too. The writer holds a lock in the
//! folder. A process that is killed leaves its folder behind without a lock, and the next copy to
//! the same destination removes it.

use ctm_types::printable::with_causes;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, TempPath};

/// Prefix of the names of such folders.
const PREFIX: &str = ".ctm-partial-";

/// The file that is locked, and the database.
const LOCK: &str = "lock";
const DATABASE: &str = "ctm.db";

/// A database that is being written.
#[derive(Debug)]
pub struct Partial {
    /// Declared before the folder, which is deleted with its contents.
    _lock: File,
    folder: TempDir,
}

impl Partial {
    /// Creates the file of a database that is to become `file`: empty, and readable by its owner only.
    ///
    /// # Errors
    ///
    /// Fails when the folder of `file` cannot be written to.
    pub fn beside(file: &Path) -> io::Result<Self> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        remove_left(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = create_private(&folder.path().join(LOCK))?;
        lock.lock()?;
        create_private(&folder.path().join(DATABASE))?;
        Ok(Self { _lock: lock, folder })
    }

    /// Returns the path of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }

    /// Renames the database; an existing file with that name is replaced, or kept.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be renamed; then `file` is unchanged.
    pub fn put(self, file: &Path, replace: bool) -> io::Result<()> {
        // Complete on the disk before it has the name.
        File::options().write(true).open(self.database())?.sync_all()?;
        let database = TempPath::try_from_path(self.database())?;
        let named = if replace { database.persist(file) } else { database.persist_noclobber(file) };
        named.map_err(|error| error.error)
    }
}

/// Removes the folders of killed processes.
fn remove_left(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for folder in folders.map(|entry| entry.path()).filter(|path| path.is_dir() && !path.is_symlink()) {
        let lock = File::options().write(true).open(folder.join(LOCK));
        // Without a lock file, another process is about to create it.
        if lock.is_ok_and(|lock| lock.try_lock().is_ok())
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            tracing::warn!("cannot remove the leftover file `{}`: {}", folder.display(), with_causes(&error));
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
    fn leftover_files_are_removed_and_files_in_use_are_kept() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("b.db");
        let other = parent.path().join("b.db.other");
        fs::create_dir(&other).unwrap();
        // As after a process was killed: the lock was released.
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
        assert_eq!(names(parent.path()), ["b.db", "b.db.other"]);
    }
}
