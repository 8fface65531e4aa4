//! Reading homes into a back end.

use super::jobs::{Job, Jobs};
use super::known::{KnownFiles, Met};
use super::parallel::{Amount, Read, Reads, read_all};
use super::status::{IngestState, IngestStatus, Outcome, Problems};
use super::walk::{Listing, Walk};
use crate::error::IngestError;
use ctm_backend::FactsWriter;
use ctm_facts::{Applied, PresenceChange, SEALED_FOLDER};
use ctm_reader::{
    ClaudeHome, ReadError, Spot, TranscriptFile, has_one_path, inspect, read_stats_cache,
    stats_cache_modified_ns,
};
use ctm_storage::Writer;
use ctm_types::printable::with_causes;
use ctm_types::{Batch, TranscriptPath};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Approximate number of facts per commit.
const FACTS_PER_COMMIT: usize = 7_000;

/// Number of facts from which on a commit does not wait for more.
const FACTS_WORTH_A_COMMIT: usize = 4_000;

/// Approximate number of batches per commit: many files have few facts.
const BATCHES_PER_COMMIT: usize = 1_000;

/// Transcripts whose presence is stored at once.
const MARKED_AT_ONCE: usize = 10_000;

/// Tracks the checkpoint of every transcript, and reads new content.
///
/// It owns the writer, so that there is only one per process.
pub struct Ingestor {
    homes: Vec<ClaudeHome>,
    writer: FactsWriter,
    known: KnownFiles,
    /// `true` if the known state must be reloaded before it is used: the last scan was not completed, or the
    /// database was replaced.
    is_stale: bool,
    /// Version of the forgotten facts when the state was loaded.
    forgotten_version: i64,
    /// `true` if session names are read.
    session_names: bool,
    /// Modification time of the stored stats cache of each home.
    stats_caches: HashMap<String, i64>,
    status: watch::Sender<IngestStatus>,
    /// Number of complete listings.
    listings: Arc<AtomicU64>,
    /// Duration of the last one.
    listing_time: Duration,
    on_commit: Box<dyn FnMut(&Applied) + Send>,
}

/// A scan in progress.
struct Look {
    /// Files that may have new content.
    jobs: Jobs,
    /// Transcripts that are gone now, or exist again.
    marks: Vec<PresenceChange>,
    problems: Problems,
    is_partial: bool,
}

/// Batches that are stored together.
#[derive(Default)]
struct Commit {
    batches: Vec<Batch>,
    facts: usize,
    amount: Amount,
}

