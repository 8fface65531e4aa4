//! Errors of the application, with their exit codes.
//!
//! Every text names the file once and the reason once, and is safe to show whatever a name in it holds.

use crate::printable::{self, Printable, one_line};
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
    #[error("settings are not valid:\n  {}", listed(.errors, "\n  "))]
    Settings {
        /// Each setting, its value and what is allowed.
        errors: Vec<String>,
    },
    /// A config file that cannot be read or understood.
    #[error("cannot use `{}`: {}", printable::path(.path), one_line(.message))]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        message: String,
    },
    /// Prices of the person's own that are not valid.
    #[error("cannot use the prices in `{}`: {}", printable::path(.path), Printable(.source))]
    Prices {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        source: OverridesError,
    },
    /// There is no Claude home.
    #[error(
        "no Claude home found; looked for {}\nname the folder that holds `projects` with --claude-dir or CTM_CLAUDE_DIR, or try `ctm serve --demo`",
        .looked.iter().map(|path| format!("`{}`", printable::path(path))).collect::<Vec<_>>().join(", ")
    )]
    NoClaudeHome {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// No Claude home has transcripts, or anything else that is read.
    #[error(
        "there is no `projects` in {}; name the folder in which Claude Code keeps it: --claude-dir, CTM_CLAUDE_DIR",
        .looked.iter().map(|path| format!("`{}`", printable::path(path))).collect::<Vec<_>>().join(", ")
    )]
    NoProjects {
        /// The homes.
        looked: Vec<PathBuf>,
    },
    /// The Claude home cannot be read by this user.
    #[error("cannot read the Claude home `{}`: {}", printable::path(.path), Printable(.source))]
    UnreadableHome {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// A report was asked for in a way that is not understood. Names in the text are safe to show.
    #[error("{0}")]
    Query(String),
    /// The database cannot be used.
    #[error("{}{}", Printable(.source), advice(.source))]
    Storage {
        /// What is wrong with it.
        #[from]
        source: StorageError,
    },
    /// A database is damaged.
    #[error("the database `{}` is damaged: {}\n{advice}", printable::path(.path), listed(.problems, "; "))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problems: Vec<String>,
        /// What can be done about it.
        advice: &'static str,
    },
    /// What was forgotten may still be in unused parts of the file.
    #[error(
        "what was forgotten is no longer in the database, but its bytes may still be in unused parts of `{}`: {}\nrun `ctm db vacuum` when no other ctm has the database open, and there is as much room on the disk as it takes",
        printable::path(.path), Printable(.source)
    )]
    NotErased {
        /// The database.
        path: PathBuf,
        /// What kept them from being overwritten.
        source: StorageError,
    },
    /// There is no database, and none may be made.
    #[error(
        "there is no database `{}` yet\na report without --no-update makes it; or name another one with --database",
        printable::path(.path)
    )]
    NoDatabase {
        /// Its expected path.
        path: PathBuf,
    },
    /// Listening beyond this machine without authentication.
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
        /// Error of the system.
        source: std::io::Error,
    },
    /// The terminal, a log file or a demo folder cannot be written, or the server broke down.
    #[error("cannot {}: {}", one_line(.action), Printable(.source))]
    Io {
        /// The action that failed.
        action: String,
        /// Error of the system.
        source: std::io::Error,
    },
}

impl From<ReportError> for AppError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Storage(error) => error.into(),
            ReportError::Cursor(_)
            | ReportError::TooLong { .. }
            | ReportError::Unknown { .. }
            | ReportError::Forgotten { .. } => Self::Query(Printable(error).to_string()),
        }
    }
}

impl AppError {
    /// Wraps an I/O error with what was tried, and with which file.
    pub fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source: without_path(source) }
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
            Self::NoClaudeHome { .. } | Self::NoProjects { .. } | Self::UnreadableHome { .. } => 3,
            Self::Storage { .. }
            | Self::NoDatabase { .. }
            | Self::Damaged { .. }
            | Self::NotErased { .. } => 4,
            Self::Listen { .. } => 5,
            Self::Io { .. } => 1,
        })
    }
}

/// Leaves out the temporary file that `tempfile` names: the action names the file that was meant.
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

