//! A push: claims of a machine, and its position, in one transaction.

use super::enrol::hub;
use crate::store::Store;
use ctm_facts::{ImportError, MachineSection, OwnMachine};
use ctm_hub::{Position, PushOutcome, PushReceipt, Pusher};
use ctm_push_format::{JournalId, Push};
use ctm_sqlite::error::AtPath;
use ctm_sqlite::sql::{Tx, Writing, all, execute, values};
use ctm_types::EpochMs;

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
        let pushing = self.pushing();
        let mut held = pushing.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => Writing::connect(&self.write_options()).await.at(&self.path)?,
        };
        let mut tx = connection.begin().await.at(&self.path)?;
        let outcome = self.take_push(&mut tx, own, push, section, pusher).await?;
        match outcome {
            PushOutcome::Stored(_) => tx.commit().await.at(&self.path)?,
            _ => tx.rollback().await.at(&self.path)?,
        }
        // After an error it is dropped.
        *held = Some(connection);
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
        let place = match stored.place(&hub.key, push, &section) {
            Ok(place) => place,
            Err(outcome) => return Ok(outcome),
        };
        let (claims, refused) = place.split(section.claims);
        let mut section = Some(MachineSection { claims, ..section });
        let taken = self.take_sections(tx, own, || Ok(section.take())).await?;
        let after = place.after(push, taken.new_claims() > 0);
        if place.is_changed(&after) {
            let skew = own.now.0.saturating_sub(at_ms.0);
            put(tx, &uid, &after, Seen { now: own.now, skew, name: &name, pusher }).await.at(&self.path)?;
        }
        Ok(PushOutcome::Stored(PushReceipt {
            acked: after.acked,
            taken: taken.new_claims(),
            refused,
            receipt: hub.key.sign(machine, push.journal, after.receipt()),
        }))
    }
}

async fn stored(tx: &mut Tx<'_>, uid: &str) -> sqlx::Result<Option<Position>> {
    const FIND: &str =
        "SELECT epoch, journal, acked, pushes, prior FROM hub_machine WHERE uid = ?1 AND NOT removed";
    let found: Vec<(i64, Option<String>, i64, i64, i64)> = all(tx, FIND, values![uid]).await?;
    Ok(found.into_iter().next().map(|(epoch, journal, acked, pushes, prior)| Position {
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

async fn put(tx: &mut Tx<'_>, uid: &str, position: &Position, seen: Seen<'_>) -> sqlx::Result<()> {
    const PUT: &str = include_str!("../sql/hub/pushed.sql");
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let journal = position.journal.map(|journal| journal.to_string());
    let Position { epoch, acked, pushes, prior, .. } = *position;
    let [epoch, acked, pushes, prior] = [epoch, acked, pushes, prior].map(number);
    let agent = seen.pusher.agent.as_deref();
    let put = values![uid, journal, epoch, acked, pushes, prior, seen.now.0, seen.skew, agent, seen.name];
    execute(tx, PUT, put).await.map(drop)
}
