//! Export of the metrics to a collector, over OTLP.
//!
//! # Design
//!
//! What is sent is what `/metrics` serves at that moment. Sums are cumulative, so nothing is queued or stored: after a collector that
//! was down, the next export has everything but the values in between. This crate sends nothing itself: a collector is given to it
//! ([`MetricsCollector`]), so that it links no client.

use crate::api::{Context, Metrics, present_metrics};
use actix_web::web::Data;
use ctm_api::metrics::HttpMetrics;
use ctm_api::telemetry::Received;
use ctm_config::machine::machine_id;
use ctm_config::settings::Settings;
use ctm_ingest::conditions::{Code, Subject};
use ctm_otlp::export::{MEDIA_TYPE, MetricsRequest, Rejected, rejected};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

/// A collector that metrics are sent to.
pub trait MetricsCollector: Send + Sync {
    /// Returns its address.
    fn address(&self) -> &str;

    /// Returns the time between two exports.
    fn interval(&self) -> Duration;

    /// Sends a body of a media type, and waits for the end. Returns the body of the answer.
    ///
    /// # Errors
    ///
    /// Fails with the reason, without secrets.
    fn send(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String>;

    /// Returns a text of the collector for one line, without secrets.
    fn shown(&self, text: &str) -> String;
}

/// The collector of a server.
pub type Collector = Arc<dyn MetricsCollector>;

/// Exports the metrics until the server stops; without a collector, nothing.
pub(crate) async fn follow(
    context: Data<Context>,
    http: Data<HttpMetrics>,
    received: Data<Received>,
    collector: Option<Collector>,
) {
    let Some(collector) = collector else { return };
    let mut stop = context.stop.clone();
    let mut ticks = tokio::time::interval(collector.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        let exported = async {
            let metrics = present_metrics(&context, &http, &received).await;
            export(Arc::clone(&collector), body(&context, &metrics)).await
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            exported = exported => report(&context, &*collector, exported),
        }
    }
}

/// Reports whether the collector takes the metrics.
fn report(context: &Context, collector: &dyn MetricsCollector, exported: Result<(), String>) {
    let found = exported.err().map(|reason| {
        let address = collector.address();
        let advice = "check the collector, and the settings that begin with `otlp_export`";
        (
            Code::CollectorFailing,
            format!("metrics are not sent to the collector `{address}`: it {reason}; {advice}"),
        )
    });
    context.updater.conditions.report(Subject::Collector, found);
}

fn body(context: &Context, metrics: &Metrics) -> Vec<u8> {
    let machine = machine(&context.settings);
    let mut request =
        MetricsRequest::new(env!("CARGO_PKG_VERSION"), machine.as_deref(), context.clock.now_ms().0);
    for part in metrics.stored() {
        request.add(&part, None);
    }
    request.add(metrics.server(), Some(context.started_ms.0));
    request.body()
}

/// Returns the name of this machine, else its id, by which a collector keeps machines apart.
fn machine(settings: &Settings) -> Option<String> {
    match &*settings.machine_name {
        "" => machine_id(&settings.database),
        name => Some(name.to_owned()),
    }
}

/// Makes an attempt; what the collector does not take of an accepted request is a failure too.
async fn export(collector: Collector, body: Vec<u8>) -> Result<(), String> {
    let (sent, end) = oneshot::channel();
    // On a thread of its own: a runtime waits for its blocking tasks, and a server stops at once.
    thread::spawn(move || {
        let answer = collector.send(MEDIA_TYPE, &body);
        sent.send(answer.and_then(|answer| accepted(&*collector, &answer))).ok();
    });
    end.await.unwrap_or_else(|_| Err("was not reached: the attempt broke off".to_owned()))
}

fn accepted(collector: &dyn MetricsCollector, answer: &[u8]) -> Result<(), String> {
    match rejected(answer) {
        None => Ok(()),
        Some(Rejected { points: 0, message }) => {
            tracing::debug!("the collector warns: {}", collector.shown(&message));
            Ok(())
        }
        Some(Rejected { points, message }) => {
            Err(format!("rejects {points} points: {}", collector.shown(&message)))
        }
    }
}
