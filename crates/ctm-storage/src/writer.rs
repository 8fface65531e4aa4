//! The one writer: batches of facts in, one transaction each time.
//!
//! # Design
//!
//! After a failed transaction, or a dropped future, the state of a connection is undefined: SQLite ends the
//! transaction by itself when the disk is full, and sqlx counts it as open permanently. The connection, and
//! all values cached through it, is therefore in doubt from the beginning of each use to its successful end,
//! and a connection in doubt is closed and replaced before the next use.

use crate::claims;
use crate::days;
use crate::dictionary::Dictionary;
use crate::error::{AtPath, StorageError};
use crate::events::{self, LoadedEvents};
use crate::forgotten;
use crate::place::Log;
use crate::refusals;
use crate::session_facts;
use crate::sessions::days_of_calls;
use crate::sql::bump;
use crate::starts;
use crate::store::Store;
use ctm_facts::days::DayForm;
use ctm_facts::forgetting::Kept;
use ctm_facts::sessions::first_starts;
use ctm_facts::{Applied, Names, Placed, PresenceChange, StoredKeys};
use ctm_types::{Batch, EpochMs, SessionId, StatsCache, UsageSnapshot, UtcDay};
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Writes facts. There is one in a process; another process's waits its turn.
///
/// After any failure it works again: the next use reconnects.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    held: Option<Held>,
}

/// A connection with its cached state.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) connection: SqliteConnection,
    dictionary: Dictionary,
    seen: StoredKeys,
    /// The log that it writes to.
    log: Log,
    /// `true` while a use has begun and not ended successfully.
    in_doubt: bool,
    /// The forgotten version for which the dictionary is valid.
    forgotten_version: i64,
}

/// Maximum number of days that a commit recomputes at once, and of copies that it stores then. The rest is
/// left to [`Writer::settle`], so that a first read does not recompute each day repeatedly: a day costs as
/// much as it has responses.
const DAYS_AT_ONCE: usize = 3;
const COPIES_AT_ONCE: usize = 500;

impl Store {
    /// Opens the connection for writing.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be opened.
    pub async fn writer(&self) -> Result<Writer, StorageError> {
        Writer::open(self.clone()).await
    }
}

impl Writer {
    pub(crate) async fn open(store: Store) -> Result<Self, StorageError> {
        let held = Held::connect(&store).await?;
        Ok(Self { store, held: Some(held) })
    }

    /// Returns the store that it writes to.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the connection, in doubt until [`Writer::end`] confirms success.
    pub(crate) async fn begin(&mut self) -> Result<&mut Held, StorageError> {
        self.store.check_place()?;
        if let Some(doubted) = self.held.take_if(|held| held.in_doubt) {
            // The use of this connection has already failed.
            let _ = doubted.connection.close().await;
        }
        let held = match self.held.take() {
            Some(held) => held,
            None => Held::connect(&self.store).await?,
        };
        Ok(self.held.insert(Held { in_doubt: true, ..held }))
    }

    /// Ends a use of the connection.
    pub(crate) fn end<T>(&mut self, result: sqlx::Result<T>) -> Result<T, StorageError> {
        if let (Ok(_), Some(held)) = (&result, &mut self.held) {
            held.in_doubt = false;
        }
        result.at(&self.store.path)
    }

    /// Stores the facts of `batches` and their checkpoints, all or nothing.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn apply(&mut self, batches: &[Batch]) -> Result<Applied, StorageError> {
        let form = Arc::clone(&self.store.form);
        let applied = self.begin().await?.apply(&form, batches).await;
        let applied = self.end(applied)?;
        self.store.note_version(applied.data_version);
        Ok(applied)
    }

    /// Sums the days that commits left for later, and those with unreadable sums, so that queries need not.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone.
    pub async fn settle(&mut self) -> Result<(), StorageError> {
        let (form, damaged_days) = (Arc::clone(&self.store.form), Arc::clone(&self.store.damaged_days));
        let settled = self.begin().await?.settle(&form, &damaged_days).await;
        self.end(settled)
    }

    /// Stores that transcripts are gone, or exist again. Their facts stay.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn mark(&mut self, changes: &[PresenceChange]) -> Result<(), StorageError> {
        let marked = crate::files::mark(&mut self.begin().await?.connection, changes).await;
        self.end(marked)
    }

    /// Stores the content of a home's stats cache, in addition to days of earlier ones.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was stored.
    pub async fn store_stats_cache(
        &mut self,
        home: &str,
        modified_ns: i64,
        cache: &StatsCache,
    ) -> Result<(), StorageError> {
        let connection = &mut self.begin().await?.connection;
        let stored = crate::stats_cache::store(connection, home, modified_ns, cache).await;
        self.end(stored)
    }

    /// Stores a snapshot of the totals, and deletes those before a time in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full, damaged or gone; then nothing was changed.
    pub async fn add_snapshot(
        &mut self,
        snapshot: &UsageSnapshot,
        keep_from_ms: EpochMs,
    ) -> Result<(), StorageError> {
        let connection = &mut self.begin().await?.connection;
        let added = crate::snapshots::add(connection, snapshot, keep_from_ms).await;
        self.end(added)
    }

    /// Releases a file that is no longer at its path, and opens the one at the path, creating it if
    /// necessary.
    ///
    /// # Errors
    ///
    /// Fails as [`Store::open`] does; it can be tried again.
    pub async fn reopen(&mut self) -> Result<(), StorageError> {
        self.leave().await;
        self.store.reopen().await
    }

    /// Releases a file that is no longer at its path: checkpoints its log into it, wherever it is, and
    /// deletes the log, so that the file at the path does not use it.
    async fn leave(&mut self) {
        self.store.leave().await;
        let Some(mut held) = self.held.take() else { return };
        // Each is tried, whatever came of the one before: nothing better can be done.
        for statement in ["ROLLBACK", "PRAGMA busy_timeout = 1000", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            let _ = sqlx::raw_sql(statement).execute(&mut held.connection).await;
        }
        let _ = held.connection.close().await;
        held.log.delete(&self.store.path);
    }

    /// Closes the database. The last connection to close moves everything from the write-ahead log
    /// into it.
    ///
    /// # Errors
    ///
    /// Fails when the database is full, damaged or gone.
    pub async fn close(mut self) -> Result<(), StorageError> {
        if self.store.is_moved() {
            self.leave().await;
        }
        match self.held {
            Some(held) => held.connection.close().await.at(&self.store.path),
            None => Ok(()),
        }
    }
}

