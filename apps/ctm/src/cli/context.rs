//! The facts behind a command: updated, as stored, or read without a database.

use super::unread;
use crate::error::AppError;
use crate::logging::{self, Console};
use crate::progress;
use chrono_tz::Tz;
use clap::Args;
use ctm_backend::{FactsReader, FactsWriter, Hub, MemoryStore};
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_ingest::ingest::{Ingestor, Walk};
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Homes, Query, Reporter};
use ctm_storage::{StorageError, Store};
use ctm_types::printable::Printable;
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Settings given as flags.
pub(super) type Flags = BTreeMap<&'static str, String>;

/// Options for reading new transcripts first.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Facts")]
pub(super) struct UpdateArgs {
    /// Answer from the stored data only: read no transcripts and need no Claude home
    #[arg(long)]
    pub(super) no_update: bool,
}

/// Source of the facts of a report.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Facts")]
pub(super) struct FactsArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Read the present transcripts; neither use nor create a database
    #[arg(long, conflicts_with = "no_update")]
    no_database: bool,
}

impl From<UpdateArgs> for FactsArgs {
    /// Returns whether the database is used and updated.
    fn from(update: UpdateArgs) -> Self {
        Self { update, no_database: false }
    }
}

/// State of a command: facts, reports and settings.
pub(super) struct CommandContext {
    pub(super) reporter: Reporter,
    pub(super) settings: Settings,
    /// The writer of the facts, if anything may have been written; to be closed after the output was printed.
    pub(super) ingestor: Option<Ingestor>,
    /// Holds a database that only this command uses.
    temporary: Option<TempDir>,
}

impl CommandContext {
    /// Prepares the requested facts; `with_sessions` when sessions are reported.
    pub(super) async fn for_report(
        flags: Flags,
        args: FactsArgs,
        with_sessions: bool,
    ) -> Result<Self, AppError> {
        if args.no_database {
            return Self::without_database(flags, with_sessions).await;
        }
        Self::from_database(flags, args.update).await
    }

    /// Prepares the requested facts for what only a database answers: without the one of the settings, in a temporary one.
    pub(super) async fn for_archive(mut flags: Flags, args: FactsArgs) -> Result<Self, AppError> {
        if !args.no_database {
            return Self::from_database(flags, args.update).await;
        }
        let temporary = TempDir::new().map_err(AppError::io("create a temporary folder"))?;
        flags.insert("database", temporary.path().join("ctm.db").display().to_string());
        let ready = Self::up_to_date(flags).await?;
        Ok(Self { temporary: Some(temporary), ..ready })
    }

    /// Opens the database, and updates it if requested.
    pub(super) async fn from_database(flags: Flags, args: UpdateArgs) -> Result<Self, AppError> {
        if args.no_update { Self::as_stored(flags).await } else { Self::up_to_date(flags).await }
    }

