//! The machines that push.

use crate::connection::{TeamStore, statement};
use crate::settling::uid_of;
use ctm_facts::{HubMachine, StorageError, StoredMachine};
use ctm_push_format::JournalId;
use ctm_types::{EpochMs, MachineId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

/// The name of a machine, with the beginning of its id if another machine has the same.
macro_rules! distinct_name {
    () => {
        "name || CASE WHEN EXISTS (SELECT FROM machine AS other
             WHERE other.tenant = machine.tenant AND other.name = machine.name AND other.id <> machine.id AND NOT other.removed)
         THEN ' ' || left(encode(uid, 'hex'), 8) ELSE '' END"
    };
}

pub(crate) use distinct_name;

impl TeamStore {
    /// Returns the machines that enrolled and were not removed, by name.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hub_machines(&self) -> Result<Vec<HubMachine>, StorageError> {
        self.enrolled(None).await
    }

    /// Returns a machine that enrolled and was not removed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn hub_machine(&self, machine: MachineId) -> Result<Option<HubMachine>, StorageError> {
        Ok(self.enrolled(Some(machine)).await?.pop())
    }

    async fn enrolled(&self, machine: Option<MachineId>) -> Result<Vec<HubMachine>, StorageError> {
        const LIST: &str = "SELECT uid, name, level, enrolled_at_ms, token_hash IS NULL AS revoked, journal, acked, pushed_at_ms,
                skew_ms, agent
            FROM machine WHERE tenant = $1 AND NOT removed AND ($2::bytea IS NULL OR uid = $2)
            ORDER BY name COLLATE \"C\", uid";
        let list = statement(LIST).bind(self.tenant.0).bind(machine.map(|machine| machine.0.to_vec()));
        let rows = self.rows(list).await?;
        self.at(rows.iter().map(hub_machine).collect())
    }

    /// Returns the machines that have pushed and were not removed, by name.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn machines(&self) -> Result<Vec<StoredMachine>, StorageError> {
        const LIST: &str = concat!(
            "SELECT uid, level, exported_at_ms, pushed_at_ms, ",
            distinct_name!(),
            " AS name,
                 (SELECT count(*) FROM response WHERE response.tenant = machine.tenant AND response.machine = machine.id) AS counting,
                 (SELECT count(*) FROM further_claim
                  WHERE further_claim.tenant = machine.tenant AND further_claim.machine = machine.id) AS further
             FROM machine WHERE tenant = $1 AND NOT removed AND exported_at_ms IS NOT NULL
             ORDER BY machine.name COLLATE \"C\", uid"
        );
        let rows = self.rows(statement(LIST).bind(self.tenant.0)).await?;
        self.at(rows.iter().map(stored_machine).collect())
    }
}

fn hub_machine(row: &PgRow) -> sqlx::Result<HubMachine> {
    let journal: Option<Vec<u8>> = row.try_get("journal")?;
    let journal = journal.and_then(|journal| journal.try_into().ok()).map(JournalId);
    Ok(HubMachine {
        id: uid_of(row)?,
        name: row.try_get("name")?,
        level: row.try_get("level")?,
        enrolled_at_ms: EpochMs(row.try_get("enrolled_at_ms")?),
        is_revoked: row.try_get("revoked")?,
        journal: journal.map(|journal| journal.to_string()),
        acked: row.try_get::<i64, _>("acked")?.unsigned_abs(),
        pushed_at_ms: row.try_get::<Option<i64>, _>("pushed_at_ms")?.map(EpochMs),
        skew_ms: row.try_get("skew_ms")?,
        agent: row.try_get("agent")?,
    })
}

fn stored_machine(row: &PgRow) -> sqlx::Result<StoredMachine> {
    let count = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let time = |column| row.try_get::<Option<i64>, _>(column).map(|at_ms| EpochMs(at_ms.unwrap_or_default()));
    let counting = count("counting")?;
    Ok(StoredMachine {
        id: uid_of(row)?,
        name: row.try_get("name")?,
        level: row.try_get("level")?,
        exported_at_ms: time("exported_at_ms")?,
        imported_at_ms: time("pushed_at_ms")?,
        responses: counting + count("further")?,
        counting,
    })
}
