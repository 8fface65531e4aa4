//! Errors, with their exit codes: those of `ctm`.

use ctm_config::error::ConfigError;
use ctm_storage::StorageError;
use ctm_types::printable::{one_line, with_causes};
use std::error::Error as _;
use std::process::ExitCode;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// Invalid settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An argument that cannot be, or a step that is missing. The text is safe to show.
    #[error("{0}")]
    Argument(String),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The hub cannot be reached, or refuses. The text is safe to show.
    #[error("{0}")]
    Hub(String),
    /// A file cannot be read or written.
    #[error("cannot {action}")]
    Io {
        /// The action that failed.
        action: String,
        /// The system error.
        source: std::io::Error,
    },
}

impl PushError {
    /// Wraps an I/O error with the action that failed.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// Returns what is wrong, where and why; it is safe to show.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Config(error) if error.source().is_none() => error.to_string(),
            Self::Argument(text) | Self::Hub(text) => text.clone(),
            error => one_line(&with_causes(error)).into_owned(),
        }
    }

    /// Returns the exit code: 2 for an invalid argument or setting, 4 for the database, 1 for the rest.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Config(ConfigError::NoDatabase { .. }) | Self::Storage(_) => 4,
            Self::Config(_) | Self::Argument(_) => 2,
            Self::Hub(_) | Self::Io { .. } => 1,
        })
    }
}