    /// Opens the database and updates it.
    pub(super) async fn up_to_date(flags: Flags) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        // Stored facts are reported even when no home exists any more.
        if !(settings.homes.is_empty() && settings.database.exists()) {
            settings.check_homes()?;
            match settings.check_contents() {
                Err(nothing) if settings.database.exists() => report_problems(&[nothing.to_string()]),
                checked => checked?,
            }
        }
        let walk = Walk::start(&settings.homes);
        let is_first_run = !settings.database.exists();
        let thresholds = prices.context_thresholds();
        let store = ctm_ingest::open_store_with_one_reader(&settings, thresholds).await?;
        if is_first_run {
            unread::note(&settings).into_iter().for_each(logging::complain);
        }
        Self::reading(settings, prices, store, walk).await
    }

    /// Opens an existing database.
    async fn as_stored(flags: Flags) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        settings.check_database()?;
        let thresholds = prices.context_thresholds();
        let store = match Store::open_to_read(&settings.database, thresholds).await {
            Err(StorageError::Older { .. }) => open_store(&settings, &prices).await?,
            opened => opened?.with_projects(settings.projects.clone()),
        };
        Ok(Self::new(settings, prices, store.into(), None))
    }

    /// Reads all existing transcripts, without a database.
    async fn without_database(flags: Flags, with_sessions: bool) -> Result<Self, AppError> {
        let (settings, prices) = start(flags)?;
        settings.check_homes()?;
        settings.check_contents()?;
        let walk = Walk::start(&settings.homes);
        let memory = MemoryStore::new(prices.context_thresholds(), settings.projects.clone());
        let memory = if with_sessions { memory.with_session_details() } else { memory };
        Self::reading(settings, prices, memory, walk).await
    }

    /// Reads what a walk finds into a back end.
    async fn reading(
        settings: Settings,
        prices: PriceBook,
        facts: impl Into<FactsReader> + Into<FactsWriter> + Clone,
        walk: Walk,
    ) -> Result<Self, AppError> {
        let mut ingestor = ingestor(&settings, facts.clone()).await?;
        let outcome = progress::with_bar(ingestor.status(), ingestor.read_walked(walk)).await?;
        report_problems(&outcome.problems);
        Ok(Self::new(settings, prices, facts.into(), Some(ingestor)))
    }

    fn new(settings: Settings, prices: PriceBook, facts: FactsReader, ingestor: Option<Ingestor>) -> Self {
        let reporter = reporter(&settings, prices, facts);
        Self { reporter, settings, ingestor, temporary: None }
    }

    /// Explains an empty report on standard error.
    pub(super) async fn say_why_empty(&self, query: &Query, is_empty: bool) -> Result<(), AppError> {
        if is_empty && let Some(nothing) = self.reporter.nothing(query).await? {
            logging::complain(nothing);
            // Before the output, wherever both are shown together.
            logging::finish();
        }
        Ok(())
    }

    /// The time zone of days.
    pub(super) fn tz(&self) -> Tz {
        self.settings.tz
    }

    /// Returns the reports that need a database.
    ///
    /// # Errors
    ///
    /// Fails without a database.
    pub(super) fn archive(&self) -> Result<DatabaseReports, AppError> {
        Ok(DatabaseReports::new(self.store()?.clone(), self.reporter.clone()))
    }

    /// Returns the database.
    ///
    /// # Errors
    ///
    /// Fails without a database.
    pub(super) fn store(&self) -> Result<&Store, AppError> {
        let store = self.reporter.facts().store();
        store.ok_or_else(|| AppError::Query("this command needs a database".to_owned()))
    }

    /// Closes the readers first, so that the writer can checkpoint the write-ahead log.
    pub(super) async fn close(self) -> Result<(), AppError> {
        match self.reporter.facts().store() {
            Some(store) => store.close().await,
            // The process ends here. Freeing every response first would take a tenth of the whole time.
            None => std::mem::forget(self.reporter),
        }
        if let Some(ingestor) = self.ingestor {
            ingestor.close().await?;
        }
        match self.temporary {
            Some(folder) => folder.close().map_err(AppError::io("remove a temporary folder")),
            None => Ok(()),
        }
    }
}

/// Checks the settings, starts logging, and loads the prices.
pub(super) fn start(flags: Flags) -> Result<(Settings, PriceBook), AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    logging::start(&settings, Console::Err)?;
    let prices = prices::load(&settings)?;
    Ok((settings, prices))
}

/// Opens the database, which is created where it is missing, with the settings' names of projects.
pub(super) async fn open_store(settings: &Settings, prices: &PriceBook) -> Result<Store, AppError> {
    Ok(ctm_ingest::open_store(settings, prices.context_thresholds()).await?)
}

/// Opens what machines push to: the database on PostgreSQL if the settings name one, or that of this machine.
pub(super) async fn open_hub(
    settings: &Settings,
    store: &Store,
    prices: &PriceBook,
) -> Result<Hub, AppError> {
    Ok(ctm_ingest::open_hub(settings, store, prices.context_thresholds()).await?)
}

/// Creates the ingestor of the settings' homes into a back end.
pub(super) async fn ingestor(
    settings: &Settings,
    facts: impl Into<FactsWriter>,
) -> Result<Ingestor, AppError> {
    let ingestor = Ingestor::new(settings.homes.clone(), facts, |_| {}).await?;
    Ok(ingestor.with_session_names(settings.session_names))
}

/// Returns the reporter of facts, in the settings' zone and with their labels of homes.
pub(super) fn reporter(settings: &Settings, prices: PriceBook, facts: impl Into<FactsReader>) -> Reporter {
    Reporter::new(facts, prices, Clock::system(), Homes::new(&settings.homes))
        .in_zone(settings.tz, settings.tz_source)
        .counting_unlogged(settings.count_unlogged)
        .with_titles(settings.session_names)
        .with_managed(settings.managed_settings.clone())
        .with_ticket(settings.ticket.clone())
        .with_plans(settings.plans.clone())
        .with_budgets(settings.budgets.clone())
}

/// Lists unreadable paths on standard error.
pub(super) fn report_problems(problems: &[String]) {
    for problem in problems {
        logging::complain(Printable(problem));
    }
}
