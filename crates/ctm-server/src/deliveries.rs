//! The queue of alerts, sent to the channels as long as the server runs.

use crate::alert_reports::AlertReports;
use crate::api::Context;
use crate::channels;
use actix_web::web::Data;
use ctm_types::printable::with_causes;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Time between looks at the queue, for attempts that are made again; a new alert is sent at once.
const EVERY: Duration = Duration::from_secs(30);

/// Sends alerts until the server stops. Without a channel, what is left in the queue of channels that were removed ends.
pub(crate) async fn follow(context: Data<Context>) {
    let mut stop = context.stop.clone();
    let mut changes = context.live.personal();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
            Ok(()) = changes.changed() => {}
        }
        let reports = AlertReports { archive: &context.archive, tz: context.settings.tz };
        let delivered =
            channels::deliver(&context.personal, reports, &context.channels, context.clock.now_ms());
        let delivered = tokio::select! {
            // An attempt that is interrupted is made again.
            _ = stop.wait_for(|stop| *stop) => return,
            delivered = delivered => delivered,
        };
        match delivered {
            Ok(0) => {}
            Ok(_) => {
                if let Ok(version) = context.personal.version().await {
                    context.live.personal_changed(version);
                }
            }
            Err(error) => tracing::warn!("alerts cannot be sent: {}", with_causes(&error)),
        }
        if context.channels.is_empty() {
            return;
        }
    }
}
