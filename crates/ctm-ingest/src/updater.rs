//! The update loop of the server: keeps the database up to date, and takes snapshots.
//!
//! # Design
//!
//! A scan that fails is a condition, and is repeated every two seconds until it succeeds: what could not
//! be stored is read again from the stored checkpoint. Nothing is kept in memory for that, so that
//! a failure may last as long as the transcripts do.

use crate::backups::CheckedBackup;
use crate::conditions::{Code, Conditions, Subject};
use crate::error::IngestError;
use crate::ingest::{IngestState, IngestStatus, Ingestor, Outcome};
use crate::live::Live;
use crate::pace::ListingSchedule;
use crate::snapshots::SnapshotTaker;
use crate::store::identify_machine;
use crate::watch::{Hint, Hints, Watcher};
use ctm_backend::FactsReader;
use ctm_config::settings::{Settings, WatchMode};
use ctm_reader::ClaudeHome;
use ctm_report::Reporter;
use ctm_report::clock::Clock;
use ctm_storage::Store;
use ctm_types::EpochMs;
use ctm_types::printable::with_causes;
use futures_util::FutureExt;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// Interval of checks without an event: facts stored or forgotten by another process, whether
/// the database still exists, and whether a failed or missing part is in order again.
const TICK: Duration = Duration::from_secs(2);

/// Duration of a scan from which on reading counts as behind.
const BEHIND_AFTER: Duration = Duration::from_secs(60);

/// Maximum number of unreadable paths in a message.
const MOST_SHOWN: usize = 3;

/// Maximum number of unreadable paths that are kept between two complete scans.
const MOST_KEPT: usize = 1_000;

/// State of the update loop.
#[derive(Debug)]
pub struct UpdaterState {
    /// Progress of reading.
    pub ingest: watch::Receiver<IngestStatus>,
    /// Present conditions.
    pub conditions: Conditions,
    /// Number of complete listings.
    listings: Arc<AtomicU64>,
    /// Present method of change detection.
    watch_mode: Mutex<WatchMode>,
    /// Time of the last file event, in UTC epoch milliseconds; 0: never.
    last_event_ms: AtomicI64,
    /// Unreadable paths of the last complete scan, and since then.
    problems: Mutex<Vec<String>>,
    /// Start of the scan in progress.
    look_began: Mutex<Option<Instant>>,
    /// Requests to replace the database.
    restores: mpsc::Sender<RestoreRequest>,
}

/// What the update loop does next.
enum Due {
    /// Reads what is new at these places.
    Look(Hint),
    /// Replaces the database.
    Restore(RestoreRequest),
    /// Notifies subscribers of commits of other processes.
    Others,
}

/// A request to replace the database by a backup, and where to send the path of the previous database.
#[derive(Debug)]
struct RestoreRequest {
    backup: CheckedBackup,
    done: oneshot::Sender<Result<Option<PathBuf>, IngestError>>,
}

impl UpdaterState {
    /// Returns the present method of change detection.
    #[must_use]
    pub fn watch_mode(&self) -> WatchMode {
        *lock(&self.watch_mode)
    }

    /// Replaces the database by a backup, after the scan in progress, and returns the path of the previous database.
    /// Reading and queries wait meanwhile, and subscribers are notified.
    ///
    /// # Errors
    ///
    /// Fails when the database is open in another process or for a long query, and when files cannot be renamed; the
    /// database is unchanged then.
    pub async fn restore(&self, backup: CheckedBackup) -> Result<Option<PathBuf>, IngestError> {
        let (done, restored) = oneshot::channel();
        // Both fail when the server stops.
        let stopping = |_| IngestError::io("replace the database")(std::io::Error::other("the server stops"));
        self.restores.send(RestoreRequest { backup, done }).await.map_err(|_| stopping(()))?;
        restored.await.map_err(|_| stopping(()))?
    }

    /// Returns the number of complete listings since the start.
    #[must_use]
    pub fn listings(&self) -> u64 {
        self.listings.load(Ordering::Relaxed)
    }

    /// Returns the time of the last file event, in UTC epoch milliseconds.
    #[must_use]
    pub fn last_event_ms(&self) -> Option<EpochMs> {
        Some(self.last_event_ms.load(Ordering::Relaxed)).filter(|at_ms| *at_ms > 0).map(EpochMs)
    }

