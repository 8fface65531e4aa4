//! The collector of the settings, as the server sends metrics to it.

use ctm_config::settings::Settings;
use ctm_notify::{Collector, CollectorError};
use ctm_server::collector::{Collector as ServerCollector, MetricsCollector};
use std::sync::Arc;
use std::time::Duration;

/// A collector that can be sent to.
struct Configured {
    collector: Collector,
    interval: Duration,
}

impl MetricsCollector for Configured {
    fn address(&self) -> &str {
        self.collector.url()
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    fn send(&self, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        self.collector.send(media_type, body)
    }

    fn shown(&self, text: &str) -> String {
        self.collector.shown(text)
    }
}

/// Opens the collector of the settings, if there is one; a demonstration has none.
///
/// # Errors
///
/// Fails when its address is not allowed.
pub(crate) fn open(settings: &Settings) -> Result<Option<ServerCollector>, CollectorError> {
    let Some(of) = settings.collector.as_ref().filter(|_| !settings.demo) else { return Ok(None) };
    let collector = Configured { collector: Collector::open(of)?, interval: of.interval };
    Ok(Some(Arc::new(collector)))
}
