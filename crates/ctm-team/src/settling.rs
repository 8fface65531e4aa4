//! Which claim counts, where several machines have one.
//!
//! # Design
//!
//! A transaction that changes the claims on a response has locked its row in `response`. So all claims are read after that, one of them is
//! changed, and the best is written to `response` and the others to `further_claim`. The order of claims is that of [`ctm_types`].

use crate::claim::{self, Claim, columns};
use crate::connection::{TenantId, Tx, statement};
use crate::error::damaged;
use ctm_types::{KeyDigest, MachineId, UtcDay};
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Days of machines on which other claims count than before.
pub(crate) type Days = BTreeSet<(i32, UtcDay)>;

/// Stores a response as a claim has it, whatever was stored.
pub(crate) const PUT_RESPONSE: [&str; 2] = [
    concat!("INSERT INTO response (", columns!(), ") "),
    " ON CONFLICT (tenant, key) DO UPDATE SET
        at_ms = excluded.at_ms, rank = excluded.rank, revision = excluded.revision, conversation = excluded.conversation,
        billing = excluded.billing, input = excluded.input, output = excluded.output, cache_read = excluded.cache_read,
        cache_write_5m = excluded.cache_write_5m, cache_write_1h = excluded.cache_write_1h, web_searches = excluded.web_searches,
        machine = excluded.machine, contested = excluded.contested, further = excluded.further",
];

const PUT_FURTHER: [&str; 2] = [
    concat!("INSERT INTO further_claim (", columns!(), ") "),
    " ON CONFLICT (tenant, key, machine) DO UPDATE SET
        at_ms = excluded.at_ms, rank = excluded.rank, revision = excluded.revision, conversation = excluded.conversation,
        billing = excluded.billing, input = excluded.input, output = excluded.output, cache_read = excluded.cache_read,
        cache_write_5m = excluded.cache_write_5m, cache_write_1h = excluded.cache_write_1h, web_searches = excluded.web_searches,
        further = excluded.further",
];

/// The claims on a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Claims {
    by_machine: BTreeMap<i32, Claim>,
    /// The machine whose claim counts.
    counting: Option<i32>,
    contested: bool,
}

/// A change of the claims on a response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'c> {
    /// A machine claims this.
    Put(&'c Claim),
    /// A machine claims nothing any more.
    Remove(i32),
}

/// Changes the claims on responses whose rows are locked. Returns the days on which other claims count than before.
pub(crate) async fn settle(
    tx: &mut Tx,
    tenant: TenantId,
    changes: &BTreeMap<KeyDigest, Change<'_>>,
) -> sqlx::Result<Days> {
    let mut settled = Settled::default();
    let before = stored(tx, tenant, changes).await?;
    let uids = uids(tx, tenant, &before, changes).await?;
    for (key, change) in changes {
        let before = before.get(key).cloned().unwrap_or_default();
        let after = before.clone().changed(*change, &uids)?;
        settled.note(*key, &before, &after);
    }
    settled.store(tx, tenant).await?;
    Ok(settled.days)
}

/// Reads the claims on responses.
async fn stored(
    tx: &mut Tx,
    tenant: TenantId,
    changes: &BTreeMap<KeyDigest, Change<'_>>,
) -> sqlx::Result<BTreeMap<KeyDigest, Claims>> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        ", true AS counts FROM response WHERE tenant = $1 AND key = ANY($2) UNION ALL SELECT ",
        columns!(),
        ", false FROM further_claim WHERE tenant = $1 AND key = ANY($2)"
    );
    let keys: Vec<Vec<u8>> = changes.keys().map(|key| key.0.to_vec()).collect();
    let mut stored: BTreeMap<KeyDigest, Claims> = BTreeMap::new();
    for row in statement(FIND).bind(tenant.0).bind(keys).fetch_all(&mut **tx).await? {
        let claim = Claim::read(&row)?;
        let claims = stored.entry(claim.key).or_default();
        if row.try_get("counts")? {
            claims.counting = Some(claim.machine);
            claims.contested = row.try_get("contested")?;
        }
        claims.by_machine.insert(claim.machine, claim);
    }
    Ok(stored)
}

