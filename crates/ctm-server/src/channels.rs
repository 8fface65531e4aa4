//! Delivery of alerts to channels.
//!
//! # Design
//!
//! This crate sends nothing itself: a channel is given to it ([`AlertChannel`]), so that it links no client. The queue is in the database:
//! what a server that stops has not sent is sent by the next one, and an attempt that was interrupted is made again, with the same id.
//! Channels wait for each other, because there are few alerts; the evaluation of rules does not wait. A written report is made for each attempt, and
//! not stored; without one, because it cannot be made, the text of the alert is sent.

use crate::alert_reports::{AlertReports, ReportForm, SentReport};
use ctm_personal::{Alert, AttemptEnd, Delivery, DeliveryState, DueDelivery, Personal, PersonalError};
use ctm_report::wire;
use ctm_types::EpochMs;
use ctm_types::printable::with_causes;
use std::sync::Arc;
use std::thread;
use tokio::sync::oneshot;

/// A channel that alerts are sent to.
pub trait AlertChannel: Send + Sync {
    /// Returns the name.
    fn name(&self) -> &str;

    /// Returns the channel as it is listed, without what is secret.
    fn listed(&self) -> wire::ListedChannel;

    /// Returns how it is sent written reports.
    fn report_form(&self) -> ReportForm;

    /// Makes an attempt, and waits for its end. Returns what the receiver answered, or why it received nothing.
    fn send(&self, due: &DueDelivery, report: Option<SentReport>, now: EpochMs) -> (String, AttemptEnd);
}

/// The channels of a server.
pub type Channels = Arc<[Arc<dyn AlertChannel>]>;

/// Returns the names of channels.
pub(crate) fn names(channels: &Channels) -> Vec<String> {
    channels.iter().map(|channel| channel.name().to_owned()).collect()
}

/// Returns the channel with a name.
pub(crate) fn named(channels: &Channels, name: &str) -> Option<Arc<dyn AlertChannel>> {
    channels.iter().find(|channel| channel.name() == name).map(Arc::clone)
}

/// Makes all attempts whose time has come, and records them. Returns their number.
///
/// # Errors
///
/// Fails when the database cannot be read or written; then the attempts that are not recorded are made again.
pub async fn deliver(
    personal: &Personal,
    reports: AlertReports<'_>,
    channels: &Channels,
    now: EpochMs,
) -> Result<usize, PersonalError> {
    let all = personal.due_deliveries(now).await?;
    for due in &all {
        let (answer, end) = match named(channels, &due.channel) {
            Some(channel) => {
                let report = report(reports, due, channel.report_form()).await;
                attempt(channel, due.clone(), report, now).await
            }
            None => ("no channel has this name any more".to_owned(), AttemptEnd::Failed),
        };
        personal.record_attempt(due, &answer, end, now).await?;
    }
    Ok(all.len())
}

/// Sends a test to a channel once, and returns what the receiver answered.
pub(crate) async fn test(channel: Arc<dyn AlertChannel>, now: EpochMs) -> Delivery {
    let name = channel.name().to_owned();
    let due = DueDelivery { alert: Alert::channel_test(&name, now), channel: name.clone(), attempts: 0 };
    let (answer, end) = attempt(channel, due, None, now).await;
    let state = if end == AttemptEnd::Sent { DeliveryState::Sent } else { DeliveryState::Failed };
    Delivery { channel: name, state, attempts: 1, last_at_ms: Some(now.0), next_at_ms: None, answer }
}

/// Returns the written report of an alert that is a summary.
async fn report(reports: AlertReports<'_>, due: &DueDelivery, form: ReportForm) -> Option<SentReport> {
    let written = reports.written(due.alert.content.days?, form).await;
    written
        .inspect_err(|error| tracing::warn!("an alert is sent without its report: {}", with_causes(error)))
        .ok()
}

async fn attempt(
    channel: Arc<dyn AlertChannel>,
    due: DueDelivery,
    report: Option<SentReport>,
    now: EpochMs,
) -> (String, AttemptEnd) {
    let (sent, end) = oneshot::channel();
    // On a thread of its own: a runtime waits for its blocking tasks, and a server stops at once.
    thread::spawn(move || sent.send(channel.send(&due, report, now)).ok());
    end.await.unwrap_or_else(|_| ("the attempt broke off".to_owned(), AttemptEnd::Failed))
}
