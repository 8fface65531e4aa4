//! A push: claims of a machine, and its position, in one transaction.
//!
//! # Design
//!
//! 1. The machine's row is locked, so that its pushes take turns. What cannot change anything is answered before, without a lock: then
//!    nothing is written, not even to the log.
//! 2. Claims of which the same or a newer revision is known are left out.
//! 3. The others are inserted in the order of keys. A row that is of this machine alone is replaced, one of another machine is locked and
//!    left as it is: all rows in conflict are locked in the order of keys.
//! 4. Where another machine has a claim, it is settled which one counts.
//! 5. The sums of the machine's days are computed anew; changed days of other machines are marked.
//! 6. The position is stored.

use crate::claim::{self, Claim, columns};
use crate::connection::{TeamStore, Tx, statement};
use crate::settling::{Change, Days, settle};
use crate::{days, names};
use ctm_facts::{MachineSection, StorageError};
use ctm_hub::{Place, Position, PushOutcome, PushReceipt, Pusher};
use ctm_push_format::{JournalId, Push};
use ctm_types::{EpochMs, KeyDigest, MachineClaim, UtcDay};
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet};

/// Stores a claim where no other machine has one.
const PUT: [&str; 2] = [
    concat!("INSERT INTO response (", columns!(), ") "),
    " ON CONFLICT (tenant, key) DO UPDATE SET
        at_ms = excluded.at_ms, rank = excluded.rank, revision = excluded.revision, conversation = excluded.conversation,
        billing = excluded.billing, input = excluded.input, output = excluded.output, cache_read = excluded.cache_read,
        cache_write_5m = excluded.cache_write_5m, cache_write_1h = excluded.cache_write_1h, web_searches = excluded.web_searches,
        further = excluded.further
        WHERE response.machine = excluded.machine AND NOT response.contested
        RETURNING key",
];

/// The machine that pushes, as it is stored.
struct Stored {
    id: i32,
    position: Position,
}

/// Claims that are newer than the known ones of their machine.
struct Newer<'c> {
    /// One for each response.
    claims: BTreeMap<KeyDigest, &'c MachineClaim>,
    /// Days of the known ones that count, and that they replace.
    replaced_days: BTreeSet<UtcDay>,
}

/// A push with all that is stored of it.
struct Pushed<'p> {
    push: &'p Push,
    section: &'p MachineSection,
    pusher: &'p Pusher,
    now: EpochMs,
}

impl TeamStore {
    /// Stores a push of a machine that is authenticated.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was changed.
    pub async fn push(
        &self,
        push: &Push,
        section: &MachineSection,
        pusher: &Pusher,
        now: EpochMs,
    ) -> Result<PushOutcome, StorageError> {
        let pushed = Pushed { push, section, pusher, now };
        self.change(async |tx| self.take(tx, &pushed).await).await
    }

    async fn take(&self, tx: &mut Tx, pushed: &Pushed<'_>) -> sqlx::Result<PushOutcome> {
        const LOOK: &str = "SELECT id, epoch, journal, acked, pushes, prior FROM machine
            WHERE tenant = $1 AND uid = $2 AND NOT removed";
        const LOCK: &str = "SELECT id, epoch, journal, acked, pushes, prior FROM machine
            WHERE tenant = $1 AND uid = $2 AND NOT removed FOR UPDATE";
        let Pushed { push, section, .. } = *pushed;
        let mut is_locked = false;
        loop {
            let find = if is_locked { LOCK } else { LOOK };
            let Some(stored) = self.stored(tx, find, section).await? else { return Ok(PushOutcome::Removed) };
            let place = match stored.position.place(&self.hub.key, push, section) {
                Ok(place) => place,
                Err(outcome) => return Ok(outcome),
            };
            let (claims, refused) = place.split(section.claims.clone());
            if !is_locked && !place.repeats(push) {
                is_locked = true;
                continue;
            }
            let newer = self.newer(tx, stored.id, &claims).await?;
            if !is_locked && !newer.claims.is_empty() {
                is_locked = true;
                continue;
            }
            self.take_newer(tx, stored.id, &newer).await?;
            let taken = newer.claims.len() as u64;
            let after = place.after(push, taken > 0);
            self.put_position(tx, &stored, &place, &after, pushed, taken > 0).await?;
            let receipt = self.hub.key.sign(section.machine, push.journal, after.receipt());
            return Ok(PushOutcome::Stored(PushReceipt { acked: after.acked, taken, refused, receipt }));
        }
    }

