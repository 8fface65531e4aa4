//! Bringing the database up to date.

use super::parallel::{Job, Read, Waiting, read_all};
use super::status::{IngestState, IngestStatus};
use crate::error::AppError;
use ctm_reader::{
    Discovery, Root, TranscriptFile, discover, inspect, read_stats_cache, stats_cache_modified_ns,
};
use ctm_storage::{Applied, Store, Writer};
use ctm_types::{Batch, Checkpoint, TranscriptPath, UsageSnapshot};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Copies of responses that one commit stores, about.
const COPIES_PER_COMMIT: usize = 10_000;

/// Copies of responses for which a commit does not wait for more.
const COPIES_WORTH_A_COMMIT: usize = 4_000;

/// Batches that one commit stores at most: many files have no responses.
const BATCHES_PER_COMMIT: usize = 1_000;

/// Knows how far every transcript was read, and reads on.
///
/// It owns the writer, so that there is one in a process.
pub struct Ingestor {
    roots: Vec<Root>,
    store: Store,
    writer: Writer,
    known: HashMap<TranscriptPath, Known>,
    /// Whether what is known is to be loaded before it is used.
    is_stale: bool,
    /// When the stats cache of each home that was stored last had been modified.
    stats_caches: HashMap<String, i64>,
    status: watch::Sender<IngestStatus>,
    on_commit: Box<dyn FnMut(&Applied) + Send>,
}

struct Known {
    checkpoint: Checkpoint,
    agent_kind_missing: bool,
    gone: bool,
}

/// A walk over the folders of the homes, under way.
pub struct Walk(Vec<(Root, JoinHandle<Discovery>)>);

impl Walk {
    /// Starts to walk.
    #[must_use]
    pub fn start(roots: &[Root]) -> Self {
        let walk = |root: &Root| {
            let walked = root.clone();
            (root.clone(), tokio::task::spawn_blocking(move || discover(&walked)))
        };
        Self(roots.iter().map(walk).collect())
    }
}

/// What a look at the folders brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files and folders that could not be read, and why.
    pub problems: Vec<String>,
}

