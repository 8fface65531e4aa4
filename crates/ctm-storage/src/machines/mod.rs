//! Usage of other machines.
//!
//! # Design
//!
//! Claims of other machines are facts beside the responses of this one: each machine's newest claim on each response is kept,
//! whether it counts or not. Which of them counts, and which responses of this machine count by the claim of another, is
//! derived (`overlap`): it is the same in any order of imports, and without a machine it is as if there had never been one.
//!
//! Reports are folded from usage, so that usage is where both meet: the sums of a day leave out responses of this machine that
//! a claim beats, and the claims that count have sums of their own beside them. Everything that goes through single lines
//! (lists of responses, tools, views) is of this machine.
//!
//! A machine is a home, and names of its claims are numbers below zero, where this machine has none. Which session of this machine one
//! of another is, is looked up when it is asked for: it may be read later than it is imported.

mod import;
mod remove;

use crate::store::Store;
use ctm_facts::days::DayClaims;
use ctm_facts::{FactKey, ResolvedFilter, StorageError, StoredMachine};
use ctm_sqlite::error::{AtPath, damaged};
use ctm_sqlite::sql::{Db, Row, Tx, all, magnitude, number, one, values};
use ctm_types::{MachineId, SessionId, UsageRow};
use std::collections::HashMap;

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

    /// Passes the selected sums of the claims that count to `take`, those of a UTC day together.
    pub(crate) async fn each_claimed_usage_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
        mut take: impl FnMut(&[UsageRow]) + Send,
    ) -> sqlx::Result<()> {
        const OWN: &str = "SELECT -id, session_id FROM machine_session WHERE session_id IS NOT NULL";
        let (are_any,): (bool,) = one(tx, "SELECT EXISTS (SELECT 1 FROM machine)", values![]).await?;
        if !are_any {
            return Ok(());
        }
        let own: Vec<(Db<SessionId>, Db<SessionId>)> = all(tx, OWN, values![]).await?;
        let own: HashMap<SessionId, SessionId> =
            own.into_iter().map(|(Db(theirs), Db(ours))| (theirs, ours)).collect();
        let mut rows = Vec::new();
        self.each_day(tx, &wanted.days(), |day, claims: DayClaims| {
            rows.clear();
            rows.extend(claims.rows(day).map(|row| {
                let session = own.get(&row.session).copied().unwrap_or(row.session);
                UsageRow { session, ..row }
            }));
            rows.retain(|row| wanted.takes(&FactKey::from(row)));
            take(&rows);
        })
        .await
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
