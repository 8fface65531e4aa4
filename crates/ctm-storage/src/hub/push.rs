//! A push: claims of a machine, and its position, in one transaction.

use super::enrol::{Hub, hub};
use super::receipt::Receipt;
use crate::store::Store;
use ctm_facts::{ImportError, MachineSection, OwnMachine};
use ctm_push_format::{JournalId, Push};
use ctm_sqlite::error::AtPath;
use ctm_sqlite::sql::{Tx, Writing, all, execute, values};
use ctm_types::{EpochMs, MachineClaim};

/// The program that pushes.
#[derive(Debug, Clone, Default)]
pub struct Pusher {
    /// Its name and version, as it sends them.
    pub agent: Option<String>,
}

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// It is stored.
    Stored(PushReceipt),
    /// It begins after what is stored. Nothing was changed.
    Behind {
        /// The last stored entry.
        acked: u64,
    },
    /// It follows another push than the last one: two machines have this identity, or one was restored. Nothing was changed.
    Fork,
    /// The machine was removed, or never enrolled. Nothing was changed.
    Removed,
}

/// What is stored of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushReceipt {
    /// The last stored entry of the journal.
    pub acked: u64,
    /// Claims that were new, or newer than the known ones.
    pub taken: u64,
    /// Revisions of claims that are of another epoch than the journal.
    pub refused: Vec<u64>,
    /// The receipt, which the next push returns.
    pub receipt: String,
}

/// What the hub has of a machine's journal.
struct Stored {
    epoch: u64,
    journal: Option<JournalId>,
    acked: u64,
    pushes: u64,
    prior: u64,
}

/// Where a push is in its journal.
#[derive(Debug, Clone, Copy)]
struct Place {
    epoch: u64,
    /// The last stored entry before it.
    acked: u64,
    /// The number of the newest receipt before it.
    pushes: u64,
    /// The number of its own receipt.
    prior: u64,
}

impl Store {
    /// Stores a push of a machine that is authenticated.
    ///
    /// # Errors
    ///
    /// Fails when usage of other machines was imported with another secret, and when the database is locked, full, damaged or gone;
    /// then nothing was changed.
    pub async fn push(
        &self,
        own: &OwnMachine,
        push: &Push,
        section: MachineSection,
        pusher: &Pusher,
    ) -> Result<PushOutcome, ImportError> {
        self.check_place()?;
        let mut connection = Writing::connect(&self.write_options()).await.at(&self.path)?;
        let mut tx = connection.begin().await.at(&self.path)?;
        let outcome = self.take_push(&mut tx, own, push, section, pusher).await?;
        match outcome {
            PushOutcome::Stored(_) => tx.commit().await.at(&self.path)?,
            _ => tx.rollback().await.at(&self.path)?,
        }
        connection.close().await.at(&self.path)?;
        Ok(outcome)
    }

    async fn take_push(
        &self,
        tx: &mut Tx<'_>,
        own: &OwnMachine,
        push: &Push,
        section: MachineSection,
        pusher: &Pusher,
    ) -> Result<PushOutcome, ImportError> {
        let (machine, name, at_ms) = (section.machine, section.name.clone(), section.at_ms);
        let uid = machine.to_string();
        let stored = stored(tx, &uid).await.at(&self.path)?;
        let (Some(hub), Some(stored)) = (hub(tx).await.at(&self.path)?, stored) else {
            return Ok(PushOutcome::Removed);
        };
        let place = match stored.place(&hub, push, &section) {
            Ok(place) => place,
            Err(outcome) => return Ok(outcome),
        };
        let of_epoch = |claim: &MachineClaim| Push::epoch(claim.revision) == place.epoch;
        let (claims, others): (Vec<_>, Vec<_>) = section.claims.into_iter().partition(of_epoch);
        let mut section = Some(MachineSection { claims, ..section });
        let taken = self.take_sections(tx, own, || Ok(section.take())).await?;
        let receipt = Receipt { acked: place.acked.max(push.to), number: place.pushes + 1 };
        let skew = own.now.0.saturating_sub(at_ms.0);
        put(tx, &uid, push, place, receipt, Seen { now: own.now, skew, name: &name, pusher })
            .await
            .at(&self.path)?;
        Ok(PushOutcome::Stored(PushReceipt {
            acked: receipt.acked,
            taken: taken.new_claims(),
            refused: others.iter().map(|claim| claim.revision).collect(),
            receipt: hub.key.sign(machine, push.journal, receipt),
        }))
    }
}

