//! The queue of alerts that are to be sent to channels.
//!
//! # Design
//!
//! A delivery is part of its alert, and stored with it in one transaction, so that none is lost. An attempt is recorded after it was made: one
//! that is interrupted is made again, so that a channel receives an alert at least once, each time with the same id.

use crate::alert::Alert;
use crate::delivery::{Delivery, DeliveryState};
use crate::error::PersonalError;
use crate::records::{Kind, Personal, Record, put, typed, unknown};
use ctm_types::EpochMs;

/// A delivery whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// The alert.
    pub alert: Record<Alert>,
    /// The name of the channel.
    pub channel: String,
    /// The number of attempts that were made.
    pub attempts: u32,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The receiver has it.
    Sent,
    /// It is made again at a time.
    Again(EpochMs),
    /// It is not made again.
    Failed,
}

impl Personal {
    /// Returns the deliveries whose time has come, the oldest alert first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn due_deliveries(&self, now: EpochMs) -> Result<Vec<DueDelivery>, PersonalError> {
        let mut due = Vec::new();
        for alert in self.all::<Alert>().await? {
            let is_due = |of: &&Delivery| of.next_at_ms.is_some_and(|at_ms| at_ms <= now.0);
            let of_alert = alert.content.deliveries.iter().filter(is_due).map(|of| DueDelivery {
                alert: alert.clone(),
                channel: of.channel.clone(),
                attempts: of.attempts,
            });
            due.extend(of_alert);
        }
        Ok(due)
    }

    /// Records an attempt that was made at a time, with what the receiver answered. Nothing is recorded of an alert that is not kept any more.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written; then nothing was recorded.
    pub async fn record_attempt(
        &self,
        due: &DueDelivery,
        answer: &str,
        end: AttemptEnd,
        now: EpochMs,
    ) -> Result<(), PersonalError> {
        let id = &due.alert.id;
        let recorded = self
            .edit::<Alert, _>(|records| {
                let found = records.get(id).and_then(|record| typed::<Alert>(id, record));
                let mut alert = found.ok_or_else(|| unknown::<Alert>(id))?.content;
                for of in alert.deliveries.iter_mut().filter(|of| of.channel == due.channel) {
                    of.attempts += 1;
                    of.last_at_ms = Some(now.0);
                    of.answer = answer.to_owned();
                    (of.state, of.next_at_ms) = match end {
                        AttemptEnd::Sent => (DeliveryState::Sent, None),
                        AttemptEnd::Again(at_ms) => (DeliveryState::Pending, Some(at_ms.0)),
                        AttemptEnd::Failed => (DeliveryState::Failed, None),
                    };
                }
                put(records, id, &alert, now).map(drop)
            })
            .await;
        match recorded {
            Err(PersonalError::Unknown { kind: Alert::NAME, .. }) => Ok(()),
            recorded => recorded,
        }
    }
}
