//! Errors of the server.

use ctm_config::error::ConfigError;
use ctm_ingest::error::IngestError;
use ctm_storage::StorageError;
use ctm_types::printable::one_line;
use std::net::SocketAddr;

/// The server cannot start, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Settings that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used or updated.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The address to listen on is in use or not local.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system error.
        source: std::io::Error,
    },
    /// The server failed.
    #[error("cannot {}", one_line(.action))]
    Io {
        /// The action that failed.
        action: String,
        /// The system error.
        source: std::io::Error,
    },
}

impl From<StorageError> for ServerError {
    fn from(error: StorageError) -> Self {
        Self::Ingest(error.into())
    }
}

impl ServerError {
    /// Wraps an I/O error with the failed action.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
