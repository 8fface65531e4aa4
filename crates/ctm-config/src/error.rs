//! Errors of settings.
//!
//! Every text names the file once, leaves the reason to its source, and is safe to show with any names in it.

use ctm_pricing::OverridesError;
use ctm_types::printable::{self, one_line};
use std::net::IpAddr;
use std::path::PathBuf;

/// Settings that cannot be used, or that keep a command from its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Settings with values that are not allowed.
    #[error("settings are not valid:\n  {}", listed(.errors, "\n  "))]
    Settings {
        /// Each setting with its value and the allowed values.
        errors: Vec<String>,
    },
    /// A config file that cannot be read or understood.
    #[error("cannot use `{}`", printable::path(.path))]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Error of the system, or the fault and its position in the file.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Prices of the person's own that are not valid.
    #[error("cannot use the prices in `{}`", printable::path(.path))]
    Prices {
        /// The file.
        path: PathBuf,
        /// The fault and its position.
        source: OverridesError,
    },
    /// There is no Claude home.
    #[error(
        "no Claude home found; looked for {}\nspecify the folder that contains `projects` with \
         --claude-dir or CTM_CLAUDE_DIR, or try `ctm serve --demo`{}",
        paths(.looked), elsewhere(.unread)
    )]
    NoClaudeHome {
        /// Searched locations.
        looked: Vec<PathBuf>,
        /// Known places with homes that are not read.
        unread: Vec<PathBuf>,
    },
    /// No Claude home has transcripts, or anything else that is read.
    #[error(
        "no `projects` folder in {}; specify the folder that contains it with --claude-dir or CTM_CLAUDE_DIR",
        paths(.looked)
    )]
    NoProjects {
        /// The homes.
        looked: Vec<PathBuf>,
    },
    /// The Claude home cannot be read by this user.
    #[error("cannot read the Claude home `{}`", printable::path(.path))]
    UnreadableHome {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// A file that may not be written. Names in the text are safe to show.
    #[error("{0}")]
    Output(String),
    /// The database does not exist, and must not be created.
    #[error(
        "no database `{}` yet\na report without --no-update creates it; or specify another one with --database",
        printable::path(.path)
    )]
    NoDatabase {
        /// Expected path.
        path: PathBuf,
    },
    /// Listening beyond this machine without authentication.
    #[error(
        "not listening on {host}: anyone who reaches it could read your usage\nset a secret of at least 16 \
         characters in CTM_AUTH_TOKEN, or in a file with --auth-token-file;\nif access is restricted \
         otherwise, set CTM_AUTH=none"
    )]
    Exposed {
        /// The address.
        host: IpAddr,
    },
    /// A database of a hub for a server that is none.
    #[error(
        "`database_url` (CTM_DATABASE_URL) is set, and the server is no hub\nset `team` too, such as by `ctm serve \
         --team`, or neither of them"
    )]
    NoHub,
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", printable::path(path))).collect::<Vec<_>>().join(", ")
}

fn elsewhere(unread: &[PathBuf]) -> String {
    if unread.is_empty() {
        return String::new();
    }
    format!("\nthere are homes in {}: CTM_CLAUDE_DIR=auto reads them", paths(unread))
}

fn listed(texts: &[String], separator: &str) -> String {
    texts.iter().map(|text| one_line(text)).collect::<Vec<_>>().join(separator)
}
