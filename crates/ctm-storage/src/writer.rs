//! The one writer: batches of facts in, one transaction each time.
//!
//! # Design
//!
//! After a failed transaction, or a dropped future, the state of a connection is undefined: SQLite ends the
//! transaction by itself when the disk is full, and sqlx counts it as open permanently. The connection, and
//! all values cached through it, is therefore in doubt from the beginning of each use to its successful end,
//! and a connection in doubt is closed and replaced before the next use.

use crate::claims::{self, Settled};
use crate::days::{self, EventOrder};
use crate::dictionary::Dictionary;
use crate::events::{self, LoadedEvents};
use crate::forgotten;
use crate::loading;
use crate::overlap;
use crate::refusals;
use crate::session_facts;
use crate::sessions::days_of_calls;
use crate::starts;
use crate::store::Store;
use crate::telemetry;
use crate::triggers;
use ctm_facts::days::DayForm;
use ctm_facts::forgetting::Kept;
use ctm_facts::sessions::first_starts;
use ctm_facts::{Applied, Names, Placed, PresenceChange};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::keys::StoredKeys;
use ctm_sqlite::place::{Log, folder_of};
use ctm_sqlite::rows::next_id;
use ctm_sqlite::sql::{Statements, Writing, bump, one, values};
use ctm_types::{Batch, EpochMs, EventId, SessionId, StatsCache, UsageSnapshot};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// Writes facts. There is one in a process; another process's waits its turn.
///
/// It connects when it is first used. After any failure it works again: the next use reconnects.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    held: Option<Held>,
}

/// A connection with its cached state.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) connection: Writing,
    dictionary: Dictionary,
    stored: StoredKeys,
    /// Whether it began a load that has not ended.
    is_loading: bool,
    /// The folder of the database.
    folder: PathBuf,
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
    /// Returns the writer, which connects when it is first used.
    #[must_use]
    pub fn writer(&self) -> Writer {
        Writer { store: self.clone(), held: None }
    }

    /// Returns whether no load is under way, and no day is left to be summed.
    async fn is_settled(&self) -> Result<bool, StorageError> {
        let read = async {
            let mut tx = self.read().await?;
            Ok(!loading::is_under_way(&mut tx).await?
                && !days::is_any_to_compute(&mut tx, &self.form).await?)
        };
        let is_damaged = !self.damaged_days.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        Ok(!is_damaged && read.await.at(&self.path)?)
    }
}

impl Writer {
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
        if self.held.is_none() && self.store.is_settled().await? {
            return Ok(());
        }
        let store = self.store.clone();
        let settled = self.begin().await?.settle(&store).await;
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

