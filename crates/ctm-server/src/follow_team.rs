//! A hub on PostgreSQL: subscribers are notified of what machines push to other servers, and marked days are summed.
//!
//! # Design
//!
//! The data version is polled: a notification of PostgreSQL is lost at poolers and replicas. It is one statement of a millisecond at most,
//! and shows besides whether the database responds.

use ctm_backend::Hub;
use ctm_ingest::live::Live;
use ctm_ingest::updater::UpdaterState;
use ctm_team::TeamStore;
use ctm_types::printable::with_causes;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// Time between two looks at the data version.
const EVERY: Duration = Duration::from_secs(1);

/// Looks between two sums of marked days; reports sum a marked day themselves, so figures do not wait for it.
const LOOKS_BETWEEN_SUMS: u64 = 30;

/// Follows the database of a team until the server stops; that of one machine is followed by its updater.
pub(crate) async fn follow(
    hub: Hub,
    live: Arc<Live>,
    updater: Arc<UpdaterState>,
    mut stop: watch::Receiver<bool>,
) {
    let Hub::Team(team) = hub else { return };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in 0_u64.. {
        let follow = async {
            ticks.tick().await;
            let version = team.data_version().await;
            updater.conditions.asked_team(version.as_ref().map(|_| ()));
            let Ok(version) = version else { return };
            live.catch_up(version);
            if look % LOOKS_BETWEEN_SUMS == 0 {
                sum_marked(&team).await;
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = follow => {}
        }
    }
}

/// Sums the days that other machines have changed, on a thread of its own: the future of a change stays on one.
async fn sum_marked(team: &TeamStore) {
    let team = team.clone();
    let summed = tokio::task::spawn_blocking(move || Handle::current().block_on(team.sum_marked())).await;
    if let Ok(Err(error)) = summed {
        tracing::warn!("marked days are not summed yet: {}", with_causes(&error));
    }
}
