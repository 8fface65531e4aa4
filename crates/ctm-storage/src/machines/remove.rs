//! Removal of a machine: as if nothing of it had ever been imported. One that pushes is refused from then on.

use super::import::forget_secret;
use crate::days;
use crate::overlap;
use crate::store::Store;
use ctm_facts::StorageError;
use ctm_sqlite::sql::{Tx, column, execute, numbers, script, values};
use ctm_types::{KeyDigest, MachineId, UtcDay};
use std::collections::BTreeSet;

impl Store {
    /// Removes what was imported of a machine, and refuses its later pushes. Returns whether it was known.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was removed.
    pub async fn remove_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        self.change(async |tx| self.remove_claims(tx, machine).await).await
    }

    async fn remove_claims(&self, tx: &mut Tx<'_>, machine: MachineId) -> sqlx::Result<bool> {
        const DAYS: &str = "SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM machine_claim
            WHERE machine_id = (SELECT id FROM machine WHERE uid = ?1) AND counts";
        const CLAIMS: &str =
            "DELETE FROM machine_claim WHERE machine_id = (SELECT id FROM machine WHERE uid = ?1)";
        const NAMES: &str = include_str!("../sql/machines/remove_names.sql");
        const KEYS: &str = "SELECT DISTINCT key FROM machine_claim WHERE machine_id = (SELECT id FROM machine WHERE uid = ?1)";
        const REFUSE: &str =
            "UPDATE hub_machine SET removed = 1, journal = NULL, acked = 0 WHERE uid = ?1 AND NOT removed";
        let uid = machine.to_string();
        let is_enrolled = execute(tx, REFUSE, values![&*uid]).await? > 0;
        let is_paired = overlap::is_paired(tx).await?;
        let keys: Vec<Vec<u8>> = column(tx, KEYS, values![&*uid]).await?;
        let days: BTreeSet<UtcDay> = numbers(tx, DAYS, values![&*uid]).await?;
        days::mark(tx, &days).await?;
        execute(tx, CLAIMS, values![&*uid]).await?;
        if execute(tx, "DELETE FROM machine WHERE uid = ?1", values![&*uid]).await? == 0 {
            return Ok(is_enrolled);
        }
        script(tx, NAMES).await?;
        let is_last = forget_secret(tx).await?;
        if is_paired && !is_last {
            let keys = keys.into_iter().filter_map(|key| Some(KeyDigest(key.try_into().ok()?)));
            overlap::compare_keys(tx, &keys.collect()).await?;
            self.sum_compared(tx).await?;
        } else {
            self.recompare(tx).await?;
        }
        Ok(true)
    }
}
