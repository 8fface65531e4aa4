//! Conditions: problems of the server, with their start and their remedy.
//!
//! # Design
//!
//! Each part reports on a subject of its own. A subject has at most one condition: a
//! new one replaces it, and it is removed when the subject is reported to be in order. So a report never
//! has to be matched with earlier ones. The health report, the metrics, `ctm healthcheck`, `ctm doctor` and
//! the page show the same list.

use crate::error::{IngestError, advice};
use ctm_report::clock::Clock;
use ctm_storage::StorageError;
use ctm_types::EpochMs;
use ctm_types::printable::{one_line, with_causes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use utoipa::ToSchema;

/// Time for which a failed query is shown: the next one may not read the same part of the database.
const QUESTION_SHOWN: Duration = Duration::from_secs(300);

/// Subject of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Storage of facts.
    Storing,
    /// Response of the database.
    Database,
    /// Response of a hub's database on PostgreSQL.
    Team,
    /// Execution of queries.
    Questions,
    /// Access to the homes.
    Homes,
    /// Access to files in the homes.
    Transcripts,
    /// Delivery of file events.
    Watcher,
    /// Pace of reading.
    Pace,
    /// Writing of the log.
    Log,
    /// Export of metrics.
    Collector,
}

/// The code of the condition, the same in all versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConditionCode)]
pub enum Code {
    /// The disk that holds the database is full.
    DatabaseFull,
    /// Another process has locked the database for longer than the timeout.
    DatabaseLocked,
    /// The system cannot read or write the database.
    DatabaseIo,
    /// The database cannot be opened.
    DatabaseUnopened,
    /// The database may not be written.
    DatabaseReadOnly,
    /// The database was moved, deleted or replaced, and is not open again yet.
    DatabaseMoved,
    /// The database is damaged, or the file is not a database.
    DatabaseDamaged,
    /// The file is a database of another program.
    DatabaseForeign,
    /// The database has the schema of another version, which this one does not support.
    DatabaseVersion,
    /// The database does not respond in time.
    DatabaseSlow,
    /// The database failed in another way.
    DatabaseFailed,
    /// A Claude home is gone or cannot be read.
    HomeUnreadable,
    /// Files or folders of a home cannot be read.
    TranscriptsUnreadable,
    /// Reading stopped with an internal error.
    ReadingFailed,
    /// Reading falls behind.
    ReadingBehind,
    /// File events do not arrive; the homes are polled instead.
    WatcherPolling,
    /// Log lines are lost, because they cannot be written or nothing reads them.
    LogFailing,
    /// The collector does not take the metrics.
    CollectorFailing,
}

/// The severity of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Queries work, but something is missing or late.
    Degraded,
    /// Nothing is stored, or queries fail.
    Unhealthy,
}

/// Health of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// No conditions.
    Healthy,
    /// Queries work, but something is missing or late.
    Degraded,
    /// Nothing is stored, or queries fail.
    Unhealthy,
}

/// A problem of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its code.
    pub code: Code,
    /// Time of its first report, in UTC epoch milliseconds.
    pub since_ms: EpochMs,
    /// The problem, its place and the remedy.
    pub message: String,
    /// Time of the last report.
    reported: Instant,
}

