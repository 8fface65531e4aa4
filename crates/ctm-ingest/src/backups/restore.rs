//! The restore of a backup.
//!
//! # Design
//!
//! The backup is copied next to the database, and the copy is checked and used, because others may change the backup
//! meanwhile. The present database gets a second name and the copy is renamed over the first: at every moment one
//! complete database is at the path, whatever ends the process.

use super::{Partial, unused, with_suffix};
use crate::error::IngestError;
use chrono::{DateTime, Utc};
use ctm_facts::{Comparison, Depth, Inspection};
use ctm_storage::{Alone, StorageError, Store, compare, copy, inspect, newest_schema_version};
use std::fs;
use std::path::{Path, PathBuf};

/// A checked copy of a backup next to a database; it is deleted unless it becomes the database.
#[derive(Debug)]
pub struct CheckedBackup {
    database: PathBuf,
    partial: Partial,
    /// Its contents.
    pub found: Inspection,
}

impl CheckedBackup {
    /// Copies and checks a backup of a database, which may not exist. The database is not opened.
    ///
    /// # Errors
    ///
    /// Fails when the backup cannot be read, is not a database of this program, is newer than it, or damaged, and
    /// when the folder of the database cannot be written to.
    pub async fn of(file: &Path, database: &Path) -> Result<Self, IngestError> {
        let folder = database.parent().unwrap_or(Path::new(""));
        let partial = Partial::beside(database)
            .map_err(IngestError::io(format!("write to the folder `{}`", folder.display())))?;
        let copied = partial.database();
        copy(file, &copied).await?;
        let found = inspect(&copied, Depth::Thorough).await?;
        if !found.problems.is_empty() {
            return Err(IngestError::DamagedBackup { path: file.to_owned(), problems: found.problems });
        }
        if found.schema_version != newest_schema_version() {
            Store::open(&copied, &[]).await?.close().await;
        }
        Ok(Self { database: database.to_owned(), partial, found })
    }

    /// Compares the responses of the backup with those of the database. `None` if there is no database, or one that is
    /// damaged or of an older version.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn compare(&self) -> Result<Option<Comparison>, IngestError> {
        if !self.database.exists() {
            return Ok(None);
        }
        match compare(&self.partial.database(), &self.database).await {
            Ok(comparison) => Ok(Some(comparison)),
            Err(StorageError::Corrupt { .. } | StorageError::Damaged { .. } | StorageError::Older { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the database, and returns the new path of the previous one.
    ///
    /// # Errors
    ///
    /// Fails when the database is open elsewhere, and when a file cannot be renamed; the database is unchanged then.
    pub async fn put(self, now: DateTime<Utc>) -> Result<Option<PathBuf>, IngestError> {
        let kept = match self.database.exists() {
            true => Some(keep(&self.database, now).await?),
            false => None,
        };
        if let Err(error) = self.partial.put(&self.database, true) {
            if let Some(kept) = &kept {
                take_back(kept, &self.database)?;
            }
            return Err(IngestError::io(format!("write `{}`", self.database.display()))(error));
        }
        Ok(kept)
    }
}

/// Gives a second name to a database that is not open, and returns it.
async fn keep(database: &Path, now: DateTime<Utc>) -> Result<PathBuf, IngestError> {
    match Alone::open(database).await {
        Ok(alone) => alone.close().await?,
        // A damaged database, or another file in its place, is the reason for a restore.
        Err(StorageError::Corrupt { .. } | StorageError::Damaged { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let kept = unused(now, |time| with_suffix(database, &format!(".replaced-{time}")));
    // A log left next to another database would be mistaken for its own.
    for suffix in ["-wal", "-shm"] {
        let log = with_suffix(database, suffix);
        if log.exists() {
            rename(&log, &with_suffix(&kept, suffix))?;
        }
    }
    // Some file systems have no second names.
    if fs::hard_link(database, &kept).is_err() {
        rename(database, &kept)?;
    }
    Ok(kept)
}

/// Removes the second name of a database.
fn take_back(kept: &Path, database: &Path) -> Result<(), IngestError> {
    if !database.exists() {
        return rename(kept, database);
    }
    fs::remove_file(kept).map_err(IngestError::io(format!("remove `{}`", kept.display())))
}

fn rename(from: &Path, to: &Path) -> Result<(), IngestError> {
    fs::rename(from, to).map_err(IngestError::io(format!("rename `{}`", from.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_killed_before_the_exchange_leaves_the_database_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("ctm.db");
        Store::open(&database, &[]).await.unwrap().close().await;
        let kept = keep(&database, "2026-03-11T09:00:00Z".parse().unwrap()).await.unwrap();
        for file in [&database, &kept] {
            assert_eq!(inspect(file, Depth::Thorough).await.unwrap().problems, [""; 0]);
        }
        // The next start uses it.
        Store::open(&database, &[]).await.unwrap().close().await;
        take_back(&kept, &database).unwrap();
        assert!(database.exists() && !kept.exists());
    }
}