    /// Returns the unreadable paths, each file and folder separately.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        lock(&self.problems).clone()
    }

    /// Reports whether reading keeps up at this moment. The first reading may take as
    /// long as it needs: it shows its progress.
    pub fn report_pace(&self, now: Instant) {
        let is_live = self.ingest.borrow().state == IngestState::Live;
        let took = lock(&self.look_began).map(|began| now.saturating_duration_since(began));
        let behind = took.filter(|took| is_live && *took > BEHIND_AFTER).map(|took| {
            let seconds = took.as_secs();
            let advice = "the disk or the machine may be busy; the figures are older than the transcripts";
            (Code::ReadingBehind, format!("reading new transcripts has taken {seconds} s so far; {advice}"))
        });
        self.conditions.report(Subject::Pace, behind);
    }

    /// Reports the pace of a scan in progress, until it is dropped.
    async fn follow_pace(&self) -> Infallible {
        loop {
            self.report_pace(Instant::now());
            tokio::time::sleep(TICK).await;
        }
    }

    fn begin_look(&self) {
        *lock(&self.look_began) = Some(Instant::now());
    }

    fn end_look(&self) {
        *lock(&self.look_began) = None;
        self.report_pace(Instant::now());
    }

    /// Keeps the unreadable paths, and logs the new ones. Only a complete scan shows which can
    /// be read again; until then no more than [`MOST_KEPT`] are added.
    fn note_problems(&self, outcome: &Outcome, is_complete: bool) {
        let mut problems = lock(&self.problems);
        let room = if is_complete { usize::MAX } else { MOST_KEPT.saturating_sub(problems.len()) };
        let is_new = |problem: &&String| !problems.contains(problem);
        let new: Vec<_> = outcome.problems.iter().filter(is_new).take(room).cloned().collect();
        for problem in &new {
            tracing::warn!("{problem}");
        }
        if is_complete {
            problems.clone_from(&outcome.problems);
        } else {
            problems.extend(new);
        }
        self.conditions.report(Subject::Transcripts, unreadable(&problems));
    }
}

fn unreadable(problems: &[String]) -> Option<(Code, String)> {
    let shown = problems.get(..MOST_SHOWN).unwrap_or(problems).join("; ");
    let more = problems.len().saturating_sub(MOST_SHOWN);
    let and_more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let advice = "grant the user that runs ctm read permission";
    let message = format!("{shown}{and_more}; {advice}");
    (!problems.is_empty()).then_some((Code::TranscriptsUnreadable, message))
}

