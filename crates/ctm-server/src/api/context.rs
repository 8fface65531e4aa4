//! What handlers share.

use super::answers::{Answers, Name};
use actix_web::HttpRequest;
use chrono::NaiveDate;
use ctm_api::params::Params;
use ctm_config::settings::Settings;
use ctm_ingest::conditions::LogStatus;
use ctm_ingest::live::Live;
use ctm_ingest::rules::ProjectRules;
use ctm_ingest::updater::UpdaterState;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Query, ReportError, Reporter};
use ctm_storage::Store;
use ctm_types::EpochMs;
use std::sync::Arc;
use tokio::sync::watch;

/// What handlers share.
pub(crate) struct Context {
    /// The database.
    pub(crate) store: Store,
    /// Answers questions.
    pub(crate) reporter: Reporter,
    /// Answers those that only the database can.
    pub(crate) archive: DatabaseReports,
    /// Notifies subscribers of changes.
    pub(crate) live: Arc<Live>,
    /// How the loop behind the server is doing.
    pub(crate) updater: Arc<UpdaterState>,
    /// The rules of project names.
    pub(crate) rules: Arc<ProjectRules>,
    /// The settings in force.
    pub(crate) settings: Settings,
    /// The time.
    pub(crate) clock: Clock,
    /// When the server started, in UTC epoch milliseconds.
    pub(crate) started_ms: EpochMs,
    /// A name for this run of the server.
    pub(crate) instance_id: String,
    /// Set when the server stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// How logging is doing.
    pub(crate) log_status: fn() -> LogStatus,
    /// Answers that were computed.
    pub(crate) answers: Answers,
}

impl Context {
    /// Puts together what handlers share.
    #[expect(clippy::too_many_arguments, reason = "each is made by itself, and made once")]
    pub(crate) fn new(
        store: Store,
        reporter: Reporter,
        live: Arc<Live>,
        updater: Arc<UpdaterState>,
        rules: Arc<ProjectRules>,
        settings: Settings,
        clock: Clock,
        stop: watch::Receiver<bool>,
        log_status: fn() -> LogStatus,
    ) -> Self {
        Self {
            archive: DatabaseReports::new(store.clone(), reporter.clone()),
            store,
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
            answers: Answers::default(),
        }
    }

    /// Returns the question that a request asks, in days of the server's zone unless another is given.
    pub(crate) fn query(&self, params: &mut Params) -> Query {
        params.query(&self.reporter, self.settings.tz)
    }

    /// Returns the minute that it is, for answers that show how long ago something was.
    pub(crate) fn this_minute(&self) -> Option<i64> {
        Some(self.clock.now_ms().0 / 60_000)
    }

    /// Returns the name of the answer to a request, as of now.
    pub(crate) async fn name_of(&self, request: &HttpRequest, today: NaiveDate) -> Result<Name, ReportError> {
        Ok(Name {
            address: request.uri().to_string(),
            rules: self.rules.version(),
            data_version: self.store.data_version().await?,
            today,
            minute: None,
        })
    }
}
