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
use ctm_facts::days::{DayClaims, DayForm, DayUsage, KeptDay};
use ctm_facts::facets::{ConversationNames, FacetKey};
use ctm_facts::{FactKey, ResolvedFilter, StorageError, StoredMachine, UsageSums};
use ctm_sqlite::error::{AtPath, damaged};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Db, Row, Tx, all, json_numbers, magnitude, number, one, values};
use ctm_types::{ConversationId, MachineId, SessionId, UsageRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

    /// Returns the secret with which usage of other machines was imported, or that of the hub; `None` without any.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn pepper(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let peppers = self
            .column("SELECT pepper FROM machine_secret UNION ALL SELECT pepper FROM hub_state", values![])
            .await?;
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

impl Store {
    /// Returns the selected sums of the claims that count by their versions, each as a conversation of which nothing else is known.
    pub(crate) async fn claimed_versions_of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &ResolvedFilter,
    ) -> sqlx::Result<Vec<(FacetKey, UsageRow)>> {
        const CLAIMS: &str = include_str!("../sql/machines/versions.sql");
        let (from_ms, to_ms) = wanted.times_ms().into_inner();
        let form: &DayForm = &self.form;
        let mut sums: BTreeMap<ConversationId, UsageSums> = BTreeMap::new();
        each_row(tx, CLAIMS, [from_ms.0, to_ms.0], |columns| {
            let Some((version, usage)) = columns.split_last() else { return };
            if let Some(claim) = DayUsage::event(usage) {
                claim.add_to(sums.entry(ConversationId(*version)).or_default(), form);
            }
        })
        .await?;
        let rows = sums.into_iter().flat_map(|(conversation, sums)| {
            let key = FacetKey { conversation, ..FacetKey::UNKNOWN };
            sums.into_rows().into_iter().map(move |row| (key, row))
        });
        Ok(rows.filter(|(_, row)| wanted.takes(&FactKey::from(row))).collect())
    }
}

/// Returns the versions of claims among conversations.
pub(crate) async fn claimed_versions(
    tx: &mut Tx<'_>,
    wanted: &BTreeSet<ConversationId>,
) -> sqlx::Result<Vec<(ConversationId, ConversationNames)>> {
    const VERSIONS: &str = "SELECT -machine_version.id, version FROM json_each(?1) AS wanted
        CROSS JOIN machine_version ON machine_version.id = -wanted.value";
    let claimed: Vec<ConversationId> = wanted.iter().copied().filter(|id| id.0 < 0).collect();
    let versions: Vec<(Db<ConversationId>, String)> =
        all(tx, VERSIONS, values![json_numbers(&claimed)]).await?;
    let names = |version| ConversationNames { version: Some(version), ..ConversationNames::default() };
    Ok(versions.into_iter().map(|(Db(id), version)| (id, names(version))).collect())
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
