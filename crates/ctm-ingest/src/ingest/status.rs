//! Progress of reading.

/// What the ingestor is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IngestState {
    /// Reading what was there before it started.
    #[default]
    Scanning,
    /// Up to date, waiting for changes.
    Live,
}

/// How far the ingestor is with the files that it has to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestStatus {
    /// What it is doing.
    pub state: IngestState,
    /// Files to read.
    pub files_total: u64,
    /// Files that were read.
    pub files_done: u64,
    /// Bytes to read.
    pub bytes_total: u64,
    /// Bytes that were read.
    pub bytes_done: u64,
}
