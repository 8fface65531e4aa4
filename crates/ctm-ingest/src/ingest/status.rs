//! Progress of reading.

/// State of the ingestor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IngestState {
    /// Reading existing transcripts after its start.
    #[default]
    Scanning,
    /// Up to date, waiting for changes.
    Live,
}

/// Progress of the ingestor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestStatus {
    /// Its state.
    pub state: IngestState,
    /// Files to read.
    pub files_total: u64,
    /// Files that were read and stored.
    pub files_done: u64,
    /// Bytes to read.
    pub bytes_total: u64,
    /// Bytes that were read and stored.
    pub bytes_done: u64,
}