impl Stored {
    /// Returns where a push is, or what it is answered with.
    fn place(&self, hub: &Hub, push: &Push, section: &MachineSection) -> Result<Place, PushOutcome> {
        let place = match self.journal {
            Some(journal) if journal == push.journal => self.next(hub, push, section)?,
            _ => self.begin(section)?,
        };
        if push.from > place.acked {
            return Err(PushOutcome::Behind { acked: place.acked });
        }
        Ok(place)
    }

    /// Returns the place of a push of the known journal.
    ///
    /// A push that follows the last one has the newest receipt. One whose answer was lost comes again, with the receipt that it had
    /// the first time. A newer receipt than any that is known means that this database was restored.
    fn next(&self, hub: &Hub, push: &Push, section: &MachineSection) -> Result<Place, PushOutcome> {
        let receipt = match &push.receipt {
            None => Receipt { acked: 0, number: 0 },
            Some(text) => hub.key.read(section.machine, push.journal, text).ok_or(PushOutcome::Fork)?,
        };
        let number = receipt.number;
        if number < self.pushes && number != self.prior {
            return Err(PushOutcome::Fork);
        }
        Ok(Place { epoch: self.epoch, acked: self.acked, pushes: self.pushes.max(number), prior: number })
    }

    /// Returns the place of a push of another journal: it has a later epoch than the known one.
    fn begin(&self, section: &MachineSection) -> Result<Place, PushOutcome> {
        let epoch = section.claims.iter().map(|claim| Push::epoch(claim.revision)).max();
        let least = self.epoch + u64::from(self.journal.is_some());
        let epoch = if self.journal.is_none() { epoch.unwrap_or(least) } else { epoch.unwrap_or_default() };
        if epoch < least {
            return Err(PushOutcome::Fork);
        }
        Ok(Place { epoch, acked: 0, pushes: 0, prior: 0 })
    }
}

async fn stored(tx: &mut Tx<'_>, uid: &str) -> sqlx::Result<Option<Stored>> {
    const FIND: &str =
        "SELECT epoch, journal, acked, pushes, prior FROM hub_machine WHERE uid = ?1 AND NOT removed";
    let found: Vec<(i64, Option<String>, i64, i64, i64)> = all(tx, FIND, values![uid]).await?;
    Ok(found.into_iter().next().map(|(epoch, journal, acked, pushes, prior)| Stored {
        epoch: epoch.unsigned_abs(),
        journal: journal.as_deref().and_then(JournalId::parse),
        acked: acked.unsigned_abs(),
        pushes: pushes.unsigned_abs(),
        prior: prior.unsigned_abs(),
    }))
}

/// What is shown of the last push.
struct Seen<'s> {
    now: EpochMs,
    skew: i64,
    name: &'s str,
    pusher: &'s Pusher,
}

async fn put(
    tx: &mut Tx<'_>,
    uid: &str,
    push: &Push,
    place: Place,
    receipt: Receipt,
    seen: Seen<'_>,
) -> sqlx::Result<()> {
    const PUT: &str = include_str!("../sql/hub/pushed.sql");
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let journal = push.journal.to_string();
    let [epoch, acked, pushes, prior] = [place.epoch, receipt.acked, receipt.number, place.prior].map(number);
    let agent = seen.pusher.agent.as_deref();
    let put = values![uid, &*journal, epoch, acked, pushes, prior, seen.now.0, seen.skew, agent, seen.name];
    execute(tx, PUT, put).await.map(drop)
}