/// Returns the condition of homes that are gone or unreadable, or of none where `missing` was looked at.
pub fn unreadable_homes(homes: &[ClaudeHome], missing: &[PathBuf]) -> Option<(Code, String)> {
    if homes.is_empty() {
        let looked: Vec<_> = missing.iter().map(|path| format!("`{}`", path.display())).collect();
        let advice = "start Claude Code once, or restart ctm with CTM_CLAUDE_DIR; reading begins as soon as there is one";
        let message = format!("no Claude home found; looked for {}; {advice}", looked.join(" and "));
        return Some((Code::HomeUnreadable, message));
    }
    let unreadable = homes.iter().filter_map(|home| {
        let error = home.path.read_dir().err()?;
        Some(format!("cannot read the Claude home `{}`: {}", home.name, with_causes(&error)))
    });
    let unreadable: Vec<_> = unreadable.collect();
    let advice = "restore it, or grant the user that runs ctm read permission; stored facts are kept";
    (!unreadable.is_empty()).then(|| (Code::HomeUnreadable, format!("{}; {advice}", unreadable.join("; "))))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The loop, ready to run.
pub struct Updater {
    ingestor: Ingestor,
    store: Store,
    /// Whether reports are of a team, whose data version is followed elsewhere.
    is_of_team: bool,
    live: Arc<Live>,
    hints: Arc<Hints>,
    /// `true` if file events are used.
    wants_events: bool,
    watcher: Option<Watcher>,
    homes: Vec<ClaudeHome>,
    missing_homes: Vec<PathBuf>,
    poll_interval: Duration,
    snapshots: SnapshotTaker,
    clock: Clock,
    state: Arc<UpdaterState>,
    restores: mpsc::Receiver<RestoreRequest>,
}

impl Updater {
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
    ) -> Result<Self, IngestError> {
        let publisher = Arc::clone(&live);
        let ingestor =
            Ingestor::new(settings.homes.clone(), store.clone(), move |applied| publisher.publish(applied))
                .await?
                .with_session_names(settings.session_names);
        let (restores_sent, restores) = mpsc::channel(1);
        let state = Arc::new(UpdaterState {
            ingest: ingestor.status(),
            conditions: Conditions::new(clock.clone()),
            listings: ingestor.listings(),
            watch_mode: Mutex::new(settings.watch),
            last_event_ms: AtomicI64::new(0),
            problems: Mutex::default(),
            look_began: Mutex::default(),
            restores: restores_sent,
        });
        let is_of_team = matches!(reporter.facts(), FactsReader::Team(_));
        let snapshots = SnapshotTaker::begin(settings, store.clone(), reporter, clock.clone()).await?;
        let mut updater = Self {
            ingestor,
            store,
            is_of_team,
            live,
            hints: Arc::default(),
            wants_events: settings.watch == WatchMode::Notify,
            watcher: None,
            homes: settings.homes.clone(),
            missing_homes: settings.missing_homes.clone(),
            poll_interval: settings.poll_interval,
            snapshots,
            clock,
            state,
            restores,
        };
        updater.watch();
        Ok(updater)
    }

    /// Returns the state that the server shows.
    #[must_use]
    pub fn state(&self) -> Arc<UpdaterState> {
        Arc::clone(&self.state)
    }

    /// Reads existing transcripts, then changes, until `stop` is set; then returns the ingestor,
    /// which is to be closed after the last reader.
    ///
    /// A failure is a condition, and unstored content is read again soon.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Ingestor {
        let (hints, state) = (Arc::clone(&self.hints), Arc::clone(&self.state));
        let mut pace = ListingSchedule::new(self.poll_interval, tokio::time::Instant::now());
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut has_failed = false;
        let mut homes = None;
        loop {
            // The first look is due at once.
            let due = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                hint = hints.next() => Due::Look(hint),
                Some(request) = self.restores.recv() => Due::Restore(request),
                () = tokio::time::sleep_until(pace.next()) => Due::Look(Hint::Everything),
                _ = tick.tick() => {
                    let is_due =
                        has_failed || self.store.is_moved() || self.unreadable_homes() != homes;
                    if is_due { Due::Look(Hint::Everything) } else { Due::Others }
                }
            };
            let hint = match due {
                Due::Look(hint) => hint,
                Due::Restore(request) => {
                    self.restore(request).await;
                    look_at_others(&self.store, self.is_of_team, &self.live).await;
                    continue;
                }
                Due::Others => {
                    look_at_others(&self.store, self.is_of_team, &self.live).await;
                    continue;
                }
            };
            if hint == Hint::Everything && !pace.hurry(tokio::time::Instant::now()) {
                continue;
            }
            self.state.begin_look();
            // A panic is a failure like others, and ends neither the loop nor the server.
            let look = AssertUnwindSafe(self.look(&hint, &mut pace)).catch_unwind();
            // A commit in progress is finished or not begun: stopping never tears one.
            let looked = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                looked = look => looked.unwrap_or_else(|_| Err(IngestError::internal())),
                never = state.follow_pace() => match never {},
            };
            self.state.end_look();
            has_failed = looked.is_err();
            self.state.conditions.stored(looked.as_ref().map(|_| ()));
            homes = self.unreadable_homes();
            self.state.conditions.report(Subject::Homes, homes.clone());
            let data_version = self.store.data_version().await;
            self.state.conditions.asked(data_version.as_ref().map(|_| ()));
            if let Ok(data_version) = data_version
                && !self.is_of_team
            {
                self.live.catch_up(data_version);
            }
            self.watch();
        }
        self.ingestor
    }

    /// Replaces the database by a backup. The database is opened again in any case.
    async fn restore(&mut self, RestoreRequest { backup, done }: RestoreRequest) {
        self.ingestor.release_database().await;
        let restored = backup.put(self.clock.now()).await;
        let opened = self.ingestor.follow_database().await;
        self.state.conditions.stored(opened.as_ref().map(|_| ()));
        if restored.is_ok() {
            tracing::info!("the database was replaced by a backup");
        }
        // Reads what the backup does not contain.
        self.hints.add(Hint::Everything);
        // A client that disconnected needs no response.
        let _ = done.send(opened.and(restored));
    }

    async fn look(&mut self, hint: &Hint, pace: &mut ListingSchedule) -> Result<(), IngestError> {
        if self.ingestor.follow_database().await? {
            self.state.conditions.reopened();
            identify_machine(self.store.path())?;
        }
        let is_live = self.state.ingest.borrow().state == IngestState::Live;
        let (outcome, is_complete) = match hint {
            Hint::Paths(paths) if is_live => (self.ingestor.read_paths(paths).await?, false),
            Hint::Paths(_) | Hint::Everything => {
                let looked = self.ingestor.scan().await;
                pace.looked(self.ingestor.listing_time(), tokio::time::Instant::now());
                (looked?, true)
            }
        };
        if outcome.is_partial {
            self.hints.add(Hint::Everything);
        }
        self.state.note_problems(&outcome, is_complete);
        match self.ingestor.database() {
            Some(writer) => self.snapshots.take_if_due(writer).await,
            None => Ok(()),
        }
    }

    fn unreadable_homes(&self) -> Option<(Code, String)> {
        // A team has none.
        if self.is_of_team {
            return None;
        }
        unreadable_homes(&self.homes, &self.missing_homes)
    }

    /// Watches new folders. If that fails, polling is used until it succeeds.
    fn watch(&mut self) {
        if !self.wants_events {
            return;
        }
        let was_watching = self.watcher.is_some();
        let watcher = self.watcher.take().map_or_else(|| self.new_watcher(), Ok);
        let watched = watcher.and_then(|mut watcher| {
            let is_new = watcher.watch(&self.homes)?;
            // A replaced home holds other transcripts; at the start everything is scanned anyway.
            if is_new && was_watching {
                self.hints.add(Hint::Everything);
            }
            Ok(watcher)
        });
        let (mode, polling) = match watched {
            Ok(watcher) => {
                self.watcher = Some(watcher);
                (WatchMode::Notify, None)
            }
            Err(error) => (WatchMode::Poll, Some((Code::WatcherPolling, self.why_polling(&error)))),
        };
        *lock(&self.state.watch_mode) = mode;
        self.state.conditions.report(Subject::Watcher, polling);
    }

    fn new_watcher(&self) -> Result<Watcher, notify::Error> {
        let (state, clock) = (Arc::clone(&self.state), self.clock.clone());
        let on_event = move || state.last_event_ms.store(clock.now_ms().0, Ordering::Relaxed);
        Watcher::new(Arc::clone(&self.hints), on_event)
    }

    fn why_polling(&self, error: &notify::Error) -> String {
        let seconds = self.poll_interval.as_secs();
        let advice = "on Linux, raise fs.inotify.max_user_watches or max_user_instances";
        let reason = with_causes(error);
        format!("cannot watch the folders, polling every {seconds} s instead: {reason}; {advice}")
    }
}