/// Returns the ids of the machines with claims, by their numbers.
async fn uids(
    tx: &mut Tx,
    tenant: TenantId,
    stored: &BTreeMap<KeyDigest, Claims>,
    changes: &BTreeMap<KeyDigest, Change<'_>>,
) -> sqlx::Result<HashMap<i32, MachineId>> {
    const FIND: &str = "SELECT id, uid FROM machine WHERE tenant = $1 AND id = ANY($2)";
    let mut machines: BTreeSet<i32> =
        stored.values().flat_map(|claims| claims.by_machine.keys().copied()).collect();
    machines.extend(changes.values().map(|change| match change {
        Change::Put(claim) => claim.machine,
        Change::Remove(machine) => *machine,
    }));
    let machines: Vec<i32> = machines.into_iter().collect();
    let rows = statement(FIND).bind(tenant.0).bind(machines).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, uid_of(row)?))).collect()
}

/// Reads the id of a machine.
pub(crate) fn uid_of(row: &sqlx::postgres::PgRow) -> sqlx::Result<MachineId> {
    let uid: &[u8] = row.try_get("uid")?;
    uid.try_into().map(MachineId).map_err(|_| damaged("the id of a machine has another length"))
}

impl Claims {
    /// Returns the claims after a change.
    fn changed(mut self, change: Change<'_>, uids: &HashMap<i32, MachineId>) -> sqlx::Result<Self> {
        match change {
            Change::Put(claim) => drop(self.by_machine.insert(claim.machine, claim.clone())),
            Change::Remove(machine) => drop(self.by_machine.remove(&machine)),
        }
        let mut best = None;
        for (machine, claim) in &self.by_machine {
            let uid =
                uids.get(machine).ok_or_else(|| damaged("a claim is of a machine that is not there"))?;
            best = best.max(Some((claim.order(*uid)?, *machine)));
        }
        self.counting = best.map(|(_, machine)| machine);
        self.contested = self.by_machine.len() > 1;
        Ok(self)
    }

    fn counting(&self) -> Option<&Claim> {
        self.by_machine.get(&self.counting?)
    }

    /// Returns the claims that do not count.
    fn others(&self) -> impl Iterator<Item = &Claim> {
        self.by_machine.values().filter(|claim| Some(claim.machine) != self.counting)
    }
}

/// Rows that a settlement changes, each list in the order of keys.
#[derive(Default)]
struct Settled {
    days: Days,
    responses: Vec<(Claim, bool)>,
    gone_responses: Vec<KeyDigest>,
    further: Vec<(Claim, bool)>,
    gone_further: Vec<(KeyDigest, i32)>,
}

impl Settled {
    fn note(&mut self, key: KeyDigest, before: &Claims, after: &Claims) {
        let (was, is) = (before.counting(), after.counting());
        if was != is {
            self.days.extend(was.into_iter().chain(is).map(|claim| (claim.machine, claim.day())));
        }
        match is {
            None if was.is_some() => self.gone_responses.push(key),
            Some(claim) if was != is || before.contested != after.contested => {
                self.responses.push((claim.clone(), after.contested));
            }
            _ => {}
        }
        let is_further = |claims: &Claims, claim: &Claim| claims.others().any(|other| other == claim);
        let new = after.others().filter(|claim| !is_further(before, claim));
        self.further.extend(new.map(|claim| (claim.clone(), true)));
        let still = |machine: i32| after.others().any(|claim| claim.machine == machine);
        let gone = before.others().filter(|claim| !still(claim.machine));
        self.gone_further.extend(gone.map(|claim| (key, claim.machine)));
    }

    async fn store(&self, tx: &mut Tx, tenant: TenantId) -> sqlx::Result<()> {
        const REMOVE: &str = "DELETE FROM response WHERE tenant = $1 AND key = ANY($2)";
        const REMOVE_FURTHER: &str = "DELETE FROM further_claim
            WHERE tenant = $1 AND key = ANY($2)
              AND (key, machine) IN (SELECT gone_key, gone_machine FROM unnest($2, $3::int[]) AS gone (gone_key, gone_machine))";
        let keys =
            |keys: &mut dyn Iterator<Item = KeyDigest>| keys.map(|key| key.0.to_vec()).collect::<Vec<_>>();
        if !self.gone_responses.is_empty() {
            let gone = keys(&mut self.gone_responses.iter().copied());
            statement(REMOVE).bind(tenant.0).bind(gone).execute(&mut **tx).await?;
        }
        if !self.gone_further.is_empty() {
            let gone = keys(&mut self.gone_further.iter().map(|(key, _)| *key));
            let machines: Vec<i32> = self.gone_further.iter().map(|(_, machine)| *machine).collect();
            statement(REMOVE_FURTHER).bind(tenant.0).bind(gone).bind(machines).execute(&mut **tx).await?;
        }
        claim::insert(tx, tenant, PUT_RESPONSE, &self.responses).await?;
        claim::insert(tx, tenant, PUT_FURTHER, &self.further).await?;
        Ok(())
    }
}