    /// Releases the file, in order to replace it, or because it is no longer at its path: checkpoints its log into it,
    /// wherever it is, and deletes the log, so that the file at the path does not use it. Queries fail until
    /// [`Writer::reopen`].
    pub async fn leave(&mut self) {
        self.store.leave().await;
        let Some(mut held) = self.held.take() else { return };
        // Each is tried, whatever came of the one before: nothing better can be done.
        for statement in ["ROLLBACK", "PRAGMA busy_timeout = 1000", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            let _ = sqlx::raw_sql(statement).execute(&mut *held.connection).await;
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
            stored: StoredKeys::default(),
            is_loading: false,
            folder: folder_of(&store.path),
            in_doubt: false,
            forgotten_version: 0,
        })
    }

    async fn apply(&mut self, form: &DayForm, batches: &[Batch]) -> sqlx::Result<Applied> {
        self.dictionary.limit();
        self.stored.begin(data_version(&mut *self.connection).await?, false);
        if !(self.is_loading && self.stored.are_known()) {
            self.end_load(form).await?;
        }
        let dictionary = &mut self.dictionary;
        let mut tx = self.connection.begin().await?;
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
        let next_id: EventId = next_id(&mut tx, "SELECT coalesce(max(id), 0) FROM event").await?;
        let was_loading = loading::is_under_way(&mut tx).await?;
        let is_empty = next_id == EventId(1);
        self.stored.begin(data_version(&mut tx).await?, is_empty);
        // Triggers look up responses by key.
        let begins_load = is_empty && loading::is_worth_it(&fresh) && !triggers::are_needed(&mut tx).await?;
        let is_indexed = if begins_load {
            loading::begin(&mut tx).await?;
            self.is_loading = true;
            false
        } else if was_loading && !(self.is_loading && self.stored.are_known()) {
            loading::build(&mut tx).await?;
            true
        } else {
            !was_loading
        };
        let LoadedEvents { loaded, removed_days, further } =
            events::load(&mut tx, dictionary, &self.stored, is_indexed, &fresh).await?;
        let absorbed = loaded.absorb(fresh.iter().flat_map(|(_, batch)| &batch.copies), next_id);
        let changes = events::leave_out_stored_calls(&mut tx, absorbed).await?;
        let starts = first_starts(&fresh);
        let mut learned = dictionary.learn(&mut tx, &Names::of(&changes, &starts, &fresh)).await?;
        let new = events::store(&mut tx, &learned, &changes, &further).await?;
        self.stored.add(&new, &self.folder)?;
        telemetry::join(&mut tx, &changes.changed().map(|touched| touched.id).collect::<Vec<_>>()).await?;
        let mut claiming: BTreeSet<SessionId> =
            claims::mark_forks(&mut tx, &fresh).await?.into_iter().collect();
        for session in changes.sessions() {
            claiming.insert(learned.session(session)?);
        }
        let news = crate::sessions::store(&mut tx, &learned, &fresh).await?;
        claiming.extend(&news.claiming);
        let are_refusals_new = refusals::store(&mut tx, &changes.refused(), &fresh).await?;
        let is_load_over = was_loading && is_indexed;
        // Both look up responses by key, which a load leaves to its end.
        let settled = match is_indexed {
            _ if is_load_over => claims::settle_all(&mut tx).await?,
            true => claims::settle(&mut tx, &claiming).await?,
            false => Settled::default(),
        };
        let completed = if is_load_over { telemetry::join_all(&mut tx).await? } else { BTreeSet::new() };
        let categorised = match is_load_over || is_indexed && are_refusals_new {
            true => refusals::complete(&mut tx, &mut learned).await?,
            false => BTreeSet::new(),
        };
        let moved = starts::store(&mut tx, &learned, &starts, &fresh).await?;
        session_facts::store(&mut tx, &learned, &fresh).await?;

        let changed = changes.commit_changes();
        let mut touched_days = changes.days();
        touched_days.extend(removed_days);
        touched_days.extend(settled.days.into_iter().chain(moved.days).chain(categorised).chain(completed));
        // During a load all days are marked, and calls are not found by their ids.
        let mut are_calls_changed = false;
        for calls in [&news.tool_errors, &news.searches] {
            are_calls_changed |= !is_indexed && !calls.is_empty();
            if is_indexed && !calls.is_empty() {
                touched_days.extend(days_of_calls(&mut tx, calls).await?);
            }
        }
        if !touched_days.is_empty() {
            days::mark(&mut tx, &touched_days).await?;
            let copies: usize = fresh.iter().map(|(_, batch)| batch.copies.len()).sum();
            if is_indexed && touched_days.len() <= DAYS_AT_ONCE && copies <= COPIES_AT_ONCE {
                overlap::compute_marked(&mut tx, form, EventOrder::Day).await?;
            }
        }
        let are_prompts_moved = news.prompts || settled.prompts;
        let is_changed = !touched_days.is_empty()
            || are_calls_changed
            || are_prompts_moved
            || came_back
            || moved.worktrees;
        let data_version = bump(&mut tx, is_changed).await?;
        tx.commit().await?;
        self.stored.end(data_version);
        if begins_load {
            loading::omit_checks(&mut self.connection).await?;
        }
        Ok(Applied { data_version, changed, stale: kept.paths(stale) })
    }

    /// Ends a load that is under way, of this process or of another one. Returns whether there was one.
    pub(crate) async fn end_load(&mut self, form: &DayForm) -> sqlx::Result<bool> {
        Ok(self.end_load_while(form, async {}).await?.is_some())
    }

    /// Ends a load that is under way. As soon as only indexes are missing, `meanwhile` runs; its result is returned
    /// with the count of commits before it began.
    async fn end_load_while<T>(
        &mut self,
        form: &DayForm,
        meanwhile: impl Future<Output = T>,
    ) -> sqlx::Result<Option<(i64, T)>> {
        let was_loading = std::mem::take(&mut self.is_loading);
        if !loading::is_under_way(&mut *self.connection).await? {
            // Another process ended it.
            if was_loading {
                loading::restore(&mut self.connection).await?;
            }
            return Ok(None);
        }
        self.stored = StoredKeys::default();
        loading::build_keys(&mut self.connection, &self.folder).await?;
        self.complete_load(form).await?;
        let commits = commits_of_others(&mut *self.connection).await?;
        let (built, result) = tokio::join!(loading::build(&mut *self.connection), meanwhile);
        built?;
        loading::restore(&mut self.connection).await?;
        Ok(Some((commits, result)))
    }

    /// Determines what a load leaves to its end: categories of refusals, owners of shared responses, and what telemetry
    /// that came meanwhile completes. The data version changes with it: queries that failed without an index are
    /// repeated.
    async fn complete_load(&mut self, form: &DayForm) -> sqlx::Result<()> {
        let mut tx = self.connection.begin().await?;
        let mut learned = self.dictionary.learn(&mut tx, &Names::default()).await?;
        let mut changed = refusals::complete(&mut tx, &mut learned).await?;
        let settled = claims::settle_all(&mut tx).await?;
        changed.extend(settled.days);
        changed.extend(telemetry::join_all(&mut tx).await?);
        days::adopt(form, &mut tx).await?;
        days::mark(&mut tx, &changed).await?;
        overlap::compare_marked(&mut tx).await?;
        bump(&mut tx, true).await?;
        tx.commit().await
    }

    /// Sums the days that commits left for later, and those with unreadable sums.
    async fn settle(&mut self, store: &Store) -> sqlx::Result<()> {
        let Store { form, damaged_days, .. } = store;
        let damaged = damaged_days.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !damaged.is_empty() {
            let mut tx = self.connection.begin().await?;
            days::mark(&mut tx, &damaged).await?;
            tx.commit().await?;
            damaged_days.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        // The log is as large as the database. Where it cannot be moved, the close moves it.
        let meanwhile = async { tokio::join!(store.sum_marked_days(), store.checkpoint()).0 };
        let loaded = self.end_load_while(form, meanwhile).await?;
        if days::is_any_to_compute(&mut *self.connection, form).await? {
            let mut tx = self.connection.begin().await?;
            let order = if loaded.is_some() { EventOrder::Row } else { EventOrder::Day };
            match loaded {
                Some((commits, Ok(marked)))
                    if commits == commits_of_others(&mut tx).await?
                        && days::is_stored(form, &mut tx).await? =>
                {
                    days::store_marked(&mut tx, &marked).await?;
                }
                _ => overlap::compute_marked(&mut tx, form, order).await?,
            }
            tx.commit().await?;
            // A large write is not followed by another one soon.
            sqlx::query("PRAGMA shrink_memory").execute(&mut *self.connection).await?;
        }
        Ok(())
    }
}

async fn data_version(on: &mut impl Statements) -> sqlx::Result<u64> {
    let (version,): (i64,) = one(on, "SELECT data_version FROM state", values![]).await?;
    Ok(version.unsigned_abs())
}

/// Returns a number that another connection's commit changes.
async fn commits_of_others(on: &mut impl Statements) -> sqlx::Result<i64> {
    let (commits,): (i64,) = one(on, "PRAGMA data_version", values![]).await?;
    Ok(commits)
}