/// Notifies subscribers, if any, of facts stored by another process.
async fn look_at_others(store: &Store, is_of_team: bool, live: &Live) {
    if live.clients() == 0 {
        return;
    }
    if let Ok(version) = store.limits_version().await {
        live.tell_limits(version);
    }
    if let Ok(version) = store.personal_version().await {
        live.personal_changed(version);
    }
    if !is_of_team && let Ok(data_version) = store.data_version().await {
        live.catch_up(data_version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(ingest: IngestState) -> UpdaterState {
        let status = IngestStatus { state: ingest, ..IngestStatus::default() };
        UpdaterState {
            ingest: watch::Sender::new(status).subscribe(),
            conditions: Conditions::new(Clock::frozen("2026-03-11T09:00:00Z".parse().unwrap())),
            listings: Arc::default(),
            watch_mode: Mutex::new(WatchMode::Poll),
            last_event_ms: AtomicI64::new(0),
            problems: Mutex::default(),
            look_began: Mutex::default(),
            restores: mpsc::channel(1).0,
        }
    }

    #[test]
    fn a_look_that_takes_too_long_is_behind_until_it_ends() {
        for (ingest, expected) in [(IngestState::Live, 1), (IngestState::Scanning, 0)] {
            let state = state(ingest);
            let later = || Instant::now() + BEHIND_AFTER + Duration::from_secs(1);
            let behind = |state: &UpdaterState, now| {
                state.report_pace(now);
                state.conditions.all().len()
            };
            assert_eq!(behind(&state, later()), 0);
            state.begin_look();
            assert_eq!((behind(&state, Instant::now()), behind(&state, later())), (0, expected));
            state.end_look();
            assert_eq!(behind(&state, later()), 0);
        }
    }

    #[tokio::test]
    async fn subscribers_are_notified_while_a_scan_takes_too_long() {
        let state = state(IngestState::Live);
        let began = Instant::now().checked_sub(BEHIND_AFTER * 2).expect("the machine runs for two minutes");
        *lock(&state.look_began) = Some(began);
        let mut changes = state.conditions.changes();
        tokio::select! {
            changed = changes.changed() => changed.unwrap(),
            never = state.follow_pace() => match never {},
        }
        assert_eq!(state.conditions.all()[0].code, Code::ReadingBehind);
        state.end_look();
        assert!(changes.has_changed().unwrap() && state.conditions.all().is_empty());
    }

    #[test]
    fn unreadable_files_are_reported_until_the_next_complete_scan() {
        let state = state(IngestState::Live);
        let outcome = |problems: &[&str]| Outcome {
            problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
            is_partial: false,
        };
        state.note_problems(&outcome(&["a", "b", "c", "d"]), true);
        state.note_problems(&outcome(&["e", "a"]), false);
        assert_eq!(state.problems(), ["a", "b", "c", "d", "e"]);
        let [condition] = &state.conditions.all()[..] else { panic!("one subject, one condition") };
        assert_eq!(condition.code, Code::TranscriptsUnreadable);
        assert!(condition.message.contains("a; b; c; and 2 more"), "{}", condition.message);
        state.note_problems(&outcome(&[]), false);
        assert_eq!(state.problems().len(), 5);
        state.note_problems(&outcome(&[]), true);
        assert_eq!((state.problems().len(), state.conditions.all().len()), (0, 0));
    }
}
