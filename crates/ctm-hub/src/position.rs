//! Whether a push follows what is stored of its machine's journal, and what is stored after it.

use crate::receipt::{Receipt, ReceiptKey};
use ctm_facts::MachineSection;
use ctm_push_format::{JournalId, Push};
use ctm_types::MachineClaim;

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

/// What a hub has of a machine's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The epoch of the journal, or the one of the first journal.
    pub epoch: u64,
    /// The journal; `None` before the first push.
    pub journal: Option<JournalId>,
    /// The last stored entry.
    pub acked: u64,
    /// Number of the newest receipt.
    pub pushes: u64,
    /// Number of the receipt that the last push had.
    pub prior: u64,
}

/// Where a push is in its journal.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What is stored.
    stored: Position,
    epoch: u64,
    /// The last stored entry before it.
    acked: u64,
    /// The number of the newest receipt before it.
    pushes: u64,
    /// The number of its own receipt.
    prior: u64,
}

impl Position {
    /// Returns where a push is.
    ///
    /// # Errors
    ///
    /// Fails with the answer to a push that follows nothing that is stored.
    pub fn place(
        &self,
        key: &ReceiptKey,
        push: &Push,
        section: &MachineSection,
    ) -> Result<Place, PushOutcome> {
        let place = match self.journal {
            Some(journal) if journal == push.journal => self.next(key, push, section)?,
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
    /// the first time. A newer receipt than any that is known means that the hub was restored.
    fn next(&self, key: &ReceiptKey, push: &Push, section: &MachineSection) -> Result<Place, PushOutcome> {
        let receipt = match &push.receipt {
            None => Receipt { acked: 0, number: 0 },
            Some(text) => key.read(section.machine, push.journal, text).ok_or(PushOutcome::Fork)?,
        };
        let number = receipt.number;
        if number < self.pushes && number != self.prior {
            return Err(PushOutcome::Fork);
        }
        let Self { epoch, acked, pushes, .. } = *self;
        Ok(Place { stored: *self, epoch, acked, pushes: pushes.max(number), prior: number })
    }

    /// Returns the place of a push of another journal: it has a later epoch than the known one.
    fn begin(&self, section: &MachineSection) -> Result<Place, PushOutcome> {
        let epoch = section.claims.iter().map(|claim| Push::epoch(claim.revision)).max();
        let least = self.epoch + u64::from(self.journal.is_some());
        let epoch = if self.journal.is_none() { epoch.unwrap_or(least) } else { epoch.unwrap_or_default() };
        if epoch < least {
            return Err(PushOutcome::Fork);
        }
        Ok(Place { stored: *self, epoch, acked: 0, pushes: 0, prior: 0 })
    }

    /// Returns the newest receipt.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt { acked: self.acked, number: self.pushes }
    }
}

impl Place {
    /// Returns the claims of the push's epoch, and the revisions of the others, which are refused.
    #[must_use]
    pub fn split(&self, claims: Vec<MachineClaim>) -> (Vec<MachineClaim>, Vec<u64>) {
        let of_epoch = |claim: &MachineClaim| Push::epoch(claim.revision) == self.epoch;
        let (claims, others): (Vec<_>, Vec<_>) = claims.into_iter().partition(of_epoch);
        (claims, others.iter().map(|claim| claim.revision).collect())
    }

    /// Returns whether the hub has all entries of the push, if each of its claims is known.
    #[must_use]
    pub fn repeats(&self, push: &Push) -> bool {
        let Position { journal, acked, pushes, .. } = self.stored;
        journal == Some(push.journal) && push.to <= acked && self.pushes == pushes
    }

    /// Returns what is stored after the push. One that arrives again with no new claim changes nothing, and has the receipt of the
    /// first time.
    #[must_use]
    pub fn after(&self, push: &Push, is_new: bool) -> Position {
        if !is_new && self.repeats(push) {
            return self.stored;
        }
        Position {
            epoch: self.epoch,
            journal: Some(push.journal),
            acked: self.acked.max(push.to),
            pushes: self.pushes + 1,
            prior: self.prior,
        }
    }

    /// Returns whether something is stored after the push.
    #[must_use]
    pub fn is_changed(&self, after: &Position) -> bool {
        self.stored != *after
    }
}
