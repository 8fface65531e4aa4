//! Facts to answer from: brought up to date, as they are stored, or read without a database.

use crate::error::AppError;
use crate::logging::{self, Console};
use crate::progress;
use chrono_tz::Tz;
use clap::Args;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_facts::{MemoryFacts, Tally};
use ctm_ingest::ingest::{Ingestor, Walk, stats_caches, tally};
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Facts, Homes, Query, Reporter};
use ctm_storage::{StorageError, Store};
use ctm_types::printable::Printable;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Settings that were given as flags.
pub(super) type Flags = BTreeMap<&'static str, String>;

/// Whether a command reads what is new before it answers.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Facts")]
pub(super) struct UpdateArgs {
    /// Answer from the database as it is: read no transcript and need no Claude home
    #[arg(long)]
    pub(super) no_update: bool,
}

/// Where the facts of a report come from.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Facts")]
pub(super) struct FactsArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Read the transcripts that are there now, and neither use nor make a database
    #[arg(long, conflicts_with = "no_update")]
    no_database: bool,
}

impl From<UpdateArgs> for FactsArgs {
    /// Returns the facts of the database, which is brought up to date or not.
    fn from(update: UpdateArgs) -> Self {
        Self { update, no_database: false }
    }
}

/// What answers.
pub(super) struct CommandContext {
    pub(super) reporter: Reporter,
    pub(super) settings: Settings,
    /// The database, to be closed after the answer was printed.
    store: Option<Store>,
    /// Its writer, if anything may have been written.
    ingestor: Option<Ingestor>,
}

impl CommandContext {
    /// Prepares the facts that the arguments ask for; `with_sessions` when sessions are reported.
    pub(super) async fn for_report(
        flags: Flags,
        args: FactsArgs,
        with_sessions: bool,
    ) -> Result<Self, AppError> {
        if args.no_database {
            let empty = if with_sessions { Tally::with_session_details } else { Tally::default };
            return Self::without_database(flags, empty);
        }
        Self::from_database(flags, args.update).await
    }

    /// Opens the database, and reads what is new unless that is not wanted.
    pub(super) async fn from_database(flags: Flags, args: UpdateArgs) -> Result<Self, AppError> {
        if args.no_update { Self::as_stored(flags).await } else { Self::up_to_date(flags).await }
    }

    /// Opens the database and reads what is new.
    pub(super) async fn up_to_date(flags: Flags) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        // What was stored is answered from even when there is no home any more.
        if !(settings.homes.is_empty() && settings.database.exists()) {
            settings.check_homes()?;
            match settings.check_contents() {
                Err(nothing) if settings.database.exists() => report_problems(&[nothing.to_string()]),
                checked => checked?,
            }
        }
        let walk = Walk::start(&settings.homes);
        let store = Store::open(&settings.database, prices.context_thresholds()).await?;
        let store = store.with_projects(settings.projects.clone());
        let mut ingestor = Ingestor::new(settings.homes.clone(), store.clone(), |_| {})
            .await?
            .with_session_names(settings.session_names);
        let outcome = progress::with_bar(ingestor.status(), ingestor.read_walked(walk)).await?;
        report_problems(&outcome.problems);
        Ok(Self::new(settings, prices, Facts::Stored(store.clone()), Some(store), Some(ingestor)))
    }

    /// Opens a database that is there.
    async fn as_stored(flags: Flags) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        settings.check_database()?;
        let thresholds = prices.context_thresholds();
        let store = match Store::open_to_read(&settings.database, thresholds).await {
            Err(StorageError::Older { .. }) => Store::open(&settings.database, thresholds).await,
            opened => opened,
        }?;
        let store = store.with_projects(settings.projects.clone());
        Ok(Self::new(settings, prices, Facts::Stored(store.clone()), Some(store), None))
    }

    /// Reads all transcripts that are there, and opens no database.
    fn without_database(flags: Flags, empty: fn() -> Tally) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        settings.check_homes()?;
        settings.check_contents()?;
        let (tally, problems) = tally(&settings.homes, empty);
        report_problems(&problems);
        let (stats_caches, problems) = stats_caches(&settings.homes);
        report_problems(&problems);
        let facts = MemoryFacts::new(tally, prices.context_thresholds(), &settings.projects, stats_caches);
        Ok(Self::new(settings, prices, Facts::Read(Arc::new(facts)), None, None))
    }

    fn new(
        settings: Settings,
        prices: PriceBook,
        facts: Facts,
        store: Option<Store>,
        ingestor: Option<Ingestor>,
    ) -> Self {
        let reporter = Reporter::new(facts, prices, Clock::system(), Homes::new(&settings.homes))
            .in_zone(settings.tz, settings.tz_source);
        Self { reporter, settings, store, ingestor }
    }

    /// Says on standard error why an answer is empty, if it is and nothing is to be reported.
    pub(super) async fn say_why_empty(&self, query: &Query, is_empty: bool) -> Result<(), AppError> {
        if is_empty && let Some(nothing) = self.reporter.nothing(query).await? {
            logging::complain(nothing);
            // Before the answer, wherever both are shown together.
            logging::finish();
        }
        Ok(())
    }

    /// The zone of days.
    pub(super) fn tz(&self) -> Tz {
        self.settings.tz
    }

    /// Returns what only a database can tell.
    ///
    /// # Errors
    ///
    /// Fails when there is none.
    pub(super) fn archive(&self) -> Result<DatabaseReports, AppError> {
        let store = self.store.clone();
        let store =
            store.ok_or_else(|| AppError::Query("this is answered from a database alone".to_owned()))?;
        Ok(DatabaseReports::new(store, self.reporter.clone()))
    }

    /// Closes the readers first, so that the writer can put its log away.
    pub(super) async fn close(self) -> Result<(), AppError> {
        match (self.store, self.ingestor) {
            // The process ends here. To free every response first would take a tenth of the whole time.
            (None, _) => std::mem::forget(self.reporter),
            (Some(store), ingestor) => {
                store.close().await;
                if let Some(ingestor) = ingestor {
                    ingestor.close().await?;
                }
            }
        }
        Ok(())
    }
}

/// Checks the settings, begins to log, and loads the prices.
pub(super) fn start(flags: Flags) -> Result<(Settings, PriceBook), AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    logging::start(&settings, Console::Err)?;
    let prices = prices::load(&settings)?;
    Ok((settings, prices))
}

/// Names on standard error what could not be read.
pub(super) fn report_problems(problems: &[String]) {
    for problem in problems {
        logging::complain(Printable(problem));
    }
}