impl Ingestor {
    /// Opens the writer and loads what was read before. `on_commit` is called after each commit.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn new(
        roots: Vec<Root>,
        store: Store,
        on_commit: impl FnMut(&Applied) + Send + 'static,
    ) -> Result<Self, AppError> {
        let writer = store.writer().await?;
        let mut ingestor = Self {
            roots,
            store,
            writer,
            known: HashMap::new(),
            is_stale: true,
            stats_caches: HashMap::new(),
            status: watch::Sender::new(IngestStatus::default()),
            on_commit: Box::new(on_commit),
        };
        ingestor.load_if_stale().await?;
        Ok(ingestor)
    }

    /// Opens the file that is at the path of the database if it is another one than before, or none:
    /// everything that it does not know is read at the next scan. Returns whether it did.
    ///
    /// # Errors
    ///
    /// Fails when that file cannot be used; it can be tried again.
    pub async fn follow_database(&mut self) -> Result<bool, AppError> {
        if !self.store.is_moved() {
            return Ok(false);
        }
        self.is_stale = true;
        self.writer.reopen().await?;
        self.status.send_modify(|status| status.state = IngestState::Scanning);
        Ok(true)
    }

    /// Returns how far reading is, now and later.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<IngestStatus> {
        self.status.subscribe()
    }

    /// Looks at all folders and reads what is new.
    ///
    /// What cannot be read is told in the outcome and keeps nothing else from being read.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn scan(&mut self) -> Result<Outcome, AppError> {
        self.read_walked(Walk::start(&self.roots)).await
    }

    /// Reads all transcripts that are there again, from their first byte. What is known of others
    /// stays.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_again(&mut self) -> Result<Outcome, AppError> {
        self.writer.forget_checkpoints().await?;
        self.stats_caches.clear();
        self.load_known().await?;
        self.scan().await
    }

    /// Reads what is new of what a walk over the folders found, which may have been started before
    /// the database was opened.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_walked(&mut self, walk: Walk) -> Result<Outcome, AppError> {
        self.load_if_stale().await?;
        let mut outcome = Outcome::default();
        let mut files = Vec::new();
        for (root, discovery) in walk.0 {
            let discovery =
                discovery.await.map_err(|error| AppError::io("list the transcripts")(error.into()))?;
            self.note_gone(&root, &discovery).await?;
            outcome.problems.extend(discovery.problems.iter().map(ToString::to_string));
            files.extend(discovery.files);
            self.read_stats_cache(&root, &mut outcome).await?;
        }
        self.read_files(files, &mut outcome).await?;
        self.writer.settle().await?;
        self.status.send_modify(|status| status.state = IngestState::Live);
        Ok(outcome)
    }

    /// Reads what is new in single files.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn read_paths(&mut self, paths: &BTreeSet<PathBuf>) -> Result<Outcome, AppError> {
        self.load_if_stale().await?;
        let mut outcome = Outcome::default();
        let files =
            paths.iter().filter_map(|path| self.roots.iter().find_map(|root| inspect(root, path))).collect();
        self.read_files(files, &mut outcome).await?;
        Ok(outcome)
    }

    /// Stores a snapshot of the totals, and deletes those that were taken before a time in UTC epoch
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn add_snapshot(
        &mut self,
        snapshot: &UsageSnapshot,
        keep_from_ms: i64,
    ) -> Result<(), AppError> {
        Ok(self.writer.add_snapshot(snapshot, keep_from_ms).await?)
    }

    /// Closes the database after everything in its log was moved into it.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used.
    pub async fn close(self) -> Result<(), AppError> {
        Ok(self.writer.close().await?)
    }

    async fn load_if_stale(&mut self) -> Result<(), AppError> {
        if self.is_stale {
            self.stats_caches = self.store.stats_caches().await?;
            self.load_known().await?;
            self.is_stale = false;
        }
        Ok(())
    }

    async fn load_known(&mut self) -> Result<(), AppError> {
        let files = self.store.known_files().await?;
        self.known = files
            .into_iter()
            .map(|file| {
                let known = Known {
                    checkpoint: file.checkpoint,
                    agent_kind_missing: file.agent_kind_missing,
                    gone: file.gone,
                };
                (file.path, known)
            })
            .collect();
        Ok(())
    }

    /// Marks transcripts that are no longer there, or are there again; only when everything could be
    /// listed.
    async fn note_gone(&mut self, root: &Root, discovery: &Discovery) -> Result<(), AppError> {
        if !discovery.problems.is_empty() {
            return Ok(());
        }
        let present: HashSet<&str> = discovery.files.iter().map(|file| &*file.path.relative).collect();
        let of_root = self.known.iter().filter(|(path, _)| path.root == root.name);
        let changed: Vec<_> = of_root
            .map(|(path, known)| (path, known.gone, !present.contains(&*path.relative)))
            .filter(|(_, known, gone)| known != gone)
            .map(|(path, _, gone)| (path.clone(), gone))
            .collect();
        if !changed.is_empty() {
            self.writer.mark_gone(&changed).await?;
        }
        for (path, gone) in changed {
            if let Some(known) = self.known.get_mut(&path) {
                known.gone = gone;
            }
        }
        Ok(())
    }

    async fn read_stats_cache(&mut self, root: &Root, outcome: &mut Outcome) -> Result<(), AppError> {
        let Some(modified_ns) = stats_cache_modified_ns(root) else { return Ok(()) };
        if self.stats_caches.get(&*root.name) == Some(&modified_ns) {
            return Ok(());
        }
        match read_stats_cache(root) {
            Ok(Some(cache)) => {
                self.writer.store_stats_cache(&root.name, modified_ns, &cache).await?;
                self.stats_caches.insert(root.name.to_string(), modified_ns);
            }
            Ok(None) => {}
            // It may be half written; what was stored before stays, and it is read again.
            Err(error) => outcome.problems.push(error.to_string()),
        }
        Ok(())
    }

    async fn read_files(
        &mut self,
        files: Vec<TranscriptFile>,
        outcome: &mut Outcome,
    ) -> Result<(), AppError> {
        let mut jobs: Vec<Job> = files.into_iter().filter_map(|file| self.job(file)).collect();
        // Another process may have read on; then its checkpoints are loaded and reading resumes.
        while !jobs.is_empty() {
            let by_path: HashMap<_, _> =
                jobs.iter().map(|job| (job.file.path.clone(), job.file.clone())).collect();
            let stale = self.run(jobs, outcome).await.inspect_err(|_| self.give_up())?;
            if !stale.is_empty() {
                self.load_known().await?;
            }
            jobs = stale.iter().filter_map(|path| self.job(by_path.get(path)?.clone())).collect();
        }
        Ok(())
    }

    /// Counts nothing as waiting any more: what was not stored is counted when it is read again.
    fn give_up(&self) {
        self.status.send_modify(|status| {
            status.files_total = status.files_done;
            status.bytes_total = status.bytes_done;
        });
    }

    /// Returns what there is to read of a file, if anything.
    fn job(&self, file: TranscriptFile) -> Option<Job> {
        let known = self.known.get(&file.path);
        let unchanged = known.is_some_and(|known| {
            let checkpoint = &known.checkpoint;
            let as_it_was = (checkpoint.identity, checkpoint.size_bytes, checkpoint.modified_ns);
            let kind_is_new = known.agent_kind_missing && file.meta.is_some();
            as_it_was == (file.identity, file.size_bytes, file.modified_ns) && !kind_is_new
        });
        let checkpoint = known.map(|known| known.checkpoint.clone());
        (!unchanged).then_some(Job { file, checkpoint })
    }

    /// Reads and commits. Returns the files that another process read on.
    async fn run(
        &mut self,
        jobs: Vec<Job>,
        outcome: &mut Outcome,
    ) -> Result<BTreeSet<TranscriptPath>, AppError> {
        self.status.send_modify(|status| {
            status.files_total += jobs.len() as u64;
            status.bytes_total += jobs.iter().map(Job::bytes).sum::<u64>();
        });
        let mut stale = BTreeSet::new();
        let mut reads = read_all(jobs);
        // What came while the last commit was under way is the next commit, if it is worth one.
        while let Some(first) = reads.recv().await {
            let mut batches = Vec::new();
            let mut copies = 0;
            let mut next = Some(first);
            while let Some(read) = next {
                if let Some(batch) = self.take(read, outcome) {
                    copies += batch.copies.len();
                    batches.push(batch);
                }
                next = if copies >= COPIES_PER_COMMIT || batches.len() >= BATCHES_PER_COMMIT {
                    None
                } else if copies >= COPIES_WORTH_A_COMMIT {
                    reads.try_recv().ok()
                } else {
                    reads.recv().await
                };
            }
            if !batches.is_empty() {
                self.commit(batches, &mut stale).await?;
            }
        }
        Ok(stale)
    }

    /// Notes what was read of a file, and makes room for more.
    fn take(&mut self, read: Read, outcome: &mut Outcome) -> Option<Batch> {
        match read {
            Ok(Waiting { batch, bytes, room }) => {
                drop(room);
                self.status.send_modify(|status| {
                    status.bytes_done += bytes;
                    status.files_done += u64::from(batch.at_end);
                });
                Some(batch)
            }
            Err((file, error)) => {
                self.status.send_modify(|status| status.files_done += 1);
                if !error.is_not_found() {
                    outcome.problems.push(error.to_string());
                }
                self.known.remove(&file.path);
                None
            }
        }
    }

    async fn commit(
        &mut self,
        batches: Vec<Batch>,
        stale: &mut BTreeSet<TranscriptPath>,
    ) -> Result<(), AppError> {
        let applied = self.writer.apply(&batches).await?;
        stale.extend(applied.stale.iter().cloned());
        for batch in batches.into_iter().filter(|batch| !stale.contains(&batch.file)) {
            let agent_kind_missing = batch.agent.as_ref().is_some_and(|agent| agent.kind.is_none());
            self.known.insert(batch.file, Known { checkpoint: batch.next, agent_kind_missing, gone: false });
        }
        (self.on_commit)(&applied);
        Ok(())
    }
}

/// Tells whether reading single files is enough for these paths: each is a transcript that is
/// there.
#[must_use]
pub(crate) fn are_transcripts(paths: &BTreeSet<PathBuf>) -> bool {
    let is_transcript =
        |path: &Path| path.extension().is_some_and(|extension| extension == "jsonl") && path.is_file();
    paths.iter().all(|path| is_transcript(path))
}