/// Remedies for the database.
pub(crate) fn advice(error: &StorageError) -> &'static str {
    match error {
        StorageError::Locked { .. } => "\nanother ctm may be reading a large home; try again in a moment",
        StorageError::Corrupt { .. } => {
            "\nmove it away or name another one with --database: ctm rebuilds it from the transcripts that are left"
        }
        StorageError::DiskFull { .. } => {
            "\nmake room, or raise the quota or the largest size of a file (`ulimit -f`); what was not stored is read again"
        }
        StorageError::Io { .. } => {
            "\ncheck the disk, the quota, and the largest size of a file (`ulimit -f`); what was not stored is read again"
        }
        StorageError::Open { .. } | StorageError::ReadOnly { .. } => {
            "\nname a place that can be written with --database or CTM_DATABASE_PATH; a report with --no-update only reads"
        }
        StorageError::Moved { .. } => "\na server opens the file at that path within seconds",
        StorageError::Displaced { .. } => "\nstop that program, or wait until it has noticed, and try again",
        StorageError::InUse { .. } => {
            "\nstop the server, or wait until the other command is done, and try again"
        }
        StorageError::Foreign { .. } => "\nname another file with --database or CTM_DATABASE_PATH",
        StorageError::Altered { .. } => {
            "\nremove it with the program that made it, or put a backup in its place with `ctm db restore FILE`"
        }
        StorageError::Damaged { .. } => {
            "\n`ctm db check` lists what is damaged; `ctm db rebuild` repairs what transcripts still hold, and `ctm db restore FILE` puts a backup in its place"
        }
        StorageError::Statement { .. } => "\n`ctm db check` shows whether the database is damaged",
        StorageError::Older { .. } => {
            "\na report without --no-update brings it up to date, where it can be written"
        }
        StorageError::TooOld { .. } => {
            "\nmove it away, and every transcript that is left is read again; to keep the facts of deleted ones as well, open it with the last build before the first release, and then with this one"
        }
        StorageError::Log { .. } => {
            "\ncopy both files to a folder that can be written, and name the copy with --database"
        }
        StorageError::Schema { .. } | StorageError::Newer { .. } => {
            "\nuse the version of ctm that wrote it, or a newer one"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_corpus::CorpusError;
    use ctm_pricing::PriceBook;
    use ctm_reader::ReadError;
    use std::io;

    /// A path that would steer a terminal, and how it is shown.
    const HOSTILE: (&str, &str) = ("/a\u{1b}[2J\u{202e}/b\nctm: c", r"/a\u{1b}[2J\u{202e}/b\nctm: c");

    fn full() -> io::Error {
        io::Error::new(io::ErrorKind::StorageFull, "no room")
    }

    /// Returns every kind of error that names a file, each with the reason that it has to give.
    fn errors(path: &str) -> Vec<(AppError, &'static str)> {
        let file = || PathBuf::from(path);
        let other =
            |error: Box<dyn std::error::Error + Send + Sync>| AppError::io("do it")(io::Error::other(error));
        let overrides = PriceBook::builtin().with_overrides("[discount]\nmultiplier = 2").unwrap_err();
        let json = serde_json::from_str::<u8>("x").unwrap_err();
        vec![
            (
                AppError::Settings { errors: vec![format!("--port is `{path}`; allowed: any")] },
                "; allowed: any",
            ),
            (
                AppError::ConfigFile { path: file(), message: "line 1: no TOML".to_owned() },
                ": line 1: no TOML",
            ),
            (AppError::Prices { path: file(), source: overrides }, ": line 2, "),
            (AppError::NoClaudeHome { looked: vec![file()] }, "no Claude home found; "),
            (AppError::UnreadableHome { path: file(), source: full() }, ": no room"),
            (
                AppError::Damaged {
                    path: file(),
                    problems: vec!["a page is lost".to_owned()],
                    advice: "put a backup in its place",
                },
                ": a page is lost",
            ),
            (AppError::NoDatabase { path: file() }, "there is no database "),
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
            let text = error.to_string();
            assert_eq!(text.matches("/data/ctm.db").count(), 1, "{text}");
            assert_eq!(text.matches(reason).count(), 1, "{text}");
        }
    }

    #[test]
    fn a_file_in_an_error_cannot_steer_the_terminal() {
        let (path, shown) = HOSTILE;
        for (error, _) in errors(path) {
            let text = error.to_string();
            assert!(text.contains(shown) && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
            assert!(text.lines().all(|line| !line.starts_with("ctm: ")), "{text}");
        }
    }

    #[test]
    fn a_temporary_file_is_named_by_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        let error = tempfile::NamedTempFile::new_in(&missing).unwrap_err();
        let text = AppError::io(format!("write to `{}`", missing.display()))(error).to_string();
        assert_eq!(text.matches("missing").count(), 1, "{text}");
        assert!(text.contains("os error"), "{text}");
    }
}