    async fn stored(
        &self,
        tx: &mut Tx,
        find: &'static str,
        section: &MachineSection,
    ) -> sqlx::Result<Option<Stored>> {
        let find = statement(find).bind(self.tenant.0).bind(section.machine.0.to_vec());
        let Some(row) = find.fetch_optional(&mut **tx).await? else { return Ok(None) };
        let number = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
        let journal: Option<Vec<u8>> = row.try_get("journal")?;
        let position = Position {
            epoch: number("epoch")?,
            journal: journal.and_then(|journal| journal.try_into().ok()).map(JournalId),
            acked: number("acked")?,
            pushes: number("pushes")?,
            prior: number("prior")?,
        };
        Ok(Some(Stored { id: row.try_get("id")?, position }))
    }

    /// Returns the claims that are newer than the known ones of the machine.
    async fn newer<'c>(
        &self,
        tx: &mut Tx,
        machine: i32,
        claims: &'c [MachineClaim],
    ) -> sqlx::Result<Newer<'c>> {
        const KNOWN: &str = "SELECT key, revision, at_ms, true AS counts FROM response
            WHERE tenant = $1 AND machine = $2 AND key = ANY($3)
            UNION ALL SELECT key, revision, at_ms, false FROM further_claim
            WHERE tenant = $1 AND machine = $2 AND key = ANY($3)";
        let mut newest: BTreeMap<KeyDigest, &MachineClaim> = BTreeMap::new();
        for claim in claims {
            let known = newest.entry(claim.key).or_insert(claim);
            if claim.revision > known.revision {
                *known = claim;
            }
        }
        let keys: Vec<Vec<u8>> = newest.keys().map(|key| key.0.to_vec()).collect();
        let known = statement(KNOWN).bind(self.tenant.0).bind(machine).bind(keys);
        let mut replaced_days = BTreeSet::new();
        for row in known.fetch_all(&mut **tx).await? {
            let key = claim::key_of(&row)?;
            let revision: i64 = row.try_get("revision")?;
            if newest.get(&key).is_some_and(|claim| claim::revision(claim) <= revision) {
                newest.remove(&key);
            } else if row.try_get("counts")? {
                replaced_days.insert(UtcDay::of(EpochMs(row.try_get("at_ms")?)));
            }
        }
        Ok(Newer { claims: newest, replaced_days })
    }

    /// Stores claims, and what follows from them. The machine is locked.
    async fn take_newer(&self, tx: &mut Tx, machine: i32, newer: &Newer<'_>) -> sqlx::Result<()> {
        if newer.claims.is_empty() {
            return Ok(());
        }
        let tenant = self.tenant;
        let claims: Vec<&MachineClaim> = newer.claims.values().copied().collect();
        names::learn(tx, tenant, machine, &claims).await?;
        let rows: Vec<(Claim, bool)> =
            claims.iter().map(|claim| (Claim::of(machine, claim), false)).collect();
        let mut contested: BTreeMap<KeyDigest, Change<'_>> =
            rows.iter().map(|(claim, _)| (claim.key, Change::Put(claim))).collect();
        for row in claim::insert(tx, tenant, PUT, &rows).await? {
            contested.remove(&claim::key_of(&row)?);
        }
        let uncontested = rows.iter().filter(|(claim, _)| !contested.contains_key(&claim.key));
        let mut own: BTreeSet<UtcDay> = uncontested.map(|(claim, _)| claim.day()).collect();
        own.extend(&newer.replaced_days);
        let mut others = Days::new();
        if !contested.is_empty() {
            for (of, day) in settle(tx, tenant, &contested).await? {
                if of == machine {
                    own.insert(day);
                } else {
                    others.insert((of, day));
                }
            }
        }
        days::mark(tx, tenant, &others).await?;
        own.extend(days::take_marks(tx, tenant, machine).await?);
        days::sum(tx, tenant, &self.form, machine, &own).await
    }

    /// Stores the position after a push, if it is another one.
    async fn put_position(
        &self,
        tx: &mut Tx,
        stored: &Stored,
        place: &Place,
        after: &Position,
        pushed: &Pushed<'_>,
        is_new: bool,
    ) -> sqlx::Result<()> {
        const PUT: &str = "UPDATE machine
            SET journal = $3, epoch = $4, acked = $5, pushes = $6, prior = $7, pushed_at_ms = $8, exported_at_ms = $9,
                skew_ms = $10, agent = $11, name = $12, version = version + $13
            WHERE tenant = $1 AND id = $2";
        if !place.is_changed(after) {
            return Ok(());
        }
        let Pushed { section, pusher, now, .. } = *pushed;
        let Position { epoch, journal, acked, pushes, prior } = *after;
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let put = statement(PUT).bind(self.tenant.0).bind(stored.id);
        let put = put.bind(journal.map(|journal| journal.0.to_vec())).bind(number(epoch)).bind(number(acked));
        let put = put.bind(number(pushes)).bind(number(prior)).bind(now.0).bind(section.at_ms.0);
        let put = put.bind(now.0.saturating_sub(section.at_ms.0)).bind(pusher.agent.clone());
        put.bind(section.name.clone()).bind(i64::from(is_new)).execute(&mut **tx).await.map(drop)
    }
}