/// All conditions, with counts of failures.
#[derive(Debug)]
pub struct Conditions {
    clock: Clock,
    present: Mutex<BTreeMap<Subject, Condition>>,
    /// Rises with every condition that begins or ends.
    changes: watch::Sender<u64>,
    failed_stores: AtomicU64,
    failed_questions: AtomicU64,
    reopened: AtomicU64,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::DatabaseFull,
        Self::DatabaseLocked,
        Self::DatabaseIo,
        Self::DatabaseUnopened,
        Self::DatabaseReadOnly,
        Self::DatabaseMoved,
        Self::DatabaseDamaged,
        Self::DatabaseForeign,
        Self::DatabaseVersion,
        Self::DatabaseSlow,
        Self::DatabaseFailed,
        Self::HomeUnreadable,
        Self::TranscriptsUnreadable,
        Self::ReadingFailed,
        Self::ReadingBehind,
        Self::WatcherPolling,
        Self::LogFailing,
        Self::CollectorFailing,
    ];

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DatabaseFull => "database_full",
            Self::DatabaseLocked => "database_locked",
            Self::DatabaseIo => "database_io",
            Self::DatabaseUnopened => "database_unopened",
            Self::DatabaseReadOnly => "database_read_only",
            Self::DatabaseMoved => "database_moved",
            Self::DatabaseDamaged => "database_damaged",
            Self::DatabaseForeign => "database_foreign",
            Self::DatabaseVersion => "database_version",
            Self::DatabaseSlow => "database_slow",
            Self::DatabaseFailed => "database_failed",
            Self::HomeUnreadable => "home_unreadable",
            Self::TranscriptsUnreadable => "transcripts_unreadable",
            Self::ReadingFailed => "reading_failed",
            Self::ReadingBehind => "reading_behind",
            Self::WatcherPolling => "watcher_polling",
            Self::LogFailing => "log_failing",
            Self::CollectorFailing => "collector_failing",
        }
    }

    /// Returns its severity.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::DatabaseFull
            | Self::DatabaseIo
            | Self::DatabaseUnopened
            | Self::DatabaseReadOnly
            | Self::DatabaseMoved
            | Self::DatabaseDamaged
            | Self::DatabaseForeign
            | Self::DatabaseVersion
            | Self::DatabaseFailed
            | Self::ReadingFailed => Severity::Unhealthy,
            // A lock is released eventually, and what was read meanwhile is stored then.
            Self::DatabaseLocked
            | Self::DatabaseSlow
            | Self::HomeUnreadable
            | Self::TranscriptsUnreadable
            | Self::ReadingBehind
            | Self::WatcherPolling
            | Self::LogFailing
            | Self::CollectorFailing => Severity::Degraded,
        }
    }

    fn of(error: &StorageError) -> Self {
        match error {
            StorageError::DiskFull { .. } => Self::DatabaseFull,
            StorageError::Locked { .. }
            | StorageError::InUse { .. }
            | StorageError::Displaced { .. }
            | StorageError::Filling { .. } => Self::DatabaseLocked,
            StorageError::Io { .. } => Self::DatabaseIo,
            StorageError::Open { .. } => Self::DatabaseUnopened,
            StorageError::ReadOnly { .. } => Self::DatabaseReadOnly,
            StorageError::Moved { .. } => Self::DatabaseMoved,
            StorageError::Corrupt { .. } | StorageError::Damaged { .. } | StorageError::Altered { .. } => {
                Self::DatabaseDamaged
            }
            StorageError::Foreign { .. } => Self::DatabaseForeign,
            StorageError::Newer { .. } | StorageError::Schema { .. } => Self::DatabaseVersion,
            _ => Self::DatabaseFailed,
        }
    }
}

impl Severity {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Status::from(self).name()
    }
}

impl From<Severity> for Status {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Degraded => Self::Degraded,
            Severity::Unhealthy => Self::Unhealthy,
        }
    }
}

impl Status {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// Returns the health of a server with these conditions.
    #[must_use]
    pub fn of(conditions: &[Condition]) -> Self {
        let worst = conditions.iter().map(|condition| condition.code.severity()).max();
        worst.map_or(Self::Healthy, Self::from)
    }
}

