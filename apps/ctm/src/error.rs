//! Errors of the application, with their exit codes.
//!
//! An error states what is wrong and where, and leaves its cause to its source; [`AppError::text`] is all of it, with
//! what to do, for a terminal.

use ctm_config::error::ConfigError;
use ctm_ingest::error::{IngestError, advice};
use ctm_notify::{ChannelError, CollectorError};
use ctm_personal::PersonalError;
use ctm_report::ReportError;
use ctm_server::error::ServerError;
use ctm_storage::StorageError;
use ctm_types::printable::{self, Printable, one_line, with_causes};
use std::error::Error as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// Invalid settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A channel that cannot send as it is configured.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A collector that cannot be sent to as it is configured.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// An invalid request for a report. Names in the text are safe to show.
    #[error("{0}")]
    Query(String),
    /// The database cannot be used.
    #[error(transparent)]
    Storage {
        /// The reason.
        #[from]
        source: StorageError,
    },
    /// A database is damaged.
    #[error("the database `{}` is damaged: {}", printable::path(.path), listed(.problems, "; "))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problems.
        problems: Vec<String>,
        /// The remedy.
        advice: &'static str,
    },
    /// Forgotten facts may still be in unused parts of the file.
    #[error(
        "the forgotten facts are no longer in the database, but their bytes may still be in unused parts of `{}`",
        printable::path(.path)
    )]
    NotErased {
        /// The database.
        path: PathBuf,
        /// The reason why they were not overwritten.
        source: StorageError,
    },
    /// The address to listen on is in use or not available.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system error.
        source: std::io::Error,
    },
    /// The terminal, a log file or a demo folder cannot be written, or the server failed.
    #[error("cannot {}", one_line(.action))]
    Io {
        /// The action that failed.
        action: String,
        /// The system error.
        source: std::io::Error,
    },
}

impl From<IngestError> for AppError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Storage { source } => Self::Storage { source },
            IngestError::Report(error) => error.into(),
            IngestError::DamagedBackup { path, problems } => {
                Self::Damaged { path, problems, advice: "nothing was changed; use another backup" }
            }
            IngestError::Io { action, source } => Self::io(action)(source),
        }
    }
}

impl From<ServerError> for AppError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Config(error) => error.into(),
            ServerError::Ingest(error) => error.into(),
            ServerError::Listen { address, source } => Self::Listen { address, source },
            ServerError::Io { action, source } => Self::Io { action, source },
        }
    }
}

impl From<PersonalError> for AppError {
    fn from(error: PersonalError) -> Self {
        match error {
            PersonalError::Storage(error) => error.into(),
            error => Self::Query(Printable(error).to_string()),
        }
    }
}

impl From<ReportError> for AppError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Storage(error) => error.into(),
            ReportError::OfMachines
            | ReportError::Cursor(_)
            | ReportError::TooLong { .. }
            | ReportError::Sql(_)
            | ReportError::Unknown { .. }
            | ReportError::Ambiguous { .. }
            | ReportError::Forgotten { .. } => Self::Query(Printable(error).to_string()),
        }
    }
}

impl AppError {
    /// Wraps an I/O error with the action that failed, and its file.
    pub fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source: without_path(source) }
    }

    /// Returns what is wrong, where and why, and what to do on lines of its own; it is safe to show.
    #[must_use]
    pub fn text(&self) -> String {
        let problem = match self {
            // These texts are safe to show, and may have several lines.
            Self::Config(error) if error.source().is_none() => error.to_string(),
            Self::Query(text) => text.clone(),
            error => one_line(&with_causes(error)).into_owned(),
        };
        self.advice().map_or_else(|| problem.clone(), |advice| format!("{problem}\n{advice}"))
    }

    /// Returns what to do, where the text does not end with it.
    fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Storage { source } => advice(source),
            Self::Damaged { advice, .. } => Some(advice),
            Self::NotErased { .. } => Some(
                "run `ctm db vacuum` when no other ctm has the database open, and the disk has enough free space",
            ),
            Self::Listen { .. } => {
                Some("choose another port with --port or CTM_PORT; 0 selects any free one")
            }
            Self::Config(_) | Self::Channel(_) | Self::Collector(_) | Self::Query(_) | Self::Io { .. } => {
                None
            }
        }
    }

    /// Returns the exit code: 2 for an invalid request or setting, 3 for a missing
    /// or unreadable Claude home, 4 for the database, 5 for the address, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Config(
                ConfigError::NoClaudeHome { .. }
                | ConfigError::NoProjects { .. }
                | ConfigError::UnreadableHome { .. },
            ) => 3,
            Self::Config(ConfigError::NoDatabase { .. })
            | Self::Storage { .. }
            | Self::Damaged { .. }
            | Self::NotErased { .. } => 4,
            Self::Config(_) | Self::Channel(_) | Self::Collector(_) | Self::Query(_) => 2,
            Self::Listen { .. } => 5,
            Self::Io { .. } => 1,
        })
    }
}