impl Held {
    async fn connect(store: &Store) -> Result<Self, StorageError> {
        let connection = store.connect_to_write().await?;
        Ok(Self {
            log: Log::of(&store.path),
            connection,
            dictionary: Dictionary::default(),
            seen: StoredKeys::default(),
            in_doubt: false,
            forgotten_version: 0,
        })
    }

    async fn apply(&mut self, form: &DayForm, batches: &[Batch]) -> sqlx::Result<Applied> {
        self.dictionary.limit();
        let dictionary = &mut self.dictionary;
        let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let forgotten_version = forgotten::version(&mut tx).await?;
        if forgotten_version != self.forgotten_version {
            *dictionary = Dictionary::default();
            self.forgotten_version = forgotten_version;
        }
        let kept = match forgotten_version {
            0 => Kept::all(batches),
            _ => forgotten::keep(&mut tx, batches).await?,
        };
        let Placed { fresh, stale, came_back, .. } =
            crate::files::store(&mut tx, dictionary, &kept.batches).await?;
        let LoadedEvents { loaded, removed_days, next_id } =
            events::load(&mut tx, dictionary, &mut self.seen, &fresh).await?;
        let absorbed = loaded.absorb(fresh.iter().flat_map(|(_, batch)| &batch.copies), next_id);
        let changes = events::leave_out_stored_calls(&mut tx, absorbed).await?;
        self.seen.add(changes.new_keys());

        let starts = first_starts(&fresh);
        let mut learned = dictionary.learn(&mut tx, &Names::of(&changes, &starts, &fresh)).await?;
        events::store(&mut tx, &learned, &changes).await?;
        let mut claiming: BTreeSet<SessionId> =
            claims::mark_forks(&mut tx, &fresh).await?.into_iter().collect();
        for session in changes.sessions() {
            claiming.insert(learned.session(session)?);
        }
        let news = crate::sessions::store(&mut tx, &learned, &fresh).await?;
        claiming.extend(&news.claiming);
        let settled = claims::settle(&mut tx, &claiming).await?;
        let categorised = refusals::store(&mut tx, &mut learned, &changes.refused(), &fresh).await?;
        let moved = starts::store(&mut tx, &learned, &starts, &fresh).await?;
        session_facts::store(&mut tx, &learned, &fresh).await?;

        let changed = changes.commit_changes();
        let mut touched_days = changes.days();
        touched_days.extend(removed_days);
        touched_days.extend(settled.days.into_iter().chain(moved.days).chain(categorised));
        for calls in [&news.tool_errors, &news.searches] {
            if !calls.is_empty() {
                touched_days.extend(days_of_calls(&mut tx, calls).await?);
            }
        }
        if !touched_days.is_empty() {
            days::mark(&mut tx, &touched_days).await?;
            let copies: usize = fresh.iter().map(|(_, batch)| batch.copies.len()).sum();
            if touched_days.len() <= DAYS_AT_ONCE && copies <= COPIES_AT_ONCE {
                days::compute_marked(&mut tx, form).await?;
            }
        }
        let are_prompts_moved = news.prompts || settled.prompts;
        let is_changed = !touched_days.is_empty() || are_prompts_moved || came_back || moved.worktrees;
        let data_version = bump(&mut tx, is_changed).await?;
        tx.commit().await?;
        Ok(Applied { data_version, changed, stale: kept.paths(stale) })
    }

    /// Sums the days that commits left for later, and those with unreadable sums.
    async fn settle(&mut self, form: &DayForm, damaged_days: &Mutex<BTreeSet<UtcDay>>) -> sqlx::Result<()> {
        let damaged = damaged_days.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !damaged.is_empty() {
            let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            days::mark(&mut tx, &damaged).await?;
            tx.commit().await?;
            damaged_days.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        if days::is_any_to_compute(&mut self.connection, form).await? {
            let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            days::compute_marked(&mut tx, form).await?;
            tx.commit().await?;
            // A large write is not followed by another one soon.
            sqlx::query("PRAGMA shrink_memory").execute(&mut self.connection).await?;
        }
        Ok(())
    }
}