impl Conditions {
    /// Creates an empty list.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            present: Mutex::default(),
            changes: watch::Sender::new(0),
            failed_stores: AtomicU64::new(0),
            failed_questions: AtomicU64::new(0),
            reopened: AtomicU64::new(0),
        }
    }

    /// Reports the state of a subject: in order, or its problem. A new problem is logged.
    pub fn report(&self, subject: Subject, found: Option<(Code, String)>) {
        let mut present = self.present();
        let before = present.remove(&subject);
        let Some((code, message)) = found else {
            if let Some(before) = before {
                tracing::info!(code = before.code.name(), "resolved: {}", before.message);
                self.changes.send_modify(|changes| *changes += 1);
            }
            return;
        };
        let is_same = before.as_ref().is_some_and(|before| before.code == code);
        let since_ms = match before {
            Some(before) if is_same => before.since_ms,
            _ => {
                tracing::warn!(code = code.name(), "{message}");
                self.clock.now_ms()
            }
        };
        present.insert(subject, Condition { code, since_ms, message, reported: Instant::now() });
        if !is_same {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Returns a receiver that is notified when a condition begins or ends.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Reports that facts could not be read or stored, or that all could.
    pub fn stored(&self, result: Result<(), &IngestError>) {
        self.failed_stores.fetch_add(u64::from(result.is_err()), Ordering::Relaxed);
        self.report(Subject::Storing, result.err().map(of_error));
    }

    /// Reports whether the database responds.
    pub fn asked(&self, result: Result<(), &StorageError>) {
        self.report(Subject::Database, result.err().map(of_storage_error));
    }

    /// Reports whether a hub's database on PostgreSQL responds.
    pub fn asked_team(&self, result: Result<(), &StorageError>) {
        self.report(Subject::Team, result.err().map(of_storage_error));
    }

    /// Reports that a query failed.
    pub fn question_failed(&self, error: &StorageError) {
        self.failed_questions.fetch_add(1, Ordering::Relaxed);
        let (code, message) = of_storage_error(error);
        // Every other condition is reported as long as it lasts.
        if matches!(code, Code::DatabaseDamaged | Code::DatabaseIo | Code::DatabaseFailed) {
            self.report(Subject::Questions, Some((code, message)));
        }
    }

    /// Reports that another file is the database now.
    pub fn reopened(&self) {
        self.reopened.fetch_add(1, Ordering::Relaxed);
        self.report(Subject::Questions, None);
        tracing::warn!("the database was moved, deleted or replaced; the file at its path is open now");
    }

    /// Returns all conditions, the most severe first, and each code once.
    #[must_use]
    pub fn all(&self) -> Vec<Condition> {
        let mut present = self.present();
        present.retain(|subject, condition| {
            *subject != Subject::Questions || condition.reported.elapsed() < QUESTION_SHOWN
        });
        let mut all: Vec<Condition> = Vec::new();
        for condition in present.values() {
            if all.iter().all(|known| known.code != condition.code) {
                all.push(condition.clone());
            }
        }
        // A database that is not open needs no condition of its own if the cause has one.
        let why = present.get(&Subject::Storing).map(|condition| condition.code);
        if why.is_some_and(|why| why != Code::DatabaseMoved && why.severity() == Severity::Unhealthy) {
            all.retain(|condition| condition.code != Code::DatabaseMoved);
        }
        all.sort_by_key(|condition| std::cmp::Reverse(condition.code.severity()));
        all
    }

    /// Returns how often facts could not be read or stored.
    #[must_use]
    pub fn failed_stores(&self) -> u64 {
        self.failed_stores.load(Ordering::Relaxed)
    }

    /// Returns the number of failed queries.
    #[must_use]
    pub fn failed_questions(&self) -> u64 {
        self.failed_questions.load(Ordering::Relaxed)
    }

    /// Returns how often another file became the database.
    #[must_use]
    pub fn times_reopened(&self) -> u64 {
        self.reopened.load(Ordering::Relaxed)
    }

    fn present(&self) -> MutexGuard<'_, BTreeMap<Subject, Condition>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Health of logging.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogStatus {
    /// Lines that were dropped since the start because they could not be written in time.
    pub dropped_lines: u64,
    /// The last failure to write, with the destination.
    pub last_error: Option<String>,
    /// `true` if lines were dropped since the last time that everything was written.
    pub is_losing: bool,
}

impl LogStatus {
    /// Returns the condition of lost log lines, if any are lost at this moment.
    #[must_use]
    pub fn lost_lines(&self) -> Option<(Code, String)> {
        let reason = self.last_error.as_deref().unwrap_or("it has no reader");
        let advice = "free space, or read the output of the server";
        let message = format!("{} lines of the log are lost: {reason}; {advice}", self.dropped_lines);
        self.is_losing.then_some((Code::LogFailing, message))
    }
}

fn of_error(error: &IngestError) -> (Code, String) {
    let code = match error {
        IngestError::Storage { source } => Code::of(source),
        IngestError::Report(_) | IngestError::DamagedBackup { .. } | IngestError::Io { .. } => {
            Code::ReadingFailed
        }
    };
    (code, message(error, error.advice()))
}

fn of_storage_error(error: &StorageError) -> (Code, String) {
    (Code::of(error), message(error, advice(error)))
}

/// Returns a problem, its causes and its remedy as one sentence; a terminal shows the remedy on a line of its own.
fn message(error: &dyn Error, advice: Option<&str>) -> String {
    let problem = one_line(&with_causes(error)).into_owned();
    advice.map_or_else(|| problem.clone(), |advice| format!("{problem}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn conditions() -> Conditions {
        Conditions::new(Clock::frozen("2026-03-11T09:00:00Z".parse().unwrap()))
    }

    fn codes(conditions: &Conditions) -> Vec<&'static str> {
        conditions.all().iter().map(|condition| condition.code.name()).collect()
    }

    #[test]
    fn a_condition_stays_until_its_subject_is_in_order() {
        let conditions = conditions();
        let polling = || Some((Code::WatcherPolling, "no events".to_owned()));
        conditions.report(Subject::Watcher, polling());
        conditions.stored(Err(&StorageError::DiskFull { path: PathBuf::from("x") }.into()));
        assert_eq!(codes(&conditions), ["database_full", "watcher_polling"]);
        assert_eq!(Status::of(&conditions.all()), Status::Unhealthy);
        // Another reason replaces the first one.
        conditions.stored(Err(&StorageError::Locked { path: PathBuf::from("x") }.into()));
        assert_eq!(codes(&conditions), ["database_locked", "watcher_polling"]);
        assert_eq!(Status::of(&conditions.all()), Status::Degraded);
        conditions.stored(Ok(()));
        conditions.report(Subject::Watcher, None);
        assert_eq!((codes(&conditions).len(), conditions.failed_stores()), (0, 2));
        assert_eq!(Status::of(&conditions.all()), Status::Healthy);
    }

    #[test]
    fn a_change_is_a_condition_that_begins_or_ends() {
        let conditions = conditions();
        let mut changes = conditions.changes();
        let mut check = |found: Option<&str>, expected| {
            let found = found.map(|message| (Code::ReadingBehind, message.to_owned()));
            conditions.report(Subject::Pace, found);
            assert_eq!(changes.has_changed().unwrap(), expected);
            changes.mark_unchanged();
        };
        check(None, false);
        check(Some("61 s"), true);
        check(Some("62 s"), false);
        check(None, true);
        check(None, false);
    }

    #[test]
    fn the_same_from_two_sides_is_one_condition() {
        let conditions = conditions();
        let moved = StorageError::Moved { path: PathBuf::from("x") };
        conditions.asked(Err(&moved));
        conditions.stored(Err(&moved.into()));
        assert_eq!(codes(&conditions), ["database_moved"]);
        conditions.asked(Ok(()));
        assert_eq!(codes(&conditions), ["database_moved"]);
    }

    #[test]
    fn a_database_that_is_not_open_is_reported_by_its_cause() {
        let conditions = conditions();
        conditions.asked(Err(&StorageError::Moved { path: PathBuf::from("x") }));
        conditions.stored(Err(&StorageError::Foreign { path: PathBuf::from("x") }.into()));
        assert_eq!(codes(&conditions), ["database_foreign"]);
        conditions.stored(Err(&StorageError::Locked { path: PathBuf::from("x") }.into()));
        assert_eq!(codes(&conditions), ["database_moved", "database_locked"]);
    }

    #[test]
    fn a_question_is_remembered_only_for_what_the_next_one_may_not_meet() {
        let conditions = conditions();
        conditions.question_failed(&StorageError::Locked { path: PathBuf::from("x") });
        conditions.question_failed(&StorageError::Filling { path: PathBuf::from("x") });
        assert_eq!((codes(&conditions).len(), conditions.failed_questions()), (0, 2));
    }

    #[test]
    fn a_message_is_one_line_with_a_remedy() {
        let conditions = conditions();
        conditions.stored(Err(&StorageError::DiskFull { path: PathBuf::from("/d/ctm.db") }.into()));
        let message = conditions.all().remove(0).message;
        assert!(message.contains("`/d/ctm.db` is full; free space"), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn names_are_those_of_the_document() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
        for severity in [Severity::Degraded, Severity::Unhealthy] {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
        }
    }
}
