//! A walk through folders on a thread of its own.

use crate::error::IngestError;
use ctm_reader::{ClaudeHome, Problem, TranscriptFile, Transcripts};
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What is found is handed over in groups of so many files.
const GROUP: usize = 256;

/// Groups that wait at most: the first of a large home are found while the database is being opened.
const GROUPS: usize = 64;

/// What is found in a folder.
type Found = Result<TranscriptFile, Problem>;

/// A walk through folders of a home, under way. It ends when it is dropped.
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

    /// Starts to look through a folder of a home.
    pub(super) fn below(home: &ClaudeHome, folder: &Path) -> Self {
        Self::start(Transcripts::below(home, folder))
    }

    /// Returns what was found next; empty at the end.
    ///
    /// # Errors
    ///
    /// Fails when the walk did not come to its end: what it did not find may be there.
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

/// A walk through all folders of the homes, under way.
pub struct Walk(pub(super) Vec<Listing>);

impl Walk {
    /// Starts to walk.
    #[must_use]
    pub fn start(homes: &[ClaudeHome]) -> Self {
        Self(homes.iter().map(|home| Listing::start(Transcripts::of(home))).collect())
    }
}
