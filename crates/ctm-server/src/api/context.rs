//! State shared by all handlers.

use super::answers::{Answers, Name};
use crate::channels::{self, Channels};
use actix_web::HttpRequest;
use actix_web::web::Bytes;
use chrono::NaiveDate;
use ctm_api::params::Params;
use ctm_backend::Hub;
use ctm_config::settings::Settings;
use ctm_ingest::conditions::LogStatus;
use ctm_ingest::live::Live;
use ctm_ingest::rules::ProjectRules;
use ctm_ingest::updater::UpdaterState;
use ctm_personal::Personal;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Query, ReportError, Reporter};
use ctm_storage::Store;
use ctm_types::{EpochMs, Slot};
use std::sync::{Arc, OnceLock};
use tokio::sync::{Mutex, Semaphore, watch};

/// Most pushes at once; others come again.
const MOST_PUSHES: usize = 16;

/// State shared by all handlers.
pub(crate) struct Context {
    /// The database of this machine.
    pub(crate) store: Store,
    /// What machines push to.
    pub(crate) hub: Hub,
    /// Computes reports.
    pub(crate) reporter: Reporter,
    /// Reports that require a database of one machine, and those on what the server itself keeps.
    pub(crate) archive: DatabaseReports,
    /// Records that a person creates.
    pub(crate) personal: Personal,
    /// Notifies subscribers of changes.
    pub(crate) live: Arc<Live>,
    /// State of the update loop.
    pub(crate) updater: Arc<UpdaterState>,
    /// The rules of project names.
    pub(crate) rules: Arc<ProjectRules>,
    /// The effective settings.
    pub(crate) settings: Settings,
    /// The time.
    pub(crate) clock: Clock,
    /// Start of the server, in UTC epoch milliseconds.
    pub(crate) started_ms: EpochMs,
    /// Id of this run of the server.
    pub(crate) instance_id: String,
    /// Set when the server stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// Where alerts are sent to.
    pub(crate) channels: Channels,
    /// Locked while a test is sent to a channel.
    pub(crate) testing: Arc<Mutex<()>>,
    /// State of the log.
    pub(crate) log_status: fn() -> LogStatus,
    /// The cached bodies.
    pub(crate) answers: Answers,
    /// The OpenAPI document, once it was requested.
    pub(crate) document: OnceLock<Bytes>,
    /// Locked while a copy of the database is written.
    pub(crate) copying: Mutex<()>,
    /// Locked while a statement of SQL runs.
    pub(crate) querying: Mutex<()>,
    /// Pushes that are read or wait to be stored.
    pub(crate) pushes: Semaphore,
}

impl Context {
    /// Creates the shared state.
    #[expect(clippy::too_many_arguments, reason = "each is made by itself, and made once")]
    pub(crate) fn new(
        store: Store,
        hub: Hub,
        reporter: Reporter,
        live: Arc<Live>,
        updater: Arc<UpdaterState>,
        rules: Arc<ProjectRules>,
        settings: Settings,
        clock: Clock,
        stop: watch::Receiver<bool>,
        log_status: fn() -> LogStatus,
        channels: Channels,
    ) -> Self {
        Self {
            personal: Personal::new(store.clone()),
            archive: DatabaseReports::new(store.clone(), reporter.clone()),
            store,
            hub,
            reporter,
            live,
            updater,
            rules,
            settings,
            started_ms: clock.now_ms(),
            instance_id: format!("{:016x}", fastrand::u64(..)),
            clock,
            stop,
            log_status,
            channels,
            testing: Arc::default(),
            answers: Answers::default(),
            document: OnceLock::new(),
            copying: Mutex::default(),
            querying: Mutex::default(),
            pushes: Semaphore::new(MOST_PUSHES),
        }
    }

    /// Returns the query of a request, in days of the server's zone unless another one is given.
    pub(crate) fn query(&self, params: &mut Params) -> Query {
        params.query(&self.reporter, self.settings.tz)
    }

    /// Returns the names of the channels that alerts are sent to.
    pub(crate) fn channel_names(&self) -> Vec<String> {
        channels::names(&self.channels)
    }

    /// Returns the present minute, for bodies with relative times.
    pub(crate) fn this_minute(&self) -> Option<i64> {
        Some(self.clock.now_ms().0 / 60_000)
    }

    /// Returns the first minute of the present quarter of an hour, for bodies that compare until the present time.
    pub(crate) fn this_quarter(&self) -> Option<i64> {
        Some(self.clock.now_ms().0.div_euclid(Slot::MILLIS) * (Slot::MILLIS / 60_000))
    }

    /// Returns the present cache key of a request.
    pub(crate) async fn name_of(&self, request: &HttpRequest, today: NaiveDate) -> Result<Name, ReportError> {
        self.name_at(request.uri().to_string(), today).await
    }

    /// Returns the present cache key of what is served at an address.
    pub(crate) async fn name_at(&self, address: String, today: NaiveDate) -> Result<Name, ReportError> {
        Ok(Name {
            address,
            rules: self.rules.version(),
            data_version: self.reporter.facts().data_version().await?,
            limits_version: 0,
            personal_version: 0,
            today,
            minute: None,
        })
    }
}
