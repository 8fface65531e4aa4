//! A walk through folders on threads of its own.
//!
//! # Design
//!
//! Most of a walk is a system call for the metadata of each transcript. One thread lists names, in groups; others
//! examine the groups, and their results arrive in the order of paths.

use super::parallel::threads;
use crate::error::IngestError;
use ctm_reader::{Candidate, Candidates, ClaudeHome, MetFiles, TranscriptFile, UnreadablePath};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinHandle};

/// Number of paths per group.
const GROUP: usize = 256;

/// Maximum number of waiting groups: the first of a large home are found while the database is being opened.
const GROUPS: usize = 64;

/// An item of a walk.
type Found = Result<TranscriptFile, UnreadablePath>;

/// A group that is being examined.
type Group = JoinHandle<Vec<Found>>;

/// A walk through folders of a home, in progress. It ends when it is dropped.
pub(super) struct Listing {
    groups: mpsc::Receiver<Group>,
    walk: JoinHandle<()>,
    met: MetFiles,
}

impl Listing {
    fn start(home: &ClaudeHome, candidates: Candidates) -> Self {
        let (sender, groups) = mpsc::channel(GROUPS);
        let home = home.clone();
        let walk = tokio::task::spawn_blocking(move || walk(&home, candidates, &sender));
        Self { groups, walk, met: MetFiles::default() }
    }

    /// Starts to walk a folder of a home.
    pub(super) fn below(home: &ClaudeHome, folder: &Path) -> Self {
        Self::start(home, Candidates::below(folder))
    }

    /// Returns the next items, by path; `None` at the end. A file with several paths is found once.
    ///
    /// # Errors
    ///
    /// Fails when the walk was not completed: items that were not found may exist.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Found>>, IngestError> {
        let failed = |error: JoinError| IngestError::io("list the transcripts")(error.into());
        let Some(group) = self.groups.recv().await else {
            return (&mut self.walk).await.map(|()| None).map_err(failed);
        };
        let mut found = group.await.map_err(failed)?;
        found.retain(|found| found.as_ref().map_or(true, |file| self.met.is_new(file)));
        Ok(Some(found))
    }
}

/// Lists a folder, and hands over groups that are being examined.
fn walk(home: &ClaudeHome, mut candidates: Candidates, groups: &mpsc::Sender<Group>) {
    let (runtime, free) = (Handle::current(), Arc::new(Semaphore::new(threads())));
    loop {
        let group: Vec<Candidate> = candidates.by_ref().take(GROUP).collect();
        if group.is_empty() {
            return;
        }
        let thread =
            runtime.block_on(Arc::clone(&free).acquire_owned()).expect("the semaphore is never closed");
        let home = home.clone();
        let group = runtime.spawn_blocking(move || {
            let _thread = thread;
            group.into_iter().filter_map(|candidate| candidate.examine(&home)).collect()
        });
        if groups.blocking_send(group).is_err() {
            return;
        }
    }
}

/// A walk through all folders of the homes, in progress.
pub struct Walk(pub(super) Vec<Listing>);

impl Walk {
    /// Starts to walk the homes.
    #[must_use]
    pub fn start(homes: &[ClaudeHome]) -> Self {
        Self(homes.iter().map(|home| Listing::start(home, Candidates::of(home))).collect())
    }
}
