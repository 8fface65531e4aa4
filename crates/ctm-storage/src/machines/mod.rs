//! Usage of other machines.
//!
//! # Design
//!
//! Claims of other machines are facts beside the responses of this one: each machine's newest claim on each response is kept,
//! whether it counts or not. Which of them counts, and which responses of this machine count by the claim of another, is
//! derived (`overlap`): it is the same in any order of imports, and without a machine it is as if there had never been one.
//!
//! Reports are folded from usage, so that usage is where both meet: the sums of a day leave out responses of this machine that
//! a claim beats, and claims that count are added to them when they are asked for. Everything that goes through single lines
//! (lists of responses, tools, views) is of this machine.
//!
//! A machine is a home, and names of its claims are numbers below zero, where this machine has none.

mod import;
mod remove;

use crate::store::Store;
use ctm_facts::days::{DayForm, DayUsage, KeptDay};
use ctm_facts::{FactKey, ResolvedFilter, StorageError, StoredMachine, UsageSums};
use ctm_sqlite::error::{AtPath, damaged};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Row, Tx, magnitude, number, values};
use ctm_types::{MachineId, UsageRow};

impl Store {
    /// Returns the machines whose usage is imported, by name.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn machines(&self) -> Result<Vec<StoredMachine>, StorageError> {
        const LIST: &str = include_str!("../sql/machines/list.sql");
        let rows = self.rows(LIST, values![]).await?;
        rows.iter().map(machine).collect::<sqlx::Result<_>>().at(&self.path)
    }

    /// Returns the secret with which usage of other machines was imported; `None` without any.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn pepper(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let peppers = self.column("SELECT pepper FROM machine_secret", values![]).await?;
        Ok(peppers.into_iter().next())
    }

    /// Returns the selected sums of the claims that count.
    pub(crate) async fn claimed_usage_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
    ) -> sqlx::Result<Vec<UsageRow>> {
        const COUNTING: &str = include_str!("../sql/machines/counting.sql");
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let form: &DayForm = &self.form;
        let mut sums = UsageSums::default();
        each_row(tx, COUNTING, [from_ms.0, to_ms.0], |columns| {
            if let Some(claim) = DayUsage::event(columns) {
                claim.add_to(&mut sums, form);
            }
        })
        .await?;
        Ok(sums.into_rows().into_iter().filter(|row| wanted.takes(&FactKey::from(row))).collect())
    }
}

fn machine(row: &Row) -> sqlx::Result<StoredMachine> {
    let uid: &str = row.try_get("uid")?;
    Ok(StoredMachine {
        id: MachineId::parse(uid).ok_or_else(|| damaged(format!("a machine has the id `{uid}`")))?,
        name: row.try_get("name")?,
        level: row.try_get("level")?,
        exported_at_ms: number(row, "exported_at_ms")?,
        imported_at_ms: number(row, "imported_at_ms")?,
        responses: magnitude(row, "responses")?,
        counting: magnitude(row, "counting")?,
    })
}