impl Ingestor {
    /// Opens the writer of a back end and loads the known state. `on_commit` is called after each commit.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn new(
        homes: Vec<ClaudeHome>,
        facts: impl Into<FactsWriter>,
        on_commit: impl FnMut(&Applied) + Send + 'static,
    ) -> Result<Self, IngestError> {
        let writer = facts.into();
        let mut ingestor = Self {
            known: KnownFiles::new(&homes, false),
            is_stale: true,
            forgotten_version: 0,
            session_names: false,
            homes,
            writer,
            stats_caches: HashMap::new(),
            status: watch::Sender::new(IngestStatus::default()),
            listings: Arc::default(),
            listing_time: Duration::ZERO,
            on_commit: Box::new(on_commit),
        };
        ingestor.load_if_stale().await?;
        Ok(ingestor)
    }

    /// Enables reading session names, which is off by default.
    #[must_use]
    pub fn with_session_names(self, are_wanted: bool) -> Self {
        Self { session_names: are_wanted, ..self }
    }

    /// Reopens the database if another file, or none, is at its path:
    /// everything missing in it is read at the next scan. Returns whether it was reopened.
    ///
    /// # Errors
    ///
    /// Fails when that file cannot be used; the call can be repeated.
    pub async fn follow_database(&mut self) -> Result<bool, IngestError> {
        if !self.writer.is_moved() {
            return Ok(false);
        }
        self.is_stale = true;
        self.writer.reopen().await?;
        self.status.send_modify(|status| status.state = IngestState::Scanning);
        Ok(true)
    }

    /// Releases the database, so that it can be replaced. Queries fail until [`Ingestor::follow_database`].
    pub async fn release_database(&mut self) {
        self.writer.leave().await;
    }

    /// Returns a receiver of the progress of reading.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<IngestStatus> {
        self.status.subscribe()
    }

    /// Returns a receiver of the number of complete listings.
    #[must_use]
    pub fn listings(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.listings)
    }

    /// Returns the duration of the last complete listing.
    #[must_use]
    pub fn listing_time(&self) -> Duration {
        self.listing_time
    }

    /// Scans all folders and reads new content.
    ///
    /// Unreadable files are reported in the outcome and do not stop the others.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn scan(&mut self) -> Result<Outcome, IngestError> {
        self.read_walked(Walk::start(&self.homes)).await
    }

    /// Reads all existing transcripts again, from their first byte. Facts of others
    /// are kept.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_again(&mut self) -> Result<Outcome, IngestError> {
        self.writer.forget_checkpoints().await?;
        self.is_stale = true;
        self.load_if_stale().await?;
        self.stats_caches.clear();
        self.scan().await
    }

    /// Reads new content of the files found by a walk, which may have been started before the database was
    /// opened.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_walked(&mut self, walk: Walk) -> Result<Outcome, IngestError> {
        let mut look = self.begin_look().await?;
        let start = Instant::now();
        let mut is_complete = Vec::new();
        for listing in walk.0 {
            is_complete.push(self.compare(listing, None, &mut look).await?);
        }
        self.listing_time = start.elapsed();
        self.listings.fetch_add(1, Ordering::Relaxed);
        let missing = self.known.missing();
        for (index, home) in self.homes.clone().iter().enumerate() {
            if is_complete[index] && missing[index] {
                self.find_gone(home, &["projects", SEALED_FOLDER], &mut look).await?;
            }
            self.read_stats_cache(home, &mut look.problems).await?;
        }
        let outcome = self.read_found(look).await?;
        self.writer.settle().await?;
        self.is_stale = false;
        self.status.send_modify(|status| status.state = IngestState::Live);
        Ok(outcome)
    }

    /// Reads new content at single paths and below them, and marks deleted transcripts there. Nothing else is
    /// examined.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_paths(&mut self, paths: &BTreeSet<PathBuf>) -> Result<Outcome, IngestError> {
        let mut look = self.begin_look().await?;
        for home in self.homes.clone() {
            self.look_at(&home, paths, &mut look).await?;
        }
        let outcome = self.read_found(look).await?;
        self.writer.settle().await?;
        self.is_stale = false;
        Ok(outcome)
    }

    /// Examines the paths that are in a home.
    async fn look_at(
        &mut self,
        home: &ClaudeHome,
        paths: &BTreeSet<PathBuf>,
        look: &mut Look,
    ) -> Result<(), IngestError> {
        let mut listed: Vec<Arc<str>> = Vec::new();
        let mut last_folder: Option<&PathBuf> = None;
        for path in paths.range(home.path.clone()..).take_while(|path| path.starts_with(&home.path)) {
            // Paths below a folder directly follow it.
            if last_folder.is_some_and(|folder| path.starts_with(folder)) {
                continue;
            }
            match inspect(home, path) {
                Spot::Foreign => {}
                Spot::StatsCache => self.read_stats_cache(home, &mut look.problems).await?,
                Spot::Projects => look.is_partial = true,
                Spot::Transcript(file) => self.meet(file, Some(home), look),
                Spot::Folder(folder) => {
                    last_folder = Some(path);
                    let is_complete = self.compare(Listing::below(home, path), Some(home), look).await?;
                    listed.extend(is_complete.then_some(folder));
                }
                Spot::Nothing(path) => listed.push(path),
            }
        }
        let listed: Vec<&str> = listed.iter().map(|path| &**path).collect();
        self.find_gone(home, &listed, look).await
    }

    /// Returns the writer of the database, unless facts are kept in memory.
    pub fn database(&mut self) -> Option<&mut Writer> {
        self.writer.database()
    }

    /// Closes the database after its write-ahead log was checkpointed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn close(self) -> Result<(), IngestError> {
        Ok(self.writer.close().await?)
    }

    /// Begins a scan. The known state is not trusted again before it ends.
    async fn begin_look(&mut self) -> Result<Look, IngestError> {
        self.load_if_stale().await?;
        self.is_stale = true;
        self.known.begin_look();
        let jobs = Jobs::new(&self.homes);
        Ok(Look { jobs, marks: Vec::new(), problems: Problems::default(), is_partial: false })
    }

    /// Loads the known state, unless it is loaded and nothing was forgotten or remembered since then.
    async fn load_if_stale(&mut self) -> Result<(), IngestError> {
        // Before the rest, so that no change is missed.
        let forgotten_version = self.writer.forgotten_version().await?;
        if self.is_stale || forgotten_version != self.forgotten_version {
            self.is_stale = true;
            self.known = KnownFiles::new(&self.homes, forgotten_version > 0);
            self.stats_caches = self.writer.resume(|file| self.known.load(&file)).await?;
            self.forgotten_version = forgotten_version;
            self.is_stale = false;
        }
        Ok(())
    }

    /// Compares the files found by a walk with the known state; `part_of` is the home when the walk covers part of
    /// one. Returns whether everything could be listed.
    async fn compare(
        &mut self,
        mut listing: Listing,
        part_of: Option<&ClaudeHome>,
        look: &mut Look,
    ) -> Result<bool, IngestError> {
        let mut is_complete = true;
        while let Some(found) = listing.next().await? {
            for found in found {
                match found {
                    Ok(file) => self.meet(file, part_of, look),
                    Err(problem) => {
                        is_complete = false;
                        look.problems.add(problem.to_string());
                    }
                }
            }
        }
        Ok(is_complete)
    }

    /// Notes that a transcript exists.
    fn meet(&mut self, file: TranscriptFile, part_of: Option<&ClaudeHome>, look: &mut Look) {
        match self.known.meet(&file) {
            Met::Unchanged { came_back: false } => {}
            Met::Unchanged { came_back: true } => {
                look.marks.push(PresenceChange { path: file.path, gone: false });
            }
            Met::Changed { offset_bytes } => look.jobs.add(Job { file, offset_bytes: Some(offset_bytes) }),
            // A path can only be recognised as another name of a known file in a scan of the whole home.
            Met::New if part_of.is_some_and(|home| !has_one_path(home, &file)) => {
                look.is_partial = true;
            }
            Met::New => look.jobs.add(Job { file, offset_bytes: None }),
        }
    }

    /// Finds the stored transcripts at paths of a home and below them that the scan did not meet.
    async fn find_gone(
        &mut self,
        home: &ClaudeHome,
        paths: &[&str],
        look: &mut Look,
    ) -> Result<(), IngestError> {
        if paths.is_empty() {
            return Ok(());
        }
        let known = &mut self.known;
        let take = |relative: String| {
            let path = TranscriptPath { home: Arc::clone(&home.name), relative: relative.into() };
            if known.miss(&path) {
                look.marks.push(PresenceChange { path, gone: true });
            }
        };
        Ok(self.writer.files_below(&home.name, paths, take).await?)
    }

    async fn read_stats_cache(
        &mut self,
        home: &ClaudeHome,
        problems: &mut Problems,
    ) -> Result<(), IngestError> {
        let Some(modified_ns) = stats_cache_modified_ns(home) else { return Ok(()) };
        if self.stats_caches.get(&*home.name) == Some(&modified_ns) {
            return Ok(());
        }
        match read_stats_cache(home) {
            Ok(Some(cache)) => {
                self.writer.store_stats_cache(&home.name, modified_ns, &cache).await?;
                self.stats_caches.insert(home.name.to_string(), modified_ns);
            }
            Ok(None) => {}
            // It may be half-written; the stored one is kept, and it is read again.
            Err(error) => problems.add(with_causes(&error)),
        }
        Ok(())
    }

    /// Stores the findings of a scan.
    async fn read_found(&mut self, look: Look) -> Result<Outcome, IngestError> {
        let Look { mut jobs, marks, mut problems, is_partial } = look;
        for marks in marks.chunks(MARKED_AT_ONCE) {
            self.writer.mark(marks).await?;
        }
        drop(marks);
        // Another process may have read on; then reading continues after it.
        while jobs.len() > 0 {
            let stale = self.run(jobs, &mut problems).await.inspect_err(|_| self.give_up())?;
            jobs = Jobs::new(&self.homes);
            stale.iter().filter_map(|path| self.again(path)).for_each(|job| jobs.add(job));
        }
        Ok(Outcome { problems: problems.into_named(), is_partial })
    }

    /// Resets the pending counts: what was not stored is counted again when it is read again.
    fn give_up(&self) {
        self.status.send_modify(|status| {
            status.files_total = status.files_done;
            status.bytes_total = status.bytes_done;
        });
    }

    /// Returns a transcript that another process read on, to continue from there.
    fn again(&self, path: &TranscriptPath) -> Option<Job> {
        let home = self.homes.iter().find(|home| home.name == path.home)?;
        match inspect(home, &home.path.join(&*path.relative)) {
            Spot::Transcript(file) => Some(Job { offset_bytes: Some(file.size_bytes), file }),
            _ => None,
        }
    }

    /// Reads and commits. Returns the files that another process read on.
    async fn run(
        &mut self,
        jobs: Jobs,
        problems: &mut Problems,
    ) -> Result<BTreeSet<TranscriptPath>, IngestError> {
        self.status.send_modify(|status| {
            status.files_total += jobs.len() as u64;
            status.bytes_total += jobs.bytes();
        });
        let mut stale = BTreeSet::new();
        let Reads { mut threads, receiver: mut reads } = read_all(&self.writer, self.session_names, jobs);
        // Batches that arrived during the last commit form the next one, if they are enough.
        while let Some(first) = reads.recv().await {
            let mut commit = Commit::default();
            let mut next = Some(first);
            while let Some(read) = next {
                threads -= usize::from(matches!(read, Read::Finished(_)));
                self.take(read, &mut commit, problems)?;
                next = if commit.facts >= FACTS_PER_COMMIT || commit.batches.len() >= BATCHES_PER_COMMIT {
                    None
                } else if commit.facts >= FACTS_WORTH_A_COMMIT {
                    reads.try_recv().ok()
                } else {
                    reads.recv().await
                };
            }
            self.commit(commit, &mut stale).await?;
        }
        if threads > 0 { Err(IngestError::internal()) } else { Ok(stale) }
    }

    /// Adds batches to the next commit, and releases their room.
    fn take(&mut self, read: Read, commit: &mut Commit, problems: &mut Problems) -> Result<(), IngestError> {
        match read {
            Read::Batches { mut batches, room, amount } => {
                drop(room);
                commit.facts += batches.iter().map(Batch::facts).sum::<usize>();
                commit.batches.append(&mut batches);
                commit.amount.bytes += amount.bytes;
                commit.amount.files += amount.files;
                Ok(())
            }
            Read::Unreadable(path, error) => {
                self.note_unreadable(&path, error.as_ref(), problems);
                Ok(())
            }
            Read::Unknown(error) => Err(error.into()),
            Read::Finished(intake) => {
                self.writer.collect(intake);
                Ok(())
            }
        }
    }

    fn note_unreadable(&mut self, path: &TranscriptPath, error: Option<&ReadError>, problems: &mut Problems) {
        self.status.send_modify(|status| status.files_done += 1);
        if let Some(error) = error.filter(|error| !error.is_not_found()) {
            problems.add(with_causes(error));
        }
        self.known.distrust(path);
    }

    /// Stores batches. What fails to be stored is not counted: it is read again.
    async fn commit(
        &mut self,
        commit: Commit,
        stale: &mut BTreeSet<TranscriptPath>,
    ) -> Result<(), IngestError> {
        let Commit { batches, amount, .. } = commit;
        let applied = if batches.is_empty() { None } else { Some(self.writer.apply(&batches).await?) };
        self.status.send_modify(|status| {
            status.bytes_done += amount.bytes;
            status.files_done += amount.files;
        });
        // Without batches, as of a back end that counts on the reading threads, nothing was committed.
        let Some(applied) = applied else { return Ok(()) };
        for path in &applied.stale {
            self.known.distrust(path);
        }
        stale.extend(applied.stale.iter().cloned());
        for batch in batches.iter().filter(|batch| !stale.contains(&batch.file)) {
            self.known.store(batch);
        }
        (self.on_commit)(&applied);
        Ok(())
    }
}
