//! What can go wrong in the application, and the exit code of each.

use crate::report::ReportError;
use ctm_pricing::OverridesError;
use ctm_storage::StorageError;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// Settings with values that are not allowed.
    #[error("settings are not valid:\n  {}", .errors.join("\n  "))]
    Settings {
        /// Each setting, its value and what is allowed.
        errors: Vec<String>,
    },
    /// A config file that cannot be read or understood.
    #[error("cannot use `{}`: {message}", .path.display())]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        message: String,
    },
    /// Prices of the person's own that are not valid.
    #[error("cannot use the prices in `{}`: {source}", .path.display())]
    Prices {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        source: OverridesError,
    },
    /// There is no Claude home.
    #[error(
        "no Claude home found; looked for {}\nname the folder that holds `projects` with --claude-dir or CTM_CLAUDE_DIR, or try `ctm serve --demo`",
        .looked.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
    )]
    NoClaudeHome {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// The Claude home cannot be read by this user.
    #[error("cannot read the Claude home `{}`: {source}", .path.display())]
    UnreadableHome {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A report was asked for in a way that is not understood.
    #[error("{0}")]
    Query(String),
    /// The database cannot be used.
    #[error("{source}{}", advice(.source))]
    Storage {
        /// What is wrong with it.
        #[from]
        source: StorageError,
    },
    /// A database is damaged.
    #[error(
        "the database `{}` is damaged: {}\nput a backup in its place with `ctm db restore FILE`, or move it away: ctm rebuilds it from the transcripts that are left",
        .path.display(), .problems.join("; ")
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// There is no database, and none may be made.
    #[error(
        "there is no database `{}` yet\na report without --no-update makes it; or name another one with --database",
        .path.display()
    )]
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// Everybody who reaches the address would be answered.
    #[error(
        "not listening on {host}: everybody who reaches it could see what you use\nset a secret of 16 characters or more in CTM_AUTH_TOKEN, or name a file that holds one with --auth-token-file;\nwhere something else keeps others out, say so with CTM_AUTH=none"
    )]
    Exposed {
        /// The address.
        host: IpAddr,
    },
    /// The address to listen on is taken or not ours.
    #[error(
        "cannot listen on {address}: {source}\nchoose another port with --port or CTM_PORT; 0 takes any free one"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The terminal, a log file or a demo folder cannot be written, or the server broke down.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<ReportError> for AppError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Storage(error) => error.into(),
            ReportError::Cursor(_) | ReportError::TooLong { .. } | ReportError::Unknown { .. } => {
                Self::Query(error.to_string())
            }
        }
    }
}

impl AppError {
    /// Wraps an I/O error with what was tried.
    pub fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// Returns the exit code: 2 for a question or setting that is not understood, 3 for a missing
    /// or unreadable Claude home, 4 for the database, 5 for the address, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Settings { .. }
            | Self::ConfigFile { .. }
            | Self::Prices { .. }
            | Self::Query(_)
            | Self::Exposed { .. } => 2,
            Self::NoClaudeHome { .. } | Self::UnreadableHome { .. } => 3,
            Self::Storage { .. } | Self::NoDatabase { .. } | Self::Damaged { .. } => 4,
            Self::Listen { .. } => 5,
            Self::Io { .. } => 1,
        })
    }
}

/// What a person can do about the database.
fn advice(error: &StorageError) -> &'static str {
    match error {
        StorageError::Locked { .. } => "\nanother ctm may be reading a large home; try again in a moment",
        StorageError::Corrupt { .. } => {
            "\nmove it away or name another one with --database: ctm rebuilds it from the transcripts that are left"
        }
        StorageError::Open { .. } => {
            "\nname a place that can be written with --database or CTM_DATABASE_PATH"
        }
        StorageError::InUse { .. } => {
            "\nstop the server, or wait until the other command is done, and try again"
        }
        StorageError::Foreign { .. } => "\nname another file",
        StorageError::Schema { .. } | StorageError::Newer { .. } => {
            "\nuse the version of ctm that wrote it, or a newer one"
        }
        _ => "",
    }
}
