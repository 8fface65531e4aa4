//! Forgetting facts.
//!
//! - [`select`]: what a selection means in the facts that are stored;
//! - [`remove`], [`move_away`]: removing it, and keeping what another home logs too.
//!
//! # Design
//!
//! The selection is first written to temporary tables, by the same statements for a preview and for a
//! removal. The removal is one transaction: facts, unreferenced names, checkpoints, sums of days, and the ids
//! that are excluded from then on ([`crate::forgotten`]).
//!
//! Projects, sessions and times select responses, by their earliest copies. Homes select lines: a response
//! that another home logs too stays, as if the selected home had never been read. The lines of the other home
//! determine its usage, and its transcripts are read again for the rest.
//!
//! References are not checked per row: finding those to a transcript is a search through all events, which
//! takes minutes for a thousand transcripts. Unreferenced rows are found by one statement per table.

mod move_away;
mod remove;
mod select;

use crate::store::Store;
use ctm_facts::{ProjectFolder, Removal, Resolved, Selection};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::sql::{
    Tx, Values, Writing, bump, column, execute, json_list, json_numbers, one, statements, values,
};
use ctm_types::EpochMs;

impl Store {
    /// Returns what a selection means, and changes nothing.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn selected(&self, selection: &Selection) -> Result<Resolved, StorageError> {
        let mut connection = self.connect_to_forget().await?;
        let look = async {
            let mut tx = connection.begin().await?;
            let selection = &self.in_folders(&mut tx, selection).await?;
            let selected = self.select(&mut tx, selection).await?;
            tx.rollback().await?;
            connection.close().await?;
            Ok(selected)
        };
        look.await.at(&self.path)
    }

    /// Removes the selected facts, with all rows that refer to them and all names that nothing else uses, and
    /// excludes them from then on. Returns the number of the run, unless nothing is selected, and the removed
    /// facts.
    ///
    /// The bytes of the removed facts are overwritten; those of earlier states may remain in unused parts of
    /// the file until [`Store::erase`].
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn forget(&self, selection: &Selection, at_ms: EpochMs) -> Result<Removal, StorageError> {
        // Forgetting looks up rows by key: a load that is under way ends first.
        let mut writer = self.writer();
        writer.settle().await?;
        writer.close().await?;
        let mut connection = self.connect_to_forget().await?;
        let forget = async {
            let mut tx = connection.begin().await?;
            let selection = &self.in_folders(&mut tx, selection).await?;
            let selected = self.select(&mut tx, selection).await?;
            if selected.is_empty() {
                return Ok(Removal { decision: None, removed: selected });
            }
            let id = self.remove(&mut tx, selection, &selected, at_ms).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok(Removal { decision: Some(id), removed: selected })
        };
        forget.await.at(&self.path)
    }

    /// Permits forgotten facts to be read again: those of these runs, or of all if the list is empty. Returns
    /// the number of runs. Transcripts have to be read from their first byte afterwards.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn remember(&self, ids: &[i64]) -> Result<u64, StorageError> {
        let mut connection = self.connect_to_forget().await?;
        let remember = async {
            let mut tx = connection.begin().await?;
            let ids = (!ids.is_empty()).then(|| json_numbers(ids));
            let mut decisions = 0;
            for statement in [
                "DELETE FROM forgotten
                 WHERE ?1 IS NULL OR forgetting_id IN (SELECT value FROM json_each(?1))",
                "DELETE FROM forgetting_name
                 WHERE ?1 IS NULL OR forgetting_id IN (SELECT value FROM json_each(?1))",
                "DELETE FROM forgetting WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))",
            ] {
                decisions = execute(&mut tx, statement, values![&ids]).await?;
            }
            execute(&mut tx, STANDING, values![]).await?;
            execute(&mut tx, UNSEAL, values![]).await?;
            raise_version(&mut tx).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok(decisions)
        };
        remember.await.at(&self.path)
    }

    /// Removes unreferenced names, rewrites the database and empties its log, so that the file contains only
    /// current facts. Other processes may have it open meanwhile.
    ///
    /// # Errors
    ///
    /// Fails when the disk is full or another process reads an old state for long. The database is correct
    /// then, but its file may still contain removed bytes.
    pub async fn erase(&self) -> Result<(), StorageError> {
        let mut connection = self.connect_to_forget().await?;
        let erase = async {
            // Responses that were moved have their own names only since they were read again.
            let mut tx = connection.begin().await?;
            if execute(&mut tx, REMOVE_NAMES, values![]).await? > 0 {
                raise_version(&mut tx).await?;
            }
            tx.commit().await?;
            execute(&mut *connection, "PRAGMA temp_store = FILE", values![]).await?;
            execute(&mut *connection, "VACUUM", values![]).await?;
            let (busy, _, _): (bool, i64, i64) =
                one(&mut *connection, "PRAGMA wal_checkpoint(TRUNCATE)", values![]).await?;
            connection.close().await?;
            Ok(busy)
        };
        match erase.await.at(&self.path)? {
            false => Ok(()),
            true => Err(StorageError::Locked { path: self.path.to_path_buf() }),
        }
    }

    /// Returns a selection with the folders of its projects in place of their names; a name that no project has
    /// stays.
    async fn in_folders(&self, tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<Selection> {
        let naming = self.naming(tx).await?;
        let folders: Vec<String> = column(tx, "SELECT path FROM project", values![]).await?;
        Ok(selection.in_folders(
            folders.into_iter().map(|folder| ProjectFolder { project: naming.name(&folder), folder }),
        ))
    }

    async fn connect_to_forget(&self) -> Result<Writing, StorageError> {
        let options = self
            .write_options()
            .foreign_keys(false)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY");
        self.check_place()?;
        let connection = Writing::connect(&options).await.at(&self.path)?;
        self.check_place()?;
        Ok(connection)
    }
}

/// Returns the values of a statement about a selection.
fn bound(selection: &Selection) -> Values {
    let list = |names: &[String]| (!names.is_empty()).then(|| json_list(names));
    let from_ms = selection.from_ms.unwrap_or(EpochMs::MIN);
    let to_ms = selection.until_ms.map_or(i64::MAX, |until_ms| until_ms.saturating_sub(1).0);
    let is_unbounded = selection.from_ms.is_none() && selection.until_ms.is_none();
    let mut values = values![from_ms.0, to_ms, list(&selection.projects), list(&selection.sessions)];
    values.add(list(&selection.homes)).add(is_unbounded).add(selection.is_of_whole_homes());
    values
}

/// Runs a script on a selection, statement by statement: if one of them omits a parameter, sqlx would bind
/// those of the next ones incorrectly.
async fn run(tx: &mut Tx<'_>, script: &'static str, selection: &Selection) -> sqlx::Result<()> {
    for statement in statements(script) {
        execute(tx, statement, bound(selection)).await?;
    }
    Ok(())
}

async fn raise_version(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    execute(tx, "UPDATE state SET forgotten_version = forgotten_version + 1", values![]).await?;
    bump(tx, true).await?;
    Ok(())
}

/// Selects the transcripts that facts depend on.
const STANDING: &str = include_str!("../sql/forget/standing.sql");

/// Removes the rows of sealed transcripts; existing ones are read again.
const UNSEAL: &str = include_str!("../sql/forget/unseal.sql");

/// Removes names that nothing refers to.
const REMOVE_NAMES: &str = include_str!("../sql/forget/remove_names.sql");