/// Removes the path of the temporary file that `tempfile` adds: the action names the actual file.
fn without_path(error: std::io::Error) -> std::io::Error {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((reason, _)) if error.get_ref().is_some() => std::io::Error::new(error.kind(), reason),
        _ => error,
    }
}

fn listed(texts: &[String], separator: &str) -> String {
    texts.iter().map(|text| one_line(text)).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_corpus::CorpusError;
    use ctm_pricing::PriceBook;
    use ctm_reader::ReadError;
    use std::io;

    /// A path that would control a terminal, and its printable form.
    const HOSTILE: (&str, &str) = ("/a\u{1b}[2J\u{202e}/b\nctm: c", r"/a\u{1b}[2J\u{202e}/b\nctm: c");

    fn full() -> io::Error {
        io::Error::new(io::ErrorKind::StorageFull, "no room")
    }

    /// Returns every kind of error that names a file, each with its expected reason.
    fn errors(path: &str) -> Vec<(AppError, &'static str)> {
        let file = || PathBuf::from(path);
        let other =
            |error: Box<dyn std::error::Error + Send + Sync>| AppError::io("do it")(io::Error::other(error));
        let overrides = PriceBook::builtin().with_overrides("[discount]\nmultiplier = 2").unwrap_err();
        let json = serde_json::from_str::<u8>("x").unwrap_err();
        vec![
            (
                ConfigError::Settings { errors: vec![format!("--port is `{path}`; allowed: any")] }.into(),
                "; allowed: any",
            ),
            (
                ConfigError::ConfigFile { path: file(), source: "line 1: no TOML".into() }.into(),
                ": line 1: no TOML",
            ),
            (ConfigError::Prices { path: file(), source: overrides }.into(), ": line 2, "),
            (
                ConfigError::NoClaudeHome { looked: vec![file()], unread: vec![] }.into(),
                "no Claude home found; ",
            ),
            (ConfigError::UnreadableHome { path: file(), source: full() }.into(), ": no room"),
            (
                AppError::Damaged {
                    path: file(),
                    problems: vec!["a page is lost".to_owned()],
                    advice: "put a backup in its place",
                },
                ": a page is lost",
            ),
            (ConfigError::NoDatabase { path: file() }.into(), "no database "),
            (AppError::io(format!("write `{path}`"))(full()), ": no room"),
            (StorageError::Open { path: file(), source: full().into() }.into(), ": no room"),
            (StorageError::Locked { path: file() }.into(), "locked by another process"),
            (StorageError::Foreign { path: file() }.into(), "not one of ctm"),
            (StorageError::Newer { path: file(), version: 9 }.into(), "(schema 9)"),
            (StorageError::InUse { path: file() }.into(), "another ctm has "),
            (StorageError::DiskFull { path: file() }.into(), " is full"),
            (other(CorpusError::NotEmpty(file()).into()), " is not empty"),
            (other(CorpusError::Write { path: file(), source: full() }.into()), ": no room"),
            (other(ReadError::Io { path: file(), source: full() }.into()), ": no room"),
            (other(ReadError::Json { path: file(), source: json }.into()), ": expected value"),
        ]
    }

    #[test]
    fn an_error_names_its_file_once_and_the_reason_once() {
        for (error, reason) in errors("/data/ctm.db") {
            let text = error.text();
            assert_eq!(text.matches("/data/ctm.db").count(), 1, "{text}");
            assert_eq!(text.matches(reason).count(), 1, "{text}");
        }
    }

    #[test]
    fn the_text_of_an_error_leaves_its_cause_to_its_source() {
        use std::error::Error;
        for (error, _) in errors("/data/ctm.db") {
            if let Some(cause) = error.source() {
                assert!(!error.to_string().contains(&cause.to_string()), "{error}");
            }
        }
        let in_use = || io::Error::from(io::ErrorKind::AddrInUse);
        let taken = AppError::Listen { address: ([127, 0, 0, 1], 1).into(), source: in_use() };
        let advice = "choose another port with --port or CTM_PORT; 0 selects any free one";
        assert_eq!(taken.text(), format!("cannot listen on 127.0.0.1:1: {}\n{advice}", in_use()));
    }

    #[test]
    fn a_file_in_an_error_cannot_steer_the_terminal() {
        let (path, shown) = HOSTILE;
        for (error, _) in errors(path) {
            let text = error.text();
            assert!(text.contains(shown) && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
            assert!(text.lines().all(|line| !line.starts_with("ctm: ")), "{text}");
        }
    }

    #[test]
    fn a_temporary_file_is_named_by_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        let error = tempfile::NamedTempFile::new_in(&missing).unwrap_err();
        let text = AppError::io(format!("write to `{}`", missing.display()))(error).text();
        assert_eq!(text.matches("missing").count(), 1, "{text}");
        assert!(text.contains("os error"), "{text}");
    }
}
