//! What runs behind the server: the loop that keeps the database up to date, and takes snapshots.

use crate::clock::Clock;
use crate::error::AppError;
use crate::ingest::{IngestStatus, Ingestor, Outcome, are_transcripts};
use crate::live::Live;
use crate::report::Reporter;
use crate::settings::{Settings, WatchMode};
use crate::snapshots::Snapshots;
use crate::watch::{Hint, Hints, Watcher};
use ctm_reader::Root;
use ctm_storage::Store;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether something new was told of limits. Another process stores that.
const LIMITS_INTERVAL: Duration = Duration::from_secs(2);

/// What the server knows of the loop.
#[derive(Debug)]
pub struct ServiceState {
    /// How far reading is.
    pub ingest: watch::Receiver<IngestStatus>,
    /// How changes are noticed now.
    watch_mode: Mutex<WatchMode>,
    /// When the last file event came, in UTC epoch milliseconds; 0: never.
    last_event_ms: AtomicI64,
    /// What could not be read at the last look.
    problems: Mutex<Vec<String>>,
}

impl ServiceState {
    /// Returns how changes are noticed now.
    #[must_use]
    pub fn watch_mode(&self) -> WatchMode {
        *self.watch_mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the last file event came, in UTC epoch milliseconds.
    #[must_use]
    pub fn last_event_ms(&self) -> Option<i64> {
        Some(self.last_event_ms.load(Ordering::Relaxed)).filter(|at_ms| *at_ms > 0)
    }

    /// Returns what could not be read at the last look.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_watch_mode(&self, mode: WatchMode) {
        *self.watch_mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// Keeps the problems of the last look, and logs those that are new.
    fn note(&self, outcome: &Outcome) {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        for problem in outcome.problems.iter().filter(|problem| !problems.contains(problem)) {
            tracing::warn!("{problem}");
        }
        problems.clone_from(&outcome.problems);
    }
}

/// The loop, ready to run.
pub struct Service {
    ingestor: Ingestor,
    store: Store,
    live: Arc<Live>,
    hints: Arc<Hints>,
    watcher: Option<Watcher>,
    roots: Vec<Root>,
    poll_interval: Duration,
    snapshots: Snapshots,
    state: Arc<ServiceState>,
}

impl Service {
    /// Opens the writer and starts to collect file events, before anything is read, so that no
    /// change is missed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used. Where files cannot be watched, they are polled.
    pub async fn start(
        settings: &Settings,
        store: Store,
        live: Arc<Live>,
        reporter: Reporter,
        clock: Clock,
    ) -> Result<Self, AppError> {
        let publisher = Arc::clone(&live);
        let ingestor =
            Ingestor::new(settings.roots.clone(), store.clone(), move |applied| publisher.publish(applied))
                .await?;
        let state = Arc::new(ServiceState {
            ingest: ingestor.status(),
            watch_mode: Mutex::new(settings.watch),
            last_event_ms: AtomicI64::new(0),
            problems: Mutex::new(Vec::new()),
        });
        let snapshots = Snapshots::begin(settings, store.clone(), reporter, clock.clone()).await?;
        let hints = Arc::new(Hints::default());
        let mut service = Self {
            ingestor,
            store,
            live,
            watcher: None,
            roots: settings.roots.clone(),
            poll_interval: settings.poll_interval,
            snapshots,
            state: Arc::clone(&state),
            hints: Arc::clone(&hints),
        };
        if settings.watch == WatchMode::Notify {
            let on_event = move || state.last_event_ms.store(clock.now_ms(), Ordering::Relaxed);
            match Watcher::new(hints, on_event) {
                Ok(watcher) => service.watcher = Some(watcher),
                Err(error) => service.poll_only(&error),
            }
            service.watch();
        }
        Ok(service)
    }

    /// Returns what the server may know.
    #[must_use]
    pub fn state(&self) -> Arc<ServiceState> {
        Arc::clone(&self.state)
    }

    /// Reads what is there, then what changes, until `stop` is set; then returns the ingestor,
    /// which is to be closed after the last reader.
    ///
    /// Errors are logged, and what they kept from being stored is read again at the next look.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Ingestor {
        let hints = Arc::clone(&self.hints);
        let mut poll = tokio::time::interval(self.poll_interval);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut limits = tokio::time::interval(LIMITS_INTERVAL);
        limits.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // The first tick comes at once: it is the first look.
            let hint = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                hint = hints.next() => Some(hint),
                _ = poll.tick() => Some(Hint::Everything),
                _ = limits.tick() => None,
            };
            let Some(hint) = hint else {
                look_at_limits(&self.store, &self.live).await;
                continue;
            };
            let look = self.look(&hint);
            // A commit under way is finished or not begun: stopping never tears one.
            let looked = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                looked = look => looked,
            };
            match looked {
                Ok(outcome) => self.state.note(&outcome),
                Err(error) => tracing::error!("cannot store what was read: {error}"),
            }
            if let Err(error) = self.snapshots.take_if_due(&mut self.ingestor).await {
                tracing::error!("cannot take a snapshot of the totals: {error}");
            }
            if let Ok(data_version) = self.store.data_version().await {
                self.live.catch_up(data_version);
            }
            self.watch();
        }
        self.ingestor
    }

    async fn look(&mut self, hint: &Hint) -> Result<Outcome, AppError> {
        match hint {
            Hint::Paths(paths) if are_transcripts(paths) => self.ingestor.read_paths(paths).await,
            Hint::Paths(_) | Hint::Everything => self.ingestor.scan().await,
        }
    }

    /// Watches folders that are new; where that fails, polling has to do.
    fn watch(&mut self) {
        if let Some(watcher) = &mut self.watcher
            && let Err(error) = watcher.watch(&self.roots)
        {
            self.poll_only(&error);
        }
    }

    fn poll_only(&mut self, error: &dyn std::error::Error) {
        let seconds = self.poll_interval.as_secs();
        tracing::warn!("cannot watch the folders, looking every {seconds} s instead: {error}");
        self.watcher = None;
        self.state.set_watch_mode(WatchMode::Poll);
    }
}

/// Tells those who watch, if any, when something new was told of limits.
async fn look_at_limits(store: &Store, live: &Live) {
    if live.clients() > 0
        && let Ok(version) = store.limits_version().await
    {
        live.tell_limits(version);
    }
}
