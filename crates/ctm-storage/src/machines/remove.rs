//! Removal of a machine: as if nothing of it had ever been imported.

use super::import::forget_secret;
use crate::days;
use crate::store::Store;
use ctm_facts::StorageError;
use ctm_sqlite::error::AtPath;
use ctm_sqlite::sql::{Tx, Writing, execute, numbers, script, values};
use ctm_types::{MachineId, UtcDay};
use std::collections::BTreeSet;

impl Store {
    /// Removes what was imported of a machine. Returns whether there was anything.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn remove_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        self.check_place()?;
        let remove = async {
            let mut connection = Writing::connect(&self.write_options()).await?;
            let mut tx = connection.begin().await?;
            let is_removed = self.remove_claims(&mut tx, machine).await?;
            tx.commit().await?;
            connection.close().await?;
            Ok(is_removed)
        };
        remove.await.at(&self.path)
    }

    async fn remove_claims(&self, tx: &mut Tx<'_>, machine: MachineId) -> sqlx::Result<bool> {
        const DAYS: &str = "SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM machine_claim
            WHERE machine_id = (SELECT id FROM machine WHERE uid = ?1) AND counts";
        const CLAIMS: &str =
            "DELETE FROM machine_claim WHERE machine_id = (SELECT id FROM machine WHERE uid = ?1)";
        const NAMES: &str = include_str!("../sql/machines/remove_names.sql");
        let uid = machine.to_string();
        let days: BTreeSet<UtcDay> = numbers(tx, DAYS, values![&*uid]).await?;
        days::mark(tx, &days).await?;
        execute(tx, CLAIMS, values![&*uid]).await?;
        if execute(tx, "DELETE FROM machine WHERE uid = ?1", values![&*uid]).await? == 0 {
            return Ok(false);
        }
        script(tx, NAMES).await?;
        forget_secret(tx).await?;
        self.recompare(tx).await?;
        Ok(true)
    }
}
