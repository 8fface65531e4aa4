//! Removal of a machine: as if nothing of it had ever been pushed. Its later pushes are refused.

use crate::claim::key_of;
use crate::connection::{TeamStore, Tx, statement};
use crate::days;
use crate::settling::{Change, Days, settle};
use ctm_facts::StorageError;
use ctm_types::{KeyDigest, MachineId};
use sqlx::Row as _;
use std::collections::BTreeMap;

/// Responses that are settled at once.
const AT_ONCE: usize = 5_000;

impl TeamStore {
    /// Removes what a machine pushed, and refuses its later pushes. Returns whether it was known.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was removed.
    pub async fn remove_machine(&self, machine: MachineId) -> Result<bool, StorageError> {
        self.change(async |tx| self.remove(tx, machine).await).await
    }

    async fn remove(&self, tx: &mut Tx, machine: MachineId) -> sqlx::Result<bool> {
        const LOCK: &str = "SELECT id FROM machine WHERE tenant = $1 AND uid = $2 AND NOT removed FOR UPDATE";
        const REFUSE: &str = "UPDATE machine
            SET removed = true, journal = NULL, acked = 0, exported_at_ms = NULL, version = version + 1
            WHERE tenant = $1 AND id = $2";
        const REST: [&str; 3] = [
            "DELETE FROM usage_day WHERE tenant = $1 AND machine = $2",
            "DELETE FROM conversation WHERE tenant = $1 AND machine = $2",
            "DELETE FROM billing WHERE tenant = $1 AND machine = $2",
        ];
        let tenant = self.tenant;
        self.make_durable(tx).await?;
        let lock = statement(LOCK).bind(tenant.0).bind(machine.0.to_vec());
        let Some(row) = lock.fetch_optional(&mut **tx).await? else { return Ok(false) };
        let id: i32 = row.try_get("id")?;
        statement(REFUSE).bind(tenant.0).bind(id).execute(&mut **tx).await?;
        let others: Days =
            self.remove_claims(tx, id).await?.into_iter().filter(|(of, _)| *of != id).collect();
        days::mark(tx, tenant, &others).await?;
        days::take_marks(tx, tenant, id).await?;
        for rest in REST {
            statement(rest).bind(tenant.0).bind(id).execute(&mut **tx).await?;
        }
        Ok(true)
    }

    /// Removes all claims of a machine, also those that do not count: another transaction may have read them and be about to make
    /// one of them count. So the row of each response is locked first.
    async fn remove_claims(&self, tx: &mut Tx, machine: i32) -> sqlx::Result<Days> {
        const KEYS: &str = "SELECT key FROM response WHERE tenant = $1 AND machine = $2
            UNION SELECT key FROM further_claim WHERE tenant = $1 AND machine = $2
            ORDER BY key";
        const LOCK: &str =
            "SELECT key, contested FROM response WHERE tenant = $1 AND key = ANY($2) ORDER BY key FOR UPDATE";
        const REMOVE: &str = "DELETE FROM response WHERE tenant = $1 AND key = ANY($2)";
        let rows = statement(KEYS).bind(self.tenant.0).bind(machine).fetch_all(&mut **tx).await?;
        let keys: Vec<KeyDigest> = rows.iter().map(key_of).collect::<sqlx::Result<_>>()?;
        let mut days = Days::new();
        for keys in keys.chunks(AT_ONCE) {
            let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.0.to_vec()).collect();
            let (mut own, mut contested) = (Vec::new(), BTreeMap::new());
            for row in statement(LOCK).bind(self.tenant.0).bind(keys).fetch_all(&mut **tx).await? {
                let key = key_of(&row)?;
                if row.try_get("contested")? {
                    contested.insert(key, Change::Remove(machine));
                } else {
                    own.push(key.0.to_vec());
                }
            }
            statement(REMOVE).bind(self.tenant.0).bind(own).execute(&mut **tx).await?;
            days.extend(settle(tx, self.tenant, &contested).await?);
        }
        Ok(days)
    }
}
