//! A walk through folders on its own thread.

use crate::error::IngestError;
use ctm_reader::{ClaudeHome, TranscriptFile, Transcripts, UnreadablePath};
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Number of files per group that is handed over.
const GROUP: usize = 256;

/// Maximum number of waiting groups: the first of a large home are found while the database is being opened.
const GROUPS: usize = 64;

/// An item of a walk.
type Found = Result<TranscriptFile, UnreadablePath>;

/// A walk through folders of a home, in progress. It ends when it is dropped.
pub(super) struct Listing {
    found: mpsc::Receiver<Vec<Found>>,
    walk: JoinHandle<()>,
}

impl Listing {
    fn start(mut transcripts: Transcripts) -> Self {
        let (sender, found) = mpsc::channel(GROUPS);
        let walk = tokio::task::spawn_blocking(move || {
            loop {
                let group: Vec<Found> = transcripts.by_ref().take(GROUP).collect();
                if group.is_empty() || sender.blocking_send(group).is_err() {
                    return;
                }
            }
        });
        Self { found, walk }
    }

    /// Starts to walk a folder of a home.
    pub(super) fn below(home: &ClaudeHome, folder: &Path) -> Self {
        Self::start(Transcripts::below(home, folder))
    }

    /// Returns the next items; empty at the end.
    ///
    /// # Errors
    ///
    /// Fails when the walk was not completed: items that were not found may exist.
    pub(super) async fn next(&mut self) -> Result<Vec<Found>, IngestError> {
        match self.found.recv().await {
            Some(found) => Ok(found),
            None => match (&mut self.walk).await {
                Ok(()) => Ok(Vec::new()),
                Err(error) => Err(IngestError::io("list the transcripts")(error.into())),
            },
        }
    }
}

/// A walk through all folders of the homes, in progress.
pub struct Walk(pub(super) Vec<Listing>);

impl Walk {
    /// Starts to walk the homes.
    #[must_use]
    pub fn start(homes: &[ClaudeHome]) -> Self {
        Self(homes.iter().map(|home| Listing::start(Transcripts::of(home))).collect())
    }
}
