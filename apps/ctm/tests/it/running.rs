//! A server in this process.

use crate::http::get;
use crate::place::Place;
use chrono::{DateTime, Utc};
use ctm_ingest::ingest::IngestState;
use ctm_report::clock::Clock;
use ctm_server::server::Server;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Timeout for expected events: only against hanging, so that a busy machine causes no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A server in this process.
pub(crate) struct Running {
    runtime: Runtime,
    server: Server,
}

impl Running {
    /// Starts a server that takes `now` for the time, and waits until it is up to date.
    pub(crate) fn at(now: &str, place: &Place, flags: &[(&'static str, &str)]) -> Self {
        let now: DateTime<Utc> = now.parse().unwrap();
        Self::start(Clock::frozen(now), place, flags)
    }

    /// Starts a server and waits until it is up to date.
    pub(crate) fn start(clock: Clock, place: &Place, flags: &[(&'static str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let settings = place.settings(flags);
        let server = runtime.block_on(async {
            let prices = ctm_config::prices::load(&settings).unwrap();
            let server = Server::start(settings, prices, clock, ctm::logging::status, Arc::default(), None)
                .await
                .unwrap();
            let mut ingest = server.state().ingest.clone();
            ingest.wait_for(|status| status.state == IngestState::Live).await.unwrap();
            server
        });
        Self { runtime, server }
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Number of open WebSockets.
    pub(crate) fn clients(&self) -> usize {
        self.server.live().clients()
    }

    /// Fetches from `/api/v1/`; that has to succeed.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = get(&format!("{}api/v1/{path}", self.url()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Fetches JSON from `/api/v1/`, for figures that need not be exact.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path)).unwrap()
    }

    /// Stops the server.
    pub(crate) fn stop(self) {
        self.runtime.block_on(self.server.stop()).unwrap();
    }
}

/// Asks again and again until there is an answer.
#[track_caller]
pub(crate) fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "nothing came of it within {PATIENCE:?}");
    }
}
